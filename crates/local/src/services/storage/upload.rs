//! Uploads: simple, multipart, and resumable in parts.

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::agenda::{self, Matter};
use super::{bucket, buckets, objects, rules};
use crate::clock;
use crate::error::Refusal;
use crate::made_up;
use crate::moment;
use crate::request::{Answer, Body, Request, Upload};
use crate::resumable;
use crate::store::Tx;
use crate::validate;

const SESSIONS: &str = "storage/uploads";

/// How long a session of a resumable upload can be used.
const LIFETIME: Duration = Duration::weeks(1);

pub(super) fn insert(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let Some(upload) = &request.upload else {
        // Metadata alone, at the plain path: an empty object.
        let name = object_name(request, &request.body)?;
        return Ok(Answer::json(objects::create(
            tx,
            request,
            request.var("bucket"),
            &name,
            &request.body,
            b"",
        )?));
    };
    bucket(tx, request.var("bucket"))?;
    match (request.query.get("uploadType").unwrap_or("media"), request.query.get("upload_id")) {
        (_, Some(id)) => resume(tx, request, id, upload),
        ("resumable", None) => begin(tx, request, upload),
        ("multipart", None) => {
            let (metadata, content_type, content) = split(upload)?;
            finish(tx, request, metadata, &content_type, content)
        }
        (_, None) => finish(tx, request, json!({}), &upload.content_type, &upload.content),
    }
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
    content: &[u8],
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

/// The metadata, the content's type and the content of a `multipart/related` body.
pub(in crate::services) fn split(upload: &Upload) -> Result<(Value, String, &[u8]), Refusal> {
    let broken = || Refusal::invalid("Malformed multipart body.").reason("badContent");
    let boundary = upload
        .content_type
        .split(';')
        .find_map(|it| it.trim().strip_prefix("boundary="))
        .map(|it| it.trim_matches(['"', '\'']))
        .ok_or_else(broken)?;
    let mark = format!("--{boundary}");
    let body = upload.content.as_slice();
    let first = find(body, mark.as_bytes(), 0).ok_or_else(broken)? + mark.len();
    let second = find(body, mark.as_bytes(), first).ok_or_else(broken)?;
    let third = last(body, mark.as_bytes()).filter(|it| *it > second).ok_or_else(broken)?;
    let (_, metadata) = part(&body[first..second]).ok_or_else(broken)?;
    let (headers, content) = part(&body[second + mark.len()..third]).ok_or_else(broken)?;
    let metadata: Value = serde_json::from_slice(metadata).map_err(|_| broken())?;
    let content_type = headers
        .lines()
        .find_map(|it| {
            it.split_once(':').filter(|(name, _)| name.trim().eq_ignore_ascii_case("content-type"))
        })
        .map(|(_, value)| value.trim().to_owned())
        .unwrap_or_default();
    Ok((metadata, content_type, content))
}

/// A part's headers and content; the line break before the next mark belongs to the mark.
fn part(bytes: &[u8]) -> Option<(String, &[u8])> {
    let (at, gap) = match (find(bytes, b"\r\n\r\n", 0), find(bytes, b"\n\n", 0)) {
        (Some(long), Some(short)) if short < long => (short, 2),
        (Some(long), _) => (long, 4),
        (None, Some(short)) => (short, 2),
        (None, None) => return None,
    };
    let content = &bytes[at + gap..];
    let content = content.strip_suffix(b"\r\n").or_else(|| content.strip_suffix(b"\n")).unwrap_or(content);
    Some((String::from_utf8_lossy(&bytes[..at]).into_owned(), content))
}

fn find(bytes: &[u8], wanted: &[u8], from: usize) -> Option<usize> {
    bytes.get(from..)?.windows(wanted.len()).position(|it| it == wanted).map(|it| it + from)
}

fn last(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).rposition(|it| it == wanted)
}

/// Begins a resumable upload: the answer says where to send the content.
fn begin(tx: &mut Tx, request: &Request<'_>, upload: &Upload) -> Result<Answer, Refusal> {
    let mut metadata = validate::parse(&upload.content)?;
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

fn content_key(id: &str) -> String {
    format!("upload/{id}")
}

/// Takes a part of a resumable upload; the last one makes the object.
fn resume(tx: &mut Tx, request: &Request<'_>, id: &str, upload: &Upload) -> Result<Answer, Refusal> {
    let session =
        tx.get(SESSIONS, id)?.ok_or_else(|| Refusal::not_found("The upload session was not found."))?;
    if let Some(done) = session.get("object") {
        return Ok(Answer::json(done.clone()));
    }
    let content = tx.content(&content_key(id))?.unwrap_or_default();
    let (content, complete) = resumable::add(content, request, &upload.content)?;
    if !complete {
        tx.put_content(&content_key(id), &content)?;
        return Ok(resumable::more(&content));
    }
    let answer = finish_session(tx, request, &session["metadata"], &content)?;
    tx.remove_content(&content_key(id))?;
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
    tx.remove_content(&content_key(id))?;
    tx.remove(SESSIONS, id)?;
    Ok(())
}

fn finish_session(
    tx: &mut Tx,
    request: &Request<'_>,
    metadata: &Value,
    content: &[u8],
) -> Result<Value, Refusal> {
    let metadata = validate::value(request.api, "Object", metadata.clone())?;
    let name = metadata["name"].as_str().unwrap_or_default().to_owned();
    objects::create(tx, request, request.var("bucket"), &name, &metadata, content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_multipart_body_is_split() {
        let content = b"--x\r\ncontent-type: application/json\r\n\r\n{\"name\": \"n\"}\r\n--x\r\nContent-Type: text/csv\r\n\r\na,b\r\n1,2\r\n\r\n--x--";
        let upload = Upload {
            content_type: "multipart/related; boundary=\"x\"".to_owned(),
            content: content.to_vec(),
        };
        let (metadata, kind, body) = split(&upload).unwrap();
        assert_eq!(
            (metadata["name"].as_str(), kind.as_str(), body),
            (Some("n"), "text/csv", &b"a,b\r\n1,2\r\n"[..])
        );
    }
}
