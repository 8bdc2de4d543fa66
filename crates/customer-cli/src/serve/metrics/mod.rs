//! Metrics in the text format of OpenMetrics, which Prometheus reads.
//!
//! A label is a route template, a known method, a class of status codes or the name of
//! a store operation: no label has a value from a request, and their number is bounded.

mod duration;
mod engine;
mod store;

use std::sync::Arc;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use customer_domain::DynCustomerStore;
use http::header::CONTENT_TYPE;
use http::{Method, StatusCode};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use tokio::time::Instant;
use tower::ServiceExt;

use crate::store::OpenStore;

use duration::HISTOGRAM;
use engine::EngineMetrics;
use store::{MeasuredStore, StoreMetrics};

/// The route label of a request that matches no route.
const UNMATCHED: &str = "unmatched";

/// The metrics of a server.
#[derive(Clone)]
pub(super) struct Metrics {
    registry: Arc<Registry>,
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram, fn() -> Histogram>,
    store: StoreMetrics,
    engine: EngineMetrics,
}

#[derive(Clone, Debug, EncodeLabelSet, PartialEq, Eq, Hash)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, PartialEq, Eq, Hash)]
struct RouteLabels {
    method: &'static str,
    route: String,
}

impl Metrics {
    pub(super) fn new() -> Self {
        let requests = Family::default();
        let durations = Family::new_with_constructor(HISTOGRAM);
        let store = StoreMetrics::new();
        let engine = EngineMetrics::default();
        let mut registry = Registry::with_prefix("customer");
        registry.register("http_requests", "Requests", requests.clone());
        registry.register_with_unit(
            "http_request_duration",
            "Time from the head of a request to the head of its response",
            Unit::Seconds,
            durations.clone(),
        );
        store.register(&mut registry);
        registry.register_collector(Box::new(engine.clone()));
        Self {
            registry: Arc::new(registry),
            requests,
            durations,
            store,
            engine,
        }
    }

    /// Measures the operations of a store, and the load of its engine.
    pub(super) fn observe_store(&self, store: OpenStore) -> Arc<dyn DynCustomerStore> {
        let inner = store.shared();
        self.engine.set(store);
        Arc::new(MeasuredStore {
            inner,
            metrics: self.store.clone(),
        })
    }

    /// Counts the requests to a router.
    pub(super) fn observe(&self, router: Router) -> Router {
        router.layer(from_fn_with_state(self.clone(), observe))
    }

    /// The routes of the metrics listener. The health check is that of the main router.
    pub(super) fn router(&self, main: Router) -> Router {
        let health = get(|request: Request| main.oneshot(request));
        Router::new()
            .route("/metrics", get(text))
            .route("/healthz", health)
            .with_state(self.clone())
    }
}

async fn observe(State(metrics): State<Metrics>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = method(request.method());
    let route = request.extensions().get();
    let route = route.map_or(UNMATCHED, MatchedPath::as_str).to_owned();
    let response = next.run(request).await;
    let status = class(response.status());
    let labels = RouteLabels { method, route };
    let seconds = started.elapsed().as_secs_f64();
    metrics.durations.get_or_create(&labels).observe(seconds);
    let RouteLabels { method, route } = labels;
    let labels = RequestLabels {
        method,
        route,
        status,
    };
    metrics.requests.get_or_create(&labels).inc();
    response
}

async fn text(State(metrics): State<Metrics>) -> Response {
    let mut text = String::new();
    match encode(&mut text, &metrics.registry) {
        Ok(()) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(CONTENT_TYPE, kind)], text).into_response()
        }
        // Writing to a string does not fail.
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// The method if it is registered with IANA for HTTP in general; clients can send any.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::TRACE => "TRACE",
        Method::CONNECT => "CONNECT",
        _ => "OTHER",
    }
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}
