//! M5: the laws of the merge, and properties of every record and patch.

use customer_domain::{
    BodyError, BulkUpdate, Customer, CustomerId, CustomerPatch, EmailAddress, Field, NewCustomer,
    ReadOptions, Success, TeamId, Timestamp,
};
use proptest::prelude::*;

use crate::generate::{customer, instant, patch};

/// All parts of a record except `updatedAt` and the version.
fn content(customer: &Customer) -> (TeamId, CustomerId, Timestamp, &NewCustomer) {
    let record = customer.record();
    (
        customer.team(),
        record.id,
        record.created_at,
        &record.content,
    )
}

fn applied(customer: &Customer, patch: &CustomerPatch, now: Timestamp) -> Customer {
    customer.clone().apply(patch, now).into_customer()
}

/// Two records of one customer that differ in patchable fields only.
fn siblings() -> impl Strategy<Value = (Customer, Customer)> {
    (customer(), patch()).prop_map(|(c, p)| {
        let other = applied(&c, &p, c.updated_at());
        (c, other)
    })
}

proptest! {
    #[test]
    fn m5_the_empty_patch_changes_nothing(c in customer(), now in instant()) {
        let applied = c.clone().apply(&CustomerPatch::new(), now);
        prop_assert!(applied.changed().is_empty());
        prop_assert_eq!(applied.into_customer(), c);
    }

    #[test]
    fn m5_a_patch_is_idempotent(
        c in customer(), p in patch(), now in instant(), later in instant(),
    ) {
        let once = applied(&c, &p, now);
        let twice = once.clone().apply(&p, later);
        prop_assert!(twice.changed().is_empty());
        prop_assert_eq!(twice.into_customer(), once, "the time does not change either");
    }

    #[test]
    fn m5_then_applies_two_patches_at_once(
        c in customer(), p in patch(), q in patch(), now in instant(),
    ) {
        let one_by_one = applied(&applied(&c, &p, now), &q, now);
        let at_once = applied(&c, &p.then(q), now);
        prop_assert_eq!(content(&one_by_one), content(&at_once));
    }

    #[test]
    fn m5_then_is_associative_with_the_empty_patch_as_unit(
        p in patch(), q in patch(), r in patch(),
    ) {
        let left = p.clone().then(q.clone()).then(r.clone());
        prop_assert_eq!(left, p.clone().then(q.then(r)));
        prop_assert_eq!(p.clone().then(CustomerPatch::new()), p.clone());
        prop_assert_eq!(CustomerPatch::new().then(p.clone()), p);
    }

    #[test]
    fn m5_applying_the_difference_yields_the_other_record((c, d) in siblings(), now in instant()) {
        let updated = applied(&c, &c.diff(&d), now);
        prop_assert_eq!(content(&updated), content(&d));
    }

    #[test]
    fn m5_the_difference_is_minimal((c, d) in siblings(), now in instant()) {
        let patch = c.diff(&d);
        // Each of its fields changes, so none can be left out.
        let changed = c.clone().apply(&patch, now).changed();
        prop_assert_eq!(patch.fields(), changed);
        prop_assert!(c.diff(&c).is_empty());
    }

    #[test]
    fn m5_a_patch_round_trips_through_json(p in patch()) {
        let json = serde_json::to_string(&p).unwrap();
        prop_assert_eq!(CustomerPatch::from_json(json.as_bytes()), Ok(p.clone()));
        prop_assert_eq!(serde_json::from_str::<CustomerPatch>(&json).unwrap(), p);
    }

    #[test]
    fn s6_a_record_round_trips_through_json_and_through_a_row(c in customer()) {
        let json = serde_json::to_vec(&c).unwrap();
        prop_assert_eq!(Customer::from_json(&json, c.team(), c.version()), Ok(c.clone()));
        let row = c.to_row().unwrap();
        prop_assert_eq!(Customer::from_row(|index, _| row.get(index).cloned()).unwrap(), c);
    }

    #[test]
    fn s6_write_json_writes_the_bytes_of_serde_json(c in customer()) {
        let mut json = b"before".to_vec();
        c.write_json(&mut json);
        prop_assert_eq!(json.strip_prefix(b"before"), Some(&*serde_json::to_vec(&c).unwrap()));

        let body = br#"{"website":"acme.example","mainPhone":"1"}"#;
        let accepted = CustomerPatch::read_json(body, ReadOptions::new()).unwrap();
        for warnings in [Vec::new(), accepted.warnings] {
            let response = Success::new("\"\0\" é", &c).with_warnings(warnings);
            json.clear();
            response.write_json(&mut json);
            prop_assert_eq!(&json, &serde_json::to_vec(&response).unwrap());
        }
    }

    #[test]
    fn m2_the_set_of_changed_fields_is_exact(c in customer(), p in patch(), now in instant()) {
        let applied = c.clone().apply(&p, now);
        let before = serde_json::to_value(&c).unwrap();
        let after = serde_json::to_value(applied.customer()).unwrap();
        for field in Field::ALL.iter().filter(|field| field.is_patchable()) {
            let differs = before[field.as_str()] != after[field.as_str()];
            prop_assert_eq!(applied.changed().contains(*field), differs, "{}", field);
        }
    }

    #[test]
    fn m3_updated_at_strictly_increases(c in customer(), p in patch(), now in instant()) {
        let applied = c.clone().apply(&p, now);
        if applied.changed().is_empty() {
            prop_assert_eq!(applied.into_customer(), c);
        } else {
            let after = applied.customer();
            let next = c.updated_at().as_micros() + 1;
            prop_assert_eq!(after.updated_at().as_micros(), now.as_micros().max(next));
            prop_assert_eq!(after.version().get(), c.version().get() + 1);
        }
    }

    #[test]
    fn m4_only_patchable_fields_change(c in customer(), p in patch(), now in instant()) {
        let after = applied(&c, &p, now);
        for field in Field::ALL.iter().filter(|field| !field.is_patchable()) {
            if !matches!(field, Field::UpdatedAt | Field::Version) {
                prop_assert_eq!(after.value(*field), c.value(*field), "{}", field);
            }
        }
    }

    #[test]
    fn v3_the_key_is_idempotent_and_ignores_ascii_case(c in customer()) {
        let key = c.email().key();
        for spelling in [key.as_str().to_owned(), c.email().as_str().to_ascii_uppercase()] {
            let same = EmailAddress::parse(&spelling).map(|email| email.key());
            prop_assert_eq!(same, Ok(key.clone()));
        }
    }

    #[test]
    fn p10_a_body_is_malformed_exactly_if_serde_json_rejects_it(
        p in patch(),
        at in any::<prop::sample::Index>(),
        removed in 0_usize..4,
        inserted in prop::collection::vec(prop::sample::select(&b"{}[]:,\"\\u0 \xC3\xFF"[..]), 0..4),
    ) {
        let mut body = serde_json::to_vec(&p).unwrap();
        let at = at.index(body.len());
        body.splice(at..(at + removed).min(body.len()), inserted);
        let is_json = serde_json::from_slice::<serde_json::Value>(&body).is_ok();
        for error in [
            CustomerPatch::from_json(&body).err(),
            NewCustomer::from_json(&body).err(),
            BulkUpdate::from_json(&body).err(),
        ] {
            let is_malformed = matches!(error, Some(BodyError::Malformed(_)));
            prop_assert_eq!(is_malformed, !is_json, "{:?}", error);
        }
    }
}
