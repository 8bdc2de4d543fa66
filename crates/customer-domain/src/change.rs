//! A change of one record.

use crate::customer::{Applied, Customer};
use crate::patch::CustomerPatch;
use crate::value::contact::Contacts;
use crate::value::time::Timestamp;

/// A change of one record, which a store executes as one step (S3).
///
/// ```
/// use customer_domain::{Change, Contacts, CustomerPatch};
///
/// let patch = Change::from(CustomerPatch::new());
/// let no_contacts = Change::from(Contacts::NONE);
/// assert_ne!(patch, no_contacts);
/// ```
#[must_use = "a change must be applied"]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// Changes the fields that the patch sets.
    Patch(Box<CustomerPatch>),
    /// Replaces the list of contacts (C1).
    Contacts(Contacts),
}

impl From<CustomerPatch> for Change {
    fn from(patch: CustomerPatch) -> Self {
        Self::Patch(Box::new(patch))
    }
}

impl From<&CustomerPatch> for Change {
    fn from(patch: &CustomerPatch) -> Self {
        patch.clone().into()
    }
}

impl From<Contacts> for Change {
    fn from(contacts: Contacts) -> Self {
        Self::Contacts(contacts)
    }
}

impl Customer {
    /// Applies a change: see [`apply`](Self::apply) and
    /// [`replace_contacts`](Self::replace_contacts).
    pub fn apply_change(self, change: &Change, now: Timestamp) -> Applied {
        match change {
            Change::Patch(patch) => self.apply(patch, now),
            Change::Contacts(contacts) => self.replace_contacts(contacts.clone(), now),
        }
    }
}
