//! The table passes the conformance suite, and the routes return the envelopes.

use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use customer_domain::BoxFuture;
use customer_testkit::Guarded;
use customer_testkit::conformance::PlantedValue;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use tempfile::TempDir;
use tower::ServiceExt as _;

use super::*;

customer_testkit::conformance!(client_table, open, plant = plant, reopen = reopen);

/// A table in a directory of its own.
async fn open() -> Guarded<ClientTable, TempDir> {
    let directory = tempfile::tempdir().unwrap();
    let table = ClientTable::open(directory.path().join("clients.db")).await;
    Guarded::new(table.unwrap(), directory)
}

/// Closes the file and opens it again.
fn reopen(
    table: Guarded<ClientTable, TempDir>,
) -> BoxFuture<'static, Guarded<ClientTable, TempDir>> {
    Box::pin(async {
        let (table, directory) = table.into_parts();
        table.pool.close().await;
        let table = ClientTable::open(directory.path().join("clients.db")).await;
        Guarded::new(table.unwrap(), directory)
    })
}

/// Writes a value into a row without the store.
fn plant(table: &Guarded<ClientTable, TempDir>, planted: PlantedValue) -> BoxFuture<'_, ()> {
    Box::pin(async move {
        let sql = format!("UPDATE client SET {} = ?1 WHERE uuid = ?2", planted.column);
        let update = sqlx::query(AssertSqlSafe(sql)).bind(planted.value);
        let update = update.bind(planted.id.as_uuid());
        let updated = update.execute(&table.store().pool).await.unwrap();
        assert_eq!(updated.rows_affected(), 1);
    })
}

async fn service(directory: &TempDir) -> Service {
    let table = ClientTable::open(directory.path().join("clients.db")).await;
    Service {
        table: table.unwrap(),
        clock: Arc::new(FnClock(|| {
            Timestamp::parse("2026-11-23T12:00:00Z").unwrap()
        })),
        team: Uuid::from_u128(1).into(),
    }
}

/// Sends a request, and returns the status and the JSON of the response.
async fn send(service: &Service, method: &str, path: &str, body: &str) -> (StatusCode, Value) {
    let request = Request::builder().method(method).uri(path);
    let request = request.header("content-type", "application/json");
    let request = request.body(Body::from(body.to_owned())).unwrap();
    let response: Response<Body> = routes(service.clone()).oneshot(request).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap())
}

const ACME: &str = r#"{"customer": "Acme", "email": "ann@acme.example"}"#;
const FIND: &str = "/clients?contactEmail=ann@acme.example";

#[tokio::test]
async fn an_update_keeps_the_column_of_the_service() {
    let directory = tempfile::tempdir().unwrap();
    let service = service(&directory).await;
    let (status, created) = send(&service, "POST", "/clients", ACME).await;
    assert_eq!(status, StatusCode::CREATED);
    let sql = "UPDATE client SET account_manager = 'Bo'";
    sqlx::query(sql).execute(&service.table.pool).await.unwrap();

    let path = format!("/clients/{}", created["data"]["uuid"].as_str().unwrap());
    let (status, updated) = send(&service, "PATCH", &path, r#"{"mainPhone": "555"}"#).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(updated["warnings"][0]["code"], "PHONE_NOT_INTERNATIONAL");
    assert_eq!(
        send(&service, "GET", FIND, "").await.1["data"],
        updated["data"]
    );
    let manager = sqlx::query_scalar("SELECT account_manager FROM client");
    let manager: String = manager.fetch_one(&service.table.pool).await.unwrap();
    assert_eq!(manager, "Bo");
}

#[tokio::test]
async fn a_violation_has_the_path_that_the_service_names() {
    let directory = tempfile::tempdir().unwrap();
    let service = service(&directory).await;
    let (status, rejected) = send(&service, "GET", "/clients?contactEmail=ann", "").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let error = &rejected["errors"][0];
    assert_eq!(
        (&error["field"], &error["code"]),
        (&json!("contactEmail"), &json!("INVALID_EMAIL"))
    );
}

#[tokio::test]
async fn s8_a_corrupt_row_is_an_internal_error_and_not_a_bad_request() {
    let directory = tempfile::tempdir().unwrap();
    let service = service(&directory).await;
    let _ = send(&service, "POST", "/clients", ACME).await;
    let sql = "UPDATE client SET status = 'closed'";
    sqlx::query(sql).execute(&service.table.pool).await.unwrap();

    let (status, failed) = send(&service, "GET", FIND, "").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(failed["code"], "INTERNAL_ERROR");
    assert_eq!(failed["errors"], Value::Null);
}
