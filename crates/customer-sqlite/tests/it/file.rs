//! The file: its errors, other processes that use it, copies of it.

use std::error::Error;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use customer_domain::{
    CustomerPatch, CustomerStore, FnClock, InsertError, ListQuery, Precondition, StoreErrorKind,
    UpdateError, Version, Write, update_customer,
};
use customer_sqlite::{OpenError, SqliteStore};
use rusqlite::Connection;

use crate::{customer, id, noon, team};

fn raw(path: &Path) -> Connection {
    Connection::open(path).unwrap()
}

#[tokio::test]
async fn s4_what_was_acknowledged_is_there_when_the_file_is_opened_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("customers.db");
    SqliteStore::open(&path)
        .unwrap()
        .insert(&customer(1))
        .await
        .unwrap();
    let found = SqliteStore::open(&path).unwrap().get(team(), id(1)).await;
    assert_eq!(found.unwrap(), Some(customer(1)));
}

#[tokio::test]
async fn s4_the_file_is_durable_as_promised() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("customers.db");
    let _store = SqliteStore::open(&path).unwrap();
    let mode: String = raw(&path)
        .query_row("PRAGMA journal_mode", [], |r| r.get(0))
        .unwrap();
    assert_eq!(mode, "wal");
}

#[tokio::test]
async fn two_stores_share_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("customers.db");
    let (one, other) = (
        SqliteStore::open(&path).unwrap(),
        SqliteStore::open(&path).unwrap(),
    );
    for number in 0..20 {
        let (writer, reader) = if number % 2 == 0 {
            (&one, &other)
        } else {
            (&other, &one)
        };
        writer.insert(&customer(number)).await.unwrap();
        let found = reader.get(team(), id(number)).await.unwrap();
        assert_eq!(found, Some(customer(number)));
    }
}

#[test]
fn many_open_a_new_file_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("customers.db");
    std::thread::scope(|scope| {
        let opened: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| SqliteStore::open(&path)))
            .collect();
        for store in opened {
            store.join().unwrap().unwrap();
        }
    });
}

#[tokio::test]
async fn a_backup_is_a_whole_store() {
    let directory = tempfile::tempdir().unwrap();
    let copy = directory.path().join("copy.db");
    let store = SqliteStore::open(directory.path().join("customers.db")).unwrap();
    // More than a step of the copying.
    let inserts = (0..1_000).map(|number| Write::Insert(Box::new(customer(number))));
    let results = store
        .write_batch(team(), inserts.collect(), Arc::new(FnClock(noon)))
        .await;
    assert_eq!(results.len(), 1_000);
    store.backup_to(&copy).await.unwrap();
    store.insert(&customer(1_000)).await.unwrap();

    let copy = SqliteStore::open(&copy).unwrap();
    let page = copy.list(team(), &ListQuery::new()).await.unwrap();
    assert_eq!(page.total, Some(1_000));
    assert_eq!(
        copy.get(team(), id(999)).await.unwrap(),
        Some(customer(999))
    );
}

#[tokio::test]
async fn a_backup_to_a_place_that_does_not_exist_is_unavailable() {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(directory.path().join("customers.db")).unwrap();
    let error = store.backup_to(directory.path().join("no/copy.db")).await;
    let kind = error.map_err(|error| error.kind());
    assert_eq!(kind, Err(StoreErrorKind::Unavailable));
}

#[test]
fn a_store_that_is_dropped_has_closed_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("customers.db");
    for _ in 0..10 {
        drop(SqliteStore::open(&path).unwrap());
        // The last connection removes the log.
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    }
}

/// For longer than the timeout, but not for long after it.
#[test]
fn s5_a_file_that_another_process_locks_cannot_be_opened() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("customers.db");
    let other = raw(&path);
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let locked = SqliteStore::open(&path);
    assert!(matches!(locked, Err(OpenError::Busy(_))), "{locked:?}");
}

#[test]
fn what_is_wrong_with_a_file_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);

    let missing = SqliteStore::open(at("no/such/directory.db"));
    assert!(
        matches!(missing, Err(OpenError::CannotCreate(_))),
        "{missing:?}"
    );

    std::fs::write(
        at("text.db"),
        "not a database, and long enough to be read as one".repeat(99),
    )
    .unwrap();
    let text = SqliteStore::open(at("text.db"));
    assert!(matches!(text, Err(OpenError::NotADatabase(_))), "{text:?}");

    raw(&at("other.db"))
        .execute_batch("CREATE TABLE t (a)")
        .unwrap();
    let other = SqliteStore::open(at("other.db"));
    assert!(
        matches!(other, Err(OpenError::OtherApplication)),
        "{other:?}"
    );

    drop(SqliteStore::open(at("newer.db")).unwrap());
    raw(&at("newer.db"))
        .pragma_update(None, "user_version", 99)
        .unwrap();
    let newer = SqliteStore::open(at("newer.db"));
    assert!(
        matches!(
            newer,
            Err(OpenError::NewerSchema {
                found: 99,
                known: 6
            })
        ),
        "{newer:?}"
    );
}

#[tokio::test]
async fn s6_a_row_that_breaks_a_rule_is_an_error_of_its_own() {
    for change in [
        "customer = ' Acme'",
        "customer = ''",
        "email = ''",
        "status = 'ACTIVE'",
        "version = 0",
        "version = -1",
        "main_phone = ''",
        "website = 'https://acme.example' || char(9)",
        "billing_city = 'a' || char(9) || 'b'",
        "shipping_city = ' '",
        "contacts = '[{}]'",
        "contacts = 'x'",
        "updated_at = 9223372036854775807",
    ] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("customers.db");
        let store = SqliteStore::open(&path).unwrap();
        store.insert(&customer(1)).await.unwrap();
        let changed = raw(&path).execute(&format!("UPDATE customer SET {change}"), []);
        assert_eq!(changed, Ok(1), "{change}");
        let error = store.get(team(), id(1)).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{change}");
        assert_eq!(error.record(), Some(id(1)), "{change}");
        let column = change.split(' ').next().unwrap();
        let source = error.source().unwrap().to_string();
        assert!(source.contains(column), "{source}");
    }
}

/// The lookup of the holder would find the record itself.
#[tokio::test]
async fn s5_a_violated_constraint_of_another_kind_is_not_a_taken_address() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("customers.db");
    let store = SqliteStore::open(&path).unwrap();
    store.insert(&customer(1)).await.unwrap();
    raw(&path)
        .execute_batch(
            "CREATE TRIGGER fail BEFORE UPDATE ON customer
            BEGIN SELECT RAISE(ABORT, 'injected'); END",
        )
        .unwrap();
    let clock = Arc::new(FnClock(noon));
    let patch = CustomerPatch::from_json(br#"{"mainPhone":"1"}"#).unwrap();
    let any = Precondition::Any;
    let updated = update_customer(&store, clock, team(), id(1), &patch, any).await;
    assert!(matches!(updated, Err(UpdateError::Store(_))), "{updated:?}");
}

#[tokio::test]
async fn s5_a_version_beyond_the_engine_is_refused_alone() {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(directory.path().join("customers.db")).unwrap();
    let last = Version::from_stored(u64::MAX).unwrap();
    let endless = customer(1).into_record().into_customer(team(), last);
    let other = customer(2);
    let (rejected, accepted) = tokio::join!(store.insert(&endless), store.insert(&other));
    assert!(rejected.is_err());
    accepted.unwrap();
    assert_eq!(store.get(team(), id(1)).await.unwrap(), None);
}

#[tokio::test]
async fn s5_a_file_another_process_keeps_is_unavailable_and_then_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("customers.db");
    let store = SqliteStore::open(&path).unwrap();
    let keeper = raw(&path);
    keeper.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = store.insert(&customer(1)).await.unwrap_err();
    let InsertError::Store(error) = error else {
        panic!("{error}")
    };
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    keeper.execute_batch("ROLLBACK").unwrap();
    store.insert(&customer(1)).await.unwrap();
}

#[tokio::test]
async fn one_refused_write_of_a_group_does_not_undo_the_others() {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(directory.path().join("customers.db")).unwrap();
    store.insert(&customer(1)).await.unwrap();
    // Handed over together, so that they share a transaction most of the time.
    let (one, two, three) = (customer(2), customer(1), customer(3));
    let answers = tokio::join!(store.insert(&one), store.insert(&two), store.insert(&three));
    assert!(matches!(
        answers,
        (Ok(()), Err(InsertError::IdTaken), Ok(()))
    ));
    assert_eq!(store.get(team(), id(3)).await.unwrap(), Some(three));
}

#[tokio::test]
async fn a_store_that_is_dropped_wrote_what_it_was_handed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("customers.db");
    let store = SqliteStore::open(&path).unwrap();
    store.insert(&customer(1)).await.unwrap();
    let patch = CustomerPatch::from_json(br#"{"mainPhone":"+1"}"#).unwrap();
    let clock = Arc::new(FnClock(noon));
    let applied = update_customer(
        &store,
        clock.clone(),
        team(),
        id(1),
        &patch,
        Precondition::Any,
    )
    .await;
    assert_eq!(applied.unwrap().changed().names(), ["mainPhone"]);
    drop(store);
    let count: i64 = raw(&path)
        .query_row(
            "SELECT count(*) FROM customer WHERE main_phone = '+1'",
            [],
            |r| r.get(0),
        )
        .unwrap();
    assert_eq!(count, 1);
}

#[cfg(unix)]
#[tokio::test]
async fn the_files_are_readable_by_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("customers.db");
    let store = SqliteStore::open(&path).unwrap();
    store.insert(&customer(1)).await.unwrap();
    store
        .backup_to(directory.path().join("copy.db"))
        .await
        .unwrap();
    for name in [
        "customers.db",
        "customers.db-wal",
        "customers.db-shm",
        "copy.db",
    ] {
        let metadata = std::fs::metadata(directory.path().join(name)).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{name}");
    }
    let files = std::fs::read_dir(directory.path()).unwrap().count();
    assert_eq!(files, 4, "no other file is left");
}

#[test]
fn a_missing_file_is_not_created_by_an_opening_of_an_existing_one() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("customers.db");
    let missing = SqliteStore::builder(&path).existing().open();
    assert!(matches!(missing, Err(OpenError::NotFound)), "{missing:?}");
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);

    drop(SqliteStore::open(&path).unwrap());
    SqliteStore::builder(&path).existing().open().unwrap();
}

/// Opening a file of the latest schema does not wait for a writer.
#[tokio::test]
async fn a_file_that_another_process_writes_can_be_opened() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("customers.db");
    drop(SqliteStore::open(&path).unwrap());
    let keeper = raw(&path);
    keeper.execute_batch("BEGIN IMMEDIATE").unwrap();
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(store.get(team(), id(1)).await.unwrap(), None);
}

#[cfg(unix)]
#[tokio::test]
async fn s5_a_deleted_or_replaced_file_is_unavailable() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    for name in ["deleted", "moved", "replaced"] {
        let path = at(&format!("{name}.db"));
        let store = SqliteStore::open(&path).unwrap();
        store.insert(&customer(1)).await.unwrap();
        store.check().await.unwrap();
        match name {
            "deleted" => std::fs::remove_file(&path).unwrap(),
            "moved" => std::fs::rename(&path, at("elsewhere.db")).unwrap(),
            _ => {
                std::fs::copy(&path, at("copy.db")).unwrap();
                std::fs::rename(at("copy.db"), &path).unwrap();
            }
        }
        let error = store.check().await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{name}");
        let rejected = store.insert(&customer(2)).await;
        assert!(
            matches!(&rejected, Err(InsertError::Store(e)) if e.kind() == StoreErrorKind::Unavailable),
            "{name} {rejected:?}"
        );
        let rejected = store.purge().await.map_err(|error| error.kind());
        assert_eq!(rejected, Err(StoreErrorKind::Unavailable), "{name}");
    }
}

/// A copy of the file and of its `-wal`, taken while nothing is written.
#[tokio::test]
async fn s4_a_copy_taken_with_its_wal_has_every_acknowledged_write() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("customers.db");
    let store = SqliteStore::open(&path).unwrap();
    for number in 0..50 {
        store.insert(&customer(number)).await.unwrap();
    }
    for name in ["customers.db", "customers.db-wal"] {
        let copy = directory.path().join(name.replace("customers", "copy"));
        std::fs::copy(directory.path().join(name), copy).unwrap();
    }
    let copy = SqliteStore::open(directory.path().join("copy.db")).unwrap();
    for number in 0..50 {
        let found = copy.get(team(), id(number)).await.unwrap();
        assert_eq!(found, Some(customer(number)));
    }
    copy.insert(&customer(50)).await.unwrap();
}

/// Names the file to the child. The test that is the child does nothing without.
const FILE: &str = "CUSTOMER_SECOND_PROCESS_TEST_FILE";

#[tokio::test]
async fn the_child_is_a_second_process() {
    if let Ok(path) = std::env::var(FILE) {
        let store = SqliteStore::open(path).unwrap();
        for number in 0..100 {
            store.insert(&customer(number)).await.unwrap();
        }
    }
}

#[tokio::test]
async fn s2_a_second_process_shares_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("customers.db");
    let store = SqliteStore::open(&path).unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["file::the_child_is_a_second_process", "--exact"])
        .env(FILE, &path)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    for number in 100..200 {
        store.insert(&customer(number)).await.unwrap();
    }
    assert!(child.wait().unwrap().success());
    for number in 0..200 {
        let found = store.get(team(), id(number)).await.unwrap();
        assert_eq!(found, Some(customer(number)));
    }
    let taken = store.insert(&customer(7)).await;
    assert!(matches!(taken, Err(InsertError::IdTaken)), "{taken:?}");
}
