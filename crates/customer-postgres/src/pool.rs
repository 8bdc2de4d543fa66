//! The state of the pool of connections.

/// The connections of a store at one moment, for metrics: see
/// [`PostgresStore::pool_status`](crate::PostgresStore::pool_status).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolStatus {
    /// The maximum number of connections.
    pub max: usize,
    /// The open connections, including those that are being opened.
    pub open: usize,
    /// The open connections that no operation uses.
    pub idle: usize,
    /// The operations that wait for a connection.
    pub waiting: usize,
}
