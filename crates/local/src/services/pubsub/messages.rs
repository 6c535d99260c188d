//! Publish, pull, acknowledge and seek, as REST asks for them.

use std::sync::PoisonError;

use serde_json::{Value, json};

use super::backlog::Limit;
use super::message::{self, Draft};
use super::{deliver, schemas, seek, settings, snapshots, topics, validation};
use crate::clock;
use crate::error::Refusal;
use crate::made_up;
use crate::moment;
use crate::request::{Answer, Body, Request};
use crate::store::{StoreError, Tx};

pub use super::broker::Kept;

/// The most messages of one pull.
const MOST: usize = 1_000;
/// The most bytes of one pull.
pub const MOST_BYTES: usize = 10_000_000;

/// Publishes to a topic; the ids come when the messages are kept.
pub fn publish(tx: &Tx, request: &Request<'_>, mut drafts: Vec<Draft>) -> Result<Kept<Vec<u64>>, Refusal> {
    let topic = topics::TOPIC.load(tx, request, request.name())?;
    message::check(&drafts)?;
    if settings::transforms(&topic) {
        return Err(settings::no_transforms());
    }
    if topic["schemaSettings"]["schema"].is_string() {
        validation::check(tx, &topic["schemaSettings"], &mut drafts)?;
    }
    Ok(request.cloud.pubsub.publish(request.name(), drafts, clock::micros(request.now)))
}

/// Waits until it is kept. Only for the threads that may wait.
fn kept<T>(receiver: Kept<T>) -> Result<T, Refusal> {
    match receiver.blocking_recv() {
        Ok(outcome) => outcome.map_err(|why| Refusal::from(&*why)),
        Err(_) => Err(Refusal::from(StoreError::Stopped)),
    }
}

pub(super) fn publish_request(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let drafts = request.body["messages"].as_array().into_iter().flatten().map(Draft::read).collect();
    let ids = kept(publish(tx, request, drafts)?)?;
    let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
    Ok(Answer::json(json!({"messageIds": ids})))
}

/// How many messages a pull may bring.
pub fn limit(asked: i64) -> Result<Limit, Refusal> {
    let messages = usize::try_from(asked).unwrap_or(0).min(MOST);
    if messages == 0 {
        return Err(Refusal::invalid(format!(
            "Invalid max_messages given: {asked}. It must be greater than 0."
        )));
    }
    Ok(Limit { messages, bytes: MOST_BYTES })
}

pub(super) fn pull(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let limit = limit(request.body["maxMessages"].as_i64().unwrap_or(0))?;
    deliver::check_pull(tx, request.name())?;
    let now = clock::micros(request.now);
    let received = request.cloud.pubsub.take(request.name(), now, limit, None, made_up::random())?;
    if received.is_empty() {
        let waits = request.body["returnImmediately"] != true;
        return Ok(if waits {
            Answer { status: 200, body: Body::Later, headers: Vec::new() }
        } else {
            Answer::empty()
        });
    }
    let shown: Vec<Value> = received
        .iter()
        .map(|it| {
            let mut shown = json!({"ackId": it.ack_id, "message": it.message.json()});
            if it.attempt > 0 {
                shown["deliveryAttempt"] = json!(it.attempt);
            }
            shown
        })
        .collect();
    Ok(Answer::json(json!({"receivedMessages": shown})))
}

fn ack_ids(request: &Request<'_>) -> Vec<String> {
    let given = request.body["ackIds"].as_array().into_iter().flatten();
    given.filter_map(|it| it.as_str().map(str::to_owned)).collect()
}

pub(super) fn acknowledge(_: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let now = clock::micros(request.now);
    let (outcome, receiver) = request.cloud.pubsub.acknowledge(request.name(), &ack_ids(request), now)?;
    kept(receiver)?;
    outcome.refusal()?;
    Ok(Answer::empty())
}

pub(super) fn modify_ack_deadline(_: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let seconds = request.body["ackDeadlineSeconds"].as_i64().unwrap_or(0);
    let changes: Vec<_> = ack_ids(request).into_iter().map(|it| (it, seconds)).collect();
    let now = clock::micros(request.now);
    request.cloud.pubsub.modify(request.name(), &changes, now)?.refusal()?;
    Ok(Answer::empty())
}

pub(super) fn seek_request(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let broker = &request.cloud.pubsub;
    let now = clock::micros(request.now);
    let receiver = match (request.body["time"].as_str(), request.body["snapshot"].as_str()) {
        (Some(time), None) => {
            let time = moment::parse(time)
                .ok_or_else(|| Refusal::invalid(format!("Invalid seek time given (time={time}).")))?;
            broker.seek(request.name(), seek::To::Time(clock::micros(time)), now)?
        }
        (None, Some(snapshot)) => {
            let snapshot = request.named(snapshot);
            snapshots::SNAPSHOT.load(tx, request, &snapshot)?;
            broker.seek(request.name(), seek::To::Snapshot(snapshot), now)?
        }
        _ => return Err(Refusal::invalid("The seek target must be either a time or a snapshot.")),
    };
    kept(receiver)?;
    Ok(Answer::empty())
}

pub(super) fn validate_message(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    use base64::Engine;
    let message =
        base64::engine::general_purpose::STANDARD.decode(request.text("message")).unwrap_or_default();
    let schema = match request.body["name"].as_str() {
        Some(name) => schemas::SCHEMA.load(tx, request, &request.named(name))?,
        None => request.body["schema"].clone(),
    };
    validation::check_one(&schema, request.text("encoding"), &message)?;
    Ok(Answer::empty())
}

/// Tells the broker what a request that was kept has changed.
pub fn settled(request: &Request<'_>) -> Result<(), Refusal> {
    let (cloud, name) = (request.cloud, request.name());
    let _syncing = cloud.pubsub.syncing.lock().unwrap_or_else(PoisonError::into_inner);
    let tx = cloud.store.read()?;
    match name.split('/').nth(2) {
        Some("topics") => {
            cloud.pubsub.sync_topic(name, tx.get(topics::TOPIC.collection, name)?.as_ref());
        }
        Some("subscriptions") => {
            let found = tx.get(super::subscriptions::SUBSCRIPTION.collection, name)?;
            cloud.pubsub.sync_subscription(name, found.as_ref());
        }
        Some("snapshots") => {
            cloud.pubsub.sync_snapshot(name, tx.get(snapshots::SNAPSHOT.collection, name)?.as_ref());
        }
        Some(_) | None => {}
    }
    Ok(())
}
