//! Every case of `core.ndjson`: lists are compared as sets, timestamps as instants.

use std::collections::BTreeSet;

use customer_testkit::VECTORS;
use customer_testkit::model::{UnknownFields, Verdict, update};
use jiff::Timestamp;
use serde_json::Value;

fn same_record(left: &Value, right: &Value) -> bool {
    let (Some(left), Some(right)) = (left.as_object(), right.as_object()) else {
        return false;
    };
    let instant = |value: &Value| {
        value
            .as_str()
            .and_then(|text| text.parse::<Timestamp>().ok())
    };
    left.len() == right.len()
        && left.iter().all(|(name, value)| match right.get(name) {
            Some(other) if name == "createdAt" || name == "updatedAt" => {
                instant(value).is_some() && instant(value) == instant(other)
            }
            other => other == Some(value),
        })
}

fn text_pairs(value: &Value) -> BTreeSet<(String, String)> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    value
        .as_array()
        .expect("a list of pairs")
        .iter()
        .map(|pair| (text(&pair[0]), text(&pair[1])))
        .collect()
}

fn agrees(verdict: &Verdict, expected: &Value) -> bool {
    match verdict {
        Verdict::Accepted {
            data,
            changed,
            warnings,
        } => {
            expected["status"] == "success"
                && same_record(data, &expected["data"])
                && *changed
                    == serde_json::from_value::<Vec<String>>(expected["changed"].clone())
                        .expect("names")
                && warnings.iter().cloned().collect::<BTreeSet<_>>()
                    == text_pairs(&expected["warnings"])
        }
        Verdict::Rejected { code, errors, .. } => {
            expected["status"] == "error"
                && expected["code"] == **code
                && match expected.get("errors") {
                    Some(pairs) => {
                        errors.iter().cloned().collect::<BTreeSet<_>>() == text_pairs(pairs)
                    }
                    None => errors.is_empty(),
                }
        }
    }
}

#[test]
fn core_cases() {
    let mut count = 0;
    let mut failed = Vec::new();
    for line in VECTORS.lines() {
        let case: Value = serde_json::from_str(line).expect("a case");
        let body = match case.get("patchText") {
            Some(text) => text.as_str().expect("a text").to_owned(),
            None => case["patch"].to_string(),
        };
        let now = case["now"].as_str().expect("a time");
        let verdict = update(
            &case["customer"],
            now,
            body.as_bytes(),
            UnknownFields::Reject,
        );
        if !agrees(&verdict, &case["expect"]) {
            failed.push(format!("{}: {verdict:?}", case["id"]));
        }
        count += 1;
    }
    assert_eq!(count, 46);
    assert!(failed.is_empty(), "{failed:#?}");
}
