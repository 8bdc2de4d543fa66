//! The router mounted in another service.

use axum::Router;
use axum::routing::get as route;

use crate::harness::{ACME, SERVER_LIMITS, Server, api, get, post};
use crate::rigged::Rig;

#[tokio::test]
async fn a_nested_router_has_the_prefix_in_every_path() {
    let nested = Router::new().nest("/api/v2", api(Rig::Nothing).router());
    let server = Server::serve(nested, SERVER_LIMITS).await;
    let created = server.send(&post("/api/v2/partners/customers", ACME)).await;
    let location = created.header("location").unwrap();
    assert!(location.starts_with("/api/v2/partners/customers/"));
    assert_eq!(server.send(&get(location)).await.status, 200);
    let find = "/api/v2/partners/customers/find-by-email?email=ann@acme.example";
    let found = server.send(&get(find)).await;
    assert_eq!(found.header("content-location"), Some(location));
    assert_eq!(
        server.send(&get("/api/v2/nothing")).await.code(),
        "ROUTE_NOT_FOUND"
    );
    assert_eq!(server.send(&get("/partners/customers")).await.body, "");
}

#[tokio::test]
async fn under_a_captured_prefix_the_id_is_the_last_segment() {
    let nested = Router::new().nest("/{tenant}", api(Rig::Nothing).routes());
    let server = Server::serve(nested, SERVER_LIMITS).await;
    let created = server.send(&post("/acme/partners/customers", ACME)).await;
    let location = created.header("location").unwrap();
    assert_eq!(server.send(&get(location)).await.status, 200);
}

#[tokio::test]
async fn merged_routes_leave_other_paths_to_the_service() {
    let service = Router::new()
        .route("/", route(|| async { "home" }))
        .fallback(|| async { "lost" })
        .merge(api(Rig::Nothing).routes());
    let server = Server::serve(service, SERVER_LIMITS).await;
    assert_eq!(server.send(&get("/")).await.body, "home");
    assert_eq!(server.send(&get("/nothing")).await.body, "lost");
    assert_eq!(server.send(&get("/partners/customers")).await.status, 200);
}
