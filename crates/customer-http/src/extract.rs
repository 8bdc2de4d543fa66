//! The bodies and responses of the endpoint, for services with their own routes.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use customer_domain::{
    Accepted, Applied, BodyError, Contacts, Customer, CustomerPatch, ErrorCode, Failure,
    NewCustomer, ReadOptions, Success, Warning,
};
use http::{HeaderMap, StatusCode};

use crate::answer::{self, Rejection};
use crate::media_type;

/// The JSON body of a request as an axum extractor: a [`CustomerPatch`], a [`NewCustomer`]
/// or [`Contacts`], read by the rules of the core. An invalid body is rejected with the
/// response that the endpoint would have: every violation with its path and code.
///
/// Unknown fields are violations (P7). The maximum size is that of axum's
/// `DefaultBodyLimit`.
///
/// ```
/// use std::sync::Arc;
///
/// use axum::extract::{Path, State};
/// use axum::routing::put;
/// use customer_domain::{
///     Clock, CustomerId, CustomerPatch, Precondition, TeamId, update_customer,
/// };
/// use customer_http::{CustomerBody, CustomerResponse, ErrorResponse};
/// use customer_memory::MemoryStore;
///
/// #[derive(Clone)]
/// struct Service {
///     store: Arc<MemoryStore>,
///     clock: Arc<dyn Clock>,
///     team: TeamId,
/// }
///
/// async fn update(
///     State(service): State<Service>,
///     Path(id): Path<String>,
///     CustomerBody(body): CustomerBody<CustomerPatch>,
/// ) -> Result<CustomerResponse, ErrorResponse> {
///     let Ok(id) = CustomerId::parse(&id) else {
///         return Err(customer_domain::ErrorCode::InvalidCustomerId.into());
///     };
///     let any = Precondition::Any;
///     let update = update_customer(&service.store, service.clock, service.team, id, body.value, any);
///     Ok(CustomerResponse::updated(update.await?).with_warnings(body.warnings))
/// }
///
/// let routes: axum::Router<Service> = axum::Router::new().route("/clients/{id}", put(update));
/// ```
#[derive(Clone, Debug)]
pub struct CustomerBody<T>(pub Accepted<T>);

/// A value that [`CustomerBody`] reads.
pub trait ReadBody: Sized + sealed::Sealed {
    #[doc(hidden)]
    fn read(body: &[u8]) -> Result<Accepted<Self>, BodyError>;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! read_body {
    ($($type:ty)*) => {$(
        impl sealed::Sealed for $type {}

        impl ReadBody for $type {
            fn read(body: &[u8]) -> Result<Accepted<Self>, BodyError> {
                Self::read_json(body, ReadOptions::new())
            }
        }
    )*};
}

read_body! { CustomerPatch NewCustomer Contacts }

impl<S: Send + Sync, T: ReadBody> FromRequest<S> for CustomerBody<T> {
    type Rejection = ErrorResponse;

    async fn from_request(request: Request, state: &S) -> Result<Self, ErrorResponse> {
        media_type::check(&request).map_err(ErrorResponse)?;
        let body = Bytes::from_request(request, state).await;
        let body = body.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::PayloadTooLarge,
            // The body ended early.
            _ => ErrorCode::MalformedJson,
        })?;
        Ok(Self(T::read(&body)?))
    }
}

/// A response with one customer, in the envelope of the endpoint and with its version as
/// the entity tag.
#[derive(Debug)]
pub struct CustomerResponse {
    status: StatusCode,
    success: Success<Customer>,
}

impl CustomerResponse {
    /// 200: the customer that was read.
    pub const fn found(customer: Customer) -> Self {
        Self::new(StatusCode::OK, Success::found(customer))
    }

    /// 201: the customer that was created.
    pub const fn created(customer: Customer) -> Self {
        Self::new(StatusCode::CREATED, Success::created(customer))
    }

    /// 200: the customer that was updated.
    pub fn updated(applied: Applied) -> Self {
        Self::new(StatusCode::OK, Success::updated(applied.into_customer()))
    }

    const fn new(status: StatusCode, success: Success<Customer>) -> Self {
        Self { status, success }
    }

    /// Sets the warnings of the body.
    #[must_use]
    pub fn with_warnings(mut self, warnings: Vec<Warning>) -> Self {
        self.success = self.success.with_warnings(warnings);
        self
    }
}

impl IntoResponse for CustomerResponse {
    fn into_response(self) -> Response {
        answer::record(HeaderMap::new(), self.status, &self.success.as_ref())
    }
}

/// An error response in the envelope of the endpoint. Everything that is a [`Failure`]
/// converts into it with `?`: the errors of bodies, of use cases and of stores. The cause
/// of a fault is logged and not part of the response.
#[derive(Debug)]
pub struct ErrorResponse(Rejection);

impl<E: Into<Failure>> From<E> for ErrorResponse {
    fn from(error: E) -> Self {
        Self(error.into().into())
    }
}

impl IntoResponse for ErrorResponse {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}
