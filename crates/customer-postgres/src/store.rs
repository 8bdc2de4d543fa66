//! The store: one statement an operation, which is a transaction of its own.

use std::fmt;
use std::time::Duration;

use customer_domain::{
    Customer, CustomerId, CustomerPage, CustomerStore, DeleteError, EmailKey, InsertError,
    ListQuery, Precondition, ReplaceError, Scan, SearchText, StoreError, TeamId, Version,
};
use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime,
};
use tokio_postgres::Statement;
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::config::PostgresConfig;
use crate::error::{ConnectError, Error, Failed};
use crate::parameter::Parameter;
use crate::retry::retry;
use crate::{keys, list, row, schema};

/// How long an operation waits for a connection while all are in use.
pub const WAIT_FOR_CONNECTION: Duration = Duration::from_secs(10);

/// The name of the constraint that keeps an email address to one customer of a
/// team (S2).
const EMAIL_CONSTRAINT: &str = "customer_email_key";

/// How often an operation looks again when the record was deleted and made anew
/// between two looks.
const LOOKS: usize = 8;

/// Customers in a PostgreSQL database.
///
/// A clone uses the same connections. They need the `tokio` runtime on which the
/// operations are awaited. See the front page of the crate for an example.
#[derive(Clone)]
pub struct PostgresStore {
    pool: Pool,
    config: PostgresConfig,
}

/// What a write came to, as long as the server did its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    Rows(u64),
    IdTaken,
    EmailTaken,
}

impl PostgresStore {
    /// Connects, and brings the schema of the database and the derived keys (S8) up to
    /// date. Where they are already, the user needs no more than the right to read and write the
    /// table `customer` and to read `customer_schema`.
    ///
    /// # Errors
    ///
    /// [`ConnectError`] says what is wrong with the server.
    pub async fn connect(config: &PostgresConfig) -> Result<Self, ConnectError> {
        let pool = pool(config)?;
        let mut client = pool.get().await?;
        schema::migrate(&mut client).await?;
        keys::recompute(&mut client).await?;
        drop(client);
        Ok(Self {
            pool,
            config: config.clone(),
        })
    }

    /// Where the server is.
    #[must_use]
    pub const fn config(&self) -> &PostgresConfig {
        &self.config
    }

    async fn prepare(&self, sql: &str) -> Result<(Object, Statement), Failed> {
        let client = self.pool.get().await?;
        let prepared = client.prepare_cached(sql).await;
        let statement = prepared.map_err(|error| Failed::of_read(&error))?;
        Ok((client, statement))
    }

    async fn find(
        &self,
        sql: &str,
        key: &[&(dyn ToSql + Sync)],
    ) -> Result<Option<Customer>, StoreError> {
        let row = retry(|| async {
            let (client, statement) = self.prepare(sql).await?;
            let row = client.query_opt(&statement, key).await;
            row.map_err(|error| Failed::of_read(&error))
        });
        Ok(row.await?.as_ref().map(row::read).transpose()?)
    }

    /// Inserts, or replaces the version that was read.
    async fn write(
        &self,
        sql: &str,
        customer: &Customer,
        read: Option<Version>,
    ) -> Result<Written, Error> {
        retry(|| async {
            let (client, statement) = self.prepare(sql).await?;
            match row::write(&client, &statement, customer, read).await? {
                Ok(rows) => Ok(Written::Rows(rows)),
                Err(error) => taken(&error).ok_or_else(|| Failed::of_write(&error)),
            }
        })
        .await
    }

    async fn remove(
        &self,
        team: TeamId,
        id: CustomerId,
        version: Option<i64>,
    ) -> Result<u64, Error> {
        retry(|| async {
            let (client, statement) = self.prepare(row::DELETE).await?;
            let key: [&(dyn ToSql + Sync); 3] = [team.as_uuid(), id.as_uuid(), &version];
            let rows = client.execute(&statement, &key).await;
            rows.map_err(|error| Failed::of_write(&error))
        })
        .await
    }

    async fn version(&self, team: TeamId, id: CustomerId) -> Result<Option<Version>, Error> {
        let row = retry(|| async {
            let (client, statement) = self.prepare(row::VERSION).await?;
            let key: [&(dyn ToSql + Sync); 2] = [team.as_uuid(), id.as_uuid()];
            let row = client.query_opt(&statement, &key).await;
            row.map_err(|error| Failed::of_read(&error))
        });
        let row = row.await?;
        row.map(|row| row::version_of(&row, id)).transpose()
    }

    /// The records of [`row::HOLDERS`], in one snapshot.
    async fn holders(&self, customer: &Customer) -> Result<Holders, Error> {
        let email = customer.email().key();
        let email = Parameter::text(email.as_str());
        let (team, id) = (customer.team(), customer.id());
        let rows = retry(|| async {
            let (client, statement) = self.prepare(row::HOLDERS).await?;
            let key: [&(dyn ToSql + Sync); 3] = [team.as_uuid(), id.as_uuid(), &email];
            let rows = client.query(&statement, &key).await;
            rows.map_err(|error| Failed::of_read(&error))
        });
        let mut holders = Holders::default();
        for row in rows.await? {
            match row::id(&row) {
                Some(found) if found == id => holders.own = Some(row::version_of(&row, id)),
                other => holders.other = other,
            }
        }
        Ok(holders)
    }
}

/// What an insert or a replace conflicts with.
#[derive(Default)]
struct Holders {
    /// The version of the record of its id; an error if it cannot be read (S8).
    own: Option<Result<Version, Error>>,
    /// Another record that has its email address.
    other: Option<CustomerId>,
}

fn pool(config: &PostgresConfig) -> Result<Pool, ConnectError> {
    let recycling = ManagerConfig {
        // A connection that the server closed is known without asking it.
        recycling_method: RecyclingMethod::Fast,
    };
    let driver = config.driver.clone();
    let manager = match driver.get_ssl_mode() {
        SslMode::Disable => Manager::from_config(driver, tokio_postgres::NoTls, recycling),
        #[cfg(feature = "tls")]
        _ => {
            let connector = crate::tls::connector(config.root_certificates.as_deref())?;
            Manager::from_config(driver, connector, recycling)
        }
        #[cfg(not(feature = "tls"))]
        _ => return Err(ConnectError::NoTls),
    };
    let durable = Hook::async_fn(|client: &mut deadpool_postgres::ClientWrapper, _| {
        Box::pin(async move {
            client
                .batch_execute(DURABLE)
                .await
                .map_err(HookError::Backend)
        })
    });
    let connect_timeout = config.driver.get_connect_timeout().copied();
    Pool::builder(manager)
        .max_size(config.max_connections)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(WAIT_FOR_CONNECTION))
        .create_timeout(connect_timeout)
        .post_create(durable)
        .build()
        .map_err(|error| ConnectError::Unreachable(error.into()))
}

/// S4: a commit is on the disk before it is acknowledged, whatever the database
/// or the user is set to. Stricter settings stay.
const DURABLE: &str = "SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') = 'off'";

/// The constraint tells what is taken; its name, because its text depends on the
/// server's language.
fn taken(error: &tokio_postgres::Error) -> Option<Written> {
    let answer = error.as_db_error()?;
    if *answer.code() != SqlState::UNIQUE_VIOLATION {
        return None;
    }
    match answer.constraint() {
        Some(EMAIL_CONSTRAINT) => Some(Written::EmailTaken),
        Some("customer_pkey") => Some(Written::IdTaken),
        Some(_) | None => None,
    }
}

impl CustomerStore for PostgresStore {
    async fn insert(&self, customer: &Customer) -> Result<(), InsertError> {
        for _ in 0..LOOKS {
            let written = self.write(&row::INSERT, customer, None).await;
            match written.map_err(StoreError::from)? {
                Written::Rows(_) => return Ok(()),
                Written::IdTaken => return Err(InsertError::IdTaken),
                Written::EmailTaken => {}
            }
            // Which of two constraints the server finds broken first depends on
            // the age of their indexes; the contract names the id first.
            let holders = self.holders(customer).await.map_err(StoreError::from)?;
            match (holders.own, holders.other) {
                (Some(_), _) => return Err(InsertError::IdTaken),
                (None, Some(id)) => return Err(InsertError::EmailTaken(id)),
                // The address is free again.
                (None, None) => {}
            }
        }
        Err(StoreError::from(Error::Restless).into())
    }

    async fn get(&self, team: TeamId, id: CustomerId) -> Result<Option<Customer>, StoreError> {
        self.find(&row::GET, &[team.as_uuid(), id.as_uuid()]).await
    }

    async fn find_by_email(
        &self,
        team: TeamId,
        email: &EmailKey,
    ) -> Result<Option<Customer>, StoreError> {
        let email = Parameter::text(email.as_str());
        self.find(&row::FIND, &[team.as_uuid(), &email]).await
    }

    async fn replace(&self, customer: &Customer, read: Version) -> Result<(), ReplaceError> {
        for _ in 0..LOOKS {
            let written = self.write(&row::REPLACE, customer, Some(read)).await;
            match written.map_err(StoreError::from)? {
                Written::Rows(0) | Written::EmailTaken | Written::IdTaken => {}
                Written::Rows(_) => return Ok(()),
            }
            // One snapshot decides, because others can have written since.
            let holders = self.holders(customer).await.map_err(StoreError::from)?;
            let own = holders.own.transpose().map_err(StoreError::from)?;
            match (own, holders.other) {
                (None, _) => return Err(ReplaceError::NotFound),
                (Some(found), _) if found != read => return Err(ReplaceError::VersionConflict),
                (Some(_), Some(id)) => return Err(ReplaceError::EmailTaken(id)),
                // It has come to be of this version, or the address free, since.
                (Some(_), None) => {}
            }
        }
        Err(StoreError::from(Error::Restless).into())
    }

    async fn delete(
        &self,
        team: TeamId,
        id: CustomerId,
        precondition: Precondition,
    ) -> Result<(), DeleteError> {
        let version = match precondition {
            Precondition::Any => None,
            Precondition::Version(version) => {
                Some(row::number_of(version).map_err(StoreError::from)?)
            }
        };
        for _ in 0..LOOKS {
            let removed = self.remove(team, id, version).await;
            if removed.map_err(StoreError::from)? > 0 {
                return Ok(());
            }
            let found = self.version(team, id).await.map_err(StoreError::from)?;
            match found {
                None => return Err(DeleteError::NotFound),
                Some(found) if !precondition.is_met_by(found) => {
                    return Err(DeleteError::VersionConflict);
                }
                // It has come to be there, or of this version, since.
                Some(_) => {}
            }
        }
        Err(StoreError::from(Error::Restless).into())
    }

    async fn list(&self, team: TeamId, query: &ListQuery) -> Result<CustomerPage, StoreError> {
        let sql = list::statement(query);
        let search = Parameter::text(query.search().map_or("", SearchText::as_str));
        let limit = i64::from(query.limit());
        // Beyond any table, and within a signed number.
        let offset = i64::try_from(query.offset()).unwrap_or(i64::MAX);
        let rows = retry(|| async {
            let (client, statement) = self.prepare(sql).await?;
            let parameters: [&(dyn ToSql + Sync); 4] = [team.as_uuid(), &search, &limit, &offset];
            let rows = client.query(&statement, &parameters).await;
            rows.map_err(|error| Failed::of_read(&error))
        });
        Ok(list::read(&rows.await?, query)?)
    }

    async fn scan(
        &self,
        team: TeamId,
        after: Option<CustomerId>,
        limit: u32,
    ) -> Result<Scan, StoreError> {
        let (sql, after) = match after {
            None => (&*row::SCAN_FIRST, Uuid::nil()),
            Some(id) => (&*row::SCAN_NEXT, *id.as_uuid()),
        };
        // One more row shows whether there is a next step.
        let count = i64::from(limit.max(1)) + 1;
        let rows = retry(|| async {
            let (client, statement) = self.prepare(sql).await?;
            let parameters: [&(dyn ToSql + Sync); 3] = [team.as_uuid(), &after, &count];
            let rows = client.query(&statement, &parameters).await;
            rows.map_err(|error| Failed::of_read(&error))
        });
        Ok(Scan::from_rows(list::records(&rows.await?)?, limit))
    }
}

/// Shows where the server is.
impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
