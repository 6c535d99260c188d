//! Uploads: simple, multipart, and resumable in parts.

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::agenda::{self, Matter};
use super::{bucket, buckets, objects, rules};
use crate::bounds;
use crate::clock;
use crate::content::multipart::Metadata;
use crate::content::{Content, Received, Upload};
use crate::error::Refusal;
use crate::made_up;
use crate::moment;
use crate::request::{Answer, Body, Request};
use crate::resumable;
use crate::store::Tx;
use crate::validate;

const SESSIONS: &str = "storage/uploads";

/// How long a session of a resumable upload can be used.
const LIFETIME: Duration = Duration::weeks(1);

pub(super) fn insert(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let Some(upload) = request.upload else {
        // Metadata alone, at the plain path: an empty object.
        let name = object_name(request, &request.body)?;
        return Ok(Answer::json(objects::create(
            tx,
            request,
            request.var("bucket"),
            &name,
            &request.body,
            &Content::of(""),
        )?));
    };
    bucket(tx, request.var("bucket"))?;
    match (request.query.get("uploadType"), request.query.get("upload_id"), &upload.received) {
        (_, Some(id), received) => resume(tx, request, id, received),
        (Some("resumable"), None, _) => begin(tx, request, upload),
        (_, None, Received::Whole(content)) => {
            let (metadata, content_type) = match &upload.metadata {
                Some(given) => (metadata(given)?, given.content_type.as_str()),
                None => (json!({}), upload.content_type.as_str()),
            };
            finish(tx, request, metadata, content_type, content)
        }
        (_, None, Received::Part { .. } | Received::Nothing) => {
            Err(Refusal::internal("A part was received for no upload."))
        }
    }
}

/// The metadata that a multipart upload begins with.
pub(in crate::services) fn metadata(given: &Metadata) -> Result<Value, Refusal> {
    serde_json::from_slice(&given.json)
        .map_err(|_| Refusal::invalid("Malformed multipart body.").reason("badContent"))
}

fn object_name(request: &Request<'_>, metadata: &Value) -> Result<String, Refusal> {
    let name = request.query.get("name").or_else(|| metadata["name"].as_str()).unwrap_or_default();
    if name.is_empty() {
        return Err(Refusal::invalid("Required parameter: name").reason("required"));
    }
    Ok(name.to_owned())
}

fn finish(
    tx: &mut Tx,
    request: &Request<'_>,
    metadata: Value,
    content_type: &str,
    content: &Content,
) -> Result<Answer, Refusal> {
    let mut metadata = validate::value(request.api, "Object", metadata)?;
    let name = object_name(request, &metadata)?;
    if metadata["contentType"].is_null() && !content_type.is_empty() {
        metadata["contentType"] = json!(content_type);
    }
    if let Some(encoding) = request.query.get("contentEncoding") {
        metadata["contentEncoding"] = json!(encoding);
    }
    Ok(Answer::json(objects::create(tx, request, request.var("bucket"), &name, &metadata, content)?))
}

/// Begins a resumable upload: the answer says where to send the content.
fn begin(tx: &mut Tx, request: &Request<'_>, upload: &Upload) -> Result<Answer, Refusal> {
    let mut metadata = validate::parse(&upload.read(bounds::JSON as u64)?)?;
    let name = object_name(request, &metadata)?;
    metadata["name"] = json!(name);
    if metadata["contentType"].is_null()
        && let Some(kind) = request.headers.get("x-upload-content-type")
    {
        metadata["contentType"] = json!(kind);
    }
    let id = made_up::hex(40);
    let session =
        json!({"metadata": metadata, "bucket": request.var("bucket"), "begun": moment::short(request.now)});
    tx.put(SESSIONS, &id, &session)?;
    tx.reserve_file(&content_key(&id))?;
    schedule(tx, &id, &session)?;
    let conditions: String =
        ["ifGenerationMatch", "ifGenerationNotMatch", "ifMetagenerationMatch", "ifMetagenerationNotMatch"]
            .iter()
            .filter_map(|it| request.query.get(it).map(|value| format!("&{it}={value}")))
            .collect();
    let at = format!(
        "{}/upload/storage/v1/b/{}/o?uploadType=resumable&upload_id={id}{conditions}",
        request.base,
        request.var("bucket")
    );
    let answer = Answer { status: 200, body: Body::None, headers: Vec::new() };
    Ok(answer.header("location", at).header("x-guploader-uploadid", id))
}

/// The name in the store of what has come of an upload.
pub(in crate::services) fn content_key(id: &str) -> String {
    format!("upload/{id}")
}

/// Answers a part of a resumable upload; the last one makes the object.
fn resume(tx: &mut Tx, request: &Request<'_>, id: &str, received: &Received) -> Result<Answer, Refusal> {
    let unknown = || Refusal::not_found("The upload session was not found.");
    let session = tx.get(SESSIONS, id)?.ok_or_else(unknown)?;
    if let Some(done) = session.get("object") {
        return Ok(Answer::json(done.clone()));
    }
    let (length, whole) = match received {
        Received::Part { length, whole, .. } => (*length, whole),
        // It was begun by a version that kept uploads in the database.
        Received::Whole(_) | Received::Nothing => return Err(unknown()),
    };
    let Some(content) = whole else { return Ok(resumable::more(length)) };
    let answer = finish_session(tx, request, &session["metadata"], content)?;
    tx.remove_stored(&content_key(id))?;
    tx.put(SESSIONS, id, &json!({"object": answer, "bucket": session["bucket"], "begun": session["begun"]}))?;
    Ok(Answer::json(answer))
}

/// When a session is over: after its lifetime, or sooner if a rule of its bucket gives it up.
///
/// A rule's action `AbortIncompleteMultipartUpload` means uploads in parts. Those of the XML API are not here, and
/// resumable ones stand for them.
fn end(tx: &Tx, session: &Value) -> Result<Option<OffsetDateTime>, Refusal> {
    let text = |field: &str| session[field].as_str().unwrap_or_default();
    let Some(begun) = moment::parse(text("begun")) else { return Ok(None) };
    let mut end = begun + LIFETIME;
    let name = session["metadata"]["name"].as_str().unwrap_or_default();
    if session.get("object").is_none()
        && let Some(bucket) = tx.get(buckets::COLLECTION, text("bucket"))?
        && let Some(sooner) = rules::abort_from(&bucket, name, begun)
    {
        end = end.min(sooner);
    }
    Ok(Some(end))
}

fn schedule(tx: &mut Tx, id: &str, session: &Value) -> Result<(), Refusal> {
    match end(tx, session)? {
        Some(end) => Ok(agenda::set(tx, &Matter::Upload(id.to_owned()), clock::micros(end))?),
        None => Ok(()),
    }
}

/// Looks again at when the uploads into a bucket are over, because its settings have changed.
pub(super) fn reconsider(tx: &mut Tx, bucket: &str) -> Result<(), Refusal> {
    for (id, session) in tx.all(SESSIONS, "")? {
        if session["bucket"] == bucket {
            schedule(tx, &id, &session)?;
        }
    }
    Ok(())
}

/// Forgets a session that is over, with what was sent of it.
pub(super) fn expire(tx: &mut Tx, id: &str, now: OffsetDateTime) -> Result<(), Refusal> {
    let Some(session) = tx.get(SESSIONS, id)? else { return Ok(()) };
    if end(tx, &session)?.is_some_and(|it| it > now) {
        return schedule(tx, id, &session);
    }
    tx.remove_stored(&content_key(id))?;
    tx.remove(SESSIONS, id)?;
    Ok(())
}

fn finish_session(
    tx: &mut Tx,
    request: &Request<'_>,
    metadata: &Value,
    content: &Content,
) -> Result<Value, Refusal> {
    let metadata = validate::value(request.api, "Object", metadata.clone())?;
    let name = metadata["name"].as_str().unwrap_or_default().to_owned();
    objects::create(tx, request, request.var("bucket"), &name, &metadata, content)
}
