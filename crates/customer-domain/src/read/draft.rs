//! The values of a body, before they are a patch, a new customer or a record.

use crate::customer::{Customer, CustomerParts};
use crate::field::{NullableUpdate, Update};
use crate::new_customer::NewCustomer;
use crate::patch::CustomerPatch;
use crate::path::FieldPath;
use crate::reason::Reason;
use crate::schema::Field;
use crate::value::contact::Contacts;
use crate::value::id::{CustomerId, TeamId};
use crate::value::time::Timestamp;
use crate::value::version::Version;
use crate::violation::{Violation, Violations};

/// The values of a body. A body that is accepted has them all; what of them
/// was sent is in the states of the fields.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) patch: CustomerPatch,
    pub(super) contacts: Contacts,
    pub(super) uuid: Option<CustomerId>,
    pub(super) created_at: Option<Timestamp>,
    pub(super) updated_at: Option<Timestamp>,
}

impl Draft {
    /// The new customer, of a body read for that purpose.
    pub(super) fn into_new_customer(self) -> Result<NewCustomer, Violations> {
        let CustomerPatch {
            customer,
            email,
            main_phone,
            website,
            status,
            billing_address,
            shipping_address,
        } = self.patch;
        let (Update::Set(name), Update::Set(email)) = (customer, email) else {
            // Refused before, together with all else.
            return Err(required_fields(&[Field::Customer, Field::Email]));
        };
        let mut new = NewCustomer::new(name, email).with_contacts(self.contacts);
        if let NullableUpdate::Set(phone) = main_phone {
            new = new.with_main_phone(phone);
        }
        if let NullableUpdate::Set(website) = website {
            new = new.with_website(website);
        }
        if let Update::Set(status) = status {
            new = new.with_status(status);
        }
        if let NullableUpdate::Set(address) = billing_address {
            new = new.with_billing_address(address);
        }
        if let NullableUpdate::Set(address) = shipping_address {
            new = new.with_shipping_address(address);
        }
        Ok(new)
    }

    /// The record, of a body read for that purpose.
    pub(super) fn into_customer(
        self,
        team: TeamId,
        version: Version,
    ) -> Result<Customer, Violations> {
        let (Some(uuid), Some(created_at), Some(updated_at)) =
            (self.uuid, self.created_at, self.updated_at)
        else {
            // Refused before, together with all else.
            return Err(required_fields(&[
                Field::Uuid,
                Field::CreatedAt,
                Field::UpdatedAt,
            ]));
        };
        let new = self.into_new_customer()?;
        let parts = new.into_customer(uuid, team, created_at).into_parts();
        Ok(Customer::from_parts(CustomerParts {
            version,
            updated_at,
            ..parts
        }))
    }
}

fn required_fields(fields: &[Field]) -> Violations {
    let violation = |field: &Field| Violation::new(FieldPath::field(*field), Reason::Required);
    Violations::new(fields.iter().map(violation).collect(), 0)
}
