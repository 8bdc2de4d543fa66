//! C2 and S9: the contacts of a customer, and the change log.

use serde_json::{Value, json};

use crate::harness::{FIRST, Server, delete, get, patch, put};

const CHANGES: &str = "/partners/customers/changes";

fn contacts() -> String {
    format!("{FIRST}/contacts")
}

#[tokio::test]
async fn c2_the_list_of_contacts_is_replaced() {
    let server = Server::with_acme().await;
    let body = r#"{"contacts":[{"name":"Ann Lee","isPrimary":true},{"name":"Bob Ray"}]}"#;
    let replaced = server.send(&put(&contacts(), body)).await;
    assert_eq!(replaced.status, 200);
    let data = &replaced.json()["data"];
    let names: Vec<_> = data["contacts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| &c["name"])
        .collect();
    assert_eq!(names, ["Ann Lee", "Bob Ray"]);
    let same = server.send(&put(&contacts(), body)).await;
    assert_eq!(
        same.header("etag"),
        replaced.header("etag"),
        "M2: no change, no new version"
    );
    let none = server.send(&put(&contacts(), r#"{"contacts":[]}"#)).await;
    assert_eq!(none.json()["data"]["contacts"], json!([]));
}

#[tokio::test]
async fn c2_the_body_and_the_conditions_are_checked() {
    let server = Server::with_acme().await;
    for (body, field, code) in [
        ("{}", "contacts", "REQUIRED"),
        (r#"{"contacts":null}"#, "contacts", "NULL_NOT_ALLOWED"),
        (
            r#"{"contacts":[],"email":"a@acme.example"}"#,
            "email",
            "UNKNOWN_FIELD",
        ),
        (
            r#"{"contacts":[{"name":"A"},{"name":"B","email":"x"}]}"#,
            "contacts[1].email",
            "INVALID_EMAIL",
        ),
    ] {
        let error = server.send(&put(&contacts(), body)).await.json();
        assert_eq!(
            (&error["errors"][0]["field"], &error["errors"][0]["code"]),
            (&json!(field), &json!(code))
        );
    }
    let valid = put(&contacts(), r#"{"contacts":[]}"#);
    let stale = server.send(&valid.with("if-match", "\"9\"")).await;
    assert_eq!(
        (stale.status, stale.code()),
        (412, "PRECONDITION_FAILED".to_owned())
    );
    let invalid = server
        .send(&put("/partners/customers/x/contacts", r#"{"contacts":[]}"#))
        .await;
    assert_eq!(invalid.code(), "INVALID_CUSTOMER_ID");
}

#[tokio::test]
async fn s9_a_reader_follows_the_change_log() {
    let server = Server::with_acme().await;
    server.send(&patch(FIRST, r#"{"status":"inactive"}"#)).await;
    server.send(&patch(FIRST, r#"{"status":"inactive"}"#)).await;
    server
        .send(&put(&contacts(), r#"{"contacts":[{"name":"Ann Lee"}]}"#))
        .await;
    let (mut after, mut seen) = (String::new(), Vec::new());
    loop {
        let page = server
            .send(&get(&format!("{CHANGES}?limit=1{after}")))
            .await
            .json();
        let changes = page["data"]["changes"].as_array().unwrap().clone();
        after = format!("&after={}", page["data"]["next"].as_str().unwrap());
        if changes.is_empty() {
            break;
        }
        seen.extend(changes);
    }
    let seen: Vec<_> = seen.iter().map(|c| (&c["kind"], &c["version"])).collect();
    let (created, updated) = (Value::from("created"), Value::from("updated"));
    let versions = [1, 2, 3].map(Value::from);
    assert_eq!(
        seen,
        [
            (&created, &versions[0]),
            (&updated, &versions[1]),
            (&updated, &versions[2])
        ]
    );

    server.send(&delete(FIRST)).await;
    let last = server
        .send(&get(&format!("{CHANGES}?limit=10{after}")))
        .await
        .json();
    assert_eq!(last["data"]["changes"][0]["kind"], "deleted");
    assert_eq!(last["data"]["changes"][0]["version"], 4);
    assert!(!last.to_string().contains("acme"), "the log has no values");
}

#[tokio::test]
async fn s9_a_malformed_position_is_a_violation_at_after() {
    let server = Server::with_acme().await;
    for position in ["", "%20", "no-position", &"x".repeat(201)] {
        let error = server
            .send(&get(&format!("{CHANGES}?after={position}")))
            .await;
        assert_eq!(
            (error.status, error.code()),
            (400, "VALIDATION_FAILED".to_owned()),
            "{position}"
        );
        let violation = &error.json()["errors"][0];
        assert_eq!(
            (&violation["field"], &violation["code"]),
            (&json!("after"), &json!("INVALID_POSITION"))
        );
    }
    let expired = server
        .send(&get(&format!("{CHANGES}?after=0000000000000000.0")))
        .await;
    assert_eq!(
        (expired.status, expired.code()),
        (410, "CURSOR_EXPIRED".to_owned())
    );
}
