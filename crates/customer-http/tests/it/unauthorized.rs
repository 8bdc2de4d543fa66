//! The responses to unauthenticated clients and to clients over their rate limit.

use customer_http::Config;
use customer_http::server::ServerLimits;
use http::Method;

use crate::harness::Server;
use crate::raw::{exchange, router};
use crate::signature::rejected;
use crate::signed::{BANK_SECRET, CONFIG, Request, config, noon};

/// The response without its date.
async fn response(server: &Server, request: &Request) -> String {
    let request = request.clone().with("x-request-id", "r-1");
    let response = exchange(server, &request).await;
    let dated = |line: &&str| !line.starts_with("date: ");
    response.split_inclusive("\r\n").filter(dated).collect()
}

#[tokio::test]
async fn every_cause_has_the_same_response() {
    let api = router(&config(), noon());
    let server = Server::serve(api, ServerLimits::DEFAULT).await;
    let mut responses = Vec::new();
    for (reason, request) in rejected() {
        let response = response(&server, &request).await;
        assert!(
            response.starts_with("HTTP/1.1 401 "),
            "{reason}: {response}"
        );
        responses.push(response);
    }
    let get = Request::signed(Method::GET, "/partners/customers", "1795608000", b"");
    assert!(response(&server, &get).await.starts_with("HTTP/1.1 200 "));
    // The body does not affect the response.
    for body in [&b"{"[..], b"\xff\xfe", br#"{"customer":null}"#, b"{}"] {
        let unauthenticated = Request {
            body: body.to_vec(),
            ..Request::update()
        };
        responses.push(response(&server, &unauthenticated).await);
    }
    // Neither does the customer in the path.
    let path = "/partners/customers/no-uuid";
    let elsewhere = Request {
        path: path.to_owned(),
        ..Request::update()
    };
    responses.push(response(&server, &elsewhere).await);

    responses.dedup();
    assert_eq!(responses.len(), 1, "{responses:#?}");
    insta::assert_snapshot!(responses[0].replace('\r', ""));
}

#[tokio::test]
async fn a_429_states_how_long_to_wait() {
    let text = format!("{CONFIG}\n[rate_limit]\nrequests_per_minute = 2\n");
    let config = Config::from_toml(&text).unwrap();
    let api = router(&config, noon());
    let server = Server::serve(api, ServerLimits::DEFAULT).await;
    let read = |second: u32| {
        let timestamp = format!("17956080{second:02}");
        Request::signed(Method::GET, "/partners/customers", &timestamp, b"")
    };
    let bank = read(9).with("x-client-id", "bank");
    let bank = bank.sign(BANK_SECRET, "1795608009");

    // Unauthenticated requests do not count against the client id that they name.
    for _ in 0..5 {
        let unauthenticated = read(0).with("x-signature", &"0".repeat(64));
        assert!(
            response(&server, &unauthenticated)
                .await
                .starts_with("HTTP/1.1 401 ")
        );
    }
    for second in 1..=2 {
        assert!(
            response(&server, &read(second))
                .await
                .starts_with("HTTP/1.1 200 ")
        );
    }
    let rejected = response(&server, &read(3)).await;
    let seconds = rejected.split("retry-after: ").nth(1).unwrap();
    let seconds: u64 = seconds.split("\r\n").next().unwrap().parse().unwrap();
    assert!((1..=30).contains(&seconds), "{rejected}");
    let shown = rejected.replace(&format!("retry-after: {seconds}"), "retry-after: SECONDS");
    insta::assert_snapshot!(shown.replace('\r', ""));

    assert!(response(&server, &bank).await.starts_with("HTTP/1.1 200 "));
    // 429 comes before the body is parsed, and 401 before 429.
    let wrong = Request::signed(Method::POST, "/partners/customers", "1795608004", b"{");
    assert!(response(&server, &wrong).await.starts_with("HTTP/1.1 429 "));
    let unauthenticated = wrong.sign(BANK_SECRET, "1795608004");
    let rejected = response(&server, &unauthenticated).await;
    assert!(rejected.starts_with("HTTP/1.1 401 "));
}
