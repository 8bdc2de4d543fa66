//! Runs a benchmark of gungraun and reads its counts.

use std::collections::BTreeMap;
use std::error::Error;
use std::process::{Command, Stdio};

use serde_json::Value;

pub(crate) type Failure = Box<dyn Error>;

/// The counts of one operation in one case.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Count {
    pub(crate) instructions: u64,
    /// Accesses that missed all simulated caches.
    pub(crate) from_memory: u64,
}

/// By the name of the operation and the case.
pub(crate) type Counts = BTreeMap<(String, String), Count>;

/// Runs a benchmark and reads its counts. The output of cargo goes to standard error.
///
/// # Errors
///
/// If the benchmark fails, or its output has another format.
pub(crate) fn count(
    bench: &str,
    arguments: &[&str],
    target: Option<&Target>,
) -> Result<Counts, Failure> {
    let mut cargo = Command::new("cargo");
    cargo
        .args([
            "bench",
            "--quiet",
            "--locked",
            "--package",
            "customer-benches",
        ])
        .args(["--bench", bench])
        .args(arguments)
        .stderr(Stdio::inherit());
    if let Some(target) = target {
        cargo
            .args(["--target-dir", target.directory])
            .env("RUSTFLAGS", target.flags);
    }
    let output = cargo.args(["--", "--output-format=json"]).output()?;
    if !output.status.success() {
        return Err(format!("the benchmark {bench} failed").into());
    }
    String::from_utf8(output.stdout)?
        .lines()
        .map(read)
        .collect()
}

/// Another compilation target.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) flags: &'static str,
    pub(crate) directory: &'static str,
}

fn read(line: &str) -> Result<((String, String), Count), Failure> {
    let summary: Value = serde_json::from_str(line)?;
    let name = |key: &str| summary[key].as_str().map(ToOwned::to_owned);
    let metrics = &summary["profiles"][0]["data"]["total"]["metrics"];
    let metric = |key: &str| metrics[key]["values"]["new"].as_u64();
    let operation = name("function_name").zip(name("id"));
    let (Some(operation), Some(instructions)) = (operation, metric("Ir")) else {
        return Err(format!("unexpected output of gungraun: {line}").into());
    };
    let count = Count {
        instructions,
        from_memory: metric("RamHits").unwrap_or_default(),
    };
    Ok((operation, count))
}

/// Everything except the code that affects the counts: compiler, C library, valgrind,
/// architecture.
///
/// # Errors
///
/// If one of the tools is not installed.
pub(crate) fn toolchain() -> Result<String, Failure> {
    let first_line = |program: &str, argument: &str| -> Result<String, Failure> {
        let output = Command::new(program).arg(argument).output()?;
        let text = String::from_utf8(output.stdout)?;
        Ok(text.lines().next().unwrap_or_default().to_owned())
    };
    let rustc = first_line("rustc", "--version")?;
    let libc = first_line("getconf", "GNU_LIBC_VERSION")?;
    let valgrind = first_line("valgrind", "--version")?;
    let vectors = vectors();
    Ok(format!("{rustc}, {libc}, {valgrind}, {vectors}"))
}

/// The architecture and its vector instructions, which some crates detect at run time.
fn vectors() -> String {
    #[cfg(target_arch = "x86_64")]
    let vectors = if std::arch::is_x86_feature_detected!("avx2") {
        " with AVX2"
    } else {
        " without AVX2"
    };
    #[cfg(not(target_arch = "x86_64"))]
    let vectors = "";
    format!("{}{vectors}", std::env::consts::ARCH)
}
