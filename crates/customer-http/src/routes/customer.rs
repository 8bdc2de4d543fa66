//! One customer: create, read, find, update, delete.

use std::pin::pin;
use std::sync::Arc;

use axum::extract::{OriginalUri, Request};
use axum::response::Response;
use customer_domain::{
    Accepted, Change, Clock, Contacts, Customer, CustomerId, CustomerPatch, CustomerStore,
    ErrorCode, Failure, MAX_ATTEMPTS, NewCustomer, Precondition, Success, TeamId, Warning,
    create_customer,
};
use futures_util::FutureExt;
use http::header::{CONTENT_LOCATION, LOCATION};
use http::{HeaderValue, StatusCode};
use percent_encoding::percent_decode_str;

use crate::admit::{Admitted, Takes};
use crate::answer::{self, Rejection};
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
    pub(super) async fn create(
        api: Arc<Self>,
        request: Box<Request>,
    ) -> Result<Response, Rejection> {
        let admitted = api.admit(request, Takes::Json).await?;
        let read = NewCustomer::read_json(&admitted.body, api.read_options());
        let Accepted { value, warnings } = read.map_err(|error| admitted.invalid(error))?;
        Condition::of(admitted.headers()).check_unversioned()?;
        let operation = async {
            let (store, clock, team) = (&api.store, &api.clock, admitted.caller.team());
            Ok(create_customer(store, clock, team, api.new_id(), value).await?)
        };
        let customer = api.once(&admitted, pin!(operation)).await?;
        let success = Success::created(&customer).with_warnings(warnings);
        let location = below(original_path(&admitted), customer.id());
        let headers = admitted.into_empty_headers();
        let mut response = answer::record(headers, StatusCode::CREATED, &success);
        if let Some(location) = location {
            response.headers_mut().insert(LOCATION, location);
        }
        Ok(response)
    }

    pub(super) async fn read(api: Arc<Self>, request: Box<Request>) -> Result<Response, Rejection> {
        let admitted = api.admit(request, Takes::Nothing).await?;
        let id = customer_id(admitted.uri().path())?;
        let operation = api.get(admitted.caller.team(), id);
        let customer = api.once(&admitted, pin!(operation)).await?;
        match Condition::of(admitted.headers()).on_read(customer.version()) {
            ReadOutcome::Send => {
                let success = Success::found(&customer);
                let headers = admitted.into_empty_headers();
                Ok(answer::record(headers, StatusCode::OK, &success))
            }
            ReadOutcome::NotModified => Ok(answer::not_modified(customer.version())),
            ReadOutcome::Failed(failure) => Err(failure.into()),
        }
    }

    /// The entity tag is that of the customer, which `Content-Location` names, for an
    /// `If-Match` there. `If-None-Match` has no meaning here, because two customers of
    /// version 1 can follow one another under this path.
    pub(super) async fn find_by_email(
        api: Arc<Self>,
        request: Box<Request>,
    ) -> Result<Response, Rejection> {
        let admitted = api.admit(request, Takes::Nothing).await?;
        let key = query::find_by_email(admitted.uri().query().unwrap_or_default())?;
        let operation = async {
            let found = api
                .store
                .find_by_email(admitted.caller.team(), &key)
                .await?;
            found.ok_or_else(|| Failure::new(ErrorCode::CustomerNotFound))
        };
        let customer = api.once(&admitted, pin!(operation)).await?;
        let success = Success::found(&customer);
        let collection = original_path(&admitted).rsplit_once('/');
        let location = collection.and_then(|(path, _)| below(path, customer.id()));
        let headers = admitted.into_empty_headers();
        let mut response = answer::record(headers, StatusCode::OK, &success);
        if let Some(location) = location {
            response.headers_mut().insert(CONTENT_LOCATION, location);
        }
        Ok(response)
    }

    pub(super) async fn update(
        api: Arc<Self>,
        request: Box<Request>,
    ) -> Result<Response, Rejection> {
        let admitted = api.admit(request, Takes::Json).await?;
        let id = customer_id(admitted.uri().path())?;
        let read = CustomerPatch::read_json(&admitted.body, api.read_options());
        let Accepted { value, warnings } = read.map_err(|error| admitted.invalid(error))?;
        let customer = api.change(&admitted, id, value.into()).await?;
        Ok(updated(admitted, &customer, warnings))
    }

    /// C2: replaces the list of contacts.
    pub(super) async fn replace_contacts(
        api: Arc<Self>,
        request: Box<Request>,
    ) -> Result<Response, Rejection> {
        let admitted = api.admit(request, Takes::Json).await?;
        let path = admitted.uri().path();
        let id = customer_id(path.rsplit_once('/').map_or(path, |(path, _)| path))?;
        let read = Contacts::read_json(&admitted.body, api.read_options());
        let Accepted { value, warnings } = read.map_err(|error| admitted.invalid(error))?;
        let customer = api.change(&admitted, id, value.into()).await?;
        Ok(updated(admitted, &customer, warnings))
    }

    /// Executes the change of a valid request.
    async fn change(
        &self,
        admitted: &Admitted,
        id: CustomerId,
        change: Change,
    ) -> Result<Customer, Rejection> {
        let team = admitted.caller.team();
        let write = |precondition| {
            let clock = self.clock.clone();
            let updated = self
                .store
                .update(team, id, change.clone(), precondition, clock);
            updated.map(|updated| Ok(updated?.into_customer()))
        };
        let condition = Condition::of(admitted.headers());
        // Boxed: the future of the request is smaller, and allocated for every request.
        let operation = Box::pin(self.write_if(condition, (team, id), write));
        self.once(admitted, pin!(operation)).await
    }

    pub(super) async fn remove(
        api: Arc<Self>,
        request: Box<Request>,
    ) -> Result<Response, Rejection> {
        let admitted = api.admit(request, Takes::Nothing).await?;
        let id = customer_id(admitted.uri().path())?;
        let (store, team) = (&api.store, admitted.caller.team());
        let write = |precondition| async move {
            store
                .delete(team, id, precondition)
                .await
                .map_err(Failure::from)
        };
        let condition = Condition::of(admitted.headers());
        let operation = api.write_if(condition, (team, id), write);
        api.once(&admitted, pin!(operation)).await?;
        Ok(answer::success(StatusCode::OK, &Success::deleted()))
    }

    async fn get(&self, team: TeamId, id: CustomerId) -> Result<Customer, Failure> {
        let customer = self.store.get(team, id).await?;
        customer.ok_or_else(|| Failure::new(ErrorCode::CustomerNotFound))
    }

    /// Executes a write under a condition: directly if a precondition of the store
    /// expresses it, otherwise on the version that was read and meets it. If another
    /// write comes between, the condition is checked again.
    async fn write_if<T, F>(
        &self,
        condition: Condition,
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
                return Err(condition.failure());
            }
            match write(Precondition::Version(version)).await {
                Err(failure) if *failure.code() == ErrorCode::PreconditionFailed => {}
                outcome => return outcome,
            }
        }
        Err(Failure::new(ErrorCode::ConcurrentUpdate))
    }
}

/// The response to an update.
fn updated(admitted: Box<Admitted>, customer: &Customer, warnings: Vec<Warning>) -> Response {
    let success = Success::updated(customer).with_warnings(warnings);
    answer::record(admitted.into_empty_headers(), StatusCode::OK, &success)
}

/// The id at the end of the path.
fn customer_id(path: &str) -> Result<CustomerId, ErrorCode> {
    let last = path.rsplit('/').next().unwrap_or_default();
    // Few clients encode more than they must, and no id contains a `%`.
    let decoded = || percent_decode_str(last).decode_utf8().ok();
    CustomerId::parse(last)
        .ok()
        .or_else(|| CustomerId::parse(&decoded()?).ok())
        .ok_or(ErrorCode::InvalidCustomerId)
}

/// The path of the request, with the prefix that this router is nested under.
fn original_path(admitted: &Admitted) -> &str {
    let original = admitted.head().extensions.get();
    original.map_or_else(|| admitted.uri().path(), |OriginalUri(uri)| uri.path())
}

/// The path of a customer in the collection at that path.
fn below(collection: &str, id: CustomerId) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("{collection}/{id}")).ok()
}
