//! S7: which records of a team are listed, in which order, and how many at once.

pub(crate) mod order;

use crate::customer::Customer;
use crate::reason::{Reason, ValueError};
use crate::search::{SearchKey, SearchText};
use crate::value::email::EmailKey;
use crate::value::id::CustomerId;
use crate::value::time::Timestamp;

use order::{Direction, OrderBy};

/// Which records of a team to list (S7): those a text is found in, in an order,
/// a page at a time.
///
/// When nothing is said it is the first page of all records, by name.
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
    /// The most records of a page.
    pub const MAX_LIMIT: u32 = 100;

    /// The records of a page when nothing is said.
    pub const DEFAULT_LIMIT: u32 = 20;

    /// The first page of all records, by name.
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

    /// Only the records that text is found in.
    #[must_use]
    pub fn with_search(mut self, search: SearchText) -> Self {
        self.search = Some(search);
        self
    }

    /// In that order.
    #[must_use]
    pub const fn with_order(mut self, by: OrderBy, direction: Direction) -> Self {
        self.order_by = by;
        self.direction = direction;
        self
    }

    /// That page, from 1.
    ///
    /// # Errors
    ///
    /// `OUT_OF_RANGE` for page 0.
    pub fn with_page(mut self, page: u32) -> Result<Self, ValueError> {
        self.page = within(page, u32::MAX).map_err(|reason| ValueError::new("page", reason))?;
        Ok(self)
    }

    /// So many records a page.
    ///
    /// # Errors
    ///
    /// `OUT_OF_RANGE` unless it is 1 to [`MAX_LIMIT`](Self::MAX_LIMIT).
    pub fn with_limit(mut self, limit: u32) -> Result<Self, ValueError> {
        self.limit =
            within(limit, Self::MAX_LIMIT).map_err(|reason| ValueError::new("limit", reason))?;
        Ok(self)
    }

    /// What the records are searched for.
    pub const fn search(&self) -> Option<&SearchText> {
        self.search.as_ref()
    }

    /// The page, from 1.
    pub const fn page(&self) -> u32 {
        self.page
    }

    /// The most records of the page.
    pub const fn limit(&self) -> u32 {
        self.limit
    }

    /// What the order goes by.
    pub const fn order_by(&self) -> OrderBy {
        self.order_by
    }

    /// Which end of the order comes first.
    pub const fn direction(&self) -> Direction {
        self.direction
    }

    /// How many records come before the page.
    pub const fn offset(&self) -> u64 {
        // Neither is beyond 32 bits, and a page is at least 1.
        (self.page as u64).saturating_sub(1) * self.limit as u64
    }

    /// The page out of all records of a team, in whatever order they come: what
    /// a store answers, said as code. One that has its records in memory needs
    /// no more.
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

/// A page of a list (S7), and how many records there are on all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomerPage {
    /// The records of the page, in the order of the query; none beyond the last
    /// page.
    pub records: Vec<Customer>,
    /// How many records there are on all pages.
    pub total: u64,
}

/// A number from 1 to a limit.
fn within(number: u32, max: u32) -> Result<u32, Reason> {
    if (1..=max).contains(&number) {
        Ok(number)
    } else {
        Err(Reason::OutOfRange { min: 1, max })
    }
}

/// The place of a record in an order. All keys of one list are of one kind.
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
