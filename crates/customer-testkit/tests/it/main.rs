//! Tests of the test kit: on a correct store and on broken ones, and of its model and its
//! generators.

mod broken;
mod broken_batch;
mod broken_list;
mod broken_log;
mod broken_update;
mod caught;
mod differential;
mod faults;
mod fields;
mod good;
mod histories;
mod messages;
mod model;
mod properties;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

/// Values of a strategy, the same in every run.
fn samples<S: Strategy>(strategy: &S, count: usize) -> Vec<S::Value> {
    let mut runner = TestRunner::deterministic();
    (0..count)
        .map(|_| strategy.new_tree(&mut runner).unwrap().current())
        .collect()
}
