//! Reads BigQuery's SQL into a tree.

pub mod ast;
mod calls;
mod expressions;
mod lexer;
mod parser;
mod pipes;
mod queries;
mod statements;
mod tables;
mod types;

pub use parser::{query, quoted, script};
