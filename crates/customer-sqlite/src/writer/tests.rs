use std::sync::atomic::AtomicUsize;

use customer_domain::{
    Customer, DeleteError, FnClock, InsertError, NewCustomer, Precondition, ReplaceError,
    StoreError, StoreErrorKind, Timestamp, Version, Write,
};
use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::connection::{create_private, open_writer};
use crate::operations::{Batch, Delete, Insert, Replace};

/// A file and the connection of its writer.
struct Writer {
    connection: Connection,
    file: OpenFile,
    directory: TempDir,
}

impl Writer {
    fn open() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("customers.db");
        create_private(&path).unwrap();
        Self {
            connection: open_writer(&path).unwrap(),
            file: OpenFile::new(&path).unwrap(),
            directory,
        }
    }

    fn write(&self, group: &mut Vec<Box<dyn Queued>>) {
        write_group(&self.connection, &self.file, group);
    }

    /// Another connection.
    fn other(&self) -> Connection {
        Connection::open(self.directory.path().join("customers.db")).unwrap()
    }

    fn execute(&self, sql: &str) {
        self.connection.execute_batch(sql).unwrap();
    }
}

fn customer(id: u128, email: &str) -> Customer {
    let noon = Timestamp::parse("2026-11-23T12:00:00Z").unwrap();
    let (id, team) = (Uuid::from_u128(id).into(), Uuid::from_u128(1).into());
    NewCustomer::new("Acme".parse().unwrap(), email.parse().unwrap()).into_customer(id, team, noon)
}

fn delete(customer: &Customer, precondition: Precondition) -> Delete {
    Delete(customer.team(), customer.id(), precondition)
}

/// Adds a write to the group.
fn add<W: Operation>(group: &mut Vec<Box<dyn Queued>>, write: W) -> Written<W> {
    let (write, written, _) = queued(write);
    group.push(write);
    written
}

/// The result that a write has been sent.
fn result<E: From<StoreError>>(
    mut written: oneshot::Receiver<Result<Result<(), E>, Error>>,
) -> Result<(), E> {
    written.try_recv().unwrap().map_err(StoreError::from)?
}

fn stored(connection: &Connection) -> Vec<String> {
    let mut statement = connection
        .prepare("SELECT email FROM customer ORDER BY email")
        .unwrap();
    let emails = statement.query_map([], |row| row.get(0)).unwrap();
    emails.map(Result::unwrap).collect()
}

#[test]
fn s3_each_write_of_a_group_gets_its_own_result() {
    let writer = Writer::open();
    let (ann, bob) = (
        customer(1, "ann@acme.example"),
        customer(2, "bob@acme.example"),
    );
    let (missing, taken) = (
        customer(3, "c@acme.example"),
        customer(4, "ann@acme.example"),
    );
    let second = Version::from_stored(2).unwrap();
    let group = &mut Vec::new();
    let inserted = [
        add(group, Insert(ann.clone())),
        add(group, Insert(bob.clone())),
    ];
    let id_taken = add(group, Insert(ann.clone()));
    let email_taken = add(group, Insert(taken));
    let replaced = add(group, Replace(ann.clone(), Version::FIRST));
    let not_replaced = add(group, Replace(missing.clone(), Version::FIRST));
    let outdated = add(group, Replace(ann.clone(), second));
    let replaced_email = add(
        group,
        Replace(customer(2, "ann@acme.example"), Version::FIRST),
    );
    let not_deleted = add(group, delete(&missing, Precondition::Any));
    let unmet = add(group, delete(&ann, Precondition::Version(second)));
    let deleted = add(group, delete(&bob, Precondition::Any));

    writer.write(group);

    assert!(inserted.map(result).iter().all(Result::is_ok));
    assert!(matches!(result(id_taken), Err(InsertError::IdTaken)));
    assert!(matches!(result(email_taken), Err(InsertError::EmailTaken(id)) if id == ann.id()));
    assert!(matches!(result(replaced), Ok(())));
    assert!(matches!(result(not_replaced), Err(ReplaceError::NotFound)));
    assert!(matches!(
        result(outdated),
        Err(ReplaceError::VersionConflict)
    ));
    assert!(matches!(
        result(replaced_email),
        Err(ReplaceError::EmailTaken(id)) if id == ann.id()
    ));
    assert!(matches!(result(not_deleted), Err(DeleteError::NotFound)));
    assert!(matches!(result(unmet), Err(DeleteError::VersionConflict)));
    assert!(matches!(result(deleted), Ok(())));
    assert_eq!(stored(&writer.connection), ["ann@acme.example"]);
}

#[test]
fn s5_a_statement_that_writes_no_row_is_an_internal_error() {
    let writer = Writer::open();
    let (ann, bob) = (
        customer(1, "ann@acme.example"),
        customer(2, "bob@acme.example"),
    );
    let group = &mut Vec::new();
    let inserted = add(group, Insert(ann.clone()));
    writer.write(group);
    assert!(result(inserted).is_ok());
    for (event, row) in [("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")] {
        let trigger = format!(
            "CREATE TRIGGER ignore_{event} BEFORE {event} ON customer
            WHEN {row}.email = 'ann@acme.example' OR {row}.email = 'c@acme.example'
            BEGIN SELECT RAISE(IGNORE); END"
        );
        writer.execute(&trigger);
    }

    let group = &mut Vec::new();
    let not_inserted = add(group, Insert(customer(3, "c@acme.example")));
    let not_replaced = add(group, Replace(ann.clone(), Version::FIRST));
    let not_deleted = add(group, delete(&ann, Precondition::Any));
    let inserted = add(group, Insert(bob));
    writer.write(group);

    let internal = StoreErrorKind::Internal;
    assert!(matches!(result(not_inserted), Err(InsertError::Store(e)) if e.kind() == internal));
    assert!(matches!(result(not_replaced), Err(ReplaceError::Store(e)) if e.kind() == internal));
    assert!(matches!(result(not_deleted), Err(DeleteError::Store(e)) if e.kind() == internal));
    assert!(result(inserted).is_ok(), "the others are written");
    assert_eq!(
        stored(&writer.connection),
        ["ann@acme.example", "bob@acme.example"]
    );
}

#[test]
fn s5_no_write_of_a_commit_that_failed_is_acknowledged() {
    let writer = Writer::open();
    // A foreign key that is checked at the commit.
    writer.execute(
        "PRAGMA foreign_keys = ON;
            CREATE TABLE parent (id INTEGER PRIMARY KEY);
            CREATE TABLE child (
                parent INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED
            );
            CREATE TRIGGER orphan AFTER INSERT ON customer
            BEGIN INSERT INTO child VALUES (1); END;",
    );
    let group = &mut Vec::new();
    let written = [
        add(group, Insert(customer(1, "ann@acme.example"))),
        add(group, Insert(customer(2, "bob@acme.example"))),
    ];

    writer.write(group);

    for result in written.map(result) {
        let unknown = StoreErrorKind::OutcomeUnknown;
        assert!(matches!(result, Err(InsertError::Store(e)) if e.kind() == unknown));
    }
    assert!(
        writer.connection.is_autocommit(),
        "the transaction is rolled back"
    );
    assert_eq!(stored(&writer.connection), [""; 0]);
}

fn inserts(group: &mut Vec<Box<dyn Queued>>) -> [Written<Insert>; 3] {
    [1, 2, 3].map(|number| {
        let customer = customer(number, &format!("c{number}@acme.example"));
        add(group, Insert(customer))
    })
}

fn unavailable(result: &Result<(), InsertError>) {
    let unavailable = StoreErrorKind::Unavailable;
    assert!(
        matches!(result, Err(InsertError::Store(e)) if e.kind() == unavailable),
        "{result:?}"
    );
}

/// A writer of a file that another connection has locked. The handler is called while it
/// waits for the lock, and returns whether it waits on.
fn locked(handler: fn(i32) -> bool) -> (Writer, Connection) {
    let mut writer = Writer::open();
    let other = writer.other();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    writer.connection.busy_handler(Some(handler)).unwrap();
    (writer, other)
}

/// That many waits for a lock of another connection.
static WAITS: AtomicUsize = AtomicUsize::new(0);

#[test]
fn s5_a_group_waits_once_for_a_locked_file() {
    let (writer, other) = locked(|_| {
        WAITS.fetch_add(1, Ordering::Relaxed);
        false
    });
    let group = &mut Vec::new();
    let written = inserts(group);
    writer.write(group);
    for result in written.map(result) {
        unavailable(&result);
    }
    assert_eq!(WAITS.load(Ordering::Relaxed), 1);
    other.execute_batch("ROLLBACK").unwrap();
    let group = &mut Vec::new();
    let written = inserts(group);
    writer.write(group);
    assert!(written.map(result).iter().all(Result::is_ok));
}

#[test]
fn s5_a_group_without_callers_does_not_wait_for_a_locked_file() {
    static LOOKS: AtomicUsize = AtomicUsize::new(0);
    let (writer, _other) = locked(|_| {
        LOOKS.fetch_add(1, Ordering::Relaxed);
        false
    });
    let group = &mut Vec::new();
    drop(inserts(group));
    writer.write(group);
    assert_eq!(LOOKS.load(Ordering::Relaxed), 0);
}

#[test]
fn s5_a_full_disk_is_unavailable_and_loses_nothing() {
    let writer = Writer::open();
    let group = &mut Vec::new();
    let inserted = add(group, Insert(customer(1, "ann@acme.example")));
    writer.write(group);
    assert!(result(inserted).is_ok());
    let pages: i64 = writer
        .connection
        .query_row("PRAGMA page_count", [], |row| row.get(0))
        .unwrap();
    let limit = |pages: i64| {
        writer
            .connection
            .pragma_update(None, "max_page_count", pages)
            .unwrap();
    };
    limit(pages);

    // Until the pages are full, some are written.
    let mut accepted = vec!["ann@acme.example".to_owned()];
    let mut rejected = None;
    for number in 2..1_000 {
        let email = format!("c{number}@acme.example");
        let group = &mut Vec::new();
        let written = add(group, Insert(customer(number, &email)));
        writer.write(group);
        match result(written) {
            Ok(()) => accepted.push(email),
            Err(error) => {
                unavailable(&Err(error));
                rejected = Some(number);
                break;
            }
        }
    }
    let rejected = rejected.expect("the disk is full");
    // The log is copied to the file, so that the next writes start at its beginning.
    let file = writer.directory.path().join("customers.db");
    let bytes = std::fs::metadata(file).unwrap().len();
    assert!(
        bytes >= pages as u64 * 4_096,
        "{bytes} bytes of {pages} pages"
    );
    accepted.sort();
    assert_eq!(stored(&writer.connection), accepted);

    limit(i64::from(u32::MAX) / 2);
    let group = &mut Vec::new();
    let written = add(group, Insert(customer(rejected, "zoe@acme.example")));
    writer.write(group);
    assert!(result(written).is_ok());
}

#[test]
fn s5_a_file_that_became_read_only_is_unavailable() {
    let writer = Writer::open();
    writer.execute("PRAGMA query_only = ON");
    let group = &mut Vec::new();
    let written = inserts(group);
    writer.write(group);
    for result in written.map(result) {
        unavailable(&result);
    }
    writer.execute("PRAGMA query_only = OFF");
    assert_eq!(stored(&writer.connection), [""; 0]);
}

#[test]
fn s5_a_write_whose_caller_is_gone_is_not_executed() {
    let writer = Writer::open();
    let group = &mut Vec::new();
    let [first, second, third] = inserts(group);
    drop(second);
    writer.write(group);
    assert!(result(first).is_ok() && result(third).is_ok());
    assert_eq!(
        stored(&writer.connection),
        ["c1@acme.example", "c3@acme.example"]
    );
}

#[test]
fn s5_a_write_whose_caller_took_the_claim_is_not_executed() {
    let writer = Writer::open();
    let (write, written, claim) = queued(Insert(customer(1, "ann@acme.example")));
    assert!(claim.take());
    writer.write(&mut vec![write]);
    assert_eq!(stored(&writer.connection), [""; 0]);
    assert!(!claim.take());
    drop(written);
}

#[test]
fn s5_a_write_that_was_executed_has_no_claim() {
    let writer = Writer::open();
    let (write, written, claim) = queued(Insert(customer(1, "ann@acme.example")));
    writer.write(&mut vec![write]);
    assert!(result(written).is_ok());
    assert!(!claim.take());
}

/// A delete, or a batch of that many.
fn write_of(records: usize) -> Task {
    let (team, id) = (Uuid::nil().into(), Uuid::nil().into());
    if records == 1 {
        return Task::Write(queued(Delete(team, id, Precondition::Any)).0);
    }
    let delete = || Write::Delete(id, Precondition::Any);
    let batch = Batch {
        team,
        writes: Arc::new((0..records).map(|_| delete()).collect()),
        clock: Arc::new(FnClock(|| Timestamp::MIN)),
    };
    Task::Write(queued(batch).0)
}

#[test]
fn s10_a_group_has_a_maximum_number_of_records() {
    for (records, expected) in [
        (vec![1; 300], GROUP),
        (vec![100; 5], 3),
        (vec![GROUP, 1], 1),
        (vec![GROUP - 1, 1, 1], 2),
        (vec![1; 7], 7),
    ] {
        let (sender, mut queue) = mpsc::channel(QUEUE);
        for records in &records {
            assert!(sender.try_send(write_of(*records)).is_ok());
        }
        let first = queue.try_recv().unwrap();
        let (group, other) = next_group(first, &mut queue);
        assert_eq!(group.len(), expected, "{records:?}");
        assert!(other.is_none());
    }
}

#[test]
fn a_purge_ends_a_group() {
    let (sender, mut queue) = mpsc::channel(QUEUE);
    let (result, _receiver) = oneshot::channel();
    for task in [write_of(1), Task::Purge(result), write_of(1)] {
        assert!(sender.try_send(task).is_ok());
    }
    let first = queue.try_recv().unwrap();
    let (group, other) = next_group(first, &mut queue);
    assert_eq!(group.len(), 1);
    assert!(matches!(other, Some(Task::Purge(_))));
    let (group, other) = next_group(queue.try_recv().unwrap(), &mut queue);
    assert_eq!(group.len(), 1);
    assert!(other.is_none());
}
