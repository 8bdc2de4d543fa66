//! `customer schema`: the JSON Schemas of the core.

use std::io::{self, Write};
use std::process::ExitCode;

use customer_domain::{CustomerPatch, NewCustomer};
use schemars::schema_for;

use crate::args::{Schema, SchemaArgs};

/// The output cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write to standard output")]
pub(crate) struct SchemaError(#[source] io::Error);

/// Prints a schema.
///
/// # Errors
///
/// [`SchemaError`].
pub(crate) fn run(args: &SchemaArgs) -> Result<ExitCode, SchemaError> {
    let schema = match args.body {
        Schema::Create => schema_for!(NewCustomer),
        Schema::Update => schema_for!(CustomerPatch),
    };
    writeln!(io::stdout().lock(), "{:#}", schema.as_value()).map_err(SchemaError)?;
    Ok(ExitCode::SUCCESS)
}
