//! The API reference page of the development server.

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use serde_json::json;

/// The path of the page.
pub(super) const PATH: &str = "/docs";

/// The script of the page.
const SCRIPT: &str = "/docs/scalar.js";

/// Keeps the page from requests to any other server, whatever the script attempts.
const POLICY: &str = "default-src 'none'; connect-src 'self'; script-src 'self' 'unsafe-inline'; \
     style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; \
     worker-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The routes of the page.
pub(super) fn routes() -> Router {
    Router::new()
        .route(PATH, get(page))
        .route(SCRIPT, get(script))
}

async fn page() -> impl IntoResponse {
    let configuration = json!({
        "url": "/openapi.json",
        "agent": { "disabled": true },
        "hideClientButton": true,
        "showDeveloperTools": "never",
        "telemetry": false,
        "withDefaultFonts": false,
    });
    let html = scalar_api_reference::scalar_html(&configuration, Some(SCRIPT));
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
    ];
    (headers, html)
}

async fn script() -> impl IntoResponse {
    let script = scalar_api_reference::get_asset("scalar.js").unwrap_or_default();
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8")], script)
}
