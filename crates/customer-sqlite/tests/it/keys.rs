//! S8: the derived keys of a file of the first edition are recomputed when it is opened.

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use customer_domain::{
    Customer, CustomerId, CustomerPatch, CustomerStore, EmailAddress, ErrorCode, FnClock,
    ListQuery, NullableUpdate, OrderBy, Precondition, SearchText, TeamId, Update, UpdateError,
    update_customer,
};
use customer_sqlite::{OpenError, SqliteStore};
use rusqlite::Connection;
use tempfile::TempDir;
use uuid::Uuid;

use crate::migration::SCHEMA_2;
use crate::{id, noon, team};

/// Two addresses that the first edition distinguished: it folded the NFC form and did not
/// compose the result. Now both have the key of the first.
const IOTA: [&str; 2] = ["\u{390}@b.co", "\u{3AA}\u{301}@b.co"];
const OLD_IOTA_KEYS: [&str; 2] = ["\u{3B9}\u{308}\u{301}@b.co", "\u{3CA}\u{301}@b.co"];

/// More than two batches.
const MANY: u128 = 2_500;

/// A file of the first edition without records.
fn first_edition() -> (TempDir, Connection) {
    let directory = tempfile::tempdir().unwrap();
    let file = Connection::open(path(&directory)).unwrap();
    file.execute_batch(SCHEMA_2).unwrap();
    (directory, file)
}

/// A file of the current schema whose keys have version 1.
fn old_keys() -> (TempDir, Connection) {
    let directory = tempfile::tempdir().unwrap();
    drop(SqliteStore::open(path(&directory)).unwrap());
    let file = Connection::open(path(&directory)).unwrap();
    file.execute("UPDATE customer_keys SET version = 1", [])
        .unwrap();
    (directory, file)
}

fn path(directory: &TempDir) -> std::path::PathBuf {
    directory.path().join("customers.db")
}

/// Writes a record as the first edition did, created some microseconds after noon.
fn plant(file: &Connection, team: TeamId, number: u128, email: [&str; 2], created: i64) {
    let [email, key] = email;
    let created = noon().as_micros() + created;
    let id = id(number);
    let (team, id) = (team.as_uuid().as_bytes(), id.as_uuid().as_bytes());
    // Schema 3 has renamed the column.
    let column = match file.prepare("SELECT team_id FROM customer") {
        Ok(_) => "team_id",
        Err(_) => "team",
    };
    file.prepare_cached(&format!(
        "INSERT INTO customer ({column}, uuid, version, customer, email, email_key, status,
            contacts, created_at, updated_at, search_key)
        VALUES (?1, ?2, 1, 'Acme', ?3, ?4, 'active', '[]', ?5, ?5, 'acme' || char(10) || ?4 ||
            char(10))"
    ))
    .unwrap()
    .execute((team, id, email, key, created))
    .unwrap();
}

/// Many records whose keys change, and a pair whose new keys are equal: the loser is in
/// the first batch, the winner in the last.
fn plant_many(file: &Connection) {
    file.execute_batch("BEGIN").unwrap();
    for number in 1..=MANY {
        let (email, key) = (
            format!("\u{390}{number}@b.co"),
            format!("\u{3B9}\u{308}\u{301}{number}@b.co"),
        );
        plant(file, team(), number, [&email, &key], 10);
    }
    plant(file, team(), 0, [IOTA[0], OLD_IOTA_KEYS[0]], 2);
    plant(file, team(), MANY + 1, [IOTA[1], OLD_IOTA_KEYS[1]], 1);
    file.execute_batch("COMMIT").unwrap();
}

/// Emails with their keys, in the order of the ids.
fn keys(path: &Path) -> Vec<[String; 2]> {
    let file = Connection::open(path).unwrap();
    let mut statement = file
        .prepare("SELECT email, email_key FROM customer ORDER BY uuid")
        .unwrap();
    let rows = statement.query_map([], |row| Ok([row.get(0)?, row.get(1)?]));
    rows.unwrap().map(Result::unwrap).collect()
}

/// The same without the emails.
fn email_keys(path: &Path) -> Vec<String> {
    keys(path).into_iter().map(|[_, key]| key).collect()
}

fn conflict_key(number: u128) -> String {
    format!("{}\n{}", IOTA[0], id(number))
}

/// Of [`plant_many`]: all keys are new, and the loser has a conflict key.
fn check_many(path: &Path) {
    let stored = keys(path);
    assert_eq!(stored.len() as u128, MANY + 2);
    for (number, [email, key]) in (0..).zip(stored) {
        if number == 0 {
            assert_eq!(key, conflict_key(0));
        } else {
            let email = EmailAddress::parse(&email).unwrap();
            assert_eq!(key, email.key().as_str());
        }
    }
}

async fn update(
    store: &SqliteStore,
    id: CustomerId,
    patch: &CustomerPatch,
) -> Result<Customer, UpdateError> {
    let clock = Arc::new(FnClock(noon));
    let applied = update_customer(store, clock.clone(), team(), id, patch, Precondition::Any).await;
    applied.map(customer_domain::Applied::into_customer)
}

fn phone(phone: &str) -> CustomerPatch {
    CustomerPatch::new().with_main_phone(NullableUpdate::Set(phone.parse().unwrap()))
}

fn email(email: &str) -> CustomerPatch {
    CustomerPatch::new().with_email(Update::Set(email.parse().unwrap()))
}

/// One row for each rule that rejects what the first edition accepted, or that has
/// another key now.
#[tokio::test]
async fn s8_a_file_of_the_first_edition_is_migrated() {
    let (directory, file) = first_edition();
    for (number, email) in [
        (1, ["A@b/c.com", "a@b/c.com"]),
        (2, ["a@b=c.com", "a@b=c.com"]),
        (3, ["a@b'c.com", "a@b'c.com"]),
        (4, [IOTA[0], OLD_IOTA_KEYS[0]]),
        (5, ["c5@b.co", "c5@b.co"]),
        (6, ["c6@b.co", "c6@b.co"]),
        (7, ["c7@b.co", "c7@b.co"]),
    ] {
        plant(&file, team(), number, email, 0);
    }
    file.execute_batch(
        "UPDATE customer SET website = '$$$.!!!' WHERE email LIKE 'c5%';
        UPDATE customer SET website = 'https://*.foo.com' WHERE email LIKE 'c6%';
        UPDATE customer SET website = 'https://-hello/', customer = 'Cafe\u{301} \u{390}',
            search_key = 'caf\u{E9} \u{3B9}\u{308}\u{301}' || char(10) || 'c7@b.co' || char(10)
            WHERE email LIKE 'c7%';",
    )
    .unwrap();
    drop(file);

    let store = SqliteStore::open(path(&directory)).unwrap();
    let search = SearchText::parse("CAF\u{C9} \u{3AA}\u{301}").unwrap();
    let query = ListQuery::new().with_search(search);
    let found = store.list(team(), &query).await.unwrap().records;
    assert_eq!(found.iter().map(Customer::id).collect::<Vec<_>>(), [id(7)]);
    let query = ListQuery::new().with_order(OrderBy::Email, customer_domain::Direction::Ascending);
    let page = store.list(team(), &query).await.unwrap();
    assert_eq!((page.records.len(), page.total), (7, Some(7)));
    for stored in page.records {
        let by_id = store.get(team(), stored.id()).await.unwrap();
        assert_eq!(by_id.as_ref(), Some(&stored));
        let by_email = store.find_by_email(team(), &stored.email().key()).await;
        assert_eq!(by_email.unwrap().as_ref(), Some(&stored));
        let updated = update(&store, stored.id(), &phone("+1")).await.unwrap();
        assert_eq!(updated.email(), stored.email());
        assert_eq!(updated.website(), stored.website());
        let by_email = store.find_by_email(team(), &stored.email().key()).await;
        assert_eq!(by_email.unwrap(), Some(updated));
    }
}

/// The creation times of the records 1 and 2, and which of them loses.
const COLLISIONS: [([i64; 2], u128); 3] = [([1, 2], 2), ([2, 1], 1), ([1, 1], 2)];

#[tokio::test]
async fn s8_the_older_of_two_records_with_one_key_keeps_it() {
    for (created, loser) in COLLISIONS {
        let (directory, file) = first_edition();
        for (index, created) in created.into_iter().enumerate() {
            let email = [IOTA[index], OLD_IOTA_KEYS[index]];
            plant(&file, team(), index as u128 + 1, email, created);
        }
        drop(file);

        let store = SqliteStore::open(path(&directory)).unwrap();
        let (winner, loser_id) = (id(3 - loser), id(loser));
        let key = EmailAddress::parse(IOTA[0]).unwrap().key();
        let found = store.find_by_email(team(), &key).await.unwrap();
        assert_eq!(found.map(|found| found.id()), Some(winner), "{created:?}");
        let page = store.list(team(), &ListQuery::new()).await.unwrap();
        assert_eq!((page.records.len(), page.total), (2, Some(2)));
        assert_eq!(
            email_keys(&path(&directory))[loser as usize - 1],
            conflict_key(loser)
        );

        // Updates of both and a replace, without their addresses.
        for id in [winner, loser_id] {
            update(&store, id, &phone("+1")).await.unwrap();
            let stored = store.get(team(), id).await.unwrap().unwrap();
            assert_eq!(
                stored.main_phone().map(ToString::to_string).as_deref(),
                Some("+1")
            );
        }
        let stored = store.get(team(), loser_id).await.unwrap().unwrap();
        let replaced = stored.clone().apply(&phone("+2"), noon());
        let replaced = store.replace(replaced.customer(), stored.version()).await;
        replaced.unwrap();
        assert_eq!(
            email_keys(&path(&directory))[loser as usize - 1],
            conflict_key(loser)
        );

        // The loser gets a free address; the old one is taken then.
        let updated = update(&store, loser_id, &email("New@b.co")).await.unwrap();
        let found = store.find_by_email(team(), &updated.email().key()).await;
        assert_eq!(found.unwrap(), Some(updated));
        let taken = update(&store, loser_id, &email(IOTA[1])).await;
        let code = taken.map_err(|error| error.code());
        assert_eq!(code, Err(ErrorCode::EmailAlreadyExists));
    }
}

/// Keys that belong to other records by the old definition are no collisions.
#[tokio::test]
async fn s8_records_can_exchange_their_keys() {
    let (directory, file) = first_edition();
    plant(&file, team(), 1, ["a@b.co", "b@b.co"], 0);
    plant(&file, team(), 2, ["b@b.co", "c@b.co"], 0);
    plant(&file, team(), 3, ["c@b.co", "a@b.co"], 0);
    drop(file);
    drop(SqliteStore::open(path(&directory)).unwrap());
    let expected = ["a@b.co", "b@b.co", "c@b.co"].map(|text| [text.to_owned(), text.to_owned()]);
    assert_eq!(keys(&path(&directory)), expected);
}

/// Two records of different teams may have one address.
#[tokio::test]
async fn s8_a_collision_is_within_a_team() {
    let (directory, file) = first_edition();
    let other = TeamId::from(Uuid::from_u128(2));
    plant(&file, team(), 1, [IOTA[0], OLD_IOTA_KEYS[0]], 0);
    plant(&file, other, 2, [IOTA[1], OLD_IOTA_KEYS[1]], 0);
    drop(file);
    drop(SqliteStore::open(path(&directory)).unwrap());
    let stored = email_keys(&path(&directory));
    assert_eq!(stored, [IOTA[0], IOTA[0]]);
}

/// Keeps the lines that this crate logs.
struct Listener(Mutex<Vec<String>>);

static LISTENER: Listener = Listener(Mutex::new(Vec::new()));

impl log::Log for Listener {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let line = format!("{} {}", record.level(), record.args());
        self.0.lock().unwrap().push(line);
    }

    fn flush(&self) {}
}

/// The lines that are logged up to the end of a function, also by other tests.
pub(crate) fn logged(run: impl FnOnce()) -> Vec<String> {
    let _ = log::set_logger(&LISTENER);
    log::set_max_level(log::LevelFilter::Info);
    run();
    LISTENER.0.lock().unwrap().clone()
}

/// The ids of corrupt records and of losers, each once, and no value of a record.
#[tokio::test]
async fn s8_the_ids_of_losers_and_corrupt_records_are_logged() {
    let _ = log::set_logger(&LISTENER);
    log::set_max_level(log::LevelFilter::Info);
    let new = tempfile::tempdir().unwrap();
    drop(SqliteStore::open(path(&new)).unwrap());
    let (directory, file) = first_edition();
    // A team that no other test has, and an unknown status.
    let team = TeamId::from(Uuid::from_u128(0x1095));
    for (number, created) in [(1, 3), (2, 1), (3, 2)] {
        let key = format!("old{number}@b.co");
        plant(&file, team, number, [IOTA[0], &key], created);
    }
    plant(&file, team, 4, ["zebra@b.co", "old@b.co"], 0);
    file.execute(
        "UPDATE customer SET status = 'old' WHERE email = 'zebra@b.co'",
        [],
    )
    .unwrap();
    drop(file);
    drop(SqliteStore::open(path(&directory)).unwrap());

    let stored = email_keys(&path(&directory));
    let expected = [&conflict_key(1), IOTA[0], &conflict_key(3), "old@b.co"];
    assert_eq!(stored, expected);
    let lines = LISTENER.0.lock().unwrap();
    let about = |number| {
        let name = format!("customer {} of team {team} ", id(number));
        lines
            .iter()
            .filter(|line| line.starts_with("WARN") && line.contains(&name))
            .count()
    };
    assert_eq!([1, 2, 3, 4].map(about), [1, 0, 1, 1]);
    for done in ["are moved", "have keys"] {
        let progress = format!("INFO 4 customers {done}");
        assert!(
            lines.iter().any(|line| line.starts_with(&progress)),
            "{done}"
        );
    }
    assert!(
        !lines
            .iter()
            .any(|line| line.starts_with("INFO 0 customers"))
    );
    assert!(lines.iter().all(|line| !line.contains("b.co")), "{lines:?}");
}

#[test]
fn s8_an_interrupted_migration_continues_after_the_last_batch() {
    let (directory, file) = old_keys();
    plant_many(&file);
    // A record of the second batch cannot be written.
    let fail = |number: u32| {
        format!(
            "CREATE TRIGGER fail BEFORE UPDATE ON customer
            WHEN OLD.email = '\u{390}{number}@b.co' BEGIN SELECT RAISE(ABORT, 'injected'); END"
        )
    };
    file.execute_batch(&fail(1_700)).unwrap();
    let failed = SqliteStore::open(path(&directory));
    assert!(
        matches!(failed, Err(OpenError::CannotOpen(_))),
        "{failed:?}"
    );

    // One batch is done.
    let recomputed = email_keys(&path(&directory));
    let recomputed = recomputed.iter().filter(|key| key.starts_with('\u{390}'));
    assert_eq!(recomputed.count(), 1_000);

    // The first batch is not repeated.
    file.execute_batch(
        "DROP TRIGGER fail;
        UPDATE customer SET search_key = 'kept' WHERE email = '\u{390}7@b.co'",
    )
    .unwrap();
    drop(SqliteStore::open(path(&directory)).unwrap());
    let sql = "SELECT email FROM customer WHERE search_key = 'kept'";
    let kept: String = file.query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(kept, "\u{390}7@b.co");
    check_many(&path(&directory));
}

#[test]
fn s8_several_processes_can_migrate_at_once() {
    let (directory, file) = first_edition();
    plant_many(&file);
    drop(file);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| drop(SqliteStore::open(path(&directory)).unwrap()));
        }
    });
    check_many(&path(&directory));
}

#[test]
fn s8_keys_of_a_later_version_are_an_error() {
    let directory = tempfile::tempdir().unwrap();
    drop(SqliteStore::open(path(&directory)).unwrap());
    let file = Connection::open(path(&directory)).unwrap();
    file.execute("UPDATE customer_keys SET version = 99", [])
        .unwrap();
    let newer = SqliteStore::open(path(&directory));
    let known = i64::from(customer_domain::Column::KEY_VERSION);
    assert!(
        matches!(newer, Err(OpenError::NewerKeys { found: 99, known: k }) if k == known),
        "{newer:?}"
    );
}

/// Names the file to the child. The test that is the child does nothing without.
const FILE: &str = "CUSTOMER_KEYS_TEST_FILE";

#[test]
fn the_child_migrates_until_it_is_killed() {
    if let Ok(file) = env::var(FILE) {
        drop(SqliteStore::open(file).unwrap());
    }
}

/// The child is killed in the third batch.
#[test]
fn s8_a_killed_migration_continues_after_the_last_batch() {
    let (directory, file) = old_keys();
    plant_many(&file);
    // A record of the third batch takes longer than the test.
    file.execute_batch(
        "CREATE TRIGGER slow BEFORE UPDATE ON customer WHEN OLD.email = '\u{390}2100@b.co'
        BEGIN
            SELECT count(*) FROM customer a, customer b, customer c
            WHERE a.version + b.version + c.version = 9;
        END",
    )
    .unwrap();
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["keys::the_child_migrates_until_it_is_killed", "--exact"])
        .env(FILE, path(&directory))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let next = || -> Option<Vec<u8>> {
        let sql = "SELECT next_uuid FROM customer_keys";
        file.query_row(sql, [], |row| row.get(0)).ok()?
    };
    let third = id(2_000);
    while next().as_deref() != Some(third.as_uuid().as_bytes()) {
        assert_eq!(child.try_wait().unwrap(), None, "the child is slow");
        thread::sleep(Duration::from_millis(5));
    }
    // Some of the third batch is written, and not committed.
    thread::sleep(Duration::from_millis(300));
    assert_eq!(child.try_wait().unwrap(), None, "the child is slow");
    child.kill().unwrap();
    child.wait().unwrap();

    file.execute_batch("DROP TRIGGER slow").unwrap();
    drop(SqliteStore::open(path(&directory)).unwrap());
    check_many(&path(&directory));
}

/// A corrupt record keeps its keys until it is repaired and updated.
#[tokio::test]
async fn s8_an_update_of_a_repaired_record_computes_its_keys() {
    let (directory, file) = first_edition();
    plant(&file, team(), 1, [IOTA[0], OLD_IOTA_KEYS[0]], 0);
    file.execute("UPDATE customer SET status = 'old'", [])
        .unwrap();
    let store = SqliteStore::open(path(&directory)).unwrap();
    assert_eq!(email_keys(&path(&directory)), [OLD_IOTA_KEYS[0]]);

    file.execute("UPDATE customer SET status = 'active'", [])
        .unwrap();
    update(&store, id(1), &phone("+1")).await.unwrap();
    assert_eq!(email_keys(&path(&directory)), [IOTA[0]]);
}
