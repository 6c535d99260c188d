//! Manifests, the tags that name them, and what refers to them.

use http::{Method, Response, StatusCode, header};
use serde_json::{Value, json};

use super::refused::Refused;
use super::repository::Repository;
use super::{Call, DIGEST, blobs, empty, json_answer, path, set};
use crate::cloud::Cloud;
use crate::payload::{self, Payload};
use crate::request::last;
use crate::store::{StoreError, Tx};

/// What is known of each manifest; its bytes are a content of the same name.
pub const MANIFESTS: &str = "registry/manifests";
/// The digest that each tag names.
pub const TAGS: &str = "registry/tags";

const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// The most that a manifest may have.
pub const LIMIT: usize = 4 << 20;

/// The name of the content that a manifest's bytes are.
pub fn content_name(key: &str) -> String {
    format!("registry/{key}")
}

/// The digest that a tag or a digest stands for, if there is such a manifest.
pub fn resolve(tx: &Tx, repository: &Repository, reference: &str) -> Result<Option<String>, StoreError> {
    let digest = match path::is_digest(reference) {
        true => reference.to_owned(),
        false => match tx.get(TAGS, &repository.tag(reference))? {
            Some(tag) => tag["digest"].as_str().unwrap_or_default().to_owned(),
            None => return Ok(None),
        },
    };
    Ok(tx.get(MANIFESTS, &repository.manifest(&digest))?.map(|_| digest))
}

/// The bytes of a manifest.
pub fn content(tx: &Tx, repository: &Repository, digest: &str) -> Result<Option<Vec<u8>>, StoreError> {
    tx.content(&content_name(&repository.manifest(digest)))
}

fn missing(reference: &str) -> Refused {
    Refused::new(404, "MANIFEST_UNKNOWN", format!("There is no manifest {reference}."))
}

fn bad(message: impl Into<String>) -> Refused {
    Refused::new(400, "MANIFEST_INVALID", message)
}

/// Answers a manifest.
pub fn get(
    cloud: &Cloud,
    call: &Call,
    repository: &Repository,
    reference: &str,
) -> Result<Response<Payload>, Refused> {
    let tx = cloud.store.read()?;
    let digest = resolve(&tx, repository, reference)?.ok_or_else(|| missing(reference))?;
    let document = tx.get(MANIFESTS, &repository.manifest(&digest))?.unwrap_or_default();
    let content = content(&tx, repository, &digest)?.ok_or_else(|| missing(reference))?;
    let mut answer = empty(StatusCode::OK);
    set(&mut answer, header::CONTENT_TYPE, document["mediaType"].as_str().unwrap_or_default());
    set(&mut answer, header::CONTENT_LENGTH, &content.len().to_string());
    set(&mut answer, header::ETAG, &format!("\"{digest}\""));
    set(&mut answer, DIGEST, &digest);
    if call.method == Method::GET {
        *answer.body_mut() = payload::full(content);
    }
    Ok(answer)
}

/// A manifest that was sent, and its media type.
fn parse(call: &Call, bytes: &[u8]) -> Result<(Value, String), Refused> {
    let manifest: Value =
        serde_json::from_slice(bytes).map_err(|it| bad(format!("The manifest is not JSON: {it}")))?;
    let given = call.content_type.split(';').next().unwrap_or_default().trim();
    let media_type = manifest["mediaType"].as_str().unwrap_or(given).to_owned();
    if media_type.is_empty() {
        return Err(bad("The manifest does not say its media type, and neither does Content-Type."));
    }
    if !given.is_empty() && given != media_type && given != "application/json" {
        return Err(bad(format!("The manifest is {media_type}, and was sent as {given}.")));
    }
    Ok((manifest, media_type))
}

/// Keeps a manifest, and the tag that names it.
pub fn put(
    cloud: &Cloud,
    call: &Call,
    repository: &Repository,
    reference: &str,
    bytes: &[u8],
) -> Result<Response<Payload>, Refused> {
    if repository.image.is_empty() {
        return Err(Refused::new(400, "NAME_INVALID", "An image needs a name: PROJECT/REPOSITORY/IMAGE."));
    }
    let digest = blobs::digest_of(bytes);
    let by_digest = reference.contains(':');
    if by_digest && reference != digest {
        return Err(Refused::digest(format!("The manifest's digest is {digest}, not {reference}.")));
    }
    if !by_digest && !path::is_tag(reference) {
        return Err(Refused::new(400, "TAG_INVALID", format!("\"{reference}\" cannot be a tag.")));
    }
    let (manifest, media_type) = parse(call, bytes)?;
    let mut tx = cloud.store.write()?;
    let size = check_parts(&tx, repository, &manifest)?;
    let key = repository.manifest(&digest);
    let now = cloud.time();
    let first = tx.get(MANIFESTS, &key)?.map_or(json!(now), |it| it["uploadTime"].clone());
    let kind = manifest["artifactType"].as_str().or_else(|| manifest["config"]["mediaType"].as_str());
    let subject = match &manifest["subject"] {
        Value::Null => None,
        subject => Some(checked(subject)?),
    };
    let document = json!({
        "image": repository.image,
        "digest": digest,
        "mediaType": media_type,
        "size": bytes.len(),
        "imageSize": size,
        "uploadTime": first,
        "updateTime": now,
        "subject": subject,
        "artifactType": kind,
        "annotations": manifest["annotations"],
    });
    tx.put(MANIFESTS, &key, &document)?;
    tx.put_content(&content_name(&key), bytes)?;
    if !by_digest {
        name(&mut tx, repository, reference, &digest, &now)?;
    }
    tx.commit()?;
    let mut answer = empty(StatusCode::CREATED);
    set(&mut answer, header::LOCATION, &format!("/v2/{}/manifests/{digest}", call.target.name));
    set(&mut answer, DIGEST, &digest);
    if let Some(subject) = subject {
        set(&mut answer, super::SUBJECT, subject);
    }
    Ok(answer)
}

/// Lets a tag name a manifest.
fn name(tx: &mut Tx, repository: &Repository, tag: &str, digest: &str, now: &str) -> Result<(), Refused> {
    let key = repository.tag(tag);
    let moved = tx.get(TAGS, &key)?.is_some_and(|it| it["digest"] != digest);
    if moved && repository.immutable_tags {
        return Err(Refused::denied(format!(
            "The tag {tag} is taken, and the repository \"{}\" has immutable tags.",
            last(&repository.name)
        )));
    }
    Ok(tx.put(TAGS, &key, &json!({"digest": digest, "updateTime": now}))?)
}

/// The digest of a part, which must be one: it names a file.
fn checked(part: &Value) -> Result<&str, Refused> {
    let digest = part["digest"].as_str().unwrap_or_default();
    if path::is_digest(digest) { Ok(digest) } else { Err(Refused::no_digest(digest)) }
}

/// Refuses a manifest of which something is missing; answers the size of its parts.
fn check_parts(tx: &Tx, repository: &Repository, manifest: &Value) -> Result<u64, Refused> {
    let parts = |field: &str| manifest[field].as_array().into_iter().flatten();
    if !manifest["config"].is_object() && !manifest["manifests"].is_array() && !manifest["layers"].is_array()
    {
        return Err(bad("The manifest is neither of an image nor an index."));
    }
    let unknown = |digest: &str| {
        let message = format!("The manifest names {digest}, which is not in this repository.");
        Refused::new(400, "MANIFEST_BLOB_UNKNOWN", message)
    };
    let mut size = 0;
    for part in Some(&manifest["config"]).filter(|it| it.is_object()).into_iter().chain(parts("layers")) {
        let digest = checked(part)?;
        // A layer that lies elsewhere need not be here: it cannot be run from here either.
        let elsewhere = part["urls"].as_array().is_some_and(|it| !it.is_empty());
        if elsewhere && blobs::size(tx, repository, digest)?.is_none() {
            continue;
        }
        size += blobs::size(tx, repository, digest)?.ok_or_else(|| unknown(digest))?;
    }
    for part in parts("manifests") {
        let digest = checked(part)?;
        let found = tx.get(MANIFESTS, &repository.manifest(digest))?.ok_or_else(|| unknown(digest))?;
        size += found["imageSize"].as_u64().unwrap_or(0);
    }
    Ok(size)
}

/// Forgets a tag; or a manifest, with the tags that name it.
pub fn delete(cloud: &Cloud, repository: &Repository, reference: &str) -> Result<Response<Payload>, Refused> {
    let mut tx = cloud.store.write()?;
    let digest = resolve(&tx, repository, reference)?.ok_or_else(|| missing(reference))?;
    if digest == reference {
        let key = repository.manifest(&digest);
        tx.remove(MANIFESTS, &key)?;
        tx.remove_content(&content_name(&key))?;
        for (name, tag) in tx.all(TAGS, &repository.tag(""))? {
            if tag["digest"] == *digest {
                tx.remove(TAGS, &name)?;
            }
        }
    } else {
        tx.remove(TAGS, &repository.tag(reference))?;
    }
    tx.commit()?;
    Ok(empty(StatusCode::ACCEPTED))
}

/// Lists the image's tags, by pages.
pub fn tags(cloud: &Cloud, call: &Call, repository: &Repository) -> Result<Response<Payload>, Refused> {
    let tx = cloud.store.read()?;
    if tx.scan(MANIFESTS, &repository.manifest(""), None, 1)?.is_empty() {
        return Err(Refused::no_name(format!("There is no image {}.", call.target.name)));
    }
    let all = tx.all(TAGS, &repository.tag(""))?;
    let names = all.iter().filter_map(|(name, _)| name.rsplit_once(':').map(|(_, it)| it.to_owned()));
    let (tags, next) = super::page(call, names.collect());
    let mut answer = json_answer(&json!({"name": call.target.name, "tags": tags}));
    if let Some(next) = next {
        set(&mut answer, header::LINK, &next);
    }
    Ok(answer)
}

/// Lists what refers to a digest.
pub fn referrers(
    cloud: &Cloud,
    call: &Call,
    repository: &Repository,
    digest: &str,
) -> Result<Response<Payload>, Refused> {
    if !path::is_digest(digest) {
        return Err(Refused::no_digest(digest));
    }
    let kind = call.query.get("artifactType");
    let tx = cloud.store.read()?;
    let mut found = Vec::new();
    for (_, it) in tx.all(MANIFESTS, &repository.manifest(""))? {
        if it["subject"] != digest || kind.is_some_and(|kind| it["artifactType"] != kind) {
            continue;
        }
        let mut descriptor = json!({
            "mediaType": it["mediaType"], "digest": it["digest"], "size": it["size"],
            "artifactType": it["artifactType"],
        });
        if it["annotations"].is_object() {
            descriptor["annotations"] = it["annotations"].clone();
        }
        found.push(descriptor);
    }
    let mut answer = json_answer(&json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": found}));
    set(&mut answer, header::CONTENT_TYPE, INDEX);
    if kind.is_some() {
        set(&mut answer, super::FILTERS, "artifactType");
    }
    Ok(answer)
}

/// Forgets all that is in a repository.
pub fn forget(tx: &mut Tx, repository: &str) -> Result<(), StoreError> {
    for (name, _) in tx.all(MANIFESTS, &format!("{repository}/"))? {
        tx.remove(MANIFESTS, &name)?;
        tx.remove_content(&content_name(&name))?;
    }
    for collection in [TAGS, blobs::NOTES] {
        for (name, _) in tx.all(collection, &format!("{repository}/"))? {
            tx.remove(collection, &name)?;
        }
    }
    Ok(())
}
