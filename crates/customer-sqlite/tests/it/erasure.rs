//! S11: deleted and replaced values are not in the files after a purge.

use std::collections::HashSet;
use std::env;
use std::path::Path;
use std::sync::Arc;

use customer_domain::{
    Customer, CustomerId, CustomerPatch, CustomerStore, NewCustomer, NullableUpdate, Precondition,
    Timestamp, Update,
};
use customer_sqlite::SqliteStore;
use uuid::Uuid;

use crate::{noon, team};

/// The number of deleted and replaced records; a longer run sets it.
const RECORDS: &str = "CUSTOMER_ERASURES";

/// The shortest substring that must not be found.
const WINDOW: usize = 8;

/// The number of tasks that write.
const WRITERS: u64 = 64;

/// The finalizer of SplitMix64: each number has another result.
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The ids are in no order, so that pages are split.
fn id(number: u64) -> CustomerId {
    Uuid::from_u64_pair(mixed(number), number).into()
}

/// The values of a record. The first letter is no hexadecimal digit, so that no part of
/// two neighbouring values looks like a part of another.
fn values(number: u64, generation: u64) -> [String; 4] {
    ['n', 'm', 'p', 'w'].map(|letter| {
        let seed = number * 8 + generation * 4 + u64::from(letter) % 4;
        format!("{letter}{:016x}", mixed(seed ^ (u64::from(letter) << 40)))
    })
}

fn record(number: u64, generation: u64) -> Customer {
    let [name, email, phone, website] = values(number, generation);
    let email = format!("{email}@acme.example").parse().unwrap();
    NewCustomer::new(name.parse().unwrap(), email)
        .with_main_phone(phone.parse().unwrap())
        .with_website(format!("https://{website}.example").parse().unwrap())
        .into_customer(id(number), team(), noon())
}

/// The record with the values of the next generation.
fn replaced(number: u64) -> Customer {
    let next = record(number, 1);
    let patch = CustomerPatch::new()
        .with_name(Update::Set(next.name().clone()))
        .with_email(Update::Set(next.email().clone()))
        .with_main_phone(NullableUpdate::Set(next.main_phone().unwrap().clone()))
        .with_website(NullableUpdate::Set(next.website().unwrap().clone()));
    record(number, 0)
        .apply(&patch, Timestamp::MAX)
        .into_customer()
}

/// Of three records one is deleted, one replaced and one kept.
#[derive(Clone, Copy)]
enum Fate {
    Deleted,
    Replaced,
    Kept,
}

fn fate(number: u64) -> Fate {
    match mixed(number) % 3 {
        0 => Fate::Deleted,
        1 => Fate::Replaced,
        _ => Fate::Kept,
    }
}

async fn for_each<F: Future<Output = ()> + Send + 'static>(
    records: u64,
    run: impl Fn(u64) -> F + Clone + Send + 'static,
) where
    F::Output: Send,
{
    let tasks: Vec<_> = (0..WRITERS)
        .map(|first| {
            let run = run.clone();
            tokio::spawn(async move {
                for number in (first..records).step_by(WRITERS as usize) {
                    run(number).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s11_no_deleted_or_replaced_value_is_in_the_files_after_a_purge() {
    let erased: u64 = env::var(RECORDS).map_or(3_000, |records| records.parse().unwrap());
    let records = erased * 3 / 2;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("customers.db");
    let store = Arc::new(SqliteStore::open(&path).unwrap());
    let write = Arc::clone(&store);
    for_each(records, move |number| {
        let store = Arc::clone(&write);
        async move { store.insert(&record(number, 0)).await.unwrap() }
    })
    .await;
    let write = Arc::clone(&store);
    for_each(records, move |number| {
        let store = Arc::clone(&write);
        async move {
            match fate(number) {
                Fate::Deleted => {
                    let any = Precondition::Any;
                    store.delete(team(), id(number), any).await.unwrap();
                }
                Fate::Replaced => {
                    let read = record(number, 0).version();
                    store.replace(&replaced(number), read).await.unwrap();
                }
                Fate::Kept => {}
            }
        }
    })
    .await;

    store.purge().await.unwrap();

    let (dead, live) = windows(records);
    let dead: HashSet<_> = dead.difference(&live).collect();
    let stored = parts(directory.path());
    assert!(stored.is_superset(&live), "the live values are found");
    let found = stored.iter().filter(|part| dead.contains(part)).count();
    assert_eq!(found, 0, "of {} parts of erased values", dead.len());
    let kept = store.get(team(), id(0)).await.unwrap();
    assert_eq!(kept.is_none(), matches!(fate(0), Fate::Deleted));
}

type Window = [u8; WINDOW];

/// The parts of the erased values, and those of the live ones.
fn windows(records: u64) -> (HashSet<Window>, HashSet<Window>) {
    let (mut dead, mut live) = (HashSet::new(), HashSet::new());
    for number in 0..records {
        let generations = match fate(number) {
            Fate::Deleted => [Some(0), None],
            Fate::Replaced => [Some(0), Some(1)],
            Fate::Kept => [None, Some(0)],
        };
        for (set, generation) in [&mut dead, &mut live].into_iter().zip(generations) {
            for value in generation.iter().flat_map(|it| values(number, *it)) {
                set.extend(value.as_bytes().windows(WINDOW).map(window));
            }
        }
    }
    (dead, live)
}

fn window(bytes: &[u8]) -> Window {
    bytes.try_into().unwrap()
}

/// All parts of all files of the store that consist of letters and digits.
fn parts(directory: &Path) -> HashSet<Window> {
    let mut parts = HashSet::new();
    for file in std::fs::read_dir(directory).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let windows = bytes.windows(WINDOW);
        let text = windows.filter(|bytes| bytes.iter().all(u8::is_ascii_alphanumeric));
        parts.extend(text.map(window));
    }
    parts
}
