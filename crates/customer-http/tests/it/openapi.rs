//! The description of the endpoint says what the code does.

use std::collections::BTreeSet;

use customer_domain::{
    Address, AddressField, WarningCode, BulkUpdate, ContactField, ContactName, CustomerName,
    EmailAddress, ErrorCode, Field, ListQuery, MAX_VIOLATIONS, PhoneNumber, Reason, Status,
    WebsiteUrl,
};
use serde_json::{Value, json};

use crate::harness::{Server, get, request};

async fn document() -> Value {
    let server = Server::start().await;
    let answer = server
        .ask(&get("/openapi.json").without("authorization"))
        .await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    answer.json()
}

fn names(object: &Value) -> Vec<&str> {
    object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

fn sorted<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut names: Vec<_> = names.into_iter().collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn the_document_is_as_recorded() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&document().await).unwrap());
}

#[tokio::test]
async fn the_fields_are_those_of_the_domain() {
    let document = document().await;
    let schemas = &document["components"]["schemas"];
    let properties = |schema: &str| names(&schemas[schema]["properties"]);
    let of_a_record = sorted(Field::ALL[..11].iter().map(|f| f.as_str()));
    assert_eq!(properties("Customer"), of_a_record);
    assert_eq!(
        sorted(
            schemas["Customer"]["required"]
                .as_array()
                .unwrap()
                .iter()
                .filter_map(Value::as_str)
        ),
        of_a_record
    );
    let addressed = sorted(AddressField::ALL.iter().map(|f| f.as_str()));
    assert_eq!(properties("Address"), addressed);
    assert_eq!(properties("AddressInput"), addressed);
    let of_a_contact = sorted(ContactField::ALL.iter().map(|f| f.as_str()));
    assert_eq!(properties("Contact"), of_a_contact);
    assert_eq!(properties("ContactInput"), of_a_contact);
}

#[tokio::test]
async fn the_limits_and_choices_are_those_of_the_domain() {
    let document = document().await;
    let schemas = &document["components"]["schemas"];
    for (schema, field, max) in [
        ("CustomerUpdate", "customer", CustomerName::MAX_CHARS),
        ("CustomerUpdate", "email", EmailAddress::MAX_CHARS),
        ("CustomerUpdate", "mainPhone", PhoneNumber::MAX_CHARS),
        ("CustomerUpdate", "website", WebsiteUrl::MAX_CHARS),
        ("CustomerCreate", "customer", CustomerName::MAX_CHARS),
        ("BulkRow", "website", WebsiteUrl::MAX_CHARS),
        ("AddressInput", "street", Address::MAX_CHARS),
        ("ContactInput", "name", ContactName::MAX_CHARS),
    ] {
        assert_eq!(
            schemas[schema]["properties"][field]["maxLength"], max,
            "{schema}.{field}"
        );
    }
    let rows = &schemas["BulkUpdate"]["properties"]["customers"]["maxItems"];
    assert_eq!(*rows, BulkUpdate::MAX_ROWS);
    assert_eq!(
        schemas["Error"]["properties"]["errors"]["maxItems"],
        MAX_VIOLATIONS
    );
    assert_eq!(
        schemas["Customer"]["properties"]["status"]["enum"],
        json!(Status::NAMES)
    );
    assert_eq!(
        schemas["Violation"]["properties"]["code"]["enum"],
        json!(Reason::CODES)
    );
    let codes: Vec<_> = ErrorCode::ALL.iter().map(|c| c.as_str()).collect();
    assert_eq!(schemas["Error"]["properties"]["code"]["enum"], json!(codes));
    let codes: Vec<_> = WarningCode::ALL.iter().map(|c| c.as_str()).collect();
    assert_eq!(
        schemas["Warning"]["properties"]["code"]["enum"],
        json!(codes)
    );
    let parameters = document["paths"]["/partners/customers"]["get"]["parameters"]
        .as_array()
        .unwrap();
    let queried: Vec<_> = parameters
        .iter()
        .filter_map(|p| p["name"].as_str())
        .collect();
    assert_eq!(queried, ListQuery::PARAMETERS);
}

#[tokio::test]
async fn every_parameter_of_a_list_has_a_schema() {
    let document = document().await;
    for parameter in document["paths"]["/partners/customers"]["get"]["parameters"]
        .as_array()
        .unwrap()
    {
        if parameter.get("name").is_some() {
            assert!(parameter["schema"].get("type").is_some(), "{parameter}");
        }
    }
}

#[tokio::test]
async fn every_code_of_the_endpoint_is_told_by_some_operation() {
    let document = document().await;
    let mut told = BTreeSet::new();
    for (name, answer) in document["components"]["responses"].as_object().unwrap() {
        let content = &answer["content"]["application/json"];
        for (code, example) in content["examples"].as_object().unwrap() {
            assert_eq!(example["value"]["code"], **code, "{name}");
            told.insert(code.clone());
        }
    }
    let all: BTreeSet<_> = ErrorCode::ALL
        .iter()
        .map(|c| c.as_str().to_owned())
        .collect();
    assert_eq!(told, all);
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str));
                members
                    .values()
                    .for_each(|member| references(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let document = document().await;
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 100);
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

/// No route goes without the wrapper that names, traces and catches.
#[tokio::test]
async fn every_answer_of_every_route_names_its_request() {
    let document = document().await;
    let server = Server::start().await;
    let paths = names(&document["paths"]).into_iter().chain(["/nothing"]);
    for path in paths {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            let target = path.replace("{uuid}", "x");
            let answer = server.ask(&request(method, &target)).await;
            assert_eq!(
                answer.header("x-request-id"),
                Some("test"),
                "{method} {path}"
            );
        }
    }
}

/// The operations are the methods that the routes allow.
#[tokio::test]
async fn the_operations_are_those_of_the_routes() {
    let document = document().await;
    let server = Server::start().await;
    for (path, operations) in document["paths"].as_object().unwrap() {
        let target = path.replace("{uuid}", "x");
        let refused = server.ask(&request("OPTIONS", &target)).await;
        let allowed = refused.header("allow").unwrap().to_ascii_lowercase();
        let allowed: Vec<_> = sorted(allowed.split(',').filter(|method| *method != "head"));
        let described: Vec<_> = names(operations)
            .into_iter()
            .filter(|n| *n != "parameters")
            .collect();
        assert_eq!(described, allowed, "{path}");
    }
}
