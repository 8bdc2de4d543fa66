//! Records as rows. What is read goes through the value types: a row that
//! breaks a rule, or that they would change, is an error of its own.

use customer_domain::{
    Address, AddressField, Contacts, Customer, CustomerId, CustomerParts, PhoneNumber, Status,
    TeamId, Timestamp, Version, WebsiteUrl, from_stored,
};
use rusqlite::{Row, Statement, ToSql};
use uuid::Uuid;

use crate::error::Error;

/// The columns of an address, in the order of [`AddressField::ALL`].
const BILLING: [&str; Address::COLUMNS] = [
    "billing_street",
    "billing_city",
    "billing_state",
    "billing_zip_code",
    "billing_country",
];
const SHIPPING: [&str; Address::COLUMNS] = [
    "shipping_street",
    "shipping_city",
    "shipping_state",
    "shipping_zip_code",
    "shipping_country",
];

pub(crate) const INSERT: &str = "INSERT INTO customer (
        team, uuid, version, customer, email, email_key, main_phone, website, status,
        billing_street, billing_city, billing_state, billing_zip_code, billing_country,
        shipping_street, shipping_city, shipping_state, shipping_zip_code, shipping_country,
        contacts, created_at, updated_at, search_key
    ) VALUES (
        :team, :uuid, :version, :customer, :email, :email_key, :main_phone, :website, :status,
        :billing_street, :billing_city, :billing_state, :billing_zip_code, :billing_country,
        :shipping_street, :shipping_city, :shipping_state, :shipping_zip_code, :shipping_country,
        :contacts, :created_at, :updated_at, :search_key
    )";

pub(crate) const UPDATE: &str = "UPDATE customer SET
        version = :version, customer = :customer, email = :email, email_key = :email_key,
        main_phone = :main_phone, website = :website, status = :status,
        billing_street = :billing_street, billing_city = :billing_city,
        billing_state = :billing_state, billing_zip_code = :billing_zip_code,
        billing_country = :billing_country, shipping_street = :shipping_street,
        shipping_city = :shipping_city, shipping_state = :shipping_state,
        shipping_zip_code = :shipping_zip_code, shipping_country = :shipping_country,
        contacts = :contacts, created_at = :created_at, updated_at = :updated_at,
        search_key = :search_key
    WHERE team = :team AND uuid = :uuid";

/// Runs [`INSERT`] or [`UPDATE`] with the values of a record.
pub(crate) fn execute(
    statement: &mut Statement<'_>,
    customer: &Customer,
) -> Result<rusqlite::Result<usize>, Error> {
    let CustomerParts {
        team,
        version,
        uuid,
        customer: name,
        email,
        main_phone,
        website,
        status,
        billing_address,
        shipping_address,
        contacts,
        created_at,
        updated_at,
    } = customer.clone().into_parts();
    let version = number_of(version)?;
    let contacts =
        serde_json::to_string(&contacts).map_err(|_| Error::Row { column: "contacts" })?;
    let key = email.key();
    let search_key = customer.search_key();
    let billing = Address::to_columns(billing_address.as_ref());
    let shipping = Address::to_columns(shipping_address.as_ref());
    let [street, city, state, zip_code, country] = &billing;
    let [street_2, city_2, state_2, zip_code_2, country_2] = &shipping;
    let values: &[(&str, &dyn ToSql)] = &[
        (":team", team.as_uuid().as_bytes()),
        (":uuid", uuid.as_uuid().as_bytes()),
        (":version", &version),
        (":customer", &name.as_str()),
        (":email", &email.as_str()),
        (":email_key", &key.as_str()),
        (":main_phone", &main_phone.as_ref().map(PhoneNumber::as_str)),
        (":website", &website.as_ref().map(WebsiteUrl::as_str)),
        (":status", &status.as_str()),
        (":billing_street", street),
        (":billing_city", city),
        (":billing_state", state),
        (":billing_zip_code", zip_code),
        (":billing_country", country),
        (":shipping_street", street_2),
        (":shipping_city", city_2),
        (":shipping_state", state_2),
        (":shipping_zip_code", zip_code_2),
        (":shipping_country", country_2),
        (":contacts", &contacts),
        (":created_at", &created_at.as_micros()),
        (":updated_at", &updated_at.as_micros()),
        (":search_key", &search_key.as_str()),
    ];
    Ok(statement.execute(values))
}

/// SQLite's numbers are signed.
pub(crate) fn number_of(version: Version) -> Result<i64, Error> {
    i64::try_from(version.get()).map_err(|_| Error::Version)
}

pub(crate) fn version_of(number: i64) -> Result<Version, Error> {
    u64::try_from(number)
        .ok()
        .and_then(Version::from_stored)
        .ok_or(Error::Row { column: "version" })
}

/// Reads a row of `SELECT * FROM customer`.
pub(crate) fn read(row: &Row<'_>) -> Result<Customer, Error> {
    let number = |column| row.get::<_, i64>(column).map_err(|_| Error::Row { column });
    let instant = |column| Timestamp::from_micros(number(column)?).ok_or(Error::Row { column });
    Ok(Customer::from_parts(CustomerParts {
        team: TeamId::from(uuid(row, "team")?),
        version: version_of(number("version")?)?,
        uuid: CustomerId::from(uuid(row, "uuid")?),
        customer: required(row, "customer")?,
        email: required(row, "email")?,
        main_phone: optional(row, "main_phone")?,
        website: optional(row, "website")?,
        status: required::<Status>(row, "status")?,
        billing_address: address(row, BILLING)?,
        shipping_address: address(row, SHIPPING)?,
        contacts: contacts(row)?,
        created_at: instant("created_at")?,
        updated_at: instant("updated_at")?,
    }))
}

fn uuid(row: &Row<'_>, column: &'static str) -> Result<Uuid, Error> {
    let bytes: [u8; 16] = row.get(column).map_err(|_| Error::Row { column })?;
    Ok(Uuid::from_bytes(bytes))
}

fn text<'r>(row: &'r Row<'_>, column: &'static str) -> Result<Option<&'r str>, Error> {
    let value = row.get_ref(column).map_err(|_| Error::Row { column })?;
    value.as_str_or_null().map_err(|_| Error::Row { column })
}

fn required<T>(row: &Row<'_>, column: &'static str) -> Result<T, Error>
where
    T: for<'t> TryFrom<&'t str> + AsRef<str>,
{
    optional(row, column)?.ok_or(Error::Row { column })
}

fn optional<T>(row: &Row<'_>, column: &'static str) -> Result<Option<T>, Error>
where
    T: for<'t> TryFrom<&'t str> + AsRef<str>,
{
    let Some(text) = text(row, column)? else {
        return Ok(None);
    };
    from_stored(text).map(Some).ok_or(Error::Row { column })
}

fn address(
    row: &Row<'_>,
    columns: [&'static str; Address::COLUMNS],
) -> Result<Option<Address>, Error> {
    let mut texts = [None; Address::COLUMNS];
    for (text_of, column) in texts.iter_mut().zip(columns) {
        *text_of = text(row, column)?;
    }
    Address::from_columns(texts).map_err(|corrupt| {
        let mut fields = AddressField::ALL.iter().zip(columns);
        let column = fields.find(|(field, _)| **field == corrupt);
        Error::Row {
            column: column.map_or("address", |(_, column)| column),
        }
    })
}

fn contacts(row: &Row<'_>) -> Result<Contacts, Error> {
    const CORRUPT: Error = Error::Row { column: "contacts" };
    let json = text(row, "contacts")?.ok_or(CORRUPT)?;
    serde_json::from_str(json).map_err(|_| CORRUPT)
}
