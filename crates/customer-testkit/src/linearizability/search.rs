//! The search for an order that explains every answer: that of Wing and Gong,
//! with the memory of Lowe.
//!
//! The operations of a team are put in order one by one. The next may be any
//! that was called before every operation still missing was answered, if the
//! answer is what the [model](super::model) says. When none fits, the last one
//! is taken back. A set of operations with the state they lead to is tried only
//! once. Teams are independent, and searched apart: linearizability is local.

use std::collections::HashSet;
use std::fmt;

use super::history::{Answer, History, Operation};
use super::model::Team;

/// How many sets of operations are remembered, some 100 bytes each, before the
/// search gives up.
const MAX_VISITED: usize = 4_000_000;

/// Why a history was refused.
#[derive(Debug)]
pub enum Refusal {
    /// No order of the operations explains the answers.
    NotLinearizable(Unexplained),
    /// There were more orders than can be looked at. A history of fewer
    /// operations, or with fewer unknown outcomes, can be decided.
    TooManyOrders,
}

/// The longest part of a history that could be explained, and what comes next.
#[derive(Debug)]
pub struct Unexplained {
    /// Which team of the history it is.
    pub team: usize,
    /// How many operations could be put in order.
    pub explained: usize,
    /// The operations of which none could be the next, in the order of their
    /// calls.
    pub stuck: Vec<Operation>,
    /// The last operations before them, in the order found.
    pub before: Vec<Operation>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unexplained = match self {
            Self::TooManyOrders => {
                return f.write_str("the history has too many orders to look at all of them");
            }
            Self::NotLinearizable(unexplained) => unexplained,
        };
        writeln!(
            f,
            "no order of the operations of team {} explains the answers; after {} operations, the last of them",
            unexplained.team, unexplained.explained
        )?;
        for operation in &unexplained.before {
            writeln!(f, "  {operation}")?;
        }
        f.write_str("none of these can be the next")?;
        for operation in &unexplained.stuck {
            write!(f, "\n  {operation}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            client,
            team: _,
            call,
            answer,
            called,
            answered,
        } = self;
        write!(
            f,
            "[{called}..{answered}] client {client}: {call:?} -> {answer:?}"
        )
    }
}

/// Looks for an order of the operations that explains every answer.
///
/// # Errors
///
/// [`Refusal`]: there is none, or too many would have to be looked at.
pub fn check(history: &History) -> Result<(), Refusal> {
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

/// One operation that was put in order, and how it was before.
struct Choice {
    operation: usize,
    before: Team,
}

struct Search<'a> {
    /// In the order of their calls.
    operations: &'a [Operation],
    ordered: Set,
    /// How many operations that have an answer are not in order yet.
    missing: usize,
    team: Team,
    choices: Vec<Choice>,
    visited: HashSet<(Set, Team)>,
    longest: Vec<usize>,
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
            longest: Vec::new(),
        }
    }

    fn run(mut self) -> Result<(), Refusal> {
        let mut from = 0;
        while self.missing > 0 {
            if let Some((operation, after)) = self.next_choice(from) {
                self.choose(operation, after);
                from = 0;
            } else if let Some(choice) = self.choices.pop() {
                from = choice.operation + 1;
                self.take_back(choice);
            } else {
                return Err(Refusal::NotLinearizable(self.unexplained()));
            }
            if self.visited.len() > MAX_VISITED {
                return Err(Refusal::TooManyOrders);
            }
        }
        Ok(())
    }

    /// The first operation from that one on that can be the next and leads to
    /// where the search has not been, and the team after it.
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

    /// The operations that may be the next: those called before every operation
    /// still missing was answered.
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

    /// The team after the operation, if the answer is what the model says. One
    /// of unknown outcome is worth a try only where it changes something: that
    /// it did not happen needs no place in the order.
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
        if self.choices.len() > self.longest.len() {
            self.longest = self.choices.iter().map(|c| c.operation).collect();
        }
    }

    fn take_back(&mut self, choice: Choice) {
        self.ordered.remove(choice.operation);
        self.missing += usize::from(is_answered(&self.operations[choice.operation]));
        self.team = choice.before;
    }

    fn unexplained(mut self) -> Unexplained {
        /// Enough to see what led there.
        const SHOWN: usize = 12;
        for operation in &self.longest {
            self.ordered.insert(*operation);
        }
        let stuck = self.candidates().map(|n| self.operations[n]).collect();
        let shown = self.longest.len().saturating_sub(SHOWN);
        Unexplained {
            team: self.operations.first().map_or(0, |o| o.team),
            explained: self.longest.len(),
            stuck,
            before: self.longest[shown..]
                .iter()
                .map(|n| self.operations[*n])
                .collect(),
        }
    }
}

fn is_answered(operation: &Operation) -> bool {
    operation.answer != Answer::Unknown
}

/// A set of numbers below a bound, a bit each.
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
    use super::super::history::{Call, Row};
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
                call: *call,
                answer: *answer,
                called: *called,
                answered: *answered,
            })
            .collect();
        check(&History::new(operations)).is_ok()
    }

    #[test]
    fn no_operation_is_explained() {
        assert!(is_linearizable(&[]));
    }

    #[test]
    fn one_after_the_other_is_as_the_model_says() {
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
    fn a_read_of_an_old_value_after_a_new_one_is_refused() {
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
    fn a_stale_read_is_refused() {
        assert!(!is_linearizable(&[
            (0, 1, INSERT_A, Answer::Done),
            (2, 3, GET_A, Answer::Found(None)),
        ]));
    }

    #[test]
    fn a_lost_update_is_refused() {
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
    fn one_email_given_twice_is_refused() {
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
    fn of_two_writes_at_once_one_must_have_been_done() {
        let rival = Call::Insert(row(2, 1, 1, 12));
        assert!(!is_linearizable(&[
            (0, 3, INSERT_A, Answer::EmailTaken(2)),
            (1, 2, rival, Answer::EmailTaken(1)),
        ]));
    }

    #[test]
    fn a_choice_that_leads_nowhere_is_taken_back() {
        // Both writes were called before either answered; the read that comes
        // after both fits only the later call done first.
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
    fn an_unknown_write_may_have_been_done_or_not() {
        for seen in [None, Some(A)] {
            assert!(is_linearizable(&[
                (0, 1, INSERT_A, Answer::Unknown),
                (2, 3, GET_A, Answer::Found(seen)),
                (4, 5, FIND_A, Answer::Found(seen)),
            ]));
        }
    }

    #[test]
    fn an_unknown_write_may_be_done_long_after() {
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
    fn an_unknown_write_is_not_done_before_its_call() {
        assert!(!is_linearizable(&[
            (0, 1, GET_A, Answer::Found(Some(A))),
            (2, 3, INSERT_A, Answer::Unknown),
        ]));
    }

    #[test]
    fn an_unknown_write_is_done_once() {
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
    fn a_record_nobody_wrote_is_refused() {
        assert!(!is_linearizable(&[(0, 1, GET_A, Answer::Foreign)]));
        assert!(!is_linearizable(&[(0, 1, GET_A, Answer::Found(Some(B)))]));
    }

    #[test]
    fn teams_are_independent() {
        let in_team = |team, at, call, answer| Operation {
            client: 0,
            team,
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
    fn a_refusal_shows_what_cannot_be_next() {
        let operations = [(0, INSERT_A, Answer::Done), (2, GET_A, Answer::Found(None))].map(
            |(called, call, answer)| Operation {
                client: 4,
                team: 0,
                call,
                answer,
                called,
                answered: called + 1,
            },
        );
        let refusal = check(&History::new(operations.into()))
            .unwrap_err()
            .to_string();
        assert!(refusal.contains("after 1 operations"), "{refusal}");
        assert!(
            refusal.contains("client 4: Get { id: 1 } -> Found(None)"),
            "{refusal}"
        );
    }
}
