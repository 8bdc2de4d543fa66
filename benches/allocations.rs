//! Allocations per operation. Prints a line for each: row, case, number of allocations,
//! bytes.
//!
//! ```sh
//! cargo bench -p customer-benches --features peers --bench allocations
//! ```

mod apply;
mod record;
mod rows;

use allocation_counter::{AllocationInfo, measure};
use apply::cases::Case;
use apply::{Job, Row};
use record::Operations;
use rows::{CASES, for_each_row};

fn main() {
    for_each_row!(count);
    let operations = Operations::new(Case::P2);
    let mut buffer = Vec::with_capacity(4096);
    let counts = [
        ("write_json", measure(|| operations.write_json(&mut buffer))),
        ("to_json", measure(|| operations.to_json(&mut buffer))),
        (
            "to_json_derived",
            measure(|| operations.to_json_derived(&mut buffer)),
        ),
        ("clone_record", measure(|| operations.clone_record())),
        ("clone_plain", measure(|| operations.clone_plain())),
        ("email_key", measure(|| operations.email_key())),
    ];
    for (name, count) in counts {
        print(name, "record", &count);
    }
}

fn count<R: Row>(name: &str) {
    for (case_name, case) in CASES {
        let job = Job::<R>::new(case);
        let record = job.record();
        print(name, case_name, &measure(|| job.run(record)));
    }
}

fn print(row: &str, case: &str, count: &AllocationInfo) {
    println!("{row} {case} {} {}", count.count_total, count.bytes_total);
}
