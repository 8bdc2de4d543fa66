//! M1 to M4: the merge, case by case. The laws are in `laws`.

use customer_domain::{CustomerPatch, Field, FieldSet, Status, Timestamp};

use crate::{acme, at, noon};

fn activate() -> CustomerPatch {
    CustomerPatch::new().with_status(Update::Set(Status::Active))
}

#[test]
fn m1_the_same_input_has_the_same_outcome() {
    assert_eq!(
        acme().apply(&activate(), noon()),
        acme().apply(&activate(), noon())
    );
}

#[test]
fn m2_exactly_what_changed_is_named() {
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
        applied.changed, expected,
        "the case of an email is a change, the same value none"
    );
    assert_eq!(
        applied.changed.names(),
        ["email", "shippingAddress", "website"]
    );
}

#[test]
fn m2_removing_what_is_not_there_is_no_change() {
    let patch = CustomerPatch::new().with_shipping_address(NullableUpdate::Clear);
    assert!(acme().apply(&patch, noon()).changed.is_empty());
}

#[test]
fn m3_without_a_change_the_record_comes_back_as_it_was() {
    let patch = CustomerPatch::new().with_status(Update::Set(Status::Inactive));
    let applied = acme().apply(&patch, noon());
    assert_eq!(applied.customer, acme());
    assert_eq!(applied.customer.version(), acme().version());
    assert_eq!(applied.customer.updated_at(), acme().updated_at());
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
        let applied = acme().apply(&activate(), at(now));
        assert_eq!(applied.customer.updated_at(), at(after), "{now}");
        assert!(applied.customer.updated_at() > before);
        assert_eq!(applied.customer.version().get(), 2);
    }
}

#[test]
fn m3_the_last_instant_there_is_stays() {
    let last = acme().apply(&activate(), Timestamp::MAX).customer;
    let patch = CustomerPatch::new().with_status(Update::Set(Status::Inactive));
    let applied = last.apply(&patch, noon());
    assert_eq!(applied.customer.updated_at(), Timestamp::MAX);
    assert_eq!(applied.customer.version().get(), 3);
}

#[test]
fn m4_identity_and_contacts_never_change() {
    let patch = CustomerPatch::new()
        .with_name(Update::Set("Other".parse().unwrap()))
        .with_email(Update::Set("other@b.co".parse().unwrap()))
        .with_main_phone(NullableUpdate::Clear)
        .with_website(NullableUpdate::Clear)
        .with_status(Update::Set(Status::Active))
        .with_billing_address(NullableUpdate::Clear);
    let (before, after) = (acme(), acme().apply(&patch, noon()).customer);
    assert_eq!(after.id(), before.id());
    assert_eq!(after.team(), before.team());
    assert_eq!(after.created_at(), before.created_at());
    assert_eq!(after.contacts(), before.contacts());
}
