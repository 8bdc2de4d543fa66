//! What is searched for, and where.

use crate::reason::ValueError;
use crate::text::{self, Controls};
use crate::value::derived_string;
use crate::value::email::EmailAddress;
use crate::value::name::CustomerName;
use crate::value::phone::PhoneNumber;

const SUBJECT: &str = "search text";

/// What stands between the texts of a [`SearchKey`]. No value holds one, and no
/// text that is searched for, so that nothing is found across two of them (T3).
const SEPARATOR: char = '\n';

/// What records are searched for (S7): a text that is found in a name, an email
/// address or a phone number.
///
/// It is trimmed (T2), not blank (T4), free of control characters (T3) and has at
/// most 255 characters (T1). It is a text and no pattern: `%`, `_` and `*` stand
/// for themselves.
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
    /// The longest text, in characters (Unicode scalar values).
    pub const MAX_CHARS: usize = 255;

    /// Reads a text.
    ///
    /// # Errors
    ///
    /// `BLANK`, `CONTROL_CHARACTER` or `TOO_LONG`.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        let text = text::check(text, Self::MAX_CHARS, Controls::Refuse)
            .map_err(|reason| ValueError::new(SUBJECT, reason))?;
        Ok(Self(text::folded(text).into()))
    }

    /// Whether it is found in a record.
    #[must_use]
    pub fn is_in(&self, key: &SearchKey) -> bool {
        key.0.contains(&*self.0)
    }
}

derived_string!(SearchText);

/// What a record is searched in, and sorted by when the order is that of the
/// names (S7): its name, its email address and its phone number, a line each.
///
/// Each is folded as the local part of an [`EmailKey`](crate::EmailKey) is: NFC,
/// then Unicode full case folding, in no locale. A record without a phone number
/// has an empty last line. A text is found in a record when its own folded form
/// is a part of this one.
///
/// A store that cannot fold keeps it beside the record and compares its bytes,
/// whose order is that of the code points; a database's own idea of lower case
/// and of what comes first never decides.
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
    /// The key of a record with those values.
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
