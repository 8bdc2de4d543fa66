//! Applies one valid and one invalid update to a record and prints the results.
//!
//! `cargo run -p customer-domain --example update`

use std::io::{IsTerminal, stdout};

use customer_domain::{BodyError, Customer, CustomerPatch, TeamId, Timestamp, Version};

const RECORD: &str = r#"{"uuid": "67e55044-10b1-426f-9247-bb680e5fe0c8", "customer": "Acme", "email": "ann@acme.example", "mainPhone": "+14155550100", "website": null, "status": "active", "billingAddress": {"street": "123 Main St", "city": "San Francisco", "state": "CA", "zipCode": "94105", "country": "USA"}, "shippingAddress": null, "contacts": [], "createdAt": "2026-01-05T10:00:00Z", "updatedAt": "2026-02-01T08:30:00Z"}"#;

const VALID: &str = r#"{"customer": "Acme", "mainPhone": null, "billingAddress": {"street": "1 Rue de la Paix", "city": "Paris"}}"#;

const INVALID: &str = r#"{"email": null, "status": "ACTIVE", "billing_address": {}, "website": "acme", "contacts": []}"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let team = TeamId::parse("00000000-0000-0000-0000-000000000001")?;
    let record = Customer::from_json(RECORD.as_bytes(), team, Version::FIRST)?;
    let now = Timestamp::parse("2026-11-23T12:30:00Z")?;

    print("record", &serde_json::to_string(&record)?);
    for body in [VALID, INVALID] {
        println!();
        print("patch", body);
        match CustomerPatch::from_json(body.as_bytes()) {
            Ok(patch) => {
                let applied = record.clone().apply(&patch, now);
                print("result", &serde_json::to_string(applied.customer())?);
                print("changed", &applied.changed().to_string());
            }
            Err(BodyError::Invalid(violations)) => {
                print("rejected", &format!("{} violations", violations.len()));
                for violation in violations.iter() {
                    let (field, code) = (violation.field().as_str(), violation.code());
                    println!("  {field:16} {code:23} {}", violation.message());
                }
            }
            Err(BodyError::Malformed(error)) => print("rejected", &error.to_string()),
        }
    }
    Ok(())
}

/// Prints a line with a label, which is coloured on a terminal.
fn print(label: &str, text: &str) {
    let color = match label {
        "rejected" => 31,
        "result" | "changed" => 32,
        _ => 36,
    };
    match stdout().is_terminal() {
        true => println!("\x1b[{color}m{label:9}\x1b[0m{text}"),
        false => println!("{label:9}{text}"),
    }
}
