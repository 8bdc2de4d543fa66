//! Values (V1–V6): what each kind of text must be.
//!
//! Every check takes the text as it was sent, trims it (T2) and tries the rules in the order of
//! §7. `BLANK` is an answer like any other here; the reader of a removable field takes it to mean
//! removal (P2).

use email_address::Options;
use icu_casemap::CaseMapper;
use unicode_normalization::UnicodeNormalization;
use url::{Host, Url};

use crate::model::text::{self, LineFeed};

/// The longest name, email address, website or part of an address, in characters (§1).
pub(super) const MAX_TEXT: usize = 255;
/// The longest phone number, in characters (V4).
pub(super) const MAX_PHONE: usize = 50;
/// The longest ASCII form of an email domain, in octets (V2).
const MAX_DOMAIN: usize = 253;

/// V1: the name of a customer or of a contact.
///
/// # Errors
///
/// `BLANK`, `CONTROL_CHARACTER` or `TOO_LONG`.
pub fn check_name(name: &str) -> Result<String, &'static str> {
    text::check(name, MAX_TEXT, LineFeed::Refused)
}

/// V2: an email address.
///
/// # Errors
///
/// `BLANK`, `CONTROL_CHARACTER`, `TOO_LONG` or `INVALID_EMAIL`.
pub fn check_email(email: &str) -> Result<String, &'static str> {
    let email = text::check(email, MAX_TEXT, LineFeed::Refused)?;
    if is_email(&email) {
        Ok(email)
    } else {
        Err("INVALID_EMAIL")
    }
}

/// V2: what the crate says, and what we ask beyond it.
#[expect(
    clippy::disallowed_types,
    reason = "the model says by itself what an address is"
)]
fn is_email(email: &str) -> bool {
    let plain = Options {
        minimum_sub_domains: 2,
        allow_domain_literal: false,
        allow_display_text: false,
    };
    if email_address::EmailAddress::parse_with_options(email, plain).is_err() {
        return false;
    }
    let Some((local, domain)) = email.rsplit_once('@') else {
        return false;
    };
    let Some(ascii) = ascii_domain(domain) else {
        return false;
    };
    let labels: Vec<&str> = ascii.split('.').collect();
    let all_seen = ascii.chars().all(|c| c.is_ascii_graphic());
    let all_labels = labels.iter().all(|label| !label.is_empty());
    let all_digits = labels
        .last()
        .is_some_and(|last| last.chars().all(|c| c.is_ascii_digit()));
    !local.starts_with('"') && ascii.len() <= MAX_DOMAIN && all_seen && all_labels && !all_digits
}

/// V2, V3: the UTS #46 ASCII form of a domain, when it has one.
fn ascii_domain(domain: &str) -> Option<String> {
    idna::domain_to_ascii(domain).ok()
}

/// V3: what two email addresses are compared by; `None` when V2 refuses the text.
pub fn email_key(email: &str) -> Option<String> {
    let email = check_email(email).ok()?;
    let (local, domain) = email.rsplit_once('@')?;
    let local: String = local.nfc().collect();
    let local = CaseMapper::new().fold_string(&local).into_owned();
    Some(format!("{local}@{}", ascii_domain(domain)?))
}

/// V4: a phone number, and whether it earns `PHONE_NOT_INTERNATIONAL`.
///
/// # Errors
///
/// `BLANK`, `CONTROL_CHARACTER` or `TOO_LONG`.
pub fn check_phone(phone: &str) -> Result<(String, bool), &'static str> {
    let phone = text::check(phone, MAX_PHONE, LineFeed::Refused)?;
    let number = phone.strip_prefix('+').or(phone.strip_prefix("00"));
    let international =
        number.is_some_and(|number| number.starts_with(|c: char| c.is_ascii_digit()));
    Ok((phone, !international))
}

/// V5: a website, and whether it earns `WEBSITE_WITHOUT_PROTOCOL`.
///
/// # Errors
///
/// `BLANK`, `CONTROL_CHARACTER`, `TOO_LONG` or `INVALID_URL`.
pub fn check_website(website: &str) -> Result<(String, bool), &'static str> {
    let website = text::check(website, MAX_TEXT, LineFeed::Refused)?;
    let forbidden = |c: char| c.is_whitespace() || c == '\\' || text::is_default_ignorable(c);
    if website.contains(forbidden) {
        return Err("INVALID_URL");
    }
    if begins_with_protocol(&website) {
        return match web_host(&website) {
            Some(_) => Ok((website, false)),
            None => Err("INVALID_URL"),
        };
    }
    let host = web_host(&format!("https://{website}"));
    match host {
        Some(Host::Domain(domain)) if domain.contains('.') && !website.starts_with('/') => {
            Ok((website, true))
        }
        _ => Err("INVALID_URL"),
    }
}

/// V5: whether the text begins with an RFC 3986 scheme and `://`.
fn begins_with_protocol(website: &str) -> bool {
    website.split_once("://").is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    })
}

/// V5: the test of a website with a protocol; its host when it passes.
fn web_host(website: &str) -> Option<Host<String>> {
    let (scheme, rest) = website.split_once("://")?;
    let is_web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if !is_web || rest.starts_with('/') || authority.contains('@') {
        return None;
    }
    let url = Url::parse(website).ok()?;
    match url.host()?.to_owned() {
        Host::Domain(domain) if domain.split('.').any(str::is_empty) => None,
        host => Some(host),
    }
}

/// §1: an identifier, in its canonical form of 36 characters, in any case; not trimmed.
///
/// # Errors
///
/// `INVALID_UUID`.
pub(super) fn check_uuid(uuid: &str) -> Result<String, &'static str> {
    let is_canonical = uuid.len() == 36
        && uuid.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    if is_canonical {
        Ok(uuid.to_ascii_lowercase())
    } else {
        Err("INVALID_UUID")
    }
}

/// V6: a status, compared as it was sent.
///
/// # Errors
///
/// `INVALID_CHOICE`.
pub fn check_status(status: &str) -> Result<String, &'static str> {
    match status {
        "active" | "inactive" => Ok(status.to_owned()),
        _ => Err("INVALID_CHOICE"),
    }
}
