//! Blobs: files named by their digest, and for each repository a note of those it has.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use http::{Method, Response, StatusCode, header};
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::io::AsyncSeekExt;

use super::refused::Refused;
use super::repository::Repository;
use super::{DIGEST, set};
use crate::cloud::Cloud;
use crate::folder;
use crate::payload::{self, Payload};
use crate::ranges;
use crate::store::{StoreError, Tx};

/// Which blobs each repository has.
pub const NOTES: &str = "registry/blobs";

const FOLDER: &str = "registry/blobs/sha256";

/// Where the blob of a digest is kept, whether it is there or not.
///
/// # Errors
/// If the text is no digest: it would lead anywhere.
pub fn path(cloud: &Cloud, digest: &str) -> io::Result<PathBuf> {
    match digest.strip_prefix("sha256:").filter(|_| super::path::is_digest(digest)) {
        Some(hex) => Ok(cloud.folder.path(FOLDER).join(hex)),
        None => Err(io::Error::new(io::ErrorKind::InvalidInput, format!("{digest:?} is no digest"))),
    }
}

/// Where the blob of a digest is, its content checked: a file that was changed or cut off is not used.
///
/// # Errors
/// If the text is no digest, and if the blob is not there or is another.
pub fn verified(cloud: &Cloud, digest: &str) -> io::Result<PathBuf> {
    let path = path(cloud, digest)?;
    let found = digest_of_file(&path)?;
    if found == digest {
        return Ok(path);
    }
    Err(io::Error::new(io::ErrorKind::InvalidData, format!("the content of {digest} is {found}")))
}

/// `sha256:…` of bytes.
pub fn digest_of(content: &[u8]) -> String {
    written(Sha256::digest(content).as_slice())
}

/// `sha256:…` of a file.
fn digest_of_file(path: &Path) -> io::Result<String> {
    let mut file = std::fs::File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(written(hasher.finalize().as_slice()));
        }
        hasher.update(&buffer[..read]);
    }
}

fn written(hash: &[u8]) -> String {
    let hex: String = hash.iter().map(|it| format!("{it:02x}")).collect();
    format!("sha256:{hex}")
}

/// The size of a blob that a repository has.
pub fn size(tx: &Tx, repository: &Repository, digest: &str) -> Result<Option<u64>, StoreError> {
    Ok(tx.get(NOTES, &repository.blob(digest))?.and_then(|it| it["size"].as_u64()))
}

/// Notes that a repository has a blob.
pub fn note(tx: &mut Tx, repository: &Repository, digest: &str, size: u64) -> Result<(), StoreError> {
    tx.put(NOTES, &repository.blob(digest), &json!({"size": size}))
}

/// Takes a file that is wholly written as the blob of a digest, which it must have: synced, then renamed, so
/// that what is acknowledged is whole whatever happens. Answers its size.
pub fn take(cloud: &Cloud, file: &Path, digest: &str) -> Result<u64, Refused> {
    let found = digest_of_file(file)?;
    if found != digest {
        return Err(Refused::digest(format!("The content's digest is {found}, not {digest}.")));
    }
    let opened = std::fs::File::open(file)?;
    opened.sync_all()?;
    let size = opened.metadata()?.len();
    let folder = cloud.folder.make(FOLDER)?;
    std::fs::rename(file, path(cloud, digest)?)?;
    folder::sync(&folder)?;
    Ok(size)
}

/// Forgets a blob of a repository.
pub fn delete(cloud: &Cloud, repository: &Repository, digest: &str) -> Result<(), Refused> {
    let mut tx = cloud.store.write()?;
    if !tx.remove(NOTES, &repository.blob(digest))? {
        return Err(Refused::no_blob(digest));
    }
    // Another repository may have the same; the file goes with the last.
    let shared = tx.all(NOTES, "")?.iter().any(|(name, _)| name.ends_with(digest));
    tx.commit()?;
    if !shared {
        remove(&path(cloud, digest)?)?;
    }
    Ok(())
}

fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Removes files that no repository has, as a killed process or a deleted repository leaves them.
pub fn sweep(cloud: &Cloud) -> Result<(), StoreError> {
    let Ok(files) = std::fs::read_dir(cloud.folder.path(FOLDER)) else { return Ok(()) };
    let notes = cloud.store.read()?.all(NOTES, "")?;
    let kept: std::collections::HashSet<&str> =
        notes.iter().filter_map(|(name, _)| name.rsplit_once(':').map(|(_, it)| it)).collect();
    for file in files.flatten() {
        if file.file_name().to_str().is_none_or(|it| !kept.contains(it)) {
            // What cannot be removed now is tried again at the next start.
            let _ = remove(&file.path());
        }
    }
    Ok(())
}

/// Answers a blob, or a range of it.
pub async fn get(
    cloud: &Cloud,
    method: &Method,
    digest: &str,
    size: u64,
    range: Option<&str>,
) -> Result<Response<Payload>, Refused> {
    let mut response = Response::new(payload::full(Bytes::new()));
    let (begin, length) = match range.map(|it| ranges::parse(it, size)) {
        None => (0, size),
        Some(Some(Ok((begin, end)))) => {
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            set(&mut response, header::CONTENT_RANGE, &format!("bytes {begin}-{end}/{size}"));
            (begin, end - begin + 1)
        }
        Some(None | Some(Err(()))) => {
            return Err(Refused::new(416, "SIZE_INVALID", format!("The blob has {size} bytes.")));
        }
    };
    set(&mut response, header::CONTENT_TYPE, "application/octet-stream");
    set(&mut response, header::CONTENT_LENGTH, &length.to_string());
    set(&mut response, header::ACCEPT_RANGES, "bytes");
    set(&mut response, header::ETAG, &format!("\"{digest}\""));
    set(&mut response, DIGEST, digest);
    if method == Method::GET {
        let mut file = tokio::fs::File::open(path(cloud, digest)?).await?;
        file.seek(io::SeekFrom::Start(begin)).await?;
        *response.body_mut() = payload::file(file, length);
    }
    Ok(response)
}
