//! What the peers have in common: a record of plain texts, the rules as
//! functions, and the merge.
//!
//! They are what a careful engineer writes by hand. They know less than the
//! core: blank is white space and control characters, not everything that shows
//! nothing (T4); a domain is not judged by its ASCII form (V2); there are no
//! warnings.

use customer_domain::{Customer, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

use super::{Outcome, replace};

/// The longest name, email address, website or part of an address, in
/// characters.
const MAX_TEXT: usize = 255;
/// The longest phone number, in characters.
const MAX_PHONE: usize = 50;

/// A record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Record {
    pub(crate) uuid: Uuid,
    pub(crate) customer: String,
    pub(crate) email: String,
    pub(crate) main_phone: Option<String>,
    pub(crate) website: Option<String>,
    pub(crate) status: Status,
    pub(crate) billing_address: Option<Address>,
    pub(crate) shipping_address: Option<Address>,
    pub(crate) contacts: Vec<Contact>,
    pub(crate) created_at: jiff::Timestamp,
    pub(crate) updated_at: jiff::Timestamp,
    #[serde(skip)]
    pub(crate) version: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Status {
    Active,
    Inactive,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Address {
    pub(crate) street: Option<String>,
    pub(crate) city: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) zip_code: Option<String>,
    pub(crate) country: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Contact {
    name: String,
    email: Option<String>,
    phone: Option<String>,
    is_primary: bool,
}

/// What a valid body asks for.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) customer: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) main_phone: Option<Option<String>>,
    pub(crate) website: Option<Option<String>>,
    pub(crate) status: Option<Status>,
    pub(crate) billing_address: Option<Option<Address>>,
    pub(crate) shipping_address: Option<Option<Address>>,
}

/// A field and what is wrong with it.
#[derive(Debug, PartialEq)]
pub(crate) struct Mistake {
    pub(crate) field: &'static str,
    pub(crate) code: Code,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Code {
    NullNotAllowed,
    Blank,
    ControlCharacter,
    TooLong,
    InvalidEmail,
    InvalidUrl,
    InvalidChoice,
    EmptyAddress,
}

impl Code {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::NullNotAllowed => "NULL_NOT_ALLOWED",
            Self::Blank => "BLANK",
            Self::ControlCharacter => "CONTROL_CHARACTER",
            Self::TooLong => "TOO_LONG",
            Self::InvalidEmail => "INVALID_EMAIL",
            Self::InvalidUrl => "INVALID_URL",
            Self::InvalidChoice => "INVALID_CHOICE",
            Self::EmptyAddress => "EMPTY_ADDRESS",
        }
    }
}

/// The record in its plain form.
///
/// # Panics
///
/// When it does not have one.
pub(crate) fn record(customer: &Customer) -> Record {
    let json = serde_json::to_vec(customer).expect("a record is JSON");
    let mut record: Record = serde_json::from_slice(&json).expect("a plain record");
    record.version = customer.version().get();
    record
}

/// The record with the changes.
pub(crate) fn merge(mut merged: Record, changes: Changes, now: Timestamp) -> Record {
    let mut changed = false;
    changed |= replace(&mut merged.customer, changes.customer);
    changed |= replace(&mut merged.email, changes.email);
    changed |= replace(&mut merged.main_phone, changes.main_phone);
    changed |= replace(&mut merged.website, changes.website);
    changed |= replace(&mut merged.status, changes.status);
    changed |= replace(&mut merged.billing_address, changes.billing_address);
    changed |= replace(&mut merged.shipping_address, changes.shipping_address);
    if changed {
        let micros = jiff::Timestamp::from_microsecond(now.as_micros());
        merged.updated_at = micros.unwrap_or(merged.updated_at);
        merged.version += 1;
    }
    merged
}

/// A text that must be there: trimmed, not blank, without control characters,
/// not too long.
fn required(text: &str, max: usize) -> Result<&str, Code> {
    optional(text, max)?.ok_or(Code::Blank)
}

/// A text that may be blank, which is to have none.
fn optional(text: &str, max: usize) -> Result<Option<&str>, Code> {
    text_of(text, max, char::is_control)
}

/// A street, which may have several lines.
pub(crate) fn street(text: &str) -> Result<Option<&str>, Code> {
    text_of(text, MAX_TEXT, |c| c.is_control() && c != '\n')
}

fn text_of(text: &str, max: usize, refused: fn(char) -> bool) -> Result<Option<&str>, Code> {
    let text = text.trim();
    if text.chars().all(|c| c.is_whitespace() || c.is_control()) {
        Ok(None)
    } else if text.chars().any(refused) {
        Err(Code::ControlCharacter)
    } else if text.chars().count() > max {
        Err(Code::TooLong)
    } else {
        Ok(Some(text))
    }
}

/// An email address.
#[expect(
    clippy::disallowed_types,
    reason = "reads an address by its options, as the core does"
)]
pub(crate) fn email(text: &str) -> Result<&str, Code> {
    let text = required(text, MAX_TEXT)?;
    let options = email_address::Options::default()
        .with_minimum_sub_domains(2)
        .without_display_text()
        .without_domain_literal();
    match email_address::EmailAddress::parse_with_options(text, options) {
        Ok(_) if !text.starts_with('"') => Ok(text),
        Ok(_) | Err(_) => Err(Code::InvalidEmail),
    }
}

/// A website, with a protocol or without.
pub(crate) fn website(text: &str) -> Result<Option<&str>, Code> {
    let Some(text) = optional(text, MAX_TEXT)? else {
        return Ok(None);
    };
    if text.contains(|c: char| c == '\\' || c.is_whitespace()) {
        return Err(Code::InvalidUrl);
    }
    let with_protocol = text.contains("://");
    let parsed = if with_protocol {
        url::Url::parse(text)
    } else {
        url::Url::parse(&format!("https://{text}"))
    };
    let url = parsed.map_err(|_| Code::InvalidUrl)?;
    let is_web = matches!(url.scheme(), "http" | "https");
    let has_host = match url.host_str() {
        Some(host) => with_protocol || host.contains('.'),
        None => false,
    };
    if is_web && has_host && url.username().is_empty() {
        Ok(Some(text))
    } else {
        Err(Code::InvalidUrl)
    }
}

/// A status.
pub(crate) fn status(text: &str) -> Result<Status, Code> {
    match text {
        "active" => Ok(Status::Active),
        "inactive" => Ok(Status::Inactive),
        _ => Err(Code::InvalidChoice),
    }
}

/// The text as the rule keeps it, without a copy where that is all of it.
pub(crate) fn keep(
    text: String,
    rule: impl FnOnce(&str) -> Result<&str, Code>,
) -> Result<String, Code> {
    let kept = rule(&text)?;
    if kept.len() < text.len() {
        return Ok(kept.to_owned());
    }
    Ok(text)
}

/// The same, of a text that may be blank.
pub(crate) fn keep_optional(
    text: String,
    rule: impl FnOnce(&str) -> Result<Option<&str>, Code>,
) -> Result<Option<String>, Code> {
    let Some(kept) = rule(&text)? else {
        return Ok(None);
    };
    if kept.len() < text.len() {
        return Ok(Some(kept.to_owned()));
    }
    Ok(Some(text))
}

/// The text without the white space at its ends; `None` when it is blank. For a
/// text that a rule has seen.
pub(crate) fn trimmed(text: String) -> Option<String> {
    match text.trim() {
        "" => None,
        kept if kept.len() < text.len() => Some(kept.to_owned()),
        _ => Some(text),
    }
}

/// The rule of a name.
pub(crate) fn name(text: &str) -> Result<&str, Code> {
    required(text, MAX_TEXT)
}

/// The rule of a phone number.
pub(crate) fn phone(text: &str) -> Result<Option<&str>, Code> {
    optional(text, MAX_PHONE)
}

/// The rule of a part of an address other than its street.
pub(crate) fn part(text: &str) -> Result<Option<&str>, Code> {
    optional(text, MAX_TEXT)
}

/// What tells null from absent.
pub(crate) fn sent<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

/// The name on the wire of a field's path in Rust.
pub(crate) fn wire_name(path: &str) -> String {
    let mut words = path.split('_');
    let mut name = words.next().unwrap_or_default().to_owned();
    for word in words {
        let (first, rest) = word.split_at(1);
        name.push_str(&first.to_ascii_uppercase());
        name.push_str(rest);
    }
    name
}

/// The merged record, to be compared.
pub(crate) fn merged(record: &Record) -> Option<Outcome> {
    Some(Outcome::Merged(serde_json::to_value(record).ok()?))
}

/// The mistakes, to be compared.
pub(crate) fn refused(mistakes: &[Mistake]) -> Outcome {
    let owned = |m: &Mistake| (m.field.to_owned(), m.code.as_str().to_owned());
    Outcome::Refused(mistakes.iter().map(owned).collect())
}
