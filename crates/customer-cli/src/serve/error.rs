//! The errors of `customer serve`.

use std::io;
use std::net::SocketAddr;

use customer_http::server::CutOff;

use crate::config::ConfigFileError;
use crate::store::StoreCommandError;

/// Why a server did not start, or did not stop cleanly.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServeError {
    /// The configuration is not usable.
    #[error(transparent)]
    Config(#[from] ConfigFileError),
    /// The server cannot listen on the address.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The cause.
        source: io::Error,
    },
    /// Other machines could reach the development server.
    #[error(
        "--dev accepts requests without credentials, so it listens on loopback addresses only, \
         such as 127.0.0.1:8080, and not on {address}"
    )]
    NotLoopback {
        /// The address.
        address: SocketAddr,
    },
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreCommandError),
    /// The runtime or the signal handlers cannot be started.
    #[error("cannot start")]
    Start(#[source] io::Error),
    /// The output cannot be written.
    #[error("cannot write to standard output")]
    Write(#[source] io::Error),
    /// Requests took longer than the shutdown waits.
    #[error(transparent)]
    CutOff(#[from] CutOff),
    /// A second signal ended the process.
    #[error("stopped by a second signal; requests may have been cut off")]
    Interrupted,
}
