//! The kind of server.

/// What kind of server executes the statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    /// One PostgreSQL server, possibly behind a pooler.
    Single,
    /// A node of Citus, which executes statements on other nodes: an error of this node
    /// does not prove that the other one undid the statement.
    Distributed,
}
