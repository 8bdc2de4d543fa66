//! Lines without a valid record and an update.

use crate::{ACME, answer, answers, line, run};

const MAX_LINE_BYTES: usize = 16 * 1024 * 1024;

/// The message for the only line of an input.
#[track_caller]
fn fault(line: impl AsRef<[u8]>) -> String {
    let answer = answer(line);
    assert_eq!(answer["code"], "UNREADABLE_LINE");
    assert_eq!(answer["details"]["line"], 1);
    let message = answer["message"].as_str().unwrap();
    let fault = message.strip_prefix("line 1 cannot be read: ");
    fault.unwrap().to_owned()
}

#[test]
fn the_error_of_a_line_is_in_the_position_of_its_result() {
    let ended = run(&["apply"], format!("{}{{\"patch\":}}\n", line("{}")));
    let error = ended.stdout.lines().nth(1).unwrap();
    insta::assert_snapshot!(error, @r#"{"status":"error","message":"line 2 cannot be read: not JSON at column 10","code":"UNREADABLE_LINE","details":{"line":2}}"#);
}

#[test]
fn the_number_of_a_line_counts_blank_lines() {
    let input = format!("\n{}  \t\r\n\n[]\n{}x", line("{}"), line("{}"));
    let answers = answers(input);
    let numbers: Vec<_> = answers
        .iter()
        .map(|a| a["details"]["line"].as_u64())
        .collect();
    assert_eq!(numbers, [None, Some(5), None, Some(7)]);
}

#[test]
fn text_that_is_not_json_is_located() {
    for (line, column) in [
        ("nonsense", 2),
        ("{", 1),
        (r#"{"customer":{}"#, 14),
        (r#"{"customer":{},}"#, 16),
        (r#"{"customer":{}} {}"#, 17),
        (r#"{"id":01}"#, 8),
        ("\u{FEFF}{}", 1),
    ] {
        assert_eq!(
            fault(line),
            format!("not JSON at column {column}"),
            "{line}"
        );
    }
}

#[test]
fn utf8_is_checked_in_ignored_members() {
    let mut bytes = line("{}").into_bytes();
    bytes.splice(1..1, *b"\"id\":\"\xFF\",");
    assert_eq!(fault(bytes), "not UTF-8 at column 8");
}

#[test]
fn a_line_is_an_object() {
    for line in ["null", "7", "[]", r#""text""#] {
        assert_eq!(fault(line), "it must be an object", "{line}");
    }
}

#[test]
fn members_occur_once_and_have_their_type() {
    for (members, expected) in [
        (r#""patch":{}"#.to_owned(), "customer is missing"),
        (format!(r#""customer":{ACME}"#), "patch is missing"),
        (
            format!(r#""customer":{ACME},"patch":{{}},"patchText":"{{}}""#),
            "patch and patchText must not both be present",
        ),
        (
            format!(r#""customer":{ACME},"patch":{{}},"patch":{{}}"#),
            "patch occurs twice",
        ),
        (
            format!(r#""customer":{ACME},"patch":null,"p\u0061tch":null"#),
            "patch occurs twice",
        ),
        (
            format!(r#""customer":{ACME},"patchText":"{{}}","patchText":7"#),
            "patchText occurs twice",
        ),
        (
            format!(r#""customer":{ACME},"customer":{ACME},"patch":{{}}"#),
            "customer occurs twice",
        ),
        (
            format!(r#""now":7,"customer":{ACME},"now":7,"patch":{{}}"#),
            "now occurs twice",
        ),
        (
            r#""customer":"Acme","patch":{}"#.to_owned(),
            "customer must be an object",
        ),
        (
            format!(r#""customer":{ACME},"patchText":{{}}"#),
            "patchText must be a string of Unicode characters",
        ),
        (
            format!(r#""customer":{ACME},"patchText":null"#),
            "patchText must be a string of Unicode characters",
        ),
        (
            format!(r#""customer":{ACME},"patchText":"\ud800""#),
            "patchText must be a string of Unicode characters",
        ),
    ] {
        assert_eq!(fault(format!("{{{members}}}")), expected, "{members}");
    }
}

#[test]
fn now_is_an_rfc_3339_timestamp() {
    for now in ["7", "\"\"", "\"noon\"", "\"2026-11-23\"", "\"\\ud800\""] {
        let line = format!(r#"{{"customer":{ACME},"patch":{{}},"now":{now}}}"#);
        let expected = "now must be an RFC 3339 timestamp such as 2026-11-23T12:00:00Z";
        assert_eq!(fault(line), expected, "{now}");
    }
}

#[test]
fn all_violations_of_a_record_are_reported() {
    let fault = fault(r#"{"customer":{"uuid":"7","customer":" ","email":null},"patch":7}"#);
    insta::assert_snapshot!(fault, @"the customer is not a valid record: uuid must be a UUID in its hyphenated form of 36 characters; customer must not be blank; email must not be null; status is required; createdAt is required; updatedAt is required");
}

#[test]
fn an_escape_in_a_record_that_is_not_a_character_is_located() {
    let record = ACME.replace("Acme", r"\ud800");
    let fault = fault(format!(r#"{{"customer":{record},"patch":{{}}}}"#));
    assert!(
        fault.starts_with("customer is not JSON at its column "),
        "{fault}"
    );
}

#[test]
fn a_line_has_at_most_16_mib() {
    let padded = |bytes: usize| {
        let line = line(r#"{"status":"inactive"}"#);
        let line = line.trim_end();
        format!("{line}{}\n", " ".repeat(bytes - line.len()))
    };
    let input = [
        padded(MAX_LINE_BYTES + 1),
        line("{}"),
        padded(MAX_LINE_BYTES),
        padded(2 * MAX_LINE_BYTES),
        line("{}"),
    ];
    let answers = answers(input.concat());
    let messages: Vec<_> = answers
        .iter()
        .map(|a| a["message"].as_str().unwrap())
        .collect();
    assert_eq!(
        messages,
        [
            "line 1 cannot be read: it is longer than 16 MiB",
            "Customer updated.",
            "Customer updated.",
            "line 4 cannot be read: it is longer than 16 MiB",
            "Customer updated.",
        ]
    );
}

#[test]
fn no_message_contains_a_value_of_the_line() {
    const SECRET: &str = "s3cret@acme.example";
    let record_with = |field: &str| {
        let mut record: serde_json::Value = serde_json::from_str(ACME).unwrap();
        record[field] = format!("{SECRET}\u{7}").into();
        record.to_string()
    };
    let lines = [
        format!("\"{SECRET}\""),
        format!("{{\"customer\":{SECRET}}}"),
        format!("{{\"customer\":\"{SECRET}\"}}"),
        format!("{{\"customer\":\"{SECRET}\",\"patch\":{{}}}}"),
        format!("{{\"customer\":{ACME},\"patchText\":[\"{SECRET}\"]}}"),
        format!("{{\"customer\":{ACME},\"patch\":{{}},\"now\":\"{SECRET}\"}}"),
        format!("{{\"{SECRET}\":\"{SECRET}\"}}"),
    ];
    let records = [
        "uuid",
        "customer",
        "email",
        "status",
        "billingAddress",
        "contacts",
        "createdAt",
    ]
    .map(|field| format!("{{\"customer\":{},\"patch\":{{}}}}", record_with(field)));
    let input: Vec<_> = lines.into_iter().chain(records).collect();

    let ended = run(&["apply"], input.join("\n"));

    assert_eq!(ended.stdout.matches("UNREADABLE_LINE").count(), input.len());
    assert!(!ended.stdout.contains("s3cret"), "{}", ended.stdout);
    assert_eq!(ended.stderr, "");
}
