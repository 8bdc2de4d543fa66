//! The change log (S9).

use std::pin::pin;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use customer_domain::{Clock, CustomerStore, Success};
use futures_util::TryFutureExt;
use http::StatusCode;

use crate::admit::Takes;
use crate::answer::{self, Rejection};
use crate::api::CustomerApi;
use crate::auth::Authenticator;
use crate::query;
use crate::rate_limit::RateLimiter;

impl<S, C, A, R> CustomerApi<S, C, A, R>
where
    S: CustomerStore + 'static,
    C: Clock + 'static,
    A: Authenticator,
    R: RateLimiter,
{
    pub(super) async fn changes(
        api: Arc<Self>,
        request: Box<Request>,
    ) -> Result<Response, Rejection> {
        let admitted = api.admit(request, Takes::Nothing).await?;
        let (from, limit) = query::changes(admitted.uri().query().unwrap_or_default())?;
        let team = admitted.caller.team();
        let changes = api.store.changes(team, from, limit);
        let operation = changes.map_err(query::changes_failure);
        let page = api.once(&admitted, pin!(operation)).await?;
        let success = Success::new("Changes listed.", page);
        Ok(answer::success(StatusCode::OK, &success))
    }
}
