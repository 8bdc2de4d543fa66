//! The store through its public API.

use customer_memory::MemoryStore;

customer_testkit::conformance!(memory, || async { MemoryStore::new() });
