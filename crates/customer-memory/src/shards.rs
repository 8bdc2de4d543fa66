//! Tables that are split into shards, each with its own lock.

use std::sync::PoisonError;

use crate::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

/// The number of shards: a power of two, and several times the number of hardware
/// threads of a large machine. Few under `shuttle`, so that records share locks.
const SHARDS: usize = if cfg!(shuttle) { 2 } else { 64 };

/// A shard on its own cache lines, so that locking one does not slow down threads that
/// use adjacent ones (false sharing).
#[derive(Default)]
#[repr(align(128))]
struct Shard<T>(RwLock<T>);

/// Tables with one lock each. The hash of an entry selects its shard.
///
/// Lock poisoning is ignored: no code between two writes of one operation can panic, so
/// the data behind a poisoned lock is consistent.
pub(crate) struct Shards<T>([Shard<T>; SHARDS]);

impl<T: Default> Default for Shards<T> {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Shard::default()))
    }
}

impl<T> Shards<T> {
    pub(crate) fn read(&self, hash: u64) -> RwLockReadGuard<'_, T> {
        let Shard(lock) = self.shard(index(hash));
        lock.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self, hash: u64) -> RwLockWriteGuard<'_, T> {
        self.write_at(index(hash))
    }

    /// Locks the shards of two hashes, the one with the lower index first.
    pub(crate) fn write_both(&self, one: u64, other: u64) -> Both<'_, T> {
        let (one, other) = (index(one), index(other));
        if one == other {
            return Both::Same(self.write_at(one));
        }
        let low = self.write_at(one.min(other));
        let high = self.write_at(one.max(other));
        if one < other {
            Both::Two(low, high)
        } else {
            Both::Two(high, low)
        }
    }

    /// Locks and returns the shards one after the other.
    pub(crate) fn iter(&self) -> impl Iterator<Item = RwLockReadGuard<'_, T>> {
        self.0
            .iter()
            .map(|Shard(lock)| lock.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Locks all shards at once, for a consistent snapshot.
    pub(crate) fn read_all(&self) -> Vec<RwLockReadGuard<'_, T>> {
        self.iter().collect()
    }

    fn write_at(&self, index: usize) -> RwLockWriteGuard<'_, T> {
        let Shard(lock) = self.shard(index);
        lock.write().unwrap_or_else(PoisonError::into_inner)
    }

    #[expect(clippy::indexing_slicing, reason = "`index` is below the length")]
    fn shard(&self, index: usize) -> &Shard<T> {
        &self.0[index]
    }
}

/// The shards of two hashes, which may be the same shard.
pub(crate) enum Both<'a, T> {
    Same(RwLockWriteGuard<'a, T>),
    Two(RwLockWriteGuard<'a, T>, RwLockWriteGuard<'a, T>),
}

impl<T> Both<'_, T> {
    /// The shard of the first hash.
    pub(crate) fn one(&mut self) -> &mut T {
        match self {
            Self::Same(shard) | Self::Two(shard, _) => shard,
        }
    }

    /// The shard of the second hash.
    pub(crate) fn other(&mut self) -> &mut T {
        match self {
            Self::Same(shard) | Self::Two(_, shard) => shard,
        }
    }
}

/// The index of the shard of a hash, from bits in its middle: the hash table of the shard
/// uses the lowest and the highest bits, which must differ within a shard.
fn index(hash: u64) -> usize {
    (hash >> 40) as usize % SHARDS
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// A hash that selects that shard.
    fn hash(index: u64) -> u64 {
        index << 40 | 0xAB
    }

    #[test]
    fn two_hashes_of_one_shard_take_one_lock() {
        let shards = Shards::<u32>::default();
        let mut both = shards.write_both(hash(7), hash(7) + 1);
        *both.one() += 1;
        *both.other() += 1;
        drop(both);
        assert_eq!(*shards.read(hash(7)), 2);
    }

    #[test]
    fn one_and_other_are_the_shards_of_the_first_and_the_second_hash() {
        let shards = Shards::<u32>::default();
        for (one, other) in [(3, 9), (9, 3)] {
            let mut both = shards.write_both(hash(one), hash(other));
            *both.one() = 1;
            *both.other() = 2;
            drop(both);
            assert_eq!(*shards.read(hash(one)), 1);
            assert_eq!(*shards.read(hash(other)), 2);
        }
    }

    #[test]
    fn a_poisoned_lock_is_usable() {
        let shards = Arc::new(Shards::<u32>::default());
        let poisoner = Arc::clone(&shards);
        let thread = std::thread::spawn(move || {
            let _guard = poisoner.write(hash(0));
            panic!("poisons the lock");
        });
        assert!(thread.join().is_err());
        *shards.write(hash(0)) += 1;
        assert_eq!(*shards.read(hash(0)), 1);
    }
}
