//! The tables that a query reads: their rows, remembered by segment.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use super::failure::{Failure, Place};
use super::{Catalog, Scope, TableName, values};
use crate::cell::{Cell, read_row};
use crate::types::{Field, Type};

/// Rows that were read, and what BigQuery counts for each column.
#[derive(Debug, Default)]
pub struct Segment {
    pub rows: Vec<Vec<Cell>>,
    pub sizes: Vec<u64>,
    memory: usize,
}

impl Segment {
    pub fn new(rows: Vec<Vec<Cell>>, columns: usize) -> Segment {
        let mut sizes = vec![0; columns];
        let mut memory = 0;
        for row in &rows {
            memory += values::memory_of(row);
            for (size, cell) in sizes.iter_mut().zip(row) {
                *size += cell.size();
            }
        }
        Segment { rows, sizes, memory }
    }
}

/// A table, ready to be read.
pub struct Table {
    pub fields: Vec<Field>,
    pub segments: Vec<Arc<Segment>>,
}

/// Bytes of rows that are remembered.
const MOST: usize = 256 << 20;

/// Rows by segment and schema. A segment is written once, so what is known of it stays true.
#[derive(Default)]
struct Remembered {
    segments: HashMap<(String, String), (u64, Arc<Segment>)>,
    used: u64,
    bytes: usize,
}

static REMEMBERED: LazyLock<Mutex<Remembered>> = LazyLock::new(Mutex::default);

impl Remembered {
    fn get(&mut self, key: &(String, String)) -> Option<Arc<Segment>> {
        self.used += 1;
        let (used, segment) = self.segments.get_mut(key)?;
        *used = self.used;
        Some(Arc::clone(segment))
    }

    fn put(&mut self, key: (String, String), segment: Arc<Segment>) {
        // What alone would push out everything else is not worth keeping.
        if segment.memory > MOST / 2 {
            return;
        }
        self.bytes += segment.memory;
        self.used += 1;
        if let Some((_, before)) = self.segments.insert(key, (self.used, segment)) {
            self.bytes = self.bytes.saturating_sub(before.memory);
        }
        while self.bytes > MOST {
            let oldest = self.segments.iter().min_by_key(|(_, it)| it.0).map(|(key, _)| key.clone());
            let Some((_, segment)) = oldest.and_then(|it| self.segments.remove(&it)) else { break };
            self.bytes = self.bytes.saturating_sub(segment.memory);
        }
    }
}

/// Reads a table's segments, those that are not remembered.
pub fn load(catalog: &dyn Catalog, fields: Vec<Field>, keys: &[String]) -> Result<Table, Failure> {
    let signature = format!("{fields:?}");
    let mut segments = Vec::with_capacity(keys.len());
    for segment in keys {
        let key = (segment.clone(), signature.clone());
        let found = REMEMBERED.lock().unwrap_or_else(PoisonError::into_inner).get(&key);
        segments.push(match found {
            Some(segment) => segment,
            None => {
                let rows = catalog.segment(segment).map_err(Failure::internal)?;
                let rows: Vec<Vec<Cell>> = rows.iter().map(|it| read_row(&fields, it)).collect();
                let made = Arc::new(Segment::new(rows, fields.len()));
                REMEMBERED.lock().unwrap_or_else(PoisonError::into_inner).put(key, Arc::clone(&made));
                made
            }
        });
    }
    Ok(Table { segments, fields })
}

/// A table of rows that are made up.
fn made(fields: Vec<Field>, rows: Vec<Vec<Cell>>) -> Table {
    let segment = Segment::new(rows, fields.len());
    Table { segments: vec![Arc::new(segment)], fields }
}

/// `INFORMATION_SCHEMA.TABLES` or `COLUMNS`, if that is what a name says.
pub fn information(
    catalog: &dyn Catalog,
    scope: &Scope<'_>,
    names: &[String],
    at: Place,
) -> Result<Option<Table>, Failure> {
    let Some(place) = names.iter().position(|it| it.eq_ignore_ascii_case("INFORMATION_SCHEMA")) else {
        return Ok(None);
    };
    let view = names.get(place + 1).map(|it| it.to_uppercase()).unwrap_or_default();
    let (project, dataset) = match &names[..place] {
        [project, dataset] => (project.clone(), dataset.clone()),
        [dataset] => (scope.project.to_owned(), dataset.clone()),
        _ => match &scope.dataset {
            Some((project, dataset)) => (project.clone(), dataset.clone()),
            None => {
                return Err(Failure::query(format!(
                    "INFORMATION_SCHEMA.{view} must be qualified with a dataset"
                )));
            }
        },
    };
    if catalog.dataset(&project, &dataset).map_err(Failure::internal)?.is_none() {
        return Err(Failure::not_found(format!(
            "Not found: Dataset {project}:{dataset} was not found in location {}",
            scope.location
        )));
    }
    let all = catalog.tables(&project, &dataset).map_err(Failure::internal)?;
    let text = |it: &str| Cell::Text(it.to_owned());
    let yes = |it: bool| text(if it { "YES" } else { "NO" });
    let string = |name: &str| Field::new(name, Type::String);
    let table = match view.as_str() {
        "TABLES" => {
            let fields = vec![
                string("table_catalog"),
                string("table_schema"),
                string("table_name"),
                string("table_type"),
                string("is_insertable_into"),
                Field::new("creation_time", Type::Timestamp),
            ];
            let rows = all.iter().map(|it| {
                let kind = if it.kind == "TABLE" { "BASE TABLE" } else { it.kind.as_str() };
                vec![
                    text(&project),
                    text(&dataset),
                    text(&it.name),
                    text(kind),
                    yes(it.kind == "TABLE"),
                    Cell::Timestamp(it.created),
                ]
            });
            made(fields, rows.collect())
        }
        "COLUMNS" => {
            let fields = vec![
                string("table_catalog"),
                string("table_schema"),
                string("table_name"),
                string("column_name"),
                Field::new("ordinal_position", Type::Int64),
                string("is_nullable"),
                string("data_type"),
            ];
            let columns =
                all.iter().flat_map(|it| it.fields.iter().zip(1..).map(move |(field, at)| (it, field, at)));
            let rows = columns.map(|(table, field, at)| {
                vec![
                    text(&project),
                    text(&dataset),
                    text(&table.name),
                    text(&field.name),
                    Cell::Int(at),
                    yes(!field.required),
                    text(&field.kind.sql()),
                ]
            });
            made(fields, rows.collect())
        }
        other => return Err(Failure::lacks(format!("INFORMATION_SCHEMA.{other}"), at)),
    };
    Ok(Some(table))
}

/// That a table, or its dataset, is not there.
pub fn missing(catalog: &dyn Catalog, scope: &Scope<'_>, wanted: &TableName) -> Failure {
    let elsewhere = &scope.location;
    match catalog.dataset(&wanted.project, &wanted.dataset) {
        Ok(None) => Failure::not_found(format!(
            "Not found: Dataset {}:{} was not found in location {elsewhere}",
            wanted.project, wanted.dataset
        )),
        Ok(Some(location)) => {
            Failure::not_found(format!("Not found: Table {wanted} was not found in location {location}"))
        }
        Err(error) => Failure::internal(error),
    }
}
