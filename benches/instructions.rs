//! Instructions per operation, counted by callgrind.
//!
//! ```sh
//! cargo bench -p customer-benches --bench instructions
//! ```
//!
//! Each operation is warmed up, so that one-time initialization is not counted. The counts
//! include the drop of the result.

#![allow(
    missing_docs,
    unused_qualifications,
    reason = "in code that the macros of gungraun generate"
)]

use customer_domain::Customer;
use gungraun::prelude::*;

mod apply;
mod bulk;
mod customers;
mod memory;
mod record;

use apply::cases::Case;
use apply::floor::Floor;
use apply::ours::Ours;
use apply::{Job, Row};
use bulk::Bulk;
use memory::Filled;
use record::Operations;

/// The job of a case, leaked to be `'static`, and a record for it.
fn job<R: Row>(case: Case) -> (&'static Job<R>, R::Record) {
    let job: &Job<R> = Box::leak(Box::new(Job::new(case)));
    (job, job.record())
}

macro_rules! rows {
    ($($name:ident: $row:ty),+ $(,)?) => {
        $(
            #[library_benchmark(setup = job)]
            #[bench::p1(Case::P1)]
            #[bench::p2(Case::P2)]
            #[bench::p3(Case::P3)]
            #[bench::p4(Case::P4)]
            #[bench::no_op(Case::NoOp)]
            fn $name((job, record): (&'static Job<$row>, <$row as Row>::Record)) {
                job.run(record);
            }
        )+
    };
}

rows! {
    floor: Floor,
    ours: Ours,
}

fn bulk(case: Case) -> (&'static Bulk, Vec<Customer>) {
    let bulk: &Bulk = Box::leak(Box::new(Bulk::new(case)));
    (bulk, bulk.records())
}

#[library_benchmark(setup = bulk)]
#[bench::p2(Case::P2)]
fn bulk_50((bulk, records): (&'static Bulk, Vec<Customer>)) {
    bulk.run(records, |_| ());
}

library_benchmark_group!(name = apply_patch, benchmarks = [floor, ours, bulk_50]);

/// A record, and a buffer that is reused.
fn record(case: Case) -> (Operations, Vec<u8>) {
    (Operations::new(case), Vec::with_capacity(4096))
}

#[library_benchmark(setup = record)]
#[bench::p2(Case::P2)]
#[bench::p3(Case::P3)]
fn write_json((operations, mut buffer): (Operations, Vec<u8>)) -> (Operations, Vec<u8>) {
    operations.write_json(&mut buffer);
    (operations, buffer)
}

#[library_benchmark(setup = record)]
#[bench::p2(Case::P2)]
#[bench::p3(Case::P3)]
fn to_json((operations, mut buffer): (Operations, Vec<u8>)) -> (Operations, Vec<u8>) {
    operations.to_json(&mut buffer);
    (operations, buffer)
}

fn operations(case: Case) -> &'static Operations {
    Box::leak(Box::new(Operations::new(case)))
}

#[library_benchmark(setup = operations)]
#[bench::p2(Case::P2)]
#[bench::p3(Case::P3)]
fn clone_record(operations: &'static Operations) {
    operations.clone_record();
}

#[library_benchmark(setup = operations)]
#[bench::p2(Case::P2)]
#[bench::p3(Case::P3)]
fn email_key(operations: &'static Operations) {
    operations.email_key();
}

library_benchmark_group!(
    name = records,
    benchmarks = [write_json, to_json, clone_record, email_key]
);

/// The number of updates that are counted together.
const UPDATES: u128 = 100;

fn filled(count: u128) -> &'static Filled {
    let filled = Box::leak(Box::new(Filled::new(count)));
    filled.update(0, UPDATES, 0);
    filled.get(0, UPDATES);
    filled
}

#[library_benchmark(setup = filled)]
#[bench::n1000(1_000)]
fn memory_update_100(filled: &'static Filled) {
    filled.update(UPDATES, UPDATES, 1);
}

#[library_benchmark(setup = filled)]
#[bench::n1000(1_000)]
fn memory_get_100(filled: &'static Filled) {
    filled.get(UPDATES, UPDATES);
}

fn filled_and_addresses(count: u128) -> (&'static Filled, Vec<String>) {
    let filled = filled(count);
    let addresses = filled.addresses();
    filled.find(&addresses, 0, UPDATES);
    (filled, addresses)
}

#[library_benchmark(setup = filled_and_addresses)]
#[bench::n1000(1_000)]
fn memory_find_100((filled, addresses): (&'static Filled, Vec<String>)) -> Vec<String> {
    filled.find(&addresses, UPDATES, UPDATES);
    addresses
}

library_benchmark_group!(
    name = in_memory,
    benchmarks = [memory_update_100, memory_get_100, memory_find_100]
);

#[cfg(feature = "sonic")]
mod sonic {
    use super::*;
    use apply::no_rules::NoRules;
    use apply::sonic::{FloorSonic, OursSonic};

    rows! {
        floor_sonic: FloorSonic,
        ours_sonic: OursSonic,
        no_rules: NoRules,
    }

    library_benchmark_group!(
        name = apply_patch_sonic,
        benchmarks = [floor_sonic, ours_sonic, no_rules]
    );
}
#[cfg(feature = "sonic")]
use sonic::apply_patch_sonic;

#[cfg(feature = "peers")]
mod peers {
    use super::*;
    use apply::deserr::DeserrOnValue;
    use apply::eserde::Eserde;
    use apply::garde::Garde;
    use apply::hand_written::HandWritten;
    use apply::json_schema::JsonSchema;
    use apply::struct_patch::StructPatch;
    use apply::validator::Validator;

    rows! {
        hand_written: HandWritten,
        garde: Garde,
        validator: Validator,
        eserde: Eserde,
        deserr: DeserrOnValue,
        json_schema: JsonSchema,
        struct_patch: StructPatch,
    }

    #[library_benchmark(setup = record)]
    #[bench::p2(Case::P2)]
    #[bench::p3(Case::P3)]
    fn to_json_derived((operations, mut buffer): (Operations, Vec<u8>)) -> (Operations, Vec<u8>) {
        operations.to_json_derived(&mut buffer);
        (operations, buffer)
    }

    #[library_benchmark(setup = operations)]
    #[bench::p2(Case::P2)]
    #[bench::p3(Case::P3)]
    fn clone_plain(operations: &'static Operations) {
        operations.clone_plain();
    }

    library_benchmark_group!(
        name = records_peers,
        benchmarks = [to_json_derived, clone_plain]
    );

    library_benchmark_group!(
        name = apply_patch_peers,
        benchmarks = [
            hand_written,
            garde,
            validator,
            eserde,
            deserr,
            json_schema,
            struct_patch
        ]
    );
}
#[cfg(feature = "peers")]
use peers::{apply_patch_peers, records_peers};

#[cfg(not(feature = "sonic"))]
main!(library_benchmark_groups = apply_patch, records, in_memory);
#[cfg(all(feature = "sonic", not(feature = "peers")))]
main!(
    library_benchmark_groups = apply_patch,
    records,
    in_memory,
    apply_patch_sonic
);
#[cfg(feature = "peers")]
main!(
    library_benchmark_groups = apply_patch,
    records,
    in_memory,
    apply_patch_sonic,
    apply_patch_peers,
    records_peers
);
