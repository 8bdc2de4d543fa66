//! The result of a case.

use std::fmt;

/// The result of a case.
pub type CaseResult = Result<(), CaseFailure>;

/// A violation of the contract by a store. The message begins with the id of the rule,
/// and names the record and the expected value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseFailure(String);

impl CaseFailure {
    /// Creates a failure; the message must begin with the id of the rule.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for CaseFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CaseFailure {}
