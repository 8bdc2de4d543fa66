//! S7: the order of a list.

use std::cmp::Ordering;

use crate::value::choice::choice;

choice! {
    /// The sort key of a list (S7). Records with equal keys are ordered by id, so that
    /// every record is on exactly one page.
    OrderBy, "order" {
        /// `customer`: the bytes of the [`SearchKey`](crate::SearchKey), which begins
        /// with the name; customers with the same name are ordered by email address.
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
    /// The direction of an order. One is the exact reverse of the other, also for
    /// records with equal keys.
    Direction, "direction" {
        /// `ASC`: smallest first.
        Ascending = "ASC",
        /// `DESC`: greatest first.
        Descending = "DESC",
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
        for text in ["", "asc", "Email", "created_at", "ASC "] {
            assert!(OrderBy::parse(text).is_err() && Direction::parse(text).is_err());
        }
    }
}
