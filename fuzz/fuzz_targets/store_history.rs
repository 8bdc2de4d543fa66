//! Compares the memory store, with injected faults, with a plain map (RULES, Store).

#![no_main]

use customer_memory::MemoryStore;
use customer_testkit::properties;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| properties::store_history(MemoryStore::new(), bytes));
