//! Does to tables what a statement asks.

use serde_json::{Value, json};
use values::engine::{Done, Effect, TableName};
use values::types::{Field, fields};

use super::destination::{self, Writing, check_may, name_of};
use super::jobs::Job;
use super::tables::{self, TABLE};
use super::{datasets, rows};
use crate::error::Refusal;
use crate::request::Request;
use crate::store::Tx;

fn resource(request: &Request<'_>, name: &TableName) -> String {
    let project = request.cloud.known(&name.project).map_or_else(|| name.project.clone(), |it| it.id);
    format!("projects/{project}/datasets/{}/tables/{}", name.dataset, name.table)
}

fn reference(name: &TableName) -> Value {
    json!({"projectId": name.project, "datasetId": name.dataset, "tableId": name.table})
}

/// Does what a statement asks, and says in the job how much it was.
pub(super) fn apply(
    tx: &mut Tx,
    request: &Request<'_>,
    job: &mut Job,
    mut done: Done,
) -> Result<Done, Refusal> {
    let query = job.document["configuration"]["query"].clone();
    let effect = std::mem::replace(&mut done.effect, Effect::None);
    let kept = effect.clone();
    let mut counts = None;
    match effect {
        Effect::None => {
            let Some(table) = name_of(&query["destinationTable"]) else { return Ok(done) };
            to_destination(tx, request, &query, &table, &done)?;
            return Ok(done);
        }
        Effect::Append { table, rows: new } => {
            let name = resource(request, &table);
            check_may(tx, request, "bigquery.tables.updateData", &name)?;
            let columns = destination::columns(tx, &name)?.unwrap_or_default();
            counts = Some((new.len() as u64, 0, 0));
            rows::add(tx, &name, &columns, &new, None)?;
        }
        Effect::Replace { table, rows: new, inserted, updated, deleted } => {
            let name = resource(request, &table);
            check_may(tx, request, "bigquery.tables.updateData", &name)?;
            let columns = destination::columns(tx, &name)?.unwrap_or_default();
            counts = Some((inserted, updated, deleted));
            rows::replace(tx, &name, &columns, &new)?;
        }
        Effect::CreateTable { table, fields, rows, replace, if_not_exists } => {
            let document = json!({"schema": {"fields": fields.iter().map(Field::to_api).collect::<Value>()}});
            let made = create(tx, request, &table, document, replace, if_not_exists)?;
            ddl(job, &table, made);
            if made != "SKIP" {
                self::rows::replace(tx, &resource(request, &table), &fields, &rows)?;
            }
        }
        Effect::CreateView { table, query, fields, replace, if_not_exists } => {
            let document = json!({"view": {"query": query, "useLegacySql": false}});
            let made = create(tx, request, &table, document, replace, if_not_exists)?;
            ddl(job, &table, made);
            let name = resource(request, &table);
            if made != "SKIP"
                && let Some(mut view) = TABLE.find(tx, &name)?
            {
                let columns = fields.iter().map(Field::to_api).collect();
                destination::save(tx, request, &name, &mut view, columns)?;
            }
        }
        Effect::Drop { table, view, if_exists } => {
            let name = resource(request, &table);
            let found = TABLE.find(tx, &name)?;
            match found {
                None if if_exists => ddl(job, &table, "SKIP"),
                None => return Err(missing(tx, request, &table)?),
                Some(it) if (it["type"] == "VIEW") != view => {
                    let kind = it["type"].as_str().unwrap_or_default();
                    return Err(Refusal::invalid(format!(
                        "{table} is of type {kind}, which this statement does not drop."
                    ))
                    .reason("invalidQuery"));
                }
                Some(_) => {
                    check_may(tx, request, "bigquery.tables.delete", &name)?;
                    TABLE.delete(tx, request, &name)?;
                    rows::forget(tx, &name)?;
                    ddl(job, &table, "DROP");
                }
            }
        }
        Effect::AlterColumns { table, added, dropped } => {
            alter(tx, request, &table, added, dropped)?;
            ddl(job, &table, "ALTER");
        }
        Effect::CreateSchema { project, dataset, if_not_exists } => {
            let name = format!("projects/{project}/datasets/{dataset}");
            match (datasets::DATASET.find(tx, &name)?.is_some(), if_not_exists) {
                (true, true) => {}
                (true, false) => {
                    return Err(Refusal::exists(format!("Already Exists: Dataset {project}:{dataset}")));
                }
                (false, _) => {
                    datasets::make(
                        tx,
                        request,
                        &project,
                        json!({"datasetReference": {"datasetId": dataset}}),
                    )?;
                }
            }
        }
    }
    if let Some((inserted, updated, deleted)) = counts {
        let query = &mut job.document["statistics"]["query"];
        query["numDmlAffectedRows"] = json!((inserted + updated + deleted).to_string());
        query["dmlStats"] = json!({"insertedRowCount": inserted.to_string(),
            "updatedRowCount": updated.to_string(), "deletedRowCount": deleted.to_string()});
    }
    done.effect = kept;
    Ok(done)
}

/// Adds and drops columns, in one go.
fn alter(
    tx: &mut Tx,
    request: &Request<'_>,
    table: &TableName,
    added: Vec<(Field, bool)>,
    dropped: Vec<(String, bool)>,
) -> Result<(), Refusal> {
    let (name, mut document) = loaded(tx, request, table)?;
    let mut all = document["schema"]["fields"].as_array().cloned().unwrap_or_default();
    let is = |it: &Value, name: &str| it["name"].as_str().is_some_and(|it| it.eq_ignore_ascii_case(name));
    let refused = |message: String| Err(Refusal::invalid(message).reason("invalidQuery"));
    for (column, if_exists) in &dropped {
        let before = all.len();
        all.retain(|it| !is(it, column));
        if all.len() == before && !if_exists {
            return refused(format!("Column not found: {column}"));
        }
    }
    let kept = fields(&Value::Array(all.clone()));
    for (field, if_not_exists) in added {
        match (all.iter().any(|it| is(it, &field.name)), if_not_exists) {
            (true, true) => {}
            (true, false) => return refused(format!("Column already exists: {}", field.name)),
            (false, _) => all.push(field.to_api()),
        }
    }
    if all.is_empty() {
        return refused("Cannot drop the last column of a table.".to_owned());
    }
    destination::save(tx, request, &name, &mut document, Value::Array(all))?;
    if dropped.is_empty() {
        return Ok(());
    }
    // The values go with the column: one of its name that comes later begins empty.
    let index = rows::index(tx, &name)?;
    let old = rows::slice(tx, &index, &kept, 0, usize::MAX)?;
    rows::replace(tx, &name, &kept, &old)
}

fn to_destination(
    tx: &mut Tx,
    request: &Request<'_>,
    query: &Value,
    table: &str,
    done: &Done,
) -> Result<(), Refusal> {
    let text = |field: &str, instead: &'static str| query[field].as_str().unwrap_or(instead).to_owned();
    let options =
        |name: &str| query["schemaUpdateOptions"].as_array().is_some_and(|it| it.iter().any(|it| it == name));
    let mut settings = json!({});
    for field in ["timePartitioning", "rangePartitioning", "clustering"] {
        if !query[field].is_null() {
            settings[field] = query[field].clone();
        }
    }
    let (create, write) =
        (text("createDisposition", "CREATE_IF_NEEDED"), text("writeDisposition", "WRITE_EMPTY"));
    let writing = Writing {
        table,
        create: &create,
        write: &write,
        add_fields: options("ALLOW_FIELD_ADDITION"),
        relax_fields: options("ALLOW_FIELD_RELAXATION"),
        settings,
    };
    destination::write(tx, request, &writing, &done.fields, done.rows.clone())
}

fn ddl(job: &mut Job, table: &TableName, operation: &str) {
    job.document["statistics"]["query"]["ddlOperationPerformed"] = json!(operation);
    job.document["statistics"]["query"]["ddlTargetTable"] = reference(table);
}

fn missing(tx: &Tx, request: &Request<'_>, table: &TableName) -> Result<Refusal, Refusal> {
    let name = resource(request, table);
    let parent = name.split_once("/tables/").map_or(name.as_str(), |it| it.0);
    Ok(match datasets::DATASET.find(tx, parent)? {
        Some(dataset) => Refusal::not_found(format!(
            "Not found: Table {table} was not found in location {}",
            dataset["location"].as_str().unwrap_or("US")
        )),
        None => Refusal::not_found(format!("Not found: Dataset {}:{}", table.project, table.dataset)),
    })
}

/// A table that is to be changed.
fn loaded(tx: &Tx, request: &Request<'_>, table: &TableName) -> Result<(String, Value), Refusal> {
    let name = resource(request, table);
    match TABLE.find(tx, &name)? {
        Some(document) => {
            check_may(tx, request, "bigquery.tables.update", &name)?;
            Ok((name, document))
        }
        None => Err(missing(tx, request, table)?),
    }
}

/// Makes a table or a view; says what was done.
fn create(
    tx: &mut Tx,
    request: &Request<'_>,
    table: &TableName,
    document: Value,
    replace: bool,
    if_not_exists: bool,
) -> Result<&'static str, Refusal> {
    let name = resource(request, table);
    let (parent, id) = name.split_once("/tables/").unwrap_or((&name, ""));
    if datasets::DATASET.find(tx, parent)?.is_none() {
        return Err(missing(tx, request, table)?);
    }
    check_may(tx, request, "bigquery.tables.create", &name)?;
    let mut done = "CREATE";
    if TABLE.find(tx, &name)?.is_some() {
        match (replace, if_not_exists) {
            (true, _) => {
                TABLE.delete(tx, request, &name)?;
                rows::forget(tx, &name)?;
                done = "REPLACE";
            }
            (false, true) => return Ok("SKIP"),
            (false, false) => return Err(Refusal::exists(format!("Already Exists: Table {table}"))),
        }
    }
    tables::make(tx, request, parent, id, document)?;
    Ok(done)
}
