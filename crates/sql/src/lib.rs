//! BigQuery's SQL, over the values of the crate `values`.

pub mod engine;

// The engine's modules name these by `crate::`.
use values::{cell, civil, decimal, input, interval, types};
