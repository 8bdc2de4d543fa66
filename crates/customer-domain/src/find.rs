//! The question for the customer of an email address, as it is sent.

use crate::path::{FieldPath, Parent};
use crate::reason::Reason;
use crate::schema::Field;
use crate::value::email::{EmailAddress, EmailKey};
use crate::violation::{Refused, Violations};

/// The question for the customer of an email address: the one parameter `email`,
/// as in the query of a URL.
///
/// ```
/// use customer_domain::EmailQuery;
///
/// let query = EmailQuery::from_parameters([("email", "ANN@acme.example")])?;
/// assert_eq!(query.key().as_str(), "ann@acme.example");
///
/// let refused = EmailQuery::from_parameters([("mail", "x")]).unwrap_err();
/// assert_eq!(refused.to_string(), "mail is not a known field; did you mean email?; email is required");
/// # Ok::<(), customer_domain::Violations>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailQuery(EmailAddress);

impl EmailQuery {
    /// Reads the parameters, decoded.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with them at once (P11): the codes of
    /// [`EmailAddress::parse`], `REQUIRED`, `UNKNOWN_FIELD` for any other name
    /// (P7) and `DUPLICATE_FIELD` for one given twice (P8).
    pub fn from_parameters<N: AsRef<str>, V: AsRef<str>>(
        parameters: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, Violations> {
        let mut refused = Refused::default();
        let mut sent = None;
        for (name, value) in parameters {
            if name.as_ref() != Field::Email.as_str() {
                let path = FieldPath::unknown(Parent::EmailQuery, name.as_ref());
                refused.add(path, Reason::UnknownField);
                continue;
            }
            sent = Some(match sent {
                None => (refused.next(), Some(value)),
                // P8: which of the two is meant is not ours to guess.
                Some((place, _)) => (place, None),
            });
        }
        let (place, outcome) = match sent {
            None => (refused.next(), Err(Reason::Required)),
            Some((place, None)) => (place, Err(Reason::DuplicateField)),
            Some((place, Some(value))) => {
                let email = EmailAddress::parse(value.as_ref());
                (place, email.map_err(|error| error.reason()))
            }
        };
        match outcome {
            Ok(email) => refused.or(Self(email)),
            Err(reason) => {
                refused.insert(place, FieldPath::field(Field::Email), reason);
                Err(refused.into_violations())
            }
        }
    }

    /// What to look for.
    #[must_use]
    pub fn key(&self) -> EmailKey {
        self.0.key()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(parameters: &[(&str, &str)]) -> Vec<(String, &'static str)> {
        let refused = EmailQuery::from_parameters(parameters.iter().copied()).unwrap_err();
        let pair = |v: &crate::Violation| (v.field().to_string(), v.code());
        refused.iter().map(pair).collect()
    }

    #[test]
    fn v2_what_is_asked_for_is_an_email_address() {
        for (value, code) in [
            ("", "BLANK"),
            (" ", "BLANK"),
            ("nope", "INVALID_EMAIL"),
            ("a@b.co\u{0}", "CONTROL_CHARACTER"),
        ] {
            assert_eq!(codes(&[("email", value)]), [("email".to_owned(), code)]);
        }
        assert_eq!(codes(&[]), [("email".to_owned(), "REQUIRED")]);
    }

    #[test]
    fn p8_an_email_given_twice_is_refused_whatever_its_values() {
        let refused = codes(&[("a", ""), ("email", "a@b.co"), ("b", ""), ("email", "nope")]);
        let expected = [
            ("a", "UNKNOWN_FIELD"),
            ("email", "DUPLICATE_FIELD"),
            ("b", "UNKNOWN_FIELD"),
        ];
        assert_eq!(refused, expected.map(|(f, c)| (f.to_owned(), c)));
    }

    #[test]
    fn p7_any_other_parameter_is_refused() {
        let refused = codes(&[("email", "a@b.co"), ("Email", "a@b.co")]);
        assert_eq!(refused, [("Email".to_owned(), "UNKNOWN_FIELD")]);
    }
}
