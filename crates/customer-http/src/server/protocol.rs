//! One connection: HTTP/1.1, with the request checks that HTTP requires of any server.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CONNECTION, HOST};
use http::uri::Authority;
use http::{HeaderMap, Request, StatusCode, Version};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpStream;
use tokio_io_timeout::TimeoutStream;

use super::limits::ServerLimits;
use crate::connection::Connection;

/// The longest path and query, in bytes (RFC 9110 §4.1 recommends at least 8,000).
const MAX_URI_BYTES: usize = 8 * 1024;

/// The smallest read buffer that hyper accepts.
const MIN_BUFFER_BYTES: usize = 8 * 1024;

/// The settings of the connections.
pub(super) struct Http {
    builder: http1::Builder,
    router: TowerToHyperService<Router>,
    write_timeout: Duration,
}

impl Http {
    pub(super) fn new(router: Router, limits: &ServerLimits) -> Self {
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head_timeout)
            // A response is small: copying it behind its head is faster than a vectored
            // write.
            .writev(false)
            .max_header_size(limits.head_bytes)
            .max_buf_size(limits.head_bytes.max(MIN_BUFFER_BYTES));
        Self {
            builder,
            router: TowerToHyperService::new(router),
            write_timeout: limits.write_timeout,
        }
    }

    /// Serves a connection until it is closed.
    pub(super) fn serve(
        &self,
        stream: TcpStream,
        connection: Arc<Connection>,
    ) -> impl Future<Output = ()> + Send + use<> {
        let stream = TokioIo::new(Box::pin(timed(stream, self.write_timeout)));
        let service = service(self.router.clone(), Arc::clone(&connection));
        let http = self.builder.serve_connection(stream, service);
        let current = Arc::clone(&connection);
        current.scope(async move {
            let mut http = std::pin::pin!(http);
            let served = tokio::select! {
                biased;
                served = http.as_mut() => served,
                () = connection.retired() => {
                    http.as_mut().graceful_shutdown();
                    http.await
                }
            };
            log_error(served);
        })
    }
}

fn service(
    router: TowerToHyperService<Router>,
    connection: Arc<Connection>,
) -> impl Service<Request<Incoming>, Response = Response, Error = std::convert::Infallible, Future: Send>
{
    service_fn(move |request: Request<Incoming>| {
        connection.work();
        let answering = check(&request).map(|()| router.call(request));
        let connection = Arc::clone(&connection);
        async move {
            let response = match answering {
                Ok(answering) => answering.await?,
                Err(status) => rejected(status),
            };
            connection.wait();
            Ok(response)
        }
    })
}

/// # Errors
///
/// The status for a request that HTTP forbids, or whose URI is too long.
fn check<B>(request: &Request<B>) -> Result<(), StatusCode> {
    let target = request.uri().path_and_query();
    if target.is_some_and(|target| target.as_str().len() > MAX_URI_BYTES) {
        return Err(StatusCode::URI_TOO_LONG);
    }
    if has_valid_host(request.version(), request.headers()) {
        return Ok(());
    }
    Err(StatusCode::BAD_REQUEST)
}

/// RFC 9112 §3.2.
fn has_valid_host(version: Version, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => {
            // Empty if the URI has no authority.
            let host = host.as_bytes();
            host.is_empty()
                || is_plain_host(host)
                || !host.contains(&b'@') && Authority::try_from(host).is_ok()
        }
        (None, _) => version < Version::HTTP_11,
        (Some(_), Some(_)) => false,
    }
}

/// Whether a host is a name or an IPv4 address without a port, which most are behind a
/// reverse proxy. Parsing it would copy it.
fn is_plain_host(host: &[u8]) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    host.iter().all(is_plain)
}

fn rejected(status: StatusCode) -> Response {
    (status, [(CONNECTION, "close")], Body::empty()).into_response()
}

fn timed(stream: TcpStream, write_timeout: Duration) -> TimeoutStream<TcpStream> {
    // With TCP_NODELAY, a response is sent immediately. A failure only costs time.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(write_timeout));
    stream
}

/// The client disconnected, was too slow or violated HTTP. The log contains nothing that
/// it sent.
fn log_error(served: hyper::Result<()>) {
    if let Err(error) = served {
        tracing::debug!(
            timeout = error.is_timeout(),
            parse = error.is_parse(),
            "the connection failed"
        );
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn http_1_1_requires_one_valid_host() {
        for (hosts, http_1_0, http_1_1) in [
            (&[][..], true, false),
            (&["localhost"], true, true),
            (&["[::1]:80"], true, true),
            (&[""], true, true),
            (&["a", "a"], false, false),
            (&["a b"], false, false),
            (&["user@a"], false, false),
        ] {
            let mut headers = HeaderMap::new();
            for host in hosts {
                headers.append(HOST, HeaderValue::from_static(host));
            }
            let valid = |version| has_valid_host(version, &headers);
            assert_eq!(valid(Version::HTTP_10), http_1_0, "{hosts:?}");
            assert_eq!(valid(Version::HTTP_11), http_1_1, "{hosts:?}");
        }
    }
}
