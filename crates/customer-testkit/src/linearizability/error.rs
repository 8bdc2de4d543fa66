//! The error of the check, and how it is printed.

use std::fmt;

use super::history::{Operation, Row};

/// Why a history was rejected.
///
/// `Debug` is the same as `Display`, so that `unwrap` prints a readable history.
pub enum CheckError {
    /// No order of the operations explains the results.
    NotLinearizable(Unexplained),
    /// The search exceeded its limit. Use a history with fewer operations or fewer
    /// unknown outcomes.
    TooManyOrders,
}

/// The longest sequence of operations that has an order, and the operations after it.
#[derive(Debug)]
pub struct Unexplained {
    /// The number of the team in the history.
    pub team: usize,
    /// The number of operations that were ordered.
    pub explained: usize,
    /// The last operations that were ordered, in that order.
    pub before: Vec<Operation>,
    /// The records of the team after these operations.
    pub records: Vec<Row>,
    /// The operations of which none can be next, in the order of their calls.
    pub stuck: Vec<Operation>,
}

impl fmt::Display for CheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyOrders => f.write_str("the history has too many possible orders"),
            Self::NotLinearizable(unexplained) => unexplained.fmt(f),
        }
    }
}

impl fmt::Debug for CheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// One operation per line: the interval between call and result, the call, the result.
impl fmt::Display for Unexplained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "the history of team {} is not linearizable; {} operations have an order, which ends with",
            self.team, self.explained
        )?;
        for operation in &self.before {
            writeln!(f, "  {operation}")?;
        }
        writeln!(f, "the team then has {} records", self.records.len())?;
        for row in &self.records {
            writeln!(f, "  {row}")?;
        }
        f.write_str("none of these operations can be the next")?;
        for operation in &self.stuck {
            write!(f, "\n  {operation}")?;
        }
        Ok(())
    }
}

impl std::error::Error for CheckError {}
