//! The limits of the connections.

use std::num::NonZeroUsize;
use std::time::Duration;

/// The limits of the connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerLimits {
    /// The largest head of a request: its line and its headers, in bytes. The
    /// response to a larger one, and to one with more than 100 headers, is 431. It is
    /// also the size of the read buffer of a connection, which is at least 8 KiB.
    pub head_bytes: usize,
    /// How long the head of a request may take to arrive, and how long a connection
    /// may be idle. Then it is closed.
    pub head_timeout: Duration,
    /// How long a client may take to read a part of a response. Then the connection
    /// is closed.
    pub write_timeout: Duration,
    /// The maximum number of connections. Further ones wait until one is closed.
    ///
    /// When more than half of them are in use, connections that wait for their
    /// client, to send or to read, are closed earlier: the time decreases linearly
    /// from `head_timeout` to half a second at the maximum. Likewise
    /// `connection_lifetime` decreases to one second.
    pub connections: usize,
    /// The maximum number of connections of one peer: an IPv4 address or an IPv6
    /// network of 64 bits. Further ones are closed. `None`, the default, is no limit,
    /// because a reverse proxy is one peer.
    pub connections_per_peer: Option<NonZeroUsize>,
    /// How long a connection is kept. Then it is closed when no request is in
    /// progress.
    pub connection_lifetime: Duration,
    /// How long a shutdown waits for the requests in progress.
    pub shutdown_timeout: Duration,
}

impl ServerLimits {
    /// 32 KiB and 30 seconds for the head of a request, 30 seconds for the response,
    /// 1,024 connections of 10 minutes, 30 seconds for a shutdown.
    pub const DEFAULT: Self = Self {
        head_bytes: 32 * 1024,
        head_timeout: Duration::from_secs(30),
        write_timeout: Duration::from_secs(30),
        connections: 1024,
        connections_per_peer: None,
        connection_lifetime: Duration::from_secs(10 * 60),
        shutdown_timeout: Duration::from_secs(30),
    };
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
