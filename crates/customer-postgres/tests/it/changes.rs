//! S9: the change log next to open transactions, and in a restored database.

use std::sync::Arc;
use std::time::Duration;

use customer_domain::{
    ChangeEntry, ChangeKind, ChangePage, ChangesError, Contact, Contacts, CustomerPatch,
    CustomerStore, Field, FnClock, LogPosition, NullableUpdate, Precondition, ReadFrom, TeamId,
    Timestamp, Update, Version, Write, WriteResult,
};
use customer_postgres::PostgresStore;
use customer_testkit::postgres::TemporaryPostgres;
use tokio_postgres::{Client, NoTls};

use crate::database::{connect, end_sessions, server};
use crate::{customer, id, new_team, noon};

/// A connection of its own, for transactions next to the store.
pub(crate) async fn session(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Begins a transaction that has a transaction id; returns the id.
async fn begin(session: &Client) -> i64 {
    session.batch_execute("BEGIN").await.unwrap();
    let row = session.query_one("SELECT txid_current()", &[]).await;
    row.unwrap().get(0)
}

async fn commit(session: &Client) {
    session.batch_execute("COMMIT").await.unwrap();
}

fn phone(number: impl std::fmt::Display) -> CustomerPatch {
    let phone = format!("+{number}").parse().unwrap();
    CustomerPatch::new().with_main_phone(NullableUpdate::Set(phone))
}

async fn update(store: &PostgresStore, team: TeamId, number: u128) {
    let clock = Arc::new(FnClock(noon));
    let patch = phone(fastrand::u64(..)).into();
    let any = Precondition::Any;
    let updated = store.update(team, id(number), patch, any, clock).await;
    assert!(!updated.unwrap().changed().is_empty());
}

async fn read(store: &PostgresStore, team: TeamId, from: ReadFrom) -> ChangePage {
    store.changes(team, from, 1_000).await.unwrap()
}

/// Reads from a position until that many entries were read; other tests use transactions
/// of the same server, so that entries can be readable later.
async fn read_all(
    store: &PostgresStore,
    team: TeamId,
    mut from: ReadFrom,
    count: usize,
) -> ChangePage {
    let mut changes = Vec::new();
    loop {
        let page = read(store, team, from).await;
        changes.extend(page.changes);
        assert!(changes.len() <= count, "{changes:?}");
        if changes.len() == count {
            let next = page.next;
            return ChangePage { changes, next };
        }
        from = ReadFrom::Position(page.next);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn versions(changes: &[ChangeEntry], number: u128) -> Vec<u64> {
    let of_record = changes.iter().filter(|entry| entry.id == id(number));
    of_record.map(|entry| entry.version.get()).collect()
}

async fn is_expired(store: &PostgresStore, team: TeamId, position: &LogPosition) -> bool {
    let from = ReadFrom::Position(position.clone());
    let page = store.changes(team, from, 10).await;
    assert!(matches!(page, Ok(_) | Err(ChangesError::Expired)));
    page.is_err()
}

/// A new database with a store.
async fn create(server: &TemporaryPostgres, name: &str) -> (String, PostgresStore) {
    let url = server.create_database(name).unwrap();
    let store = connect(&url).await.unwrap();
    (url, store)
}

/// Waits until a session of the store waits for a lock.
async fn until_blocked(server: &TemporaryPostgres, database: &str) {
    let blocked = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = '{database}'
        AND application_name = 'customer-postgres' AND wait_event_type = 'Lock'"
    );
    while server.execute("postgres", &blocked).unwrap() == "0" {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Transaction *a* has the lowest id and writes last; *c*, between *a* and *b*, stays open.
/// Without the order of the previous entry, *a*'s version 3 is complete before *b*'s 2.
#[tokio::test]
async fn s9_an_open_transaction_does_not_change_the_order_of_versions() {
    let Some(server) = server() else { return };
    let (url, store) = create(server, "three_transactions").await;
    let team = new_team();
    for number in 0..3 {
        store.insert(&customer(team, number)).await.unwrap();
    }
    let start = read_all(&store, team, ReadFrom::Oldest, 3).await.next;

    // a: a batch that has locked record 0, and waits for record 1.
    let (holder, c) = (session(&url).await, session(&url).await);
    let lock = format!("SELECT 1 FROM customer WHERE uuid = '{}' FOR UPDATE", id(1));
    holder.batch_execute("BEGIN").await.unwrap();
    holder.batch_execute(&lock).await.unwrap();
    let a = tokio::spawn({
        let store = store.clone();
        async move {
            let update = |number| Write::Update(id(number), phone(7).into(), Precondition::Any);
            let writes = (0..3).map(update).collect();
            store
                .write_batch(team, writes, Arc::new(FnClock(noon)))
                .await
        }
    });
    until_blocked(server, "three_transactions").await;
    begin(&c).await;
    update(&store, team, 2).await;
    commit(&holder).await;
    for result in a.await.unwrap() {
        assert!(matches!(result, WriteResult::Update(Ok(_))), "{result:?}");
    }

    // Only a's entries of the records 0 and 1 are before c.
    let from = ReadFrom::Position(start);
    let before = read_all(&store, team, from, 2).await;
    assert_eq!(versions(&before.changes, 2), [0; 0]);
    commit(&c).await;
    let after = read_all(&store, team, ReadFrom::Position(before.next), 2).await;
    assert_eq!(versions(&after.changes, 2), [2, 3]);
}

/// The insert has taken its transaction id when another one creates and deletes a customer
/// of the same id. The insert is repeated with a later transaction id.
#[tokio::test]
async fn s9_a_customer_that_is_created_again_is_after_its_delete() {
    let Some(server) = server() else { return };
    let (url, store) = create(server, "created_again").await;
    let (team, again) = (new_team(), customer(new_team(), 1));
    let again = again.into_record().into_customer(team, Version::FIRST);
    let address = again.email().as_str();
    let pause = format!(
        "CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NEW; END $$;
        CREATE TRIGGER pause BEFORE INSERT ON customer FOR EACH ROW
            WHEN (NEW.email = '{address}') EXECUTE FUNCTION pause()"
    );
    server.execute("created_again", &pause).unwrap();
    let (gate, c) = (session(&url).await, session(&url).await);
    let hold = "SELECT pg_advisory_lock(1)";
    gate.batch_execute(hold).await.unwrap();
    let insert = tokio::spawn({
        let (store, again) = (store.clone(), again.clone());
        async move { store.insert(&again).await }
    });
    until_blocked(server, "created_again").await;
    begin(&c).await;
    // With another address, it does not pause.
    let other = CustomerPatch::new().with_email(Update::Set("o@acme.example".parse().unwrap()));
    let first = again.apply(&other, noon()).into_customer();
    let first = first.into_record().into_customer(team, Version::FIRST);
    store.insert(&first).await.unwrap();
    store.delete(team, id(1), Precondition::Any).await.unwrap();
    let release = "SELECT pg_advisory_unlock(1)";
    gate.batch_execute(release).await.unwrap();
    insert.await.unwrap().unwrap();

    let early = read(&store, team, ReadFrom::Oldest).await;
    assert_eq!(early.changes, []);
    commit(&c).await;
    let read = read_all(&store, team, ReadFrom::Position(early.next), 3).await;
    let kinds: Vec<_> = read.changes.iter().map(|entry| entry.kind).collect();
    let [created, deleted] = [ChangeKind::Created, ChangeKind::Deleted];
    assert_eq!(kinds, [created, deleted, created]);
    assert_eq!(versions(&read.changes, 1), [1, 2, 1]);
}

/// The transaction ids after a crash are those of transactions that it aborted.
#[tokio::test]
async fn s9_entries_with_reused_transaction_ids_are_read() {
    if server().is_none() {
        return;
    }
    let server = TemporaryPostgres::start().unwrap();
    // The ends of the aborted transactions must not reach the disk. The server writes them
    // after ten seconds, so on a busy machine another attempt may be needed.
    let delay = "ALTER SYSTEM SET wal_writer_delay = '10s'";
    server.execute("postgres", delay).unwrap();
    server
        .execute("postgres", "SELECT pg_reload_conf()")
        .unwrap();
    let mut store = connect(&server.url()).await.unwrap();
    let team = new_team();
    store.insert(&customer(team, 1)).await.unwrap();
    let mut attempts = 0;
    let position = loop {
        let aborted = session(&server.url()).await;
        let mut last = 0;
        for _ in 0..100 {
            last = begin(&aborted).await;
            aborted.batch_execute("ROLLBACK").await.unwrap();
        }
        let position = read(&store, team, ReadFrom::Oldest).await.next;
        server.kill().unwrap();
        server.start_again().unwrap();

        store = connect(&server.url()).await.unwrap();
        let next = begin(&session(&server.url()).await).await;
        if next <= last {
            break position;
        }
        attempts += 1;
        assert!(
            attempts < 10,
            "no transaction id is reused: {next} > {last}"
        );
    };
    update(&store, team, 1).await;
    let read = read_all(&store, team, ReadFrom::Position(position), 1).await;
    assert_eq!(versions(&read.changes, 1), [2]);
}

/// A dump of a cluster with more transactions: its orders are after the transaction ids of
/// this one.
#[tokio::test]
async fn s9_positions_expire_in_a_restored_dump_and_later_entries_are_read() {
    let Some(server) = server() else { return };
    let (_, store) = create(server, "dumped_log").await;
    let team = new_team();
    let ahead = "UPDATE customer_log SET base = base + 1000000000";
    server.execute("dumped_log", ahead).unwrap();
    store.insert(&customer(team, 1)).await.unwrap();
    let position = read_all(&store, team, ReadFrom::Oldest, 1).await.next;
    update(&store, team, 1).await;

    let url = server.restore_dump("dumped_log", "restored_log").unwrap();
    let restored = connect(&url).await.unwrap();
    assert!(is_expired(&restored, team, &position).await);
    update(&restored, team, 1).await;
    let page = read_all(&restored, team, ReadFrom::Oldest, 3).await;
    assert_eq!(versions(&page.changes, 1), [1, 2, 3]);

    // The id is renewed once, and the original keeps its own.
    let restored = connect(&url).await.unwrap();
    assert!(!is_expired(&restored, team, &page.next).await);
    assert!(!is_expired(&store, team, &position).await);
}

#[tokio::test]
async fn s9_positions_expire_in_another_cluster_and_after_a_renewal() {
    let Some(server) = server() else { return };
    let (url, store) = create(server, "moved").await;
    let team = new_team();
    store.insert(&customer(team, 1)).await.unwrap();
    let position = read_all(&store, team, ReadFrom::Oldest, 1).await.next;
    let other = "UPDATE customer_log SET system_identifier = 1";
    server.execute("moved", other).unwrap();
    let store = connect(&url).await.unwrap();
    assert!(is_expired(&store, team, &position).await);

    let position = read(&store, team, ReadFrom::Oldest).await.next;
    store.renew_change_log().await.unwrap();
    assert!(is_expired(&store, team, &position).await);
    let position = read(&store, team, ReadFrom::Oldest).await.next;
    update(&store, team, 1).await;
    let from = ReadFrom::Position(position.clone());
    assert_eq!(
        versions(&read_all(&store, team, from, 1).await.changes, 1),
        [2]
    );

    // A user who may not read the id of the cluster does not renew.
    let revoke = "REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC;
        CREATE ROLE reader LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader;
        UPDATE customer_log SET system_identifier = 1";
    server.execute("moved", revoke).unwrap();
    let reader = connect(&url.replace("customer@", "reader@")).await.unwrap();
    assert!(!is_expired(&reader, team, &position).await);
}

/// A recovery to a point in time: the same database, with fewer entries.
#[tokio::test]
async fn s9_a_position_of_entries_that_were_lost_has_expired() {
    let Some(server) = server() else { return };
    let (_, store) = create(server, "lost_entries").await;
    let team = new_team();
    store.insert(&customer(team, 1)).await.unwrap();
    let first = read_all(&store, team, ReadFrom::Oldest, 1).await.next;
    update(&store, team, 1).await;
    let last = read_all(&store, team, ReadFrom::Oldest, 2).await.next;
    let lose = "DELETE FROM customer_change WHERE version = 2";
    server.execute("lost_entries", lose).unwrap();
    assert!(!is_expired(&store, team, &first).await);
    assert!(is_expired(&store, team, &last).await);
}

/// An idle transaction that has an id, in another database, delays readers; one that only
/// reads does not.
#[tokio::test]
async fn s9_entries_after_an_open_transaction_are_read_when_it_has_ended() {
    let Some(server) = server() else { return };
    let (url, store) = create(server, "delayed").await;
    let team = new_team();
    let (reading, writing) = (session(&url).await, session(&server.url()).await);
    let begin_to_read = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM customer";
    reading.batch_execute(begin_to_read).await.unwrap();
    store.insert(&customer(team, 1)).await.unwrap();
    read_all(&store, team, ReadFrom::Oldest, 1).await;

    begin(&writing).await;
    update(&store, team, 1).await;
    let end = read(&store, team, ReadFrom::End).await;
    assert_eq!(end.changes, []);
    let from = ReadFrom::Position(end.next);
    assert_eq!(read(&store, team, from.clone()).await.changes, []);
    commit(&writing).await;
    let read = read_all(&store, team, from, 1).await;
    assert_eq!(versions(&read.changes, 1), [2]);
}

/// The session ends in the commit, which a trigger delays.
#[tokio::test]
async fn s9_an_aborted_write_has_no_entry() {
    let Some(server) = server() else { return };
    let (url, store) = create(server, "aborted").await;
    let team = new_team();
    let slow = "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$;
        CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON customer DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW WHEN (NEW.email = 'c1@acme.example') EXECUTE FUNCTION slow()";
    server.execute("aborted", slow).unwrap();
    let lost = tokio::spawn({
        let store = store.clone();
        async move { store.insert(&customer(team, 1)).await }
    });
    let sleeping = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = 'aborted' AND wait_event = 'PgSleep'";
    while server.execute("postgres", sleeping).unwrap() == "0" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    end_sessions(server, "aborted");
    assert!(lost.await.unwrap().is_err());
    let store = connect(&url).await.unwrap();
    store.insert(&customer(team, 2)).await.unwrap();
    let read = read_all(&store, team, ReadFrom::Oldest, 1).await;
    assert_eq!(versions(&read.changes, 2), [1]);
}

/// Entries that become visible later would be before the last removed one.
#[tokio::test]
async fn s9_entries_after_an_open_transaction_are_not_pruned() {
    let Some(server) = server() else { return };
    let (url, store) = create(server, "pruned").await;
    let (team, open) = (new_team(), session(&url).await);
    let start = read(&store, team, ReadFrom::End).await.next;
    begin(&open).await;
    store.insert(&customer(team, 1)).await.unwrap();
    let all = Timestamp::MAX;
    assert_eq!(store.prune_changes(team, all).await.unwrap(), 0);
    commit(&open).await;
    let end = read_all(&store, team, ReadFrom::Position(start.clone()), 1).await;
    assert_eq!(store.prune_changes(team, all).await.unwrap(), 1);
    assert!(is_expired(&store, team, &start).await);
    assert!(!is_expired(&store, team, &end.next).await);
}

/// Several transactions remove them; the entry that is not older ends the removal.
#[tokio::test]
async fn s9_many_entries_are_pruned() {
    let Some(server) = server() else { return };
    let (_, store) = create(server, "many_pruned").await;
    let team = new_team();
    let many = format!(
        "INSERT INTO customer_change (team_id, log_order, uuid, version, kind, fields, time)
        SELECT '{team}', n / 100, '{}', n, 'updated', 'email', timestamptz '{}' + n * interval '1 s'
        FROM generate_series(1, 25000) AS n",
        id(1),
        noon()
    );
    server.execute("many_pruned", &many).unwrap();
    let before = Timestamp::from_micros(noon().as_micros() + 24_001_000_000).unwrap();
    assert_eq!(store.prune_changes(team, before).await.unwrap(), 24_000);
    let kept = read_all(&store, team, ReadFrom::Oldest, 1_000).await;
    assert_eq!(versions(&kept.changes, 1)[0], 24_001);
    assert_eq!(store.prune_changes(team, before).await.unwrap(), 0);
}

/// The server compares the fields, also with a row that cannot be decoded.
#[tokio::test]
async fn s9_a_replace_names_the_fields_that_differ() {
    let Some(server) = server() else { return };
    let (_, store) = create(server, "replaced").await;
    let team = new_team();
    let mut stored = customer(team, 1);
    store.insert(&stored).await.unwrap();
    let mut expected = vec![ChangeEntry::created(&stored)];
    for body in [
        r#"{"customer": "Other", "email": "o@acme.example"}"#,
        r#"{"mainPhone": "+1", "website": "https://acme.example"}"#,
        r#"{"status": "inactive", "mainPhone": null}"#,
        r#"{"billingAddress": {"city": "Springfield"}, "website": null}"#,
        r#"{"billingAddress": {"country": "US"}, "shippingAddress": {"street": "Main St"}}"#,
        r#"{"billingAddress": null}"#,
    ] {
        let patch = CustomerPatch::from_json(body.as_bytes()).unwrap();
        let read = stored.version();
        let applied = stored.apply(&patch, noon());
        let changed = applied.changed();
        assert!(!changed.is_empty());
        stored = applied.into_customer();
        store.replace(&stored, read).await.unwrap();
        expected.push(ChangeEntry::updated(&stored, changed));
    }
    let read = stored.version();
    let contact = Contact::new("Ann".parse().unwrap());
    let contacts = Contacts::new(vec![contact]).unwrap();
    let applied = stored.replace_contacts(contacts, noon());
    expected.push(ChangeEntry::updated(applied.customer(), applied.changed()));
    store.replace(applied.customer(), read).await.unwrap();

    let corrupt = "UPDATE customer SET status = 'gone'";
    server.execute("replaced", corrupt).unwrap();
    let read = applied.customer().version();
    let next = applied.into_customer().apply(&phone(2), noon());
    store.replace(next.customer(), read).await.unwrap();
    let fields = [Field::MainPhone, Field::Status].into_iter().collect();
    expected.push(ChangeEntry::updated(next.customer(), fields));
    let page = read_all(&store, team, ReadFrom::Oldest, expected.len()).await;
    assert_eq!(page.changes, expected);
}

/// The version after the last, as far as there is one.
#[tokio::test]
async fn s9_the_delete_of_a_corrupt_record_has_an_entry() {
    let Some(server) = server() else { return };
    let (_, store) = create(server, "corrupt_version").await;
    let team = new_team();
    for version in [0, -1, i64::MAX] {
        store.insert(&customer(team, 1)).await.unwrap();
        let corrupt = format!("UPDATE customer SET version = {version}");
        server.execute("corrupt_version", &corrupt).unwrap();
        store.delete(team, id(1), Precondition::Any).await.unwrap();
    }
    let page = read_all(&store, team, ReadFrom::Oldest, 6).await;
    let last = i64::MAX.unsigned_abs();
    assert_eq!(versions(&page.changes, 1), [1, 1, 1, 1, 1, last]);
}
