//! Input, output and exit codes of `customer apply`.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::thread;

use crate::{Ended, customer, line, run, values};

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/demo/updates.ndjson");

/// The path of a temporary file.
fn scratch(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// Asserts that the command failed, with one line on standard error and no output.
#[track_caller]
fn assert_failed(ended: &Ended, message: &str) {
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
    assert!(ended.stderr.starts_with(message), "{}", ended.stderr);
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
}

#[test]
fn the_exit_code_is_0_if_all_updates_were_applied() {
    let input = [line("{}"), line(r#"{"status":"inactive"}"#)];
    assert_eq!(run(&["apply"], input.concat()).code, Some(0));
}

#[test]
fn the_exit_code_is_1_if_a_line_is_invalid_or_unreadable() {
    for bad in [&line(r#"{"status":null}"#), "nonsense\n"] {
        let input = [&line("{}"), bad, &line("{}")];
        assert_eq!(run(&["apply"], input.concat()).code, Some(1), "{bad}");
    }
}

#[test]
fn an_empty_input_has_no_output() {
    for input in ["", "\n", "\n  \r\n\t\n"] {
        let ended = run(&["apply"], input);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""));
        assert_eq!(ended.stderr, "");
    }
}

#[test]
fn a_file_standard_input_and_a_dash_have_the_same_result() {
    let input = [line("{}"), line(r#"{"status":null}"#)].concat();
    let path = scratch("alike.ndjson");
    fs::write(&path, &input).unwrap();

    let file = run(&["apply".as_ref(), path.as_os_str()], "");
    let stdin = run(&["apply"], &input);
    let dash = run(&["apply", "-"], &input);

    assert_eq!(values(&file.stdout).len(), 2);
    assert_eq!(file.stdout, stdin.stdout);
    assert_eq!(file.stdout, dash.stdout);
    assert_eq!(
        (file.code, stdin.code, dash.code),
        (Some(1), Some(1), Some(1))
    );
}

#[test]
fn the_last_line_need_not_end_with_a_line_feed() {
    let input = [line("{}"), line("{}")].concat();
    let ended = run(&["apply"], input.trim_end());
    assert_eq!(values(&ended.stdout).len(), 2);
    assert!(ended.stdout.ends_with("}\n"));
}

#[test]
fn an_input_that_cannot_be_read_is_exit_code_2() {
    let absent = scratch("no-such-file.ndjson");
    let ended = run(&["apply".as_ref(), absent.as_os_str()], "");
    assert_failed(
        &ended,
        &format!("error: cannot read {}: ", absent.display()),
    );

    let directory = env!("CARGO_TARGET_TMPDIR");
    let ended = run(&["apply", directory], "");
    let message = format!("error: cannot read {directory}: is a directory");
    assert_failed(&ended, &message);
}

#[test]
#[cfg(target_os = "linux")]
fn an_output_that_cannot_be_written_is_exit_code_2() {
    let full = fs::File::create("/dev/full").unwrap();
    let output = customer(&["apply", DEMO]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let stderr = String::from_utf8(output.stderr).unwrap();
    let message = "error: cannot write to standard output: ";
    assert!(stderr.starts_with(message), "{stderr}");
    assert_eq!(stderr.lines().count(), 1);
}

#[test]
fn a_closed_output_pipe_ends_the_run_without_an_error() {
    for (patch, code) in [("{}", 0), (r#"{"status":null}"#, 1)] {
        let mut child = customer(&["apply"]).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // Writes until the child closes its input.
        let endless =
            thread::spawn(move || while stdin.write_all(line(patch).as_bytes()).is_ok() {});

        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        stdout.read_line(&mut first).unwrap();
        drop(stdout);

        let mut stderr = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut stderr)
            .unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(code));
        assert_eq!(stderr, "");
        assert_eq!(values(&first).len(), 1);
        endless.join().unwrap();
    }
}

#[test]
fn a_result_is_written_before_the_next_line_arrives() {
    let mut child = customer(&["apply"]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    for status in ["inactive", "active", "inactive"] {
        let patch = format!(r#"{{"status":"{status}"}}"#);
        stdin.write_all(line(&patch).as_bytes()).unwrap();
        let mut answer = String::new();
        stdout.read_line(&mut answer).unwrap();
        assert_eq!(values(&answer)[0]["data"]["status"], status);
    }
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn the_demo_shows_answers_of_every_kind_but_unreadable() {
    let ended = run(&["apply", DEMO], "");
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(1), ""));
    insta::assert_snapshot!(ended.stdout);
}
