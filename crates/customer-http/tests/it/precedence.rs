//! Which outcome is told when more than one applies (SPEC §7).

use crate::harness::{ACME, Request, Server, post, put};

/// What can be wrong with an update, in the order in which it is told.
const FAULTS: [(&str, u16, &str); 9] = [
    ("too large", 413, "PAYLOAD_TOO_LARGE"),
    ("not said to be JSON", 415, "UNSUPPORTED_MEDIA_TYPE"),
    ("by a stranger", 401, "UNAUTHORIZED"),
    ("by one who asked too often", 429, "RATE_LIMIT_EXCEEDED"),
    ("for something that is no id", 400, "INVALID_CUSTOMER_ID"),
    ("with a body that breaks a rule", 400, "VALIDATION_FAILED"),
    ("for nobody", 404, "CUSTOMER_NOT_FOUND"),
    ("for another version", 412, "PRECONDITION_FAILED"),
    (
        "with an email address that is taken",
        409,
        "EMAIL_ALREADY_EXISTS",
    ),
];

/// An update with those faults: one bit each.
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
async fn of_all_that_is_wrong_the_first_is_told() {
    let server = Server::with_acme().await;
    let bob = ACME.replace("ann@", "bob@");
    assert_eq!(
        server.ask(&post("/partners/customers", &bob)).await.status,
        201
    );
    for faults in 1_u16..1 << FAULTS.len() {
        let (_, status, code) = FAULTS[faults.trailing_zeros() as usize];
        let answer = server.ask(&update(faults)).await;
        let names: Vec<_> = (0..FAULTS.len())
            .filter(|fault| faults & 1 << fault != 0)
            .map(|fault| FAULTS[fault].0)
            .collect();
        assert_eq!(
            (answer.status, &*answer.code()),
            (status, code),
            "{names:?}"
        );
    }
    let answer = server.ask(&update(0)).await;
    assert_eq!(answer.status, 200, "without a fault");
}

#[tokio::test]
async fn a_strangers_body_is_not_parsed() {
    let server = Server::with_acme().await;
    for body in ["", "{", "[]", r#"{"email":null}"#] {
        let request = put("/partners/customers/x", body).without("authorization");
        let answer = server.ask(&request).await;
        assert_eq!(
            (answer.status, &*answer.code()),
            (401, "UNAUTHORIZED"),
            "{body}"
        );
    }
}
