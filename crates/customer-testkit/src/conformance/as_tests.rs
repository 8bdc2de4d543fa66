//! The macro that generates a test for each case.

/// Generates a test for every case of [`conformance`](mod@crate::conformance), in a
/// module with the given name.
///
/// The second argument opens a store: a path to a function without parameters, or a
/// closure, that returns a future of the store. It is called once per test. If a resource
/// must live as long as the store, return a [`Guarded`](crate::Guarded) store.
///
/// Optional arguments, in this order:
///
/// - `only_if`: a function that returns whether the tests can run, for a store that needs
///   a server. If it returns `false`, the tests pass without opening a store; the
///   function should report that.
/// - `plant`: a [`Plant`](crate::conformance::Plant), which writes a value into a row
///   without using the store. Without it, the cases that need one are printed as skipped.
/// - `reopen`: a [`Reopen`](crate::conformance::Reopen), which closes the store and opens
///   it again on the same data. Every store that persists data needs it; without it, the
///   cases of S4 are printed as skipped.
///
/// A failed test panics at the line of the macro call.
///
/// ```
/// # #[cfg(test)]
/// customer_testkit::conformance!(by_path, open);
/// # #[cfg(test)]
/// customer_testkit::conformance!(by_closure, || async { MyStore::open().await });
/// # #[cfg(test)]
/// customer_testkit::conformance!(where_possible, open, only_if = || true);
/// ```
#[macro_export]
macro_rules! conformance {
    (
        $name:ident, $open:expr
        $(, only_if = $is_possible:expr)?
        $(, plant = $plant:expr)?
        $(, reopen = $reopen:expr)?
        $(,)?
    ) => {
        mod $name {
            #[allow(unused_imports, reason = "the paths are resolved in the caller's module")]
            use super::*;
            use $crate::{__conformance_tests, __planting_tests, __reopening_tests};
            $crate::__for_each_conformance_case!(
                __conformance_tests,
                [$open, [$($is_possible)?]]
            );
            $crate::__for_each_planting_case!(
                __planting_tests,
                [$open, [$($is_possible)?] $(, $plant)?]
            );
            $crate::__for_each_reopening_case!(
                __reopening_tests,
                [$open, [$($is_possible)?] $(, $reopen)?]
            );
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_tests {
    ([$open:expr, $is_possible:tt] $($module:ident::$case:ident,)+) => {$(
        $crate::__conformance_test!($case, $open, $is_possible, |store| {
            $crate::conformance::$module::$case(::std::sync::Arc::new(store))
        });
    )+};
}

#[doc(hidden)]
#[macro_export]
macro_rules! __planting_tests {
    ([$open:expr, $is_possible:tt] $($module:ident::$case:ident,)+) => {
        #[test]
        fn s8_cases_that_plant_a_value_are_skipped() {
            $( $crate::conformance::skip(stringify!($case), "plant"); )+
        }
    };
    ([$open:expr, $is_possible:tt, $plant:expr] $($module:ident::$case:ident,)+) => {$(
        $crate::__conformance_test!($case, $open, $is_possible, |store| {
            $crate::conformance::$module::$case(::std::sync::Arc::new(store), $plant)
        });
    )+};
}

#[doc(hidden)]
#[macro_export]
macro_rules! __reopening_tests {
    ([$open:expr, $is_possible:tt] $($module:ident::$case:ident,)+) => {
        #[test]
        fn s4_cases_that_reopen_the_store_are_skipped() {
            $( $crate::conformance::skip(stringify!($case), "reopen"); )+
        }
    };
    ([$open:expr, $is_possible:tt, $reopen:expr] $($module:ident::$case:ident,)+) => {$(
        $crate::__conformance_test!($case, $open, $is_possible, |store| {
            $crate::conformance::$module::$case(store, $reopen)
        });
    )+};
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_test {
    ($case:ident, $open:expr, [$($is_possible:expr)?], $run:expr) => {
        #[test]
        fn $case() {
            $(
                if !($is_possible)() {
                    return;
                }
            )?
            $crate::conformance::run_as_test($open, $run);
        }
    };
}
