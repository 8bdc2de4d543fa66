//! `customer backup`.

use tempfile::TempDir;

use crate::server::{Server, path};
use crate::{Ended, run};

fn backup(store: &str, file: &str) -> Ended {
    run(&["backup", "--store", store, file], "")
}

/// The response to a search by email address in a store.
fn find(store: &str) -> Ended {
    run(&["find", "--store", store, "ann@acme.example"], "")
}

#[test]
fn a_backup_of_a_running_server_can_be_opened_as_a_store() {
    let directory = TempDir::new().unwrap();
    let server = Server::start(&directory, &["--dev"]);
    let body = r#"{"customer":"Acme","email":"ann@acme.example"}"#;
    assert_eq!(server.ask("POST /partners/customers", body).0, 201);

    let store = format!("sqlite:{}", path(&directory, "customers.db"));
    let copy = path(&directory, "copy.db");
    let made = backup(&store, &copy);
    assert_eq!(
        (made.code, made.stdout.as_str(), made.stderr.as_str()),
        (Some(0), "", "")
    );

    drop(server);
    let copied = find(&format!("sqlite:{copy}"));
    assert_eq!(copied.code, Some(0), "{}", copied.stderr);
    assert_eq!(copied.stdout, find(&store).stdout);
}

#[test]
fn a_backup_overwrites_no_file_and_creates_no_store() {
    let directory = TempDir::new().unwrap();
    let store = format!("sqlite:{}", path(&directory, "customers.db"));
    let copy = path(&directory, "copy.db");

    let missing = backup(&store, &copy);
    assert_eq!((missing.code, missing.stdout.as_str()), (Some(2), ""));
    assert_eq!(missing.stderr, format!("error: {store} does not exist\n"));
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);

    let body = r#"{"customer":"Acme","email":"ann@acme.example"}"#;
    assert_eq!(run(&["create", "--store", &store], body).code, Some(0));
    std::fs::write(&copy, "precious").unwrap();
    let existing = backup(&store, &copy);
    assert_eq!((existing.code, existing.stdout.as_str()), (Some(2), ""));
    assert!(
        existing
            .stderr
            .starts_with(&format!("error: cannot create {copy}: "))
    );
    assert_eq!(std::fs::read_to_string(&copy).unwrap(), "precious");
}

#[test]
fn only_a_sqlite_store_can_be_copied() {
    let directory = TempDir::new().unwrap();
    let copy = path(&directory, "copy.db");
    for store in ["memory:", "postgres://ann:secret@127.0.0.1:1/customers"] {
        let ended = backup(store, &copy);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
        assert!(
            ended.stderr.contains("for PostgreSQL use pg_dump"),
            "{}",
            ended.stderr
        );
        assert!(!ended.stderr.contains("secret"), "{}", ended.stderr);
    }
}

#[cfg(unix)]
#[test]
fn a_backup_has_the_permissions_of_the_store() {
    use std::os::unix::fs::PermissionsExt;

    let directory = TempDir::new().unwrap();
    let file = path(&directory, "customers.db");
    let store = format!("sqlite:{file}");
    let body = r#"{"customer":"Acme","email":"ann@acme.example"}"#;
    assert_eq!(run(&["create", "--store", &store], body).code, Some(0));
    for mode in [0o600, 0o640] {
        std::fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
        let copy = path(&directory, &format!("copy-{mode:o}.db"));
        assert_eq!(backup(&store, &copy).code, Some(0));
        let permissions = std::fs::metadata(&copy).unwrap().permissions();
        assert_eq!(permissions.mode() & 0o777, mode);
    }
}
