//! S5: operations that are dropped or whose deadline passes.

use std::future::Future;
use std::time::Duration;

use customer_domain::{
    CustomerStore, InsertError, ListQuery, Precondition, ReplaceError, StoreError, StoreErrorKind,
    TeamId, Version,
};
use customer_postgres::{PostgresConfig, PostgresStore};
use customer_testkit::postgres::TemporaryPostgres;
use tokio::time::timeout;
use tokio_postgres::{Client, NoTls};

use crate::database::server;
use crate::{customer, id, new_team};

/// An upper bound for a test that would hang otherwise.
const PATIENCE: Duration = Duration::from_secs(20);

const OPERATIONS: [Operation; 6] = [
    Operation::Insert,
    Operation::Get,
    Operation::Find,
    Operation::Replace,
    Operation::Delete,
    Operation::List,
];

/// An operation of a store on customer 1 of a team.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Insert,
    Get,
    Find,
    Replace,
    Delete,
    List,
}

impl Operation {
    const fn writes(self) -> bool {
        matches!(self, Self::Insert | Self::Replace | Self::Delete)
    }

    /// Returns the failure of the store, if any.
    async fn run(self, store: &PostgresStore, team: TeamId) -> Option<StoreError> {
        let (any, first) = (Precondition::Any, Version::FIRST);
        let record = customer(team, 1);
        let changed = || record.clone().into_record().into_customer(team, first);
        match self {
            Self::Insert => match store.insert(&customer(team, 2)).await {
                Err(InsertError::Store(error)) => Some(error),
                Ok(()) | Err(_) => None,
            },
            Self::Get => store.get(team, id(1)).await.err(),
            Self::Find => store.find_by_email(team, &record.email().key()).await.err(),
            Self::Replace => match store.replace(&changed(), first).await {
                Err(ReplaceError::Store(error)) => Some(error),
                Ok(()) | Err(_) => None,
            },
            Self::Delete => match store.delete(team, id(1), any).await {
                Err(customer_domain::DeleteError::Store(error)) => Some(error),
                Ok(()) | Err(_) => None,
            },
            Self::List => store.list(team, &ListQuery::new()).await.err(),
        }
    }
}

/// A database with customer 1, a store with few connections, and a session that can lock
/// the table.
struct Database<'a> {
    server: &'a TemporaryPostgres,
    name: &'static str,
    store: PostgresStore,
    locker: Client,
    team: TeamId,
}

impl<'a> Database<'a> {
    async fn create(
        server: &'a TemporaryPostgres,
        name: &'static str,
        configure: impl Fn(PostgresConfig) -> PostgresConfig,
    ) -> Self {
        let url = server.create_database(name).unwrap();
        let config = configure(url.parse().unwrap()).max_connections(2);
        let store = PostgresStore::connect(&config).await.unwrap();
        let team = new_team();
        store.insert(&customer(team, 1)).await.unwrap();
        let (locker, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
        tokio::spawn(connection);
        Self {
            server,
            name,
            store,
            locker,
            team,
        }
    }

    async fn lock(&self) {
        let lock = "BEGIN; LOCK TABLE customer IN ACCESS EXCLUSIVE MODE";
        self.locker.batch_execute(lock).await.unwrap();
    }

    /// Locks what the writes write: customer 1, and the id of customer 2.
    async fn lock_rows(&self) {
        let lock = format!(
            "BEGIN; SELECT FROM customer FOR UPDATE;
            INSERT INTO customer (team_id, uuid, version, customer, email, email_key, status,
                contacts, created_at, updated_at)
            VALUES ('{}', '{}', 1, 'A', 'a@b.co', 'a@b.co', 'active', '[]', now(), now())",
            self.team,
            id(2)
        );
        self.locker.batch_execute(&lock).await.unwrap();
    }

    async fn unlock(&self) {
        self.locker.batch_execute("ROLLBACK").await.unwrap();
    }

    fn count(&self, condition: &str) -> String {
        let sql = format!(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = '{}'
                AND application_name = 'customer-postgres' AND {condition}",
            self.name
        );
        self.server.execute("postgres", &sql).unwrap()
    }

    /// Waits until that many sessions of the store meet the condition.
    async fn until(&self, sessions: &str, condition: &str) {
        let reached = async {
            while self.count(condition) != sessions {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let reached = timeout(PATIENCE, reached).await;
        reached.unwrap_or_else(|_| panic!("there are not {sessions} sessions with {condition}"));
    }
}

async fn in_time<T>(step: impl Future<Output = T>) -> T {
    timeout(PATIENCE, step).await.expect("the store hangs")
}

const WAITS: &str = "wait_event_type = 'Lock'";

/// More operations than there are connections, one after the other.
#[tokio::test]
async fn s5_a_dropped_operation_leaves_no_statement_and_no_busy_connection() {
    let Some(server) = server() else { return };
    let database = Database::create(server, "dropped", |config| config).await;
    for operation in OPERATIONS {
        for _ in 0..3 {
            database.lock().await;
            let (store, team) = (database.store.clone(), database.team);
            let running = tokio::spawn(async move { operation.run(&store, team).await });
            database.until("1", WAITS).await;
            running.abort();
            // The lock is still held: only a cancellation ends the statement.
            database.until("0", WAITS).await;
            database.unlock().await;
        }
        let found = in_time(database.store.get(database.team, id(1))).await;
        assert!(found.unwrap().is_some(), "{operation:?}");
        assert_eq!(
            in_time(database.store.get(database.team, id(2)))
                .await
                .unwrap(),
            None
        );
    }
}

/// A client that disconnects while its update waits for a row does not disturb others.
#[tokio::test]
async fn s5_other_operations_go_on_next_to_a_locked_row() {
    let Some(server) = server() else { return };
    let database = Database::create(server, "locked_row", |config| config).await;
    let lock = "BEGIN; SELECT FROM customer FOR UPDATE";
    database.locker.batch_execute(lock).await.unwrap();
    for _ in 0..6 {
        let (store, team) = (database.store.clone(), database.team);
        let running = tokio::spawn(async move { Operation::Replace.run(&store, team).await });
        database.until("1", WAITS).await;
        running.abort();
        let _ = running.await;
        let page = in_time(database.store.list(database.team, &ListQuery::new())).await;
        assert_eq!(page.unwrap().records, [customer(database.team, 1)]);
    }
    database.until("0", WAITS).await;
    database.unlock().await;
    let stored = database.store.get(database.team, id(1)).await.unwrap();
    assert_eq!(stored.unwrap().version(), Version::FIRST);
}

fn short_deadlines(config: PostgresConfig) -> PostgresConfig {
    let short = Duration::from_millis(300);
    config.read_timeout(short).write_timeout(short)
}

#[tokio::test]
async fn s5_a_write_whose_deadline_passes_has_an_unknown_outcome() {
    let Some(server) = server() else { return };
    let database = Database::create(server, "deadline", short_deadlines).await;
    for operation in OPERATIONS {
        let expected = if operation.writes() {
            database.lock_rows().await;
            StoreErrorKind::OutcomeUnknown
        } else {
            database.lock().await;
            StoreErrorKind::Unavailable
        };
        let failed = in_time(operation.run(&database.store, database.team)).await;
        assert_eq!(failed.unwrap().kind(), expected, "{operation:?}");
        database.until("0", WAITS).await;
        database.unlock().await;
    }
}

/// Nothing was sent, so that a write did not happen.
#[tokio::test]
async fn s5_waiting_for_a_connection_has_a_deadline() {
    let Some(server) = server() else { return };
    let wait = Duration::from_millis(300);
    let database = Database::create(server, "waiting", |config| config.wait_timeout(wait)).await;
    database.lock().await;
    let busy: Vec<_> = (0..2)
        .map(|_| {
            let (store, team) = (database.store.clone(), database.team);
            tokio::spawn(async move { Operation::Get.run(&store, team).await })
        })
        .collect();
    database.until("2", WAITS).await;
    for operation in OPERATIONS {
        let failed = in_time(operation.run(&database.store, database.team)).await;
        let kind = failed.unwrap().kind();
        assert_eq!(kind, StoreErrorKind::Unavailable, "{operation:?}");
    }
    database.unlock().await;
    for busy in busy {
        assert!(busy.await.unwrap().is_none());
    }
}

/// Connections, requests to cancel and new connections get no answer.
#[tokio::test]
async fn s5_a_frozen_server_keeps_no_operation_beyond_its_deadline() {
    if server().is_none() {
        return;
    }
    let server = TemporaryPostgres::start().unwrap();
    let configure = |config| short_deadlines(config).connect_timeout(Duration::from_millis(500));
    let database = Database::create(&server, "frozen", configure).await;
    let url = format!("{}?connect_timeout=1", server.url());
    let config = url.parse().unwrap();
    for operation in OPERATIONS {
        let frozen = server.freeze().unwrap();
        let failed = in_time(operation.run(&database.store, database.team)).await;
        let kind = failed.unwrap().kind();
        let is_expected = match kind {
            StoreErrorKind::Unavailable => true,
            kind => operation.writes() && kind == StoreErrorKind::OutcomeUnknown,
        };
        assert!(is_expected, "{operation:?} {kind:?}");
        if operation == Operation::List {
            let connected = PostgresStore::connect(&config);
            assert!(in_time(connected).await.is_err());
        }
        drop(frozen);
        // Until the requests to cancel are given up, their connections count.
        let works = async {
            while database.store.get(database.team, id(1)).await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        in_time(works).await;
    }
    database.until("0", "state = 'active'").await;
}
