//! Reads the body of a customer (RULES): an update (Patch), a new customer (Create), a
//! stored record (Record) or a row of a bulk update (B1).

use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess};
use serde::{Deserialize, Deserializer};

use crate::customer::{Customer, CustomerRecord, NewCustomer};
use crate::patch::CustomerPatch;
use crate::patch::update::{NullableUpdate, Update};
use crate::path::{FieldPath, Parent};
use crate::reason::{Expected, Reason};
use crate::scalar::{Ignore, Nested, Scalar, ValueSeed};
use crate::schema::Field;
use crate::value::address::Address;
use crate::value::contact::Contacts;
use crate::value::id::{CustomerId, TeamId};
use crate::value::status::Status;
use crate::value::time::Timestamp;
use crate::value::version::Version;
use crate::violation::{Violation, Violations};
use crate::warning::WarningCode;

use super::address::AddressReader;
use super::contacts::ContactsReader;
use super::findings::{Findings, UnknownFields};
use super::json::{self, Root};
use super::members::Members;
use super::options::{self, Accepted, BodyError, Purpose, ReadOptions};

impl Purpose {
    /// The reason to reject a field whatever its value (P5, P6).
    pub(crate) const fn rejection(self, field: Field) -> Option<Reason> {
        match (field, self) {
            (Field::Contacts, Self::Update | Self::Row) => Some(Reason::ContactsNotUpdatable),
            (Field::TeamId | Field::Version, _)
            | (Field::Id, Self::Update | Self::Create)
            | (Field::CreatedAt | Field::UpdatedAt, Self::Update | Self::Row | Self::Create) => {
                Some(Reason::ReadOnly)
            }
            _ => None,
        }
    }

    pub(crate) const fn required_fields(self) -> &'static [Field] {
        match self {
            Self::Update => &[],
            Self::Row => &[Field::Id],
            Self::Create => &[Field::Name, Field::Email],
            Self::Record => &[
                Field::Id,
                Field::Name,
                Field::Email,
                Field::Status,
                Field::CreatedAt,
                Field::UpdatedAt,
            ],
        }
    }
}

/// Reads one body. A valid body sets all values that its purpose has.
pub(crate) struct BodyReader {
    purpose: Purpose,
    pub(super) findings: Findings,
    pub(crate) values: Values,
}

/// The values of a body. Which of them are set depends on the purpose.
#[derive(Default)]
pub(crate) struct Values {
    pub(crate) patch: CustomerPatch,
    pub(crate) contacts: Contacts,
    pub(crate) id: Option<CustomerId>,
    pub(crate) created_at: Option<Timestamp>,
    pub(crate) updated_at: Option<Timestamp>,
}

impl BodyReader {
    pub(crate) fn new(purpose: Purpose, options: ReadOptions) -> Self {
        Self {
            purpose,
            findings: Findings::new(options.unknown_fields()),
            values: Values::default(),
        }
    }

    #[inline]
    fn member<'de, A: MapAccess<'de>>(
        &mut self,
        field: Field,
        map: &mut A,
    ) -> Result<Result<(), Reason>, A::Error> {
        if let Some(reason) = self.purpose.rejection(field) {
            map.next_value::<IgnoredAny>()?;
            return Ok(Err(reason));
        }
        match field {
            Field::BillingAddress | Field::ShippingAddress => {
                let mut reader = AddressReader::new(field, &mut self.findings);
                let input = map.next_value_seed(ValueSeed(&mut reader))?;
                let address = reader.finish();
                Ok(self.address(field, &input, address))
            }
            Field::Contacts => {
                let mut reader = ContactsReader::new(self.purpose, &mut self.findings);
                let input = map.next_value_seed(ValueSeed(&mut reader))?;
                self.values.contacts = reader.finish();
                let is_valid = input == Scalar::Array || self.purpose.is_missing(&input);
                let wrong_type = Reason::wrong_type(Expected::Array);
                Ok(is_valid.then_some(()).ok_or(wrong_type))
            }
            _ => {
                let input = map.next_value_seed(ValueSeed(Ignore))?;
                Ok(self.scalar(field, input))
            }
        }
    }

    /// P3 and V7: `address` is the content of an object.
    fn address(
        &mut self,
        field: Field,
        input: &Scalar<'_>,
        address: Result<Option<Address>, Reason>,
    ) -> Result<(), Reason> {
        let update = if *input == Scalar::Object {
            address?.map_or(NullableUpdate::Keep, NullableUpdate::Set)
        } else if self.purpose.is_missing(input) {
            NullableUpdate::Clear
        } else {
            return Err(Reason::wrong_type(Expected::ObjectOrNull));
        };
        self.set_address(field, update);
        Ok(())
    }

    /// The value of a scalar field.
    #[inline]
    pub(crate) fn scalar(&mut self, field: Field, input: Scalar<'_>) -> Result<(), Reason> {
        match field {
            Field::Id => self.values.id = Some(self.id(input)?),
            Field::Name => self.values.patch.name = self.purpose.required(input, &self.findings)?,
            Field::Email => {
                self.values.patch.email = self.purpose.required(input, &self.findings)?;
            }
            Field::MainPhone => {
                self.values.patch.main_phone = self.purpose.nullable(input, &self.findings)?;
                if let NullableUpdate::Set(phone) = &self.values.patch.main_phone
                    && !phone.is_international()
                {
                    self.warn(field, WarningCode::PhoneNotInternational);
                }
            }
            Field::Website => {
                self.values.patch.website = self.purpose.nullable(input, &self.findings)?;
                if let NullableUpdate::Set(website) = &self.values.patch.website
                    && !website.has_protocol()
                {
                    self.warn(field, WarningCode::WebsiteWithoutProtocol);
                }
            }
            Field::Status => self.values.patch.status = self.status(input)?,
            Field::CreatedAt => self.values.created_at = Some(timestamp(input)?),
            Field::UpdatedAt => self.values.updated_at = Some(timestamp(input)?),
            Field::BillingAddress | Field::ShippingAddress => {
                return Err(Reason::wrong_type(Expected::ObjectOrNull));
            }
            Field::Contacts => return Err(Reason::wrong_type(Expected::Array)),
            Field::TeamId | Field::Version => return Err(Reason::ReadOnly),
        }
        Ok(())
    }

    pub(crate) fn set_address(&mut self, field: Field, update: NullableUpdate<Address>) {
        if field == Field::BillingAddress {
            self.values.patch.billing_address = update;
        } else if field == Field::ShippingAddress {
            self.values.patch.shipping_address = update;
        }
    }

    /// For the id of a row, null is a wrong type: it is not a request to clear it.
    fn id(&self, input: Scalar<'_>) -> Result<CustomerId, Reason> {
        if input == Scalar::Null && self.purpose == Purpose::Row {
            return Err(Reason::wrong_type(Expected::String));
        }
        CustomerId::check(&options::required(input)?)
    }

    /// V6 and P4. In a create, null counts as missing, which means active (RULES,
    /// Create).
    fn status(&self, input: Scalar<'_>) -> Result<Update<Status>, Reason> {
        match (input, self.purpose) {
            (Scalar::Null, Purpose::Create) => Ok(Update::Keep),
            (input, _) => Status::check(&options::required(input)?).map(Update::Set),
        }
    }

    /// Adds a warning, unless the body is a stored record.
    fn warn(&mut self, field: Field, code: WarningCode) {
        if self.purpose.is_input() {
            self.findings.warn(FieldPath::field(field), code);
        }
    }
}

fn timestamp(input: Scalar<'_>) -> Result<Timestamp, Reason> {
    Timestamp::check(&options::required(input)?)
}

impl<'de> Nested<'de> for &mut BodyReader {
    fn object<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut members = Members::begin(Parent::Body, &self.findings);
        while let Some(field) = members.next(&mut map, &mut self.findings)? {
            if let Err(reason) = self.member(field, &mut map)? {
                self.findings.add(FieldPath::field(field), reason);
            }
        }
        for field in self.purpose.required_fields() {
            if !members.has(*field) {
                self.findings.next_member();
                self.findings
                    .add(FieldPath::field(*field), Reason::Required);
            }
        }
        members.end(&mut self.findings);
        Ok(())
    }
}

impl Root for BodyReader {
    fn read<'de, D: Deserializer<'de>>(&mut self, deserializer: D) -> Result<(), D::Error> {
        let input = ValueSeed(&mut *self).deserialize(deserializer)?;
        self.findings.check_body(&input);
        Ok(())
    }

    fn reset(&mut self) {
        self.findings.reset();
        self.values = Values::default();
    }
}

impl BodyReader {
    /// # Errors
    ///
    /// All violations.
    #[inline]
    pub(super) fn finish<T: FromBody>(self) -> Result<Accepted<T>, Violations> {
        let warnings = self.findings.finish()?;
        // A valid body has all required fields, so this does not fail.
        let missing = |field| Violation::new(FieldPath::field(field), Reason::Required);
        let value = T::from_values(self.values).map_err(missing)?;
        Ok(Accepted { value, warnings })
    }
}

/// A type that a body is read into.
pub(crate) trait FromBody: Sized {
    const PURPOSE: Purpose;

    /// # Errors
    ///
    /// The required field that is missing.
    fn from_values(values: Values) -> Result<Self, Field>;
}

fn from_json<T: FromBody>(body: &[u8], options: ReadOptions) -> Result<Accepted<T>, BodyError> {
    let mut reader = BodyReader::new(T::PURPOSE, options);
    json::read(body, &mut reader)?;
    Ok(reader.finish()?)
}

fn deserialize<'de, T: FromBody, D: Deserializer<'de>>(
    deserializer: D,
    options: ReadOptions,
) -> Result<T, D::Error> {
    let mut reader = BodyReader::new(T::PURPOSE, options);
    reader.read(deserializer)?;
    let accepted = reader.finish().map_err(D::Error::custom)?;
    Ok(accepted.value)
}

impl FromBody for CustomerPatch {
    const PURPOSE: Purpose = Purpose::Update;

    #[inline]
    fn from_values(values: Values) -> Result<Self, Field> {
        Ok(values.patch)
    }
}

impl CustomerPatch {
    /// Reads the body of an update.
    ///
    /// # Errors
    ///
    /// [`BodyError::Malformed`] if the body is not JSON (P10), otherwise
    /// [`BodyError::Invalid`] with all violations (P11).
    pub fn from_json(body: &[u8]) -> Result<Self, BodyError> {
        from_json(body, ReadOptions::new()).map(|accepted| accepted.value)
    }

    /// Reads the body of an update, with options, and returns its warnings too.
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json).
    pub fn read_json(body: &[u8], options: ReadOptions) -> Result<Accepted<Self>, BodyError> {
        from_json(body, options)
    }
}

/// Unknown fields are errors.
impl<'de> Deserialize<'de> for CustomerPatch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize(deserializer, ReadOptions::new())
    }
}

impl FromBody for NewCustomer {
    const PURPOSE: Purpose = Purpose::Create;

    fn from_values(values: Values) -> Result<Self, Field> {
        let new = Self::from_patch(&values.patch)?;
        Ok(new.with_contacts(values.contacts))
    }
}

impl NewCustomer {
    /// Reads the body of a create (RULES, Create).
    ///
    /// The rules are those of an update, except that `customer` and `email` are
    /// required, that null or `""` for an optional field means missing, and that
    /// contacts are allowed: `contacts[1].email` is the path of a field.
    ///
    /// # Errors
    ///
    /// [`BodyError::Malformed`] if the body is not JSON (P10), otherwise
    /// [`BodyError::Invalid`] with all violations (P11).
    pub fn from_json(body: &[u8]) -> Result<Self, BodyError> {
        from_json(body, ReadOptions::new()).map(|accepted| accepted.value)
    }

    /// Reads the body of a create, with options, and returns its warnings too.
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json).
    pub fn read_json(body: &[u8], options: ReadOptions) -> Result<Accepted<Self>, BodyError> {
        from_json(body, options)
    }
}

/// Unknown fields are errors.
impl<'de> Deserialize<'de> for NewCustomer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize(deserializer, ReadOptions::new())
    }
}

impl FromBody for CustomerRecord {
    const PURPOSE: Purpose = Purpose::Record;

    fn from_values(values: Values) -> Result<Self, Field> {
        Ok(Self {
            id: values.id.ok_or(Field::Id)?,
            created_at: values.created_at.ok_or(Field::CreatedAt)?,
            updated_at: values.updated_at.ok_or(Field::UpdatedAt)?,
            content: NewCustomer::from_values(values)?,
        })
    }
}

/// Unknown fields are ignored: a newer service may have added fields.
impl<'de> Deserialize<'de> for CustomerRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let options = ReadOptions::new().with_unknown_fields(UnknownFields::Ignore);
        deserialize(deserializer, options)
    }
}

impl Customer {
    /// Reads the JSON record, which contains neither the team nor the version.
    ///
    /// It is decoded as a stored record (P0, S8): only the bounds of the types are
    /// checked, so that a record of an older release is readable.
    ///
    /// # Errors
    ///
    /// [`BodyError::Malformed`] if the record is not JSON (P10), otherwise
    /// [`BodyError::Invalid`] with all violations (P11).
    pub fn from_json(record: &[u8], team: TeamId, version: Version) -> Result<Self, BodyError> {
        let accepted = from_json::<CustomerRecord>(record, ReadOptions::new())?;
        Ok(accepted.value.into_customer(team, version))
    }
}
