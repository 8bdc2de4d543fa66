//! A table spread over locks.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// A power of two; many times the threads of a large machine.
const SHARDS: usize = 64;

/// A shard on cache lines of its own, so that a lock taken in one does not slow
/// the threads that are in its neighbours.
#[derive(Default)]
#[repr(align(128))]
struct Shard<T>(RwLock<T>);

/// As many tables as there are locks. Which one an entry is in, its hash says.
///
/// A poisoned lock is taken as if it were not: no code between two writes of one
/// operation can panic, so that what is behind the lock is whole.
pub(crate) struct Shards<T>([Shard<T>; SHARDS]);

impl<T: Default> Default for Shards<T> {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Shard::default()))
    }
}

impl<T> Shards<T> {
    pub(crate) fn read(&self, hash: u64) -> RwLockReadGuard<'_, T> {
        let Shard(lock) = self.shard(place(hash));
        lock.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self, hash: u64) -> RwLockWriteGuard<'_, T> {
        self.write_at(place(hash))
    }

    /// Locks the shards of two hashes, the lower first whichever it is.
    pub(crate) fn write_both(&self, one: u64, other: u64) -> Both<'_, T> {
        let (one, other) = (place(one), place(other));
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

    /// Every shard, one after the other.
    pub(crate) fn iter(&self) -> impl Iterator<Item = RwLockReadGuard<'_, T>> {
        self.0
            .iter()
            .map(|Shard(lock)| lock.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Every shard at once, so that what is in them is of one moment.
    pub(crate) fn read_all(&self) -> Vec<RwLockReadGuard<'_, T>> {
        self.iter().collect()
    }

    fn write_at(&self, place: usize) -> RwLockWriteGuard<'_, T> {
        let Shard(lock) = self.shard(place);
        lock.write().unwrap_or_else(PoisonError::into_inner)
    }

    #[expect(clippy::indexing_slicing, reason = "`place` is below the length")]
    fn shard(&self, place: usize) -> &Shard<T> {
        &self.0[place]
    }
}

/// The shards of two hashes, which may be one.
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

/// Bits from the middle: the table behind the lock goes by the lowest and the
/// highest, which must differ from entry to entry within a shard.
fn place(hash: u64) -> usize {
    (hash >> 40) as usize % SHARDS
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// A hash of that place.
    fn hash(place: u64) -> u64 {
        place << 40 | 0xAB
    }

    #[test]
    fn two_hashes_of_one_place_take_one_lock() {
        let shards = Shards::<u32>::default();
        let mut both = shards.write_both(hash(7), hash(7) + 1);
        *both.one() += 1;
        *both.other() += 1;
        drop(both);
        assert_eq!(*shards.read(hash(7)), 2);
    }

    #[test]
    fn the_shards_of_two_hashes_are_not_exchanged() {
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
    fn a_poisoned_lock_is_no_panic() {
        let shards = Arc::new(Shards::<u32>::default());
        let poisoner = Arc::clone(&shards);
        let thread = std::thread::spawn(move || {
            let _guard = poisoner.write(hash(0));
            panic!("on purpose");
        });
        assert!(thread.join().is_err());
        *shards.write(hash(0)) += 1;
        assert_eq!(*shards.read(hash(0)), 1);
    }
}
