//! Many updates in one request, each carried out or refused on its own.

use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use customer_domain::{
    Accepted, BulkUpdate, Clock, Customer, CustomerStore, ErrorCode, Failure, Precondition,
    RowUpdate, Success, TeamId, Violations, Warning, update_customer,
};
use http::StatusCode;
use serde::Serialize;

use crate::admit::{Admitted, Takes};
use crate::answer::{self, Refusal};
use crate::api::CustomerApi;
use crate::auth::Authenticator;
use crate::condition::Condition;
use crate::rate_limit::RateLimiter;

/// The `data` of the answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Results {
    success_count: usize,
    error_count: usize,
    results: Vec<RowResult>,
}

/// What became of a row: `customer` and its `warnings` as in the answer to an
/// update, or `error`, which is the whole answer that an update would have had.
#[derive(Serialize)]
struct RowResult {
    index: usize,
    success: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<Customer>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Warning>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Failure>,
}

impl<S, C, A, R> CustomerApi<S, C, A, R>
where
    S: CustomerStore + 'static,
    C: Clock + 'static,
    A: Authenticator,
    R: RateLimiter,
{
    /// One row after the other, in their order: two may be about one customer.
    pub(super) async fn update_many(
        api: Arc<Self>,
        mut request: Request,
    ) -> Result<Response, Refusal> {
        let Admitted { caller, body } = api.admit(&mut request, Takes::BulkJson).await?;
        let Accepted { value, warnings } = BulkUpdate::read_json(&body, api.read_options())?;
        if !Condition::of(request.headers()).allows_write_unversioned() {
            return Err(ErrorCode::PreconditionFailed.into());
        }
        let mut results = Vec::new();
        for (index, row) in value.into_rows().into_iter().enumerate() {
            let outcome = api.update_row(caller.team(), row).await;
            results.push(RowResult::new(index, outcome));
        }
        let success_count = results.iter().filter(|row| row.success).count();
        let data = Results {
            success_count,
            error_count: results.len() - success_count,
            results,
        };
        let success = Success::new("Bulk update processed.", data).with_warnings(warnings);
        Ok(answer::success(StatusCode::CREATED, &success))
    }

    async fn update_row(
        &self,
        team: TeamId,
        row: Result<Accepted<RowUpdate>, Violations>,
    ) -> Result<Accepted<Customer>, Failure> {
        let Accepted { value, warnings } = row?;
        let RowUpdate { id, patch, .. } = value;
        let (store, clock) = (&self.store, &self.clock);
        let applied = update_customer(store, clock, team, id, &patch, Precondition::Any).await?;
        Ok(Accepted {
            value: applied.into_customer(),
            warnings,
        })
    }
}

impl RowResult {
    fn new(index: usize, outcome: Result<Accepted<Customer>, Failure>) -> Self {
        match outcome {
            Ok(Accepted { value, warnings }) => Self {
                index,
                success: true,
                customer: Some(value),
                warnings,
                error: None,
            },
            Err(failure) => {
                answer::log_fault(answer::status(failure.code()), &failure);
                Self {
                    index,
                    success: false,
                    customer: None,
                    warnings: Vec::new(),
                    error: Some(failure),
                }
            }
        }
    }
}
