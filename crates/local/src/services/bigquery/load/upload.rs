//! Jobs that bring what they load along: in two parts, or piece by piece.

use serde_json::{Value, json};
use time::Duration;

use super::too_large;
use crate::bounds::{JSON, LOAD};
use crate::content::{Content, Received, Upload};
use crate::error::Refusal;
use crate::made_up;
use crate::moment;
use crate::request::{Answer, Body, Request};
use crate::resumable;
use crate::services::storage;
use crate::store::Tx;
use crate::validate;

const SESSIONS: &str = "bigquery/uploads";

/// How long a session can be used, as at Cloud Storage.
const LIFETIME: Duration = Duration::weeks(1);

/// What an upload amounts to.
pub(in crate::services::bigquery) enum Given {
    /// The job and the content to load.
    Whole(Value, Vec<u8>),
    /// There is more to come.
    Answer(Answer),
}

/// Takes an upload, or a piece of one.
pub(in crate::services::bigquery) fn given(request: &Request<'_>, upload: &Upload) -> Result<Given, Refusal> {
    match (request.query.get("uploadType"), request.query.get("upload_id"), &upload.received) {
        (_, Some(id), received) => resume(request, id, received),
        (Some("resumable"), None, _) => begin(request, upload),
        (Some("multipart"), None, Received::Whole(content)) => {
            let Some(metadata) = &upload.metadata else {
                return Err(Refusal::internal("A multipart body was received without metadata."));
            };
            let job = validate::value(request.api, "Job", storage::metadata(metadata)?)?;
            Ok(Given::Whole(job, read(content)?))
        }
        (_, None, _) => Err(Refusal::invalid("A job's upload must be multipart or resumable.")),
    }
}

fn read(content: &Content) -> Result<Vec<u8>, Refusal> {
    match content.length > LOAD {
        true => Err(too_large("")),
        false => Ok(content.read(LOAD)?.into()),
    }
}

/// The name in the store of what has come of an upload.
pub(in crate::services) fn content_key(id: &str) -> String {
    format!("bigquery/upload/{id}")
}

fn forget(tx: &mut Tx, id: &str) -> Result<(), Refusal> {
    tx.remove_stored(&content_key(id))?;
    tx.remove(SESSIONS, id)?;
    Ok(())
}

fn begin(request: &Request<'_>, upload: &Upload) -> Result<Given, Refusal> {
    let job = validate::value(request.api, "Job", validate::parse(&upload.read(JSON as u64)?)?)?;
    let id = made_up::hex(40);
    let mut tx = request.cloud.store.write()?;
    for (id, session) in tx.all(SESSIONS, "")? {
        // One that does not say when it was begun was begun by an earlier version.
        let begun = session["begun"].as_str().and_then(moment::parse);
        if begun.is_none_or(|it| it + LIFETIME < request.now) {
            forget(&mut tx, &id)?;
        }
    }
    tx.put(SESSIONS, &id, &json!({"job": job, "begun": moment::short(request.now)}))?;
    tx.reserve_file(&content_key(&id))?;
    tx.commit()?;
    let at = format!(
        "{}/upload/bigquery/v2/projects/{}/jobs?uploadType=resumable&upload_id={id}",
        request.base,
        request.var("projectId")
    );
    let answer = Answer { status: 200, body: Body::None, headers: Vec::new() };
    Ok(Given::Answer(answer.header("location", at).header("x-guploader-uploadid", id)))
}

fn resume(request: &Request<'_>, id: &str, received: &Received) -> Result<Given, Refusal> {
    let mut tx = request.cloud.store.write()?;
    let unknown = || Refusal::not_found("The upload session was not found.");
    let session = tx.get(SESSIONS, id)?.ok_or_else(unknown)?;
    let (length, whole) = match received {
        Received::Part { length, whole, .. } => (*length, whole),
        Received::Whole(_) | Received::Nothing => return Err(unknown()),
    };
    let Some(content) = whole else { return Ok(Given::Answer(resumable::more(length))) };
    let content = read(content);
    // One that is too large cannot become smaller.
    forget(&mut tx, id)?;
    tx.commit()?;
    Ok(Given::Whole(session["job"].clone(), content?))
}
