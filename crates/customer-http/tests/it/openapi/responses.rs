//! Responses: statuses, codes, headers, examples.

use std::collections::BTreeSet;
use std::time::Duration;

use customer_domain::{CustomerId, CustomerPatch, ErrorCode, Failure, InsertError, StoreErrorKind};
use customer_http::{Limits, TransportCode};
use serde_json::{Value, json};

use crate::harness::{ACME, FIRST, LIMITS, Request, Response, SERVER_LIMITS, Server, UNKNOWN};
use crate::harness::{api, delete, get, patch, post, put, request};
use crate::rigged::Rig;

use super::{Code, Document, Operation, names, strings};

const BOB: &str = r#"{"customer":"Bob","email":"bob@acme.example"}"#;

/// Headers that every response can have and that are not documented.
const GENERAL: [&str; 7] = [
    // Of a 415 to a PATCH (RFC 5789) and to an encoded body.
    "accept-encoding",
    "accept-patch",
    "cache-control",
    "connection",
    "content-length",
    "content-type",
    "date",
];

impl Document {
    /// The response of an operation for a status.
    fn response<'a>(&'a self, operation: &Operation<'a>, status: u16) -> Option<&'a Value> {
        let response = operation.value["responses"].get(status.to_string())?;
        Some(self.resolve(response))
    }

    /// The codes of the errors that an operation can return.
    fn codes<'a>(&'a self, operation: &Operation<'a>) -> BTreeSet<&'a str> {
        let responses = operation.value["responses"].as_object().unwrap().values();
        let examples = responses.map(|response| examples(self.resolve(response)));
        examples.flat_map(names).collect()
    }
}

fn assert_headers(response: &Value, actual: &Response) {
    let described = names(&response["headers"]).into_iter();
    let mut described: BTreeSet<_> = described.map(str::to_ascii_lowercase).collect();
    if actual.body.contains("OUTCOME_UNKNOWN") {
        described.remove("retry-after");
    }
    let sent = actual.headers.iter().map(|(name, _)| name.clone());
    let sent: BTreeSet<_> = sent.filter(|name| !GENERAL.contains(&&**name)).collect();
    assert_eq!(described, sent, "{response}");
}

fn examples(response: &Value) -> &Value {
    &response["content"]["application/json"]["examples"]
}

/// The body that the service returns with a code.
fn failure(code: &Code) -> Failure {
    let body = match code {
        Code::Domain(ErrorCode::MalformedJson) => r#"{"status": active}"#,
        Code::Domain(ErrorCode::ValidationFailed) => {
            r#"{"email": null, "status": "ACTIVE", "billing_address": {}, "contacts": []}"#
        }
        Code::Domain(ErrorCode::EmailAlreadyExists) => {
            let id = CustomerId::parse("67e55044-10b1-426f-9247-bb680e5fe0c8").unwrap();
            return InsertError::EmailTaken(id).into();
        }
        Code::Domain(code) => return Failure::new(code.clone()),
        Code::Transport(code) => return Failure::from(*code),
    };
    CustomerPatch::from_json(body.as_bytes())
        .unwrap_err()
        .into()
}

#[test]
fn every_code_has_an_example_that_is_what_the_service_returns() {
    let document = Document::parse();
    let examples = &document.0["components"]["examples"];
    let codes: Vec<_> = Code::all().collect();
    for code in &codes {
        let example = &examples[code.as_str()]["value"];
        assert_eq!(*example, json!(failure(code)), "{}", code.as_str());
    }
    assert_eq!(names(examples), codes.iter().map(Code::as_str).collect());
}

#[test]
fn an_error_response_names_its_codes_and_has_the_schema_of_an_error() {
    let document = Document::parse();
    for (name, response) in document.0["components"]["responses"].as_object().unwrap() {
        let schema = &response["content"]["application/json"]["schema"];
        assert_eq!(schema["$ref"], "#/components/schemas/Error", "{name}");
        let description = response["description"].as_str().unwrap();
        let named: BTreeSet<_> = description.split('`').skip(1).step_by(2).collect();
        for (code, example) in examples(response).as_object().unwrap() {
            assert!(named.contains(&**code), "{name}: {code}");
            let target = format!("#/components/examples/{code}");
            assert_eq!(example["$ref"], target, "{name}");
        }
    }
}

#[test]
fn every_code_is_listed_under_its_status() {
    let document = Document::parse();
    for operation in document.operations() {
        let codes = document.codes(&operation);
        for code in Code::all().filter(|code| codes.contains(code.as_str())) {
            let response = document.response(&operation, code.http_status());
            let codes = names(examples(response.expect(operation.path)));
            assert!(codes.contains(code.as_str()), "{}", operation.path);
        }
    }
}

/// A request that succeeds on a server with the customers of [`ACME`] and [`BOB`].
fn valid(operation: &Operation<'_>) -> Request {
    let update = r#"{"status":"inactive"}"#;
    match (operation.method, operation.path) {
        ("post", "/partners/customers") => post(
            operation.path,
            r#"{"customer":"Cy","email":"cy@acme.example"}"#,
        ),
        ("get", "/partners/customers/find-by-email") => {
            get("/partners/customers/find-by-email?email=ann@acme.example")
        }
        ("patch", "/partners/customers/bulk") => patch(operation.path, &row()),
        ("post", "/partners/customers/bulk") => post(
            operation.path,
            r#"{"customers":[{"customer":"Cy","email":"cy@acme.example"}]}"#,
        ),
        ("put", "/partners/customers/{uuid}/contacts") => put(
            &format!("{FIRST}/contacts"),
            r#"{"contacts":[{"name":"Cy"}]}"#,
        ),
        ("get", "/partners/customers/{uuid}") => get(FIRST),
        ("put", "/partners/customers/{uuid}") => put(FIRST, update),
        ("patch", "/partners/customers/{uuid}") => patch(FIRST, update),
        ("delete", "/partners/customers/{uuid}") => delete(FIRST),
        ("get", path) => get(path),
        (method, path) => panic!("{method} {path} has no valid request"),
    }
}

fn row() -> String {
    let id = FIRST.rsplit('/').next().unwrap();
    json!({"customers": [{"uuid": id}]}).to_string()
}

/// The store and the request for which an operation returns the code; `None` if it cannot
/// return it. The request is the valid one with one fault.
fn faulty(code: &Code, operation: &Operation<'_>) -> (Rig, Request) {
    let valid = valid(operation);
    let target = |target: &str| Request {
        target: target.to_owned(),
        ..valid.clone()
    };
    let (path, _) = valid.target.split_once('?').unwrap_or((&valid.target, ""));
    let code = match code {
        Code::Domain(code) => code,
        Code::Transport(TransportCode::RouteNotFound) => {
            return (Rig::Nothing, target(&format!("{path}/")));
        }
        Code::Transport(TransportCode::MethodNotAllowed) => {
            return (Rig::Nothing, request("TRACE", &valid.target));
        }
        // The byte is never sent.
        Code::Transport(TransportCode::RequestTimeout) => {
            let request = valid.body("").with("content-length", "1");
            return (Rig::Nothing, request);
        }
        Code::Transport(code) => panic!("no request provokes {}", code.as_str()),
    };
    let request = match code {
        ErrorCode::MalformedJson => valid.body("{"),
        ErrorCode::ValidationFailed if valid.body.is_empty() => target(&format!("{path}?page=0")),
        ErrorCode::ValidationFailed => valid.body("[]"),
        ErrorCode::InvalidCustomerId => target(&operation.path.replace("{uuid}", "x")),
        ErrorCode::Unauthorized => valid.without("authorization"),
        ErrorCode::CustomerNotFound => target(
            &valid
                .target
                .replace(FIRST, UNKNOWN)
                .replace("ann@", "nobody@"),
        ),
        ErrorCode::EmailAlreadyExists => valid.body(BOB),
        ErrorCode::ConcurrentUpdate => {
            // With a list of tags, every write depends on the version.
            return (Rig::Contended, valid.with("if-match", "\"1\", \"2\""));
        }
        ErrorCode::CursorExpired => target(&format!("{path}?after=0000000000000000.0")),
        ErrorCode::PreconditionFailed => valid.with("if-match", "\"99\""),
        ErrorCode::PayloadTooLarge => valid.with("content-length", "999999999"),
        ErrorCode::UnsupportedMediaType => valid.with("content-type", "text/plain"),
        ErrorCode::RateLimitExceeded => valid.with("authorization", "Bearer busy"),
        ErrorCode::InternalError => return (Rig::Panics, valid),
        ErrorCode::StoreUnavailable => return (Rig::Fails(StoreErrorKind::Unavailable), valid),
        ErrorCode::OutcomeUnknown => return (Rig::Fails(StoreErrorKind::OutcomeUnknown), valid),
        _ => panic!("no request provokes {}", code.as_str()),
    };
    (Rig::Nothing, request)
}

async fn exchange(rig: Rig, body_timeout: Duration, request: &Request) -> Response {
    let limits = Limits {
        body_timeout,
        ..LIMITS
    };
    let server = Server::serve(api(rig).with_limits(limits).router(), SERVER_LIMITS).await;
    for customer in [ACME, BOB] {
        server.send(&post("/partners/customers", customer)).await;
    }
    server.send(request).await
}

#[tokio::test]
async fn an_operation_returns_exactly_the_errors_that_are_documented() {
    let document = Document::parse();
    for operation in document
        .operations()
        .iter()
        .filter(|o| o.is_about_customers())
    {
        let documented = document.codes(operation);
        // A server is overloaded by other connections: see `hostile`.
        let overloaded = Code::Transport(TransportCode::Overloaded);
        for code in Code::all().filter(|code| *code != overloaded) {
            let place = format!("{} {}: {}", operation.method, operation.path, code.as_str());
            let (rig, request) = faulty(&code, operation);
            let body_timeout = match code {
                Code::Transport(TransportCode::RequestTimeout) => Duration::ZERO,
                Code::Domain(_) | Code::Transport(_) => LIMITS.body_timeout,
            };
            let actual = exchange(rig, body_timeout, &request).await;
            let returned = actual.code() == code.as_str();
            // A bulk request reports a failure of the store in its rows. The whole
            // response has this code only from something in front of the service.
            let by_row = operation.path.ends_with("bulk")
                && matches!(
                    code,
                    Code::Domain(ErrorCode::StoreUnavailable | ErrorCode::OutcomeUnknown)
                );
            assert_eq!(
                documented.contains(code.as_str()),
                returned || by_row,
                "{place}"
            );
            if returned {
                let response = document.response(operation, actual.status).expect(&place);
                assert_headers(response, &actual);
            }
        }
    }
}

#[tokio::test]
async fn an_operation_returns_the_success_that_is_documented() {
    let document = Document::parse();
    for operation in document.operations() {
        let actual = exchange(Rig::Nothing, LIMITS.body_timeout, &valid(&operation)).await;
        let response = document.response(&operation, actual.status);
        let response = response.expect(operation.path);
        assert_headers(response, &actual);
        let schema = &response["content"]["application/json"]["schema"];
        let schema = document.resolve(schema);
        let body = actual.json();
        if operation.path != "/openapi.json" {
            // The valid request has no warning.
            assert_eq!(
                strings(&schema["required"]),
                names(&body),
                "{}",
                operation.path
            );
            let mut members = names(&schema["properties"]);
            members.remove("warnings");
            assert_eq!(members, names(&body), "{}", operation.path);
            assert_eq!(schema["properties"]["status"]["const"], body["status"]);
        }
    }
}

#[tokio::test]
async fn a_read_of_a_known_version_returns_the_documented_304() {
    let document = Document::parse();
    for operation in document.operations().iter().filter(|o| o.method == "get") {
        let request = valid(operation).with("if-none-match", "*");
        let actual = exchange(Rig::Nothing, LIMITS.body_timeout, &request).await;
        let response = document.response(operation, 304);
        assert_eq!(
            response.is_some(),
            actual.status == 304,
            "{}",
            operation.path
        );
        if let Some(response) = response {
            assert_headers(response, &actual);
        }
    }
}
