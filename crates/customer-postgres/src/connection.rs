//! Connections: their pool, and what happens to the connection of an abandoned operation.

use std::sync::Arc;
use std::time::Duration;

use customer_domain::BoxFuture;
use deadpool_postgres::{
    ClientWrapper, Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime,
};
use tokio_postgres::config::SslMode;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{CancelToken, NoTls, Row, Statement};

use crate::config::PostgresConfig;
use crate::deadline::Deadline;
use crate::error::{ConnectError, Error, Failed};
use crate::parameter::Parameter;
use crate::pipeline::in_order;
use crate::pool::PoolStatus;

/// How long a request to cancel a statement may take before its connection is closed.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(2);

/// The levels above can fail because of other transactions, which the row locks prevent.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// The connections of a store.
#[derive(Clone)]
pub(crate) struct Connections {
    pool: Pool,
    tls: Tls,
    prepared_statements: bool,
}

/// A connection for one operation.
///
/// If it is dropped while a statement or a transaction is in progress, the statement is
/// cancelled and the connection closed (S5): it never returns to the pool.
pub(crate) struct Connection {
    /// `None` only during the drop.
    client: Option<Object>,
    tls: Tls,
    prepared_statements: bool,
    is_in_statement: bool,
    is_in_transaction: bool,
}

/// A statement that is ready to be sent.
pub(crate) enum Prepared<'a> {
    Named(Statement),
    /// For poolers without prepared statements.
    Unnamed(&'a str),
}

/// How to encrypt a connection.
#[derive(Clone)]
enum Tls {
    None,
    #[cfg(feature = "tls")]
    Rustls(tokio_postgres_rustls::MakeRustlsConnect),
}

impl Connections {
    pub(crate) fn new(config: &PostgresConfig) -> Result<Self, ConnectError> {
        let recycling = ManagerConfig {
            // The driver knows whether the server has closed a connection.
            recycling_method: RecyclingMethod::Fast,
        };
        let driver = config.driver.clone();
        let tls = Tls::new(config)?;
        let manager = match &tls {
            Tls::None => Manager::from_config(driver, NoTls, recycling),
            #[cfg(feature = "tls")]
            Tls::Rustls(connector) => Manager::from_config(driver, connector.clone(), recycling),
        };
        let hosts = config.driver.get_hosts().len();
        let hosts = hosts.max(config.driver.get_hostaddrs().len());
        let connect = config.timeouts.connect;
        // Compiling the plan of a list of a large team takes longer than it saves.
        let no_jit = Hook::async_fn(|client: &mut ClientWrapper, _| {
            Box::pin(async move {
                let set = client.batch_execute("SET jit = off").await;
                set.map_err(HookError::Backend)
            })
        });
        let mut pool = Pool::builder(manager)
            .max_size(config.max_connections)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(config.timeouts.wait))
            // Also a server that accepts a connection and does not answer.
            .create_timeout(Some(connect * u32::try_from(hosts).unwrap_or(u32::MAX)));
        if config.prepared_statements {
            pool = pool.post_create(no_jit);
        }
        let pool = pool
            .build()
            .map_err(|error| ConnectError::Unreachable(error.into()))?;
        Ok(Self {
            pool,
            tls,
            prepared_statements: config.prepared_statements,
        })
    }

    /// The first connection.
    pub(crate) async fn connect(&self) -> Result<Connection, ConnectError> {
        Ok(self.wrap(self.pool.get().await?))
    }

    pub(crate) async fn get(&self, deadline: Deadline) -> Result<Connection, Failed> {
        match deadline.limit(self.pool.get()).await {
            Some(client) => Ok(self.wrap(client?)),
            None => Err(Failed::Finally(Error::Busy)),
        }
    }

    pub(crate) fn status(&self) -> PoolStatus {
        let status = self.pool.status();
        PoolStatus {
            max: status.max_size,
            open: status.size,
            idle: status.available,
            waiting: status.waiting,
        }
    }

    fn wrap(&self, client: Object) -> Connection {
        Connection {
            client: Some(client),
            tls: self.tls.clone(),
            prepared_statements: self.prepared_statements,
            is_in_statement: false,
            is_in_transaction: false,
        }
    }
}

impl Connection {
    #[expect(clippy::expect_used, reason = "only the drop takes the client")]
    fn client(&self) -> &Object {
        self.client.as_ref().expect("a connection has a client")
    }

    /// Prepares a statement, or finds it among the prepared ones.
    pub(crate) async fn prepare<'a>(
        &mut self,
        sql: &'a str,
        parameters: &[Parameter<'_>],
    ) -> Result<Prepared<'a>, tokio_postgres::Error> {
        if !self.prepared_statements {
            return Ok(Prepared::Unnamed(sql));
        }
        let types: Vec<_> = parameters.iter().map(Parameter::type_of).collect();
        self.is_in_statement = true;
        let statement = self.client().prepare_typed_cached(sql, &types).await;
        self.is_in_statement = false;
        statement.map(Prepared::Named)
    }

    /// Executes a prepared statement and returns the number of rows.
    pub(crate) async fn execute_prepared(
        &mut self,
        statement: &Prepared<'_>,
        parameters: &[Parameter<'_>],
    ) -> Result<u64, tokio_postgres::Error> {
        self.is_in_statement = true;
        let rows = execute(self.client(), statement, parameters).await;
        self.is_in_statement = false;
        rows
    }

    /// Executes a statement and returns its rows.
    pub(crate) async fn query(
        &mut self,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, tokio_postgres::Error> {
        let statement = self.prepare(sql, parameters).await?;
        self.is_in_statement = true;
        let rows = query(self.client(), &statement, parameters).await;
        self.is_in_statement = false;
        rows
    }

    /// Executes a statement and returns the number of rows.
    pub(crate) async fn execute(
        &mut self,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<u64, tokio_postgres::Error> {
        let statement = self.prepare(sql, parameters).await?;
        self.execute_prepared(&statement, parameters).await
    }

    /// Executes one statement without parameters, in one round trip.
    pub(crate) async fn run(&mut self, sql: &str) -> Result<(), tokio_postgres::Error> {
        self.is_in_statement = true;
        let done = self.client().batch_execute(sql).await;
        self.is_in_statement = false;
        done
    }

    /// Begins a transaction. Unless it is [committed](Self::commit) or
    /// [rolled back](Self::roll_back), the connection is closed at the end.
    pub(crate) async fn begin(&mut self) -> Result<(), tokio_postgres::Error> {
        self.is_in_transaction = true;
        self.run(BEGIN).await
    }

    /// Begins a transaction with a query, in one round trip.
    pub(crate) async fn begin_with(
        &mut self,
        statement: &Prepared<'_>,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, tokio_postgres::Error> {
        self.is_in_transaction = true;
        self.is_in_statement = true;
        let client = self.client();
        let begin = async { client.batch_execute(BEGIN).await.map(|()| Vec::new()) };
        let query = query(client, statement, parameters);
        let results = in_order(vec![Box::pin(begin), Box::pin(query)]).await;
        self.is_in_statement = false;
        let results: Result<Vec<_>, _> = results.into_iter().collect();
        Ok(results?.pop().unwrap_or_default())
    }

    /// Executes statements in their order and in one round trip. Returns the number of
    /// rows of each, or the first error.
    pub(crate) async fn execute_all(
        &mut self,
        statements: &[(Arc<Prepared<'_>>, Vec<Parameter<'_>>)],
    ) -> Result<Vec<u64>, tokio_postgres::Error> {
        self.is_in_statement = true;
        let client = self.client();
        let executed = statements.iter().map(|(statement, parameters)| {
            let executed = execute(client, statement, parameters);
            Box::pin(executed) as BoxFuture<'_, _>
        });
        let results = in_order(executed.collect()).await;
        self.is_in_statement = false;
        results.into_iter().collect()
    }

    /// Executes the last statement of a transaction and commits, in one round trip. After
    /// an error of the statement, the transaction is rolled back.
    pub(crate) async fn execute_and_commit(
        &mut self,
        statement: &Prepared<'_>,
        parameters: &[Parameter<'_>],
    ) -> Result<u64, tokio_postgres::Error> {
        self.is_in_statement = true;
        let client = self.client();
        let executed = execute(client, statement, parameters);
        let commit = async { client.batch_execute("COMMIT").await.map(|()| 0) };
        let mut results = in_order(vec![
            Box::pin(executed) as BoxFuture<'_, _>,
            Box::pin(commit),
        ])
        .await;
        self.is_in_statement = false;
        let committed = results.pop().unwrap_or(Ok(0));
        self.is_in_transaction = committed.is_err();
        let rows = results.pop().unwrap_or(Ok(0))?;
        committed.map(|_| rows)
    }

    pub(crate) async fn commit(&mut self) -> Result<(), tokio_postgres::Error> {
        self.run("COMMIT").await?;
        self.is_in_transaction = false;
        Ok(())
    }

    pub(crate) async fn roll_back(&mut self) -> Result<(), tokio_postgres::Error> {
        self.run("ROLLBACK").await?;
        self.is_in_transaction = false;
        Ok(())
    }
}

async fn query(
    client: &Object,
    statement: &Prepared<'_>,
    parameters: &[Parameter<'_>],
) -> Result<Vec<Row>, tokio_postgres::Error> {
    match statement {
        Prepared::Named(statement) => client.query(statement, &untyped(parameters)).await,
        Prepared::Unnamed(sql) => client.query_typed(sql, &typed(parameters)).await,
    }
}

async fn execute(
    client: &Object,
    statement: &Prepared<'_>,
    parameters: &[Parameter<'_>],
) -> Result<u64, tokio_postgres::Error> {
    match statement {
        Prepared::Named(statement) => client.execute(statement, &untyped(parameters)).await,
        Prepared::Unnamed(sql) => client.execute_typed(sql, &typed(parameters)).await,
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let Some(client) = self.client.take() else {
            return;
        };
        if !self.is_in_statement && !self.is_in_transaction {
            return;
        }
        let abandoned = Abandoned(Some(client));
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        // PgBouncer 1.18 ends with an error of its own if the connection of a request to
        // cancel closes before the request is forwarded, and the driver closes it at once.
        if !self.is_in_statement || !self.prepared_statements {
            return;
        }
        let (tls, token) = (self.tls.clone(), abandoned.token());
        runtime.spawn(async move {
            // Until then it counts as one of the pool's connections, so that abandoned
            // operations cannot open more than the maximum.
            let _ = tokio::time::timeout(CANCEL_TIMEOUT, tls.cancel(token)).await;
            drop(abandoned);
        });
    }
}

/// A connection that is closed when it is dropped.
struct Abandoned(Option<Object>);

impl Abandoned {
    fn token(&self) -> Option<CancelToken> {
        self.0.as_ref().map(|client| client.cancel_token())
    }
}

impl Drop for Abandoned {
    fn drop(&mut self) {
        // Outside of the pool, a client closes its connection when it is dropped.
        drop(self.0.take().map(Object::take));
    }
}

impl Tls {
    fn new(config: &PostgresConfig) -> Result<Self, ConnectError> {
        match config.driver.get_ssl_mode() {
            SslMode::Disable => Ok(Self::None),
            #[cfg(feature = "tls")]
            _ => {
                let certificates = config.root_certificates.as_deref();
                Ok(Self::Rustls(crate::tls::connector(certificates)?))
            }
            #[cfg(not(feature = "tls"))]
            _ => Err(ConnectError::NoTls),
        }
    }

    /// Asks the server to cancel a statement. Closing the connection does not: the server
    /// only notices that when it sends the result.
    async fn cancel(self, token: Option<CancelToken>) -> Result<(), tokio_postgres::Error> {
        let Some(token) = token else { return Ok(()) };
        match self {
            Self::None => token.cancel_query(NoTls).await,
            #[cfg(feature = "tls")]
            Self::Rustls(connector) => token.cancel_query(connector).await,
        }
    }
}

fn untyped<'a>(parameters: &'a [Parameter<'_>]) -> Vec<&'a (dyn ToSql + Sync)> {
    let parameters = parameters.iter();
    parameters.map(|parameter| parameter as _).collect()
}

fn typed<'a>(parameters: &'a [Parameter<'_>]) -> Vec<(&'a (dyn ToSql + Sync), Type)> {
    let parameters = parameters.iter();
    parameters
        .map(|parameter| (parameter as _, parameter.type_of()))
        .collect()
}
