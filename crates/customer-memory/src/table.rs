//! The hash tables of the shards. They store no separate keys: an entry contains its key.

use std::hash::BuildHasher;

use customer_domain::{Customer, CustomerId, EmailKey, TeamId};
use hashbrown::HashTable;

use crate::sync::RandomState;

/// Computes hashes with a random seed, because clients choose the email addresses and must
/// not be able to cause collisions.
#[derive(Default)]
pub(crate) struct Hashes(RandomState);

impl Hashes {
    pub(crate) fn of_id(&self, team: TeamId, id: CustomerId) -> u64 {
        self.0.hash_one((team, id))
    }

    pub(crate) fn of_email(&self, team: TeamId, key: &EmailKey) -> u64 {
        self.0.hash_one((team, key))
    }
}

/// Records by team and id. They are boxed, so that a free slot of the table takes the
/// space of a pointer and not of a record.
#[derive(Default)]
pub(crate) struct Records(HashTable<Box<Customer>>);

impl Records {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn of_team(&self, team: TeamId) -> impl Iterator<Item = &Customer> {
        let all = self.0.iter().map(|customer| &**customer);
        all.filter(move |customer| customer.team() == team)
    }

    pub(crate) fn get(&self, hash: u64, team: TeamId, id: CustomerId) -> Option<&Customer> {
        self.0.find(hash, |c| is(c, team, id)).map(|c| &**c)
    }

    pub(crate) fn get_mut(
        &mut self,
        hash: u64,
        team: TeamId,
        id: CustomerId,
    ) -> Option<&mut Customer> {
        self.0.find_mut(hash, |c| is(c, team, id)).map(|c| &mut **c)
    }

    /// Adds a record. The table must not contain its id.
    pub(crate) fn add(&mut self, hashes: &Hashes, hash: u64, customer: Customer) {
        self.0
            .insert_unique(hash, Box::new(customer), |c| hashes.of_id(c.team(), c.id()));
    }

    pub(crate) fn remove(&mut self, hash: u64, team: TeamId, id: CustomerId) {
        if let Ok(entry) = self.0.find_entry(hash, |c| is(c, team, id)) {
            entry.remove();
        }
    }
}

fn is(customer: &Customer, team: TeamId, id: CustomerId) -> bool {
    customer.id() == id && customer.team() == team
}

/// The ids of the records that have an email address, by team and key; boxed like the
/// records.
#[derive(Default)]
pub(crate) struct Owners(HashTable<Box<Owner>>);

struct Owner {
    team: TeamId,
    key: EmailKey,
    id: CustomerId,
}

impl Owner {
    fn has(&self, team: TeamId, key: &EmailKey) -> bool {
        self.team == team && self.key == *key
    }
}

impl Owners {
    pub(crate) fn get(&self, hash: u64, team: TeamId, key: &EmailKey) -> Option<CustomerId> {
        self.0.find(hash, |o| o.has(team, key)).map(|o| o.id)
    }

    /// Adds the owner of a key. The table must not contain the key.
    pub(crate) fn add(
        &mut self,
        hashes: &Hashes,
        hash: u64,
        (team, key, id): (TeamId, EmailKey, CustomerId),
    ) {
        let owner = Box::new(Owner { team, key, id });
        self.0
            .insert_unique(hash, owner, |o| hashes.of_email(o.team, &o.key));
    }

    pub(crate) fn remove(&mut self, hash: u64, team: TeamId, key: &EmailKey) {
        if let Ok(entry) = self.0.find_entry(hash, |o| o.has(team, key)) {
            entry.remove();
        }
    }
}

#[cfg(test)]
mod tests {
    use customer_domain::EmailAddress;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn records_of_different_keys_have_different_hashes() {
        let hashes = Hashes::default();
        let [one, two] = [1, 2].map(Uuid::from_u128);
        let of_id = |team: Uuid, id: Uuid| hashes.of_id(team.into(), id.into());
        assert_ne!(of_id(one, one), of_id(one, two));
        assert_ne!(of_id(one, one), of_id(two, one));
        let of_email = |team: Uuid, email: &str| {
            let email: EmailAddress = email.parse().unwrap();
            hashes.of_email(team.into(), &email.key())
        };
        assert_ne!(of_email(one, "a@b.example"), of_email(one, "c@b.example"));
        assert_ne!(of_email(one, "a@b.example"), of_email(two, "a@b.example"));
    }
}
