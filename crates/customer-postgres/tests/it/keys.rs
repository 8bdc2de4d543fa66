//! S8: the derived keys of a database of the first edition are recomputed by the first
//! `connect`.

use std::sync::Arc;
use std::time::Duration;

use customer_domain::{
    Column, Customer, CustomerId, CustomerPatch, CustomerStore, Direction, EmailAddress, ErrorCode,
    FnClock, ListQuery, NullableUpdate, OrderBy, Precondition, SearchText, TeamId, Update,
    UpdateError, update_customer,
};
use customer_postgres::{ConnectError, PostgresStore};
use customer_testkit::postgres::{SharedPostgres, shared};

use crate::database::{connect, end_sessions, server};
use crate::privacy::{LISTENER, listen};
use crate::{id, new_team, noon};

/// Schema 2 as it was published.
const SCHEMA_2: &str = r#"
    CREATE TABLE customer_schema (
        step integer PRIMARY KEY,
        taken_at timestamptz NOT NULL DEFAULT now()
    );
    INSERT INTO customer_schema (step) VALUES (1), (2);
    CREATE TABLE customer (
        team_id          uuid        NOT NULL,
        uuid             uuid        NOT NULL,
        version          bigint      NOT NULL,
        customer         text        NOT NULL,
        email            text        NOT NULL,
        email_key        text        COLLATE "C" NOT NULL,
        main_phone       text,
        website          text,
        status           text        NOT NULL,
        billing_street   text,
        billing_city     text,
        billing_state    text,
        billing_zip_code text,
        billing_country  text,
        shipping_street   text,
        shipping_city     text,
        shipping_state    text,
        shipping_zip_code text,
        shipping_country  text,
        contacts         text        NOT NULL,
        created_at       timestamptz NOT NULL,
        updated_at       timestamptz NOT NULL,
        CONSTRAINT customer_pkey PRIMARY KEY (team_id, uuid),
        CONSTRAINT customer_email_key UNIQUE (team_id, email_key)
    );
    ALTER TABLE customer ADD COLUMN search_key text COLLATE "C" NOT NULL DEFAULT '';
    CREATE INDEX customer_search ON customer (team_id, left(search_key, 200));"#;

/// Two addresses that the first edition distinguished: it folded the NFC form and did not
/// compose the result. Now both have the key of the first.
const IOTA: [&str; 2] = ["\u{390}@b.co", "\u{3AA}\u{301}@b.co"];
const OLD_IOTA_KEYS: [&str; 2] = ["\u{3B9}\u{308}\u{301}@b.co", "\u{3CA}\u{301}@b.co"];

/// More than two batches.
const MANY: u128 = 2_500;

/// A database of the first edition without records.
struct FirstEdition {
    server: &'static SharedPostgres,
    name: &'static str,
    url: String,
    team: TeamId,
}

impl FirstEdition {
    fn create(server: &'static SharedPostgres, name: &'static str) -> Self {
        let url = server.create_database(name).unwrap();
        server.execute(name, SCHEMA_2).unwrap();
        let team = new_team();
        Self {
            server,
            name,
            url,
            team,
        }
    }

    fn execute(&self, sql: &str) -> String {
        self.server.execute(self.name, sql).unwrap()
    }

    /// Writes a record as the first edition did, created some microseconds after noon.
    fn plant(&self, number: u128, [email, key]: [&str; 2], created: i64) {
        let (team, id) = (self.team, id(number));
        let created = format!("timestamptz '{}' + interval '{created} us'", noon());
        let email = email.replace('\'', "''");
        let key = key.replace('\'', "''");
        self.execute(&format!(
            "INSERT INTO customer (team_id, uuid, version, customer, email, email_key, status,
                contacts, created_at, updated_at, search_key)
            VALUES ('{team}', '{id}', 1, 'Acme', '{email}', '{key}', 'active', '[]',
                {created}, {created}, 'acme' || chr(10) || '{key}' || chr(10))"
        ));
    }

    /// Many records whose keys change, and a pair whose new keys are equal: the loser is
    /// in the first batch, the winner in the last.
    fn plant_many(&self) {
        let team = self.team;
        self.execute(&format!(
            "INSERT INTO customer (team_id, uuid, version, customer, email, email_key, status,
                contacts, created_at, updated_at, search_key)
            SELECT '{team}', lpad(to_hex(n), 32, '0')::uuid, 1, 'Acme', '\u{390}' || n || '@b.co',
                '\u{3B9}\u{308}\u{301}' || n || '@b.co', 'active', '[]', now(), now(), 'old'
            FROM generate_series(1, {MANY}) AS n"
        ));
        self.plant(0, [IOTA[0], OLD_IOTA_KEYS[0]], 2);
        self.plant(MANY + 1, [IOTA[1], OLD_IOTA_KEYS[1]], 1);
    }

    /// Of [`plant_many`](Self::plant_many): all keys are new, and the loser has a
    /// conflict key.
    fn check_many(&self) {
        let stored = self.email_keys();
        assert_eq!(stored.len() as u128, MANY + 2);
        for (number, key) in (0..).zip(stored) {
            let expected = match number {
                0 => conflict_key(0),
                number if number > MANY => IOTA[0].to_owned(),
                number => format!("\u{390}{number}@b.co"),
            };
            assert_eq!(key, expected);
        }
    }

    /// In the order of the ids.
    fn email_keys(&self) -> Vec<String> {
        let keys = self.execute(
            "SELECT replace(email_key, chr(10), '|') FROM customer ORDER BY team_id, uuid",
        );
        keys.lines().map(|key| key.replace('|', "\n")).collect()
    }

    async fn update(
        &self,
        store: &PostgresStore,
        id: CustomerId,
        patch: &CustomerPatch,
    ) -> Result<Customer, UpdateError> {
        let clock = Arc::new(FnClock(noon));
        let any = Precondition::Any;
        let applied = update_customer(store, clock.clone(), self.team, id, patch, any).await;
        applied.map(customer_domain::Applied::into_customer)
    }
}

fn conflict_key(number: u128) -> String {
    format!("{}\n{}", IOTA[0], id(number))
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
async fn s8_a_database_of_the_first_edition_is_migrated() {
    let Some(server) = shared() else { return };
    let database = FirstEdition::create(server, "first_edition");
    for (number, email) in [
        (1, ["A@b/c.com", "a@b/c.com"]),
        (2, ["a@b=c.com", "a@b=c.com"]),
        (3, ["a@b'c.com", "a@b'c.com"]),
        (4, [IOTA[0], OLD_IOTA_KEYS[0]]),
        (5, ["c5@b.co", "c5@b.co"]),
        (6, ["c6@b.co", "c6@b.co"]),
        (7, ["c7@b.co", "c7@b.co"]),
    ] {
        database.plant(number, email, 0);
    }
    database.execute(
        "UPDATE customer SET website = '$$$.!!!' WHERE email LIKE 'c5%';
        UPDATE customer SET website = 'https://*.foo.com' WHERE email LIKE 'c6%';
        UPDATE customer SET website = 'https://-hello/', customer = 'Cafe\u{301} \u{390}',
            search_key = 'caf\u{E9} \u{3B9}\u{308}\u{301}' || chr(10) || 'c7@b.co' || chr(10)
            WHERE email LIKE 'c7%';",
    );

    let store = connect(&database.url).await.unwrap();
    let team = database.team;
    let search = SearchText::parse("CAF\u{C9} \u{3AA}\u{301}").unwrap();
    let query = ListQuery::new().with_search(search);
    let found = store.list(team, &query).await.unwrap().records;
    assert_eq!(found.iter().map(Customer::id).collect::<Vec<_>>(), [id(7)]);
    let query = ListQuery::new().with_order(OrderBy::Email, Direction::Ascending);
    let page = store.list(team, &query).await.unwrap();
    assert_eq!((page.records.len(), page.total), (7, Some(7)));
    for stored in page.records {
        let by_id = store.get(team, stored.id()).await.unwrap();
        assert_eq!(by_id.as_ref(), Some(&stored));
        let by_email = store.find_by_email(team, &stored.email().key()).await;
        assert_eq!(by_email.unwrap().as_ref(), Some(&stored));
        let updated = database.update(&store, stored.id(), &phone("+1")).await;
        let updated = updated.unwrap();
        assert_eq!(updated.email(), stored.email());
        assert_eq!(updated.website(), stored.website());
        let by_email = store.find_by_email(team, &stored.email().key()).await;
        assert_eq!(by_email.unwrap(), Some(updated));
    }
}

/// The databases, the creation times of the records 1 and 2, and which of them loses.
const COLLISIONS: [(&str, [i64; 2], u128); 3] = [
    ("last_loses", [1, 2], 2),
    ("first_loses", [2, 1], 1),
    ("greater_id_loses", [1, 1], 2),
];

#[tokio::test]
async fn s8_the_older_of_two_records_with_one_key_keeps_it() {
    let Some(server) = shared() else { return };
    for (name, created, loser) in COLLISIONS {
        let database = FirstEdition::create(server, name);
        for (index, created) in created.into_iter().enumerate() {
            let email = [IOTA[index], OLD_IOTA_KEYS[index]];
            database.plant(index as u128 + 1, email, created);
        }

        let store = connect(&database.url).await.unwrap();
        let (team, winner, loser_id) = (database.team, id(3 - loser), id(loser));
        let key = EmailAddress::parse(IOTA[0]).unwrap().key();
        let found = store.find_by_email(team, &key).await.unwrap();
        assert_eq!(found.map(|found| found.id()), Some(winner), "{name}");
        let page = store.list(team, &ListQuery::new()).await.unwrap();
        assert_eq!((page.records.len(), page.total), (2, Some(2)));
        let key = || database.email_keys().remove(loser as usize - 1);
        assert_eq!(key(), conflict_key(loser));

        // Updates of both, without their addresses.
        for id in [winner, loser_id] {
            database.update(&store, id, &phone("+1")).await.unwrap();
            let stored = store.get(team, id).await.unwrap().unwrap();
            assert!(stored.main_phone().is_some());
        }
        assert_eq!(key(), conflict_key(loser));

        // The loser gets a free address; the old one is taken then.
        let updated = database.update(&store, loser_id, &email("New@b.co")).await;
        let updated = updated.unwrap();
        let found = store.find_by_email(team, &updated.email().key()).await;
        assert_eq!(found.unwrap(), Some(updated));
        let taken = database.update(&store, loser_id, &email(IOTA[1])).await;
        let code = taken.map_err(|error| error.code());
        assert_eq!(code, Err(ErrorCode::EmailAlreadyExists));
    }
}

/// Keys that belong to other records by the old definition are no collisions.
#[tokio::test]
async fn s8_records_can_exchange_their_keys() {
    let Some(server) = shared() else { return };
    let database = FirstEdition::create(server, "exchange");
    database.plant(1, ["a@b.co", "b@b.co"], 0);
    database.plant(2, ["b@b.co", "c@b.co"], 0);
    database.plant(3, ["c@b.co", "a@b.co"], 0);
    drop(connect(&database.url).await.unwrap());
    assert_eq!(database.email_keys(), ["a@b.co", "b@b.co", "c@b.co"]);
}

/// The ids of corrupt records and of losers, each once, and no value of a record.
#[tokio::test]
async fn s8_the_ids_of_losers_and_corrupt_records_are_logged() {
    let Some(server) = shared() else { return };
    listen();
    let database = FirstEdition::create(server, "logged");
    for (number, created) in [(1, 3), (2, 1), (3, 2)] {
        let key = format!("old{number}@b.co");
        database.plant(number, [IOTA[0], &key], created);
    }
    database.plant(4, ["corrupt@b.co", "old@b.co"], 0);
    database.execute("UPDATE customer SET status = 'old' WHERE email = 'corrupt@b.co'");
    drop(connect(&database.url).await.unwrap());

    let expected = [&conflict_key(1), IOTA[0], &conflict_key(3), "old@b.co"];
    assert_eq!(database.email_keys(), expected);
    let lines = LISTENER.0.lock().unwrap();
    let lines = || {
        lines
            .lines()
            .filter(|line| line.starts_with("customer_postgres"))
    };
    let about = |number| {
        let name = format!("customer {} of team {} ", id(number), database.team);
        lines().filter(|line| line.contains(&name)).count()
    };
    assert_eq!([1, 2, 3, 4].map(about), [1, 0, 1, 1]);
    assert!(lines().any(|line| line.contains(" 4 customers have keys")));
    assert!(lines().all(|line| !line.contains("b.co")));
}

/// The server ends the session in the second batch.
#[tokio::test]
async fn s8_an_interrupted_migration_continues_after_the_last_batch() {
    let Some(server) = server() else { return };
    let database = FirstEdition::create(shared().unwrap(), "interrupted");
    database.plant_many();
    database.execute(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$;
        CREATE TRIGGER slow BEFORE UPDATE ON customer FOR EACH ROW
            WHEN (OLD.email LIKE '%1700@b.co') EXECUTE FUNCTION slow()",
    );
    let url = database.url.clone();
    let connecting = tokio::spawn(async move { connect(&url).await.map(drop) });
    let waiting = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = 'interrupted' AND wait_event = 'PgSleep'";
    while server.execute("postgres", waiting).unwrap() == "0" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    end_sessions(server, "interrupted");
    let failed = connecting.await.unwrap();
    assert!(matches!(failed, Err(ConnectError::Schema(_))), "{failed:?}");

    // Releases that know schema 2 cannot use the database, and one batch is done.
    assert_eq!(
        database.execute("SELECT max(step) > 2 FROM customer_schema"),
        "t"
    );
    let recomputed = database.email_keys();
    let recomputed = recomputed.iter().filter(|key| key.starts_with('\u{390}'));
    assert_eq!(recomputed.count(), 1_000);

    // The first batch is not repeated.
    database.execute(
        "DROP TRIGGER slow ON customer;
        UPDATE customer SET search_key = 'kept' WHERE email = '\u{390}7@b.co'",
    );
    drop(connect(&database.url).await.unwrap());
    let kept = database.execute("SELECT email FROM customer WHERE search_key = 'kept'");
    assert_eq!(kept, "\u{390}7@b.co");
    database.check_many();
}

#[tokio::test]
async fn s8_several_processes_can_migrate_at_once() {
    let Some(server) = shared() else { return };
    let database = FirstEdition::create(server, "migrate_at_once");
    database.plant_many();
    let connecting: Vec<_> = (0..4)
        .map(|_| {
            let url = database.url.clone();
            tokio::spawn(async move { connect(&url).await.map(drop) })
        })
        .collect();
    for connecting in connecting {
        connecting.await.unwrap().unwrap();
    }
    database.check_many();
}

#[tokio::test]
async fn s8_keys_of_a_later_version_are_an_error() {
    let Some(server) = shared() else { return };
    let url = server.create_database("newer_keys").unwrap();
    drop(connect(&url).await.unwrap());
    let later = "UPDATE customer_schema SET key_version = 99 WHERE step = 3";
    server.execute("newer_keys", later).unwrap();
    let newer = connect(&url).await;
    let current = i32::try_from(Column::KEY_VERSION).unwrap();
    assert!(
        matches!(newer, Err(ConnectError::NewerKeys { found: 99, known }) if known == current),
        "{newer:?}"
    );
}
