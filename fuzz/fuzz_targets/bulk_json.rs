//! Reads any bytes as the body of a bulk update, and generated bodies as its rows.

#![no_main]

use customer_testkit::properties;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| properties::bulk_json(bytes));
