//! Jobs: declared and kept, to be run when asked.

use serde_json::{Value, json};

use super::{
    check_etag, check_identity, check_keys, complete_task, created, executions, given, operate, stamp,
};
use crate::error::Refusal;
use crate::request::{Answer, Request, last};
use crate::resource::{Kind, default, plain};
use crate::store::Tx;

pub(super) const JOB: Kind = Kind {
    collection: "run/jobs",
    list: "jobs",
    missing: |_, name| format!("job \"{name}\" not found"),
    taken: |_, _| "Resource already exists.".to_owned(),
    show: plain,
    page: 100,
};

fn keep(tx: &mut Tx, request: &Request<'_>, mut job: Value, old: Option<&Value>) -> Result<Answer, Refusal> {
    default(&mut job, "template", json!({}));
    default(&mut job["template"], "taskCount", 1);
    default(&mut job["template"], "template", json!({}));
    let task = &mut job["template"]["template"];
    complete_task(request, task)?;
    default(task, "maxRetries", 3);
    default(task, "timeout", "600s");
    check_keys(&job)?;
    check_identity(tx, request, &job["template"]["template"])?;
    stamp(request, &mut job, old);
    let before = |field: &str| old.map(|it| it[field].clone()).filter(|it| !it.is_null());
    job["latestCreatedExecution"] = before("latestCreatedExecution").unwrap_or(json!({}));
    if let Some(count) = before("executionCount") {
        job["executionCount"] = count;
    }
    let name = job["name"].as_str().unwrap_or_default().to_owned();
    if !request.query.is("validateOnly") {
        JOB.save(tx, &name, &job)?;
    }
    operate(tx, request, &JOB, "Job", job)
}

pub(super) fn create(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = created(request, "jobs", "jobId", "Job")?;
    if JOB.find(tx, &name)?.is_some() {
        return Err(Refusal::exists((JOB.taken)(request, &name)));
    }
    keep(tx, request, given(request, &name), None)
}

pub(super) fn patch(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name().to_owned();
    match JOB.find(tx, &name)? {
        Some(old) => {
            check_etag(request, &old)?;
            keep(tx, request, given(request, &name), Some(&old))
        }
        None if request.query.is("allowMissing") => {
            super::check_id("Job", last(&name))?;
            keep(tx, request, given(request, &name), None)
        }
        None => Err(Refusal::not_found((JOB.missing)(request, &name))),
    }
}

pub(super) fn delete(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name().to_owned();
    let job = JOB.load(tx, request, &name)?;
    check_etag(request, &job)?;
    if !request.query.is("validateOnly") {
        JOB.delete(tx, request, &name)?;
        executions::forget(tx, &name)?;
    }
    operate(tx, request, &JOB, "Job", job)
}
