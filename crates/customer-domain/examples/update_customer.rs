//! The documented uses of an update, one after the other: what is sent, and
//! what comes of it.
//!
//! ```sh
//! cargo run --example update_customer
//! ```

use customer_domain::{
    Contact, Contacts, Customer, CustomerId, CustomerPatch, Failure, NewCustomer, ReadOptions,
    Success, TeamId, Timestamp,
};

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
        "Everything wrong at once: refused as a whole, with all the reasons",
        r#"{"customer": " ", "email": "nope", "mainPhone": 5550100, "website": "ftp://acme.example",
 "status": "ACTIVE", "billing_address": {}, "contacts": []}"#,
    ),
    (
        "Send what is there already: nothing changes, not even updatedAt",
        r#"{"customer": "Acme Corporation", "status": "inactive"}"#,
    ),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut record = acme()?;
    let mut now = record.created_at();
    for (number, (title, body)) in USES.iter().enumerate() {
        // An hour between one request and the next.
        now = Timestamp::from_micros(now.as_micros() + 3_600_000_000).unwrap_or(Timestamp::MAX);
        println!("── {}. {title}\n", number + 1);
        println!("record   {}", serde_json::to_string(&record)?);
        println!("patch    {body}");
        record = update(record, body, now)?;
        println!();
    }
    Ok(())
}

/// The rules, as a service embeds them.
fn update(record: Customer, body: &str, now: Timestamp) -> serde_json::Result<Customer> {
    let options = ReadOptions::new().sharing(&record);
    match CustomerPatch::read_json(body.as_bytes(), options) {
        Ok(accepted) => {
            let applied = record.apply(&accepted.value, now);
            let answer = Success::updated(&applied.customer).with_warnings(&accepted.advisories);
            println!("changed  {}", or_nothing(applied.changed.to_string()));
            println!("outcome  200 {}", serde_json::to_string_pretty(&answer)?);
            Ok(applied.customer)
        }
        Err(error) => {
            let answer = Failure::from(error);
            let status = answer.code().http_status();
            println!(
                "outcome  {status} {}",
                serde_json::to_string_pretty(&answer)?
            );
            Ok(record)
        }
    }
}

fn or_nothing(names: String) -> String {
    if names.is_empty() {
        "nothing".to_owned()
    } else {
        names
    }
}

fn acme() -> Result<Customer, Box<dyn std::error::Error>> {
    let ann = Contact::new("Ann Lee".parse()?)
        .with_email("ann@acme.example".parse()?)
        .primary();
    let new = NewCustomer::new("Acme Corporation".parse()?, "billing@acme.example".parse()?)
        .with_main_phone("+14155550100".parse()?)
        .with_contacts(Contacts::new(vec![ann])?);
    Ok(new.into_customer(
        CustomerId::parse("67e55044-10b1-426f-9247-bb680e5fe0c8")?,
        TeamId::parse("00000000-0000-0000-0000-000000000001")?,
        Timestamp::parse("2026-11-23T09:00:00Z")?,
    ))
}
