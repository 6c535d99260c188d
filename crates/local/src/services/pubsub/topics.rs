//! Topics.

use serde_json::{Value, json};

use super::{check_duration, check_name, kind, schemas, snapshots, subscriptions, update_mask};
use crate::error::Refusal;
use crate::made_up;
use crate::request::{Answer, Request};
use crate::resource::{self, Kind, apply_mask, check_labels};
use crate::store::Tx;

pub(super) const TOPIC: Kind = kind("pubsub/topics", "topics");

/// What a subscription's or snapshot's `topic` says when its topic is no more.
pub(super) const DELETED: &str = "_deleted-topic_";

/// Where messages come from elsewhere, the server says how it goes with each source.
fn complete(topic: &mut Value) {
    let Some(Value::Object(sources)) = topic.get_mut("ingestionDataSourceSettings") else { return };
    for source in ["awsKinesis", "cloudStorage", "azureEventHubs", "awsMsk", "confluentCloud"] {
        if let Some(source) = sources.get_mut(source) {
            source["state"] = json!("ACTIVE");
        }
    }
    topic["state"] = json!("ACTIVE");
}

fn check(tx: &Tx, request: &Request<'_>, topic: &Value) -> Result<(), Refusal> {
    check_labels(&topic["labels"])?;
    check_duration(topic, "messageRetentionDuration", 600.0, 2_678_400.0)?;
    if let Some(schema) = topic["schemaSettings"]["schema"].as_str()
        && schema != schemas::DELETED
    {
        schemas::SCHEMA.load(tx, request, schema)?;
    }
    Ok(())
}

pub(super) fn create(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name();
    check_name(name)?;
    let mut topic = request.body.clone();
    topic["name"] = json!(name);
    topic["_holder"] = json!(made_up::hex(16));
    // Tags bind the topic elsewhere and are not shown again.
    resource::remove(&mut topic, "tags");
    if let Some(schema) = topic["schemaSettings"]["schema"].as_str().map(|it| request.named(it)) {
        topic["schemaSettings"]["schema"] = json!(schema);
    }
    complete(&mut topic);
    check(tx, request, &topic)?;
    TOPIC.insert(tx, request, name, &topic)?;
    Ok(TOPIC.answer(request, topic))
}

pub(super) fn patch(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name();
    let mask = update_mask(request, "UpdateTopicRequest", "Topic", &["name", "tags", "state"])?;
    let mut topic = TOPIC.load(tx, request, name)?;
    apply_mask(&mut topic, &request.body["topic"], &mask);
    complete(&mut topic);
    check(tx, request, &topic)?;
    TOPIC.save(tx, name, &topic)?;
    // Subscriptions show how long their topic keeps messages.
    for (of, mut subscription) in subscriptions_of(tx, name)? {
        match topic.get("messageRetentionDuration") {
            Some(duration) => subscription["topicMessageRetentionDuration"] = duration.clone(),
            None => {
                resource::remove(&mut subscription, "topicMessageRetentionDuration");
            }
        }
        subscriptions::SUBSCRIPTION.save(tx, &of, &subscription)?;
    }
    Ok(TOPIC.answer(request, topic))
}

pub(super) fn delete(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name();
    TOPIC.delete(tx, request, name)?;
    for (of, mut subscription) in subscriptions_of(tx, name)? {
        subscription["topic"] = json!(DELETED);
        resource::remove(&mut subscription, "topicMessageRetentionDuration");
        subscriptions::SUBSCRIPTION.save(tx, &of, &subscription)?;
    }
    for (of, mut snapshot) in tx.all(snapshots::SNAPSHOT.collection, "")? {
        if snapshot["topic"] == name {
            snapshot["topic"] = json!(DELETED);
            snapshots::SNAPSHOT.save(tx, &of, &snapshot)?;
        }
    }
    Ok(Answer::empty())
}

/// The subscriptions to a topic; they may be of any project.
fn subscriptions_of(tx: &Tx, topic: &str) -> Result<Vec<(String, Value)>, Refusal> {
    let mut all = tx.all(subscriptions::SUBSCRIPTION.collection, "")?;
    all.retain(|(_, it)| it["topic"] == topic);
    Ok(all)
}

pub(super) fn subscriptions(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    names(tx, request, &subscriptions::SUBSCRIPTION)
}

pub(super) fn snapshots(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    names(tx, request, &snapshots::SNAPSHOT)
}

/// The names of what belongs to a topic.
fn names(tx: &Tx, request: &Request<'_>, kind: &Kind) -> Result<Answer, Refusal> {
    TOPIC.load(tx, request, request.name())?;
    let page = resource::page(tx, request, kind.collection, "projects/", 100, |_, it| {
        it["topic"] == request.name()
    })?;
    let mut answer = json!({});
    if !page.items.is_empty() {
        answer[kind.list] = page.items.into_iter().map(|(name, _)| json!(name)).collect();
    }
    if let Some(next) = page.next {
        answer["nextPageToken"] = json!(next);
    }
    Ok(Answer::json(answer))
}
