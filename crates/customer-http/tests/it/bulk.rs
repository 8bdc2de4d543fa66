//! Many updates in one request.

use serde_json::Value;

use crate::harness::{ACME, FIRST, Server, get, patch, post};

const BULK: &str = "/partners/customers/bulk";
const ID: &str = "00000000-0000-4000-8000-000000000001";

fn rows(answer: &Value) -> &Vec<Value> {
    answer["data"]["results"].as_array().unwrap()
}

#[tokio::test]
async fn each_row_is_carried_out_or_refused_on_its_own() {
    let server = Server::with_acme().await;
    let bob = ACME.replace("ann@", "bob@");
    server.ask(&post("/partners/customers", &bob)).await;
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
        let answer = server.ask(&patch(BULK, &body)).await;
        assert_eq!(answer.status, 201);
        let json = answer.json();
        assert_eq!(
            (&json["data"]["successCount"], &json["data"]["errorCount"]),
            (&2.into(), &5.into())
        );
        let told: Vec<_> = rows(&json)
            .iter()
            .map(|row| match row["success"].as_bool() {
                Some(true) => row["customer"]["mainPhone"].to_string(),
                _ => row["error"]["code"].to_string(),
            })
            .collect();
        assert_eq!(
            told,
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

/// A row is refused for what an update would have been, and in the same words.
#[tokio::test]
async fn a_row_is_told_what_an_update_is() {
    let server = Server::with_acme().await;
    for members in [
        r#""email":null"#,
        r#""status":"x","status":"active""#,
        r#""billingAddress":{"zip":1},"contacts":null"#,
        r#""customer":" ","createdAt":1"#,
    ] {
        let single = server.ask(&patch(FIRST, &format!("{{{members}}}"))).await;
        let body = format!(r#"{{"customers":[{{{members},"uuid":"{ID}"}}]}}"#);
        let bulk = server.ask(&patch(BULK, &body)).await;
        assert_eq!(rows(&bulk.json())[0]["error"], single.json(), "{members}");
    }
}

#[tokio::test]
async fn a_row_sees_what_the_one_before_it_wrote() {
    let server = Server::with_acme().await;
    let body = format!(
        r#"{{"customers":[{{"uuid":"{ID}","status":"inactive"}},{{"uuid":"{ID}","mainPhone":"+1 2"}}]}}"#
    );
    let json = server.ask(&patch(BULK, &body)).await.json();
    assert_eq!(rows(&json)[1]["customer"]["status"], "inactive");
    assert_eq!(server.ask(&get(FIRST)).await.header("etag"), Some("\"3\""));
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
        let answer = server.ask(&patch(BULK, &body)).await;
        assert_eq!(answer.status, status, "{rows} rows, {padding} spaces");
    }
}
