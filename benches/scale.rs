//! Whether an update in the memory store costs the same with a thousand and with a million
//! customers: instructions, and cache misses simulated by callgrind, of [`UPDATES`]
//! updates.
//!
//! ```sh
//! cargo bench -p customer-benches --bench scale
//! ```
//!
//! Filling a store with a million customers under valgrind takes minutes.

#![allow(
    missing_docs,
    unused_qualifications,
    reason = "in code that the macros of gungraun generate"
)]

use gungraun::prelude::*;

mod customers;
mod memory;

use memory::Filled;

/// The number of updates that are counted together.
const UPDATES: u128 = 1_000;

/// A filled store, warmed up with updates of other customers if there are enough.
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
