//! A private field must not take a promise away without a test that says so.

use std::fmt::Debug;
use std::panic::{RefUnwindSafe, UnwindSafe};

use customer_domain::*;

fn promises<T: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe + Clone + Debug>() {}

#[test]
fn values_and_records_can_go_anywhere() {
    promises::<Address>();
    promises::<Applied>();
    promises::<BodyError>();
    promises::<BulkUpdate>();
    promises::<Contacts>();
    promises::<Customer>();
    promises::<CustomerId>();
    promises::<CustomerName>();
    promises::<CustomerPage>();
    promises::<CustomerPatch>();
    promises::<EmailAddress>();
    promises::<EmailKey>();
    promises::<EmailQuery>();
    promises::<FieldSet>();
    promises::<ListQuery>();
    promises::<NewCustomer>();
    promises::<PhoneNumber>();
    promises::<RowUpdate>();
    promises::<SearchKey>();
    promises::<SearchText>();
    promises::<Status>();
    promises::<TeamId>();
    promises::<Timestamp>();
    promises::<Version>();
    promises::<Violations>();
    promises::<WebsiteUrl>();
}

#[test]
fn errors_can_be_boxed_and_sent() {
    fn boxed<T: std::error::Error + Send + Sync + 'static>() {}
    boxed::<BodyError>();
    boxed::<CreateError>();
    boxed::<DeleteError>();
    boxed::<Failure>();
    boxed::<InsertError>();
    boxed::<ReplaceError>();
    boxed::<StoreError>();
    boxed::<UpdateError>();
    boxed::<ValueError>();
}
