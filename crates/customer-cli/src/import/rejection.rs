//! Why a line is rejected.

use std::fmt;

use customer_domain::{ErrorCode, Failure, Field, Violation};

/// Why a line is rejected: what the columns `_field`, `_code` and `_message` contain. It
/// contains no value of the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rejection {
    /// The path of the first invalid field; empty for the line itself.
    pub(super) field: String,
    /// The code of its violation, or of the error.
    pub(super) code: String,
    /// All violations.
    pub(super) message: String,
}

/// The names of the columns of a rejected line, which an import ignores.
pub(super) const COLUMNS: [&str; 4] = ["_line", "_field", "_code", "_message"];

impl Rejection {
    /// The line itself is invalid.
    pub(super) fn of_line(code: &str, message: impl Into<String>) -> Self {
        Self {
            field: String::new(),
            code: code.to_owned(),
            message: message.into(),
        }
    }

    /// The violations of a line; `None` if there are none.
    pub(super) fn of_violations<'a>(
        violations: impl Iterator<Item = &'a Violation> + Clone,
    ) -> Option<Self> {
        let first = violations.clone().next()?;
        let messages: Vec<_> = violations.map(Violation::to_string).collect();
        Some(Self {
            field: first.field().as_str().to_owned(),
            code: first.code().to_owned(),
            message: messages.join("; "),
        })
    }

    /// The values of [`COLUMNS`].
    pub(super) fn cells(&self, line: u64) -> [String; 4] {
        let Self {
            field,
            code,
            message,
        } = self.clone();
        [line.to_string(), field, code, message]
    }
}

impl From<Failure> for Rejection {
    fn from(failure: Failure) -> Self {
        let violations = failure
            .violations()
            .into_iter()
            .flat_map(|list| list.iter());
        if let Some(rejection) = Self::of_violations(violations) {
            return rejection;
        }
        let field = match failure.code() {
            ErrorCode::EmailAlreadyExists => Field::Email.as_str(),
            _ => "",
        };
        let details = failure.details().unwrap_or_default();
        let mut message = failure.message().to_owned();
        if let Some(id) = details.uuid {
            message.extend([" It is customer ", &id.to_string(), "."]);
        }
        if let Some(column) = details.column {
            message = format!("malformed JSON at column {column}");
        }
        Self {
            field: field.to_owned(),
            code: failure.code().to_string(),
            message,
        }
    }
}

/// `email must be an email address (INVALID_EMAIL)`
impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}
