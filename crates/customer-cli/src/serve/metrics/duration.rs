//! The histogram of a duration.

use prometheus_client::metrics::histogram::Histogram;

/// Upper bounds of the buckets, in seconds.
const BUCKETS: [f64; 12] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0,
];

/// Makes the histograms of a family.
pub(super) const HISTOGRAM: fn() -> Histogram = || Histogram::new(BUCKETS);
