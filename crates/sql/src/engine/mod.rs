//! Runs BigQuery's statements: what they yield, and what they do to tables.
//!
//! A statement is parsed, rewritten to what DataFusion understands ([`rewrite`]), planned and run here.
//! What it changes is answered as a value ([`Effect`]) which the caller, who keeps the tables, applies.

mod arrow;
mod calls;
mod changes;
mod expressions;
mod failure;
mod functions;
mod merge;
mod parquet;
mod planner;
mod rewrite;
mod session;
mod statements;
mod syntax;
mod tables;
mod unnest;

use std::fmt;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Query, SetExpr, Statement, VisitMut};
use datafusion::sql::sqlparser::dialect::BigQueryDialect;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};
use serde_json::{Map, Value};

pub use failure::{Failure, Reason};
pub use parquet::read as read_parquet;

use crate::cell::Cell;
use crate::types::{Field, Type};
use rewrite::Rewriter;

/// A table's full name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TableName {
    pub project: String,
    pub dataset: String,
    pub table: String,
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}.{}", self.project, self.dataset, self.table)
    }
}

/// What a catalog finds under a name.
#[derive(Clone, Debug)]
pub enum Found {
    /// A table: its columns, and the segments that hold its rows. What a segment holds never changes.
    Rows { fields: Vec<Field>, segments: Vec<String> },
    /// A view, by its query.
    View { query: String },
}

/// What a dataset says of one of its tables.
#[derive(Clone, Debug)]
pub struct Listed {
    pub name: String,
    /// `TABLE`, `VIEW` …
    pub kind: String,
    /// Microseconds since 1970.
    pub created: i64,
    pub fields: Vec<Field>,
}

/// Where tables are kept. Errors are said to the caller as an internal error's text.
pub trait Catalog {
    fn find(&self, name: &TableName) -> Result<Option<Found>, String>;
    /// The rows of a segment, as [`crate::cell::stored_row`] made them.
    fn segment(&self, key: &str) -> Result<Vec<Map<String, Value>>, String>;
    /// Where a dataset is, if it is there.
    fn dataset(&self, project: &str, dataset: &str) -> Result<Option<String>, String>;
    fn tables(&self, project: &str, dataset: &str) -> Result<Vec<Listed>, String>;
}

/// A query parameter; positional ones have no name.
#[derive(Clone, Debug)]
pub struct Parameter {
    pub name: String,
    pub kind: Type,
    pub value: Cell,
}

/// What a statement's names and functions depend on.
#[derive(Clone, Debug)]
pub struct Scope<'a> {
    pub project: &'a str,
    /// Project and dataset of tables that are named alone.
    pub dataset: Option<(String, String)>,
    /// Shown in errors.
    pub location: String,
    pub parameters: Vec<Parameter>,
    /// Microseconds since 1970.
    pub now: i64,
    pub user: String,
}

impl Scope<'_> {
    fn resolve(&self, names: &[String]) -> Result<TableName, String> {
        let name = |project: &str, dataset: &str, table: &str| {
            Ok(TableName {
                project: project.to_owned(),
                dataset: dataset.to_owned(),
                table: table.to_owned(),
            })
        };
        match names {
            [project, dataset, table] => name(project, dataset, table),
            [dataset, table] => name(self.project, dataset, table),
            [table] => match &self.dataset {
                Some((project, dataset)) => name(project, dataset, table),
                None => {
                    Err(format!("Table \"{table}\" must be qualified with a dataset (e.g. dataset.table)."))
                }
            },
            _ => Err(format!("Invalid table name: `{}`", names.join("."))),
        }
    }
}

/// What a statement does to tables.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    None,
    /// Adds rows to a table, which fit its columns.
    Append {
        table: TableName,
        rows: Vec<Vec<Cell>>,
    },
    /// Puts rows in the place of a table's.
    Replace {
        table: TableName,
        rows: Vec<Vec<Cell>>,
        inserted: u64,
        updated: u64,
        deleted: u64,
    },
    CreateTable {
        table: TableName,
        fields: Vec<Field>,
        rows: Vec<Vec<Cell>>,
        replace: bool,
        if_not_exists: bool,
    },
    CreateView {
        table: TableName,
        query: String,
        fields: Vec<Field>,
        replace: bool,
        if_not_exists: bool,
    },
    Drop {
        table: TableName,
        view: bool,
        if_exists: bool,
    },
    /// Columns to add, each with whether it may be there, and to drop, each with whether it may be missing.
    AlterColumns {
        table: TableName,
        added: Vec<(Field, bool)>,
        dropped: Vec<(String, bool)>,
    },
    CreateSchema {
        project: String,
        dataset: String,
        if_not_exists: bool,
    },
}

/// What came of a statement.
#[derive(Clone, Debug)]
pub struct Done {
    /// `SELECT`, `INSERT`, `CREATE_TABLE_AS_SELECT` …
    pub statement: &'static str,
    pub fields: Vec<Field>,
    pub rows: Vec<Vec<Cell>>,
    /// Logical bytes of the columns that were read.
    pub bytes: u64,
    /// Tables that were read.
    pub read: Vec<TableName>,
    pub effect: Effect,
}

/// A statement that was parsed, with what errors need to find their place in it.
struct Parsed {
    statement: Statement,
    tokens: Vec<TokenWithSpan>,
}

fn parse(sql: &str) -> Result<Parsed, Failure> {
    let end = end_of(sql);
    let dialect = BigQueryDialect;
    let tokens = Tokenizer::new(&dialect, sql)
        .tokenize_with_location()
        .map_err(|error| failure::syntax(&ParserError::from(error), &[], end))?;
    let mut statements = Parser::new(&dialect)
        .with_tokens_with_locations(joined(&tokens))
        .parse_statements()
        .map_err(|error| failure::syntax(&error, &tokens, end))?;
    match statements.len() {
        0 => Err(Failure::at("Syntax error: Unexpected end of statement", end)),
        1 => Ok(Parsed { statement: statements.remove(0), tokens }),
        _ => Err(Failure::unsupported("several statements in one query")),
    }
}

/// Makes one name of `SAFE.` and a function's: the parser takes some of them for keywords.
fn joined(tokens: &[TokenWithSpan]) -> Vec<TokenWithSpan> {
    let mut out: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        let mut token = tokens[at].clone();
        if let [Token::Word(safe), Token::Period, Token::Word(name), Token::LParen] =
            tokens[at..].iter().take(4).map(|it| &it.token).collect::<Vec<_>>()[..]
            && safe.value.eq_ignore_ascii_case("SAFE")
        {
            token.token = Token::make_word(&format!("SAFE.{}", name.value), Some('`'));
            at += 2;
        }
        out.push(token);
        at += 1;
    }
    out
}

/// Parses the query of a view.
fn parse_query(sql: &str) -> Result<Query, Failure> {
    match parse(sql)?.statement {
        Statement::Query(query) => Ok(*query),
        _ => Err(Failure::query("A view must be a query")),
    }
}

/// Just behind a text's last character.
fn end_of(sql: &str) -> Location {
    let trimmed = sql.trim_end();
    let line = trimmed.matches('\n').count() as u64 + 1;
    let last = trimmed.rsplit('\n').next().unwrap_or_default();
    Location { line, column: last.chars().count() as u64 + 1 }
}

/// Runs a statement; `dry`: only plans it, and says what it would read.
///
/// # Errors
///
/// What BigQuery would say, or that the statement is one that this engine does not run.
pub fn run(sql: &str, catalog: &dyn Catalog, scope: &Scope<'_>, dry: bool) -> Result<Done, Failure> {
    let parsed = parse(sql)?;
    let mut work = Work {
        sql,
        rewriter: Rewriter::new(catalog, scope, session::functions(scope)),
        tokens: parsed.tokens,
        dry,
    };
    match parsed.statement {
        Statement::Query(query) => work.select(*query, "SELECT"),
        other => statements::run(&mut work, other),
    }
}

/// One statement's run.
struct Work<'a> {
    sql: &'a str,
    rewriter: Rewriter<'a>,
    tokens: Vec<TokenWithSpan>,
    dry: bool,
}

impl Work<'_> {
    /// The text of a view's query as it was written: what follows the `AS` of the statement.
    fn text_of_view(&self) -> Option<String> {
        let words = self.tokens.iter().filter(|it| matches!(&it.token, Token::Word(_)));
        let after = words.skip_while(|it| !it.token.to_string().eq_ignore_ascii_case("AS")).nth(1)?;
        let start = after.span.start;
        let line = usize::try_from(start.line).ok()?.checked_sub(1)?;
        let skipped: usize = self.sql.split_inclusive('\n').take(line).map(str::len).sum();
        let rest = self.sql.get(skipped..)?;
        let column = usize::try_from(start.column).ok()?.checked_sub(1)?;
        let at = rest.char_indices().nth(column)?.0;
        Some(rest[at..].trim().trim_end_matches(';').to_owned())
    }

    /// Rewrites, plans and runs a query.
    fn select(&mut self, mut query: Query, statement: &'static str) -> Result<Done, Failure> {
        // What the last SELECT calls its columns is what they are called.
        spell_output(&query.body, &mut self.rewriter);
        if let ControlFlow::Break(failure) = VisitMut::visit(&mut query, &mut self.rewriter) {
            return Err(failure);
        }
        let tables = &self.rewriter.tables;
        let result = session::run(query, tables, &self.rewriter.functions, self.dry)
            .map_err(|error| failure::planned(&error, &self.tokens))?;
        let spelled = &self.rewriter.spelled;
        let mut fields = Vec::new();
        for field in result.fields {
            let name = spelled.get(&field.name).cloned().unwrap_or(field.name);
            fields.push(Field { name, ..field });
        }
        // What fills another table's columns is told by place, all else by name.
        if matches!(statement, "SELECT" | "CREATE_TABLE_AS_SELECT" | "CREATE_VIEW")
            && let Some(twice) = twice(&fields)
        {
            return Err(Failure::query(format!(
                "Duplicate column names in the result are not supported. Found duplicate(s): {twice}"
            )));
        }
        let read = tables.values().filter_map(|it| it.name.clone()).collect();
        Ok(Done { statement, fields, rows: result.rows, bytes: result.bytes, read, effect: Effect::None })
    }
}

/// The first name that two columns have.
fn twice(fields: &[Field]) -> Option<&str> {
    let mut seen = std::collections::HashSet::new();
    fields.iter().map(|it| it.name.as_str()).find(|it| !seen.insert(it.to_lowercase()))
}

fn spell_output(body: &SetExpr, rewriter: &mut Rewriter<'_>) {
    use datafusion::sql::sqlparser::ast::SelectItem;
    match body {
        SetExpr::Select(select) => {
            for item in &select.projection {
                let name = match item {
                    SelectItem::ExprWithAlias { alias, .. } => Some(alias.value.clone()),
                    SelectItem::UnnamedExpr(expr) => rewrite::last_name(expr),
                    _ => None,
                };
                if let Some(name) = name {
                    rewriter.spelled.entry(name.to_lowercase()).or_insert(name);
                }
            }
        }
        SetExpr::SetOperation { left, .. } => spell_output(left, rewriter),
        SetExpr::Query(query) => spell_output(&query.body, rewriter),
        _ => {}
    }
}
