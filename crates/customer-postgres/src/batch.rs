//! S10: writes that are submitted together, in one transaction of three round trips.
//!
//! The first reads and locks all records that the writes name, by id and by email key, in
//! the order of their ids. [`Plan`] then determines the result of each write as if the
//! writes before it had been executed, and collects the statements of those that succeed.
//! The second round trip executes them, the third commits.
//!
//! The unique constraints find out if another transaction took an id or an email address
//! in between. Then the whole batch is repeated, as it is after a deadlock or a
//! serialization failure. If that does not help, or if the server rejects a row for
//! another reason, the writes are executed one after the other.

use std::collections::HashMap;
use std::sync::Arc;

use customer_domain::{
    Applied, Clock, Customer, CustomerId, CustomerStore, DeleteError, FieldSet, InsertError,
    MatchBy, Precondition, StoreError, TeamId, Update, UpdateError, Upsert, UpsertError, Upserted,
    Version, Write, WriteResult,
};
use tokio_postgres::Row;

use crate::deadline::Deadline;
use crate::error::{Error, Failed};
use crate::parameter::{Parameter, Texts};
use crate::retry::retry;
use crate::row;
use crate::store::{PostgresStore, is_conflict};
use crate::writes::{Bound, Writes};

/// The result of an attempt.
enum Attempt {
    Done(Vec<WriteResult>),
    /// The server rejected a statement for a reason of that row.
    RowRejected,
}

/// A record as it is after the writes before.
struct Known {
    /// An error if the row is corrupt (S8).
    customer: Result<Customer, Error>,
    version: Result<Version, Error>,
    email_key: String,
}

/// A statement of a batch.
enum Statement {
    Insert(Customer),
    /// The version that the record has before, and the fields that change.
    Replace(Customer, Version, FieldSet),
    Delete(CustomerId),
}

/// The results of the writes so far, and the statements that execute them.
struct Plan {
    team: TeamId,
    records: HashMap<CustomerId, Known>,
    holders: HashMap<String, CustomerId>,
    results: Vec<WriteResult>,
    /// The index of the write, and its statement.
    statements: Vec<(usize, Statement)>,
}

impl PostgresStore {
    pub(crate) async fn write_all(
        &self,
        team: TeamId,
        writes: Vec<Write>,
        clock: Arc<dyn Clock>,
    ) -> Vec<WriteResult> {
        let is_of_team = |write: &Write| match write {
            Write::Insert(customer) => customer.team() == team,
            Write::Update(..) | Write::Upsert(_) | Write::Delete(..) => true,
        };
        if writes.len() > 1 && writes.iter().all(is_of_team) {
            let deadline = self.write_deadline();
            let attempt = || self.attempt_batch(deadline, team, &writes, &clock);
            match retry(deadline, attempt).await {
                Ok(Attempt::Done(results)) => return results,
                Ok(Attempt::RowRejected) | Err(Error::Restless) => {}
                Err(error) => {
                    let failed = |write: &Write| write.failed(error.clone().into());
                    return writes.iter().map(failed).collect();
                }
            }
        }
        let mut results = Vec::with_capacity(writes.len());
        for write in writes {
            results.push(self.write_one(team, write, clock.clone()).await);
        }
        results
    }

    async fn write_one(&self, team: TeamId, write: Write, clock: Arc<dyn Clock>) -> WriteResult {
        match write {
            Write::Insert(customer) => WriteResult::Insert(self.insert(&customer).await),
            Write::Update(id, change, precondition) => {
                let applied = self.update(team, id, change, precondition, clock).await;
                WriteResult::Update(applied.map(Box::new))
            }
            Write::Upsert(upsert) => WriteResult::Upsert(self.upsert(team, upsert, clock).await),
            Write::Delete(id, precondition) => {
                WriteResult::Delete(self.delete(team, id, precondition).await)
            }
        }
    }

    async fn attempt_batch(
        &self,
        deadline: Deadline,
        team: TeamId,
        writes: &[Write],
        clock: &dyn Clock,
    ) -> Result<Attempt, Failed> {
        let mut connection = self.connections.get(deadline).await?;
        let keys = lock_keys(team, writes);
        let lock = deadline
            .read(connection.prepare(&row::LOCK_ALL, &keys))
            .await?;
        let rows = deadline.read(connection.begin_with(&lock, &keys)).await?;
        let mut plan = Plan::new(team, &rows);
        for write in writes {
            plan.add(write, clock);
        }
        if plan.statements.is_empty() {
            deadline.read(connection.roll_back()).await?;
            return Ok(Attempt::Done(plan.results));
        }
        let mut statements = Vec::with_capacity(plan.statements.len());
        let (mut insert, mut replace, mut delete) = (None, None, None);
        for (_, statement) in &plan.statements {
            let Bound { sql, parameters } = statement.bind(&self.writes, team)?;
            let prepared = match statement {
                Statement::Insert(_) => &mut insert,
                Statement::Replace(..) => &mut replace,
                Statement::Delete(_) => &mut delete,
            };
            if prepared.is_none() {
                let ready = connection.prepare(sql, &parameters);
                *prepared = Some(Arc::new(deadline.read(ready).await?));
            }
            statements.extend(prepared.clone().map(|prepared| (prepared, parameters)));
        }
        let executed = deadline.limit(connection.execute_all(&statements)).await;
        let rows = match executed.ok_or(Failed::Finally(Error::Late))? {
            Ok(rows) => rows,
            Err(error) if is_conflict(&error) => return Err(Failed::Again(Error::Restless)),
            Err(error) => return rejected(Failed::of_read(&error)),
        };
        if rows.iter().any(|rows| *rows != 1) {
            return Err(Failed::Again(Error::Restless));
        }
        drop(statements);
        match deadline.write(self.engine, connection.commit()).await {
            Ok(()) => Ok(Attempt::Done(plan.results)),
            Err(Failed::Finally(error @ Error::Unacknowledged)) => {
                Ok(Attempt::Done(plan.with_unknown_outcome(writes, &error)))
            }
            Err(failed) => Err(failed),
        }
    }
}

/// Whether the batch can be repeated, failed as a whole, or failed because of one row.
fn rejected(failed: Failed) -> Result<Attempt, Failed> {
    match failed {
        Failed::Finally(Error::Rejected(code)) if is_of_a_row(&code) => Ok(Attempt::RowRejected),
        other => Err(other),
    }
}

/// Data exceptions, violated constraints and exceeded limits, such as those that a
/// database administrator added.
fn is_of_a_row(code: &str) -> bool {
    matches!(code.get(..2), Some("22" | "23" | "44" | "54" | "P0"))
}

/// The parameters of [`row::LOCK_ALL`].
fn lock_keys(team: TeamId, writes: &[Write]) -> [Parameter<'static>; 3] {
    let (mut ids, mut emails) = (Vec::new(), Vec::new());
    for write in writes {
        let (id, email) = match write {
            Write::Insert(customer) => (customer.id(), Some(customer.email())),
            Write::Update(id, change, _) => (*id, set_email(&change.patch().email)),
            Write::Upsert(upsert) => (upsert.id, set_email(&upsert.change.patch().email)),
            Write::Delete(id, _) => (*id, None),
        };
        ids.push(*id.as_uuid());
        emails.extend(email.map(|email| email.key().as_str().to_owned()));
    }
    let team = Parameter::uuid(*team.as_uuid());
    [team, Parameter::Uuids(ids), Parameter::Texts(Texts(emails))]
}

const fn set_email(
    update: &Update<customer_domain::EmailAddress>,
) -> Option<&customer_domain::EmailAddress> {
    match update {
        Update::Set(email) => Some(email),
        Update::Keep => None,
    }
}

impl Statement {
    fn bind<'a>(&'a self, writes: &'a Writes, team: TeamId) -> Result<Bound<'a>, Error> {
        match self {
            Self::Insert(customer) => writes.insert(customer),
            Self::Replace(customer, read, changed) => {
                writes.replace(customer, *read, Some(*changed))
            }
            Self::Delete(id) => writes.delete(team, *id, Precondition::Any),
        }
    }
}

impl Plan {
    fn new(team: TeamId, rows: &[Row]) -> Self {
        let mut plan = Self {
            team,
            records: HashMap::new(),
            holders: HashMap::new(),
            results: Vec::new(),
            statements: Vec::new(),
        };
        for row in rows {
            let Some(id) = row::id(row) else { continue };
            // Not null in the table.
            let email_key = row.try_get("email_key").unwrap_or_default();
            plan.know(id, row::read(row), row::version_of(row, id), email_key);
        }
        plan
    }

    fn know(
        &mut self,
        id: CustomerId,
        customer: Result<Customer, Error>,
        version: Result<Version, Error>,
        email_key: String,
    ) {
        self.holders.insert(email_key.clone(), id);
        let known = Known {
            customer,
            version,
            email_key,
        };
        if let Some(before) = self.records.insert(id, known)
            && self
                .records
                .get(&id)
                .is_some_and(|now| now.email_key != before.email_key)
        {
            self.holders.remove(&before.email_key);
        }
    }

    fn forget(&mut self, id: CustomerId) {
        if let Some(known) = self.records.remove(&id) {
            self.holders.remove(&known.email_key);
        }
    }

    /// The other record that has the email address of a customer.
    fn other_holder(&self, customer: &Customer) -> Option<CustomerId> {
        let holder = self.holders.get(customer.email().key().as_str()).copied();
        holder.filter(|holder| *holder != customer.id())
    }

    fn add(&mut self, write: &Write, clock: &dyn Clock) {
        let result = match write {
            Write::Insert(customer) => WriteResult::Insert(self.insert(customer)),
            Write::Update(id, change, precondition) => {
                let applied = self.update(*id, *precondition, |customer| {
                    customer.apply_change(change, clock.now())
                });
                WriteResult::Update(applied.map(Box::new))
            }
            Write::Upsert(upsert) => WriteResult::Upsert(self.upsert(upsert, clock)),
            Write::Delete(id, precondition) => WriteResult::Delete(self.delete(*id, *precondition)),
        };
        self.results.push(result);
    }

    fn execute(&mut self, statement: Statement) {
        self.statements.push((self.results.len(), statement));
    }

    fn insert(&mut self, customer: &Customer) -> Result<(), InsertError> {
        if self.records.contains_key(&customer.id()) {
            return Err(InsertError::IdTaken);
        }
        if let Some(holder) = self.other_holder(customer) {
            return Err(InsertError::EmailTaken(holder));
        }
        row::parameters(customer).map_err(StoreError::from)?;
        self.write(customer.clone(), None);
        Ok(())
    }

    fn update(
        &mut self,
        id: CustomerId,
        precondition: Precondition,
        apply: impl FnOnce(Customer) -> Applied,
    ) -> Result<Applied, UpdateError> {
        let known = self.records.get(&id).ok_or(UpdateError::NotFound)?;
        let customer = known.customer.clone().map_err(StoreError::from)?;
        let (read, email) = (customer.version(), customer.email().clone());
        if !precondition.is_met_by(read) {
            return Err(UpdateError::VersionConflict);
        }
        let applied = apply(customer);
        if applied.changed().is_empty() {
            return Ok(applied);
        }
        let changed = applied.customer();
        if *changed.email() != email
            && let Some(holder) = self.other_holder(changed)
        {
            return Err(UpdateError::EmailTaken(holder));
        }
        row::parameters(changed).map_err(StoreError::from)?;
        self.write(changed.clone(), Some((read, applied.changed())));
        Ok(applied)
    }

    /// Inserts a record, or replaces the version that was read by one with changed fields.
    fn write(&mut self, customer: Customer, replaced: Option<(Version, FieldSet)>) {
        let id = customer.id();
        let before = self.records.get(&id);
        // A conflict key stays while the email address is the same (S8).
        let same_email = before.filter(|known| {
            let before = known.customer.as_ref();
            before.is_ok_and(|before| before.email() == customer.email())
        });
        let email_key = match same_email {
            Some(known) => known.email_key.clone(),
            None => customer.email().key().as_str().to_owned(),
        };
        self.know(id, Ok(customer.clone()), Ok(customer.version()), email_key);
        self.execute(match replaced {
            Some((read, changed)) => Statement::Replace(customer, read, changed),
            None => Statement::Insert(customer),
        });
    }

    fn upsert(&mut self, upsert: &Upsert, clock: &dyn Clock) -> Result<Upserted, UpsertError> {
        let found = match (upsert.by, upsert.email_key()) {
            (MatchBy::Email, Some(key)) => self.holders.get(key.as_str()).copied(),
            (MatchBy::Email, None) => None,
            (MatchBy::Id, _) => Some(upsert.id).filter(|id| self.records.contains_key(id)),
        };
        let Some(found) = found else {
            let new = upsert.change.to_new()?;
            let new = new.into_customer(upsert.id, self.team, clock.now());
            return match self.insert(&new) {
                Ok(()) => Ok(Upserted::Created(Box::new(new))),
                Err(InsertError::IdTaken) => Err(UpsertError::IdTaken),
                Err(InsertError::EmailTaken(id)) => Err(UpsertError::EmailTaken(id)),
                Err(InsertError::Store(error)) => Err(error.into()),
            };
        };
        let apply = |customer: Customer| customer.apply_change(&upsert.change, clock.now());
        match self.update(found, Precondition::Any, apply) {
            Ok(applied) => Ok(Upserted::Updated(Box::new(applied))),
            Err(UpdateError::EmailTaken(id)) => Err(UpsertError::EmailTaken(id)),
            Err(UpdateError::Store(error)) => Err(error.into()),
            Err(
                UpdateError::NotFound
                | UpdateError::VersionConflict
                | UpdateError::ConcurrentUpdate,
            ) => Err(UpsertError::ConcurrentUpdate),
        }
    }

    fn delete(&mut self, id: CustomerId, precondition: Precondition) -> Result<(), DeleteError> {
        let known = self.records.get(&id).ok_or(DeleteError::NotFound)?;
        if precondition != Precondition::Any {
            let version = known.version.clone().map_err(StoreError::from)?;
            if !precondition.is_met_by(version) {
                return Err(DeleteError::VersionConflict);
            }
        }
        self.forget(id);
        self.execute(Statement::Delete(id));
        Ok(())
    }

    /// The results if it is not known whether the transaction was committed.
    fn with_unknown_outcome(mut self, writes: &[Write], error: &Error) -> Vec<WriteResult> {
        for (index, _) in &self.statements {
            if let (Some(result), Some(write)) = (self.results.get_mut(*index), writes.get(*index))
            {
                *result = write.failed(error.clone().into());
            }
        }
        self.results
    }
}
