//! The time of an update.

use crate::{ACME, line, run, values};

#[track_caller]
fn updated_at(args: &[&str], line: &str) -> String {
    let ended = run(args, line);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    let answer = values(&ended.stdout).remove(0);
    answer["data"]["updatedAt"].as_str().unwrap().to_owned()
}

#[test]
fn the_time_of_the_line_takes_precedence_over_the_option() {
    let line = line(r#"{"status":"inactive"}"#);
    let args = ["apply", "--now", "2027-01-01T00:00:00Z"];
    assert_eq!(updated_at(&args, &line), "2026-11-23T12:00:00Z");
}

#[test]
fn the_time_of_the_option_applies_to_lines_without_one() {
    let args = ["apply", "--now", "2027-01-01T01:00:00.1234567+01:00"];
    for now in ["", r#""now":null,"#] {
        let line = format!(r#"{{"customer":{ACME},{now}"patch":{{"status":"inactive"}}}}"#);
        assert_eq!(updated_at(&args, &line), "2027-01-01T00:00:00.123456Z");
    }
}

#[test]
fn m3_updated_at_increases_even_if_the_system_clock_is_behind() {
    // Later than any system clock, so that the result is known.
    let record = ACME.replace("2026-02-01T08:30:00Z", "9000-01-01T00:00:00Z");
    let line = format!(r#"{{"customer":{record},"patch":{{"status":"inactive"}}}}"#);
    assert_eq!(updated_at(&["apply"], &line), "9000-01-01T00:00:00.000001Z");
}
