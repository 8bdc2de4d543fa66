//! `customer serve`: the endpoint over HTTP.

mod examples;
mod log;
mod signals;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use axum::Router;
use customer_domain::{FnClock, TeamId, Timestamp};
use customer_http::server::{self, CutOff, ServerLimits};
use customer_http::{
    BindError, ClientId, Config, ConfigError, CustomerApi, DevelopmentAuthenticator,
};
use tokio::net::TcpListener;

use crate::args::{Access, ServeArgs};
use crate::clock::system_time;
use crate::store::StoreCommandError;

use examples::Examples;
use signals::Signals;

/// Why a server did not start, or did not end as it should.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServeError {
    /// The configuration cannot be used.
    #[error("cannot use {file}")]
    Config {
        /// Its file.
        file: String,
        /// Why.
        source: ConfigError,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Others could reach it, and everybody would be let in.
    #[error(
        "--dev lets everybody in and listens on a loopback address only, such as 127.0.0.1:8080: \
         {address} is none"
    )]
    NotLoopback {
        /// The address.
        address: SocketAddr,
    },
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreCommandError),
    /// The runtime or the handlers of signals cannot be started.
    #[error("cannot start")]
    Start(#[source] io::Error),
    /// The output cannot be written.
    #[error("cannot write to standard output")]
    Write(#[source] io::Error),
    /// The shutdown did not wait any longer.
    #[error(transparent)]
    CutOff(#[from] CutOff),
}

/// Serves until a signal says to stop.
///
/// # Errors
///
/// [`ServeError`].
pub(crate) fn run(args: &ServeArgs) -> Result<ExitCode, ServeError> {
    log::start(args.log);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(ServeError::Start)?;
    runtime.block_on(serve(args))?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(args: &ServeArgs) -> Result<(), ServeError> {
    let mut signals = Signals::listen().map_err(ServeError::Start)?;
    system_time().map_err(|_| StoreCommandError::NoTime)?;
    let (listener, router) = match args.access() {
        Access::Configured(file) => configured(args, file).await?,
        Access::Everybody(team) => everybody(args, team).await?,
    };
    let address = listener.local_addr().map_err(ServeError::Start)?;
    greet(address, &args.access()).map_err(ServeError::Write)?;
    let serving = server::serve(listener, router, ServerLimits::DEFAULT, signals.next());
    Ok(serving.await?)
}

/// For those whom the configuration knows.
async fn configured(args: &ServeArgs, file: &Path) -> Result<(TcpListener, Router), ServeError> {
    let config = Config::load(file).map_err(|source| ServeError::Config {
        file: file.display().to_string(),
        source,
    })?;
    let store = args.kept.store.open().await?;
    let (authenticator, rate_limiter) = (config.authenticator(), config.rate_limiter());
    let api = CustomerApi::new(store, FnClock(now), authenticator, rate_limiter)
        .with_limits(config.limits());
    let listener = TcpListener::bind(args.listen).await;
    let listener = listener.map_err(|source| ServeError::listen(args, source))?;
    Ok((listener, api.router()))
}

/// For everybody on this machine, as often as they like.
async fn everybody(args: &ServeArgs, team: TeamId) -> Result<(TcpListener, Router), ServeError> {
    let bound = DevelopmentAuthenticator::bind(args.listen, team).await;
    let (listener, authenticator) = bound.map_err(|error| match error {
        BindError::NotLoopback => ServeError::NotLoopback {
            address: args.listen,
        },
        BindError::Io(source) => ServeError::listen(args, source),
    })?;
    let store = args.kept.store.open().await?;
    let unlimited = |_: &ClientId| Ok(());
    let api = CustomerApi::new(store, FnClock(now), authenticator, unlimited);
    Ok((listener, api.router()))
}

/// The time. It was there at the start; should the clock be set outside of the years
/// 0000 to 9999 since, no signature is current any more.
fn now() -> Timestamp {
    system_time().unwrap_or(Timestamp::MIN)
}

/// Tells where the server is, once it can be reached.
fn greet(address: SocketAddr, access: &Access<'_>) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "http://{address}")?;
    match access {
        Access::Configured(_) => {}
        Access::Everybody(_) => writeln!(stdout, "\n{}", Examples { address })?,
    }
    stdout.flush()
}

impl ServeError {
    const fn listen(args: &ServeArgs, source: io::Error) -> Self {
        Self::Listen {
            address: args.listen,
            source,
        }
    }
}
