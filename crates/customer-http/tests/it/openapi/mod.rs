//! The OpenAPI document `openapi.json`, compared with the code.
//!
//! The tests send requests and compare the responses with the document. The names
//! and codes that they iterate over are the lists of `customer-domain` and
//! `customer-http`.

mod core_schemas;
mod operations;
mod responses;
mod schemas;

use std::collections::BTreeSet;

use customer_domain::ErrorCode;
use customer_http::TransportCode;
use serde_json::Value;

use crate::harness::{Server, get};

const TEXT: &str = include_str!("../../../openapi.json");

struct Document(Value);

/// An operation of the document.
struct Operation<'a> {
    path: &'a str,
    method: &'a str,
    value: &'a Value,
}

impl Document {
    fn parse() -> Self {
        Self(serde_json::from_str(TEXT).unwrap())
    }

    fn schema(&self, name: &str) -> &Value {
        let schema = &self.0["components"]["schemas"][name];
        assert!(schema.is_object(), "{name} is not in the document");
        schema
    }

    /// The value that a reference leads to, or the value itself.
    fn resolve<'a>(&'a self, mut value: &'a Value) -> &'a Value {
        while let Some(reference) = value.get("$ref") {
            value = self.target(reference.as_str().unwrap());
        }
        value
    }

    fn target(&self, reference: &str) -> &Value {
        let pointer = reference.strip_prefix('#').unwrap();
        let target = self.0.pointer(pointer);
        target.unwrap_or_else(|| panic!("{reference} is not in the document"))
    }

    fn operations(&self) -> Vec<Operation<'_>> {
        let paths = self.0["paths"].as_object().unwrap();
        let operations = paths.iter().flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().iter();
            methods
                .filter(|(name, _)| *name != "parameters")
                .map(move |(method, value)| Operation {
                    path,
                    method,
                    value,
                })
        });
        operations.collect()
    }
}

impl Operation<'_> {
    /// Whether the operation reads or writes customers, unlike those that concern only
    /// the service.
    fn is_about_customers(&self) -> bool {
        self.value["tags"] == serde_json::json!(["customers"])
    }
}

/// A code of an error response.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Code {
    Domain(ErrorCode),
    Transport(TransportCode),
}

impl Code {
    fn all() -> impl Iterator<Item = Self> {
        let domain = ErrorCode::ALL.iter().cloned().map(Self::Domain);
        domain.chain(TransportCode::ALL.iter().copied().map(Self::Transport))
    }

    fn as_str(&self) -> &str {
        match self {
            Self::Domain(code) => code.as_str(),
            Self::Transport(code) => code.as_str(),
        }
    }

    const fn http_status(&self) -> u16 {
        match self {
            Self::Domain(code) => code.http_status(),
            Self::Transport(code) => code.http_status(),
        }
    }
}

/// The names of the members of an object.
fn names(object: &Value) -> BTreeSet<&str> {
    let members = object.as_object().into_iter().flatten();
    members.map(|(name, _)| name.as_str()).collect()
}

/// The strings of an array; none if it is missing.
fn strings(array: &Value) -> BTreeSet<&str> {
    let items = array.as_array().into_iter().flatten();
    items.map(|item| item.as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_server_returns_the_file() {
    let server = Server::start().await;
    let request = get("/openapi.json").without("authorization");
    let response = server.send(&request).await;
    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-type"), Some("application/json"));
    assert_eq!(response.body, TEXT);
}

#[test]
fn the_version_is_that_of_the_crate() {
    let document = Document::parse();
    assert_eq!(document.0["openapi"], "3.1.0");
    assert_eq!(document.0["info"]["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn the_description_states_the_default_limits() {
    let document = Document::parse();
    let description = document.0["info"]["description"].as_str().unwrap();
    let limits = customer_http::Limits::DEFAULT;
    for limit in [
        format!("one customer has at most {} KiB", limits.body_bytes / 1024),
        format!("bulk update at most {} KiB", limits.bulk_body_bytes / 1024),
        format!("within {} seconds", limits.body_timeout.as_secs()),
    ] {
        assert!(description.contains(&limit), "{limit}");
    }
}

#[test]
fn every_reference_resolves_and_every_component_is_used() {
    fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str));
                members
                    .values()
                    .for_each(|member| references(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let document = Document::parse();
    let mut found = BTreeSet::new();
    references(&document.0, &mut found);
    for reference in &found {
        document.target(reference);
    }
    for (kind, components) in document.0["components"].as_object().unwrap() {
        // A security scheme is referenced by its name.
        for name in names(components)
            .into_iter()
            .filter(|_| kind != "securitySchemes")
        {
            let reference = format!("#/components/{kind}/{name}");
            assert!(found.contains(&*reference), "{reference} is not used");
        }
    }
}

/// Code generators turn an `allOf` into one model for each use, an unnamed alternative
/// into an untyped value, a Boolean constant into a string, and fail for a value that
/// can only be null.
#[test]
fn the_schemas_are_limited_to_what_code_generators_support() {
    fn check(value: &Value, place: &str) {
        let Value::Object(members) = value else {
            let items = value.as_array().into_iter().flatten();
            return items.for_each(|item| check(item, place));
        };
        assert!(!members.contains_key("allOf"), "{place}");
        for alternatives in ["oneOf", "anyOf"].map(|name| &value[name]) {
            let items = alternatives.as_array().into_iter().flatten();
            let null = serde_json::json!({"type": "null"});
            let mut unnamed = items.filter(|item| item.get("$ref").is_none());
            assert!(unnamed.all(|item| *item == null), "{place}");
        }
        let is_bool = value["type"] == "boolean";
        assert!(!is_bool || !members.contains_key("const"), "{place}");
        for (name, member) in members {
            let is_alternative = matches!(name.as_str(), "oneOf" | "anyOf");
            if !is_alternative {
                assert_ne!(member["type"], "null", "{place}/{name}");
                check(member, &format!("{place}/{name}"));
            }
        }
    }
    let document = Document::parse();
    for part in ["paths", "components"] {
        check(&document.0[part], part);
    }
}
