//! Writes values into rows without the store, for the cases of S8.

use customer_domain::{BoxFuture, CustomerId, TeamId};

/// A value to write into a row without the store, for example by an SQL statement.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PlantedValue {
    /// The team of the row.
    pub team: TeamId,
    /// The id of the row.
    pub id: CustomerId,
    /// The name of a text column, as [`Column`](customer_domain::Column) displays
    /// it.
    pub column: &'static str,
    /// The new value of the column.
    pub value: &'static str,
}

/// Writes a value into a row without the store.
pub type Plant<S> = fn(&S, PlantedValue) -> BoxFuture<'_, ()>;
