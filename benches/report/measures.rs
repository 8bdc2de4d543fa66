//! Runs the other benchmarks and reads their output.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::callgrind::Failure;

/// The directory with the results of criterion.
const CRITERION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/criterion");

/// Numbers by operation and case.
pub(crate) type Numbers = BTreeMap<(String, String), f64>;

/// The number of allocations of an operation, and their bytes.
pub(crate) struct Allocations {
    pub(crate) count: Numbers,
    pub(crate) bytes: Numbers,
}

/// # Errors
///
/// If the benchmark fails.
pub(crate) fn allocations() -> Result<Allocations, Failure> {
    let (mut count, mut bytes) = (Numbers::new(), Numbers::new());
    for line in run("allocations", "peers")?.lines() {
        let [row, case, times, size] = words(line)?;
        count.insert((row.to_owned(), case.to_owned()), times.parse()?);
        bytes.insert((row.to_owned(), case.to_owned()), size.parse()?);
    }
    Ok(Allocations { count, bytes })
}

/// The median time of an operation, measured by criterion, in nanoseconds.
///
/// # Errors
///
/// If the benchmark fails or writes no results.
pub(crate) fn times(operations: &[(&str, &str)]) -> Result<Numbers, Failure> {
    run("time", "peers")?;
    let mut times = Numbers::new();
    for (row, case) in operations {
        let path = Path::new(CRITERION)
            .join(row)
            .join(case)
            .join("new/estimates.json");
        let estimates: Value = serde_json::from_slice(&std::fs::read(path)?)?;
        let median = estimates["median"]["point_estimate"].as_f64();
        let median = median.ok_or("unexpected output of criterion")?;
        times.insert(((*row).to_owned(), (*case).to_owned()), median);
    }
    Ok(times)
}

/// A measurement of a store with a number of customers.
pub(crate) struct OfStore {
    pub(crate) store: String,
    pub(crate) customers: u64,
    pub(crate) what: String,
    pub(crate) value: f64,
}

/// # Errors
///
/// If the benchmark fails.
pub(crate) fn stores() -> Result<Vec<OfStore>, Failure> {
    let mut measured = Vec::new();
    for line in run("stores", "stores")?.lines() {
        let [store, customers, what, value] = words(line)?;
        measured.push(OfStore {
            store: store.to_owned(),
            customers: customers.parse()?,
            what: what.to_owned(),
            value: value.parse()?,
        });
    }
    Ok(measured)
}

fn words(line: &str) -> Result<[&str; 4], Failure> {
    let words: Vec<&str> = line.split(' ').collect();
    words
        .try_into()
        .map_err(|_| format!("unexpected output of the benchmark: {line}").into())
}

/// Runs a benchmark and returns its output.
fn run(bench: &str, feature: &str) -> Result<String, Failure> {
    let output = Command::new("cargo")
        .args([
            "bench",
            "--quiet",
            "--locked",
            "--package",
            "customer-benches",
        ])
        .args(["--bench", bench, "--features", feature])
        .env("CRITERION_HOME", CRITERION)
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(format!("the benchmark {bench} failed").into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
