//! A service that mounts the customer endpoint next to its own routes, on a SQLite file.
//!
//! ```sh
//! cargo run -p customer-http --example router -- customers.db
//! curl localhost:8080/partners/customers \
//!     -H 'x-client: shop' -H 'x-team: 00000000-0000-0000-0000-000000000001'
//! ```

use std::error::Error;
use std::time::SystemTime;

use axum::Router;
use axum::routing::get;
use customer_domain::{Clock, CustomerStore, FnClock, TeamId, Timestamp};
use customer_http::server::{ServerLimits, serve};
use customer_http::{
    Authenticator, Caller, ClientId, Credentials, CustomerApi, RequestsPerMinute, Unauthorized,
};
use customer_sqlite::SqliteStore;
use tokio::net::TcpListener;

/// A gateway in front of the service authenticates its callers. It removes these headers
/// from their requests and sets its own. Without a gateway, use `ConfigAuthenticator`,
/// which verifies signatures and tokens.
struct Gateway;

impl Authenticator for Gateway {
    async fn authenticate(
        &self,
        request: &Credentials<'_>,
        _now: Timestamp,
    ) -> Result<Caller, Unauthorized> {
        let header = |name| {
            request
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let (Some(client), Some(team)) = (header("x-client"), header("x-team")) else {
            return Err(Unauthorized::because("a header of the gateway is missing"));
        };
        let team = TeamId::parse(team);
        let team = team.map_err(|_| Unauthorized::because("the team is not a UUID"))?;
        Ok(Caller::new(ClientId::new(client), team))
    }
}

fn service(store: impl CustomerStore + 'static, clock: impl Clock + 'static) -> Router {
    let api = CustomerApi::new(store, clock, Gateway, RequestsPerMinute::default());
    Router::new()
        .route("/", get(|| async { "home" }))
        .merge(api.routes())
}

#[expect(clippy::disallowed_methods, reason = "the clock of the service")]
fn system_time() -> Timestamp {
    // Fails only outside of the years 0000 to 9999.
    Timestamp::try_from(SystemTime::now()).unwrap_or(Timestamp::MAX)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1).unwrap_or("customers.db".to_owned());
    let service = service(SqliteStore::open(file)?, FnClock(system_time));
    let listener = TcpListener::bind("127.0.0.1:8080").await?;
    println!("http://{}", listener.local_addr()?);
    let interrupt = async { drop(tokio::signal::ctrl_c().await) };
    serve(listener, service, ServerLimits::DEFAULT, interrupt).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http::{Method, Request, StatusCode};
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;

    use super::*;

    const ACME: &str = r#"{"customer":"Acme","email":"ann@acme.example"}"#;
    const CUSTOMERS: &str = "/partners/customers";
    const TEAM: &str = "00000000-0000-0000-0000-000000000001";

    /// Sends a request with the headers of the gateway for that team.
    async fn send(
        service: &Router,
        method: Method,
        path: &str,
        team: Option<&str>,
    ) -> (StatusCode, String) {
        let mut request = Request::builder().method(method).uri(path);
        request = request.header("content-type", "application/json");
        if let Some(team) = team {
            request = request.header("x-client", "shop").header("x-team", team);
        }
        let request = request.body(Body::from(ACME)).unwrap();
        let response = service.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn the_endpoint_is_mounted_next_to_the_routes_of_the_service() {
        let directory = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(directory.path().join("customers.db")).unwrap();
        let noon = Timestamp::parse("2026-11-23T12:00:00Z").unwrap();
        let service = service(store, FnClock(move || noon));

        assert_eq!(send(&service, Method::GET, "/", None).await.1, "home");
        let (status, _) = send(&service, Method::POST, CUSTOMERS, Some(TEAM)).await;
        assert_eq!(status, StatusCode::CREATED);
        let (_, list) = send(&service, Method::GET, CUSTOMERS, Some(TEAM)).await;
        assert!(list.contains(r#""customer":"Acme""#), "{list}");
    }

    #[tokio::test]
    async fn s1_a_team_sees_its_own_customers_and_an_unknown_caller_none() {
        let directory = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(directory.path().join("customers.db")).unwrap();
        let noon = Timestamp::parse("2026-11-23T12:00:00Z").unwrap();
        let service = service(store, FnClock(move || noon));
        let _ = send(&service, Method::POST, CUSTOMERS, Some(TEAM)).await;

        let other = "00000000-0000-0000-0000-000000000002";
        let (status, list) = send(&service, Method::GET, CUSTOMERS, Some(other)).await;
        assert_eq!(status, StatusCode::OK);
        assert!(!list.contains("Acme"), "{list}");
        let (status, _) = send(&service, Method::GET, CUSTOMERS, None).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
}
