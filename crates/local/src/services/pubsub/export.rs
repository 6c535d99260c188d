//! Writes a subscription's messages into files in a bucket, each file together with the note that they are done.

use std::sync::Arc;

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::broker::Subscription;
use super::dead_letter::{self, project_of};
use super::message::Message;
use super::settings::Target;
use super::{held, schemas, subscriptions, topics};
use crate::avro::{self, Schema, raw};
use crate::cloud::Cloud;
use crate::error::{Code, Refusal};
use crate::made_up;
use crate::request::{Caller, Request, last};
use crate::services::storage;
use crate::store::Tx;

/// What is tried again, is after so many microseconds.
pub(super) const REST: i64 = 1_000_000;

/// Whether a file is full, or was open long enough.
pub(super) fn is_due(it: &Subscription, now: i64) -> bool {
    let batch = it.settings.batch;
    let Some(oldest) = it.backlog.ready().next() else { return false };
    oldest.published.saturating_add(batch.duration) <= now
        || batch.bytes.is_some_and(|most| it.backlog.size() >= most)
        || batch.messages.is_some_and(|most| it.backlog.len() >= most)
}

/// The messages of the next file.
fn next_file(it: &Subscription) -> Vec<Arc<Message>> {
    let batch = it.settings.batch;
    let (most, mut bytes) = (batch.messages.unwrap_or(usize::MAX), 0);
    let mut out = Vec::new();
    for message in it.backlog.ready().take(most) {
        bytes += message.size();
        out.push(Arc::clone(message));
        // A file is closed by the message that fills it.
        if batch.bytes.is_some_and(|most| bytes >= most) {
            break;
        }
    }
    out
}

/// Why no file was written.
enum Failure {
    /// What the subscription's state says until that has passed.
    State(&'static str),
    /// This message cannot be written.
    Message(u64, String),
    Refusal(Refusal),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        match refusal.code {
            Code::NotFound => Failure::State("NOT_FOUND"),
            Code::PermissionDenied => Failure::State("PERMISSION_DENIED"),
            _ => Failure::Refusal(refusal),
        }
    }
}

impl From<crate::store::StoreError> for Failure {
    fn from(error: crate::store::StoreError) -> Failure {
        Failure::Refusal(error.into())
    }
}

/// Writes the files of a subscription that are due.
pub(super) fn run(cloud: &Cloud, name: &str, now: i64) -> Result<(), Refusal> {
    loop {
        let messages = {
            let state = cloud.pubsub.lock();
            match state.subscriptions.get(name) {
                Some(it) if it.settings.target == Target::Bucket && is_due(it, now) => next_file(it),
                Some(_) | None => return Ok(()),
            }
        };
        match write(cloud, name, messages, now) {
            // Others have them, or are to have them.
            Ok(written) if written.is_empty() => return Ok(()),
            Ok(written) => {
                let mut rows = Vec::new();
                let mut state = cloud.pubsub.lock();
                for message in &written {
                    state.take_out(name, message.id, now, &mut rows);
                }
                if let Some(it) = state.subscriptions.get_mut(name) {
                    it.used = now;
                }
                drop(state);
                cloud.pubsub.writer.write(rows, |_| ());
            }
            Err(Failure::Message(id, reason)) => reject(cloud, name, id, reason, now)?,
            Err(Failure::State(state)) => {
                rest(cloud, name, now);
                return set_state(cloud, name, "cloudStorageConfig", state);
            }
            Err(Failure::Refusal(refusal)) => {
                rest(cloud, name, now);
                return Err(refusal);
            }
        }
    }
}

/// A message that cannot be written counts as delivered in vain; in the end it is a dead letter.
pub(super) fn reject(cloud: &Cloud, name: &str, id: u64, reason: String, now: i64) -> Result<(), Refusal> {
    let dead = {
        let mut state = cloud.pubsub.lock();
        let Some(it) = state.subscriptions.get_mut(name) else { return Ok(()) };
        let wait = it.settings.backoff(it.backlog.attempts(id) + 1).max(REST);
        let attempts = it.backlog.stay(id, Some(now.saturating_add(wait)), true);
        it.settings.dead_letter.as_ref().is_some_and(|it| attempts >= it.attempts)
    };
    if dead {
        dead_letter::forward(cloud, name, id, Some(reason), now)?;
    }
    Ok(())
}

pub(super) fn rest(cloud: &Cloud, name: &str, now: i64) {
    if let Some(it) = cloud.pubsub.lock().subscriptions.get_mut(name) {
        it.rests = now.saturating_add(REST);
    }
}

/// Says in a subscription's document how writing goes.
pub(super) fn set_state(cloud: &Cloud, name: &str, config: &str, state: &str) -> Result<(), Refusal> {
    let collection = subscriptions::SUBSCRIPTION.collection;
    let mut tx = cloud.store.write()?;
    if let Some(mut document) = tx.get(collection, name)?
        && note_state(&mut document, config, state)
    {
        tx.put(collection, name, &document)?;
        tx.commit()?;
    }
    Ok(())
}

/// Sets the state of a document; says whether it was another before.
pub(super) fn note_state(document: &mut Value, config: &str, state: &str) -> bool {
    if !document[config].is_object() || document[config]["state"] == state {
        return false;
    }
    document[config]["state"] = json!(state);
    document["state"] = json!(if state == "ACTIVE" { "ACTIVE" } else { "RESOURCE_ERROR" });
    true
}

/// A request that Pub/Sub makes for a subscription.
pub(super) fn own_request<'a>(
    cloud: &'a Cloud,
    api: (&str, &str),
    method: &str,
    subscription: &str,
) -> Result<Request<'a>, Refusal> {
    let project = cloud.known(project_of(subscription));
    Request::own(cloud, api, method, &[], project, Caller::Owner)
}

/// Writes a file, if the subscription still writes files; says which messages are in it.
fn write(
    cloud: &Cloud,
    name: &str,
    messages: Vec<Arc<Message>>,
    now: i64,
) -> Result<Vec<Arc<Message>>, Failure> {
    let collection = subscriptions::SUBSCRIPTION.collection;
    let mut request = own_request(cloud, ("storage", "v1"), "storage.objects.insert", name)?;
    let mut tx = cloud.store.write()?;
    let Some(mut document) = tx.get(collection, name)? else { return Err(Failure::State("NOT_FOUND")) };
    let config = document["cloudStorageConfig"].clone();
    let messages = if config.is_object() { held::still(&tx, name, &document, messages)? } else { Vec::new() };
    if messages.is_empty() {
        return Ok(messages);
    }
    subscriptions::check_bucket(&tx, &request, &config)?;
    request.caller = Caller::Principal(subscriptions::writer(&request, &config)?);
    let (content, kind) = content(&tx, name, &document, &messages)?;
    let object = file_name(&config, cloud.clock.now());
    let bucket = last(config["bucket"].as_str().unwrap_or_default()).to_owned();
    storage::write(&mut tx, &request, &bucket, &object, &json!({ "contentType": kind }), &content)?;
    held::done(&mut tx, name, &document, messages.iter().map(|it| it.id), now)?;
    if note_state(&mut document, "cloudStorageConfig", "ACTIVE") {
        tx.put(collection, name, &document)?;
    }
    tx.commit()?;
    Ok(messages)
}

fn content(
    tx: &Tx,
    name: &str,
    document: &Value,
    messages: &[Arc<Message>],
) -> Result<(Vec<u8>, &'static str), Failure> {
    let avro = &document["cloudStorageConfig"]["avroConfig"];
    if !avro.is_object() {
        let lines: Vec<&[u8]> = messages.iter().map(|it| it.data.as_ref()).collect();
        return Ok((lines.join(&b'\n'), "text/plain"));
    }
    let metadata = avro["writeMetadata"] == true;
    let of_topic = if avro["useTopicSchema"] == true { Some(topic_schema(tx, document)?) } else { None };
    let (definition, body) = match &of_topic {
        Some((definition, encoding)) => (definition.clone(), Some((definition, encoding.as_str()))),
        None => (
            json!({
                "type": "record", "namespace": "com.google.pubsub",
                "name": if metadata { "PubsubMessageWithMetadata" } else { "PubsubMessage" },
                "fields": [{"name": "data", "type": "bytes"}],
            }),
            None,
        ),
    };
    let schema = Schema::parse(&definition.to_string()).map_err(|_| Failure::State("SCHEMA_MISMATCH"))?;
    let mut values = Vec::new();
    for message in messages {
        let mut out = Vec::new();
        if metadata {
            write_metadata(name, message, &mut out);
        }
        match body {
            None => raw::bytes(&message.data, &mut out),
            Some((_, "BINARY")) => out.extend_from_slice(&message.data),
            Some(_) => {
                let value = serde_json::from_slice(&message.data)
                    .map_err(|error| Failure::Message(message.id, error.to_string()))?;
                avro::encode(&schema, &value, &mut out).map_err(|why| Failure::Message(message.id, why))?;
            }
        }
        values.push(out);
    }
    let definition = if metadata { with_metadata(definition)? } else { definition };
    let mark = u128::from(made_up::random()) << 64 | u128::from(made_up::random());
    Ok((avro::file(&definition.to_string(), &values, mark.to_be_bytes()), "application/avro"))
}

/// The topic's schema and the encoding of its messages.
fn topic_schema(tx: &Tx, document: &Value) -> Result<(Value, String), Failure> {
    let mismatch = || Failure::State("SCHEMA_MISMATCH");
    let topic = tx.get(topics::TOPIC.collection, document["topic"].as_str().unwrap_or_default())?;
    let settings = topic.ok_or_else(mismatch)?["schemaSettings"].clone();
    let schema = tx.get(schemas::SCHEMA.collection, settings["schema"].as_str().unwrap_or_default())?;
    let definition = schema.ok_or_else(mismatch)?["definition"].as_str().unwrap_or_default().to_owned();
    let definition = serde_json::from_str(&definition).map_err(|_| mismatch())?;
    Ok((definition, settings["encoding"].as_str().unwrap_or("JSON").to_owned()))
}

/// The fields that come before a message's own.
fn with_metadata(mut definition: Value) -> Result<Value, Failure> {
    let fields = definition["fields"].as_array_mut().ok_or(Failure::State("SCHEMA_MISMATCH"))?;
    let more = json!([
        {"name": "subscription_name", "type": "string"},
        {"name": "message_id", "type": "string"},
        {"name": "publish_time", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        {"name": "attributes", "type": {"type": "map", "values": "string"}},
    ]);
    fields.splice(0..0, more.as_array().into_iter().flatten().cloned());
    Ok(definition)
}

fn write_metadata(name: &str, message: &Message, out: &mut Vec<u8>) {
    raw::text(name, out);
    raw::text(&message.id.to_string(), out);
    raw::long(message.published, out);
    let mut attributes: Vec<(&str, &str)> =
        message.attributes.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    if !message.ordering_key.is_empty() {
        attributes.push(("orderingKey", &message.ordering_key));
    }
    raw::map(attributes.into_iter(), out);
}

/// `events-2024-04-01T12:34:56+00:00_6f1d8c.json`.
fn file_name(config: &Value, now: OffsetDateTime) -> String {
    let text = |field: &str| config[field].as_str().unwrap_or_default();
    let format = Some(text("filenameDatetimeFormat")).filter(|it| !it.is_empty());
    let format = format.unwrap_or("YYYY-MM-DDThh:mm:ss+00:00");
    let time = time_text(format, now).unwrap_or_default();
    // A format that ends in a mark brings its own separator.
    let mark = if format.ends_with(['-', '_', ':', '/']) { "" } else { "_" };
    format!("{}{time}{mark}{}{}", text("filenamePrefix"), made_up::hex(6), text("filenameSuffix"))
}

/// A time in a format of `YYYY`, `YY`, `MM`, `DD`, `hh`, `mm`, `ss`, `T`, `Z` or `+00:00`, and marks between.
/// Each of the six times must be there, once.
pub(super) fn time_text(format: &str, at: OffsetDateTime) -> Option<String> {
    let year = at.year();
    let two = |it: u8| format!("{it:02}");
    let parts = [
        (0, "YYYY", format!("{year:04}")),
        (0, "YY", format!("{:02}", year % 100)),
        (1, "MM", two(at.month().into())),
        (2, "DD", two(at.day())),
        (3, "hh", two(at.hour())),
        (4, "mm", two(at.minute())),
        (5, "ss", two(at.second())),
        (6, "T", "T".to_owned()),
        (7, "Z", "Z".to_owned()),
        (7, "+00:00", "+00:00".to_owned()),
    ];
    let (mut out, mut rest, mut seen) = (String::new(), format, [false; 8]);
    while let Some(c) = rest.chars().next() {
        match parts.iter().find(|(_, text, _)| rest.starts_with(text)) {
            Some((place, text, value)) => {
                if std::mem::replace(&mut seen[*place], true) {
                    return None;
                }
                out.push_str(value);
                rest = &rest[text.len()..];
            }
            None if "-_:/".contains(c) => {
                out.push(c);
                rest = &rest[c.len_utf8()..];
            }
            None => return None,
        }
    }
    seen[..6].iter().all(|it| *it).then_some(out)
}

impl Subscription {
    /// The row that says a message is done.
    pub fn done_row(&self, id: u64, now: i64) -> crate::queue::Row {
        match self.settings.retain_acknowledged {
            true => crate::queue::Row::Hold(self.holder.clone(), id, now),
            false => crate::queue::Row::NoHold(self.holder.clone(), id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_names() {
        let at = crate::clock::at(1_695_615_000_000_000);
        for (format, want) in [
            ("YYYY-MM-DD/hh_mm_ssZ", Some("2023-09-25/04_10_00Z")),
            ("YYYY-MM-DDThh:mm:ss+00:00", Some("2023-09-25T04:10:00+00:00")),
            ("YYMMDDhhmmss", Some("230925041000")),
            ("YYYY-YY-MM-DDThh:mm:ss", None),
            ("YYYY-MM-DD", None),
            ("YYYY-MM-DD hh:mm:ss", None),
        ] {
            assert_eq!(time_text(format, at).as_deref(), want, "{format}");
        }
        let name = file_name(&json!({"filenamePrefix": "prod_", "filenameSuffix": "_archive"}), at);
        assert!(name.starts_with("prod_2023-09-25T04:10:00+00:00_") && name.ends_with("_archive"), "{name}");
        let name = file_name(&json!({"filenameDatetimeFormat": "YYYY-MM-DDThh_mm_ss-"}), at);
        assert!(name.starts_with("2023-09-25T04_10_00-") && !name.contains("-_"), "{name}");
    }
}
