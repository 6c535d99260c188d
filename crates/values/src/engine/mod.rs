//! What the keeper of tables and an engine of SQL say to each other. The engine itself is the crate `sql`: it takes minutes
//! to build, and a program that holds none only needs these types.

mod failure;
mod limits;

use std::fmt;

use serde_json::{Map, Value};

pub use failure::{Failure, LACKS, Place, Reason};
pub use limits::{LONGEST, Limits, MEMORY, Stop};

use crate::cell::Cell;
use crate::types::{Field, Type};

/// Runs BigQuery's statements, and reads what needs as much code as that.
pub trait Engine: fmt::Debug + Send + Sync {
    /// Runs a statement; `dry`: only plans it, and says what it would read.
    ///
    /// # Errors
    ///
    /// What BigQuery would say, or that the statement is one that this engine does not run.
    fn run(&self, sql: &str, catalog: &dyn Catalog, scope: &Scope<'_>, dry: bool) -> Result<Done, Failure>;

    /// The columns and the rows of a Parquet file.
    ///
    /// # Errors
    ///
    /// What is wrong with the file, for the caller to say of which.
    fn read_parquet(&self, content: Vec<u8>) -> Result<(Vec<Field>, Vec<Vec<Cell>>), String>;
}

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
    /// How much the query may take.
    pub limits: Limits,
}

impl Scope<'_> {
    /// The full name of a table that a query names by one to three words.
    ///
    /// # Errors
    ///
    /// What BigQuery says of a name with too many parts, or with too few where there is no default dataset.
    pub fn resolve(&self, names: &[String]) -> Result<TableName, String> {
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
