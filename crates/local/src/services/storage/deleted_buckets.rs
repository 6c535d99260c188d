//! Soft-deleted buckets: seen and restored until their time is over.

use serde_json::{Value, json};

use super::agenda::{self, Matter};
use super::buckets::{self, shown};
use super::objects::MARK;
use super::removal::{self, DELETED, deleted_prefix, kept_for};
use crate::clock;
use crate::error::Refusal;
use crate::iam;
use crate::moment;
use crate::request::{Answer, Request};
use crate::resource::{page, remove};
use crate::store::Tx;

/// By name and generation.
const COLLECTION: &str = "storage/deletedBuckets";

fn key(name: &str, generation: &str) -> String {
    format!("{name}{MARK}{generation}")
}

fn key_of(bucket: &Value) -> String {
    key(bucket["name"].as_str().unwrap_or_default(), bucket["generation"].as_str().unwrap_or_default())
}

pub(super) fn find(tx: &Tx, name: &str, generation: &str) -> Result<Option<Value>, Refusal> {
    Ok(tx.get(COLLECTION, &key(name, generation))?)
}

/// The bucket last deleted under a name.
pub(super) fn latest(tx: &Tx, name: &str) -> Result<Option<Value>, Refusal> {
    Ok(tx.all(COLLECTION, &key(name, ""))?.pop().map(|(_, it)| it))
}

/// The soft-deleted bucket that the path and the query name.
fn load(tx: &Tx, request: &Request<'_>) -> Result<Value, Refusal> {
    let generation = request.query.get("generation").unwrap_or_default();
    if generation.is_empty() {
        return Err(Refusal::invalid("Required parameter: generation").reason("required"));
    }
    find(tx, request.var("bucket"), generation)?
        .ok_or_else(|| Refusal::not_found("The specified bucket does not exist."))
}

/// Keeps a bucket that was just deleted, if its policy says so; else what it had soft-deleted goes with it.
pub(super) fn bury(tx: &mut Tx, request: &Request<'_>, mut bucket: Value) -> Result<(), Refusal> {
    let policy_key = iam::key("storage", &format!("b/{}", bucket["name"].as_str().unwrap_or_default()));
    let deleted = tx.all(DELETED, &deleted_prefix(&bucket))?;
    match kept_for(&bucket).and_then(|it| request.now.checked_add(it)) {
        None => {
            for (key, object) in deleted {
                removal::forget(tx, &key, &object)?;
            }
        }
        Some(end) => {
            // It stays at least as long as any object in it.
            let last =
                deleted.iter().filter_map(|(_, it)| moment::parse(it["hardDeleteTime"].as_str()?)).max();
            let end = last.map_or(end, |it| it.max(end));
            bucket["softDeleteTime"] = json!(moment::short(request.now));
            bucket["hardDeleteTime"] = json!(moment::short(end));
            bucket["_policy"] = iam::load(tx, &policy_key)?;
            let key = key_of(&bucket);
            tx.put(COLLECTION, &key, &bucket)?;
            agenda::set(tx, &Matter::Deleted(key), clock::micros(end))?;
        }
    }
    Ok(iam::forget(tx, &policy_key)?)
}

/// Removes a soft-deleted bucket for good, with what is left in it.
pub(super) fn expire(tx: &mut Tx, key: &str) -> Result<(), Refusal> {
    let Some(bucket) = tx.get(COLLECTION, key)? else { return Ok(()) };
    for (key, object) in tx.all(DELETED, &deleted_prefix(&bucket))? {
        removal::forget(tx, &key, &object)?;
    }
    tx.remove(COLLECTION, key)?;
    Ok(())
}

pub(super) fn get(tx: &Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let found = load(tx, request)?;
    super::check_conditions(request, "", Some(&found))?;
    Ok(Answer::json(shown(request, found, false)))
}

pub(super) fn list(tx: &Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let project = request.project()?;
    let prefix = request.query.get("prefix").unwrap_or_default();
    let page = page(tx, request, COLLECTION, prefix, 1000, |_, it| it["_project"] == project.id.as_str())?;
    let mut answer = json!({"kind": "storage#buckets"});
    if !page.items.is_empty() {
        answer["items"] = page.items.into_iter().map(|(_, it)| shown(request, it, false)).collect();
    }
    if let Some(next) = page.next {
        answer["nextPageToken"] = json!(next);
    }
    Ok(Answer::json(answer))
}

/// Makes a bucket live again, with its settings and its policy; its objects stay soft-deleted.
pub(super) fn restore(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let mut found = load(tx, request)?;
    let name = request.var("bucket");
    if tx.get(buckets::COLLECTION, name)?.is_some() {
        return Err(Refusal::exists(
            "The requested bucket name is not available: a live bucket with the same name exists.",
        ));
    }
    let key = key_of(&found);
    agenda::forget(tx, &Matter::Deleted(key.clone()))?;
    tx.remove(COLLECTION, &key)?;
    for field in ["softDeleteTime", "hardDeleteTime"] {
        remove(&mut found, field);
    }
    if let Some(policy) = remove(&mut found, "_policy") {
        iam::save(tx, &iam::key("storage", &format!("b/{name}")), &policy)?;
    }
    tx.put(buckets::COLLECTION, name, &found)?;
    Ok(Answer::json(shown(request, found, true)))
}
