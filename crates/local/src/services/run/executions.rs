//! Executions of jobs: begun by `jobs.run`, run by the runtime, kept with what came of them.

use serde_json::{Value, json};

use super::jobs::JOB;
use super::{check_etag, location_of, operate};
use crate::error::{Code, Refusal};
use crate::made_up;
use crate::operation;
use crate::registry;
use crate::request::{Answer, Request, last, parent};
use crate::resource::{Kind, plain, remove, visible};
use crate::runtime::{container, queue};
use crate::store::Tx;

pub(super) const EXECUTION: Kind = Kind {
    collection: "run/executions",
    list: "executions",
    missing: |_, name| format!("execution \"{name}\" not found"),
    taken: |_, _| "Resource already exists.".to_owned(),
    show: plain,
    page: 100,
};

/// Takes what a run says differently than its job into the template.
fn overridden(template: &mut Value, overrides: &Value) -> Result<(), Refusal> {
    if let Some(timeout) = overrides["timeout"].as_str() {
        template["timeout"] = json!(timeout);
    }
    for change in overrides["containerOverrides"].as_array().into_iter().flatten() {
        let named = change["name"].as_str().filter(|it| !it.is_empty());
        let all = template["containers"].as_array_mut().map(Vec::as_mut_slice).unwrap_or_default();
        let container = match named {
            Some(named) => all.iter_mut().find(|it| it["name"] == named),
            None => all.first_mut(),
        };
        let container = container.ok_or_else(|| {
            Refusal::invalid(format!("The job has no container {:?} to override.", named.unwrap_or_default()))
        })?;
        if change["clearArgs"] == true {
            remove(container, "args");
        } else if change["args"].as_array().is_some_and(|it| !it.is_empty()) {
            container["args"] = change["args"].clone();
        }
        let mut variables = container["env"].as_array().cloned().unwrap_or_default();
        for variable in change["env"].as_array().into_iter().flatten() {
            variables.retain(|it| it["name"] != variable["name"]);
            variables.push(variable.clone());
        }
        if !variables.is_empty() {
            container["env"] = Value::Array(variables);
        }
    }
    Ok(())
}

/// The execution that a run of a job makes.
fn made(request: &Request<'_>, name: &str, job: &Value, template: Value) -> Value {
    let count = request.body["overrides"]["taskCount"].as_u64().filter(|it| *it > 0);
    let now = request.time();
    let mut execution = json!({
        "name": name,
        "uid": made_up::uuid(),
        "creator": request.caller.shown(),
        "generation": "1",
        "createTime": now,
        "updateTime": now,
        "launchStage": job["launchStage"],
        "job": job["name"],
        "taskCount": count.map_or(job["template"]["taskCount"].clone(), |it| json!(it)),
        "template": template,
        "reconciling": true,
        "etag": made_up::etag(),
        "conditions": [{"type": "Completed", "state": "CONDITION_RECONCILING", "lastTransitionTime": now}],
    });
    for field in ["parallelism", "labels", "annotations"] {
        if !job["template"][field].is_null() {
            execution[field] = job["template"][field].clone();
        }
    }
    execution
}

/// `jobs.run`: the operation ends when the execution does.
pub(super) fn run(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let job_name = request.name().to_owned();
    let mut job = JOB.load(tx, request, &job_name)?;
    check_etag(request, &job)?;
    let mut template = job["template"]["template"].clone();
    overridden(&mut template, &request.body["overrides"])?;
    let image = container(&template)["image"].as_str().unwrap_or_default();
    if registry::of_image(tx, request.cloud, image).map_err(|it| Refusal::internal(it.message))?.is_none() {
        return Err(Refusal::new(
            Code::Unimplemented,
            format!("The local cloud runs images of its own repositories, and {image} is not in one."),
        ));
    }
    let id = format!("{}-{}", last(&job_name), made_up::hex(5));
    let name = format!("{job_name}/executions/{id}");
    let execution = made(request, &name, &job, template);
    let mut metadata = visible(execution.clone());
    metadata["@type"] = json!("type.googleapis.com/google.cloud.run.v2.Execution");
    let operation = operation::new_name(&location_of(&name));
    if request.body["validateOnly"] == true {
        let asked = operation::Operation { name: operation, metadata: None, response: metadata };
        return operation::done(tx, request, asked);
    }
    EXECUTION.insert(tx, request, &name, &execution)?;
    job["latestCreatedExecution"] =
        json!({"name": id, "createTime": request.time(), "completionStatus": "EXECUTION_RUNNING"});
    job["executionCount"] = json!(job["executionCount"].as_u64().unwrap_or(0) + 1);
    JOB.save(tx, &job_name, &job)?;
    let (answer, key) = operation::begin(tx, request, &operation, metadata)?;
    queue::execution(tx, request.cloud, &name, &key)?;
    Ok(answer)
}

/// The executions of a job.
pub(super) fn list(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    JOB.load(tx, request, request.name())?;
    EXECUTION.list(tx, request)
}

/// Asks for an execution to be ended; its tasks are told to, and it says so when they have.
pub(super) fn cancel(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name();
    let mut execution = EXECUTION.load(tx, request, name)?;
    if execution["completionTime"].is_string() {
        return Err(Refusal::precondition(format!("The execution {} has ended.", last(name))));
    }
    execution["_cancel"] = json!(true);
    EXECUTION.save(tx, name, &execution)?;
    operate(tx, request, &EXECUTION, "Execution", execution)
}

/// Forgets an execution; one that runs is ended.
pub(super) fn delete(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name();
    let execution = EXECUTION.load(tx, request, name)?;
    check_etag(request, &execution)?;
    EXECUTION.delete(tx, request, name)?;
    if let Some(mut job) = JOB.find(tx, parent(name))? {
        job["executionCount"] = json!(job["executionCount"].as_u64().unwrap_or(1).saturating_sub(1));
        JOB.save(tx, parent(name), &job)?;
    }
    operate(tx, request, &EXECUTION, "Execution", execution)
}

/// Removes all executions of a job that is no more; those that run are ended.
pub(super) fn forget(tx: &mut Tx, job: &str) -> Result<(), Refusal> {
    for (name, _) in tx.all(EXECUTION.collection, &format!("{job}/executions/"))? {
        tx.remove(EXECUTION.collection, &name)?;
    }
    Ok(())
}
