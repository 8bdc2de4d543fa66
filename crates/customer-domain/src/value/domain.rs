//! The short way for email addresses and websites: what every reader of domains
//! takes as it stands.
//!
//! What is not known here is not refused but left to the crates that know all
//! of it, `email_address`, `idna` and `url`. The tests hold both ways against
//! each other.

use crate::bytes::{any_pair, one_of, wide_chars};

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
    let Some(wide) = joined_letters(text, is_hyphen_or_dot) else {
        return false;
    };
    let last_dot = text.bytes().rposition(|byte| byte == b'.');
    let last_label = last_dot.and_then(|dot| text.as_bytes().get(dot + 1));
    octets(text, wide) <= MAX_DOMAIN_OCTETS
        && last_label.is_some_and(|first| !first.is_ascii_digit())
}

/// Whether a text is an unquoted local part of letters and digits with single
/// signs between them.
pub(super) fn is_common_local_part(text: &str) -> bool {
    text.len() <= MAX_LOCAL_OCTETS
        && joined_letters(text, |byte| {
            is_hyphen_or_dot(byte) | one_of(byte, [b'_', b'+'])
        })
        .is_some()
}

const fn is_hyphen_or_dot(byte: u8) -> bool {
    matches!(byte, b'-'..=b'.')
}

/// Whether a letter beyond ASCII is one that a domain has as it stands: valid by
/// UTS #46 without a mapping, never composed with what stands before it, written
/// from left to right, and a letter to `email_address`.
///
/// A few blocks of which this holds throughout; the tests try each letter.
const fn is_plain_letter(c: char) -> bool {
    if c <= 'ÿ' {
        // Latin-1, the small letters.
        return matches!(c, 'ß'..='ö' | 'ø'..='ÿ');
    }
    matches!(
        c,
        'α'..='ω'               // Greek, without accents
        | 'а'..='џ'               // Cyrillic, the small letters
        | 'ぁ'..='ゖ'             // Hiragana
        | 'ァ'..='ヺ'             // Katakana
        | '一'..='\u{9FFF}'       // CJK ideographs
        | '가'..='힣'             // Hangul syllables
    )
}

/// At least the octets of the ASCII form of a domain with so many plain letters.
const fn octets(text: &str, wide: usize) -> usize {
    match wide {
        0 => text.len(),
        _ => PREFIX_OCTETS + text.len() + wide * WIDE_LETTER_OCTETS,
    }
}

/// How many [plain letters](is_plain_letter) a text has, if it is such letters and
/// letters and digits of ASCII, with single joints between them: none at an end, none
/// beside another.
fn joined_letters(text: &str, is_joint: impl Fn(u8) -> bool + Copy) -> Option<usize> {
    let bytes = text.as_bytes();
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() | !byte.is_ascii();
    let is_wrong =
        |before, byte| !(is_letter(byte) | is_joint(byte)) | (is_joint(before) & is_joint(byte));
    let ends = [bytes.first()?, bytes.last()?];
    if !ends.into_iter().all(|end| is_letter(*end)) || any_pair(bytes, is_wrong) {
        return None;
    }
    // Soon told, and of nearly all of them.
    if text.is_ascii() {
        return Some(0);
    }
    let mut wide = 0;
    for c in wide_chars(text) {
        if !is_plain_letter(c) {
            return None;
        }
        wide += 1;
    }
    Some(wide)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::char::canonical_combining_class;
    use unicode_normalization::{IsNormalized, is_nfc_quick};

    use super::*;

    /// The naive form of [`joined_letters`].
    fn is_joined_simply(text: &str, joints: &str) -> bool {
        let is_letter = |c: char| c.is_ascii_alphanumeric() || is_plain_letter(c);
        text.split(|c| joints.contains(c))
            .all(|part| !part.is_empty() && part.chars().all(is_letter))
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
    fn v2_many_bytes_at_a_time_are_judged_as_one_by_one() {
        let is_sign = |byte| matches!(byte, b'-' | b'.' | b'_' | b'+');
        let mut taken = 0;
        crate::value::every_text("aZ5-._@ü", 6, |text| {
            for text in [
                text.to_owned(),
                format!("abc{text}"),
                format!("{text}abcdefg"),
            ] {
                let domain = joined_letters(&text, is_hyphen_or_dot);
                assert_eq!(domain.is_some(), is_joined_simply(&text, "-."), "{text}");
                let local = joined_letters(&text, is_sign).is_some();
                assert_eq!(local, is_joined_simply(&text, "-._+"), "{text}");
                let wide = text.matches('ü').count();
                assert!(domain.is_none_or(|letters| letters == wide), "{text}");
                taken += usize::from(domain.is_some());
            }
        });
        assert!(taken > 1_000);
        for byte in 0..0x80 {
            for length in 1..=33 {
                for place in 0..length {
                    let mut text = [b'a'; 33];
                    text[place] = byte;
                    let text = std::str::from_utf8(&text[..length]).unwrap();
                    let is_joined = joined_letters(text, is_sign).is_some();
                    assert_eq!(is_joined, is_joined_simply(text, "-._+"), "{text}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn v2_no_ascii_form_is_longer_than_is_reckoned(
            label in "[a-z0-9ß-öø-ÿα-ωа-џぁ-ゖァ-ヺ一-\u{9FFF}가-힣]{1,63}",
        ) {
            let ascii = idna::domain_to_ascii(&label).unwrap();
            let wide = joined_letters(&label, |_| false).unwrap();
            prop_assert!(ascii.len() <= octets(&label, wide));
        }
    }
}
