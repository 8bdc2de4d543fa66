//! The rules of a customer record and of its partial update.
//!
//! A service passes in the body of a request and the current record. It gets the
//! updated record and the set of changed fields, or all violations in the body at
//! once, each with its path and code. The crate is pure: no clock, no I/O, no
//! randomness, no async runtime, no mutable global state.
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
//! # Data flow
//!
//! | step | input | output | error |
//! |---|---|---|---|
//! | read | JSON, or another self-describing serde format | [`CustomerPatch`]: valid values only | [`BodyError`]: [`MalformedJson`], or [`Violations`] |
//! | merge | [`Customer`] and patch | [`Applied`]: the record before and after, the changed fields | none |
//! | store | the id and the patch | a stored record | [`UpdateError`] |
//! | respond | the result or the error of any step | [`Success`] or [`Failure`], as JSON | none |
//!
//! Reading is one pass: one visitor checks each value as it is deserialized.
//! In [`update_customer`] the store reads the record, merges and writes, as one step.
//! [`NewCustomer`] is the body of a create; [`BulkCreate`] and [`BulkUpdate`] are many
//! rows in one body.
//!
//! # Fields and outcomes
//!
//! In an update, a *missing* field is left unchanged (P1); null is not the same as
//! missing. A *blank* string has no visible character: for example a space or a
//! zero-width space (T4). Address fields are not merged: the address in the body
//! replaces the stored address (P3).
//!
//! | field | missing | `null` | `""` | blank | a value |
//! |---|---|---|---|---|---|
//! | `customer` | kept | `NULL_NOT_ALLOWED` | `BLANK` | `BLANK` | replaced |
//! | `email` | kept | `NULL_NOT_ALLOWED` | `BLANK` | `BLANK` | replaced |
//! | `mainPhone`, `website` | kept | removed | removed | removed | replaced |
//! | `status` | kept | `NULL_NOT_ALLOWED` | `INVALID_CHOICE` | `INVALID_CHOICE` | replaced |
//! | `billingAddress`, `shippingAddress` | kept | removed | `WRONG_TYPE` | `WRONG_TYPE` | replaced |
//! | `billingAddress.street`, `billingAddress.city`, `billingAddress.state`, `billingAddress.zipCode`, `billingAddress.country` | missing | missing | missing | missing | replaced |
//! | `contacts` | kept | `CONTACTS_NOT_UPDATABLE` | `CONTACTS_NOT_UPDATABLE` | `CONTACTS_NOT_UPDATABLE` | `CONTACTS_NOT_UPDATABLE` |
//! | `uuid`, `createdAt`, `updatedAt`, `teamId`, `version` | kept | `READ_ONLY` | `READ_ONLY` | `READ_ONLY` | `READ_ONLY` |
//! | `anythingElse` | kept | `UNKNOWN_FIELD` | `UNKNOWN_FIELD` | `UNKNOWN_FIELD` | `UNKNOWN_FIELD` |
//!
//! # Rules
//!
//! Each rule is implemented in one place. Comments and tests refer to it by its id;
//! [`rules`] has the full text.
//!
//! | id | rule | where |
//! |---|---|---|
//! | T1 | the length is the number of Unicode scalar values, after trimming | `text` |
//! | T2 | white space at both ends is removed before any other rule | `text` |
//! | T3 | control characters are rejected, except a line feed in a street | `text` |
//! | T4 | a string without a visible character is blank | `text` |
//! | T5 | otherwise strings are stored as received | `text` |
//! | V1 | a name has 1 to 255 characters and is not blank | [`CustomerName`] |
//! | V2 | the syntax of an email address | [`EmailAddress`] |
//! | V3 | email addresses with the same key are the same address | [`EmailKey`] |
//! | V4 | a phone number may have any format; a warning recommends the international one | [`PhoneNumber`] |
//! | V5 | a website is an http or https URL, with or without the protocol | [`WebsiteUrl`] |
//! | V6 | a status is exactly `active` or `inactive` | [`Status`] |
//! | V7 | an address has at least one of its five fields | [`Address`] |
//! | P0 | only the input is validated, not the stored record | [`Customer::from_json`] |
//! | P1 | a missing field, including the status, is left unchanged | [`Update`], [`NullableUpdate`] |
//! | P2 | null, "" and blank clear a phone number or a website | [`NullableUpdate`] |
//! | P3 | an address is replaced as a whole; only null clears it | [`CustomerPatch`] |
//! | P4 | a name, an email address and a status cannot be cleared | [`Update`] |
//! | P5 | an update cannot change contacts | [`Reason::ContactsNotUpdatable`] |
//! | P6 | identifiers, times and the version are read-only | [`Reason::ReadOnly`] |
//! | P7 | an unknown field is a violation, with the closest known name | [`Violation::suggestion`] |
//! | P8 | a repeated field is one violation, whatever its values | [`Reason::DuplicateField`] |
//! | P9 | a value of the wrong type is a violation; reading continues | [`Reason::WrongType`] |
//! | P10 | the body is exactly one JSON object in UTF-8 | [`MalformedJson`] |
//! | P11 | all violations are reported at once, at most 100 | [`Violations`] |
//! | P12 | an empty patch is valid and changes nothing | [`CustomerPatch::is_empty`] |
//! | P13 | a service can ignore unknown fields, with a warning for each | [`UnknownFields`] |
//! | M1 | the merge is a pure function | [`Customer::apply`] |
//! | M2 | it returns the exact set of changed fields | [`Applied`], [`FieldSet`] |
//! | M3 | `updatedAt` strictly increases with a change, and is kept without one | [`Customer::apply`] |
//! | M4 | `uuid`, team, `createdAt` and contacts never change | [`Customer::apply`] |
//! | M5 | identity, idempotence, composition, difference, round trip | [`CustomerPatch::then`], [`Customer::diff`] |
//! | S1–S6, S9, S10 | the contract of a store | [`CustomerStore`] |
//! | S7 | which records a list returns, and in which order | [`ListQuery`], [`SearchKey`] |
//! | S8 | a stored value is checked only by the bounds of its type | [`Customer::from_row`] |
//! | C1 | contacts have their own operation, which replaces the list | [`Customer::replace_contacts`] |
//! | B1 | at most 100 rows: each the body of a create, or of an update with a `uuid` | [`BulkCreate`], [`BulkUpdate`] |
//! | B3 | at most 100 violations of all rows together | [`Bulk`] |
//!
//! T1 to T5, V3, P0, P6 to P13, S7, S8, the details of V2 and V5, and the limits of an
//! address are decisions of this project; the rest follows the published documentation
//! of the modelled endpoint.
//!
//! # JSON Schema
//!
//! The feature `schemars`, off by default, implements `schemars::JsonSchema` for
//! [`CustomerPatch`], [`NewCustomer`] and their values, as input of a request. JSON Schema
//! cannot express every rule: a body that satisfies the schema can violate T4, V2, V5, V7 or
//! P8. In one case the schema is stricter: it checks the length and control characters
//! before trimming (T2).
//!
//! # Personal data
//!
//! `Debug` output, errors, their messages and their JSON contain no names, email
//! addresses, phone numbers, websites or addresses. They do contain the names of
//! fields in the request: an unknown one is the path of a violation.
//!
//! # Design
//!
//! **Why not `Option<Option<T>>`?** Its states have no names, and whether serde reads
//! null as `None` or as `Some(None)` depends on an attribute of the field.
//! [`NullableUpdate`] names its three states. [`Update`] has only two, so that clearing
//! a name does not compile.
//!
//! **Why is an address replaced as a whole, unlike in a JSON Merge Patch?** RFC 7396
//! would merge a new street into the old city, which is an address that does not
//! exist. The media type is therefore `application/json` and not
//! `application/merge-patch+json`.
//!
//! **Why do errors not contain the input?** Errors are logged, and the input is
//! personal data. The path and the code are enough to fix a request.
//!
//! **Why does an email address have a key?** Lower-casing is not case folding, the
//! lower-casing of a database depends on its locale, and a domain has two spellings.
//! The key is computed here, and stores compare its bytes.
//!
//! **Why is the time a parameter of `apply`?** So that the merge can be tested, replayed
//! and fuzzed.

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

/// How to use the crates in a service, with three complete examples: the file `EMBED.md`.
#[doc = include_str!("../EMBED.md")]
pub mod embed {}

/// The rules of a customer record, with their ids: the file `RULES.md`.
#[doc = include_str!("../RULES.md")]
pub mod rules {}

/// The examples of the README, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod bytes;
mod change;
mod change_log;
mod clock;
mod columns;
mod customer;
mod erased;
mod error_code;
mod field_value;
#[cfg(feature = "schemars")]
mod json_schema;
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
mod store_error;
mod text;
mod update;
mod value;
mod violation;
mod warning;
mod write;

pub use change::{Change, MatchBy, Upsert, Upserted, Write, WriteResult};
pub use change_log::{ChangeEntry, ChangeKind, ChangePage, LogPosition, ReadFrom};
pub use clock::{Clock, FnClock};
pub use columns::{Column, ColumnKind, ColumnValue, RowError};
pub use customer::{Applied, Customer, CustomerRecord, FieldChange, NewCustomer};
pub use erased::{BoxFuture, DynCustomerStore};
pub use error_code::ErrorCode;
pub use field_value::FieldValue;
pub use list::order::{Direction, OrderBy};
pub use list::{CustomerPage, ListQuery, Scan};
pub use outcome::{Details, Failure, Success};
pub use patch::CustomerPatch;
pub use patch::update::{NullableUpdate, Update};
pub use path::{FieldPath, MAX_PATH_CHARS};
pub use read::MalformedJson;
pub use read::bulk::{Bulk, BulkCreate, BulkUpdate, RowUpdate};
pub use read::findings::UnknownFields;
pub use read::options::{Accepted, BodyError, ReadOptions};
pub use read::pairs::read_pairs;
pub use reason::{Expected, Reason, ValueError};
pub use schema::{AddressField, ContactField, Field, FieldSet};
pub use search::{SearchKey, SearchText};
pub use store::{CustomerStore, MAX_ATTEMPTS};
pub use store_error::{
    ChangesError, DeleteError, InsertError, ReplaceError, StoreError, StoreErrorKind, UpdateError,
    UpsertError,
};
pub use update::{create_customer, update_customer, upsert_customer};
pub use value::{
    Address, Contact, ContactName, Contacts, CustomerId, CustomerName, EmailAddress, EmailKey,
    PhoneNumber, Precondition, Status, TeamId, Timestamp, Version, WebsiteUrl,
};
pub use violation::{MAX_VIOLATIONS, Violation, Violations};
pub use warning::{Warning, WarningCode};
