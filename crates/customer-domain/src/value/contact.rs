//! Contacts of a customer.

use std::ops::Deref;
use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::reason::{Reason, ValueError};
use crate::schema::ContactField;
use crate::value::email::EmailAddress;
use crate::value::name::ContactName;
use crate::value::phone::PhoneNumber;

/// A contact person of a customer (RULES, Record). An update cannot change contacts
/// (P5).
///
/// ```
/// use customer_domain::{Contact, ContactName};
///
/// let ann = Contact::new(ContactName::parse("Ann Lee")?)
///     .with_email("ann@acme.example".parse()?)
///     .with_primary();
/// assert!(ann.is_primary);
/// # Ok::<(), customer_domain::ValueError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Contact {
    /// The name.
    pub name: ContactName,
    /// The email address.
    pub email: Option<EmailAddress>,
    /// The phone number.
    pub phone: Option<PhoneNumber>,
    /// Whether this is the primary contact.
    pub is_primary: bool,
}

impl Contact {
    /// A contact that is not the primary one.
    #[must_use]
    pub const fn new(name: ContactName) -> Self {
        Self {
            name,
            email: None,
            phone: None,
            is_primary: false,
        }
    }

    /// Sets the email address.
    #[must_use]
    pub fn with_email(mut self, email: EmailAddress) -> Self {
        self.email = Some(email);
        self
    }

    /// Sets the phone number.
    #[must_use]
    pub fn with_phone(mut self, phone: PhoneNumber) -> Self {
        self.phone = Some(phone);
        self
    }

    /// Makes it the primary contact.
    #[must_use]
    pub fn with_primary(mut self) -> Self {
        self.is_primary = true;
        self
    }
}

/// All four fields in their order, null for a missing one.
impl Serialize for Contact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut contact = serializer.serialize_map(Some(ContactField::ALL.len()))?;
        contact.serialize_entry(ContactField::Name.as_str(), &self.name)?;
        contact.serialize_entry(ContactField::Email.as_str(), &self.email)?;
        contact.serialize_entry(ContactField::Phone.as_str(), &self.phone)?;
        contact.serialize_entry(ContactField::IsPrimary.as_str(), &self.is_primary)?;
        contact.end()
    }
}

/// The contacts of a customer, in order. At most one is primary, except in a list that
/// was stored (S8).
///
/// ```
/// use customer_domain::{Contact, Contacts};
///
/// let ann = Contact::new("Ann Lee".parse()?).with_primary();
/// let bob = Contact::new("Bob Ray".parse()?);
/// let contacts = Contacts::new(vec![ann.clone(), bob])?;
/// assert_eq!(contacts.primary(), Some(&ann));
/// assert!(Contacts::new(vec![ann.clone(), ann]).is_err());
/// # Ok::<(), customer_domain::ValueError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Contacts(
    /// `None` if there is no contact, so that no memory is allocated.
    Option<Arc<[Contact]>>,
);

impl Contacts {
    /// No contact.
    pub const NONE: Self = Self(None);

    /// Creates a list of contacts.
    ///
    /// # Errors
    ///
    /// `MULTIPLE_PRIMARY_CONTACTS` if more than one is primary.
    pub fn new(contacts: Vec<Contact>) -> Result<Self, ValueError> {
        if contacts.iter().filter(|c| c.is_primary).count() > 1 {
            let reason = Reason::MultiplePrimaryContacts;
            return Err(ValueError::new("list of contacts", reason));
        }
        Ok(Self::from_checked(contacts))
    }

    /// Creates a list that was already checked, or stored (S8).
    pub(crate) fn from_checked(contacts: Vec<Contact>) -> Self {
        Self((!contacts.is_empty()).then(|| contacts.into()))
    }

    /// The primary contact, if there is one. If a stored list has two (S8), the first.
    pub fn primary(&self) -> Option<&Contact> {
        self.iter().find(|contact| contact.is_primary)
    }
}

/// The contacts, in order.
impl Deref for Contacts {
    type Target = [Contact];

    fn deref(&self) -> &[Contact] {
        self.0.as_deref().unwrap_or_default()
    }
}

impl Serialize for Contacts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_most_one_contact_is_primary() {
        let one = Contact::new("A".parse().unwrap());
        for (primaries, ok) in [(0, true), (1, true), (2, false), (3, false)] {
            let contacts = (0..3)
                .map(|i| {
                    if i < primaries {
                        one.clone().with_primary()
                    } else {
                        one.clone()
                    }
                })
                .collect();
            assert_eq!(Contacts::new(contacts).is_ok(), ok, "{primaries}");
        }
    }

    #[test]
    fn a_contact_has_the_values_that_were_set() {
        let bare = Contact::new("A".parse().unwrap());
        assert_eq!(
            (&bare.email, &bare.phone, bare.is_primary),
            (&None, &None, false)
        );
        let full = bare
            .with_email("a@b.co".parse().unwrap())
            .with_phone("+1".parse().unwrap())
            .with_primary();
        assert_eq!(full.name.as_str(), "A");
        assert_eq!(
            full.email.as_ref().map(EmailAddress::as_str),
            Some("a@b.co")
        );
        assert_eq!(full.phone.as_ref().map(PhoneNumber::as_str), Some("+1"));
        assert!(full.is_primary);
        let json = r#"[{"name":"A","email":"a@b.co","phone":"+1","isPrimary":true}]"#;
        let contacts = Contacts::new(vec![full]).unwrap();
        assert_eq!(serde_json::to_string(&contacts).ok().as_deref(), Some(json));
        assert_eq!(serde_json::from_str::<Contacts>(json).ok(), Some(contacts));
    }

    #[test]
    fn the_default_is_no_contacts() {
        assert_eq!(Contacts::new(Vec::new()), Ok(Contacts::NONE));
        assert_eq!(*Contacts::default(), []);
    }
}
