//! A service with its own axum routes and its own table, which it reads and writes with
//! sqlx. The bodies, the rules and the responses are those of `customer-domain`.
//!
//! ```sh
//! cargo run --manifest-path examples/own-table/Cargo.toml
//! curl -X POST localhost:8080/clients -H 'content-type: application/json' \
//!     -d '{"customer": "Acme", "email": "ann@acme.example"}'
//! curl 'localhost:8080/clients?contactEmail=ANN@acme.example'
//! ```

mod table;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::SystemTime;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::routing::{get, patch};
use customer_domain::{
    Clock, CustomerId, CustomerPatch, CustomerStore as _, EmailAddress, ErrorCode, FieldPath,
    FnClock, NewCustomer, Precondition, TeamId, Timestamp, Violations, create_customer,
    update_customer,
};
use customer_http::{CustomerBody, CustomerResponse, ErrorResponse};
use serde::Deserialize;
use tokio::net::TcpListener;
use uuid::Uuid;

use table::ClientTable;

#[derive(Clone)]
struct Service {
    table: ClientTable,
    clock: Arc<dyn Clock>,
    /// A service with more than one team takes it from the credentials of the caller.
    team: TeamId,
}

fn routes(service: Service) -> Router {
    Router::new()
        .route("/clients", get(find).post(create))
        .route("/clients/{id}", patch(update))
        .with_state(service)
}

async fn create(
    State(service): State<Service>,
    CustomerBody(new): CustomerBody<NewCustomer>,
) -> Result<CustomerResponse, ErrorResponse> {
    let id = Uuid::new_v4().into();
    let created = create_customer(&service.table, &service.clock, service.team, id, new.value);
    Ok(CustomerResponse::created(created.await?).with_warnings(new.warnings))
}

async fn update(
    State(service): State<Service>,
    Path(id): Path<String>,
    CustomerBody(body): CustomerBody<CustomerPatch>,
) -> Result<CustomerResponse, ErrorResponse> {
    let Ok(id) = CustomerId::parse(&id) else {
        return Err(ErrorCode::InvalidCustomerId.into());
    };
    let Service { table, clock, team } = service;
    let updated = update_customer(&table, clock, team, id, body.value, Precondition::Any);
    Ok(CustomerResponse::updated(updated.await?).with_warnings(body.warnings))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Find {
    /// Missing counts as empty, which is `BLANK`.
    #[serde(default)]
    contact_email: String,
}

async fn find(
    State(service): State<Service>,
    Query(find): Query<Find>,
) -> Result<CustomerResponse, ErrorResponse> {
    // A value of the request: its violation has the name that the client knows.
    let email = EmailAddress::parse(&find.contact_email)
        .map_err(|error| Violations::from(error.at(FieldPath::named("contactEmail"))))?;
    let found = service
        .table
        .find_by_email(service.team, &email.key())
        .await?;
    Ok(CustomerResponse::found(
        found.ok_or(ErrorCode::CustomerNotFound)?,
    ))
}

#[expect(clippy::disallowed_methods, reason = "the clock of the service")]
fn system_time() -> Timestamp {
    // Fails only outside of the years 0000 to 9999.
    Timestamp::try_from(SystemTime::now()).unwrap_or(Timestamp::MAX)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let service = Service {
        table: ClientTable::open("clients.db").await?,
        clock: Arc::new(FnClock(system_time)),
        team: TeamId::parse("00000000-0000-0000-0000-000000000001")?,
    };
    let listener = TcpListener::bind("127.0.0.1:8080").await?;
    axum::serve(listener, routes(service)).await?;
    Ok(())
}
