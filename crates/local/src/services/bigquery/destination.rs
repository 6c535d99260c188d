//! The table that a job writes to: made if need be, emptied if asked, its schema held to or grown.

use serde_json::{Value, json};
use values::cell::Cell;
use values::types::{Field, fields};

use super::tables::{self, TABLE};
use super::{datasets, millis, rows, schema};
use crate::error::Refusal;
use crate::iam;
use crate::made_up;
use crate::request::Request;
use crate::store::Tx;

/// The resource name that a `TableReference` says.
pub(super) fn name_of(reference: &Value) -> Option<String> {
    let text = |field: &str| reference[field].as_str().filter(|it| !it.is_empty());
    Some(format!(
        "projects/{}/datasets/{}/tables/{}",
        text("projectId")?,
        text("datasetId")?,
        text("tableId")?
    ))
}

/// How a job writes.
pub(super) struct Writing<'a> {
    /// `projects/p/datasets/d/tables/t`.
    pub table: &'a str,
    /// `CREATE_IF_NEEDED` or `CREATE_NEVER`.
    pub create: &'a str,
    /// `WRITE_APPEND`, `WRITE_TRUNCATE` or `WRITE_EMPTY`.
    pub write: &'a str,
    /// Whether columns may be added, `ALLOW_FIELD_ADDITION`, and be relaxed, `ALLOW_FIELD_RELAXATION`.
    pub add_fields: bool,
    pub relax_fields: bool,
    /// What else a table that is made gets, such as `timePartitioning`.
    pub settings: Value,
}

/// Refuses who may not do this to a table.
pub(super) fn check_may(
    tx: &Tx,
    request: &Request<'_>,
    permission: &str,
    table: &str,
) -> Result<(), Refusal> {
    if iam::may(tx, request, permission, &iam::key("bigquery", table))? {
        return Ok(());
    }
    let title = tables::title(table);
    Err(Refusal::denied(format!(
        "Access Denied: Table {title}: Permission {permission} denied on table {title} (or it may not exist)."
    )))
}

/// The columns of a table that is there, or `None`.
pub(super) fn columns(tx: &Tx, table: &str) -> Result<Option<Vec<Field>>, Refusal> {
    Ok(TABLE.find(tx, table)?.map(|it| fields(&it["schema"]["fields"])))
}

/// Writes rows with columns of their own to a table.
pub(super) fn write(
    tx: &mut Tx,
    request: &Request<'_>,
    writing: &Writing<'_>,
    given: &[Field],
    given_rows: Vec<Vec<Cell>>,
) -> Result<(), Refusal> {
    let Some(mut table) = TABLE.find(tx, writing.table)? else {
        return make(tx, request, writing, given, &given_rows);
    };
    check_may(tx, request, "bigquery.tables.updateData", writing.table)?;
    let title = tables::title(writing.table);
    if table["type"] != "TABLE" {
        return Err(Refusal::invalid(format!("Cannot write to {title}: it is not a table.")));
    }
    let had = fields(&table["schema"]["fields"]);
    let truncates = writing.write == "WRITE_TRUNCATE" || writing.write == "WRITE_TRUNCATE_DATA";
    if writing.write == "WRITE_EMPTY" && rows::index(tx, writing.table)?.rows() > 0 {
        return Err(Refusal::exists(format!("Already Exists: Table {title}")));
    }
    // A table that was made without a schema takes that of what comes first.
    if (truncates && writing.write != "WRITE_TRUNCATE_DATA") || had.is_empty() {
        save(tx, request, writing.table, &mut table, given.iter().map(Field::to_api).collect())?;
        return rows::replace(tx, writing.table, given, &given_rows);
    }
    let (columns, fields_changed) = merged(&title, &had, given, writing)?;
    if let Some(schema) = fields_changed {
        let mut grown = table["schema"]["fields"].clone();
        merge_schema(&mut grown, &schema);
        save(tx, request, writing.table, &mut table, grown)?;
    }
    let mut arranged = Vec::with_capacity(given_rows.len());
    for row in given_rows {
        arranged.push(arrange(row, given, &columns)?);
    }
    if truncates {
        return rows::replace(tx, writing.table, &columns, &arranged);
    }
    rows::add(tx, writing.table, &columns, &arranged, None)
}

fn make(
    tx: &mut Tx,
    request: &Request<'_>,
    writing: &Writing<'_>,
    given: &[Field],
    rows: &[Vec<Cell>],
) -> Result<(), Refusal> {
    let title = tables::title(writing.table);
    if writing.create == "CREATE_NEVER" {
        return Err(Refusal::not_found(format!("Not found: Table {title}")));
    }
    let (parent, id) = writing.table.split_once("/tables/").unwrap_or((writing.table, ""));
    if datasets::DATASET.find(tx, parent)?.is_none() {
        let dataset = title.split_once('.').map_or(title.as_str(), |(it, _)| it);
        return Err(Refusal::not_found(format!("Not found: Dataset {dataset}")));
    }
    check_may(tx, request, "bigquery.tables.create", writing.table)?;
    let mut document = if writing.settings.is_object() { writing.settings.clone() } else { json!({}) };
    document["schema"] = json!({"fields": given.iter().map(Field::to_api).collect::<Value>()});
    tables::make(tx, request, parent, id, document)?;
    self::rows::add(tx, writing.table, given, rows, None)
}

/// Keeps a table's document with another schema.
pub(super) fn save(
    tx: &mut Tx,
    request: &Request<'_>,
    name: &str,
    table: &mut Value,
    fields: Value,
) -> Result<(), Refusal> {
    table["schema"] = json!({"fields": fields});
    schema::normalise(&mut table["schema"]["fields"])?;
    table["etag"] = json!(made_up::etag());
    table["lastModifiedTime"] = millis(request);
    TABLE.save(tx, name, table)
}

/// The columns of the table after rows with these were written to it, and what is new of them.
fn merged(
    title: &str,
    had: &[Field],
    given: &[Field],
    writing: &Writing<'_>,
) -> Result<(Vec<Field>, Option<Vec<Field>>), Refusal> {
    let mut columns = had.to_vec();
    let mut changed = Vec::new();
    let mismatch =
        |why: String| Err(Refusal::invalid(format!("Provided Schema does not match Table {title}. {why}")));
    for field in given {
        match columns.iter_mut().find(|it| it.name.eq_ignore_ascii_case(&field.name)) {
            None if writing.add_fields => {
                let added = Field { required: false, ..field.clone() };
                columns.push(added.clone());
                changed.push(added);
            }
            None => return mismatch(format!("Cannot add fields (field: {})", field.name)),
            Some(same) if same.kind == field.kind => {
                if same.required && !field.required && writing.relax_fields {
                    same.required = false;
                    changed.push(same.clone());
                }
            }
            Some(other) => {
                return mismatch(format!(
                    "Field {} has changed type from {} to {}",
                    field.name,
                    other.kind.api(),
                    field.kind.api()
                ));
            }
        }
    }
    let changed = if changed.is_empty() { None } else { Some(changed) };
    Ok((columns, changed))
}

/// Puts new and relaxed columns into a schema, whose descriptions and policies stay.
fn merge_schema(schema: &mut Value, changed: &[Field]) {
    let Value::Array(all) = schema else { return };
    for field in changed {
        match all
            .iter_mut()
            .find(|it| it["name"].as_str().is_some_and(|it| it.eq_ignore_ascii_case(&field.name)))
        {
            Some(same) => same["mode"] = field.to_api()["mode"].clone(),
            None => all.push(field.to_api()),
        }
    }
}

/// A row in the order of a table's columns.
fn arrange(row: Vec<Cell>, given: &[Field], columns: &[Field]) -> Result<Vec<Cell>, Refusal> {
    let mut out = vec![Cell::Null; columns.len()];
    for (cell, field) in row.into_iter().zip(given) {
        if let Some(at) = columns.iter().position(|it| it.name.eq_ignore_ascii_case(&field.name)) {
            out[at] = cell;
        }
    }
    for (cell, column) in out.iter().zip(columns) {
        if column.required && cell.is_null() {
            return Err(Refusal::invalid(format!("Required field {} cannot be null", column.name)));
        }
    }
    Ok(out)
}
