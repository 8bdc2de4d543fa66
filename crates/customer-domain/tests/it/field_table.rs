//! Tests the table of outcomes in the documentation against the code.

use customer_domain::{AddressField, BodyError, CustomerPatch, Field};

use crate::{acme, noon};

const DOCUMENTATION: &str = include_str!("../../src/lib.rs");

/// The input of a column of the table, as JSON.
fn input(field: &str, column: &str) -> Option<String> {
    let value = match (column, field) {
        ("missing", _) => return None,
        ("`null`", _) => "null",
        ("`\"\"`", _) => r#""""#,
        ("blank", _) => r#"" \u200b""#,
        ("a value", "email") => r#""new@b.co""#,
        ("a value", "status") => r#""active""#,
        ("a value", "website") => r#""https://new.example""#,
        ("a value", "billingAddress" | "shippingAddress") => r#"{"city":"Paris"}"#,
        ("a value", _) => r#""new""#,
        _ => panic!("column {column}"),
    };
    Some(value.to_owned())
}

fn other(child: &str) -> &'static str {
    if child == "country" {
        "city"
    } else {
        "country"
    }
}

fn outcome(field: &str, value: Option<String>) -> String {
    let body = match (value, field.split_once('.')) {
        (None, None) => "{}".to_owned(),
        // Another field is set, so that the address is not empty.
        (None, Some((parent, child))) => format!(r#"{{"{parent}":{{"{}":"x"}}}}"#, other(child)),
        (Some(value), None) => format!(r#"{{"{field}":{value}}}"#),
        (Some(value), Some((parent, child))) => {
            format!(
                r#"{{"{parent}":{{"{}":"x","{child}":{value}}}}}"#,
                other(child)
            )
        }
    };
    let patch = match CustomerPatch::from_json(body.as_bytes()) {
        Ok(patch) => patch,
        Err(BodyError::Invalid(violations)) => {
            let [violation] = &violations[..] else {
                panic!("{violations}")
            };
            assert_eq!(violation.field().as_str(), field);
            return format!("`{}`", violation.code());
        }
        Err(error) => panic!("{error}"),
    };
    let full = CustomerPatch::from_json(br#"{"shippingAddress":{"city":"Rome"}}"#).unwrap();
    let before = acme().apply(&full, noon()).into_customer();
    let after = before.clone().apply(&patch, noon()).into_customer();
    let (before, after) = (
        serde_json::to_value(before).unwrap(),
        serde_json::to_value(after).unwrap(),
    );
    let pointer = format!("/{}", field.replace('.', "/"));
    match (before.pointer(&pointer), after.pointer(&pointer)) {
        // The address is replaced, so the old value of its field does not matter.
        (_, Some(after)) if field.contains('.') && after.is_null() => "missing".to_owned(),
        (before, after) if before == after => "kept".to_owned(),
        (_, Some(after)) if after.is_null() => "removed".to_owned(),
        _ => "replaced".to_owned(),
    }
}

#[test]
fn the_documented_outcomes_are_those_of_the_code() {
    let mut rows = DOCUMENTATION
        .lines()
        .filter_map(|line| line.strip_prefix("//! | "))
        .map(|line| line.trim_end_matches(" |").split(" | ").collect::<Vec<_>>())
        .skip_while(|cells| cells.first() != Some(&"field"));
    let columns = rows.next().expect("the table has a header");
    assert_eq!(columns.len(), 6);

    let mut documented = Vec::new();
    for row in rows.take_while(|cells| cells.len() == columns.len()) {
        for field in row[0].split(", ").map(|name| name.trim_matches('`')) {
            for (column, cell) in columns.iter().zip(&row).skip(1) {
                let outcome = outcome(field, input(field, column));
                assert_eq!(*cell, outcome, "{field} {column}");
            }
            documented.push(field);
        }
    }
    for field in Field::ALL {
        assert!(documented.contains(&field.as_str()), "no row for {field}");
    }
    for child in AddressField::ALL {
        let path = format!("billingAddress.{child}");
        assert!(documented.contains(&&*path), "no row for {path}");
    }
}
