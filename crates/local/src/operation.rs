//! Long-running operations: begun by a request, done a moment later, kept like any resource.

use serde_json::{Value, json};

use crate::error::Refusal;
use crate::made_up;
use crate::moment;
use crate::request::{Answer, Request};
use crate::resource;
use crate::store::{StoreError, Tx};

const COLLECTION: &str = "operations";

/// What an operation will have come to.
pub struct Operation {
    /// The full name: `projects/p/locations/l/operations/ID`.
    pub name: String,
    pub metadata: Option<Value>,
    pub response: Value,
}

fn key(request: &Request<'_>, name: &str) -> String {
    // Some APIs show the project's number in an operation's name; we keep it by the id.
    format!("{}/{}", request.api.name, request.named(name))
}

/// A name for a new operation under a parent. It is never used again: who was killed while waiting may ask
/// for it much later.
pub fn new_name(parent: &str) -> String {
    format!("{parent}/operations/{}", made_up::uuid())
}

/// Begins an operation; its effect is there at once, and the operation says so when its time has come.
pub fn start(tx: &mut Tx, request: &Request<'_>, operation: Operation) -> Result<Answer, Refusal> {
    let wait = i64::try_from(request.cloud.operation.as_millis()).unwrap_or(i64::MAX);
    let mut document = json!({
        "name": operation.name,
        "response": operation.response,
        "_ready": moment::millis(request.now).saturating_add(wait),
    });
    if let Some(metadata) = operation.metadata {
        document["metadata"] = metadata;
    }
    tx.put(COLLECTION, &key(request, &operation.name), &document)?;
    let mut shown = resource::visible(document);
    resource::remove(&mut shown, "response");
    Ok(Answer::json(shown))
}

/// Begins an operation whose end is not known yet; answers it and under which key to [`settle`] it.
pub fn begin(
    tx: &mut Tx,
    request: &Request<'_>,
    name: &str,
    metadata: Value,
) -> Result<(Answer, String), Refusal> {
    let document = json!({"name": name, "metadata": metadata, "_ready": i64::MAX});
    let key = key(request, name);
    tx.put(COLLECTION, &key, &document)?;
    Ok((Answer::json(resource::visible(document)), key))
}

/// Ends an operation with what it came to, or with a `google.rpc.Status`.
pub fn settle(tx: &mut Tx, key: &str, outcome: Result<Value, Value>) -> Result<(), StoreError> {
    // Who has deleted it does not want to know.
    let Some(mut document) = tx.get(COLLECTION, key)? else { return Ok(()) };
    document["_ready"] = json!(0);
    match outcome {
        Ok(response) => document["response"] = response,
        Err(error) => document["error"] = error,
    }
    tx.put(COLLECTION, key, &document)
}

/// An operation that was done before anyone could ask.
pub fn done(tx: &mut Tx, request: &Request<'_>, operation: Operation) -> Result<Answer, Refusal> {
    let mut document = json!({"name": operation.name, "response": operation.response, "_ready": 0});
    if let Some(metadata) = operation.metadata {
        document["metadata"] = metadata;
    }
    tx.put(COLLECTION, &key(request, &operation.name), &document)?;
    Ok(Answer::json(shown(document, 0)))
}

fn load(tx: &Tx, request: &Request<'_>, name: &str) -> Result<Value, Refusal> {
    tx.get(COLLECTION, &key(request, name))?
        .ok_or_else(|| Refusal::not_found(format!("Operation not found: {name}")))
}

fn shown(mut document: Value, now: i64) -> Value {
    if document["_ready"].as_i64().unwrap_or(0) <= now {
        document["done"] = json!(true);
    } else {
        resource::remove(&mut document, "response");
    }
    resource::visible(document)
}

/// `operations.get`.
pub fn get(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.path.values().next().map_or("", String::as_str);
    let name = if name.contains("operations/") { name.to_owned() } else { format!("operations/{name}") };
    Ok(Answer::json(shown(load(tx, request, &name)?, moment::millis(request.now))))
}

/// `operations.wait`: answers at once; who waits asks again.
pub fn wait(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    get(tx, request)
}

/// `operations.list` under a parent.
pub fn list(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let prefix = key(request, &format!("{}/operations/", request.name().trim_end_matches("/operations")));
    let now = moment::millis(request.now);
    let all: Vec<Value> = tx.all(COLLECTION, &prefix)?.into_iter().map(|(_, it)| shown(it, now)).collect();
    Ok(Answer::json(if all.is_empty() { json!({}) } else { json!({"operations": all}) }))
}

/// `operations.delete`: forgets that there was one.
pub fn delete(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name().to_owned();
    load(tx, request, &name)?;
    tx.remove(COLLECTION, &key(request, &name))?;
    Ok(Answer::empty())
}
