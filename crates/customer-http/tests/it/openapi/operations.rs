//! Paths, methods, parameters and credentials.

use std::collections::BTreeSet;

use customer_domain::{ListQuery, SearchText};
use http::HeaderName;
use serde_json::{Value, json};

use crate::harness::{Server, get, request};
use crate::signed;

use super::{Document, names, strings};

const ROUTES: &str = include_str!("../../../src/routes/mod.rs");

#[test]
fn the_paths_are_those_of_the_router() {
    let document = Document::parse();
    let constants = ROUTES.lines().filter(|line| line.contains("const "));
    let paths = constants.filter_map(|line| line.split('"').nth(1));
    let paths: BTreeSet<_> = paths.filter(|path| path.starts_with('/')).collect();
    assert_eq!(names(&document.0["paths"]), paths);
    let routes = ROUTES.matches(".route(").count();
    assert_eq!(
        routes,
        paths.len(),
        "a route without a constant for its path"
    );
}

#[tokio::test]
async fn the_methods_are_those_of_the_router() {
    let document = Document::parse();
    let server = Server::start().await;
    for (path, item) in document.0["paths"].as_object().unwrap() {
        let target = path.replace("{uuid}", "x");
        let rejected = server.send(&request("OPTIONS", &target)).await;
        let allowed = rejected.header("allow").unwrap().to_ascii_lowercase();
        // Every path with GET supports HEAD, too.
        let allowed: BTreeSet<_> = allowed.split(',').filter(|m| *m != "head").collect();
        let mut methods = names(item);
        methods.remove("parameters");
        assert_eq!(methods, allowed, "{path}");
    }
}

/// Every route has the wrapper that assigns an id, traces, and catches panics.
#[tokio::test]
async fn every_response_of_every_path_has_the_request_id() {
    let document = Document::parse();
    let server = Server::start().await;
    let paths = names(&document.0["paths"]).into_iter().chain(["/nothing"]);
    for path in paths {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            let target = path.replace("{uuid}", "x");
            let response = server.send(&request(method, &target)).await;
            let id = response.header("x-request-id");
            assert_eq!(id, Some("test"), "{method} {path}");
        }
    }
}

#[test]
fn the_operation_ids_are_unique_and_the_path_parameters_are_declared() {
    let document = Document::parse();
    let mut ids = BTreeSet::new();
    for operation in document.operations() {
        assert!(ids.insert(operation.value["operationId"].as_str().unwrap()));
        let shared = &document.0["paths"][operation.path]["parameters"];
        let declared = parameters(&document, shared, "path");
        let template = operation.path.split(['{', '}']).skip(1).step_by(2);
        assert_eq!(declared, template.collect(), "{}", operation.path);
    }
}

/// The names of the parameters in that place.
fn parameters<'a>(document: &'a Document, parameters: &'a Value, place: &str) -> BTreeSet<&'a str> {
    let parameters = parameters.as_array().into_iter().flatten();
    parameters
        .map(|parameter| document.resolve(parameter))
        .filter(|parameter| parameter["in"] == place)
        .map(|parameter| parameter["name"].as_str().unwrap())
        .collect()
}

/// `responses` tests which operations return 412.
#[test]
fn an_operation_that_can_return_412_has_the_headers_of_conditions() {
    let document = Document::parse();
    for operation in document
        .operations()
        .iter()
        .filter(|o| o.is_about_customers())
    {
        let mut expected = BTreeSet::from(["x-request-id"]);
        if operation.value["responses"].get("412").is_some() {
            expected.extend(["If-Match", "If-None-Match"]);
        }
        let headers = parameters(&document, &operation.value["parameters"], "header");
        assert_eq!(headers, expected, "{} {}", operation.method, operation.path);
    }
}

#[tokio::test]
async fn s7_the_parameters_of_a_list_have_the_limits_and_defaults_of_the_service() {
    let document = Document::parse();
    let server = Server::start().await;
    let list = &document.0["paths"]["/partners/customers"]["get"]["parameters"];
    let default = ListQuery::new();
    for parameter in list
        .as_array()
        .unwrap()
        .iter()
        .filter(|p| p["in"] == "query")
    {
        let name = parameter["name"].as_str().unwrap();
        let schema = &parameter["schema"];
        let value = match name {
            "search" => "x".repeat(SearchText::MAX_CHARS + 1),
            _ => "0".to_owned(),
        };
        let target = format!("/partners/customers?{name}={value}");
        let violation = &server.send(&get(&target)).await.json()["errors"][0];
        assert_eq!(violation["field"], name);
        assert_eq!(schema.get("minimum"), violation.get("min"), "{name}");
        let max = schema.get("maximum").or(schema.get("maxLength"));
        assert_eq!(max, violation.get("max"), "{name}");
        assert_eq!(schema.get("enum"), violation.get("allowed"), "{name}");
        let expected = match name {
            "page" => json!(default.page()),
            "limit" => json!(default.limit()),
            "orderBy" => json!(default.order_by().as_str()),
            "orderDirection" => json!(default.direction().as_str()),
            _ => Value::Null,
        };
        assert_eq!(schema["default"], expected, "{name}");
    }
}

#[tokio::test]
async fn find_by_email_requires_the_email_address() {
    let document = Document::parse();
    let server = Server::start().await;
    let path = "/partners/customers/find-by-email";
    let list = &document.0["paths"][path]["get"]["parameters"];
    let violation = &server.send(&get(path)).await.json()["errors"][0];
    assert_eq!(violation["code"], "REQUIRED");
    let name = violation["field"].as_str().unwrap();
    assert_eq!(parameters(&document, list, "query"), BTreeSet::from([name]));
    assert_eq!(list[0]["required"], true);
    let long = "x".repeat(1000);
    let response = server
        .send(&get(&format!("{path}?{name}={long}")))
        .await
        .json();
    let schema = document.resolve(&list[0]["schema"]);
    assert_eq!(schema["maxLength"], response["errors"][0]["max"]);
}

#[test]
fn the_credentials_are_the_headers_of_a_signed_request() {
    let document = Document::parse();
    let schemes = &document.0["components"]["securitySchemes"];
    let request = signed::Request::update();
    let sent: BTreeSet<_> = request.headers.keys().map(HeaderName::as_str).collect();
    let described = schemes.as_object().unwrap().values();
    let described = described.map(|scheme| match scheme["type"].as_str() {
        Some("apiKey") => scheme["name"].as_str().unwrap(),
        _ => "authorization",
    });
    assert_eq!(described.collect::<BTreeSet<_>>(), sent);
    // All schemes are required together.
    assert_eq!(names(&document.0["security"][0]), names(schemes));
    for operation in document.operations() {
        let is_public = operation.value["security"] == json!([]);
        assert_eq!(
            is_public,
            !operation.is_about_customers(),
            "{}",
            operation.path
        );
        assert_eq!(strings(&operation.value["tags"]).len(), 1);
    }
}
