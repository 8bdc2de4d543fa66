//! The database: its schema, what can be wrong with it, what happens when it
//! goes away.

use std::error::Error;
use std::time::Duration;

use customer_domain::{
    CustomerPatch, CustomerStore, DeleteError, Direction, InsertError, ListQuery, NullableUpdate,
    OrderBy, Precondition, ReadFrom, ReplaceError, SearchText, StoreError, StoreErrorKind, Version,
};
use customer_postgres::{ConnectError, PostgresConfig, PostgresStore};
use customer_testkit::postgres::{self, TemporaryPostgres};

use crate::{config, customer, id, new_team, noon, open};

pub(crate) async fn connect(url: &str) -> Result<PostgresStore, ConnectError> {
    PostgresStore::connect(&url.parse().unwrap()).await
}

/// For tests that need a server of their own.
pub(crate) fn server() -> Option<&'static TemporaryPostgres> {
    postgres::own()
}

#[tokio::test]
async fn many_connect_to_a_new_database_at_once() {
    let Some(server) = server() else { return };
    let url = server.create_database("many").unwrap();
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let url = url.clone();
            tokio::spawn(async move { connect(&url).await.map(drop) })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_server_is_told() {
    let Some(server) = server() else { return };
    let unreachable = connect("postgres://127.0.0.1:1/customers?connect_timeout=1").await;
    assert!(
        matches!(unreachable, Err(ConnectError::Unreachable(_))),
        "{unreachable:?}"
    );

    let missing = connect(&server.url().replace("/postgres", "/missing")).await;
    assert!(
        matches!(missing, Err(ConnectError::Rejected(_))),
        "{missing:?}"
    );

    let latin = "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'";
    server.execute("postgres", latin).unwrap();
    let latin = connect(&server.url().replace("/postgres", "/latin")).await;
    assert!(matches!(latin, Err(ConnectError::Encoding)), "{latin:?}");

    let url = server.create_database("newer").unwrap();
    drop(connect(&url).await.unwrap());
    let later = "INSERT INTO customer_schema (step) VALUES (99)";
    server.execute("newer", later).unwrap();
    let newer = connect(&url).await;
    assert!(
        matches!(newer, Err(ConnectError::NewerSchema { found: 99, .. })),
        "{newer:?}"
    );

    let url = server.create_database("anothers").unwrap();
    server
        .execute("anothers", "CREATE TABLE customer (a int)")
        .unwrap();
    let anothers = connect(&url).await;
    assert!(
        matches!(anothers, Err(ConnectError::Schema(_))),
        "{anothers:?}"
    );
    let tables = "SELECT count(*) FROM pg_tables WHERE tablename = 'customer_schema'";
    assert_eq!(server.execute("anothers", tables).unwrap(), "0");
}

/// A process runs on while a newer one brings the schema up to date.
#[tokio::test]
async fn a_column_that_is_added_does_not_disturb_a_running_store() {
    let Some(server) = server() else { return };
    let url = server.create_database("grows").unwrap();
    let one_connection = url.parse::<PostgresConfig>().unwrap().max_connections(1);
    let store = PostgresStore::connect(&one_connection).await.unwrap();
    let mut stored = customer(new_team(), 1);
    store.insert(&stored).await.unwrap();

    for round in 1..=2 {
        let patch = CustomerPatch::new()
            .with_main_phone(NullableUpdate::Set(format!("+{round}").parse().unwrap()));
        let read = stored.version();
        stored = stored.apply(&patch, noon()).into_customer();
        store.replace(&stored, read).await.unwrap();
        let team = stored.team();
        let by_id = store.get(team, id(1)).await.unwrap();
        assert_eq!(by_id.as_ref(), Some(&stored));
        let by_email = store.find_by_email(team, &stored.email().key()).await;
        assert_eq!(by_email.unwrap().as_ref(), Some(&stored));
        for by in OrderBy::ALL {
            let query = ListQuery::new().with_order(*by, Direction::Descending);
            let page = store.list(team, &query).await.unwrap();
            assert_eq!(page.records, std::slice::from_ref(&stored));
        }
        // Every statement is prepared by now.
        let sql = "ALTER TABLE customer ADD COLUMN IF NOT EXISTS note text NOT NULL DEFAULT ''";
        server.execute("grows", sql).unwrap();
    }
}

#[tokio::test]
async fn a_user_who_may_not_change_tables_can_use_the_store() {
    let Some(server) = server() else { return };
    let url = server.create_database("clerk").unwrap();
    drop(connect(&url).await.unwrap());
    let url = url.replace("customer@", "clerk@");
    for sql in [
        "CREATE ROLE clerk LOGIN",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON customer TO clerk",
        "GRANT SELECT ON customer_schema TO clerk",
    ] {
        server.execute("clerk", sql).unwrap();
    }
    // The rights of an earlier release.
    let rejected = connect(&url).await;
    assert!(matches!(rejected, Err(ConnectError::Schema(_))));
    for sql in [
        "GRANT SELECT, INSERT, UPDATE, DELETE ON customer_change, customer_change_pruned TO clerk",
        "GRANT SELECT ON customer_log TO clerk",
    ] {
        server.execute("clerk", sql).unwrap();
    }
    let store = connect(&url).await.unwrap();
    let new = customer(new_team(), 1);
    store.insert(&new).await.unwrap();
    assert_eq!(
        store.get(new.team(), id(1)).await.unwrap().as_ref(),
        Some(&new)
    );
    let team = new.team();
    store.changes(team, ReadFrom::Oldest, 1).await.unwrap();
    store.prune_changes(team, noon()).await.unwrap();
}

#[tokio::test]
async fn s4_a_commit_is_on_the_disk_whatever_the_database_is_set_to() {
    let Some(server) = server() else { return };
    let url = server.create_database("lax").unwrap();
    drop(connect(&url).await.unwrap());
    let (team, stored) = (new_team(), customer(new_team(), 1));
    let stored = stored.into_record().into_customer(team, Version::FIRST);
    watch_commits(server, "lax");
    let store = connect(&url).await.unwrap();
    store.insert(&stored).await.unwrap();
    store.replace(&stored, Version::FIRST).await.unwrap();
    let first = Precondition::Version(Version::FIRST);
    store.delete(team, id(1), first).await.unwrap();
    store.insert(&stored).await.unwrap();
    store.delete(team, id(1), Precondition::Any).await.unwrap();
    let seen = "SELECT string_agg(operation || ' ' || setting, ', ') FROM seen";
    assert_eq!(
        server.execute("lax", seen).unwrap(),
        "INSERT on, UPDATE on, DELETE on, INSERT on, DELETE on"
    );

    // A stricter setting stays.
    let strict = "ALTER DATABASE lax SET synchronous_commit = remote_apply";
    server.execute("lax", strict).unwrap();
    let store = connect(&url).await.unwrap();
    store.insert(&customer(team, 2)).await.unwrap();
    let last = server.execute("lax", seen).unwrap();
    assert!(last.ends_with("INSERT remote_apply"), "{last}");
}

/// Sets the database to acknowledge commits early, and records in the table `seen` the
/// setting at the time of each commit.
pub(crate) fn watch_commits(server: &TemporaryPostgres, database: &str) {
    let sql = format!(
        "ALTER DATABASE {database} SET synchronous_commit = off;
        CREATE TABLE seen (operation text, setting text);
        CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO seen VALUES (TG_OP, current_setting('synchronous_commit'));
            RETURN NULL;
        END $$;
        CREATE CONSTRAINT TRIGGER see AFTER INSERT OR UPDATE OR DELETE ON customer
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION see()"
    );
    server.execute(database, &sql).unwrap();
    end_sessions(server, database);
}

#[tokio::test]
async fn s6_a_row_that_breaks_a_rule_is_an_error_of_its_own() {
    let Some(server) = server() else { return };
    let url = server.create_database("corrupt").unwrap();
    let store = connect(&url).await.unwrap();
    let team = new_team();
    for change in [
        "customer = ' Acme'",
        "customer = ''",
        "email = ''",
        "status = 'ACTIVE'",
        "version = 0",
        "version = -1",
        "main_phone = ''",
        "website = 'https://acme.example' || chr(9)",
        "billing_city = 'a' || chr(9) || 'b'",
        "shipping_city = ' '",
        "contacts = '[{}]'",
        "contacts = 'x'",
        "updated_at = 'infinity'",
        "created_at = '10000-01-01'",
    ] {
        let _ = store.delete(team, id(1), Precondition::Any).await;
        store.insert(&customer(team, 1)).await.unwrap();
        let sql = format!("UPDATE customer SET {change}");
        server.execute("corrupt", &sql).unwrap();
        let error = store.get(team, id(1)).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{change}");
        assert_eq!(error.record(), Some(id(1)), "{change}");
        let column = change.split(' ').next().unwrap();
        let source = error.source().unwrap().to_string();
        assert!(source.contains(column), "{source}");
    }
}

#[tokio::test]
async fn s5_a_version_beyond_the_engine_is_refused() {
    let Some(_) = server() else { return };
    let store = open().await;
    let (team, last) = (new_team(), Version::from_stored(u64::MAX).unwrap());
    let endless = customer(team, 1).into_record().into_customer(team, last);
    let rejected = store.insert(&endless).await;
    assert!(
        matches!(rejected, Err(InsertError::Store(_))),
        "{rejected:?}"
    );
    assert_eq!(store.get(endless.team(), id(1)).await.unwrap(), None);
}

#[tokio::test]
async fn s7_records_of_schema_1_are_found_by_a_search() {
    let Some(server) = server() else { return };
    let url = server.create_database("earlier").unwrap();
    let store = connect(&url).await.unwrap();
    let team = new_team();
    for number in 0..3 {
        store.insert(&customer(team, number)).await.unwrap();
    }
    drop(store);
    let back = "ALTER TABLE customer DROP COLUMN search_key;
        DROP INDEX customer_by_created_at, customer_by_updated_at;
        ALTER TABLE customer DROP COLUMN log_order;
        DROP TABLE customer_change, customer_change_pruned, customer_log;
        DROP FUNCTION customer_order_of_new;
        ALTER TABLE customer_schema DROP COLUMN key_version, DROP COLUMN next_team_id,
            DROP COLUMN next_uuid;
        DELETE FROM customer_schema WHERE step > 1";
    server.execute("earlier", back).unwrap();

    let store = connect(&url).await.unwrap();
    let text = customer(team, 1).email().as_str().to_ascii_uppercase();
    let search = ListQuery::new().with_search(SearchText::parse(&text).unwrap());
    let page = store.list(team, &search).await.unwrap();
    assert_eq!(
        (page.records, page.total),
        (vec![customer(team, 1)], Some(1))
    );
    let beyond = ListQuery::new().with_page(2).unwrap();
    let page = store.list(team, &beyond).await.unwrap();
    assert_eq!((page.records.len(), page.total), (0, Some(3)));
}

/// The key of an address decides, not what the database makes of its letters.
#[tokio::test]
async fn s2_the_key_is_compared_as_bytes() {
    let Some(server) = server() else { return };
    let collation = "SELECT collation_name FROM information_schema.columns
        WHERE table_name = 'customer' AND column_name = 'email_key'";
    drop(open().await);
    assert_eq!(server.execute("postgres", collation).unwrap(), "C");
}

#[tokio::test]
async fn s5_a_session_that_is_ended_between_two_operations_is_replaced() {
    let Some(server) = server() else { return };
    let url = server.create_database("ended").unwrap();
    let store = connect(&url).await.unwrap();
    let team = new_team();
    for number in 0..5 {
        store.insert(&customer(team, number)).await.unwrap();
        end_sessions(server, "ended");
        // The news must reach the driver, or the write may have been sent.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    for number in 0..5 {
        assert!(store.get(team, id(number)).await.unwrap().is_some());
    }
}

pub(crate) fn end_sessions(server: &TemporaryPostgres, database: &str) {
    let sql = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'"
    );
    server.execute("postgres", &sql).unwrap();
}

/// A write that waits for a row which another session keeps.
#[tokio::test]
async fn s5_a_write_whose_answer_is_lost_has_an_unknown_outcome() {
    let Some(server) = server() else { return };
    let url = server.create_database("lost").unwrap();
    let store = connect(&url).await.unwrap();
    let team = new_team();
    store.insert(&customer(team, 1)).await.unwrap();
    // The trigger keeps the write going until its session is ended.
    let slow = "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$;
        CREATE TRIGGER slow BEFORE UPDATE ON customer FOR EACH ROW EXECUTE FUNCTION slow()";
    server.execute("lost", slow).unwrap();
    let writer = {
        let store = store.clone();
        tokio::spawn(async move {
            let replaced = store.replace(&customer(team, 1), Version::FIRST).await;
            replaced.unwrap_err()
        })
    };
    let waiting = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = 'lost' AND wait_event = 'PgSleep'";
    while server.execute("postgres", waiting).unwrap() == "0" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    end_sessions(server, "lost");
    let ReplaceError::Store(error) = writer.await.unwrap() else {
        panic!("not an outcome")
    };
    assert_eq!(error.kind(), StoreErrorKind::OutcomeUnknown);
}

#[tokio::test]
async fn s5_a_statement_that_the_server_cancels_did_not_happen() {
    let Some(server) = server() else { return };
    let url = server.create_database("slow").unwrap();
    let impatient = format!("{url}?options=-c%20statement_timeout%3D200");
    drop(connect(&url).await.unwrap());
    let store = connect(&impatient).await.unwrap();
    let slow = "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$;
        CREATE TRIGGER slow BEFORE INSERT ON customer FOR EACH ROW EXECUTE FUNCTION slow()";
    server.execute("slow", slow).unwrap();
    let new = customer(new_team(), 1);
    let Err(InsertError::Store(error)) = store.insert(&new).await else {
        panic!("not an outcome")
    };
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    assert_eq!(store.get(new.team(), id(1)).await.unwrap(), None);
}

/// Where every transaction is serialisable, many fail for others' sake and are
/// tried again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s3_serialisation_failures_are_tried_again() {
    let Some(server) = server() else { return };
    let url = server.create_database("strict").unwrap();
    let strict = "ALTER DATABASE strict SET default_transaction_isolation = 'serializable'";
    server.execute("strict", strict).unwrap();
    let store = connect(&url).await.unwrap();
    let team = new_team();
    store.insert(&customer(team, 0)).await.unwrap();
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { increment(&store, team).await })
        })
        .collect();
    let mut written = 0;
    for task in tasks {
        written += task.await.unwrap();
    }
    let stored = store.get(team, id(0)).await.unwrap().unwrap();
    assert_eq!(stored.version().get(), 1 + written);
    assert!(written > 0);
}

/// Replaces a record ten times; returns how often it was this task's turn.
async fn increment(store: &PostgresStore, team: customer_domain::TeamId) -> u64 {
    let mut written = 0;
    for attempt in 0..10 {
        let stored = store.get(team, id(0)).await.unwrap().unwrap();
        let phone = format!("+{attempt}{}", stored.version()).parse().unwrap();
        let patch = CustomerPatch::new().with_main_phone(NullableUpdate::Set(phone));
        let read = stored.version();
        let next = stored.apply(&patch, noon()).into_customer();
        match store.replace(&next, read).await {
            Ok(()) => written += 1,
            Err(ReplaceError::VersionConflict) => {}
            Err(error) => assert_unavailable(error),
        }
    }
    written
}

/// Tried as often as there is patience for.
fn assert_unavailable(error: ReplaceError) {
    let ReplaceError::Store(error) = error else {
        panic!("{error}")
    };
    assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error:?}");
}

#[tokio::test]
async fn s5_a_server_that_is_gone_is_unavailable_and_then_there_again() {
    let Some(_) = server() else { return };
    let server = TemporaryPostgres::start().unwrap();
    let store = connect(&server.url()).await.unwrap();
    let new = customer(new_team(), 1);
    store.insert(&new).await.unwrap();
    server.kill().unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let gone: Result<_, StoreError> = store.get(new.team(), id(1)).await;
    assert_eq!(gone.unwrap_err().kind(), StoreErrorKind::Unavailable);
    let Err(DeleteError::Store(error)) = store.delete(new.team(), id(1), Precondition::Any).await
    else {
        panic!("not an outcome")
    };
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    server.start_again().unwrap();
    assert_eq!(store.get(new.team(), id(1)).await.unwrap(), Some(new));
}

#[tokio::test]
async fn one_connection_serves_many_one_after_the_other() {
    let Some(_) = server() else { return };
    let store = PostgresStore::connect(&config().max_connections(1))
        .await
        .unwrap();
    let team = new_team();
    let tasks: Vec<_> = (0..32)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move { store.insert(&customer(team, number)).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
}

/// A list reads the index of its order, and a search only the index of the search keys.
#[tokio::test]
async fn s7_a_list_reads_no_more_than_an_index_of_the_team() {
    let Some(server) = server() else { return };
    let url = server.create_database("plans").unwrap();
    drop(connect(&url).await.unwrap());
    until_ended(server, "plans").await;
    let (team, other) = (new_team(), new_team());
    for team in [team, other] {
        let sql = format!(
            "INSERT INTO customer (team_id, uuid, version, customer, email, email_key, status,
                contacts, created_at, updated_at, search_key)
            SELECT '{team}', gen_random_uuid(), 1, 'Acme ' || n, n || '@b.co', n || '@b.co',
                'active', '[]', now(), now(), 'acme ' || n || chr(10) || n || '@b.co' || chr(10)
            FROM generate_series(1, 5000) AS n"
        );
        server.execute("plans", &sql).unwrap();
    }
    server.execute("plans", "VACUUM ANALYZE customer").unwrap();
    server.execute("plans", "SELECT pg_stat_reset()").unwrap();
    let store = connect(&url).await.unwrap();
    for by in OrderBy::ALL {
        for search in [None, Some("acme 49"), Some("none")] {
            for has_total in [true, false] {
                let mut query = ListQuery::new().with_order(*by, Direction::Descending);
                if let Some(search) = search {
                    query = query.with_search(SearchText::parse(search).unwrap());
                }
                if !has_total {
                    query = query.without_total();
                }
                let page = store.list(team, &query).await.unwrap();
                let expected = match search {
                    None => 5_000,
                    Some("none") => 0,
                    Some(_) => 111,
                };
                assert_eq!(
                    page.total,
                    has_total.then_some(expected),
                    "{by:?} {search:?}"
                );
                assert_eq!(page.records.len() as u64, expected.min(20));
            }
        }
    }
    drop(store);
    until_ended(server, "plans").await;
    let scans = "SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'customer'";
    assert_eq!(server.execute("plans", scans).unwrap(), "0");
}

/// Waits until the sessions of the store have ended: then the server has counted what
/// they did.
async fn until_ended(server: &TemporaryPostgres, database: &str) {
    let sql = format!(
        "SELECT count(*) FROM pg_stat_activity
        WHERE datname = '{database}' AND application_name = 'customer-postgres'"
    );
    let ended = async {
        while server.execute("postgres", &sql).unwrap() != "0" {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let patience = Duration::from_secs(20);
    tokio::time::timeout(patience, ended).await.unwrap();
}

/// The longest values still fit into an index entry.
#[tokio::test]
async fn s7_the_longest_search_key_fits_into_its_index() {
    let Some(_) = server() else { return };
    let store = open().await;
    // One code point that is folded into two, with five bytes of UTF-8 in all, next to
    // others, so that the key cannot be compressed well.
    let folded: Vec<char> = ('\u{1F80}'..='\u{1FAF}').collect();
    let text = |length: usize, step: usize| -> String {
        let index = |number: usize| (number * number * step + number / 7) % folded.len();
        (0..length).map(|number| folded[index(number)]).collect()
    };
    let label: String = ('\u{20000}'..).step_by(2_999).take(8).collect();
    let email = format!("{}@{label}.{label}.{label}.{label}.example", text(21, 5));
    let new =
        customer_domain::NewCustomer::new(text(255, 3).parse().unwrap(), email.parse().unwrap())
            .with_main_phone(text(50, 11).parse().unwrap());
    let stored = new.into_customer(id(1), new_team(), noon());
    assert!(stored.search_key().as_str().len() > 1_500);
    store.insert(&stored).await.unwrap();
    let page = store.list(stored.team(), &ListQuery::new()).await.unwrap();
    assert_eq!(page.records, [stored]);
}
