//! Begins, feeds and ends the jobs that move messages.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::jobs::{self, JOB};
use super::mover;
use super::pipeline::PIPELINES;
use super::told;
use crate::cloud::Cloud;
use crate::error::{Code, Refusal};
use crate::iam;
use crate::made_up;
use crate::moment;
use crate::request::{Caller, Request, last};
use crate::services::pubsub::{self, Rows};
use crate::store::Tx;

/// How often it looks what there is to do.
const PAUSE: Duration = Duration::from_millis(50);

/// What failed is tried again after so many microseconds.
pub(super) const REST: i64 = 1_000_000;

/// For so many milliseconds a job that lacks a permission waits for it: grants take a while to be known.
const PATIENCE: i64 = 180_000;

/// Looks after jobs as long as the cloud runs.
pub async fn keep(cloud: Arc<Cloud>) {
    loop {
        // What cannot be read now is read at the next round.
        let all = cloud.store.read().and_then(|tx| tx.all(PIPELINES, "")).unwrap_or_default();
        let mut more = false;
        for (key, pipeline) in all {
            let work = Arc::clone(&cloud);
            // One that fails, or panics, is tried again and does not keep the others waiting.
            let done = tokio::task::spawn_blocking(move || tend(&work, &key, &pipeline)).await;
            more |= matches!(done, Ok(Ok(true)));
        }
        if !more {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Whose work it is.
pub(super) struct Worker<'a> {
    pub cloud: &'a Cloud,
    pub caller: Caller,
}

pub(super) fn table_denied(table: &str, permission: &str) -> Refusal {
    let parts: Vec<&str> = table.split('/').collect();
    let part = |at: usize| parts.get(at).copied().unwrap_or_default();
    let name = format!("{}:{}.{}", part(1), part(3), part(5));
    Refusal::denied(format!(
        "Access Denied: Table {name}: Permission {permission} denied on table {name} (or it may not exist)."
    ))
}

impl<'a> Worker<'a> {
    pub fn of(cloud: &'a Cloud, pipeline: &Value) -> Worker<'a> {
        let caller = match pipeline["account"].as_str() {
            Some(email) => Caller::Principal(email.to_owned()),
            None => Caller::Owner,
        };
        Worker { cloud, caller }
    }

    fn may(&self, tx: &Tx, permission: &str, api: &str, name: &str) -> Result<bool, Refusal> {
        let project = name.split('/').nth(1).unwrap_or_default();
        Ok(iam::allowed(tx, Some(&self.caller), permission, &iam::key(api, name), project)?)
    }

    pub fn check_table(&self, tx: &Tx, permission: &str, table: &str) -> Result<(), Refusal> {
        if self.may(tx, permission, "bigquery", table)? {
            Ok(())
        } else {
            Err(table_denied(table, permission))
        }
    }

    pub fn check_messages(&self, tx: &Tx, permission: &str, name: &str) -> Result<(), Refusal> {
        if self.may(tx, permission, "pubsub", name)? {
            return Ok(());
        }
        Err(Refusal::denied(format!(
            "User not authorized to perform this action: {} lacks {permission} on {name}.",
            self.caller.shown()
        )))
    }

    fn check_role(&self, tx: &Tx, project: &str) -> Result<(), Refusal> {
        if self.may(tx, "dataflow.workItems.lease", "dataflow", &format!("projects/{project}"))? {
            return Ok(());
        }
        Err(Refusal::denied(format!(
            "Permissions verification for controller service account failed. All permissions in IAM role \
             roles/dataflow.worker should be granted to controller service account {}.",
            self.caller.shown()
        )))
    }

    pub fn rows(&self) -> Result<&'a dyn Rows, Refusal> {
        let rows = self.cloud.rows.get().map(AsRef::as_ref);
        rows.ok_or_else(|| Refusal::internal("Nobody keeps the rows of tables."))
    }
}

/// Does what a job needs; says whether it is to be asked again at once.
fn tend(cloud: &Cloud, key: &str, pipeline: &Value) -> Result<bool, Refusal> {
    let now = moment::millis(cloud.clock.now());
    let job = JOB.find(&cloud.store.read()?, key)?;
    let state = job.as_ref().map_or_else(|| "JOB_STATE_FAILED".to_owned(), |it| jobs::state(it, now).0);
    if jobs::is_terminal(&state) {
        end(cloud, key, pipeline, &state)?;
        return Ok(false);
    }
    let Some(job) = job else { return Ok(false) };
    let rests = pipeline["rests"].as_i64().is_some_and(|it| it > cloud.clock.micros());
    if rests || now < jobs::starts(&job) {
        return Ok(false);
    }
    if pipeline["idle"] == true {
        if pipeline["said"] != true {
            say_idle(cloud, key)?;
        }
        return Ok(false);
    }
    let done = match state.as_str() {
        "JOB_STATE_PENDING" | "JOB_STATE_QUEUED" => begin(cloud, key, pipeline),
        "JOB_STATE_RUNNING" => mover::some(cloud, key, pipeline),
        // What was taken was written in the same breath: there is nothing left to finish.
        _ => return Ok(false),
    };
    match done {
        Ok(more) => Ok(more),
        Err(refusal) => {
            trouble(cloud, key, &refusal)?;
            Ok(false)
        }
    }
}

fn say_idle(cloud: &Cloud, key: &str) -> Result<(), Refusal> {
    let mut tx = cloud.store.write()?;
    tx.put(PIPELINES, key, &json!({"idle": true, "said": true}))?;
    let text = "The local cloud does not carry this template out: the job runs, and computes nothing.";
    told::say(&mut tx, key, cloud.clock.now(), "JOB_MESSAGE_WARNING", text)?;
    Ok(tx.commit()?)
}

/// Lets a job run: what it reads is there, and its workers may read it.
fn begin(cloud: &Cloud, key: &str, pipeline: &Value) -> Result<bool, Refusal> {
    let worker = Worker::of(cloud, pipeline);
    let mut tx = cloud.store.write()?;
    let (Some(mut job), Some(mut pipeline)) = (JOB.find(&tx, key)?, tx.get(PIPELINES, key)?) else {
        return Ok(false);
    };
    if job["_ended"].is_object() {
        return Ok(false);
    }
    if pipeline["script"] == true {
        return Err(Refusal::new(
            Code::Unimplemented,
            "The local cloud runs no JavaScript: launch the job without javascriptTextTransformGcsPath and \
             javascriptTextTransformFunctionName.",
        ));
    }
    worker.check_role(&tx, key.split('/').nth(1).unwrap_or_default())?;
    let input = pipeline["input"].as_str().unwrap_or_default().to_owned();
    let missing = || Refusal::not_found(format!("Resource not found (resource={}).", last(&input)));
    let mut made = None;
    if pipeline["own"] != true {
        if tx.get("pubsub/subscriptions", &input)?.is_none() {
            return Err(missing());
        }
        pubsub::check_pull(&tx, &input)?;
        worker.check_messages(&tx, "pubsub.subscriptions.consume", &input)?;
    } else if pipeline["subscription"].is_null() {
        if tx.get("pubsub/topics", &input)?.is_none() {
            return Err(missing());
        }
        worker.check_messages(&tx, "pubsub.topics.attachSubscription", &input)?;
        let name = own_name(key, &input);
        let document = make_subscription(&mut tx, cloud, &name, &input)?;
        pipeline["subscription"] = json!(name);
        made = Some((name, document));
    }
    for field in ["trouble", "rests"] {
        crate::resource::remove(&mut pipeline, field);
    }
    tx.put(PIPELINES, key, &pipeline)?;
    job["_begun"] = json!(moment::millis(cloud.clock.now()));
    JOB.save(&mut tx, key, &job)?;
    let text = "All workers have finished the startup processes and began to receive work requests.";
    told::say(&mut tx, key, cloud.clock.now(), "JOB_MESSAGE_BASIC", text)?;
    tx.commit()?;
    if let Some((name, document)) = made {
        cloud.pubsub.sync_subscription(&name, Some(&document));
    }
    Ok(true)
}

/// A name for the subscription that a job reads its topic by.
fn own_name(job: &str, topic: &str) -> String {
    let project = job.split('/').nth(1).unwrap_or_default();
    let id: String = last(topic).chars().take(200).collect();
    format!("projects/{project}/subscriptions/{id}.subscription-{}", made_up::digits(19))
}

/// Dataflow makes it itself, for workers that may attach to the topic.
fn make_subscription(tx: &mut Tx, cloud: &Cloud, name: &str, topic: &str) -> Result<Value, Refusal> {
    let project = name.split('/').nth(1).unwrap_or_default();
    let mut request = Request::own(
        cloud,
        ("pubsub", "v1"),
        "pubsub.projects.subscriptions.create",
        &[("name", name)],
        cloud.known(project),
        Caller::Owner,
    )?;
    // It does not expire, however long nothing comes.
    request.body = json!({"topic": topic, "ackDeadlineSeconds": 600, "expirationPolicy": {}});
    pubsub::make_subscription(tx, &request)
}

/// Says once what a job's work fails of. It is tried again; but what can never be, or was not granted in time for
/// the job to begin, fails the job.
fn trouble(cloud: &Cloud, key: &str, why: &Refusal) -> Result<(), Refusal> {
    let mut tx = cloud.store.write()?;
    let (Some(mut job), Some(mut pipeline)) = (JOB.find(&tx, key)?, tx.get(PIPELINES, key)?) else {
        return Ok(());
    };
    let now = moment::millis(cloud.clock.now());
    let begun = job["_begun"].is_i64();
    let waits = match why.code {
        Code::PermissionDenied => now < jobs::starts(&job).saturating_add(PATIENCE),
        Code::Internal | Code::Unavailable | Code::OutOfSpace => true,
        _ => false,
    };
    if begun || waits {
        pipeline["rests"] = json!(cloud.clock.micros().saturating_add(REST));
        if pipeline["trouble"] != why.message.as_str() {
            pipeline["trouble"] = json!(why.message);
            told::say(&mut tx, key, cloud.clock.now(), "JOB_MESSAGE_ERROR", &why.message)?;
        }
        tx.put(PIPELINES, key, &pipeline)?;
    } else {
        job["_ended"] = json!({"state": "JOB_STATE_FAILED", "asked": now, "at": now});
        JOB.save(&mut tx, key, &job)?;
        let text = format!("Workflow failed. Causes: {}", why.message);
        told::say(&mut tx, key, cloud.clock.now(), "JOB_MESSAGE_ERROR", &text)?;
    }
    Ok(tx.commit()?)
}

/// Removes what a job that is over had for itself.
fn end(cloud: &Cloud, key: &str, pipeline: &Value, state: &str) -> Result<(), Refusal> {
    let mut tx = cloud.store.write()?;
    // It may have been handed on to the job that took the place of this one.
    if tx.get(PIPELINES, key)?.is_none() {
        return Ok(());
    }
    let own = pipeline["subscription"].as_str().filter(|_| pipeline["own"] == true);
    if let Some(name) = own {
        pubsub::forget_subscription(&mut tx, name)?;
    }
    tx.remove(PIPELINES, key)?;
    if pipeline["idle"] != true {
        let text = format!("The job has ended in the state {state}.");
        told::say(&mut tx, key, cloud.clock.now(), "JOB_MESSAGE_BASIC", &text)?;
    }
    tx.commit()?;
    if let Some(name) = own {
        cloud.pubsub.sync_subscription(name, None);
    }
    Ok(())
}
