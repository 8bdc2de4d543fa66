//! Raw requests, each recorded with its response.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::harness::{ACME, FIRST, SERVER_LIMITS, Server, api, expect, post};
use crate::rigged::Rig;

/// The headers of every request.
const HEADERS: &str =
    "host: localhost\r\nconnection: close\r\nx-request-id: test\r\nauthorization: Bearer acme\r\n";

const JSON: &str = "content-type: application/json\r\n";

/// A server whose heads may have 32 KiB, with the one customer of [`ACME`].
async fn server() -> Server {
    let mut limits = SERVER_LIMITS;
    limits.head_bytes = 32 * 1024;
    let server = Server::serve(api(Rig::Nothing).router(), limits).await;
    let created = server.send(&post("/partners/customers", ACME)).await;
    assert_eq!(created.status, 201);
    server
}

/// Sends bytes and records the response without the date.
async fn exchange(server: &Server, request: impl AsRef<[u8]>) -> String {
    let request = request.as_ref();
    let mut stream = server.connect().await;
    // The server may close the connection early.
    let _ = stream.write_all(request).await;
    let mut response = Vec::new();
    expect("the end", stream.read_to_end(&mut response))
        .await
        .unwrap();
    let response = String::from_utf8(response).unwrap();
    let response = response
        .split_inclusive('\n')
        .filter(|line| !line.starts_with("date: "));
    let request = String::from_utf8_lossy(request).escape_debug().to_string();
    let request: String = request.replace("\\r\\n", "\n").chars().take(400).collect();
    let response: String = response.collect();
    format!("{request}\n----\n{}", response.replace('\r', ""))
}

/// A request with that head, and a body if there is one.
fn request(line: &str, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut length = format!("content-length: {}\r\n", body.len());
    if body.is_empty() && line.starts_with(['G', 'H']) {
        length.clear();
    }
    let head = format!("{line} HTTP/1.1\r\n{HEADERS}{headers}{length}\r\n");
    [head.as_bytes(), body].concat()
}

macro_rules! record {
    ($name:literal, $server:expr, $request:expr) => {{
        let exchange = exchange(&$server, $request).await;
        insta::assert_snapshot!($name, exchange);
    }};
}

#[tokio::test]
async fn the_host() {
    let server = server().await;
    let get = "GET /healthz HTTP/1.1\r\nconnection: close\r\nx-request-id: test\r\n";
    record!("host_missing", server, format!("{get}\r\n"));
    record!(
        "host_twice",
        server,
        format!("{get}host: a\r\nhost: a\r\n\r\n")
    );
    record!("host_invalid", server, format!("{get}host: a b\r\n\r\n"));
    let old = get.replace("HTTP/1.1", "HTTP/1.0");
    record!("host_missing_in_http_1_0", server, format!("{old}\r\n"));
}

#[tokio::test]
async fn a_304_to_head_has_no_content_length() {
    let server = server().await;
    let condition = "if-none-match: \"1\"\r\n";
    record!(
        "304_head",
        server,
        request(&format!("HEAD {FIRST}"), condition, "")
    );
    record!(
        "304_get",
        server,
        request(&format!("GET {FIRST}"), condition, "")
    );
    record!(
        "200_head",
        server,
        request(&format!("HEAD {FIRST}"), "", "")
    );
}

#[tokio::test]
async fn a_uri_of_more_than_8_kib() {
    let server = server().await;
    let path = "/partners/customers?search=";
    for (length, status) in [(8192, "400"), (8193, "414"), (20_000, "414")] {
        let search = "x".repeat(length - path.len());
        let line = format!("GET {path}{search}");
        let response = exchange(&server, request(&line, "", "")).await;
        let expected = format!("----\nHTTP/1.1 {status} ");
        assert!(response.contains(&expected), "{length}: {response}");
    }
    let line = format!("GET /{}", "x".repeat(9000));
    record!("414_uri_too_long", server, request(&line, "", ""));
    let line = format!("GET /{}", "x".repeat(40_000));
    record!("431_uri_that_does_not_fit", server, request(&line, "", ""));
}

#[tokio::test]
async fn a_body_that_is_too_large_and_waits_for_100_continue() {
    let server = server().await;
    let head = format!(
        "PUT {FIRST} HTTP/1.1\r\n{HEADERS}{JSON}expect: 100-continue\r\ncontent-length: 5000\r\n\r\n"
    );
    record!("413_expect", server, head);
}

#[tokio::test]
async fn the_media_type() {
    let server = server().await;
    let patch = |headers: &str| request(&format!("PATCH {FIRST}"), headers, "{}");
    let post = |headers: &str| request("POST /partners/customers", headers, ACME);
    record!("415_missing", server, post(""));
    record!("415_other", server, post("content-type: text/plain\r\n"));
    record!(
        "415_other_to_patch",
        server,
        patch("content-type: text/plain\r\n")
    );
    record!(
        "415_charset",
        server,
        post("content-type: application/json; charset=utf8\r\n")
    );
    record!("415_twice", server, post(&format!("{JSON}{JSON}")));
    record!(
        "415_gzip",
        server,
        post(&format!("{JSON}content-encoding: gzip\r\n"))
    );
}

#[tokio::test]
async fn a_malformed_condition() {
    let server = server().await;
    let put = |condition: &str| {
        request(
            &format!("PUT {FIRST}"),
            &format!("{JSON}{condition}\r\n"),
            "{}",
        )
    };
    record!("412_malformed_if_match", server, put("if-match: 1"));
    record!(
        "412_malformed_if_none_match",
        server,
        put("if-none-match: 1")
    );
    record!("412_other_version", server, put("if-match: \"2\""));
    let post = |condition: &str| {
        request(
            "POST /partners/customers",
            &format!("{JSON}{condition}\r\n"),
            ACME,
        )
    };
    record!("412_collection", server, post("if-match: \"1\""));
    record!("412_collection_malformed", server, post("if-match: 1"));
}

#[tokio::test]
async fn a_body_that_is_not_json() {
    let server = server().await;
    let put = |body: &[u8]| request(&format!("PUT {FIRST}"), JSON, body);
    let utf_16 = |units: &mut dyn Iterator<Item = [u8; 2]>| units.flatten().collect::<Vec<_>>();
    let text = r#"{"status":"active"}"#;
    record!("400_empty", server, put(b""));
    record!(
        "400_byte_order_mark",
        server,
        put(format!("\u{feff}{text}").as_bytes())
    );
    let little = utf_16(&mut text.encode_utf16().map(u16::to_le_bytes));
    record!("400_utf_16_le", server, put(&little));
    let big = utf_16(&mut text.encode_utf16().map(u16::to_be_bytes));
    record!("400_utf_16_be", server, put(&big));
    let marked = [&[0xFF, 0xFE], &*little].concat();
    record!("400_utf_16_with_mark", server, put(&marked));
    record!("400_other", server, put(b"{\"status\": active}"));
}

#[tokio::test]
async fn b3_a_bulk_response_has_at_most_100_violations() {
    let server = server().await;
    let bulk = "PATCH /partners/customers/bulk";
    let wide: String = (0..40).map(|n| format!("\"k{n}\":0,")).collect();
    let row = format!("{{{wide}\"uuid\":0}}");
    for (row, rows) in [("{}", 100), (&*row, 10), (&*row, 20)] {
        let body = format!("{{\"customers\":[{}]}}", vec![row; rows].join(","));
        let response = exchange(&server, request(bulk, JSON, &body)).await;
        let json = response.rsplit("\n\n").next().unwrap();
        let violations = json.matches("\"field\":").count();
        assert_eq!(violations, 100, "{rows} rows of {} bytes", row.len());
    }
    let body = r#"{"customers":[{},{"uuid":1,"a":1}]}"#;
    record!(
        "201_bulk_of_invalid_rows",
        server,
        request(bulk, JSON, body)
    );
}

#[tokio::test]
async fn b1_post_creates_and_patch_updates() {
    let server = server().await;
    let rows = r#"{"customers":[{"customer":"Bob","email":"bob@acme.example"},{"uuid":"00000000-0000-4000-8000-000000000001","customer":"C","email":"c@acme.example"},{"customer":"Bob","email":"BOB@acme.example"}]}"#;
    let post = request("POST /partners/customers/bulk", JSON, rows);
    record!("201_bulk_create", server, post);
    record!(
        "201_bulk_update_of_new_rows",
        server,
        request("PATCH /partners/customers/bulk", JSON, rows)
    );
}

#[tokio::test]
async fn a_store_that_is_unavailable_or_loses_the_outcome() {
    use customer_domain::StoreErrorKind::{OutcomeUnknown, Unavailable};
    let post = || request("POST /partners/customers", JSON, ACME);
    let server = Server::rigged(Rig::Fails(Unavailable)).await;
    record!("503_store_unavailable", server, post());
    let server = Server::rigged(Rig::Fails(OutcomeUnknown)).await;
    record!("503_outcome_unknown", server, post());
    let rows = format!(r#"{{"customers":[{ACME}]}}"#);
    record!(
        "201_bulk_outcome_unknown",
        server,
        request("POST /partners/customers/bulk", JSON, rows)
    );
}

#[tokio::test]
async fn p13_the_service_can_ignore_unknown_fields() {
    use customer_domain::UnknownFields;
    let api = api(Rig::Nothing).with_unknown_fields(UnknownFields::Ignore);
    let server = Server::serve(api.router(), SERVER_LIMITS).await;
    let body = r#"{"customer":"Acme","email":"a@acme.example","colour":"red"}"#;
    record!(
        "201_unknown_field_ignored",
        server,
        request("POST /partners/customers", JSON, body)
    );
}
