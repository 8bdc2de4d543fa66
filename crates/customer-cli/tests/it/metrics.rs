//! `customer serve --metrics`.

use tempfile::TempDir;

use crate::server::{Server, ask};

/// The samples of a response with metrics.
fn samples(response: &str) -> Vec<&str> {
    let (_, body) = response.split_once("\r\n\r\n").unwrap();
    let is_sample = |line: &&str| !line.is_empty() && !line.starts_with('#');
    body.lines().filter(is_sample).collect()
}

#[test]
fn metrics_count_requests_by_route_method_and_status_class() {
    let directory = TempDir::new().unwrap();
    let mut server = Server::start(&directory, &["--dev", "--metrics", ":0"]);
    let url = server.output_line();
    let metrics = url.strip_prefix("http://").unwrap();
    let metrics = metrics.strip_suffix("/metrics").unwrap();

    let body = r#"{"customer":"Acme","email":"ann@acme.example"}"#;
    server.ask("POST /partners/customers", body);
    server.ask("POST /partners/customers", body);
    server.ask(
        "GET /partners/customers/find-by-email?email=ann@acme.example",
        "",
    );
    server.ask("GET /partners/customers/ann@acme.example", "");
    server.ask("GET /ann@acme.example", "");
    server.ask("ANN /partners/customers", "");

    let (status, response) = ask(metrics, "GET /metrics", "");
    assert_eq!(status, 200);
    assert!(response.ends_with("# EOF\n"), "{response}");
    for sample in [
        r#"customer_http_requests_total{method="POST",route="/partners/customers",status="2xx"} 1"#,
        r#"customer_http_requests_total{method="POST",route="/partners/customers",status="4xx"} 1"#,
        r#"customer_http_requests_total{method="GET",route="/partners/customers/find-by-email",status="2xx"} 1"#,
        r#"customer_http_requests_total{method="GET",route="/partners/customers/{uuid}",status="4xx"} 1"#,
        r#"customer_http_requests_total{method="GET",route="unmatched",status="4xx"} 1"#,
        r#"customer_http_requests_total{method="OTHER",route="/partners/customers",status="4xx"} 1"#,
        r#"customer_http_request_duration_seconds_count{method="POST",route="/partners/customers"} 2"#,
        // A conflict is not a failure of the store.
        r#"customer_store_operation_duration_seconds_count{operation="insert",result="ok"} 2"#,
        r#"customer_store_operation_duration_seconds_count{operation="find_by_email",result="ok"} 1"#,
        r#"customer_store_operations_in_progress{operation="insert"} 0"#,
        r#"customer_store_queue_length{queue="write"} 0"#,
        r#"customer_store_queue_length{queue="list"} 0"#,
        "customer_store_readers_busy 0",
    ] {
        assert!(samples(&response).contains(&sample), "{sample}\n{response}");
    }
    let requests = samples(&response).into_iter();
    let requests = requests.filter(|line| line.starts_with("customer_http_requests_total"));
    assert_eq!(requests.count(), 6, "{response}");
    for hidden in ["ann", "ANN", "acme", "Acme"] {
        assert!(!response.contains(hidden), "{hidden} in {response}");
    }
    all_are_documented(&response);
}

fn all_are_documented(response: &str) {
    let families = response
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "));
    for family in families {
        let name = family.split(' ').next().unwrap();
        let documented = include_str!("../../OPERATIONS.md").contains(&format!("| `{name}"));
        assert!(documented, "{name}");
    }
}

#[test]
fn metrics_show_the_connections_to_postgresql() {
    let Some(database) = customer_testkit::postgres::shared() else {
        return;
    };
    let access = ["--dev", "--metrics", ":0"];
    let mut server = Server::with_store(&database.url(), "127.0.0.1:0", &access);
    let url = server.output_line();
    let metrics = url.strip_prefix("http://").unwrap();
    let metrics = metrics.strip_suffix("/metrics").unwrap();
    server.ask("GET /partners/customers", "");
    let (_, response) = ask(metrics, "GET /metrics", "");
    for sample in [
        r#"customer_store_connections{state="idle"} 1"#,
        r#"customer_store_connections{state="busy"} 0"#,
        "customer_store_connections_waiting 0",
    ] {
        assert!(samples(&response).contains(&sample), "{sample}\n{response}");
    }
    all_are_documented(&response);
}

#[test]
fn the_metrics_listener_has_a_health_check_and_no_customers() {
    let directory = TempDir::new().unwrap();
    let mut server = Server::start(&directory, &["--dev", "--metrics", "localhost:0"]);
    let url = server.output_line();
    let metrics = url.strip_prefix("http://").unwrap();
    let metrics = metrics.strip_suffix("/metrics").unwrap();
    let (status, response) = ask(metrics, "GET /healthz", "");
    assert_eq!(status, 200);
    assert!(response.contains(r#""message":"Healthy.""#), "{response}");
    assert_eq!(ask(metrics, "GET /partners/customers", "").0, 404);
    assert_eq!(server.ask("GET /metrics", "").0, 404);

    std::fs::remove_file(directory.path().join("customers.db")).unwrap();
    let (status, response) = ask(metrics, "GET /healthz", "");
    assert_eq!(status, 503);
    assert!(response.contains("STORE_UNAVAILABLE"), "{response}");
    server.signal("TERM");
    let (code, log) = server.end();
    assert_eq!(code, Some(0), "{log}");
}

#[test]
fn a_metrics_address_that_is_in_use_is_reported() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let args = ["serve", "--dev", "--store", "memory:", "--listen", ":0"];
    let ended = crate::run(&[&args[..], &["--metrics", &address]].concat(), "");
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
    let expected = format!("error: cannot listen on {address}: ");
    assert!(ended.stderr.starts_with(&expected), "{}", ended.stderr);
}
