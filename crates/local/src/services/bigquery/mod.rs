//! BigQuery v2: datasets, tables and routines.

mod datasets;
mod destination;
mod effects;
mod extract;
mod jobs;
mod load;
mod parameters;
mod query;
mod results;
mod routines;
mod rows;
mod running;
mod schema;
mod streamed;
mod tabledata;
mod tables;
mod transferred;

use serde_json::{Value, json};

pub(crate) use load::read_file;
pub(super) use load::upload::content_key as content_of_session;
pub(super) use load::{File, LoadError, read_listed};
pub use running::Queries;
pub use streamed::Streamed;
pub(super) use transferred::{keep_failed, load_as, query_as};

use crate::error::{Code, Refusal};
use crate::moment;
use crate::request::{Answer, Handler, Request};
use crate::resource::remove;
use crate::store::Tx;

/// The handler of a method, named without `bigquery.`.
pub(super) fn handler(method: &str) -> Option<Handler> {
    Some(match method {
        "projects.list" => projects,
        "projects.getServiceAccount" => service_account,
        "datasets.insert" => datasets::insert,
        "datasets.get" => datasets::get,
        "datasets.list" => datasets::list,
        "datasets.patch" => datasets::patch,
        "datasets.update" => datasets::update,
        "datasets.delete" => datasets::delete,
        "tables.insert" => tables::insert,
        "tables.get" => tables::get,
        "tables.list" => tables::list,
        "tables.patch" => tables::patch,
        "tables.update" => tables::update,
        "tables.delete" => tables::delete,
        "jobs.insert" => jobs::insert,
        "jobs.get" => jobs::get,
        "jobs.list" => jobs::list,
        "jobs.cancel" => jobs::cancel,
        "jobs.delete" => jobs::delete,
        "jobs.query" => results::query,
        "jobs.getQueryResults" => results::get,
        "tabledata.insertAll" => tabledata::insert_all,
        "tabledata.list" => tabledata::list,
        "tables.getIamPolicy" | "tables.setIamPolicy" | "tables.testIamPermissions" => tables::policy,
        "routines.insert" => routines::insert,
        "routines.get" => routines::get,
        "routines.list" => routines::list,
        "routines.update" => routines::update,
        "routines.delete" => routines::delete,
        _ => return None,
    })
}

/// Removes from a body what only the server sets.
fn writable(request: &Request<'_>, schema: &str) -> Value {
    let mut body = request.body.clone();
    if let (Value::Object(fields), Some(schema)) = (&mut body, request.api.schema(schema)) {
        fields.retain(|name, _| schema.fields.get(name).is_none_or(|it| !it.read_only));
    }
    body
}

/// Milliseconds since 1970, as BigQuery writes times.
fn millis(request: &Request<'_>) -> Value {
    json!(moment::millis(request.now).to_string())
}

/// Google's link to a resource.
fn link(path: &str) -> Value {
    json!(format!("https://bigquery.googleapis.com/bigquery/v2/{path}"))
}

/// Refuses a write of who saw an older state, told by `If-Match`.
fn check_match(request: &Request<'_>, current: &Value) -> Result<(), Refusal> {
    match request.headers.get("if-match") {
        Some(etag) if etag != "*" && Some(etag.as_str()) != current["etag"].as_str() => {
            Err(Refusal::new(Code::ConditionNotMet, "Precondition check failed."))
        }
        Some(_) | None => Ok(()),
    }
}

/// What a reference in the body must say: what the path says, if it says anything.
fn check_reference(request: &Request<'_>, reference: &Value, fields: &[&str]) -> Result<(), Refusal> {
    for field in fields {
        let given = reference[*field].as_str().unwrap_or_default();
        let given = match (*field, request.cloud.known(given)) {
            ("projectId", Some(project)) => project.id,
            _ => given.to_owned(),
        };
        let wanted = request.var(field);
        if !given.is_empty() && given != wanted {
            return Err(Refusal::invalid(format!(
                "Value {given} in content does not agree with value {wanted}. This can \
                happen when a value set through a parameter is inconsistent with a value set in the request."
            )));
        }
    }
    Ok(())
}

/// Removes nulls and, of labels, those that were given as null.
fn settled(value: Value) -> Value {
    let mut value = crate::resource::without_nulls(value);
    if value["labels"].as_object().is_some_and(serde_json::Map::is_empty) {
        remove(&mut value, "labels");
    }
    value
}

/// Makes a table in `projects/p/datasets/d`, for a service that was allowed to.
pub(super) fn make_table(
    tx: &mut Tx,
    request: &Request<'_>,
    dataset: &str,
    id: &str,
    document: Value,
) -> Result<(), Refusal> {
    tables::make(tx, request, dataset, id, document).map(drop)
}

fn projects(_: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let all: Vec<Value> = request
        .cloud
        .all()
        .iter()
        .map(|it| {
            json!({"kind": "bigquery#project", "id": it.id, "numericId": it.number, "friendlyName": it.id,
                "projectReference": {"projectId": it.id}})
        })
        .collect();
    Ok(Answer::json(json!({"kind": "bigquery#projectList", "totalItems": all.len(), "projects": all})))
}

fn service_account(_: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let number = &request.project()?.number;
    Ok(Answer::json(json!({
        "kind": "bigquery#getServiceAccountResponse",
        "email": format!("bq-{number}@bigquery-encryption.iam.gserviceaccount.com"),
    })))
}
