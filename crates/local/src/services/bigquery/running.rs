//! Query jobs that run: what is seen of them until they are over, and who may end them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::jobs::{self, Job};
use super::query;
use crate::cloud::Cloud;
use crate::error::Refusal;
use crate::request::Request;

/// How often a request that waits for a query looks whether its client is still there.
const LOOK: Duration = Duration::from_millis(50);

struct Entry {
    document: Value,
    stop: Arc<AtomicBool>,
}

/// The query jobs that run now, by name.
#[derive(Default)]
pub struct Queries {
    all: Mutex<HashMap<String, Entry>>,
    /// Set when the cloud stops: then no query runs on.
    closing: Arc<AtomicBool>,
}

impl Queries {
    fn entries(&self) -> std::sync::MutexGuard<'_, HashMap<String, Entry>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The document of a job that runs.
    pub(super) fn find(&self, name: &str) -> Option<Value> {
        self.entries().get(name).map(|it| it.document.clone())
    }

    /// Ends a job that runs as soon as it looks.
    pub(super) fn cancel(&self, name: &str) {
        if let Some(entry) = self.entries().get(name) {
            entry.stop.store(true, Ordering::Relaxed);
        }
    }

    /// Ends all, and those that come.
    pub fn close(&self) {
        self.closing.store(true, Ordering::Relaxed);
    }
}

/// A job's place among those that run, until this is dropped.
struct Place {
    cloud: Arc<Cloud>,
    name: String,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.cloud.queries.entries().remove(&self.name);
    }
}

/// How a query job stands when its request is answered.
pub(super) enum Ran {
    /// Its document, and why it failed if it did.
    Over(Value, Option<Refusal>),
    /// It goes on by itself.
    Running(Value),
}

/// Runs a query job on a thread of its own and waits for it, but no longer than `patience`. With `bound` the job ends
/// when its client is gone.
pub(super) fn run(
    request: &Request<'_>,
    mut job: Job,
    patience: Duration,
    bound: bool,
) -> Result<Ran, Refusal> {
    let cloud = request.cloud.me.get().and_then(std::sync::Weak::upgrade);
    let (false, Some(cloud)) = (job.document["configuration"]["dryRun"] == true, cloud) else {
        let tx = request.cloud.store.read()?;
        let (document, failed) = query::run(&tx, request, job)?;
        return Ok(Ran::Over(document, failed));
    };
    let stop = Arc::new(AtomicBool::new(false));
    job.stops = vec![Arc::clone(&stop), Arc::clone(&cloud.queries.closing)];
    let document = job.running();
    let place = Place { cloud: Arc::clone(&cloud), name: job.name.clone() };
    {
        let mut entries = cloud.queries.entries();
        if entries.contains_key(&job.name) {
            // Not this job's place to leave.
            std::mem::forget(place);
            return Err(Refusal::exists((jobs::JOB.taken)(request, &job.name)));
        }
        let entry = Entry { document: document.clone(), stop: Arc::clone(&stop) };
        entries.insert(job.name.clone(), entry);
    }
    let (answer, answers) = channel();
    let own = request.parts();
    let work = move || {
        let request = own.on(&place.cloud);
        let result =
            place.cloud.store.read().map_err(Refusal::from).and_then(|tx| query::run(&tx, &request, job));
        drop(request);
        // Whoever sees that it does not run any more finds it among those that are over.
        drop(place);
        // The request may have been answered before.
        let _ = answer.send(result);
    };
    std::thread::Builder::new()
        .name("query".to_owned())
        .spawn(work)
        .map_err(|error| Refusal::internal(format!("There is no thread for the query: {error}")))?;
    let begun = Instant::now();
    loop {
        let left = patience.saturating_sub(begun.elapsed());
        match answers.recv_timeout(left.min(LOOK)) {
            Ok(result) => return result.map(|(document, failed)| Ran::Over(document, failed)),
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Refusal::internal("The query failed by a fault of the local BigQuery."));
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        if bound && request.gone.load(Ordering::Relaxed) {
            stop.store(true, Ordering::Relaxed);
        }
        if begun.elapsed() >= patience {
            return Ok(Ran::Running(document));
        }
    }
}

/// How long a request waits for its query: what it says, or ten seconds as with Google.
pub(super) fn patience(said: Option<u64>) -> Duration {
    Duration::from_millis(said.unwrap_or(10_000).min(200_000))
}

/// What is told of a query that goes on.
pub(super) fn unfinished(kind: &str, document: &Value) -> Value {
    json!({"kind": kind, "jobReference": document["jobReference"], "jobComplete": false})
}
