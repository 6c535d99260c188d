//! Runs of transfers.

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::{configs, log};
use crate::clock;
use crate::cloud::Cloud;
use crate::error::Refusal;
use crate::made_up;
use crate::moment;
use crate::request::{Answer, Request};
use crate::resource::{self, Kind};
use crate::services::schedule::{self, Schedule};
use crate::store::Tx;

/// A run is kept under `projects/p/transferConfigs/ID/runs/RUN`, as its config is.
pub(super) const RUN: Kind = Kind {
    collection: "bigquerydatatransfer/runs",
    list: "transferRuns",
    missing: resource::not_found,
    taken: resource::already_exists,
    show: resource::numbered,
    page: 1000,
};

/// The most runs that one call may ask for.
const MOST: i64 = 100;

/// Runs that are to be carried out, in the order in which they were asked for.
pub(super) const QUEUE: &str = "bigquerydatatransfer/queue";

/// What is asked of a config.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    /// The time that the run is for.
    pub run: OffsetDateTime,
    /// When it is to begin.
    pub scheduled: OffsetDateTime,
    pub manual: bool,
    /// Its place among those that are asked for at once.
    pub place: usize,
}

/// Asks for a run; it is pending until the runner carries it out.
pub(super) fn add(
    tx: &mut Tx,
    cloud: &Cloud,
    (config_key, config): (&str, &Value),
    asked: Asked,
) -> Result<Value, Refusal> {
    let config_name = config["name"].as_str().unwrap_or_default();
    let id = made_up::uuid();
    let now = cloud.clock.now();
    let mut run = json!({
        "name": format!("{config_name}/runs/{id}"),
        "scheduleTime": moment::text(asked.scheduled),
        "runTime": moment::text(asked.run),
        "updateTime": moment::text(now),
        "dataSourceId": config["dataSourceId"],
        "state": "PENDING",
        "userId": config["userId"],
        "emailPreferences": {},
        "errorStatus": {},
        "_dispatch": made_up::digits(16),
    });
    for field in ["params", "destinationDatasetId", "notificationPubsubTopic"] {
        if let Some(value) = config.get(field) {
            run[field] = value.clone();
        }
    }
    // A run that was asked for by hand has no schedule.
    if !asked.manual
        && let Some(text) = config["scheduleOptionsV2"]["timeBasedSchedule"].get("schedule")
    {
        run["schedule"] = text.clone();
    }
    let key = format!("{config_key}/runs/{id}");
    RUN.save(tx, &key, &run)?;
    // It is seen to wait as long as any operation takes.
    let now = clock::micros(now);
    let after = now.saturating_add(i64::try_from(cloud.operation.as_micros()).unwrap_or(i64::MAX));
    let entry = json!({"run": key, "after": after});
    tx.put(QUEUE, &format!("{now:020}-{:05}-{id}", asked.place), &entry)?;
    Ok(run)
}

/// The run with which a config begins that runs every so often; one that waits for a day has none yet.
pub(super) fn first(tx: &mut Tx, request: &Request<'_>, key: &str, config: &Value) -> Result<(), Refusal> {
    let timed = &config["scheduleOptionsV2"]["timeBasedSchedule"];
    let often = matches!(timed["schedule"].as_str().and_then(schedule::parse), Some(Schedule::Every(_)));
    if often && timed["startTime"].is_null() && configs::is_automatic(config) {
        let asked = Asked { run: request.now, scheduled: request.now, manual: false, place: 0 };
        add(tx, request.cloud, (key, config), asked)?;
    }
    Ok(())
}

pub(super) fn forget(tx: &mut Tx, config: &str) -> Result<(), Refusal> {
    for (name, _) in tx.all(RUN.collection, &format!("{config}/runs/"))? {
        tx.remove(RUN.collection, &name)?;
        log::forget(tx, &name)?;
    }
    Ok(())
}

/// The times a day apart from one to another.
fn days(start: Option<&str>, end: Option<&str>) -> Result<Vec<OffsetDateTime>, Refusal> {
    let invalid = || Refusal::invalid("The time range must have a start time and a later end time.");
    let start = start.and_then(moment::parse).ok_or_else(invalid)?;
    let end = end.and_then(moment::parse).filter(|it| *it > start).ok_or_else(invalid)?;
    if (end - start).whole_days() > MOST {
        return Err(Refusal::invalid(format!("The time range must not have more than {MOST} days.")));
    }
    let mut out = vec![start];
    while let Some(next) = out.last().map(|it| *it + Duration::DAY).filter(|it| *it < end) {
        out.push(next);
    }
    Ok(out)
}

fn begin(tx: &mut Tx, request: &Request<'_>, times: &[OffsetDateTime]) -> Result<Answer, Refusal> {
    let config = configs::load(tx, request, request.name())?;
    if config["disabled"] == true {
        return Err(Refusal::precondition("Runs of a disabled transfer config cannot be started."));
    }
    let key = configs::key(request, request.name())?;
    let mut runs = Vec::new();
    for (place, at) in times.iter().enumerate() {
        let asked = Asked { run: *at, scheduled: request.now, manual: true, place };
        let run = add(tx, request.cloud, (&key, &config), asked)?;
        runs.push((RUN.show)(request, run));
    }
    Ok(Answer::json(json!({"runs": runs})))
}

/// `startManualRuns` at a time or for each day of a range.
pub(super) fn start(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let range = &request.body["requestedTimeRange"];
    let times = match request.body["requestedRunTime"].as_str() {
        Some(_) if range.is_object() => {
            return Err(Refusal::invalid(
                "Only one of requested_time_range and requested_run_time can be set.",
            ));
        }
        Some(at) => moment::parse(at).into_iter().collect(),
        None if range.is_object() => days(range["startTime"].as_str(), range["endTime"].as_str())?,
        None => {
            return Err(Refusal::invalid("Either requested_time_range or requested_run_time must be set."));
        }
    };
    if times.iter().any(|it| *it > request.now) {
        return Err(Refusal::invalid("The requested run time must not be in the future."));
    }
    begin(tx, request, &times)
}

/// `scheduleRuns` for each day of a range.
pub(super) fn schedule(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let times = days(request.body["startTime"].as_str(), request.body["endTime"].as_str())?;
    begin(tx, request, &times)
}

/// The config and the run that a path names.
pub(super) fn find(tx: &Tx, request: &Request<'_>, name: &str) -> Result<(String, Value), Refusal> {
    configs::load(tx, request, name)?;
    let id = name.split("/runs/").nth(1).and_then(|it| it.split('/').next()).unwrap_or_default();
    let key = format!("{}/runs/{id}", configs::key(request, name)?);
    let run = RUN.load(tx, request, &key)?;
    Ok((key, run))
}

pub(super) fn get(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let (_, run) = find(tx, request, request.name())?;
    Ok(RUN.answer(request, run))
}

pub(super) fn list(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    configs::load(tx, request, request.name())?;
    let states = request.query.all("states");
    let prefix = format!("{}/runs/", configs::key(request, request.name())?);
    // `LATEST` keeps of each day the run that was asked for last; here no run is ever tried twice.
    RUN.list_where(tx, request, &prefix, |_, it| {
        states.is_empty() || states.iter().any(|state| it["state"] == state.as_str())
    })
}

pub(super) fn delete(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let (key, _) = find(tx, request, request.name())?;
    RUN.delete(tx, request, &key)?;
    log::forget(tx, &key)?;
    Ok(Answer::empty())
}
