//! Compares the instruction counts of each operation with the committed ones.
//!
//! A count may differ by [`TOLERANCE`] in both directions. An improvement fails too, because
//! its later loss would not be noticed if the list were not updated. With another toolchain
//! than the list names, the counts are not comparable; then the ratios to the floor of the
//! same run are compared, and only an increase fails. The floor itself is not checked,
//! because it contains no code of this project.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::ExitCode;

use crate::callgrind::{Failure, count, toolchain};

/// The committed list.
const LIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/instructions.txt");
/// The maximum relative difference of a count.
const TOLERANCE: f64 = 0.03;
/// The maximum relative increase of a ratio to the floor with another toolchain.
const TOLERANCE_OF_RATIOS: f64 = 0.10;
/// Smaller differences in instructions are ignored: the memory layout of a build can cause
/// them.
const NOISE: f64 = 40.0;
/// The baseline of all ratios.
const FLOOR: &str = "floor";
/// The case of the floor for operations that are not an update.
const TYPICAL: &str = "p2";

/// Writes the list.
///
/// # Errors
///
/// If the counts are not available or the list cannot be written.
pub(crate) fn renew() -> Result<ExitCode, Failure> {
    let (counts, toolchain) = (counted()?, toolchain()?);
    std::fs::write(LIST, written(&counts, &toolchain))?;
    println!("{} operations counted with {toolchain}", counts.len());
    Ok(ExitCode::SUCCESS)
}

/// Compares the counts with the list; fails if an operation differs.
///
/// # Errors
///
/// If the counts are not available or the list cannot be read.
pub(crate) fn check() -> Result<ExitCode, Failure> {
    let (counts, toolchain) = (counted()?, toolchain()?);
    let list = std::fs::read_to_string(LIST)?;
    let (listed_toolchain, listed) = read(&list)?;
    let differences = if listed_toolchain == toolchain {
        compare(&listed, &counts)
    } else {
        println!("the list was written with {listed_toolchain}");
        println!("now counted with {toolchain}: compares only the ratios to the floor");
        compare_ratios(&listed, &counts)
    };
    for difference in &differences {
        println!("{difference}");
    }
    if differences.is_empty() {
        println!(
            "the instruction counts of {} operations are unchanged",
            counts.len()
        );
        return Ok(ExitCode::SUCCESS);
    }
    println!("if the change is intended, update the list: .ci/instructions --renew");
    Ok(ExitCode::FAILURE)
}

/// Numbers by operation and case.
type Numbers = BTreeMap<(String, String), f64>;

fn counted() -> Result<Numbers, Failure> {
    let counts = count("instructions", &[], None)?.into_iter();
    Ok(counts
        .map(|(operation, count)| (operation, count.instructions as f64))
        .collect())
}

fn written(counts: &Numbers, toolchain: &str) -> String {
    let mut list = format!(
        "# Instructions of each operation and case; `.ci/instructions --renew` updates this file.\n\
         # {toolchain}\n"
    );
    for ((operation, case), instructions) in counts {
        // Writing to a string cannot fail.
        let _ = writeln!(list, "{operation} {case} {instructions}");
    }
    list
}

fn read(list: &str) -> Result<(&str, Numbers), Failure> {
    let mut lines = list.lines().skip(1);
    let toolchain = lines.next().and_then(|line| line.strip_prefix("# "));
    let mut listed = Numbers::new();
    for line in lines {
        let [operation, case, instructions] = line.split(' ').collect::<Vec<_>>()[..] else {
            return Err(format!("invalid line of the list: {line}").into());
        };
        let key = (operation.to_owned(), case.to_owned());
        listed.insert(key, instructions.parse()?);
    }
    Ok((toolchain.ok_or("the list names no toolchain")?, listed))
}

fn compare(listed: &Numbers, counted: &Numbers) -> Vec<String> {
    let mut differences = missing(listed, counted);
    for ((operation, case), now) in counted {
        let Some(then) = listed.get(&(operation.clone(), case.clone())) else {
            differences.push(format!("{operation} {case} is not in the list: {now}"));
            continue;
        };
        let difference = now - then;
        if operation != FLOOR && difference.abs() > (TOLERANCE * then).max(NOISE) {
            let percent = 100.0 * difference / then;
            differences.push(format!(
                "{operation} {case}: {then} → {now} ({percent:+.1} %)"
            ));
        }
    }
    differences
}

fn compare_ratios(listed: &Numbers, counted: &Numbers) -> Vec<String> {
    let mut differences = missing(listed, counted);
    for (operation, now) in counted {
        let Some(then) = listed.get(operation) else {
            differences.push(format!(
                "{} {} is not in the list",
                operation.0, operation.1
            ));
            continue;
        };
        let ratios = floor_of(&operation.1, listed).zip(floor_of(&operation.1, counted));
        let Some((floor_then, floor_now)) = ratios else {
            differences.push("the floor is missing".to_owned());
            continue;
        };
        let (then, now) = (then / floor_then, now / floor_now);
        if now > then * (1.0 + TOLERANCE_OF_RATIOS) {
            let (operation, case) = operation;
            differences.push(format!(
                "{operation} {case}: {then:.2} → {now:.2} of the floor"
            ));
        }
    }
    differences
}

fn missing(listed: &Numbers, counted: &Numbers) -> Vec<String> {
    let gone = listed
        .keys()
        .filter(|operation| !counted.contains_key(*operation));
    gone.map(|(operation, case)| format!("{operation} {case} was not counted"))
        .collect()
}

/// The floor of that case, or of the typical case.
fn floor_of(case: &str, numbers: &Numbers) -> Option<f64> {
    let floor = |case: &str| numbers.get(&(FLOOR.to_owned(), case.to_owned())).copied();
    floor(case).or_else(|| floor(TYPICAL))
}
