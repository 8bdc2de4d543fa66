//! S3: an update as one step. The first attempt is optimistic: it reads the record and
//! replaces the version that was read. If another write came between, the next attempt
//! locks the record, so that concurrent updates wait for each other.

use customer_domain::{
    Applied, Change, Clock, Customer, CustomerId, Precondition, ReplaceError, StoreError, TeamId,
    UpdateError, Version,
};

use crate::deadline::Deadline;
use crate::error::{Error, Failed};
use crate::retry::retry;
use crate::row;
use crate::store::{LOOKUPS, PostgresStore, is_conflict};
use crate::writes::Bound;

/// An update, without its clock.
struct Request<'a> {
    team: TeamId,
    id: CustomerId,
    change: &'a Change,
    precondition: Precondition,
}

/// The result of an attempt with a lock.
enum Locked {
    Done(Result<Box<Applied>, UpdateError>),
    /// The email address was taken when the record was written.
    Conflict(Box<Applied>),
}

impl Request<'_> {
    /// Applies the change to the record that was read; returns its version too.
    fn apply(
        &self,
        read: Option<Customer>,
        clock: &dyn Clock,
    ) -> Result<(Version, Applied), UpdateError> {
        let customer = read.ok_or(UpdateError::NotFound)?;
        let version = customer.version();
        if !self.precondition.is_met_by(version) {
            return Err(UpdateError::VersionConflict);
        }
        Ok((version, customer.apply_change(self.change, clock.now())))
    }
}

impl PostgresStore {
    pub(crate) async fn update_as_one_step(
        &self,
        team: TeamId,
        id: CustomerId,
        change: &Change,
        precondition: Precondition,
        clock: &dyn Clock,
    ) -> Result<Applied, UpdateError> {
        let request = &Request {
            team,
            id,
            change,
            precondition,
        };
        let deadline = self.write_deadline();
        let key = row::key(request.team, request.id);
        let read = self.find(deadline, &row::GET, &key).await?;
        let (read, applied) = request.apply(read, clock)?;
        if applied.changed().is_empty() {
            return Ok(applied);
        }
        let changed = Some(applied.changed());
        let replaced = self.replace_until(deadline, applied.customer(), read, changed);
        match replaced.await {
            Ok(()) => Ok(applied),
            Err(ReplaceError::VersionConflict) if request.precondition == Precondition::Any => {
                self.update_locked(deadline, request, clock).await
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn update_locked(
        &self,
        deadline: Deadline,
        request: &Request<'_>,
        clock: &dyn Clock,
    ) -> Result<Applied, UpdateError> {
        for _ in 0..LOOKUPS {
            let attempt = retry(deadline, || self.attempt_locked(deadline, request, clock));
            let applied = match attempt.await.map_err(StoreError::from)? {
                Locked::Done(result) => return result.map(|applied| *applied),
                Locked::Conflict(applied) => applied,
            };
            let holders = self.holders(deadline, applied.customer()).await;
            if let Some(other) = holders.map_err(StoreError::from)?.taken_by() {
                return Err(UpdateError::EmailTaken(other));
            }
            // The address is free again, or the record is gone.
        }
        Err(StoreError::from(Error::Restless).into())
    }

    async fn attempt_locked(
        &self,
        deadline: Deadline,
        request: &Request<'_>,
        clock: &dyn Clock,
    ) -> Result<Locked, Failed> {
        let key = row::key(request.team, request.id);
        let mut connection = self.connections.get(deadline).await?;
        let lock = deadline.read(connection.prepare(&row::LOCK, &key)).await?;
        let rows = deadline.read(connection.begin_with(&lock, &key)).await?;
        let read = rows.first().map(row::read).transpose()?;
        let (read, applied) = match request.apply(read, clock) {
            Ok((read, applied)) if !applied.changed().is_empty() => (read, applied),
            done => {
                deadline.read(connection.roll_back()).await?;
                return Ok(Locked::Done(done.map(|(_, applied)| Box::new(applied))));
            }
        };
        let changed = Some(applied.changed());
        let bound = self.writes.replace(applied.customer(), read, changed)?;
        let Bound { sql, parameters } = bound;
        let replace = deadline.read(connection.prepare(sql, &parameters)).await?;
        let written = async {
            match connection.execute_and_commit(&replace, &parameters).await {
                Ok(_) => Ok(true),
                Err(error) if is_conflict(&error) => Ok(false),
                Err(error) => Err(error),
            }
        };
        let is_written = deadline.write(self.engine, written).await?;
        drop(parameters);
        let applied = Box::new(applied);
        Ok(if is_written {
            Locked::Done(Ok(applied))
        } else {
            Locked::Conflict(applied)
        })
    }
}
