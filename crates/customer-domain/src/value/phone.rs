//! V4: phone numbers.

use std::sync::Arc;

use crate::reason::Reason;
use crate::text::{self, Controls};

use super::text_value;

/// A phone number (V4): any format, at most 50 characters, not blank, no
/// control characters.
///
/// The international format is recommended. A number in another format produces the
/// warning [`PHONE_NOT_INTERNATIONAL`](crate::WarningCode::PhoneNotInternational).
///
/// ```
/// use customer_domain::PhoneNumber;
///
/// assert!(PhoneNumber::parse("+1 415 555 0100")?.is_international());
/// assert!(!PhoneNumber::parse("(415) 555-0100")?.is_international());
/// # Ok::<(), customer_domain::ValueError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PhoneNumber(Arc<str>);

impl PhoneNumber {
    /// The maximum length, in characters (Unicode scalar values).
    pub const MAX_CHARS: usize = 50;

    /// Whether the number begins with `+` or `00`, followed by an ASCII digit.
    pub fn is_international(&self) -> bool {
        self.0
            .strip_prefix('+')
            .or_else(|| self.0.strip_prefix("00"))
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    }
}

text_value!(PhoneNumber, "phone number", check);

fn check(text: &str) -> Result<&str, Reason> {
    text::check(text, PhoneNumber::MAX_CHARS, Controls::Reject)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v4_a_phone_number_has_at_most_50_characters() {
        for (length, ok) in [(0, false), (1, true), (50, true), (51, false)] {
            assert_eq!(PhoneNumber::parse(&"1".repeat(length)).is_ok(), ok);
            assert_eq!(PhoneNumber::parse(&"١".repeat(length)).is_ok(), ok);
        }
    }

    #[test]
    fn v4_any_format_is_accepted_and_the_international_format_is_detected() {
        for (text, international) in [
            ("+14155550100", true),
            ("+1", true),
            ("0041 44 668 18 00", true),
            ("  +49 30 1234", true),
            ("+ 49 30 1234", false),
            ("+(49) 30 1234", false),
            ("+", false),
            ("00", false),
            ("0 0 41", false),
            ("00-41", false),
            ("+١٢", false),
            ("(415) 555-0100", false),
            ("0301234", false),
            ("ask for Ann", false),
        ] {
            let number = PhoneNumber::parse(text).map(|n| n.is_international());
            assert_eq!(number, Ok(international), "{text}");
        }
    }
}
