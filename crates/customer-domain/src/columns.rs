//! The flat row of a record: the names, kinds and values of its columns, defined once
//! for all SQL stores and for applications with their own tables.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::sync::LazyLock;

use uuid::Uuid;

use crate::customer::{Customer, CustomerRecord};
use crate::field_value::FieldValue;
use crate::patch::update::NullableUpdate;
use crate::read::body::{BodyReader, FromBody as _};
use crate::read::contacts;
use crate::read::options::{Purpose, ReadOptions};
use crate::scalar::Scalar;
use crate::schema::{AddressField, Field};
use crate::text;
use crate::value::Redacted;
use crate::value::address::{Address, FIELDS};
use crate::value::email::EmailKey;
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
    kind: ColumnKind,
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

/// The error for a row that cannot be decoded (S8), or a record that does not fit into
/// a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column} has an invalid value")]
pub struct RowError {
    column: Column,
}

impl RowError {
    /// The column.
    pub const fn column(&self) -> Column {
        self.column
    }
}

/// The columns of the fields in their order, then the derived keys.
static ALL: LazyLock<Vec<Column>> = LazyLock::new(|| {
    let fields = Field::ALL.iter().flat_map(|field| columns_of(*field));
    let keys = [Source::EmailKey, Source::SearchKey];
    fields
        .chain(keys.map(|key| key.column(ColumnKind::Text)))
        .collect()
});

fn columns_of(field: Field) -> Vec<Column> {
    let one = |kind| vec![Source::Field(field).column(kind)];
    match field {
        Field::Id | Field::TeamId => one(ColumnKind::Uuid),
        Field::Name | Field::Email | Field::Status | Field::Contacts => one(ColumnKind::Text),
        Field::MainPhone | Field::Website => one(ColumnKind::NullableText),
        Field::CreatedAt | Field::UpdatedAt => one(ColumnKind::Time),
        Field::Version => one(ColumnKind::Integer),
        Field::BillingAddress | Field::ShippingAddress => {
            let column = |child| Source::Address(field, child).column(ColumnKind::NullableText);
            AddressField::ALL.iter().copied().map(column).collect()
        }
    }
}

impl Source {
    const fn column(self, kind: ColumnKind) -> Column {
        Column { source: self, kind }
    }
}

impl Column {
    /// The version of the definitions of the derived keys, [`EmailKey`]
    /// (V3) and [`SearchKey`](crate::SearchKey) (S7).
    ///
    /// Increase it when the key of any stored value changes. A store recomputes the keys
    /// of a lower version before its first operation (S8). Version 1 folded the NFC form
    /// of the local part and had no key for a domain without an ASCII form.
    pub const KEY_VERSION: u32 = 2;

    /// Separates the email key and the id in a *conflict key* (S8): the stored email key
    /// of a record whose email key belongs to another record of the team since a change
    /// of the definition. No key contains it (T3).
    pub const CONFLICT_SEPARATOR: char = '\n';

    /// The conflict key of a record (S8). No other record and no address has it.
    pub fn conflict_key(email_key: &EmailKey, id: CustomerId) -> String {
        format!("{}{}{id}", email_key.as_str(), Self::CONFLICT_SEPARATOR)
    }

    /// The value of this column for a record.
    ///
    /// # Errors
    ///
    /// If the version is above 2^63 - 1, the greatest integer of SQL.
    pub fn value(self, customer: &Customer) -> Result<ColumnValue<'_>, RowError> {
        let value = customer.column_value(self.source);
        value.ok_or(RowError { column: self })
    }

    /// Every column, in the order of a row.
    #[must_use]
    pub fn all() -> &'static [Self] {
        &ALL
    }

    /// The type of the column.
    pub const fn kind(self) -> ColumnKind {
        self.kind
    }

    /// The field that the column belongs to; `None` for a derived key.
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
            Self::Uuid(uuid) => uuid.fmt(f),
            Self::Text(text) => text.as_ref().map(|_| Redacted).fmt(f),
            Self::Integer(number) => number.fmt(f),
            Self::Time(time) => time.fmt(f),
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
        Column::all()
            .iter()
            .map(|column| column.value(self))
            .collect()
    }

    fn column_value(&self, source: Source) -> Option<ColumnValue<'_>> {
        let field = match source {
            Source::Field(field) | Source::Address(field, _) => field,
            Source::EmailKey => return Some(owned(self.email().key().as_str())),
            Source::SearchKey => return Some(owned(self.search_key().as_str())),
        };
        Some(match (self.value(field), source) {
            (FieldValue::Uuid(uuid), _) => ColumnValue::Uuid(uuid),
            (FieldValue::Text(text), _) => borrowed(Some(text)),
            (FieldValue::Address(address), Source::Address(_, child)) => {
                borrowed(address.get(child))
            }
            (FieldValue::Null | FieldValue::Address(_), _) => ColumnValue::Text(None),
            (FieldValue::Contacts(contacts), _) => owned(&serde_json::to_string(contacts).ok()?),
            (FieldValue::Time(time), _) => ColumnValue::Time(time),
            (FieldValue::Number(number), _) => ColumnValue::Integer(i64::try_from(number).ok()?),
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
    /// [`RowError`] with the first column that cannot be decoded: the row is corrupt.
    pub fn from_row<'r>(
        mut get: impl FnMut(usize, Column) -> Option<ColumnValue<'r>>,
    ) -> Result<Self, RowError> {
        let mut row = RowReader {
            body: BodyReader::new(Purpose::Record, ReadOptions::new()),
            team: None,
            version: None,
            address: [const { None }; FIELDS],
        };
        for (index, column) in Column::all().iter().enumerate() {
            if column.field().is_some() {
                let value = get(index, *column);
                let read = value.and_then(|value| row.read(column.source, value));
                read.ok_or(RowError { column: *column })?;
            }
        }
        row.finish().map_err(|field| RowError {
            column: Source::Field(field).column(ColumnKind::Text),
        })
    }
}

/// The columns that were read so far.
struct RowReader {
    body: BodyReader,
    team: Option<TeamId>,
    version: Option<Version>,
    /// The columns of the current address.
    address: [Option<String>; FIELDS],
}

impl RowReader {
    /// Reads a column; `None` if no record has that value.
    fn read(&mut self, source: Source, value: ColumnValue<'_>) -> Option<()> {
        let values = &mut self.body.values;
        match (source, value) {
            (Source::Field(Field::TeamId), ColumnValue::Uuid(id)) => self.team = Some(id.into()),
            (Source::Field(Field::Id), ColumnValue::Uuid(id)) => values.id = Some(id.into()),
            (Source::Field(Field::Version), ColumnValue::Integer(number)) => {
                self.version = Some(Version::from_stored(u64::try_from(number).ok()?)?);
            }
            (Source::Field(Field::CreatedAt), ColumnValue::Time(time)) => {
                values.created_at = Some(time);
            }
            (Source::Field(Field::UpdatedAt), ColumnValue::Time(time)) => {
                values.updated_at = Some(time);
            }
            (Source::Field(Field::Contacts), ColumnValue::Text(json)) => {
                values.contacts = contacts::from_json(&json?, Purpose::Record)?;
            }
            // Identifiers and times are strings in a body, but not in a row.
            (Source::Field(field), ColumnValue::Text(text)) if field.is_patchable() => {
                let text = text.map_or(Some(Scalar::Null), |text| {
                    is_stored(&text).then_some(Scalar::String(text))
                });
                self.body.scalar(field, text?).ok()?;
            }
            (Source::Address(field, child), ColumnValue::Text(text)) => {
                self.read_address(field, child, text)?;
            }
            _ => return None,
        }
        Some(())
    }

    /// The columns of an address come in the order of [`AddressField::ALL`].
    fn read_address(
        &mut self,
        field: Field,
        child: AddressField,
        text: Option<Cow<'_, str>>,
    ) -> Option<()> {
        let is_valid = |text: &Cow<'_, str>| is_stored(text) && Address::check(child, text).is_ok();
        if !text.as_ref().is_none_or(is_valid) {
            return None;
        }
        *self.address.get_mut(child as usize)? = text.map(Cow::into_owned);
        if AddressField::ALL.last() == Some(&child) {
            let strings = std::mem::take(&mut self.address);
            let is_present = strings.iter().any(Option::is_some);
            let address = is_present.then(|| Address::from_checked(&strings));
            let update = address.map_or(NullableUpdate::Clear, NullableUpdate::Set);
            self.body.set_address(field, update);
        }
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
        let record = CustomerRecord::from_values(self.body.values)?;
        Ok(record.into_customer(team, version))
    }
}

/// Whether a value type stores the string unchanged (T2, T4).
fn is_stored(value: &str) -> bool {
    text::trim(value).len() == value.len() && !text::is_blank(value)
}

fn borrowed(text: Option<&str>) -> ColumnValue<'_> {
    ColumnValue::Text(text.map(Cow::Borrowed))
}

fn owned(text: &str) -> ColumnValue<'static> {
    ColumnValue::Text(Some(Cow::Owned(text.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::customer::NewCustomer;
    use crate::value::contact::{Contact, Contacts};
    use crate::value::email::EmailAddress;
    use crate::value::status::Status;

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

    /// A record with a value in every column.
    fn full() -> Customer {
        let address = Address::new(AddressField::ALL.iter().map(|f| (*f, f.as_str()))).unwrap();
        let contact = Contact::new("Ann \"Lee\"".parse().unwrap()).with_primary();
        NewCustomer::new("Acme".parse().unwrap(), "Ann@Acme.example".parse().unwrap())
            .with_main_phone("+1 415".parse().unwrap())
            .with_website("acme.example".parse().unwrap())
            .with_status(Status::Inactive)
            .with_billing_address(address.clone())
            .with_shipping_address(address)
            .with_contacts(Contacts::new(vec![contact]).unwrap())
            .into_customer(
                CustomerId::from(Uuid::from_u128(1)),
                TeamId::from(Uuid::from_u128(2)),
                Timestamp::MAX,
            )
    }

    /// The record that is read from the row of [`full`] with one other value.
    fn with(column: Column, value: Option<&ColumnValue<'_>>) -> Result<Customer, RowError> {
        let full = full();
        let row = full.to_row().unwrap();
        Customer::from_row(|index, other| {
            if other == column {
                value.cloned()
            } else {
                row.get(index).cloned()
            }
        })
    }

    fn column(name: &str) -> Column {
        let named = |column: &&Column| column.to_string() == name;
        *Column::all().iter().find(named).unwrap()
    }

    fn stored() -> impl Iterator<Item = Column> {
        Column::all()
            .iter()
            .copied()
            .filter(|c| c.field().is_some())
    }

    #[test]
    fn s6_a_record_is_read_back_from_its_row() {
        let full = full();
        let id = CustomerId::from(Uuid::nil());
        let bare = NewCustomer::new("A".parse().unwrap(), "a@b.co".parse().unwrap()).into_customer(
            id,
            TeamId::from(Uuid::nil()),
            Timestamp::MIN,
        );
        for (customer, nulls) in [(&full, 0), (&bare, 12)] {
            let row = customer.to_row().unwrap();
            assert_eq!(row.len(), Column::all().len());
            let null = ColumnValue::Text(None);
            assert_eq!(row.iter().filter(|value| **value == null).count(), nulls);
            let read = Customer::from_row(|index, _| row.get(index).cloned());
            assert_eq!(read.as_ref(), Ok(customer));
        }
    }

    /// If this test fails, increase the version: stored keys must be recomputed.
    #[test]
    fn s8_the_definition_of_the_keys_has_a_version() {
        let name = "Stra\u{DF}e \u{390}".parse().unwrap();
        let email = "\u{3AA}\u{301}@B\u{DC}CHER.example".parse().unwrap();
        let (id, team) = (Uuid::nil().into(), Uuid::nil().into());
        let customer = NewCustomer::new(name, email).into_customer(id, team, Timestamp::MIN);
        let row = customer.to_row().unwrap();
        let search_key = "strasse \u{390}\n\u{390}@b\u{FC}cher.example\n";
        let keys = ["\u{390}@xn--bcher-kva.example", search_key];
        assert!(row.ends_with(&keys.map(owned)));
        assert_eq!(Column::KEY_VERSION, 2);
    }

    #[test]
    fn s8_a_conflict_key_has_the_email_key_and_the_id() {
        let key = "Ann@b.co".parse::<EmailAddress>().unwrap().key();
        let id = Uuid::from_u128(7).into();
        assert_eq!(
            Column::conflict_key(&key, id),
            "ann@b.co\n00000000-0000-0000-0000-000000000007"
        );
    }

    #[test]
    fn s6_each_part_of_an_address_has_its_column() {
        for field in [Field::BillingAddress, Field::ShippingAddress] {
            for child in AddressField::ALL {
                let source = Source::Address(field, *child);
                let read = with(
                    source.column(ColumnKind::NullableText),
                    Some(&borrowed(Some("x"))),
                )
                .unwrap();
                let FieldValue::Address(address) = read.value(field) else {
                    panic!("{field} is an address")
                };
                for other in AddressField::ALL {
                    let expected = if other == child { "x" } else { other.as_str() };
                    assert_eq!(address.get(*other), Some(expected), "{field} {child}");
                }
            }
        }
    }

    #[test]
    fn a_value_has_the_kind_of_its_column() {
        let full = full();
        for (column, value) in Column::all().iter().zip(full.to_row().unwrap()) {
            let fits = match column.kind() {
                ColumnKind::Uuid => matches!(value, ColumnValue::Uuid(_)),
                ColumnKind::Text | ColumnKind::NullableText => {
                    matches!(value, ColumnValue::Text(Some(_)))
                }
                ColumnKind::Integer => matches!(value, ColumnValue::Integer(_)),
                ColumnKind::Time => matches!(value, ColumnValue::Time(_)),
            };
            assert!(fits, "{column} {value:?}");
        }
    }

    #[test]
    fn s8_null_is_corrupt_where_the_column_is_not_nullable() {
        for column in stored() {
            let read = with(column, Some(&ColumnValue::Text(None)));
            match column.kind() {
                ColumnKind::NullableText => assert!(read.is_ok(), "{column}"),
                ColumnKind::Uuid | ColumnKind::Text | ColumnKind::Integer | ColumnKind::Time => {
                    assert_eq!(read, Err(RowError { column }));
                }
            }
        }
    }

    #[test]
    fn s8_a_missing_value_or_one_of_another_type_is_corrupt() {
        for column in stored() {
            let values = [
                (None, false),
                (
                    Some(ColumnValue::Uuid(Uuid::max())),
                    column.kind() == ColumnKind::Uuid,
                ),
                (
                    Some(ColumnValue::Integer(7)),
                    column.kind() == ColumnKind::Integer,
                ),
                (
                    Some(ColumnValue::Time(Timestamp::MIN)),
                    column.kind() == ColumnKind::Time,
                ),
            ];
            for (value, fits) in values {
                let read = with(column, value.as_ref()).map(drop);
                let expected = if fits {
                    Ok(())
                } else {
                    Err(RowError { column })
                };
                assert_eq!(read, expected, "{column} {value:?}");
            }
            let is_text = matches!(column.kind(), ColumnKind::Text | ColumnKind::NullableText);
            if !is_text {
                let (uuid, time) = (Uuid::max().to_string(), Timestamp::MAX.to_string());
                for text in ["x", "7", &uuid, &time] {
                    let read = with(column, Some(&borrowed(Some(text))));
                    assert_eq!(read, Err(RowError { column }), "{column} {text}");
                }
            }
        }
    }

    #[test]
    fn s8_a_string_outside_the_bounds_of_its_type_is_corrupt() {
        let is_text =
            |column: &Column| matches!(column.kind(), ColumnKind::Text | ColumnKind::NullableText);
        let long = "1".repeat(256);
        let corrupt = [
            "", " ", "\u{200B}", " x", "x ", "x\u{A0}", "a\tb", "a\0", &long,
        ];
        for column in stored().filter(is_text) {
            for text in corrupt {
                let read = with(column, Some(&borrowed(Some(text))));
                assert_eq!(read, Err(RowError { column }), "{column} {text:?}");
            }
        }
        for (name, length, fits) in [
            ("customer", 255, true),
            ("main_phone", 50, true),
            ("main_phone", 51, false),
            ("billing_city", 255, true),
        ] {
            let text = "1".repeat(length);
            let read = with(column(name), Some(&borrowed(Some(&text))));
            assert_eq!(read.is_ok(), fits, "{name} {length}");
        }
    }

    #[test]
    fn t3_only_a_stored_street_may_have_several_lines() {
        for (name, fits) in [
            ("billing_street", true),
            ("billing_city", false),
            ("customer", false),
        ] {
            let read = with(column(name), Some(&borrowed(Some("a\nb"))));
            assert_eq!(read.is_ok(), fits, "{name}");
        }
    }

    #[test]
    fn s8_a_value_that_no_record_has_is_corrupt() {
        for (name, value) in [
            ("status", borrowed(Some("ACTIVE"))),
            ("version", ColumnValue::Integer(0)),
            ("version", ColumnValue::Integer(-1)),
            ("contacts", borrowed(Some(""))),
            ("contacts", borrowed(Some("{}"))),
            ("contacts", borrowed(Some("[7]"))),
            ("contacts", borrowed(Some("[] []"))),
            ("contacts", borrowed(Some(r#"[{"email":"a@b.co"}]"#))),
            ("contacts", borrowed(Some(r#"[{"name":" "}]"#))),
            (
                "contacts",
                borrowed(Some(r#"[{"name":"A","isPrimary":"yes"}]"#)),
            ),
        ] {
            let column = column(name);
            let read = with(column, Some(&value));
            assert_eq!(read, Err(RowError { column }), "{name} {value:?}");
        }
    }

    #[test]
    fn s8_two_stored_primary_contacts_are_not_corrupt() {
        let contacts = r#"[{"name":"A","isPrimary":true},{"name":"B","isPrimary":true}]"#;
        let read = with(column("contacts"), Some(&borrowed(Some(contacts)))).unwrap();
        assert_eq!(read.contacts().len(), 2);
    }

    #[test]
    fn a_version_beyond_the_integers_of_sql_has_no_row() {
        for (version, fits) in [(i64::MAX as u64, true), (i64::MAX as u64 + 1, false)] {
            let version = Version::from_stored(version).unwrap();
            let customer = full().into_record().into_customer(full().team(), version);
            let column = column("version");
            let expected = if fits {
                Ok(())
            } else {
                Err(RowError { column })
            };
            assert_eq!(customer.to_row().map(drop), expected, "{version}");
        }
    }

    #[test]
    fn an_error_names_the_column_and_not_the_value() {
        let error = with(column("billing_zip_code"), Some(&borrowed(Some(" secret")))).unwrap_err();
        let message = "column billing_zip_code has an invalid value";
        assert_eq!(error.to_string(), message);
        assert_eq!(error.column(), column("billing_zip_code"));
        assert_eq!(
            format!("{:?}", borrowed(Some("secret"))),
            "Some([redacted])"
        );
    }
}
