//! What every kind must do, whichever it is, held against Google's descriptions.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod google;

use std::sync::Arc;

use discovery::Api;
use engine::{Change, Live, Message, Pattern, Place, Rule, Shape, Terms, Update, diff, prune};
use gcp::kinds::{ALL, Entry};
use google::Fake;
use serde_json::{Map, Value, json};

/// Fields of Google's that a kind leaves out, and why.
const NOT_SET: &[(&str, &str, &str)] = &[
    ("artifactregistry/v1:Image", "version", "said by digest"),
    ("bigquery/v2:Dataset", "datasetReference", "made of project and name"),
    ("bigquery/v2:Table", "tableReference", "made of project, dataset and name"),
    ("bigquerydatatransfer/v1:TransferConfig", "name", "Google makes it up"),
    ("bigquerydatatransfer/v1:TransferConfig", "userId", "deprecated"),
    ("dataflow/v1b3:FlexTemplateJob", "jobName", "is name"),
    ("dataflow/v1b3:FlexTemplateJob", "update", "said by what is done"),
    ("dataflow/v1b3:TemplateJob", "jobName", "is name"),
    ("dataflow/v1b3:TemplateJob", "update", "said by what is done"),
    ("iam/v1:ServiceAccount", "etag", "deprecated"),
    ("logging/v2:LogMetric", "version", "deprecated"),
    ("logging/v2:LogSink", "includeChildren", "for organizations and folders"),
    ("logging/v2:LogSink", "interceptChildren", "for organizations and folders"),
    ("logging/v2:LogSink", "outputVersionFormat", "deprecated"),
    ("monitoring/v1:Dashboard", "etag", "carried on from what was read"),
    ("monitoring/v3:AlertPolicy", "name", "Google makes it up"),
    ("monitoring/v3:NotificationChannel", "name", "Google makes it up"),
    ("pubsub/v1:Schema", "compiledProtoSchema", "for a definition that is compiled already"),
    ("pubsub/v1:Subscription", "detached", "done to a subscription, not declared of it"),
    ("run/v2:Job", "client", "says which tool deployed it"),
    ("run/v2:Job", "clientVersion", "says which tool deployed it"),
    ("run/v2:Job", "etag", "carried on from what was read"),
    ("run/v2:Service", "client", "says which tool deployed it"),
    ("run/v2:Service", "clientVersion", "says which tool deployed it"),
    ("run/v2:Service", "etag", "carried on from what was read"),
    ("secretmanager/v1:Secret", "etag", "carried on from what was read"),
    ("serviceusage/v1:Service", "state", "declared is enabled"),
    ("storage/v1:Bucket", "acl", "roles say who may do what"),
    ("storage/v1:Bucket", "defaultObjectAcl", "roles say who may do what"),
];

/// Fields of ours that are none of Google's: said beside the resource, or worked out from its state.
const NOT_GOOGLES: &[(&str, &str, &str)] = &[
    ("artifactregistry/v1:Image", "digest", "sha256:0a"),
    ("bigquerydatatransfer/v1:TransferConfig", "serviceAccountName", "a@p.iam.gserviceaccount.com"),
    ("cloudscheduler/v1:SchedulerJob", "paused", "true"),
    ("dataflow/v1b3:TemplateJob", "gcsPath", "gs://b/t"),
    ("secretmanager/v1:SecretVersion", "disabled", "true"),
    ("secretmanager/v1:SecretVersion", "payload", "text"),
];

fn short(entry: &Entry) -> &'static str {
    entry.kind.facts.token.trim_start_matches("gcp:")
}

fn api(entry: &Entry) -> &'static Api {
    let (api, version) = short(entry).split(':').next().and_then(|it| it.split_once('/')).unwrap();
    discovery::api(api, version).unwrap_or_else(|| panic!("no description of {api} {version}"))
}

fn is_named(table: &[(&str, &str, &str)], entry: &Entry, field: &str) -> bool {
    table.iter().any(|(kind, name, _)| *kind == short(entry) && *name == field)
}

#[test]
fn each_token_stands_once_and_its_api_is_described() {
    let mut tokens: Vec<&str> = ALL.iter().map(|it| it.kind.facts.token).collect();
    let count = tokens.len();
    tokens.sort_unstable();
    tokens.dedup();
    assert_eq!(tokens.len(), count);
    for entry in ALL {
        assert_eq!(entry.kind.facts.service, api(entry).host, "{}", short(entry));
    }
}

#[test]
fn a_kind_has_googles_fields_and_no_others() {
    let mut wrong = Vec::new();
    for entry in ALL {
        let (kind, fields) = (entry.kind, (entry.fields)());
        let shape = kind.facts.shape;
        let identity = entry.driver.identity();
        for field in &fields {
            let known = shape.field(field).is_some()
                || identity.contains(&field.as_str())
                || kind.ours.contains(&field.as_str())
                || is_named(NOT_GOOGLES, entry, field);
            if !known {
                wrong.push(format!("{}: {} has no field {field}", short(entry), shape.name));
            }
        }
        for field in shape.fields.iter().filter(|it| !it.output) {
            let given = fields.iter().any(|it| it == field.name) || identity.contains(&field.name);
            if given == is_named(NOT_SET, entry, field.name) && !(given && identity.contains(&field.name)) {
                wrong.push(format!(
                    "{}: {} is set and listed as not set, or neither",
                    short(entry),
                    field.name
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_speaks_of_a_field_that_exists() {
    let mut wrong = Vec::new();
    for entry in ALL {
        let fields = (entry.fields)();
        for rule in entry.kind.facts.rules {
            let others: Vec<&str> = fields.iter().map(String::as_str).collect();
            match path_of(rule).parse::<Pattern>() {
                Ok(path) => {
                    if let Err(error) = path.check(entry.kind.facts.shape, &others) {
                        wrong.push(format!("{}: {rule:?}: {error}", short(entry)));
                    }
                }
                Err(error) => wrong.push(format!("{}: {rule:?}: {error}", short(entry))),
            }
            if let Rule::Default(_, text) = rule {
                assert!(serde_json::from_str::<Value>(text).is_ok(), "{}: {rule:?} is no JSON", short(entry));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn path_of(rule: &Rule) -> &'static str {
    match rule {
        Rule::Immutable(at)
        | Rule::Default(at, _)
        | Rule::Set(at)
        | Rule::Keyed(at, _)
        | Rule::CaseInsensitive(at)
        | Rule::Alias(at, _)
        | Rule::Trimmed(at)
        | Rule::Json(at)
        | Rule::Stringly(at)
        | Rule::InputOnly(at)
        | Rule::Secret(at)
        | Rule::Presence(at)
        | Rule::Name(at)
        | Rule::Suffix(at, _)
        | Rule::Columns(at)
        | Rule::Whole(at)
        | Rule::FixedItems(at)
        | Rule::Bound(at) => at,
    }
}

/// A declaration of a kind with every field set, as the engine has it: pruned and resolved.
fn declared(entry: &Entry, which: usize) -> Value {
    let shape = entry.kind.facts.shape;
    let schema = &api(entry).schema(shape.name);
    let mut inputs = Map::new();
    for field in (entry.fields)() {
        let of_google = schema.and_then(|it| it.fields.get(&field)).filter(|it| !it.read_only);
        if let Some(known) = of_google {
            inputs.insert(field, google::describe::sample(api(entry), known, which));
        } else if let Some((_, _, text)) =
            NOT_GOOGLES.iter().find(|(kind, name, _)| *kind == short(entry) && *name == field)
        {
            let value = serde_json::from_str(text).unwrap_or_else(|_| json!(text));
            inputs.insert(field, value);
        } else if shape.field(&field).is_some_and(|it| matches!(it.shape, Shape::Bool)) {
            inputs.insert(field, json!(which == 0));
        }
    }
    if short(entry) == "storage/v1:Bucket" {
        inputs["objectRetention"] = json!({ "mode": "Enabled" });
        // Once locked it stays locked.
        inputs["retentionPolicy"]["isLocked"] = json!(true);
    }
    for field in entry.driver.identity() {
        let value = match field {
            "project" => json!("p"),
            "condition" => json!({ "title": "t", "expression": "true" }),
            "member" => json!("user:me@example.com"),
            "role" => json!("roles/viewer"),
            other => json!(format!("{}-x", other.to_lowercase())),
        };
        inputs.insert(field.to_owned(), value);
    }
    inputs.insert("project".to_owned(), json!("p"));
    prune(&Value::Object(inputs), &Shape::Message(shape))
}

fn changes(entry: &Entry, desired: &Value, last: Option<&Value>, live: &Live) -> Vec<Change> {
    let identity = entry.driver.identity();
    let terms = Terms { shape: entry.kind.facts.shape, rules: entry.kind.facts.rules, identity: &identity };
    let mut found = diff(
        terms,
        &without_ours(entry, desired),
        last.map(|it| without_ours(entry, it)).as_ref(),
        &live.state,
    );
    found.retain(|it| !it.path.is_top("project"));
    found
}

fn without_ours(entry: &Entry, inputs: &Value) -> Value {
    let mut inputs = inputs.clone();
    let fields = inputs.as_object_mut().unwrap();
    fields.retain(|name, _| !entry.kind.ours.contains(&name.as_str()));
    inputs
}

/// Makes it, looks, changes what can be changed, looks, deletes it twice, looks. Every call must be one that Google
/// describes, and what was just applied must show no change.
#[tokio::test]
async fn every_kind_lives_its_life() {
    let mut wrong = Vec::new();
    for entry in ALL {
        wrong.extend(life(entry).await.into_iter().map(|it| format!("{}: {it}", short(entry))));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

async fn life(entry: &Entry) -> Vec<String> {
    let fake = Arc::new(Fake::default());
    let session = google::session(&fake);
    // The access list of a dataset is the dataset's.
    let dataset = "bigquery/v2/projects/p/datasets/dataset-x";
    if short(entry) == "bigquery/v2:DatasetIamMember" {
        fake.put(dataset, json!({ "etag": "etag-0", "access": [] }));
    }
    let mut wrong = Vec::new();
    let first = declared(entry, 0);
    let driver = entry.driver;
    let at = Place { inputs: &first, id: None, others: &[] };
    if !entry.kind.facts.grant && short(entry) != "serviceusage/v1:Service" {
        match driver.read(&session, at).await {
            Ok(None) => {}
            other => wrong.push(format!("it is there before it was made: {other:?}")),
        }
    }
    let made = match driver.create(&session, at).await {
        Ok(made) => made,
        Err(failure) => return vec![format!("it cannot be made: {failure}")],
    };
    session.forget_reads();
    let at = Place { inputs: &first, id: Some(&made.id), others: &[] };
    let live = match driver.read(&session, at).await {
        Ok(Some(live)) => live,
        other => return vec![format!("it is not there once made: {other:?}")],
    };
    if live.id != made.id {
        wrong.push(format!("its id was {} and is {}", made.id, live.id));
    }
    let found = changes(entry, &first, Some(&first), &live);
    if !found.is_empty() {
        wrong.push(format!("after it was made it would change: {found:?}"));
    }
    wrong.extend(change(entry, &fake, &session, &first, live).await);
    for _ in 0..2 {
        if let Err(failure) = driver.delete(&session, at).await {
            wrong.push(format!("it cannot be deleted: {failure}"));
        }
    }
    session.forget_reads();
    match driver.read(&session, at).await {
        Ok(None) => {}
        Ok(Some(_)) if entry.kind.facts.kept => {}
        other => wrong.push(format!("it is there once deleted: {other:?}")),
    }
    wrong.extend(fake.with(|it| std::mem::take(&mut it.problems)));
    wrong
}

/// Changes everything that can be changed in place.
async fn change(
    entry: &Entry,
    fake: &Arc<Fake>,
    session: &engine::Session,
    first: &Value,
    live: Live,
) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut second = declared(entry, 1);
    let all = changes(entry, &second, Some(first), &live);
    for change in all.iter().filter(|it| it.replaces) {
        let top = change.path.top().unwrap();
        second[top] = first.get(top).cloned().unwrap_or(Value::Null);
    }
    let second = prune(&second, &Shape::Message(entry.kind.facts.shape));
    let found = changes(entry, &second, Some(first), &live);
    if found.is_empty() {
        return wrong;
    }
    let at = Place { inputs: &second, id: Some(&live.id), others: &[] };
    let update = Update { at, desired: &second, last: Some(first), live: &live, changes: &found };
    if let Err(failure) = entry.driver.update(session, update).await {
        return vec![format!("it cannot be changed: {failure}; {}", fake.told())];
    }
    session.forget_reads();
    match entry.driver.read(session, at).await {
        Ok(Some(live)) => {
            let found = changes(entry, &second, Some(&second), &live);
            if !found.is_empty() {
                wrong.push(format!("after it was changed it would change: {found:?}"));
            }
        }
        other => wrong.push(format!("it is not there once changed: {other:?}")),
    }
    wrong
}

#[test]
fn a_table_of_fields_is_sorted() {
    fn walk(message: &'static Message, seen: &mut Vec<&'static str>) {
        if seen.contains(&message.name) {
            return;
        }
        seen.push(message.name);
        assert!(message.fields.is_sorted_by_key(|it| it.name), "{}", message.name);
        for field in message.fields {
            if let Some(inner) = message_in(&field.shape) {
                walk(inner, seen);
            }
        }
    }
    for entry in ALL {
        walk(entry.kind.facts.shape, &mut Vec::new());
    }
}

fn message_in(shape: &'static Shape) -> Option<&'static Message> {
    match shape {
        Shape::Message(it) => Some(it),
        Shape::List(inner) | Shape::Map(inner) => message_in(inner),
        _ => None,
    }
}
