//! Options of commands that open a store.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use customer_domain::{CustomerId, EmailAddress, Precondition, TeamId, Version};

use crate::store_name::StoreName;

use super::input::Body;

/// The team if none is given.
pub(super) const DEFAULT_TEAM: &str = "00000000-0000-0000-0000-000000000001";

/// The commands that read or write one stored customer.
#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// Create a customer
    #[command(after_help = STORE_HELP)]
    Create {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        body: Body,
    },
    /// Show a customer
    #[command(after_help = STORE_HELP)]
    Get {
        #[command(flatten)]
        place: Place,
        /// Id of the customer
        id: CustomerId,
    },
    /// Show the customer with an email address
    #[command(after_help = STORE_HELP)]
    Find {
        #[command(flatten)]
        place: Place,
        /// Email address, in any case
        email: EmailAddress,
    },
    /// Update a customer
    #[command(after_help = STORE_HELP)]
    Update {
        #[command(flatten)]
        place: Place,
        /// Id of the customer
        id: CustomerId,
        #[command(flatten)]
        body: Body,
        #[command(flatten)]
        condition: Condition,
    },
    /// Replace the contacts of a customer
    #[command(after_help = STORE_HELP)]
    Contacts {
        #[command(flatten)]
        place: Place,
        /// Id of the customer
        id: CustomerId,
        #[command(flatten)]
        body: Body,
        #[command(flatten)]
        condition: Condition,
    },
    /// Delete a customer
    #[command(after_help = STORE_HELP)]
    Delete {
        #[command(flatten)]
        place: Place,
        /// Id of the customer
        id: CustomerId,
        #[command(flatten)]
        condition: Condition,
    },
}

/// The store.
#[derive(Args, Debug)]
pub(crate) struct StoreArg {
    /// The store: sqlite:FILE, postgres://USER:PASSWORD@HOST/DATABASE, or memory: (not persisted)
    #[arg(
        long,
        env = "CUSTOMER_STORE",
        hide_env_values = true, // it may contain a password
        value_name = "STORE",
        default_value = "sqlite:customers.db"
    )]
    pub(crate) store: StoreName,
}

/// The store, and the team in it.
#[derive(Args, Debug)]
pub(crate) struct Place {
    #[command(flatten)]
    pub(crate) kept: StoreArg,

    /// Team of the customer, a UUID
    #[arg(long, env = "CUSTOMER_TEAM", value_name = "TEAM", default_value = DEFAULT_TEAM)]
    pub(crate) team: TeamId,
}

/// The expected version.
#[derive(Args, Debug)]
pub(crate) struct Condition {
    /// Write only if the customer has this version
    #[arg(long, value_name = "VERSION", value_parser = version)]
    if_version: Option<Version>,
}

impl Condition {
    /// The precondition of the store.
    pub(crate) fn precondition(&self) -> Precondition {
        self.if_version
            .map_or(Precondition::Any, Precondition::Version)
    }
}

fn version(text: &str) -> Result<Version, &'static str> {
    let number = text.parse().ok();
    number
        .and_then(Version::from_stored)
        .ok_or("a version is a whole number from 1")
}

/// Copy a SQLite store to a file while it is in use
///
/// The copy is the state of the store at one moment, in a file that can be opened
/// as a store. To restore it, stop the server, replace the file of the store, and
/// remove its -wal and -shm files. For PostgreSQL use pg_dump.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct BackupArgs {
    #[command(flatten)]
    pub(crate) kept: StoreArg,

    /// File to create; it must not exist
    pub(crate) file: PathBuf,
}

/// Remove remaining copies of deleted and replaced values from the files of a SQLite store
///
/// Deleted values are overwritten, but copies can remain in the -wal file and in the
/// file. This command rewrites the file. A server can run in the meantime, but its
/// writes wait. It needs free space of three times the size of the file. Backups are
/// not changed.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct PurgeArgs {
    #[command(flatten)]
    pub(crate) kept: StoreArg,
}

const STORE_HELP: &str = r#"The output is one line of JSON: the record as `data`, its `version` and, after an
update, the names of the `changed` fields; or the error.

Exit codes:
  0  success
  1  the request was rejected; the output has the reason
  2  wrong usage, or the store or the input failed

Examples:
  echo '{"customer": "Acme", "email": "a@acme.example"}' | customer create
  customer find a@acme.example
  echo '{"mainPhone": null}' | customer update ID --if-version 1
  echo '{"contacts": [{"name": "Ann Lee"}]}' | customer contacts ID"#;
