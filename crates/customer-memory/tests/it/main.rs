//! The store through its public API.
//!
//! With `RUSTFLAGS="--cfg shuttle"` the binary has the tests of the schedules instead:
//! the locks then work under the scheduler only.

#[cfg(not(shuttle))]
mod contents;
#[cfg(not(shuttle))]
mod histories;
#[cfg(not(shuttle))]
mod properties;
#[cfg(shuttle)]
mod schedules;

#[cfg(not(shuttle))]
customer_testkit::conformance!(memory, || async {
    customer_memory::MemoryStore::with_change_log(10_000)
});
