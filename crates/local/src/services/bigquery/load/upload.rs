//! Jobs that bring what they load along: in two parts, or piece by piece.

use serde_json::{Value, json};

use crate::error::Refusal;
use crate::made_up;
use crate::request::{Answer, Body, Request, Upload};
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
    let mut content = tx.content(&key)?.unwrap_or_default();
    let range = request.headers.get("content-range").map_or("", String::as_str);
    let (bytes, total) = range.trim_start_matches("bytes ").split_once('/').unwrap_or(("", ""));
    match bytes.split_once('-').and_then(|(from, _)| from.parse::<usize>().ok()) {
        // A piece that was sent before is taken once.
        Some(from) if from <= content.len() => {
            content.truncate(from);
            content.extend(&upload.content);
        }
        Some(_) => return Err(Refusal::invalid("The piece does not begin where the last one ended.")),
        None if bytes == "*" => {}
        None => content = upload.content.clone(),
    }
    let complete = match total {
        "" => true,
        "*" => false,
        total => total.parse::<usize>().is_ok_and(|it| content.len() >= it),
    };
    if complete {
        tx.remove_content(&key)?;
        tx.commit()?;
        return Ok(Given::Whole(session["job"].clone(), content));
    }
    tx.put_content(&key, &content)?;
    tx.commit()?;
    let mut answer = Answer { status: 308, body: Body::None, headers: Vec::new() };
    if !content.is_empty() {
        answer = answer.header("range", format!("bytes=0-{}", content.len() - 1));
    }
    Ok(Given::Answer(answer))
}
