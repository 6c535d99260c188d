//! BigQuery's values, and its SQL.
//!
//! Without the feature `engine` only values, types and schemas remain, which rows need to be kept.

pub mod cell;
pub mod civil;
pub mod decimal;
pub mod input;
pub mod interval;
pub mod types;

#[cfg(feature = "engine")]
pub mod engine;
