//! Signatures are accepted once.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use customer_domain::Timestamp;

use super::signature::Signature;

/// The signatures that one client has used.
///
/// Only so many are remembered, and none for longer than it would be accepted.
/// What is forgotten cannot come back: from then on nothing is accepted that was
/// signed as early. So a client that sends more than there is room for is held to
/// timestamps that go forward, and nobody else notices.
#[derive(Debug)]
pub(super) struct UsedSignatures {
    capacity: NonZeroUsize,
    used: Mutex<Used>,
}

#[derive(Debug, Default)]
struct Used {
    /// By the time they were signed, the earliest first.
    signatures: BTreeSet<(Timestamp, Signature)>,
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

    /// Uses a signature that was made at that time, when nothing made before
    /// `oldest` is accepted any more. Of those who bring one signature at once, one
    /// succeeds.
    pub(super) fn use_up(
        &self,
        signature: Signature,
        signed_at: Timestamp,
        oldest: Timestamp,
    ) -> Result<(), Replayed> {
        // Nothing panics while it is locked; and if it did, the set is whole.
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.forget_before(oldest);
        if used
            .forgotten
            .is_some_and(|forgotten| signed_at <= forgotten)
        {
            return Err(Replayed);
        }
        if !used.signatures.insert((signed_at, signature)) {
            return Err(Replayed);
        }
        if used.signatures.len() > self.capacity.get() {
            used.forget_first();
        }
        Ok(())
    }
}

impl Used {
    fn forget_before(&mut self, oldest: Timestamp) {
        while self.signatures.first().is_some_and(|(at, _)| *at < oldest) {
            self.forget_first();
        }
    }

    /// Those times only grow: what is earlier than a forgotten signature is not
    /// let in again.
    fn forget_first(&mut self) {
        if let Some((signed_at, _)) = self.signatures.pop_first() {
            self.forgotten = Some(signed_at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_micros(second * 1_000_000).unwrap()
    }

    /// A signature that no other call gives.
    fn signature(number: usize) -> Signature {
        Signature::parse(format!("{number:064x}").as_bytes()).unwrap()
    }

    fn used(capacity: usize) -> UsedSignatures {
        UsedSignatures::new(NonZeroUsize::new(capacity).unwrap())
    }

    #[test]
    fn a_signature_is_used_once() {
        let used = used(10);
        assert_eq!(used.use_up(signature(1), at(5), at(0)), Ok(()));
        assert_eq!(used.use_up(signature(1), at(5), at(0)), Err(Replayed));
        assert_eq!(used.use_up(signature(2), at(5), at(0)), Ok(()));
    }

    #[test]
    fn what_is_too_old_is_forgotten_and_still_refused() {
        let used = used(10);
        for number in 0..5 {
            used.use_up(signature(number), at(5), at(0)).unwrap();
        }
        assert_eq!(used.use_up(signature(9), at(6), at(6)), Ok(()));
        assert_eq!(used.used.lock().unwrap().signatures.len(), 1);
        // A clock that went back, or a request that looked at it earlier.
        assert_eq!(used.use_up(signature(1), at(5), at(0)), Err(Replayed));
        assert_eq!(used.use_up(signature(10), at(6), at(0)), Ok(()));
    }

    #[test]
    fn no_more_are_remembered_than_there_is_room_for() {
        let used = used(3);
        for second in 1..=100 {
            let signature = signature(usize::try_from(second).unwrap());
            assert_eq!(used.use_up(signature, at(second), at(0)), Ok(()));
            assert_eq!(used.use_up(signature, at(second), at(0)), Err(Replayed));
            assert!(used.used.lock().unwrap().signatures.len() <= 3);
        }
        for second in 1..=100 {
            let signature = signature(usize::try_from(second).unwrap());
            assert_eq!(used.use_up(signature, at(second), at(0)), Err(Replayed));
        }
        assert_eq!(used.use_up(signature(500), at(97), at(0)), Err(Replayed));
        assert_eq!(used.use_up(signature(500), at(98), at(0)), Ok(()));
    }
}
