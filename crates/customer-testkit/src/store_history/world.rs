//! The records of a store as a plain list: a model of RULES, Store.

use customer_domain::{
    Change, Customer, CustomerId, MatchBy, NewCustomer, NullableUpdate, Precondition, Scan, TeamId,
    Update, Upsert, Version,
};

use super::call::{Answer, Call, address_number, now};
use super::list;

/// The records of all teams, ordered by team and id.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct World {
    records: Vec<Customer>,
}

impl World {
    pub(super) fn records(&self) -> &[Customer] {
        &self.records
    }

    /// The record with that id in that team (S1).
    pub(super) fn get(&self, team: TeamId, id: CustomerId) -> Option<&Customer> {
        self.records
            .iter()
            .find(|record| record.team() == team && record.id() == id)
    }

    /// The record with that address in that team (S1, S2).
    fn find(&self, team: TeamId, address: usize) -> Option<&Customer> {
        self.records
            .iter()
            .find(|record| record.team() == team && address_number(record.email()) == address)
    }

    /// The result of a call, and the records after it.
    pub(super) fn step(&self, call: &Call) -> (Answer, Self) {
        let unchanged = |answer| (answer, self.clone());
        match call {
            Call::Insert(customer) => match self.insert(customer) {
                Ok(after) => (Answer::Done, after),
                Err(answer) => unchanged(answer),
            },
            Call::Create(team, id, new) => {
                let customer = new.clone().into_customer(*id, *team, now());
                match self.insert(&customer) {
                    Ok(after) => (Answer::Created(Box::new(customer)), after),
                    Err(answer) => unchanged(answer),
                }
            }
            Call::Get(team, id) => unchanged(found(self.get(*team, *id))),
            Call::List(team, text, query) => {
                let team = self.records.iter().filter(|record| record.team() == *team);
                unchanged(Answer::Listed(list::page(team, *text, query)))
            }
            Call::Find(team, email) => unchanged(found(self.find(*team, address_number(email)))),
            Call::Replace(customer, read) => match self.replace(customer, *read) {
                Ok(after) => (Answer::Done, after),
                Err(answer) => unchanged(answer),
            },
            Call::Delete(team, id, precondition) => match self.delete(*team, *id, *precondition) {
                Ok(after) => (Answer::Done, after),
                Err(answer) => unchanged(answer),
            },
            Call::Update(team, id, change, precondition) => {
                match self.update(*team, *id, change, *precondition) {
                    Ok(outcome) => outcome,
                    Err(answer) => unchanged(answer),
                }
            }
            Call::Upsert(team, upsert) => match self.upsert(*team, upsert) {
                Ok(outcome) => outcome,
                Err(answer) => unchanged(answer),
            },
            Call::Batch(_, calls) => {
                let mut world = self.clone();
                let mut step = |call| {
                    let (answer, after) = world.step(call);
                    world = after;
                    answer
                };
                let answers = calls.iter().map(&mut step).collect();
                (Answer::Batch(answers), world)
            }
            Call::Scan(team, after, limit) => {
                unchanged(Answer::Scanned(self.scan(*team, *after, *limit)))
            }
        }
    }

    /// The id is checked before the address.
    fn insert(&self, customer: &Customer) -> Result<Self, Answer> {
        if self.get(customer.team(), customer.id()).is_some() {
            return Err(Answer::IdTaken);
        }
        self.check_address(customer)?;
        Ok(self.with(customer.team(), customer.id(), Some(customer)))
    }

    /// S3: not found is checked first, then the version, then the address.
    fn replace(&self, customer: &Customer, read: Version) -> Result<Self, Answer> {
        let (team, id) = (customer.team(), customer.id());
        let stored = self.get(team, id).ok_or(Answer::NotFound)?;
        if stored.version() != read {
            return Err(Answer::VersionConflict);
        }
        self.check_address(customer)?;
        Ok(self.with(team, id, Some(customer)))
    }

    fn delete(
        &self,
        team: TeamId,
        id: CustomerId,
        precondition: Precondition,
    ) -> Result<Self, Answer> {
        self.get_if(team, id, precondition)?;
        Ok(self.with(team, id, None))
    }

    /// M3: if nothing changes, nothing is written.
    fn update(
        &self,
        team: TeamId,
        id: CustomerId,
        change: &Change,
        precondition: Precondition,
    ) -> Result<(Answer, Self), Answer> {
        let stored = self.get_if(team, id, precondition)?;
        let applied = stored.clone().apply_change(change, now());
        let after = if applied.changed().is_empty() {
            self.clone()
        } else {
            self.replace(applied.customer(), stored.version())?
        };
        Ok((Answer::Updated(Box::new(applied)), after))
    }

    fn get_if(
        &self,
        team: TeamId,
        id: CustomerId,
        precondition: Precondition,
    ) -> Result<&Customer, Answer> {
        let stored = self.get(team, id).ok_or(Answer::NotFound)?;
        match precondition {
            Precondition::Version(version) if version != stored.version() => {
                Err(Answer::VersionConflict)
            }
            Precondition::Any | Precondition::Version(_) => Ok(stored),
        }
    }

    /// S2: whether no other record of the team has the address.
    fn check_address(&self, customer: &Customer) -> Result<(), Answer> {
        match self.find(customer.team(), address_number(customer.email())) {
            Some(owner) if owner.id() != customer.id() => Err(Answer::EmailTaken(owner.id())),
            _ => Ok(()),
        }
    }

    fn upsert(&self, team: TeamId, upsert: &Upsert) -> Result<(Answer, Self), Answer> {
        let (patch, any) = (upsert.change.patch(), Precondition::Any);
        let found = match (upsert.by, &patch.email) {
            (MatchBy::Id, _) => self.get(team, upsert.id),
            (MatchBy::Email, Update::Set(email)) => self.find(team, address_number(email)),
            (MatchBy::Email, Update::Keep) => None,
        };
        if let Some(found) = found {
            return self.update(team, found.id(), &upsert.change, any);
        }
        let (Update::Set(name), Update::Set(email)) = (&patch.name, &patch.email) else {
            return Err(Answer::Incomplete);
        };
        let mut new = NewCustomer::new(name.clone(), email.clone());
        new.main_phone = match &patch.main_phone {
            NullableUpdate::Set(phone) => Some(phone.clone()),
            NullableUpdate::Clear | NullableUpdate::Keep => None,
        };
        new.contacts = upsert.change.contacts().cloned().unwrap_or_default();
        let new = new.into_customer(upsert.id, team, now());
        let after = self.insert(&new)?;
        Ok((Answer::Created(Box::new(new)), after))
    }

    /// S7: one step of a traversal. Whether there is a next step is known without reading
    /// ahead.
    fn scan(&self, team: TeamId, after: Option<CustomerId>, limit: u32) -> Scan {
        let rest = |record: &&Customer| {
            record.team() == team && after.is_none_or(|after| record.id() > after)
        };
        let rest: Vec<_> = self.records.iter().filter(rest).cloned().collect();
        let length = rest.len().min(limit.max(1) as usize);
        let (records, others) = rest.split_at(length);
        Scan {
            records: records.to_vec(),
            corrupt: Vec::new(),
            next: records
                .last()
                .map(Customer::id)
                .filter(|_| !others.is_empty()),
        }
    }

    /// The list with the record of that id replaced, added or removed.
    fn with(&self, team: TeamId, id: CustomerId, record: Option<&Customer>) -> Self {
        let mut records: Vec<Customer> = self
            .records
            .iter()
            .filter(|stored| stored.team() != team || stored.id() != id)
            .chain(record)
            .cloned()
            .collect();
        records.sort_by_key(|record| (record.team(), record.id()));
        Self { records }
    }
}

fn found(record: Option<&Customer>) -> Answer {
    Answer::Found(record.cloned().map(Box::new))
}
