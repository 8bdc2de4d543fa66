//! `customer sign`.

use std::process::Command;

use tempfile::TempDir;

use crate::run;
use crate::serve::{is_there, succeeds};
use crate::server::{CONFIG, Server, TOKEN, path};

const SECOND_CLIENT: &str = r#"
[[clients]]
id = "bank"
secret = "another-secret-between-others-of-them"
teams = ["00000000-0000-0000-0000-000000000001"]
"#;

#[test]
fn the_headers_are_those_of_the_signing_rules() {
    let directory = TempDir::new().unwrap();
    let config = path(&directory, "server.toml");
    std::fs::write(&config, CONFIG).unwrap();
    let url = "http://localhost/partners/customers?page=2";
    let options = ["--config", &config, "--now", "2026-11-25T12:00:00Z"];
    let signed = run(
        &[&["sign", "get", url, "--headers"][..], &options].concat(),
        "",
    );
    assert_eq!((signed.code, signed.stderr.as_str()), (Some(0), ""));
    // The example of `SigningKey`.
    let signature = "b6c4c81540be6e1e4fc67a681697eb30755abf61a101f92dcce28469c3349b1b";
    assert_eq!(
        signed.stdout,
        format!("x-client-id: shop\nx-timestamp: 1795608000000\nx-signature: {signature}\n")
    );
    let command = run(&[&["sign", "get", url][..], &options].concat(), "");
    assert_eq!(
        command.stdout,
        format!(
            "curl -sS -X 'GET' '{url}' \\\n  -H 'x-client-id: shop' \\\n  \
             -H 'x-timestamp: 1795608000000' \\\n  -H 'x-signature: {signature}' \\\n  \
             -H \"authorization: Bearer $CUSTOMER_TOKEN\"\n"
        )
    );
}

#[test]
fn the_server_accepts_the_signed_requests() {
    if !is_there("curl") {
        return;
    }
    let directory = TempDir::new().unwrap();
    let server = Server::configured(&directory, CONFIG, &[]);
    let config = path(&directory, "server.toml");
    // A name that a shell would split or expand.
    let body = path(&directory, "it's a $body.json");
    std::fs::write(&body, r#"{"customer":"Acme","email":"ann@acme.example"}"#).unwrap();
    let url = format!("http://{}/partners/customers", server.address);
    for (args, message) in [
        (vec!["POST", &*url, "--body", &body], "Customer created."),
        (vec!["GET", &*url], "Customers listed."),
    ] {
        let signed = run(&[&["sign", "--config", &config][..], &args].concat(), "");
        assert_eq!((signed.code, signed.stderr.as_str()), (Some(0), ""));
        let mut shell = Command::new("sh");
        shell
            .args(["-e", "-c", &signed.stdout])
            .env("CUSTOMER_TOKEN", TOKEN);
        let answer: serde_json::Value = serde_json::from_str(&succeeds(&mut shell)).unwrap();
        assert_eq!(answer["message"], message, "{answer}");
    }
}

#[test]
fn the_client_is_named_if_the_configuration_has_several() {
    let directory = TempDir::new().unwrap();
    let config = path(&directory, "server.toml");
    std::fs::write(&config, CONFIG.to_owned() + SECOND_CLIENT).unwrap();
    let url = "http://localhost/partners/customers";
    let sign = |options: &[&str]| {
        let args = ["sign", "GET", url, "--headers", "--config", &config];
        run(&[&args[..], options].concat(), "")
    };
    let bank = sign(&["--client", "bank"]);
    assert_eq!(bank.code, Some(0));
    assert!(
        bank.stdout.starts_with("x-client-id: bank\n"),
        "{}",
        bank.stdout
    );
    let none = sign(&[]);
    assert_eq!((none.code, none.stdout.as_str()), (Some(2), ""));
    assert_eq!(
        none.stderr,
        "error: name one of the clients of the configuration with --client: shop, bank\n"
    );
    let unknown = sign(&["--client", "shops"]);
    assert_eq!((unknown.code, unknown.stdout.as_str()), (Some(2), ""));
    assert!(
        unknown.stderr.ends_with("it has: shop, bank\n"),
        "{}",
        unknown.stderr
    );
}

#[test]
fn an_invalid_url_or_a_missing_file_is_reported() {
    let directory = TempDir::new().unwrap();
    let config = path(&directory, "server.toml");
    std::fs::write(&config, CONFIG).unwrap();
    for (args, expected) in [
        (["GET", "/partners/customers"], "begins with http"),
        (["GET", "ftp://localhost/"], "begins with http"),
        (["G T", "http://localhost/"], "invalid value 'G T'"),
    ] {
        let ended = run(&[&["sign", "--config", &config][..], &args].concat(), "");
        assert_eq!(
            (ended.code, ended.stdout.as_str()),
            (Some(2), ""),
            "{args:?}"
        );
        assert!(ended.stderr.contains(expected), "{}", ended.stderr);
    }
    let missing = path(&directory, "missing.json");
    let url = "http://localhost/partners/customers";
    for options in [["--config", &missing], ["--body", &missing]] {
        let mut args = vec!["sign", "POST", url];
        args.extend(options);
        if options[0] == "--body" {
            args.extend(["--config", &config]);
        }
        let ended = run(&args, "");
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
        assert!(ended.stderr.contains(&missing), "{}", ended.stderr);
    }
}
