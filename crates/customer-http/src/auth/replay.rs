//! Protection against replays: a signature is accepted once.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use customer_domain::Timestamp;

use super::signature::TimedSignature;

/// The signatures that one client has used.
///
/// A signature is remembered until its timestamp is no longer accepted. The number
/// is bounded: if there are more than `capacity`, which the rate limit prevents, the
/// earliest is forgotten, and from then on nothing is accepted that was signed as
/// early.
#[derive(Debug)]
pub(super) struct UsedSignatures {
    capacity: NonZeroUsize,
    used: Mutex<Used>,
}

#[derive(Debug, Default)]
struct Used {
    /// By the time they were signed, the earliest first.
    signatures: BTreeSet<TimedSignature>,
    /// The latest time of a signature that was forgotten.
    forgotten: Option<Timestamp>,
}

/// The signature was used before, or may have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Replayed;

impl UsedSignatures {
    pub(super) fn new(capacity: NonZeroUsize) -> Self {
        Self {
            capacity,
            used: Mutex::default(),
        }
    }

    /// Whether the signature can still be claimed.
    pub(super) fn check(&self, signature: TimedSignature) -> Result<(), Replayed> {
        self.lock().check(signature)
    }

    /// Claims a signature; signatures from before `oldest` are not accepted. Of
    /// concurrent calls with one signature, one succeeds.
    pub(super) fn claim(
        &self,
        signature: TimedSignature,
        oldest: Timestamp,
    ) -> Result<(), Replayed> {
        let mut used = self.lock();
        used.forget_before(oldest);
        if used.is_forgotten(signature) || !used.signatures.insert(signature) {
            return Err(Replayed);
        }
        if used.signatures.len() > self.capacity.get() {
            used.forget_first();
        }
        Ok(())
    }

    /// Releases a claim.
    pub(super) fn release(&self, signature: TimedSignature) {
        self.lock().signatures.remove(&signature);
    }

    fn lock(&self) -> MutexGuard<'_, Used> {
        // No code panics while it holds the lock; even then, the set would be consistent.
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Used {
    fn is_forgotten(&self, signature: TimedSignature) -> bool {
        self.forgotten
            .is_some_and(|forgotten| signature.0 <= forgotten)
    }

    fn check(&self, signature: TimedSignature) -> Result<(), Replayed> {
        if self.is_forgotten(signature) || self.signatures.contains(&signature) {
            return Err(Replayed);
        }
        Ok(())
    }

    fn forget_before(&mut self, oldest: Timestamp) {
        while self.signatures.first().is_some_and(|(at, _)| *at < oldest) {
            self.forget_first();
        }
    }

    /// The latest forgotten time only increases: an earlier signature is not claimed
    /// again.
    fn forget_first(&mut self) {
        if let Some((signed_at, _)) = self.signatures.pop_first() {
            self.forgotten = Some(signed_at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::signature::Signature;
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_micros(second * 1_000_000).unwrap()
    }

    /// A signature with that number, created at that second.
    fn signed(number: usize, second: i64) -> TimedSignature {
        let signature = Signature::parse(format!("{number:064x}").as_bytes());
        (at(second), signature.unwrap())
    }

    fn used(capacity: usize) -> UsedSignatures {
        UsedSignatures::new(NonZeroUsize::new(capacity).unwrap())
    }

    #[test]
    fn a_signature_is_claimed_once_until_it_is_released() {
        let used = used(10);
        assert_eq!(used.check(signed(1, 5)), Ok(()));
        assert_eq!(used.claim(signed(1, 5), at(0)), Ok(()));
        assert_eq!(used.check(signed(1, 5)), Err(Replayed));
        assert_eq!(used.claim(signed(1, 5), at(0)), Err(Replayed));
        assert_eq!(used.claim(signed(2, 5), at(0)), Ok(()));
        used.release(signed(1, 5));
        assert_eq!(used.check(signed(1, 5)), Ok(()));
        assert_eq!(used.claim(signed(1, 5), at(0)), Ok(()));
    }

    #[test]
    fn what_is_too_old_is_forgotten_and_still_rejected() {
        let used = used(10);
        for number in 0..5 {
            used.claim(signed(number, 5), at(0)).unwrap();
        }
        assert_eq!(used.claim(signed(9, 6), at(6)), Ok(()));
        assert_eq!(used.used.lock().unwrap().signatures.len(), 1);
        // The clock went back, or the request read it earlier.
        assert_eq!(used.claim(signed(1, 5), at(0)), Err(Replayed));
        assert_eq!(used.check(signed(1, 5)), Err(Replayed));
        assert_eq!(used.claim(signed(10, 6), at(0)), Ok(()));
    }

    #[test]
    fn no_more_are_remembered_than_the_capacity() {
        let used = used(3);
        let each = |second: i64| signed(usize::try_from(second).unwrap(), second);
        for second in 1..=100 {
            assert_eq!(used.claim(each(second), at(0)), Ok(()));
            assert_eq!(used.claim(each(second), at(0)), Err(Replayed));
            assert!(used.used.lock().unwrap().signatures.len() <= 3);
        }
        for second in 1..=100 {
            assert_eq!(used.claim(each(second), at(0)), Err(Replayed));
        }
        assert_eq!(used.claim(signed(500, 97), at(0)), Err(Replayed));
        assert_eq!(used.claim(signed(500, 98), at(0)), Ok(()));
    }
}
