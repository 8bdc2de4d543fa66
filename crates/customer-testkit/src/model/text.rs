//! Strings (T): length, trimming and rejected characters, before the rules of each value.

/// The inclusive ranges of `Default_Ignorable_Code_Point`, as listed in
/// `DerivedCoreProperties.txt` of the Unicode Character Database, with adjacent ranges
/// joined: 4,174 code points (T4).
const DEFAULT_IGNORABLE: [(u32, u32); 17] = [
    (0x00AD, 0x00AD),   // soft hyphen
    (0x034F, 0x034F),   // combining grapheme joiner
    (0x061C, 0x061C),   // Arabic letter mark
    (0x115F, 0x1160),   // Hangul choseong and jungseong fillers
    (0x17B4, 0x17B5),   // Khmer inherent vowels
    (0x180B, 0x180F),   // Mongolian variation selectors and vowel separator
    (0x200B, 0x200F),   // zero-width space, joiners, direction marks
    (0x202A, 0x202E),   // bidi embeddings and overrides
    (0x2060, 0x206F),   // word joiner, invisible operators, isolates, deprecated format characters
    (0x3164, 0x3164),   // Hangul filler
    (0xFE00, 0xFE0F),   // variation selectors 1 to 16
    (0xFEFF, 0xFEFF),   // zero-width no-break space
    (0xFFA0, 0xFFA0),   // half-width Hangul filler
    (0xFFF0, 0xFFF8),   // unassigned, reserved as ignorable
    (0x1BCA0, 0x1BCA3), // shorthand format controls
    (0x1D173, 0x1D17A), // musical format controls
    (0xE0000, 0xE0FFF), // tags, variation selectors 17 to 256, reserved
];

/// The braille pattern without dots: it is not white space, but invisible (T4).
const BRAILLE_BLANK: char = '\u{2800}';

/// Whether a line feed is allowed inside a string: only in `street` (T3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineFeed {
    /// Allowed, as in `street`.
    Kept,
    /// Rejected, as in all other fields.
    Rejected,
}

/// Whether the Unicode standard lists the character as `Default_Ignorable_Code_Point` (T4, V5).
pub fn is_default_ignorable(c: char) -> bool {
    DEFAULT_IGNORABLE
        .iter()
        .any(|&(first, last)| first <= u32::from(c) && u32::from(c) <= last)
}

/// T2: the string without White_Space at its ends.
pub(super) fn trimmed(text: &str) -> &str {
    text.trim_matches(char::is_whitespace)
}

/// T4: whether the string has no visible character.
pub(super) fn is_blank(text: &str) -> bool {
    text.chars().all(|c| {
        c.is_whitespace() || c.is_control() || is_default_ignorable(c) || c == BRAILLE_BLANK
    })
}

/// T3: whether a control character (general category Cc) occurs where it is not allowed.
fn has_control(text: &str, line_feed: LineFeed) -> bool {
    text.chars()
        .any(|c| c.is_control() && !(c == '\n' && line_feed == LineFeed::Kept))
}

/// T1–T5 in the order of RULES, Responses: the string to store, or `BLANK`,
/// `CONTROL_CHARACTER` or `TOO_LONG` (more than `max` Unicode scalar values).
pub(super) fn check(text: &str, max: usize, line_feed: LineFeed) -> Result<String, &'static str> {
    let text = trimmed(text);
    if is_blank(text) {
        return Err("BLANK");
    }
    if has_control(text, line_feed) {
        return Err("CONTROL_CHARACTER");
    }
    if text.chars().count() > max {
        return Err("TOO_LONG");
    }
    Ok(text.to_owned())
}
