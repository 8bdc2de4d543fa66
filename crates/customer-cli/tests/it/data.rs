//! `customer contacts`, `list` and `export`.

use serde_json::{Value, json};

use crate::pairs;
use crate::workspace::Workspace;

/// A store with that many customers.
fn filled(count: usize) -> Workspace {
    let workspace = Workspace::new();
    let line = |i| {
        let email = format!("c{i:03}@acme.example");
        json!({"customer": format!("Acme {i:03}"), "email": email}).to_string() + "\n"
    };
    let lines: String = (0..count).map(line).collect();
    workspace.output(&["import"], &lines);
    workspace
}

fn names(records: &[Value]) -> Vec<&str> {
    let names = records.iter().map(|record| record["customer"].as_str());
    names.collect::<Option<_>>().unwrap()
}

#[test]
fn c2_contacts_are_replaced_with_the_conditions_of_an_update() {
    let workspace = filled(1);
    let id = workspace.records()[0]["uuid"].as_str().unwrap().to_owned();
    let answer = |args: &[&str], input: &str| -> (Option<i32>, Value) {
        let args = [&["contacts", &id], args].concat();
        let ended = workspace.run(&args, input);
        assert_eq!(ended.stderr, "");
        (ended.code, serde_json::from_str(&ended.stdout).unwrap())
    };

    let body =
        r#"{"contacts": [{"name": "Ann", "phone": "555"}, {"name": "Bob", "isPrimary": true}]}"#;
    let (code, replaced) = answer(
        &["--if-version", "1", "--now", "2036-01-01T00:00:00Z"],
        body,
    );
    assert_eq!(code, Some(0));
    assert_eq!(replaced["changed"], json!(["contacts"]));
    assert_eq!(replaced["version"], 2);
    assert_eq!(replaced["data"]["updatedAt"], "2036-01-01T00:00:00Z");
    assert_eq!(replaced["data"]["contacts"][1]["name"], "Bob");
    assert_eq!(
        pairs(&replaced["warnings"]),
        [("contacts[0].phone", "PHONE_NOT_INTERNATIONAL")]
    );
    assert_eq!(answer(&[], body).1["changed"], json!([]), "M2");

    let (code, stale) = answer(&["--if-version", "1"], r#"{"contacts": []}"#);
    assert_eq!(
        (code, &stale["code"]),
        (Some(1), &json!("PRECONDITION_FAILED"))
    );
    for (body, field, violation) in [
        ("{}", "contacts", "REQUIRED"),
        (r#"{"contacts": null}"#, "contacts", "NULL_NOT_ALLOWED"),
        (r#"{"contacts": [], "a": 1}"#, "a", "UNKNOWN_FIELD"),
        (
            r#"{"contacts": [{"name": ""}]}"#,
            "contacts[0].name",
            "BLANK",
        ),
    ] {
        let (code, invalid) = answer(&[], body);
        assert_eq!(
            (code, pairs(&invalid["errors"])),
            (Some(1), vec![(field, violation)])
        );
    }
    let (_, removed) = answer(&["--ignore-unknown"], r#"{"contacts": [], "a": 1}"#);
    assert_eq!(removed["data"]["contacts"], json!([]));
}

#[test]
fn s7_a_list_is_searched_ordered_and_limited() {
    let workspace = filled(205);
    let list = |args: &[&str]| workspace.output(&[&["list"], args].concat(), "");
    assert_eq!(list(&[]).len(), 20);
    let all = list(&["--limit", "1000"]);
    assert_eq!(all.len(), 205);
    assert!(names(&all).is_sorted());
    assert_eq!(
        list(&["--limit", "201"]).len(),
        201,
        "a part of the third page"
    );
    assert_eq!(list(&["--limit", "201"]), all[..201]);

    let last = list(&["--order", "email:desc", "--limit", "2"]);
    assert_eq!(names(&last), ["Acme 204", "Acme 203"]);
    let found = list(&["--search", "ACME 01"]);
    assert_eq!(found.len(), 10);
    for args in [
        ["--limit", "0"],
        ["--order", "name"],
        ["--order", "email:up"],
        ["--search", "\n"],
    ] {
        assert_eq!(
            workspace.run(&[&["list"], &args[..]].concat(), "").code,
            Some(2),
            "{args:?}"
        );
    }
}

#[test]
fn s7_an_export_has_every_customer_once_in_the_order_of_ids() {
    // More than a step of the traversal.
    let workspace = filled(1_001);
    let lines = workspace.output(&["export"], "");
    assert_eq!(lines.len(), 1_001);
    assert!(lines.is_sorted_by(|a, b| a["uuid"].as_str() < b["uuid"].as_str()));

    let path = workspace.path("out.csv");
    workspace.output(&["export", path.to_str().unwrap()], "");
    let csv = workspace.read("out.csv");
    assert!(csv.starts_with("uuid,customer,email,mainPhone,website,status,billingAddress.street,"));
    assert_eq!(csv.lines().count(), 1_002);
    let to_stdout = workspace.run(&["export", "--format", "csv"], "");
    assert_eq!(to_stdout.stdout, csv);
    #[cfg(unix)]
    {
        let mode = std::fs::metadata(&path).unwrap().permissions();
        let mode = std::os::unix::fs::PermissionsExt::mode(&mode);
        assert_eq!(mode & 0o777, 0o600, "it has personal data");
    }
}

#[test]
fn s1_an_export_has_the_customers_of_one_team() {
    let workspace = filled(2);
    let other = "00000000-0000-0000-0000-000000000002";
    assert!(
        workspace
            .output(&["export", "--team", other], "")
            .is_empty()
    );
    assert!(workspace.output(&["list", "--team", other], "").is_empty());
}

#[test]
fn s8_an_export_reports_a_corrupt_row_and_goes_on() {
    let workspace = filled(3);
    let database = rusqlite::Connection::open(workspace.path("customers.db")).unwrap();
    let corrupt = "UPDATE customer SET status = 'gone' WHERE email = 'c001@acme.example'";
    database
        .execute_batch("PRAGMA ignore_check_constraints = on")
        .unwrap();
    assert_eq!(database.execute(corrupt, []).unwrap(), 1);
    for command in ["export", "list"] {
        let ended = workspace.run(&[command], "");
        assert_eq!(ended.code, Some(1));
        assert_eq!(ended.stdout.lines().count(), 2);
        assert!(
            ended.stderr.contains(" cannot be read\n"),
            "{}",
            ended.stderr
        );
    }
}

#[test]
fn an_export_that_cannot_be_written_is_exit_code_2() {
    let workspace = filled(1);
    let ended = workspace.run(&["export", "/no/such/directory/out.csv"], "");
    assert_eq!(ended.code, Some(2));
    assert!(
        ended.stderr.starts_with("error: cannot write to /no/such"),
        "{}",
        ended.stderr
    );
}

#[test]
fn s9_changes_after_an_export_are_read_from_its_position() {
    let workspace = filled(2);
    let export = workspace.run(&["export"], "");
    let position = export.stderr.trim().rsplit_once(' ').unwrap().1.to_owned();
    let changes = ["changes", "--after", &position];
    assert_eq!(workspace.run(&changes, "").stdout, "");
    let id = workspace.records()[0]["uuid"].as_str().unwrap().to_owned();
    workspace.run(&["delete", &id], "");
    let later: Value = serde_json::from_str(workspace.run(&changes, "").stdout.trim()).unwrap();
    assert_eq!(
        (&later["uuid"], &later["kind"]),
        (&json!(id), &json!("deleted"))
    );
}

#[test]
fn s9_the_change_log_is_read_from_a_position() {
    let workspace = filled(2);
    let first = workspace.run(&["changes"], "");
    let lines: Vec<Value> = first
        .stdout
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    let kinds: Vec<_> = lines
        .iter()
        .map(|line| line["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["created", "created"]);
    assert!(!first.stdout.contains("Acme"), "the log has no values");
    let position = first.stderr.trim().rsplit_once(' ').unwrap().1.to_owned();

    let id = workspace.records()[0]["uuid"].as_str().unwrap().to_owned();
    workspace.run(&["update", &id], r#"{"status": "inactive"}"#);
    let next = workspace.run(&["changes", "--after", &position], "");
    let line: Value = serde_json::from_str(next.stdout.trim()).unwrap();
    assert_eq!(
        (&line["uuid"], &line["fields"]),
        (&json!(id), &json!(["status"]))
    );

    let expired = format!("{}.{}", "0".repeat(32), position.split_once('.').unwrap().1);
    let ended = workspace.run(&["changes", "--after", &expired], "");
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("CURSOR_EXPIRED"), "{}", ended.stderr);
}
