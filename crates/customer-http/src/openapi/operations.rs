//! The operations, by path and method.

use customer_domain::{Direction, EmailAddress, Field, ListQuery, OrderBy, SearchText};
use serde_json::{Map, Value, json};

use crate::routes::path;

use super::answers::{self, Success};
use super::schemas::reference;

/// What each operation is refused with, besides what any of them is.
mod errors {
    use customer_domain::ErrorCode::{self, *};

    pub(super) const CREATE: &[ErrorCode] = &[
        MalformedJson,
        ValidationFailed,
        UnsupportedMediaType,
        EmailAlreadyExists,
        PreconditionFailed,
    ];
    pub(super) const READ: &[ErrorCode] =
        &[InvalidCustomerId, CustomerNotFound, PreconditionFailed];
    pub(super) const FIND: &[ErrorCode] = &[ValidationFailed, CustomerNotFound];
    pub(super) const UPDATE: &[ErrorCode] = &[
        MalformedJson,
        ValidationFailed,
        UnsupportedMediaType,
        InvalidCustomerId,
        CustomerNotFound,
        EmailAlreadyExists,
        ConcurrentUpdate,
        PreconditionFailed,
    ];
    pub(super) const DELETE: &[ErrorCode] = &[
        InvalidCustomerId,
        CustomerNotFound,
        ConcurrentUpdate,
        PreconditionFailed,
    ];
    pub(super) const LIST: &[ErrorCode] = &[ValidationFailed];
    pub(super) const BULK: &[ErrorCode] = &[
        MalformedJson,
        ValidationFailed,
        UnsupportedMediaType,
        PreconditionFailed,
    ];

    pub(super) const ALL: &[&[ErrorCode]] = &[CREATE, READ, FIND, UPDATE, DELETE, LIST, BULK];
}

/// Every answer that refuses, by its name.
pub(super) fn refusals() -> Value {
    answers::refusals(errors::ALL)
}

pub(super) fn paths() -> Value {
    json!({
        path::CUSTOMERS: {"get": list(), "post": create()},
        path::FIND_BY_EMAIL: {"get": find_by_email()},
        path::BULK: {
            "patch": bulk("bulkUpdateCustomers", "Update many customers"),
            "post": bulk("bulkUpdateCustomersByPost", "Update many customers, by POST"),
        },
        path::CUSTOMER: {
            "parameters": [parameter_reference("uuid")],
            "get": read(),
            "put": update("updateCustomerByPut", "Update a customer, by PUT"),
            "patch": update("updateCustomer", "Update a customer"),
            "delete": delete(),
        },
        path::HEALTH: {"get": health()},
        path::OPENAPI: {"get": description()},
    })
}

struct Operation<'a> {
    id: &'a str,
    summary: &'a str,
    description: &'a str,
    parameters: Vec<Value>,
    body: Option<&'a str>,
    answers: Map<String, Value>,
}

impl From<Operation<'_>> for Value {
    fn from(operation: Operation<'_>) -> Self {
        let mut parameters = operation.parameters;
        parameters.push(parameter_reference("x-request-id"));
        let mut value = json!({
            "operationId": operation.id,
            "summary": operation.summary,
            "description": operation.description,
            "tags": ["customers"],
            "parameters": parameters,
            "responses": operation.answers,
        });
        if let (Some(schema), Self::Object(value)) = (operation.body, &mut value) {
            let content = json!({"application/json": {"schema": reference(schema)}});
            let body = json!({"required": true, "content": content});
            value.insert("requestBody".to_owned(), body);
        }
        value
    }
}

fn one<'a>(status: u16, description: &'a str, headers: &'a [&'a str]) -> Success<'a> {
    Success {
        status,
        description,
        data: reference("Customer"),
        headers,
    }
}

fn create() -> Value {
    let success = one(201, "The new customer.", &["ETag", "Location"]);
    Operation {
        id: "createCustomer",
        summary: "Create a customer",
        description: "The name and the email address are required; null or an empty text for \
                      another field means that it is absent.",
        parameters: conditions(),
        body: Some("CustomerCreate"),
        answers: answers::of(&success, errors::CREATE),
    }
    .into()
}

fn read() -> Value {
    let success = one(200, "The customer.", &["ETag"]);
    let mut answers = answers::of(&success, errors::READ);
    answers.insert("304".to_owned(), answers::not_modified());
    Operation {
        id: "getCustomer",
        summary: "Read a customer",
        description: "With `If-None-Match`, only when the version is another.",
        parameters: conditions(),
        body: None,
        answers,
    }
    .into()
}

fn find_by_email() -> Value {
    let success = one(200, "The customer.", &["ETag", "Content-Location"]);
    let email = json!({
        "name": Field::Email.as_str(),
        "in": "query",
        "required": true,
        "description": "Compared without regard to case. A plus sign stands for itself.",
        "schema": {"type": "string", "format": "email", "maxLength": EmailAddress::MAX_CHARS},
    });
    Operation {
        id: "findCustomerByEmail",
        summary: "Find the customer of an email address",
        description: "`Content-Location` is the path of the customer, for whom `ETag` serves.",
        parameters: vec![email],
        body: None,
        answers: answers::of(&success, errors::FIND),
    }
    .into()
}

fn update(id: &str, summary: &str) -> Value {
    let success = one(200, "The customer as it is now.", &["ETag"]);
    Operation {
        id,
        summary,
        description: "A field that is absent stays as it is, by PUT as by PATCH. An address is \
                      replaced whole.",
        parameters: conditions(),
        body: Some("CustomerUpdate"),
        answers: answers::of(&success, errors::UPDATE),
    }
    .into()
}

fn delete() -> Value {
    let success = Success {
        status: 200,
        description: "The customer is no more; its email address is free.",
        data: json!({"type": "null"}),
        headers: &[],
    };
    Operation {
        id: "deleteCustomer",
        summary: "Delete a customer",
        description: "For good.",
        parameters: conditions(),
        body: None,
        answers: answers::of(&success, errors::DELETE),
    }
    .into()
}

fn list() -> Value {
    let success = Success {
        status: 200,
        description: "A page of the customers.",
        data: reference("CustomerPage"),
        headers: &[],
    };
    Operation {
        id: "listCustomers",
        summary: "List the customers of the team",
        description: "Those the search is found in, in an order, a page at a time.",
        parameters: list_parameters(),
        body: None,
        answers: answers::of(&success, errors::LIST),
    }
    .into()
}

fn list_parameters() -> Vec<Value> {
    let schema = |name: &str| match name {
        "search" => json!({
            "type": "string",
            "maxLength": SearchText::MAX_CHARS,
        }),
        "page" => json!({"type": "integer", "minimum": 1, "maximum": u32::MAX, "default": 1}),
        "limit" => json!({
            "type": "integer",
            "minimum": 1,
            "maximum": ListQuery::MAX_LIMIT,
            "default": ListQuery::DEFAULT_LIMIT,
        }),
        "orderBy" => json!({
            "type": "string",
            "enum": OrderBy::NAMES,
            "default": ListQuery::new().order_by().as_str(),
        }),
        "orderDirection" => json!({
            "type": "string",
            "enum": Direction::NAMES,
            "default": ListQuery::new().direction().as_str(),
        }),
        _ => json!({}),
    };
    ListQuery::PARAMETERS
        .iter()
        .map(|name| json!({"name": name, "in": "query", "schema": schema(name)}))
        .collect()
}

fn bulk(id: &str, summary: &str) -> Value {
    let success = Success {
        status: 201,
        description: "What became of each row.",
        data: reference("BulkResult"),
        headers: &[],
    };
    Operation {
        id,
        summary,
        description: "Each row is carried out or refused on its own, in their order.",
        parameters: conditions(),
        body: Some("BulkUpdate"),
        answers: answers::of(&success, errors::BULK),
    }
    .into()
}

/// The operations that are not about customers: anybody may ask.
fn service(id: &str, summary: &str, schema: &Value) -> Value {
    json!({
        "operationId": id,
        "summary": summary,
        "tags": ["service"],
        "security": [],
        "responses": {"200": {
            "description": summary,
            "content": {"application/json": {"schema": schema}},
        }},
    })
}

fn health() -> Value {
    let schema = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["status", "message", "data"],
        "properties": {
            "status": {"const": "success"},
            "message": {"type": "string"},
            "data": {"type": "null"},
        },
    });
    service("health", "Whether the service answers", &schema)
}

fn description() -> Value {
    service("openapi", "This description", &json!({"type": "object"}))
}

fn parameter_reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/parameters/{name}")})
}

fn conditions() -> Vec<Value> {
    ["If-Match", "If-None-Match"]
        .map(parameter_reference)
        .into()
}

/// Every parameter that more than one operation has, by its name.
pub(super) fn shared_parameters() -> Value {
    let header = |name: &str, description: &str, schema: Value| json!({"name": name, "in": "header", "description": description, "schema": schema});
    json!({
        "uuid": {
            "name": "uuid",
            "in": "path",
            "required": true,
            "description": "The customer: a UUID in its hyphenated form of 36 characters.",
            "schema": {"type": "string", "format": "uuid"},
        },
        "If-Match": header(
            "If-Match",
            "Entity tags, one of which is that of the record, such as `\"7\"`, or `*`; otherwise \
             412. One that cannot be read is not that of the record.",
            json!({"type": "string"}),
        ),
        "If-None-Match": header(
            "If-None-Match",
            "Entity tags, none of which is that of the record; otherwise 304 for a read, and 412 \
             for a write.",
            json!({"type": "string"}),
        ),
        "x-request-id": header(
            "x-request-id",
            "A name for the request: at most 64 letters, digits, hyphens and underscores. One of \
             another form is replaced.",
            json!({"type": "string"}),
        ),
    })
}
