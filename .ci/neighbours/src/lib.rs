//! Has only dependencies.
