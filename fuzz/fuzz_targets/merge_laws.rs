//! Checks every law of the merge (M5) with generated records and patches.

#![no_main]

use customer_testkit::properties;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| properties::merge_laws(bytes));
