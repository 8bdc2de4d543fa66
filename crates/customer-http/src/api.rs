//! The endpoint: what it is made of, and its routes.

use std::sync::Arc;

use axum::Router;
use customer_domain::{Clock, CustomerStore, UnknownFields};

use crate::auth::Authenticator;
use crate::limits::Limits;
use crate::rate_limit::RateLimiter;

/// The endpoint over a store: what it is made of.
#[derive(Clone, Debug)]
pub struct CustomerApi<S, C, A, R> {
    pub(crate) store: S,
    pub(crate) clock: C,
    pub(crate) authenticator: A,
    pub(crate) rate_limiter: R,
    pub(crate) limits: Limits,
    pub(crate) unknown_fields: UnknownFields,
}

impl<S, C, A, R> CustomerApi<S, C, A, R>
where
    S: CustomerStore + 'static,
    C: Clock + 'static,
    A: Authenticator,
    R: RateLimiter,
{
    /// The endpoint over that store, with the default [`Limits`].
    pub const fn new(store: S, clock: C, authenticator: A, rate_limiter: R) -> Self {
        Self {
            store,
            clock,
            authenticator,
            rate_limiter,
            limits: Limits::DEFAULT,
            unknown_fields: UnknownFields::Reject,
        }
    }

    /// With those limits.
    #[must_use]
    pub const fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// What to do with a field whose name is not known (P7, P13).
    #[must_use]
    pub const fn unknown_fields(mut self, unknown_fields: UnknownFields) -> Self {
        self.unknown_fields = unknown_fields;
        self
    }

    /// The routes, to serve or to mount in a service's own.
    pub fn router(self) -> Router {
        Router::new().with_state(Arc::new(self))
    }
}
