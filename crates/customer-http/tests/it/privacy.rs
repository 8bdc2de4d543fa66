//! Traces contain no personal data.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, LazyLock, Mutex};

use customer_domain::StoreErrorKind;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Id, Record};
use tracing::{Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::harness::{FIRST, Request, Server, delete, get, patch, post, put, request};
use crate::outcomes::one_of_each_route;
use crate::rigged::Rig;

/// Collects everything that is written.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// The traces of all tests. The subscriber is global, because `tracing` caches the
/// interest of a call site: one that is first reached without a subscriber would stay
/// disabled.
static LOG: LazyLock<Log> = LazyLock::new(|| {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    log
});

/// Installs the subscriber, before anything is traced.
pub(crate) fn listen() {
    LazyLock::force(&LOG);
}

impl Log {
    fn layer<S>(&self) -> impl Layer<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        tracing_subscriber::fmt::layer()
            .with_ansi(false)
            .with_writer(self.clone())
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

fn traced() -> String {
    LOG.text()
}

/// The trace lines of the request with that id.
fn traced_of(request_id: &str) -> String {
    let name = format!("request_id={request_id} ");
    let text = traced();
    let lines: Vec<_> = text.lines().filter(|line| line.contains(&name)).collect();
    lines.join("\n")
}

/// Requests with a secret in every possible place.
fn with_secrets() -> Vec<Request> {
    let id = FIRST.rsplit('/').next().unwrap();
    let values = r#""customer":"SECRET Ltd","email":"secret@secret.example","mainPhone":"SECRET-5",
        "website":"secret.example","billingAddress":{"street":"SECRET Street","zipCode":"SECRET"}"#;
    let contacts = r#""contacts":[{"name":"SECRET Ann","email":"ann@secret.example"}]"#;
    let mut requests = vec![
        post("/partners/customers", &format!("{{{values},{contacts}}}")),
        post("/partners/customers", &format!("{{{values},{contacts}}}")),
        put(FIRST, &format!("{{{values}}}")),
        patch(
            FIRST,
            r#"{"email":"no secret","website":"SECRET","SECRET":1,"customer":"SECRET\u0001"}"#,
        ),
        put(FIRST, r#"{"SECRET": SECRET}"#),
        patch(
            "/partners/customers/bulk",
            &format!(
                r#"{{"customers":[{{"uuid":"{id}",{values}}},{{"SECRET":"SECRET"}}],"SECRET":1}}"#
            ),
        ),
        get("/partners/customers?search=SECRET"),
        get("/partners/customers?SECRET=SECRET"),
        get("/partners/customers/find-by-email?email=secret@secret.example"),
        get("/partners/customers/find-by-email?email=SECRET"),
        get("/partners/customers/secret@secret.example"),
        get("/SECRET?SECRET"),
        request("SECRET", FIRST),
        request("SECRET", "/SECRET"),
        get(FIRST),
        get(FIRST).with("x-request-id", "ann@secret.example"),
        get(FIRST).with("authorization", "Bearer SECRET"),
        get(FIRST)
            .with("cookie", "SECRET")
            .with("user-agent", "SECRET")
            .with("referer", "SECRET"),
        get(FIRST)
            .with("if-match", "\"SECRET\"")
            .with("if-none-match", "SECRET"),
        put(FIRST, "SECRET").with("content-type", "SECRET"),
        put(FIRST, &"SECRET".repeat(1000)),
        put(FIRST, "SECRET")
            .without("content-length")
            .with("transfer-encoding", "chunked"),
        put(FIRST, r#"{"customer":"SECRET"}"#).with("authorization", "Bearer busy"),
    ];
    requests.push(delete(FIRST));
    requests
}

#[tokio::test]
async fn no_personal_data_is_traced() {
    let server = Server::start().await;
    let mut statuses = Vec::new();
    for request in with_secrets() {
        statuses.push(server.send(&request).await.status);
    }
    statuses.sort_unstable();
    statuses.dedup();
    assert_eq!(
        statuses,
        [200, 201, 400, 401, 404, 405, 409, 412, 413, 415, 429]
    );
    for kind in [StoreErrorKind::Corrupt, StoreErrorKind::Unavailable] {
        let server = Server::rigged(Rig::Fails(kind)).await;
        for request in with_secrets() {
            server.send(&request).await;
        }
    }
    let text = traced();
    let leaked: Vec<_> = text
        .lines()
        .filter(|line| line.to_ascii_lowercase().contains("secret"))
        .collect();
    assert_eq!(leaked, [""; 0]);
    for expected in [
        "route=\"/partners/customers/{uuid}\"",
        "route=\"/partners/customers/find-by-email\"",
        "method=\"OTHER\"",
        "status=409",
        "code=\"EMAIL_ALREADY_EXISTS\"",
        "reason=\"unknown token\"",
        "request_id=test",
        "duration_us=",
    ] {
        assert!(text.contains(expected), "{expected} is not traced:\n{text}");
    }
}

#[tokio::test]
async fn the_cause_of_a_failure_is_traced() {
    let server = Server::rigged(Rig::Fails(StoreErrorKind::Internal)).await;
    for (route, request) in one_of_each_route() {
        let name = format!("cause-{route}");
        server.send(&request.with("x-request-id", &name)).await;
        assert_eq!(
            traced_of(&name).matches(crate::rigged::CAUSE).count(),
            1,
            "{route}"
        );
    }
}

/// Collects the recorded statuses of spans.
#[derive(Clone, Default)]
struct Statuses(Arc<Mutex<Vec<u64>>>);

impl<S: Subscriber> Layer<S> for Statuses {
    fn on_record(&self, _: &Id, values: &Record<'_>, _: Context<'_, S>) {
        values.record(&mut self.clone());
    }
}

impl Visit for Statuses {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "status" {
            self.0.lock().unwrap().push(value);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

#[tokio::test]
async fn the_span_of_a_request_has_its_status_without_events() {
    let server = Server::start().await;
    let statuses = Statuses::default();
    let spans = statuses
        .clone()
        .with_filter(filter_fn(|about| !about.is_event()));
    let listening = tracing_subscriber::registry().with(spans).set_default();
    assert_eq!(server.send(&get("/healthz")).await.status, 200);
    drop(listening);
    assert_eq!(*statuses.0.lock().unwrap(), [200]);
}

#[tokio::test]
async fn the_filter_of_one_layer_does_not_affect_another() {
    let server = Server::rigged(Rig::Fails(StoreErrorKind::Internal)).await;
    let (all, faults) = (Log::default(), Log::default());
    let both = tracing_subscriber::registry()
        .with(all.layer().with_filter(LevelFilter::INFO))
        .with(faults.layer().with_filter(LevelFilter::ERROR));
    let listening = both.set_default();
    for (_, request) in one_of_each_route() {
        server.send(&request).await;
    }
    drop(listening);
    let count = |log: &Log, what| log.text().matches(what).count();
    let requests = one_of_each_route().len();
    assert_eq!(count(&all, "answered"), requests);
    for log in [&all, &faults] {
        assert_eq!(count(log, "the request failed"), requests);
    }
}

#[tokio::test]
async fn the_request_id_is_returned_and_traced() {
    let server = Server::start().await;
    let sent = get("/healthz").with("x-request-id", "4bf92f35-77b3_4da6");
    let response = server.send(&sent).await;
    assert_eq!(response.header("x-request-id"), Some("4bf92f35-77b3_4da6"));
    assert!(traced_of("4bf92f35-77b3_4da6").contains("answered"));

    let mut generated = Vec::new();
    for request in [
        get("/healthz").without("x-request-id"),
        get("/healthz").with("x-request-id", "a b"),
        get("/nothing").without("x-request-id"),
    ] {
        let response = server.send(&request).await;
        let id = response.header("x-request-id").unwrap().to_owned();
        assert!(traced_of(&id).contains("answered"));
        generated.push(id);
    }
    generated.sort_unstable();
    generated.dedup();
    assert_eq!(generated.len(), 3);
}
