//! The common code of the peers: a record of plain strings, the rules as functions, and
//! the merge.
//!
//! They are what a careful engineer would write by hand. They check less than the core:
//! only white space and control characters are blank, not all invisible characters (T4);
//! the domain is not converted to its ASCII form (V2); there are no warnings.

use customer_domain::{Customer, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

use super::{Outcome, replace};

/// The maximum length of a name, an email address, a website or a field of an address, in
/// characters.
const MAX_TEXT: usize = 255;
/// The maximum length of a phone number, in characters.
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

/// The changes of a valid body.
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

/// A field and the code of its violation.
#[derive(Debug, PartialEq)]
pub(crate) struct Violation {
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

/// Converts a record of the core.
///
/// # Panics
///
/// If its JSON is not that of a plain record.
pub(crate) fn record(customer: &Customer) -> Record {
    let json = serde_json::to_vec(customer).expect("a record is JSON");
    let mut record: Record = serde_json::from_slice(&json).expect("a plain record");
    record.version = customer.version().get();
    record
}

/// Merges the changes into the record.
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

/// The rule of a required string: trimmed, not blank, without control characters, not too
/// long.
fn required(text: &str, max: usize) -> Result<&str, Code> {
    optional(text, max)?.ok_or(Code::Blank)
}

/// The rule of an optional string. A blank string means no value.
fn optional(text: &str, max: usize) -> Result<Option<&str>, Code> {
    text_of(text, max, char::is_control)
}

/// The rule of a street, which may have several lines.
pub(crate) fn street(text: &str) -> Result<Option<&str>, Code> {
    text_of(text, MAX_TEXT, |c| c.is_control() && c != '\n')
}

fn text_of(text: &str, max: usize, rejected: fn(char) -> bool) -> Result<Option<&str>, Code> {
    let text = text.trim();
    if text.chars().all(|c| c.is_whitespace() || c.is_control()) {
        Ok(None)
    } else if text.chars().any(rejected) {
        Err(Code::ControlCharacter)
    } else if text.chars().count() > max {
        Err(Code::TooLong)
    } else {
        Ok(Some(text))
    }
}

/// The rule of an email address.
#[expect(
    clippy::disallowed_types,
    reason = "parses with options, as the core does"
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

/// The rule of a website, with or without a protocol.
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

/// The rule of a status.
pub(crate) fn status(text: &str) -> Result<Status, Code> {
    match text {
        "active" => Ok(Status::Active),
        "inactive" => Ok(Status::Inactive),
        _ => Err(Code::InvalidChoice),
    }
}

/// The string that the rule returns. If it is the whole input, it is not copied.
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

/// [`keep`] for an optional string.
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

/// Trims a string that a rule has accepted; `None` if it is blank.
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

/// The rule of the fields of an address except the street.
pub(crate) fn part(text: &str) -> Result<Option<&str>, Code> {
    optional(text, MAX_TEXT)
}

/// Distinguishes null from a missing field, which is the default.
pub(crate) fn double_option<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

/// The JSON name of a Rust field: snake case to camel case.
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

/// The merged record, for the comparison.
pub(crate) fn merged(record: &Record) -> Option<Outcome> {
    Some(Outcome::Merged(serde_json::to_value(record).ok()?))
}

/// The violations, for the comparison.
pub(crate) fn rejected(violations: &[Violation]) -> Outcome {
    let owned = |m: &Violation| (m.field.to_owned(), m.code.as_str().to_owned());
    Outcome::Rejected(violations.iter().map(owned).collect())
}
