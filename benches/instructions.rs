//! Instructions per operation, counted by callgrind.
//!
//! ```sh
//! cargo bench -p customer-benches --bench instructions
//! ```
//!
//! Each operation has run before, so that nothing is counted which happens once
//! in a process. What an operation made is dropped within it.

#![allow(
    missing_docs,
    unused_qualifications,
    reason = "what the macros of gungraun make has them"
)]

use std::hint::black_box;

use customer_domain::{Customer, Timestamp};
use gungraun::prelude::*;

mod apply;

use apply::cases::{Case, now};

/// How often an operation runs before it is measured.
const WARM_UP: usize = 3;

fn floor_input(case: Case) -> &'static [u8] {
    let body = case.body();
    for _ in 0..WARM_UP {
        drop(black_box(apply::floor::read(black_box(body))));
    }
    body
}

#[library_benchmark(setup = floor_input)]
#[bench::p1(Case::P1)]
#[bench::p2(Case::P2)]
#[bench::p3(Case::P3)]
#[bench::p4(Case::P4)]
#[bench::no_op(Case::NoOp)]
fn floor(body: &'static [u8]) {
    drop(black_box(apply::floor::read(black_box(body))));
}

/// A body, the record it is meant for, and when.
type Update = (&'static [u8], &'static Customer, Timestamp);

fn ours_input(case: Case) -> Update {
    let (body, record, now) = (case.body(), Box::leak(Box::new(case.record())), now());
    for _ in 0..WARM_UP {
        drop(black_box(apply::ours::apply(black_box(body), record, now)));
    }
    (body, record, now)
}

#[library_benchmark(setup = ours_input)]
#[bench::p1(Case::P1)]
#[bench::p2(Case::P2)]
#[bench::p3(Case::P3)]
#[bench::p4(Case::P4)]
#[bench::no_op(Case::NoOp)]
fn ours((body, record, now): Update) {
    drop(black_box(apply::ours::apply(black_box(body), record, now)));
}

library_benchmark_group!(name = apply_patch, benchmarks = [floor, ours]);
main!(library_benchmark_groups = apply_patch);
