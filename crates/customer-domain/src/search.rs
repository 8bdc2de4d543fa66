//! S7: the text to search for, and the key of a record to search in.

use crate::reason::ValueError;
use crate::text::{self, Controls};
use crate::value::derived_string;
use crate::value::email::EmailAddress;
use crate::value::name::CustomerName;
use crate::value::phone::PhoneNumber;

const SUBJECT: &str = "search text";

/// Separates the strings of a [`SearchKey`]. It is in no value and in no search text
/// (T3), so that no match spans two of them.
const SEPARATOR: char = '\n';

/// The text to search for in the name, the email address and the phone number of
/// records (S7).
///
/// It is trimmed (T2), not blank (T4), without control characters (T3) and has at most
/// 255 characters (T1). It is not a pattern: `%`, `_` and `*` have no special meaning.
///
/// ```
/// use customer_domain::{CustomerId, NewCustomer, SearchText, TeamId, Timestamp};
/// # let (id, team) = (CustomerId::from(uuid::Uuid::nil()), TeamId::from(uuid::Uuid::nil()));
///
/// let customer = NewCustomer::new("Straße & Co".parse()?, "ann@acme.example".parse()?)
///     .into_customer(id, team, Timestamp::parse("2026-11-23T12:00:00Z")?);
/// let key = customer.search_key();
/// assert!(SearchText::parse("STRASSE")?.is_in(&key));
/// assert!(SearchText::parse("@acme")?.is_in(&key));
/// assert!(!SearchText::parse("acme%")?.is_in(&key));
/// # Ok::<(), customer_domain::ValueError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SearchText(Box<str>);

impl SearchText {
    /// The maximum length, in characters (Unicode scalar values).
    pub const MAX_CHARS: usize = 255;

    /// Parses a search text.
    ///
    /// # Errors
    ///
    /// `BLANK`, `CONTROL_CHARACTER` or `TOO_LONG`.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        let text = text::check(text, Self::MAX_CHARS, Controls::Reject)
            .map_err(|reason| ValueError::new(SUBJECT, reason))?;
        Ok(Self(text::folded(text).into()))
    }

    /// Whether the key of a record contains the text.
    #[must_use]
    pub fn is_in(&self, key: &SearchKey) -> bool {
        key.0.contains(&*self.0)
    }
}

derived_string!(SearchText);

/// The string of a record that a list searches, and sorts by if it is ordered by name
/// (S7): the name, the email address and the phone number, one per line.
///
/// Each is folded as the local part of an [`EmailKey`](crate::EmailKey) is:
/// NFC(toCasefold(NFD(string))) with full case folding, in no locale. If the definition
/// changes, increase [`Column::KEY_VERSION`](crate::Column::KEY_VERSION). A record without a phone number
/// has an empty last line. A record matches if its key contains the folded search text.
///
/// A database stores the key next to the record and compares its bytes, so that its
/// own lower case and collation have no influence.
///
/// ```
/// # use customer_domain::{CustomerId, NewCustomer, TeamId, Timestamp};
/// # let (id, team) = (CustomerId::from(uuid::Uuid::nil()), TeamId::from(uuid::Uuid::nil()));
/// let customer = NewCustomer::new("Acme".parse()?, "Ann@acme.example".parse()?)
///     .into_customer(id, team, Timestamp::parse("2026-11-23T12:00:00Z")?);
/// assert_eq!(customer.search_key().as_str(), "acme\nann@acme.example\n");
/// # Ok::<(), customer_domain::ValueError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SearchKey(Box<str>);

impl SearchKey {
    /// The key of a record with these values.
    #[must_use]
    pub fn new(name: &CustomerName, email: &EmailAddress, phone: Option<&PhoneNumber>) -> Self {
        let mut key = text::folded(name.as_str());
        for text in [email.as_str(), phone.map_or("", PhoneNumber::as_str)] {
            key.push(SEPARATOR);
            key.push_str(&text::folded(text));
        }
        Self(key.into())
    }
}

derived_string!(SearchKey);

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::customer::Customer;
    use crate::customer::NewCustomer;
    use crate::value::id::{CustomerId, TeamId};
    use crate::value::time::Timestamp;

    fn customer(name: &str, phone: &str) -> Customer {
        NewCustomer::new(name.parse().unwrap(), "Ann_1@acme.example".parse().unwrap())
            .with_main_phone(phone.parse().unwrap())
            .into_customer(
                CustomerId::from(Uuid::nil()),
                TeamId::from(Uuid::nil()),
                Timestamp::MIN,
            )
    }

    fn finds(text: &str, customer: &Customer) -> bool {
        SearchText::parse(text)
            .unwrap()
            .is_in(&customer.search_key())
    }

    #[test]
    fn s7_a_search_text_is_found_in_a_name_an_email_and_a_phone() {
        let acme = customer("Acme 100% Ltd", "+1 415 555");
        for text in [
            "acme", "ME 100%", " ltd ", "ANN_1@", ".example", "+1 4", "5",
        ] {
            assert!(finds(text, &acme), "{text}");
        }
        for text in [
            "acme ltd",
            "a%",
            "a_me",
            "nn.1",
            "ltdann",
            "ltd ann",
            "example+1",
        ] {
            assert!(!finds(text, &acme), "{text}");
        }
    }

    #[test]
    fn s7_search_uses_full_case_folding() {
        assert!(finds("STRASSE", &customer("Hauptstraße", "1")));
        assert!(finds("straße", &customer("HAUPTSTRASSE", "1")));
        assert!(finds("οδος", &customer("ΟΔΟΣ", "1")));
        assert!(finds("e\u{301}cole", &customer("ÉCOLE", "1")));
        assert!(!finds("ecole", &customer("École", "1")));
        assert!(!finds("ı", &customer("I", "1")));
    }

    #[test]
    fn s7_a_search_text_is_not_blank_has_no_control_characters_and_at_most_255_characters() {
        for (text, code) in [
            ("", Some("BLANK")),
            ("\u{200B} ", Some("BLANK")),
            ("a\nb", Some("CONTROL_CHARACTER")),
            ("a\0", Some("CONTROL_CHARACTER")),
            (&*"ß".repeat(255), None),
            (&*"ß".repeat(256), Some("TOO_LONG")),
        ] {
            let found = SearchText::parse(text).err().map(|e| e.code());
            assert_eq!(found, code, "{text:?}");
        }
    }
}
