//! The store from outside.

use customer_memory::MemoryStore;

customer_testkit::conformance!(memory, || async { MemoryStore::new() });
