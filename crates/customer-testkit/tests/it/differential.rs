//! The core and the model agree, on bodies near the schema and on any bytes.

use arbitrary::Unstructured;
use customer_domain::{Timestamp, UnknownFields};
use customer_testkit::{bodies, differential};
use proptest::prelude::*;

/// Clocks before, at and after the last change of the sample.
const CLOCKS: [&str; 4] = [
    "2020-01-01T00:00:00.0000019Z",
    "2026-02-01T08:30:00Z",
    "2026-02-01T08:30:00.000001Z",
    "2026-11-23T12:00:00Z",
];

fn clock() -> impl Strategy<Value = Timestamp> {
    prop::sample::select(CLOCKS.map(|text| Timestamp::parse(text).unwrap()).to_vec())
}

fn with_unknown_fields() -> impl Strategy<Value = UnknownFields> {
    prop::sample::select(vec![UnknownFields::Reject, UnknownFields::Ignore])
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 0..600)
        .prop_map(|bytes| bodies::body(&mut Unstructured::new(&bytes)).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn an_update_has_the_outcome_the_model_says(
        body in body(), now in clock(), unknown in unknown_fields(),
    ) {
        let record = differential::sample_record();
        let agreed = differential::update(&record, &body, now, unknown);
        prop_assert!(agreed.is_ok(), "{}\n{}", String::from_utf8_lossy(&body), agreed.unwrap_err());
    }

    #[test]
    fn a_creation_has_the_outcome_the_model_says(
        body in body(), now in clock(), unknown in unknown_fields(),
    ) {
        let agreed = differential::create(&body, now, unknown);
        prop_assert!(agreed.is_ok(), "{}\n{}", String::from_utf8_lossy(&body), agreed.unwrap_err());
    }

    #[test]
    fn any_bytes_have_the_outcome_the_model_says(body in any::<Vec<u8>>(), now in clock()) {
        let record = differential::sample_record();
        let agreed = differential::update(&record, &body, now, UnknownFields::Reject);
        prop_assert!(agreed.is_ok(), "{}", agreed.unwrap_err());
    }
}
