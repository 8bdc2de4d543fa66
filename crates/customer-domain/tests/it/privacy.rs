//! No value of a request or record is in an error message or in `Debug` output.

use std::fmt::Debug;

use customer_domain::{
    Address, BodyError, BulkUpdate, Contacts, Customer, CustomerId, CustomerName, CustomerPatch,
    EmailAddress, Failure, Field, NewCustomer, PhoneNumber, ReadOptions, SearchText, Status,
    TeamId, Timestamp, UnknownFields, Version, WebsiteUrl,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::generate::{customer, patch};
use crate::{id, noon, team};

/// A string that no message contains by chance.
fn secret() -> impl Strategy<Value = String> {
    "Qz[a-z0-9]{10}"
}

/// A JSON value that contains the secret, valid for some fields and not for others.
fn value(secret: &str) -> impl Strategy<Value = Value> + Clone + use<> {
    let s = secret.to_owned();
    prop::sample::select(vec![
        json!(s),
        json!(format!("{s}@b.co")),
        json!(format!("https://{s}.example")),
        json!(format!("{s}.example")),
        json!(format!("{s}\u{1}")),
        json!(s.repeat(30)),
        json!([s]),
        json!({ "street": s }),
        json!({ "street": [s], "city": s.repeat(30), "state": format!("{s}\t{s}") }),
        json!([{ "name": s, "email": s, "phone": s.repeat(9), "isPrimary": s }]),
        json!([{ "name": s, "isPrimary": true }, { "name": [s], "isPrimary": true }]),
        json!({ "a": { "b": s } }),
    ])
}

fn body() -> impl Strategy<Value = (String, String)> {
    let names = Field::ALL.iter().map(|field| field.as_str());
    let names: Vec<_> = names.chain(["colour"]).collect();
    let fields = prop::sample::subsequence(names, 1..12);
    (secret(), fields).prop_flat_map(|(secret, fields)| {
        let values = vec![value(&secret); fields.len()];
        (Just(secret), Just(fields), values).prop_map(|(secret, fields, values)| {
            let members: Vec<_> = fields
                .iter()
                .zip(values)
                .map(|(field, value)| format!("\"{field}\":{value}"))
                .collect();
            (secret, format!("{{{}}}", members.join(",")))
        })
    })
}

/// Everything that can get into a log or a response.
fn shown<T: Debug>(result: &Result<T, BodyError>) -> String {
    match result {
        Ok(value) => format!("{value:?} {value:#?}"),
        Err(error) => {
            let failure = Failure::from(error.clone());
            let json = serde_json::to_string(&failure).unwrap();
            format!("{error} {error:?} {failure} {failure:?} {json}")
        }
    }
}

/// The same JSON as a value of each type.
fn each_type(json: &str) -> String {
    fn of<'de, T: serde::Deserialize<'de> + Debug>(json: &'de str) -> String {
        format!("{:?}", serde_json::from_str::<T>(json))
    }
    [
        of::<CustomerName>(json),
        of::<EmailAddress>(json),
        of::<PhoneNumber>(json),
        of::<WebsiteUrl>(json),
        of::<Status>(json),
        of::<Address>(json),
        of::<Contacts>(json),
        of::<CustomerId>(json),
        of::<TeamId>(json),
        of::<Timestamp>(json),
        of::<CustomerPatch>(json),
        of::<NewCustomer>(json),
    ]
    .concat()
}

proptest! {
    #[test]
    fn no_message_and_no_debug_output_contains_a_value((secret, body) in body()) {
        let bytes = body.as_bytes();
        let ignore = ReadOptions::new().with_unknown_fields(UnknownFields::Ignore);
        let all = [
            shown(&CustomerPatch::from_json(bytes)),
            shown(&CustomerPatch::read_json(bytes, ignore)),
            shown(&NewCustomer::from_json(bytes)),
            shown(&Customer::from_json(bytes, team(), Version::FIRST)),
            shown(&CustomerPatch::from_json(&bytes[..bytes.len() - 1])),
            shown(&BulkUpdate::from_json(format!(r#"{{"customers":[{body}]}}"#).as_bytes())),
            shown(&BulkUpdate::from_json(format!(r#"{{"customers":{body}}}"#).as_bytes())),
            each_type(&body),
        ];
        for text in all {
            prop_assert!(!text.contains(&secret), "{}", text);
        }
    }

    #[test]
    fn no_error_of_a_value_type_contains_the_value(
        (secret, value) in secret().prop_flat_map(|s| (Just(s.clone()), value(&s))),
    ) {
        let text = each_type(&value.to_string());
        prop_assert!(!text.contains(&secret), "{}", text);
        for text in strings(&value) {
            let search = SearchText::parse(&text);
            let error = search.as_ref().map_err(ToString::to_string).err();
            let shown = format!("{search:?} {error:?}");
            prop_assert!(!shown.contains(&secret), "{}", shown);
        }
    }

    #[test]
    fn debug_output_of_a_record_a_row_and_a_patch_contains_no_string(c in customer(), p in patch()) {
        let changes = c.clone().apply(&p, noon());
        let changes: Vec<_> = changes.changes().collect();
        let debug = [format!("{c:?}"), format!("{c:#?}"), format!("{p:?}")];
        let rows = [format!("{:?}", c.to_row()), format!("{changes:?}")];
        for debug in debug.into_iter().chain(rows) {
            for text in strings_of_record(&c).chain(strings_of_patch(&p)).filter(|t| t.chars().count() > 8) {
                prop_assert!(!debug.contains(&text), "{} {}", text, debug);
            }
        }
    }
}

fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(list) => list.iter().flat_map(strings).collect(),
        Value::Object(map) => map.values().flat_map(strings).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

fn strings_of_record(customer: &Customer) -> impl Iterator<Item = String> {
    let mut record = serde_json::to_value(customer).unwrap();
    // Not personal data, and shown.
    for field in ["uuid", "createdAt", "updatedAt"] {
        record[field].take();
    }
    strings(&record).into_iter()
}

fn strings_of_patch(patch: &CustomerPatch) -> impl Iterator<Item = String> {
    strings(&serde_json::to_value(patch).unwrap()).into_iter()
}

#[test]
fn debug_output_shows_which_values_are_present() {
    let new = NewCustomer::new("Ann".parse().unwrap(), "ann@b.co".parse().unwrap());
    insta::assert_snapshot!(format!("{:#?}", new.into_customer(id(), team(), noon())));
}
