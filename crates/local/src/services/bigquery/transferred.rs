//! Jobs that the Data Transfer Service runs: loads of files that it has read, and scheduled queries.

use serde_json::{Value, json};

use super::destination::name_of;
use super::jobs::{self, JOB, Job};
use super::load::{self, File, LoadError, Loaded};
use super::query;
use crate::error::{Code, Refusal};
use crate::request::Request;
use crate::store::Tx;

fn job(tx: &Tx, request: &Request<'_>, id: &str, configuration: &Value) -> Result<Job, Refusal> {
    let mut job = Job::new(
        tx,
        request,
        &json!({"jobReference": {"jobId": id}, "configuration": {"jobType": "LOAD", "load": configuration}}),
    )?;
    if let Some(table) = name_of(&configuration["destinationTable"])
        && let Some(location) = jobs::location(tx, &table)?
    {
        job.set_location(&location);
    }
    Ok(job)
}

/// Loads files as a job of this id, whose document is kept in the same transaction as the rows.
///
/// # Errors
///
/// As [`load::load_files`]: then the transaction is to be dropped, and [`keep_failed`] keeps the job in another.
pub(in crate::services) fn load_as(
    tx: &mut Tx,
    request: &Request<'_>,
    id: &str,
    configuration: &Value,
    files: &[File],
) -> Result<Loaded, LoadError> {
    let mut job = job(tx, request, id, configuration)?;
    let loaded = load::load_files(tx, request, configuration, files)?;
    job.document["statistics"]["load"] = loaded.statistics();
    job.end(None);
    job.keep(tx)?;
    Ok(loaded)
}

/// Keeps a job that loaded nothing.
pub(in crate::services) fn keep_failed(
    tx: &mut Tx,
    request: &Request<'_>,
    id: &str,
    configuration: &Value,
    why: &LoadError,
) -> Result<(), Refusal> {
    let mut job = job(tx, request, id, configuration)?;
    job.end(Some(&why.errors()));
    job.keep(tx)
}

/// Runs a query as a job of this id, which keeps itself together with what it writes. One that was run before is
/// not run again: whoever asked was killed before he could tell.
///
/// # Errors
///
/// Why the query failed.
pub(in crate::services) fn query_as(
    request: &Request<'_>,
    id: &str,
    configuration: &Value,
) -> Result<(), Refusal> {
    let tx = request.cloud.store.read()?;
    let document = match JOB.find(&tx, &format!("projects/{}/jobs/{id}", request.var("projectId")))? {
        Some(document) => document,
        None => {
            let given = json!({"jobReference": {"jobId": id}, "configuration": {"query": configuration}});
            let job = Job::new(&tx, request, &given)?;
            match query::run(&tx, request, job)? {
                (_, Some(refusal)) => return Err(refusal),
                (document, None) => document,
            }
        }
    };
    match document["status"]["errorResult"]["message"].as_str() {
        None => Ok(()),
        Some(message) => Err(Refusal::new(Code::InvalidArgument, message)),
    }
}
