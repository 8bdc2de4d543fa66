//! The customers of a team, by page (S7).

use std::pin::pin;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use customer_domain::{Clock, Customer, CustomerStore, ErrorCode, Success};
use http::StatusCode;
use serde::Serialize;

use crate::admit::Takes;
use crate::answer::{self, Rejection};
use crate::api::CustomerApi;
use crate::auth::Authenticator;
use crate::query;
use crate::rate_limit::RateLimiter;

/// The `data` of the response.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    records: Vec<Customer>,
    page: u32,
    limit: u32,
    total_records: u64,
    total_pages: u64,
}

impl<S, C, A, R> CustomerApi<S, C, A, R>
where
    S: CustomerStore + 'static,
    C: Clock + 'static,
    A: Authenticator,
    R: RateLimiter,
{
    pub(super) async fn list(api: Arc<Self>, request: Box<Request>) -> Result<Response, Rejection> {
        let admitted = api.admit(request, Takes::Nothing).await?;
        let query = query::list(admitted.uri().query().unwrap_or_default())?;
        let operation = async { Ok(api.store.list(admitted.caller.team(), &query).await?) };
        let found = api.once(&admitted, pin!(operation)).await?;
        let total = found.total.ok_or(ErrorCode::InternalError)?;
        let page = Page {
            page: query.page(),
            limit: query.limit(),
            total_records: total,
            total_pages: total.div_ceil(query.limit().into()),
            records: found.records,
        };
        Ok(answer::success(
            StatusCode::OK,
            &Success::new("Customers listed.", page),
        ))
    }
}
