//! M1 to M4: the merge, case by case. The laws are in `laws`.

use customer_domain::{CustomerPatch, Field, FieldSet, NullableUpdate, Status, Timestamp, Update};

use crate::{acme, at, noon};

fn activate() -> CustomerPatch {
    CustomerPatch::new().with_status(Update::Set(Status::Active))
}

#[test]
fn m1_the_result_does_not_depend_on_shared_memory() {
    let acme_1 = acme();
    let mut shared = activate();
    shared.billing_address = NullableUpdate::Set(acme_1.billing_address().unwrap().clone());
    shared.shipping_address = shared.billing_address.clone();
    let json = serde_json::to_vec(&shared).unwrap();
    let separate = CustomerPatch::from_json(&json).unwrap();
    let applied = acme_1.apply(&shared, noon());
    assert_eq!(applied, acme().apply(&separate, noon()));
    assert_eq!(applied.changed().names(), ["shippingAddress", "status"]);
}

#[test]
fn m2_exactly_the_changed_fields_are_returned() {
    let address = acme().billing_address().unwrap().clone();
    let patch = CustomerPatch::new()
        .with_name(Update::Set("Acme Corporation".parse().unwrap()))
        .with_email(Update::Set("Billing@acme.example".parse().unwrap()))
        .with_website(NullableUpdate::Clear)
        .with_billing_address(NullableUpdate::Set(address.clone()))
        .with_shipping_address(NullableUpdate::Set(address));
    let applied = acme().apply(&patch, noon());
    let expected: FieldSet = [Field::Email, Field::Website, Field::ShippingAddress]
        .into_iter()
        .collect();
    assert_eq!(
        applied.changed(),
        expected,
        "another case of an email is a change, an equal value is not"
    );
    assert_eq!(
        applied.changed().names(),
        ["email", "shippingAddress", "website"]
    );
}

#[test]
fn m2_clearing_a_field_without_a_value_is_not_a_change() {
    let patch = CustomerPatch::new().with_shipping_address(NullableUpdate::Clear);
    assert!(acme().apply(&patch, noon()).changed().is_empty());
}

#[test]
fn m3_without_a_change_the_record_is_returned_unmodified() {
    let patch = CustomerPatch::new().with_status(Update::Set(Status::Inactive));
    let applied = acme().apply(&patch, noon());
    assert_eq!(applied.previous(), acme());
    assert_eq!(applied.changes().count(), 0);
    assert_eq!(applied.into_customer(), acme());
}

#[test]
fn m3_updated_at_is_now_or_strictly_later_than_before() {
    let before = acme().updated_at();
    for (now, after) in [
        ("2026-02-01T08:30:00.000002Z", "2026-02-01T08:30:00.000002Z"),
        ("2026-02-01T08:30:00.000001Z", "2026-02-01T08:30:00.000001Z"),
        ("2026-02-01T08:30:00Z", "2026-02-01T08:30:00.000001Z"),
        (
            "2026-02-01T08:30:00.0000009Z",
            "2026-02-01T08:30:00.000001Z",
        ),
        ("2020-01-01T00:00:00Z", "2026-02-01T08:30:00.000001Z"),
    ] {
        let updated = acme().apply(&activate(), at(now)).into_customer();
        assert_eq!(updated.updated_at(), at(after), "{now}");
        assert!(updated.updated_at() > before);
        assert_eq!(updated.version().get(), 2);
    }
}

#[test]
fn m3_the_last_timestamp_has_no_successor() {
    let last = acme().apply(&activate(), Timestamp::MAX).into_customer();
    let patch = CustomerPatch::new().with_status(Update::Set(Status::Inactive));
    let updated = last.apply(&patch, noon()).into_customer();
    assert_eq!(updated.updated_at(), Timestamp::MAX);
    assert_eq!(updated.version().get(), 3);
}
