//! Domains of email addresses and host names of websites.
//!
//! [`ascii_form`] and [`is_host_name`] are the rule. [`is_common_domain`] and
//! [`is_common_local_part`] are the fast path: strings of ASCII and Latin-1 of a form
//! that every rule accepts. The tests compare both.

use std::borrow::Cow;

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};

use crate::bytes::{any_pair, one_of};

/// ASCII characters that a host name of a website must not contain (V5). These are the
/// ones that STD3 forbids (everything except letters, digits and hyphens), without the
/// underscore.
const HOST_DENY_LIST: AsciiDenyList = AsciiDenyList::new(true, "!\"#$%&'()*+,/:;<=>?@[\\]^`{|}~");

/// RFC 1035, section 2.3.4: the maximum length of a label. The fast path applies it
/// to the whole domain, so that it does not measure labels.
const MAX_COMMON_DOMAIN_OCTETS: usize = 63;

/// The maximum number of octets that a letter of Latin-1 adds to the ASCII form of a
/// domain: `xn--` and six digits of Punycode (RFC 3492). All digits of a number except
/// the last are at least 1, each has at least ten times the weight of the one before,
/// and the number is below 63 × 2⁸.
const LATIN_1_OCTETS: usize = 10;

/// RFC 5321, section 4.5.3.1.1.
pub(super) const MAX_LOCAL_OCTETS: usize = 64;

/// The ASCII form of a domain according to UTS #46 (V2), if it has one: labels of
/// 1 to 63 letters, digits and hyphens, without a hyphen at either end, at most 253
/// octets in total.
pub(super) fn ascii_form(domain: &str) -> Option<Cow<'_, str>> {
    to_ascii(domain, AsciiDenyList::STD3)
}

/// Whether the host of a URL, in ASCII form, is a host name (V5): an
/// [`ascii_form`] whose labels may also contain underscores.
pub(super) fn is_host_name(host: &str) -> bool {
    to_ascii(host, HOST_DENY_LIST).is_some()
}

fn to_ascii(domain: &str, denied: AsciiDenyList) -> Option<Cow<'_, str>> {
    Uts46::new()
        .to_ascii(
            domain.as_bytes(),
            denied,
            Hyphens::CheckFirstLast,
            DnsLength::Verify,
        )
        .ok()
}

/// Whether a string is a domain of two labels or more, made of [letters](is_letter) and
/// digits with single hyphens between them, whose last label does not begin with a
/// digit.
pub(super) fn is_common_domain(text: &str) -> bool {
    let last_dot = text.bytes().rposition(|byte| byte == b'.');
    let last_label = last_dot.and_then(|dot| text.as_bytes().get(dot + 1));
    max_octets(text) <= MAX_COMMON_DOMAIN_OCTETS
        && last_label.is_some_and(|first| !first.is_ascii_digit())
        && has_single_separators(text, is_hyphen_or_dot)
}

/// Whether a string is an unquoted local part of [letters](is_letter) and digits with
/// single punctuation characters between them.
pub(super) fn is_common_local_part(text: &str) -> bool {
    text.len() <= MAX_LOCAL_OCTETS
        && has_single_separators(text, |byte| {
            is_hyphen_or_dot(byte) | one_of(byte, [b'_', b'+'])
        })
}

/// An upper bound of the length of the ASCII form of a common domain.
fn max_octets(domain: &str) -> usize {
    if domain.is_ascii() {
        return domain.len();
    }
    let letters = domain.bytes().filter(|byte| *byte == LATIN_1).count();
    domain.len() + letters * LATIN_1_OCTETS
}

const fn is_hyphen_or_dot(byte: u8) -> bool {
    matches!(byte, b'-'..=b'.')
}

/// The first byte, in UTF-8, of U+00C0 to U+00FF.
const LATIN_1: u8 = 0xC3;

/// Whether a byte belongs to an ASCII letter or digit, or to U+00C0 to U+00FF if all
/// bytes of the string pass: no other character begins with [`LATIN_1`].
///
/// UTS #46 accepts each of these characters (upper case as lower case), none is
/// composed with another, and all are written from left to right.
fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() | (byte & 0xC0 == 0x80) | (byte == LATIN_1)
}

/// Whether a string consists of [letters](is_letter) with single separators between
/// them: none at an end, none next to another.
fn has_single_separators(text: &str, is_separator: impl Fn(u8) -> bool + Copy) -> bool {
    let bytes = text.as_bytes();
    let is_wrong = |before, byte| {
        !(is_letter(byte) | is_separator(byte)) | (is_separator(before) & is_separator(byte))
    };
    bytes.first().is_some_and(|first| is_letter(*first))
        && bytes.last().is_some_and(|last| is_letter(*last))
        && !any_pair(bytes, is_wrong)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::char::canonical_combining_class;
    use unicode_normalization::{IsNormalized, is_nfc_quick};

    use super::*;

    /// The naive form of [`has_single_separators`].
    fn has_single_separators_naively(text: &str, separators: &str) -> bool {
        let is_letter = |c: char| c.is_ascii_alphanumeric() || ('À'..='ÿ').contains(&c);
        text.split(|c| separators.contains(c))
            .all(|part| !part.is_empty() && part.chars().all(is_letter))
    }

    #[test]
    fn v2_common_domains_and_local_parts_take_the_fast_path() {
        let long = "a".repeat(60);
        for (domain, is_common) in [
            ("acme.example", true),
            ("A-1.b2.c", true),
            ("a.1b", false),
            ("a.b1", true),
            ("acme", false),
            ("", false),
            (".b", false),
            ("a.", false),
            ("a..b", false),
            ("a-.b", false),
            ("a_b.c", false),
            ("a.b_", false),
            (&format!("{long}.co"), true),
            (&format!("{long}a.co"), false),
            ("bücher.example", true),
            ("1.ü", true),
            ("ü.b", true),
            ("-ü.b", false),
            ("ü-.b", false),
            ("ü.1", false),
            ("ü", false),
            ("e\u{301}.b", false),
            ("ÿ.Ā", false),
            ("\u{BF}.b", false),
            ("字.b", false),
            (&format!("ü{}.co", &long[..48]), true),
            (&format!("ü{}.co", &long[..49]), false),
            (&format!("üü{}.co", &long[..36]), true),
            (&format!("üü{}.co", &long[..37]), false),
        ] {
            assert_eq!(is_common_domain(domain), is_common, "{domain}");
        }
        for (local, is_common) in [
            ("a.b-c_d+e", true),
            ("", false),
            ("a+-b", false),
            (".a", false),
            ("a.", false),
            ("a!b", false),
            ("ü.b-c_d+é", true),
            ("ü+-b", false),
            ("ü!b", false),
            ("字", false),
            (&format!("ü{}", &long[..60]), true),
            (&format!("ü{}abc", &long[..60]), false),
            (&format!("{long}abcd"), true),
            (&format!("{long}abcde"), false),
        ] {
            assert_eq!(is_common_local_part(local), is_common, "{local}");
        }
    }

    #[test]
    fn v2_blocks_of_bytes_are_checked_like_single_bytes() {
        let is_sign = |byte| matches!(byte, b'-' | b'.' | b'_' | b'+');
        let mut accepted = 0;
        crate::value::every_string("aZ5-._@üĀ", 6, |text| {
            for text in [
                text.to_owned(),
                format!("abc{text}"),
                format!("{text}abcdefg"),
            ] {
                let is_domain = has_single_separators(&text, is_hyphen_or_dot);
                assert_eq!(
                    is_domain,
                    has_single_separators_naively(&text, "-."),
                    "{text}"
                );
                let is_local = has_single_separators(&text, is_sign);
                assert_eq!(
                    is_local,
                    has_single_separators_naively(&text, "-._+"),
                    "{text}"
                );
                accepted += usize::from(is_domain);
            }
        });
        assert!(accepted > 1_000);
        for byte in 0..0x80 {
            for length in 1..=33 {
                for place in 0..length {
                    let mut text = [b'a'; 33];
                    text[place] = byte;
                    let text = std::str::from_utf8(&text[..length]).unwrap();
                    let is_local = has_single_separators(text, is_sign);
                    assert_eq!(
                        is_local,
                        has_single_separators_naively(text, "-._+"),
                        "{text}"
                    );
                }
            }
        }
    }

    #[test]
    fn v2_a_letter_of_latin_1_is_accepted_anywhere_in_a_label() {
        for c in 'À'..='ÿ' {
            assert_eq!(is_nfc_quick([c].into_iter()), IsNormalized::Yes, "{c}");
            assert_eq!(canonical_combining_class(c), 0, "{c}");
            for domain in [
                format!("{c}.{c}"),
                format!("{c}x{c}.x{c}x"),
                format!("1{c}.{c}1"),
            ] {
                assert!(is_common_domain(&domain), "{domain}");
                assert!(ascii_form(&domain).is_some(), "{domain}");
            }
        }
    }

    #[test]
    fn v5_a_host_name_may_contain_underscores_and_no_other_punctuation() {
        for byte in 0..0x80 {
            let host = format!("a{}b", char::from(byte));
            let is_allowed = byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
            assert_eq!(is_host_name(&host), is_allowed, "{host}");
            let is_domain = is_allowed && byte != b'_';
            assert_eq!(ascii_form(&host).is_some(), is_domain, "{host}");
        }
    }

    #[test]
    fn v2_labels_and_domains_have_maximum_lengths() {
        let label = "d".repeat(63);
        assert!(ascii_form(&label).is_some());
        assert!(ascii_form(&format!("{label}d")).is_none());
        let domain = format!("{label}.{label}.{label}");
        assert!(ascii_form(&format!("{domain}.{}", "d".repeat(61))).is_some());
        assert!(ascii_form(&format!("{domain}.{}", "d".repeat(62))).is_none());
        // `ü` adds seven octets: the prefix `xn--`, a hyphen and two digits.
        assert_eq!(ascii_form("ü").as_deref(), Some("xn--tda"));
        assert!(ascii_form(&format!("ü{}", "x".repeat(55))).is_some());
        assert!(ascii_form(&format!("ü{}", "x".repeat(56))).is_none());
    }

    #[test]
    fn v2_a_hyphen_at_the_end_of_a_label_is_rejected_in_every_spelling() {
        for unicode in ["-ü.b", "ü-.b", "a.-ü", "a.ü-"] {
            let ascii = idna::domain_to_ascii(unicode).unwrap();
            assert_ne!(ascii, unicode);
            assert!(ascii_form(unicode).is_none(), "{unicode}");
            assert!(ascii_form(&ascii).is_none(), "{ascii}");
            assert!(!is_host_name(&ascii), "{ascii}");
        }
    }

    /// [`EmailAddress::key`](crate::EmailAddress::key) relies on it.
    #[test]
    fn v3_the_ascii_form_of_an_ascii_domain_is_its_lower_case() {
        let mut with_form = 0;
        let mut check = |domain: &str| {
            if let Some(form) = ascii_form(domain) {
                with_form += 1;
                assert_eq!(form, domain.to_ascii_lowercase(), "{domain}");
            }
        };
        crate::value::every_string("aXn-.19", 6, &mut check);
        crate::value::every_string("abKz09-", 5, |label| {
            check(&format!("xn--{label}"));
            check(&format!("XN--a-{label}.b"));
        });
        assert!(with_form > 10_000, "{with_form}");
    }

    proptest! {
        #[test]
        fn v2_no_ascii_form_is_longer_than_calculated(
            domain in "[a-z0-9à-ÿ]{1,40}\\.[à-ÿ]{1,30}",
        ) {
            let ascii = idna::domain_to_ascii(&domain).unwrap();
            prop_assert!(ascii.len() <= max_octets(&domain));
        }

        #[test]
        fn v3_the_ascii_form_of_an_a_label_is_its_lower_case(
            domain in "([xX][nN]--)?[a-zA-Z0-9-]{1,20}(\\.xn--[a-z0-9-]{1,12}){0,2}",
        ) {
            if let Some(form) = ascii_form(&domain) {
                prop_assert_eq!(form, domain.to_ascii_lowercase());
            }
        }
    }
}
