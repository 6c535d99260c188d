//! What jobs of every template have in common: states, replacements, endings.

use std::time::Duration;

use engine::{Call, Failure, Live, Method, Place, Session, Update};
use serde::Serialize;
use serde_json::{Value, json};

use super::API;
use crate::check;
use crate::resource::Kind;
use crate::rest::{self, Made};

/// What becomes of a streaming job that is declared no more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OnDelete {
    /// Takes nothing new in, and works off what it has.
    #[default]
    Drain,
    /// Stops at once, and loses what it had taken in.
    Cancel,
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Starting,
    Running,
    /// A batch that has done what it was for.
    Done,
    /// Another job has taken its place.
    Updated,
    /// Drained, cancelled or failed: it will do nothing more.
    Over,
}

fn stage(job: &Value) -> Stage {
    let state = job.get("currentState").and_then(Value::as_str).unwrap_or_default();
    match state.strip_prefix("JOB_STATE_").unwrap_or(state) {
        "RUNNING" | "DRAINING" | "CANCELLING" | "RESOURCE_CLEANING_UP" | "PAUSING" | "PAUSED" => {
            Stage::Running
        }
        "DONE" => Stage::Done,
        "UPDATED" => Stage::Updated,
        "FAILED" | "CANCELLED" | "DRAINED" => Stage::Over,
        // A job is made stopped, and says nothing of its state at first.
        _ => Stage::Starting,
    }
}

fn is_streaming(job: &Value) -> bool {
    job.get("type").and_then(Value::as_str) != Some("JOB_TYPE_BATCH")
}

fn jobs(inputs: &Value) -> Result<String, Failure> {
    let path = "v1b3/projects/{project}/locations/{location}/jobs";
    rest::fill(path, inputs, true).ok_or_else(|| Failure::other("the job's place is not known yet"))
}

fn live(job: Value) -> Live {
    let id = job.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    Live { id, state: job }
}

/// The job, or the one that has taken its place; without an id, the active one of its name.
///
/// # Errors
/// Any refusal but that it does not exist.
pub(super) async fn read(session: &Session, at: Place<'_>) -> Result<Option<Live>, Failure> {
    let mut next = at.id.map(str::to_owned);
    while let Some(id) = next.take() {
        match get(session, at.inputs, &id).await {
            Ok(job) => match stage(&job) {
                Stage::Starting | Stage::Running | Stage::Done => return Ok(Some(live(job))),
                Stage::Updated => {
                    next = job.get("replacedByJobId").and_then(Value::as_str).map(str::to_owned)
                }
                Stage::Over => {}
            },
            Err(failure) if failure.is_absent() => {}
            Err(failure) => return Err(failure),
        }
    }
    active(session, at.inputs).await
}

async fn get(session: &Session, inputs: &Value, id: &str) -> Result<Value, Failure> {
    let call = Call::get(API, format!("{}/{id}", jobs(inputs)?)).query("view", "JOB_VIEW_SUMMARY");
    session.send(&call).await
}

/// The active job of this name: there is at most one in a region.
async fn active(session: &Session, inputs: &Value) -> Result<Option<Live>, Failure> {
    let Some(name) = inputs.get("name").and_then(Value::as_str) else { return Ok(None) };
    let call = Call::get(API, jobs(inputs)?).query("filter", "ACTIVE").query("name", name);
    let answer = match session.send(&call).await {
        Ok(answer) => answer,
        Err(failure) if failure.is_absent() => return Ok(None),
        Err(failure) => return Err(failure),
    };
    let jobs = answer.get("jobs").and_then(Value::as_array).into_iter().flatten();
    Ok(jobs.filter(|it| it["name"] == name).find(|it| stage(it) != Stage::Over).cloned().map(live))
}

/// The jobs of every template that run, wherever they do.
///
/// # Errors
/// Any refusal.
pub(super) async fn list(kind: &Kind, session: &Session, project: &str) -> Result<Vec<Live>, Failure> {
    let path = format!("v1b3/projects/{}/jobs:aggregated", rest::segment(project));
    let call = Call::get(API, path).query("filter", "ACTIVE");
    let found = rest::list(session, &call, kind.listed.as_ref().map_or("", |it| it.items)).await?;
    let place = |it: &Value| {
        (it["id"].as_str().map(str::to_owned), json!({ "project": project, "location": it["location"] }))
    };
    let places = found.iter().map(place).collect();
    rest::each(places, async |(id, place)| {
        let Some(id) = id else { return Ok(Vec::new()) };
        // A list is a summary.
        let call = Call::get(API, format!("{}/{id}", jobs(&place)?)).query("view", "JOB_VIEW_DESCRIPTION");
        match session.read(&call).await {
            Ok(job) => Ok(vec![Live { state: launched(&job, project), id }]),
            Err(failure) if failure.is_absent() => Ok(Vec::new()),
            Err(failure) => Err(failure),
        }
    })
    .await
}

/// What a job was launched with, as far as it tells: its template's parameters are options of its pipeline.
fn launched(job: &Value, project: &str) -> Value {
    let options = &job["environment"]["sdkPipelineOptions"]["options"];
    let mut environment = serde_json::Map::new();
    for (name, option) in [
        ("numWorkers", "numWorkers"),
        ("maxWorkers", "maxNumWorkers"),
        ("machineType", "workerMachineType"),
        ("diskSizeGb", "diskSizeGb"),
        ("enableStreamingEngine", "enableStreamingEngine"),
        ("additionalExperiments", "experiments"),
        ("flexrsGoal", "flexRSGoal"),
    ] {
        // What was not chosen is null, or nothing.
        if let Some(value) = options.get(option).filter(|it| !it.is_null() && **it != json!(0)) {
            environment.insert(name.to_owned(), value.clone());
        }
    }
    json!({
        "project": project,
        "location": job["location"],
        "name": job["name"],
        "type": job["type"],
        "labels": job["labels"],
        "parameters": options,
        "environment": environment,
    })
}

/// Launches a job, and waits until it runs.
///
/// # Errors
/// Any refusal, and that the job fails as it starts.
pub(super) async fn launch(
    kind: &Kind,
    session: &Session,
    at: Place<'_>,
    call: &Call,
) -> Result<Live, Failure> {
    let made = rest::send_create(kind, session, at, call, || active(session, at.inputs)).await?;
    started(session, at.inputs, call, made).await
}

/// Puts a new job into the place of a streaming one; ends a batch, and launches it again.
///
/// # Errors
/// Any refusal, and that the new job fails as it starts.
pub(super) async fn replace(
    kind: &Kind,
    session: &Session,
    update: &Update<'_>,
    call: impl Fn(bool) -> Result<Call, Failure>,
) -> Result<Live, Failure> {
    let at = update.at;
    if !is_streaming(&update.live.state) || stage(&update.live.state) == Stage::Done {
        end(session, at.inputs, &update.live.state, OnDelete::Cancel).await?;
        return launch(kind, session, at, &call(false)?).await;
    }
    let call = call(true)?;
    let old = update.live.id.clone();
    let look = || async {
        let job = get(session, at.inputs, &old).await?;
        match job.get("replacedByJobId").and_then(Value::as_str) {
            Some(id) => Ok(Some(live(get(session, at.inputs, id).await?))),
            None => Ok(None),
        }
    };
    let made = rest::send_create(kind, session, at, &call, look).await?;
    started(session, at.inputs, &call, made).await.map_err(|failure| match failure {
        Failure::Other { message, hint } => {
            Failure::Other { message: format!("{message}; the one before it goes on"), hint }
        }
        other => other,
    })
}

async fn started(session: &Session, inputs: &Value, call: &Call, made: Made) -> Result<Live, Failure> {
    let mut job = match made {
        Made::Answer(mut answer) => answer.get_mut("job").map(Value::take).unwrap_or_default(),
        Made::Found(live) => live.state,
    };
    let id = job.get("id").and_then(Value::as_str).map(str::to_owned);
    let id = id.ok_or_else(|| Failure::unexpected(call, "it does not say the job's id"))?;
    let mut wait = Duration::from_millis(500);
    while stage(&job) == Stage::Starting && !session.is_stopped() {
        session.pause(wait).await;
        wait = (wait * 3 / 2).min(Duration::from_secs(5));
        match get(session, inputs, &id).await {
            Ok(now) => job = now,
            // It may not be found for a moment.
            Err(failure) if failure.is_absent() => {}
            Err(failure) => return Err(failure),
        }
    }
    if stage(&job) == Stage::Over {
        let state = job["currentState"].as_str().unwrap_or_default();
        let text = |name: &str| inputs.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let place = format!("dataflow/jobs/{}/{id}?project={}", text("location"), text("project"));
        return Err(Failure::Other {
            message: format!("the job ended as {state} before it ran"),
            hint: Some(format!("see why at https://console.cloud.google.com/{place}")),
        });
    }
    Ok(live(job))
}

/// Ends the job, as the person wants it; that it is over already is success.
///
/// # Errors
/// Any refusal.
pub(super) async fn delete(session: &Session, at: Place<'_>) -> Result<(), Failure> {
    let Some(live) = read(session, at).await? else { return Ok(()) };
    let how = if at.inputs["onDelete"] == "cancel" { OnDelete::Cancel } else { OnDelete::Drain };
    end(session, at.inputs, &live.state, how).await
}

async fn end(session: &Session, inputs: &Value, job: &Value, how: OnDelete) -> Result<(), Failure> {
    if matches!(stage(job), Stage::Over | Stage::Done) {
        return Ok(());
    }
    let drain = how == OnDelete::Drain && is_streaming(job) && stage(job) == Stage::Running;
    let state = if drain { "JOB_STATE_DRAINING" } else { "JOB_STATE_CANCELLED" };
    let id = job["id"].as_str().unwrap_or_default();
    let call = Call::new(Method::Put, API, format!("{}/{id}", jobs(inputs)?))
        .body(json!({ "requestedState": state }));
    loop {
        match session.send(&call).await {
            Ok(_) => break,
            Err(failure) if failure.is_absent() || failure.to_string().contains("terminated") => {
                return Ok(());
            }
            Err(failure)
                if failure.to_string().contains("not yet ready for cancel") && !session.is_stopped() =>
            {
                session.pause(Duration::from_secs(5)).await;
            }
            Err(failure) => return Err(failure),
        }
    }
    let mut wait = Duration::from_millis(500);
    while !session.is_stopped() {
        match get(session, inputs, id).await {
            Ok(job) if matches!(stage(&job), Stage::Over | Stage::Done | Stage::Updated) => return Ok(()),
            Err(failure) if failure.is_absent() => return Ok(()),
            Ok(_) => {}
            Err(failure) => return Err(failure),
        }
        session.pause(wait).await;
        wait = (wait * 3 / 2).min(Duration::from_secs(5));
    }
    Err(Failure::other("stopped while the job was ending"))
}

/// What every job's name must look like.
pub(super) const NAME: &str = "[a-z]([-a-z0-9]{0,1022}[a-z0-9])?";

/// Whether a job may be called so.
pub(super) fn is_name(name: &str) -> bool {
    name.len() <= 1024 && check::dns_label(name)
}

/// The declared fields of these names, as they travel.
pub(super) fn body(kind: &Kind, inputs: &Value, fields: &[&str]) -> Value {
    let mut body = rest::body(kind, inputs);
    body.retain(|name, _| fields.contains(&name.as_str()));
    body.into()
}
