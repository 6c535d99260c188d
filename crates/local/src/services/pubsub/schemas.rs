//! Schemas and their revisions.

use serde_json::{Value, json};

use super::{check_name, taken, topics};
use crate::error::Refusal;
use crate::made_up;
use crate::request::{Answer, Request};
use crate::resource::{self, Kind, visible};
use crate::store::Tx;

pub(super) const SCHEMA: Kind =
    Kind { collection: "pubsub/schemas", list: "schemas", missing, taken, show, page: 100 };

/// What a topic's settings say when its schema is no more.
pub(super) const DELETED: &str = "_deleted-schema_";

/// The most revisions a schema may have.
const REVISIONS: usize = 20;

/// Unlike topics, schemas are named in full.
fn missing(_: &Request<'_>, name: &str) -> String {
    format!("Resource not found (resource={name}).")
}

/// Lists show the basics only; a `get` shows all.
fn show(request: &Request<'_>, document: Value) -> Value {
    let lists = request.method.id.ends_with(".list") || request.method.id.ends_with(".listRevisions");
    let basic = match request.query.get("view") {
        Some("BASIC") => true,
        Some("FULL") => false,
        Some(_) | None => lists,
    };
    let mut shown = visible(document);
    if basic {
        resource::remove(&mut shown, "definition");
    }
    shown
}

/// Splits `projects/p/schemas/s@revision`.
fn split(name: &str) -> (&str, Option<&str>) {
    match name.split_once('@') {
        Some((name, revision)) => (name, Some(revision)),
        None => (name, None),
    }
}

fn stamp(request: &Request<'_>, schema: &mut Value) {
    schema["revisionId"] = json!(made_up::hex(8));
    schema["revisionCreateTime"] = request.time();
}

fn check(request: &Request<'_>, schema: &Value) -> Result<(), Refusal> {
    let kind = schema["type"].as_str().unwrap_or_default();
    let definition = schema["definition"].as_str().unwrap_or_default();
    let broken = |why: String| Err(Refusal::invalid(format!("Invalid schema definition: {why}")));
    match kind {
        _ if definition.is_empty() => broken("the definition is empty.".to_owned()),
        "AVRO" => match serde_json::from_str::<Value>(definition) {
            Ok(Value::Object(avro)) if avro.contains_key("type") => Ok(()),
            Ok(_) => broken("Avro schema must have a type.".to_owned()),
            Err(error) => broken(format!("Avro schema is not JSON: {error}")),
        },
        "PROTOCOL_BUFFER" if definition.contains("message ") => Ok(()),
        "PROTOCOL_BUFFER" => broken("there must be one top-level message.".to_owned()),
        _ => Err(Refusal::invalid(format!("Schema type must be set (method={}).", request.method.id))),
    }
}

pub(super) fn create(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = resource::created(request, "schemas", "schemaId")?;
    check_name(&name)?;
    let mut schema = request.body.clone();
    schema["name"] = json!(name);
    check(request, &schema)?;
    stamp(request, &mut schema);
    let mut document = schema.clone();
    document["_revisions"] = json!([schema]);
    SCHEMA.insert(tx, request, &name, &document)?;
    Ok(SCHEMA.answer(request, document))
}

fn revisions(document: &Value) -> Vec<Value> {
    document["_revisions"].as_array().cloned().unwrap_or_default()
}

fn revision(request: &Request<'_>, document: &Value, wanted: &str) -> Result<Value, Refusal> {
    let found = revisions(document).into_iter().find(|it| it["revisionId"] == wanted);
    found.ok_or_else(|| Refusal::not_found(missing(request, request.name())))
}

pub(super) fn get(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let (name, wanted) = split(request.name());
    let document = SCHEMA.load(tx, request, name)?;
    let mut shown = match wanted {
        Some(wanted) => revision(request, &document, wanted)?,
        None => document,
    };
    shown["name"] = json!(request.name());
    Ok(SCHEMA.answer(request, shown))
}

/// Makes a revision the latest.
fn append(tx: &mut Tx, request: &Request<'_>, name: &str, mut schema: Value) -> Result<Answer, Refusal> {
    let mut all = revisions(&SCHEMA.load(tx, request, name)?);
    if all.len() >= REVISIONS {
        return Err(Refusal::precondition(format!("A schema can have at most {REVISIONS} revisions.")));
    }
    schema["name"] = json!(name);
    stamp(request, &mut schema);
    all.push(schema.clone());
    let mut document = schema.clone();
    document["_revisions"] = json!(all);
    SCHEMA.save(tx, name, &document)?;
    Ok(SCHEMA.answer(request, schema))
}

pub(super) fn commit(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name();
    let old = SCHEMA.load(tx, request, name)?;
    let schema = request.body["schema"].clone();
    check(request, &schema)?;
    if schema["type"] != old["type"] {
        return Err(Refusal::invalid("The type of a schema cannot be changed."));
    }
    append(tx, request, name, schema)
}

pub(super) fn rollback(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let document = SCHEMA.load(tx, request, request.name())?;
    let schema = revision(request, &document, request.text("revisionId"))?;
    append(tx, request, request.name(), schema)
}

pub(super) fn delete_revision(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let (name, wanted) = split(request.name());
    let wanted = wanted.or(request.query.get("revisionId")).unwrap_or_default();
    let document = SCHEMA.load(tx, request, name)?;
    revision(request, &document, wanted)?;
    let mut all = revisions(&document);
    if all.len() == 1 {
        return Err(Refusal::precondition("The only revision of a schema cannot be deleted."));
    }
    all.retain(|it| it["revisionId"] != wanted);
    let Some(mut latest) = all.last().cloned() else { return Ok(Answer::empty()) };
    latest["_revisions"] = json!(all);
    SCHEMA.save(tx, name, &latest)?;
    Ok(SCHEMA.answer(request, latest))
}

pub(super) fn list_revisions(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let document = SCHEMA.load(tx, request, request.name())?;
    let shown: Vec<Value> = revisions(&document).into_iter().rev().map(|it| show(request, it)).collect();
    Ok(Answer::json(json!({"schemas": shown})))
}

pub(super) fn validate(_: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    check(request, &request.body["schema"])?;
    Ok(Answer::empty())
}

pub(super) fn delete(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name();
    SCHEMA.delete(tx, request, name)?;
    for (of, mut topic) in tx.all(topics::TOPIC.collection, "")? {
        if topic["schemaSettings"]["schema"] == name {
            topic["schemaSettings"]["schema"] = json!(DELETED);
            topics::TOPIC.save(tx, &of, &topic)?;
        }
    }
    Ok(Answer::empty())
}
