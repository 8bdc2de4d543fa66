//! One customer: create, read, find, update, delete.

use std::sync::Arc;

use axum::extract::{OriginalUri, Request};
use axum::response::Response;
use customer_domain::{
    Accepted, Change, Clock, Customer, CustomerId, CustomerPatch, CustomerStore, ErrorCode,
    Failure, MAX_ATTEMPTS, NewCustomer, Precondition, Success, TeamId, create_customer,
    update_customer,
};
use http::header::{CONTENT_LOCATION, LOCATION};
use http::{HeaderValue, StatusCode, Uri};
use percent_encoding::percent_decode_str;

use crate::admit::{Admitted, Takes};
use crate::answer::{self, Refusal};
use crate::api::CustomerApi;
use crate::auth::Authenticator;
use crate::condition::{Condition, ReadOutcome};
use crate::query;
use crate::rate_limit::RateLimiter;

impl<S, C, A, R> CustomerApi<S, C, A, R>
where
    S: CustomerStore + 'static,
    C: Clock + 'static,
    A: Authenticator,
    R: RateLimiter,
{
    pub(super) async fn create(api: Arc<Self>, mut request: Request) -> Result<Response, Refusal> {
        let Admitted { caller, body } = api.admit(&mut request, Takes::Json).await?;
        let Accepted { value, warnings } = NewCustomer::read_json(&body, api.read_options())?;
        if !Condition::of(request.headers()).allows_write_unversioned() {
            return Err(ErrorCode::PreconditionFailed.into());
        }
        let (store, clock) = (&api.store, &api.clock);
        let customer = create_customer(store, clock, caller.team(), api.new_id(), value)
            .await
            .map_err(Failure::from)?;
        let success = Success::created(&customer).with_warnings(warnings);
        let mut response = answer::record(StatusCode::CREATED, &success);
        if let Some(location) = below(asked(&request), customer.id()) {
            response.headers_mut().insert(LOCATION, location);
        }
        Ok(response)
    }

    pub(super) async fn read(api: Arc<Self>, mut request: Request) -> Result<Response, Refusal> {
        let Admitted { caller, .. } = api.admit(&mut request, Takes::Nothing).await?;
        let id = customer_id(request.uri())?;
        let customer = api.get(caller.team(), id).await?;
        match Condition::of(request.headers()).on_read(customer.version()) {
            ReadOutcome::Send => {
                let success = Success::found(&customer);
                Ok(answer::record(StatusCode::OK, &success))
            }
            ReadOutcome::NotModified => Ok(answer::not_modified(customer.version())),
            ReadOutcome::Failed => Err(ErrorCode::PreconditionFailed.into()),
        }
    }

    /// The entity tag is that of the customer, which `Content-Location` names:
    /// it serves for `If-Match` there. `If-None-Match` has no meaning here, for
    /// under this path two customers can follow one another, both of version 1.
    pub(super) async fn find_by_email(
        api: Arc<Self>,
        mut request: Request,
    ) -> Result<Response, Refusal> {
        let Admitted { caller, .. } = api.admit(&mut request, Takes::Nothing).await?;
        let key = query::find_by_email(request.uri().query().unwrap_or_default())?;
        let found = api.store.find_by_email(caller.team(), &key).await;
        let customer = found
            .map_err(Failure::from)?
            .ok_or(ErrorCode::CustomerNotFound)?;
        let success = Success::found(&customer);
        let mut response = answer::record(StatusCode::OK, &success);
        let collection = asked(&request).rsplit_once('/').map(|(before, _)| before);
        if let Some(location) = collection.and_then(|path| below(path, customer.id())) {
            response.headers_mut().insert(CONTENT_LOCATION, location);
        }
        Ok(response)
    }

    pub(super) async fn update(api: Arc<Self>, mut request: Request) -> Result<Response, Refusal> {
        let Admitted { caller, body } = api.admit(&mut request, Takes::Json).await?;
        let id = customer_id(request.uri())?;
        let Accepted { value, warnings } = CustomerPatch::read_json(&body, api.read_options())?;
        let condition = Condition::of(request.headers());
        let (store, clock, team) = (&api.store, &api.clock, caller.team());
        let change = &Change::from(value);
        let write = |precondition| async move {
            let (change, clock) = (change.clone(), clock.clone());
            let applied = update_customer(store, clock, team, id, change, precondition).await?;
            Ok(applied.into_customer())
        };
        let customer = api.write_if(&condition, (team, id), write).await?;
        let success = Success::updated(&customer).with_warnings(warnings);
        Ok(answer::record(StatusCode::OK, &success))
    }

    pub(super) async fn remove(api: Arc<Self>, mut request: Request) -> Result<Response, Refusal> {
        let Admitted { caller, .. } = api.admit(&mut request, Takes::Nothing).await?;
        let id = customer_id(request.uri())?;
        let condition = Condition::of(request.headers());
        let (store, team) = (&api.store, caller.team());
        let write = |precondition| async move {
            store
                .delete(team, id, precondition)
                .await
                .map_err(Failure::from)
        };
        api.write_if(&condition, (team, id), write).await?;
        Ok(answer::success(StatusCode::OK, &Success::deleted()))
    }

    async fn get(&self, team: TeamId, id: CustomerId) -> Result<Customer, Failure> {
        let customer = self.store.get(team, id).await?;
        customer.ok_or_else(|| Failure::new(ErrorCode::CustomerNotFound))
    }

    /// Carries out a write under a condition: at once when the use case can see
    /// to it, otherwise over the version that was found to meet it. When another
    /// came between, the condition is asked again.
    async fn write_if<T, F>(
        &self,
        condition: &Condition,
        (team, id): (TeamId, CustomerId),
        write: impl Fn(Precondition) -> F,
    ) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        if let Some(precondition) = condition.as_precondition() {
            return write(precondition).await;
        }
        for _ in 0..MAX_ATTEMPTS {
            let version = self.get(team, id).await?.version();
            if !condition.allows_write(version) {
                return Err(Failure::new(ErrorCode::PreconditionFailed));
            }
            match write(Precondition::Version(version)).await {
                Err(failure) if *failure.code() == ErrorCode::PreconditionFailed => {}
                outcome => return outcome,
            }
        }
        Err(Failure::new(ErrorCode::ConcurrentUpdate))
    }
}

/// The identifier at the end of the path.
fn customer_id(uri: &Uri) -> Result<CustomerId, ErrorCode> {
    let last = uri.path().rsplit('/').next().unwrap_or_default();
    // Hardly anyone encodes what need not be, and no identifier has a `%`.
    let decoded = || percent_decode_str(last).decode_utf8().ok();
    CustomerId::parse(last)
        .ok()
        .or_else(|| CustomerId::parse(&decoded()?).ok())
        .ok_or(ErrorCode::InvalidCustomerId)
}

/// The path as it was asked, with the prefix this router is nested under.
fn asked(request: &Request) -> &str {
    request
        .extensions()
        .get()
        .map_or_else(|| request.uri().path(), |OriginalUri(uri)| uri.path())
}

/// The path of a customer in the collection at that path.
fn below(collection: &str, id: CustomerId) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("{collection}/{id}")).ok()
}
