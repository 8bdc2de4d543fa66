//! The endpoint: its parts and options.

use std::fmt;
use std::sync::Arc;

use customer_domain::{Clock, CustomerId, CustomerStore, ReadOptions, UnknownFields};
use uuid::Uuid;

use crate::auth::Authenticator;
use crate::body_budget::BodyBudget;
use crate::limits::Limits;
use crate::rate_limit::RateLimiter;

/// The endpoint over a store: its parts and options.
///
/// [`router`](Self::router) converts it into a service. The crate documentation has a
/// complete example.
#[derive(Clone)]
pub struct CustomerApi<S, C, A, R> {
    pub(crate) store: S,
    pub(crate) clock: Arc<C>,
    pub(crate) authenticator: A,
    pub(crate) rate_limiter: R,
    pub(crate) limits: Limits,
    pub(crate) body_budget: Arc<BodyBudget>,
    unknown_fields: UnknownFields,
    ids: Arc<dyn Fn() -> CustomerId + Send + Sync>,
}

impl<S, C, A, R> CustomerApi<S, C, A, R>
where
    S: CustomerStore + 'static,
    C: Clock + 'static,
    A: Authenticator,
    R: RateLimiter,
{
    /// The endpoint over that store, with the default [`Limits`].
    pub fn new(store: S, clock: C, authenticator: A, rate_limiter: R) -> Self {
        Self {
            store,
            clock: Arc::new(clock),
            authenticator,
            rate_limiter,
            limits: Limits::DEFAULT,
            body_budget: Arc::new(BodyBudget::new(&Limits::DEFAULT)),
            unknown_fields: UnknownFields::Reject,
            ids: Arc::new(|| Uuid::new_v4().into()),
        }
    }

    /// Sets the limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self.body_budget = Arc::new(BodyBudget::new(&limits));
        self
    }

    /// Sets how to treat unknown fields of a body (P7, P13). By default they are
    /// violations.
    #[must_use]
    pub const fn with_unknown_fields(mut self, unknown_fields: UnknownFields) -> Self {
        self.unknown_fields = unknown_fields;
        self
    }

    /// Sets the source of the ids of new customers. By default they are random.
    #[must_use]
    pub fn with_ids(mut self, ids: impl Fn() -> CustomerId + Send + Sync + 'static) -> Self {
        self.ids = Arc::new(ids);
        self
    }

    pub(crate) fn new_id(&self) -> CustomerId {
        (self.ids)()
    }

    pub(crate) const fn read_options(&self) -> ReadOptions {
        ReadOptions::new().with_unknown_fields(self.unknown_fields)
    }
}

/// The options, without the parts.
impl<S, C, A, R> fmt::Debug for CustomerApi<S, C, A, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CustomerApi")
            .field("limits", &self.limits)
            .field("unknown_fields", &self.unknown_fields)
            .finish_non_exhaustive()
    }
}
