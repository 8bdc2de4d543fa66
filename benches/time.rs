//! Time per operation, by criterion.
//!
//! ```sh
//! cargo bench -p customer-benches --features peers --bench time
//! ```
//!
//! The times depend on the load of the machine. Compare the ratios of one run.

use std::time::Duration;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

mod apply;
mod record;
mod rows;

use apply::cases::Case;
use apply::{Job, Row};
use record::Operations;
use rows::{CASES, for_each_row};

const WARM_UP: Duration = Duration::from_millis(200);
const MEASURED: Duration = Duration::from_millis(600);
const SAMPLES: usize = 30;

fn updates(criterion: &mut Criterion) {
    let mut measure = Measure { criterion };
    for_each_row!(measure.row);
}

struct Measure<'c> {
    criterion: &'c mut Criterion,
}

impl Measure<'_> {
    fn row<R: Row>(&mut self, name: &str) {
        for (case_name, case) in CASES {
            let job = Job::<R>::new(case);
            let mut group = self.criterion.benchmark_group(name);
            group.bench_function(case_name, |bencher| {
                bencher.iter_batched(
                    || job.record(),
                    |record| job.run(record),
                    BatchSize::SmallInput,
                );
            });
            group.finish();
        }
    }
}

fn records(criterion: &mut Criterion) {
    let operations = Operations::new(Case::P2);
    let mut buffer = Vec::with_capacity(4096);
    let mut group = criterion.benchmark_group("record");
    group.bench_function("write_json", |bencher| {
        bencher.iter(|| operations.write_json(&mut buffer));
    });
    group.bench_function("to_json", |bencher| {
        bencher.iter(|| operations.to_json(&mut buffer));
    });
    group.bench_function("to_json_derived", |bencher| {
        bencher.iter(|| operations.to_json_derived(&mut buffer));
    });
    group.bench_function("clone_record", |bencher| {
        bencher.iter(|| operations.clone_record());
    });
    group.bench_function("clone_plain", |bencher| {
        bencher.iter(|| operations.clone_plain());
    });
    group.bench_function("email_key", |bencher| {
        bencher.iter(|| operations.email_key());
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(WARM_UP)
        .measurement_time(MEASURED)
        .sample_size(SAMPLES)
        .without_plots();
    targets = updates, records
}
criterion_main!(benches);
