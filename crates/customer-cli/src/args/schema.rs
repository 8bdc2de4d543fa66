//! Options of `customer schema`.

use clap::{Args, ValueEnum};

/// Print the JSON Schema of a request body
///
/// The schema has the fields, limits, choices and null values that the body can have.
/// JSON Schema cannot express every rule, for example that a name is not blank.
#[derive(Args, Debug)]
pub(crate) struct SchemaArgs {
    /// Body
    #[arg(value_enum, default_value_t)]
    pub(crate) body: Schema,
}

/// The bodies that have a schema.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum Schema {
    /// A new customer
    Create,
    /// A partial update
    #[default]
    Update,
}
