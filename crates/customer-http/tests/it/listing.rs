//! The list of customers (S7).

use customer_domain::CustomerId;

use crate::harness::{FIRST, Server, delete, get, patch, post};
use crate::rigged::Rig;

async fn three() -> Server {
    let server = Server::start().await;
    for (name, email) in [
        ("Beta", "b@x.example"),
        ("alpha", "c@x.example"),
        ("Gamma", "a@x.example"),
    ] {
        let body = format!(r#"{{"customer":"{name}","email":"{email}"}}"#);
        assert_eq!(
            server.ask(&post("/partners/customers", &body)).await.status,
            201
        );
    }
    server
}

#[tokio::test]
async fn s7_pages_go_in_an_order_and_count_all() {
    let server = three().await;
    for (query, names, page) in [
        ("", &["alpha", "Beta", "Gamma"][..], (1, 20, 3, 1)),
        ("?limit=2", &["alpha", "Beta"], (1, 2, 3, 2)),
        ("?limit=2&page=2", &["Gamma"], (2, 2, 3, 2)),
        ("?limit=2&page=3", &[], (3, 2, 3, 2)),
        ("?orderBy=email", &["Gamma", "Beta", "alpha"], (1, 20, 3, 1)),
        (
            "?orderDirection=DESC",
            &["Gamma", "Beta", "alpha"],
            (1, 20, 3, 1),
        ),
        ("?search=ALPHA", &["alpha"], (1, 20, 1, 1)),
        ("?search=c%40x", &["alpha"], (1, 20, 1, 1)),
        ("?search=nobody", &[], (1, 20, 0, 0)),
        (
            "?search=&page=1",
            &["alpha", "Beta", "Gamma"],
            (1, 20, 3, 1),
        ),
    ] {
        let answer = server
            .ask(&get(&format!("/partners/customers{query}")))
            .await;
        assert_eq!(answer.status, 200, "{query}");
        let data = &answer.json()["data"];
        let found: Vec<_> = data["records"].as_array().unwrap().iter().collect();
        let found: Vec<_> = found
            .iter()
            .map(|r| r["customer"].as_str().unwrap())
            .collect();
        assert_eq!(found, names, "{query}");
        let counts =
            ["page", "limit", "totalRecords", "totalPages"].map(|name| data[name].as_u64());
        let (number, limit, records, pages) = page;
        assert_eq!(counts, [number, limit, records, pages].map(Some), "{query}");
    }
}

#[tokio::test]
async fn s7_everything_wrong_with_a_query_is_told_at_once() {
    let server = three().await;
    let target = "/partners/customers?limit=1&limit=2&orderBy=Email&oderBy=email&page=-1";
    let answer = server.ask(&get(target)).await;
    assert_eq!((answer.status, &*answer.code()), (400, "VALIDATION_FAILED"));
    let codes: Vec<_> = answer.json()["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| {
            format!(
                "{} {}",
                e["field"].as_str().unwrap(),
                e["code"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        codes,
        [
            "limit DUPLICATE_FIELD",
            "orderBy INVALID_CHOICE",
            "oderBy UNKNOWN_FIELD",
            "page OUT_OF_RANGE"
        ]
    );
}

#[tokio::test]
async fn s8_a_corrupt_row_is_left_out_of_a_list_and_an_error_of_its_own() {
    let first = CustomerId::parse("00000000-0000-4000-8000-000000000001").unwrap();
    let server = Server::rigged(Rig::Corrupt(first)).await;
    for name in ["One", "Two"] {
        let body = format!(r#"{{"customer":"{name}","email":"{name}@x.example"}}"#);
        let created = server.ask(&post("/partners/customers", &body)).await;
        assert_eq!(created.status, 201);
    }

    let answer = server.ask(&get("/partners/customers")).await;
    assert_eq!(answer.status, 200);
    let data = &answer.json()["data"];
    assert_eq!(data["records"].as_array().map(Vec::len), Some(1));
    assert_eq!(data["records"][0]["customer"], "Two");
    assert_eq!(data["totalRecords"], 2);

    for request in [get(FIRST), patch(FIRST, r#"{"mainPhone":"+1"}"#)] {
        let answer = server.ask(&request).await;
        assert_eq!((answer.status, &*answer.code()), (500, "INTERNAL_ERROR"));
    }
    assert_eq!(server.ask(&delete(FIRST)).await.status, 200);
}
