//! Many creates or updates in one request (RULES, Contacts and bulk requests).

use std::pin::pin;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use customer_domain::{
    Accepted, Bulk, BulkCreate, BulkUpdate, Clock, Customer, CustomerStore, ErrorCode, Failure,
    Precondition, Success, Violations, Warning, Write, WriteResult,
};
use http::StatusCode;
use serde::Serialize;

use crate::admit::{Admitted, Takes};
use crate::answer::{self, Rejection};
use crate::api::CustomerApi;
use crate::auth::Authenticator;
use crate::condition::Condition;
use crate::rate_limit::RateLimiter;

/// The `data` of the response (B2).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Results {
    success_count: usize,
    error_count: usize,
    results: Vec<RowResult>,
}

/// The result of a row: `customer` and `warnings` as in the response to the single
/// operation, or `error`, which is the whole response that it would have had.
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

/// A valid row: its write, and the customer that the write creates.
struct RowWrite {
    write: Write,
    created: Option<Customer>,
}

impl<S, C, A, R> CustomerApi<S, C, A, R>
where
    S: CustomerStore + 'static,
    C: Clock + 'static,
    A: Authenticator,
    R: RateLimiter,
{
    pub(super) async fn create_many(
        api: Arc<Self>,
        request: Box<Request>,
    ) -> Result<Response, Rejection> {
        let admitted = api.admit(request, Takes::BulkJson).await?;
        let read = BulkCreate::read_json(&admitted.body, api.read_options());
        let read = read.map_err(|error| admitted.invalid(error))?;
        let (team, now) = (admitted.caller.team(), api.clock.now());
        let results = api.write_rows(&admitted, read.value, |new| {
            let customer = new.into_customer(api.new_id(), team, now);
            RowWrite {
                write: Write::Insert(Box::new(customer.clone())),
                created: Some(customer),
            }
        });
        let message = "Bulk create processed.";
        Ok(response(message, results.await?, read.warnings))
    }

    pub(super) async fn update_many(
        api: Arc<Self>,
        request: Box<Request>,
    ) -> Result<Response, Rejection> {
        let admitted = api.admit(request, Takes::BulkJson).await?;
        let read = BulkUpdate::read_json(&admitted.body, api.read_options());
        let read = read.map_err(|error| admitted.invalid(error))?;
        let results = api.write_rows(&admitted, read.value, |row| RowWrite {
            write: Write::Update(row.id, row.patch.into(), Precondition::Any),
            created: None,
        });
        let message = "Bulk update processed.";
        Ok(response(message, results.await?, read.warnings))
    }

    /// Executes the valid rows as one batch, in their order (S10).
    async fn write_rows<T>(
        &self,
        admitted: &Admitted,
        bulk: Bulk<T>,
        write: impl Fn(T) -> RowWrite,
    ) -> Result<Vec<RowResult>, Rejection> {
        Condition::of(admitted.headers()).check_unversioned()?;
        let mut writes = Vec::new();
        let submit = |row: Result<Accepted<T>, Violations>| {
            let Accepted { value, warnings } = row?;
            let RowWrite { write, created } = write(value);
            writes.push(write);
            Ok((created, warnings))
        };
        let rows: Vec<Result<_, Failure>> = bulk.into_rows().into_iter().map(submit).collect();
        let mut written = if writes.is_empty() {
            Vec::new().into_iter()
        } else {
            let (team, clock) = (admitted.caller.team(), self.clock.clone());
            let operation = async { Ok(self.store.write_batch(team, writes, clock).await) };
            self.once(admitted, pin!(operation)).await?.into_iter()
        };
        let outcome = |row: Result<_, Failure>| {
            let (created, warnings) = row?;
            let value = customer(written.next(), created)?;
            Ok(Accepted { value, warnings })
        };
        let outcomes = rows.into_iter().map(outcome).enumerate();
        Ok(outcomes
            .map(|(index, row)| RowResult::new(index, row))
            .collect())
    }
}

/// The customer that a write created or updated.
fn customer(written: Option<WriteResult>, created: Option<Customer>) -> Result<Customer, Failure> {
    match (written, created) {
        (Some(WriteResult::Insert(inserted)), Some(created)) => {
            inserted?;
            Ok(created)
        }
        (Some(WriteResult::Update(applied)), None) => Ok(applied?.into_customer()),
        // Each write has one result of the same kind (S10).
        _ => Err(Failure::new(ErrorCode::InternalError)),
    }
}

fn response(message: &'static str, results: Vec<RowResult>, warnings: Vec<Warning>) -> Response {
    let success_count = results.iter().filter(|row| row.success).count();
    let data = Results {
        success_count,
        error_count: results.len() - success_count,
        results,
    };
    let success = Success::new(message, data).with_warnings(warnings);
    answer::success(StatusCode::CREATED, &success)
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
