//! The documented uses of an update, one after the other, on a SQLite file: what
//! is sent, and what comes of it.
//!
//! ```sh
//! cargo run --example update_customer
//! ```

use std::error::Error;
use std::sync::Arc;

use customer_domain::{
    Contact, Contacts, CustomerId, CustomerPatch, CustomerStore, ErrorCode, Failure, FnClock,
    NewCustomer, Precondition, ReadOptions, Success, TeamId, Timestamp, create_customer,
    update_customer,
};
use customer_sqlite::SqliteStore;

const USES: &[(&str, &str)] = &[
    (
        "Change the contact information",
        r#"{"email": "accounts@acme.example", "mainPhone": "+14155550199"}"#,
    ),
    ("Change the status", r#"{"status": "inactive"}"#),
    (
        "Replace an address: no line of the old one survives",
        r#"{"billingAddress": {"street": "1 Rue de la Paix", "city": "Paris", "country": "France"}}"#,
    ),
    ("Remove an address", r#"{"billingAddress": null}"#),
    (
        "Remove the phone number, and give a website without its protocol",
        r#"{"mainPhone": "", "website": "acme.example"}"#,
    ),
    (
        "Several violations: the update is rejected, and all are reported",
        r#"{"customer": " ", "email": "nope", "mainPhone": 5550100, "website": "ftp://acme.example",
 "status": "ACTIVE", "billing_address": {}, "contacts": []}"#,
    ),
    (
        "Send what is there already: nothing changes, not even updatedAt",
        r#"{"customer": "Acme Corporation", "status": "inactive"}"#,
    ),
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let store = SqliteStore::open(directory.path().join("customers.db"))?;
    let team = TeamId::parse("00000000-0000-0000-0000-000000000001")?;
    let id = CustomerId::parse("67e55044-10b1-426f-9247-bb680e5fe0c8")?;
    let mut now = Timestamp::parse("2026-11-23T09:00:00Z")?;
    create_customer(&store, &FnClock(|| now), team, id, acme()?).await?;

    for (number, (title, body)) in USES.iter().enumerate() {
        // An hour between one request and the next.
        now = Timestamp::from_micros(now.as_micros() + 3_600_000_000).unwrap_or(Timestamp::MAX);
        let record = store.get(team, id).await?;
        println!("── {}. {title}\n", number + 1);
        println!("record   {}", serde_json::to_string(&record)?);
        println!("patch    {body}");
        match update(&store, team, id, body, now).await {
            Ok(answer) => println!("outcome  200 {answer}"),
            Err(failure) => {
                let status = failure.code().http_status();
                println!(
                    "outcome  {status} {}",
                    serde_json::to_string_pretty(&failure)?
                );
            }
        }
        println!();
    }
    Ok(())
}

/// The whole of an update, as a service embeds it: the answer, or why there is
/// none.
async fn update(
    store: &impl CustomerStore,
    team: TeamId,
    id: CustomerId,
    body: &str,
    now: Timestamp,
) -> Result<String, Failure> {
    let accepted = CustomerPatch::read_json(body.as_bytes(), ReadOptions::new())?;
    let clock = Arc::new(FnClock(move || now));
    let any = Precondition::Any;
    let applied = update_customer(store, clock.clone(), team, id, &accepted.value, any).await?;
    let changed = applied.changed().to_string();
    println!(
        "changed  {}",
        if changed.is_empty() {
            "nothing"
        } else {
            &changed
        }
    );
    let answer = Success::updated(applied.customer()).with_warnings(accepted.warnings);
    serde_json::to_string_pretty(&answer)
        .map_err(|error| Failure::new(ErrorCode::InternalError).with_source(error))
}

fn acme() -> Result<NewCustomer, Box<dyn Error>> {
    let ann = Contact::new("Ann Lee".parse()?)
        .with_email("ann@acme.example".parse()?)
        .with_primary();
    let new = NewCustomer::new("Acme Corporation".parse()?, "billing@acme.example".parse()?)
        .with_main_phone("+14155550100".parse()?)
        .with_contacts(Contacts::new(vec![ann])?);
    Ok(new)
}
