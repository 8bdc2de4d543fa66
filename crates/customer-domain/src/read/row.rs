//! S8: reads the columns of a stored record.

use std::borrow::Cow;

use uuid::Uuid;

use crate::customer::Customer;
use crate::patch::update::NullableUpdate;
use crate::scalar::Scalar;
use crate::schema::{AddressField, Field};
use crate::text;
use crate::value::address::{Address, FIELDS};
use crate::value::id::{CustomerId, TeamId};
use crate::value::time::Timestamp;
use crate::value::version::Version;

use super::body::BodyReader;
use super::contacts;
use super::options::{Purpose, ReadOptions};

/// Reads one column after the other. Each method returns `None` if no record has
/// that value.
pub(crate) struct RowReader {
    body: BodyReader,
    team: Option<TeamId>,
    version: Option<Version>,
    /// The columns of the last address.
    address: [Option<String>; FIELDS],
}

impl RowReader {
    pub(crate) fn new() -> Self {
        Self {
            body: BodyReader::new(Purpose::Record, ReadOptions::new()),
            team: None,
            version: None,
            address: [const { None }; FIELDS],
        }
    }

    pub(crate) fn uuid(&mut self, field: Field, uuid: Uuid) -> Option<()> {
        if field == Field::Id {
            self.body.values_mut().id = Some(CustomerId::from(uuid));
        } else if field == Field::TeamId {
            self.team = Some(TeamId::from(uuid));
        } else {
            return None;
        }
        Some(())
    }

    pub(crate) fn integer(&mut self, field: Field, number: i64) -> Option<()> {
        let version = Version::from_stored(u64::try_from(number).ok()?)?;
        (field == Field::Version).then(|| self.version = Some(version))
    }

    pub(crate) fn time(&mut self, field: Field, time: Timestamp) -> Option<()> {
        let values = self.body.values_mut();
        if field == Field::CreatedAt {
            values.created_at = Some(time);
        } else if field == Field::UpdatedAt {
            values.updated_at = Some(time);
        } else {
            return None;
        }
        Some(())
    }

    pub(crate) fn text(&mut self, field: Field, value: Option<Cow<'_, str>>) -> Option<()> {
        let input = match value {
            Some(value) if is_trimmed(&value) => Scalar::String(value),
            Some(_) => return None,
            None => Scalar::Null,
        };
        self.body.scalar(field, input).ok()
    }

    /// The columns of an address, in the order of [`AddressField::ALL`].
    pub(crate) fn address(
        &mut self,
        field: Field,
        child: AddressField,
        value: Option<Cow<'_, str>>,
    ) -> Option<()> {
        if let Some(value) = &value
            && (!is_trimmed(value) || Address::check(child, value).is_err())
        {
            return None;
        }
        *self.address.get_mut(child as usize)? = value.map(Cow::into_owned);
        if AddressField::ALL.last() != Some(&child) {
            return Some(());
        }
        let texts = std::mem::take(&mut self.address);
        let update = if texts.iter().all(Option::is_none) {
            NullableUpdate::Clear
        } else {
            let texts = texts.each_ref().map(Option::as_deref);
            NullableUpdate::Set(Address::from_checked(texts))
        };
        self.body.set_address(field, update)
    }

    pub(crate) fn contacts(&mut self, json: &str) -> Option<()> {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        let contacts = contacts::deserialize(&mut deserializer, Purpose::Record).ok()?;
        deserializer.end().ok()?;
        self.body.values_mut().contacts = contacts;
        Some(())
    }

    /// The record.
    ///
    /// # Errors
    ///
    /// The field that is missing.
    pub(crate) fn finish(self) -> Result<Customer, Field> {
        let team = self.team.ok_or(Field::TeamId)?;
        let version = self.version.ok_or(Field::Version)?;
        let record = self.body.into_values().into_record()?;
        Ok(record.into_customer(team, version))
    }
}

/// Whether a stored string is what T2 stores.
fn is_trimmed(value: &str) -> bool {
    text::trim(value).len() == value.len()
}
