//! V2 and V3: email addresses, and the key under which one is unique.

use std::fmt;
use std::sync::Arc;

use email_address::Options;

use crate::bytes::{any_pair, equal, position};
use crate::reason::Reason;
use crate::text::{self, Controls};

use super::{Redacted, domain, text_value};

/// No display name, no domain literal, and at least two labels in the domain.
const PLAIN_ADDRESS: Options = Options {
    minimum_sub_domains: 2,
    allow_domain_literal: false,
    allow_display_text: false,
};

/// The longest ASCII form of a domain, in octets (RFC 1035, section 2.3.4).
const MAX_DOMAIN_OCTETS: usize = 253;

/// A plain email address (V2), kept as it was sent (T5).
///
/// At most 255 characters; a local part that is not quoted; a domain of at
/// least two labels which has a UTS #46 (IDNA) ASCII form of at most 253 octets,
/// of visible characters, without an empty label, whose last label is not all
/// digits.
///
/// What stands on either side is decided by the `email_address` crate, whose
/// version is pinned because its character set changes between versions. Alone
/// it also takes `a@1.2.3.4`, `"a@b"@c.co` and, through `FromStr` and serde,
/// `Name <a@b>` with line breaks. Beyond ASCII it takes what
/// [`char::is_alphanumeric`] does and next to nothing else, so that a letter new
/// to Unicode is taken from the release of Rust on that knows it.
///
/// Two addresses are *equal* when they are spelt alike, and *the same address*
/// when their [`key`](Self::key)s are equal.
///
/// ```
/// use customer_domain::EmailAddress;
///
/// let one = EmailAddress::parse("Ann@BÜCHER.example")?;
/// let two = EmailAddress::parse("ann@xn--bcher-kva.example")?;
/// assert_eq!(one.as_str(), "Ann@BÜCHER.example");
/// assert_ne!(one, two);
/// assert_eq!(one.key(), two.key());
/// # Ok::<(), customer_domain::ValueError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EmailAddress(Arc<str>);

impl EmailAddress {
    /// The longest address, in characters (Unicode scalar values).
    pub const MAX_CHARS: usize = 255;

    /// The part before the last `@`.
    #[must_use]
    pub fn local_part(&self) -> &str {
        split(&self.0).0
    }

    /// The part after the last `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        split(&self.0).1
    }

    /// V3: the form under which the address is unique within a team and is
    /// looked up.
    #[must_use]
    pub fn key(&self) -> EmailKey {
        let (local, domain) = split(&self.0);
        let has_two_hyphens = |before, byte| (before == b'-') & (byte == b'-');
        if self.0.is_ascii() && !any_pair(domain.as_bytes(), has_two_hyphens) {
            // On ASCII every step below is this one, save for a label that begins
            // with `xn--`, and none does without two hyphens.
            return EmailKey(self.0.to_ascii_lowercase().into());
        }
        // A domain without an ASCII form was refused when the address was read.
        let domain = idna::domain_to_ascii(domain).unwrap_or_else(|_| domain.to_ascii_lowercase());
        let mut key = text::folded(local);
        key.push('@');
        key.push_str(&domain);
        EmailKey(key.into())
    }
}

text_value!(EmailAddress, "email address", check);

fn split(address: &str) -> (&str, &str) {
    address.rsplit_once('@').unwrap_or((address, ""))
}

fn check(text: &str) -> Result<&str, Reason> {
    let text = text::check(text, EmailAddress::MAX_CHARS, Controls::Refuse)?;
    if is_common_address(text) || is_plain_address(text) {
        Ok(text)
    } else {
        Err(Reason::InvalidEmail)
    }
}

/// The short way: a [common local part](domain::is_common_local_part) in a
/// [common domain](domain::is_common_domain). It takes nothing that
/// [`is_plain_address`] would not.
fn is_common_address(text: &str) -> bool {
    let Some(at) = position(text.as_bytes(), |word| equal(word, b'@')) else {
        return false;
    };
    match (text.get(..at), text.get(at + 1..)) {
        (Some(local), Some(domain)) => {
            domain::is_common_local_part(local) && domain::is_common_domain(domain)
        }
        (None, _) | (_, None) => false,
    }
}

#[expect(
    clippy::disallowed_types,
    reason = "the one place that reads an address, by the options above"
)]
fn is_plain_address(text: &str) -> bool {
    // The commonest mistakes are told first, and cheaply: no `@`, no dot behind.
    let Some((_, domain)) = text.rsplit_once('@') else {
        return false;
    };
    if !domain.contains('.') {
        return false;
    }
    if email_address::EmailAddress::parse_with_options(text, PLAIN_ADDRESS).is_err() {
        return false;
    }
    let (local, domain) = split(text);
    if local.starts_with('"') {
        return false;
    }
    let Ok(domain) = idna::domain_to_ascii(domain) else {
        return false;
    };
    // The ASCII form may have less than was sent: U+3164, a letter to the crate,
    // maps to nothing, and U+037A to a space and a letter.
    let has_labels = domain.split('.').all(|label| !label.is_empty());
    let top = domain.rsplit('.').next().unwrap_or_default();
    has_labels
        && domain.bytes().all(|byte| byte.is_ascii_graphic())
        && domain.len() <= MAX_DOMAIN_OCTETS
        && !top.bytes().all(|byte| byte.is_ascii_digit())
}

/// The key of an email address (V3): two addresses with one key are one
/// address, of which a team has at most one customer (S2).
///
/// The local part in NFC and then Unicode full case folding, which, unlike
/// lower-casing, does not depend on the place of a letter in its word; the
/// domain in its IDNA ASCII form. No locale, and nothing cleverer: `a.b@`,
/// `ab@` and `a+tag@` stay three addresses.
///
/// A store keeps it beside the record and compares its bytes, so that a
/// database's own idea of lower case never decides. Case folding is stable: the
/// key of an address of assigned characters is the same in every later version
/// of Unicode (the Unicode character encoding stability policies, "Case
/// Folding Stability").
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EmailKey(Box<str>);

impl EmailKey {
    /// The key as text, for an index.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for EmailKey {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

/// Shows that there is a key, and not which.
impl fmt::Debug for EmailKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EmailKey").field(&Redacted).finish()
    }
}

#[cfg(test)]
mod tests {
    use unicase::UniCase;

    use super::*;

    fn key(text: &str) -> String {
        EmailAddress::parse(text).unwrap().key().as_str().to_owned()
    }

    #[test]
    fn v2_plain_addresses_are_read() {
        for text in [
            "a@b.co",
            "a+tag@b.co",
            "a.b@c-d.example",
            "o'neil!#$%&*/=?^_`{|}~@x.example",
            "ann@bücher.example",
            "δοκιμή@παράδειγμα.example",
            "a@xn--bcher-kva.example",
            "a@1.2.3.4a",
            &format!("{}@b.co", "l".repeat(64)),
            &format!(
                "{}@{}.{}.co",
                "l".repeat(64),
                "d".repeat(63),
                "e".repeat(63)
            ),
        ] {
            assert_eq!(
                EmailAddress::parse(text).map(String::from).as_deref(),
                Ok(text)
            );
        }
        let trimmed = EmailAddress::parse("\u{A0}a@b.co\n").map(String::from);
        assert_eq!(trimmed.as_deref(), Ok("a@b.co"));
    }

    #[test]
    fn v2_all_else_is_refused() {
        for text in [
            "acme.example",
            "@b.co",
            "a@",
            "a@localhost",
            "a@b..co",
            "a@.b.co",
            "a@b.co.",
            "a@-b.co",
            "a@b-.co",
            "a@b_c.-co",
            ".a@b.co",
            "a.@b.co",
            "a..b@c.co",
            "a b@c.co",
            "a@b c.co",
            "a@b@c.co",
            "a@1.2.3.4",
            "a@[1.2.3.4]",
            "a@b.123",
            "a@b.１２３",
            "\"a\"@b.co",
            "\"a@b\"@c.co",
            "Ann <a@b.co>",
            "<a@b.co>",
            "mailto:a@b.co",
            "a@b.co,c@d.co",
            "a\u{200B}b@c.co",
            "a@b\u{AD}c.co",
            "a@xn--a.example",
            "a@b.\u{3164}",
            "a@\u{3164}.co",
            "a@\u{37A}.co",
            &format!("{}@b.co", "l".repeat(65)),
            &format!("a@{}.co", "d".repeat(64)),
        ] {
            let code = EmailAddress::parse(text).map_err(|e| e.code());
            assert_eq!(code, Err("INVALID_EMAIL"), "{text}");
        }
    }

    #[test]
    fn v2_an_address_has_at_most_255_characters() {
        let of = |n: usize| {
            let labels = ["d".repeat(60), "e".repeat(60), "f".repeat(60)].join(".");
            format!("{}@{labels}.{}", "l".repeat(10), "g".repeat(n - 11 - 183))
        };
        assert_eq!(of(250).len(), 250);
        assert!(EmailAddress::parse(&of(250)).is_ok());
        let code = EmailAddress::parse(&"l".repeat(256)).map_err(|e| e.code());
        assert_eq!(code, Err("TOO_LONG"));
        let code = EmailAddress::parse(&"l".repeat(255)).map_err(|e| e.code());
        assert_eq!(code, Err("INVALID_EMAIL"));
    }

    #[test]
    fn v2_the_ascii_form_of_the_domain_has_at_most_253_octets() {
        // A label of one letter has seven octets in its ASCII form.
        let of = |labels: usize| format!("a@{}.co", vec!["ü"; labels].join("."));
        for (labels, octets, ok) in [(31, 250, true), (32, 258, false)] {
            let address = of(labels);
            let (_, domain) = split(&address);
            let ascii = idna::domain_to_ascii(domain).map(|ascii| ascii.len());
            assert_eq!(ascii.ok(), Some(octets));
            assert_eq!(EmailAddress::parse(&address).is_ok(), ok);
        }
    }

    #[test]
    fn v3_the_key_is_blind_to_case() {
        assert_eq!(key("ANN@Acme.Example"), "ann@acme.example");
        assert_eq!(key("ann@BÜCHER.example"), "ann@xn--bcher-kva.example");
        assert_eq!(
            key("ann@XN--BCHER-KVA.example"),
            "ann@xn--bcher-kva.example"
        );
        assert_eq!(key("STRASSE@b.co"), key("straße@b.co"));
        // Lower-casing makes a final sigma of the one and not of the other.
        assert_eq!(key("ΟΔΟΣ@b.co"), key("οδοσ@b.co"));
        assert_eq!(key("οδος@b.co"), key("οδοσ@b.co"));
        // Composed and decomposed.
        assert_eq!(key("\u{E9}a@b.co"), "\u{E9}a@b.co");
    }

    #[test]
    fn v3_no_locale_decides() {
        assert_eq!(key("I@b.co"), "i@b.co");
        assert_ne!(key("ı@b.co"), key("i@b.co"));
    }

    #[test]
    fn v3_the_key_is_no_cleverer() {
        let keys = [
            key("a.b@c.co"),
            key("ab@c.co"),
            key("ab+tag@c.co"),
            key("a.b@c.com"),
        ];
        for (index, one) in keys.iter().enumerate() {
            assert!(keys.iter().skip(index + 1).all(|other| one != other));
        }
    }

    #[test]
    fn v2_the_short_way_takes_nothing_that_the_long_way_refuses() {
        let mut taken = 0;
        crate::value::every_text("a1-.@+x", 7, |text| {
            if is_common_address(text) {
                taken += 1;
                assert!(is_plain_address(text), "{text}");
            }
        });
        assert!(taken > 1_000);
        for octets in [63, 64, 65] {
            let long = "a".repeat(octets);
            for text in [
                format!("{long}@b.co"),
                format!("a@{long}.co"),
                format!("a@b.{long}"),
            ] {
                assert!(
                    !is_common_address(&text) || is_plain_address(&text),
                    "{text}"
                );
            }
        }
        assert!(!is_common_address("a@xn--a.example"));
    }

    #[test]
    fn v3_the_fast_way_is_the_slow_way_on_ascii() {
        for text in [
            "A.b+C@D-e.Example",
            "x@XN-.a--b.co",
            "x@XN.a-b.co",
            "a@b.xn.co",
            "a@AB--cd.co",
        ] {
            let (local, domain) = split(text);
            let slow = format!(
                "{}@{}",
                UniCase::unicode(local).to_folded_case(),
                idna::domain_to_ascii(domain).unwrap_or_default()
            );
            assert_eq!(text.to_ascii_lowercase(), slow);
            let read = EmailAddress::parse(text).map(|address| address.key());
            match read {
                Ok(key) => assert_eq!(key.as_str(), slow),
                // A label that ends in a hyphen.
                Err(_) => assert_eq!(text, "x@XN-.a--b.co"),
            }
        }
    }
}
