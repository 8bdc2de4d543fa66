//! The flat row of a record: the names, kinds and values of its columns, defined
//! once for all SQL stores and for the tables of an embedder.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::sync::LazyLock;

use uuid::Uuid;

use crate::customer::Customer;
use crate::field_value::Kind;
use crate::patch::update::NullableUpdate;
use crate::read::body::BodyReader;
use crate::read::contacts;
use crate::read::options::{Purpose, ReadOptions};
use crate::scalar::Scalar;
use crate::schema::{AddressField, Field};
use crate::text;
use crate::value::Redacted;
use crate::value::address::{Address, FIELDS};
use crate::value::id::{CustomerId, TeamId};
use crate::value::time::Timestamp;
use crate::value::version::Version;

/// A column of the flat row of a record.
///
/// An adapter generates its statements from [`Column::all`], binds the values of
/// [`Customer::to_row`] and reads a row back with [`Customer::from_row`]. It knows
/// nothing about the fields.
///
/// ```
/// use customer_domain::{Column, NewCustomer};
/// # use customer_domain::{Customer, CustomerId, TeamId, Timestamp};
/// # let (id, team) = (CustomerId::from(uuid::Uuid::nil()), TeamId::from(uuid::Uuid::nil()));
/// # let noon = Timestamp::parse("2026-11-23T12:00:00Z").unwrap();
///
/// let names: Vec<_> = Column::all().iter().map(Column::to_string).collect();
/// let insert = format!("INSERT INTO customer ({}) VALUES …", names.join(", "));
/// assert!(insert.contains("billing_zip_code, billing_country, shipping_street"));
///
/// let acme = NewCustomer::new("Acme".parse()?, "a@acme.example".parse()?)
///     .into_customer(id, team, noon);
/// let row = acme.to_row().unwrap();
/// let read = Customer::from_row(|index, _| row.get(index).cloned()).unwrap();
/// assert_eq!(read, acme);
/// # Ok::<(), customer_domain::ValueError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    source: Source,
}

/// Where the value of a column comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Field(Field),
    Address(Field, AddressField),
    EmailKey,
    SearchKey,
}

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// A UUID, not null.
    Uuid,
    /// A string, not null.
    Text,
    /// A string or null.
    NullableText,
    /// An integer from 1 to 2^63 - 1, not null.
    Integer,
    /// A point in time in microseconds, not null.
    Time,
}

/// The value of a column. `Debug` does not show strings.
#[derive(Clone, PartialEq, Eq)]
pub enum ColumnValue<'a> {
    /// A UUID.
    Uuid(Uuid),
    /// A string or null.
    Text(Option<Cow<'a, str>>),
    /// An integer.
    Integer(i64),
    /// A point in time.
    Time(Timestamp),
}

/// A row that cannot be decoded (S8), or a record that does not fit into a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column} has a value that no record has")]
pub struct RowError {
    column: Column,
}

impl RowError {
    /// The column.
    #[must_use]
    pub const fn column(&self) -> Column {
        self.column
    }
}

/// The columns of the fields in their order, then the derived keys.
static ALL: LazyLock<Vec<Column>> = LazyLock::new(|| {
    let of_field = |field: &Field| match kind_of(*field) {
        None => {
            let address = |child: &AddressField| Source::Address(*field, *child);
            AddressField::ALL.iter().map(address).collect()
        }
        Some(_) => vec![Source::Field(*field)],
    };
    let fields = Field::ALL.iter().flat_map(of_field);
    let keys = [Source::EmailKey, Source::SearchKey];
    fields.chain(keys).map(|source| Column { source }).collect()
});

/// The kind of the one column of a field; `None` for an address.
const fn kind_of(field: Field) -> Option<ColumnKind> {
    match field {
        Field::Id | Field::TeamId => Some(ColumnKind::Uuid),
        Field::Name | Field::Email | Field::Status | Field::Contacts => Some(ColumnKind::Text),
        Field::MainPhone | Field::Website => Some(ColumnKind::NullableText),
        Field::CreatedAt | Field::UpdatedAt => Some(ColumnKind::Time),
        Field::Version => Some(ColumnKind::Integer),
        Field::BillingAddress | Field::ShippingAddress => None,
    }
}

impl Column {
    /// Every column, in the order of a row.
    #[must_use]
    pub fn all() -> &'static [Self] {
        &ALL
    }

    /// The type of the column.
    #[must_use]
    pub const fn kind(self) -> ColumnKind {
        match self.source {
            Source::Field(field) => match kind_of(field) {
                Some(kind) => kind,
                None => ColumnKind::NullableText,
            },
            Source::Address(..) => ColumnKind::NullableText,
            Source::EmailKey | Source::SearchKey => ColumnKind::Text,
        }
    }

    /// The field that the column belongs to; `None` for a derived key.
    #[must_use]
    pub const fn field(self) -> Option<Field> {
        match self.source {
            Source::Field(field) | Source::Address(field, _) => Some(field),
            Source::EmailKey | Source::SearchKey => None,
        }
    }
}

/// The name of the column: the JSON name in snake case, and for an address
/// `billing_city`.
impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.source {
            Source::Field(field) => snake_case(f, field.as_str()),
            Source::Address(field, child) => {
                let address = field.as_str();
                snake_case(f, address.strip_suffix("Address").unwrap_or(address))?;
                f.write_str("_")?;
                snake_case(f, child.as_str())
            }
            Source::EmailKey => f.write_str("email_key"),
            Source::SearchKey => f.write_str("search_key"),
        }
    }
}

fn snake_case(f: &mut fmt::Formatter<'_>, camel_case: &str) -> fmt::Result {
    for c in camel_case.chars() {
        if c.is_ascii_uppercase() {
            f.write_str("_")?;
        }
        f.write_char(c.to_ascii_lowercase())?;
    }
    Ok(())
}

impl fmt::Debug for ColumnValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uuid(uuid) => f.debug_tuple("Uuid").field(uuid).finish(),
            Self::Text(text) => {
                let text = text.as_ref().map(|_| Redacted);
                f.debug_tuple("Text").field(&text).finish()
            }
            Self::Integer(number) => f.debug_tuple("Integer").field(number).finish(),
            Self::Time(time) => f.debug_tuple("Time").field(time).finish(),
        }
    }
}

impl Customer {
    /// The values of [`Column::all`], in its order.
    ///
    /// # Errors
    ///
    /// If the version is above 2^63 - 1, the greatest integer of SQL.
    pub fn to_row(&self) -> Result<Vec<ColumnValue<'_>>, RowError> {
        let value = |column: &Column| {
            self.column_value(column.source)
                .ok_or(RowError { column: *column })
        };
        Column::all().iter().map(value).collect()
    }

    fn column_value(&self, source: Source) -> Option<ColumnValue<'_>> {
        let field = match source {
            Source::Field(field) | Source::Address(field, _) => field,
            Source::EmailKey => return Some(owned(self.email().key().as_str())),
            Source::SearchKey => return Some(owned(self.search_key().as_str())),
        };
        Some(match (self.value(field).kind(), source) {
            (Kind::Uuid(uuid), _) => ColumnValue::Uuid(uuid),
            (Kind::Keyword(text), _) => borrowed(Some(text)),
            (Kind::String(text), _) => borrowed(Some(text)),
            (Kind::Address(address), Source::Address(_, child)) => borrowed(address.get(child)),
            (Kind::Null | Kind::Address(_), _) => ColumnValue::Text(None),
            (Kind::Contacts(contacts), _) => owned(&serde_json::to_string(contacts).ok()?),
            (Kind::Time(time), _) => ColumnValue::Time(time),
            (Kind::Number(number), _) => ColumnValue::Integer(i64::try_from(number).ok()?),
        })
    }

    /// Reads a row (S6, S8). `get` returns the value of a column, whose index is
    /// that in [`Column::all`]; `None` if it does not have the type of the column.
    ///
    /// The values were valid when they were written, so only the bounds of their
    /// types are checked: the length (T1), control characters (T3), blank strings
    /// (T4) and white space at the ends. The derived keys are not read.
    ///
    /// # Errors
    ///
    /// The first column that no record has: the row is corrupt.
    pub fn from_row<'r>(
        mut get: impl FnMut(usize, Column) -> Option<ColumnValue<'r>>,
    ) -> Result<Self, RowError> {
        let mut row = RowReader::new();
        for (index, column) in Column::all().iter().enumerate() {
            let value = match column.source {
                Source::Field(_) | Source::Address(..) => get(index, *column),
                Source::EmailKey | Source::SearchKey => continue,
            };
            let read = match (column.source, value) {
                (Source::Field(Field::Contacts), Some(ColumnValue::Text(Some(json)))) => {
                    row.contacts(&json)
                }
                (Source::Field(field), Some(ColumnValue::Text(text))) => row.text(field, text),
                (Source::Address(field, child), Some(ColumnValue::Text(text))) => {
                    row.address(field, child, text)
                }
                (Source::Field(field), Some(ColumnValue::Uuid(uuid))) => row.uuid(field, uuid),
                (Source::Field(field), Some(ColumnValue::Integer(n))) => row.integer(field, n),
                (Source::Field(field), Some(ColumnValue::Time(time))) => row.time(field, time),
                (Source::Address(..) | Source::EmailKey | Source::SearchKey, _)
                | (Source::Field(_), None) => None,
            };
            read.ok_or(RowError { column: *column })?;
        }
        let missing = |field: Field| RowError {
            column: Column {
                source: Source::Field(field),
            },
        };
        row.finish().map_err(missing)
    }
}

/// Reads one column after the other. Each method returns `None` if no record has
/// that value.
struct RowReader {
    body: BodyReader,
    team: Option<TeamId>,
    version: Option<Version>,
    /// The columns of the last address.
    address: [Option<String>; FIELDS],
}

impl RowReader {
    fn new() -> Self {
        Self {
            body: BodyReader::new(Purpose::Record, ReadOptions::new()),
            team: None,
            version: None,
            address: [const { None }; FIELDS],
        }
    }

    fn uuid(&mut self, field: Field, uuid: Uuid) -> Option<()> {
        if field == Field::Id {
            self.body.values_mut().id = Some(CustomerId::from(uuid));
        } else if field == Field::TeamId {
            self.team = Some(TeamId::from(uuid));
        } else {
            return None;
        }
        Some(())
    }

    fn integer(&mut self, field: Field, number: i64) -> Option<()> {
        let version = Version::from_stored(u64::try_from(number).ok()?)?;
        (field == Field::Version).then(|| self.version = Some(version))
    }

    fn time(&mut self, field: Field, time: Timestamp) -> Option<()> {
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

    fn text(&mut self, field: Field, value: Option<Cow<'_, str>>) -> Option<()> {
        let input = match value {
            Some(value) if is_stored(&value) => Scalar::String(value),
            Some(_) => return None,
            None => Scalar::Null,
        };
        self.body.scalar(field, input).ok()
    }

    /// The columns of an address, in the order of [`AddressField::ALL`].
    fn address(
        &mut self,
        field: Field,
        child: AddressField,
        value: Option<Cow<'_, str>>,
    ) -> Option<()> {
        if let Some(value) = &value
            && (!is_stored(value) || Address::check(child, value).is_err())
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
        self.body.set_address(field, update);
        Some(())
    }

    fn contacts(&mut self, json: &str) -> Option<()> {
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
    fn finish(self) -> Result<Customer, Field> {
        let team = self.team.ok_or(Field::TeamId)?;
        let version = self.version.ok_or(Field::Version)?;
        let record = self.body.into_values().into_record()?;
        Ok(record.into_customer(team, version))
    }
}

/// Whether a value type stores the string as it is (T2, T4).
fn is_stored(value: &str) -> bool {
    text::trim(value).len() == value.len() && !text::is_blank(value)
}

const fn borrowed(text: Option<&str>) -> ColumnValue<'_> {
    ColumnValue::Text(match text {
        Some(text) => Some(Cow::Borrowed(text)),
        None => None,
    })
}

fn owned(text: &str) -> ColumnValue<'static> {
    ColumnValue::Text(Some(Cow::Owned(text.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_a_column_and_every_column_its_own_name() {
        let mut names: Vec<_> = Column::all().iter().map(Column::to_string).collect();
        for field in Field::ALL {
            assert!(
                Column::all().iter().any(|c| c.field() == Some(*field)),
                "{field}"
            );
        }
        let count = names.len();
        let expected = [
            "uuid",
            "customer",
            "email",
            "main_phone",
            "website",
            "status",
            "billing_street",
            "billing_city",
            "billing_state",
            "billing_zip_code",
            "billing_country",
            "shipping_street",
            "shipping_city",
            "shipping_state",
            "shipping_zip_code",
            "shipping_country",
            "contacts",
            "created_at",
            "updated_at",
            "team_id",
            "version",
            "email_key",
            "search_key",
        ];
        assert_eq!(names, expected);
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
