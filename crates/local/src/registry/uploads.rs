//! Uploads: begun, added to, and in the end a blob. What was acknowledged is in a file, and survives a kill.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, Response, StatusCode, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use super::refused::Refused;
use super::repository::{self, Repository};
use super::{Call, DIGEST, UPLOAD, blobs, empty, path, set};
use crate::bounds;
use crate::cloud::Cloud;
use crate::made_up;
use crate::payload::Payload;

const COLLECTION: &str = "registry/uploads";
const FOLDER: &str = "registry/uploads";

/// After how long an upload that nobody went on with is forgotten.
const STALE: Duration = Duration::from_secs(24 * 60 * 60);

fn file(cloud: &Cloud, id: &str) -> PathBuf {
    cloud.folder.path(FOLDER).join(id)
}

fn place(call: &Call, id: &str) -> String {
    format!("/v2/{}/blobs/uploads/{id}", call.target.name)
}

/// The range of bytes that an upload has, as the protocol writes it: `0-0` also for none.
fn range(length: u64) -> String {
    format!("0-{}", length.saturating_sub(1))
}

/// Begins an upload; or takes the blob from elsewhere, or whole with the request.
pub async fn begin(
    cloud: &Arc<Cloud>,
    call: &Call,
    repository: &Repository,
    body: Incoming,
) -> Result<Response<Payload>, Refused> {
    if let Some(digest) = call.query.get("mount")
        && let Some(answer) = mount(cloud, call, repository, digest)?
    {
        return Ok(answer);
    }
    let id = made_up::uuid();
    cloud.folder.make(FOLDER)?;
    tokio::fs::File::create_new(file(cloud, &id)).await?;
    let mut tx = cloud.store.write()?;
    tx.put(COLLECTION, &id, &json!({"repository": repository.name}))?;
    tx.commit()?;
    if let Some(digest) = call.query.get("digest") {
        append(cloud, &id, body).await?;
        return finish(cloud, call, repository, &id, digest).await;
    }
    let mut answer = empty(StatusCode::ACCEPTED);
    set(&mut answer, header::LOCATION, &place(call, &id));
    set(&mut answer, header::RANGE, &range(0));
    set(&mut answer, UPLOAD, &id);
    Ok(answer)
}

/// Takes a blob that another repository of the caller's has.
fn mount(
    cloud: &Cloud,
    call: &Call,
    repository: &Repository,
    digest: &str,
) -> Result<Option<Response<Payload>>, Refused> {
    let mut tx = cloud.store.write()?;
    let from = match call.query.get("from") {
        Some(from) => match repository::find(&tx, cloud, call.target.location.as_deref(), from) {
            Ok(from) => from,
            // It is then uploaded as if nothing had been said.
            Err(_) => return Ok(None),
        },
        None => repository.clone(),
    };
    if !repository::may(&tx, &call.caller, repository::PULL, &from)? {
        return Ok(None);
    }
    let Some(size) = blobs::size(&tx, &from, digest)? else { return Ok(None) };
    blobs::note(&mut tx, repository, digest, size)?;
    tx.commit()?;
    Ok(Some(created(call, digest)))
}

fn created(call: &Call, digest: &str) -> Response<Payload> {
    let mut answer = empty(StatusCode::CREATED);
    set(&mut answer, header::LOCATION, &format!("/v2/{}/blobs/{digest}", call.target.name));
    set(&mut answer, DIGEST, digest);
    answer
}

/// Writes a body to the end of an upload's file; answers the file's length.
async fn append(cloud: &Cloud, id: &str, mut body: Incoming) -> Result<u64, Refused> {
    let mut file = tokio::fs::OpenOptions::new().append(true).open(file(cloud, id)).await?;
    let before = file.metadata().await?.len();
    let mut added = 0;
    loop {
        // A connection that says nothing more is as good as broken.
        let frame = match timeout(bounds::PART, body.frame()).await {
            Ok(None) => break,
            Ok(Some(frame)) => frame.map_err(std::io::Error::other),
            Err(elapsed) => Err(elapsed.into()),
        };
        let written = match frame {
            Ok(frame) => match frame.into_data() {
                Ok(data) => {
                    added += u64::try_from(data.len()).unwrap_or(0);
                    file.write_all(&data).await
                }
                // Trailers, which say nothing here.
                Err(_) => Ok(()),
            },
            Err(error) => Err(error),
        };
        if let Err(error) = written {
            // A part that was not acknowledged is sent again: it must not stay.
            file.set_len(before).await?;
            return Err(error.into());
        }
    }
    file.flush().await?;
    Ok(before + added)
}

/// Answers what is asked of an upload under way.
pub async fn go_on(
    cloud: &Arc<Cloud>,
    call: &Call,
    repository: &Repository,
    id: &str,
    body: Incoming,
) -> Result<Response<Payload>, Refused> {
    let noted = cloud.store.read()?.get(COLLECTION, id)?;
    if noted.is_none_or(|it| it["repository"] != repository.name) {
        return Err(Refused::no_upload());
    }
    let length = tokio::fs::metadata(file(cloud, id)).await.map_err(|_| Refused::no_upload())?.len();
    let mut answer = match call.method {
        Method::GET => {
            let mut answer = empty(StatusCode::NO_CONTENT);
            set(&mut answer, header::RANGE, &range(length));
            answer
        }
        Method::DELETE => {
            forget(cloud, id)?;
            return Ok(empty(StatusCode::NO_CONTENT));
        }
        Method::PATCH => {
            check_place(call, length)?;
            let length = append(cloud, id, body).await?;
            let mut answer = empty(StatusCode::ACCEPTED);
            set(&mut answer, header::RANGE, &range(length));
            answer
        }
        Method::PUT => {
            let digest = call.query.get("digest").unwrap_or_default();
            if !path::is_digest(digest) {
                return Err(Refused::no_digest(digest));
            }
            check_place(call, length)?;
            append(cloud, id, body).await?;
            return finish(cloud, call, repository, id, digest).await;
        }
        _ => return Err(Refused::method()),
    };
    set(&mut answer, header::LOCATION, &place(call, id));
    set(&mut answer, UPLOAD, id);
    Ok(answer)
}

/// A part that says where it begins must begin where the upload ends.
fn check_place(call: &Call, length: u64) -> Result<(), Refused> {
    let Some(given) = &call.content_range else { return Ok(()) };
    let first = given.trim_start_matches("bytes ").split('-').next().and_then(|it| it.parse::<u64>().ok());
    if first == Some(length) {
        return Ok(());
    }
    Err(Refused::new(416, "BLOB_UPLOAD_INVALID", format!("The upload has {length} bytes; go on from there.")))
}

/// Turns an upload into a blob of the repository.
async fn finish(
    cloud: &Arc<Cloud>,
    call: &Call,
    repository: &Repository,
    id: &str,
    digest: &str,
) -> Result<Response<Payload>, Refused> {
    let taken = match path::is_digest(digest) {
        false => Err(Refused::no_digest(digest)),
        true => {
            let (shared, path, wanted) = (Arc::clone(cloud), file(cloud, id), digest.to_owned());
            let taken = tokio::task::spawn_blocking(move || blobs::take(&shared, &path, &wanted)).await;
            taken.unwrap_or_else(|it| Err(std::io::Error::other(it).into()))
        }
    };
    let size = match taken {
        Ok(size) => size,
        Err(refused) => {
            // A wrong digest ends an upload: what it holds cannot become right.
            if refused.status == 400 {
                forget(cloud, id)?;
            }
            return Err(refused);
        }
    };
    let mut tx = cloud.store.write()?;
    blobs::note(&mut tx, repository, digest, size)?;
    tx.remove(COLLECTION, id)?;
    tx.commit()?;
    Ok(created(call, digest))
}

fn forget(cloud: &Cloud, id: &str) -> Result<(), Refused> {
    let mut tx = cloud.store.write()?;
    tx.remove(COLLECTION, id)?;
    tx.commit()?;
    match std::fs::remove_file(file(cloud, id)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Removes uploads that nobody goes on with.
pub fn sweep(cloud: &Cloud) {
    let Ok(files) = std::fs::read_dir(cloud.folder.path(FOLDER)) else { return };
    for file in files.flatten() {
        let age = file.metadata().and_then(|it| it.modified()).ok().and_then(|it| it.elapsed().ok());
        if age.is_some_and(|it| it > STALE)
            && let Some(id) = file.file_name().to_str()
        {
            // What cannot be removed now is tried again at the next start.
            let _ = forget(cloud, id);
        }
    }
}
