//! What the numbers have to be.

/// At most this many times the instructions of another operation in that case.
pub(crate) struct Goal {
    pub(crate) what: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) of: &'static str,
    pub(crate) case: &'static str,
    pub(crate) at_most: f64,
}

/// Instructions, as a ratio.
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

/// So many times fewer than a peer.
const fn ours(what: &'static str, peer: &'static str, times_fewer: f64) -> Goal {
    Goal {
        what,
        operation: "ours",
        of: peer,
        case: "p2",
        at_most: 1.0 / times_fewer,
    }
}

/// A row of a bulk update, as a ratio of the instructions of the single update.
pub(crate) const BULK: f64 = 1.3;

/// Rows that the bench of bulk updates counts together.
pub(crate) const BULK_ROWS: f64 = 50.0;

/// The record as JSON, beside the derived writer.
pub(crate) const TO_JSON: f64 = 0.5;

/// How much more an update may take among a million customers than among a
/// thousand.
pub(crate) const SCALE: f64 = 0.15;

/// Allocations at most, by case: none for one that changes no text, none for a
/// refused body but the list of violations, else one per text that changed.
pub(crate) const ALLOCATIONS: [(&str, f64); 5] = [
    ("p1", 0.0),
    ("no_op", 0.0),
    ("p4", 1.0),
    // Email address, phone, website, and the five texts of an address.
    ("p2", 8.0),
    // As P2, with the name and another address.
    ("p3", 14.0),
];
