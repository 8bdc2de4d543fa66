//! Checks the properties of email addresses or websites on many generated strings, on all
//! processors:
//!
//! ```text
//! cargo run --release -p customer-testkit --example rules -- email 10000000 [SEED]
//! ```
//!
//! A failure panics with the string. The same seed gives the same strings.

use std::process::ExitCode;
use std::thread;
use std::time::Instant;

use customer_testkit::{addresses, properties};

/// A property, which returns whether the checked string is valid.
fn check(rule: &str) -> Option<fn(u64, u64) -> bool> {
    match rule {
        "email" => {
            Some(|seed, n| properties::email(&addresses::numbered(seed, n, addresses::email)))
        }
        "website" => {
            Some(|seed, n| properties::website(&addresses::numbered(seed, n, addresses::website)))
        }
        _ => None,
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |index: usize| {
        arguments
            .get(index)
            .and_then(|text| text.parse::<u64>().ok())
    };
    let rule = arguments.first().and_then(|rule| check(rule));
    let (Some(check), Some(cases)) = (rule, number(1)) else {
        eprintln!("usage: rules email|website CASES [SEED]");
        return ExitCode::from(2);
    };
    let seed = number(2).unwrap_or(1);
    let threads = thread::available_parallelism().map_or(1, usize::from) as u64;

    #[expect(clippy::disallowed_methods, reason = "a measurement")]
    let started = Instant::now();
    let valid: usize = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|first| {
                let cases = (first..cases).step_by(threads as usize);
                scope.spawn(move || cases.filter(|n| check(seed, *n)).count())
            })
            .collect();
        let counts = workers.into_iter().map(thread::ScopedJoinHandle::join);
        counts.sum::<Result<usize, _>>()
    })
    .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    let rate = cases as f64 / started.elapsed().as_secs_f64();
    println!("{cases} cases, {valid} of them valid, {rate:.0} per second");
    ExitCode::SUCCESS
}
