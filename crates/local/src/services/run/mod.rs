//! Cloud Run v2: services, their revisions, and jobs.

mod executions;
mod jobs;
mod revisions;
mod services;

use serde_json::{Value, json};

pub use services::shown;

use crate::error::Refusal;
use crate::iam;
use crate::made_up;
use crate::moment;
use crate::operation::{self, Operation};
use crate::request::{Answer, Handler, Request};
use crate::resource::{Kind, default, policy_method, remove, visible};
use crate::services::regions::{self, Place, place};
use crate::store::Tx;

/// The handler of a method, named without `run.`.
pub(super) fn handler(method: &str) -> Option<Handler> {
    Some(match method {
        "projects.locations.list" => |_, request| regions::list(request, &[]),
        "projects.locations.services.create" => services::create,
        "projects.locations.services.get" => |tx, request| services::SERVICE.get(tx, request),
        "projects.locations.services.list" => services::list,
        "projects.locations.services.patch" => services::patch,
        "projects.locations.services.delete" => services::delete,
        "projects.locations.services.revisions.get" => |tx, request| revisions::REVISION.get(tx, request),
        "projects.locations.services.revisions.list" => |tx, request| revisions::REVISION.list(tx, request),
        "projects.locations.services.revisions.delete" => revisions::delete,
        "projects.locations.jobs.create" => jobs::create,
        "projects.locations.jobs.get" => |tx, request| jobs::JOB.get(tx, request),
        "projects.locations.jobs.list" => |tx, request| jobs::JOB.list(tx, request),
        "projects.locations.jobs.patch" => jobs::patch,
        "projects.locations.jobs.delete" => jobs::delete,
        "projects.locations.jobs.run" => executions::run,
        "projects.locations.jobs.executions.list" => executions::list,
        "projects.locations.jobs.executions.get" => |tx, request| executions::EXECUTION.get(tx, request),
        "projects.locations.jobs.executions.cancel" => executions::cancel,
        "projects.locations.jobs.executions.delete" => executions::delete,
        "projects.locations.operations.get" => operation::get,
        "projects.locations.operations.list" => operation::list,
        "projects.locations.operations.wait" => operation::wait,
        "projects.locations.operations.delete" => operation::delete,
        _ => {
            policy_method(method)?;
            policy
        }
    })
}

fn policy(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let kind = match request.name().split('/').nth(4) {
        Some("services") => &services::SERVICE,
        Some("jobs") => &jobs::JOB,
        Some(_) | None => return Err(Refusal::not_found("Requested entity was not found.")),
    };
    match policy_method(&request.method.id) {
        Some(answer) => answer(kind, tx, request),
        None => Err(Refusal::not_found((kind.missing)(request, request.name()))),
    }
}

/// `projects/p/locations/l` of a longer name.
fn location_of(name: &str) -> String {
    name.split('/').take(4).collect::<Vec<_>>().join("/")
}

/// Begins an operation on a resource: while it runs it shows what is to be, and in the end what is.
fn operate(
    tx: &mut Tx,
    request: &Request<'_>,
    kind: &Kind,
    what: &str,
    document: Value,
) -> Result<Answer, Refusal> {
    let name = document["name"].as_str().unwrap_or_default().to_owned();
    let metadata = metadata(request, kind, what, document.clone());
    let mut response = (kind.show)(request, document);
    response["@type"] = json!(format!("type.googleapis.com/google.cloud.run.v2.{what}"));
    let operation =
        Operation { name: operation::new_name(&location_of(&name)), metadata: Some(metadata), response };
    // Who only asks whether it would work gets the answer at once.
    if request.query.is("validateOnly") {
        operation::done(tx, request, operation)
    } else {
        operation::start(tx, request, operation)
    }
}

/// What an operation tells of a resource while it runs.
fn metadata(request: &Request<'_>, kind: &Kind, what: &str, document: Value) -> Value {
    let mut metadata = (kind.show)(request, document);
    metadata["@type"] = json!(format!("type.googleapis.com/google.cloud.run.v2.{what}"));
    // A thing that is being made has no identity yet, and a service no address.
    for later in
        ["uid", "uri", "urls", "latestReadyRevision", "trafficStatuses", "observedGeneration", "conditions"]
    {
        remove(&mut metadata, later);
    }
    metadata
}

/// Refuses an id that Cloud Run would not take.
fn check_id(what: &str, id: &str) -> Result<(), Refusal> {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let good = !id.is_empty()
        && id.len() < 50
        && id.bytes().all(fits)
        && id.starts_with(|c: char| c.is_ascii_lowercase())
        && !id.ends_with('-');
    if good {
        return Ok(());
    }
    Err(Refusal::invalid(format!(
        "Violation in Create{what}Request: {id:?} is not a valid id: use lower-case letters, digits and hyphens, begin \
         with a letter, do not end with a hyphen, and use less than 50 characters."
    )))
}

fn check_location(request: &Request<'_>) -> Result<(), Refusal> {
    let location = request.name().split('/').nth(3).unwrap_or_default();
    if place(location) == Some(Place::Region) {
        return Ok(());
    }
    Err(Refusal::not_found(format!("Location {location} is not found or access is unauthorized.")))
}

/// Labels and annotations that Cloud Run keeps to itself.
const RESERVED: &[&str] =
    &["run.googleapis.com/", "cloud.googleapis.com/", "serving.knative.dev/", "autoscaling.knative.dev/"];

fn check_keys(document: &Value) -> Result<(), Refusal> {
    for field in ["labels", "annotations"] {
        for key in document[field].as_object().into_iter().flat_map(serde_json::Map::keys) {
            if RESERVED.iter().any(|it| key.starts_with(it)) {
                return Err(Refusal::invalid(format!("Key {key:?} in {field} is in a reserved namespace.")));
            }
        }
    }
    if document["description"].as_str().is_some_and(|it| it.chars().count() > 512) {
        return Err(Refusal::invalid("The description can have at most 512 characters."));
    }
    Ok(())
}

/// What a service's template and a job's task template share: containers, identity, environment.
fn complete_task(request: &Request<'_>, template: &mut Value) -> Result<(), Refusal> {
    let containers = template["containers"].as_array().cloned().unwrap_or_default();
    if containers.is_empty() {
        return Err(Refusal::invalid("template.containers: must have at least one container."));
    }
    let mut completed = Vec::new();
    for mut container in containers {
        if container["image"].as_str().is_none_or(str::is_empty) {
            return Err(Refusal::invalid("template.containers.image: must not be empty."));
        }
        default(&mut container, "resources", json!({}));
        default(&mut container["resources"], "limits", json!({}));
        default(&mut container["resources"]["limits"], "cpu", "1000m");
        default(&mut container["resources"]["limits"], "memory", "512Mi");
        completed.push(container);
    }
    template["containers"] = Value::Array(completed);
    default(template, "executionEnvironment", "EXECUTION_ENVIRONMENT_GEN2");
    let number = &request.project()?.number;
    default(template, "serviceAccount", format!("{number}-compute@developer.gserviceaccount.com"));
    Ok(())
}

/// The caller must be allowed to run as the account, which must exist: Google's one answer to both.
fn check_identity(tx: &Tx, request: &Request<'_>, template: &Value) -> Result<(), Refusal> {
    let Some(email) = template["serviceAccount"].as_str() else { return Ok(()) };
    let absent = Refusal::denied(format!(
        "Permission 'iam.serviceaccounts.actAs' denied on service account {email} (or it may not exist)."
    ));
    iam::check_act_as(tx, request, email, absent)
}

/// Marks a new state of a service or job.
fn stamp(request: &Request<'_>, document: &mut Value, old: Option<&Value>) {
    let now = moment::text(request.now);
    let before = old.and_then(|it| it["generation"].as_str()?.parse::<u64>().ok()).unwrap_or(0);
    let made = |field: &str, value: Value| old.map_or(value, |it| it[field].clone());
    document["createTime"] = made("createTime", json!(now));
    document["creator"] = made("creator", json!(request.caller.shown()));
    document["uid"] = made("uid", json!(made_up::uuid()));
    document["updateTime"] = json!(now);
    document["lastModifier"] = json!(request.caller.shown());
    document["generation"] = json!((before + 1).to_string());
    document["etag"] = json!(made_up::etag());
    document["terminalCondition"] =
        json!({"type": "Ready", "state": "CONDITION_SUCCEEDED", "lastTransitionTime": now});
    default(document, "launchStage", "GA");
}

/// Refuses a change by who saw an older state.
fn check_etag(request: &Request<'_>, current: &Value) -> Result<(), Refusal> {
    let sent = request.query.get("etag").or_else(|| request.body["etag"].as_str());
    if made_up::is_stale(sent, current["etag"].as_str()) {
        return Err(Refusal::aborted(format!(
            "Conflict for resource '{}': version '{}' was specified but current version is '{}'.",
            current["name"].as_str().unwrap_or_default(),
            sent.unwrap_or_default(),
            current["etag"].as_str().unwrap_or_default()
        )));
    }
    Ok(())
}

/// What a caller may say of a service or job, taken from the body.
fn given(request: &Request<'_>, name: &str) -> Value {
    let mut document = visible(request.body.clone());
    remove(&mut document, "etag");
    document["name"] = json!(name);
    document
}

/// The name that a create makes.
fn created(request: &Request<'_>, collection: &str, parameter: &str, what: &str) -> Result<String, Refusal> {
    check_location(request)?;
    let name = crate::resource::created(request, collection, parameter)?;
    check_id(what, crate::request::last(&name))?;
    Ok(name)
}
