//! Searches for an order that explains every result: the algorithm of Wing and Gong with
//! Lowe's cache of visited states.
//!
//! The operations of a team are ordered one by one. An operation can be next if it was
//! called before the first result of the remaining operations and its result is that of
//! the [model](super::model). If there is none, the search backtracks. Each set of
//! ordered operations with the state after it is visited once. Teams are searched
//! independently, because linearizability is a local property.

use std::collections::HashSet;

use super::error::{CheckError, Unexplained};
use super::history::{Answer, History, Operation};
use super::model::Team;

/// The maximum number of visited sets of operations, of about 100 bytes each.
const MAX_VISITED: usize = 4_000_000;

/// Searches for an order of the operations that explains every result.
///
/// # Errors
///
/// [`CheckError`]: there is no such order, or the search exceeded its limit.
pub fn check(history: &History) -> Result<(), CheckError> {
    let mut teams: Vec<Vec<Operation>> = Vec::new();
    for operation in history.operations() {
        if teams.len() <= operation.team {
            teams.resize_with(operation.team + 1, Vec::new);
        }
        teams[operation.team].push(*operation);
    }
    for mut operations in teams {
        operations.sort_unstable_by_key(|operation| operation.called);
        Search::new(&operations).run()?;
    }
    Ok(())
}

/// An operation that was ordered, and the state before it.
struct Choice {
    operation: usize,
    before: Team,
}

struct Search<'a> {
    /// Ordered by the time of the call.
    operations: &'a [Operation],
    ordered: Set,
    /// The number of operations with a known result that are not ordered yet.
    missing: usize,
    team: Team,
    choices: Vec<Choice>,
    visited: HashSet<(Set, Team)>,
    longest: (Vec<usize>, Team),
}

impl<'a> Search<'a> {
    fn new(operations: &'a [Operation]) -> Self {
        Self {
            operations,
            ordered: Set::new(operations.len()),
            missing: operations.iter().filter(|o| is_answered(o)).count(),
            team: Team::default(),
            choices: Vec::new(),
            visited: HashSet::new(),
            longest: Default::default(),
        }
    }

    fn run(mut self) -> Result<(), CheckError> {
        let mut from = 0;
        while self.missing > 0 {
            if let Some((operation, after)) = self.next_choice(from) {
                self.choose(operation, after);
                from = 0;
            } else if let Some(choice) = self.choices.pop() {
                from = choice.operation + 1;
                self.take_back(choice);
            } else {
                return Err(CheckError::NotLinearizable(self.unexplained()));
            }
            if self.visited.len() > MAX_VISITED {
                return Err(CheckError::TooManyOrders);
            }
        }
        Ok(())
    }

    /// The first operation from that number on that can be next and leads to an unvisited
    /// state, and the team after it.
    fn next_choice(&mut self, from: usize) -> Option<(usize, Team)> {
        let candidates: Vec<usize> = self.candidates().filter(|n| *n >= from).collect();
        candidates.into_iter().find_map(|n| {
            let after = self.explained(&self.operations[n])?;
            let mut ordered = self.ordered.clone();
            ordered.insert(n);
            self.visited
                .insert((ordered, after.clone()))
                .then_some((n, after))
        })
    }

    /// The operations that can be the next: those called before the first result of the
    /// remaining operations.
    fn candidates(&self) -> impl Iterator<Item = usize> {
        let mut first_answer = u64::MAX;
        (0..self.operations.len())
            .filter(|n| !self.ordered.contains(*n))
            .take_while(move |n| {
                let operation = &self.operations[*n];
                let may_be_next = operation.called < first_answer;
                if is_answered(operation) {
                    first_answer = first_answer.min(operation.answered);
                }
                may_be_next
            })
    }

    /// The team after the operation, if its result is that of the model. An operation of
    /// unknown outcome is ordered only if it changes the team: one that did not happen
    /// has no place in the order.
    fn explained(&self, operation: &Operation) -> Option<Team> {
        let (answer, after) = self.team.step(operation.call);
        if is_answered(operation) {
            (answer == operation.answer).then(|| after.unwrap_or_else(|| self.team.clone()))
        } else {
            after
        }
    }

    fn choose(&mut self, operation: usize, after: Team) {
        self.ordered.insert(operation);
        self.missing -= usize::from(is_answered(&self.operations[operation]));
        let before = std::mem::replace(&mut self.team, after);
        self.choices.push(Choice { operation, before });
        if self.choices.len() > self.longest.0.len() {
            let order = self.choices.iter().map(|c| c.operation).collect();
            self.longest = (order, self.team.clone());
        }
    }

    fn take_back(&mut self, choice: Choice) {
        self.ordered.remove(choice.operation);
        self.missing += usize::from(is_answered(&self.operations[choice.operation]));
        self.team = choice.before;
    }

    fn unexplained(mut self) -> Unexplained {
        /// The number of operations that the message shows before the failing ones.
        const SHOWN: usize = 12;
        let (order, team) = std::mem::take(&mut self.longest);
        for operation in &order {
            self.ordered.insert(*operation);
        }
        let operations = |numbers: &[usize]| numbers.iter().map(|n| self.operations[*n]).collect();
        Unexplained {
            team: self.operations.first().map_or(0, |o| o.team),
            explained: order.len(),
            before: operations(&order[order.len().saturating_sub(SHOWN)..]),
            records: team.rows().to_vec(),
            stuck: operations(&self.candidates().collect::<Vec<_>>()),
        }
    }
}

fn is_answered(operation: &Operation) -> bool {
    operation.answer != Answer::Unknown
}

/// A set of numbers below a bound, one bit each.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Set(Box<[u64]>);

impl Set {
    fn new(bound: usize) -> Self {
        Self(vec![0; bound.div_ceil(64)].into())
    }

    fn contains(&self, n: usize) -> bool {
        self.0[n / 64] >> (n % 64) & 1 == 1
    }

    fn insert(&mut self, n: usize) {
        self.0[n / 64] |= 1 << (n % 64);
    }

    fn remove(&mut self, n: usize) {
        self.0[n / 64] &= !(1 << (n % 64));
    }
}

#[cfg(test)]
mod tests {
    use super::super::history::{Call, Row, Submission};
    use super::*;

    const A: Row = row(1, 1, 1, 10);
    const A2: Row = row(1, 1, 2, 11);
    const B: Row = row(2, 2, 1, 20);

    const fn row(id: u8, email: u8, version: u64, tag: u32) -> Row {
        Row {
            id,
            email,
            version,
            tag,
        }
    }

    const INSERT_A: Call = Call::Insert(A);
    const REPLACE_A: Call = Call::Replace { row: A2, read: 1 };
    const GET_A: Call = Call::Get { id: 1 };
    const FIND_A: Call = Call::Find { email: 1 };
    const DELETE_A: Call = Call::Delete {
        id: 1,
        version: None,
    };

    /// Whether there is an order of these (called, answered, call, answer).
    fn is_linearizable(operations: &[(u64, u64, Call, Answer)]) -> bool {
        let operations = operations
            .iter()
            .enumerate()
            .map(|(client, (called, answered, call, answer))| Operation {
                client,
                team: 0,
                submission: Submission::Single,
                call: *call,
                answer: *answer,
                called: *called,
                answered: *answered,
            })
            .collect();
        check(&History::new(operations)).is_ok()
    }

    #[test]
    fn a_history_without_operations_is_linearizable() {
        assert!(is_linearizable(&[]));
    }

    #[test]
    fn sequential_operations_have_the_results_of_the_model() {
        assert!(is_linearizable(&[
            (0, 1, GET_A, Answer::Found(None)),
            (2, 3, INSERT_A, Answer::Done),
            (4, 5, INSERT_A, Answer::IdTaken),
            (6, 7, FIND_A, Answer::Found(Some(A))),
            (8, 9, REPLACE_A, Answer::Done),
            (10, 11, REPLACE_A, Answer::VersionConflict),
            (12, 13, GET_A, Answer::Found(Some(A2))),
            (14, 15, DELETE_A, Answer::Done),
            (16, 17, DELETE_A, Answer::NotFound),
            (18, 19, FIND_A, Answer::Found(None)),
        ]));
    }

    #[test]
    fn a_read_of_an_old_value_after_a_new_one_is_rejected() {
        assert!(!is_linearizable(&[
            (0, 1, INSERT_A, Answer::Done),
            (2, 9, REPLACE_A, Answer::Done),
            (3, 4, GET_A, Answer::Found(Some(A2))),
            (5, 6, GET_A, Answer::Found(Some(A))),
        ]));
    }

    #[test]
    fn reads_during_a_write_may_see_either() {
        for seen in [[A, A], [A, A2], [A2, A2]] {
            assert!(is_linearizable(&[
                (0, 1, INSERT_A, Answer::Done),
                (2, 9, REPLACE_A, Answer::Done),
                (3, 4, GET_A, Answer::Found(Some(seen[0]))),
                (5, 6, FIND_A, Answer::Found(Some(seen[1]))),
            ]));
        }
    }

    #[test]
    fn a_stale_read_is_rejected() {
        assert!(!is_linearizable(&[
            (0, 1, INSERT_A, Answer::Done),
            (2, 3, GET_A, Answer::Found(None)),
        ]));
    }

    #[test]
    fn a_lost_update_is_rejected() {
        let other = Call::Replace {
            row: row(1, 1, 2, 12),
            read: 1,
        };
        let with = |second| {
            is_linearizable(&[
                (0, 1, INSERT_A, Answer::Done),
                (2, 5, REPLACE_A, Answer::Done),
                (3, 4, other, second),
            ])
        };
        assert!(with(Answer::VersionConflict));
        assert!(!with(Answer::Done));
    }

    #[test]
    fn an_update_is_one_operation() {
        let update = |tag, version| Call::Update {
            id: 1,
            email: None,
            tag,
            version,
        };
        let updated = |previous, version, tag| Answer::Updated {
            previous,
            row: row(1, 1, version, tag),
        };
        let with = |second| {
            is_linearizable(&[
                (0, 1, INSERT_A, Answer::Done),
                (2, 5, update(11, None), updated(A, 2, 11)),
                (3, 4, update(12, None), second),
                (6, 7, update(13, Some(1)), Answer::VersionConflict),
            ])
        };
        assert!(with(updated(A2, 3, 12)));
        assert!(!with(updated(A, 2, 12)), "a lost update");
        assert!(!with(updated(A, 3, 12)), "a wrong previous record");
        assert!(!with(Answer::VersionConflict));
        let takes_an_address = Call::Update {
            id: 1,
            email: Some(2),
            tag: 11,
            version: None,
        };
        assert!(is_linearizable(&[
            (0, 1, INSERT_A, Answer::Done),
            (0, 1, Call::Insert(B), Answer::Done),
            (2, 3, takes_an_address, Answer::EmailTaken(2)),
            (4, 5, DELETE_A, Answer::Done),
            (6, 7, takes_an_address, Answer::NotFound),
        ]));
    }

    #[test]
    fn one_email_for_two_customers_is_rejected() {
        let rival = Call::Insert(row(2, 1, 1, 12));
        let with =
            |second| is_linearizable(&[(0, 3, INSERT_A, Answer::Done), (1, 2, rival, second)]);
        assert!(with(Answer::EmailTaken(1)));
        assert!(
            !with(Answer::EmailTaken(2)),
            "another customer has the address"
        );
        assert!(!with(Answer::Done));
    }

    #[test]
    fn one_of_two_concurrent_writes_must_have_happened() {
        let rival = Call::Insert(row(2, 1, 1, 12));
        assert!(!is_linearizable(&[
            (0, 3, INSERT_A, Answer::EmailTaken(2)),
            (1, 2, rival, Answer::EmailTaken(1)),
        ]));
    }

    #[test]
    fn the_search_backtracks() {
        // Both writes were called before either returned. The read after both is only
        // explained if the later call happened first.
        let moved = Call::Replace {
            row: row(1, 2, 3, 12),
            read: 2,
        };
        let removed = Call::Delete {
            id: 1,
            version: Some(2),
        };
        assert!(is_linearizable(&[
            (0, 1, INSERT_A, Answer::Done),
            (2, 20, removed, Answer::VersionConflict),
            (3, 21, REPLACE_A, Answer::Done),
            (4, 22, moved, Answer::Done),
            (5, 23, Call::Insert(row(2, 1, 1, 13)), Answer::Done),
            (6, 24, FIND_A, Answer::Found(None)),
            (30, 31, FIND_A, Answer::Found(Some(row(2, 1, 1, 13)))),
        ]));
    }

    #[test]
    fn an_unknown_write_may_have_happened_or_not() {
        for seen in [None, Some(A)] {
            assert!(is_linearizable(&[
                (0, 1, INSERT_A, Answer::Unknown),
                (2, 3, GET_A, Answer::Found(seen)),
                (4, 5, FIND_A, Answer::Found(seen)),
            ]));
        }
    }

    #[test]
    fn an_unknown_write_may_happen_long_after_its_call() {
        assert!(is_linearizable(&[
            (0, 1, INSERT_A, Answer::Unknown),
            (2, 3, GET_A, Answer::Found(None)),
            (4, 5, GET_A, Answer::Found(Some(A))),
        ]));
    }

    #[test]
    fn an_unknown_write_is_not_undone() {
        assert!(!is_linearizable(&[
            (0, 1, INSERT_A, Answer::Unknown),
            (2, 3, GET_A, Answer::Found(Some(A))),
            (4, 5, GET_A, Answer::Found(None)),
        ]));
    }

    #[test]
    fn an_unknown_write_does_not_happen_before_its_call() {
        assert!(!is_linearizable(&[
            (0, 1, GET_A, Answer::Found(Some(A))),
            (2, 3, INSERT_A, Answer::Unknown),
        ]));
    }

    #[test]
    fn an_unknown_write_happens_once() {
        assert!(!is_linearizable(&[
            (0, 1, INSERT_A, Answer::Unknown),
            (2, 3, DELETE_A, Answer::Done),
            (4, 5, GET_A, Answer::Found(Some(A))),
        ]));
    }

    #[test]
    fn many_unknown_writes_that_did_not_happen_are_decided() {
        let mut operations: Vec<_> = (0..40)
            .map(|n| {
                (
                    n,
                    n + 1,
                    Call::Insert(row(3, 3, 1, n as u32)),
                    Answer::Unknown,
                )
            })
            .collect();
        operations.push((100, 101, INSERT_A, Answer::Done));
        operations.push((102, 103, GET_A, Answer::Found(Some(A))));
        assert!(is_linearizable(&operations));
        operations.push((104, 105, GET_A, Answer::Found(None)));
        assert!(!is_linearizable(&operations));
    }

    #[test]
    fn a_record_that_no_client_wrote_is_rejected() {
        assert!(!is_linearizable(&[(0, 1, GET_A, Answer::Foreign)]));
        assert!(!is_linearizable(&[(0, 1, GET_A, Answer::Found(Some(B)))]));
    }

    #[test]
    fn teams_are_independent() {
        let in_team = |team, at, call, answer| Operation {
            client: 0,
            team,
            submission: Submission::Single,
            call,
            answer,
            called: at,
            answered: at + 1,
        };
        let history = History::new(vec![
            in_team(0, 0, INSERT_A, Answer::Done),
            in_team(1, 2, INSERT_A, Answer::Done),
            in_team(2, 4, GET_A, Answer::Found(None)),
        ]);
        assert!(check(&history).is_ok());
    }

    #[test]
    fn a_rejected_history_is_printed_one_operation_per_line() {
        let operations = [(0, INSERT_A, Answer::Done), (2, GET_A, Answer::Found(None))].map(
            |(called, call, answer)| Operation {
                client: 4,
                team: 0,
                submission: Submission::Batch,
                call,
                answer,
                called,
                answered: called + 1,
            },
        );
        let error = check(&History::new(operations.into())).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the history of team 0 is not linearizable; 1 operations have an order, which ends with\n  \
             [0, 1] client 4: batch of insert(id 1: email 1, version 1, tag 10) -> done\n\
             the team then has 1 records\n  \
             id 1: email 1, version 1, tag 10\n\
             none of these operations can be the next\n  \
             [2, 3] client 4: batch of get(id 1) -> no record"
        );
        assert_eq!(format!("{error:?}"), error.to_string());
    }
}
