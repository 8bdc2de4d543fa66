//! No authentication, for local development only.

use std::io;
use std::net::{IpAddr, SocketAddr};

use customer_domain::{TeamId, Timestamp};
use http::header::HOST;
use http::uri::Authority;
use http::{HeaderMap, HeaderValue};
use tokio::net::TcpListener;

use super::caller::{Authenticator, Caller, ClientId, Credentials, Unauthorized};

/// Accepts every request, for development: as one of the client `development` and of one
/// team.
///
/// It can only be created together with its listener, which listens on a loopback address.
///
/// A page in a browser can reach loopback addresses too, under a host name that resolves
/// to them. Therefore a request whose `Host` is not `localhost` or a loopback address is
/// rejected.
///
/// ```
/// use customer_domain::TeamId;
/// use customer_http::{BindError, DevelopmentAuthenticator};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let team = TeamId::parse("00000000-0000-0000-0000-000000000001")?;
/// let (listener, _authenticator) =
///     DevelopmentAuthenticator::bind("127.0.0.1:0".parse()?, team).await?;
/// assert!(listener.local_addr()?.ip().is_loopback());
///
/// let everywhere = DevelopmentAuthenticator::bind("0.0.0.0:0".parse()?, team).await;
/// assert!(matches!(everywhere, Err(BindError::NotLoopback)));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct DevelopmentAuthenticator {
    team: TeamId,
    client: ClientId,
}

/// Why there is no listener for development.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Other machines could reach it.
    #[error(
        "without authentication a server listens on a loopback address only, such as 127.0.0.1"
    )]
    NotLoopback,
    /// The address is in use, or not one of this machine.
    #[error("cannot listen")]
    Io(#[from] io::Error),
}

impl DevelopmentAuthenticator {
    /// Listens on an address, which must be a loopback one, for requests to a team.
    ///
    /// # Errors
    ///
    /// [`BindError`].
    pub async fn bind(address: SocketAddr, team: TeamId) -> Result<(TcpListener, Self), BindError> {
        if !is_loopback(address.ip()) {
            return Err(BindError::NotLoopback);
        }
        let authenticator = Self {
            team,
            client: ClientId::new("development"),
        };
        Ok((TcpListener::bind(address).await?, authenticator))
    }
}

impl Authenticator for DevelopmentAuthenticator {
    async fn authenticate(
        &self,
        request: &Credentials<'_>,
        now: Timestamp,
    ) -> Result<Caller, Unauthorized> {
        self.check_headers(request.headers, now)?;
        Ok(Caller::new(self.client.clone(), self.team))
    }

    fn check_headers(&self, headers: &HeaderMap, _now: Timestamp) -> Result<(), Unauthorized> {
        if hosts(headers).all(is_this_machine) {
            Ok(())
        } else {
            Err(Unauthorized::because("the host is not this machine"))
        }
    }
}

/// Also `::ffff:127.0.0.1`.
fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

fn hosts(headers: &HeaderMap) -> impl Iterator<Item = &HeaderValue> {
    headers.get_all(HOST).iter()
}

fn is_this_machine(host: &HeaderValue) -> bool {
    let Ok(authority) = Authority::try_from(host.as_bytes()) else {
        return false;
    };
    let host = authority.host();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || address.parse().is_ok_and(is_loopback)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn localhost_and_loopback_addresses_are_this_machine() {
        for host in [
            "localhost",
            "LOCALHOST:8080",
            "127.0.0.1",
            "127.8.0.1:1",
            "[::1]:8080",
            "[::1]",
        ] {
            assert!(is_this_machine(&HeaderValue::from_static(host)), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "evil.example:8080",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "10.0.0.1",
            "[::2]:80",
        ] {
            assert!(!is_this_machine(&HeaderValue::from_static(host)), "{host}");
        }
    }
}
