//! What strangers, and clients that ask too often, are answered.

use customer_http::Config;
use customer_http::server::ServerLimits;
use http::Method;

use crate::harness::Server;
use crate::raw::{exchange, router};
use crate::signature::refused;
use crate::signed::{BANK_SECRET, CONFIG, Request, config, noon};

/// The answer without the time it was given at.
async fn answer(server: &Server, request: &Request) -> String {
    let request = request.clone().with("x-request-id", "r-1");
    let answer = exchange(server, &request).await;
    let dated = |line: &&str| !line.starts_with("date: ");
    answer.split_inclusive("\r\n").filter(dated).collect()
}

#[tokio::test]
async fn every_cause_has_the_same_answer_to_the_byte() {
    let api = router(&config(), noon());
    let server = Server::serve(api, ServerLimits::DEFAULT).await;
    let mut answers = Vec::new();
    for (reason, request) in refused() {
        let answer = answer(&server, &request).await;
        assert!(answer.starts_with("HTTP/1.1 401 "), "{reason}: {answer}");
        answers.push(answer);
    }
    let get = Request::signed(Method::GET, "/partners/customers", "1795608000", b"");
    assert!(answer(&server, &get).await.starts_with("HTTP/1.1 200 "));
    // Whether the body is one, and what it says, is not looked at.
    for body in [&b"{"[..], b"\xff\xfe", br#"{"customer":null}"#, b"{}"] {
        let stranger = Request {
            body: body.to_vec(),
            ..Request::update()
        };
        answers.push(answer(&server, &stranger).await);
    }
    // Nor whether there is such a customer.
    let path = "/partners/customers/no-uuid";
    let elsewhere = Request {
        path: path.to_owned(),
        ..Request::update()
    };
    answers.push(answer(&server, &elsewhere).await);

    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:#?}");
    insta::assert_snapshot!(answers[0].replace('\r', ""));
}

#[tokio::test]
async fn a_client_that_asks_too_often_is_told_how_long_to_wait() {
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

    // Strangers do not count, whoever they say they are.
    for _ in 0..5 {
        let stranger = read(0).with("x-signature", &"0".repeat(64));
        assert!(
            answer(&server, &stranger)
                .await
                .starts_with("HTTP/1.1 401 ")
        );
    }
    for second in 1..=2 {
        assert!(
            answer(&server, &read(second))
                .await
                .starts_with("HTTP/1.1 200 ")
        );
    }
    let refused = answer(&server, &read(3)).await;
    let seconds = refused.split("retry-after: ").nth(1).unwrap();
    let seconds: u64 = seconds.split("\r\n").next().unwrap().parse().unwrap();
    assert!((1..=30).contains(&seconds), "{refused}");
    let shown = refused.replace(&format!("retry-after: {seconds}"), "retry-after: SECONDS");
    insta::assert_snapshot!(shown.replace('\r', ""));

    assert!(answer(&server, &bank).await.starts_with("HTTP/1.1 200 "));
    // 429 comes before the body is parsed, and 401 before 429.
    let wrong = Request::signed(Method::POST, "/partners/customers", "1795608004", b"{");
    assert!(answer(&server, &wrong).await.starts_with("HTTP/1.1 429 "));
    let stranger = wrong.sign(BANK_SECRET, "1795608004");
    let rejected = answer(&server, &stranger).await;
    assert!(rejected.starts_with("HTTP/1.1 401 "));
}
