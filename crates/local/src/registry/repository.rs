//! The repository that a name in the registry stands for, and whether a caller may use it.

use super::path;
use super::refused::Refused;
use crate::cloud::{Cloud, Project};
use crate::iam;
use crate::request::{Caller, last};
use crate::services::title;
use crate::store::Tx;

const COLLECTION: &str = "artifactregistry/repositories";
const SERVICE: &str = "artifactregistry.googleapis.com";

pub const PULL: &str = "artifactregistry.repositories.downloadArtifacts";
pub const PUSH: &str = "artifactregistry.repositories.uploadArtifacts";
pub const DELETE: &str = "artifactregistry.repositories.deleteArtifacts";

/// A repository of the local Artifact Registry and an image in it.
#[derive(Clone, Debug)]
pub struct Repository {
    /// `projects/p/locations/l/repositories/r`.
    pub name: String,
    pub project: Project,
    /// `app` or `team/app`; empty if the name ended before.
    pub image: String,
    /// Whether a tag stays where it is.
    pub immutable_tags: bool,
}

impl Repository {
    /// The key under which a blob of this repository is noted.
    pub fn blob(&self, digest: &str) -> String {
        format!("{}/blobs/{digest}", self.name)
    }

    /// The key of a manifest of the image.
    pub fn manifest(&self, digest: &str) -> String {
        format!("{}/manifests/{}@{digest}", self.name, self.image)
    }

    /// The key of a tag of the image.
    pub fn tag(&self, tag: &str) -> String {
        format!("{}/tags/{}:{tag}", self.name, self.image)
    }
}

/// The repository of this name, `project/repository/image`; without a location, the first that has its name.
pub fn find(tx: &Tx, cloud: &Cloud, location: Option<&str>, name: &str) -> Result<Repository, Refused> {
    let mut parts = name.split('/');
    let mut project = parts.next().unwrap_or_default().to_owned();
    // A project of a domain has a slash where its id has a colon.
    if project.contains('.') {
        project = format!("{project}:{}", parts.next().unwrap_or_default());
    }
    let id = parts.next().unwrap_or_default();
    let image = parts.collect::<Vec<_>>().join("/");
    let missing = || Refused::no_name(format!("Repository \"{id}\" not found"));
    let project = cloud.known(&project).ok_or_else(missing)?;
    let (name, document) = match location {
        Some(location) => {
            let name = format!("projects/{}/locations/{location}/repositories/{id}", project.id);
            let found = tx.get(COLLECTION, &name)?;
            (name, found.ok_or_else(missing)?)
        }
        None => {
            let all = tx.all(COLLECTION, &format!("projects/{}/locations/", project.id))?;
            all.into_iter().find(|(name, _)| last(name) == id).ok_or_else(missing)?
        }
    };
    if document["format"] != "DOCKER" || document["mode"] != "STANDARD_REPOSITORY" {
        return Err(Refused::new(
            400,
            "UNSUPPORTED",
            format!("Repository \"{id}\" does not keep images of containers."),
        ));
    }
    if !cloud.enabled(tx, &project, SERVICE)? {
        return Err(Refused::denied(format!(
            "{} has not been used in project {} before or it is disabled.",
            title(SERVICE),
            project.number
        )));
    }
    if !image.is_empty() && !path::is_image(&image) {
        return Err(Refused::new(
            400,
            "NAME_INVALID",
            format!("\"{image}\" cannot be the name of an image."),
        ));
    }
    let immutable_tags = document["dockerConfig"]["immutableTags"] == true;
    Ok(Repository { name, project, image, immutable_tags })
}

/// Whether a caller holds a permission on a repository.
pub fn may(tx: &Tx, caller: &Caller, permission: &str, repository: &Repository) -> Result<bool, Refused> {
    let key = iam::key("artifactregistry", &repository.name);
    Ok(iam::allowed(tx, Some(caller), permission, &key, &repository.project.id)?)
}

/// Refuses a caller who does not hold a permission on a repository.
pub fn permit(tx: &Tx, caller: &Caller, permission: &str, repository: &Repository) -> Result<(), Refused> {
    if may(tx, caller, permission, repository)? {
        return Ok(());
    }
    Err(Refused::denied(format!(
        "Permission \"{permission}\" denied on resource \"{}\" (or it may not exist)",
        repository.name
    )))
}

/// The repository that an image's name stands for, if it is one of this cloud's own.
pub fn of_image(tx: &Tx, cloud: &Cloud, image: &str) -> Result<Option<Repository>, Refused> {
    let Some(reference) = path::Reference::parse(image) else { return Ok(None) };
    let location = path::location(&reference.host);
    let port = cloud.address.port();
    let ours = [cloud.reachable().to_string(), format!("localhost:{port}")].contains(&reference.host);
    if location.is_none() && !ours {
        return Ok(None);
    }
    match find(tx, cloud, location, &reference.name) {
        Ok(repository) => Ok(Some(repository)),
        Err(refused) if refused.status == 500 => Err(refused),
        Err(_) => Ok(None),
    }
}

/// Every repository of this cloud that keeps images, for a listing.
pub fn all(tx: &Tx, cloud: &Cloud) -> Result<Vec<Repository>, Refused> {
    let mut found = Vec::new();
    for (name, document) in tx.all(COLLECTION, "")? {
        let id = name.split('/').nth(1).unwrap_or_default();
        let Some(project) = cloud.known(id).filter(|_| document["format"] == "DOCKER") else { continue };
        found.push(Repository { name, project, image: String::new(), immutable_tags: false });
    }
    Ok(found)
}
