//! The command `customer`.
//!
//! A thin shell around `customer-domain`. [`args`] defines the command line, [`apply`]
//! updates the records of a file, [`store`] has the commands for one stored customer,
//! [`list`], [`changes`], [`import`] and [`export`] those for many, [`serve`] is the HTTP
//! server, [`sign`] signs requests to it, and [`schema`] prints JSON Schemas.

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

mod apply;
mod args;
mod changes;
mod clock;
mod columns;
mod config;
mod export;
mod import;
mod lines;
mod list;
mod private_file;
mod progress;
mod schema;
mod serve;
mod sign;
mod source;
mod store;
mod store_name;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Command};

/// The exit code if the command could not do its work, the same as that of clap for a
/// usage error.
const FAILED: u8 = 2;

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Apply(args) => apply::run(&args).map_err(Box::<dyn Error>::from),
        Command::Store(command) => store::run(&command).map_err(Box::from),
        Command::List(args) => list::run(&args).map_err(Box::from),
        Command::Changes(args) => changes::run(&args).map_err(Box::from),
        Command::Import(args) => import::run(&args).map_err(Box::from),
        Command::Export(args) => export::run(&args).map_err(Box::from),
        Command::Backup(args) => store::backup::run(&args).map_err(Box::from),
        Command::Purge(args) => store::purge::run(&args).map_err(Box::from),
        Command::Serve(args) => serve::run(&args).map_err(Box::from),
        Command::Sign(args) => sign::run(&args).map_err(Box::from),
        Command::Schema(args) => schema::run(&args).map_err(Box::from),
    };
    outcome.unwrap_or_else(|error| {
        report(error.as_ref());
        ExitCode::from(FAILED)
    })
}

/// Writes the error and its causes to standard error, on one line.
fn report(error: &dyn Error) {
    let mut line = format!("error: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        line.extend([": ", &error.to_string()]);
        cause = error.source();
    }
    // If this fails too, the error cannot be reported.
    let _ = writeln!(io::stderr(), "{line}");
}
