//! Every row of the table of outcomes (RULES, Responses), as sent over HTTP.

use customer_domain::{Field, StoreErrorKind};
use serde_json::json;

use crate::harness::{
    ACME, FIRST, Request, Server, UNKNOWN, delete, get, patch, post, put, recorded, request,
};
use crate::rigged::{CAUSE, Rig};

/// Sends a request and records the exchange under a name.
macro_rules! record {
    ($name:literal, $server:expr, $request:expr) => {{
        let request: Request = $request;
        let response = $server.send(&request).await;
        insta::assert_snapshot!($name, recorded(&request, &response));
        response
    }};
}

#[tokio::test]
async fn success() {
    let server = Server::start().await;
    record!(
        "201_created",
        server,
        post(
            "/partners/customers",
            r#"{"customer":"Acme","email":"Ann@acme.example","contacts":[{"name":"Ann"}]}"#
        )
    );
    record!("200_read", server, get(FIRST));
    record!("200_head", server, request("HEAD", FIRST));
    record!(
        "200_found_by_email",
        server,
        get("/partners/customers/find-by-email?email=ANN@acme.example")
    );
    record!(
        "200_updated_by_put",
        server,
        put(FIRST, r#"{"billingAddress":{"city":"Paris"}}"#)
    );
    record!(
        "200_updated_by_patch_with_warnings",
        server,
        patch(FIRST, r#"{"mainPhone":"555","website":"acme.example"}"#)
    );
    record!("200_nothing_changed", server, patch(FIRST, "{}"));
    record!(
        "200_listed",
        server,
        get("/partners/customers?search=ACME&limit=1&orderBy=createdAt&orderDirection=desc")
    );
    record!(
        "201_bulk",
        server,
        patch(
            "/partners/customers/bulk",
            r#"{"customers":[
                {"uuid":"00000000-0000-4000-8000-000000000001","mainPhone":"1","status":"inactive"},
                {"uuid":"00000000-0000-4000-8000-0000000000ff"},
                {"status":"gone"}
            ]}"#
        )
    );
    record!(
        "304_not_modified",
        server,
        get(FIRST).with("if-none-match", "\"4\"")
    );
    record!("200_deleted", server, delete(FIRST));
    record!(
        "200_healthy",
        server,
        get("/healthz").without("authorization")
    );
}

/// Each field is set in its own request, so that no other field explains its presence in
/// the response.
#[tokio::test]
async fn p1_m2_a_put_changes_each_patchable_field_and_no_other() {
    let address = |city| json!({"street": "1 Rue", "city": city, "state": "IDF", "zipCode": "75002", "country": "FR"});
    let values = json!({
        "customer": "Umbra",
        "email": "bob@umbra.example",
        "mainPhone": "+14155550100",
        "website": "https://umbra.example",
        "status": "inactive",
        "billingAddress": address("Paris"),
        "shippingAddress": address("Lyon"),
    });
    for field in Field::ALL.iter().filter(|field| field.is_patchable()) {
        let name = field.as_str();
        let value = &values[name];
        assert!(!value.is_null(), "{name} needs a value here");
        let server = Server::with_acme().await;
        let mut expected = server.send(&get(FIRST)).await.json()["data"].clone();
        assert_ne!(expected[name], *value, "{name}");

        let response = server
            .send(&put(FIRST, &json!({name: value}).to_string()))
            .await;

        let data = &response.json()["data"];
        expected[name] = value.clone();
        expected["updatedAt"] = data["updatedAt"].clone();
        assert_eq!(*data, expected, "{name}");
        assert_eq!(
            server.send(&get(FIRST)).await.json()["data"],
            expected,
            "{name}"
        );
    }
}

#[tokio::test]
async fn bad_request() {
    let server = Server::with_acme().await;
    record!(
        "400_malformed_json",
        server,
        put(FIRST, "{\n  \"status\": active}")
    );
    record!(
        "400_validation_failed",
        server,
        put(
            FIRST,
            r#"{"customer":"","email":null,"status":"ACTIVE","contacts":[],"billing_address":1}"#
        )
    );
    record!(
        "400_validation_failed_of_a_creation",
        server,
        post("/partners/customers", "{}")
    );
    record!(
        "400_validation_failed_of_a_list",
        server,
        get("/partners/customers?page=0&limit=101&orderBy=name&sort=asc")
    );
    record!(
        "400_validation_failed_of_an_email",
        server,
        get("/partners/customers/find-by-email?email=nope")
    );
    record!(
        "400_validation_failed_of_a_bulk_update",
        server,
        post("/partners/customers/bulk", r#"{"customers":{}}"#)
    );
    record!(
        "400_invalid_customer_id",
        server,
        put("/partners/customers/67e5504410b1426f9247bb680e5fe0c8", "{}")
    );
}

#[tokio::test]
async fn caller_and_path() {
    let server = Server::with_acme().await;
    record!(
        "401_unauthorized",
        server,
        get(FIRST).without("authorization")
    );
    record!("404_customer_not_found", server, put(UNKNOWN, "{}"));
    record!(
        "404_customer_not_found_by_email",
        server,
        get("/partners/customers/find-by-email?email=bob@acme.example")
    );
    record!("404_route_not_found", server, get("/partners/customers/"));
    record!("405_method_not_allowed", server, post(FIRST, "{}"));
    let wrong = record!("405_on_bulk", server, put("/partners/customers/bulk", "{}"));
    assert_eq!(wrong.header("allow"), Some("PATCH,POST"));
}

#[tokio::test]
async fn conflict() {
    let server = Server::with_acme().await;
    record!(
        "409_email_already_exists",
        server,
        post("/partners/customers", ACME)
    );
    record!(
        "412_precondition_failed",
        server,
        put(FIRST, "{}").with("if-match", "\"2\"")
    );
    let contended = Server::rigged(Rig::Contended).await;
    contended.send(&post("/partners/customers", ACME)).await;
    record!(
        "409_concurrent_update",
        contended,
        put(FIRST, r#"{"status":"inactive"}"#)
    );
}

#[tokio::test]
async fn limits() {
    let server = Server::with_acme().await;
    let large = format!(r#"{{"customer":"{}"}}"#, "x".repeat(5000));
    record!("413_payload_too_large", server, put(FIRST, &large));
    record!(
        "415_unsupported_media_type",
        server,
        put(FIRST, "{}").with("content-type", "application/merge-patch+json")
    );
    record!(
        "429_rate_limit_exceeded",
        server,
        get(FIRST).with("authorization", "Bearer busy")
    );
}

#[tokio::test]
async fn faults() {
    let down = Server::rigged(Rig::Fails(StoreErrorKind::Unavailable)).await;
    let response = record!("503_store_unavailable", down, get(FIRST));
    assert!(!response.body.contains(CAUSE));
    let health = down.send(&get("/healthz")).await;
    assert_eq!((health.status, &*health.code()), (503, "STORE_UNAVAILABLE"));

    let corrupt = Server::rigged(Rig::Fails(StoreErrorKind::Corrupt)).await;
    let response = record!("500_internal_error", corrupt, get(FIRST));
    assert!(!response.body.contains(CAUSE));

    for kind in [
        StoreErrorKind::Unavailable,
        StoreErrorKind::OutcomeUnknown,
        StoreErrorKind::Corrupt,
        StoreErrorKind::Internal,
    ] {
        let server = Server::rigged(Rig::Fails(kind)).await;
        for (_, request) in one_of_each_route() {
            let response = server.send(&request).await;
            assert!(!response.body.contains("sda1"), "{request:?}");
            let bulk = request.target.ends_with("bulk");
            assert_eq!(response.status >= 500, !bulk, "{request:?}");
        }
    }
}

#[tokio::test]
async fn a_panic_of_the_store_is_an_internal_error() {
    for rig in [Rig::Panics, Rig::PanicsOnDisplay] {
        let server = Server::rigged(rig).await;
        for (_, request) in one_of_each_route() {
            let response = server.send(&request).await;
            assert_eq!(
                (response.status, &*response.code()),
                (500, "INTERNAL_ERROR")
            );
            assert!(response.header("x-request-id").is_some());
        }
        assert_eq!(server.send(&get("/healthz")).await.status, 200);
    }
}

#[tokio::test]
async fn the_id_in_the_path_may_be_percent_encoded() {
    let server = Server::with_acme().await;
    let encoded = FIRST.replace('0', "%30").replace('-', "%2d");
    assert_eq!(server.send(&get(&encoded)).await.status, 200);
    for wrong in [
        "/partners/customers/%FF",
        "/partners/customers/%",
        &format!("{FIRST}%2F"),
        &format!("{FIRST}%"),
        &format!(
            "/partners/customers/x%2F{}",
            &FIRST["/partners/customers/".len()..]
        ),
    ] {
        let response = server.send(&get(wrong)).await;
        let outcome = (response.status, &*response.code());
        assert_eq!(outcome, (400, "INVALID_CUSTOMER_ID"), "{wrong}");
    }
    assert_eq!(
        server.send(&get(&format!("{FIRST}/"))).await.code(),
        "ROUTE_NOT_FOUND"
    );
}

/// A request for each route that calls the store.
pub(crate) fn one_of_each_route() -> Vec<(&'static str, Request)> {
    let row = r#"{"customers":[{"uuid":"00000000-0000-4000-8000-000000000001"}]}"#;
    vec![
        ("create", post("/partners/customers", ACME)),
        ("read", get(FIRST)),
        ("put", put(FIRST, r#"{"status":"inactive"}"#)),
        ("patch", patch(FIRST, r#"{"status":"inactive"}"#)),
        (
            "find",
            get("/partners/customers/find-by-email?email=ann@acme.example"),
        ),
        ("list", get("/partners/customers")),
        ("bulk", patch("/partners/customers/bulk", row)),
        ("delete", delete(FIRST)),
    ]
}

#[tokio::test]
async fn a_put_is_the_same_partial_update_as_a_patch() {
    for update in [put, patch] {
        let server = Server::with_acme().await;
        let response = server
            .send(&update(FIRST, r#"{"mainPhone":"+1 555"}"#))
            .await;
        assert_eq!(response.json()["data"]["customer"], "Acme");
        assert_eq!(response.json()["data"]["mainPhone"], "+1 555");
        assert_eq!(response.header("etag"), Some("\"2\""));
    }
}

#[tokio::test]
async fn a_plus_in_an_email_address_is_not_a_space() {
    let server = Server::start().await;
    let body = r#"{"customer":"Acme","email":"ann+bills@acme.example"}"#;
    assert_eq!(
        server.send(&post("/partners/customers", body)).await.status,
        201
    );
    for spelled in ["ann+bills@acme.example", "ann%2Bbills%40acme.example"] {
        let target = format!("/partners/customers/find-by-email?email={spelled}");
        assert_eq!(server.send(&get(&target)).await.status, 200, "{spelled}");
    }
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let server = Server::with_acme().await;
    for target in [
        FIRST,
        UNKNOWN,
        "/partners/customers",
        "/partners/customers/find-by-email?email=ann@acme.example",
        "/healthz",
        "/openapi.json",
    ] {
        let (whole, head) = (get(target), request("HEAD", target));
        let (whole, head) = (server.send(&whole).await, server.send(&head).await);
        assert_eq!(head.body, "");
        assert_eq!(head.status, whole.status, "{target}");
        for name in ["content-length", "content-type", "etag"] {
            assert_eq!(head.header(name), whole.header(name), "{target}");
        }
    }
}

#[tokio::test]
async fn every_path_has_an_envelope_for_every_method() {
    let server = Server::with_acme().await;
    for target in [
        "/",
        "/partners",
        "/partners/customers/bulk/x",
        "/partners/customers",
        "/partners/customers/bulk",
        "/partners/customers/find-by-email",
        FIRST,
        "/healthz",
        "/openapi.json",
    ] {
        for method in ["OPTIONS", "TRACE", "PURGE"] {
            let response = server.send(&request(method, target)).await;
            let expected = match target {
                "/" | "/partners" | "/partners/customers/bulk/x" => (404, "ROUTE_NOT_FOUND"),
                _ => (405, "METHOD_NOT_ALLOWED"),
            };
            assert_eq!(
                (response.status, &*response.code()),
                expected,
                "{method} {target}"
            );
            assert_eq!(response.header("allow").is_some(), response.status == 405);
        }
    }
}

#[tokio::test]
async fn no_cache_keeps_a_record() {
    let server = Server::with_acme().await;
    for (route, request) in one_of_each_route() {
        let response = server.send(&request).await;
        assert_eq!(
            response.header("cache-control"),
            Some("no-store"),
            "{route}"
        );
    }
}
