//! Measures what the store adds to its driver, and what the change log costs: writes per
//! second by 16 tasks through the store, with the same statements through the bare driver
//! with as many connections, and without the change log, in turn on one server. First
//! updates of one record per task, then creates, all in one team. Prints the median of each
//! and of the ratios.
//!
//! ```sh
//! cargo run --release -p customer-postgres --example throughput [URL]
//! ```
//!
//! Without a URL it starts a server of its own.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use customer_domain::{
    CustomerId, CustomerPatch, CustomerStore, FnClock, NewCustomer, NullableUpdate, Precondition,
    TeamId, Timestamp, update_customer,
};
use customer_postgres::{PostgresConfig, PostgresStore};
use customer_testkit::postgres::TemporaryPostgres;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

const TASKS: u128 = 16;
const ROUNDS: usize = 21;
const MEASURED: Duration = Duration::from_secs(1);

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const GET: &str = "SELECT team_id, uuid, version, customer, email, email_key, main_phone, website,
        status, billing_street, billing_city, billing_state, billing_zip_code, billing_country,
        shipping_street, shipping_city, shipping_state, shipping_zip_code, shipping_country,
        contacts, created_at, updated_at, search_key
    FROM customer WHERE team_id = $1 AND uuid = $2";

/// An update. The statement of the store adds an entry to the change log in the same step.
fn replace(has_log: bool) -> String {
    let (order, is_durable) = (
        ", log_order = greatest(log_order, (SELECT base FROM customer_log) + txid_current())",
        "RETURNING CASE WHEN current_setting('synchronous_commit') = 'off'
            THEN set_config('synchronous_commit', 'on', true) END",
    );
    let update = format!(
        "UPDATE customer SET
            version = $3, main_phone = $4, customer = $6, email = $7,
            email_key = CASE WHEN email = $7 AND strpos(email_key, chr(10)) > 0
                THEN email_key ELSE $8 END,
            website = $9, status = $10, billing_street = $11, billing_city = $12,
            billing_state = $13, billing_zip_code = $14, billing_country = $15,
            shipping_street = $16, shipping_city = $17, shipping_state = $18,
            shipping_zip_code = $19, shipping_country = $20, contacts = $21,
            search_key = $22, created_at = created_at,
            updated_at = updated_at + interval '1 microsecond' {}
        WHERE team_id = $1 AND uuid = $2 AND version = $5",
        if has_log { order } else { "" }
    );
    if !has_log {
        return format!("{update} {is_durable}");
    }
    format!(
        "WITH written AS ({update} RETURNING team_id, log_order, uuid, version, updated_at)
        INSERT INTO customer_change (team_id, log_order, uuid, version, kind, fields, time)
        SELECT team_id, log_order, uuid, version, 'updated', 'mainPhone', updated_at
        FROM written {is_durable}"
    )
}

/// A create, with its entry in the change log.
fn insert(has_log: bool) -> String {
    let insert = "INSERT INTO customer (team_id, uuid, version, customer, email, email_key,
            main_phone, website, status, billing_street, billing_city, billing_state,
            billing_zip_code, billing_country, shipping_street, shipping_city, shipping_state,
            shipping_zip_code, shipping_country, contacts, created_at, updated_at, search_key";
    let values = "$1, $2, 1, $3, $4, $4, NULL, NULL, 'active', NULL, NULL, NULL, NULL, NULL,
        NULL, NULL, NULL, NULL, NULL, '[]', clock_timestamp(), clock_timestamp(), $5";
    let is_durable = "RETURNING CASE WHEN current_setting('synchronous_commit') = 'off'
        THEN set_config('synchronous_commit', 'on', true) END";
    if !has_log {
        return format!("{insert}) VALUES ({values}) ON CONFLICT DO NOTHING {is_durable}");
    }
    format!(
        "WITH written AS ({insert}, log_order)
            VALUES ({values}, (SELECT base FROM customer_log) + txid_current())
            ON CONFLICT DO NOTHING
            RETURNING team_id, log_order, uuid, version, updated_at)
        INSERT INTO customer_change (team_id, log_order, uuid, version, kind, fields, time)
        SELECT team_id, customer_order_of_new(team_id, uuid, log_order), uuid, version,
            'created', 'name, email, status', updated_at
        FROM written {is_durable}"
    )
}

/// The columns that are written back as they were read.
const COPIED: [&str; 16] = [
    "customer",
    "email",
    "email_key",
    "website",
    "status",
    "billing_street",
    "billing_city",
    "billing_state",
    "billing_zip_code",
    "billing_country",
    "shipping_street",
    "shipping_city",
    "shipping_state",
    "shipping_zip_code",
    "shipping_country",
    "contacts",
];

#[tokio::main]
async fn main() -> Outcome<()> {
    let own = match std::env::args().nth(1) {
        Some(url) => Err(url),
        None => Ok(TemporaryPostgres::start()?),
    };
    let url = match &own {
        Ok(server) => server.url(),
        Err(url) => url.clone(),
    };
    let config: PostgresConfig = url.parse()?;
    let store = PostgresStore::connect(&config.max_connections(TASKS as usize)).await?;
    let team = TeamId::from(Uuid::new_v4());
    for number in 0..TASKS {
        let email = format!("c{number}@acme.example").parse()?;
        let new = NewCustomer::new("Acme".parse()?, email);
        store
            .insert(&new.into_customer(id(number), team, Timestamp::MIN))
            .await?;
    }
    let mut clients = Vec::new();
    for _ in 0..TASKS {
        clients.push(Arc::new(bare_client(&url).await?));
    }
    let update = |number: u128, way| {
        let client = clients.get(number as usize).cloned();
        let store = store.clone();
        async move {
            match way {
                Way::Bare { has_log } => update_bare(client, team, number, has_log).await,
                Way::Store => update_stored(store, team, number).await,
            }
        }
    };
    print_rates("updates", &measure(update).await?);
    let create = |number: u128, way| {
        let client = clients.get(number as usize).cloned();
        let store = store.clone();
        async move {
            match way {
                Way::Bare { has_log } => create_bare(client, team, has_log).await,
                Way::Store => create_stored(store, team).await,
            }
        }
    };
    print_rates("creates", &measure(create).await?);
    Ok(())
}

/// How the writes are done.
#[derive(Clone, Copy)]
enum Way {
    Bare { has_log: bool },
    Store,
}

const WAYS: [(Way, &str); 3] = [
    (Way::Bare { has_log: false }, "the bare driver, without log"),
    (Way::Bare { has_log: true }, "the bare driver"),
    (Way::Store, "the store"),
];

/// Measures all ways in turn, so that a machine that slows down slows all, and each in
/// every position, because the table grows. Returns the writes per second of each round.
async fn measure<F>(task: impl Fn(u128, Way) -> F) -> Outcome<[Vec<f64>; WAYS.len()]>
where
    F: Future<Output = Outcome<u64>> + Send + 'static,
{
    let mut rates = WAYS.map(|_| Vec::new());
    for round in 0..ROUNDS {
        let mut ways: Vec<_> = WAYS.iter().zip(&mut rates).collect();
        ways.rotate_left(round % WAYS.len());
        for ((way, _), rates) in ways {
            rates.push(at_once(|number| task(number, *way)).await?);
        }
    }
    Ok(rates)
}

fn print_rates(writes: &str, rates: &[Vec<f64>; WAYS.len()]) {
    for ((_, name), rates) in WAYS.iter().zip(rates) {
        println!("{name:30} {:>8.0} {writes}/s", median(rates));
    }
    let [without_log, bare, store] = rates;
    println!("with log / without: {:.2}", ratio(bare, without_log));
    println!("store / driver:     {:.2}", ratio(store, bare));
}

fn median(rates: &[f64]) -> f64 {
    let mut rates = rates.to_vec();
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or_default()
}

/// The median of the ratios of the rounds.
fn ratio(rates: &[f64], others: &[f64]) -> f64 {
    let ratios = rates.iter().zip(others).map(|(rate, other)| rate / other);
    median(&ratios.collect::<Vec<_>>())
}

fn id(number: u128) -> CustomerId {
    CustomerId::from(Uuid::from_u128(number))
}

#[expect(clippy::disallowed_methods, reason = "a measurement needs a clock")]
fn now() -> Instant {
    Instant::now()
}

async fn bare_client(url: &str) -> Outcome<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// Lets every task work for a while; returns the writes per second.
async fn at_once<F>(task: impl Fn(u128) -> F) -> Outcome<f64>
where
    F: Future<Output = Outcome<u64>> + Send + 'static,
{
    let tasks: Vec<_> = (0..TASKS)
        .map(|number| tokio::spawn(task(number)))
        .collect();
    let mut writes = 0;
    for task in tasks {
        writes += task.await??;
    }
    Ok(writes as f64 / MEASURED.as_secs_f64())
}

async fn update_stored(store: PostgresStore, team: TeamId, number: u128) -> Outcome<u64> {
    let clock = Arc::new(FnClock(|| Timestamp::MIN));
    let (start, mut updates) = (now(), 0);
    while start.elapsed() < MEASURED {
        let phone = format!("+{}", start.elapsed().as_nanos()).parse()?;
        let patch = CustomerPatch::new().with_main_phone(NullableUpdate::Set(phone));
        let any = Precondition::Any;
        let applied = update_customer(&store, clock.clone(), team, id(number), &patch, any).await?;
        updates += u64::from(!applied.changed().is_empty());
    }
    Ok(updates)
}

/// The same statements, and what they carry unread.
async fn update_bare(
    client: Option<Arc<Client>>,
    team: TeamId,
    number: u128,
    has_log: bool,
) -> Outcome<u64> {
    let client = client.ok_or("a client for each task")?;
    let get = client.prepare(GET).await?;
    let replace = client.prepare(&replace(has_log)).await?;
    let (team, uuid) = (*team.as_uuid(), *id(number).as_uuid());
    let (start, mut updates) = (now(), 0);
    while start.elapsed() < MEASURED {
        let row = client.query_one(&get, &[&team, &uuid]).await?;
        let version: i64 = row.try_get("version")?;
        let text = |column: &str| row.try_get::<_, Option<&str>>(column);
        let phone = format!("+{}", start.elapsed().as_nanos());
        let texts = COPIED.map(text);
        let next = version + 1;
        let mut values: Vec<&(dyn ToSql + Sync)> = vec![&team, &uuid, &next, &phone, &version];
        for text in &texts {
            values.push(text.as_ref().map_err(|_| "a column is not there")?);
        }
        // The key ends with the phone number.
        let old_key: &str = row.try_get("search_key")?;
        let rest = old_key.rfind('\n').and_then(|end| old_key.get(..=end));
        let key = rest.unwrap_or_default().to_owned() + &phone;
        values.push(&key);
        if client.execute(&replace, &values).await? != 1 {
            return Err("another wrote the row".into());
        }
        updates += 1;
    }
    Ok(updates)
}

async fn create_stored(store: PostgresStore, team: TeamId) -> Outcome<u64> {
    let (start, mut creates) = (now(), 0);
    while start.elapsed() < MEASURED {
        let id = Uuid::new_v4();
        let email = format!("{id}@acme.example").parse()?;
        let new = NewCustomer::new("Acme".parse()?, email);
        let customer = new.into_customer(id.into(), team, Timestamp::MIN);
        store.insert(&customer).await?;
        creates += 1;
    }
    Ok(creates)
}

async fn create_bare(client: Option<Arc<Client>>, team: TeamId, has_log: bool) -> Outcome<u64> {
    let client = client.ok_or("a client for each task")?;
    let insert = client.prepare(&insert(has_log)).await?;
    let (start, mut creates) = (now(), 0);
    while start.elapsed() < MEASURED {
        let id = Uuid::new_v4();
        let email = format!("{id}@acme.example");
        let key = format!("acme\n{email}\n");
        let values: [&(dyn ToSql + Sync); 5] = [team.as_uuid(), &id, &"Acme", &email, &key];
        if client.execute(&insert, &values).await? != 1 {
            return Err("the id or the email address is taken".into());
        }
        creates += 1;
    }
    Ok(creates)
}
