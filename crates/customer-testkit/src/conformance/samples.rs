//! The records of the cases. All values are valid; an invalid one is a bug in the test
//! kit.

use std::fmt::Debug;
use std::str::FromStr;

use customer_domain::{
    Address, AddressField, Contact, Contacts, Customer, CustomerPatch, CustomerRecord,
    EmailAddress, NewCustomer, NullableUpdate, Status, TeamId, Timestamp, Update, Version,
};

use crate::ids::{fresh_id, fresh_team};

/// A value from a valid string.
pub(crate) fn value<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse()
        .unwrap_or_else(|error| panic!("a sample of the test kit is not valid: {error:?}"))
}

pub(crate) fn version(number: u64) -> Version {
    Version::from_stored(number).unwrap_or_else(|| panic!("{number} is not a version"))
}

pub(crate) fn micros(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros).unwrap_or_else(|| panic!("{micros} is out of range"))
}

pub(crate) fn noon() -> Timestamp {
    value("2026-11-23T12:00:00.123456Z")
}

/// A new team.
pub(crate) fn team() -> TeamId {
    fresh_team()
}

/// A record with only the required values, and a new id.
pub(crate) fn customer(team: TeamId, email: &str) -> Customer {
    NewCustomer::new(value("Acme"), value(email)).into_customer(fresh_id(), team, noon())
}

/// A record with a value in every field.
pub(crate) fn full_customer(team: TeamId, email: &str) -> Customer {
    NewCustomer::new(value("Acme Corporation"), value(email))
        .with_main_phone(value("+14155550100"))
        .with_website(value("https://acme.example/shop?q=1#top"))
        .with_status(Status::Inactive)
        .with_billing_address(address(&[
            "1 Main St\nFloor 2",
            "Springfield",
            "IL",
            "62701",
            "US",
        ]))
        .with_shipping_address(address(&["2 Side St", "Shelbyville", "IN", "46176", "US"]))
        .with_contacts(contacts(vec![
            Contact::new(value("Ann Lee"))
                .with_email(value("ann@acme.example"))
                .with_phone(value("+14155550101"))
                .with_primary(),
            Contact::new(value("Bob Ray")),
        ]))
        .into_customer(fresh_id(), team, noon())
}

/// An address with strings in the order of [`AddressField::ALL`]; "" means no value.
pub(crate) fn address(texts: &[&str]) -> Address {
    Address::new(AddressField::ALL.iter().copied().zip(texts.iter().copied()))
        .unwrap_or_else(|error| panic!("a sample of the test kit is not valid: {error:?}"))
}

pub(crate) fn contacts(contacts: Vec<Contact>) -> Contacts {
    Contacts::new(contacts)
        .unwrap_or_else(|error| panic!("a sample of the test kit is not valid: {error:?}"))
}

/// The customer with changed data.
pub(crate) fn with(customer: &Customer, change: impl FnOnce(&mut CustomerRecord)) -> Customer {
    let mut record = customer.record().clone();
    change(&mut record);
    record.into_customer(customer.team(), customer.version())
}

/// The customer with another version.
pub(crate) fn at_version(customer: &Customer, version: Version) -> Customer {
    let record = customer.record().clone();
    record.into_customer(customer.team(), version)
}

/// The customer in another team.
pub(crate) fn in_team(customer: &Customer, team: TeamId) -> Customer {
    let record = customer.record().clone();
    record.into_customer(team, customer.version())
}

/// The next version of the record, with this address.
pub(crate) fn with_email(customer: &Customer, email: &str) -> Customer {
    let email: EmailAddress = value(email);
    changed(
        customer,
        &CustomerPatch::new().with_email(Update::Set(email)),
    )
}

/// The next version of the record, with this phone number.
pub(crate) fn with_phone(customer: &Customer, phone: &str) -> Customer {
    changed(
        customer,
        &CustomerPatch::new().with_main_phone(NullableUpdate::Set(value(phone))),
    )
}

/// The next version of the record.
pub(crate) fn changed(customer: &Customer, patch: &CustomerPatch) -> Customer {
    customer.clone().apply(patch, noon()).into_customer()
}

#[cfg(test)]
mod tests {
    use customer_domain::Field;

    use super::*;

    #[test]
    fn a_full_customer_differs_from_a_minimal_one_in_every_field() {
        let team = team();
        let (full, bare) = (
            full_customer(team, "a@acme.example"),
            customer(team, "b@acme.example"),
        );
        let same = |field: &Field| full.value(*field) == bare.value(*field);
        let same: Vec<_> = Field::ALL.iter().copied().filter(same).collect();
        // Both are new records of one team.
        let expected = [
            Field::CreatedAt,
            Field::UpdatedAt,
            Field::TeamId,
            Field::Version,
        ];
        assert_eq!(
            same, expected,
            "full_customer and customer have the same value in a field"
        );
    }
}
