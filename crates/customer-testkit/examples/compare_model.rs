//! Compares the core with the independent model on many generated bodies, on all
//! processors:
//!
//! ```text
//! cargo run --release -p customer-testkit --example compare_model -- 10000000 [FIRST]
//! ```
//!
//! Bodies are numbered from FIRST, or from 0. A number gives the same body on every
//! machine. A disagreement ends the run and prints the number of its body; `-- 1 NUMBER`
//! compares it again.

use std::num::NonZero;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use customer_testkit::differential;

/// The number of bodies that a thread takes at a time.
const BATCH: u64 = 1_000;

fn main() -> ExitCode {
    let arguments: Vec<Option<u64>> = std::env::args()
        .skip(1)
        .map(|argument| argument.parse().ok())
        .collect();
    let (count, first) = match arguments[..] {
        [Some(count)] => (count, 0),
        [Some(count), Some(first)] => (count, first),
        _ => {
            eprintln!("usage: compare_model COUNT [FIRST]");
            return ExitCode::from(2);
        }
    };
    let next = AtomicU64::new(first);
    let end = first.saturating_add(count);
    let agreed = thread::scope(|scope| {
        let threads = thread::available_parallelism().map_or(1, NonZero::get);
        let start = |_| scope.spawn(|| compare(&next, end));
        let threads: Vec<_> = (0..threads).map(start).collect();
        // A thread that panicked counts as a disagreement.
        let mut agreed = threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or(false));
        agreed.all(|agreed| agreed)
    });
    if !agreed {
        return ExitCode::FAILURE;
    }
    println!("{count} bodies compared, no disagreement");
    ExitCode::SUCCESS
}

/// Compares batches of bodies until the end or the first disagreement. Returns whether
/// all agreed.
fn compare(next: &AtomicU64, end: u64) -> bool {
    loop {
        let first = next.fetch_add(BATCH, Ordering::Relaxed);
        if first >= end {
            return true;
        }
        for number in first..end.min(first + BATCH) {
            if let Err(disagreement) = differential::numbered(number) {
                eprintln!("body {number}: {disagreement}");
                return false;
            }
        }
    }
}
