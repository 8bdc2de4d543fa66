//! Values (V1–V6).
//!
//! Every check takes the string as received, trims it (T2) and applies the rules in the
//! order of RULES, Responses. `BLANK` is an error code like any other here; for a field
//! that can be cleared, the reader of the body turns it into a removal (P2).

use icu_casemap::CaseMapper;
use unicode_normalization::UnicodeNormalization;
use url::{Host, Url};

use crate::model::text::{self, LineFeed};

/// The maximum length of a name, email address, website or part of an address, in
/// characters (RULES, Record).
pub(super) const MAX_TEXT: usize = 255;
/// The maximum length of a phone number, in characters (V4).
pub(super) const MAX_PHONE: usize = 50;
/// The maximum length of the local part of an email address, in octets of its NFC form (V2).
const MAX_LOCAL: usize = 64;
/// The maximum length of a domain or host name in ASCII form, in octets (V2, V5).
const MAX_DOMAIN: usize = 253;
/// The maximum length of one label of a domain or host name, in octets (V2, V5).
const MAX_LABEL: usize = 63;

/// V1: the name of a customer or a contact.
///
/// # Errors
///
/// `BLANK`, `CONTROL_CHARACTER` or `TOO_LONG`.
pub fn check_name(name: &str) -> Result<String, &'static str> {
    text::check(name, MAX_TEXT, LineFeed::Rejected)
}

/// V2: an email address.
///
/// # Errors
///
/// `BLANK`, `CONTROL_CHARACTER`, `TOO_LONG` or `INVALID_EMAIL`.
pub fn check_email(email: &str) -> Result<String, &'static str> {
    let email = text::check(email, MAX_TEXT, LineFeed::Rejected)?;
    match email.rsplit_once('@') {
        Some((local, domain)) if is_local_part(local) && is_email_domain(domain) => Ok(email),
        Some(_) | None => Err("INVALID_EMAIL"),
    }
}

/// V2: a dot-atom of at most 64 octets, in NFC.
fn is_local_part(local: &str) -> bool {
    let local: String = local.nfc().collect();
    let is_atom = |atom: &str| !atom.is_empty() && atom.chars().all(is_atom_character);
    local.len() <= MAX_LOCAL && local.split('.').all(is_atom)
}

/// V2: `atext` of RFC 5322, section 3.2.3, or a character outside ASCII (RFC 6531) that
/// is not excluded.
fn is_atom_character(c: char) -> bool {
    match u32::from(c) {
        0..=0x7F => c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c),
        // Private use and noncharacters of the basic plane.
        0xE000..=0xF8FF | 0xFDD0..=0xFDEF => false,
        // The last two code points of each plane.
        code if code & 0xFFFF >= 0xFFFE => false,
        // The private use planes.
        0xF_0000.. => false,
        _ => !c.is_whitespace() && !c.is_control() && !text::is_default_ignorable(c),
    }
}

/// V2: an ASCII form of at least two labels, the last of them not all digits.
fn is_email_domain(domain: &str) -> bool {
    let Some(ascii) = ascii_domain(domain) else {
        return false;
    };
    let labels: Vec<&str> = ascii.split('.').collect();
    let top_has_letter = labels
        .last()
        .is_some_and(|top| top.contains(|c: char| !c.is_ascii_digit()));
    labels.len() >= 2 && top_has_letter
}

/// V2: the ASCII form of a domain; `None` if it has none.
fn ascii_domain(domain: &str) -> Option<String> {
    let ascii = idna::domain_to_ascii(domain).ok()?;
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '-';
    has_labels(&ascii, is_letter).then_some(ascii)
}

/// V2, V5: labels of 1–63 of these characters, at most 253 octets in total. No label
/// begins or ends with a hyphen, in its ASCII form or its Unicode form.
fn has_labels(ascii: &str, is_letter: impl Fn(char) -> bool) -> bool {
    let (unicode, _) = idna::domain_to_unicode(ascii);
    let has_hyphen = |label: &str| label.starts_with('-') || label.ends_with('-');
    let is_label = |label: &str| {
        (1..=MAX_LABEL).contains(&label.len())
            && label.chars().all(&is_letter)
            && !has_hyphen(label)
    };
    ascii.len() <= MAX_DOMAIN
        && ascii.split('.').all(is_label)
        && !unicode.split('.').any(has_hyphen)
}

/// V3: the key by which email addresses are compared. Any string has a key (S8).
pub fn email_key(email: &str) -> String {
    match email.rsplit_once('@') {
        Some((local, domain)) => {
            let domain = ascii_domain(domain).unwrap_or_else(|| caseless(domain));
            format!("{}@{domain}", caseless(local))
        }
        None => caseless(email),
    }
}

/// V3: NFC(toCasefold(NFD(text))).
pub(crate) fn caseless(text: &str) -> String {
    let text: String = text.nfd().collect();
    CaseMapper::new().fold_string(&text).nfc().collect()
}

/// V4: a phone number, and whether it produces `PHONE_NOT_INTERNATIONAL`.
///
/// # Errors
///
/// `BLANK`, `CONTROL_CHARACTER` or `TOO_LONG`.
pub fn check_phone(phone: &str) -> Result<(String, bool), &'static str> {
    let phone = text::check(phone, MAX_PHONE, LineFeed::Rejected)?;
    let number = phone.strip_prefix('+').or(phone.strip_prefix("00"));
    let international =
        number.is_some_and(|number| number.starts_with(|c: char| c.is_ascii_digit()));
    Ok((phone, !international))
}

/// V5: a website, and whether it produces `WEBSITE_WITHOUT_PROTOCOL`.
///
/// # Errors
///
/// `BLANK`, `CONTROL_CHARACTER`, `TOO_LONG` or `INVALID_URL`.
pub fn check_website(website: &str) -> Result<(String, bool), &'static str> {
    let website = text::check(website, MAX_TEXT, LineFeed::Rejected)?;
    let forbidden = |c: char| c.is_whitespace() || c == '\\' || text::is_default_ignorable(c);
    if website.contains(forbidden) {
        return Err("INVALID_URL");
    }
    let (url, with_protocol) = match protocol(&website) {
        Some("http" | "https") => (website.clone(), true),
        Some(_) => return Err("INVALID_URL"),
        None => (format!("https://{website}"), false),
    };
    let is_valid = match web_host(&url) {
        Some(Host::Domain(name)) => is_host_name(&name) && (with_protocol || name.contains('.')),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => with_protocol,
        None => false,
    };
    if is_valid {
        Ok((website, !with_protocol))
    } else {
        Err("INVALID_URL")
    }
}

/// V5: the RFC 3986 scheme before `://`; `http` and `https` are recognized in any case.
fn protocol(website: &str) -> Option<&str> {
    let (scheme, _) = website.split_once("://")?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    match scheme {
        _ if !is_scheme => None,
        _ if scheme.eq_ignore_ascii_case("http") => Some("http"),
        _ if scheme.eq_ignore_ascii_case("https") => Some("https"),
        _ => Some(scheme),
    }
}

/// V5: the host of a URL whose authority has none of the forbidden characters.
fn web_host(url: &str) -> Option<Host<String>> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.is_empty() || authority.contains(['@', '%']) {
        return None;
    }
    Some(Url::parse(url).ok()?.host()?.to_owned())
}

/// V5: whether a host name in ASCII form is valid.
fn is_host_name(name: &str) -> bool {
    has_labels(name, |c| {
        c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
    })
}

/// RULES, Record: an identifier, in its canonical form of 36 characters, in any case; not
/// trimmed.
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

/// V6: a status, compared as received.
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
