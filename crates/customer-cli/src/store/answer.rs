//! What was done, as it is told.

use customer_domain::{Warning, Applied, Customer, FieldSet, Success, Version};
use serde::{Serialize, Serializer};

/// An operation that was carried out.
#[derive(Debug)]
pub(super) struct Done {
    message: &'static str,
    customer: Option<Customer>,
    warnings: Vec<Warning>,
    changed: Option<FieldSet>,
}

impl Done {
    pub(super) const fn created(customer: Customer, warnings: Vec<Warning>) -> Self {
        Self {
            message: "Customer created.",
            customer: Some(customer),
            warnings,
            changed: None,
        }
    }

    pub(super) const fn found(customer: Customer) -> Self {
        Self {
            message: "Customer found.",
            customer: Some(customer),
            warnings: Vec::new(),
            changed: None,
        }
    }

    pub(super) fn updated(applied: Applied, warnings: Vec<Warning>) -> Self {
        Self {
            message: "Customer updated.",
            customer: Some(applied.customer),
            warnings,
            changed: Some(applied.changed),
        }
    }

    pub(super) const fn deleted() -> Self {
        Self {
            message: "Customer deleted.",
            customer: None,
            warnings: Vec::new(),
            changed: None,
        }
    }
}

/// The envelope, with the version that a later `--if-version` may name.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    success: Success<'a, Option<Customer>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<Version>,
    #[serde(skip_serializing_if = "Option::is_none")]
    changed: Option<FieldSet>,
}

impl Serialize for Done {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Line {
            success: Success::new(self.message, &self.customer).with_warnings(&self.warnings),
            version: self.customer.as_ref().map(Customer::version),
            changed: self.changed,
        }
        .serialize(serializer)
    }
}
