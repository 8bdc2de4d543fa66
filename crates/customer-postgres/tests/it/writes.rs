//! S3, S10: updates as one step, and batches.

use std::sync::Arc;
use std::time::Duration;

use customer_domain::{
    Change, Clock, Customer, CustomerPatch, CustomerStore, FnClock, MatchBy, NewCustomer,
    NullableUpdate, Precondition, StoreErrorKind, TeamId, Timestamp, Update, UpdateError, Upsert,
    Version, Write, WriteResult,
};
use customer_memory::MemoryStore;
use customer_postgres::{PostgresConfig, PostgresStore};
use customer_testkit::postgres::{self, TemporaryPostgres};

use crate::database::{connect, server};
use crate::{customer, id, new_team, noon, open};

fn clock() -> Arc<dyn Clock> {
    Arc::new(FnClock(noon))
}

fn phone(number: impl std::fmt::Display) -> Change {
    let phone = format!("+{number}").parse().unwrap();
    CustomerPatch::new()
        .with_main_phone(NullableUpdate::Set(phone))
        .into()
}

fn email(address: &str) -> Change {
    CustomerPatch::new()
        .with_email(Update::Set(address.parse().unwrap()))
        .into()
}

fn named(team: TeamId, number: u128, address: &str) -> Customer {
    NewCustomer::new("Acme".parse().unwrap(), address.parse().unwrap()).into_customer(
        id(number),
        team,
        noon(),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s3_64_writers_of_one_record_all_succeed() {
    if !postgres::is_there() {
        return;
    }
    let (store, team) = (open().await, new_team());
    store.insert(&customer(team, 1)).await.unwrap();
    let writers: Vec<_> = (0..64)
        .map(|writer| {
            let store = store.clone();
            tokio::spawn(async move {
                for number in 0..100 {
                    let change = phone(format!("{writer} {number}"));
                    let any = Precondition::Any;
                    let applied = store.update(team, id(1), change, any, clock()).await;
                    assert_eq!(applied.unwrap().changed().names(), ["mainPhone"]);
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let stored = store.get(team, id(1)).await.unwrap().unwrap();
    assert_eq!(stored.version().get(), 6_401);
}

/// The first attempt and the attempt with a lock.
#[tokio::test]
async fn m3_an_update_that_changes_nothing_writes_nothing() {
    let Some(server) = server() else { return };
    let url = server.create_database("unchanged").unwrap();
    let store = connect(&url).await.unwrap();
    let team = new_team();
    store.insert(&customer(team, 1)).await.unwrap();
    server
        .execute("unchanged", "ALTER TABLE customer ADD CHECK (version = 1)")
        .unwrap();
    let same = email(customer(team, 1).email().as_str());
    for precondition in [Precondition::Any, Precondition::Version(Version::FIRST)] {
        let applied = store.update(team, id(1), same.clone(), precondition, clock());
        assert!(applied.await.unwrap().changed().is_empty());
    }
    let writes = vec![Write::Update(id(1), same, Precondition::Any); 2];
    for result in store.write_batch(team, writes, clock()).await {
        let WriteResult::Update(Ok(applied)) = result else {
            panic!("{result:?}")
        };
        assert!(applied.changed().is_empty());
    }
}

/// All kinds of writes, in batches of random length, next to a store in memory that
/// executes them one after the other.
#[tokio::test]
async fn s10_a_batch_has_the_results_of_its_writes_one_after_the_other() {
    if !postgres::is_there() {
        return;
    }
    let (store, memory) = (open().await, MemoryStore::new());
    let team = new_team();
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..200 {
        let writes: Vec<_> = (0..random.usize(0..12))
            .map(|_| random_write(&mut random, team))
            .collect();
        let results = store.write_batch(team, writes.clone(), clock()).await;
        let mut expected = Vec::new();
        for write in writes {
            expected.extend(memory.write_batch(team, vec![write], clock()).await);
        }
        assert_eq!(format!("{results:?}"), format!("{expected:?}"));
    }
    for number in 0..6 {
        let stored = store.get(team, id(number)).await.unwrap();
        assert_eq!(stored, memory.get(team, id(number)).await.unwrap());
    }
}

fn random_write(random: &mut fastrand::Rng, team: TeamId) -> Write {
    let number = random.u128(0..6);
    let case = ["a", "A"][random.usize(0..2)];
    let address = format!("{case}{}@acme.example", random.u8(0..5));
    let precondition = match random.u8(0..4) {
        0 => Precondition::Version(Version::from_stored(random.u64(1..4)).unwrap()),
        _ => Precondition::Any,
    };
    match random.u8(0..6) {
        0 => Write::Insert(Box::new(named(team, number, &address))),
        1 => Write::Update(id(number), phone(random.u8(0..3)), precondition),
        2 => Write::Update(id(number), email(&address), precondition),
        3 => Write::Delete(id(number), precondition),
        _ => {
            let mut patch = CustomerPatch::new().with_email(Update::Set(address.parse().unwrap()));
            if random.bool() {
                patch = patch.with_name(Update::Set("Upserted".parse().unwrap()));
            }
            let by = [MatchBy::Email, MatchBy::Id][random.usize(0..2)];
            let change = patch.into();
            let id = id(number);
            Write::Upsert(Upsert { by, id, change })
        }
    }
}

/// Batches that name the same records in opposite orders, and singles in between.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s10_concurrent_batches_of_the_same_records_all_succeed() {
    if !postgres::is_there() {
        return;
    }
    let (store, team) = (open().await, new_team());
    for number in 0..8 {
        store.insert(&customer(team, number)).await.unwrap();
    }
    let writers: Vec<_> = (0..8_u8)
        .map(|writer| {
            let store = store.clone();
            tokio::spawn(async move {
                for round in 0..10 {
                    let mut writes: Vec<_> = (0..8)
                        .map(|number| {
                            let change = phone(format!("{writer} {round}"));
                            Write::Update(id(number), change, Precondition::Any)
                        })
                        .collect();
                    if writer % 2 == 0 {
                        writes.reverse();
                    }
                    for result in store.write_batch(team, writes, clock()).await {
                        assert!(matches!(result, WriteResult::Update(Ok(_))), "{result:?}");
                    }
                    let change = phone(format!("{writer} {round} single"));
                    let number = id(u128::from(writer));
                    let any = Precondition::Any;
                    let updated = store.update(team, number, change, any, clock()).await;
                    assert!(updated.is_ok(), "{updated:?}");
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    for number in 0..8 {
        let stored = store.get(team, id(number)).await.unwrap().unwrap();
        assert_eq!(stored.version().get(), 1 + 8 * 10 + 10);
    }
}

/// Eight batches insert the same addresses: each address once, and each loser names the
/// record that has it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s2_concurrent_batches_insert_each_address_once() {
    if !postgres::is_there() {
        return;
    }
    let (store, team) = (open().await, new_team());
    let writers: Vec<_> = (0..8_u128)
        .map(|writer| {
            let store = store.clone();
            tokio::spawn(async move {
                let insert = |number| {
                    let address = format!("a{number}@acme.example");
                    let new = named(team, writer * 100 + number, &address);
                    Write::Insert(Box::new(new))
                };
                let writes = (0..20).map(insert).collect();
                let results = store.write_batch(team, writes, clock()).await;
                let won = |result: &&WriteResult| match result {
                    WriteResult::Insert(Ok(())) => true,
                    WriteResult::Insert(Err(customer_domain::InsertError::EmailTaken(_))) => false,
                    other => panic!("{other:?}"),
                };
                results.iter().filter(won).count()
            })
        })
        .collect();
    let mut inserted = 0;
    for writer in writers {
        inserted += writer.await.unwrap();
    }
    assert_eq!(inserted, 20);
}

/// A constraint of the administrator rejects one row, not the batch.
#[tokio::test]
async fn s10_a_rejected_row_rejects_only_itself() {
    let Some(server) = server() else { return };
    let url = server.create_database("rejected_row").unwrap();
    let store = connect(&url).await.unwrap();
    let constraint = "ALTER TABLE customer ADD CHECK (email <> 'a2@acme.example')";
    server.execute("rejected_row", constraint).unwrap();
    let team = new_team();
    let insert = |number| {
        let new = named(team, number, &format!("a{number}@acme.example"));
        Write::Insert(Box::new(new))
    };
    let results = store
        .write_batch(team, (1..4).map(insert).collect(), clock())
        .await;
    let kinds: Vec<_> = results
        .into_iter()
        .map(|result| match result {
            WriteResult::Insert(Err(customer_domain::InsertError::Store(error))) => {
                Some(error.kind())
            }
            WriteResult::Insert(Ok(())) => None,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(kinds, [None, Some(StoreErrorKind::Internal), None]);
}

/// The session ends during the commit, which a deferred trigger delays.
#[tokio::test]
async fn s5_each_write_of_a_batch_whose_commit_is_lost_has_an_unknown_outcome() {
    let Some(server) = server() else { return };
    let url = server.create_database("lost_batch").unwrap();
    let store = connect(&url).await.unwrap();
    let team = new_team();
    store.insert(&customer(team, 1)).await.unwrap();
    delay_commits(server, "lost_batch");
    let writes = vec![
        Write::Update(id(1), phone(1), Precondition::Any),
        Write::Delete(id(2), Precondition::Any),
        Write::Insert(Box::new(customer(team, 3))),
    ];
    let batch = {
        let store = store.clone();
        tokio::spawn(async move { store.write_batch(team, writes, clock()).await })
    };
    wait_for_sleep(server, "lost_batch").await;
    crate::database::end_sessions(server, "lost_batch");
    let results = batch.await.unwrap();
    let unknown = StoreErrorKind::OutcomeUnknown;
    let [
        WriteResult::Update(Err(UpdateError::Store(first))),
        WriteResult::Delete(Err(customer_domain::DeleteError::NotFound)),
        WriteResult::Insert(Err(customer_domain::InsertError::Store(last))),
    ] = &results[..]
    else {
        panic!("{results:?}")
    };
    assert_eq!((first.kind(), last.kind()), (unknown, unknown));
}

/// A batch that is dropped before its commit leaves nothing.
#[tokio::test]
async fn s5_a_dropped_batch_is_rolled_back() {
    let Some(server) = server() else { return };
    let url = server.create_database("dropped_batch").unwrap();
    let config: PostgresConfig = url.parse().unwrap();
    let store = PostgresStore::connect(&config.max_connections(1))
        .await
        .unwrap();
    let team = new_team();
    delay_commits(server, "dropped_batch");
    let writes: Vec<_> = (1..4)
        .map(|number| Write::Insert(Box::new(customer(team, number))))
        .collect();
    let batch = {
        let store = store.clone();
        tokio::spawn(async move { store.write_batch(team, writes, clock()).await })
    };
    wait_for_sleep(server, "dropped_batch").await;
    batch.abort();
    assert!(batch.await.is_err());
    assert_eq!(store.get(team, id(1)).await.unwrap(), None);
    let scan = store.scan(team, None, 10).await.unwrap();
    assert!(scan.records.is_empty());
}

fn delay_commits(server: &TemporaryPostgres, database: &str) {
    let sql = "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$;
        CREATE CONSTRAINT TRIGGER slow AFTER INSERT OR UPDATE ON customer
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow()";
    server.execute(database, sql).unwrap();
}

async fn wait_for_sleep(server: &TemporaryPostgres, database: &str) {
    let sql = format!(
        "SELECT count(*) FROM pg_stat_activity
        WHERE datname = '{database}' AND wait_event = 'PgSleep'"
    );
    while server.execute("postgres", &sql).unwrap() == "0" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The clock is read after the record, and once per attempt (S3).
#[tokio::test]
async fn s3_updated_at_increases_with_each_update() {
    if !postgres::is_there() {
        return;
    }
    let (store, team) = (open().await, new_team());
    store.insert(&customer(team, 1)).await.unwrap();
    let early: Arc<dyn Clock> = Arc::new(FnClock(|| Timestamp::MIN));
    let mut last = noon();
    for number in 0..3 {
        let any = Precondition::Any;
        let applied = store
            .update(team, id(1), phone(number), any, early.clone())
            .await;
        let updated_at = applied.unwrap().customer().updated_at();
        assert!(updated_at > last);
        last = updated_at;
    }
}
