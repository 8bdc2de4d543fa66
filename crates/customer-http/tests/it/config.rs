//! Configurations, and the errors of invalid ones.

use std::error::Error;
use std::fmt::Write;
use std::num::NonZeroUsize;
use std::time::Duration;

use customer_domain::UnknownFields;
use customer_http::server::ServerLimits;
use customer_http::{Config, Limits, RateLimiter};

use crate::signed::{BANK_SECRET, CONFIG, Request, SHOP_SECRET, TOKEN, noon};

/// The configuration with one part replaced.
fn with(from: &str, to: &str) -> String {
    assert!(CONFIG.contains(from), "{from}");
    CONFIG.replacen(from, to, 1)
}

/// The configuration with another table.
fn and(table: &str) -> String {
    format!("{CONFIG}\n{table}\n")
}

const TEAMS: &str = r#"teams = ["00000000-0000-0000-0000-000000000001"]"#;
const SECRET: &str = r#"secret = "kept-between-the-client-and-the-server""#;
const HASH: &str = r#"sha256 = "99d75b059e03325c14b8af6df846229105f1f9a763dd8800e167e30646218b94""#;

/// Invalid configurations, each with a name for its error.
fn wrong() -> Vec<(&'static str, String)> {
    vec![
        ("empty", String::new()),
        ("not TOML", with(SECRET, r#"secret = "kept-between"#)),
        (
            "not TOML, with a secret for a value",
            with(SECRET, "secret = kept-between-the-client-and-the-server"),
        ),
        ("JSON", r#"{"clients": [{"id": "shop"}]}"#.to_owned()),
        (
            "the same key twice",
            with(SECRET, &format!("{SECRET}\n{SECRET}")),
        ),
        ("no clients", "clients = []".to_owned()),
        (
            "clients that are a secret",
            format!("clients = \"{SHOP_SECRET}\""),
        ),
        ("an unknown table", and("[clock]\nskew = 1")),
        (
            "an unknown key of a client",
            with(SECRET, &format!("{SECRET}\nsecrets = 1")),
        ),
        (
            "an unknown key of a token",
            with(HASH, &format!("{HASH}\ntoken = \"{TOKEN}\"")),
        ),
        ("an unknown key of a limit", and("[limits]\nbody = 1")),
        ("a client without an id", with("id = \"shop\"\n", "")),
        ("a client whose id is empty", with("\"shop\"", "\"\"")),
        (
            "a client whose id is not ASCII",
            with("\"shop\"", "\"shöp\""),
        ),
        (
            "a client whose id has a space",
            with("\"shop\"", "\"the shop\""),
        ),
        (
            "a client whose id is too long",
            with("\"shop\"", &format!("\"{}\"", "x".repeat(101))),
        ),
        ("a client without teams", with(TEAMS, "")),
        ("a client whose teams are none", with(TEAMS, "teams = []")),
        (
            "a team that is no UUID",
            with(TEAMS, "teams = [\"everybody\"]"),
        ),
        ("a client without a secret", with(SECRET, "")),
        (
            "a client with two secrets",
            with(SECRET, &format!("{SECRET}\nsecret_env = \"SHOP\"")),
        ),
        ("a secret that is a number", with(SECRET, "secret = 4711")),
        (
            "a secret that is a list",
            with(SECRET, &format!("secret = [\"{SHOP_SECRET}\"]")),
        ),
        (
            "a secret that is short",
            with(SECRET, "secret = \"0123456789012345678901234567890\""),
        ),
        (
            "a secret that is not there",
            with(SECRET, "secret_env = \"CUSTOMER_NO_SUCH_VARIABLE\""),
        ),
        (
            "a secret file that is not there",
            with(SECRET, "secret_file = \"no/such/file\""),
        ),
        ("two clients of one id", with("\"bank\"", "\"shop\"")),
        ("two clients of one secret", with(BANK_SECRET, SHOP_SECRET)),
        (
            "a token in place of its hash",
            with(HASH, &format!("sha256 = \"{TOKEN}\"")),
        ),
        (
            "two tokens of one hash",
            and(&CONFIG[CONFIG.find("[[tokens]]").unwrap()..]),
        ),
        ("a token without a user", with("user = \"u-17\"\n", "")),
        (
            "a token of a team of no client",
            with(
                "\nteam = \"00000000-0000-0000-0000-000000000002\"",
                "\nteam = \"00000000-0000-0000-0000-000000000003\"",
            ),
        ),
        (
            "a token for an unknown client",
            with("clients = [\"bank\"]", "clients = [\"bonk\"]"),
        ),
        (
            "a token for no client",
            with("clients = [\"bank\"]", "clients = []"),
        ),
        (
            "a token for a client of another team",
            with("\"u-18\"", "\"u-18\"\nclients = [\"shop\"]"),
        ),
        (
            "a time without an offset",
            with("2026-11-25T12:00:00Z", "2026-11-25T12:00:00"),
        ),
        ("no skew", and("[signature]\nmax_skew_seconds = 0")),
        (
            "skew that is a text",
            and("[signature]\nmax_skew_seconds = \"300\""),
        ),
        ("too much skew", and("[signature]\nmax_skew_seconds = 3601")),
        (
            "a key that no longer exists",
            and("[signature]\nremembered = 16384"),
        ),
        (
            "an unknown use of signatures",
            and("[signature]\nsingle_use = \"reads\""),
        ),
        (
            "an unknown treatment of unknown fields",
            format!("unknown_fields = \"warn\"\n{CONFIG}"),
        ),
        ("no connections", and("[server]\nconnections = 0")),
        ("no requests", and("[rate_limit]\nrequests_per_minute = 0")),
        (
            "fewer requests than none",
            and("[rate_limit]\nrequests_per_minute = -1"),
        ),
        ("a fraction of a byte", and("[limits]\nbody_bytes = 1.5")),
    ]
}

#[test]
fn errors_name_the_location() {
    let mut said = String::new();
    for (name, text) in wrong() {
        let error = Config::from_toml(&text).expect_err(name);
        writeln!(said, "{name}\n    {error}").unwrap();
    }
    insta::assert_snapshot!(said);
}

#[test]
fn errors_and_debug_show_no_secret_and_no_token() {
    let mut shown = format!("{:?}", Config::from_toml(CONFIG).unwrap());
    shown += &format!("{:?}", Config::from_toml(CONFIG).unwrap().authenticator());
    for (_, text) in wrong() {
        let error = Config::from_toml(&text).unwrap_err();
        shown += &format!("{error} {error:?} {:?}", error.source());
    }
    for hidden in [
        SHOP_SECRET,
        BANK_SECRET,
        TOKEN,
        "kept-between",
        "4711",
        "0123456789",
        "99d75b",
    ] {
        assert!(!shown.contains(hidden), "{hidden} in {shown}");
    }
}

#[test]
fn secret_files_are_relative_to_the_configuration() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("server.toml");
    std::fs::write(&path, with(SECRET, "secret_file = \"shop.secret\"")).unwrap();
    std::fs::write(
        directory.path().join("shop.secret"),
        format!("{SHOP_SECRET}\n"),
    )
    .unwrap();
    let config = Config::load(&path).unwrap();
    Request::update()
        .authenticate(&config.authenticator(), noon())
        .unwrap();

    let missing = Config::load(&directory.path().join("none.toml")).unwrap_err();
    assert_eq!(missing.to_string(), "cannot read the configuration");
    assert!(missing.source().is_some());
}

#[test]
fn missing_keys_have_their_defaults() {
    let config = Config::from_toml(CONFIG).unwrap();
    assert_eq!(config.limits(), Limits::DEFAULT);
    assert_eq!(config.server_limits(), ServerLimits::DEFAULT);
    assert_eq!(config.unknown_fields(), UnknownFields::Reject);
    let shop = Request::update()
        .authenticate(&config.authenticator(), noon())
        .unwrap();
    let limiter = config.rate_limiter();
    let accepted = (0..100)
        .filter(|_| limiter.check(shop.client()).is_ok())
        .count();
    assert_eq!(accepted, 100);
}

#[test]
fn the_example_shows_the_defaults() {
    let tables = ["[signature]", "[rate_limit]", "[limits]", "[server]"];
    let first = Config::EXAMPLE.find(tables[0]).unwrap();
    let (callers, settings) = Config::EXAMPLE.split_at(first);
    assert!(tables.iter().all(|table| settings.contains(table)));
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("shop.secret"), SHOP_SECRET).unwrap();
    let shown = |text: &str| {
        let path = directory.path().join("server.toml");
        std::fs::write(&path, text).unwrap();
        format!("{:?}", Config::load(&path).unwrap())
    };
    assert_eq!(shown(Config::EXAMPLE), shown(callers));
    assert!(shown(callers).contains("requests_per_minute: 100"));
}

#[test]
fn all_keys_take_effect() {
    let text = and("[signature]\nmax_skew_seconds = 1\n\
         [rate_limit]\nrequests_per_minute = 1\n\
         [limits]\nbody_bytes = 1\nbulk_body_bytes = 2\nbody_timeout_seconds = 3\n\
         unauthenticated_bytes = 4\n\
         [server]\nconnections = 5\nconnections_per_peer = 6\nconnection_lifetime_seconds = 7");
    let text = format!("unknown_fields = \"ignore\"\n{text}");
    let config = Config::from_toml(&text).unwrap();
    let expected = Limits {
        body_bytes: 1,
        bulk_body_bytes: 2,
        body_timeout: Duration::from_secs(3),
        unauthenticated_bytes: 4,
    };
    assert_eq!(config.limits(), expected);
    let expected = ServerLimits {
        connections: 5,
        connections_per_peer: NonZeroUsize::new(6),
        connection_lifetime: Duration::from_secs(7),
        ..ServerLimits::DEFAULT
    };
    assert_eq!(config.server_limits(), expected);
    assert_eq!(config.unknown_fields(), UnknownFields::Ignore);

    let authenticator = config.authenticator();
    let at = |timestamp| {
        Request::update()
            .sign(SHOP_SECRET, timestamp)
            .authenticate(&authenticator, noon())
    };
    assert!(at("1795607998").is_err() && at("1795608002").is_err());
    let shop = at("1795608000").unwrap();

    let limiter = config.rate_limiter();
    limiter.check(shop.client()).unwrap();
    let wait = limiter.check(shop.client()).unwrap_err();
    assert_eq!(wait.as_secs(), 60);
}
