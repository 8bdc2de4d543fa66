//! The lists and traversals of a broken store.

use std::cmp::Ordering;

use customer_domain::{
    Customer, CustomerId, CustomerPage, Direction, ListQuery, OrderBy, Scan, SearchText, TeamId,
    Timestamp,
};

use crate::broken::{Flaw, Rows};

/// The page of these records, given the flaw.
pub(crate) fn page(
    flaw: Flaw,
    records: Vec<Customer>,
    query: &ListQuery,
    updated_at: impl Fn(&Customer) -> Timestamp,
) -> CustomerPage {
    let mut records = records;
    if let Some(text) = query.search() {
        records.retain(|customer| finds(flaw, customer, text));
    }
    records.sort_by(|one, other| order(flaw, query, &updated_at, one, other));
    let total = records.len() as u64;
    let offset = usize::try_from(query.offset()).unwrap();
    let limit = match flaw {
        Flaw::PageOf50 => query.limit().min(50),
        _ => query.limit(),
    };
    let records: Vec<_> = records
        .into_iter()
        .skip(offset)
        .take(limit as usize)
        .collect();
    CustomerPage {
        corrupt: Vec::new(),
        total: match flaw {
            Flaw::CountsThePage => Some(records.len() as u64),
            Flaw::NeverCounts => None,
            Flaw::AlwaysCounts => Some(total),
            _ => query.has_total().then_some(total),
        },
        records,
    }
}

/// One step of the traversal, given the flaw.
pub(crate) fn scan(
    flaw: Flaw,
    rows: &mut Rows,
    team: TeamId,
    after: Option<CustomerId>,
    limit: u32,
) -> Scan {
    let shown = |customer: &&Customer| {
        let shared = [Flaw::ScanOfEveryTeam, Flaw::SharedByTeams].contains(&flaw);
        customer.team() == team || shared
    };
    let mut records: Vec<_> = rows.records.values().filter(shown).cloned().collect();
    records.sort_by_key(Customer::id);
    let position = match (flaw, after) {
        (_, None) => 0,
        (Flaw::ScanByPosition, Some(after)) if rows.scanned.contains_key(&after) => {
            rows.scanned[&after]
        }
        (Flaw::ScanIncludesTheId, Some(after)) => records.partition_point(|c| c.id() < after),
        (_, Some(after)) => records.partition_point(|c| c.id() <= after),
    };
    let step = records.into_iter().skip(position).map(|customer| {
        let is_corrupt = rows.corrupt.contains(&customer.id());
        if is_corrupt {
            Err(customer.id())
        } else {
            Ok(customer)
        }
    });
    let mut scan = Scan::from_rows(step, limit);
    match flaw {
        Flaw::ScanEndsAfterAFullStep => scan.next = None,
        Flaw::ScanOmitsCorruptRows => scan.corrupt.clear(),
        _ => {}
    }
    if let Some(next) = scan.next {
        rows.scanned.insert(next, position + limit.max(1) as usize);
    }
    scan
}

fn finds(flaw: Flaw, customer: &Customer, text: &SearchText) -> bool {
    let key = customer.search_key();
    match flaw {
        Flaw::SearchesByPattern => {
            let pattern = format!("%{}%", text.as_str());
            is_like(key.as_str().as_bytes(), pattern.as_bytes())
        }
        Flaw::FoldsOnlyAscii => {
            let (name, email) = (customer.name().as_str(), customer.email().as_str());
            let phone = customer.main_phone().map_or("", |phone| phone.as_str());
            let spelt = format!("{name}\n{email}\n{phone}").to_ascii_lowercase();
            spelt.contains(text.as_str())
        }
        Flaw::SearchesAllFields => {
            let json = serde_json::to_string(customer)
                .unwrap()
                .to_ascii_lowercase();
            json.contains(text.as_str())
        }
        _ => text.is_in(&key),
    }
}

/// Matches like `LIKE` in SQL.
fn is_like(text: &[u8], pattern: &[u8]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((b'%', rest)) => (0..=text.len()).any(|skipped| is_like(&text[skipped..], rest)),
        Some((b'_', rest)) => !text.is_empty() && is_like(&text[1..], rest),
        Some((byte, rest)) => text.first() == Some(byte) && is_like(&text[1..], rest),
    }
}

#[expect(clippy::disallowed_methods, reason = "one of the flaws")]
fn order(
    flaw: Flaw,
    query: &ListQuery,
    updated_at: impl Fn(&Customer) -> Timestamp,
    one: &Customer,
    other: &Customer,
) -> Ordering {
    let lower = |customer: &Customer| customer.email().as_str().to_lowercase();
    let by_key = match query.order_by() {
        OrderBy::Name if flaw == Flaw::SortsWithoutCaseFolding => one.name().cmp(other.name()),
        OrderBy::Name => one.search_key().cmp(&other.search_key()),
        OrderBy::Email if flaw == Flaw::SortsByLowerCaseEmail => lower(one).cmp(&lower(other)),
        OrderBy::Email => one.email().key().cmp(&other.email().key()),
        OrderBy::CreatedAt => one.created_at().cmp(&other.created_at()),
        OrderBy::UpdatedAt => updated_at(one).cmp(&updated_at(other)),
    };
    let ordering = match flaw {
        Flaw::LeavesTiesUnordered => by_key.then_with(|| other.email().cmp(one.email())),
        _ => by_key.then_with(|| one.id().cmp(&other.id())),
    };
    match query.direction() {
        Direction::Descending if flaw != Flaw::IgnoresTheDirection => ordering.reverse(),
        Direction::Ascending | Direction::Descending => ordering,
    }
}
