//! All interleavings of two and three tasks at the locks of the store, and random ones of
//! more operations. Every history must be linearizable.
//!
//! All interleavings of three tasks with three operations each are too many: two updates
//! that move an address have thousands already.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use customer_memory::MemoryStore;
use customer_testkit::linearizability::{Call, Recorder, Row, check};
use shuttle::rand::{Rng, thread_rng};
use shuttle::{check_dfs, check_random, thread};

/// The number of random schedules of each test.
const RANDOM: usize = 5_000;

const fn insert(id: u8, email: u8, tag: u32) -> Call {
    let version = 1;
    Call::Insert(Row {
        id,
        email,
        version,
        tag,
    })
}

const fn update(id: u8, email: Option<u8>, tag: u32) -> Call {
    Call::Update {
        id,
        email,
        tag,
        version: None,
    }
}

const fn delete(id: u8) -> Call {
    Call::Delete { id, version: None }
}

const GET: Call = Call::Get { id: 0 };
const FIND: Call = Call::Find { email: 0 };

/// Two records before the tasks begin.
const BEFORE: [Call; 2] = [insert(0, 0, 1), insert(1, 1, 2)];

/// Writes that need every address after the tasks: an address without a record is free.
const AFTER: [Call; 3] = [
    update(1, Some(0), 901),
    update(1, Some(1), 902),
    update(1, Some(2), 903),
];

/// The store never waits for anything but a lock.
fn run<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the store waits for something"),
    }
}

/// Runs the calls of each task in a thread of its own, and checks the history.
fn execute(tasks: Vec<Vec<Call>>) {
    let store = Arc::new(MemoryStore::new());
    let recorder = Arc::new(Recorder::new(2, 3));
    let clients = tasks.len();
    for call in BEFORE {
        run(recorder.call(&*store, clients, call));
    }
    let task = |(client, calls): (usize, Vec<Call>)| {
        let (store, recorder) = (Arc::clone(&store), Arc::clone(&recorder));
        thread::spawn(move || {
            for call in calls {
                run(recorder.call(&*store, client, call));
            }
        })
    };
    let tasks: Vec<_> = tasks.into_iter().enumerate().map(task).collect();
    for task in tasks {
        task.join().unwrap();
    }
    for call in AFTER {
        run(recorder.call(&*store, clients, call));
    }
    let recorder = Arc::into_inner(recorder).unwrap();
    check(&run(recorder.into_history(&*store))).unwrap();
}

/// Runs every schedule of the tasks.
fn every_schedule(tasks: &[&[Call]]) {
    let tasks: Vec<Vec<Call>> = tasks.iter().map(|calls| calls.to_vec()).collect();
    check_dfs(move || execute(tasks.clone()), None);
}

/// Calls that write or read the records and addresses of [`BEFORE`], each with another
/// tag.
fn calls(tag: u32) -> [Call; 8] {
    [
        update(0, None, tag),
        update(0, Some(2), tag),
        update(1, Some(2), tag),
        update(1, Some(0), tag),
        insert(0, 2, tag),
        delete(0),
        GET,
        FIND,
    ]
}

#[test]
fn every_schedule_of_any_two_operations() {
    for one in calls(3) {
        for other in calls(4) {
            every_schedule(&[&[one], &[other]]);
        }
    }
}

#[test]
fn every_schedule_of_three_tasks_that_update_and_read_one_record() {
    every_schedule(&[&[update(0, None, 3)], &[update(0, None, 4)], &[GET]]);
    every_schedule(&[&[update(0, None, 3), GET], &[update(0, None, 4), GET]]);
}

#[test]
fn every_schedule_of_a_delete_and_an_insert_of_the_same_address_and_a_find() {
    every_schedule(&[&[delete(0), insert(0, 0, 3)], &[FIND]]);
}

fn any_call(tag: u32) -> Call {
    let mut random = thread_rng();
    let (id, email) = (random.gen_range(0..2), random.gen_range(0..3));
    match random.gen_range(0..9) {
        0 => insert(id, email, tag),
        1 => delete(id),
        2 => Call::Get { id },
        3 => Call::Find { email },
        4 | 5 => update(id, None, tag),
        _ => update(id, Some(email), tag),
    }
}

fn any_calls(tasks: u32, calls: u32) -> Vec<Vec<Call>> {
    let of_task = |task| (0..calls).map(|n| any_call(100 * (task + 1) + n)).collect();
    (0..tasks).map(of_task).collect()
}

#[test]
fn random_schedules_of_three_tasks_with_three_operations() {
    check_random(|| execute(any_calls(3, 3)), RANDOM);
}

#[test]
fn random_schedules_of_four_tasks_with_six_operations() {
    check_random(|| execute(any_calls(4, 6)), RANDOM);
}
