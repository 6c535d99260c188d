//! Objects made of others: copied, rewritten, composed.

use serde_json::{Value, json};

use super::check_conditions;
use super::media::{content, duplicate, reading};
use super::objects::{WRITABLE, absent, create, find, live};
use crate::bounds;
use crate::content::Spool;
use crate::error::Refusal;
use crate::request::{Answer, Request};
use crate::store::Tx;

/// `copy` and `rewrite`: the same at once, answered differently.
pub(super) fn copy(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let source =
        find(tx, request, request.var("sourceBucket"), request.var("sourceObject"), "sourceGeneration")?;
    check_conditions(request, "Source", Some(&source))?;
    let content = duplicate(tx, &source)?;
    let mut metadata = json!({});
    for field in WRITABLE.iter().filter(|it| **it != "storageClass") {
        metadata[*field] = source[*field].clone();
    }
    // Metadata that is given replaces the source's as a whole.
    if let Some(given) = request.body.as_object().filter(|it| !it.is_empty()) {
        metadata = Value::Object(given.clone());
        if metadata["contentType"].is_null() {
            metadata["contentType"] = source["contentType"].clone();
        }
    }
    for ours in ["md5Hash", "crc32c"] {
        metadata[ours] = Value::Null;
    }
    let object = create(
        tx,
        request,
        request.var("destinationBucket"),
        request.var("destinationObject"),
        &metadata,
        &content,
    )?;
    if request.method.id.ends_with(".copy") {
        return Ok(Answer::json(object));
    }
    Ok(Answer::json(json!({
        "kind": "storage#rewriteResponse",
        "totalBytesRewritten": object["size"],
        "objectSize": object["size"],
        "done": true,
        "resource": object,
    })))
}

/// Is given a reading transaction and writes in its own: putting contents together may take long.
pub(super) fn compose(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let in_bucket = request.var("destinationBucket");
    let sources = request.body["sourceObjects"].as_array().cloned().unwrap_or_default();
    if sources.is_empty() || sources.len() > 32 {
        return Err(Refusal::invalid("The number of source components must be between 1 and 32."));
    }
    let contents = reading(tx, request, |tx| {
        let mut contents = Vec::with_capacity(sources.len());
        for source in &sources {
            let name = source["name"].as_str().unwrap_or_default();
            let object = live(tx, in_bucket, name)?.ok_or_else(|| absent(in_bucket, name))?;
            contents.push(content(tx, &object)?);
        }
        Ok(contents)
    })?;
    let mut whole = Spool::new(&request.cloud.folder, bounds::UPLOAD);
    for content in contents {
        whole.write_stored(content)?;
    }
    let whole = whole.finish()?;
    let metadata = request.body["destination"].clone();
    let mut tx = request.cloud.store.write()?;
    let object = create(&mut tx, request, in_bucket, request.var("destinationObject"), &metadata, &whole)?;
    tx.commit()?;
    Ok(Answer::json(object))
}
