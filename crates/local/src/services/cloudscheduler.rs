//! Cloud Scheduler v1: jobs. Their schedules are kept and told; nothing fires them here.

use serde_json::{Value, json};

use super::{regions, schedule};
use crate::error::Refusal;
use crate::iam;
use crate::made_up;
use crate::moment;
use crate::request::{Answer, Handler, Request, last, parent};
use crate::resource::{self, Kind, apply_mask};
use crate::store::Tx;

/// The handler of a method, named without `cloudscheduler.`.
pub fn handler(method: &str) -> Option<Handler> {
    Some(match method {
        "projects.locations.list" => |_, request| regions::list(request, &[]),
        "projects.locations.jobs.create" => create,
        "projects.locations.jobs.get" => |tx, request| JOB.get(tx, request),
        "projects.locations.jobs.list" => |tx, request| JOB.list(tx, request),
        "projects.locations.jobs.patch" => patch,
        "projects.locations.jobs.delete" => |tx, request| JOB.drop(tx, request),
        "projects.locations.jobs.pause" => |tx, request| turn(tx, request, "PAUSED"),
        "projects.locations.jobs.resume" => |tx, request| turn(tx, request, "ENABLED"),
        _ => return None,
    })
}

const JOB: Kind = Kind {
    collection: "cloudscheduler/jobs",
    list: "jobs",
    missing: |_, _| "Job not found.".to_owned(),
    taken: |_, name| format!("Job {name} already exists."),
    show: resource::plain,
    page: 500,
};

const TARGETS: [&str; 3] = ["httpTarget", "pubsubTarget", "appEngineHttpTarget"];

/// The scope of a token whose job names none.
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";

/// Headers that callers may not set: the scheduler's own.
fn is_own(header: &str) -> bool {
    let header = header.to_ascii_lowercase();
    header == "content-length"
        || header == "host"
        || header.starts_with("x-google-")
        || header.starts_with("x-appengine-")
}

fn complete_headers(target: &mut Value, agent: &str) {
    let mut headers = resource::remove(target, "headers").unwrap_or_else(|| json!({}));
    if let Value::Object(given) = &mut headers {
        given.retain(|name, _| !is_own(name));
        let has = |name: &str| given.keys().any(|it| it.eq_ignore_ascii_case(name));
        let (typed, named) = (has("content-type"), has("user-agent"));
        if !typed && resource::has(target, "body") {
            given.insert("Content-Type".to_owned(), json!("application/octet-stream"));
        }
        if !named {
            given.insert("User-Agent".to_owned(), json!(agent));
        }
    }
    target["headers"] = headers;
    resource::default(target, "httpMethod", "POST");
}

/// Fills in what Google does.
fn complete(request: &Request<'_>, job: &mut Value) {
    resource::default(job, "timeZone", "UTC");
    if job["httpTarget"].is_object() {
        let target = &mut job["httpTarget"];
        complete_headers(target, "Google-Cloud-Scheduler");
        let uri = target["uri"].clone();
        if target["oidcToken"].is_object() {
            resource::default(&mut target["oidcToken"], "audience", uri);
        }
        if target["oauthToken"].is_object() {
            resource::default(&mut target["oauthToken"], "scope", SCOPE);
        }
    }
    if job["appEngineHttpTarget"].is_object() {
        let target = &mut job["appEngineHttpTarget"];
        complete_headers(target, "AppEngine-Google; (+http://code.google.com/appengine)");
        resource::default(target, "relativeUri", "/");
    }
    if job["pubsubTarget"].is_object() {
        // A message is acknowledged at once: there is no deadline to wait for.
        resource::remove(job, "attemptDeadline");
    } else {
        resource::default(job, "attemptDeadline", "180s");
    }
    if !job["retryConfig"].is_object() {
        job["retryConfig"] = json!({});
    }
    let retry = &mut job["retryConfig"];
    resource::default(retry, "maxRetryDuration", "0s");
    resource::default(retry, "minBackoffDuration", "5s");
    resource::default(retry, "maxBackoffDuration", "3600s");
    resource::default(retry, "maxDoublings", 5);
    job["userUpdateTime"] = request.time();
    // Time zones other than UTC are kept, but their offsets are not known here.
    let next = job["schedule"].as_str().and_then(schedule::parse).and_then(|it| it.next(request.now));
    if let Some(next) = next {
        job["scheduleTime"] = json!(moment::seconds(next));
    }
}

fn check(tx: &Tx, request: &Request<'_>, job: &Value) -> Result<(), Refusal> {
    let text = job["schedule"].as_str().unwrap_or_default();
    if schedule::parse(text).is_none() {
        return Err(Refusal::invalid("Schedule or time zone is invalid."));
    }
    let targets: Vec<&str> = TARGETS.iter().copied().filter(|it| job[*it].is_object()).collect();
    let [target] = targets[..] else {
        return Err(Refusal::invalid("Job must have exactly one target: App Engine, HTTP or Pub/Sub."));
    };
    if job["description"].as_str().is_some_and(|it| it.chars().count() > 500) {
        return Err(Refusal::invalid("Job.description must have at most 500 characters."));
    }
    let inner = &job[target];
    let bodied = matches!(inner["httpMethod"].as_str(), None | Some("POST" | "PUT" | "PATCH"));
    if target != "pubsubTarget" && !bodied && resource::has(inner, "body") {
        return Err(Refusal::invalid("HTTP body is only allowed with the methods POST, PUT and PATCH."));
    }
    match target {
        "pubsubTarget" => {
            let topic = inner["topicName"].as_str().unwrap_or_default();
            let parts: Vec<&str> = topic.split('/').collect();
            if !matches!(parts[..], ["projects", _, "topics", _]) {
                return Err(Refusal::invalid(
                    "Pubsub topic name must have the form projects/PROJECT/topics/TOPIC.",
                ));
            }
            let filled = |field: &str| match &inner[field] {
                Value::String(text) => !text.is_empty(),
                Value::Object(entries) => !entries.is_empty(),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => false,
            };
            if !filled("data") && !filled("attributes") {
                return Err(Refusal::invalid(
                    "Pubsub message must contain either non-empty data, or at least one attribute.",
                ));
            }
        }
        "httpTarget" => {
            let uri = inner["uri"].as_str().unwrap_or_default();
            if !uri.starts_with("http://") && !uri.starts_with("https://") {
                return Err(Refusal::invalid("Job.http_target.uri must be a URI of http or https."));
            }
            for token in ["oidcToken", "oauthToken"] {
                let Some(email) = inner[token]["serviceAccountEmail"].as_str() else { continue };
                iam::check_act_as(
                    tx,
                    request,
                    email,
                    Refusal::not_found(format!("Service account {email} does not exist.")),
                )?;
            }
        }
        _ => {}
    }
    let seconds = job["attemptDeadline"].as_str().and_then(moment::duration_seconds);
    let most = if target == "httpTarget" { 1800.0 } else { 86_415.0 };
    if target != "pubsubTarget" && seconds.is_some_and(|it| !(15.0..=most).contains(&it)) {
        return Err(Refusal::invalid(format!("Job.attempt_deadline must be between 15s and {most}s.")));
    }
    Ok(())
}

fn create(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    regions::check(last(request.name()), &[])?;
    let given = request.named(request.text("name"));
    let name =
        if given.is_empty() { format!("{}/jobs/{}", request.name(), made_up::digits(20)) } else { given };
    if parent(&name) != request.name() {
        return Err(Refusal::invalid(format!("Job name must begin with \"{}/jobs/\".", request.name())));
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let words = "Job ID can contain only letters, digits, hyphens and underscores, and at most 500 of them.";
    resource::check_id(last(&name), 1..=500, fits, words)?;
    let mut job = request.body.clone();
    job["name"] = json!(name);
    check(tx, request, &job)?;
    complete(request, &mut job);
    job["state"] = json!("ENABLED");
    JOB.insert(tx, request, &name, &job)?;
    Ok(JOB.answer(request, job))
}

fn patch(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name();
    let old = JOB.load(tx, request, name)?;
    let mut mask = request.mask();
    resource::check_mask(request, "Job", &mask)?;
    if mask.is_empty() {
        mask = request.body.as_object().into_iter().flatten().map(|(field, _)| field.clone()).collect();
    }
    mask.retain(|it| it != "name");
    let mut job = old;
    // A target given in the place of another is the only one from now on.
    if let Some(target) = TARGETS.iter().find(|it| request.body[**it].is_object() && !job[**it].is_object()) {
        for other in TARGETS.iter().filter(|it| *it != target) {
            resource::remove(&mut job, other);
        }
    }
    apply_mask(&mut job, &request.body, &mask);
    check(tx, request, &job)?;
    complete(request, &mut job);
    JOB.save(tx, name, &job)?;
    Ok(JOB.answer(request, job))
}

/// Pauses or resumes a job; one that is in that state already stays in it.
fn turn(tx: &mut Tx, request: &Request<'_>, state: &str) -> Result<Answer, Refusal> {
    let name = request.name();
    let mut job = JOB.load(tx, request, name)?;
    if job["state"] != state {
        job["state"] = json!(state);
        complete(request, &mut job);
        JOB.save(tx, name, &job)?;
    }
    Ok(JOB.answer(request, job))
}
