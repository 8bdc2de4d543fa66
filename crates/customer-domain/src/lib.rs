//! placeholder
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::indexing_slicing,
        clippy::string_slice
    )
)]

// Selects the compact Unicode tables of `idna`, for every crate that embeds
// this one alike: they decide which domains an email address may have.
use idna_adapter as _;

mod advisory;
mod customer;
mod field;
mod new_customer;
mod outcome;
mod patch;
mod path;
mod read;
mod schema;
mod shape;
mod store;
mod text;
mod update;
mod value;
mod violation;

pub use advisory::{Advisory, AdvisoryCode};
pub use customer::{Applied, Customer, CustomerParts};
pub use field::{NullNotAllowed, NullableUpdate, Update};
pub use new_customer::NewCustomer;
pub use outcome::{Details, ErrorCode, Failure, Success};
pub use patch::CustomerPatch;
pub use path::{FieldPath, MAX_PATH_CHARS};
pub use read::{Accepted, BodyError, ReadOptions, UnknownFields};
pub use schema::{AddressField, ContactField, Field, FieldSet};
pub use shape::MalformedJson;
pub use store::{
    BoxFuture, CustomerStore, DeleteError, DynCustomerStore, InsertError, Precondition,
    ReplaceError, StoreError, StoreErrorKind,
};
pub use update::{Clock, CreateError, MAX_ATTEMPTS, UpdateError, create_customer, update_customer};
pub use value::address::{Address, AddressBuilder};
pub use value::contact::{Contact, Contacts};
pub use value::email::{EmailAddress, EmailKey};
pub use value::id::{CustomerId, TeamId};
pub use value::name::{ContactName, CustomerName};
pub use value::phone::PhoneNumber;
pub use value::status::Status;
pub use value::time::Timestamp;
pub use value::version::Version;
pub use value::website::WebsiteUrl;
pub use violation::{Expected, MAX_VIOLATIONS, Reason, ValueError, Violation, Violations};
