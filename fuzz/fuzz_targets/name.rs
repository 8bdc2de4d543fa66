//! Compares names (V1) with the model.

#![no_main]

use customer_testkit::properties;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| properties::name(text));
