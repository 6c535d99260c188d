//! Notifications: which topics hear of a bucket's changes.

use serde_json::{Value, json};

use super::{bucket, buckets, link};
use crate::error::Refusal;
use crate::iam;
use crate::request::{Answer, Caller, Request};
use crate::store::Tx;

const COLLECTION: &str = "storage/notifications";
const TOPICS: &str = "//pubsub.googleapis.com/";

/// The key: numbers of one bucket sort as numbers.
fn key(bucket: &str, id: &str) -> String {
    format!("{bucket}/{id:0>20}")
}

pub(super) fn insert(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.var("bucket");
    let mut found = bucket(tx, name)?;
    let given = request.text("topic");
    let topic = request.named(given.strip_prefix(TOPICS).unwrap_or(given));
    let format = request.text("payload_format");
    if !matches!(format, "JSON_API_V1" | "NONE") {
        return Err(Refusal::invalid(format!("Invalid value for payload_format: {format}.")));
    }
    check_publisher(tx, request, &topic)?;
    let id = (found["_notifications"].as_u64().unwrap_or(0) + 1).to_string();
    found["_notifications"] = json!(id.parse::<u64>().unwrap_or(1));
    tx.put(buckets::COLLECTION, name, &found)?;
    let mut notification = json!({
        "kind": "storage#notification",
        "id": id,
        "topic": format!("{TOPICS}{topic}"),
        "payload_format": format,
        "etag": id,
        "selfLink": link(&format!("{name}/notificationConfigs/{id}")),
    });
    for field in ["event_types", "custom_attributes", "object_name_prefix"] {
        if request.body.get(field).is_some_and(|it| !it.is_null()) {
            notification[field] = request.body[field].clone();
        }
    }
    tx.put(COLLECTION, &key(name, &id), &notification)?;
    Ok(Answer::json(notification))
}

/// Cloud Storage's agent must be allowed to publish, and the topic must be there: Google asks at once.
fn check_publisher(tx: &Tx, request: &Request<'_>, topic: &str) -> Result<(), Refusal> {
    let agent = iam::agent(request.project()?, "gs-project-accounts");
    let owner = topic.split('/').nth(1).unwrap_or_default();
    let keys = [iam::key("pubsub", topic), iam::project_key(owner)];
    let exists = tx.get("pubsub/topics", topic)?.is_some();
    if exists && iam::granted(tx, &Caller::Principal(agent.clone()), "pubsub.topics.publish", &keys)? {
        return Ok(());
    }
    Err(Refusal::denied(format!(
        "The service account '{agent}' does not have permission to publish messages to to the Cloud Pub/Sub topic \
         '{TOPICS}{topic}', or that topic does not exist."
    )))
}

fn load(tx: &Tx, request: &Request<'_>) -> Result<Value, Refusal> {
    let name = request.var("bucket");
    bucket(tx, name)?;
    let id = request.var("notification");
    tx.get(COLLECTION, &key(name, id))?
        .ok_or_else(|| Refusal::not_found(format!("The notification {id} on bucket {name} was not found.")))
}

pub(super) fn get(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    Ok(Answer::json(load(tx, request)?))
}

pub(super) fn list(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.var("bucket");
    bucket(tx, name)?;
    let all: Vec<Value> = tx.all(COLLECTION, &format!("{name}/"))?.into_iter().map(|(_, it)| it).collect();
    let mut answer = json!({"kind": "storage#notifications"});
    if !all.is_empty() {
        answer["items"] = json!(all);
    }
    Ok(Answer::json(answer))
}

pub(super) fn delete(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    load(tx, request)?;
    tx.remove(COLLECTION, &key(request.var("bucket"), request.var("notification")))?;
    Ok(Answer::no_content())
}

/// Removes all notifications of a bucket that is no more.
pub(super) fn forget(tx: &mut Tx, bucket: &str) -> Result<(), Refusal> {
    for (key, _) in tx.all(COLLECTION, &format!("{bucket}/"))? {
        tx.remove(COLLECTION, &key)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_sort_as_numbers() {
        assert!(key("b", "9") < key("b", "10"));
    }
}
