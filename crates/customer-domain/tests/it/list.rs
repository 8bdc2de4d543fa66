//! S7: the pages of a list.

use customer_domain::{
    Customer, CustomerId, Direction, ListQuery, NewCustomer, OrderBy, SearchKey, SearchText,
};
use uuid::Uuid;

use crate::{at, team};

/// Records that each order sorts in another way.
fn records() -> Vec<Customer> {
    [
        (3, "b", "x@acme.example", "12:00:01"),
        (1, "A", "z@acme.example", "12:00:02"),
        (2, "C", "y@other.example", "12:00:01"),
    ]
    .map(|(id, name, email, time)| {
        NewCustomer::new(name.parse().unwrap(), email.parse().unwrap()).into_customer(
            CustomerId::from(Uuid::from_u128(id)),
            team(),
            at(&format!("2026-11-23T{time}Z")),
        )
    })
    .into()
}

/// The names of a page, and the total.
fn page(query: &ListQuery) -> (String, u64) {
    let page = query.page_of(&records());
    let names = page.records.iter().map(|record| record.name().as_str());
    (names.collect(), page.total)
}

#[test]
fn s7_records_are_sorted_by_the_key_and_then_by_the_id() {
    for (by, ascending, descending) in [
        (OrderBy::Name, "AbC", "CbA"),
        (OrderBy::Email, "bCA", "ACb"),
        (OrderBy::CreatedAt, "CbA", "AbC"),
        (OrderBy::UpdatedAt, "CbA", "AbC"),
    ] {
        let query = ListQuery::new().with_order(by, Direction::Ascending);
        assert_eq!(page(&query), (ascending.into(), 3));
        let query = query.with_order(by, Direction::Descending);
        assert_eq!(page(&query), (descending.into(), 3));
        assert_eq!(
            (query.order_by(), query.direction()),
            (by, Direction::Descending)
        );
    }
}

#[test]
fn s7_a_key_has_the_name_the_email_and_the_phone_in_lower_case() {
    let keys: Vec<_> = records().iter().map(Customer::search_key).collect();
    let keys: Vec<_> = keys.iter().map(SearchKey::as_str).collect();
    assert_eq!(
        keys,
        [
            "b\nx@acme.example\n",
            "a\nz@acme.example\n",
            "c\ny@other.example\n"
        ]
    );
}

#[test]
fn s7_a_search_finds_the_records_that_contain_the_text() {
    let search = |text| ListQuery::new().with_search(SearchText::parse(text).unwrap());
    assert_eq!(page(&search("ACME")), ("Ab".into(), 2));
    assert_eq!(page(&search("y@")), ("C".into(), 1));
    assert_eq!(page(&search("none")), (String::new(), 0));
    let query = search("ACME");
    assert_eq!(query.search().unwrap().as_str(), "acme");
    assert_eq!(ListQuery::new().search(), None);
}

#[test]
fn s7_a_page_has_its_records_and_the_total_of_all() {
    for (number, limit, names) in [
        (1, 2, "Ab"),
        (2, 2, "C"),
        (3, 2, ""),
        (2, 1, "b"),
        (1, 3, "AbC"),
    ] {
        let query = ListQuery::new().with_page(number).unwrap();
        let query = query.with_limit(limit).unwrap();
        assert_eq!(page(&query), (names.into(), 3));
        assert_eq!((query.page(), query.limit()), (number, limit));
    }
    assert_eq!(
        page(&ListQuery::new().with_page(u32::MAX).unwrap()),
        (String::new(), 3)
    );
}
