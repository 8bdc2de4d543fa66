//! Describes how a record or a page differs from the expected one.
//!
//! All values are sample values of the test kit, so messages may show them.

use std::fmt::Write as _;

use customer_domain::{Customer, Field};

/// The maximum number of characters shown of a value.
const SHOWN: usize = 160;

/// Describes how a returned record differs from the expected one: the id, and each
/// different field with both values. `None` if they are equal.
pub(crate) fn difference(found: Option<&Customer>, expected: &Customer) -> Option<String> {
    let Some(found) = found else {
        return Some(format!("no record instead of {}", named(expected)));
    };
    let mut text = format!("customer {}", expected.id());
    let mut separator = ": ";
    for field in Field::ALL {
        if found.value(*field) != expected.value(*field) {
            let (found, expected) = (json(found, *field), json(expected, *field));
            let (found, expected) = cut(&found, &expected);
            // Writing to a string does not fail.
            let _ = write!(
                text,
                "{separator}{field} is {found}, expected is {expected}"
            );
            separator = "; ";
        }
    }
    (found != expected).then_some(text)
}

/// Describes the first difference between the records of a page and the expected ones.
pub(crate) fn page_difference(found: &[Customer], expected: &[&Customer]) -> Option<String> {
    for (number, expected) in (1..).zip(expected) {
        let Some(found) = found.get(number - 1) else {
            return Some(format!(
                "the page has {} records; the next one is missing: {}",
                number - 1,
                named(expected)
            ));
        };
        if found.id() != expected.id() {
            return Some(format!(
                "record {number} of the page is {}, expected is {}",
                named(found),
                named(expected)
            ));
        }
        if let Some(difference) = difference(Some(found), expected) {
            return Some(format!("record {number} of the page is {difference}"));
        }
    }
    let surplus = found.get(expected.len())?;
    Some(format!(
        "the page has more than the expected {} records; the next one is {}",
        expected.len(),
        named(surplus)
    ))
}

/// A record with the values that distinguish it from the others of a case.
pub(crate) fn named(customer: &Customer) -> String {
    format!(
        "customer {} (version {}, {}, {}, updatedAt {})",
        customer.id(),
        customer.version(),
        json(customer, Field::Name),
        json(customer, Field::Email),
        customer.updated_at()
    )
}

fn json(customer: &Customer, field: Field) -> String {
    serde_json::to_string(&customer.value(field)).unwrap_or_default()
}

/// Both values; if one is too long, the parts around their first difference.
fn cut(one: &str, other: &str) -> (String, String) {
    let same = one.chars().zip(other.chars());
    let same = same.take_while(|(one, other)| one == other).count();
    let from = same.saturating_sub(SHOWN / 2);
    let part = |text: &str| {
        let length = text.chars().count();
        if length <= SHOWN {
            return text.to_owned();
        }
        let part: String = text.chars().skip(from).take(SHOWN).collect();
        format!("…{part}… (characters {from} on, of {length})")
    };
    (part(one), part(other))
}

#[cfg(test)]
mod tests {
    use super::super::samples::{customer, full_customer, team, with, with_phone};
    use super::*;

    #[test]
    fn a_difference_names_the_record_and_each_field_with_both_values() {
        let expected = customer(team(), "a@acme.example");
        let id = expected.id();
        assert_eq!(difference(Some(&expected), &expected), None);
        let found = with(&with_phone(&expected, "+1"), |record| {
            record.updated_at = expected.updated_at();
        });
        assert_eq!(
            difference(Some(&found), &expected).unwrap_or_default(),
            format!(
                "customer {id}: mainPhone is \"+1\", expected is null; version is 2, expected is 1"
            )
        );
        let missing = difference(None, &expected).unwrap_or_default();
        assert!(
            missing.starts_with(&format!("no record instead of customer {id} (version 1, ")),
            "{missing}"
        );
    }

    #[test]
    fn a_long_value_is_cut_around_the_difference() {
        let text = "x".repeat(255);
        let (found, expected) = cut(&text, &text[..254]);
        assert!(found.ends_with("(characters 174 on, of 255)"), "{found}");
        assert!(
            expected.ends_with("(characters 174 on, of 254)"),
            "{expected}"
        );
    }

    #[test]
    fn a_page_differs_at_its_first_unexpected_record() {
        let [one, two] = ["a@acme.example", "b@acme.example"].map(|e| full_customer(team(), e));
        let page = |found: &[&Customer], expected: &[&Customer]| {
            let found: Vec<Customer> = found.iter().copied().cloned().collect();
            page_difference(&found, expected).unwrap_or_default()
        };
        assert_eq!(page(&[&one, &two], &[&one, &two]), "");
        for (found, expected, start) in [
            (
                vec![&one],
                vec![&one, &two],
                "the page has 1 records; the next one is missing",
            ),
            (vec![&two, &one], vec![&one, &two], "record 1 of the page"),
            (
                vec![&one, &two],
                vec![&one],
                "the page has more than the expected 1",
            ),
            (
                vec![&with_phone(&one, "+1")],
                vec![&one],
                "record 1 of the page is customer",
            ),
        ] {
            let text = page(&found, &expected);
            assert!(text.starts_with(start), "{text}");
        }
    }
}
