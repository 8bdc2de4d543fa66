//! The rules of all strings: T1 to T5.
//!
//! The only place that measures and trims strings and rejects characters. A value type
//! passes its input to [`check`] and applies its own rule to the result.
//!
//! - **T1** The length is the number of Unicode scalar values after trimming, like
//!   `maxLength` of JSON Schema.
//! - **T2** White space (the Unicode property `White_Space`) is removed from both ends
//!   before any other rule applies.
//! - **T3** Control characters (general category Cc) are rejected, except a line feed
//!   in a street: PostgreSQL cannot store NUL, and a value must not split a log line
//!   or a header.
//! - **T4** A string without a visible character is blank. See [`is_invisible`].
//! - **T5** Otherwise a string is stored as received: no case, Unicode or URL
//!   normalization.

use unicase::UniCase;
use unicode_normalization::UnicodeNormalization;

use crate::bytes::{any, one_of};
use crate::reason::Reason;

/// The control characters that a string may contain (T3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Controls {
    /// None.
    Reject,
    /// A line feed: a street can have several lines.
    AllowLineFeed,
}

/// T2: removes the white space at both ends.
pub(crate) fn trim(text: &str) -> &str {
    // The fast path: no white space begins or ends with these bytes of UTF-8. Beyond
    // ASCII it begins with 0xC2 (U+0085, U+00A0), 0xE1 (U+1680) or 0xE2 (U+2000 to
    // U+205F), or is 0xE3 0x80 0x80 (U+3000).
    let begins = matches!(
        text.as_bytes(),
        [b'!'..=b'~' | 0xC3..=0xE0 | 0xE4..=0xFF, ..] | [0xE3, 0x81..=0xBF, ..]
    );
    let ends = matches!(
        text.as_bytes(),
        [.., b'!'..=b'~']
            | [.., 0xC3..=0xDF, 0x80..=0xBF]
            | [.., 0xE3, 0x81..=0xBF, _]
            | [.., 0xE4..=0xEF, _, 0x80..=0xBF]
    );
    if begins && ends {
        return text;
    }
    trim_any(text)
}

#[cold]
fn trim_any(text: &str) -> &str {
    // `str::trim` is defined by the Unicode property `White_Space`.
    text.trim()
}

/// Applies T2, T4, T3 and T1 in the order of RULES, Patch: trim, blank, control
/// characters, length. Returns the trimmed string.
///
/// # Errors
///
/// [`Reason::Blank`], [`Reason::ControlCharacter`] or [`Reason::TooLong`].
// Inlined, because for a short string a call costs about as much as the checks.
#[inline(always)]
pub(crate) fn check(text: &str, max: usize, controls: Controls) -> Result<&str, Reason> {
    let text = trim(text);
    if is_blank(text) {
        return Err(Reason::Blank);
    }
    if has_rejected_control(text, controls) {
        return Err(Reason::ControlCharacter);
    }
    // A character has at least one byte, so most strings are not counted.
    if text.len() <= max {
        return Ok(text);
    }
    let actual = count(text);
    if actual > max {
        return Err(Reason::TooLong { max, actual });
    }
    Ok(text)
}

#[cold]
fn count(text: &str) -> usize {
    text.chars().count()
}

/// The form in which strings are compared case-insensitively: canonical caseless
/// matching (Unicode D145), as NFC(toCasefold(NFD(text))) with full case folding.
/// Unlike lower case, it does not depend on a letter's position in a word. No locale.
pub(crate) fn folded(text: &str) -> String {
    if text.is_ascii() {
        // In ASCII, all three steps together are the lower case.
        return text.to_ascii_lowercase();
    }
    let decomposed: String = text.nfd().collect();
    composed(&UniCase::unicode(decomposed).to_folded_case())
}

/// NFC.
pub(crate) fn composed(text: &str) -> String {
    text.nfc().collect()
}

/// T4: whether a string has no visible character.
pub(crate) fn is_blank(text: &str) -> bool {
    // The fast path: the first character is visible. It is in ASCII, in U+00C0 to
    // U+033F or in U+4000 to U+D7FF.
    match text.as_bytes().first() {
        None => true,
        Some(b'!'..=b'~' | 0xC3..=0xCC | 0xE4..=0xED) => false,
        Some(_) => is_all_blank(text),
    }
}

#[cold]
fn is_all_blank(text: &str) -> bool {
    // U+3001 to U+303F, such as 「 or 〒, often begins a string.
    let is_punctuated = matches!(text.as_bytes(), [0xE3, 0x80, 0x81..=0xBF, ..]);
    !is_punctuated && text.chars().all(is_invisible)
}

fn has_rejected_control(text: &str, controls: Controls) -> bool {
    // Cc is U+0000 to U+001F and U+007F to U+009F. In UTF-8, U+0080 to U+009F begin
    // with 0xC2.
    let may_be_rejected = |byte| (byte < b' ') | one_of(byte, [0x7F, 0xC2]);
    any(text.as_bytes(), may_be_rejected) && has_rejected_control_exactly(text, controls)
}

#[cold]
fn has_rejected_control_exactly(text: &str, controls: Controls) -> bool {
    let allowed = (controls == Controls::AllowLineFeed).then_some('\n');
    text.chars().any(|c| c.is_control() && Some(c) != allowed)
}

/// T4: an invisible character: white space, a control character, a default-ignorable
/// code point, or U+2800, the Braille pattern without dots.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_whitespace() || c.is_control() || is_default_ignorable(c) || c == '\u{2800}'
}

/// The Unicode property `Default_Ignorable_Code_Point`.
///
/// From `DerivedCoreProperties.txt` of Unicode 17.0. The property includes reserved
/// code points, so new versions of Unicode rarely extend it.
pub(crate) fn is_default_ignorable(c: char) -> bool {
    matches!(
        c,
        '\u{00AD}'                      // soft hyphen
        | '\u{034F}'                    // combining grapheme joiner
        | '\u{061C}'                    // Arabic letter mark
        | '\u{115F}'..='\u{1160}'       // Hangul fillers
        | '\u{17B4}'..='\u{17B5}'       // Khmer inherent vowels
        | '\u{180B}'..='\u{180F}'       // Mongolian variation selectors
        | '\u{200B}'..='\u{200F}'       // zero-width characters, direction marks
        | '\u{202A}'..='\u{202E}'       // bidirectional embeddings
        | '\u{2060}'..='\u{206F}'       // word joiner, isolates, invisible operators
        | '\u{3164}'                    // Hangul filler
        | '\u{FE00}'..='\u{FE0F}'       // variation selectors
        | '\u{FEFF}'                    // zero-width no-break space
        | '\u{FFA0}'                    // half-width Hangul filler
        | '\u{FFF0}'..='\u{FFF8}'       // reserved
        | '\u{1BCA0}'..='\u{1BCA3}'     // shorthand format controls
        | '\u{1D173}'..='\u{1D17A}'     // musical format controls
        | '\u{E0000}'..='\u{E0FFF}'     // tags, more variation selectors, reserved
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_line(text: &str, max: usize) -> Result<&str, Reason> {
        check(text, max, Controls::Reject)
    }

    #[test]
    fn t1_length_counts_scalar_values_after_trimming() {
        assert_eq!(check_line("ab", 2), Ok("ab"));
        assert_eq!(check_line("  ab\u{3000}", 2), Ok("ab"));
        assert_eq!(check_line("é", 1), Ok("é"));
        // Four bytes and two UTF-16 units each, one scalar value each.
        assert_eq!(check_line("😀😀", 2), Ok("😀😀"));
        assert_eq!(
            check_line("😀😀😀", 2),
            Err(Reason::TooLong { max: 2, actual: 3 })
        );
        // One grapheme, two scalar values.
        assert_eq!(
            check_line("e\u{301}", 1),
            Err(Reason::TooLong { max: 1, actual: 2 })
        );
    }

    #[test]
    fn t2_every_unicode_white_space_is_trimmed_from_both_ends() {
        let white_space = "\t\n\u{B}\u{C}\r \u{85}\u{A0}\u{1680}\u{2000}\u{2001}\u{2002}\u{2003}\
             \u{2004}\u{2005}\u{2006}\u{2007}\u{2008}\u{2009}\u{200A}\u{2028}\u{2029}\u{202F}\
             \u{205F}\u{3000}";
        assert_eq!(white_space.chars().count(), 25, "the whole property");
        let text = format!("{white_space}a b{white_space}");
        assert_eq!(check_line(&text, 3), Ok("a b"));
    }

    #[test]
    fn t3_control_characters_inside_a_string_are_rejected() {
        for c in (0..=0x9F)
            .filter_map(char::from_u32)
            .filter(|c| c.is_control())
        {
            let text = format!("a{c}b");
            assert_eq!(check_line(&text, 9), Err(Reason::ControlCharacter), "{c:?}");
            let street = check(&text, 9, Controls::AllowLineFeed);
            assert_eq!(street.is_ok(), c == '\n', "{c:?}");
        }
        assert_eq!(check_line("a\u{A0}b é", 9), Ok("a\u{A0}b é"));
    }

    #[test]
    fn t4_a_string_without_a_visible_character_is_blank() {
        for text in [
            "",
            " ",
            "\u{200B}",
            "\u{AD}",
            "\u{FE0F}",
            "\u{3164}",
            "\u{2800}",
            "\u{0}",
            "\u{E0041}",
            "\u{202E}\u{2066}",
            "\u{34F} \u{180E}",
        ] {
            assert_eq!(check_line(text, 9), Err(Reason::Blank), "{text:?}");
        }
    }

    #[test]
    fn t2_and_t4_hold_for_every_character() {
        for c in '\0'..=char::MAX {
            let text = String::from(c);
            assert_eq!(is_blank(&text), is_invisible(c), "{c:?}");
            for text in [text, format!("{c}x"), format!("x{c}"), format!("é{c}")] {
                assert_eq!(trim(&text), text.trim(), "{text:?}");
                let has_control = text.chars().any(char::is_control);
                assert_eq!(has_rejected_control(&text, Controls::Reject), has_control);
            }
        }
    }

    #[test]
    fn t4_invisible_characters_inside_a_visible_string_are_kept() {
        for text in [
            "👩\u{200D}🚀",
            "\u{200B}a\u{200B}",
            "co\u{AD}op",
            "\u{2800}x",
        ] {
            assert_eq!(check_line(text, 9), Ok(text));
        }
    }

    #[test]
    fn t4_blank_is_checked_before_control_characters() {
        assert_eq!(check_line("\u{200B}\u{0}\u{200B}", 1), Err(Reason::Blank));
    }

    #[test]
    fn t5_nothing_is_normalized() {
        for text in ["ÉCOLE", "e\u{301}", "\u{FB01}n", "ß", "A  B"] {
            assert_eq!(check_line(text, 9), Ok(text));
        }
    }
}
