//! Soft-deleted objects: seen and restored until their time is over.

use serde_json::{Value, json};

use super::removal::{DELETED, deleted_key};
use super::{bucket, media, objects};
use crate::error::{Code, Refusal};
use crate::request::{Answer, Request};
use crate::store::Tx;

/// The soft-deleted version that the path and the query name.
pub(super) fn find(tx: &Tx, request: &Request<'_>) -> Result<Value, Refusal> {
    let found = bucket(tx, request.var("bucket"))?;
    let name = request.var("object");
    if request.query.get("restoreToken").is_some() {
        return Err(Refusal::new(Code::Unimplemented, "The local cloud has not built restore tokens."));
    }
    let generation = request.query.get("generation").unwrap_or_default();
    if generation.is_empty() {
        return Err(Refusal::invalid("Required parameter: generation").reason("required"));
    }
    tx.get(DELETED, &deleted_key(&found, name, generation))?
        .ok_or_else(|| objects::absent(request.var("bucket"), name))
}

/// Makes a live object of a soft-deleted one, which stays where it is until its time is over.
pub(super) fn restore(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let (in_bucket, name) = (request.var("bucket"), request.var("object"));
    let deleted = find(tx, request)?;
    let content = media::duplicate(tx, &deleted)?;
    // Objects have no lists of their own here: there is nothing that `copySourceAcl` would copy.
    let mut metadata = json!({});
    for field in objects::WRITABLE {
        metadata[*field] = deleted[*field].clone();
    }
    if bucket(tx, in_bucket)?["autoclass"]["enabled"] == true {
        metadata["storageClass"] = json!("STANDARD");
    }
    let restored = objects::create(tx, request, in_bucket, name, &metadata, &content)?;
    Ok(Answer::json(objects::full_or_not(request, restored)))
}
