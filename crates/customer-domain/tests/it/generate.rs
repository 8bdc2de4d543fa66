//! Random records and patches, as the JSON that the fields of `Field::ALL` have.

use customer_domain::{
    Address, AddressField, Contacts, Customer, CustomerName, CustomerPatch, EmailAddress, Field,
    PhoneNumber, TeamId, Timestamp, Version, WebsiteUrl,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::strategy::Union;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Characters that are likely to show an error: special in JSON, case folding with
/// several results, invisible, of four bytes.
const RULESIAL: &[char] = &[
    ' ', '"', '\\', 'é', 'ß', 'ς', 'Σ', 'İ', 'ﬁ', '字', '😀', '\u{301}', '\u{AD}', '\u{200B}',
    '\u{A0}', '\u{3000}', '\u{FE0F}',
];

/// The JSON of the valid values of a type.
fn valid<T: DeserializeOwned + Serialize>(
    values: impl Strategy<Value = Value> + 'static,
) -> BoxedStrategy<Value> {
    let parse = |value| serde_json::to_value(serde_json::from_value::<T>(value).ok()?).ok();
    values.prop_filter_map("not a valid value", parse).boxed()
}

/// A string of up to `max` characters, often of exactly as many.
fn text(max: usize) -> BoxedStrategy<Value> {
    let character =
        || prop_oneof![3 => proptest::char::range('!', '~'), 1 => prop::sample::select(RULESIAL)];
    let short = vec(character(), 1..12).prop_map(String::from_iter);
    let long = character().prop_map(move |c| format!("x{}x", c.to_string().repeat(max - 2)));
    prop_oneof![4 => short, 1 => long]
        .prop_map(Value::from)
        .boxed()
}

fn email() -> BoxedStrategy<Value> {
    let address = "[a-zA-Z0-9!#$%&'*+/=?^_`{|}~ßς字-]{1,9}(\\.[a-zA-Z]{1,3})?\
                   @([a-zA-Z]{1,8}|[bB](ü|Ü)cher|xn--bcher-kva)\\.(example|Co)";
    valid::<EmailAddress>(address.prop_map(Value::from))
}

fn phone() -> BoxedStrategy<Value> {
    let number = "(\\+|00|)[0-9() -]{1,15}".prop_map(Value::from);
    valid::<PhoneNumber>(prop_oneof![number, text(PhoneNumber::MAX_CHARS)])
}

/// A valid value of a field; null for those that have no value in the record.
fn value(field: Field) -> BoxedStrategy<Value> {
    let website = "(https?://|HTTP://|)([a-z]{1,9}|bücher)\\.example(:80|)(/[a-z.é%]{0,9}|)";
    match field {
        Field::Id => any::<u128>()
            .prop_map(|id| json!(uuid::Uuid::from_u128(id).to_string()))
            .boxed(),
        Field::Name => valid::<CustomerName>(text(CustomerName::MAX_CHARS)),
        Field::Email => email(),
        Field::MainPhone => phone(),
        Field::Website => valid::<WebsiteUrl>(website.prop_map(Value::from)),
        Field::Status => prop::sample::select(vec![json!("active"), json!("inactive")]).boxed(),
        Field::BillingAddress | Field::ShippingAddress => {
            let parts = vec(
                option::of(text(Address::MAX_CHARS)),
                AddressField::ALL.len(),
            );
            let names = AddressField::ALL.iter().map(|name| name.as_str());
            valid::<Address>(parts.prop_map(move |parts| names.clone().zip(parts).collect()))
        }
        Field::Contacts => {
            let contact = (text(255), option::of(email()), option::of(phone())).prop_map(
                |(name, email, phone)| json!({"name": name, "email": email, "phone": phone}),
            );
            valid::<Contacts>(vec(contact, 0..3).prop_map(Value::from))
        }
        Field::CreatedAt | Field::UpdatedAt => {
            instant().prop_map(|at| json!(at.to_string())).boxed()
        }
        _ => panic!("{field} has no generator"),
    }
}

/// Whether an update can clear the field.
fn is_nullable(field: Field) -> bool {
    CustomerPatch::from_json(format!(r#"{{"{field}":null}}"#).as_bytes()).is_ok()
}

/// A member of a body, which is missing with that weight.
fn member(field: Field, missing: u32) -> impl Strategy<Value = Option<(String, Value)>> {
    let mut choices = vec![(4, value(field).prop_map(Some).boxed())];
    if is_nullable(field) {
        choices.push((2, Just(Some(Value::Null)).boxed()));
    }
    if missing > 0 {
        choices.push((missing, Just(None).boxed()));
    }
    let name = field.as_str().to_owned();
    Union::new_weighted(choices).prop_map(move |value| Some((name.clone(), value?)))
}

fn body(is_used: fn(Field) -> bool, missing: u32) -> impl Strategy<Value = String> {
    let fields = Field::ALL.iter().copied().filter(|field| is_used(*field));
    let members: Vec<_> = fields.map(|field| member(field, missing)).collect();
    members.prop_map(|members| members.into_iter().flatten().collect::<Value>().to_string())
}

pub(crate) fn patch() -> BoxedStrategy<CustomerPatch> {
    let read = |body: String| CustomerPatch::from_json(body.as_bytes()).unwrap();
    body(Field::is_patchable, 4).prop_map(read).boxed()
}

pub(crate) fn customer() -> BoxedStrategy<Customer> {
    let team = any::<u128>().prop_map(|id| TeamId::from(uuid::Uuid::from_u128(id)));
    let version = (1..u64::from(u32::MAX)).prop_map(|n| Version::from_stored(n).unwrap());
    (body(Field::is_in_record, 0), team, version)
        .prop_map(|(body, team, version)| {
            Customer::from_json(body.as_bytes(), team, version).unwrap()
        })
        .boxed()
}

/// Any point in time except the last ones, usually close to others, so that the clock
/// is often equal to a time of the record.
pub(crate) fn instant() -> BoxedStrategy<Timestamp> {
    let range = Timestamp::MIN.as_micros()..=Timestamp::MAX.as_micros() - 1_000;
    prop_oneof![1_000_000_i64..1_000_004, range]
        .prop_filter_map("out of range", Timestamp::from_micros)
        .boxed()
}
