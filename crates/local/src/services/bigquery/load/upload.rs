//! Jobs that bring what they load along: in two parts, or piece by piece.

use serde_json::{Value, json};

use crate::error::Refusal;
use crate::made_up;
use crate::request::{Answer, Body, Request, Upload};
use crate::resumable;
use crate::services::storage;
use crate::validate;

const SESSIONS: &str = "bigquery/uploads";

/// What an upload amounts to.
pub(in crate::services::bigquery) enum Given {
    /// The job and the content to load.
    Whole(Value, Vec<u8>),
    /// There is more to come.
    Answer(Answer),
}

/// Takes an upload, or a piece of one.
pub(in crate::services::bigquery) fn given(request: &Request<'_>, upload: &Upload) -> Result<Given, Refusal> {
    match (request.query.get("uploadType").unwrap_or("media"), request.query.get("upload_id")) {
        (_, Some(id)) => resume(request, id, upload),
        ("resumable", None) => begin(request, upload),
        ("multipart", None) => {
            let (metadata, _, content) = storage::split(upload)?;
            Ok(Given::Whole(validate::value(request.api, "Job", metadata)?, content.to_vec()))
        }
        (_, None) => Err(Refusal::invalid("A job's upload must be multipart or resumable.")),
    }
}

fn begin(request: &Request<'_>, upload: &Upload) -> Result<Given, Refusal> {
    let job = validate::value(request.api, "Job", validate::parse(&upload.content)?)?;
    let id = made_up::hex(40);
    let mut tx = request.cloud.store.write()?;
    tx.put(SESSIONS, &id, &json!({"job": job}))?;
    tx.commit()?;
    let at = format!(
        "{}/upload/bigquery/v2/projects/{}/jobs?uploadType=resumable&upload_id={id}",
        request.base,
        request.var("projectId")
    );
    let answer = Answer { status: 200, body: Body::None, headers: Vec::new() };
    Ok(Given::Answer(answer.header("location", at).header("x-guploader-uploadid", id)))
}

fn resume(request: &Request<'_>, id: &str, upload: &Upload) -> Result<Given, Refusal> {
    let mut tx = request.cloud.store.write()?;
    let session =
        tx.get(SESSIONS, id)?.ok_or_else(|| Refusal::not_found("The upload session was not found."))?;
    let key = format!("bigquery/upload/{id}");
    let content = tx.content(&key)?.unwrap_or_default();
    let (content, complete) = resumable::add(content, request, &upload.content)?;
    if complete {
        tx.remove_content(&key)?;
        tx.commit()?;
        return Ok(Given::Whole(session["job"].clone(), content));
    }
    tx.put_content(&key, &content)?;
    tx.commit()?;
    Ok(Given::Answer(resumable::more(&content)))
}
