//! Error responses for invalid bodies of each kind (RULES, Responses).

#![no_main]

use customer_testkit::properties;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| properties::envelope(bytes));
