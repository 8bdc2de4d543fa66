//! M5: the laws of the merge, and what holds of every value that is read.

use customer_domain::{
    Customer, CustomerParts, CustomerPatch, EmailAddress, Field, ReadOptions, Success, Timestamp,
};
use proptest::prelude::*;

use crate::generate::{customer, email, instant, patch, sibling};

/// Equality of everything but `updatedAt` and version.
fn content(customer: &Customer) -> Customer {
    Customer::from_parts(CustomerParts {
        updated_at: Timestamp::MIN,
        version: customer_domain::Version::FIRST,
        ..customer.clone().into_parts()
    })
}

fn with_sibling() -> impl Strategy<Value = (Customer, Customer)> {
    customer().prop_flat_map(|c| {
        let sibling = sibling(&c);
        (Just(c), sibling)
    })
}

proptest! {
    #[test]
    fn m5_identity(c in customer(), now in instant()) {
        let applied = c.apply(&CustomerPatch::new(), now);
        prop_assert_eq!(applied.customer, c);
        prop_assert!(applied.changed.is_empty());
    }

    #[test]
    fn m5_idempotence(c in customer(), p in patch(), now in instant(), later in instant()) {
        let once = c.apply(&p, now).customer;
        let twice = once.apply(&p, later);
        prop_assert!(twice.changed.is_empty());
        prop_assert_eq!(twice.customer, once, "not even the time changes");
    }

    #[test]
    fn m5_composition(c in customer(), p in patch(), q in patch(), now in instant()) {
        let one_by_one = c.apply(&p, now).customer.apply(&q, now).customer;
        let at_once = c.apply(&p.then(q), now).customer;
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
    fn m5_difference((c, d) in with_sibling(), now in instant()) {
        let applied = c.apply(&c.diff(&d), now);
        prop_assert_eq!(content(&applied.customer), content(&d));
    }

    #[test]
    fn m5_the_difference_is_minimal((c, d) in with_sibling(), now in instant()) {
        let patch = c.diff(&d);
        let json = serde_json::to_value(&patch).unwrap();
        let mut named: Vec<_> = json.as_object().unwrap().keys().cloned().collect();
        named.sort();
        // Whatever it names does change: leaving any out would not do.
        prop_assert_eq!(named, c.apply(&patch, now).changed.names());
        prop_assert!(c.diff(&c).is_empty());
    }

    #[test]
    fn m5_round_trip_of_a_patch(p in patch()) {
        let json = serde_json::to_string(&p).unwrap();
        prop_assert_eq!(CustomerPatch::from_json(json.as_bytes()), Ok(p.clone()));
        prop_assert_eq!(serde_json::from_str::<CustomerPatch>(&json).unwrap(), p);
    }

    #[test]
    fn s6_round_trip_of_a_record(c in customer()) {
        let json = serde_json::to_vec(&c).unwrap();
        prop_assert_eq!(Customer::from_json(&json, c.team(), c.version()), Ok(c));
    }

    #[test]
    fn s6_a_record_is_written_alike_with_serde_and_without(c in customer()) {
        let mut json = b"before".to_vec();
        c.write_json(&mut json);
        prop_assert_eq!(&json[6..], serde_json::to_vec(&c).unwrap());

        let body = br#"{"website":"acme.example","mainPhone":"1"}"#;
        let advised = CustomerPatch::read_json(body, ReadOptions::new()).unwrap();
        for warnings in [&[][..], &advised.warnings] {
            let answer = Success::new("\"\0\" é", &c).with_warnings(warnings);
            json.clear();
            answer.write_json(&mut json).unwrap();
            prop_assert_eq!(&json, &serde_json::to_vec(&answer).unwrap());
        }
    }

    #[test]
    fn m2_the_set_of_changes_is_exact(c in customer(), p in patch(), now in instant()) {
        let applied = c.apply(&p, now);
        let before = serde_json::to_value(&c).unwrap();
        let after = serde_json::to_value(&applied.customer).unwrap();
        for field in Field::ALL.iter().take(11).filter(|f| **f != Field::UpdatedAt) {
            let differs = before[field.as_str()] != after[field.as_str()];
            prop_assert_eq!(applied.changed.contains(*field), differs, "{}", field);
        }
    }

    #[test]
    fn m3_the_clock_never_goes_back(c in customer(), p in patch(), now in instant()) {
        let applied = c.apply(&p, now);
        if applied.changed.is_empty() {
            prop_assert_eq!(applied.customer, c);
        } else {
            let after = applied.customer.updated_at();
            prop_assert!(after > c.updated_at());
            prop_assert!(after == now || after.as_micros() == c.updated_at().as_micros() + 1);
            prop_assert_eq!(applied.customer.version().get(), c.version().get() + 1);
        }
    }

    #[test]
    fn sharing_changes_no_outcome(c in customer(), p in patch()) {
        // Half of the values are the record's own.
        let p = p.then(CustomerPatch::new().with_email(Update::Set(c.email().clone())));
        let json = serde_json::to_vec(&p).unwrap();
        let plain = CustomerPatch::read_json(&json, ReadOptions::new());
        let sharing = CustomerPatch::read_json(&json, ReadOptions::new().sharing(&c));
        prop_assert_eq!(plain, sharing);
    }

    #[test]
    fn v3_the_key_is_idempotent_and_blind_to_ascii_case(e in email()) {
        let key = e.key();
        let again = EmailAddress::parse(key.as_str()).map(|e| e.key());
        prop_assert_eq!(again, Ok(key.clone()));
        let upper = EmailAddress::parse(&e.as_str().to_ascii_uppercase()).map(|e| e.key());
        prop_assert_eq!(upper, Ok(key));
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let _ = CustomerPatch::from_json(&bytes);
    }
}
