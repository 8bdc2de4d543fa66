//! The envelopes of success and error responses (RULES, Responses).

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error_code::ErrorCode;
use crate::path::FieldPath;
use crate::read::options::BodyError;
use crate::reason::Reason;
use crate::store_error::{
    ChangesError, DeleteError, InsertError, StoreError, UpdateError, UpsertError,
};
use crate::value::id::CustomerId;
use crate::violation::{Violation, Violations};
use crate::warning::Warning;

/// The `status` of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum SuccessStatus {
    #[serde(rename = "success")]
    Success,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum FailureStatus {
    #[serde(rename = "error")]
    Error,
}

/// The response to a request that succeeded:
/// `{"status":"success","message":…,"data":…}`, and `warnings` if there are any.
///
/// A client deserializes it, for example as `Success<CustomerRecord>`.
///
/// ```
/// use customer_domain::Success;
///
/// assert_eq!(
///     serde_json::to_string(&Success::deleted())?,
///     r#"{"status":"success","message":"Customer deleted.","data":null}"#,
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[must_use = "a response must be sent"]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Success<T> {
    status: SuccessStatus,
    message: Cow<'static, str>,
    data: T,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Warning>,
}

impl<T> Success<T> {
    /// A response without warnings.
    pub const fn new(message: &'static str, data: T) -> Self {
        Self {
            status: SuccessStatus::Success,
            message: Cow::Borrowed(message),
            data,
            warnings: Vec::new(),
        }
    }

    /// The response to an update.
    pub const fn updated(data: T) -> Self {
        Self::new("Customer updated.", data)
    }

    /// The response to a create.
    pub const fn created(data: T) -> Self {
        Self::new("Customer created.", data)
    }

    /// The response to a read of one customer.
    pub const fn found(data: T) -> Self {
        Self::new("Customer found.", data)
    }

    /// Sets the warnings.
    pub fn with_warnings(mut self, warnings: Vec<Warning>) -> Self {
        self.warnings = warnings;
        self
    }

    /// The same response with borrowed data.
    pub fn as_ref(&self) -> Success<&T> {
        Success {
            status: self.status,
            message: self.message.clone(),
            data: &self.data,
            warnings: self.warnings.clone(),
        }
    }

    /// The message for people.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The data.
    pub const fn data(&self) -> &T {
        &self.data
    }

    /// The data, owned.
    pub fn into_data(self) -> T {
        self.data
    }

    /// The warnings.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
}

impl Success<()> {
    /// The response to a delete.
    pub const fn deleted() -> Self {
        Self::new("Customer deleted.", ())
    }
}

/// The response to a request that failed:
/// `{"status":"error","message":…,"code":…}`, with `details` and `errors` where the
/// code has them.
///
/// An adapter converts its errors into a `Failure`. The cause is the
/// [`source`](Error::source), for the log; it is never part of the response.
///
/// ```
/// use customer_domain::{CustomerPatch, ErrorCode, Failure};
///
/// let error = CustomerPatch::from_json(br#"{"email": null}"#).unwrap_err();
/// let failure = Failure::from(error);
/// assert_eq!(*failure.code(), ErrorCode::ValidationFailed);
/// assert_eq!(failure.code().http_status(), 400);
/// let json = serde_json::to_value(&failure)?;
/// assert_eq!(json["errors"][0]["field"], "email");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[must_use = "a response must be sent"]
#[derive(Debug, Serialize, Deserialize)]
#[serde(from = "FailureMembers")]
pub struct Failure {
    status: FailureStatus,
    message: Cow<'static, str>,
    code: ErrorCode,
    /// Boxed, so that a `Result` with this error stays small.
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Box<Details>>,
    #[serde(rename = "errors", skip_serializing_if = "Option::is_none")]
    violations: Option<Violations>,
    #[serde(skip)]
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// A received error response.
#[derive(Deserialize)]
struct FailureMembers {
    status: FailureStatus,
    message: String,
    code: ErrorCode,
    details: Option<Details>,
    errors: Option<Vec<Violation>>,
}

impl From<FailureMembers> for Failure {
    fn from(members: FailureMembers) -> Self {
        let details = members.details;
        let omitted = details
            .as_ref()
            .and_then(|details| details.omitted)
            .unwrap_or(0);
        Self {
            status: members.status,
            message: members.message.into(),
            code: members.code,
            details: details.map(Box::new),
            violations: members.errors.map(|list| Violations::new(list, omitted)),
            source: None,
        }
    }
}

/// The `details` of an error response. Members that a newer release added are ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Details {
    /// The line of the syntax error, from 1 (P10).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The column of the syntax error in bytes, from 1; 0 if the line is empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// The number of violations that are not reported (P11).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub omitted: Option<usize>,
    /// The customer that has the email address (S2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uuid: Option<CustomerId>,
    /// A more specific code, of the transport: `SIGNATURE_USED`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Cow<'static, str>>,
}

impl Failure {
    /// A response with that code, and its message.
    pub const fn new(code: ErrorCode) -> Self {
        Self {
            status: FailureStatus::Error,
            message: Cow::Borrowed(code.message()),
            code,
            details: None,
            violations: None,
            source: None,
        }
    }

    /// Sets the message for people. It must not contain personal data.
    pub fn with_message(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.message = message.into();
        self
    }

    /// Sets the details.
    pub fn with_details(mut self, details: Details) -> Self {
        self.details = Some(Box::new(details));
        self
    }

    /// Sets the id of the customer that has the email address.
    pub(crate) fn with_uuid(self, id: CustomerId) -> Self {
        self.with_details(Details {
            uuid: Some(id),
            ..Details::default()
        })
    }

    /// Sets the cause, which is not part of the response.
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The code.
    pub const fn code(&self) -> &ErrorCode {
        &self.code
    }

    /// The message for people.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The details, if the code has any.
    pub fn details(&self) -> Option<Details> {
        self.details.as_deref().cloned()
    }

    /// The violations of [`ErrorCode::ValidationFailed`].
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
            BodyError::Malformed(at) => Self::new(ErrorCode::MalformedJson).with_details(Details {
                line: Some(at.line()),
                column: Some(at.column()),
                ..Details::default()
            }),
            BodyError::Invalid(violations) => violations.into(),
        }
    }
}

impl From<Violations> for Failure {
    fn from(violations: Violations) -> Self {
        let omitted = violations.omitted();
        let failure = Self {
            message: violations.summary().into(),
            violations: Some(violations),
            ..Self::new(ErrorCode::ValidationFailed)
        };
        match omitted {
            0 => failure,
            _ => failure.with_details(Details {
                omitted: Some(omitted),
                ..Details::default()
            }),
        }
    }
}

impl From<UpdateError> for Failure {
    fn from(error: UpdateError) -> Self {
        let failure = Self::new(error.code());
        if let UpdateError::EmailTaken(id) = error {
            return failure.with_uuid(id).with_source(error);
        }
        failure.with_source(error)
    }
}

impl From<InsertError> for Failure {
    fn from(error: InsertError) -> Self {
        let failure = Self::new(error.code());
        if let InsertError::EmailTaken(id) = error {
            return failure.with_uuid(id).with_source(error);
        }
        failure.with_source(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::new(error.code()).with_source(error)
    }
}

impl From<DeleteError> for Failure {
    fn from(error: DeleteError) -> Self {
        Self::new(error.code()).with_source(error)
    }
}

/// A position that is not valid is a violation at `position`. An adapter with another
/// name for it reports that one.
impl From<ChangesError> for Failure {
    fn from(error: ChangesError) -> Self {
        if let ChangesError::InvalidPosition = error {
            let path = FieldPath::named("position");
            return Violations::from(Violation::new(path, Reason::InvalidPosition)).into();
        }
        Self::new(error.code()).with_source(error)
    }
}

impl From<UpsertError> for Failure {
    fn from(error: UpsertError) -> Self {
        match error {
            UpsertError::Invalid(violations) => violations.into(),
            UpsertError::EmailTaken(id) => Self::new(error.code()).with_uuid(id).with_source(error),
            error => Self::new(error.code()).with_source(error),
        }
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
