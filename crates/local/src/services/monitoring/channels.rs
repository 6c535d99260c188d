//! Notification channels, and the kinds of channels there are.

use serde_json::{Value, json};

use super::{alerts, check_user_labels, record};
use crate::error::Refusal;
use crate::made_up;
use crate::request::{Answer, Request};
use crate::resource::{self, Kind, apply_mask};
use crate::store::Tx;

pub(super) const CHANNEL: Kind = Kind {
    collection: "monitoring/notificationChannels",
    list: "notificationChannels",
    missing: |_, name| format!("Cannot find notification channel with name {name}."),
    taken: resource::already_exists,
    show: resource::plain,
    page: 1000,
};

/// A type of channel, what people call it, and its labels; those before the bar must be given.
struct Descriptor {
    kind: &'static str,
    title: &'static str,
    needed: &'static [&'static str],
    optional: &'static [&'static str],
}

const fn descriptor(
    kind: &'static str,
    title: &'static str,
    needed: &'static [&'static str],
    optional: &'static [&'static str],
) -> Descriptor {
    Descriptor { kind, title, needed, optional }
}

const DESCRIPTORS: &[Descriptor] = &[
    descriptor("email", "Email", &["email_address"], &[]),
    descriptor("google_chat", "Google Chat", &["space"], &[]),
    descriptor("mobile", "Cloud Console Mobile App", &[], &["user_id", "user_name"]),
    descriptor("pagerduty", "PagerDuty Services", &["service_key"], &[]),
    descriptor("pubsub", "Cloud Pub/Sub", &["topic"], &[]),
    descriptor("slack", "Slack", &["channel_name"], &["auth_token", "team"]),
    descriptor("sms", "SMS", &["number"], &[]),
    descriptor("webhook_basicauth", "Webhook with Basic Authentication", &["url", "username"], &["password"]),
    descriptor("webhook_tokenauth", "Webhook with Token Authentication", &["url"], &[]),
];

fn check(channel: &Value) -> Result<(), Refusal> {
    let kind = channel["type"].as_str().unwrap_or_default();
    let Some(descriptor) = DESCRIPTORS.iter().find(|it| it.kind == kind) else {
        return Err(Refusal::invalid(format!(
            "Field \"notification_channel.type\" had an invalid value of \"{kind}\": Unrecognized notification channel type."
        )));
    };
    for label in descriptor.needed {
        if channel["labels"][label].as_str().unwrap_or_default().is_empty() {
            return Err(Refusal::invalid(format!(
                "Field \"notification_channel.labels['{label}']\" is required for channels of type \"{kind}\"."
            )));
        }
    }
    for label in channel["labels"].as_object().into_iter().flatten().map(|(label, _)| label.as_str()) {
        if !descriptor.needed.contains(&label) && !descriptor.optional.contains(&label) {
            return Err(Refusal::invalid(format!(
                "Field \"notification_channel.labels['{label}']\" is not allowed for channels of type \"{kind}\"."
            )));
        }
    }
    check_user_labels(&channel["userLabels"])
}

/// Fills in what Google does.
fn complete(channel: &mut Value) {
    resource::default(channel, "enabled", true);
    // Nobody can read the code here that a number must answer with, so it stays unverified.
    if channel["type"] == "sms" {
        resource::default(channel, "verificationStatus", "UNVERIFIED");
    }
}

pub(super) fn create(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = format!("{}/notificationChannels/{}", request.name(), made_up::digits(19));
    let mut channel = request.body.clone();
    check(&channel)?;
    resource::remove(&mut channel, "verificationStatus");
    channel["name"] = json!(name);
    complete(&mut channel);
    channel["creationRecord"] = record(request);
    channel["mutationRecords"] = json!([record(request)]);
    CHANNEL.insert(tx, request, &name, &channel)?;
    Ok(CHANNEL.answer(request, channel))
}

pub(super) fn patch(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name();
    let old = CHANNEL.load(tx, request, name)?;
    let mask = request.mask();
    resource::check_mask(request, "NotificationChannel", &mask)?;
    let mut channel = if mask.is_empty() { request.body.clone() } else { old.clone() };
    apply_mask(&mut channel, &request.body, &mask);
    check(&channel)?;
    channel["name"] = json!(name);
    complete(&mut channel);
    channel["creationRecord"] = old["creationRecord"].clone();
    // Only the latest change is told.
    channel["mutationRecords"] = json!([record(request)]);
    CHANNEL.save(tx, name, &channel)?;
    Ok(CHANNEL.answer(request, channel))
}

/// A channel that a policy notifies is kept, unless `force` takes it out of the policies too.
pub(super) fn delete(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name();
    CHANNEL.load(tx, request, name)?;
    let refers = |it: &Value| it.as_str().is_some_and(|it| request.named(it) == name);
    for (of, mut policy) in tx.all(alerts::POLICY.collection, "")? {
        let Some(channels) = policy["notificationChannels"].as_array_mut() else { continue };
        if !channels.iter().any(refers) {
            continue;
        }
        if !request.query.is("force") {
            return Err(Refusal::precondition(format!(
                "Could not delete \"{name}\" because it is still being referenced by: \"{of}\""
            )));
        }
        channels.retain(|it| !refers(it));
        if channels.is_empty() {
            resource::remove(&mut policy, "notificationChannels");
        }
        alerts::POLICY.save(tx, &of, &policy)?;
    }
    CHANNEL.drop(tx, request)
}

fn described(request: &Request<'_>, it: &Descriptor) -> Value {
    let project = request.project.as_ref().map_or("", |it| it.id.as_str());
    let labels: Vec<Value> = it.needed.iter().chain(it.optional).map(|key| json!({"key": key})).collect();
    json!({
        "name": format!("projects/{project}/notificationChannelDescriptors/{}", it.kind),
        "type": it.kind,
        "displayName": it.title,
        "labels": labels,
    })
}

pub(super) fn get_descriptor(_: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let found = DESCRIPTORS.iter().find(|it| it.kind == request.id());
    let missing =
        || Refusal::not_found(format!("Cannot find notification channel descriptor {}.", request.name()));
    Ok(Answer::json(described(request, found.ok_or_else(missing)?)))
}

pub(super) fn list_descriptors(_: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let all: Vec<Value> = DESCRIPTORS.iter().map(|it| described(request, it)).collect();
    Ok(Answer::json(json!({"channelDescriptors": all})))
}
