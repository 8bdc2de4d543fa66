//! The core and the model agree on generated bodies.

use arbitrary::Unstructured;
use customer_domain::{CustomerPatch, NewCustomer};
use customer_testkit::{differential, generate, strategies};

use crate::samples;

#[test]
fn the_core_agrees_with_the_model_on_numbered_bodies() {
    for number in 0..10_000 {
        if let Err(disagreement) = differential::numbered(number) {
            panic!("body {number}: {disagreement}");
        }
    }
}

#[test]
fn generated_bodies_are_valid_invalid_and_malformed() {
    let bodies = samples(&strategies::body(), 1_000);
    let count = |is: fn(&[u8]) -> bool| bodies.iter().filter(|body| is(body)).count();

    let updates = count(|body| CustomerPatch::from_json(body).is_ok_and(|p| !p.is_empty()));
    let creates = count(|body| NewCustomer::from_json(body).is_ok());
    let malformed = count(|body| serde_json::from_slice::<serde_json::Value>(body).is_err());

    for share in [updates, creates, malformed, 1_000 - updates - malformed] {
        assert!(share > 50, "{updates} {creates} {malformed}");
    }
}

#[test]
fn mutated_bodies_are_often_valid_json() {
    let body = br#"{"customer":"Acme","status":"active"}"#;
    let mut changed = 0;
    let mut json = 0;
    for number in 0..1_000_u64 {
        let bytes = (number.wrapping_mul(0x9E37_79B9_7F4A_7C15))
            .to_le_bytes()
            .repeat(4);
        let mutated = generate::mutated(&mut Unstructured::new(&bytes), body.to_vec()).unwrap();
        changed += usize::from(mutated != body);
        json += usize::from(serde_json::from_slice::<serde_json::Value>(&mutated).is_ok());
    }
    assert!((200..800).contains(&changed), "{changed}");
    assert!(json > 1_000 - changed, "{json}");
}
