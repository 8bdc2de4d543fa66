//! The kit tried on a good store and on broken ones.

mod broken;
mod broken_list;
mod caught;
mod differential;
mod faults;
mod good;
mod histories;
mod model;
mod properties;
mod strategies;
