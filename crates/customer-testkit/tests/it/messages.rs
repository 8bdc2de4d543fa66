//! The messages of failed cases, and the locations of their panics.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use customer_testkit::conformance::{self, cases, run_as_test, run_cases};

use crate::broken::{BrokenStore, Flaw};

thread_local! {
    /// The location of the last panic of this thread.
    static LOCATION: RefCell<Option<(String, u32)>> = const { RefCell::new(None) };
}

/// The location at which it panics.
fn panic_location(run: impl FnOnce()) -> (String, u32) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let location = info.location().map(|l| (l.file().to_owned(), l.line()));
            LOCATION.with_borrow_mut(|last| *last = location);
            previous(info);
        }));
    });
    assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
    LOCATION.take().unwrap()
}

async fn open() -> BrokenStore {
    BrokenStore::new(Flaw::CaseSensitiveEmail)
}

macro_rules! in_a_macro {
    ($case:ident) => {
        run_as_test(open, |store| {
            conformance::uniqueness::$case(std::sync::Arc::new(store))
        })
    };
}

#[test]
fn a_failed_case_panics_at_the_line_of_the_macro_call() {
    let (file, line) = panic_location(|| in_a_macro!(s2_an_email_is_compared_by_its_key));
    assert_eq!((file.as_str(), line), (file!(), line!() - 1));
}

async fn message(flaw: Flaw, name: &str) -> String {
    let case = cases().into_iter().find(|case| case.name == name);
    let reports = run_cases(|| async { BrokenStore::new(flaw) }, vec![case.unwrap()]).await;
    reports[0].outcome.clone().unwrap_err().to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_names_the_record_the_field_and_both_values() {
    let milliseconds = message(Flaw::Milliseconds, "s6_every_field_comes_back").await;
    for part in [
        "S6: a record with every field is read back, inserted; get returned customer ",
        r#": updatedAt is "2026-11-23T12:00:00.123000Z", expected is "2026-11-23T12:00:00.123456Z""#,
    ] {
        assert!(milliseconds.contains(part), "{milliseconds}");
    }
    let order = message(
        Flaw::SortsWithoutCaseFolding,
        "s7_an_order_goes_by_the_bytes_of_its_key",
    )
    .await;
    for part in [
        "S7: the order customer ASC compares the bytes of its key; record 6 of the page is customer ",
        r#"(version 1, "A", "7X1@Acme.example", updatedAt "#,
        ", expected is customer ",
        r#"(version 1, "_", "23X21@Acme.example", "#,
    ] {
        assert!(order.contains(part), "{order}");
    }
}
