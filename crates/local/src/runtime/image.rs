//! An image out of the local registry, unpacked into a folder of its digest and kept there.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::failure::Failure;
use super::unpack::Unpacked;
use crate::cloud::{Cloud, Project};
use crate::iam;
use crate::made_up;
use crate::registry::{self, Reference, Repository};
use crate::request::Caller;
use crate::store::Tx;

const FOLDER: &str = "run/images";

/// An image that can be run.
#[derive(Clone, Debug)]
pub struct Image {
    /// Its manifest's digest.
    pub digest: String,
    /// Where its files are.
    pub root: PathBuf,
    /// Its configuration: `Entrypoint`, `Cmd`, `Env`, `WorkingDir`.
    pub config: Value,
}

/// What this machine is called in an image's platform.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

/// The image of a name, as a project's Cloud Run pulls it. One whose digest is known may be gone from the
/// registry, if it was unpacked before.
pub fn prepare(cloud: &Cloud, name: &str, project: &Project, known: Option<&str>) -> Result<Image, Failure> {
    if let Some(image) = known.and_then(|it| unpacked(cloud, it)) {
        return Ok(image);
    }
    let tx = cloud.store.read()?;
    let repository = registry::of_image(&tx, cloud, name)?.ok_or_else(|| Failure::no_image(name))?;
    check_pull(&tx, name, project, &repository)?;
    let reference = Reference::parse(name).ok_or_else(|| Failure::no_image(name))?;
    let wanted = known.unwrap_or(&reference.version);
    let (digest, manifest) = find(&tx, &repository, name, wanted)?;
    if let Some(image) = unpacked(cloud, &digest) {
        return Ok(image);
    }
    unpack(cloud, &digest, &manifest)
        .map_err(|it| Failure::bad_image(format!("The image '{name}' could not be unpacked: {it}.")))?;
    unpacked(cloud, &digest).ok_or_else(|| Failure::internal(format!("The image '{name}' went away.")))
}

/// Cloud Run pulls from its own project as it likes, and from another if its agent may.
fn check_pull(tx: &Tx, name: &str, project: &Project, repository: &Repository) -> Result<(), Failure> {
    if repository.project == *project {
        return Ok(());
    }
    let agent = iam::agent(project, "serverless-robot-prod");
    match registry::may(tx, &Caller::Principal(agent.clone()), registry::PULL, repository)? {
        true => Ok(()),
        false => Err(Failure::no_pull(&agent, name)),
    }
}

/// The manifest of a tag or digest; of an index, the one for this machine.
fn find(tx: &Tx, repository: &Repository, name: &str, wanted: &str) -> Result<(String, Value), Failure> {
    let load = |wanted: &str| -> Result<(String, Value), Failure> {
        let digest = registry::resolve(tx, repository, wanted)?.ok_or_else(|| Failure::no_image(name))?;
        let bytes = registry::manifest(tx, repository, &digest)?.ok_or_else(|| Failure::no_image(name))?;
        let manifest = serde_json::from_slice(&bytes)
            .map_err(|it| Failure::bad_image(format!("The manifest of '{name}' is not JSON: {it}.")))?;
        Ok((digest, manifest))
    };
    let (digest, manifest) = load(wanted)?;
    let Some(parts) = manifest["manifests"].as_array() else { return Ok((digest, manifest)) };
    let architecture = architecture();
    let fits =
        |it: &&Value| it["platform"]["os"] == "linux" && it["platform"]["architecture"] == architecture;
    let part = parts.iter().find(fits).and_then(|it| it["digest"].as_str());
    load(part.ok_or_else(|| {
        Failure::bad_image(format!("Container manifest of '{name}' must support {architecture}/linux."))
    })?)
}

fn folder_of(cloud: &Cloud, digest: &str) -> PathBuf {
    cloud.folder.path(FOLDER).join(digest.trim_start_matches("sha256:"))
}

/// An image that was unpacked before.
fn unpacked(cloud: &Cloud, digest: &str) -> Option<Image> {
    let folder = folder_of(cloud, digest);
    let config: Value = serde_json::from_slice(&fs::read(folder.join("config.json")).ok()?).ok()?;
    Some(Image { digest: digest.to_owned(), root: folder.join("root"), config: config["config"].clone() })
}

/// Unpacks beside and renames, so that a folder of a digest is always whole.
fn unpack(cloud: &Cloud, digest: &str, manifest: &Value) -> io::Result<()> {
    let last = folder_of(cloud, digest);
    let passing = cloud.folder.make(FOLDER)?.join(format!(".{}", made_up::hex(16)));
    fs::create_dir_all(passing.join("root"))?;
    let written = write(cloud, &passing, &last, manifest);
    let renamed = written.and_then(|()| match fs::rename(&passing, &last) {
        // Somebody else was quicker.
        Err(_) if last.join("config.json").exists() => Ok(()),
        other => other,
    });
    if passing.exists() {
        // What is left of it is removed at the next start, at the latest.
        let _ = fs::remove_dir_all(&passing);
    }
    renamed
}

fn write(cloud: &Cloud, folder: &Path, last: &Path, manifest: &Value) -> io::Result<()> {
    let blob = |it: &Value| registry::verified_blob(cloud, it["digest"].as_str().unwrap_or_default());
    fs::copy(blob(&manifest["config"])?, folder.join("config.json"))?;
    let mut unpacked = Unpacked::new(folder.join("root"), last.join("root"));
    for layer in manifest["layers"].as_array().into_iter().flatten() {
        unpacked.layer(&blob(layer)?)?;
    }
    Ok(())
}

/// Removes folders of images that no revision runs.
pub fn sweep(cloud: &Cloud) -> Result<(), Failure> {
    let Ok(folders) = fs::read_dir(cloud.folder.path(FOLDER)) else { return Ok(()) };
    let revisions = cloud.store.read()?.all("run/revisions", "")?;
    let kept = |name: &str| {
        revisions.iter().filter_map(|(_, it)| it["_digest"].as_str()).any(|it| it.ends_with(name))
    };
    for folder in folders.flatten() {
        if !folder.file_name().to_str().is_some_and(kept) {
            // What cannot be removed now is tried again at the next start.
            let _ = fs::remove_dir_all(folder.path());
        }
    }
    Ok(())
}
