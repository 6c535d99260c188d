//! Sinks: where log entries are exported to, and who writes them there.

use serde_json::{Value, json};

use crate::error::Refusal;
use crate::iam;
use crate::request::{Answer, Request, last};
use crate::resource::{self, Kind, apply_mask};
use crate::store::Tx;

const SINK: Kind = Kind {
    collection: "logging/sinks",
    list: "sinks",
    missing: |_, name| format!("Sink {} does not exist", last(name)),
    taken: |_, name| format!("Sink {} already exists", last(name)),
    show: super::by_id,
    page: 1000,
};

/// What an update without a mask changes.
const UNMASKED: [&str; 3] = ["destination", "filter", "includeChildren"];

/// Who writes for the sinks that ask for no identity of their own.
const SHARED_WRITER: &str = "serviceAccount:cloud-logs@system.gserviceaccount.com";

/// The sinks that every project begins with: until one is changed it is not kept, only told.
fn begun_with(request: &Request<'_>) -> Result<Vec<(String, Value)>, Refusal> {
    let project = &request.project()?.id;
    let audit = ["activity", "system_event", "access_transparency"]
        .map(|it| format!("LOG_ID(\"cloudaudit.googleapis.com/{it}\")"))
        .join(" OR ");
    let externalaudit = "LOG_ID(\"externalaudit.googleapis.com/activity\")";
    let required = format!("{audit} OR {externalaudit}");
    let negated = required.split(" OR ").map(|it| format!("NOT {it}")).collect::<Vec<_>>().join(" AND ");
    Ok([("_Default", negated), ("_Required", required)]
        .into_iter()
        .map(|(id, filter)| {
            let name = format!("projects/{project}/sinks/{id}");
            let bucket = format!("logging.googleapis.com/projects/{project}/locations/global/buckets/{id}");
            let sink = json!({"name": name, "destination": bucket, "filter": filter});
            (name, sink)
        })
        .collect())
}

fn find(tx: &Tx, request: &Request<'_>, name: &str) -> Result<Option<Value>, Refusal> {
    let found = match SINK.find(tx, name)? {
        Some(sink) => Some(sink),
        None => begun_with(request)?.into_iter().find(|(it, _)| it == name).map(|(_, it)| it),
    };
    Ok(found.filter(|it| it["_deleted"] != true))
}

fn load(tx: &Tx, request: &Request<'_>, name: &str) -> Result<Value, Refusal> {
    find(tx, request, name)?.ok_or_else(|| Refusal::not_found((SINK.missing)(request, name)))
}

fn check(sink: &Value) -> Result<(), Refusal> {
    let id = last(sink["name"].as_str().unwrap_or_default());
    let fits = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    resource::check_id(id, 1..=100, fits, &format!("The sink identifier \"{id}\" is invalid."))?;
    let destination = sink["destination"].as_str().unwrap_or_default();
    let parts: Vec<&str> = destination.split('/').collect();
    let known = match parts[..] {
        ["storage.googleapis.com", bucket] => !bucket.is_empty(),
        ["bigquery.googleapis.com", "projects", _, "datasets", _]
        | ["pubsub.googleapis.com", "projects", _, "topics", _]
        | ["logging.googleapis.com", "projects", _]
        | ["logging.googleapis.com", "projects", _, "locations", _, "buckets", _] => true,
        _ => false,
    };
    if !known {
        return Err(Refusal::invalid(format!("The sink destination \"{destination}\" is invalid.")));
    }
    if sink["exclusions"].as_array().is_some_and(|it| it.len() > 50) {
        return Err(Refusal::invalid("A sink can have at most 50 exclusions."));
    }
    for exclusion in sink["exclusions"].as_array().into_iter().flatten() {
        let named = |field: &str| exclusion[field].as_str().is_some_and(|it| !it.is_empty());
        if !named("name") || !named("filter") {
            return Err(Refusal::invalid("An exclusion must have a name and a filter."));
        }
    }
    Ok(())
}

fn trim(value: &mut Value, field: &str) {
    if let Some(text) = value[field].as_str().map(|it| it.trim().to_owned()) {
        value[field] = json!(text);
    }
}

/// Brings a sink to the form in which it is kept, and says who writes for it.
fn complete(request: &Request<'_>, sink: &mut Value) -> Result<(), Refusal> {
    trim(sink, "filter");
    for exclusion in sink.get_mut("exclusions").and_then(Value::as_array_mut).into_iter().flatten() {
        trim(exclusion, "filter");
    }
    if sink["bigqueryOptions"]["usePartitionedTables"] == true {
        sink["bigqueryOptions"]["usesTimestampColumnPartitioning"] = json!(true);
    }
    let project = request.project()?;
    let destination = sink["destination"].as_str().unwrap_or_default();
    let own = format!("logging.googleapis.com/projects/{}/locations/", project.id);
    let custom = request.query.get("customWriterIdentity").filter(|it| !it.is_empty());
    // Within a project no one needs a grant to write to its log buckets.
    if destination.starts_with(&own) {
        resource::remove(sink, "writerIdentity");
    } else if let Some(custom) = custom {
        sink["writerIdentity"] =
            json!(format!("serviceAccount:{}", custom.trim_start_matches("serviceAccount:")));
    } else if request.query.is("uniqueWriterIdentity") || sink["_unique"] == true {
        sink["writerIdentity"] = json!(format!("serviceAccount:{}", iam::agent(project, "gcp-sa-logging")));
        sink["_unique"] = json!(true);
    } else {
        sink["writerIdentity"] = json!(SHARED_WRITER);
    }
    Ok(())
}

pub(super) fn create(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = format!("{}/sinks/{}", request.name(), request.text("name"));
    if find(tx, request, &name)?.is_some() {
        return Err(Refusal::exists((SINK.taken)(request, &name)));
    }
    let mut sink = request.body.clone();
    sink["name"] = json!(name);
    if !last(&name).starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') {
        return Err(Refusal::invalid("The sink identifier must begin with a letter or a digit."));
    }
    check(&sink)?;
    complete(request, &mut sink)?;
    sink["createTime"] = request.time();
    sink["updateTime"] = request.time();
    SINK.save(tx, &name, &sink)?;
    Ok(SINK.answer(request, sink))
}

pub(super) fn get(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let sink = load(tx, request, request.name())?;
    Ok(SINK.answer(request, sink))
}

pub(super) fn list(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let prefix = format!("{}/sinks/", request.name());
    let mut answer = SINK.list_where(tx, request, &prefix, |_, it| it["_deleted"] != true)?;
    // The first page begins with what every project has.
    if request.query.get("pageToken").is_none_or(str::is_empty) {
        let mut all = Vec::new();
        for (name, sink) in begun_with(request)? {
            if SINK.find(tx, &name)?.is_none() {
                all.push(super::by_id(request, sink));
            }
        }
        if let crate::request::Body::Json(body) = &answer.body {
            all.extend(body["sinks"].as_array().into_iter().flatten().cloned());
        }
        answer.set("sinks", all);
    }
    Ok(answer)
}

/// `update` and `patch` do the same.
pub(super) fn update(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name();
    let old = load(tx, request, name)?;
    let mut mask = request.mask();
    resource::check_mask(request, "LogSink", &mask)?;
    if mask.is_empty() {
        mask = UNMASKED.map(str::to_owned).into();
    }
    if mask.iter().any(|it| it == "name") {
        return Err(Refusal::invalid("The name of a sink cannot be changed."));
    }
    if old["_unique"] == true && request.query.get("uniqueWriterIdentity") == Some("false") {
        return Err(Refusal::invalid(
            "The unique writer identity of a sink cannot be given up: uniqueWriterIdentity must not be false.",
        ));
    }
    let mut sink = old.clone();
    apply_mask(&mut sink, &request.body, &mask);
    if last(name) == "_Required" && sink != old {
        return Err(Refusal::precondition("The sink _Required cannot be changed."));
    }
    check(&sink)?;
    complete(request, &mut sink)?;
    resource::default(&mut sink, "createTime", request.time());
    sink["updateTime"] = request.time();
    SINK.save(tx, name, &sink)?;
    Ok(SINK.answer(request, sink))
}

pub(super) fn delete(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name();
    load(tx, request, name)?;
    match last(name) {
        "_Required" => return Err(Refusal::precondition("The sink _Required cannot be deleted.")),
        // It must not come back by itself.
        "_Default" => SINK.save(tx, name, &json!({"_deleted": true}))?,
        _ => {
            SINK.delete(tx, request, name)?;
        }
    }
    Ok(Answer::empty())
}
