//! `customer purge`, and commands that create no file.

use tempfile::TempDir;

use crate::run;
use crate::server::path;

#[test]
fn s11_a_purge_removes_a_deleted_value_from_the_files() {
    let directory = TempDir::new().unwrap();
    let store = format!("sqlite:{}", path(&directory, "customers.db"));
    let body = r#"{"customer":"Acme","email":"ann@acme.example"}"#;
    let created = run(&["create", "--store", &store], body);
    let created: serde_json::Value = serde_json::from_str(&created.stdout).unwrap();
    let id = created["data"]["uuid"].as_str().unwrap();
    assert_eq!(run(&["delete", "--store", &store, id], "").code, Some(0));

    let purged = run(&["purge", "--store", &store], "");
    assert_eq!(
        (purged.code, purged.stdout.as_str(), purged.stderr.as_str()),
        (Some(0), "", "")
    );
    for file in std::fs::read_dir(directory.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let found = bytes.windows(8).any(|part| part == b"ann@acme");
        assert!(!found);
    }
}

#[test]
fn commands_that_read_or_purge_create_no_file() {
    let directory = TempDir::new().unwrap();
    let store = format!("sqlite:{}", path(&directory, "customers.db"));
    let id = "67e55044-10b1-426f-9247-bb680e5fe0c8";
    for command in [
        &["get", "--store", &store, id][..],
        &["find", "--store", &store, "ann@acme.example"],
        &["purge", "--store", &store],
    ] {
        let missing = run(command, "");
        assert_eq!((missing.code, missing.stdout.as_str()), (Some(2), ""));
        let expected = format!("error: cannot open {store}: there is no such file\n");
        assert_eq!(missing.stderr, expected);
    }
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);

    let memory = run(&["purge", "--store", "memory:"], "");
    assert_eq!(memory.code, Some(2));
    assert!(memory.stderr.contains("only a SQLite store"));
}
