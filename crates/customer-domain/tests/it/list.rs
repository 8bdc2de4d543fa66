//! S7: the pages of a list.

use customer_domain::{
    Customer, CustomerId, Direction, ListQuery, NewCustomer, OrderBy, Scan, SearchKey, SearchText,
};
use uuid::Uuid;

use crate::{at, team};

/// Records that each sort key orders differently.
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
    (names.collect(), page.total.unwrap())
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

#[test]
fn s7_every_page_has_the_records_of_the_whole_sorted_list() {
    let all: Vec<_> = (0..23_u128)
        .map(|number| {
            let name = format!("{}", number * 7 % 23);
            NewCustomer::new(name.parse().unwrap(), "a@acme.example".parse().unwrap())
                .into_customer(
                    Uuid::from_u128(number).into(),
                    team(),
                    at("2026-11-23T12:00:00Z"),
                )
        })
        .collect();
    let mut sorted: Vec<_> = all.iter().collect();
    sorted.sort_by_key(|record| record.search_key());
    for limit in 1..=24 {
        let query = ListQuery::new().with_limit(limit).unwrap();
        for (number, expected) in (1..).zip(sorted.chunks(limit as usize)) {
            let page = query.clone().with_page(number).unwrap().page_of(&all);
            assert!(
                page.records.iter().eq(expected.iter().copied()),
                "{limit}, {number}"
            );
            assert_eq!(page.total, Some(23));
        }
    }
}

#[test]
fn s7_a_query_without_a_total_has_none() {
    let query = ListQuery::new().without_total();
    assert!(!query.has_total() && ListQuery::new().has_total());
    assert_eq!(query.page_of(&records()).total, None);
}

#[test]
fn s7_a_traversal_returns_every_record_once_in_the_order_of_the_ids() {
    for limit in 0..=4 {
        let (mut after, mut ids) = (None, Vec::new());
        loop {
            let scan = Scan::of(&records(), after, limit);
            assert!(scan.records.len() <= limit.max(1) as usize);
            ids.extend(
                scan.records
                    .iter()
                    .map(|record| record.id().as_uuid().as_u128()),
            );
            after = scan.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(ids, [1, 2, 3], "{limit}");
    }
    assert_eq!(Scan::of(&records(), None, 3).next, None);
    assert_eq!(Scan::of(&[], None, 3), Scan::default());
}

#[test]
fn s8_a_step_continues_after_a_corrupt_row() {
    let mut rows = records();
    rows.sort_by_key(Customer::id);
    let corrupt = CustomerId::from(Uuid::from_u128(2));
    let rows = || {
        rows.iter().map(|record| {
            if record.id() == corrupt {
                Err(corrupt)
            } else {
                Ok(record.clone())
            }
        })
    };
    let step = Scan::from_rows(rows(), 2);
    assert_eq!((step.records.len(), &*step.corrupt), (1, &[corrupt][..]));
    assert_eq!(step.next, Some(corrupt));
    let all = Scan::from_rows(rows(), 3);
    assert_eq!(
        (all.records.len(), all.corrupt.len(), all.next),
        (2, 1, None)
    );
}
