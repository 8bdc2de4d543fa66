//! The command `customer`.
//!
//! A thin shell around `customer-domain`: it reads, asks the domain and writes.
//! What it does with a line is in [`apply`], what with customers that are kept in
//! [`store`], how it serves them in [`serve`], how it is called in [`args`].

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
mod clock;
mod lines;
mod progress;
mod serve;
mod source;
mod store;
mod store_name;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Command};

/// The exit code when the command could not do its work at all, as clap has it
/// for a usage error.
const FAILED: u8 = 2;

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Apply(args) => apply::run(&args).map_err(Box::<dyn Error>::from),
        Command::Store(command) => store::run(&command).map_err(Box::from),
        Command::Serve(args) => serve::run(&args).map_err(Box::from),
    };
    outcome.unwrap_or_else(|error| {
        report(error.as_ref());
        ExitCode::from(FAILED)
    })
}

/// Says on one line of standard error what went wrong, and why.
fn report(error: &dyn Error) {
    let mut line = format!("error: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        line.extend([": ", &error.to_string()]);
        cause = error.source();
    }
    // There is nobody left to tell when this fails too.
    let _ = writeln!(io::stderr(), "{line}");
}
