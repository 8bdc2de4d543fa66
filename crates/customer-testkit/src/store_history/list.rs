//! A page of the records of a team by S7, implemented independently of the core.

use std::cmp::Ordering;

use customer_domain::{Customer, CustomerPage, Direction, ListQuery, OrderBy};

use crate::model::{caseless, email_key};

/// The page for the query. The search text is given before case folding.
pub(super) fn page<'a>(
    team: impl Iterator<Item = &'a Customer>,
    text: Option<&str>,
    query: &ListQuery,
) -> CustomerPage {
    let mut found: Vec<&Customer> = team.filter(|record| finds(text, record)).collect();
    found.sort_by(|one, other| match query.direction() {
        Direction::Ascending => compare(query.order_by(), one, other),
        Direction::Descending => compare(query.order_by(), other, one),
    });
    let first = u64::from(query.page() - 1) * u64::from(query.limit());
    let beyond = first + u64::from(query.limit());
    let numbered = (0_u64..).zip(&found);
    CustomerPage {
        total: query.has_total().then_some(found.len() as u64),
        corrupt: Vec::new(),
        records: numbered
            .filter(|(number, _)| (first..beyond).contains(number))
            .map(|(_, record)| Customer::clone(record))
            .collect(),
    }
}

/// Whether one of the values contains the text.
fn finds(text: Option<&str>, record: &Customer) -> bool {
    text.map(caseless)
        .is_none_or(|text| lines(record).iter().any(|line| line.contains(&text)))
}

/// Orders by the key, then by the id.
fn compare(by: OrderBy, one: &Customer, other: &Customer) -> Ordering {
    let email = |record: &Customer| email_key(record.email().as_str());
    let by_key = match by {
        OrderBy::Name => lines(one).join("\n").cmp(&lines(other).join("\n")),
        OrderBy::Email => email(one).cmp(&email(other)),
        OrderBy::CreatedAt => one.created_at().cmp(&other.created_at()),
        OrderBy::UpdatedAt => one.updated_at().cmp(&other.updated_at()),
    };
    by_key.then_with(|| one.id().to_string().cmp(&other.id().to_string()))
}

/// The searched values, case-folded: the name, the email address and the phone number.
fn lines(record: &Customer) -> [String; 3] {
    let phone = record.main_phone().map_or("", |phone| phone.as_str());
    [record.name().as_str(), record.email().as_str(), phone].map(caseless)
}
