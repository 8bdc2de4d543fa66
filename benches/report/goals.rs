//! The goals for the measured numbers.

/// A maximum for the ratio of the instructions of two operations in one case.
pub(crate) struct Goal {
    pub(crate) what: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) of: &'static str,
    pub(crate) case: &'static str,
    pub(crate) at_most: f64,
}

/// The goals for instructions.
pub(crate) const INSTRUCTIONS: [Goal; 11] = [
    floor("P1", "ours", "p1", 1.5),
    floor("P2", "ours", "p2", 1.25),
    floor("P3", "ours", "p3", 1.25),
    floor("P4", "ours", "p4", 1.15),
    floor("no-op", "ours", "no_op", 1.0),
    floor("P2 through sonic-rs", "ours_sonic", "p2", 1.36),
    floor("P3 through sonic-rs", "ours_sonic", "p3", 1.25),
    ours("P2 beside the version by hand", "hand_written", 2.5),
    ours("P2 beside garde", "garde", 2.5),
    ours("P2 beside validator", "validator", 2.5),
    ours("P2 beside jsonschema and json-patch", "json_schema", 6.0),
];

const fn floor(
    what: &'static str,
    operation: &'static str,
    case: &'static str,
    at_most: f64,
) -> Goal {
    Goal {
        what,
        operation,
        of: "floor",
        case,
        at_most,
    }
}

/// A factor by which the core needs fewer instructions than a peer.
const fn ours(what: &'static str, peer: &'static str, times_fewer: f64) -> Goal {
    Goal {
        what,
        operation: "ours",
        of: peer,
        case: "p2",
        at_most: 1.0 / times_fewer,
    }
}

/// The maximum ratio of the instructions of a row of a bulk update to those of the single
/// update.
pub(crate) const BULK: f64 = 1.3;

/// The number of rows that the benchmark of bulk updates counts together.
pub(crate) const BULK_ROWS: f64 = 50.0;

/// The maximum ratio of writing the record as JSON to the derived `Serialize`.
pub(crate) const TO_JSON: f64 = 0.5;

/// The maximum relative difference of the instructions of an update with a million customers
/// and with a thousand.
pub(crate) const SCALE: f64 = 0.15;

/// The maximum number of allocations by case: none if no string changes, one (the list of
/// violations) for an invalid body, otherwise one per changed string.
pub(crate) const ALLOCATIONS: [(&str, f64); 5] = [
    ("p1", 0.0),
    ("no_op", 0.0),
    ("p4", 1.0),
    // Email address, phone, website, and the five strings of an address.
    ("p2", 8.0),
    // Those of P2, the name and another address.
    ("p3", 14.0),
];
