//! The router within a service's own.

use axum::Router;
use axum::routing::get as route;

use crate::harness::{ACME, SERVER_LIMITS, Server, api, get, post};
use crate::rigged::Rig;

#[tokio::test]
async fn nested_under_a_prefix_every_path_has_it() {
    let nested = Router::new().nest("/api/v2", api(Rig::Nothing).router());
    let server = Server::serve(nested, SERVER_LIMITS).await;
    let created = server.ask(&post("/api/v2/partners/customers", ACME)).await;
    let location = created.header("location").unwrap();
    assert!(location.starts_with("/api/v2/partners/customers/"));
    assert_eq!(server.ask(&get(location)).await.status, 200);
    let find = "/api/v2/partners/customers/find-by-email?email=ann@acme.example";
    let found = server.ask(&get(find)).await;
    assert_eq!(found.header("content-location"), Some(location));
    assert_eq!(
        server.ask(&get("/api/v2/nothing")).await.code(),
        "ROUTE_NOT_FOUND"
    );
    assert_eq!(server.ask(&get("/partners/customers")).await.body, "");
}

#[tokio::test]
async fn nested_under_a_prefix_that_is_captured_the_id_is_the_last_part() {
    let nested = Router::new().nest("/{tenant}", api(Rig::Nothing).routes());
    let server = Server::serve(nested, SERVER_LIMITS).await;
    let created = server.ask(&post("/acme/partners/customers", ACME)).await;
    let location = created.header("location").unwrap();
    assert_eq!(server.ask(&get(location)).await.status, 200);
}

#[tokio::test]
async fn merged_into_a_service_its_other_paths_are_its_own() {
    let service = Router::new()
        .route("/", route(|| async { "home" }))
        .fallback(|| async { "lost" })
        .merge(api(Rig::Nothing).routes());
    let server = Server::serve(service, SERVER_LIMITS).await;
    assert_eq!(server.ask(&get("/")).await.body, "home");
    assert_eq!(server.ask(&get("/nothing")).await.body, "lost");
    assert_eq!(server.ask(&get("/partners/customers")).await.status, 200);
}
