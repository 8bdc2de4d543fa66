//! The store: each operation is one statement, which is a transaction of its own.

use std::fmt;
use std::sync::Arc;

use customer_domain::{
    Applied, Change, ChangePage, ChangesError, Clock, Customer, CustomerId, CustomerPage,
    CustomerStore, DeleteError, EmailKey, FieldSet, InsertError, ListQuery, Precondition, ReadFrom,
    ReplaceError, Scan, StoreError, TeamId, Timestamp, UpdateError, Version, Write, WriteResult,
};
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use uuid::Uuid;

use crate::config::PostgresConfig;
use crate::connection::Connections;
use crate::deadline::Deadline;
use crate::engine::Engine;
use crate::error::{ConnectError, Error};
use crate::parameter::Parameter;
use crate::pool::PoolStatus;
use crate::retry::retry;
use crate::writes::{Bound, Writes};
use crate::{keys, list, log_id, row, schema, settings};

/// The maximum number of attempts of a write if, each time, the record that it conflicts
/// with is gone when it is looked up.
pub(crate) const LOOKUPS: usize = 8;

/// Customers in a PostgreSQL database.
///
/// A clone uses the same connections. They need the `tokio` runtime on which the
/// operations are awaited. See the documentation of the crate for an example.
#[derive(Clone)]
pub struct PostgresStore {
    pub(crate) connections: Connections,
    config: PostgresConfig,
    pub(crate) engine: Engine,
    pub(crate) writes: Arc<Writes>,
}

/// The result of a statement that writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    Rows(u64),
    /// A unique constraint was violated. Its name is not reliable: each part of a
    /// distributed table has another one.
    Conflict,
}

/// The records that an insert or a replace conflicts with.
#[derive(Default)]
pub(crate) struct Holders {
    /// The version of the record of its id; an error if it cannot be read (S8).
    own: Option<Result<Version, Error>>,
    /// Another record that has its email address.
    other: Option<CustomerId>,
}

impl Holders {
    /// The other record that has the email address, while the record of the id is there:
    /// if that is gone, the other one can have got the address later.
    pub(crate) fn taken_by(&self) -> Option<CustomerId> {
        self.other.filter(|_| self.own.is_some())
    }
}

impl PostgresStore {
    /// Connects, and brings the schema of the database and the derived keys (S8) up to
    /// date. If they are, the user only needs the rights of an
    /// [application role](crate::operating). If the database is a restored dump, the change
    /// log gets a new id (S9).
    ///
    /// If settings of the server make it log values of customers, this is logged as a
    /// warning.
    ///
    /// # Errors
    ///
    /// [`ConnectError`]: why the server cannot be used.
    pub async fn connect(config: &PostgresConfig) -> Result<Self, ConnectError> {
        let connections = Connections::new(config)?;
        let mut connection = connections.connect().await?;
        let checked = tokio::time::timeout(config.timeouts.read, settings::check(&mut connection));
        let engine = checked
            .await
            .map_err(|late| ConnectError::Unreachable(late.into()))??;
        schema::migrate(&mut connection).await?;
        keys::recompute(&mut connection).await?;
        if engine == Engine::Single {
            log_id::prepare(&mut connection).await?;
        }
        drop(connection);
        Ok(Self {
            connections,
            config: config.clone(),
            engine,
            writes: Arc::new(Writes::new(engine)),
        })
    }

    /// The address of the server.
    #[must_use]
    pub const fn config(&self) -> &PostgresConfig {
        &self.config
    }

    /// The state of the pool of connections at the moment, for metrics.
    #[must_use]
    pub fn pool_status(&self) -> PoolStatus {
        self.connections.status()
    }

    pub(crate) fn read_deadline(&self) -> Deadline {
        Deadline::after(self.config.timeouts.read)
    }

    pub(crate) fn write_deadline(&self) -> Deadline {
        Deadline::after(self.config.timeouts.write)
    }

    pub(crate) async fn query(
        &self,
        deadline: Deadline,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, Error> {
        retry(deadline, || async {
            let mut connection = self.connections.get(deadline).await?;
            deadline.read(connection.query(sql, parameters)).await
        })
        .await
    }

    pub(crate) async fn find(
        &self,
        deadline: Deadline,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Option<Customer>, StoreError> {
        let rows = self.query(deadline, sql, parameters).await?;
        Ok(rows.first().map(row::read).transpose()?)
    }

    pub(crate) async fn write(
        &self,
        deadline: Deadline,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Written, Error> {
        retry(deadline, || async {
            let mut connection = self.connections.get(deadline).await?;
            let prepared = deadline.read(connection.prepare(sql, parameters)).await?;
            let written = async {
                match connection.execute_prepared(&prepared, parameters).await {
                    Ok(rows) => Ok(Written::Rows(rows)),
                    Err(error) if is_conflict(&error) => Ok(Written::Conflict),
                    Err(error) => Err(error),
                }
            };
            deadline.write(self.engine, written).await
        })
        .await
    }

    async fn version(
        &self,
        deadline: Deadline,
        team: TeamId,
        id: CustomerId,
    ) -> Result<Option<Version>, Error> {
        let rows = self
            .query(deadline, row::VERSION, &row::key(team, id))
            .await?;
        let row = rows.first();
        row.map(|row| row::version_of(row, id)).transpose()
    }

    /// The records of [`row::HOLDERS`], in one snapshot.
    pub(crate) async fn holders(
        &self,
        deadline: Deadline,
        customer: &Customer,
    ) -> Result<Holders, Error> {
        let email = customer.email().key();
        let (team, id) = (customer.team(), customer.id());
        let [team, own] = row::key(team, id);
        let parameters = [team, own, Parameter::text(email.as_str())];
        let mut holders = Holders::default();
        for row in self.query(deadline, row::HOLDERS, &parameters).await? {
            match row::id(&row) {
                Some(found) if found == id => holders.own = Some(row::version_of(&row, id)),
                other => holders.other = other,
            }
        }
        Ok(holders)
    }

    pub(crate) async fn replace_until(
        &self,
        deadline: Deadline,
        customer: &Customer,
        read: Version,
        changed: Option<FieldSet>,
    ) -> Result<(), ReplaceError> {
        let bound = self.writes.replace(customer, read, changed);
        let Bound { sql, parameters } = bound.map_err(StoreError::from)?;
        for _ in 0..LOOKUPS {
            let written = self.write(deadline, sql, &parameters).await;
            match written.map_err(StoreError::from)? {
                Written::Rows(0) | Written::Conflict => {}
                Written::Rows(_) => return Ok(()),
            }
            // One snapshot decides, because others can have written in the meantime.
            let holders = self.holders(deadline, customer).await;
            let holders = holders.map_err(StoreError::from)?;
            let own = holders.own.transpose().map_err(StoreError::from)?;
            match (own, holders.other) {
                (None, _) => return Err(ReplaceError::NotFound),
                (Some(found), _) if found != read => return Err(ReplaceError::VersionConflict),
                (Some(_), Some(id)) => return Err(ReplaceError::EmailTaken(id)),
                // It has this version now, or the address is free again.
                (Some(_), None) => {}
            }
        }
        Err(StoreError::from(Error::Restless).into())
    }
}

pub(crate) fn is_conflict(error: &tokio_postgres::Error) -> bool {
    error.code() == Some(&SqlState::UNIQUE_VIOLATION)
}

impl CustomerStore for PostgresStore {
    async fn insert(&self, customer: &Customer) -> Result<(), InsertError> {
        let deadline = self.write_deadline();
        let bound = self.writes.insert(customer).map_err(StoreError::from)?;
        let Bound { sql, parameters } = bound;
        for _ in 0..LOOKUPS {
            let written = self.write(deadline, sql, &parameters).await;
            match written.map_err(StoreError::from)? {
                Written::Rows(0) | Written::Conflict => {}
                Written::Rows(_) => return Ok(()),
            }
            let holders = self.holders(deadline, customer).await;
            let holders = holders.map_err(StoreError::from)?;
            match (holders.own, holders.other) {
                (Some(_), _) => return Err(InsertError::IdTaken),
                (None, Some(id)) => return Err(InsertError::EmailTaken(id)),
                // Both are free again.
                (None, None) => {}
            }
        }
        Err(StoreError::from(Error::Restless).into())
    }

    async fn get(&self, team: TeamId, id: CustomerId) -> Result<Option<Customer>, StoreError> {
        self.find(self.read_deadline(), &row::GET, &row::key(team, id))
            .await
    }

    async fn find_by_email(
        &self,
        team: TeamId,
        email: &EmailKey,
    ) -> Result<Option<Customer>, StoreError> {
        let team = Parameter::uuid(*team.as_uuid());
        let parameters = [team, Parameter::text(email.as_str())];
        self.find(self.read_deadline(), &row::FIND, &parameters)
            .await
    }

    async fn replace(&self, customer: &Customer, read: Version) -> Result<(), ReplaceError> {
        let deadline = self.write_deadline();
        self.replace_until(deadline, customer, read, None).await
    }

    async fn update(
        &self,
        team: TeamId,
        id: CustomerId,
        change: Change,
        precondition: Precondition,
        clock: Arc<dyn Clock>,
    ) -> Result<Applied, UpdateError> {
        self.update_as_one_step(team, id, &change, precondition, &clock)
            .await
    }

    async fn write_batch(
        &self,
        team: TeamId,
        writes: Vec<Write>,
        clock: Arc<dyn Clock>,
    ) -> Vec<WriteResult> {
        self.write_all(team, writes, clock).await
    }

    async fn delete(
        &self,
        team: TeamId,
        id: CustomerId,
        precondition: Precondition,
    ) -> Result<(), DeleteError> {
        let deadline = self.write_deadline();
        let bound = self.writes.delete(team, id, precondition);
        let Bound { sql, parameters } = bound.map_err(StoreError::from)?;
        for _ in 0..LOOKUPS {
            let written = self.write(deadline, sql, &parameters).await;
            match written.map_err(StoreError::from)? {
                Written::Rows(0) | Written::Conflict => {}
                Written::Rows(_) => return Ok(()),
            }
            let found = self.version(deadline, team, id).await;
            match found.map_err(StoreError::from)? {
                None => return Err(DeleteError::NotFound),
                Some(found) if !precondition.is_met_by(found) => {
                    return Err(DeleteError::VersionConflict);
                }
                // It exists now, or has this version.
                Some(_) => {}
            }
        }
        Err(StoreError::from(Error::Restless).into())
    }

    async fn list(&self, team: TeamId, query: &ListQuery) -> Result<CustomerPage, StoreError> {
        let (sql, parameters) = list::statement(team, query);
        let rows = self.query(self.read_deadline(), &sql, &parameters).await?;
        Ok(list::read(&rows, query)?)
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
        let parameters = [
            Parameter::uuid(*team.as_uuid()),
            Parameter::uuid(after),
            // One more row shows whether there is a next step.
            Parameter::integer(i64::from(limit.max(1)) + 1),
        ];
        let rows = self.query(self.read_deadline(), sql, &parameters).await?;
        Ok(Scan::from_rows(list::records(&rows)?, limit))
    }

    async fn changes(
        &self,
        team: TeamId,
        from: ReadFrom,
        limit: u32,
    ) -> Result<ChangePage, ChangesError> {
        self.read_changes(team, &from, limit).await
    }

    async fn prune_changes(&self, team: TeamId, before: Timestamp) -> Result<u64, ChangesError> {
        self.prune_log(team, before).await
    }
}

/// Shows the address of the server.
impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s2_an_address_is_taken_only_while_the_own_record_is_there() {
        let other = Some(CustomerId::from(Uuid::nil()));
        let taken_by = |own| Holders { own, other }.taken_by();
        assert_eq!(taken_by(Some(Ok(Version::FIRST))), other);
        assert_eq!(taken_by(None), None);
    }
}
