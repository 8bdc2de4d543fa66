//! Bulk updates.

use serde_json::Value;

use crate::harness::{ACME, FIRST, Server, get, patch, post};

const BULK: &str = "/partners/customers/bulk";
const ID: &str = "00000000-0000-4000-8000-000000000001";

fn rows(response: &Value) -> &Vec<Value> {
    response["data"]["results"].as_array().unwrap()
}

#[tokio::test]
async fn b1_each_row_succeeds_or_fails_independently() {
    let server = Server::with_acme().await;
    let bob = ACME.replace("ann@", "bob@");
    server.send(&post("/partners/customers", &bob)).await;
    let body = format!(
        r#"{{"customers":[
            {{"uuid":"{ID}","mainPhone":"+1 1"}},
            {{"uuid":"{ID}","email":"bob@acme.example"}},
            7,
            {{"uuid":"{ID}","uuid":"{ID}"}},
            {{"uuid":"{ID}","version":2,"colour":1}},
            {{"uuid":"00000000-0000-4000-8000-0000000000ff","status":"active"}},
            {{"uuid":"{ID}","mainPhone":"555"}}
        ]}}"#
    );
    {
        let response = server.send(&patch(BULK, &body)).await;
        assert_eq!(response.status, 201);
        let json = response.json();
        assert_eq!(
            (&json["data"]["successCount"], &json["data"]["errorCount"]),
            (&2.into(), &5.into())
        );
        let results: Vec<_> = rows(&json)
            .iter()
            .map(|row| match row["success"].as_bool() {
                Some(true) => row["customer"]["mainPhone"].to_string(),
                _ => row["error"]["code"].to_string(),
            })
            .collect();
        assert_eq!(
            results,
            [
                "\"+1 1\"",
                "\"EMAIL_ALREADY_EXISTS\"",
                "\"VALIDATION_FAILED\"",
                "\"VALIDATION_FAILED\"",
                "\"VALIDATION_FAILED\"",
                "\"CUSTOMER_NOT_FOUND\"",
                "\"555\"",
            ]
        );
        for (index, row) in rows(&json).iter().enumerate() {
            assert_eq!(row["index"], index);
        }
        assert_eq!(
            rows(&json)[6]["warnings"][0]["code"],
            "PHONE_NOT_INTERNATIONAL"
        );
    }
}

/// B2: the error of a row is the whole response of a single update.
#[tokio::test]
async fn b2_the_error_of_a_row_is_the_response_of_a_single_update() {
    let server = Server::with_acme().await;
    for members in [
        r#""email":null"#,
        r#""status":"x","status":"active""#,
        r#""billingAddress":{"zip":1},"contacts":null"#,
        r#""customer":" ","createdAt":1"#,
    ] {
        let single = server.send(&patch(FIRST, &format!("{{{members}}}"))).await;
        let body = format!(r#"{{"customers":[{{{members},"uuid":"{ID}"}}]}}"#);
        let bulk = server.send(&patch(BULK, &body)).await;
        assert_eq!(rows(&bulk.json())[0]["error"], single.json(), "{members}");
    }
}

#[tokio::test]
async fn s10_a_row_sees_the_writes_of_earlier_rows() {
    let server = Server::with_acme().await;
    let body = format!(
        r#"{{"customers":[{{"uuid":"{ID}","status":"inactive"}},{{"uuid":"{ID}","mainPhone":"+1 2"}}]}}"#
    );
    let json = server.send(&patch(BULK, &body)).await.json();
    assert_eq!(rows(&json)[1]["customer"]["status"], "inactive");
    assert_eq!(server.send(&get(FIRST)).await.header("etag"), Some("\"3\""));
}

#[tokio::test]
async fn a_bulk_update_may_be_larger_than_an_update_and_has_at_most_100_rows() {
    let server = Server::with_acme().await;
    let row = format!(r#"{{"uuid":"{ID}"}}"#);
    for (rows, padding, status) in [
        (0, 0, 201),
        (100, 0, 201),
        (101, 0, 400),
        (1, 5000, 201),
        (1, 9000, 413),
    ] {
        let body = vec![&*row; rows].join(",");
        let body = format!(r#"{{"customers":[{body}]{:padding$}}}"#, "");
        let response = server.send(&patch(BULK, &body)).await;
        assert_eq!(response.status, status, "{rows} rows, {padding} spaces");
    }
}
