//! What was pushed, as the API of Artifact Registry lists it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::manifests::{MANIFESTS, TAGS, content_name};
use crate::error::Refusal;
use crate::request::Request;
use crate::store::Tx;

/// `app%2Fserver`, as the API writes an image's name within a longer one.
fn escaped(image: &str) -> String {
    image.replace('/', "%2F")
}

/// The images of a repository, as `DockerImage`.
pub fn images(tx: &Tx, request: &Request<'_>, repository: &str) -> Result<Vec<Value>, Refusal> {
    let tags = tx.all(TAGS, &format!("{repository}/"))?;
    let parts: Vec<&str> = repository.split('/').collect();
    let [_, project, _, location, _, id] = parts[..] else { return Ok(Vec::new()) };
    let host = format!("{location}-docker.pkg.dev/{}/{id}", project.replace(':', "/"));
    let mut found = Vec::new();
    for (name, manifest) in tx.all(MANIFESTS, &format!("{repository}/"))? {
        let image = manifest["image"].as_str().unwrap_or_default();
        let digest = manifest["digest"].as_str().unwrap_or_default();
        let named = format!("{repository}/tags/{image}:");
        let tagged: Vec<&str> = tags
            .iter()
            .filter(|(_, it)| it["digest"] == digest)
            .filter_map(|(name, _)| name.strip_prefix(&named))
            .collect();
        let content: Value = match tx.content(&content_name(&name))? {
            Some(bytes) => serde_json::from_slice(&bytes).unwrap_or_default(),
            None => Value::Null,
        };
        let mut shown = json!({
            "name": format!("{repository}/dockerImages/{}@{digest}", escaped(image)),
            "uri": format!("{host}/{image}@{digest}"),
            "imageSizeBytes": manifest["imageSize"].as_u64().unwrap_or(0).to_string(),
            "uploadTime": manifest["uploadTime"],
            "updateTime": manifest["updateTime"],
            "mediaType": manifest["mediaType"],
        });
        if !tagged.is_empty() {
            shown["tags"] = json!(tagged);
        }
        if let Some(built) = build_time(request, &content) {
            shown["buildTime"] = json!(built);
        }
        if manifest["artifactType"].is_string() {
            shown["artifactType"] = manifest["artifactType"].clone();
        }
        if let Some(manifests) = content["manifests"].as_array() {
            let parts = manifests.iter().map(|it| {
                json!({"digest": it["digest"], "mediaType": it["mediaType"],
                    "architecture": it["platform"]["architecture"], "os": it["platform"]["os"]})
            });
            shown["imageManifests"] = parts.collect();
        }
        found.push(shown);
    }
    Ok(found)
}

/// When an image was built, as its configuration says.
fn build_time(request: &Request<'_>, manifest: &Value) -> Option<String> {
    let digest = manifest["config"]["digest"].as_str()?;
    let config = std::fs::read(super::verified_blob(request.cloud, digest).ok()?).ok()?;
    let config: Value = serde_json::from_slice(&config).ok()?;
    crate::moment::canonical(config["created"].as_str()?)
}

/// The names of what a repository has, as `Package`.
pub fn packages(tx: &Tx, repository: &str) -> Result<Vec<Value>, Refusal> {
    let mut found = BTreeMap::<String, Value>::new();
    for (_, manifest) in tx.all(MANIFESTS, &format!("{repository}/"))? {
        let image = escaped(manifest["image"].as_str().unwrap_or_default());
        let name = format!("{repository}/packages/{image}");
        let (made, changed) = (&manifest["uploadTime"], &manifest["updateTime"]);
        let shown = found
            .entry(name.clone())
            .or_insert_with(|| json!({"name": name, "createTime": made, "updateTime": changed}));
        if made.as_str() < shown["createTime"].as_str() {
            shown["createTime"] = made.clone();
        }
        if changed.as_str() > shown["updateTime"].as_str() {
            shown["updateTime"] = changed.clone();
        }
    }
    Ok(found.into_values().collect())
}

/// The tags of a package, as `Tag`.
pub fn tags(tx: &Tx, package: &str) -> Result<Vec<Value>, Refusal> {
    let Some((repository, image)) = package.split_once("/packages/") else { return Ok(Vec::new()) };
    let image = crate::route::decode(image);
    let package = format!("{repository}/packages/{}", escaped(&image));
    let all = tx.all(TAGS, &format!("{repository}/tags/{image}:"))?;
    let shown = all.iter().map(|(name, tag)| {
        let id = name.rsplit(':').next().unwrap_or_default();
        let digest = tag["digest"].as_str().unwrap_or_default();
        json!({"name": format!("{package}/tags/{id}"), "version": format!("{package}/versions/{digest}")})
    });
    Ok(shown.collect())
}

/// The image and the tag of a name that a path has decoded: `…/packages/app/server/tags/v1`.
fn tag_of(name: &str) -> Option<(&str, &str, &str)> {
    let (repository, rest) = name.split_once("/packages/")?;
    let (image, tag) = rest.rsplit_once("/tags/")?;
    Some((repository, image, tag))
}

/// One tag, as `Tag`.
pub fn tag(tx: &Tx, name: &str) -> Result<Option<Value>, Refusal> {
    let Some((repository, image, tag)) = tag_of(name) else { return Ok(None) };
    let Some(found) = tx.get(TAGS, &format!("{repository}/tags/{image}:{tag}"))? else { return Ok(None) };
    let package = format!("{repository}/packages/{}", escaped(image));
    let digest = found["digest"].as_str().unwrap_or_default();
    Ok(Some(
        json!({"name": format!("{package}/tags/{tag}"), "version": format!("{package}/versions/{digest}")}),
    ))
}

/// Takes a tag away; what it named stays.
pub fn untag(tx: &mut Tx, name: &str) -> Result<(), Refusal> {
    if let Some((repository, image, tag)) = tag_of(name) {
        tx.remove(TAGS, &format!("{repository}/tags/{image}:{tag}"))?;
    }
    Ok(())
}
