//! The error codes of HTTP itself, which the domain does not know.

use std::borrow::Cow;

use customer_domain::{ErrorCode, Failure};

/// The code of an error that only occurs over HTTP. The response has the same
/// envelope as one with an [`ErrorCode`].
///
/// A service that merges [`CustomerApi::routes`](crate::CustomerApi::routes) can
/// use it for the other paths.
///
/// ```
/// use customer_domain::Failure;
/// use customer_http::TransportCode;
///
/// let failure = Failure::from(TransportCode::RouteNotFound);
/// assert_eq!(failure.code().as_str(), "ROUTE_NOT_FOUND");
/// assert_eq!(TransportCode::RouteNotFound.http_status(), 404);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportCode {
    /// The path does not exist.
    RouteNotFound,
    /// The path does not support the request method.
    MethodNotAllowed,
    /// The request body did not arrive within
    /// [`Limits::body_timeout`](crate::Limits::body_timeout).
    RequestTimeout,
    /// There was no memory for the request body in time; see
    /// [`Limits::unauthenticated_bytes`](crate::Limits::unauthenticated_bytes).
    Overloaded,
}

impl TransportCode {
    /// Every code.
    pub const ALL: &'static [Self] = &[
        Self::RouteNotFound,
        Self::MethodNotAllowed,
        Self::RequestTimeout,
        Self::Overloaded,
    ];

    /// The stable code, for machines.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RouteNotFound => "ROUTE_NOT_FOUND",
            Self::MethodNotAllowed => "METHOD_NOT_ALLOWED",
            Self::RequestTimeout => "REQUEST_TIMEOUT",
            Self::Overloaded => "OVERLOADED",
        }
    }

    /// The HTTP status of a response with this code.
    #[must_use]
    pub const fn http_status(self) -> u16 {
        match self {
            Self::RouteNotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::RequestTimeout => 408,
            Self::Overloaded => 503,
        }
    }

    /// The message for people.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::RouteNotFound => "There is nothing at this path.",
            Self::MethodNotAllowed => "This path does not support the request method.",
            Self::RequestTimeout => "The request body took too long to arrive.",
            Self::Overloaded => "The server is out of capacity; try again later.",
        }
    }
}

impl From<TransportCode> for Failure {
    fn from(code: TransportCode) -> Self {
        Self::new(ErrorCode::Other(Cow::Borrowed(code.as_str()))).with_message(code.message())
    }
}
