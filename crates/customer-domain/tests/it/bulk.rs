//! B1: a row of a bulk update is the body of an update with a `uuid`.

use customer_domain::{Accepted, BodyError, BulkUpdate, CustomerPatch, ReadOptions, UnknownFields};
use proptest::prelude::*;

const ID: &str = "67e55044-10b1-426f-9247-bb680e5fe0c8";

/// Members of every kind: valid, invalid, unknown, read-only, with escapes.
fn member() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        r#""customer""#,
        r#""email""#,
        r#""mainPhone""#,
        r#""website""#,
        r#""status""#,
        r#""billingAddress""#,
        r#""\u0062illingAddress""#,
        r#""contacts""#,
        r#""version""#,
        r#""colour""#,
        r#""uuid ""#,
        r#""Uuid""#,
        r#""\ud83d\ude00""#,
        r#""a\"b\\""#,
    ]);
    let value = prop::sample::select(vec![
        "null",
        r#""""#,
        r#""active""#,
        r#""a@b.co""#,
        r#""555""#,
        r#""acme.example""#,
        r#"{"city":"Paris"}"#,
        r#"{"city":"a","city":"b","zip":1}"#,
        "{}",
        "[1,[2]]",
        "1e999",
        " 7 ",
        r#""\u0041\n""#,
    ]);
    let space = prop::sample::select(vec!["", " ", "\n\t"]);
    (name, value, space).prop_map(|(name, value, space)| format!("{space}{name}{space}:{value}"))
}

proptest! {
    #[test]
    fn b1_a_row_is_read_as_the_update_is(
        mut members in prop::collection::vec(member(), 0..6),
        place in any::<prop::sample::Index>(),
        ignore in any::<bool>(),
    ) {
        let unknown = if ignore { UnknownFields::Ignore } else { UnknownFields::Reject };
        let update = format!("{{{}}}", members.join(","));
        let options = ReadOptions::new().with_unknown_fields(unknown);
        let alone = CustomerPatch::read_json(update.as_bytes(), options);

        members.insert(place.index(members.len() + 1), format!(r#""uuid":"{ID}""#));
        let bulk = format!(r#"{{"customers":[{{{}}}]}}"#, members.join(","));
        let rows = BulkUpdate::read_json(bulk.as_bytes(), options).unwrap().value.into_rows();
        let row = rows.into_iter().next().unwrap();
        let row = row.map(|Accepted { value, warnings }| {
            assert_eq!(value.id.to_string(), ID);
            Accepted { value: value.patch, warnings }
        });
        prop_assert_eq!(row.map_err(BodyError::Invalid), alone);
    }

    #[test]
    fn p10_a_truncated_bulk_update_is_malformed(cut in any::<prop::sample::Index>()) {
        let body = format!(r#"{{"customers": [{{"uuid": "{ID}", "customer": "Acmé"}}, 7]}}"#);
        let cut = cut.index(body.len());
        let error = BulkUpdate::from_json(&body.as_bytes()[..cut]).unwrap_err();
        prop_assert!(matches!(error, BodyError::Malformed(_)), "{:?}", error);
    }
}
