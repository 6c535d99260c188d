//! BigQuery's values, types and schemas, and what is said between a keeper of tables and an engine of SQL.

pub mod cell;
pub mod civil;
pub mod decimal;
pub mod engine;
pub mod input;
pub mod interval;
pub mod types;
