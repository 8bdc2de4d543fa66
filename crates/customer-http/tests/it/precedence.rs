//! The outcome that is reported if several apply (RULES, Responses).

use crate::harness::{ACME, Request, Server, post, put};

/// The faults of an update, in the order of precedence.
const FAULTS: [(&str, u16, &str); 9] = [
    ("too large", 413, "PAYLOAD_TOO_LARGE"),
    ("without a JSON content type", 415, "UNSUPPORTED_MEDIA_TYPE"),
    ("unauthenticated", 401, "UNAUTHORIZED"),
    ("over the rate limit", 429, "RATE_LIMIT_EXCEEDED"),
    ("for an invalid id", 400, "INVALID_CUSTOMER_ID"),
    ("with a body that breaks a rule", 400, "VALIDATION_FAILED"),
    ("for an unknown customer", 404, "CUSTOMER_NOT_FOUND"),
    ("for another version", 412, "PRECONDITION_FAILED"),
    (
        "with an email address that is taken",
        409,
        "EMAIL_ALREADY_EXISTS",
    ),
];

/// An update with these faults, one bit each.
fn update(faults: u16) -> Request {
    let has = |fault: usize| faults & 1 << fault != 0;
    let id = match (has(4), has(6)) {
        (true, false) => "00000000-0000-4000-8000-00000000001",
        (true, true) => "00000000-0000-4000-8000-0000000000fg",
        (false, true) => "00000000-0000-4000-8000-0000000000ff",
        (false, false) => "00000000-0000-4000-8000-000000000001",
    };
    let email = if has(8) {
        "bob@acme.example"
    } else {
        "new@acme.example"
    };
    let unknown = if has(5) { r#","colour":"red""# } else { "" };
    let padding = if has(0) { 5000 } else { 0 };
    let body = format!(r#"{{"email":"{email}"{unknown}}}{:padding$}"#, "");
    let mut request = put(&format!("/partners/customers/{id}"), &body);
    if has(1) {
        request = request.with("content-type", "text/plain");
    }
    request = match (has(2), has(3)) {
        (true, false) => request.without("authorization"),
        (true, true) => request.with("authorization", "Bearer Busy"),
        (false, true) => request.with("authorization", "Bearer busy"),
        (false, false) => request,
    };
    if has(7) {
        request = request.with("if-match", "\"9\"");
    }
    request
}

#[tokio::test]
async fn the_first_outcome_that_applies_is_reported() {
    let server = Server::with_acme().await;
    let bob = ACME.replace("ann@", "bob@");
    assert_eq!(
        server.send(&post("/partners/customers", &bob)).await.status,
        201
    );
    for faults in 1_u16..1 << FAULTS.len() {
        let (_, status, code) = FAULTS[faults.trailing_zeros() as usize];
        let response = server.send(&update(faults)).await;
        let names: Vec<_> = (0..FAULTS.len())
            .filter(|fault| faults & 1 << fault != 0)
            .map(|fault| FAULTS[fault].0)
            .collect();
        assert_eq!(
            (response.status, &*response.code()),
            (status, code),
            "{names:?}"
        );
    }
    let response = server.send(&update(0)).await;
    assert_eq!(response.status, 200, "without a fault");
}

#[tokio::test]
async fn the_body_of_an_unauthenticated_request_is_not_parsed() {
    let server = Server::with_acme().await;
    for body in ["", "{", "[]", r#"{"email":null}"#] {
        let request = put("/partners/customers/x", body).without("authorization");
        let response = server.send(&request).await;
        assert_eq!(
            (response.status, &*response.code()),
            (401, "UNAUTHORIZED"),
            "{body}"
        );
    }
}
