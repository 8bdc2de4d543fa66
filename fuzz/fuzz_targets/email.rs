//! Email addresses and their keys (V2, V3).

#![no_main]

use customer_testkit::properties;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    properties::email(text);
});
