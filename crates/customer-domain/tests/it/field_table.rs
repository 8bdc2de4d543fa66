//! The table of outcomes in the documentation, tried against the code.

use customer_domain::{BodyError, CustomerPatch};

use crate::{acme, noon};

const DOCUMENTATION: &str = include_str!("../../src/lib.rs");

/// The columns of the table: what is sent, as JSON.
fn sent(field: &str, column: &str) -> Option<String> {
    let value = match (column, field) {
        ("absent", _) => return None,
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
        // Another child is there, so that the address is not empty.
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
            let [violation] = violations.as_slice() else {
                panic!("{violations}")
            };
            assert_eq!(violation.field().to_string(), field);
            return format!("`{}`", violation.code());
        }
        Err(error) => panic!("{error}"),
    };
    let full = CustomerPatch::from_json(br#"{"shippingAddress":{"city":"Rome"}}"#).unwrap();
    let before = acme().apply(&full, noon()).customer;
    let after = serde_json::to_value(before.apply(&patch, noon()).customer).unwrap();
    let before = serde_json::to_value(before).unwrap();
    let pointer = format!("/{}", field.replace('.', "/"));
    match (before.pointer(&pointer), after.pointer(&pointer)) {
        // A child of an address that is replaced: what it was does not matter.
        (_, Some(after)) if field.contains('.') && after.is_null() => "absent".to_owned(),
        (before, after) if before == after => "kept".to_owned(),
        (_, Some(after)) if after.is_null() => "removed".to_owned(),
        _ => "replaced".to_owned(),
    }
}

#[test]
fn the_documented_table_is_what_the_code_does() {
    let mut rows = DOCUMENTATION
        .lines()
        .filter_map(|line| line.strip_prefix("//! | "))
        .map(|line| line.trim_end_matches(" |").split(" | ").collect::<Vec<_>>())
        .skip_while(|cells| cells.first() != Some(&"field"));
    let columns = rows.next().expect("the table has a head");
    assert_eq!(columns.len(), 6);

    let mut fields = 0;
    for row in rows.take_while(|cells| cells.len() == columns.len()) {
        for field in row[0].split(", ").map(|name| name.trim_matches('`')) {
            for (column, cell) in columns.iter().zip(&row).skip(1) {
                let outcome = outcome(field, sent(field, column));
                assert_eq!(*cell, outcome, "{field} {column}");
            }
            fields += 1;
        }
    }
    assert_eq!(
        fields,
        13 + 5 + 1,
        "every name, every child of an address, and another"
    );
}
