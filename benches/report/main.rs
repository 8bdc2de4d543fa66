//! Reports the results of the benchmarks.
//!
//! ```sh
//! .ci/instructions            # compares the instruction counts with the committed ones
//! .ci/instructions --renew    # updates the committed ones
//! benches/run                 # all tables, as Markdown
//! benches/run --plots         # draws the plots from the tables in the README
//! ```

use std::process::ExitCode;

mod callgrind;
mod gate;
mod goals;
mod measures;
mod plots;
mod tables;

use callgrind::Failure;

fn main() -> Result<ExitCode, Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["gate"] => gate::check(),
        ["gate", "--renew"] => gate::renew(),
        ["tables"] => tables::print(),
        ["tables", "--renew"] => tables::renew().and_then(|_| plots::draw()),
        ["tables", "--plots"] => plots::draw(),
        _ => Err("usage: report gate [--renew] | report tables [--renew | --plots]".into()),
    }
}
