//! The number of round trips of each operation, counted by a proxy.

use std::future::Future;
use std::sync::Arc;
use std::sync::Mutex;

use customer_domain::{
    CustomerPatch, CustomerStore, FnClock, ListQuery, NullableUpdate, Precondition, ReadFrom, Write,
};
use customer_postgres::{PostgresConfig, PostgresStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

use crate::database::server;
use crate::{customer, id, new_team, noon};

/// A round trip begins when the client sends after the server did.
#[derive(Default)]
struct Count {
    client_sent_last: bool,
    round_trips: usize,
}

type Shared = Arc<Mutex<Count>>;

/// Returns the port of the proxy.
async fn count_round_trips(server_port: u16, count: Shared) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(("127.0.0.1", server_port))
                .await
                .unwrap();
            let (from_client, to_client) = client.into_split();
            let (from_server, to_server) = server.into_split();
            tokio::spawn(forward(from_client, to_server, true, Arc::clone(&count)));
            tokio::spawn(forward(from_server, to_client, false, Arc::clone(&count)));
        }
    });
    port
}

async fn forward(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, is_client: bool, count: Shared) {
    let mut buffer = vec![0; 1 << 20];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        {
            let mut count = count.lock().unwrap();
            count.round_trips += usize::from(is_client && !count.client_sent_last);
            count.client_sent_last = is_client;
        }
        to.write_all(&buffer[..length]).await.unwrap();
    }
}

/// The round trips of the second call, when the statements are prepared.
async fn round_trips<F: Future<Output = ()>>(count: &Shared, call: impl Fn(u128) -> F) -> usize {
    call(1).await;
    let before = count.lock().unwrap().round_trips;
    call(2).await;
    count.lock().unwrap().round_trips - before
}

#[tokio::test]
async fn an_operation_takes_the_documented_number_of_round_trips() {
    let Some(server) = server() else { return };
    let count = Shared::default();
    let port = count_round_trips(server.port(), Arc::clone(&count)).await;
    let url = format!("postgres://customer@127.0.0.1:{port}/postgres");
    let one: PostgresConfig = url.parse().unwrap();
    let store = PostgresStore::connect(&one.max_connections(1))
        .await
        .unwrap();
    let (store, team) = (&store, new_team());
    let clock = Arc::new(FnClock(noon));
    let clock = &clock;
    let any = Precondition::Any;
    let phone = |number: u128| {
        let phone = format!("+{number}").parse().unwrap();
        CustomerPatch::new().with_main_phone(NullableUpdate::Set(phone))
    };

    let insert = async |n| store.insert(&customer(team, n)).await.unwrap();
    assert_eq!(round_trips(&count, insert).await, 1, "insert");
    let get = async |n| drop(store.get(team, id(n)).await.unwrap());
    assert_eq!(round_trips(&count, get).await, 1, "get");
    let find = async |n| {
        let key = customer(team, n).email().key();
        assert!(store.find_by_email(team, &key).await.unwrap().is_some());
    };
    assert_eq!(round_trips(&count, find).await, 1, "find");
    let list = async |_| drop(store.list(team, &ListQuery::new()).await.unwrap());
    assert_eq!(round_trips(&count, list).await, 1, "list");
    let update = async |n| {
        let updated = store.update(team, id(n), phone(n).into(), any, clock.clone());
        assert!(!updated.await.unwrap().changed().is_empty());
    };
    assert_eq!(round_trips(&count, update).await, 2, "update");
    let replace = async |n| {
        let stored = store.get(team, id(n)).await.unwrap().unwrap();
        let read = stored.version();
        let next = stored.apply(&phone(n + 10), noon()).into_customer();
        store.replace(&next, read).await.unwrap();
    };
    assert_eq!(round_trips(&count, replace).await, 1 + 1, "get and replace");
    let changes = async |_| drop(store.changes(team, ReadFrom::Oldest, 10).await.unwrap());
    assert_eq!(round_trips(&count, changes).await, 1, "changes");
    let batch = async |n| {
        let writes = (100..200).map(|number| {
            let new = customer(team, n * 1_000 + number);
            Write::Insert(Box::new(new))
        });
        let results = store
            .write_batch(team, writes.collect(), clock.clone())
            .await;
        assert_eq!(results.len(), 100);
    };
    assert_eq!(round_trips(&count, batch).await, 3, "batch");
    let delete = async |n| store.delete(team, id(n), any).await.unwrap();
    assert_eq!(round_trips(&count, delete).await, 1, "delete");
}
