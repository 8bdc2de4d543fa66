//! The tests that the macro declares pass on a correct store, also behind a guard.

use customer_testkit::Guarded;

use crate::broken::{BrokenStore, Flaw};

fn correct() -> BrokenStore {
    BrokenStore::new(Flaw::None)
}

customer_testkit::conformance!(bare, || async { correct() });
customer_testkit::conformance!(guarded, || async { Guarded::new(correct(), ()) });
