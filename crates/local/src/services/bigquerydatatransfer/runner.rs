//! Begins runs that are due, carries out those that are asked for, and tells how they ended.
//!
//! A handler only puts a run into the store and into the queue; from there it is taken, one after the other. Its
//! end is kept together with what it did, so that one that a kill interrupts is begun again and does nothing twice.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::configs::{self, CONFIG};
use super::log::{self, Message};
use super::runs::{self, QUEUE, RUN};
use super::{files, queries};
use crate::clock;
use crate::cloud::{Cloud, Project};
use crate::error::{Code, Refusal};
use crate::iam;
use crate::moment;
use crate::request::{Caller, Request};
use crate::resource;
use crate::services::pubsub::Draft;
use crate::store::{StoreError, Tx};

/// How often it looks what there is to do.
const PAUSE: Duration = Duration::from_millis(100);

/// After how many microseconds a run that waits for the SQL engine is looked at again.
const MOMENT: i64 = 1_000_000;

/// Runs that become due at once, when the time is moved far. Google has one at a time and is never late; here the
/// latest so many are run, and those before them are not.
const MOST_DUE: usize = 100;

/// What a run has done, in a transaction that is not committed yet.
pub(super) struct Ended {
    pub tx: Tx,
    pub said: Vec<Message>,
    pub error: Option<Refusal>,
}

/// A parameter as text; numbers and booleans may have been given as either.
pub(super) fn text(params: &Value, name: &str) -> String {
    match &params[name] {
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => params[name].to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
    }
}

/// A parameter that is a number; it was checked when it was set.
pub(super) fn number(params: &Value, name: &str) -> u64 {
    text(params, name).parse().unwrap_or(0)
}

/// The time for which a run is.
pub(super) fn run_time(run: &Value) -> OffsetDateTime {
    run["runTime"].as_str().and_then(moment::parse).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// BigQuery's words to who may not.
pub(super) fn denied(kind: &str, name: &str, permission: &str) -> Refusal {
    let noun = kind.to_lowercase();
    Refusal::denied(format!(
        "Access Denied: {kind} {name}: Permission {permission} denied on {noun} {name} (or it may not exist)."
    ))
}

/// Looks after transfers as long as the cloud runs.
pub async fn keep(cloud: Arc<Cloud>) {
    loop {
        let work = Arc::clone(&cloud);
        match tokio::task::spawn_blocking(move || round(&work)).await {
            Ok(Ok(true)) => continue,
            // What cannot be done now is tried again at the next round.
            Ok(Ok(false) | Err(_)) => {}
            Err(_) => {
                // A run that panicked would do so again, and keep the others waiting.
                let work = Arc::clone(&cloud);
                let _ = tokio::task::spawn_blocking(move || give_up(&work)).await;
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// What of the queue is to be done next.
fn next(cloud: &Cloud) -> Result<Option<(String, Value)>, Refusal> {
    let now = clock::micros(cloud.clock.now());
    let waiting = cloud.store.read()?.scan(QUEUE, "", None, 1000)?;
    Ok(waiting.into_iter().find(|(_, entry)| entry["after"].as_i64().is_none_or(|it| it <= now)))
}

/// Ends the run that is next as failed.
fn give_up(cloud: &Cloud) -> Result<(), Refusal> {
    let Some((entry_key, entry)) = next(cloud)? else { return Ok(()) };
    let refusal = Refusal::internal("The local cloud failed at this run.");
    let said = vec![log::error(refusal.message.clone())];
    let key = entry["run"].as_str().unwrap_or_default();
    finish(cloud, &entry_key, key, Ended { tx: cloud.store.write()?, said, error: Some(refusal) })
}

/// Carries out one run; says whether there may be more.
fn round(cloud: &Cloud) -> Result<bool, Refusal> {
    begin_due(cloud)?;
    let Some((key, entry)) = next(cloud)? else { return Ok(false) };
    if entry["notify"] == true {
        notify(cloud, &key, &entry)?;
    } else {
        carry_out(cloud, &key, &entry)?;
    }
    Ok(true)
}

/// Asks for the runs of configs whose next run has come.
fn begin_due(cloud: &Cloud) -> Result<(), Refusal> {
    let now = cloud.clock.now();
    let is_due = |config: &Value| {
        configs::is_automatic(config)
            && config["nextRunTime"].as_str().and_then(moment::parse).is_some_and(|it| it <= now)
    };
    let all = cloud.store.read()?.all(CONFIG.collection, "")?;
    if !all.iter().any(|(_, it)| is_due(it)) {
        return Ok(());
    }
    let mut tx = cloud.store.write()?;
    for (key, mut config) in tx.all(CONFIG.collection, "")? {
        let Some(project) = project_of(cloud, &key) else { continue };
        if !is_due(&config) || !cloud.enabled(&tx, &project, "bigquerydatatransfer.googleapis.com")? {
            continue;
        }
        let Some(from) = config["nextRunTime"].as_str().and_then(moment::parse) else { continue };
        let (times, next) = configs::due(&config, from, now, MOST_DUE);
        for (place, at) in times.iter().enumerate() {
            runs::add(
                &mut tx,
                cloud,
                (&key, &config),
                runs::Asked { run: *at, scheduled: *at, manual: false, place },
            )?;
        }
        match next {
            Some(at) => config["nextRunTime"] = json!(moment::text(at)),
            None => drop(resource::remove(&mut config, "nextRunTime")),
        }
        CONFIG.save(&mut tx, &key, &config)?;
    }
    Ok(tx.commit()?)
}

fn project_of(cloud: &Cloud, key: &str) -> Option<Project> {
    cloud.known(key.split('/').nth(1)?)
}

/// The key of the config of a run.
fn config_of(run: &str) -> &str {
    run.split_once("/runs/").map_or(run, |it| it.0)
}

/// Carries out a run, or begins it again.
fn carry_out(cloud: &Cloud, entry_key: &str, entry: &Value) -> Result<(), Refusal> {
    let key = entry["run"].as_str().unwrap_or_default();
    let mut tx = cloud.store.write()?;
    let found = (RUN.find(&tx, key)?, CONFIG.find(&tx, config_of(key))?);
    let (Some(mut run), Some(config)) = found else {
        // It was deleted while it waited.
        tx.remove(QUEUE, entry_key)?;
        return Ok(tx.commit()?);
    };
    if run["state"] == "PENDING" {
        let time = cloud.time();
        run["state"] = json!("RUNNING");
        run["startTime"] = json!(time);
        run["updateTime"] = json!(time);
        RUN.save(&mut tx, key, &run)?;
        let dispatched = format!(
            "Dispatched run to data source with id {}",
            run["_dispatch"].as_str().unwrap_or_default()
        );
        log::say(&mut tx, key, &time, &[log::info(dispatched)])?;
        note_state(&mut tx, config_of(key), "RUNNING", None)?;
        tx.commit()?;
    } else {
        drop(tx);
    }
    let ended = match work(cloud, key, &run, &config) {
        Ok(ended) => ended,
        // The engine that it needs is being built: the run stays, and is taken up again with it.
        Err(refusal) if refusal.code == Code::Unavailable && cloud.sql.is_awaited() => {
            return postpone(cloud, entry_key, entry);
        }
        Err(refusal) => Ended {
            tx: cloud.store.write()?,
            said: vec![log::error(refusal.message.clone())],
            error: Some(refusal),
        },
    };
    finish(cloud, entry_key, key, ended)
}

/// Looks at an entry of the queue again in a moment.
fn postpone(cloud: &Cloud, entry_key: &str, entry: &Value) -> Result<(), Refusal> {
    let mut entry = entry.clone();
    entry["after"] = json!(clock::micros(cloud.clock.now()) + MOMENT);
    let mut tx = cloud.store.write()?;
    tx.put(QUEUE, entry_key, &entry)?;
    Ok(tx.commit()?)
}

fn work(cloud: &Cloud, key: &str, run: &Value, config: &Value) -> Result<Ended, Refusal> {
    let project = project_of(cloud, key)
        .ok_or_else(|| Refusal::not_found("The project of this transfer does not exist."))?;
    let source = config["dataSourceId"].as_str().unwrap_or_default();
    let caller = files::account(config);
    let path = [("projectId", project.id.as_str())];
    let request = Request::own(
        cloud,
        ("bigquery", "v2"),
        "bigquery.jobs.insert",
        &path,
        Some(project.clone()),
        caller,
    )?;
    {
        let tx = cloud.store.read()?;
        for service in ["bigquery.googleapis.com", "storage.googleapis.com"] {
            if !cloud.enabled(&tx, &project, service)? {
                return Err(Refusal::denied(format!(
                    "{} has not been used in project {} before or it is disabled.",
                    crate::services::title(service),
                    project.number
                )));
            }
        }
        if let Caller::Principal(email) = &request.caller
            && email.ends_with(".iam.gserviceaccount.com")
            && !iam::account_exists(&tx, &request, email)?
        {
            return Err(Refusal::not_found(format!("Requested service account {email} was not found.")));
        }
    }
    match source {
        "google_cloud_storage" => files::run(request, key, run, (config_of(key), config)),
        "scheduled_query" => queries::run(&request, key, run, config),
        other => Err(Refusal::new(
            Code::Unimplemented,
            format!("The local cloud draws from google_cloud_storage and scheduled_query, not from {other}."),
        )),
    }
}

/// Keeps the end of a run together with what it did.
fn finish(cloud: &Cloud, entry_key: &str, key: &str, ended: Ended) -> Result<(), Refusal> {
    let Ended { mut tx, said, error } = ended;
    let Some(mut run) = RUN.find(&tx, key)? else {
        // It was deleted while it ran: what it did is undone with it.
        drop(tx);
        let mut tx = cloud.store.write()?;
        tx.remove(QUEUE, entry_key)?;
        return Ok(tx.commit()?);
    };
    let time = cloud.time();
    let state = if error.is_some() { "FAILED" } else { "SUCCEEDED" };
    run["state"] = json!(state);
    run["endTime"] = json!(time);
    run["updateTime"] = json!(time);
    if let Some(refusal) = &error {
        run["errorStatus"] = json!({"code": refusal.code.number(), "message": refusal.message});
    }
    RUN.save(&mut tx, key, &run)?;
    log::say(&mut tx, key, &time, &said)?;
    note_state(&mut tx, config_of(key), state, run.get("errorStatus").filter(|_| error.is_some()))?;
    match run["notificationPubsubTopic"].as_str().filter(|it| !it.is_empty()) {
        Some(_) => tx.put(QUEUE, entry_key, &json!({"run": key, "notify": true}))?,
        None => drop(tx.remove(QUEUE, entry_key)?),
    }
    Ok(tx.commit()?)
}

/// A config shows the state of its latest run.
pub(super) fn note_state(tx: &mut Tx, key: &str, state: &str, error: Option<&Value>) -> Result<(), Refusal> {
    let Some(mut config) = CONFIG.find(tx, key)? else { return Ok(()) };
    config["state"] = json!(state);
    match error {
        Some(error) => config["error"] = error.clone(),
        None => drop(resource::remove(&mut config, "error")),
    }
    CONFIG.save(tx, key, &config)
}

/// Publishes how a run ended. It is taken from the queue after that: killed between the two, it is told twice,
/// which Pub/Sub allows.
fn notify(cloud: &Cloud, entry_key: &str, entry: &Value) -> Result<(), Refusal> {
    let key = entry["run"].as_str().unwrap_or_default();
    let tx = cloud.store.read()?;
    let run = RUN.find(&tx, key)?;
    let topic = run.as_ref().and_then(|it| it["notificationPubsubTopic"].as_str().map(str::to_owned));
    if let (Some(run), Some(topic)) = (run, topic)
        && tx.get("pubsub/topics", &topic)?.is_some()
    {
        let draft = Draft {
            data: resource::visible(run).to_string().into_bytes().into(),
            attributes: [("eventType", "TRANSFER_RUN_FINISHED"), ("payloadFormat", "JSON_API_V1")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            ordering_key: String::new(),
        };
        let kept = cloud.pubsub.publish(&topic, vec![draft], cloud.clock.micros()).blocking_recv();
        kept.map_err(|_| Arc::new(StoreError::Stopped))
            .and_then(|it| it)
            .map_err(|why| Refusal::from(&*why))?;
    }
    drop(tx);
    let mut tx = cloud.store.write()?;
    tx.remove(QUEUE, entry_key)?;
    Ok(tx.commit()?)
}
