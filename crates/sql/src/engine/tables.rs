//! The tables that a query reads: their rows as Arrow's, remembered by segment.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;

use super::failure::Failure;
use super::rewrite::Rewriter;
use super::{Catalog, TableName, arrow};
use crate::cell::{Cell, read_row};
use crate::types::{Field, Type};

/// A table, ready to be read.
pub struct Table {
    /// `None` for what has no rows of its own, such as `INFORMATION_SCHEMA`.
    pub name: Option<TableName>,
    pub fields: Vec<Field>,
    pub schema: SchemaRef,
    pub batches: Vec<RecordBatch>,
}

/// Bytes of batches that are remembered.
const MOST: usize = 256 << 20;

/// Batches by segment and schema. A segment is written once, so what is known of it stays true.
#[derive(Default)]
struct Remembered {
    batches: HashMap<(String, String), (u64, RecordBatch)>,
    used: u64,
    bytes: usize,
}

static REMEMBERED: LazyLock<Mutex<Remembered>> = LazyLock::new(Mutex::default);

impl Remembered {
    fn get(&mut self, key: &(String, String)) -> Option<RecordBatch> {
        self.used += 1;
        let (used, batch) = self.batches.get_mut(key)?;
        *used = self.used;
        Some(batch.clone())
    }

    fn put(&mut self, key: (String, String), batch: RecordBatch) {
        self.bytes += batch.get_array_memory_size();
        self.used += 1;
        if let Some((_, before)) = self.batches.insert(key, (self.used, batch)) {
            self.bytes = self.bytes.saturating_sub(before.get_array_memory_size());
        }
        while self.bytes > MOST {
            let oldest = self.batches.iter().min_by_key(|(_, it)| it.0).map(|(key, _)| key.clone());
            let Some((_, batch)) = oldest.and_then(|it| self.batches.remove(&it)) else { break };
            self.bytes = self.bytes.saturating_sub(batch.get_array_memory_size());
        }
    }
}

/// Reads a table's segments, those that are not remembered.
pub fn load(
    catalog: &dyn Catalog,
    name: &TableName,
    fields: Vec<Field>,
    segments: &[String],
) -> Result<Table, Failure> {
    let signature = format!("{fields:?}");
    let mut batches = Vec::with_capacity(segments.len());
    for segment in segments {
        let key = (segment.clone(), signature.clone());
        let found = REMEMBERED.lock().unwrap_or_else(PoisonError::into_inner).get(&key);
        batches.push(match found {
            Some(batch) => batch,
            None => {
                let rows = catalog.segment(segment).map_err(Failure::internal)?;
                let rows: Vec<Vec<Cell>> = rows.iter().map(|it| read_row(&fields, it)).collect();
                let batch = arrow::batch(&fields, &rows)?;
                REMEMBERED.lock().unwrap_or_else(PoisonError::into_inner).put(key, batch.clone());
                batch
            }
        });
    }
    Ok(Table { name: Some(name.clone()), schema: arrow::schema(&fields), fields, batches })
}

/// A table of rows that are made up.
fn made(fields: Vec<Field>, rows: &[Vec<Cell>]) -> Result<Table, Failure> {
    let batch = arrow::batch(&fields, rows)?;
    Ok(Table { name: None, schema: Arc::clone(batch.schema_ref()), fields, batches: vec![batch] })
}

/// `INFORMATION_SCHEMA.TABLES`, `COLUMNS` or `SCHEMATA`, if that is what a name says.
pub fn information(rewriter: &Rewriter<'_>, names: &[String]) -> Result<Option<Table>, Failure> {
    let Some(at) = names.iter().position(|it| it.eq_ignore_ascii_case("INFORMATION_SCHEMA")) else {
        return Ok(None);
    };
    let view = names.get(at + 1).map(|it| it.to_uppercase()).unwrap_or_default();
    let scope = rewriter.scope;
    let (project, dataset) = match &names[..at] {
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
    if rewriter.catalog.dataset(&project, &dataset).map_err(Failure::internal)?.is_none() {
        return Err(Failure::not_found(format!(
            "Not found: Dataset {project}:{dataset} was not found in location {}",
            scope.location
        )));
    }
    let all = rewriter.catalog.tables(&project, &dataset).map_err(Failure::internal)?;
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
            let rows: Vec<Vec<Cell>> = all
                .iter()
                .map(|it| {
                    let kind = if it.kind == "TABLE" { "BASE TABLE" } else { it.kind.as_str() };
                    vec![
                        text(&project),
                        text(&dataset),
                        text(&it.name),
                        text(kind),
                        yes(it.kind == "TABLE"),
                        Cell::Timestamp(it.created),
                    ]
                })
                .collect();
            made(fields, &rows)?
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
            let rows: Vec<Vec<Cell>> = all
                .iter()
                .flat_map(|it| it.fields.iter().zip(1..).map(move |(field, at)| (it, field, at)))
                .map(|(table, field, at)| {
                    vec![
                        text(&project),
                        text(&dataset),
                        text(&table.name),
                        text(&field.name),
                        Cell::Int(at),
                        yes(!field.required),
                        text(&field.kind.sql()),
                    ]
                })
                .collect();
            made(fields, &rows)?
        }
        other => return Err(Failure::unsupported(format!("INFORMATION_SCHEMA.{other}"))),
    };
    Ok(Some(table))
}
