//! Records as rows. What is read goes through the value types: a row that
//! breaks a rule, or that they would change, is an error of its own.

use customer_domain::{
    Address, AddressField, Contacts, Customer, CustomerId, CustomerParts, PhoneNumber, Status,
    TeamId, Version, WebsiteUrl, from_stored,
};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, Statement};
use uuid::Uuid;

use crate::error::Error;
use crate::parameter::{Instant, Text};

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

/// The columns by name: a later schema may have more, and PostgreSQL refuses a
/// prepared statement whose columns are others than they were.
macro_rules! columns {
    () => {
        "team_id, uuid, version, customer, email, email_key, main_phone, website, status,
         billing_street, billing_city, billing_state, billing_zip_code, billing_country,
         shipping_street, shipping_city, shipping_state, shipping_zip_code, shipping_country,
         contacts, created_at, updated_at"
    };
}

pub(crate) const COLUMNS: &str = columns!();

pub(crate) const GET: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM customer WHERE team_id = $1 AND uuid = $2"
);

pub(crate) const FIND: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM customer WHERE team_id = $1 AND email_key = $2"
);

pub(crate) const INSERT: &str = concat!(
    "INSERT INTO customer (",
    columns!(),
    ", search_key) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
       $19, $20, $21, $22, $23)"
);

/// Over the version that was read, the last parameter. The keys stay as they
/// are: an engine that keeps each team's rows in one place would refuse to move
/// them.
pub(crate) const REPLACE: &str = "UPDATE customer SET
        version = $3, customer = $4, email = $5, email_key = $6, main_phone = $7,
        website = $8, status = $9, billing_street = $10, billing_city = $11,
        billing_state = $12, billing_zip_code = $13, billing_country = $14,
        shipping_street = $15, shipping_city = $16, shipping_state = $17,
        shipping_zip_code = $18, shipping_country = $19, contacts = $20,
        created_at = $21, updated_at = $22, search_key = $23
    WHERE team_id = $1 AND uuid = $2 AND version = $24";

pub(crate) const DELETE: &str = "DELETE FROM customer
    WHERE team_id = $1 AND uuid = $2 AND ($3::bigint IS NULL OR version = $3)";

pub(crate) const VERSION: &str = "SELECT version FROM customer WHERE team_id = $1 AND uuid = $2";

/// Runs [`INSERT`], or [`REPLACE`] with the version that was read; returns how
/// many rows it wrote.
pub(crate) async fn write(
    client: &Client,
    statement: &Statement,
    customer: &Customer,
    read: Option<Version>,
) -> Result<Result<u64, tokio_postgres::Error>, Error> {
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
    let (version, read) = (number_of(version)?, read.map(number_of).transpose()?);
    let contacts =
        serde_json::to_string(&contacts).map_err(|_| Error::Row { column: "contacts" })?;
    let key = email.key();
    let search_key = customer.search_key();
    let search_key = Text(search_key.as_str());
    let billing = Address::to_columns(billing_address.as_ref()).map(|text| text.map(Text));
    let shipping = Address::to_columns(shipping_address.as_ref()).map(|text| text.map(Text));
    let [street, city, state, zip_code, country] = &billing;
    let [street_2, city_2, state_2, zip_code_2, country_2] = &shipping;
    let (name, email_text, key) = (
        Text(name.as_str()),
        Text(email.as_str()),
        Text(key.as_str()),
    );
    let main_phone = main_phone.as_ref().map(PhoneNumber::as_str).map(Text);
    let website = website.as_ref().map(WebsiteUrl::as_str).map(Text);
    let (status, contacts) = (status.as_str(), Text(&contacts));
    let (created_at, updated_at) = (Instant(created_at), Instant(updated_at));
    let mut values: Vec<&(dyn ToSql + Sync)> = vec![
        team.as_uuid(),
        uuid.as_uuid(),
        &version,
        &name,
        &email_text,
        &key,
        &main_phone,
        &website,
        &status,
        street,
        city,
        state,
        zip_code,
        country,
        street_2,
        city_2,
        state_2,
        zip_code_2,
        country_2,
        &contacts,
        &created_at,
        &updated_at,
        &search_key,
    ];
    if let Some(read) = &read {
        values.push(read);
    }
    Ok(client.execute(statement, &values).await)
}

/// PostgreSQL's numbers are signed.
pub(crate) fn number_of(version: Version) -> Result<i64, Error> {
    i64::try_from(version.get()).map_err(|_| Error::Version)
}

/// Reads a row of [`VERSION`].
pub(crate) fn version_of(row: &Row) -> Result<Version, Error> {
    const CORRUPT: Error = Error::Row { column: "version" };
    let number: i64 = row.try_get("version").map_err(|_| CORRUPT)?;
    let number = u64::try_from(number).map_err(|_| CORRUPT)?;
    Version::from_stored(number).ok_or(CORRUPT)
}

/// Reads a row of [`GET`] or [`FIND`].
pub(crate) fn read(row: &Row) -> Result<Customer, Error> {
    let instant = |column| match row.try_get(column) {
        Ok(Instant(instant)) => Ok(instant),
        Err(_) => Err(Error::Row { column }),
    };
    Ok(Customer::from_parts(CustomerParts {
        team: TeamId::from(uuid(row, "team_id")?),
        version: version_of(row)?,
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

fn uuid(row: &Row, column: &'static str) -> Result<Uuid, Error> {
    row.try_get(column).map_err(|_| Error::Row { column })
}

fn text<'r>(row: &'r Row, column: &'static str) -> Result<Option<&'r str>, Error> {
    row.try_get(column).map_err(|_| Error::Row { column })
}

fn required<T>(row: &Row, column: &'static str) -> Result<T, Error>
where
    T: for<'t> TryFrom<&'t str> + AsRef<str>,
{
    optional(row, column)?.ok_or(Error::Row { column })
}

fn optional<T>(row: &Row, column: &'static str) -> Result<Option<T>, Error>
where
    T: for<'t> TryFrom<&'t str> + AsRef<str>,
{
    let Some(text) = text(row, column)? else {
        return Ok(None);
    };
    from_stored(text).map(Some).ok_or(Error::Row { column })
}

fn address(row: &Row, columns: [&'static str; Address::COLUMNS]) -> Result<Option<Address>, Error> {
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

fn contacts(row: &Row) -> Result<Contacts, Error> {
    const CORRUPT: Error = Error::Row { column: "contacts" };
    let json = text(row, "contacts")?.ok_or(CORRUPT)?;
    serde_json::from_str(json).map_err(|_| CORRUPT)
}
