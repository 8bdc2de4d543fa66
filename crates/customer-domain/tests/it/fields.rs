//! Tests every operation with every field. The message of a failed test names the field
//! that the code does not handle.

use customer_domain::{
    Applied, BodyError, Column, Customer, CustomerPatch, Field, NewCustomer, NullableUpdate,
    Update, Version,
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::{id, noon, team};

/// Two values of a field in the record.
fn values(field: Field) -> [Value; 2] {
    let address = |city| json!({"street": null, "city": city, "state": null, "zipCode": null, "country": null});
    let contact = |name| json!([{"name": name, "email": null, "phone": null, "isPrimary": false}]);
    match field {
        Field::Id => [
            json!(id().to_string()),
            json!("00000000-0000-0000-0000-000000000007"),
        ],
        Field::Name => [json!("Acme"), json!("Acme Ltd")],
        Field::Email => [json!("a@acme.example"), json!("b@acme.example")],
        Field::MainPhone => [json!("+1"), json!("+2")],
        Field::Website => [json!("https://a.example"), json!("https://b.example")],
        Field::Status => [json!("active"), json!("inactive")],
        Field::BillingAddress => [address("Paris"), address("Rome")],
        Field::ShippingAddress => [address("Oslo"), address("Bern")],
        Field::Contacts => [contact("Ann"), contact("Bob")],
        Field::CreatedAt | Field::UpdatedAt => {
            [json!("2026-01-01T00:00:00Z"), json!("2026-01-02T00:00:00Z")]
        }
        _ => panic!("{field} has no values"),
    }
}

/// The fields of the record.
fn record() -> impl Iterator<Item = Field> {
    Field::ALL
        .iter()
        .copied()
        .filter(|field| field.is_in_record())
}

fn patchable() -> impl Iterator<Item = Field> {
    Field::ALL
        .iter()
        .copied()
        .filter(|field| field.is_patchable())
}

fn is_nullable(field: Field) -> bool {
    read_patch(field, &Value::Null).is_ok()
}

fn read_patch(field: Field, value: &Value) -> Result<CustomerPatch, BodyError> {
    CustomerPatch::from_json(json!({field.as_str(): value}).to_string().as_bytes())
}

/// The patch that sets, or clears, one field.
fn patch(field: Field, value: &Value) -> CustomerPatch {
    read_patch(field, value).unwrap_or_else(|error| panic!("{field}: {error}"))
}

/// The JSON record with the first value of every field, except for one field.
fn json_with(field: Field, value: &Value) -> Value {
    let member = |other: Field| {
        let [first, _] = values(other);
        let value = if other == field { value.clone() } else { first };
        (other.as_str().to_owned(), value)
    };
    Value::Object(record().map(member).collect())
}

fn customer(json: &Value) -> Customer {
    Customer::from_json(json.to_string().as_bytes(), team(), Version::FIRST).unwrap()
}

/// The record with the first value of every field.
fn first() -> Customer {
    let [name, _] = values(Field::Name);
    customer(&json_with(Field::Name, &name))
}

/// Every patchable field with the values that a patch can give it: the second one,
/// and null if it can be cleared.
fn updates() -> impl Iterator<Item = (Field, Value)> {
    patchable().flat_map(|field| {
        let [_, second] = values(field);
        let null = is_nullable(field).then_some(Value::Null);
        [second]
            .into_iter()
            .chain(null)
            .map(move |value| (field, value))
    })
}

fn apply(field: Field, value: &Value) -> Applied {
    first().apply(&patch(field, value), noon())
}

#[test]
fn m2_apply_changes_the_field_that_the_patch_sets_and_no_other() {
    for (field, value) in updates() {
        let applied = apply(field, &value);
        assert_eq!(
            applied.changed().names(),
            [field.as_str()],
            "{field} = {value}"
        );
        let written = serde_json::to_value(applied.customer().value(field)).unwrap();
        assert_eq!(written, value, "{field}");
        for other in patchable().filter(|other| *other != field) {
            let kept = first().value(other) == applied.customer().value(other);
            assert!(kept, "setting {field} changes {other}");
        }
    }
}

#[test]
fn m2_changes_have_the_old_and_the_new_value() {
    for (field, value) in updates() {
        let applied = apply(field, &value);
        let changes: Vec<_> = applied.changes().collect();
        let [change] = &changes[..] else {
            panic!("{field} has {} changes", changes.len());
        };
        assert_eq!(change.field, field);
        assert_eq!(
            serde_json::to_value(change.old).unwrap(),
            values(field)[0],
            "{field}"
        );
        assert_eq!(serde_json::to_value(change.new).unwrap(), value, "{field}");
    }
}

#[test]
fn m5_diff_has_the_field_that_differs() {
    for (field, value) in updates() {
        let applied = apply(field, &value);
        let difference = first().diff(applied.customer());
        assert_eq!(difference, patch(field, &value), "{field} = {value}");
    }
}

#[test]
fn m5_then_keeps_or_overrides_the_first_patch() {
    for (field, value) in updates() {
        let (set, first) = (patch(field, &value), patch(field, &values(field)[0]));
        let empty = CustomerPatch::new;
        assert_eq!(set.clone().then(empty()), set, "{field} = {value}");
        assert_eq!(empty().then(set.clone()), set, "{field} = {value}");
        assert_eq!(first.clone().then(set.clone()), set, "{field} = {value}");
        assert_eq!(set.then(first.clone()), first, "{field} = {value}");
    }
}

#[test]
fn p12_fields_returns_the_field_that_the_patch_sets() {
    for (field, value) in updates() {
        let patch = patch(field, &value);
        assert!(!patch.is_empty(), "{field} = {value}");
        assert_eq!(
            patch.fields().names(),
            [field.as_str()],
            "{field} = {value}"
        );
        let written = match patch.value(field) {
            NullableUpdate::Keep => panic!("{field} is kept"),
            NullableUpdate::Clear => Value::Null,
            NullableUpdate::Set(value) => serde_json::to_value(value).unwrap(),
        };
        assert_eq!(written, value, "{field}");
    }
}

#[test]
fn m5_a_patch_writes_the_field_that_it_sets() {
    for (field, value) in updates() {
        let written = serde_json::to_value(patch(field, &value)).unwrap();
        assert_eq!(written, json!({field.as_str(): value}), "{field}");
    }
}

#[test]
fn s6_a_record_writes_every_field_in_order() {
    for field in record() {
        let [_, second] = values(field);
        let customer = customer(&json_with(field, &second));
        let written = serde_json::to_string(&customer).unwrap();
        let json: Value = serde_json::from_str(&written).unwrap();
        assert_eq!(json.get(field.as_str()), Some(&second), "{field}");
        assert_eq!(json.as_object().map(Map::len), Some(record().count()));
        let position = |field: Field| written.find(&format!("\"{field}\":"));
        assert!(record().map(position).is_sorted(), "{written}");

        let mut direct = Vec::new();
        customer.write_json(&mut direct);
        assert_eq!(String::from_utf8(direct).unwrap(), written, "{field}");
    }
}

#[test]
fn s6_a_row_has_every_field_in_columns_of_its_own() {
    for field in record() {
        let [_, second] = values(field);
        let (before, after) = (first(), customer(&json_with(field, &second)));
        let (old, new) = (before.to_row().unwrap(), after.to_row().unwrap());
        let read = Customer::from_row(|index, _| new.get(index).cloned());
        let read = read.unwrap_or_else(|error| panic!("{field}: {error}"));
        assert_eq!(read.value(field), after.value(field), "{field}");

        let columns = Column::all().iter().zip(old.iter().zip(&new));
        let changed = columns.filter(|(_, (old, new))| old != new);
        let mut changed = changed.filter_map(|(column, _)| column.field());
        assert_eq!(changed.next(), Some(field));
        assert!(
            changed.all(|other| other == field),
            "{field} is in other columns"
        );
    }
}

#[test]
fn a_new_customer_has_every_value_that_a_client_can_choose() {
    for field in record().filter(|f| f.is_patchable() || *f == Field::Contacts) {
        let [_, second] = values(field);
        let mut body = json_with(field, &second);
        for read_only in [Field::Id, Field::CreatedAt, Field::UpdatedAt] {
            body.as_object_mut()
                .and_then(|body| body.remove(read_only.as_str()));
        }
        let new = NewCustomer::from_json(body.to_string().as_bytes()).unwrap();
        let created = new.into_customer(id(), team(), noon());
        let written = serde_json::to_value(created.value(field)).unwrap();
        assert_eq!(written, second, "{field}");
    }
}

fn parsed<T: DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap()
}

/// The patch and the new customer with one field, set by the setters of the field.
fn set(field: Field, value: &Value) -> (CustomerPatch, NewCustomer) {
    let patch = CustomerPatch::new();
    let [name, email] = [Field::Name, Field::Email].map(|field| values(field)[0].clone());
    let new = NewCustomer::new(parsed(&name), parsed(&email));
    match field {
        Field::Name => (
            patch.with_name(Update::Set(parsed(value))),
            NewCustomer::new(parsed(value), new.email),
        ),
        Field::Email => (
            patch.with_email(Update::Set(parsed(value))),
            NewCustomer::new(new.name, parsed(value)),
        ),
        Field::MainPhone => (
            patch.with_main_phone(NullableUpdate::Set(parsed(value))),
            new.with_main_phone(parsed(value)),
        ),
        Field::Website => (
            patch.with_website(NullableUpdate::Set(parsed(value))),
            new.with_website(parsed(value)),
        ),
        Field::Status => (
            patch.with_status(Update::Set(parsed(value))),
            new.with_status(parsed(value)),
        ),
        Field::BillingAddress => (
            patch.with_billing_address(NullableUpdate::Set(parsed(value))),
            new.with_billing_address(parsed(value)),
        ),
        Field::ShippingAddress => (
            patch.with_shipping_address(NullableUpdate::Set(parsed(value))),
            new.with_shipping_address(parsed(value)),
        ),
        _ => panic!("{field} has no setter"),
    }
}

#[test]
fn every_patchable_field_has_a_setter_that_sets_it() {
    for field in patchable() {
        let [_, second] = values(field);
        let (set_patch, set_new) = set(field, &second);
        assert_eq!(set_patch, patch(field, &second), "{field}");

        let mut body = Map::new();
        for required in [Field::Name, Field::Email] {
            let [first, _] = values(required);
            body.insert(required.as_str().to_owned(), first);
        }
        body.insert(field.as_str().to_owned(), second);
        let read: NewCustomer = parsed(&Value::Object(body));
        assert_eq!(set_new, read, "{field}");
    }
}

#[test]
fn p5_and_p6_all_other_fields_cannot_be_set() {
    for field in Field::ALL.iter().filter(|field| !field.is_patchable()) {
        assert!(read_patch(*field, &json!("x")).is_err(), "{field}");
        let full = updates().map(|(field, value)| patch(field, &value));
        let full = full.reduce(CustomerPatch::then).unwrap();
        assert!(full.value(*field).is_keep(), "{field}");
    }
}
