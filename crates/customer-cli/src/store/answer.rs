//! The response to a store command.

use customer_domain::{Applied, Customer, FieldSet, Success, Version, Warning};
use serde::Serialize;

/// The response to a successful operation: the envelope, the version for a later
/// `--if-version`, and the changed fields of an update.
#[derive(Debug, Serialize)]
pub(super) struct Done {
    #[serde(flatten)]
    success: Success<Option<Customer>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<Version>,
    #[serde(skip_serializing_if = "Option::is_none")]
    changed: Option<FieldSet>,
}

impl Done {
    pub(super) fn created(customer: Customer, warnings: Vec<Warning>) -> Self {
        Self::new(Success::created(Some(customer)).with_warnings(warnings))
    }

    pub(super) fn found(customer: Customer) -> Self {
        Self::new(Success::found(Some(customer)))
    }

    pub(super) fn updated(applied: Applied, warnings: Vec<Warning>) -> Self {
        let changed = Some(applied.changed());
        let success = Success::updated(Some(applied.into_customer()));
        Self {
            changed,
            ..Self::new(success.with_warnings(warnings))
        }
    }

    pub(super) fn deleted() -> Self {
        Self::new(Success::new("Customer deleted.", None))
    }

    fn new(success: Success<Option<Customer>>) -> Self {
        Self {
            version: success.data().as_ref().map(Customer::version),
            success,
            changed: None,
        }
    }
}
