//! All rows and all cases of the update, for the benchmarks of time and allocations.

use crate::apply::cases::Case;

/// The cases with their names in the tables.
pub(crate) const CASES: [(&str, Case); 5] = [
    ("p1", Case::P1),
    ("p2", Case::P2),
    ("p3", Case::P3),
    ("p4", Case::P4),
    ("no_op", Case::NoOp),
];

/// Calls a generic function with the name of each row.
macro_rules! for_each_row {
    ($($call:ident).+) => {{
        use crate::apply::{
            deserr::DeserrOnValue, eserde::Eserde, floor::Floor, garde::Garde,
            hand_written::HandWritten, json_schema::JsonSchema, no_rules::NoRules, ours::Ours,
            sonic::{FloorSonic, OursSonic}, struct_patch::StructPatch, validator::Validator,
        };
        $($call).+::<Floor>("floor");
        $($call).+::<Ours>("ours");
        $($call).+::<FloorSonic>("floor_sonic");
        $($call).+::<OursSonic>("ours_sonic");
        $($call).+::<NoRules>("no_rules");
        $($call).+::<HandWritten>("hand_written");
        $($call).+::<StructPatch>("struct_patch");
        $($call).+::<Garde>("garde");
        $($call).+::<Validator>("validator");
        $($call).+::<Eserde>("eserde");
        $($call).+::<DeserrOnValue>("deserr");
        $($call).+::<JsonSchema>("json_schema");
    }};
}
pub(crate) use for_each_row;
