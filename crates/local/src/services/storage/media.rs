//! Contents of objects: read, whole or in part, and duplicated.

use serde_json::Value;

use super::objects::{MARK, find, full_or_not, version_key};
use super::{check_conditions, deleted_objects};
use crate::content::{Content, ContentError, Stored, Sums};
use crate::error::{Code, Refusal};
use crate::ranges;
use crate::request::{Answer, Body, Request};
use crate::store::{StoreError, Tx};

/// How often an object is looked for again whose content went meanwhile.
const AGAIN: usize = 10;

/// The content of a version.
pub(super) fn content(tx: &Tx, object: &Value) -> Result<Stored, StoreError> {
    let key = content_key(object);
    let stored = tx.stored(&key)?;
    stored.ok_or_else(|| StoreError::Content(ContentError::Missing(key.replace(MARK, "/"))))
}

/// The name in the store of a version's content.
pub(super) fn content_key(object: &Value) -> String {
    let text = |field: &str| object[field].as_str().unwrap_or_default();
    version_key(text("bucket"), text("name"), text("generation"))
}

/// A second content of the same bytes as a version's.
pub(super) fn duplicate(tx: &Tx, object: &Value) -> Result<Content, Refusal> {
    let text = |field: &str| object[field].as_str().unwrap_or_default().to_owned();
    let sums = Sums { crc32c: text("crc32c"), md5: text("md5Hash") };
    let key = content_key(object);
    let copy = tx.duplicate(&key, sums)?;
    copy.ok_or_else(|| ContentError::Missing(key.replace(MARK, "/")).into())
}

/// Does something that reads contents, again in a new transaction where one that was committed since removed a file.
pub(super) fn reading<T>(
    tx: &mut Tx,
    request: &Request<'_>,
    work: impl Fn(&Tx) -> Result<T, Unread>,
) -> Result<T, Refusal> {
    for _ in 0..AGAIN {
        match work(tx) {
            Ok(done) => return Ok(done),
            Err(Unread::Refused(refusal)) => return Err(refusal),
            Err(Unread::Store(StoreError::Content(ContentError::Missing(_)))) => {
                *tx = request.cloud.store.read()?;
            }
            Err(Unread::Store(error)) => return Err(error.into()),
        }
    }
    Err(Refusal::new(Code::Unavailable, "The object is overwritten faster than it can be read. Try again."))
}

/// Why a content was not read.
pub(super) enum Unread {
    Refused(Refusal),
    Store(StoreError),
}

impl From<Refusal> for Unread {
    fn from(it: Refusal) -> Unread {
        Unread::Refused(it)
    }
}

impl From<StoreError> for Unread {
    fn from(it: StoreError) -> Unread {
        Unread::Store(it)
    }
}

pub(super) fn get(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let deleted = request.query.is("softDeleted");
    if request.query.get("alt") != Some("media") {
        let object = asked(tx, request, deleted)?;
        return Ok(Answer::json(full_or_not(request, object)));
    }
    let (object, content) = reading(tx, request, |tx| {
        let object = asked(tx, request, deleted)?;
        if deleted {
            return Err(Refusal::invalid(
                "The content of a soft-deleted object cannot be read: restore it first.",
            )
            .into());
        }
        let content = content(tx, &object)?;
        Ok((object, content))
    })?;
    media(request, &object, content)
}

/// The version that is asked for, live or not.
fn asked(tx: &Tx, request: &Request<'_>, deleted: bool) -> Result<Value, Refusal> {
    let object = match deleted {
        true => deleted_objects::find(tx, request)?,
        false => find(tx, request, request.var("bucket"), request.var("object"), "generation")?,
    };
    check_conditions(request, "", Some(&object))?;
    Ok(object)
}

/// Answers a content, or a range of it.
fn media(request: &Request<'_>, object: &Value, content: Stored) -> Result<Answer, Refusal> {
    let text = |field: &str| object[field].as_str().unwrap_or_default().to_owned();
    let total = content.length();
    let mut answer = Answer { status: 200, body: Body::None, headers: Vec::new() }
        .header("content-type", text("contentType"))
        .header("etag", text("etag"))
        .header("accept-ranges", "bytes")
        .header("x-goog-generation", text("generation"))
        .header("x-goog-metageneration", text("metageneration"))
        .header("x-goog-storage-class", text("storageClass"))
        .header("x-goog-stored-content-length", total.to_string())
        .header("x-goog-hash", format!("crc32c={},md5={}", text("crc32c"), text("md5Hash")));
    for (header, field) in [
        ("content-encoding", "contentEncoding"),
        ("content-disposition", "contentDisposition"),
        ("content-language", "contentLanguage"),
        ("cache-control", "cacheControl"),
    ] {
        if object[field].is_string() {
            answer = answer.header(header, text(field));
        }
    }
    match request.headers.get("range").and_then(|it| ranges::parse(it, total)) {
        None => answer.body = Body::Stored(content, total),
        Some(Ok((from, to))) => {
            answer.status = 206;
            answer = answer.header("content-range", format!("bytes {from}-{to}/{total}"));
            answer.body = Body::Stored(content.from(from).map_err(ContentError::from)?, to - from + 1);
        }
        Some(Err(())) => {
            answer.status = 416;
            answer = answer.header("content-range", format!("bytes */{total}"));
        }
    }
    Ok(answer)
}
