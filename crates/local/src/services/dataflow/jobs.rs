//! Jobs: what state they are in, told by when they were launched and stopped.

use serde_json::{Value, json};

use super::told;
use crate::error::Refusal;
use crate::made_up;
use crate::moment;
use crate::request::{Answer, Request};
use crate::resource::{self, Kind};
use crate::store::Tx;

pub(super) const JOB: Kind = Kind {
    collection: "dataflow/jobs",
    list: "jobs",
    missing: |request, _| {
        format!(
            "({}): Information about job {} could not be found in our system. Please double check the id is \
             correct. If it is please contact customer support.",
            made_up::hex(16),
            request.var("jobId")
        )
    },
    taken: resource::already_exists,
    show: |request, document| shown(document, moment::millis(request.now)),
    page: 100,
};

/// States after which nothing changes any more.
const TERMINAL: [&str; 5] =
    ["JOB_STATE_DONE", "JOB_STATE_FAILED", "JOB_STATE_CANCELLED", "JOB_STATE_UPDATED", "JOB_STATE_DRAINED"];

/// The location that a request is about.
pub(super) fn location<'a>(request: &'a Request<'_>) -> &'a str {
    match request.var("location") {
        "" => request.query.get("location").filter(|it| !it.is_empty()).unwrap_or("us-central1"),
        named => named,
    }
}

/// What all jobs of a location are named under.
pub(super) fn prefix(request: &Request<'_>) -> Result<String, Refusal> {
    Ok(format!("projects/{}/locations/{}/jobs/", request.project()?.id, location(request)))
}

fn name(request: &Request<'_>) -> Result<String, Refusal> {
    Ok(format!("{}{}", prefix(request)?, request.var("jobId")))
}

/// How long a job takes from one state to the next, in milliseconds.
pub(super) fn pace(request: &Request<'_>) -> i64 {
    i64::try_from(request.cloud.operation.as_millis()).unwrap_or(i64::MAX)
}

/// The state of a job, and since when it is in it.
pub(super) fn state(job: &Value, now: i64) -> (String, i64) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let launched = job["_launched"].as_i64().unwrap_or(0);
    let runs = match job["_moves"] == true {
        // One that moves messages runs as soon as it can read them: who sees it run loses none.
        true => job["_begun"].as_i64().unwrap_or(i64::MAX),
        false => starts(job),
    };
    if let Some(ended) = job["_ended"]["at"].as_i64() {
        let state = text(&job["_ended"]["state"]);
        let asked = job["_ended"]["asked"].as_i64().unwrap_or(ended);
        let meanwhile = match state.as_str() {
            "JOB_STATE_DRAINED" => "JOB_STATE_DRAINING",
            _ => "JOB_STATE_CANCELLING",
        };
        return if now >= ended { (state, ended) } else { (meanwhile.to_owned(), asked) };
    }
    if now >= runs {
        return ("JOB_STATE_RUNNING".to_owned(), runs);
    }
    // A flex template first waits for the machine that launches it.
    let waiting = if job["_flex"] == true { "JOB_STATE_QUEUED" } else { "JOB_STATE_PENDING" };
    (waiting.to_owned(), launched)
}

/// When the machines of a job are there, in milliseconds.
pub(super) fn starts(job: &Value) -> i64 {
    job["_runs"].as_i64().or_else(|| job["_launched"].as_i64()).unwrap_or(0)
}

pub(super) fn is_terminal(state: &str) -> bool {
    TERMINAL.contains(&state)
}

pub(super) fn is_active(job: &Value, now: i64) -> bool {
    !TERMINAL.contains(&state(job, now).0.as_str())
}

fn time(millis: i64) -> Value {
    let at = time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000);
    at.map_or(Value::Null, |it| json!(moment::text(it)))
}

/// A job as `get` shows it at a time.
fn shown(job: Value, now: i64) -> Value {
    let (state, since) = state(&job, now);
    let queued = state == "JOB_STATE_QUEUED";
    let stopping = matches!(state.as_str(), "JOB_STATE_CANCELLING" | "JOB_STATE_DRAINING");
    let asked = job["_ended"]["state"].clone();
    let mut out = resource::visible(job);
    out["currentState"] = json!(state);
    out["currentStateTime"] = time(since);
    out["pipelineDescription"] = json!({});
    if queued {
        // Until it is launched nobody knows what a flex template will be.
        out["environment"] = json!({"dataset": out["environment"]["dataset"]});
        for field in ["type", "labels"] {
            resource::remove(&mut out, field);
        }
    } else {
        out["jobMetadata"] = json!({});
    }
    if stopping {
        out["requestedState"] = asked;
    }
    out
}

pub(super) fn get(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let job = JOB.load(tx, request, &name(request)?)?;
    Ok(JOB.answer(request, job))
}

fn list_under(tx: &Tx, request: &Request<'_>, prefix: &str) -> Result<Answer, Refusal> {
    let now = moment::millis(request.now);
    let filter = request.query.get("filter").unwrap_or_default();
    let named = request.query.get("name").filter(|it| !it.is_empty());
    let mut answer = JOB.list_where(tx, request, prefix, |_, it| {
        let active = is_active(it, now);
        let fits = match filter {
            "ACTIVE" => active,
            "TERMINATED" => !active,
            _ => true,
        };
        fits && named.is_none_or(|name| it["name"] == name)
    })?;
    // A list is a summary: what a job was started with is told by `get`.
    if let crate::request::Body::Json(body) = &mut answer.body {
        for job in body.get_mut("jobs").and_then(Value::as_array_mut).into_iter().flatten() {
            for field in ["environment", "pipelineDescription", "jobMetadata"] {
                resource::remove(job, field);
            }
        }
    }
    Ok(answer)
}

pub(super) fn list(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    list_under(tx, request, &prefix(request)?)
}

/// The jobs of all locations.
pub(super) fn aggregated(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    list_under(tx, request, &format!("projects/{}/locations/", request.project()?.id))
}

fn refused(why: &str) -> Refusal {
    Refusal::precondition(format!("({}): Workflow modification failed. Causes: {why}", made_up::hex(16)))
}

/// Asks a job to stop, or changes how many workers it may have.
pub(super) fn update(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = name(request)?;
    let mut job = JOB.load(tx, request, &name)?;
    let now = moment::millis(request.now);
    let (current, _) = state(&job, now);
    let mask = request.mask();
    if let Some(wrong) = mask
        .iter()
        .find(|it| !it.starts_with("runtimeUpdatableParams") && !it.starts_with("runtime_updatable_params"))
    {
        return Err(Refusal::invalid(format!("The update mask may not have the field {wrong}.")));
    }
    let requested = request.text("requestedState");
    if !mask.is_empty() && !requested.is_empty() {
        return Err(Refusal::invalid("Either the requested state or the update mask may be set, not both."));
    }
    if TERMINAL.contains(&current.as_str()) {
        return Err(refused(&format!("Job has terminated in state {current}.")));
    }
    if !mask.is_empty() {
        resource::apply_mask(&mut job, &request.body, &mask);
        JOB.save(tx, &name, &job)?;
        return Ok(JOB.answer(request, job));
    }
    let (end, meanwhile) = match requested {
        "JOB_STATE_CANCELLED" => ("JOB_STATE_CANCELLED", "JOB_STATE_CANCELLING"),
        "JOB_STATE_DRAINED" | "JOB_STATE_DRAINING" => {
            if job["type"] != "JOB_TYPE_STREAMING" {
                return Err(refused("Drain is only supported for streaming jobs."));
            }
            if current == "JOB_STATE_QUEUED" || current == "JOB_STATE_PENDING" {
                return Err(refused("The job is not yet ready for draining."));
            }
            ("JOB_STATE_DRAINED", "JOB_STATE_DRAINING")
        }
        "" => return Err(Refusal::invalid("The requested state must be set.")),
        other => return Err(Refusal::invalid(format!("The requested state {other} is not supported."))),
    };
    job["_ended"] = json!({"state": end, "asked": now, "at": now.saturating_add(pace(request))});
    let said = match end {
        "JOB_STATE_DRAINED" => "Executing drain: the job takes no more messages.",
        _ => "Cancel request is committed for workflow job.",
    };
    told::say(tx, &name, request.now, "JOB_MESSAGE_BASIC", said)?;
    JOB.save(tx, &name, &job)?;
    Ok(Answer::json(json!({
        "id": job["id"],
        "projectId": job["projectId"],
        "name": job["name"],
        "type": job["type"],
        "currentState": meanwhile,
        "requestedState": end,
    })))
}

/// How much a job has moved.
pub(super) fn metrics(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = name(request)?;
    JOB.load(tx, request, &name)?;
    let mut answer = json!({"metricTime": request.time()});
    let metrics = told::metrics(tx, &name, &request.time())?;
    if !metrics.is_empty() {
        answer["metrics"] = json!(metrics);
    }
    Ok(Answer::json(answer))
}

/// What a job has said.
pub(super) fn messages(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = name(request)?;
    JOB.load(tx, request, &name)?;
    told::list(tx, request, &name)
}
