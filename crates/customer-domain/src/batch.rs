//! Writes that are submitted together.

use crate::change::Change;
use crate::customer::{Applied, Customer};
use crate::store_error::{DeleteError, InsertError, UpdateError};
use crate::value::id::CustomerId;
use crate::value::version::Precondition;

/// One write of a batch (S10): see
/// [`CustomerStore::write_batch`](crate::CustomerStore::write_batch).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Write {
    /// Inserts a record. Its team must be that of the batch.
    Insert(Box<Customer>),
    /// Executes a change of the record with that id.
    Update(CustomerId, Change, Precondition),
    /// Deletes the record with that id.
    Delete(CustomerId, Precondition),
}

/// The result of one write of a batch.
#[derive(Debug)]
#[must_use = "a write of a batch can fail"]
#[non_exhaustive]
pub enum WriteResult {
    /// Of [`Write::Insert`].
    Insert(Result<(), InsertError>),
    /// Of [`Write::Update`].
    Update(Result<Box<Applied>, UpdateError>),
    /// Of [`Write::Delete`].
    Delete(Result<(), DeleteError>),
}
