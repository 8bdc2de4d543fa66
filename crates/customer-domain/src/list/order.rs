//! What comes first.

use std::cmp::Ordering;

use crate::customer::Customer;
use crate::reason::Reason;
use crate::value::email::EmailKey;
use crate::value::id::CustomerId;
use crate::value::time::Timestamp;

use super::search::SearchKey;

/// What the order of a list goes by (S7). Where two records have the same, their
/// ids decide, so that every record is on one page and stays there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OrderBy {
    /// `customer`: the bytes of the [`SearchKey`], which begins with the name;
    /// of two customers of one name the email address decides.
    Customer,
    /// `email`: the bytes of the [`EmailKey`].
    Email,
    /// `createdAt`: when the record was made.
    CreatedAt,
    /// `updatedAt`: when the record last changed.
    UpdatedAt,
}

impl OrderBy {
    /// Every choice.
    pub const ALL: &'static [Self] = &[
        Self::Customer,
        Self::Email,
        Self::CreatedAt,
        Self::UpdatedAt,
    ];

    /// Every choice, as it is sent.
    pub const NAMES: &'static [&'static str] = &["customer", "email", "createdAt", "updatedAt"];

    pub(super) fn check(text: &str) -> Result<Self, Reason> {
        choose(Self::ALL, Self::as_str, text).ok_or(Reason::InvalidChoice {
            allowed: Self::NAMES,
        })
    }

    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Email => "email",
            Self::CreatedAt => "createdAt",
            Self::UpdatedAt => "updatedAt",
        }
    }
}

/// Which end of an order comes first. One is the exact reverse of the other, the
/// ids that decide between equals included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// `asc`: the least comes first.
    Ascending,
    /// `desc`: the greatest comes first.
    Descending,
}

impl Direction {
    /// Every choice.
    pub const ALL: &'static [Self] = &[Self::Ascending, Self::Descending];

    /// Every choice, as it is sent.
    pub const NAMES: &'static [&'static str] = &["asc", "desc"];

    pub(super) fn check(text: &str) -> Result<Self, Reason> {
        choose(Self::ALL, Self::as_str, text).ok_or(Reason::InvalidChoice {
            allowed: Self::NAMES,
        })
    }

    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ascending => "asc",
            Self::Descending => "desc",
        }
    }

    pub(super) const fn apply(self, ordering: Ordering) -> Ordering {
        match self {
            Self::Ascending => ordering,
            Self::Descending => ordering.reverse(),
        }
    }
}

fn choose<T: Copy>(all: &[T], name: fn(T) -> &'static str, text: &str) -> Option<T> {
    all.iter().copied().find(|choice| name(*choice) == text)
}

/// The place of a record in an order. All keys of one list are of one kind.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SortKey {
    Name(SearchKey, CustomerId),
    Email(EmailKey, CustomerId),
    Time(Timestamp, CustomerId),
}

impl SortKey {
    pub(super) fn of(customer: &Customer, by: OrderBy) -> Self {
        let id = customer.id();
        match by {
            OrderBy::Customer => Self::Name(customer.search_key(), id),
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
    fn s7_the_choices_are_exact() {
        let names: Vec<_> = OrderBy::ALL.iter().map(|by| by.as_str()).collect();
        assert_eq!(names, OrderBy::NAMES);
        let names: Vec<_> = Direction::ALL.iter().map(|d| d.as_str()).collect();
        assert_eq!(names, Direction::NAMES);
        for by in OrderBy::ALL {
            assert_eq!(OrderBy::check(by.as_str()), Ok(*by));
        }
        for text in ["", "ASC", "Email", "created_at", "asc "] {
            assert!(OrderBy::check(text).is_err() && Direction::check(text).is_err());
        }
    }
}
