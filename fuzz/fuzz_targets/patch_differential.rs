//! Compares the core with the model on bodies that resemble valid ones.

#![no_main]

use customer_testkit::properties;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| properties::patch_differential(bytes));
