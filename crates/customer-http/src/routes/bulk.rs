//! Many updates in one request, each carried out or refused on its own.

use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use customer_domain::{
    Accepted, BulkUpdate, Change, Clock, Customer, CustomerStore, ErrorCode, Failure, Precondition,
    RowUpdate, Success, TeamId, Violations, Warning, Write, WriteResult,
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
    /// The valid rows are one batch, executed in their order (S10).
    pub(super) async fn update_many(
        api: Arc<Self>,
        mut request: Request,
    ) -> Result<Response, Refusal> {
        let Admitted { caller, body } = api.admit(&mut request, Takes::BulkJson).await?;
        let Accepted { value, warnings } = BulkUpdate::read_json(&body, api.read_options())?;
        if !Condition::of(request.headers()).allows_write_unversioned() {
            return Err(ErrorCode::PreconditionFailed.into());
        }
        let results = api.update_rows(caller.team(), value.into_rows()).await;
        let success_count = results.iter().filter(|row| row.success).count();
        let data = Results {
            success_count,
            error_count: results.len() - success_count,
            results,
        };
        let success = Success::new("Bulk update processed.", data).with_warnings(warnings);
        Ok(answer::success(StatusCode::CREATED, &success))
    }

    async fn update_rows(
        &self,
        team: TeamId,
        rows: Vec<Result<Accepted<RowUpdate>, Violations>>,
    ) -> Vec<RowResult> {
        let mut writes = Vec::new();
        let mut accepted = Vec::with_capacity(rows.len());
        for row in rows {
            accepted.push(row.map(|Accepted { value, warnings }| {
                let change = Change::from(value.patch);
                writes.push(Write::Update(value.id, change, Precondition::Any));
                warnings
            }));
        }
        let written = self.store.write_batch(team, writes, self.clock.clone());
        let mut written = written.await.into_iter();
        let outcome = |row: Result<Vec<Warning>, Violations>| {
            let warnings = row?;
            match written.next() {
                Some(WriteResult::Update(applied)) => Ok(Accepted {
                    value: applied?.into_customer(),
                    warnings,
                }),
                Some(_) | None => Err(Failure::new(ErrorCode::InternalError)),
            }
        };
        let outcomes = accepted.into_iter().map(outcome).enumerate();
        outcomes
            .map(|(index, outcome)| RowResult::new(index, outcome))
            .collect()
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
