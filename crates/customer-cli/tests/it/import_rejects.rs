//! `customer import`: rejected lines, invalid files and interrupted runs.

use std::fs;
use std::io::{Read, Write};
use std::process::Command;
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::workspace::Workspace;
use crate::{Ended, values};

#[test]
fn rejected_lines_can_be_corrected_and_imported() {
    let workspace = Workspace::new();
    let file = workspace.write(
        "in.csv",
        "email,customer,billingAddress.street,notes\r\n\
         \r\n\
         a@acme.example,Acme,\"1 Main St\r\n2nd floor\",x\r\n\
         nope,\u{200b},,y\r\n\
         short@acme.example,Short\r\n\
         c@acme.example,Long,,z,more\r\n",
    );
    let rejected = workspace.path("rejected.csv");
    let rejected = rejected.to_str().unwrap();
    let args = ["import", &file, "--ignore-columns", "--rejected", rejected];
    let ended = workspace.run(&args, "");
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(1), ""));
    assert_eq!(
        workspace.read("rejected.csv"),
        "email,customer,billingAddress.street,notes,_line,_field,_code,_message\n\
         nope,\u{200b},,y,5,email,INVALID_EMAIL,email must be an email address such as \
         name@company.example; customer must not be blank\n\
         short@acme.example,Short,,,6,,CELL_COUNT,the line has 2 cells and the header 4\n\
         c@acme.example,Long,,z,more,7,,CELL_COUNT,the line has 5 cells and the header 4\n"
    );
    #[cfg(unix)]
    {
        let mode = fs::metadata(rejected).unwrap().permissions();
        let mode = std::os::unix::fs::PermissionsExt::mode(&mode);
        assert_eq!(mode & 0o777, 0o600, "it has personal data");
    }
    let street = &workspace.records()[0]["billingAddress"]["street"];
    assert_eq!(street, "1 Main St\n2nd floor");

    let corrected = workspace.read("rejected.csv");
    let corrected = corrected
        .replace("nope,\u{200b}", "b@acme.example,Beta")
        .replace(",z,more,", ",z,");
    let corrected = workspace.write("corrected.csv", corrected);
    let args = [
        "import",
        &corrected,
        "--ignore-columns",
        "--rejected",
        rejected,
    ];
    assert_eq!(workspace.run(&args, "").code, Some(0));
    assert_eq!(workspace.records().len(), 4);
    let header = "email,customer,billingAddress.street,notes,_line,_field,_code,_message\n";
    assert_eq!(
        workspace.read("rejected.csv"),
        header,
        "the file of the last run"
    );
}

#[test]
fn rejected_lines_of_ndjson_keep_their_members() {
    let workspace = Workspace::new();
    let lines = r#"{"email":"nope","customer":"Acme","extra":1e3,"email":"a@acme.example"}
not JSON
[]
{"_line":"9","_input":"x","email":"a@acme.example","customer":"Acme"}
{"_line":"9","email":"b@acme.example","customer":"Acme"}
"#;
    let rejected = workspace.path("rejected.ndjson");
    let ended = workspace.run(&["import", "--rejected", rejected.to_str().unwrap()], lines);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(1), ""));
    let text = workspace.read("rejected.ndjson");
    assert!(
        text.starts_with(r#"{"email":"nope","customer":"Acme","extra":1e3,"email":"#),
        "{text}"
    );
    let reports = values(&text);
    let codes: Vec<_> = reports
        .iter()
        .map(|report| report["_code"].as_str().unwrap())
        .collect();
    assert_eq!(
        codes,
        [
            "DUPLICATE_FIELD",
            "MALFORMED_JSON",
            "WRONG_TYPE",
            "UNKNOWN_FIELD"
        ]
    );
    assert_eq!(reports[0]["_field"], "email");
    assert_eq!(
        (&reports[1]["_line"], &reports[1]["_input"]),
        (&json!("2"), &json!("not JSON"))
    );
    assert_eq!(
        workspace.records().len(),
        1,
        "_line and the others are ignored"
    );
}

/// Nothing was written, and the message does not contain the secret.
#[track_caller]
fn assert_stopped(workspace: &Workspace, ended: &Ended, message: &str) {
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
    assert!(ended.stderr.contains(message), "{}", ended.stderr);
    assert!(!ended.stderr.contains("secret"), "{}", ended.stderr);
    assert_eq!(workspace.records().len(), 0);
}

#[test]
fn an_invalid_file_stops_the_import_before_it_writes() {
    let workspace = Workspace::new();
    for (content, args, message) in [
        (
            &b"email,customer,Notes\nsecret@a.example,A,x\n"[..],
            &[][..],
            "unknown columns: \"Notes\"",
        ),
        (
            b"email,billingAddress\nsecret@a.example,A\n",
            &[],
            "unknown columns: \"billingAddress\"",
        ),
        (
            b"email,email\nsecret@a.example,b\n",
            &[],
            "more than one column is email",
        ),
        (
            b"email,E-Mail\na,b\n",
            &["--map", "E-Mail=email"],
            "more than one column is email",
        ),
        (
            b"secret@a.example,Secret Ltd\n",
            &[],
            "the first line has no known column name",
        ),
        (b"customer\nsecret\n", &[], "no column email"),
        (
            b"customer,email\nsecret,a@a.example\n",
            &["--match", "uuid"],
            "no column uuid",
        ),
        (
            b"customer,email\nsecret,a@a.example\n",
            &["--map", "Firm=customer"],
            "no column Firm",
        ),
        (
            b"customer,email\nA,a@a.example\nsecret\xe4,b@a.example\n",
            &[],
            "not UTF-8 at line 3",
        ),
        (b"\xff\xfec\0u\0s\0", &[], "not UTF-8 at line 1"),
        (b"", &["--map", "Firm=firm"], "expected COLUMN=FIELD"),
        (
            b"",
            &["--delimiter", "\"\""],
            "expected one ASCII character",
        ),
        (
            b"",
            &["--map-file", "/no/such/file"],
            "cannot read the mapping file",
        ),
    ] {
        let file = workspace.write("in.csv", content);
        let ended = workspace.run(&[&["import", &file], args].concat(), "");
        assert_stopped(&workspace, &ended, message);
    }
    for (mapping, message) in [
        ("secret", "the mapping file is not TOML"),
        (
            "\"Firm\" = \"firm\"",
            "the mapping file is invalid for the column Firm",
        ),
    ] {
        let (file, mapping) = (
            workspace.write("in.csv", ""),
            workspace.write("m.toml", mapping),
        );
        let ended = workspace.run(&["import", &file, "--map-file", &mapping], "");
        assert_stopped(&workspace, &ended, message);
    }
    let file = workspace.write("in.csv", "customer,email\n");
    let ended = workspace.run(&["import", &file, "--rejected", &file], "");
    assert_stopped(&workspace, &ended, "is the file to import");
    assert_eq!(workspace.read("in.csv"), "customer,email\n");
}

#[test]
fn standard_input_that_is_not_utf8_stops_at_its_line() {
    let workspace = Workspace::new();
    for args in [&["import"][..], &["import", "--format", "csv"]] {
        let mut child = workspace.command(args).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin
            .write_all(b"customer,email\nsecret\xe4,b@a.example\n")
            .unwrap();
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(
            stderr.contains("standard input is not UTF-8 at line 2"),
            "{stderr}"
        );
        assert!(!stderr.contains("secret"));
    }
}

#[test]
fn a_missing_quotation_mark_does_not_read_the_file_into_memory() {
    let workspace = Workspace::new();
    let file = format!("customer,email\n\"Acme,{}\n", "x\n".repeat(9 << 20));
    let ended = workspace.run(&["import", "--format", "csv"], &file);
    assert_stopped(&workspace, &ended, "a quotation mark may be missing");
}

#[test]
fn no_message_contains_a_value() {
    let workspace = Workspace::new();
    let lines = r#"{"email":"secret","customer":"","mainPhone":7,"status":"secret"}
{"email":"a@acme.example","customer":"A","contacts":"secret","billingAddress":"secret"}
secret
"#;
    let ended = workspace.run(&["import"], lines);
    assert_eq!(ended.code, Some(1));
    assert_eq!(ended.stderr.lines().count(), 3, "{}", ended.stderr);
    assert!(!ended.stderr.contains("secret"), "{}", ended.stderr);
}

#[test]
fn contacts_in_a_cell_are_a_json_array() {
    let workspace = Workspace::new();
    let header = "customer,email,contacts\n";
    for cell in ["Ann", "{}", "7", "\"[] , \"\"x\"\": []\""] {
        let file = format!("{header}A,a@acme.example,{cell}\n");
        let ended = workspace.run(&["import", "--format", "csv"], &file);
        let expected = "line 2: contacts must be an array (WRONG_TYPE)\n";
        assert_eq!(
            (ended.code, ended.stderr.as_str()),
            (Some(1), expected),
            "{cell}"
        );
    }
}

#[test]
fn s8_a_corrupt_record_rejects_its_line() {
    let workspace = Workspace::new();
    let file = "customer,email\nA,a@acme.example\nB,b@acme.example\n";
    let csv = ["import", "--format", "csv"];
    workspace.output(&csv, file);
    let database = rusqlite::Connection::open(workspace.path("customers.db")).unwrap();
    let corrupt = "UPDATE customer SET status = 'gone' WHERE email = 'a@acme.example'";
    assert_eq!(database.execute(corrupt, []).unwrap(), 1);
    for args in [&csv[..], &[&csv[..], &["--dry-run"]].concat()] {
        let ended = workspace.run(args, file);
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        assert!(
            ended.stderr.starts_with("line 2: ") && ended.stderr.contains("(INTERNAL_ERROR)"),
            "{}",
            ended.stderr
        );
        assert!(
            ended.stdout.contains(r#""unchanged":1,"rejected":1"#),
            "{}",
            ended.stdout
        );
    }
}

#[test]
fn a_store_that_fails_stops_the_import() {
    let workspace = Workspace::new();
    let store = "postgres://ann:secret@127.0.0.1:1/customers?connect_timeout=1";
    let ended = crate::run(&["import", "--store", store], "");
    assert_stopped(
        &workspace,
        &ended,
        "cannot connect to postgres://127.0.0.1:1",
    );
}

#[test]
fn an_import_is_resumed_where_the_store_failed() {
    let all = lines(1_500);
    let whole = Workspace::new();
    let file = whole.write("in.ndjson", &all);
    assert_eq!(
        command(&whole, &[&file]).output().unwrap().status.code(),
        Some(1)
    );

    let workspace = Workspace::new();
    workspace.records();
    let database = rusqlite::Connection::open(workspace.path("customers.db")).unwrap();
    let fails = "CREATE TRIGGER fails BEFORE UPDATE ON customer WHEN NEW.customer = 'Acme 1200'
        BEGIN SELECT raise(ABORT, 'secret'); END";
    database.execute_batch(fails).unwrap();
    let stopped = command(&workspace, &[&file]).output().unwrap();
    let stderr = String::from_utf8(stopped.stderr).unwrap();
    assert_eq!(stopped.status.code(), Some(2), "{stderr}");
    assert!(
        stderr.starts_with("error: the store failed; resume with --from-line 1001: "),
        "{stderr}"
    );

    database.execute_batch("DROP TRIGGER fails").unwrap();
    let resumed = command(&workspace, &[&file, "--from-line", "1001"])
        .output()
        .unwrap();
    assert_eq!(resumed.status.code(), Some(1));
    assert_eq!(workspace.records(), whole.records());
    assert_eq!(
        workspace.read("rejected.ndjson"),
        whole.read("rejected.ndjson")
    );
}

#[test]
fn nothing_to_import_is_success() {
    let workspace = Workspace::new();
    for (format, input) in [
        ("csv", ""),
        ("csv", "customer,email\n"),
        ("ndjson", "\n \n"),
    ] {
        let ended = workspace.run(&["import", "--format", format], input);
        assert_eq!(
            (ended.code, ended.stderr.as_str()),
            (Some(0), ""),
            "{format} {input:?}"
        );
    }
}

/// Lines of NDJSON. Some are rejected, and some update an earlier one.
fn lines(count: usize) -> String {
    let line = |i: usize| {
        let id = format!("0191e1a0-0000-7000-8000-{:012x}", i % (count / 2));
        let email = match i % 97 {
            0 => "nope".to_owned(),
            _ => format!("c{}@acme.example", i % (count / 2)),
        };
        json!({"uuid": id, "customer": format!("Acme {i}"), "email": email}).to_string() + "\n"
    };
    (0..count).map(line).collect()
}

/// `customer import` of the lines with rejected lines in a file.
fn command(workspace: &Workspace, more: &[&str]) -> Command {
    let rejected = workspace.path("rejected.ndjson");
    let args = [
        "import",
        "--match",
        "uuid",
        "--now",
        "2026-11-23T12:00:00Z",
        "--rejected",
    ];
    let args = [&args[..], &[rejected.to_str().unwrap()], more].concat();
    workspace.command(&args)
}

#[test]
#[cfg(unix)]
fn an_interrupted_import_is_resumed_at_the_next_batch() {
    let all = lines(3_500);
    let whole = Workspace::new();
    let file = whole.write("in.ndjson", &all);
    assert_eq!(
        command(&whole, &[&file]).output().unwrap().status.code(),
        Some(1)
    );

    let workspace = Workspace::new();
    let mut child = command(&workspace, &[]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let (first, rest) = all.split_at(all.len() * 9 / 10);
    // More than a pipe holds: when it is written, lines are being read.
    stdin.write_all(first.as_bytes()).unwrap();
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    let mut stderr = child.stderr.take().unwrap();
    let mut noticed = [0; 8];
    stderr.read_exact(&mut noticed).unwrap();
    assert_eq!(&noticed, b"stopping");
    // It may stop before it reads the rest.
    let _ = stdin.write_all(rest.as_bytes());
    drop(stdin);
    let mut message = String::new();
    stderr.read_to_string(&mut message).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));

    let (_, line) = message.trim_end().rsplit_once("--from-line ").unwrap();
    let written = line.parse::<usize>().unwrap() - 1;
    assert!(
        written > 0 && written % 1_000 == 0,
        "{written} lines are complete batches"
    );
    let file = workspace.write("in.ndjson", &all);
    let resumed = command(&workspace, &[&file, "--from-line", line])
        .output()
        .unwrap();
    assert_eq!(resumed.status.code(), Some(1));
    assert_eq!(workspace.records(), whole.records());
    assert_eq!(
        workspace.read("rejected.ndjson"),
        whole.read("rejected.ndjson"),
        "appended"
    );
}

#[test]
fn s10_a_killed_import_that_is_repeated_ends_in_the_same_state() {
    let whole = Workspace::new();
    let all = lines(6_000);
    let file = whole.write("in.ndjson", &all);
    assert_eq!(
        command(&whole, &[&file]).output().unwrap().status.code(),
        Some(1)
    );

    let kills = std::env::var("CUSTOMER_IMPORT_KILLS").map_or(5, |kills| kills.parse().unwrap());
    let workspace = Workspace::new();
    let mut random = fastrand::Rng::with_seed(19);
    let mut killed = 0;
    while killed < kills {
        if random.u8(..) < 64 {
            // Also an import into an empty store.
            let _ = fs::remove_file(workspace.path("customers.db"));
            let _ = fs::remove_file(workspace.path("customers.db-wal"));
            let _ = fs::remove_file(workspace.path("customers.db-shm"));
        }
        let mut child = command(&workspace, &[&file]).spawn().unwrap();
        thread::sleep(Duration::from_millis(random.u64(1..400)));
        killed += u32::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert_eq!(
        command(&workspace, &[&file])
            .output()
            .unwrap()
            .status
            .code(),
        Some(1)
    );
    assert_eq!(workspace.records(), whole.records());
    assert_eq!(
        workspace.read("rejected.ndjson"),
        whole.read("rejected.ndjson")
    );
}
