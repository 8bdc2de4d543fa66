//! P10, and the JSON reader of the model.

use customer_testkit::model::json::{Document, Node};
use customer_testkit::model::{UnknownFields, update};

use crate::model::{NOW, malformed, patch, record, rejected};

#[test]
fn p10_malformed_bodies() {
    let bad = [
        "",
        " ",
        "{",
        "}",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,}",
        "{,}",
        "{\"a\" 1}",
        "{a:1}",
        "{'a':1}",
        "{} x",
        "{}{}",
        "[",
        "[1,]",
        "[,]",
        "[1 2]",
        "[}",
        "{]",
        "{\"a\":1]",
        "{\"a\":[1}",
        "]",
        "{}]",
        "nul",
        "truex",
        "{\"a\":NaN}",
        "{\"a\":+1}",
        "{\"a\":01}",
        "{\"a\":1.}",
        "{\"a\":.5}",
        "{\"a\":1e}",
        "{\"a\":-}",
        "{\"a\":0x1}",
        "\u{FEFF}{}",
        "{}\u{FEFF}",
        "{\"a\":\"\t\"}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\0\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12\"}",
        "{\"a\":\"\\u+123\"}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":\"\\udc00\"}",
        "{\"a\":\"\\ud800\\ud800\"}",
        "{\"a\":\"\\ud800x\"}",
        "{\"a\":\"\\ud800\\n\"}",
        "{\"\\ud800\":1}",
        "{\"a\":[{\"b\":\"\\udfff\"}]}",
        "{\"a\":\"x}",
        "{}\u{A0}",
        "{\"a\":1}//",
        "{\u{B}}",
        "\0{}",
        "{\"customer\":null,\"customer\":1,",
        "[\"\\ud800\"]",
    ];
    for body in bad {
        assert_eq!(patch(body), malformed(), "{body:?}");
    }
    for body in [
        &b"{\"a\":\"\xFF\"}"[..],
        b"{\"\xC0\x80\":1}",
        b"{} \xED\xA0\x80",
        b"\xEF\xBB\xBF{}",
    ] {
        let verdict = update(&record(), NOW, body, UnknownFields::Ignore);
        assert_eq!(verdict, malformed(), "{body:?}");
    }
}

#[test]
fn p10_the_root_is_an_object() {
    for body in [
        "[]",
        "null",
        "1",
        "\"{}\"",
        " true\n",
        "[{\"customer\":null}]",
        "1e999",
    ] {
        assert_eq!(patch(body), rejected(&[("", "WRONG_TYPE")]), "{body}");
    }
}

#[test]
fn p10_numbers_of_any_size_are_valid() {
    for number in [
        "1e999",
        "-0",
        "-0.0e-0",
        "123456789012345678901234567890",
        "1E+5",
        "0.1",
    ] {
        let body = format!("{{\"customer\":{number}}}");
        assert_eq!(
            patch(&body),
            rejected(&[("customer", "WRONG_TYPE")]),
            "{number}"
        );
    }
}

#[test]
fn strings_are_unescaped() {
    let doc = Document::read(br#" "\"\\\/\b\f\n\r\tA\u00e9\ud83d\uDE00\u0000" "#).expect("JSON");
    assert_eq!(
        *doc.root(),
        Node::String("\"\\/\u{8}\u{C}\n\r\tAé😀\0".to_owned())
    );
}

#[test]
fn containers_keep_their_order_and_their_duplicates() {
    let doc = Document::read(br#"{"b":[ ],"a":{ },"b":[1,[2],"x"]}"#).expect("JSON");
    let Node::Object(members) = doc.root() else {
        panic!("not an object");
    };
    let keys: Vec<&str> = members.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["b", "a", "b"]);
    assert_eq!(*doc.node(members[0].1), Node::Array(Vec::new()));
    assert_eq!(*doc.node(members[1].1), Node::Object(Vec::new()));
    let Node::Array(items) = doc.node(members[2].1) else {
        panic!("not an array");
    };
    assert_eq!(items.len(), 3);
    assert_eq!(*doc.node(items[0]), Node::Number);
}

#[test]
fn depth_is_not_limited() {
    let deep = 100_000;
    let arrays = format!("{{\"x\":{}{}}}", "[".repeat(deep), "]".repeat(deep));
    assert_eq!(patch(&arrays), rejected(&[("x", "UNKNOWN_FIELD")]));
    let objects = format!("{}1{}", "{\"email\":".repeat(deep), "}".repeat(deep));
    assert_eq!(patch(&objects), rejected(&[("email", "WRONG_TYPE")]));
    assert_eq!(patch(&"[".repeat(deep)), malformed());
}
