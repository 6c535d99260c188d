//! Reads BigQuery's SQL into a tree.

pub mod ast;
mod expressions;
mod lexer;
mod parser;
mod queries;
mod statements;

pub use parser::{query, quoted, script};
