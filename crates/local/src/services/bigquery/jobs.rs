//! Jobs: how they are kept, shown, listed, and what starts them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use serde_json::{Value, json};

use super::{datasets, extract, link, load, millis, rows, running};
use crate::error::{Dialect, Refusal};
use crate::iam;
use crate::made_up;
use crate::moment;
use crate::request::{Answer, Caller, Request};
use crate::resource::{Kind, default, page, visible};
use crate::store::Tx;

pub(super) const JOB: Kind = Kind {
    collection: "bigquery/jobs",
    list: "jobs",
    missing: |_, name| {
        format!("Not found: Job {}", name.replacen("projects/", "", 1).replacen("/jobs/", ":", 1))
    },
    taken: |_, name| {
        format!("Already Exists: Job {}", name.replacen("projects/", "", 1).replacen("/jobs/", ":", 1))
    },
    show: crate::resource::plain,
    page: 50,
};

/// When results were kept, to forget the oldest.
const RESULTS: &str = "bigquery/results";
/// How many results are kept. Google keeps them for a day.
const MOST_RESULTS: usize = 200;
/// How many logical bytes of results are kept.
const MOST_BYTES: u64 = 256 << 20;
/// How many jobs are remembered. Google remembers them for half a year.
const MOST_JOBS: usize = 2000;
/// By Google's name for a request, so that repeating it does not run it twice.
pub(super) const REQUESTS: &str = "bigquery/requests";

/// A job that is about to run: its name, and its document so far.
pub(super) struct Job {
    pub name: String,
    pub document: Value,
    /// Each of them, once set, ends what the job does.
    pub stops: Vec<Arc<AtomicBool>>,
}

impl Job {
    /// The job that a configuration asks for.
    pub fn new(tx: &Tx, request: &Request<'_>, given: &Value) -> Result<Job, Refusal> {
        let project = request.var("projectId");
        let reference = &given["jobReference"];
        let id = match reference["jobId"].as_str().filter(|it| !it.is_empty()) {
            Some(id) => id.to_owned(),
            None => format!("job_{}", made_up::hex(28)),
        };
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if id.len() > 1024 || !id.chars().all(fits) {
            return Err(Refusal::invalid(format!(
                "Invalid job ID \"{id}\". Job IDs must be alphanumeric (plus underscores and dashes) and must be at \
                 most 1024 characters long."
            )));
        }
        let name = format!("projects/{project}/jobs/{id}");
        if given["configuration"]["dryRun"] != true && JOB.find(tx, &name)?.is_some() {
            return Err(Refusal::exists((JOB.taken)(request, &name)));
        }
        let location = reference["location"].as_str().filter(|it| !it.is_empty()).unwrap_or("US").to_owned();
        let document = json!({
            "kind": "bigquery#job",
            "etag": made_up::etag(),
            "jobReference": {"projectId": project, "jobId": id, "location": location},
            "user_email": request.caller.shown(),
            "configuration": given["configuration"],
            "statistics": {"creationTime": millis(request), "startTime": millis(request)},
            "status": {"state": "DONE"},
        });
        Ok(Job { name, document, stops: Vec::new() })
    }

    /// Where the job ran.
    pub fn location(&self) -> &str {
        self.document["jobReference"]["location"].as_str().unwrap_or("US")
    }

    pub fn set_location(&mut self, location: &str) {
        self.document["jobReference"]["location"] = json!(location);
    }

    /// Says that the job is over, and why if it failed.
    pub fn end(&mut self, failed: Option<&[Value]>) {
        let id = self.document["jobReference"]["jobId"].as_str().unwrap_or_default();
        let project = self.document["jobReference"]["projectId"].as_str().unwrap_or_default();
        let location = self.location().to_owned();
        let shown = format!("{project}:{location}.{id}");
        let url = link(&format!("projects/{project}/jobs/{id}?location={location}"));
        self.document["id"] = json!(shown);
        self.document["selfLink"] = url;
        self.document["statistics"]["endTime"] = json!(moment::millis(moment::now()).to_string());
        if let Some(errors) = failed {
            self.document["status"]["errorResult"] = errors.first().cloned().unwrap_or_default();
            self.document["status"]["errors"] = json!(errors);
        }
    }

    /// The document as it is shown while the job runs.
    pub fn running(&self) -> Value {
        let mut seen = Job { name: String::new(), document: self.document.clone(), stops: Vec::new() };
        seen.end(None);
        seen.document["configuration"]["jobType"] = json!("QUERY");
        seen.document["status"]["state"] = json!("RUNNING");
        if let Some(statistics) = seen.document["statistics"].as_object_mut() {
            statistics.remove("endTime");
        }
        seen.document
    }

    /// Keeps the job.
    pub fn keep(&self, tx: &mut Tx) -> Result<(), Refusal> {
        // Another request may have taken the name while this job ran: then this one has not been.
        if JOB.find(tx, &self.name)?.is_some() {
            let shown = self.document["id"].as_str().unwrap_or_default();
            return Err(Refusal::exists(format!("Already Exists: Job {shown}")));
        }
        JOB.save(tx, &self.name, &self.document)?;
        let at = self.document["statistics"]["creationTime"].as_str().unwrap_or_default().to_owned();
        let bytes = rows::index(tx, &self.name)?.bytes;
        tx.put(RESULTS, &format!("{at:0>15}/{}", self.name), &json!({"name": self.name, "bytes": bytes}))?;
        let all = tx.all(RESULTS, "")?;
        // The oldest results go first, and long after them the jobs.
        let mut held = 0;
        for (count, (key, kept)) in all.iter().rev().enumerate() {
            held += kept["bytes"].as_u64().unwrap_or(0);
            let old = count >= MOST_RESULTS || (count > 0 && held > MOST_BYTES);
            if old && kept["gone"] != true {
                let name = kept["name"].as_str().unwrap_or_default();
                rows::forget(tx, name)?;
                tx.put(RESULTS, key, &json!({"name": name, "gone": true}))?;
                if let Some(mut document) = JOB.find(tx, name)?
                    && document["_rows"] == name
                {
                    document["_gone"] = json!(true);
                    JOB.save(tx, name, &document)?;
                }
            }
        }
        if all.len() > MOST_JOBS {
            let (key, oldest) = &all[0];
            let name = oldest["name"].as_str().unwrap_or_default();
            rows::forget(tx, name)?;
            tx.remove(JOB.collection, name)?;
            tx.remove(RESULTS, key)?;
        }
        Ok(())
    }
}

/// An error as a job's status shows it.
pub(super) fn error_of(refusal: &Refusal) -> Value {
    let reason = refusal.body(Dialect::BigQuery)["error"]["errors"][0]["reason"].clone();
    let mut error = json!({"reason": reason, "message": refusal.message});
    if matches!(reason.as_str(), Some("invalidQuery")) {
        error["location"] = json!("query");
    }
    error
}

/// What a job is, and the table that says where it runs.
pub(super) struct Place {
    /// `LOAD`, `EXTRACT` or `COPY`.
    pub kind: &'static str,
    pub table: Option<String>,
}

/// Why a job did nothing.
#[derive(Debug)]
pub(crate) enum JobError {
    Refused(Refusal),
    /// Files cannot be read or have too many bad records: first what the job failed of, then each record; and which
    /// files these are.
    Records {
        errors: Vec<Value>,
        files: BTreeSet<String>,
    },
}

impl JobError {
    /// As a job's status shows it.
    pub(crate) fn errors(&self) -> Vec<Value> {
        match self {
            JobError::Refused(refusal) => vec![error_of(refusal)],
            JobError::Records { errors, .. } => errors.clone(),
        }
    }
}

impl From<Refusal> for JobError {
    fn from(refusal: Refusal) -> JobError {
        JobError::Refused(refusal)
    }
}

impl From<crate::store::StoreError> for JobError {
    fn from(error: crate::store::StoreError) -> JobError {
        JobError::Refused(error.into())
    }
}

/// Where the dataset of a table is, if there is one: its jobs run there.
pub(super) fn location(tx: &Tx, table: &str) -> Result<Option<String>, Refusal> {
    let dataset = datasets::DATASET.find(tx, table.split_once("/tables/").map_or(table, |it| it.0))?;
    Ok(dataset.and_then(|it| it["location"].as_str().map(str::to_owned)))
}

/// Does a job's work, all of it or nothing, and keeps the job with the statistics of its kind that the work gives.
pub(super) fn settle(
    request: &Request<'_>,
    mut job: Job,
    place: Place,
    work: impl FnOnce(&mut Tx) -> Result<Value, JobError>,
) -> Result<Value, Refusal> {
    job.document["configuration"]["jobType"] = json!(place.kind);
    let mut tx = request.cloud.store.write()?;
    let mut errors = None;
    match work(&mut tx) {
        Ok(Value::Object(statistics)) => {
            for (name, value) in statistics {
                job.document["statistics"][name] = value;
            }
        }
        Ok(_) => {}
        Err(failed) => {
            errors = Some(failed.errors());
            // Nothing of what was begun stays.
            drop(tx);
            tx = request.cloud.store.write()?;
        }
    }
    if let Some(table) = &place.table
        && let Some(location) = location(&tx, table)?
    {
        job.set_location(&location);
    }
    job.end(errors.as_deref());
    job.keep(&mut tx)?;
    tx.commit()?;
    Ok(job.document)
}

/// Starts a job, of a configuration alone or with the content to load.
pub(super) fn insert(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let (given, content) = match request.upload {
        None => (request.body.clone(), None),
        Some(upload) => match load::upload::given(request, upload)? {
            load::upload::Given::Whole(body, content) => (body, Some(content)),
            load::upload::Given::Answer(answer) => return Ok(answer),
        },
    };
    let job = Job::new(tx, request, &given)?;
    let configuration = &given["configuration"];
    let document = if configuration["query"].is_object() {
        // Google answers at once; a query that is over soon is answered with what came of it.
        match running::run(request, job, running::patience(None), false)? {
            running::Ran::Over(document, _) | running::Ran::Running(document) => document,
        }
    } else if configuration["load"].is_object() {
        load::run(request, job, content)?
    } else if configuration["extract"].is_object() {
        extract::run(request, job)?
    } else if configuration["copy"].is_object() {
        extract::run_copy(request, job)?
    } else {
        return Err(Refusal::invalid("Required parameter is missing: configuration").reason("required"));
    };
    Ok(Answer::json(visible(document)))
}

/// The job that the path names, if the caller may see it and asks where it ran.
pub(super) fn find(tx: &Tx, request: &Request<'_>) -> Result<Value, Refusal> {
    let name = format!("projects/{}/jobs/{}", request.var("projectId"), request.var("jobId"));
    let document = match request.cloud.queries.find(&name) {
        Some(document) => document,
        // It may have ended since this request began to read.
        None => match JOB.find(tx, &name)? {
            Some(document) => document,
            None => JOB.load(&request.cloud.store.read()?, request, &name)?,
        },
    };
    let location = document["jobReference"]["location"].as_str().unwrap_or("US");
    let asked = request.query.get("location").unwrap_or_default();
    let missing = || Refusal::not_found((JOB.missing)(request, &name));
    match asked {
        // Jobs of the two multi-regions are found without saying where.
        "" if matches!(location, "US" | "EU") => {}
        "" => return Err(missing()),
        asked if asked.eq_ignore_ascii_case(location) => {}
        _ => return Err(missing()),
    }
    let key = iam::key("bigquery", &format!("projects/{}", request.var("projectId")));
    match &request.caller {
        Caller::Owner => Ok(document),
        caller if document["user_email"] == caller.shown() => Ok(document),
        Caller::Principal(_) | Caller::Federated(_) if iam::may(tx, request, "bigquery.jobs.get", &key)? => {
            Ok(document)
        }
        Caller::Principal(_) | Caller::Federated(_) => Err(Refusal::denied(format!(
            "Access Denied: Job {}: Permission bigquery.jobs.get denied on job (or it may not exist).",
            document["id"].as_str().unwrap_or_default()
        ))),
    }
}

pub(super) fn get(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    Ok(Answer::json(visible(find(tx, request)?)))
}

pub(super) fn cancel(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    // To cancel one that is over changes nothing.
    let job = visible(find(tx, request)?);
    request.cloud.queries.cancel(&format!(
        "projects/{}/jobs/{}",
        request.var("projectId"),
        request.var("jobId")
    ));
    Ok(Answer::json(json!({"kind": "bigquery#jobCancelResponse", "job": job})))
}

pub(super) fn delete(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    find(tx, request)?;
    let name = format!("projects/{}/jobs/{}", request.var("projectId"), request.var("jobId"));
    rows::forget(tx, &name)?;
    tx.remove(JOB.collection, &name)?;
    Ok(Answer::no_content())
}

pub(super) fn list(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let prefix = format!("projects/{}/jobs/", request.var("projectId"));
    let states = request.query.all("stateFilter").to_vec();
    let everyone = request.query.is("allUsers") || request.caller == Caller::Owner;
    let number = |name: &str| request.query.number(name).and_then(|it| i64::try_from(it).ok());
    let (oldest, newest) = (number("minCreationTime"), number("maxCreationTime"));
    let keep = |_: &str, job: &Value| {
        let created =
            job["statistics"]["creationTime"].as_str().and_then(|it| it.parse::<i64>().ok()).unwrap_or(0);
        (states.is_empty() || states.iter().any(|it| it.eq_ignore_ascii_case("done")))
            && (everyone || job["user_email"] == request.caller.shown())
            && oldest.is_none_or(|it| created >= it)
            && newest.is_none_or(|it| created <= it)
    };
    let page = page(tx, request, JOB.collection, &prefix, JOB.page, keep)?;
    let mut shown: Vec<Value> = page
        .items
        .into_iter()
        .map(|(_, job)| {
            let mut job = visible(job);
            let failed = job["status"]["errorResult"].clone();
            default(&mut job, "state", "DONE");
            if failed.is_object() {
                job["errorResult"] = failed;
            }
            job
        })
        .collect();
    // The newest first, as far as a page goes.
    shown.sort_by(|a, b| {
        let at = |it: &Value| it["statistics"]["creationTime"].as_str().unwrap_or_default().to_owned();
        at(b).cmp(&at(a))
    });
    let mut answer = json!({"kind": "bigquery#jobList", "etag": made_up::etag(), "jobs": shown});
    if let Some(next) = page.next {
        answer["nextPageToken"] = json!(next);
    }
    Ok(Answer::json(answer))
}
