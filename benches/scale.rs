//! Whether an update in memory costs the same among a thousand customers and
//! among a million: instructions and, as callgrind simulates them, cache misses
//! of [`UPDATES`] updates.
//!
//! ```sh
//! cargo bench -p customer-benches --bench scale
//! ```
//!
//! It fills a store of a million under valgrind, which takes minutes.

#![allow(
    missing_docs,
    unused_qualifications,
    reason = "what the macros of gungraun make has them"
)]

use gungraun::prelude::*;

mod customers;
mod memory;

use memory::Filled;

/// How many updates are counted together.
const UPDATES: u128 = 1_000;

/// All that is counted has happened before, to other customers where there are.
fn filled(count: u128) -> &'static Filled {
    let filled = Box::leak(Box::new(Filled::new(count)));
    filled.update(0, UPDATES, 0);
    filled
}

#[library_benchmark(setup = filled)]
#[bench::n1000(1_000)]
#[bench::n10000(10_000)]
#[bench::n100000(100_000)]
#[bench::n1000000(1_000_000)]
fn memory_update(filled: &'static Filled) {
    filled.update(UPDATES, UPDATES, 1);
}

library_benchmark_group!(name = in_memory, benchmarks = memory_update);
main!(library_benchmark_groups = in_memory);
