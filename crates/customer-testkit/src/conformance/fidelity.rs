//! S6: a record is read back exactly as it was written.

use std::sync::Arc;

use customer_domain::{
    Contact, Customer, CustomerPatch, CustomerStore, Field, NewCustomer, Precondition, Status,
    TeamId, Timestamp,
};

use super::check::{accepted, add, ensure, get, stored};
use super::failure::CaseResult;
use super::samples::{
    address, at_version, contacts, customer, full_customer, micros, noon, team, value, version,
    with,
};
use super::updates::update;
use crate::ids::fresh_id;

/// Strings that a faulty store would change: by normalization, conversion to numbers, a
/// code page, or quoting.
const TEXTS: &[&str] = &[
    "é",
    "e\u{301}",
    "\u{FB01}n",
    "ÅÅ\u{212B}",
    "İıſẞß",
    "日本語",
    "اَلْعَرَبِيَّةُ",
    "हिन्दी",
    "👩\u{200D}👩\u{200D}👧\u{200D}👦",
    "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
    "a\u{200B}b",
    "\u{FEFF}a",
    "a\u{AD}b",
    "\u{202E}abc",
    "a\u{2028}b\u{2029}c",
    "a\u{3000}b  c",
    "\u{E000}\u{F8FF}",
    "\u{FFFD}\u{FFFE}\u{FFFF}",
    "\u{10FFFF}x",
    "\u{1F600}\u{10000}",
    "'; DROP TABLE customers; --",
    "\"a\" \\ \\n \\u0000 \\x00 {a,b} (c)",
    "%_*?[a-z]",
    "$1 ?1 :name @name",
    "0",
    "007",
    "1.50",
    "1e3",
    "0x10",
    "-0",
    "9223372036854775808",
    "null",
    "NULL",
    "true",
    "NaN",
    "2026-11-23",
    "<b>&amp;</b>",
];

/// Microseconds since the epoch that a faulty store would round or overflow: floating
/// point, milliseconds, years before 1 and after 9999.
const INSTANTS: &[i64] = &[
    Timestamp::MIN.as_micros(),
    Timestamp::MIN.as_micros() + 1,
    -62_135_596_800_000_001,
    -62_135_596_800_000_000,
    -2_208_988_800_000_001,
    -1_000_001,
    -1_000_000,
    -999_999,
    -1,
    0,
    1,
    999,
    1_000,
    999_999,
    1_000_001,
    1_709_164_800_123_456,
    1_795_435_200_999_999,
    2_147_483_648_000_001,
    9_007_199_254_740_993,
    253_402_300_799_999_998,
    Timestamp::MAX.as_micros(),
];

/// Inserts a record, then replaces another one with it, and reads it back both times.
async fn comes_back<S: CustomerStore>(store: &S, record: &Customer, rule: &str) -> CaseResult {
    accepted(store.insert(record).await, &format!("{rule}, inserted"))?;
    stored(store, record, &format!("{rule}, inserted")).await?;

    let plain = customer(record.team(), "plain@acme.example");
    let plain = at_version(&plain, version(i64::MAX as u64 - 1));
    accepted(
        store
            .delete(record.team(), record.id(), Precondition::Any)
            .await,
        "S1: a customer of the team can be deleted",
    )?;
    add(store, &[&plain]).await?;
    let written = with(record, |record| record.id = plain.id());
    accepted(
        store.replace(&written, plain.version()).await,
        &format!("{rule}, replaced"),
    )?;
    stored(store, &written, &format!("{rule}, replaced")).await?;
    accepted(
        store
            .delete(written.team(), written.id(), Precondition::Any)
            .await,
        "S1: a customer of the team can be deleted",
    )
}

/// S6: a record with every field, and one with only the required fields, are read back.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s6_every_field_comes_back<S: CustomerStore>(store: Arc<S>) -> CaseResult {
    let team = team();
    let full = full_customer(team, "a@acme.example");
    comes_back(&*store, &full, "S6: a record with every field is read back").await?;
    let bare = customer(team, "b@acme.example");
    comes_back(
        &*store,
        &bare,
        "S6: a record with only the required fields is read back",
    )
    .await?;
    for status in [Status::Active, Status::Inactive] {
        let record = with(&bare, |record| record.content.status = status);
        comes_back(&*store, &record, "S6: the status is read back").await?;
    }
    Ok(())
}

/// S6: every string field keeps every code point.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s6_every_code_point_comes_back<S: CustomerStore>(store: Arc<S>) -> CaseResult {
    let team = team();
    for text in TEXTS {
        let record = NewCustomer::new(value(text), value("a@acme.example"))
            .with_main_phone(value(text))
            .with_billing_address(address(&[text, text, text, text, text]))
            .with_shipping_address(address(&[&format!("{text}\n\n{text}"), "", text, "", ""]))
            .with_contacts(contacts(vec![
                Contact::new(value(text)).with_phone(value(text)),
            ]))
            .into_customer(fresh_id(), team, noon());
        comes_back(&*store, &record, &format!("S6: {text:?} comes back")).await?;
    }
    Ok(())
}

/// S6: email addresses and websites are read back as they were written.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s6_emails_and_websites_come_back_as_they_were_spelt<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let team = team();
    for (email, website) in [
        ("Ann@BÜCHER.example", "HTTPS://Bücher.Example/Ä?ö=ü#ß"),
        ("éric@acme.example", "acme.example/e\u{301}/%C3%A9"),
        ("ann@XN--bcher-KVA.example", "http://[2001:DB8::1]:8080/"),
        ("o'neil!#$%&*/=?^_`{|}~@acme.example", "http://127.0.0.1"),
        ("ΟΔΟΣ@acme.example", "www.acme.example:8080/a//b/../c"),
    ] {
        let record = NewCustomer::new(value("Acme"), value(email))
            .with_website(value(website))
            .with_contacts(contacts(vec![
                Contact::new(value("Ann")).with_email(value(email)),
            ]))
            .into_customer(fresh_id(), team, noon());
        comes_back(
            &*store,
            &record,
            &format!("S6: {email} and {website} come back"),
        )
        .await?;
    }
    Ok(())
}

/// S6: timestamps are read back to the microsecond, from year 0000 to 9999.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s6_every_microsecond_comes_back<S: CustomerStore>(store: Arc<S>) -> CaseResult {
    let team = team();
    for instant in INSTANTS.iter().copied().map(micros) {
        let record = with(&customer(team, "a@acme.example"), |record| {
            record.created_at = instant;
            record.updated_at = instant;
        });
        comes_back(&*store, &record, &format!("S6: {instant} comes back")).await?;
    }
    let ages_apart = with(&customer(team, "a@acme.example"), |record| {
        record.created_at = Timestamp::MIN;
        record.updated_at = Timestamp::MAX;
    });
    comes_back(&*store, &ages_apart, "S6: both timestamps are read back").await
}

/// S6: versions are read back up to the maximum of 63 bits.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s6_every_version_comes_back<S: CustomerStore>(store: Arc<S>) -> CaseResult {
    let team = team();
    for number in [
        1,
        2,
        u64::from(u16::MAX) + 1,
        u64::from(u32::MAX),
        u64::from(u32::MAX) + 1,
        (1 << 53) + 1,
        i64::MAX as u64 - 1,
        i64::MAX as u64,
    ] {
        let record = at_version(&customer(team, "a@acme.example"), version(number));
        comes_back(
            &*store,
            &record,
            &format!("S6: version {number} comes back"),
        )
        .await?;
    }
    Ok(())
}

/// S6: the longest values are read back.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s6_the_longest_values_come_back<S: CustomerStore>(store: Arc<S>) -> CaseResult {
    let team = team();
    for c in ["x", "é", "字", "😀"] {
        let record = longest(team, c);
        comes_back(&*store, &record, &format!("S6: 255 times {c} comes back")).await?;
    }
    Ok(())
}

/// A record in which every string has its maximum length.
fn longest(team: TeamId, c: &str) -> Customer {
    let text = c.repeat(255);
    let label = "d".repeat(60);
    let email = format!("{}@{label}.{label}.{label}.example", "l".repeat(64));
    let website = format!("https://acme.example/{}", "é".repeat(255 - 21));
    let street = format!("{}\n{}", c.repeat(100), c.repeat(154));
    NewCustomer::new(value(&text), value(&email))
        .with_main_phone(value(&c.repeat(50)))
        .with_website(value(&website))
        .with_billing_address(address(&[&street, &text, &text, &text, &text]))
        .with_shipping_address(address(&[&text, &text, &text, &text, &text]))
        .with_contacts(contacts(vec![
            Contact::new(value(&text))
                .with_email(value(&email))
                .with_phone(value(&c.repeat(50)));
            20
        ]))
        .into_customer(fresh_id(), team, noon())
}

/// S6: a string is read back in its own field, and an absent field stays absent.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s6_each_field_of_an_address_comes_back_in_its_place<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let bare = customer(team(), "a@acme.example");
    for present in 1..32_u8 {
        let texts = [0, 1, 2, 3, 4].map(|i| if present >> i & 1 == 1 { "x" } else { "" });
        for billing in [true, false] {
            let record = with(&bare, |record| {
                let place = if billing {
                    &mut record.content.billing_address
                } else {
                    &mut record.content.shipping_address
                };
                *place = Some(address(&texts));
            });
            let rule = "S6: each field of an address is read back in its place";
            comes_back(&*store, &record, rule).await?;
        }
    }
    Ok(())
}

/// S6: contacts are read back in order, including repeated ones and a long list.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s6_the_order_of_contacts_comes_back<S: CustomerStore>(store: Arc<S>) -> CaseResult {
    let bare = customer(team(), "a@acme.example");
    let named = |name: &str| Contact::new(value(name));
    let many = |n: usize| (0..n).rev().map(|i| named(&format!("C{i}"))).collect();
    for list in [
        vec![named("Zoe"), named("Ann").with_primary(), named("Mia")],
        vec![named("Mia"), named("Zoe"), named("Ann")],
        vec![named("Ann"), named("Ann"), named("Ann").with_primary()],
        vec![
            named("Ann").with_phone(value("+1")),
            named("Ann").with_email(value("a@b.co")),
        ],
        many(1),
        many(100),
    ] {
        let record = with(&bare, |record| record.content.contacts = contacts(list));
        comes_back(&*store, &record, "S6: contacts are read back in order").await?;
    }
    Ok(())
}

/// S6: a replace writes every field: no value of the old record remains.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s6_a_replace_writes_every_field<S: CustomerStore>(store: Arc<S>) -> CaseResult {
    let full = full_customer(team(), "a@acme.example");
    let bare = with(&customer(full.team(), "b@acme.example"), |record| {
        record.id = full.id();
        record.created_at = micros(1);
        record.updated_at = micros(2);
    });
    let bare = at_version(&bare, version(2));
    let again = at_version(&full, version(3));
    add(&*store, &[&full]).await?;
    for (record, read) in [(&bare, &full), (&again, &bare)] {
        accepted(
            store.replace(record, read.version()).await,
            "S3: a replace of the version read is written",
        )?;
        stored(&*store, record, "S6: a replace writes every field").await?;
    }
    Ok(())
}

/// S6: an update of one field is stored, and no other field changes.
///
/// # Errors
///
/// A violation of the contract by the store.
pub async fn s6_every_patchable_field_is_read_back_after_an_update<S: CustomerStore>(
    store: Arc<S>,
) -> CaseResult {
    let team = team();
    let full = full_customer(team, "full@acme.example");
    for field in Field::ALL.iter().filter(|field| field.is_patchable()) {
        let name = field.as_str();
        let read = customer(team, &format!("{name}@acme.example"));
        let all = serde_json::to_value(read.diff(&full)).unwrap_or_default();
        let body = serde_json::json!({ name: all[name] }).to_string();
        let patch = accepted(
            CustomerPatch::from_json(body.as_bytes()),
            &format!("S6: the sample has a value of {field}"),
        )?;
        add(&*store, &[&read]).await?;

        let applied = update(&*store, &read, patch, Precondition::Any).await;
        let applied = accepted(applied, "S3: an update without a conflict succeeds")?;
        ensure!(
            applied.changed().names() == [name],
            "M2: the changed fields of an update of {field} are {:?}",
            applied.changed().names()
        );
        let updated = applied.into_customer();
        let found = get(&*store, &updated).await?;
        for other in Field::ALL {
            ensure!(
                found.as_ref().map(|found| found.value(*other)) == Some(updated.value(*other)),
                "S6: {other} is unchanged after an update of {field}"
            );
        }
    }
    Ok(())
}
