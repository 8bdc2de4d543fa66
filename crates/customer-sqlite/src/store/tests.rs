use std::sync::atomic::{AtomicBool, Ordering};

use customer_domain::StoreErrorKind;

use super::*;

fn endless(connection: &Connection) -> Result<i64, Error> {
    let sql = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
        SELECT count(*) FROM n";
    Ok(connection.query_row(sql, [], |row| row.get(0))?)
}

/// More endless lists than there are threads: if one ran on, the last operations
/// would find no thread.
#[tokio::test]
async fn s5_nothing_runs_on_after_its_deadline_or_its_caller() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("customers.db");
    let patient = SqliteStore::open(&path).unwrap();
    let hasty = SqliteStore::builder(&path)
        .read_deadline(Duration::from_millis(20))
        .open()
        .unwrap();
    let team = TeamId::from(uuid::Uuid::nil());
    for _ in 0..=READERS {
        let late = hasty.read(|queues| &queues.lists, endless).await;
        let kind = late.map_err(|error| error.kind());
        assert_eq!(kind, Err(StoreErrorKind::Unavailable));

        let disconnected = patient.read(|queues| &queues.lists, endless);
        let limited = tokio::time::timeout(Duration::from_millis(20), disconnected);
        assert!(limited.await.is_err());
    }
    let page = patient.list(team, &ListQuery::new()).await.unwrap();
    assert_eq!(page.total, Some(0));
}

static STARTED: AtomicBool = AtomicBool::new(false);
static RELEASED: AtomicBool = AtomicBool::new(false);

/// The number of milliseconds after which a test gives up.
const PATIENCE: u32 = 10_000;

fn wait_for_release() -> Result<(), Error> {
    for _ in 0..PATIENCE {
        if RELEASED.load(Ordering::Acquire) {
            break;
        }
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

async fn wait_until(condition: impl Fn() -> bool) {
    for _ in 0..PATIENCE {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("the condition does not become true");
}

/// A write that waits for its release.
struct Held;

impl Operation for Held {
    type Output = ();

    fn run(&self, _: &Connection) -> Result<(), Error> {
        STARTED.store(true, Ordering::Release);
        wait_for_release()
    }
}

#[tokio::test]
async fn the_load_counts_what_waits_and_what_reads() {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(directory.path().join("customers.db")).unwrap();
    let load = async |expected: SqliteLoad| wait_until(|| store.load() == expected).await;
    let list = || store.read(|queues| &queues.lists, |_: &Connection| wait_for_release());
    let writes = async {
        let others = async {
            wait_until(|| STARTED.load(Ordering::Acquire)).await;
            tokio::join!(store.write(Held), store.write(Held))
        };
        tokio::join!(store.write(Held), others)
    };
    let lists = async { tokio::join!(list(), list(), list()) };
    let idle = store.load();
    let busy = SqliteLoad {
        queued_writes: 2,
        queued_lists: 1,
        busy_readers: READERS,
        ..idle
    };
    let released = async {
        load(busy).await;
        RELEASED.store(true, Ordering::Release);
    };
    let ((first, (second, third)), lists, ()) = tokio::join!(writes, lists, released);
    for written in [first, second, third] {
        written.unwrap();
    }
    let (first, second, third) = lists;
    for listed in [first, second, third] {
        listed.unwrap();
    }
    load(SqliteLoad {
        queued_writes: 0,
        queued_reads: 0,
        queued_lists: 0,
        busy_readers: 0,
    })
    .await;
}

#[tokio::test]
async fn a_record_is_read_while_all_threads_for_lists_are_busy() {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(directory.path().join("customers.db")).unwrap();
    let team = TeamId::from(uuid::Uuid::nil());
    let list = || store.read(|queues| &queues.lists, endless);
    let get = async {
        for number in 0..1_000 {
            let id = uuid::Uuid::from_u128(number).into();
            assert_eq!(store.get(team, id).await.unwrap(), None);
        }
    };
    // The lists never end; they are dropped after the last get.
    tokio::select! {
        biased;
        _ = async { tokio::join!(list(), list(), list()) } => panic!("an endless list ended"),
        () = get => {}
    }
}
