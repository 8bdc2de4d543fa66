//! The routes. Each translates a request into a use case of the domain, and its outcome
//! into a response.

mod bulk;
mod changes;
mod customer;
mod list;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::{MethodRouter, get, patch, put};
use customer_domain::{Clock, CustomerStore, Failure, Success};
use http::StatusCode;

use crate::answer::{self, Rejection};
use crate::api::CustomerApi;
use crate::auth::Authenticator;
use crate::observe::Observed;
use crate::rate_limit::RateLimiter;
use crate::transport::TransportCode;

/// The OpenAPI document. Edit it by hand; `tests/it/openapi.rs` compares it with
/// the code.
const DOCUMENT: &str = include_str!("../../openapi.json");

/// The paths, as templates.
mod path {
    pub(super) const CUSTOMERS: &str = "/partners/customers";
    pub(super) const CUSTOMER: &str = "/partners/customers/{uuid}";
    pub(super) const FIND_BY_EMAIL: &str = "/partners/customers/find-by-email";
    pub(super) const CONTACTS: &str = "/partners/customers/{uuid}/contacts";
    pub(super) const CHANGES: &str = "/partners/customers/changes";
    pub(super) const BULK: &str = "/partners/customers/bulk";
    pub(super) const HEALTH: &str = "/healthz";
    pub(super) const OPENAPI: &str = "/openapi.json";
}

impl<S, C, A, R> CustomerApi<S, C, A, R>
where
    S: CustomerStore + 'static,
    C: Clock + 'static,
    A: Authenticator,
    R: RateLimiter,
{
    /// The whole endpoint, to serve or to nest in a service under a prefix. Every path
    /// has a response in the envelope of RULES, Responses.
    pub fn router(self) -> Router {
        self.routes().fallback(Observed(no_route))
    }

    /// Only the routes, to merge into a service that has its own response for all other
    /// paths.
    pub fn routes(self) -> Router {
        let described = |(), _| async { answer::document(DOCUMENT) };
        let customers = get(Observed(Self::list)).post(Observed(Self::create));
        let customer = get(Observed(Self::read))
            .put(Observed(Self::update))
            .patch(Observed(Self::update))
            .delete(Observed(Self::remove));
        let bulk = patch(Observed(Self::update_many)).post(Observed(Self::create_many));
        Router::new()
            .route(path::CUSTOMERS, only(customers))
            .route(path::CUSTOMER, only(customer))
            .route(
                path::FIND_BY_EMAIL,
                only(get(Observed(Self::find_by_email))),
            )
            .route(path::CONTACTS, only(put(Observed(Self::replace_contacts))))
            .route(path::CHANGES, only(get(Observed(Self::changes))))
            .route(path::BULK, only(bulk))
            .route(path::HEALTH, only(get(Observed(Self::health))))
            .with_state(Arc::new(self))
            .route(path::OPENAPI, only(get(Observed(described))))
    }

    /// Whether the service runs and its store can be used.
    async fn health(api: Arc<Self>, _: Box<Request>) -> Result<Response, Rejection> {
        api.store.check().await.map_err(Failure::from)?;
        Ok(answer::success(
            StatusCode::OK,
            &Success::new("Healthy.", ()),
        ))
    }
}

/// Rejects other methods, with the supported ones in `Allow`.
fn only<S: Clone + Send + Sync + 'static>(methods: MethodRouter<S>) -> MethodRouter<S> {
    methods.fallback(Observed(|_: S, _: Box<Request>| async {
        Rejection::from(TransportCode::MethodNotAllowed)
    }))
}

async fn no_route((): (), _: Box<Request>) -> Rejection {
    TransportCode::RouteNotFound.into()
}
