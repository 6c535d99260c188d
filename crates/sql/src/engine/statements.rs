//! Statements: each is planned and run, and what comes of it is told as [`Done`].

use std::collections::HashMap;

use super::analyze::{Analyzer, Change, Clause, Then, shown};
use super::failure::{Failure, Place};
use super::plan::{Plan, Row, X};
use super::run::{Env, Run};
use super::syntax;
use super::syntax::ast::{Alter, ColumnDef, Matched, Path, Statement};
use super::{Catalog, Done, Effect, Scope, TableName, tables};
use crate::cell::Cell;
use crate::types::{Field, Type};

struct Work<'a> {
    sql: &'a str,
    analyzer: Analyzer<'a>,
    catalog: &'a dyn Catalog,
    scope: &'a Scope<'a>,
    dry: bool,
}

pub fn run(sql: &str, catalog: &dyn Catalog, scope: &Scope<'_>, dry: bool) -> Result<Done, Failure> {
    let mut statements = syntax::script(sql)?;
    let mut work = Work { sql, analyzer: Analyzer::new(catalog, scope), catalog, scope, dry };
    let last = statements.pop();
    // Functions that a query defines stand before it; other scripts are not run.
    for (at, statement) in statements {
        match statement {
            Statement::CreateFunction(function) => work.analyzer.define(function),
            _ => return Err(Failure::lacks("A script of several statements", at)),
        }
    }
    match last {
        Some((_, statement)) => work.statement(statement),
        None => Err(Failure::query("Syntax error: Unexpected end of statement")),
    }
}

fn done(statement: &'static str, effect: Effect) -> Done {
    Done { statement, fields: Vec::new(), rows: Vec::new(), bytes: 0, read: Vec::new(), effect }
}

/// The first name that two columns have.
fn twice(fields: &[Field]) -> Option<&str> {
    let mut seen = std::collections::HashSet::new();
    fields.iter().map(|it| it.name.as_str()).find(|it| !seen.insert(it.to_lowercase()))
}

/// Refuses types of results of which it is not known how the API shows them.
fn shown_as(kind: &Type) -> Result<(), String> {
    match kind {
        Type::Range(of) if **of != Type::Date => Err(format!("A result of type {}", kind.sql())),
        Type::Array(of) => shown_as(of),
        Type::Struct(fields) => {
            if let Some(name) = twice(fields) {
                return Err(format!("A result with a struct that has two fields {name}"));
            }
            fields.iter().try_for_each(|it| shown_as(&it.kind))
        }
        _ => Ok(()),
    }
}

/// Whether a value has a range without a start or an end: how the API spells those is not known.
fn unbounded(cell: &Cell) -> bool {
    match cell {
        Cell::Range(it) => it.0.is_null() || it.1.is_null(),
        Cell::Array(all) | Cell::Struct(all) => all.iter().any(unbounded),
        _ => false,
    }
}

/// Holds a row to what its columns require.
fn complete(mut row: Row, fields: &[Field]) -> Result<Row, Failure> {
    for (cell, field) in row.iter_mut().zip(fields) {
        match (&field.kind, &cell) {
            (Type::Array(_), Cell::Null) => *cell = Cell::Array(Vec::new()),
            (_, Cell::Null) if field.required => {
                return Err(Failure::query(format!("Required field {} cannot be null", field.name)));
            }
            (_, _) => {}
        }
    }
    Ok(row)
}

fn number(cell: Option<&Cell>) -> Option<usize> {
    match cell {
        Some(Cell::Int(it)) => usize::try_from(*it).ok(),
        _ => None,
    }
}

const MANY: &str = "UPDATE/MERGE must match at most one source row for each target row";

impl Work<'_> {
    fn rows(&self, plan: &Plan) -> Result<Vec<Row>, Failure> {
        let run = Run::new(&self.scope.limits, self.analyzer.locals());
        let mut charge = run.charge();
        run.collect(plan, None, &mut charge)
    }

    fn told(&self, statement: &'static str, effect: Effect) -> Done {
        Done { bytes: self.analyzer.bytes(), read: self.analyzer.read(), ..done(statement, effect) }
    }

    fn name(&self, path: &Path) -> Result<TableName, Failure> {
        let at = path.first().map_or(Place(0), |it| it.at);
        let names: Vec<String> =
            path.iter().flat_map(|it| it.text.split('.').map(str::to_owned).collect::<Vec<_>>()).collect();
        self.scope.resolve(&names).map_err(|it| Failure::placed(it, at))
    }

    fn statement(&mut self, statement: Statement) -> Result<Done, Failure> {
        match statement {
            Statement::Query(query) => {
                let relation = self.analyzer.result(&query)?;
                let (plan, fields) = relation;
                let fields = shown(fields);
                if let Some(twice) = twice(&fields) {
                    return Err(Failure::query(format!(
                        "Duplicate column names in the result are not supported. Found duplicate(s): {twice}"
                    )));
                }
                for field in &fields {
                    shown_as(&field.kind).map_err(|what| Failure::lacks(what, query.at))?;
                }
                let rows = if self.dry { Vec::new() } else { self.rows(&plan)? };
                if rows.iter().flatten().any(unbounded) {
                    return Err(Failure::lacks("An unbounded RANGE in a result", query.at));
                }
                Ok(Done { fields, rows, ..self.told("SELECT", Effect::None) })
            }
            Statement::Insert { table, columns, source } => {
                let change = self.analyzer.insert(&table, &columns, &source)?;
                self.change(change, "INSERT")
            }
            Statement::Update { table, alias, set, from, filter } => {
                let change = self.analyzer.update(&table, alias.as_ref(), &set, from.as_ref(), &filter)?;
                self.change(change, "UPDATE")
            }
            Statement::Delete { table, alias, filter } => {
                let change = self.analyzer.delete(&table, alias.as_ref(), &filter)?;
                self.change(change, "DELETE")
            }
            Statement::Merge { table, alias, source, on, clauses } => {
                let change = self.analyzer.merge(&table, alias.as_ref(), &source, &on, &clauses)?;
                self.change(change, "MERGE")
            }
            Statement::Truncate(path) => {
                let (table, fields, segments) = self.analyzer.base(&path)?;
                let deleted = self.held(&segments, &fields)?.len() as u64;
                let effect = Effect::Replace { table, rows: Vec::new(), inserted: 0, updated: 0, deleted };
                Ok(done("TRUNCATE_TABLE", effect))
            }
            Statement::CreateTable { table, columns, query, replace, if_not_exists } => {
                let table = self.name(&table)?;
                let mut fields = columns.iter().map(|it| self.column(it)).collect::<Result<Vec<_>, _>>()?;
                if let Some(twice) = twice(&fields) {
                    return Err(Failure::query(format!("Duplicate column name {twice} in CREATE TABLE")));
                }
                let Some(query) = query else {
                    if fields.is_empty() {
                        return Err(Failure::query(format!("Table {table} must have columns")));
                    }
                    let effect =
                        Effect::CreateTable { table, fields, rows: Vec::new(), replace, if_not_exists };
                    return Ok(done("CREATE_TABLE", effect));
                };
                let (plan, made) = self.analyzer.result(&query)?;
                let plan = match fields.is_empty() {
                    true => {
                        if let Some(unnamed) = made.iter().position(|it| it.name.is_empty()) {
                            return Err(Failure::query(format!(
                                "CREATE TABLE columns must be named, but column {} has no name",
                                unnamed + 1
                            )));
                        }
                        fields = shown(made);
                        plan
                    }
                    false => self.analyzer.fill(plan, made, &fields)?,
                };
                if let Some(twice) = twice(&fields) {
                    return Err(Failure::query(format!(
                        "Duplicate column names in the result are not supported. Found duplicate(s): {twice}"
                    )));
                }
                let rows = if self.dry { Vec::new() } else { self.rows(&plan)? };
                let rows = rows.into_iter().map(|it| complete(it, &fields)).collect::<Result<_, _>>()?;
                Ok(self.told(
                    "CREATE_TABLE_AS_SELECT",
                    Effect::CreateTable { table, fields, rows, replace, if_not_exists },
                ))
            }
            Statement::CreateView { table, columns, query, text, replace, if_not_exists } => {
                let table = self.name(&table)?;
                // The query must be one that can run, and tells the columns.
                let (_, fields) = self.analyzer.result(&query)?;
                let fields = shown(fields);
                if !columns.is_empty() {
                    return Err(Failure::lacks("A list of columns in CREATE VIEW", columns[0].at));
                }
                if let Some(twice) = twice(&fields) {
                    return Err(Failure::query(format!(
                        "CREATE VIEW has columns with duplicate name {twice}"
                    )));
                }
                let query =
                    self.sql.get(text.0 as usize..text.1 as usize).unwrap_or_default().trim().to_owned();
                Ok(self
                    .told("CREATE_VIEW", Effect::CreateView { table, query, fields, replace, if_not_exists }))
            }
            Statement::CreateSchema { name, if_not_exists } => {
                let names: Vec<String> = name
                    .iter()
                    .flat_map(|it| it.text.split('.').map(str::to_owned).collect::<Vec<_>>())
                    .collect();
                let (project, dataset) = match names.as_slice() {
                    [project, dataset] => (project.clone(), dataset.clone()),
                    [dataset] => (self.scope.project.to_owned(), dataset.clone()),
                    _ => return Err(Failure::query(format!("Invalid dataset name: {}", names.join(".")))),
                };
                Ok(done("CREATE_SCHEMA", Effect::CreateSchema { project, dataset, if_not_exists }))
            }
            Statement::Drop { name, view, if_exists } => {
                let effect = Effect::Drop { table: self.name(&name)?, view, if_exists };
                Ok(done(if view { "DROP_VIEW" } else { "DROP_TABLE" }, effect))
            }
            Statement::Alter { table, changes } => {
                let table = self.name(&table)?;
                let (mut added, mut dropped) = (Vec::new(), Vec::new());
                for change in changes {
                    match change {
                        Alter::Add(column, if_not_exists) => {
                            let field = self.column(&column)?;
                            if field.required {
                                return Err(Failure::query(format!(
                                    "Cannot add required column {} to an existing table",
                                    field.name
                                )));
                            }
                            added.push((field, if_not_exists));
                        }
                        Alter::Drop(name, if_exists) => dropped.push((name.text, if_exists)),
                    }
                }
                Ok(done("ALTER_TABLE", Effect::AlterColumns { table, added, dropped }))
            }
            Statement::CreateFunction(function) => {
                Err(Failure::lacks("A script that ends with CREATE FUNCTION", function.name.at))
            }
        }
    }

    fn column(&self, column: &ColumnDef) -> Result<Field, Failure> {
        if let Some(at) = column.default {
            return Err(Failure::lacks("DEFAULT of a column", at));
        }
        Ok(Field {
            name: column.name.text.clone(),
            kind: self.analyzer.column_type(&column.kind)?,
            required: column.required,
        })
    }

    /// The rows of a table as they are.
    fn held(&self, segments: &[String], fields: &[Field]) -> Result<Vec<Row>, Failure> {
        let table = tables::load(self.catalog, fields.to_vec(), segments)?;
        Ok(table.segments.iter().flat_map(|it| it.rows.iter().cloned()).collect())
    }

    fn change(&mut self, change: Change, statement: &'static str) -> Result<Done, Failure> {
        let effect = match change {
            Change::Insert { table, fields, plan } => {
                let rows = if self.dry { Vec::new() } else { self.rows(&plan)? };
                let rows = rows.into_iter().map(|it| complete(it, &fields)).collect::<Result<_, _>>()?;
                Effect::Append { table, rows }
            }
            Change::Update { table, fields, plan } => {
                let mut rows = self.current(&table, &fields)?;
                let mut changed: HashMap<usize, ()> = HashMap::new();
                let new = if self.dry { Vec::new() } else { self.rows(&plan)? };
                for mut row in new {
                    let Some(at) = number(row.first()) else { continue };
                    row.remove(0);
                    if changed.insert(at, ()).is_some() {
                        return Err(Failure::query(MANY));
                    }
                    rows[at] = complete(row, &fields)?;
                }
                Effect::Replace { table, rows, inserted: 0, updated: changed.len() as u64, deleted: 0 }
            }
            Change::Delete { table, plan } => {
                let (_, fields) = self.fields_of(&table)?;
                let rows = self.current(&table, &fields)?;
                let gone: std::collections::HashSet<usize> = match self.dry {
                    true => std::collections::HashSet::new(),
                    false => self.rows(&plan)?.iter().filter_map(|it| number(it.first())).collect(),
                };
                let kept =
                    rows.into_iter().enumerate().filter(|it| !gone.contains(&it.0)).map(|it| it.1).collect();
                Effect::Replace { table, rows: kept, inserted: 0, updated: 0, deleted: gone.len() as u64 }
            }
            Change::Merge(merge) => self.merge(merge)?,
        };
        Ok(self.told(statement, effect))
    }

    fn fields_of(&self, table: &TableName) -> Result<(Vec<String>, Vec<Field>), Failure> {
        match self.catalog.find(table).map_err(Failure::internal)? {
            Some(super::Found::Rows { fields, segments }) => Ok((segments, fields)),
            Some(super::Found::View { .. }) | None => Err(Failure::internal("a table that is gone")),
        }
    }

    fn current(&self, table: &TableName, fields: &[Field]) -> Result<Vec<Row>, Failure> {
        let (segments, _) = self.fields_of(table)?;
        self.held(&segments, fields)
    }

    fn merge(&mut self, merge: super::analyze::Merge) -> Result<Effect, Failure> {
        let mut rows: Vec<Option<Row>> =
            self.current(&merge.table, &merge.fields)?.into_iter().map(Some).collect();
        let (mut inserted, mut updated, mut deleted) = (0, 0, 0);
        if self.dry {
            let rows = rows.into_iter().flatten().collect();
            return Ok(Effect::Replace { table: merge.table, rows, inserted, updated, deleted });
        }
        let run = Run::new(&self.scope.limits, self.analyzer.locals());
        let mut charge = run.charge();
        let joined = run.collect(&merge.plan, None, &mut charge)?;
        let mut touched = std::collections::HashSet::new();
        let mut fresh = Vec::new();
        for row in &joined {
            run.tick()?;
            let (target, source) = (number(row.get(merge.numbers.0)), number(row.get(merge.numbers.1)));
            let matched = match (target, source) {
                (Some(_), Some(_)) => Matched::Yes,
                (None, _) => Matched::NotByTarget,
                (Some(_), None) => Matched::NotBySource,
            };
            let env = Env { row, up: None };
            let Some(clause) = first(&run, &merge.clauses, matched, &env)? else { continue };
            let made = |all: &[X]| -> Result<Row, Failure> {
                let row = all.iter().map(|it| run.eval(it, &env)).collect::<Result<Row, _>>()?;
                complete(row, &merge.fields)
            };
            if let Some(target) = target
                && !touched.insert(target)
            {
                return Err(Failure::query(MANY));
            }
            match (&clause.then, target) {
                (Then::Insert(all), _) => {
                    fresh.push(Some(made(all)?));
                    inserted += 1;
                }
                (Then::Update(all), Some(target)) => {
                    rows[target] = Some(made(all)?);
                    updated += 1;
                }
                (Then::Delete, Some(target)) => {
                    rows[target] = None;
                    deleted += 1;
                }
                (Then::Update(_) | Then::Delete, None) => {}
            }
        }
        let rows = rows.into_iter().chain(fresh).flatten().collect();
        Ok(Effect::Replace { table: merge.table, rows, inserted, updated, deleted })
    }
}

/// The first clause that a pair of rows meets.
fn first<'c>(
    run: &Run<'_>,
    clauses: &'c [Clause],
    matched: Matched,
    env: &Env<'_>,
) -> Result<Option<&'c Clause>, Failure> {
    for clause in clauses.iter().filter(|it| it.matched == matched) {
        let meets = match &clause.condition {
            Some(condition) => run.is_true(condition, env)?,
            None => true,
        };
        if meets {
            return Ok(Some(clause));
        }
    }
    Ok(None)
}
