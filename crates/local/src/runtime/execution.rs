//! Runs executions of jobs: their tasks, some at once, each again while it fails and may.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::failure::Failure;
use super::image::{self, Image};
use super::logs::Log;
use super::process::{self, GRACE, Process};
use super::revision::container;
use super::{Runtime, blocking, command, environment, locked, queue};
use crate::cloud::Cloud;
use crate::moment;
use crate::operation;
use crate::request::{last, parent};
use crate::resource::{remove, visible};
use crate::store::{StoreError, Tx};

/// How often we ask whether somebody cancels.
const PAUSE: Duration = Duration::from_millis(200);

/// The processes of executions that run.
#[derive(Default)]
pub struct Executions(Mutex<HashMap<String, Process>>);

impl Executions {
    /// All of them, to be ended.
    pub fn take(&self) -> Vec<Process> {
        locked(&self.0).drain().map(|(_, it)| it).collect()
    }
}

/// What the tasks of an execution share.
struct Work {
    execution: String,
    image: Image,
    container: Value,
    variables: BTreeMap<String, String>,
    tasks: u64,
    parallelism: usize,
    retries: u64,
    timeout: Duration,
}

/// What came of an execution.
#[derive(Default)]
struct Outcome {
    succeeded: u64,
    failed: u64,
    cancelled: u64,
    retried: u64,
    said: String,
}

/// How a task ended.
enum Ending {
    Succeeded,
    Failed(String),
    Cancelled,
}

impl Runtime {
    /// Runs an execution to its end and settles the operation that waits for it.
    pub(super) async fn execute(self: &Arc<Self>, execution: &str, entry: &Value) {
        let (cloud, name) = (Arc::clone(&self.cloud), execution.to_owned());
        let outcome = match blocking(move || prepare(&cloud, &name)).await {
            Ok(work) => Ok(self.run(Arc::new(work)).await),
            Err(failure) => Err(failure),
        };
        let (cloud, name) = (Arc::clone(&self.cloud), execution.to_owned());
        let operation = entry["operation"].as_str().unwrap_or_default().to_owned();
        // If it cannot be written down, it is run again.
        let _ = blocking(move || {
            let mut tx = cloud.store.write()?;
            settle(&mut tx, &cloud.time(), &name, &operation, outcome)?;
            Ok(tx.commit()?)
        })
        .await;
    }

    async fn run(self: &Arc<Self>, work: Arc<Work>) -> Outcome {
        let places = Arc::new(Semaphore::new(work.parallelism));
        let mut tasks = JoinSet::new();
        for index in 0..work.tasks {
            let (runtime, work, places) = (Arc::clone(self), Arc::clone(&work), Arc::clone(&places));
            tasks.spawn(async move {
                let _place = places.acquire_owned().await;
                runtime.task(&work, index).await
            });
        }
        let mut outcome = Outcome::default();
        while let Some(ended) = tasks.join_next().await {
            let (ending, retried) =
                ended.unwrap_or_else(|it| (Ending::Failed(format!("The local cloud failed: {it}.")), 0));
            outcome.retried += retried;
            match ending {
                Ending::Succeeded => outcome.succeeded += 1,
                Ending::Cancelled => outcome.cancelled += 1,
                Ending::Failed(said) => {
                    outcome.failed += 1;
                    outcome.said = said;
                }
            }
        }
        outcome
    }

    /// Runs one task until it succeeds or may not be tried again; tells also how often it was.
    async fn task(&self, work: &Work, index: u64) -> (Ending, u64) {
        let mut attempt = 0;
        loop {
            let ending = self.attempt(work, index, attempt).await;
            if !matches!(ending, Ending::Failed(_)) || attempt == work.retries {
                return (ending, attempt);
            }
            attempt += 1;
        }
    }

    async fn attempt(&self, work: &Work, index: u64, attempt: u64) -> Ending {
        let task = format!("{}-task{index}", last(&work.execution));
        let failed = |said: String| Ending::Failed(format!("Task {task} failed with message: {said}"));
        let Some(command) = command::of(&work.image, &work.container, work.variables_of(index, attempt))
        else {
            return failed("The image has neither an entrypoint nor a command.".to_owned());
        };
        let log = match Log::open(&self.cloud, last(parent(&work.execution)), &task) {
            Ok(log) => log,
            Err(error) => return failed(format!("The log cannot be written: {error}.")),
        };
        let process = match process::spawn(&self.cloud, &command, &log, false).await {
            Ok(process) => process,
            Err(error) => return failed(format!("The container cannot be started: {error}.")),
        };
        let key = format!("{task}-{attempt}");
        locked(&self.executions.0).insert(key.clone(), process.clone());
        let ending = tokio::select! {
            ended = process.wait() => match ended.well {
                true => Ending::Succeeded,
                false => failed(format!("The container exited with an error. {}", ended.said)),
            },
            () = tokio::time::sleep(work.timeout) => {
                process.stop(GRACE).await;
                failed("The task has timed out.".to_owned())
            }
            () = self.cancelled(&work.execution) => {
                process.stop(GRACE).await;
                Ending::Cancelled
            }
        };
        locked(&self.executions.0).remove(&key);
        let said = match &ending {
            Ending::Succeeded => "has succeeded",
            Ending::Failed(said) => said,
            Ending::Cancelled => "was cancelled",
        };
        log.line("run", said);
        ending
    }

    /// Ends when somebody cancels an execution or deletes it.
    async fn cancelled(&self, execution: &str) {
        loop {
            tokio::time::sleep(PAUSE).await;
            let (cloud, name) = (Arc::clone(&self.cloud), execution.to_owned());
            let asked = blocking(move || {
                let found = cloud.store.read()?.get("run/executions", &name)?;
                Ok(found.is_none_or(|it| it["_cancel"] == true))
            });
            // What cannot be read now is read the next time.
            if asked.await.unwrap_or(false) {
                return;
            }
        }
    }
}

impl Work {
    fn variables_of(&self, index: u64, attempt: u64) -> BTreeMap<String, String> {
        let mut variables = self.variables.clone();
        for (name, value) in [
            ("CLOUD_RUN_JOB", last(parent(&self.execution)).to_owned()),
            ("CLOUD_RUN_EXECUTION", last(&self.execution).to_owned()),
            ("CLOUD_RUN_TASK_INDEX", index.to_string()),
            ("CLOUD_RUN_TASK_ATTEMPT", attempt.to_string()),
            ("CLOUD_RUN_TASK_COUNT", self.tasks.to_string()),
        ] {
            variables.insert(name.to_owned(), value);
        }
        variables
    }
}

fn prepare(cloud: &Cloud, name: &str) -> Result<Work, Failure> {
    let mut tx = cloud.store.write()?;
    let found = tx.get("run/executions", name)?;
    let mut document =
        found.ok_or_else(|| Failure::internal("The execution was deleted before it began."))?;
    document["startTime"] = json!(cloud.time());
    document["runningCount"] = document["taskCount"].clone();
    tx.put("run/executions", name, &document)?;
    tx.commit()?;
    let project = name.split('/').nth(1).and_then(|it| cloud.known(it));
    let project = project.ok_or_else(|| Failure::internal(format!("{name} is of no project.")))?;
    let template = &document["template"];
    let container = container(template).clone();
    let account = template["serviceAccount"].as_str().unwrap_or_default();
    let image = image::prepare(cloud, container["image"].as_str().unwrap_or_default(), &project, None)?;
    let variables = environment::of(&cloud.store.read()?, cloud, &project, account, &container)?;
    let tasks = document["taskCount"].as_u64().unwrap_or(1).max(1);
    let parallelism = document["parallelism"].as_u64().filter(|it| *it > 0).unwrap_or(tasks);
    let timeout = template["timeout"].as_str().and_then(moment::duration_seconds).unwrap_or(600.0);
    Ok(Work {
        execution: name.to_owned(),
        image,
        container,
        variables,
        tasks,
        parallelism: usize::try_from(parallelism).unwrap_or(1).min(Semaphore::MAX_PERMITS),
        retries: template["maxRetries"].as_u64().unwrap_or(3),
        timeout: Duration::try_from_secs_f64(timeout).unwrap_or(Duration::from_secs(600)),
    })
}

/// Writes down what came of an execution: in it, in its job, and in the operation.
fn settle(
    tx: &mut Tx,
    now: &str,
    name: &str,
    operation: &str,
    outcome: Result<Outcome, Failure>,
) -> Result<(), StoreError> {
    let (outcome, failure, status) = match outcome {
        Err(failure) => (Outcome::default(), Some(failure), "EXECUTION_FAILED"),
        Ok(it) if it.cancelled > 0 => (it, Some(Failure::cancelled()), "EXECUTION_CANCELLED"),
        Ok(it) if it.failed > 0 => {
            let failure = Failure::of_tasks(it.said.clone());
            (it, Some(failure), "EXECUTION_FAILED")
        }
        Ok(it) => (it, None, "EXECUTION_SUCCEEDED"),
    };
    let mut response = Value::Null;
    if let Some(mut document) = tx.get("run/executions", name)? {
        document["conditions"] = json!([match &failure {
            None => json!({"type": "Completed", "state": "CONDITION_SUCCEEDED", "lastTransitionTime": now}),
            Some(failure) => failure.condition("Completed", now),
        }]);
        document["completionTime"] = json!(now);
        document["updateTime"] = json!(now);
        document["observedGeneration"] = document["generation"].clone();
        for (field, count) in [
            ("succeededCount", outcome.succeeded),
            ("failedCount", outcome.failed),
            ("cancelledCount", outcome.cancelled),
            ("retriedCount", outcome.retried),
            ("runningCount", 0),
        ] {
            remove(&mut document, field);
            if count > 0 {
                document[field] = json!(count);
            }
        }
        remove(&mut document, "reconciling");
        tx.put("run/executions", name, &document)?;
        response = visible(document);
        response["@type"] = json!("type.googleapis.com/google.cloud.run.v2.Execution");
    }
    if let Some(mut job) = tx.get("run/jobs", parent(name))?
        && job["latestCreatedExecution"]["name"] == last(name)
    {
        job["latestCreatedExecution"]["completionTime"] = json!(now);
        job["latestCreatedExecution"]["completionStatus"] = json!(status);
        tx.put("run/jobs", parent(name), &job)?;
    }
    operation::settle(tx, operation, failure.map_or(Ok(response), |it| Err(it.status())))?;
    tx.remove(queue::COLLECTION, name)?;
    Ok(())
}
