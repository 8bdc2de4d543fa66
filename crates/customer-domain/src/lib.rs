//! The rules of a customer record, and of updating one partially.
//!
//! A service that keeps customers hands this crate the bytes of a request and
//! the record it has, and gets back the new record and the exact set of fields
//! that changed, or everything that is wrong with the request at once. The
//! crate is pure: no clock, no I/O, no randomness, no runtime, no global state.
//!
//! ```
//! use customer_domain::{Customer, CustomerPatch, Timestamp};
//!
//! # fn update(record: Customer, now: Timestamp) -> Result<(), customer_domain::BodyError> {
//! let patch = CustomerPatch::from_json(br#"{
//!     "email": "ann@acme.example",
//!     "mainPhone": null,
//!     "billingAddress": {"street": "1 Rue de la Paix", "city": "Paris"}
//! }"#)?;
//! let applied = record.apply(&patch, now);
//! println!("changed: {}", applied.changed());
//! # Ok(())
//! # }
//! ```
//!
//! # The way of the data
//!
//! | step | from | to | can fail |
//! |---|---|---|---|
//! | shape | the bytes of a body | what was sent, borrowed from them | [`MalformedJson`] |
//! | read | what was sent | [`CustomerPatch`]: every value valid by its type | [`Violations`], all of them |
//! | merge | [`Customer`] and patch | [`Applied`]: the new record, the fields that changed | never |
//! | store | the new record and the version read | kept | [`ReplaceError`] |
//! | answer | any of these | [`Success`] or [`Failure`], as JSON | never |
//!
//! Many updates in one body are a [`BulkUpdate`], whose rows go the same way, each
//! on its own.
//!
//! # What is sent, and what it does
//!
//! A field of an update that is *absent* stays as it is (P1); null is not the
//! same as absent. *Blank* is a text that shows nothing, such as a space or a
//! zero-width character (T4). A child of an address is seen within the address
//! it is sent in, which replaces the old one whole (P3).
//!
//! | field | absent | `null` | `""` | blank | a value |
//! |---|---|---|---|---|---|
//! | `customer` | kept | `NULL_NOT_ALLOWED` | `BLANK` | `BLANK` | replaced |
//! | `email` | kept | `NULL_NOT_ALLOWED` | `BLANK` | `BLANK` | replaced |
//! | `mainPhone`, `website` | kept | removed | removed | removed | replaced |
//! | `status` | kept | `NULL_NOT_ALLOWED` | `INVALID_CHOICE` | `INVALID_CHOICE` | replaced |
//! | `billingAddress`, `shippingAddress` | kept | removed | `WRONG_TYPE` | `WRONG_TYPE` | replaced |
//! | `billingAddress.street`, `billingAddress.city`, `billingAddress.state`, `billingAddress.zipCode`, `billingAddress.country` | absent | absent | absent | absent | replaced |
//! | `contacts` | kept | `CONTACTS_NOT_UPDATABLE` | `CONTACTS_NOT_UPDATABLE` | `CONTACTS_NOT_UPDATABLE` | `CONTACTS_NOT_UPDATABLE` |
//! | `uuid`, `createdAt`, `updatedAt`, `teamId`, `version` | kept | `READ_ONLY` | `READ_ONLY` | `READ_ONLY` | `READ_ONLY` |
//! | `anythingElse` | kept | `UNKNOWN_FIELD` | `UNKNOWN_FIELD` | `UNKNOWN_FIELD` | `UNKNOWN_FIELD` |
//!
//! # The rules
//!
//! Each rule lives in one place, under its id, and at least one test begins
//! with it.
//!
//! | id | rule | where |
//! |---|---|---|
//! | T1 | length counts Unicode scalar values, after trimming | `text` |
//! | T2 | white space at both ends is trimmed before all else | `text` |
//! | T3 | control characters are refused, save a line feed in a street | `text` |
//! | T4 | a text that shows nothing is blank | `text` |
//! | T5 | otherwise a text is kept as it was sent | `text` |
//! | V1 | a name has 1 to 255 characters | [`CustomerName`] |
//! | V2 | what an email address is | [`EmailAddress`] |
//! | V3 | two addresses are one when their keys are equal | [`EmailKey`] |
//! | V4 | a phone number is of any format, the international one is advised | [`PhoneNumber`] |
//! | V5 | a website is an http or https URL, or a bare domain | [`WebsiteUrl`] |
//! | V6 | a status is `active` or `inactive`, exactly | [`Status`] |
//! | V7 | an address has at least one of its five fields | [`Address`] |
//! | P1 | an absent field stays; so does the status | [`Update`], [`NullableUpdate`] |
//! | P2 | null, "" and blank remove a phone number and a website | [`NullableUpdate`] |
//! | P3 | an address is replaced whole; null, and nothing else, removes it | [`CustomerPatch`] |
//! | P4 | a name, an email address and a status cannot be removed | [`Update`] |
//! | P5 | contacts cannot be updated | [`Reason::ContactsNotUpdatable`] |
//! | P6 | ids, times and the version are read-only | [`Reason::ReadOnly`] |
//! | P7 | an unknown field is refused, with the nearest known name | [`Violation::suggestion`] |
//! | P8 | a field given twice is refused, whatever its values | [`Reason::DuplicateField`] |
//! | P9 | a wrong type does not stop the reading | [`Reason::WrongType`] |
//! | P10 | the body is one JSON object in UTF-8 and nothing else | [`MalformedJson`] |
//! | P11 | everything that is wrong is reported at once, up to a limit | [`Violations`] |
//! | P12 | an empty patch is valid and changes nothing | [`CustomerPatch::is_empty`] |
//! | P13 | unknown fields are ignored if the service says so | [`UnknownFields`] |
//! | M1 | the merge is a pure function | [`Customer::apply`] |
//! | M2 | it returns exactly what changed | [`Applied`], [`FieldSet`] |
//! | M3 | `updatedAt` strictly increases with a change, and stays without | [`Customer::apply`] |
//! | M4 | identity, creation and contacts never change | [`Customer::apply`] |
//! | M5 | identity, idempotence, composition, difference, round trip | [`CustomerPatch::then`], [`Customer::diff`] |
//! | S1–S6 | the contract of a store | [`CustomerStore`] |
//! | S7 | what a list finds, and in which order | [`ListQuery`], [`SearchKey`] |
//!
//! V3, T1 to T5, P6 to P13, S7 and the limits of an address are decisions of this
//! project; the rest follows the published documentation of the endpoint it
//! models.
//!
//! # Personal data
//!
//! Names, email addresses, phone numbers, websites and addresses are not in the
//! `Debug` output of any type here, nor in an error, its message or its wire
//! form. What a caller called a field is: it is the path of a violation.
//!
//! # Why
//!
//! **Why not `Option<Option<T>>`?** It says the same and reads as a riddle, and
//! serde turns it into `Some(None)` or `None` by where an attribute stands. A
//! [`NullableUpdate`] names its three states, and an [`Update`] has but two, so
//! that clearing a name does not compile.
//!
//! **Why is an address replaced whole, and is this not a JSON Merge Patch?**
//! RFC 7396 would merge it: a new street with the old city is an address where
//! nobody lives. So the media type is `application/json` and not
//! `application/merge-patch+json`.
//!
//! **Why is the input not in the errors?** Because errors are logged, and the
//! input is somebody's. The path and the rule are enough to mend a request.
//!
//! **Why an own key for email addresses?** Because lower-casing is not case
//! folding, a database's lower-casing depends on its locale, and one domain has
//! two spellings. The key is computed here and compared as bytes everywhere.
//!
//! **Why does `apply` take the time?** Because a function of its arguments can
//! be tested, replayed and fuzzed.

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

/// The examples of the front page, as tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct FrontPage;

mod bytes;
mod clock;
mod columns;
mod customer;
mod erased;
mod error_code;
mod field_value;
mod list;
mod outcome;
mod patch;
mod path;
mod read;
mod reason;
mod scalar;
mod schema;
mod search;
mod store;
mod text;
mod update;
mod value;
mod violation;
mod warning;
mod write;

pub use clock::{Clock, FnClock};
pub use columns::{Column, ColumnKind, ColumnValue, RowError};
pub use customer::{Applied, Customer, CustomerRecord, FieldChange, NewCustomer};
pub use erased::{BoxFuture, DynCustomerStore};
pub use error_code::ErrorCode;
pub use field_value::FieldValue;
pub use list::order::{Direction, OrderBy};
pub use list::{CustomerPage, ListQuery};
pub use outcome::{Details, Failure, Success};
pub use patch::CustomerPatch;
pub use patch::update::{NullableUpdate, Update};
pub use path::{FieldPath, MAX_PATH_CHARS};
pub use read::MalformedJson;
pub use read::bulk::{BulkUpdate, RowUpdate};
pub use read::findings::UnknownFields;
pub use read::options::{Accepted, BodyError, ReadOptions};
pub use read::pairs::read_pairs;
pub use reason::{Expected, Reason, ValueError};
pub use schema::{AddressField, ContactField, Field, FieldSet};
pub use search::{SearchKey, SearchText};
pub use store::{
    CustomerStore, DeleteError, InsertError, Precondition, ReplaceError, StoreError, StoreErrorKind,
};
pub use update::{MAX_ATTEMPTS, UpdateError, create_customer, update_customer};
pub use value::{
    Address, Contact, ContactName, Contacts, CustomerId, CustomerName, EmailAddress, EmailKey,
    PhoneNumber, Status, TeamId, Timestamp, Version, WebsiteUrl,
};
pub use violation::{MAX_VIOLATIONS, Violation, Violations};
pub use warning::{Warning, WarningCode};
