//! S7: the order of a list.

use std::cmp::Ordering;

use crate::value::choice::choice;

choice! {
    /// What a list is ordered by (S7). If two records are equal, their ids decide, so
    /// that every record is on exactly one page.
    OrderBy, "order" {
        /// `customer`: the bytes of the [`SearchKey`](crate::SearchKey), which begins
        /// with the name; of two customers with one name the email address decides.
        Name = "customer",
        /// `email`: the bytes of the [`EmailKey`](crate::EmailKey).
        Email = "email",
        /// `createdAt`: when the record was created.
        CreatedAt = "createdAt",
        /// `updatedAt`: when the record was last changed.
        UpdatedAt = "updatedAt",
    }
}

choice! {
    /// The direction of an order. One is the exact reverse of the other, including the
    /// ids that decide between equal records.
    Direction, "direction" {
        /// `asc`: the smallest first.
        Ascending = "asc",
        /// `desc`: the greatest first.
        Descending = "desc",
    }
}

impl Direction {
    pub(super) const fn apply(self, ordering: Ordering) -> Ordering {
        match self {
            Self::Ascending => ordering,
            Self::Descending => ordering.reverse(),
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
            assert_eq!(OrderBy::parse(by.as_str()), Ok(*by));
        }
        for text in ["", "ASC", "Email", "created_at", "asc "] {
            assert!(OrderBy::parse(text).is_err() && Direction::parse(text).is_err());
        }
    }
}
