//! The macro that makes a test of each case.

/// Makes a test of every case of [`conformance`](mod@crate::conformance), in a
/// module of that name.
///
/// The second argument is a function without parameters that opens a store and
/// is called once for each test: a path or a closure, whose future is the store.
/// Where something must live as long as the store, it hands out a
/// [`Guarded`](crate::Guarded) one.
///
/// Where a store needs something that a machine may not have, such as a server,
/// `only_if` names a function that tells whether it is there. Where it is not,
/// the tests pass without a store; it is the function's to say so aloud.
///
/// `plant` names a [`Plant`](crate::conformance::Plant), which writes a value into a
/// row past the store. Without it the cases that need one are printed as skipped.
///
/// ```
/// use customer_memory::MemoryStore;
///
/// async fn open() -> MemoryStore {
///     MemoryStore::new()
/// }
///
/// # #[cfg(test)]
/// customer_testkit::conformance!(by_path, open);
/// # #[cfg(test)]
/// customer_testkit::conformance!(by_closure, || async { MemoryStore::new() });
/// # #[cfg(test)]
/// customer_testkit::conformance!(where_possible, open, only_if = || true);
/// ```
#[macro_export]
macro_rules! conformance {
    ($name:ident, $open:expr $(,)?) => {
        $crate::conformance!($name, $open, only_if = || true);
    };
    ($name:ident, $open:expr, plant = $plant:expr $(,)?) => {
        $crate::conformance!($name, $open, only_if = || true, plant = $plant);
    };
    ($name:ident, $open:expr, only_if = $is_possible:expr $(, plant = $plant:expr)? $(,)?) => {
        mod $name {
            #[allow(unused_imports, reason = "what opens the store is named from outside")]
            use super::*;
            use $crate::{__conformance_tests, __planting_tests};
            $crate::__for_each_conformance_case!(__conformance_tests, [$open, $is_possible]);
            $crate::__for_each_planting_case!(
                __planting_tests,
                [$open, $is_possible $(, $plant)?]
            );
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __planting_tests {
    ([$open:expr, $is_possible:expr] $($module:ident::$case:ident,)+) => {
        #[test]
        fn s8_cases_that_plant_a_value_are_skipped() {
            $( $crate::conformance::skip(stringify!($case)); )+
        }
    };
    ([$open:expr, $is_possible:expr, $plant:expr] $($module:ident::$case:ident,)+) => {$(
        #[test]
        fn $case() {
            if !($is_possible)() {
                return;
            }
            $crate::conformance::run_as_test($open, |store| {
                $crate::conformance::$module::$case(store, $plant)
            });
        }
    )+};
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_tests {
    ([$open:expr, $is_possible:expr] $($module:ident::$case:ident,)+) => {$(
        #[test]
        fn $case() {
            if !($is_possible)() {
                return;
            }
            $crate::conformance::run_as_test($open, $crate::conformance::$module::$case);
        }
    )+};
}
