//! Transfer configs.

use std::collections::VecDeque;

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{files, runs, sources};
use crate::error::{Code, Refusal};
use crate::iam;
use crate::made_up;
use crate::moment;
use crate::request::{Answer, Caller, Request};
use crate::resource::{self, Kind, apply_mask};
use crate::services::regions;
use crate::services::schedule::{self, Schedule};
use crate::store::Tx;

/// A config is kept under `projects/p/transferConfigs/ID`: paths may leave its location out.
pub(super) const CONFIG: Kind = Kind {
    collection: "bigquerydatatransfer/transferConfigs",
    list: "transferConfigs",
    missing: |_, _| "Requested entity was not found.".to_owned(),
    taken: resource::already_exists,
    show: resource::numbered,
    page: 1000,
};

/// What an update may change.
const MUTABLE: [&str; 13] = [
    "serviceAccountName",
    "displayName",
    "destinationDatasetId",
    "schedule",
    "scheduleOptions",
    "scheduleOptionsV2",
    "emailPreferences",
    "notificationPubsubTopic",
    "dataRefreshWindowDays",
    "disabled",
    "params",
    "encryptionConfiguration",
    "managedTableType",
];

/// The location that a path names.
pub(super) fn location(name: &str) -> Option<&str> {
    let mut parts = name.split('/').skip(2);
    (parts.next() == Some("locations")).then(|| parts.next()).flatten()
}

/// `projects/p/transferConfigs/ID` of a name of a config or of something in it.
pub(super) fn key(request: &Request<'_>, name: &str) -> Result<String, Refusal> {
    let id = name.split("/transferConfigs/").nth(1).and_then(|it| it.split('/').next()).unwrap_or_default();
    Ok(format!("projects/{}/transferConfigs/{id}", request.project()?.id))
}

/// The config that a path names; in another location there is none.
pub(super) fn load(tx: &Tx, request: &Request<'_>, name: &str) -> Result<Value, Refusal> {
    let config = CONFIG.load(tx, request, &key(request, name)?)?;
    match location(name) {
        Some(given) if config["datasetRegion"] != given => {
            Err(Refusal::not_found((CONFIG.missing)(request, name)))
        }
        Some(_) | None => Ok(config),
    }
}

/// A config as `get` shows it: what is empty is there too, except a key that nobody set.
fn full(request: &Request<'_>, config: Value) -> Answer {
    let mut config = config;
    for field in ["emailPreferences", "scheduleOptions"] {
        resource::default(&mut config, field, json!({}));
    }
    resource::default(&mut config, "destinationDatasetId", "");
    if config["encryptionConfiguration"].as_object().is_some_and(serde_json::Map::is_empty) {
        resource::remove(&mut config, "encryptionConfiguration");
    }
    CONFIG.answer(request, config)
}

/// Whether runs come by themselves.
pub(super) fn is_automatic(config: &Value) -> bool {
    let v2 = &config["scheduleOptionsV2"];
    config["disabled"] != true
        && config["scheduleOptions"]["disableAutoScheduling"] != true
        && (v2["timeBasedSchedule"].is_object() || v2.is_null())
}

/// Of the times from one on at which a config was due by now, the latest so many; and when it is due next.
pub(super) fn due(
    config: &Value,
    from: OffsetDateTime,
    now: OffsetDateTime,
    most: usize,
) -> (VecDeque<OffsetDateTime>, Option<OffsetDateTime>) {
    let timed = &config["scheduleOptionsV2"]["timeBasedSchedule"];
    let mut next = Some(from);
    // Where the time was moved by years, all but the latest need not be counted one by one.
    if let Some(Schedule::Every(interval)) = timed["schedule"].as_str().and_then(schedule::parse) {
        let until = timed["endTime"].as_str().and_then(moment::parse).map_or(now, |it| it.min(now));
        let passed = (until - from).whole_seconds() / interval.whole_seconds().max(1);
        let skipped = i32::try_from(passed).unwrap_or(i32::MAX) - i32::try_from(most).unwrap_or(i32::MAX);
        if let Some(later) = from.checked_add(interval.saturating_mul(skipped.max(0))) {
            next = Some(later);
        }
    }
    let mut times = VecDeque::new();
    while let Some(at) = next.filter(|it| *it <= now) {
        times.push_back(at);
        if times.len() > most {
            times.pop_front();
        }
        next = next_run(config, at);
    }
    (times, next)
}

fn check_schedule(text: &str, source: &sources::Source) -> Result<(), Refusal> {
    let parsed = schedule::parse(text).ok_or_else(|| {
        Refusal::invalid(format!("Failed to parse schedule '{text}': it is not a valid schedule."))
    })?;
    if let Schedule::Every(interval) = parsed
        && interval.whole_minutes() < source.least_minutes
    {
        return Err(Refusal::invalid(format!(
            "Schedule interval is too short: transfers of {} run at most every {} minutes.",
            source.id, source.least_minutes
        )));
    }
    Ok(())
}

/// Brings the old form of a schedule and the new one to agree, and tells when the next run is.
fn settle_schedule(
    request: &Request<'_>,
    config: &mut Value,
    source: &sources::Source,
) -> Result<(), Refusal> {
    let options = config["scheduleOptions"].clone();
    let given_v2 = config["_v2"] == true;
    if config["scheduleOptionsV2"]["eventDrivenSchedule"].is_object() {
        return Err(Refusal::new(
            Code::Unimplemented,
            "The local cloud has not built transfers that events start: give a timeBasedSchedule or a manualSchedule.",
        ));
    }
    if given_v2 {
        if let Some(text) = config["scheduleOptionsV2"]["timeBasedSchedule"]["schedule"].as_str() {
            check_schedule(text, source)?;
        }
    } else if options["disableAutoScheduling"] == true {
        config["scheduleOptionsV2"] = json!({"manualSchedule": {}});
    } else {
        resource::default(config, "schedule", source.schedule);
        let text = config["schedule"].as_str().unwrap_or_default().to_owned();
        check_schedule(&text, source)?;
        let mut timed = json!({"schedule": text});
        for bound in ["startTime", "endTime"] {
            if let Some(at) = options.get(bound) {
                timed[bound] = at.clone();
            }
        }
        config["scheduleOptionsV2"] = json!({"timeBasedSchedule": timed});
    }
    resource::remove(config, "nextRunTime");
    if is_automatic(config)
        && let Some(next) = next_run(config, request.now)
    {
        config["nextRunTime"] = json!(moment::text(next));
    }
    Ok(())
}

/// When a config runs next after a time, if it does.
pub(super) fn next_run(config: &Value, after: OffsetDateTime) -> Option<OffsetDateTime> {
    let timed = &config["scheduleOptionsV2"]["timeBasedSchedule"];
    let bound = |name: &str| timed[name].as_str().and_then(moment::parse);
    let next = match bound("startTime").filter(|it| *it > after) {
        Some(begin) => begin,
        None => {
            let source = sources::find(config["dataSourceId"].as_str().unwrap_or_default()).ok()?;
            schedule::parse(timed["schedule"].as_str().unwrap_or(source.schedule))?.next(after)?
        }
    };
    bound("endTime").is_none_or(|end| next <= end).then_some(next)
}

/// Refuses a config whose account, dataset or parameters cannot be.
fn check(tx: &Tx, request: &Request<'_>, config: &Value, source: &sources::Source) -> Result<(), Refusal> {
    if config["displayName"].as_str().unwrap_or_default().is_empty() {
        return Err(Refusal::invalid("Transfer config display name must not be empty."));
    }
    let account = request.query.get("serviceAccountName").filter(|it| !it.is_empty());
    if let Some(email) = account {
        for other in ["versionInfo", "authorizationCode"] {
            if request.query.get(other).is_some_and(|it| !it.is_empty()) {
                return Err(Refusal::invalid(format!(
                    "Only one of service_account_name and {other} can be set."
                )));
            }
        }
        let absent = Refusal::not_found(format!("Requested service account {email} was not found."));
        iam::check_act_as(tx, request, email, absent)?;
    }
    let project = &request.project()?.id;
    match config["destinationDatasetId"].as_str().filter(|it| !it.is_empty()) {
        Some(id) => {
            let dataset = tx.get("bigquery/datasets", &format!("projects/{project}/datasets/{id}"))?;
            let dataset =
                dataset.ok_or_else(|| Refusal::not_found(format!("Not found: Dataset {project}:{id}")))?;
            let at = dataset["location"].as_str().unwrap_or_default();
            let region = config["datasetRegion"].as_str().unwrap_or_default();
            if !at.eq_ignore_ascii_case(region) {
                return Err(Refusal::invalid(format!(
                    "Cannot create a transfer in the region {region} when the destination dataset is located in {at}."
                )));
            }
        }
        None if source.needs_dataset => {
            return Err(Refusal::invalid("Destination dataset must be set for this data source."));
        }
        None => {}
    }
    if let Some(topic) = config["notificationPubsubTopic"].as_str()
        && tx.get("pubsub/topics", &request.named(topic))?.is_none()
    {
        return Err(Refusal::not_found(format!("Pub/Sub topic {topic} was not found.")));
    }
    source.check(&config["params"])
}

pub(super) fn create(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let project = request.project()?;
    let mut config = request.body.clone();
    let source = sources::find(config["dataSourceId"].as_str().unwrap_or_default())?;
    let region = match location(request.name()) {
        Some(location) => {
            regions::check(location, &["us", "eu"])?;
            location.to_owned()
        }
        // Without a location a config is where its dataset is.
        None => {
            let id = config["destinationDatasetId"].as_str().unwrap_or_default();
            let dataset = tx.get("bigquery/datasets", &format!("projects/{}/datasets/{id}", project.id))?;
            let place = dataset.and_then(|it| it["location"].as_str().map(str::to_ascii_lowercase));
            place.unwrap_or_else(|| "us".to_owned())
        }
    };
    if resource::has(&config, "scheduleOptionsV2") {
        if resource::has(&config, "schedule") || resource::has(&config, "scheduleOptions") {
            return Err(Refusal::invalid(
                "Only one of schedule_options_v2 and the pair of schedule and schedule_options can be set.",
            ));
        }
        config["_v2"] = json!(true);
    }
    // Its runs outlive the token of who made it, and everything that the token told of them.
    if matches!(request.caller, Caller::Federated(_)) && request.query.get("serviceAccountName").is_none() {
        return Err(Refusal::invalid(
            "A transfer config of a federated identity needs a service account: set serviceAccountName.",
        ));
    }
    let id = made_up::uuid();
    config["name"] = json!(format!("projects/{}/locations/{region}/transferConfigs/{id}", project.id));
    config["datasetRegion"] = json!(region);
    check(tx, request, &config, source)?;
    settle_schedule(request, &mut config, source)?;
    config["updateTime"] = request.time();
    config["userId"] = json!(made_up::digits(19));
    config["ownerInfo"] = json!({"email": request.caller.shown()});
    // `get` does not tell which account runs a transfer.
    if let Some(email) = request.query.get("serviceAccountName") {
        config["_serviceAccount"] = json!(email);
    }
    let key = format!("projects/{}/transferConfigs/{id}", project.id);
    CONFIG.insert(tx, request, &key, &config)?;
    runs::first(tx, request, &key, &config)?;
    resource::default(&mut config, "encryptionConfiguration", json!({}));
    Ok(CONFIG.answer(request, config))
}

pub(super) fn get(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let config = load(tx, request, request.name())?;
    Ok(full(request, config))
}

pub(super) fn list(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let prefix = format!("projects/{}/transferConfigs/", request.project()?.id);
    let sources = request.query.all("dataSourceIds");
    let place = location(request.name()).filter(|it| *it != "-");
    CONFIG.list_where(tx, request, &prefix, |_, it| {
        let source = it["dataSourceId"].as_str().unwrap_or_default();
        (sources.is_empty() || sources.iter().any(|it| it == source))
            && place.is_none_or(|at| it["datasetRegion"] == at)
    })
}

pub(super) fn patch(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name();
    let old = load(tx, request, name)?;
    let mut mask = request.mask();
    if mask.is_empty() {
        return Err(Refusal::invalid("Update mask must be set."));
    }
    let first = |path: &str| path.split('.').next().unwrap_or_default().to_owned();
    if let Some(wrong) = mask.iter().find(|it| !MUTABLE.contains(&first(it).as_str())) {
        return Err(Refusal::invalid(format!("Invalid field in the update mask: {wrong}.")));
    }
    let source = sources::find(old["dataSourceId"].as_str().unwrap_or_default())?;
    let given = request.text("dataSourceId");
    if !given.is_empty() && given != source.id {
        return Err(Refusal::invalid("The data source of a transfer config cannot be changed."));
    }
    let account = mask.iter().position(|it| it == "serviceAccountName").map(|at| mask.remove(at));
    let mut config = old.clone();
    apply_mask(&mut config, &request.body, &mask);
    if mask.iter().any(|it| it.starts_with("scheduleOptionsV2")) {
        config["_v2"] = json!(resource::has(&config, "scheduleOptionsV2"));
    } else if mask.iter().any(|it| it == "schedule" || first(it) == "scheduleOptions") {
        config["_v2"] = json!(false);
    }
    if account.is_some() {
        let email = request.query.get("serviceAccountName").unwrap_or_default();
        if email.is_empty() {
            return Err(Refusal::invalid("service_account_name must be set when the update mask has it."));
        }
        config["_serviceAccount"] = json!(email);
    }
    source.check_fixed(&old["params"], &config["params"])?;
    check(tx, request, &config, source)?;
    settle_schedule(request, &mut config, source)?;
    // What is changed beside the schedule does not put the next run off.
    if is_automatic(&old) && is_automatic(&config) && old["scheduleOptionsV2"] == config["scheduleOptionsV2"]
    {
        match old.get("nextRunTime") {
            Some(at) => config["nextRunTime"] = at.clone(),
            None => drop(resource::remove(&mut config, "nextRunTime")),
        }
    }
    config["updateTime"] = request.time();
    CONFIG.save(tx, &key(request, name)?, &config)?;
    Ok(full(request, config))
}

/// Deletes a config with its runs.
pub(super) fn delete(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    load(tx, request, request.name())?;
    let name = key(request, request.name())?;
    CONFIG.delete(tx, request, &name)?;
    runs::forget(tx, &name)?;
    files::forget(tx, &name)?;
    Ok(Answer::empty())
}
