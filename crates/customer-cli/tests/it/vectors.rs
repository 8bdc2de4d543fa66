//! The test vectors of the rules: a case is a line of input.

use std::collections::BTreeSet;

use customer_domain::Timestamp;
use customer_testkit::VECTORS;
use serde_json::Value;

use crate::{pairs, run, values};

/// Timestamps are compared as instants.
fn with_instants(record: &Value) -> Value {
    let mut record = record.clone();
    for field in ["createdAt", "updatedAt"] {
        let instant = Timestamp::parse(record[field].as_str().unwrap()).unwrap();
        record[field] = instant.as_micros().into();
    }
    record
}

/// The `[field, code]` pairs that a case lists.
fn expected_pairs(list: &Value) -> BTreeSet<(&str, &str)> {
    let list = list.as_array().into_iter().flatten();
    list.map(|pair| (pair[0].as_str().unwrap(), pair[1].as_str().unwrap()))
        .collect()
}

fn sent_pairs(list: &Value) -> BTreeSet<(&str, &str)> {
    pairs(list).into_iter().collect()
}

#[track_caller]
fn assert_outcome(answer: &Value, expect: &Value, id: &Value) {
    assert_eq!(answer["status"], expect["status"], "{id}");
    if expect["status"] == "success" {
        let (data, expected) = (&answer["data"], &expect["data"]);
        assert_eq!(with_instants(data), with_instants(expected), "{id}");
        assert_eq!(answer["changed"], expect["changed"], "{id}");
        let warnings = sent_pairs(&answer["warnings"]);
        assert_eq!(warnings, expected_pairs(&expect["warnings"]), "{id}");
    } else {
        assert_eq!(answer["code"], expect["code"], "{id}");
        let errors = sent_pairs(&answer["errors"]);
        assert_eq!(errors, expected_pairs(&expect["errors"]), "{id}");
    }
}

#[test]
fn every_vector_has_the_expected_result() {
    let cases = values(VECTORS);
    assert!(cases.len() >= 35, "the vectors are complete");

    let ended = run(&["apply"], VECTORS);

    let answers = values(&ended.stdout);
    assert_eq!(answers.len(), cases.len());
    for (answer, case) in answers.iter().zip(&cases) {
        assert_outcome(answer, &case["expect"], &case["id"]);
    }
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(1), ""));
}
