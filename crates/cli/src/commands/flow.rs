//! An event's way through a stack, hop by hop: topic, file, table, API.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use engine::{Call, Method, Repeat, Session};
use gcp::Endpoint;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::sync::OnceCell;

use super::events::{self, Target};
use crate::out::Out;
use crate::problem::Problem;
use crate::show::progress::seconds;
use crate::world::Ground;

/// How long a hop may take before it counts as broken: exports wait a minute for more messages, and Google's
/// transfers start within a few.
const PATIENCE: Duration = Duration::from_secs(10 * 60);
const PAUSE: Duration = Duration::from_millis(250);

/// A stack that events can be sent through.
pub struct Flow {
    session: Session,
    http: reqwest::Client,
    endpoint: Endpoint,
    /// For a service that asks who calls.
    token: OnceCell<String>,
    outputs: Map<String, Value>,
    stack: String,
    /// Where the API is asked instead of at the service's own address.
    revision: Option<String>,
}

impl Flow {
    /// # Errors
    /// When HTTP or TLS cannot be set up.
    pub fn open(ground: &Ground) -> Result<Flow, Problem> {
        let session = ground.session()?;
        let http = reqwest::Client::builder().timeout(Duration::from_secs(60)).build();
        Ok(Flow {
            session,
            http: http.map_err(|it| Problem::of(&it, None))?,
            endpoint: ground.endpoint().clone(),
            token: OnceCell::new(),
            outputs: ground.ledger.outputs(),
            stack: ground.stack.clone(),
            revision: None,
        })
    }

    /// Asks the API at the address of one revision.
    pub fn at(mut self, revision: &str) -> Flow {
        self.revision = Some(revision.to_owned());
        self
    }

    /// A way to the cloud.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The API's address, without a slash at its end.
    fn url(&self) -> Result<&str, Problem> {
        let url = match &self.revision {
            Some(url) => url,
            None => self.output("url")?,
        };
        Ok(url.trim_end_matches('/'))
    }

    fn output(&self, name: &str) -> Result<&str, Problem> {
        self.outputs.get(name).and_then(Value::as_str).ok_or_else(|| {
            Problem::new(format!("stack {} has no output {name}", self.stack))
                .hint("apply first: cargo run -p stack -- apply")
        })
    }

    /// The address at which the API lists events.
    pub fn events_url(&self) -> Result<String, Problem> {
        Ok(format!("{}/events", self.url()?))
    }

    /// Sends events to the topic.
    pub async fn publish(&self, events: &[Value]) -> Result<String, Problem> {
        let topic = self.output("topic")?;
        Target::Topic(format!("v1/{topic}:publish")).send(&self.session, events).await?;
        Ok(format!("{} events to {topic}", events.len()))
    }

    /// Writes events straight into the table.
    pub async fn insert(&self, events: &[Value]) -> Result<String, Problem> {
        let table = self.output("table")?;
        let [project, dataset, id] = table.split('.').collect::<Vec<_>>()[..] else {
            return Err(Problem::new(format!("the output table is {table:?}, not PROJECT.DATASET.TABLE")));
        };
        let path = format!("bigquery/v2/projects/{project}/datasets/{dataset}/tables/{id}/insertAll");
        Target::Table(path).send(&self.session, events).await?;
        Ok(format!("{} events into {table}", events.len()))
    }

    /// Whether events go through files that a transfer loads.
    pub fn has_files(&self) -> bool {
        self.outputs.contains_key("transfer")
    }

    /// The names of the files in the bucket; none where events do not go through files.
    pub async fn files(&self) -> Result<BTreeSet<String>, Problem> {
        if !self.has_files() {
            return Ok(BTreeSet::new());
        }
        let bucket = self.output("bucket")?.trim_start_matches("gs://");
        let call = Call::get("storage.googleapis.com", format!("storage/v1/b/{bucket}/o"))
            .query("prefix", "events-")
            .query("fields", "items(name),nextPageToken");
        self.session.forget_reads();
        let items = gcp::rest::list(&self.session, &call, "items").await?;
        Ok(items.iter().filter_map(|it| it["name"].as_str().map(str::to_owned)).collect())
    }

    /// Waits until files in the bucket, beside those that were there, hold all these events.
    pub async fn exported(&self, events: &[Value], mut known: BTreeSet<String>) -> Result<String, Problem> {
        let url = self.output("bucket")?;
        let bucket = url.trim_start_matches("gs://");
        self.tick("60s").await?;
        let (mut missing, mut files) = (ids(events), Vec::new());
        let begun = Instant::now();
        loop {
            for name in self.files().await? {
                // A file stays what it is: each is read once.
                if !known.insert(name.clone()) {
                    continue;
                }
                let path = format!("storage/v1/b/{bucket}/o/{}", gcp::rest::segment(&name));
                let call = Call::get("storage.googleapis.com", path).query("alt", "media").plain();
                let content = self.session.send(&call).await?;
                let content = content.as_str().unwrap_or_default();
                let before = missing.len();
                missing.retain(|id| !content.contains(id));
                if missing.len() < before {
                    files.push(name);
                }
            }
            if missing.is_empty() {
                let last = files.last().map_or("", String::as_str);
                return Ok(match files.len() {
                    1 => format!("as {url}/{last}"),
                    count => format!("as {count} files, the last {url}/{last}"),
                });
            }
            waited(begun, || {
                format!("{} of {} events are in no file of {url}", missing.len(), events.len())
            })?;
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Starts a run of the transfer by hand, and waits until it has ended.
    pub async fn loaded(&self) -> Result<String, Problem> {
        const API: &str = "bigquerydatatransfer.googleapis.com";
        let transfer = self.output("transfer")?;
        let now = OffsetDateTime::now_utc().format(&Rfc3339).map_err(|it| Problem::of(&it, None))?;
        let call = Call::new(Method::Post, API, format!("v1/{transfer}:startManualRuns"))
            .body(json!({ "requestedRunTime": now }))
            // One more run loads nothing twice.
            .repeat(Repeat::Safe);
        let started = self.session.send(&call).await?;
        let run = started["runs"][0]["name"].as_str().unwrap_or_default().to_owned();
        let begun = Instant::now();
        loop {
            let now = self.session.send(&Call::get(API, format!("v1/{run}"))).await?;
            match now["state"].as_str().unwrap_or_default() {
                "SUCCEEDED" => return Ok(format!("by the run {run}")),
                state @ ("FAILED" | "CANCELLED") => {
                    let why = now["errorStatus"]["message"].as_str().unwrap_or("it does not say why");
                    return Err(Problem::new(format!("the run {run} is {state}: {why}")));
                }
                state => waited(begun, || format!("the run {run} is still {state}"))?,
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Waits until the API has answered with all these events.
    pub async fn answered(&self, events: &[Value]) -> Result<String, Problem> {
        let url = self.events_url()?;
        let begun = Instant::now();
        loop {
            let text = self.get(&url).await?;
            let answer: Value = serde_json::from_str(&text).map_err(|it| Problem::of(&it, None))?;
            let shown: BTreeSet<&str> =
                answer.as_array().into_iter().flatten().filter_map(|it| it["event_id"].as_str()).collect();
            let missing = ids(events).into_iter().filter(|it| !shown.contains(it.as_str())).count();
            if missing == 0 {
                return Ok(format!("with all {} by {url}", events.len()));
            }
            waited(begun, || format!("{url} lacks {missing} of {} events", events.len()))?;
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Whether the API says that it is well.
    pub async fn health(&self) -> Result<String, Problem> {
        let url = format!("{}/health", self.url()?);
        self.get(&url).await?;
        Ok(format!("by {url}"))
    }

    async fn get(&self, url: &str) -> Result<String, Problem> {
        let failed = |it: reqwest::Error| Problem::of(&it, None);
        let ask = |token: Option<&String>| {
            let request = self.http.get(url);
            match token {
                Some(token) => request.bearer_auth(token),
                None => request,
            }
        };
        let mut answer = ask(self.token.get()).send().await.map_err(failed)?;
        // A service that not everybody may call.
        if matches!(answer.status().as_u16(), 401 | 403) && self.token.get().is_none() {
            let token = self.token.get_or_try_init(|| self.identity()).await?;
            answer = ask(Some(token)).send().await.map_err(failed)?;
        }
        let status = answer.status();
        let text = answer.text().await.map_err(failed)?;
        if status.is_success() {
            return Ok(text);
        }
        let said: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(300).collect();
        let problem = Problem::new(format!("{url} answers {status}: {said}"));
        Err(match status.as_u16() {
            401 | 403 => problem.hint("whoever calls it needs the role roles/run.invoker on the service"),
            _ => problem,
        })
    }

    /// Who we are, for the service that we call.
    async fn identity(&self) -> Result<String, Problem> {
        let audience = self.output("url")?.trim_end_matches('/');
        gcp::id_token(&self.endpoint, audience).await.map_err(|lost| {
            let mut problem = Problem::from(lost);
            problem.message = format!("{audience} is not for everybody, and {}", problem.message);
            problem
        })
    }

    /// Moves the local cloud's time on. Google's goes by itself.
    async fn tick(&self, by: &str) -> Result<(), Problem> {
        let Endpoint::Local(base) = &self.endpoint else { return Ok(()) };
        let answer = self.http.post(format!("{base}/_local/tick?by={by}")).send().await;
        let answer = answer.and_then(reqwest::Response::error_for_status);
        answer.map(|_| ()).map_err(|it| Problem::of(&it, None))
    }
}

fn ids(events: &[Value]) -> BTreeSet<String> {
    events.iter().filter_map(|it| it["event_id"].as_str().map(str::to_owned)).collect()
}

fn waited(begun: Instant, what: impl FnOnce() -> String) -> Result<(), Problem> {
    if begun.elapsed() < PATIENCE {
        return Ok(());
    }
    Err(Problem::new(format!("{} after {}", what(), seconds(begun.elapsed()))))
}

/// Random events.
pub fn events(count: usize) -> Vec<Value> {
    (0..count).map(|_| events::event()).collect()
}

/// Goes one hop, and says how it went and how long it took.
pub async fn hop<T: std::fmt::Display>(
    name: &str,
    out: &Out,
    work: impl Future<Output = Result<T, Problem>>,
) -> Result<(), Problem> {
    let begun = Instant::now();
    let said = work.await?;
    out.line(&format!("{name:<10} {:>6}  {said}", seconds(begun.elapsed())));
    Ok(())
}
