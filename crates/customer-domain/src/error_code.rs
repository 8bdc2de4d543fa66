//! The codes of error responses (RULES, Responses).

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Declares the codes once: variant, code, HTTP status and message.
macro_rules! codes {
    ($( $(#[$meta:meta])* $variant:ident = $code:literal, $status:literal, $message:literal; )+) => {
        /// The code of an error response (RULES, Responses).
        ///
        /// ```
        /// use customer_domain::ErrorCode;
        ///
        /// assert_eq!(ErrorCode::EmailAlreadyExists.as_str(), "EMAIL_ALREADY_EXISTS");
        /// assert_eq!(ErrorCode::EmailAlreadyExists.http_status(), 409);
        ///
        /// let other: ErrorCode = serde_json::from_str(r#""QUOTA_EXCEEDED""#)?;
        /// assert_eq!(other, ErrorCode::Other("QUOTA_EXCEEDED".into()));
        /// # Ok::<(), serde_json::Error>(())
        /// ```
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $( $(#[$meta])* $variant, )+
            /// A code that is not in RULES, Responses: from a transport, from an embedding
            /// service, or from a newer release.
            Other(Cow<'static, str>),
        }

        impl ErrorCode {
            /// Every code of RULES, Responses, in the same order.
            pub const ALL: &'static [Self] = &[$( Self::$variant, )+];

            /// The stable code, for machines.
            pub fn as_str(&self) -> &str {
                match self {
                    $( Self::$variant => $code, )+
                    Self::Other(code) => code,
                }
            }

            /// The HTTP status of a response with this code; 500 for one that is not
            /// in RULES, Responses.
            pub const fn http_status(&self) -> u16 {
                match self {
                    $( Self::$variant => $status, )+
                    Self::Other(_) => 500,
                }
            }

            /// The message for people. It does not reveal the cause of a failure.
            pub const fn message(&self) -> &'static str {
                match self {
                    $( Self::$variant => $message, )+
                    Self::Other(_) => "Something went wrong.",
                }
            }
        }
    };
}

codes! {
    /// The body is not JSON (P10).
    MalformedJson = "MALFORMED_JSON", 400, "The request body is not valid JSON.";
    /// The request violates rules; all violations are listed (P11).
    ValidationFailed = "VALIDATION_FAILED", 400, "The request has values that are not valid.";
    /// The id in the path is not a UUID.
    InvalidCustomerId = "INVALID_CUSTOMER_ID", 400, "The customer id is not a valid UUID.";
    /// Authentication failed.
    Unauthorized = "UNAUTHORIZED", 401, "Authentication failed.";
    /// The team has no such customer (S1).
    CustomerNotFound = "CUSTOMER_NOT_FOUND", 404, "The customer was not found.";
    /// Another customer of the team has the email address (S2).
    EmailAlreadyExists = "EMAIL_ALREADY_EXISTS", 409, "Another customer has this email address.";
    /// The record changed while it was being updated (S3).
    ConcurrentUpdate = "CONCURRENT_UPDATE", 409, "The customer was changed at the same time; try again.";
    /// The position in the change log was pruned, or belongs to another log (S9).
    CursorExpired = "CURSOR_EXPIRED", 410, "The position has expired; read all customers again.";
    /// The stored version is not the expected version.
    PreconditionFailed = "PRECONDITION_FAILED", 412, "The customer does not have the expected version.";
    /// The body is larger than the limit.
    PayloadTooLarge = "PAYLOAD_TOO_LARGE", 413, "The request body is too large.";
    /// The content type of the body is not JSON.
    UnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE", 415, "The request body must be application/json.";
    /// The client sent too many requests.
    RateLimitExceeded = "RATE_LIMIT_EXCEEDED", 429, "Too many requests; try again later.";
    /// The service failed.
    InternalError = "INTERNAL_ERROR", 500, "Something went wrong.";
    /// The store is unavailable; the write was not done (S5).
    StoreUnavailable = "STORE_UNAVAILABLE", 503, "The service is not available; try again later.";
    /// The result of a write was lost: it may or may not have happened (S5).
    OutcomeUnknown = "OUTCOME_UNKNOWN", 503, "It is not known whether the change was made; read the customer before you repeat it.";
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

/// An unknown code is [`ErrorCode::Other`].
impl<'de> Deserialize<'de> for ErrorCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        let known = Self::ALL.iter().find(|known| known.as_str() == code);
        Ok(known.cloned().unwrap_or(Self::Other(code.into())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_read_back() {
        for code in ErrorCode::ALL {
            let json = serde_json::to_string(code).unwrap();
            assert_eq!(serde_json::from_str::<ErrorCode>(&json).unwrap(), *code);
            assert!(!matches!(code, ErrorCode::Other(_)));
        }
    }
}
