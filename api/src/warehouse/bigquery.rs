//! Asks BigQuery over REST, within a deadline and a bound on what it may cost.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout_at};

use super::reply::{Columns, JobReference, Problem, Reply, Schema};
use super::{Failure, Warehouse};
use crate::google::Service;
use crate::log::chain;
use crate::metrics::Metrics;
use crate::query::{Page, Query, Statement, Table};
use crate::trace::{self, Trace};

/// How queries are run.
#[derive(Clone, Debug)]
pub struct Options {
    pub table: Table,
    pub location: Option<String>,
    pub max_bytes_billed: u64,
    /// For a query with its retries and pages.
    pub timeout: Duration,
}

/// The table in BigQuery.
pub struct BigQuery {
    service: Arc<Service>,
    options: Options,
    metrics: Arc<Metrics>,
}

/// What is said of a query's costs when it is over.
#[derive(Default)]
struct Bill {
    bytes: u64,
}

/// BigQuery holds a call at most this long before it says that the query still runs.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
const ATTEMPTS: u32 = 4;
/// Told to wait longer, we pass that on to our caller.
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

impl BigQuery {
    pub const HOST: &'static str = "bigquery.googleapis.com";
    /// Reading would be enough, but a query is a job, and jobs are made under this scope only.
    pub const SCOPE: &'static str = "https://www.googleapis.com/auth/bigquery";

    pub fn new(service: Service, options: Options, metrics: Arc<Metrics>) -> BigQuery {
        BigQuery { service: Arc::new(service), options, metrics }
    }

    fn url(&self, path: &str) -> String {
        format!("{}/bigquery/v2/projects/{}/{path}", self.service.base, segment(&self.options.table.project))
    }

    fn body(&self, statement: &Statement, wait: Duration, dry_run: bool) -> Value {
        let parameters: Vec<Value> = statement
            .parameters
            .iter()
            .map(|it| {
                json!({
                    "name": it.name,
                    "parameterType": {"type": it.kind},
                    "parameterValue": {"value": it.value},
                })
            })
            .collect();
        let mut body = json!({
            "query": statement.sql,
            "useLegacySql": false,
            "parameterMode": "NAMED",
            "queryParameters": parameters,
            // A query that would cost more is refused before it costs anything.
            "maximumBytesBilled": self.options.max_bytes_billed.to_string(),
            "timeoutMs": millis(wait),
            "formatOptions": {"useInt64Timestamp": true},
            // Short queries are answered without a job being made first, which is faster.
            "jobCreationMode": "JOB_CREATION_OPTIONAL",
            // A repeated call is the same query, not a second one.
            "requestId": format!("{:016x}{:016x}", trace::random(), trace::random()),
            "labels": {"service": "data-api"},
        });
        if let Some(location) = &self.options.location {
            body["location"] = location.as_str().into();
        }
        if dry_run {
            body["dryRun"] = true.into();
        }
        body
    }

    /// Runs a statement to its end and gives all rows.
    async fn run(
        &self,
        statement: &Statement,
        trace: Option<&Trace>,
        deadline: Instant,
        job: &mut Option<JobReference>,
        bill: &mut Bill,
    ) -> Result<Vec<crate::events::Event>, Failure> {
        let wait = left(deadline).min(LONGEST_WAIT);
        let body = self.body(statement, wait, false).to_string();
        let mut reply = self.call(&self.url("queries"), Some(&body), trace).await?;
        let mut schema: Option<Schema> = None;
        let mut events = Vec::new();
        loop {
            if let Some(reference) = reply.job_reference.take() {
                *job = Some(reference);
            }
            if reply.job_complete {
                bill.bytes = bill.bytes.max(reply.bytes_billed());
                schema = reply.schema.take().or(schema);
                if !reply.rows.is_empty() {
                    let found =
                        schema.as_ref().ok_or_else(|| Failure::Garbled("rows without a schema".into()))?;
                    let columns = Columns::find(found).map_err(Failure::Garbled)?;
                    for row in &reply.rows {
                        events.push(columns.event(row).map_err(Failure::Garbled)?);
                    }
                }
                if reply.page_token.is_none() {
                    *job = None;
                    return Ok(events);
                }
            } else {
                // Google holds the next call as long as it is told to; what does not must not be hammered.
                sleep(Duration::from_millis(20)).await;
            }
            let reference = job.as_ref().ok_or_else(|| Failure::Garbled("no job to ask again for".into()))?;
            let url = self.results_url(reference, reply.page_token.as_deref(), deadline);
            reply = self.call(&url, None, trace).await?;
        }
    }

    fn results_url(&self, job: &JobReference, page: Option<&str>, deadline: Instant) -> String {
        let mut url = self.url(&format!("queries/{}", segment(&job.job_id)));
        let wait = millis(left(deadline).min(LONGEST_WAIT));
        url.push_str(&format!("?formatOptions.useInt64Timestamp=true&timeoutMs={wait}"));
        let location = job.location.as_ref().or(self.options.location.as_ref());
        for (name, value) in [("location", location.map(String::as_str)), ("pageToken", page)] {
            if let Some(value) = value {
                url.push_str(&format!("&{name}={}", segment(value)));
            }
        }
        url
    }

    /// Sends a call, again if its failure passes. The deadline is the caller's.
    async fn call(&self, url: &str, body: Option<&str>, trace: Option<&Trace>) -> Result<Reply, Failure> {
        let mut attempt = 0;
        loop {
            let failure = match self.send(url, body, trace).await {
                Ok(reply) => return Ok(reply),
                Err(failure) => failure,
            };
            attempt += 1;
            let asked = match &failure {
                Failure::Busy { retry_after, .. } => *retry_after,
                Failure::Unreachable(_) => None,
                Failure::Deadline(_)
                | Failure::Refused { .. }
                | Failure::Credentials(_)
                | Failure::Garbled(_)
                | Failure::Dropped
                | Failure::Crowded(_) => return Err(failure),
            };
            if attempt == ATTEMPTS || asked.is_some_and(|it| it > LONGEST_PAUSE) {
                return Err(failure);
            }
            // 100, 200, 400 ms, each up to half as long again, so that instances do not march in step.
            let pause = Duration::from_millis((100 << (attempt - 1)) * (100 + trace::random() % 50) / 100);
            sleep(asked.unwrap_or(pause).max(pause)).await;
        }
    }

    async fn send(&self, url: &str, body: Option<&str>, trace: Option<&Trace>) -> Result<Reply, Failure> {
        let headers = self.service.headers().await.map_err(Failure::Credentials)?;
        let mut request = match body {
            Some(body) => {
                self.service.http.post(url).header(CONTENT_TYPE, "application/json").body(body.to_owned())
            }
            None => self.service.http.get(url),
        };
        if let Some(trace) = trace {
            request = request.header("traceparent", trace.child().traceparent());
        }
        let response = request.headers(headers).send().await.map_err(|it| unreachable(&it))?;
        let status = response.status().as_u16();
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|it| it.to_str().ok()?.parse().ok());
        let text = response.text().await.map_err(|it| unreachable(&it))?;
        if status == 200 {
            return serde_json::from_str(&text).map_err(|it| Failure::Garbled(it.to_string()));
        }
        let problem = Problem::read(&text);
        let passing = problem.is_passing(status);
        let Problem { reason, message } = problem;
        Err(if passing {
            Failure::Busy { status, reason, message, retry_after: retry_after.map(Duration::from_secs) }
        } else {
            Failure::Refused { status, reason, message }
        })
    }

    /// A query that nobody waits for would go on costing. That it cannot be cancelled is no matter.
    fn cancel(&self, job: &JobReference) {
        let location = job.location.as_ref().or(self.options.location.as_ref());
        let location = location.map(|it| format!("?location={}", segment(it))).unwrap_or_default();
        let url = self.url(&format!("jobs/{}/cancel{location}", segment(&job.job_id)));
        let service = Arc::clone(&self.service);
        tokio::spawn(async move {
            if let Ok(headers) = service.headers().await {
                let call = service.http.post(url).headers(headers).timeout(LONGEST_WAIT).body("");
                let _ = call.send().await;
            }
        });
    }
}

#[async_trait]
impl Warehouse for BigQuery {
    async fn events(&self, query: &Query, trace: Option<&Trace>) -> Result<Page, Failure> {
        let started = Instant::now();
        let deadline = started + self.options.timeout;
        let statement = query.statement(&self.options.table);
        let (mut job, mut bill) = (None, Bill::default());
        self.metrics.query_began();
        let ended = timeout_at(deadline, self.run(&statement, trace, deadline, &mut job, &mut bill)).await;
        let result = ended.unwrap_or(Err(Failure::Deadline(self.options.timeout)));
        if let (Err(_), Some(job)) = (&result, &job) {
            self.cancel(job);
        }
        let outcome = result.as_ref().map_or_else(Failure::kind, |_| "ok");
        self.metrics.query_ended(outcome, started.elapsed(), bill.bytes);
        Ok(query.page(result?))
    }

    async fn probe(&self) -> Result<(), Failure> {
        let statement = Query::default().statement(&self.options.table);
        let body = self.body(&statement, LONGEST_WAIT, true).to_string();
        let deadline = Instant::now() + self.options.timeout;
        let url = self.url("queries");
        let ended = timeout_at(deadline, self.call(&url, Some(&body), None)).await;
        ended.unwrap_or(Err(Failure::Deadline(self.options.timeout))).map(|_| ())
    }
}

fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}

fn millis(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)
}

fn segment(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn unreachable(error: &reqwest::Error) -> Failure {
    // Without the URL, which names the project.
    match std::error::Error::source(error) {
        Some(cause) => Failure::Unreachable(chain(cause)),
        None => Failure::Unreachable(error.to_string()),
    }
}
