//! Valid values for `proptest`: those of [`generate`] from random bytes, which shrink to
//! few and simple ones.
//!
//! ```
//! use customer_testkit::strategies::{customer, patch, timestamp};
//! use proptest::prelude::*;
//!
//! proptest! {
//!     # #![proptest_config(ProptestConfig::with_cases(8))]
//!     # fn m4_a_patch_keeps_the_id(c in customer(), p in patch(), now in timestamp()) {
//!     #     prop_assert_eq!(c.clone().apply(&p, now).customer().id(), c.id());
//!     # }
//!     # /*
//!     #[test]
//!     fn m4_a_patch_keeps_the_id(c in customer(), p in patch(), now in timestamp()) {
//!         prop_assert_eq!(c.clone().apply(&p, now).customer().id(), c.id());
//!     }
//!     # */
//! }
//! # m4_a_patch_keeps_the_id();
//! ```

use std::fmt::Debug;

use arbitrary::Unstructured;
use customer_domain::{Customer, CustomerPatch, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::generate;

/// The most bytes that one value is generated from.
const MAX_BYTES: usize = 800;

/// A record.
pub fn customer() -> impl Strategy<Value = Customer> {
    generated(generate::customer)
}

/// A patch, possibly empty.
pub fn patch() -> impl Strategy<Value = CustomerPatch> {
    generated(generate::patch)
}

/// A time.
pub fn timestamp() -> impl Strategy<Value = Timestamp> {
    generated(generate::timestamp)
}

/// The body of a request, valid or close to valid.
pub fn body() -> impl Strategy<Value = Vec<u8>> {
    generated(generate::body)
}

fn generated<T: Debug>(
    generate: fn(&mut Unstructured<'_>) -> arbitrary::Result<T>,
) -> impl Strategy<Value = T> {
    vec(any::<u8>(), 0..MAX_BYTES).prop_filter_map("enough bytes", move |bytes| {
        generate(&mut Unstructured::new(&bytes)).ok()
    })
}
