//! Artifact Registry v1: repositories, and what was pushed to them.

use serde_json::{Value, json};

use crate::error::Refusal;
use crate::filter;
use crate::operation::{self, Operation};
use crate::registry;
use crate::request::{Answer, Handler, Request, last};
use crate::resource::{self, Kind, apply_mask, check_labels, policy_method};
use crate::services::regions;
use crate::store::Tx;

/// The handler of a method, named without `artifactregistry.`.
pub fn handler(method: &str) -> Option<Handler> {
    Some(match method {
        "projects.locations.repositories.create" => create,
        "projects.locations.repositories.get" => |tx, request| REPOSITORY.get(tx, request),
        "projects.locations.repositories.list" => list,
        "projects.locations.repositories.patch" => patch,
        "projects.locations.repositories.delete" => delete,
        "projects.locations.operations.get" => operation::get,
        "projects.locations.list" => |_, request| regions::list(request, BESIDE),
        "projects.locations.repositories.dockerImages.list" => {
            |tx, request| listed(tx, request, "dockerImages", registry::images(tx, request, request.name())?)
        }
        "projects.locations.repositories.dockerImages.get" => image,
        "projects.locations.repositories.packages.list" => {
            |tx, request| listed(tx, request, "packages", registry::packages(tx, request.name())?)
        }
        "projects.locations.repositories.packages.tags.list" => {
            |tx, request| listed(tx, request, "tags", registry::tags(tx, request.name())?)
        }
        "projects.locations.repositories.packages.tags.get" => {
            |tx, request| Ok(Answer::json(tag(tx, request)?))
        }
        "projects.locations.repositories.packages.tags.delete" => |tx, request| {
            tag(tx, request)?;
            registry::untag(tx, request.name())?;
            Ok(Answer::empty())
        },
        "projects.locations.repositories.mavenArtifacts.list"
        | "projects.locations.repositories.npmPackages.list"
        | "projects.locations.repositories.pythonPackages.list"
        | "projects.locations.repositories.files.list"
        | "projects.locations.repositories.attachments.list" => contents,
        _ => {
            policy_method(method)?;
            |tx, request| match policy_method(&request.method.id) {
                Some(answer) => answer(&REPOSITORY, tx, request),
                None => Err(Refusal::not_found(resource::not_found(request, request.name()))),
            }
        }
    })
}

/// Where repositories can be beside the regions.
const BESIDE: &[&str] = &["us", "europe", "asia"];

const REPOSITORY: Kind = Kind {
    collection: "artifactregistry/repositories",
    list: "repositories",
    missing: resource::not_found,
    taken: |_, _| "the repository already exists".to_owned(),
    show,
    page: 100,
};

/// Fields that stay as they were made.
const FIXED: &[&str] = &["format", "mode", "kmsKeyName", "mavenConfig"];

fn location(name: &str) -> &str {
    name.split('/').nth(3).unwrap_or_default()
}

/// The address of a repository is told by `get` and `list`, not by what changes one.
fn show(request: &Request<'_>, document: Value) -> Value {
    let mut shown = resource::visible(document);
    if request.method.verb == "GET" {
        let name = shown["name"].as_str().unwrap_or_default();
        let project = name.split('/').nth(1).unwrap_or_default();
        // Domain-scoped projects have a slash where their id has a colon.
        let project = project.replace(':', "/");
        let format = shown["format"].as_str().unwrap_or_default().to_ascii_lowercase();
        shown["registryUri"] = json!(format!("{}-{format}.pkg.dev/{project}/{}", location(name), last(name)));
    }
    shown
}

/// What Google says of scanning: whether it can, may and does.
fn scanning(tx: &Tx, request: &Request<'_>, repository: &Value) -> Result<Value, Refusal> {
    let mode = repository["mode"].as_str().unwrap_or_default();
    let format = repository["format"].as_str().unwrap_or_default();
    let config = repository["vulnerabilityScanningConfig"]["enablementConfig"].as_str();
    let scanner = "containerscanning.googleapis.com";
    let (state, reason) = if matches!(mode, "VIRTUAL_REPOSITORY") {
        ("SCANNING_UNSUPPORTED", format!("Repository mode {mode} is not supported."))
    } else if format != "DOCKER" {
        ("SCANNING_UNSUPPORTED", format!("Repository format {format} is not supported."))
    } else if config == Some("DISABLED") {
        ("SCANNING_DISABLED", "Scanning is disabled by the repository's enablement config.".to_owned())
    } else if request.cloud.enabled(tx, request.project()?, scanner)? {
        ("SCANNING_ACTIVE", String::new())
    } else {
        ("SCANNING_DISABLED", format!("API {scanner} is not enabled."))
    };
    let since = &repository["vulnerabilityScanningConfig"]["lastEnableTime"];
    let mut shown = json!({
        "enablementState": state,
        "lastEnableTime": if since.is_null() { request.time() } else { since.clone() },
    });
    if !reason.is_empty() {
        shown["enablementStateReason"] = json!(reason);
    }
    if let Some(config) = config {
        shown["enablementConfig"] = json!(config);
    }
    Ok(shown)
}

fn check(repository: &Value) -> Result<(), Refusal> {
    check_labels(&repository["labels"])?;
    let mode = repository["mode"].as_str().unwrap_or_default();
    for (config, of) in
        [("virtualRepositoryConfig", "VIRTUAL_REPOSITORY"), ("remoteRepositoryConfig", "REMOTE_REPOSITORY")]
    {
        if resource::has(repository, config) && mode != of {
            return Err(Refusal::invalid(format!(
                "{config} may only be set on a repository of the mode {of}."
            )));
        }
    }
    if mode == "REMOTE_REPOSITORY" && !resource::has(repository, "remoteRepositoryConfig") {
        return Err(Refusal::invalid("remote_repository_config is required for a remote repository."));
    }
    for (id, policy) in repository["cleanupPolicies"].as_object().into_iter().flatten() {
        if policy["id"].as_str().is_some_and(|it| it != id) || id.is_empty() || id.len() >= 128 {
            return Err(Refusal::invalid(format!("The cleanup policy {id} must have its key as its id.")));
        }
        if policy["mostRecentVersions"].is_object() && policy["action"] != "KEEP" {
            return Err(Refusal::invalid(format!(
                "The cleanup policy {id} keeps versions: its action must be KEEP."
            )));
        }
    }
    Ok(())
}

/// Drops what is only sent, and fills in what follows from the rest.
fn complete(tx: &Tx, request: &Request<'_>, repository: &mut Value) -> Result<(), Refusal> {
    resource::default(repository, "mode", "STANDARD_REPOSITORY");
    if repository["remoteRepositoryConfig"].is_object() {
        resource::remove(&mut repository["remoteRepositoryConfig"], "disableUpstreamValidation");
    }
    for (id, policy) in
        repository.get_mut("cleanupPolicies").and_then(Value::as_object_mut).into_iter().flatten()
    {
        policy["id"] = json!(id);
    }
    repository["vulnerabilityScanningConfig"] = scanning(tx, request, repository)?;
    Ok(())
}

/// Begins an operation on a repository.
fn operate(tx: &mut Tx, request: &Request<'_>, response: Value) -> Result<Answer, Refusal> {
    let project = &request.project()?.id;
    let name = operation::new_name(&format!("projects/{project}/locations/{}", location(request.name())));
    let metadata =
        json!({"@type": "type.googleapis.com/google.devtools.artifactregistry.v1.OperationMetadata"});
    operation::start(tx, request, Operation { name, metadata: Some(metadata), response })
}

fn create(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = resource::created(request, "repositories", "repositoryId")?;
    regions::check(location(&name), BESIDE)?;
    let id = last(&name);
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let words = "Invalid repository ID: it must start with a letter, have only lower-case letters, digits and \
                 hyphens, and at most 63 of them.";
    resource::check_id(id, 1..=63, fits, words)?;
    if !id.starts_with(|c: char| c.is_ascii_lowercase()) || id.ends_with('-') {
        return Err(Refusal::invalid(words));
    }
    let mut repository = request.body.clone();
    if repository["format"].is_null() {
        return Err(Refusal::invalid("The repository format must be specified."));
    }
    repository["name"] = json!(name);
    complete(tx, request, &mut repository)?;
    check(&repository)?;
    repository["satisfiesPzi"] = json!(true);
    // The operation tells the repository as it was asked for, without times.
    let mut response = repository.clone();
    response["@type"] = json!("type.googleapis.com/google.devtools.artifactregistry.v1.Repository");
    repository["createTime"] = request.time();
    repository["updateTime"] = request.time();
    REPOSITORY.insert(tx, request, &name, &repository)?;
    operate(tx, request, response)
}

fn list(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let filter = filter::parse(request.query.get("filter").unwrap_or_default())?;
    let prefix = format!("{}/repositories/", request.name());
    REPOSITORY.list_where(tx, request, &prefix, |_, it| filter.fits(it))
}

fn patch(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name();
    let old = REPOSITORY.load(tx, request, name)?;
    let mut mask = request.mask();
    resource::check_mask(request, "Repository", &mask)?;
    if mask.iter().all(|it| it == "*") {
        mask = request.body.as_object().into_iter().flatten().map(|(field, _)| field.clone()).collect();
        mask.retain(|it| it != "name");
    }
    let mut repository = old.clone();
    apply_mask(&mut repository, &request.body, &mask);
    complete(tx, request, &mut repository)?;
    resource::check_immutable(&old, &repository, FIXED)?;
    check(&repository)?;
    repository["updateTime"] = request.time();
    REPOSITORY.save(tx, name, &repository)?;
    Ok(REPOSITORY.answer(request, repository))
}

/// Deletes a repository with all that is in it: Google does not ask whether it is empty.
fn delete(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    REPOSITORY.delete(tx, request, request.name())?;
    registry::forget(tx, request.name())?;
    operate(tx, request, json!({"@type": "type.googleapis.com/google.protobuf.Empty"}))
}

/// A page of what was pushed to a repository.
fn listed(tx: &Tx, request: &Request<'_>, field: &str, all: Vec<Value>) -> Result<Answer, Refusal> {
    let repository = request.name().split('/').take(6).collect::<Vec<_>>().join("/");
    REPOSITORY.load(tx, request, &repository)?;
    Ok(resource::part(request, field, &all))
}

/// One image that was pushed.
fn image(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let repository = request.name().split('/').take(6).collect::<Vec<_>>().join("/");
    REPOSITORY.load(tx, request, &repository)?;
    // A path decodes what the listing escapes.
    let same = |it: &Value| it["name"].as_str().is_some_and(|it| crate::route::decode(it) == request.name());
    let found = registry::images(tx, request, &repository)?.into_iter().find(same);
    found.map(Answer::json).ok_or_else(|| Refusal::not_found(resource::not_found(request, request.name())))
}

/// One tag of an image.
fn tag(tx: &mut Tx, request: &Request<'_>) -> Result<Value, Refusal> {
    let repository = request.name().split('/').take(6).collect::<Vec<_>>().join("/");
    REPOSITORY.load(tx, request, &repository)?;
    let found = registry::tag(tx, request.name())?;
    found.ok_or_else(|| Refusal::not_found(resource::not_found(request, request.name())))
}

/// Only images of containers are pushed here, so whatever else is asked for, there is none.
fn contents(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    REPOSITORY.load(tx, request, request.name())?;
    Ok(Answer::empty())
}
