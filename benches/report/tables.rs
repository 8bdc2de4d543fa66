//! All results as Markdown tables.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::process::ExitCode;

use crate::callgrind::{Count, Counts, Failure, Target, count, toolchain};
use crate::goals;
use crate::measures::{Allocations, Numbers, OfStore, allocations, stores, times};

/// The file that contains the tables, between two markers.
pub(crate) const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
const BEGIN: &str = "<!-- The tables: `benches/run --renew` writes them. -->\n";
const END: &str = "<!-- The end of the tables. -->\n";

/// The headings of the tables that are also plotted.
pub(crate) const UPDATE_INSTRUCTIONS: &str =
    "### An update: instructions, and how many times the floor";
pub(crate) const UPDATE_TIME: &str =
    "### An update: time, how many times the floor, and nanoseconds";
pub(crate) const UPDATE_ALLOCATIONS: &str = "### An update: allocations, and their bytes";
pub(crate) const STORES: &str = "### The stores";

/// The rows and their descriptions.
const ROWS: [(&str, &str); 12] = [
    (
        "floor",
        "the floor: serde_json, borrowed fields, nothing validated",
    ),
    ("ours", "**customer-domain**"),
    ("ours_sonic", "**customer-domain** through sonic-rs"),
    (
        "floor_sonic",
        "sonic-rs, borrowed fields, nothing validated",
    ),
    (
        "no_rules",
        "sonic-rs, values created and merged, nothing validated",
    ),
    ("hand_written", "by hand: serde, email_address, url, clones"),
    ("struct_patch", "struct-patch, serde_with; rules by hand"),
    ("garde", "garde"),
    ("validator", "validator"),
    ("eserde", "eserde"),
    ("deserr", "deserr on a `Value`"),
    ("json_schema", "jsonschema, json-patch"),
];
const CASES: [(&str, &str); 5] = [
    ("p1", "P1"),
    ("p2", "P2"),
    ("p3", "P3"),
    ("p4", "P4"),
    ("no_op", "no-op"),
];
const OF_A_RECORD: [(&str, &str); 6] = [
    ("write_json", "record → JSON, `write_json`"),
    ("to_json", "the same, through serde_json"),
    (
        "to_json_derived",
        "the same, a plain struct and serde's derive",
    ),
    ("clone_record", "clone of a record"),
    ("clone_plain", "the same, a plain struct"),
    ("email_key", "key of an email address"),
];
const SCALE: [(&str, u64); 4] = [
    ("n1000", 1_000),
    ("n10000", 10_000),
    ("n100000", 100_000),
    ("n1000000", 1_000_000),
];
/// The number of operations that the benchmark `scale` counts together.
const COUNTED_TOGETHER: f64 = 1_000.0;
/// The target with the vector instructions that sonic-rs can use and valgrind supports.
const VECTORS: Target = Target {
    flags: "-C target-cpu=x86-64-v3 -C target-feature=+pclmulqdq",
    directory: "target/x86-64-v3",
};
const PEERS: [&str; 13] = [
    "deserr",
    "email_address",
    "eserde",
    "garde",
    "json-patch",
    "jsonschema",
    "serde",
    "serde_json",
    "serde_with",
    "sonic-rs",
    "struct-patch",
    "url",
    "validator",
];

/// Prints the tables.
///
/// # Errors
///
/// If a benchmark fails.
pub(crate) fn print() -> Result<ExitCode, Failure> {
    print!("{}", tables()?);
    Ok(ExitCode::SUCCESS)
}

/// Writes the tables into the README.
///
/// # Errors
///
/// If a benchmark fails, or the README has no markers for the tables.
pub(crate) fn renew() -> Result<ExitCode, Failure> {
    let readme = std::fs::read_to_string(README)?;
    let missing = "the README has no markers for the tables";
    let (before, rest) = readme.split_once(BEGIN).ok_or(missing)?;
    let (_, after) = rest.split_once(END).ok_or(missing)?;
    let tables = tables()?;
    std::fs::write(README, format!("{before}{BEGIN}\n{tables}\n{END}{after}"))?;
    Ok(ExitCode::SUCCESS)
}

struct Measured {
    counts: Counts,
    with_vectors: Counts,
    times: Numbers,
    allocations: Allocations,
    scale: Counts,
    stores: Vec<OfStore>,
}

fn tables() -> Result<String, Failure> {
    let peers = ["--features", "peers"];
    let updates = ROWS
        .iter()
        .flat_map(|(row, _)| CASES.map(|(case, _)| (*row, case)));
    let records = OF_A_RECORD.map(|(operation, _)| ("record", operation));
    let operations: Vec<_> = updates.chain(records).collect();
    let measured = Measured {
        counts: count("instructions", &peers, None)?,
        with_vectors: count("instructions", &["--features", "sonic"], Some(&VECTORS))?,
        times: times(&operations)?,
        allocations: allocations()?,
        scale: count("scale", &[], None)?,
        stores: stores()?,
    };
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_tables(&mut text, &measured);
    Ok(text)
}

fn write_tables(text: &mut String, measured: &Measured) -> Result<(), Failure> {
    let Measured {
        counts,
        with_vectors,
        times,
        allocations,
        scale,
        stores,
    } = measured;
    write_versions(text)?;
    writeln!(text, "\n### Goals\n")?;
    write_goals(text, measured)?;
    write_heading(text, UPDATE_INSTRUCTIONS, "instructions")?;
    let instructions = |row: &str, case: &str| instructions(counts, row, case);
    write_updates(text, &ROWS, |row, case| {
        let (ours, floor) = (instructions(row, case)?, instructions("floor", case)?);
        Some(format!("{:.2} ({ours})", ours / floor))
    })?;
    let row = instructions("bulk_50", "p2").map(|rows| rows / goals::BULK_ROWS);
    if let Some((row, ours)) = row.zip(instructions("ours", "p2")) {
        let ratio = row / ours;
        writeln!(
            text,
            "\nA row of a bulk update of 50 rows of P2: {ratio:.2} ({row:.0})"
        )?;
        writeln!(text, "times the instructions of the single update.")?;
    }
    writeln!(
        text,
        "\nThe same with vector instructions (`{}`):\n",
        VECTORS.flags
    )?;
    write_updates(text, &ROWS[..5], |row, case| {
        let ours = self::instructions(with_vectors, row, case)?;
        let floor = self::instructions(with_vectors, "floor", case)?;
        Some(format!("{:.2} ({ours})", ours / floor))
    })?;
    write_heading(text, UPDATE_TIME, "time")?;
    let time = |row: &str, case: &str| get(times, row, case);
    write_updates(text, &ROWS, |row, case| {
        let (ours, floor) = (time(row, case)?, time("floor", case)?);
        Some(format!("{:.2} ({ours:.0})", ours / floor))
    })?;
    write_heading(text, UPDATE_ALLOCATIONS, "allocations")?;
    write_updates(text, &ROWS, |row, case| {
        let times = get(&allocations.count, row, case)?;
        let bytes = get(&allocations.bytes, row, case)?;
        Some(format!("{times} ({bytes})"))
    })?;
    writeln!(text, "\n### A record (of P2)\n")?;
    write_records(text, counts, times, allocations)?;
    writeln!(
        text,
        "\n### The store in memory: an update, by number of customers\n"
    )?;
    write_scale(text, scale)?;
    write_heading(text, STORES, "stores")?;
    write_stores(text, stores)?;
    writeln!(text, "\n### Space for many customers\n")?;
    write_size(text, stores)
}

fn instructions(counts: &Counts, operation: &str, case: &str) -> Option<f64> {
    let count = counts.get(&(operation.to_owned(), case.to_owned()))?;
    Some(count.instructions as f64)
}

fn get(numbers: &Numbers, operation: &str, case: &str) -> Option<f64> {
    numbers
        .get(&(operation.to_owned(), case.to_owned()))
        .copied()
}

/// A heading, and the plot of the table under it.
fn write_heading(text: &mut String, heading: &str, plot: &str) -> Result<(), Failure> {
    writeln!(
        text,
        "\n{heading}\n\n![Plot of the table](plots/{plot}.svg)\n"
    )?;
    Ok(())
}

fn write_versions(text: &mut String) -> Result<(), Failure> {
    let lock = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock"))?;
    let version = |name: &str| {
        let entry = lock
            .split_once(&format!("name = \"{name}\"\nversion = \""))?
            .1;
        Some(entry.split_once('"')?.0.to_owned())
    };
    let versions = PEERS.map(|name| format!("{name} {}", version(name).unwrap_or_default()));
    writeln!(
        text,
        "Measured with {}; {}.",
        toolchain()?,
        versions.join(", ")
    )?;
    Ok(())
}

fn write_updates(
    text: &mut String,
    rows: &[(&str, &str)],
    cell: impl Fn(&str, &str) -> Option<String>,
) -> Result<(), Failure> {
    writeln!(text, "| | {} |", CASES.map(|(_, name)| name).join(" | "))?;
    writeln!(text, "|---|{}", "---:|".repeat(CASES.len()))?;
    for (row, name) in rows {
        let cells = CASES.map(|(case, _)| cell(row, case).unwrap_or_else(|| "–".to_owned()));
        writeln!(text, "| {name} | {} |", cells.join(" | "))?;
    }
    Ok(())
}

fn write_records(
    text: &mut String,
    counts: &Counts,
    times: &Numbers,
    allocations: &Allocations,
) -> Result<(), Failure> {
    writeln!(
        text,
        "| | instructions | ns | allocations |\n|---|---:|---:|---:|"
    )?;
    for (operation, name) in OF_A_RECORD {
        let instructions = instructions(counts, operation, "p2").unwrap_or(f64::NAN);
        let time = get(times, "record", operation).unwrap_or(f64::NAN);
        let times = get(&allocations.count, operation, "record").unwrap_or(f64::NAN);
        writeln!(text, "| {name} | {instructions} | {time:.0} | {times} |")?;
    }
    Ok(())
}

fn write_scale(text: &mut String, scale: &Counts) -> Result<(), Failure> {
    let names = SCALE.map(|(_, customers)| thousands(customers as f64));
    writeln!(text, "| | {} |", names.join(" | "))?;
    writeln!(text, "|---|{}", "---:|".repeat(SCALE.len()))?;
    let counts = SCALE.map(|(case, _)| scale.get(&("memory_update".to_owned(), case.to_owned())));
    let write = |text: &mut String, name: &str, number: fn(&Count) -> u64, digits: usize| {
        let cells = counts.map(|count| {
            let each = count.map_or(f64::NAN, |count| number(count) as f64 / COUNTED_TOGETHER);
            format!("{each:.digits$}")
        });
        writeln!(text, "| {name} | {} |", cells.join(" | "))
    };
    write(text, "instructions", |count| count.instructions, 0)?;
    write(
        text,
        "cache misses, simulated",
        |count| count.from_memory,
        1,
    )?;
    Ok(())
}

fn write_stores(text: &mut String, stores: &[OfStore]) -> Result<(), Failure> {
    writeln!(text, "| store | customers | | |\n|---|---:|---|---:|")?;
    for line in stores {
        let what = match line.what.split_once('_') {
            Some((operation, at_once)) => format!("{operation} per second, {at_once} at once"),
            None => format!("{} per customer", line.what),
        };
        let (customers, value) = (thousands(line.customers as f64), thousands(line.value));
        writeln!(text, "| {} | {customers} | {what} | {value} |", line.store)?;
    }
    if !stores.iter().any(|line| line.store == "postgres") {
        writeln!(text, "| postgres | | skipped: not on the machine | |")?;
    }
    Ok(())
}

/// Uses the bytes per customer of the measurement with the most customers.
fn write_size(text: &mut String, stores: &[OfStore]) -> Result<(), Failure> {
    writeln!(
        text,
        "| store | ten million | a hundred million |\n|---|---:|---:|"
    )?;
    let names: BTreeSet<&str> = stores.iter().map(|line| line.store.as_str()).collect();
    for name in names {
        let sizes = stores
            .iter()
            .filter(|line| line.store == name && line.what == "bytes");
        if let Some(most) = sizes.max_by_key(|line| line.customers) {
            let gigabytes = |customers: f64| customers * most.value / 1e9;
            let (ten, hundred) = (gigabytes(1e7), gigabytes(1e8));
            writeln!(text, "| {name} | {ten:.1} GB | {hundred:.0} GB |")?;
        }
    }
    Ok(())
}

fn write_goals(text: &mut String, measured: &Measured) -> Result<(), Failure> {
    let mut lines = Vec::new();
    let mut line = |what: &str, measured: Option<f64>, goal: f64| {
        let measured = measured.unwrap_or(f64::NAN);
        let met = if measured <= goal { "yes" } else { "no" };
        lines.push(format!("| {what} | {goal:.2} | {measured:.2} | {met} |"));
    };
    let counts = &measured.counts;
    let ratio = |counts: &Counts, operation: &str, of: &str, case: &str| {
        Some(instructions(counts, operation, case)? / instructions(counts, of, case)?)
    };
    for goal in &goals::INSTRUCTIONS {
        let what = format!("{}: instructions, of {}", goal.what, goal.of);
        let reached = ratio(counts, goal.operation, goal.of, goal.case);
        line(&what, reached, goal.at_most);
        if goal.operation == "ours_sonic" {
            let reached = ratio(&measured.with_vectors, goal.operation, goal.of, goal.case);
            line(&format!("{what}, with vectors"), reached, goal.at_most);
        }
    }
    let rows = ratio(counts, "bulk_50", "ours", "p2");
    line(
        "a row of 50 of a bulk update: instructions, of P2",
        rows.map(|rows| rows / goals::BULK_ROWS),
        goals::BULK,
    );
    let to_json = ratio(counts, "write_json", "to_json_derived", "p2");
    line(
        "record → JSON: instructions, of the derived writer",
        to_json,
        goals::TO_JSON,
    );
    for (case, most) in goals::ALLOCATIONS {
        let times = get(&measured.allocations.count, "ours", case);
        line(&format!("{case}: allocations"), times, most);
    }
    let scale = |case| instructions(&measured.scale, "memory_update", case);
    let grown = scale("n1000000")
        .zip(scale("n1000"))
        .map(|(million, thousand)| million / thousand);
    let distance = grown.map(|grown| (grown - 1.0).abs());
    line(
        "an update among a million customers: instructions, difference to a thousand",
        distance,
        goals::SCALE,
    );
    writeln!(text, "| | at most | measured | met |\n|---|---:|---:|---|")?;
    for line in lines {
        writeln!(text, "{line}")?;
    }
    Ok(())
}

fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped
}
