//! The description of the endpoint, OpenAPI 3.1.
//!
//! It is put together from what the code goes by: the limits are the constants
//! of the value types, the fields and choices the domain's own lists, the
//! examples of errors are answers. So it cannot say another thing than the code
//! does; what it says in words is in the tests.

mod answers;
mod operations;
mod schemas;

use axum::body::Bytes;
use serde_json::{Value, json};

use crate::limits::Limits;

/// The document, as it is served.
pub(crate) fn document(limits: &Limits) -> Bytes {
    // A value made here has no key that is not text, which is all that can fail.
    serde_json::to_vec(&value(limits))
        .unwrap_or_default()
        .into()
}

fn value(limits: &Limits) -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Customers",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Customer records of a team, and their partial update.",
            "description": description(limits),
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "tags": [
            {"name": "customers", "description": "The records of a team."},
            {"name": "service", "description": "The service itself."},
        ],
        "security": [{
            "clientId": [], "timestamp": [], "signature": [], "bearer": [],
        }],
        "paths": operations::paths(),
        "components": {
            "schemas": schemas::all(),
            "parameters": operations::shared_parameters(),
            "headers": answers::headers(),
            "responses": operations::refusals(),
            "securitySchemes": security_schemes(),
        },
    })
}

fn description(limits: &Limits) -> String {
    format!(
        "Every answer is an envelope: `status` is `success` or `error`, `message` is for people, \
         `data` or `code` for machines. When more than one error applies, the first of this order \
         is told: 413 or 408, 415, 401, 429, 400 for the identifier in the path, 400 for the query \
         or the body, 404, 412, 409. A path that is not here is answered with 404 \
         `ROUTE_NOT_FOUND`, a method that is not here with 405 `METHOD_NOT_ALLOWED`.\n\n\
         A body about one customer has at most {} bytes, that of a bulk update {}. \
         White space at both ends of a text is trimmed before it is measured, and a length counts \
         Unicode scalar values. Unless the service says otherwise, a field that is not known is \
         refused.",
        limits.body_bytes, limits.bulk_body_bytes
    )
}

fn security_schemes() -> Value {
    let header = |name: &str, description: &str| json!({"type": "apiKey", "in": "header", "name": name, "description": description});
    json!({
        "clientId": header("x-client-id", "The name of the client."),
        "timestamp": header(
            "x-timestamp",
            "When the request was signed: Unix time in seconds, or in milliseconds.",
        ),
        "signature": header(
            "x-signature",
            "The hexadecimal HMAC-SHA256, with the secret of the client, of \
             `METHOD:path:timestamp:bodyHash`: the path without `/partners` and without the query, \
             and the hexadecimal SHA-256 of the exact bytes of the body for POST, PUT and PATCH, \
             nothing for other methods.",
        ),
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "The token that names the user and the team.",
        },
    })
}
