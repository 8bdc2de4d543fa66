//! What comes first.

use std::cmp::Ordering;

use crate::reason::{Reason, ValueError};

const SUBJECT: &str = "order";

/// What the order of a list goes by (S7). Where two records have the same, their
/// ids decide, so that every record is on one page and stays there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OrderBy {
    /// `customer`: the bytes of the [`SearchKey`], which begins with the name;
    /// of two customers of one name the email address decides.
    Name,
    /// `email`: the bytes of the [`EmailKey`].
    Email,
    /// `createdAt`: when the record was made.
    CreatedAt,
    /// `updatedAt`: when the record last changed.
    UpdatedAt,
}

impl OrderBy {
    /// Every choice.
    pub const ALL: &'static [Self] = &[Self::Name, Self::Email, Self::CreatedAt, Self::UpdatedAt];

    /// Every choice, as it is sent.
    pub const NAMES: &'static [&'static str] = &["customer", "email", "createdAt", "updatedAt"];

    /// Parses a choice.
    ///
    /// # Errors
    ///
    /// `INVALID_CHOICE` for anything but the exact names.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        choose(Self::ALL, Self::as_str, text)
            .ok_or(ValueError::new(SUBJECT, invalid_choice(Self::NAMES)))
    }

    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "customer",
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

    /// Parses a choice.
    ///
    /// # Errors
    ///
    /// `INVALID_CHOICE` for anything but the exact names.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        choose(Self::ALL, Self::as_str, text)
            .ok_or(ValueError::new(SUBJECT, invalid_choice(Self::NAMES)))
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

const fn invalid_choice(allowed: &'static [&'static str]) -> Reason {
    Reason::InvalidChoice { allowed }
}

fn choose<T: Copy>(all: &[T], name: fn(T) -> &'static str, text: &str) -> Option<T> {
    all.iter().copied().find(|choice| name(*choice) == text)
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
