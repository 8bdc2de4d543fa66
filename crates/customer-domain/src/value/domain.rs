//! The short way for email addresses and websites: what every reader of domains
//! takes as it stands.
//!
//! What is not known here is not refused but left to the crates that know all
//! of it, `email_address`, `idna` and `url`. The tests hold both ways against
//! each other.

use crate::bytes::{HIGH_BITS, between, every_word};

/// RFC 1035, section 2.3.4: the longest label. Here the bound of a whole domain,
/// so that no label need be measured.
const MAX_DOMAIN_OCTETS: usize = 63;

/// RFC 5321, section 4.5.3.1.1.
const MAX_LOCAL_OCTETS: usize = 64;

/// What a letter beyond ASCII takes of a label's octets at most. Punycode
/// (RFC 3492) writes the distance to it in digits of which each is worth ten
/// times the one before or more, and no distance is over 63 × 2¹⁶.
const WIDE_LETTER_OCTETS: usize = 8;

/// `xn--`, before the Punycode of a label.
const PREFIX_OCTETS: usize = 4;

/// Whether a text is a domain name of two labels or more, made of letters and
/// digits with single hyphens between them, whose last begins with a letter.
/// The letters are those of ASCII and the [plain](is_plain_letter) ones.
pub(super) fn is_common_domain(text: &str) -> bool {
    let is_common = if text.is_ascii() {
        text.len() <= MAX_DOMAIN_OCTETS && is_joined(text, |word| between(word, b'-', b'.'))
    } else {
        is_joined_wide(text, |c| matches!(c, '-' | '.'))
            .is_some_and(|wide| octets(text, wide) <= MAX_DOMAIN_OCTETS)
    };
    let last_dot = text.bytes().rposition(|byte| byte == b'.');
    let last_label = last_dot.and_then(|dot| text.as_bytes().get(dot + 1));
    is_common && last_label.is_some_and(|first| !first.is_ascii_digit())
}

/// Whether a text is an unquoted local part of letters and digits with single
/// signs between them.
pub(super) fn is_common_local_part(text: &str) -> bool {
    text.len() <= MAX_LOCAL_OCTETS
        && if text.is_ascii() {
            is_joined(text, |word| {
                between(word, b'-', b'.') | between(word, b'_', b'_') | between(word, b'+', b'+')
            })
        } else {
            is_joined_wide(text, |c| matches!(c, '-' | '.' | '_' | '+')).is_some()
        }
}

/// Whether a letter beyond ASCII is one that a domain has as it stands: valid by
/// UTS #46 without a mapping, never composed with what stands before it, written
/// from left to right, and a letter to `email_address`.
///
/// A few blocks of which this holds throughout; the tests try each letter.
const fn is_plain_letter(c: char) -> bool {
    matches!(
        c,
        'ß'..='ö' | 'ø'..='ÿ'     // Latin-1, the small letters
        | 'α'..='ω'               // Greek, without accents
        | 'а'..='џ'               // Cyrillic, the small letters
        | 'ぁ'..='ゖ'             // Hiragana
        | 'ァ'..='ヺ'             // Katakana
        | '一'..='\u{9FFF}'       // CJK ideographs
        | '가'..='힣'             // Hangul syllables
    )
}

/// At least the octets of the ASCII form of a domain with so many plain letters.
const fn octets(text: &str, wide: usize) -> usize {
    PREFIX_OCTETS + text.len() + wide * WIDE_LETTER_OCTETS
}

/// Whether a text of ASCII is letters and digits with single joints between
/// them: none at an end, none beside another.
fn is_joined(text: &str, joints: impl Fn(u64) -> u64) -> bool {
    let bytes = text.as_bytes();
    // As if a joint stood before the first byte.
    let mut before = HIGH_BITS;
    let every = every_word(bytes, b'a', |word| {
        let lower = word | 0x2020_2020_2020_2020;
        let alphanumeric = between(lower, b'a', b'z') | between(word, b'0', b'9');
        let joints = joints(word) & HIGH_BITS;
        let side_by_side = joints & (joints << 8 | before >> 56);
        before = joints;
        side_by_side | (!(alphanumeric | joints) & HIGH_BITS) == 0
    });
    every && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
}

/// The same of a text beyond ASCII: how many plain letters it has, if it is.
fn is_joined_wide(text: &str, is_joint: impl Fn(char) -> bool) -> Option<usize> {
    let mut after_joint = true;
    let mut wide = 0;
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            after_joint = false;
        } else if is_plain_letter(c) {
            after_joint = false;
            wide += 1;
        } else if is_joint(c) && !after_joint {
            after_joint = true;
        } else {
            return None;
        }
    }
    (!after_joint).then_some(wide)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::char::canonical_combining_class;
    use unicode_normalization::{IsNormalized, is_nfc_quick};

    use super::*;

    /// The naive form of [`is_joined`].
    fn is_joined_simply(text: &str, joints: &str) -> bool {
        text.split(|c| joints.contains(c))
            .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric()))
    }

    #[test]
    fn v2_what_is_common_takes_the_short_way() {
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
            (&format!("{long}.co"), true),
            (&format!("{long}a.co"), false),
            ("bücher.example", true),
            ("1.ü", true),
            ("ü.1", false),
            ("ü", false),
            ("-ü.b", false),
            ("ü.b.", false),
            ("é\u{301}.b", false),
            (&format!("ü{}.co", &long[..46]), true),
            (&format!("ü{}.co", &long[..47]), false),
            (&format!("üü{}.co", &long[..36]), true),
            (&format!("üü{}.co", &long[..37]), false),
        ] {
            assert_eq!(is_common_domain(domain), is_common, "{domain}");
        }
        for (local, is_common) in [
            ("a.b-c_d+e", true),
            ("ü.b-c_d+e", true),
            ("a+-b", false),
            ("ü+-b", false),
            (".ü", false),
            ("a!b", false),
            ("ü!b", false),
            (&format!("{long}abcd"), true),
            (&format!("{long}abcde"), false),
            (&format!("ü{}", &long[..60]), true),
        ] {
            assert_eq!(is_common_local_part(local), is_common, "{local}");
        }
    }

    #[test]
    fn v2_a_plain_letter_stands_in_a_domain_as_it_is() {
        let mut letters = 0;
        for c in ('\u{80}'..=char::MAX).filter(|c| is_plain_letter(*c)) {
            letters += 1;
            assert!(c.is_alphabetic(), "{c}");
            assert!(u32::from(c) < 1 << 16, "{c}");
            // By these two, no text of such letters is changed by NFC.
            assert_eq!(is_nfc_quick([c].into_iter()), IsNormalized::Yes, "{c}");
            assert_eq!(canonical_combining_class(c), 0, "{c}");
            let domain = format!("{c}.{c}x{c}.x{c}");
            let (shown, read) = idna::domain_to_unicode(&domain);
            assert!(read.is_ok() && shown == domain, "{c}");
        }
        assert!(letters > 30_000);
    }

    #[test]
    fn v2_eight_bytes_at_a_time_are_judged_as_one_by_one() {
        let mut taken = 0;
        crate::value::every_text("aZ5-._@", 6, |text| {
            for text in [
                text.to_owned(),
                format!("abc{text}"),
                format!("{text}abcdefg"),
            ] {
                let domain = is_joined(&text, |word| between(word, b'-', b'.'));
                assert_eq!(domain, is_joined_simply(&text, "-."), "{text}");
                let local = is_joined_wide(&text, |c| matches!(c, '-' | '.' | '_')).is_some();
                assert_eq!(local, is_joined_simply(&text, "-._"), "{text}");
                taken += usize::from(domain);
            }
        });
        assert!(taken > 1_000);
        for byte in 0..0x80 {
            for place in 0..17 {
                let mut text = [b'a'; 17];
                text[place] = byte;
                let text = std::str::from_utf8(&text).unwrap();
                let signs = |word| {
                    between(word, b'-', b'.')
                        | between(word, b'_', b'_')
                        | between(word, b'+', b'+')
                };
                assert_eq!(is_joined(text, signs), is_joined_simply(text, "-._+"));
            }
        }
    }

    proptest! {
        #[test]
        fn v2_no_ascii_form_is_longer_than_is_reckoned(
            label in "[a-z0-9ß-öø-ÿα-ωа-џぁ-ゖァ-ヺ一-\u{9FFF}가-힣]{1,63}",
        ) {
            let ascii = idna::domain_to_ascii(&label).unwrap();
            let wide = is_joined_wide(&label, |_| false).unwrap();
            prop_assert!(ascii.len() <= octets(&label, wide));
        }
    }
}
