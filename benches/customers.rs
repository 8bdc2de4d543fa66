//! Generates customers by number. No two of them share a string.

use customer_domain::{
    Address, AddressField, Contact, Contacts, Customer, CustomerId, NewCustomer, TeamId, Timestamp,
    ValueError,
};
use uuid::Uuid;

const TEAMS: u128 = 100;
/// Spreads consecutive numbers over all identifiers.
const SPREAD: u128 = 0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835;

/// The team and the identifier of a customer.
pub(crate) fn ids(number: u128) -> (TeamId, CustomerId) {
    let team = Uuid::from_u128(1 + number % TEAMS);
    let id = Uuid::from_u128((number + 1).wrapping_mul(SPREAD));
    (team.into(), id.into())
}

/// The email address of a customer.
pub(crate) fn email(number: u128) -> String {
    format!("office{number}@customer.example")
}

/// A typical customer: all fields except the shipping address, and one contact.
///
/// # Errors
///
/// Never: its values are valid.
pub(crate) fn typical(number: u128) -> Result<Customer, ValueError> {
    let (team, id) = ids(number);
    let street = format!("{number} Main Street");
    let address = Address::new([
        (AddressField::Street, street.as_str()),
        (AddressField::City, "Springfield"),
        (AddressField::State, "IL"),
        (AddressField::ZipCode, "62701"),
        (AddressField::Country, "United States"),
    ])?;
    let contact = Contact::new("Ann Smith".parse()?)
        .with_email(format!("ann{number}@customer.example").parse()?)
        .with_primary();
    let new = NewCustomer::new(
        format!("Acme Corporation {number}").parse()?,
        email(number).parse()?,
    )
    .with_main_phone(format!("+1415{number:07}").parse()?)
    .with_website(format!("https://www.customer{number}.example").parse()?)
    .with_billing_address(address)
    .with_contacts(Contacts::new(vec![contact])?);
    Ok(new.into_customer(id, team, Timestamp::parse("2026-11-25T12:00:00Z")?))
}

/// A team by number.
#[allow(dead_code, reason = "only the benchmark `lists` uses it")]
pub(crate) fn team_of(number: u128) -> TeamId {
    Uuid::from_u128(1 + number).into()
}

/// The words of [`named`]: each is in 12 % of the names.
const WORDS: [&str; 24] = [
    "Amber", "Birch", "Cedar", "Delta", "Ember", "Falcon", "Granite", "Harbor", "Indigo",
    "Juniper", "Kestrel", "Lumen", "Maple", "Nimbus", "Orchid", "Pioneer", "Quartz", "Raven",
    "Summit", "Tundra", "Umber", "Velvet", "Willow", "Yonder",
];

/// A typical customer of that team, whose name is three words and a number, with a distinct
/// creation time. One in 55,556 has a fourth word.
///
/// # Errors
///
/// Never: its values are valid.
#[allow(dead_code, reason = "only the benchmark `lists` uses it")]
pub(crate) fn named(number: u128, team: TeamId) -> Result<Customer, ValueError> {
    let (_, id) = ids(number);
    let mixed = id.as_uuid().as_u128() >> 64;
    let word = |index: u32| WORDS[(mixed >> (8 * index)) as usize % WORDS.len()];
    let rare = if number % 55_556 == 7 { " Zyx" } else { "" };
    let name = format!("{} {} {}{rare} {number}", word(0), word(1), word(2));
    let time = 1_700_000_000_000_000 + (mixed % 50_000_000_000) as i64 * 1_000;
    let time = Timestamp::from_micros(time).unwrap_or(Timestamp::MIN);
    let mut new = typical(number)?.into_record().content;
    new.name = name.parse()?;
    Ok(new.into_customer(id, team, time))
}
