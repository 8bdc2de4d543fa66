//! S5: which errors of the server prove that a write did not happen.

use customer_domain::{
    CustomerStore, DeleteError, InsertError, Precondition, StoreError, StoreErrorKind,
};
use customer_postgres::{ConnectError, PostgresStore};
use customer_testkit::postgres::TemporaryPostgres;

use crate::database::{connect, server};
use crate::{customer, id, new_team};

/// The function by which Citus is recognized, with the setting of its nodes.
fn pretend_to_be_citus(server: &TemporaryPostgres, database: &str, setting: &str) {
    let sql = format!(
        "CREATE OR REPLACE FUNCTION run_command_on_all_nodes(command text,
                OUT nodeid int, OUT success bool, OUT result text) RETURNS SETOF record
            LANGUAGE sql AS $$ VALUES (1, true, 'on'), (2, true, '{setting}') $$"
    );
    server.execute(database, &sql).unwrap();
}

/// Makes every insert fail with that code.
fn fail_with(server: &TemporaryPostgres, database: &str, code: &str) {
    let sql = format!(
        "CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE SQLSTATE '{code}'; END $$;
        CREATE OR REPLACE TRIGGER fail BEFORE INSERT ON customer
            FOR EACH ROW EXECUTE FUNCTION fail()"
    );
    server.execute(database, &sql).unwrap();
}

async fn failure(store: &PostgresStore) -> StoreErrorKind {
    match store.insert(&customer(new_team(), 1)).await {
        Err(InsertError::Store(error)) => error.kind(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn s5_a_lost_connection_behind_the_server_proves_nothing() {
    let Some(server) = server() else { return };
    let url = server.create_database("outcomes").unwrap();
    let store = connect(&url).await.unwrap();
    let codes = [
        "08006", "08P01", "57P01", "57P02", "57P03", "57014", "53200",
    ];
    let unknown = StoreErrorKind::OutcomeUnknown;
    let unavailable = StoreErrorKind::Unavailable;
    for code in codes {
        fail_with(server, "outcomes", code);
        let expected = if code == "57014" || code == "53200" {
            unavailable
        } else {
            unknown
        };
        assert_eq!(failure(&store).await, expected, "{code}");
    }

    // On a node of Citus, the other node may have done what this one gave up.
    pretend_to_be_citus(server, "outcomes", "on");
    let store = connect(&url).await.unwrap();
    for code in codes {
        fail_with(server, "outcomes", code);
        assert_eq!(failure(&store).await, unknown, "{code}");
    }
    fail_with(server, "outcomes", "42501");
    assert_eq!(failure(&store).await, StoreErrorKind::Internal);
}

#[tokio::test]
async fn s4_a_node_that_acknowledges_before_the_disk_is_rejected() {
    let Some(server) = server() else { return };
    let url = server.create_database("nodes").unwrap();
    pretend_to_be_citus(server, "nodes", "off");
    let rejected = connect(&url).await.unwrap_err();
    assert!(
        matches!(rejected, ConnectError::NotDurable { nodes: 1 }),
        "{rejected:?}"
    );
    assert!(rejected.to_string().contains("synchronous_commit = on"));
    pretend_to_be_citus(server, "nodes", "local");
    connect(&url).await.unwrap();
}

/// As on a partitioned or distributed table, and after a restored dump, which creates the
/// constraint of the email address first.
#[tokio::test]
async fn s2_the_names_and_the_order_of_constraints_have_no_influence() {
    let Some(server) = server() else { return };
    let url = server.create_database("renamed").unwrap();
    let store = connect(&url).await.unwrap();
    let renamed = "ALTER TABLE customer DROP CONSTRAINT customer_email_key;
        ALTER TABLE customer DROP CONSTRAINT customer_pkey;
        ALTER TABLE customer ADD CONSTRAINT one UNIQUE (team_id, email_key);
        ALTER TABLE customer ADD CONSTRAINT other PRIMARY KEY (team_id, uuid)";
    server.execute("renamed", renamed).unwrap();
    let team = new_team();
    store.insert(&customer(team, 1)).await.unwrap();
    let again = store.insert(&customer(team, 1)).await;
    assert!(matches!(again, Err(InsertError::IdTaken)), "{again:?}");
    let email = customer(team, 1).email().clone();
    let other = customer_domain::NewCustomer::new("Acme".parse().unwrap(), email).into_customer(
        id(2),
        team,
        crate::noon(),
    );
    let taken = store.insert(&other).await;
    assert!(
        matches!(taken, Err(InsertError::EmailTaken(holder)) if holder == id(1)),
        "{taken:?}"
    );
}

#[tokio::test]
async fn s5_a_server_that_is_shutting_down_is_unavailable_for_reads() {
    let Some(server) = server() else { return };
    let url = server.create_database("rejecting").unwrap();
    let store = connect(&url).await.unwrap();
    let team = new_team();
    server
        .execute(
            "postgres",
            "ALTER DATABASE rejecting ALLOW_CONNECTIONS false",
        )
        .unwrap();
    crate::database::end_sessions(server, "rejecting");
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    let failed: Result<_, StoreError> = store.get(team, id(1)).await;
    assert_eq!(failed.unwrap_err().kind(), StoreErrorKind::Unavailable);
    let failed = store.delete(team, id(1), Precondition::Any).await;
    let Err(DeleteError::Store(error)) = failed else {
        panic!("{failed:?}")
    };
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
}
