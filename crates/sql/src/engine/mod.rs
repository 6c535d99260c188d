//! Runs BigQuery's statements: what they yield, and what they do to tables.
//!
//! A statement is parsed ([`syntax`]), its names and types are found out ([`analyze`]), and what came of that, a
//! [`plan`], is run ([`run`]). What it changes is answered as a value ([`Effect`]) which the caller, who keeps the
//! tables, applies. Statements of strangers may nest and may run for long: each has a thread with a stack of its own,
//! and [`Limits`].

mod analyze;
mod arrow;
mod coercion;
mod failure;
mod functions;
mod parquet;
mod plan;
mod remote;
mod run;
mod statements;
mod syntax;
mod tables;
mod values;

pub use ::values::engine::{
    Catalog, Done, Effect, Failure, Found, Limits, Listed, Parameter, Reason, Scope, Stop, TableName,
};

use crate::cell::Cell;
use crate::types::Field;

/// The stack of a statement's thread: what is nested as deep as the parser allows needs a part of it. Memory is only
/// taken as it is touched.
const STACK: usize = 512 << 20;

/// Runs a statement; `dry`: only plans it, and says what it would read.
///
/// # Errors
///
/// What BigQuery would say, or that the statement is one that this engine does not run.
pub fn run(sql: &str, catalog: &dyn Catalog, scope: &Scope<'_>, dry: bool) -> Result<Done, Failure> {
    remote::run(catalog, STACK, |catalog| {
        statements::run(sql, catalog, scope, dry).map_err(|it| it.told(sql))
    })
}

/// This engine, for a local BigQuery.
#[derive(Clone, Copy, Debug, Default)]
pub struct Engine;

impl ::values::engine::Engine for Engine {
    fn run(&self, sql: &str, catalog: &dyn Catalog, scope: &Scope<'_>, dry: bool) -> Result<Done, Failure> {
        run(sql, catalog, scope, dry)
    }

    fn read_parquet(&self, content: Vec<u8>) -> Result<(Vec<Field>, Vec<Vec<Cell>>), String> {
        parquet::read(content)
    }
}
