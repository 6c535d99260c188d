//! Subscriptions: pull, push, to Cloud Storage and to BigQuery.

use serde_json::{Value, json};

use super::{check_duration, check_name, check_topic, export, filter, kind, update_mask};
use crate::error::Refusal;
use crate::iam;
use crate::made_up;
use crate::moment;
use crate::request::{Answer, Caller, Request, last};
use crate::resource::{self, Kind, apply_mask, check_labels, default, has};
use crate::store::Tx;

pub(super) const SUBSCRIPTION: Kind = kind("pubsub/subscriptions", "subscriptions");

/// What an update cannot change.
const FIXED: &[&str] = &[
    "name",
    "topic",
    "filter",
    "enableMessageOrdering",
    "state",
    "detached",
    "topicMessageRetentionDuration",
    "tags",
];

/// Sets what Google sets where the caller said nothing.
fn complete(subscription: &mut Value) {
    default(subscription, "ackDeadlineSeconds", 10);
    default(subscription, "messageRetentionDuration", "604800s");
    // A policy that is there and empty means "never", so only a missing one gets the default.
    default(subscription, "expirationPolicy", json!({"ttl": "2678400s"}));
    default(subscription, "pushConfig", json!({}));
    default(subscription, "state", "ACTIVE");
    if let Some(policy) = present(subscription, "deadLetterPolicy") {
        default(policy, "maxDeliveryAttempts", 5);
    }
    if let Some(policy) = present(subscription, "retryPolicy") {
        default(policy, "minimumBackoff", "10s");
        default(policy, "maximumBackoff", "600s");
    }
    if let Some(config) = present(subscription, "bigqueryConfig") {
        config["state"] = json!("ACTIVE");
    }
    if let Some(config) = present(subscription, "cloudStorageConfig") {
        default(config, "maxDuration", "300s");
        config["state"] = json!("ACTIVE");
        // An Avro block that asks for nothing is not one: files are text then.
        if config["avroConfig"].as_object().is_none_or(serde_json::Map::is_empty) {
            resource::remove(config, "avroConfig");
            default(config, "textConfig", json!({}));
        }
        // A file may be open longer than the deadline was: Google raises the deadline to it.
        let open = config["maxDuration"].as_str().and_then(moment::duration_seconds).unwrap_or(0.0);
        if subscription["ackDeadlineSeconds"].as_f64().is_some_and(|it| it < open) {
            subscription["ackDeadlineSeconds"] = json!(open as u64);
        }
    }
    if subscription["pushConfig"]["pushEndpoint"].is_string() {
        stamp_push(subscription);
    }
}

fn present<'a>(subscription: &'a mut Value, field: &str) -> Option<&'a mut Value> {
    if has(subscription, field) { subscription.get_mut(field) } else { None }
}

fn stamp_push(subscription: &mut Value) {
    let push = &mut subscription["pushConfig"];
    default(push, "attributes", json!({}));
    // Callers may ask for the older one.
    default(&mut push["attributes"], "x-goog-version", "v1");
}

fn check(tx: &Tx, request: &Request<'_>, subscription: &Value) -> Result<(), Refusal> {
    check_labels(&subscription["labels"])?;
    let deadline = subscription["ackDeadlineSeconds"].as_i64().unwrap_or(10);
    if !(10..=600).contains(&deadline) {
        return Err(Refusal::invalid(format!(
            "Invalid ack deadline given: {deadline}. It must be between 10 and 600 seconds."
        )));
    }
    check_duration(subscription, "messageRetentionDuration", 600.0, 2_678_400.0)?;
    check_duration(&subscription["expirationPolicy"], "ttl", 86_400.0, f64::MAX)?;
    check_duration(&subscription["retryPolicy"], "minimumBackoff", 0.0, 600.0)?;
    check_duration(&subscription["retryPolicy"], "maximumBackoff", 0.0, 600.0)?;
    check_duration(&subscription["cloudStorageConfig"], "maxDuration", 60.0, 600.0)?;
    filter::parse(subscription["filter"].as_str().unwrap_or_default())?;
    let endpoint = subscription["pushConfig"]["pushEndpoint"].as_str();
    let kinds = [
        endpoint.is_some(),
        has(subscription, "bigqueryConfig"),
        has(subscription, "cloudStorageConfig"),
        has(subscription, "bigtableConfig"),
    ];
    if kinds.iter().filter(|it| **it).count() > 1 {
        return Err(Refusal::invalid(
            "At most one of push_config, bigquery_config, cloud_storage_config and bigtable_config may be set.",
        ));
    }
    if let Some(endpoint) = endpoint
        && !endpoint.starts_with("https://")
        && !endpoint.starts_with("http://")
    {
        return Err(Refusal::invalid(format!("Invalid push endpoint given (endpoint={endpoint}).")));
    }
    if has(subscription, "deadLetterPolicy") {
        let attempts = subscription["deadLetterPolicy"]["maxDeliveryAttempts"].as_i64().unwrap_or(5);
        if !(5..=100).contains(&attempts) {
            return Err(Refusal::invalid(format!(
                "Invalid max_delivery_attempts given: {attempts}. It must be between 5 and 100."
            )));
        }
        let topic = subscription["deadLetterPolicy"]["deadLetterTopic"].as_str().unwrap_or_default();
        check_topic(tx, request, &request.named(topic))?;
    }
    check_files(&subscription["cloudStorageConfig"])?;
    check_bucket(tx, request, &subscription["cloudStorageConfig"])?;
    check_table(tx, request, &subscription["bigqueryConfig"])
}

/// Refuses names and sizes of files that Google would not take.
fn check_files(config: &Value) -> Result<(), Refusal> {
    let number = |field: &str| config[field].as_str().and_then(|it| it.parse::<u64>().ok());
    if number("maxBytes").is_some_and(|it| !(1_000..=10_737_418_240).contains(&it)) {
        return Err(Refusal::invalid("Invalid max_bytes given. It must be between 1 KB and 10 GiB."));
    }
    if number("maxMessages").is_some_and(|it| it < 1_000) {
        return Err(Refusal::invalid("Invalid max_messages given. It must be at least 1000."));
    }
    if config["filenameSuffix"].as_str().is_some_and(|it| it.ends_with('/')) {
        return Err(Refusal::invalid("Invalid filename_suffix given. It must not end in \"/\"."));
    }
    match config["filenameDatetimeFormat"].as_str() {
        Some(format)
            if !format.is_empty()
                && export::time_text(format, time::OffsetDateTime::UNIX_EPOCH).is_none() =>
        {
            Err(Refusal::invalid(format!("Invalid filename_datetime_format given ({format}).")))
        }
        Some(_) | None => Ok(()),
    }
}

/// Who writes for a subscription: the account it names, or Pub/Sub's agent in the project.
pub(super) fn writer(request: &Request<'_>, config: &Value) -> Result<String, Refusal> {
    Ok(match config["serviceAccountEmail"].as_str() {
        Some(email) => email.to_owned(),
        None => iam::agent(request.project()?, "gcp-sa-pubsub"),
    })
}

/// What writes must be allowed to write, at once: Google asks when the subscription is made.
fn check_writer(
    tx: &Tx,
    request: &Request<'_>,
    config: &Value,
    needed: &[&str],
    keys: &[String],
) -> Result<(), Refusal> {
    let writer = writer(request, config)?;
    let caller = Caller::Principal(writer.clone());
    for permission in needed {
        if !iam::granted(tx, &caller, permission, keys)? {
            // Google's words do not say who: it is the writer, so the details do.
            return Err(Refusal::denied("The caller does not have permission").detail(json!({
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "IAM_PERMISSION_DENIED",
                "domain": "iam.googleapis.com",
                "metadata": {"permission": permission, "principal": writer, "resource": keys.first()},
            })));
        }
    }
    Ok(())
}

pub(super) fn check_bucket(tx: &Tx, request: &Request<'_>, config: &Value) -> Result<(), Refusal> {
    let Some(bucket) = config["bucket"].as_str() else { return Ok(()) };
    // Both a bare name and `projects/p/buckets/b` are taken.
    let bucket = last(bucket);
    let Some(found) = tx.get("storage/buckets", bucket)? else {
        return Err(Refusal::not_found(format!("Resource not found (resource={bucket}).")));
    };
    let project = found["_project"].as_str().unwrap_or_default();
    let keys = [iam::key("storage", &format!("b/{bucket}")), iam::project_key(project)];
    check_writer(tx, request, config, &["storage.objects.create", "storage.buckets.get"], &keys)
}

pub(super) fn check_table(tx: &Tx, request: &Request<'_>, config: &Value) -> Result<(), Refusal> {
    let Some(table) = config["table"].as_str() else { return Ok(()) };
    let parts: Vec<&str> = table.split(['.', ':']).collect();
    let [project, dataset, id] = parts[..] else {
        return Err(Refusal::invalid(format!("Invalid BigQuery table name given (table={table}).")));
    };
    let project = request.cloud.known(project).map_or_else(|| project.to_owned(), |it| it.id);
    let dataset = format!("projects/{project}/datasets/{dataset}");
    let name = format!("{dataset}/tables/{id}");
    if tx.get("bigquery/tables", &name)?.is_none() {
        return Err(Refusal::not_found(format!("Resource not found (resource={table}).")));
    }
    let keys = [iam::key("bigquery", &name), iam::key("bigquery", &dataset), iam::project_key(&project)];
    check_writer(tx, request, config, &["bigquery.tables.get", "bigquery.tables.updateData"], &keys)
}

pub(super) fn create(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name();
    check_name(name)?;
    let mut subscription = request.body.clone();
    subscription["name"] = json!(name);
    subscription["_holder"] = json!(made_up::hex(16));
    resource::remove(&mut subscription, "tags");
    let topic_name = request.named(subscription["topic"].as_str().unwrap_or_default());
    if topic_name.is_empty() {
        return Err(Refusal::invalid("You have passed a subscription without a topic (topic=)."));
    }
    let topic = check_topic(tx, request, &topic_name)?;
    subscription["topic"] = json!(topic_name);
    if let Some(duration) = topic.get("messageRetentionDuration") {
        subscription["topicMessageRetentionDuration"] = duration.clone();
    }
    complete(&mut subscription);
    if SUBSCRIPTION.find(tx, name)?.is_none() {
        check(tx, request, &subscription)?;
    }
    SUBSCRIPTION.insert(tx, request, name, &subscription)?;
    Ok(SUBSCRIPTION.answer(request, subscription))
}

/// Pub/Sub caches that a subscription is absent: the first look after it was made may miss it.
pub(super) fn get(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name();
    let believed = request.cloud.believes_absent(name);
    let answer = SUBSCRIPTION.load(tx, request, name);
    match answer {
        Ok(_) if believed => Err(Refusal::not_found((SUBSCRIPTION.missing)(request, name))),
        Ok(subscription) => Ok(SUBSCRIPTION.answer(request, subscription)),
        Err(refusal) => {
            request.cloud.note_absence(name);
            Err(refusal)
        }
    }
}

pub(super) fn patch(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name();
    let mask = update_mask(request, "UpdateSubscriptionRequest", "Subscription", FIXED)?;
    let mut subscription = SUBSCRIPTION.load(tx, request, name)?;
    apply_mask(&mut subscription, &request.body["subscription"], &mask);
    // What kept the former way of delivery from working says nothing of this one.
    subscription["state"] = json!("ACTIVE");
    complete(&mut subscription);
    check(tx, request, &subscription)?;
    SUBSCRIPTION.save(tx, name, &subscription)?;
    // The answer to an update, and only that, shows the version even of who only pulls.
    stamp_push(&mut subscription);
    Ok(SUBSCRIPTION.answer(request, subscription))
}

pub(super) fn detach(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name();
    let mut subscription = SUBSCRIPTION.load(tx, request, name)?;
    subscription["detached"] = json!(true);
    SUBSCRIPTION.save(tx, name, &subscription)?;
    Ok(Answer::empty())
}

pub(super) fn modify_push_config(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name();
    let mut subscription = SUBSCRIPTION.load(tx, request, name)?;
    apply_mask(&mut subscription, &request.body, &["pushConfig".to_owned()]);
    complete(&mut subscription);
    check(tx, request, &subscription)?;
    SUBSCRIPTION.save(tx, name, &subscription)?;
    Ok(Answer::empty())
}
