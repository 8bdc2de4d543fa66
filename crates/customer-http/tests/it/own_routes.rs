//! The extractors and responses for services with their own routes.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::routing::{post, put};
use customer_domain::{
    Contacts, CustomerId, CustomerPatch, FnClock, NewCustomer, Precondition, TeamId,
    create_customer, update_customer,
};
use customer_http::{CustomerBody, CustomerResponse, ErrorResponse};
use customer_memory::MemoryStore;
use serde_json::json;
use uuid::Uuid;

use crate::harness::{self, SERVER_LIMITS, Server, noon};

type Store = Arc<MemoryStore>;
type Answer = Result<CustomerResponse, ErrorResponse>;

fn team() -> TeamId {
    Uuid::from_u128(7).into()
}

fn id() -> CustomerId {
    Uuid::from_u128(1).into()
}

async fn create(
    State(store): State<Store>,
    CustomerBody(new): CustomerBody<NewCustomer>,
) -> Answer {
    let created = create_customer(&store, &FnClock(noon), team(), id(), new.value).await?;
    Ok(CustomerResponse::created(created).with_warnings(new.warnings))
}

async fn update(
    State(store): State<Store>,
    CustomerBody(patch): CustomerBody<CustomerPatch>,
) -> Answer {
    let clock = Arc::new(FnClock(noon));
    let applied = update_customer(&store, clock, team(), id(), patch.value, Precondition::Any);
    Ok(CustomerResponse::updated(applied.await?).with_warnings(patch.warnings))
}

async fn contacts(
    State(store): State<Store>,
    CustomerBody(contacts): CustomerBody<Contacts>,
) -> Answer {
    let clock = Arc::new(FnClock(noon));
    let applied = update_customer(
        &store,
        clock,
        team(),
        id(),
        contacts.value,
        Precondition::Any,
    );
    Ok(CustomerResponse::updated(applied.await?))
}

async fn server() -> Server {
    let routes = Router::new()
        .route("/clients", post(create).put(update))
        .route("/contacts", put(contacts))
        .layer(DefaultBodyLimit::max(1_000))
        .with_state(Store::default());
    Server::serve(routes, SERVER_LIMITS).await
}

#[tokio::test]
async fn a_service_with_its_own_routes_returns_the_envelopes() {
    let server = server().await;
    let new = r#"{"customer":"Acme","email":"ann@acme.example","mainPhone":"555"}"#;
    let created = server.send(&harness::post("/clients", new)).await;
    assert_eq!(
        (created.status, created.header("etag")),
        (201, Some("\"1\""))
    );
    assert_eq!(
        created.json()["warnings"][0]["code"],
        "PHONE_NOT_INTERNATIONAL"
    );
    assert_eq!(created.json()["data"]["customer"], "Acme");

    let again = server.send(&harness::post("/clients", new)).await;
    assert_eq!(
        (again.status, again.code()),
        (500, "INTERNAL_ERROR".to_owned()),
        "the id is taken"
    );

    let updated = server
        .send(&harness::put("/clients", r#"{"mainPhone":null}"#))
        .await;
    assert_eq!(
        (updated.status, updated.header("etag")),
        (200, Some("\"2\""))
    );
    let body = r#"{"contacts":[{"name":"Ann Lee"}]}"#;
    let replaced = server.send(&harness::put("/contacts", body)).await;
    assert_eq!(replaced.json()["data"]["contacts"][0]["name"], "Ann Lee");
}

#[tokio::test]
async fn a_body_that_is_rejected_has_the_response_of_the_endpoint() {
    let server = server().await;
    let invalid = server
        .send(&harness::put("/clients", r#"{"email":null,"nmae":1}"#))
        .await;
    assert_eq!(
        (invalid.status, invalid.code()),
        (400, "VALIDATION_FAILED".to_owned())
    );
    let errors = invalid.json()["errors"].clone();
    let codes: Vec<_> = errors
        .as_array()
        .unwrap()
        .iter()
        .map(|e| &e["code"])
        .collect();
    assert_eq!(codes, [&json!("NULL_NOT_ALLOWED"), &json!("UNKNOWN_FIELD")]);

    for (request, status, code) in [
        (harness::put("/clients", "{"), 400, "MALFORMED_JSON"),
        (
            harness::put("/clients", &" ".repeat(1_001)),
            413,
            "PAYLOAD_TOO_LARGE",
        ),
        (
            harness::put("/clients", "{}").with("content-type", "text/plain"),
            415,
            "UNSUPPORTED_MEDIA_TYPE",
        ),
        (harness::put("/clients", "{}"), 404, "CUSTOMER_NOT_FOUND"),
    ] {
        let rejected = server.send(&request).await;
        assert_eq!(
            (rejected.status, rejected.code()),
            (status, code.to_owned())
        );
    }
}
