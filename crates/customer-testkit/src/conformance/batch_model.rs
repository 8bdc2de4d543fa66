//! S10: executes a batch on a plain list of records, which defines the expected results.

use customer_domain::{
    Applied, Change, Customer, CustomerId, CustomerStore, DeleteError, EmailAddress, InsertError,
    MatchBy, Precondition, TeamId, UpdateError, Upsert, UpsertError, Upserted, Write, WriteResult,
};

use super::check::{add, free, none, stored};
use super::describe::difference;
use super::failure::{CaseFailure, CaseResult};
use super::updates::{later, later_time};

/// The result of a write in a form that can be compared.
#[derive(Debug, PartialEq)]
enum Outcome {
    Inserted,
    Updated(Box<Applied>),
    Created(Box<Customer>),
    Deleted,
    Incomplete,
    IdTaken,
    EmailTaken(CustomerId),
    NotFound,
    VersionConflict,
    /// A failure of the store, or a result of another kind of write.
    Unexpected(String),
}

/// The records of a team, and the ids and addresses that a batch may leave behind.
struct Model {
    team: TeamId,
    records: Vec<Customer>,
    /// The id of every record that existed or was to be inserted.
    ids: Vec<Customer>,
    /// Every address that a record had or was to get.
    emails: Vec<EmailAddress>,
}

/// Inserts the records and submits the writes as one batch. Compares each result, and
/// every record afterwards, with the writes executed one after the other.
pub(super) async fn as_one_after_the_other<S: CustomerStore>(
    store: &S,
    team: TeamId,
    before: &[&Customer],
    writes: Vec<Write>,
    rule: &str,
) -> CaseResult {
    add(store, before).await?;
    let mut model = Model {
        team,
        records: Vec::new(),
        ids: Vec::new(),
        emails: Vec::new(),
    };
    before.iter().for_each(|customer| model.push(customer));
    let results = store.write_batch(team, writes.clone(), later()).await;
    if results.len() != writes.len() {
        return Err(CaseFailure::new(format!(
            "{rule}; there are {} results, expected is one per write, {}",
            results.len(),
            writes.len()
        )));
    }
    for ((number, write), result) in (1..).zip(&writes).zip(results) {
        let expected = model.execute(write);
        let found = outcome(write, result);
        if found != expected {
            return Err(CaseFailure::new(format!(
                "{rule}; write {number} of the batch, {}, {}",
                described(write),
                outcome_difference(&found, &expected)
            )));
        }
    }
    model.check(store, rule).await
}

impl Model {
    fn push(&mut self, customer: &Customer) {
        self.records.push(customer.clone());
        self.ids.push(customer.clone());
        self.emails.push(customer.email().clone());
    }

    fn execute(&mut self, write: &Write) -> Outcome {
        let result = match write {
            Write::Insert(customer) => self.insert(customer),
            Write::Update(id, change, precondition) => self
                .place(*id, *precondition)
                .and_then(|place| self.change(place, change)),
            Write::Upsert(upsert) => self.upsert(upsert),
            Write::Delete(id, precondition) => self.place(*id, *precondition).map(|place| {
                self.records.remove(place);
                Outcome::Deleted
            }),
        };
        result.unwrap_or_else(|rejected| rejected)
    }

    fn insert(&mut self, customer: &Customer) -> Result<Outcome, Outcome> {
        self.ids.push(customer.clone());
        self.emails.push(customer.email().clone());
        if self.records.iter().any(|c| c.id() == customer.id()) {
            return Err(Outcome::IdTaken);
        }
        self.check_email(customer)?;
        self.records.push(customer.clone());
        Ok(Outcome::Inserted)
    }

    fn change(&mut self, place: usize, change: &Change) -> Result<Outcome, Outcome> {
        let applied = self.records[place]
            .clone()
            .apply_change(change, later_time());
        self.emails.push(applied.customer().email().clone());
        self.check_email(applied.customer())?;
        self.records[place] = applied.customer().clone();
        Ok(Outcome::Updated(Box::new(applied)))
    }

    fn upsert(&mut self, upsert: &Upsert) -> Result<Outcome, Outcome> {
        let key = upsert.email_key();
        let matches = |record: &Customer| match upsert.by {
            MatchBy::Email => Some(record.email().key()) == key,
            MatchBy::Id => record.id() == upsert.id,
        };
        if let Some(place) = self.records.iter().position(matches) {
            return self.change(place, &upsert.change);
        }
        let new = upsert.change.to_new().map_err(|_| Outcome::Incomplete)?;
        let new = new.into_customer(upsert.id, self.team, later_time());
        self.insert(&new)?;
        Ok(Outcome::Created(Box::new(new)))
    }

    /// The position of the record, if it meets the precondition.
    fn place(&self, id: CustomerId, precondition: Precondition) -> Result<usize, Outcome> {
        let place = self.records.iter().position(|c| c.id() == id);
        let place = place.ok_or(Outcome::NotFound)?;
        if precondition.is_met_by(self.records[place].version()) {
            Ok(place)
        } else {
            Err(Outcome::VersionConflict)
        }
    }

    fn check_email(&self, customer: &Customer) -> Result<(), Outcome> {
        let key = customer.email().key();
        let owner = self.records.iter().find(|c| c.email().key() == key);
        match owner.filter(|owner| owner.id() != customer.id()) {
            Some(owner) => Err(Outcome::EmailTaken(owner.id())),
            None => Ok(()),
        }
    }

    /// Checks that the store has exactly these records.
    async fn check<S: CustomerStore>(&self, store: &S, rule: &str) -> CaseResult {
        for record in &self.records {
            stored(store, record, rule).await?;
        }
        for known in &self.ids {
            if self.records.iter().all(|record| record.id() != known.id()) {
                let found = super::check::get(store, known).await?;
                none(found.as_ref(), "get", rule)?;
            }
        }
        for email in &self.emails {
            let key = email.key();
            if self
                .records
                .iter()
                .all(|record| record.email().key() != key)
            {
                free(store, self.team, email, rule).await?;
            }
        }
        Ok(())
    }
}

fn outcome(write: &Write, result: WriteResult) -> Outcome {
    let unexpected = |error: &dyn std::fmt::Debug| Outcome::Unexpected(format!("{error:?}"));
    match (write, result) {
        (Write::Insert(_), WriteResult::Insert(result)) => match result {
            Ok(()) => Outcome::Inserted,
            Err(InsertError::IdTaken) => Outcome::IdTaken,
            Err(InsertError::EmailTaken(id)) => Outcome::EmailTaken(id),
            Err(error @ InsertError::Store(_)) => unexpected(&error),
        },
        (Write::Update(..), WriteResult::Update(result)) => match result {
            Ok(applied) => Outcome::Updated(applied),
            Err(UpdateError::NotFound) => Outcome::NotFound,
            Err(UpdateError::VersionConflict) => Outcome::VersionConflict,
            Err(UpdateError::EmailTaken(id)) => Outcome::EmailTaken(id),
            Err(error @ (UpdateError::ConcurrentUpdate | UpdateError::Store(_))) => {
                unexpected(&error)
            }
        },
        (Write::Upsert(_), WriteResult::Upsert(result)) => match result {
            Ok(Upserted::Created(customer)) => Outcome::Created(customer),
            Ok(Upserted::Updated(applied)) => Outcome::Updated(applied),
            Err(UpsertError::Invalid(_)) => Outcome::Incomplete,
            Err(UpsertError::IdTaken) => Outcome::IdTaken,
            Err(UpsertError::EmailTaken(id)) => Outcome::EmailTaken(id),
            Err(error @ (UpsertError::ConcurrentUpdate | UpsertError::Store(_))) => {
                unexpected(&error)
            }
        },
        (Write::Delete(..), WriteResult::Delete(result)) => match result {
            Ok(()) => Outcome::Deleted,
            Err(DeleteError::NotFound) => Outcome::NotFound,
            Err(DeleteError::VersionConflict) => Outcome::VersionConflict,
            Err(error @ DeleteError::Store(_)) => unexpected(&error),
        },
        (_, result) => unexpected(&result),
    }
}

fn described(write: &Write) -> String {
    match write {
        Write::Insert(customer) => format!("the insert of {}", super::describe::named(customer)),
        Write::Update(id, _, precondition) => format!("the update of {id} ({precondition:?})"),
        Write::Delete(id, precondition) => format!("the delete of {id} ({precondition:?})"),
        Write::Upsert(upsert) => format!("the upsert of {} by {:?}", upsert.id, upsert.by),
    }
}

fn outcome_difference(found: &Outcome, expected: &Outcome) -> String {
    if let (Outcome::Updated(found), Outcome::Updated(expected)) = (found, expected) {
        let after = difference(Some(found.customer()), expected.customer());
        let before = difference(Some(&found.previous()), &expected.previous());
        let (after, before) = (after.unwrap_or_default(), before.unwrap_or_default());
        return format!("returned a wrong record; after it {after}; before it {before}");
    }
    format!("returned {found:?}, expected is {expected:?}")
}
