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
            server
                .send(&post("/partners/customers", &body))
                .await
                .status,
            201
        );
    }
    server
}

#[tokio::test]
async fn s7_pages_are_ordered_and_have_the_total() {
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
        let response = server
            .send(&get(&format!("/partners/customers{query}")))
            .await;
        assert_eq!(response.status, 200, "{query}");
        let data = &response.json()["data"];
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
async fn s7_p11_all_violations_of_a_query_are_reported() {
    let server = three().await;
    let target = "/partners/customers?limit=1&limit=2&orderBy=Email&oderBy=email&page=-1";
    let response = server.send(&get(target)).await;
    assert_eq!(
        (response.status, &*response.code()),
        (400, "VALIDATION_FAILED")
    );
    let codes: Vec<_> = response.json()["errors"]
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
async fn s8_a_list_skips_a_corrupt_row_and_a_read_of_it_is_an_error() {
    let first = CustomerId::parse("00000000-0000-4000-8000-000000000001").unwrap();
    let server = Server::rigged(Rig::Corrupt(first)).await;
    for name in ["One", "Two"] {
        let body = format!(r#"{{"customer":"{name}","email":"{name}@x.example"}}"#);
        let created = server.send(&post("/partners/customers", &body)).await;
        assert_eq!(created.status, 201);
    }

    let response = server.send(&get("/partners/customers")).await;
    assert_eq!(response.status, 200);
    let data = &response.json()["data"];
    assert_eq!(data["records"].as_array().map(Vec::len), Some(1));
    assert_eq!(data["records"][0]["customer"], "Two");
    assert_eq!(data["totalRecords"], 2);

    for request in [get(FIRST), patch(FIRST, r#"{"mainPhone":"+1"}"#)] {
        let response = server.send(&request).await;
        assert_eq!(
            (response.status, &*response.code()),
            (500, "INTERNAL_ERROR")
        );
    }
    assert_eq!(server.send(&delete(FIRST)).await.status, 200);
}
