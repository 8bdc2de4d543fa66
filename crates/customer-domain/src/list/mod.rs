//! S7: which records of a team a list returns, in which order, and how many.

pub(crate) mod order;

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
        found.sort_unstable_by(|(one, _), (other, _)| self.direction.apply(one.cmp(other)));
        let offset = usize::try_from(self.offset()).unwrap_or(usize::MAX);
        CustomerPage {
            total: found.len() as u64,
            corrupt: Vec::new(),
            records: found
                .into_iter()
                .skip(offset)
                .take(self.limit as usize)
                .map(|(_, customer)| customer.clone())
                .collect(),
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
    /// The number of records on all pages, including the corrupt ones.
    pub total: u64,
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
