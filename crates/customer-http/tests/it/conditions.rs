//! Optimistic concurrency: entity tags and conditional requests.

use crate::harness::{ACME, FIRST, Server, UNKNOWN, delete, get, patch, post, put, request};
use crate::rigged::Rig;

const STATUS: &str = r#"{"status":"inactive"}"#;

#[tokio::test]
async fn every_response_with_one_record_has_its_version_as_entity_tag() {
    let server = Server::start().await;
    let created = server.send(&post("/partners/customers", ACME)).await;
    assert_eq!(created.header("etag"), Some("\"1\""));
    assert_eq!(created.header("location"), Some(FIRST));
    let updated = server.send(&put(FIRST, STATUS)).await;
    assert_eq!(updated.header("etag"), Some("\"2\""));
    let unchanged = server.send(&patch(FIRST, STATUS)).await;
    assert_eq!(unchanged.header("etag"), Some("\"2\""));
    for target in [
        FIRST,
        "/partners/customers/find-by-email?email=ann@acme.example",
    ] {
        assert_eq!(
            server.send(&get(target)).await.header("etag"),
            Some("\"2\"")
        );
    }
    assert_eq!(
        server
            .send(&get("/partners/customers"))
            .await
            .header("etag"),
        None
    );
}

#[tokio::test]
async fn if_match_rejects_a_write_to_another_version() {
    for (tags, status) in [
        ("\"2\"", 200),
        ("*", 200),
        ("\"1\", \"2\"", 200),
        ("\"1\"", 412),
        ("\"3\"", 412),
        ("W/\"2\"", 412),
        ("\"1\", W/\"2\"", 412),
        ("\"x\"", 412),
        ("2", 412),
        ("", 412),
    ] {
        for write in [put(FIRST, r#"{"mainPhone":"1"}"#), delete(FIRST)] {
            let server = Server::with_acme().await;
            server.send(&put(FIRST, STATUS)).await;
            let write = write.with("if-match", tags);
            let response = server.send(&write).await;
            assert_eq!(response.status, status, "{} if {tags}", write.method);
            let after = server.send(&get(FIRST)).await;
            let expected = match (write.method, status) {
                ("PUT", 200) => Some("\"3\""),
                ("DELETE", 200) => None,
                _ => Some("\"2\""),
            };
            assert_eq!(after.header("etag"), expected, "{} if {tags}", write.method);
        }
    }
}

#[tokio::test]
async fn if_none_match_rejects_a_write_to_that_version() {
    for (tags, status) in [
        ("\"9\"", 200),
        ("\"1\"", 412),
        ("W/\"1\"", 412),
        ("*", 412),
        ("1", 412),
    ] {
        for write in [put(FIRST, STATUS), delete(FIRST)] {
            let server = Server::with_acme().await;
            let response = server.send(&write.with("if-none-match", tags)).await;
            assert_eq!(response.status, status, "{tags}");
        }
    }
}

#[tokio::test]
async fn not_found_takes_precedence_over_the_condition() {
    let server = Server::with_acme().await;
    for tags in ["*", "\"1\"", "W/\"1\"", "\"1\", \"2\"", "x"] {
        for request in [put(UNKNOWN, "{}"), delete(UNKNOWN), get(UNKNOWN)] {
            let response = server.send(&request.with("if-match", tags)).await;
            assert_eq!(response.status, 404, "{tags}");
        }
    }
}

#[tokio::test]
async fn a_read_of_a_known_version_is_304() {
    let server = Server::with_acme().await;
    for (name, tags, status) in [
        ("if-none-match", "\"1\"", 304),
        ("if-none-match", "W/\"1\"", 304),
        ("if-none-match", "\"7\", \"1\"", 304),
        ("if-none-match", "*", 304),
        ("if-none-match", "\"2\"", 200),
        ("if-none-match", "1", 200),
        ("if-match", "\"1\"", 200),
        ("if-match", "\"2\"", 412),
    ] {
        for method in ["GET", "HEAD"] {
            let response = server.send(&request(method, FIRST).with(name, tags)).await;
            assert_eq!(response.status, status, "{method} {name} {tags}");
            if status == 304 {
                assert_eq!(
                    (response.header("etag"), &*response.body),
                    (Some("\"1\""), "")
                );
            }
        }
    }
    server.send(&put(FIRST, STATUS)).await;
    let changed = server
        .send(&get(FIRST).with("if-none-match", "\"1\""))
        .await;
    assert_eq!(changed.status, 200);
}

/// Two customers with the same version can follow one another under this path.
#[tokio::test]
async fn find_by_email_ignores_conditions() {
    let server = Server::with_acme().await;
    let find = "/partners/customers/find-by-email?email=ann@acme.example";
    let response = server.send(&get(find).with("if-none-match", "\"1\"")).await;
    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-location"), Some(FIRST));
}

#[tokio::test]
async fn the_collection_has_no_version() {
    let bulk = r#"{"customers":[]}"#;
    for (name, tags, status) in [
        ("if-match", "*", 201),
        ("if-match", "\"1\"", 412),
        ("if-none-match", "\"1\"", 201),
        ("if-none-match", "*", 412),
    ] {
        let server = Server::start().await;
        for write in [
            post("/partners/customers", ACME),
            patch("/partners/customers/bulk", bulk),
        ] {
            let response = server.send(&write.with(name, tags)).await;
            assert_eq!(response.status, status, "{name} {tags}");
        }
    }
}

#[tokio::test]
async fn a_condition_is_checked_again_a_bounded_number_of_times() {
    let server = Server::rigged(Rig::Contended).await;
    server.send(&post("/partners/customers", ACME)).await;
    for write in [put(FIRST, STATUS), delete(FIRST)] {
        let write = write.with("if-match", "\"1\", \"2\"");
        let response = server.send(&write).await;
        assert_eq!(
            (response.status, &*response.code()),
            (409, "CONCURRENT_UPDATE")
        );
    }
}

/// Of several updates that expect the same version, one succeeds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_update_is_lost() {
    let server = Server::with_acme().await;
    for tags in ["\"1\"", "\"2\", \"2\""] {
        let writers = (0..8).map(|number| {
            let request = put(
                FIRST,
                &format!(r#"{{"customer":"{} {number}"}}"#, tags.len()),
            );
            let request = request.with("if-match", tags);
            let server = &server;
            async move { server.send(&request).await.status }
        });
        let mut statuses = futures_util::future::join_all(writers).await;
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412, 412, 412, 412, 412, 412, 412], "{tags}");
    }
}
