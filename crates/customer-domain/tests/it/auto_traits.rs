//! Auto traits and standard traits of the public types. A change of a private field can
//! remove one without a compile error.

use std::fmt::Debug;
use std::panic::{RefUnwindSafe, UnwindSafe};

use customer_domain::*;

fn has_traits<T: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe + Clone + Debug>() {}

#[test]
fn values_and_records_can_be_sent_shared_and_cloned() {
    has_traits::<Address>();
    has_traits::<Applied>();
    has_traits::<BodyError>();
    has_traits::<BulkUpdate>();
    has_traits::<Change>();
    has_traits::<Contacts>();
    has_traits::<Column>();
    has_traits::<ColumnValue<'static>>();
    has_traits::<Customer>();
    has_traits::<CustomerId>();
    has_traits::<CustomerName>();
    has_traits::<CustomerPage>();
    has_traits::<CustomerPatch>();
    has_traits::<EmailAddress>();
    has_traits::<CustomerRecord>();
    has_traits::<EmailKey>();
    has_traits::<ErrorCode>();
    has_traits::<FieldPath>();
    has_traits::<FieldSet>();
    has_traits::<ListQuery>();
    has_traits::<NewCustomer>();
    has_traits::<PhoneNumber>();
    has_traits::<RowUpdate>();
    has_traits::<Scan>();
    has_traits::<SearchKey>();
    has_traits::<SearchText>();
    has_traits::<Status>();
    has_traits::<Success<Customer>>();
    has_traits::<TeamId>();
    has_traits::<Timestamp>();
    has_traits::<Upsert>();
    has_traits::<Upserted>();
    has_traits::<Version>();
    has_traits::<Violation>();
    has_traits::<Violations>();
    has_traits::<Warning>();
    has_traits::<WebsiteUrl>();
    has_traits::<Write>();
}

#[test]
fn errors_can_be_boxed_and_sent() {
    fn boxed<T: std::error::Error + Send + Sync + 'static>() {}
    boxed::<BodyError>();
    boxed::<DeleteError>();
    boxed::<Failure>();
    boxed::<InsertError>();
    boxed::<ReplaceError>();
    boxed::<RowError>();
    boxed::<StoreError>();
    boxed::<UpdateError>();
    boxed::<UpsertError>();
    boxed::<ValueError>();
    boxed::<Violations>();
}
