//! `jobs.query` and `jobs.getQueryResults`: a query's rows by pages.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use values::types::fields;

use super::jobs::{self, JOB, Job, REQUESTS};
use super::running;
use super::tabledata::{page, stamps, window};
use crate::error::{Code, Refusal};
use crate::made_up;
use crate::request::{Answer, Request};
use crate::store::Tx;

/// The configuration of the job that a plain query asks for.
fn configured(request: &Request<'_>) -> Value {
    let mut query = json!({});
    for field in [
        "query",
        "useLegacySql",
        "defaultDataset",
        "queryParameters",
        "parameterMode",
        "maximumBytesBilled",
        "useQueryCache",
    ] {
        if !request.body[field].is_null() {
            query[field] = request.body[field].clone();
        }
    }
    let mut configuration = json!({"jobType": "QUERY", "query": query});
    for field in ["dryRun", "jobTimeoutMs", "labels"] {
        if !request.body[field].is_null() {
            configuration[field] = request.body[field].clone();
        }
    }
    json!({"configuration": configuration, "jobReference": {"location": request.text("location")}})
}

pub(super) fn query(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let repeated = Some(request.text("requestId")).filter(|it| !it.is_empty());
    let key = repeated.map(|it| format!("projects/{}/{it}", request.var("projectId")));
    if let Some(key) = &key
        && let Some(known) = tx.get(REQUESTS, key)?
        && let Some(document) = JOB.find(tx, known["job"].as_str().unwrap_or_default())?
    {
        return Ok(Answer::json(answer(tx, request, &document, "bigquery#queryResponse")?));
    }
    let job = Job::new(tx, request, &configured(request))?;
    let name = job.name.clone();
    let patience = running::patience(request.body["timeoutMs"].as_u64());
    let (document, failed) = match running::run(request, job, patience, true)? {
        running::Ran::Over(document, failed) => (document, failed),
        running::Ran::Running(document) => {
            return Ok(Answer::json(running::unfinished("bigquery#queryResponse", &document)));
        }
    };
    if let Some(failed) = failed {
        return Err(failed);
    }
    if request.body["dryRun"] == true {
        let statistics = &document["statistics"];
        return Ok(Answer::json(json!({
            "kind": "bigquery#queryResponse",
            "jobComplete": true,
            "cacheHit": false,
            "schema": statistics["query"]["schema"],
            "totalBytesProcessed": statistics["totalBytesProcessed"],
            "jobReference": {"projectId": request.var("projectId"), "location": document["jobReference"]["location"]},
            "statementType": statistics["query"]["statementType"],
        })));
    }
    if let Some(key) = key {
        let mut tx = request.cloud.store.write()?;
        tx.put(REQUESTS, &key, &json!({"job": name}))?;
        tx.commit()?;
    }
    // The rows were kept after this request's own view of the data began.
    let tx = request.cloud.store.read()?;
    Ok(Answer::json(answer(&tx, request, &document, "bigquery#queryResponse")?))
}

pub(super) fn get(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let patience = running::patience(request.query.number("timeoutMs"));
    let begun = Instant::now();
    let mut document = jobs::find(tx, request)?;
    while document["status"]["state"] == "RUNNING" {
        if begun.elapsed() >= patience || request.gone.load(Ordering::Relaxed) {
            return Ok(Answer::json(running::unfinished("bigquery#getQueryResultsResponse", &document)));
        }
        std::thread::sleep(Duration::from_millis(20));
        document = jobs::find(&request.cloud.store.read()?, request)?;
    }
    // What it yielded was kept after this request began to read.
    let tx = &request.cloud.store.read()?;
    if !document["configuration"]["query"].is_object() {
        return Err(Refusal::invalid("Job is not a query job."));
    }
    if let Some(error) = document["status"]["errorResult"].as_object() {
        let text = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
        let (code, reason) = match text("reason") {
            "notFound" => (Code::NotFound, "notFound"),
            "accessDenied" => (Code::PermissionDenied, "accessDenied"),
            "duplicate" => (Code::AlreadyExists, "duplicate"),
            "notImplemented" => (Code::Unimplemented, "notImplemented"),
            "bytesBilledLimitExceeded" => (Code::InvalidArgument, "bytesBilledLimitExceeded"),
            "invalid" => (Code::InvalidArgument, "invalid"),
            "resourcesExceeded" => (Code::InvalidArgument, "resourcesExceeded"),
            "stopped" => (Code::InvalidArgument, "stopped"),
            _ => (Code::InvalidArgument, "invalidQuery"),
        };
        return Err(Refusal::new(code, text("message")).reason(reason));
    }
    Ok(Answer::json(answer(tx, request, &document, "bigquery#getQueryResultsResponse")?))
}

fn answer(tx: &Tx, request: &Request<'_>, job: &Value, kind: &str) -> Result<Value, Refusal> {
    let statistics = &job["statistics"];
    let mut answer = json!({
        "kind": kind,
        "etag": made_up::etag(),
        "jobReference": job["jobReference"],
        "jobComplete": true,
        "cacheHit": false,
        "totalBytesProcessed": statistics["totalBytesProcessed"],
    });
    if kind == "bigquery#queryResponse" {
        answer["statementType"] = statistics["query"]["statementType"].clone();
        answer["location"] = job["jobReference"]["location"].clone();
        answer["queryId"] = job["jobReference"]["jobId"].clone();
        answer["totalBytesBilled"] = statistics["query"]["totalBytesBilled"].clone();
        for time in ["creationTime", "startTime", "endTime"] {
            answer[time] = statistics[time].clone();
        }
    }
    for field in ["numDmlAffectedRows", "dmlStats"] {
        if !statistics["query"][field].is_null() {
            answer[field] = statistics["query"][field].clone();
        }
    }
    // An empty page would be taken for the query's answer.
    if job["_gone"] == true {
        let name = job["id"].as_str().unwrap_or_default();
        return Err(Refusal::not_found(format!(
            "Not found: Results of job {name}: the local BigQuery keeps the last ones only. Run the query again."
        )));
    }
    if job["_schema"].is_array() {
        answer["schema"] = json!({"fields": job["_schema"]});
        let table = job["_rows"].as_str().unwrap_or_default();
        let window = window(request, 10_000)?;
        page(tx, table, &fields(&job["_schema"]), &window, stamps(request), &mut answer, "pageToken")?;
    }
    Ok(answer)
}
