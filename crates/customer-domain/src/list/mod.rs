//! S7: which records of a team a list returns, in which order, and how many.

pub(crate) mod order;

use std::cmp::Ordering;

use crate::customer::Customer;
use crate::reason::{Reason, ValueError};
use crate::search::{SearchKey, SearchText};
use crate::value::email::EmailKey;
use crate::value::id::CustomerId;
use crate::value::time::Timestamp;

use order::{Direction, OrderBy};

/// Which records of a team to list (S7): search text, order and page.
///
/// The default is the first page of all records, ordered by name.
///
/// ```
/// use customer_domain::{Direction, ListQuery, OrderBy, SearchText};
///
/// let latest = ListQuery::new()
///     .with_search(SearchText::parse("acme")?)
///     .with_order(OrderBy::UpdatedAt, Direction::Descending)
///     .with_limit(50)?
///     .with_page(3)?;
/// assert_eq!(latest.offset(), 100);
/// assert!(latest.with_limit(101).is_err());
/// # Ok::<(), customer_domain::ValueError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListQuery {
    search: Option<SearchText>,
    page: u32,
    limit: u32,
    order_by: OrderBy,
    direction: Direction,
    total: bool,
}

impl ListQuery {
    /// The maximum number of records per page.
    pub const MAX_LIMIT: u32 = 100;

    /// The default number of records per page.
    pub const DEFAULT_LIMIT: u32 = 20;

    /// The first page of all records, ordered by name.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            search: None,
            page: 1,
            limit: Self::DEFAULT_LIMIT,
            order_by: OrderBy::Name,
            direction: Direction::Ascending,
            total: true,
        }
    }

    /// Sets the text to search for.
    #[must_use]
    pub fn with_search(mut self, search: SearchText) -> Self {
        self.search = Some(search);
        self
    }

    /// Sets the order.
    #[must_use]
    pub const fn with_order(mut self, by: OrderBy, direction: Direction) -> Self {
        self.order_by = by;
        self.direction = direction;
        self
    }

    /// Sets the page, from 1.
    ///
    /// # Errors
    ///
    /// `OUT_OF_RANGE` for page 0.
    pub fn with_page(mut self, page: u32) -> Result<Self, ValueError> {
        self.page = within("page", page, u32::MAX)?;
        Ok(self)
    }

    /// Sets the maximum number of records per page.
    ///
    /// # Errors
    ///
    /// `OUT_OF_RANGE` unless it is from 1 to [`MAX_LIMIT`](Self::MAX_LIMIT).
    pub fn with_limit(mut self, limit: u32) -> Result<Self, ValueError> {
        self.limit = within("limit", limit, Self::MAX_LIMIT)?;
        Ok(self)
    }

    /// Leaves out the total, which costs a scan of the team in a SQL store.
    #[must_use]
    pub const fn without_total(mut self) -> Self {
        self.total = false;
        self
    }

    /// Whether the total is counted.
    pub const fn has_total(&self) -> bool {
        self.total
    }

    /// The text to search for; `None` for all records.
    pub const fn search(&self) -> Option<&SearchText> {
        self.search.as_ref()
    }

    /// The page, from 1.
    pub const fn page(&self) -> u32 {
        self.page
    }

    /// The maximum number of records per page.
    pub const fn limit(&self) -> u32 {
        self.limit
    }

    /// The key of the order.
    pub const fn order_by(&self) -> OrderBy {
        self.order_by
    }

    /// The direction of the order.
    pub const fn direction(&self) -> Direction {
        self.direction
    }

    /// The number of records before the page.
    pub const fn offset(&self) -> u64 {
        // Both numbers fit into 32 bits, so the product does not overflow.
        (self.page as u64).saturating_sub(1) * self.limit as u64
    }

    /// Selects the page from all records of a team, in any order. This defines what a
    /// store returns; a store in memory can call it.
    #[must_use]
    pub fn page_of<'a>(&self, team: impl IntoIterator<Item = &'a Customer>) -> CustomerPage {
        let mut found: Vec<_> = team
            .into_iter()
            .filter(|customer| self.finds(customer))
            .map(|customer| (SortKey::of(customer, self.order_by), customer))
            .collect();
        let total = self.total.then_some(found.len() as u64);
        let order = |(one, _): &(SortKey, _), (other, _): &(SortKey, _)| {
            self.direction.apply(one.cmp(other))
        };
        let offset = usize::try_from(self.offset()).unwrap_or(usize::MAX);
        // Only the records of the page are sorted.
        truncate(
            &mut found,
            offset.saturating_add(self.limit as usize),
            order,
        );
        let before = found.len().min(offset);
        if before < found.len() {
            found.select_nth_unstable_by(before, order);
        }
        let mut page = found.split_off(before);
        page.sort_unstable_by(order);
        CustomerPage {
            total,
            corrupt: Vec::new(),
            records: page.into_iter().map(|(_, record)| record.clone()).collect(),
        }
    }

    fn finds(&self, customer: &Customer) -> bool {
        self.search
            .as_ref()
            .is_none_or(|text| text.is_in(&customer.search_key()))
    }
}

impl Default for ListQuery {
    fn default() -> Self {
        Self::new()
    }
}

/// A page of a list (S7), and the number of records on all pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomerPage {
    /// The records of the page, in the order of the query; empty after the last page.
    pub records: Vec<Customer>,
    /// The records of the page that are left out because their rows are corrupt (S8).
    pub corrupt: Vec<CustomerId>,
    /// The number of records on all pages, including the corrupt ones; `None` for a
    /// query [without a total](ListQuery::without_total).
    pub total: Option<u64>,
}

/// A step of a traversal of all records of a team (S7): see
/// [`CustomerStore::scan`](crate::CustomerStore::scan).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// The records, in the order of their ids.
    pub records: Vec<Customer>,
    /// The records that are left out because their rows are corrupt (S8).
    pub corrupt: Vec<CustomerId>,
    /// The id after which the next step begins; `None` if this is the last step.
    pub next: Option<CustomerId>,
}

impl Scan {
    /// Selects a step from all records of a team, in any order. This defines what a
    /// store returns; a store in memory can call it.
    #[must_use]
    pub fn of<'a>(
        team: impl IntoIterator<Item = &'a Customer>,
        after: Option<CustomerId>,
        limit: u32,
    ) -> Self {
        let mut found: Vec<_> = team
            .into_iter()
            .filter(|customer| after.is_none_or(|after| customer.id() > after))
            .collect();
        let rows = limit.max(1) as usize + 1;
        truncate(&mut found, rows, |one, other| one.id().cmp(&other.id()));
        found.sort_unstable_by_key(|customer| customer.id());
        Self::from_rows(found.into_iter().cloned().map(Ok), limit)
    }

    /// Collects the rows of a step, in the order of their ids: records, and the ids of
    /// corrupt rows. One row more than the limit shows that there is a next step.
    #[must_use]
    pub fn from_rows(
        rows: impl IntoIterator<Item = Result<Customer, CustomerId>>,
        limit: u32,
    ) -> Self {
        let (mut scan, mut last) = (Self::default(), None);
        for (number, row) in rows.into_iter().enumerate() {
            if number == limit.max(1) as usize {
                scan.next = last;
                break;
            }
            last = Some(row.as_ref().map_or_else(|id| *id, Customer::id));
            match row {
                Ok(record) => scan.records.push(record),
                Err(id) => scan.corrupt.push(id),
            }
        }
        scan
    }
}

/// Keeps the first `length` values of that order, in any order.
fn truncate<T>(values: &mut Vec<T>, length: usize, order: impl FnMut(&T, &T) -> Ordering) {
    if (1..values.len()).contains(&length) {
        values.select_nth_unstable_by(length, order);
    }
    values.truncate(length);
}

/// Checks that a number is from 1 to a maximum.
fn within(subject: &'static str, number: u32, max: u32) -> Result<u32, ValueError> {
    if (1..=max).contains(&number) {
        return Ok(number);
    }
    Err(ValueError::new(subject, Reason::OutOfRange { min: 1, max }))
}

/// The sort key of a record. All keys of one list are the same variant.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum SortKey {
    Name(SearchKey, CustomerId),
    Email(EmailKey, CustomerId),
    Time(Timestamp, CustomerId),
}

impl SortKey {
    fn of(customer: &Customer, by: OrderBy) -> Self {
        let id = customer.id();
        match by {
            OrderBy::Name => Self::Name(customer.search_key(), id),
            OrderBy::Email => Self::Email(customer.email().key(), id),
            OrderBy::CreatedAt => Self::Time(customer.created_at(), id),
            OrderBy::UpdatedAt => Self::Time(customer.updated_at(), id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s7_a_limit_is_1_to_100_and_a_page_from_1() {
        for (number, limit, page) in [
            (0, false, false),
            (1, true, true),
            (100, true, true),
            (101, false, true),
            (u32::MAX, false, true),
        ] {
            assert_eq!(ListQuery::new().with_limit(number).is_ok(), limit);
            assert_eq!(ListQuery::new().with_page(number).is_ok(), page);
        }
        let error = ListQuery::new().with_limit(0).unwrap_err();
        assert_eq!(
            error.to_string(),
            "limit must be a whole number from 1 to 100"
        );
    }

    #[test]
    fn s7_the_offset_of_the_last_page_does_not_overflow() {
        let last = ListQuery::new()
            .with_limit(100)
            .and_then(|q| q.with_page(u32::MAX));
        assert_eq!(last.map(|q| q.offset()), Ok(429_496_729_400));
    }
}
