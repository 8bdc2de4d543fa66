//! The commands that read and write stored customers.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{Ended, pairs, run};

const TEAM: &str = "00000000-0000-0000-0000-000000000001";

/// A store in its own directory.
struct Place {
    directory: TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
        }
    }

    fn run_for(&self, team: &str, args: &[&str], input: &str) -> Ended {
        let file = self.directory.path().join("customers.db");
        let store = format!("sqlite:{}", file.display());
        let mut all = vec![args[0], "--store", &store, "--team", team];
        all.extend(&args[1..]);
        run(&all, input)
    }

    #[track_caller]
    fn answer(&self, code: i32, args: &[&str], input: &str) -> Value {
        let ended = self.run_for(TEAM, args, input);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(code), ""));
        assert_eq!(ended.stdout.lines().count(), 1);
        serde_json::from_str(&ended.stdout).unwrap()
    }

    /// The id of a new customer.
    fn created(&self, email: &str) -> String {
        let body = json!({"customer": "Acme", "email": email}).to_string();
        let answer = self.answer(0, &["create", "--now", "2026-11-23T12:00:00Z"], &body);
        answer["data"]["uuid"].as_str().unwrap().to_owned()
    }
}

#[test]
fn a_customer_is_created_found_updated_and_deleted() {
    let place = Place::new();
    let id = place.created("ann@acme.example");

    let found = place.answer(0, &["find", "ANN@acme.example"], "");
    assert_eq!(found["data"]["uuid"], id.as_str());
    assert_eq!(found["version"], 1);

    let args = [
        "update",
        &id,
        "--if-version",
        "1",
        "--now",
        "2026-11-23T13:00:00Z",
    ];
    let updated = place.answer(0, &args, r#"{"mainPhone":"(415) 555-0100"}"#);
    assert_eq!(updated["changed"], json!(["mainPhone"]));
    assert_eq!(updated["version"], 2);
    assert_eq!(updated["data"]["updatedAt"], "2026-11-23T13:00:00Z");
    assert_eq!(
        pairs(&updated["warnings"]),
        [("mainPhone", "PHONE_NOT_INTERNATIONAL")]
    );

    let shown = place.answer(0, &["get", &id], "");
    assert_eq!(shown["data"], updated["data"], "it is kept");

    let deleted = place.answer(0, &["delete", &id, "--if-version", "2"], "");
    assert_eq!(deleted["data"], Value::Null);
    assert_eq!(
        place.answer(1, &["get", &id], "")["code"],
        "CUSTOMER_NOT_FOUND"
    );
}

#[test]
fn a_rejected_request_is_a_response_and_exit_code_1() {
    let place = Place::new();
    let id = place.created("ann@acme.example");
    let other = place.created("bob@acme.example");
    let unknown = "00000000-0000-0000-0000-00000000000f";
    for (args, input, code) in [
        (
            vec!["create"],
            r#"{"customer":"B","email":"Ann@acme.example"}"#,
            "EMAIL_ALREADY_EXISTS",
        ),
        (
            vec!["update", &other],
            r#"{"email":"ANN@acme.example"}"#,
            "EMAIL_ALREADY_EXISTS",
        ),
        (
            vec!["update", &id, "--if-version", "7"],
            r#"{"status":"inactive"}"#,
            "PRECONDITION_FAILED",
        ),
        (
            vec!["delete", &id, "--if-version", "7"],
            "",
            "PRECONDITION_FAILED",
        ),
        (vec!["update", unknown], "{}", "CUSTOMER_NOT_FOUND"),
        (vec!["delete", unknown], "", "CUSTOMER_NOT_FOUND"),
        (
            vec!["find", "nobody@acme.example"],
            "",
            "CUSTOMER_NOT_FOUND",
        ),
        (vec!["update", &id], "{", "MALFORMED_JSON"),
        (vec!["create"], "{}", "VALIDATION_FAILED"),
    ] {
        assert_eq!(place.answer(1, &args, input)["code"], code, "{args:?}");
    }
    let all = r#"{"customer":"","email":"nope","zip":1}"#;
    let rejected = place.answer(1, &["update", &id], all);
    assert_eq!(
        pairs(&rejected["errors"]),
        [
            ("customer", "BLANK"),
            ("email", "INVALID_EMAIL"),
            ("zip", "UNKNOWN_FIELD")
        ]
    );
    let ignoring = place.answer(0, &["update", &id, "--ignore-unknown"], r#"{"zip":1}"#);
    assert_eq!(ignoring["changed"], json!([]));
}

#[test]
fn s1_customers_of_another_team_are_not_found() {
    let place = Place::new();
    let id = place.created("ann@acme.example");
    let other = "00000000-0000-0000-0000-000000000002";
    assert_eq!(place.run_for(other, &["get", &id], "").code, Some(1));
    let body = r#"{"customer":"Acme","email":"ann@acme.example"}"#;
    assert_eq!(place.run_for(other, &["create"], body).code, Some(0));
}

#[test]
fn a_failed_store_is_exit_code_2() {
    for store in [
        "sqlite:/no/such/directory/customers.db",
        "sqlite:",
        "oracle:x",
    ] {
        let args = ["find", "--store", store, "--team", TEAM, "a@b.co"];
        let ended = run(&args, "");
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (Some(2), ""),
            "{store}"
        );
        assert!(ended.stderr.starts_with("error: "), "{}", ended.stderr);
    }
    let missing = run(
        &[
            "create",
            "--store",
            "memory:",
            "--team",
            TEAM,
            "/no/such/file",
        ],
        "",
    );
    assert_eq!(missing.code, Some(2));
}

#[test]
fn without_a_team_the_default_team_is_used() {
    let place = Place::new();
    let id = place.created("ann@acme.example");
    let file = place.directory.path().join("customers.db");
    let store = format!("sqlite:{}", file.display());
    let found = run(&["find", "--store", &store, "ann@acme.example"], "");
    assert_eq!(found.code, Some(0), "{}", found.stderr);
    assert!(found.stdout.contains(&id), "{}", found.stdout);
}

#[test]
fn a_store_in_memory_is_not_persisted() {
    let body = r#"{"customer":"Acme","email":"ann@acme.example"}"#;
    let args = ["create", "--store", "memory:", "--team", TEAM];
    assert_eq!(run(&args, body).code, Some(0));
    assert_eq!(run(&args, body).code, Some(0), "there is no conflict");
}

#[test]
fn the_commands_work_with_postgresql() {
    let Some(server) = customer_testkit::postgres::shared() else {
        return;
    };
    let url = server.url();
    let answer = |args: &[&str], input: &str| -> Value {
        let mut all = vec![args[0], "--store", &url, "--team", TEAM];
        all.extend(&args[1..]);
        let ended = run(&all, input);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
        serde_json::from_str(&ended.stdout).unwrap()
    };
    let body = json!({"customer": "Acme", "email": "ann@acme.example"}).to_string();
    let created = answer(&["create"], &body);
    let id = created["data"]["uuid"].as_str().unwrap();
    let updated = answer(
        &["update", id, "--if-version", "1"],
        r#"{"mainPhone": "+1"}"#,
    );
    assert_eq!(updated["changed"], json!(["mainPhone"]));
    assert_eq!(answer(&["get", id], "")["data"]["mainPhone"], "+1");
    assert_eq!(answer(&["find", "ANN@acme.example"], "")["version"], 2);
    answer(&["delete", id], "");
}

#[test]
fn the_error_of_an_unreachable_server_does_not_contain_its_password() {
    let store = "postgres://ann:secret@127.0.0.1:1/customers?connect_timeout=1";
    let args = ["get", "--store", store, "--team", TEAM, TEAM];
    let ended = run(&args, "");
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("127.0.0.1:1"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("secret"), "{}", ended.stderr);
}

/// A mistyped URL is not repeated, wherever it comes from.
#[test]
fn an_invalid_store_is_reported_without_its_password() {
    for store in [
        "postgress://ann:secret@db/customers",
        "postgres://ann:secret@db:port/customers",
        "postgres://ann:secret@db/customers?colour=red",
        "postgres://ann:secret@db/customers?sslmode=prefer",
        "postgres://ann:secret@db/customers?read_timeout=5",
        "postgres://ann:12/secret@db/customers",
        "postgres://ann:1@secret@db/customers",
        "postgres:///secret",
        "//ann:secret@db",
    ] {
        let as_argument = run(&["get", "--store", store, "--team", TEAM, TEAM], "");
        let mut command = crate::customer(&["get", "--team", TEAM, TEAM]);
        let output = command.env("CUSTOMER_STORE", store).output().unwrap();
        let from_environment = String::from_utf8(output.stderr).unwrap();
        assert_eq!((as_argument.code, output.status.code()), (Some(2), Some(2)));
        for message in [as_argument.stderr, from_environment] {
            assert!(message.contains("--store"), "{store}: {message}");
            assert!(!message.contains("secret"), "{store}: {message}");
        }
    }
}
