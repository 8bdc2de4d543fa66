//! The properties of the fuzz targets, on generated input and on the corpus.

use std::path::Path;

use arbitrary::Unstructured;
use customer_testkit::{addresses, properties, strategies};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::broken::{BrokenStore, Flaw};

/// Checks the property on the corpus of its target, which is only in the repository.
fn replay(target: &str, property: fn(&[u8])) {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz");
    if !fuzz.exists() {
        eprintln!("skipped: the package does not contain the corpus");
        return;
    }
    let mut inputs = 0;
    for entry in std::fs::read_dir(fuzz.join("corpus").join(target)).unwrap() {
        property(&std::fs::read(entry.unwrap().path()).unwrap());
        inputs += 1;
    }
    assert!(inputs > 0, "{target} has a corpus");
}

/// Like the fuzz targets of strings: input that is not UTF-8 is skipped.
fn of_text<T>(bytes: &[u8], property: fn(&str) -> T) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        property(text);
    }
}

macro_rules! properties {
    ($($target:ident: $property:expr, $input:expr;)+) => {$(
        mod $target {
            use super::*;

            #[test]
            fn holds_for_the_corpus() {
                replay(stringify!($target), $property);
            }

            proptest! {
                #[test]
                fn holds_for_generated_input(bytes in $input) {
                    let property: fn(&[u8]) = $property;
                    property(&bytes);
                }
            }
        }
    )+};
}

fn any_text() -> impl Strategy<Value = Vec<u8>> {
    "[a-zA-Z0-9@.:/+é字\u{200B} -]{0,20}".prop_map(String::into_bytes)
}

fn any_email() -> impl Strategy<Value = Vec<u8>> {
    numbered(addresses::email)
}

fn any_website() -> impl Strategy<Value = Vec<u8>> {
    numbered(addresses::website)
}

/// Half of them generated, half of them arbitrary.
fn numbered(
    make: fn(&mut Unstructured<'_>) -> arbitrary::Result<String>,
) -> impl Strategy<Value = Vec<u8>> {
    let made = any::<u64>().prop_map(move |n| addresses::numbered(0, n, make).into_bytes());
    prop_oneof![made, any_text()]
}

properties! {
    patch_json: properties::patch_json, strategies::body();
    patch_differential: properties::patch_differential, vec(any::<u8>(), 0..600);
    bulk_json: properties::bulk_json, vec(any::<u8>(), 0..600);
    merge_laws: properties::merge_laws, vec(any::<u8>(), 0..3_000);
    email: |bytes| of_text(bytes, properties::email), any_email();
    website: |bytes| of_text(bytes, properties::website), any_website();
    phone: |bytes| of_text(bytes, properties::phone), any_text();
    name: |bytes| of_text(bytes, properties::name), any_text();
    record_json: properties::record_json, vec(any::<u8>(), 0..900);
    envelope: properties::envelope, vec(any::<u8>(), 0..600);
    store_history: |bytes| properties::store_history(BrokenStore::new(Flaw::None), bytes), vec(any::<u8>(), 0..600);
}
