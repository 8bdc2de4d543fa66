//! The answers of an operation.

use customer_domain::{CustomerPatch, ErrorCode, Failure};
use serde_json::{Map, Value, json};

use super::schemas::reference;

/// What any operation on customers can be answered with.
const ALWAYS: &[ErrorCode] = &[
    ErrorCode::Unauthorized,
    ErrorCode::PayloadTooLarge,
    ErrorCode::RequestTimeout,
    ErrorCode::RateLimitExceeded,
    ErrorCode::InternalError,
    ErrorCode::StoreUnavailable,
    ErrorCode::RouteNotFound,
    ErrorCode::MethodNotAllowed,
];

/// What an operation is answered with when it was carried out.
pub(super) struct Success<'a> {
    pub(super) status: u16,
    pub(super) description: &'a str,
    /// The schema of `data`.
    pub(super) data: Value,
    /// Headers besides `x-request-id`, by their names.
    pub(super) headers: &'a [&'a str],
}

/// The answers of an operation on customers, by their status.
pub(super) fn of(success: &Success<'_>, errors: &[ErrorCode]) -> Map<String, Value> {
    let mut answers = Map::new();
    answers.insert(success.status.to_string(), success.to_answer());
    for codes in by_status(errors) {
        let path = format!("#/components/responses/{}", name(&codes));
        let status = codes.first().map(|code| code.http_status().to_string());
        answers.extend(status.map(|status| (status, json!({"$ref": path}))));
    }
    answers
}

/// Every answer that refuses, of operations with these errors, by its name.
pub(super) fn refusals(operations: &[&[ErrorCode]]) -> Value {
    let groups = operations.iter().flat_map(|errors| by_status(errors));
    let answers: Map<_, _> = groups
        .map(|codes| (name(&codes), refusal(&codes)))
        .collect();
    answers.into()
}

/// The codes of an operation with these errors, those of one status together.
fn by_status(errors: &[ErrorCode]) -> Vec<Vec<ErrorCode>> {
    // In the order of the list, so that a group has one name everywhere.
    let mut codes: Vec<_> = ErrorCode::ALL.to_vec();
    codes.retain(|code| ALWAYS.contains(code) || errors.contains(code));
    codes.sort_by_key(|code| code.http_status());
    let groups = codes.chunk_by(|one, other| one.http_status() == other.http_status());
    groups.map(<[_]>::to_vec).collect()
}

fn name(codes: &[ErrorCode]) -> String {
    let names: Vec<_> = codes.iter().map(|code| code.as_str()).collect();
    names.join(".")
}

impl Success<'_> {
    fn to_answer(&self) -> Value {
        let schema = json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["status", "message", "data"],
            "properties": {
                "status": {"type": "string", "const": "success"},
                "message": {"type": "string"},
                "data": self.data,
                "warnings": {"type": "array", "minItems": 1, "items": reference("Warning")},
            },
        });
        json!({
            "description": self.description,
            "headers": header_references(self.headers),
            "content": {"application/json": {"schema": schema}},
        })
    }
}

/// The answer to a read of a version that the caller has.
pub(super) fn not_modified() -> Value {
    json!({
        "description": "The record is of a version that `If-None-Match` names.",
        "headers": header_references(&["ETag"]),
    })
}

fn refusal(codes: &[ErrorCode]) -> Value {
    let names: Vec<_> = codes.iter().map(|code| code.as_str()).collect();
    let examples: Map<_, _> = codes
        .iter()
        .map(|code| (code.as_str().to_owned(), json!({"value": example(*code)})))
        .collect();
    let headers: &[_] = match codes {
        [ErrorCode::RateLimitExceeded] => &["Retry-After"],
        [ErrorCode::MethodNotAllowed] => &["Allow"],
        [ErrorCode::Unauthorized] => &["WWW-Authenticate"],
        _ => &[],
    };
    json!({
        "description": names.join(", "),
        "headers": header_references(headers),
        "content": {"application/json": {
            "schema": {"allOf": [
                reference("Error"),
                {"properties": {"code": {"enum": names}}},
            ]},
            "examples": examples,
        }},
    })
}

/// An answer with that code, such as the service writes it.
fn example(code: ErrorCode) -> Value {
    let body = match code {
        ErrorCode::MalformedJson => Some("{\"status\": active}"),
        ErrorCode::ValidationFailed => {
            Some(r#"{"email": null, "status": "ACTIVE", "billing_address": {}, "contacts": []}"#)
        }
        _ => None,
    };
    let refused = body.and_then(|body| CustomerPatch::from_json(body.as_bytes()).err());
    let failure = refused.map_or_else(|| Failure::new(code), Failure::from);
    json!(failure)
}

fn header_references(names: &[&str]) -> Value {
    let names = names.iter().chain(&["x-request-id"]);
    let references: Map<_, _> = names
        .map(|name| {
            let path = format!("#/components/headers/{name}");
            ((*name).to_owned(), json!({"$ref": path}))
        })
        .collect();
    references.into()
}

/// Every header of an answer, by its name.
pub(super) fn headers() -> Value {
    let header =
        |description: &str, schema: Value| json!({"description": description, "schema": schema});
    json!({
        "ETag": header(
            "The version of the record, in quotes, for `If-Match` and `If-None-Match`.",
            json!({"type": "string", "pattern": "^\"[1-9][0-9]*\"$"}),
        ),
        "Location": header("The path of the new customer.", json!({"type": "string"})),
        "Content-Location": header("The path of the customer.", json!({"type": "string"})),
        "Retry-After": header("Seconds to wait.", json!({"type": "integer", "minimum": 1})),
        "WWW-Authenticate": header("`Bearer`.", json!({"type": "string"})),
        "Allow": header("The methods of the path.", json!({"type": "string"})),
        "x-request-id": header(
            "The name of the request in the logs: the caller's own when it is well formed.",
            json!({"type": "string"}),
        ),
    })
}
