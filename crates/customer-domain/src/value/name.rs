//! V1: the names of customers and contacts.

use std::sync::Arc;

use crate::reason::Reason;
use crate::text::{self, Controls};

use super::text_value;

/// The name of a customer (V1): not blank, at most 255 characters, no control
/// characters.
///
/// ```
/// use customer_domain::CustomerName;
///
/// let name = CustomerName::parse("  Acme Corporation ")?;
/// assert_eq!(name.as_str(), "Acme Corporation");
/// assert!(CustomerName::parse("\u{200B}").is_err(), "it is blank");
/// # Ok::<(), customer_domain::ValueError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CustomerName(Arc<str>);

impl CustomerName {
    /// The maximum length, in characters (Unicode scalar values).
    pub const MAX_CHARS: usize = 255;
}

text_value!(CustomerName, "customer name", check_name);

/// The name of a contact, with the rules of [`CustomerName`].
///
/// ```
/// # use customer_domain::ContactName;
/// assert_eq!(ContactName::parse("Ann Lee")?.as_str(), "Ann Lee");
/// # Ok::<(), customer_domain::ValueError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContactName(Arc<str>);

impl ContactName {
    /// The maximum length, in characters (Unicode scalar values).
    pub const MAX_CHARS: usize = CustomerName::MAX_CHARS;
}

text_value!(ContactName, "contact name", check_name);

fn check_name(text: &str) -> Result<&str, Reason> {
    text::check(text, CustomerName::MAX_CHARS, Controls::Reject)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v1_a_name_has_1_to_255_characters() {
        for (length, ok) in [(0, false), (1, true), (255, true), (256, false)] {
            for text in ["n".repeat(length), "ñ".repeat(length)] {
                assert_eq!(CustomerName::parse(&text).is_ok(), ok, "{length}");
                assert_eq!(ContactName::parse(&text).is_ok(), ok, "{length}");
            }
        }
    }

    #[test]
    fn v1_a_name_is_trimmed_and_not_blank() {
        let name = CustomerName::parse("\u{3000}Ä b\n").map(String::from);
        assert_eq!(name.as_deref(), Ok("Ä b"));
        let error = CustomerName::parse(" \t").map_err(|e| e.reason());
        assert_eq!(error, Err(Reason::Blank));
    }

    #[test]
    fn t5_names_with_different_code_points_are_not_equal() {
        assert_ne!(CustomerName::parse("é"), CustomerName::parse("e\u{301}"));
        assert_ne!(CustomerName::parse("ACME"), CustomerName::parse("Acme"));
    }
}
