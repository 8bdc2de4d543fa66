//! S6: a store keeps every field that an update can change.

use customer_domain::{Column, CustomerPatch, CustomerStore, Field, Version};
use customer_sqlite::SqliteStore;
use rusqlite::Connection;

use crate::{customer, noon, open};

/// For each field, an update that changes it in a new customer.
const UPDATES: &[(Field, &str)] = &[
    (Field::Name, r#"{"customer": "Zebra"}"#),
    (Field::Email, r#"{"email": "zebra@zebra.example"}"#),
    (Field::MainPhone, r#"{"mainPhone": "+14155550100"}"#),
    (Field::Website, r#"{"website": "https://zebra.example"}"#),
    (Field::Status, r#"{"status": "inactive"}"#),
    (
        Field::BillingAddress,
        r#"{"billingAddress": {"street": "1 Main St", "city": "Springfield", "state": "IL",
            "zipCode": "62701", "country": "US"}}"#,
    ),
    (
        Field::ShippingAddress,
        r#"{"shippingAddress": {"street": "2 Side St", "city": "Shelbyville", "state": "IN",
            "zipCode": "46176", "country": "CA"}}"#,
    ),
];

#[tokio::test]
async fn s6_every_patchable_field_is_read_back_after_an_update() {
    let store = open().await;
    for (number, field) in (1..).zip(Field::ALL.iter().filter(|field| field.is_patchable())) {
        let update = UPDATES.iter().find(|(updated, _)| updated == field);
        let (_, body) = update.unwrap_or_else(|| panic!("no update of {field}"));
        let patch = CustomerPatch::from_json(body.as_bytes()).unwrap();
        let stored = customer(number);
        store.insert(&stored).await.unwrap();

        let applied = stored.apply(&patch, noon());
        assert_eq!(applied.changed().names(), [field.as_str()]);
        let updated = applied.into_customer();
        store.replace(&updated, Version::FIRST).await.unwrap();

        let found = store.get(updated.team(), updated.id()).await.unwrap();
        let found = found.unwrap();
        for other in Field::ALL {
            assert_eq!(
                found.value(*other),
                updated.value(*other),
                "{other} after an update of {field}"
            );
        }
    }
}

#[test]
fn the_table_has_every_column_of_a_row() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("customers.db");
    let _store = SqliteStore::open(&path).unwrap();
    let connection = Connection::open(&path).unwrap();
    for column in Column::all() {
        let query = format!("SELECT {column} FROM customer");
        let found = connection.prepare(&query);
        assert!(found.is_ok(), "a migration must add {column}");
    }
}
