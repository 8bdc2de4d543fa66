//! Reads any bytes as the body of an update.

#![no_main]

use customer_testkit::properties;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| properties::patch_json(bytes));
