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
    let codes = || ALWAYS.iter().chain(errors).copied();
    let mut statuses: Vec<_> = codes().map(ErrorCode::http_status).collect();
    statuses.sort_unstable();
    statuses.dedup();
    for status in statuses {
        let of_status: Vec<_> = codes().filter(|c| c.http_status() == status).collect();
        answers.insert(status.to_string(), refusal(&of_status));
    }
    answers
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
        "Allow": header("The methods of the path.", json!({"type": "string"})),
        "x-request-id": header(
            "The name of the request in the logs: the caller's own when it is well formed.",
            json!({"type": "string"}),
        ),
    })
}
