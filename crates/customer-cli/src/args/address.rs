//! Addresses to listen on.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, ToSocketAddrs};

/// A string is not an address to listen on.
#[derive(Debug, thiserror::Error)]
pub(super) enum AddressError {
    #[error("expected ADDRESS:PORT, such as 127.0.0.1:8080, localhost:8080 or :8080")]
    Syntax,
    #[error(transparent)]
    Resolve(#[from] io::Error),
}

/// Parses `ADDRESS:PORT`, `HOST:PORT` or `:PORT`. Without an address it is 127.0.0.1.
/// If a host name has several addresses, the first IPv4 address is used.
pub(super) fn parse(text: &str) -> Result<SocketAddr, AddressError> {
    let (host, port) = text.rsplit_once(':').ok_or(AddressError::Syntax)?;
    let port = port.parse().map_err(|_| AddressError::Syntax)?;
    if host.is_empty() {
        return Ok((Ipv4Addr::LOCALHOST, port).into());
    }
    // An IPv6 address is in brackets.
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    let addresses: Vec<SocketAddr> = (host, port).to_socket_addrs()?.collect();
    let v4 = addresses.iter().find(|address| address.is_ipv4());
    let address = v4.or(addresses.first()).ok_or(AddressError::Syntax)?;
    Ok(*address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_may_be_missing_or_a_name() {
        for (text, expected) in [
            ("127.0.0.1:8080", "127.0.0.1:8080"),
            ("0.0.0.0:0", "0.0.0.0:0"),
            ("[::1]:65535", "[::1]:65535"),
            (":8080", "127.0.0.1:8080"),
            ("localhost:8080", "127.0.0.1:8080"),
        ] {
            let expected = expected.parse().unwrap();
            assert_eq!(parse(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn the_port_is_required_and_has_16_bits() {
        for text in [
            "",
            ":",
            "8080",
            "127.0.0.1",
            "localhost:",
            ":65536",
            ":-1",
            ":http",
        ] {
            let error = parse(text).unwrap_err();
            assert!(matches!(error, AddressError::Syntax), "{text}: {error}");
        }
    }
}
