//! No personal data in what the driver logs, nor in an error.

use std::error::Error;
use std::io;
use std::sync::Mutex;

use customer_domain::{CustomerPatch, CustomerStore, InsertError, Update};
use customer_postgres::PostgresStore;
use customer_testkit::postgres;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::{customer, new_team, noon, open};

/// Keeps every line that anything in the process logs.
pub(crate) struct Listener(pub(crate) Mutex<String>);

pub(crate) static LISTENER: Listener = Listener(Mutex::new(String::new()));

impl log::Log for Listener {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let mut lines = self.0.lock().unwrap();
        lines.push_str(&format!("{}: {}\n", record.target(), record.args()));
    }

    fn flush(&self) {}
}

/// Collects what the driver logs and what the store traces.
pub(crate) fn listen() {
    // Another test may have called it.
    let _ = log::set_logger(&LISTENER);
    log::set_max_level(log::LevelFilter::Trace);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(|| Lines)
        .with_ansi(false)
        .with_level(false)
        .without_time();
    let _ = tracing_subscriber::registry().with(lines).try_init();
}

/// Appends to the listener.
struct Lines;

impl io::Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        LISTENER.0.lock().unwrap().push_str(&text);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn what_the_driver_logs_shows_no_text_of_a_record() {
    if !postgres::is_there() {
        return;
    }
    listen();
    let store = open().await;
    let patch = CustomerPatch::new()
        .with_name(Update::Set("Quizzical Zebra".parse().unwrap()))
        .with_email(Update::Set("zebra@quizzical.example".parse().unwrap()));
    let applied = customer(new_team(), 1).apply(&patch, noon());
    let zebra = applied.into_customer();
    store.insert(&zebra).await.unwrap();
    let found = store
        .find_by_email(zebra.team(), &zebra.email().key())
        .await;
    assert_eq!(found.unwrap(), Some(zebra.clone()));
    let taken = store.insert(&zebra).await;
    assert!(matches!(taken, Err(InsertError::IdTaken)));

    let lines = LISTENER.0.lock().unwrap().to_ascii_lowercase();
    assert!(lines.contains("executing statement"), "the driver logs");
    assert!(!lines.contains("zebra"), "a text of a record is in the log");
}

#[tokio::test]
async fn an_error_shows_no_text_of_a_record_and_no_password() {
    if !postgres::is_there() {
        return;
    }
    let server = postgres::shared().unwrap();
    let url = server.create_database("privacy").unwrap();
    let store = PostgresStore::connect(&url.parse().unwrap()).await.unwrap();
    // A constraint that no customer meets: the server's message repeats the row.
    let constraint = "ALTER TABLE customer ADD CONSTRAINT none CHECK (email = '')";
    server.execute("privacy", constraint).unwrap();
    let rejected = store.insert(&customer(new_team(), 1)).await.unwrap_err();
    let mut shown = format!("{rejected} {rejected:?} {store:?}");
    let mut cause = rejected.source();
    while let Some(error) = cause {
        shown.push_str(&format!(" {error} {error:?}"));
        cause = error.source();
    }
    assert!(shown.contains("23514"), "{shown}");
    assert!(!shown.contains("acme"), "{shown}");
}

#[tokio::test]
async fn connect_warns_of_settings_that_log_values() {
    let Some(server) = postgres::own() else {
        return;
    };
    listen();
    let url = server.create_database("leaks").unwrap();
    for (setting, value) in [
        ("log_parameter_max_length_on_error", "0"),
        ("log_error_verbosity", "terse"),
        ("log_statement", "none"),
    ] {
        let sql = format!("ALTER DATABASE leaks SET {setting} = '{value}'");
        server.execute("leaks", &sql).unwrap();
    }
    let warnings = async || {
        let before = LISTENER.0.lock().unwrap().len();
        drop(PostgresStore::connect(&url.parse().unwrap()).await.unwrap());
        let lines = LISTENER.0.lock().unwrap();
        let warns = lines[before..].lines();
        // Other tests connect too, to databases with the default settings.
        let own = warns.filter(|line| line.contains("log values of customers"));
        own.map(str::to_owned).collect::<Vec<_>>()
    };
    let defaults = "to prevent it, set log_error_verbosity = terse";
    assert!(warnings().await.iter().all(|line| line.ends_with(defaults)));

    let all = "ALTER DATABASE leaks SET log_statement = 'all';
        ALTER DATABASE leaks SET log_parameter_max_length_on_error = 8;
        ALTER DATABASE leaks SET log_error_verbosity = default";
    server.execute("leaks", all).unwrap();
    let expected = "set log_parameter_max_length = 0, log_parameter_max_length_on_error = 0, \
        log_error_verbosity = terse";
    assert!(warnings().await.iter().any(|line| line.ends_with(expected)));
}
