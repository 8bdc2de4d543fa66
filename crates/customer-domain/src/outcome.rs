//! What a caller is told (SPEC §7): the envelope of an answer, its code and its
//! HTTP status, so that no service writes them again.

use std::error::Error;
use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::advisory::Advisory;
use crate::read::BodyError;
use crate::violation::Violations;

/// The code of an answer that refuses (SPEC §7).
///
/// ```
/// use customer_domain::ErrorCode;
///
/// assert_eq!(ErrorCode::EmailAlreadyExists.as_str(), "EMAIL_ALREADY_EXISTS");
/// assert_eq!(ErrorCode::EmailAlreadyExists.http_status(), 409);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorCode {
    /// The body is not JSON (P10).
    MalformedJson,
    /// The body breaks rules; all of them are listed (P11).
    ValidationFailed,
    /// The identifier in the path is not a UUID.
    InvalidCustomerId,
    /// The caller could not be authenticated.
    Unauthorized,
    /// The team has no such customer (S1).
    CustomerNotFound,
    /// Another customer of the team has the email address (S2).
    EmailAlreadyExists,
    /// The record kept changing while it was being updated (S3).
    ConcurrentUpdate,
    /// The record is not of the version the caller named.
    PreconditionFailed,
    /// The body is larger than the service reads.
    PayloadTooLarge,
    /// The body is not said to be JSON.
    UnsupportedMediaType,
    /// The caller asked too often.
    RateLimitExceeded,
    /// The service failed.
    InternalError,
    /// The store could not be reached (S5).
    StoreUnavailable,
    /// Nothing is at the path. HTTP only, and ours: SPEC §7 is about paths there
    /// are.
    RouteNotFound,
    /// The path is not asked by this method. HTTP only, and ours.
    MethodNotAllowed,
    /// The body took too long to arrive. HTTP only, and ours.
    RequestTimeout,
}

impl ErrorCode {
    /// Every code, in the order of SPEC §7, and then those it does not have.
    pub const ALL: &'static [Self] = &[
        Self::MalformedJson,
        Self::ValidationFailed,
        Self::InvalidCustomerId,
        Self::Unauthorized,
        Self::CustomerNotFound,
        Self::EmailAlreadyExists,
        Self::ConcurrentUpdate,
        Self::PreconditionFailed,
        Self::PayloadTooLarge,
        Self::UnsupportedMediaType,
        Self::RateLimitExceeded,
        Self::InternalError,
        Self::StoreUnavailable,
        Self::RouteNotFound,
        Self::MethodNotAllowed,
        Self::RequestTimeout,
    ];

    /// The stable code, for machines.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MalformedJson => "MALFORMED_JSON",
            Self::ValidationFailed => "VALIDATION_FAILED",
            Self::InvalidCustomerId => "INVALID_CUSTOMER_ID",
            Self::Unauthorized => "UNAUTHORIZED",
            Self::CustomerNotFound => "CUSTOMER_NOT_FOUND",
            Self::EmailAlreadyExists => "EMAIL_ALREADY_EXISTS",
            Self::ConcurrentUpdate => "CONCURRENT_UPDATE",
            Self::PreconditionFailed => "PRECONDITION_FAILED",
            Self::PayloadTooLarge => "PAYLOAD_TOO_LARGE",
            Self::UnsupportedMediaType => "UNSUPPORTED_MEDIA_TYPE",
            Self::RateLimitExceeded => "RATE_LIMIT_EXCEEDED",
            Self::InternalError => "INTERNAL_ERROR",
            Self::StoreUnavailable => "STORE_UNAVAILABLE",
            Self::RouteNotFound => "ROUTE_NOT_FOUND",
            Self::MethodNotAllowed => "METHOD_NOT_ALLOWED",
            Self::RequestTimeout => "REQUEST_TIMEOUT",
        }
    }

    /// The status of an HTTP answer with this code.
    #[must_use]
    pub const fn http_status(self) -> u16 {
        match self {
            Self::MalformedJson | Self::ValidationFailed | Self::InvalidCustomerId => 400,
            Self::Unauthorized => 401,
            Self::CustomerNotFound | Self::RouteNotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::RequestTimeout => 408,
            Self::EmailAlreadyExists | Self::ConcurrentUpdate => 409,
            Self::PreconditionFailed => 412,
            Self::PayloadTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::RateLimitExceeded => 429,
            Self::InternalError => 500,
            Self::StoreUnavailable => 503,
        }
    }

    /// The text for people. It says nothing of the cause of a failure.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::MalformedJson => "The request body is not valid JSON.",
            Self::ValidationFailed => "The request has values that are not valid.",
            Self::InvalidCustomerId => "The customer id is not a valid UUID.",
            Self::Unauthorized => "Authentication failed.",
            Self::CustomerNotFound => "The customer was not found.",
            Self::EmailAlreadyExists => "Another customer has this email address.",
            Self::ConcurrentUpdate => "The customer was changed at the same time; try again.",
            Self::PreconditionFailed => "The customer is no longer of the version given.",
            Self::PayloadTooLarge => "The request body is too large.",
            Self::UnsupportedMediaType => "The request body must be application/json.",
            Self::RateLimitExceeded => "Too many requests; try again later.",
            Self::InternalError => "Something went wrong.",
            Self::StoreUnavailable => "The service is not available; try again later.",
            Self::RouteNotFound => "There is nothing at this path.",
            Self::MethodNotAllowed => "The method is not one that this path is asked by.",
            Self::RequestTimeout => "The request body took too long to arrive.",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for ErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The answer to a request that was carried out:
/// `{"status":"success","message":…,"data":…}`, and `warnings` when there are
/// any.
///
/// ```
/// use customer_domain::Success;
///
/// let answer = Success::deleted();
/// assert_eq!(
///     serde_json::to_string(&answer)?,
///     r#"{"status":"success","message":"Customer deleted.","data":null}"#,
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Success<'a, T: ?Sized> {
    message: &'a str,
    data: &'a T,
    warnings: &'a [Advisory],
}

impl<'a, T: ?Sized> Success<'a, T> {
    /// An answer without warnings.
    #[must_use]
    pub const fn new(message: &'a str, data: &'a T) -> Self {
        Self {
            message,
            data,
            warnings: &[],
        }
    }

    /// The answer to an update.
    #[must_use]
    pub const fn updated(data: &'a T) -> Self {
        Self::new("Customer updated.", data)
    }

    /// The answer to a creation.
    #[must_use]
    pub const fn created(data: &'a T) -> Self {
        Self::new("Customer created.", data)
    }

    /// The answer to a question for one customer.
    #[must_use]
    pub const fn found(data: &'a T) -> Self {
        Self::new("Customer found.", data)
    }

    /// The answer to a list.
    #[must_use]
    pub const fn listed(data: &'a T) -> Self {
        Self::new("Customers listed.", data)
    }

    /// The answer to a bulk update, whatever became of its rows.
    #[must_use]
    pub const fn updated_in_bulk(data: &'a T) -> Self {
        Self::new("Bulk update processed.", data)
    }

    /// With those warnings.
    #[must_use]
    pub const fn with_warnings(mut self, warnings: &'a [Advisory]) -> Self {
        self.warnings = warnings;
        self
    }
}

impl<T: ?Sized> Success<'_, T> {
    pub(crate) const fn message(&self) -> &str {
        self.message
    }

    pub(crate) const fn data(&self) -> &T {
        self.data
    }

    pub(crate) const fn warnings(&self) -> &[Advisory] {
        self.warnings
    }
}

impl<T: Serialize + ?Sized> Serialize for Success<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("status", "success")?;
        map.serialize_entry("message", self.message)?;
        map.serialize_entry("data", self.data)?;
        if !self.warnings.is_empty() {
            map.serialize_entry("warnings", self.warnings)?;
        }
        map.end()
    }
}

impl Success<'static, ()> {
    /// The answer to a deletion.
    #[must_use]
    pub const fn deleted() -> Self {
        Self::new("Customer deleted.", &())
    }
}

/// The answer to a request that was refused or failed:
/// `{"status":"error","message":…,"code":…}`, with `details` and `errors` where
/// the code has them.
///
/// An adapter turns its errors into one of these; the cause stays with it as
/// [`source`](Error::source), for the log, and never reaches the caller.
///
/// ```
/// use customer_domain::{CustomerPatch, ErrorCode, Failure};
///
/// let refused = CustomerPatch::from_json(br#"{"email": null}"#).unwrap_err();
/// let answer = Failure::from(refused);
/// assert_eq!(answer.code(), ErrorCode::ValidationFailed);
/// assert_eq!(answer.code().http_status(), 400);
/// let json = serde_json::to_value(&answer)?;
/// assert_eq!(json["errors"][0]["field"], "email");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug)]
pub struct Failure {
    code: ErrorCode,
    details: Option<Details>,
    violations: Option<Violations>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// The `details` of an answer that refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Details {
    /// Where the JSON is malformed (P10).
    Position {
        /// The line, from 1.
        line: usize,
        /// The column in bytes, from 1; 0 when the line is empty.
        column: usize,
    },
    /// How many violations were left out (P11).
    Omitted {
        /// Their number.
        omitted: usize,
    },
}

impl Failure {
    /// An answer with that code alone.
    #[must_use]
    pub const fn new(code: ErrorCode) -> Self {
        Self {
            code,
            details: None,
            violations: None,
            source: None,
        }
    }

    /// With that cause, which is not part of the answer.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The code.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        self.code
    }

    /// The details, where the code has any.
    #[must_use]
    pub const fn details(&self) -> Option<Details> {
        self.details
    }

    /// What is wrong with the body, for [`ErrorCode::ValidationFailed`].
    #[must_use]
    pub const fn violations(&self) -> Option<&Violations> {
        self.violations.as_ref()
    }
}

impl From<ErrorCode> for Failure {
    fn from(code: ErrorCode) -> Self {
        Self::new(code)
    }
}

impl From<BodyError> for Failure {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Malformed(at) => Self {
                details: Some(Details::Position {
                    line: at.line(),
                    column: at.column(),
                }),
                ..Self::new(ErrorCode::MalformedJson)
            },
            BodyError::Invalid(violations) => Self {
                details: match violations.omitted() {
                    0 => None,
                    omitted => Some(Details::Omitted { omitted }),
                },
                violations: Some(violations),
                ..Self::new(ErrorCode::ValidationFailed)
            },
        }
    }
}

impl From<Violations> for Failure {
    fn from(violations: Violations) -> Self {
        BodyError::Invalid(violations).into()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.code.fmt(f)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match (&self.source, &self.violations) {
            (Some(source), _) => Some(source.as_ref()),
            (None, Some(violations)) => Some(violations),
            (None, None) => None,
        }
    }
}

impl Serialize for Failure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("status", "error")?;
        map.serialize_entry("message", self.code.message())?;
        map.serialize_entry("code", &self.code)?;
        if let Some(details) = &self.details {
            map.serialize_entry("details", details)?;
        }
        if let Some(violations) = &self.violations {
            map.serialize_entry("errors", violations)?;
        }
        map.end()
    }
}

impl Serialize for Details {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Position { line, column } => {
                map.serialize_entry("line", line)?;
                map.serialize_entry("column", column)?;
            }
            Self::Omitted { omitted } => map.serialize_entry("omitted", omitted)?,
        }
        map.end()
    }
}
