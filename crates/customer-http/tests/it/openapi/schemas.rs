//! Bodies and records: fields, limits, choices, codes.

use std::collections::BTreeSet;

use customer_domain::{
    AddressField, BulkUpdate, ContactField, Field, ListQuery, MAX_VIOLATIONS, Reason, WarningCode,
};
use serde_json::{Map, Value, json};

use crate::harness::{ACME, FIRST, Request, Server, get, patch, post};

use super::{Code, Document, names, strings};

const CUSTOMERS: &str = "/partners/customers";
const CUSTOMER: &str = "/partners/customers/{uuid}";
const CONTACTS: &str = "/partners/customers/{uuid}/contacts";
const BULK: &str = "/partners/customers/bulk";
const FIRST_ID: &str = "00000000-0000-4000-8000-000000000001";

/// An object that clients send.
struct Input {
    schema: &'static str,
    /// The request that contains the object.
    request: fn(Value) -> Request,
    /// The JSON pointer to the violations in the response.
    errors: &'static str,
    /// The path of the object in the body, with the separator.
    prefix: &'static str,
    /// All names that the domain knows for a member of such an object.
    known: Vec<&'static str>,
}

fn inputs() -> Vec<Input> {
    let fields = || Field::ALL.iter().map(|field| field.as_str()).collect();
    vec![
        Input {
            schema: "CustomerCreate",
            request: |object| post(CUSTOMERS, &object.to_string()),
            errors: "/errors",
            prefix: "",
            known: fields(),
        },
        Input {
            schema: "CustomerUpdate",
            request: |object| patch(FIRST, &object.to_string()),
            errors: "/errors",
            prefix: "",
            known: fields(),
        },
        Input {
            schema: "BulkRow",
            request: |row| patch(BULK, &json!({"customers": [row]}).to_string()),
            errors: "/data/results/0/error/errors",
            prefix: "",
            known: fields(),
        },
        Input {
            schema: "AddressInput",
            request: |address| patch(FIRST, &json!({"billingAddress": address}).to_string()),
            errors: "/errors",
            prefix: "billingAddress.",
            known: AddressField::ALL.iter().map(|f| f.as_str()).collect(),
        },
        Input {
            schema: "ContactInput",
            request: |contact| post(CUSTOMERS, &json!({"contacts": [contact]}).to_string()),
            errors: "/errors",
            prefix: "contacts[0].",
            known: ContactField::ALL.iter().map(|f| f.as_str()).collect(),
        },
    ]
}

impl Input {
    /// The violations of an object, each with the name of the member.
    async fn violations(&self, server: &Server, object: Value) -> Vec<(String, Value)> {
        let response = server.send(&(self.request)(object)).await.json();
        let errors = response.pointer(self.errors).and_then(Value::as_array);
        let named = errors.into_iter().flatten().filter_map(|violation| {
            let name = violation["field"].as_str()?.strip_prefix(self.prefix)?;
            Some((name.to_owned(), violation.clone()))
        });
        named.collect()
    }

    /// The violation of a member with this value; null if it is valid.
    async fn violation(&self, server: &Server, name: &str, value: Value) -> Value {
        let object = Value::Object(Map::from_iter([(name.to_owned(), value)]));
        let violations = self.violations(server, object).await.into_iter();
        let mut of_member = violations.filter(|(member, _)| member == name);
        of_member
            .next()
            .map_or(Value::Null, |(_, violation)| violation)
    }
}

impl Document {
    fn property(&self, schema: &str, name: &str) -> &Value {
        self.resolve(&self.schema(schema)["properties"][name])
    }

    fn allows_null(&self, schema: &Value) -> bool {
        let schema = self.resolve(schema);
        let kind = &schema["type"];
        let alternatives = schema["anyOf"].as_array().into_iter().flatten();
        *kind == "null"
            || kind
                .as_array()
                .is_some_and(|kinds| kinds.contains(&json!("null")))
            || alternatives
                .into_iter()
                .any(|schema| self.allows_null(schema))
    }

    /// The schema of the value if it is not null.
    fn value_schema<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let schema = self.resolve(schema);
        match schema.get("anyOf") {
            Some(alternatives) => self.resolve(&alternatives[0]),
            None => schema,
        }
    }
}

#[test]
fn a_request_body_has_the_schema_of_its_operation() {
    let document = Document::parse();
    let mut bodies = BTreeSet::new();
    for operation in document.operations() {
        let body = &operation.value["requestBody"];
        let schema = &body["content"]["application/json"]["schema"]["$ref"];
        if let Some(schema) = schema.as_str() {
            assert_eq!(body["required"], true, "{}", operation.path);
            bodies.insert((operation.path, operation.method, schema));
        }
    }
    let expected = [
        (CUSTOMERS, "post", "#/components/schemas/CustomerCreate"),
        (BULK, "patch", "#/components/schemas/BulkUpdate"),
        (BULK, "post", "#/components/schemas/BulkCreate"),
        (CUSTOMER, "patch", "#/components/schemas/CustomerUpdate"),
        (CUSTOMER, "put", "#/components/schemas/CustomerUpdate"),
        (CONTACTS, "put", "#/components/schemas/ContactsUpdate"),
    ];
    assert_eq!(bodies, BTreeSet::from(expected));
}

#[tokio::test]
async fn p5_p6_p7_a_body_has_exactly_the_fields_that_the_service_accepts() {
    let document = Document::parse();
    let server = Server::with_acme().await;
    for input in inputs() {
        let mut accepted = BTreeSet::new();
        for name in &input.known {
            let violation = input.violation(&server, name, Value::Null).await;
            match violation["code"].as_str() {
                Some("READ_ONLY" | "CONTACTS_NOT_UPDATABLE" | "UNKNOWN_FIELD") => {}
                Some(_) | None => assert!(accepted.insert(*name)),
            }
        }
        let schema = document.schema(input.schema);
        assert_eq!(names(&schema["properties"]), accepted, "{}", input.schema);
        assert_eq!(schema["additionalProperties"], false, "{}", input.schema);
    }
}

#[tokio::test]
async fn the_required_fields_of_a_body_are_those_that_the_service_requires() {
    let document = Document::parse();
    let server = Server::with_acme().await;
    for input in inputs() {
        let violations = input.violations(&server, json!({})).await;
        let required = violations.iter().filter(|(_, v)| v["code"] == "REQUIRED");
        let required: BTreeSet<_> = required.map(|(name, _)| name.as_str()).collect();
        let schema = document.schema(input.schema);
        assert_eq!(strings(&schema["required"]), required, "{}", input.schema);
    }
}

#[tokio::test]
async fn p2_p3_p4_a_field_of_a_body_is_nullable_where_the_service_accepts_null() {
    let document = Document::parse();
    let server = Server::with_acme().await;
    for input in inputs() {
        for (name, schema) in document.schema(input.schema)["properties"]
            .as_object()
            .unwrap()
        {
            let violation = input.violation(&server, name, Value::Null).await;
            let accepted = violation.is_null();
            assert_eq!(
                document.allows_null(schema),
                accepted,
                "{}.{name}",
                input.schema
            );
        }
    }
}

/// The service states the limit or the choices in the violation.
#[tokio::test]
async fn t1_v6_the_limits_and_choices_of_a_body_are_those_of_the_service() {
    let document = Document::parse();
    let server = Server::with_acme().await;
    let long = "x".repeat(1000);
    for input in inputs() {
        for (name, schema) in document.schema(input.schema)["properties"]
            .as_object()
            .unwrap()
        {
            let violation = input.violation(&server, name, json!(long)).await;
            let schema = document.value_schema(schema);
            let place = format!("{}.{name}", input.schema);
            assert_eq!(schema.get("maxLength"), violation.get("max"), "{place}");
            assert_eq!(schema.get("enum"), violation.get("allowed"), "{place}");
        }
    }
}

#[test]
fn t1_a_field_has_the_same_limit_in_a_body_and_in_a_response() {
    let document = Document::parse();
    for (output, input) in [
        ("Customer", "CustomerCreate"),
        ("Address", "AddressInput"),
        ("Contact", "ContactInput"),
    ] {
        for name in names(&document.schema(input)["properties"]) {
            let [sent, returned] = [input, output]
                .map(|schema| document.value_schema(document.property(schema, name)));
            for limit in ["maxLength", "pattern", "format", "enum"] {
                assert_eq!(
                    returned.get(limit),
                    sent.get(limit),
                    "{output}.{name}: {limit}"
                );
            }
        }
    }
}

/// The characters of general category Cc as ranges of a pattern.
fn control_characters(except: Option<char>) -> String {
    let mut ranges: Vec<(char, char)> = Vec::new();
    for c in ('\0'..=char::MAX).filter(|c| c.is_control() && Some(*c) != except) {
        match ranges.last_mut() {
            Some((_, last)) if *last as u32 + 1 == c as u32 => *last = c,
            _ => ranges.push((c, c)),
        }
    }
    let range = |(from, to)| format!(r"\u{:04x}-\u{:04x}", from as u32, to as u32);
    ranges.into_iter().map(range).collect()
}

#[test]
fn t3_the_patterns_reject_control_characters_except_a_line_feed_in_a_street() {
    let document = Document::parse();
    let one_line = format!("^[^{}]*$", control_characters(None));
    let lines = format!("^[^{}]*$", control_characters(Some('\n')));
    let schemas = document.0["components"]["schemas"].as_object().unwrap();
    for (name, schema) in schemas {
        if let Some(pattern) = schema.get("pattern") {
            let expected = if name == "Street" { &lines } else { &one_line };
            assert_eq!(pattern, expected, "{name}");
        }
    }
    for name in AddressField::ALL.iter().map(|field| field.as_str()) {
        let pattern = &document.property("AddressInput", name)["pattern"];
        let expected = if name == "street" { &lines } else { &one_line };
        assert_eq!(pattern, expected, "{name}");
    }
}

/// Every member of an object in a response is required.
fn assert_complete(document: &Document, schema: &str, object: &Value) {
    let described = document.schema(schema);
    assert_eq!(names(&described["properties"]), names(object), "{schema}");
    assert_eq!(strings(&described["required"]), names(object), "{schema}");
}

#[tokio::test]
async fn a_response_has_exactly_the_fields_of_its_schema() {
    let document = Document::parse();
    let server = Server::start().await;
    let body = json!({
        "customer": "Acme",
        "email": "ann@acme.example",
        "billingAddress": {"city": "Paris"},
        "contacts": [{"name": "Ann"}],
    });
    server.send(&post(CUSTOMERS, &body.to_string())).await;
    let page = &server.send(&get(CUSTOMERS)).await.json()["data"];
    let customer = &page["records"][0];
    assert_complete(&document, "CustomerPage", page);
    assert_complete(&document, "Customer", customer);
    assert_complete(&document, "Address", &customer["billingAddress"]);
    assert_complete(&document, "Contact", &customer["contacts"][0]);
}

#[tokio::test]
async fn b2_the_result_of_a_row_has_the_fields_of_one_of_two_schemas() {
    let document = Document::parse();
    let server = Server::with_acme().await;
    let rows = json!({"customers": [{"uuid": FIRST_ID, "mainPhone": "1"}, {"uuid": FIRST_ID}, {}]});
    let response = server.send(&patch(BULK, &rows.to_string())).await.json();
    let data = &response["data"];
    assert_complete(&document, "BulkResult", data);
    let [warned, updated, rejected] = [0, 1, 2].map(|row| &data["results"][row]);
    assert_complete(&document, "BulkRowError", rejected);
    let success = document.schema("BulkRowSuccess");
    assert_eq!(names(&success["properties"]), names(warned));
    assert_eq!(strings(&success["required"]), names(updated));
    assert_complete(&document, "Warning", &warned["warnings"][0]);
    // A constant would be a string in some generated clients.
    for (schema, row) in [("BulkRowSuccess", updated), ("BulkRowError", rejected)] {
        let expected = json!({
            "type": "boolean",
            "description": format!("Always {}.", row["success"]),
        });
        assert_eq!(*document.property(schema, "success"), expected);
    }
}

#[tokio::test]
async fn p10_p11_an_error_has_the_fields_of_its_schema() {
    let document = Document::parse();
    let server = Server::with_acme().await;
    let too_many: String = (0..=MAX_VIOLATIONS)
        .map(|n| format!("\"x{n}\":0,"))
        .collect();
    let rows = vec![json!({}); BulkUpdate::MAX_ROWS + 1];
    let long = "x".repeat(1000);
    let [mut members, mut details, mut violations] = [(); 3].map(|()| BTreeSet::new());
    for request in [
        patch(FIRST, "{"),
        patch(FIRST, &format!("{{{too_many}\"x\":0}}")),
        patch(
            FIRST,
            &json!({"email": long, "status": "x", "website": 1}).to_string(),
        ),
        patch(FIRST, r#"{"main_phone":null}"#),
        get("/partners/customers?page=0"),
        post(CUSTOMERS, ACME),
        patch(BULK, &json!({ "customers": rows }).to_string()),
    ] {
        let error = server.send(&request).await.json();
        let owned =
            |names: BTreeSet<&str>| names.into_iter().map(str::to_owned).collect::<Vec<_>>();
        members.extend(owned(names(&error)));
        details.extend(owned(names(&error["details"])));
        for violation in error["errors"].as_array().into_iter().flatten() {
            violations.extend(owned(names(violation)));
        }
    }
    // A replay has this member.
    details.insert("reason".to_owned());
    let error = &document.schema("Error")["properties"];
    for (schema, seen) in [
        (error, members),
        (&error["details"]["properties"], details),
        (&document.schema("Violation")["properties"], violations),
    ] {
        assert_eq!(names(schema), seen.iter().map(String::as_str).collect());
    }
}

#[test]
fn the_codes_are_those_of_the_crates() {
    let document = Document::parse();
    let codes: Vec<_> = Code::all().collect();
    let errors: Vec<_> = codes.iter().map(Code::as_str).collect();
    let warnings: Vec<_> = WarningCode::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(document.schema("ErrorCode")["enum"], json!(errors));
    assert_eq!(document.schema("WarningCode")["enum"], json!(warnings));
    assert_eq!(
        document.schema("ViolationCode")["enum"],
        json!(Reason::CODES)
    );
}

#[test]
fn the_lengths_of_lists_are_those_of_the_domain() {
    let document = Document::parse();
    for (schema, property, limit, expected) in [
        ("Error", "errors", "maxItems", MAX_VIOLATIONS),
        (
            "BulkCreate",
            BulkUpdate::ROWS,
            "maxItems",
            BulkUpdate::MAX_ROWS,
        ),
        (
            "BulkUpdate",
            BulkUpdate::ROWS,
            "maxItems",
            BulkUpdate::MAX_ROWS,
        ),
        ("BulkResult", "results", "maxItems", BulkUpdate::MAX_ROWS),
        (
            "BulkResult",
            "successCount",
            "maximum",
            BulkUpdate::MAX_ROWS,
        ),
        ("BulkResult", "errorCount", "maximum", BulkUpdate::MAX_ROWS),
        (
            "BulkRowSuccess",
            "index",
            "exclusiveMaximum",
            BulkUpdate::MAX_ROWS,
        ),
        (
            "BulkRowError",
            "index",
            "exclusiveMaximum",
            BulkUpdate::MAX_ROWS,
        ),
    ] {
        let property = document.property(schema, property);
        assert_eq!(property[limit], expected, "{schema}: {property}");
    }
    let page = |property, limit| &document.property("CustomerPage", property)[limit];
    assert_eq!(*page("records", "maxItems"), ListQuery::MAX_LIMIT);
    assert_eq!(*page("limit", "maximum"), ListQuery::MAX_LIMIT);
}
