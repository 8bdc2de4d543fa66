//! `customer serve`: the HTTP server.

mod docs;
mod error;
mod greeting;
mod log;
mod metrics;
pub(crate) mod signals;

use std::future::pending;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use axum::Router;
use customer_domain::{DynCustomerStore, FnClock, TeamId, Timestamp, UnknownFields};
use customer_http::server::{self, ServerLimits};
use customer_http::{BindError, ClientId, Config, CustomerApi, DevelopmentAuthenticator};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::args::{Access, ServeArgs};
use crate::clock::system_time;
use crate::config;
use crate::store::StoreCommandError;

pub(crate) use error::ServeError;
use greeting::DevelopmentGreeting;
use metrics::Metrics;
use signals::Signals;

/// The limits of the metrics listener, which is not shared with clients.
const METRICS_LIMITS: ServerLimits = ServerLimits {
    connections: 16,
    ..ServerLimits::DEFAULT
};

/// Serves until a signal, or only checks the configuration.
///
/// # Errors
///
/// [`ServeError`].
pub(crate) fn run(args: &ServeArgs) -> Result<ExitCode, ServeError> {
    if let (true, Access::Configured(file)) = (args.check, args.access()) {
        config::load(file)?;
        writeln!(io::stdout(), "{} is valid", file.display()).map_err(ServeError::Write)?;
        return Ok(ExitCode::SUCCESS);
    }
    log::start(args.log, args.log_format);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(ServeError::Start)?;
    let served = runtime.block_on(serve(args));
    if matches!(served, Err(ServeError::Interrupted)) {
        runtime.shutdown_background();
    }
    served.map(|()| ExitCode::SUCCESS)
}

async fn serve(args: &ServeArgs) -> Result<(), ServeError> {
    system_time().map_err(|_| StoreCommandError::NoTime)?;
    let metrics = match args.metrics {
        Some(address) => Some((Metrics::new(), listen(address).await?)),
        None => None,
    };
    let observed = metrics.as_ref().map(|(metrics, _)| metrics);
    let (listener, router, limits) = match args.access() {
        Access::Configured(file) => {
            let config = config::load(file)?;
            configured(args, &config, observed).await?
        }
        Access::Development {
            team,
            unknown_fields,
        } => development(args, team, unknown_fields, observed).await?,
    };
    let main = router.clone();
    let router = match observed {
        Some(metrics) => metrics.observe(router),
        None => router,
    };
    // Until here a signal ends the process: a migration continues at the next start.
    let mut signals = Signals::listen().map_err(ServeError::Start)?;
    let metrics_listener = metrics.as_ref().map(|(_, listener)| listener);
    greet(args, &listener, metrics_listener).map_err(ServeError::Write)?;
    let (stop, stopped) = oneshot::channel::<()>();
    let interrupted = async {
        signals.next().await;
        drop(stop);
        signals.next().await;
    };
    let shutdown = async { drop(stopped.await) };
    tokio::select! {
        served = server::serve(listener, router, limits, shutdown) => Ok(served?),
        // Until the last request is completed.
        never = serve_metrics(metrics, main) => never,
        () = interrupted => Err(ServeError::Interrupted),
    }
}

/// The server for the clients of a configuration.
async fn configured(
    args: &ServeArgs,
    config: &Config,
    metrics: Option<&Metrics>,
) -> Result<(TcpListener, Router, ServerLimits), ServeError> {
    let store = open(args, metrics).await?;
    let (authenticator, rate_limiter) = (config.authenticator(), config.rate_limiter());
    let api = CustomerApi::new(store, FnClock(now), authenticator, rate_limiter)
        .with_limits(config.limits())
        .with_unknown_fields(config.unknown_fields());
    let listener = listen(args.listen).await?;
    Ok((listener, api.router(), config.server_limits()))
}

/// The server for this machine, without a rate limit and with an API reference.
async fn development(
    args: &ServeArgs,
    team: TeamId,
    unknown_fields: UnknownFields,
    metrics: Option<&Metrics>,
) -> Result<(TcpListener, Router, ServerLimits), ServeError> {
    let address = args.listen;
    let bound = DevelopmentAuthenticator::bind(address, team).await;
    let (listener, authenticator) = bound.map_err(|error| match error {
        BindError::NotLoopback => ServeError::NotLoopback { address },
        BindError::Io(source) => ServeError::Listen { address, source },
    })?;
    let store = open(args, metrics).await?;
    let unlimited = |_: &ClientId| Ok(());
    let api = CustomerApi::new(store, FnClock(now), authenticator, unlimited)
        .with_unknown_fields(unknown_fields);
    let router = api.router().merge(docs::routes());
    Ok((listener, router, ServerLimits::DEFAULT))
}

/// Opens the store, measured if there are metrics.
async fn open(
    args: &ServeArgs,
    metrics: Option<&Metrics>,
) -> Result<Arc<dyn DynCustomerStore>, ServeError> {
    let store = args.kept.store.open_engine().await?;
    Ok(match metrics {
        Some(metrics) => metrics.observe_store(store),
        None => store.shared(),
    })
}

async fn listen(address: SocketAddr) -> Result<TcpListener, ServeError> {
    let listener = TcpListener::bind(address).await;
    listener.map_err(|source| ServeError::Listen { address, source })
}

/// Serves the metrics, if there are any, and never returns otherwise.
async fn serve_metrics(
    metrics: Option<(Metrics, TcpListener)>,
    main: Router,
) -> Result<(), ServeError> {
    let Some((metrics, listener)) = metrics else {
        return pending().await;
    };
    let served = server::serve(listener, metrics.router(main), METRICS_LIMITS, pending());
    Ok(served.await?)
}

/// The current time. It was valid at the start; if the clock is set outside of the years
/// 0000 to 9999 later, no signature is valid any more.
fn now() -> Timestamp {
    system_time().unwrap_or(Timestamp::MIN)
}

/// Writes the URLs, once the server accepts connections.
fn greet(
    args: &ServeArgs,
    listener: &TcpListener,
    metrics: Option<&TcpListener>,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "http://{address}")?;
    if let Some(metrics) = metrics {
        writeln!(stdout, "http://{}/metrics", metrics.local_addr()?)?;
    }
    if let Access::Development { team, .. } = args.access() {
        let store = &args.kept.store;
        let greeting = DevelopmentGreeting {
            address,
            store,
            team,
        };
        writeln!(stdout, "\n{greeting}")?;
    }
    stdout.flush()
}
