//! Bodies near the schema, by the core and by the model.

#![no_main]

use customer_testkit::properties;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| properties::patch_differential(bytes));
