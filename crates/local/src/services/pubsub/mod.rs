//! Pub/Sub v1: topics, subscriptions, schemas and snapshots.

mod backlog;
mod broker;
mod dead_letter;
mod deliver;
mod export;
mod filter;
mod held;
mod keeper;
mod message;
mod messages;
mod push;
mod reading;
mod schemas;
mod seek;
mod settings;
mod snapshots;
mod subscriptions;
mod sync;
mod tables;
mod topics;
mod validation;
mod writer;

use serde_json::Value;

use crate::error::Refusal;
use crate::moment;
use crate::request::{Handler, Request, last};
use crate::resource::{Kind, policy_method};
use crate::store::Tx;

pub use backlog::Limit;
pub use broker::Broker;
pub use deliver::{Outcome, Received, check_pull};
pub use keeper::keep;
pub use message::{Draft, Message};
pub use messages::{Kept, MOST_BYTES, limit, publish, settled};
pub use reading::{forget_subscription, make_subscription, note_done, still_pulled};
pub use tables::{AppendError, Row, RowRefused, Rows};

/// Whether a method that is not a GET only reads documents: messages are kept beside them.
pub fn only_reads(method: &str) -> bool {
    matches!(
        method,
        "pubsub.projects.topics.publish"
            | "pubsub.projects.subscriptions.pull"
            | "pubsub.projects.subscriptions.acknowledge"
            | "pubsub.projects.subscriptions.modifyAckDeadline"
            | "pubsub.projects.subscriptions.seek"
            | "pubsub.projects.schemas.validate"
            | "pubsub.projects.schemas.validateMessage"
    )
}

/// The handler of a method, named without `pubsub.`.
pub fn handler(method: &str) -> Option<Handler> {
    Some(match method {
        "projects.topics.create" => topics::create,
        "projects.topics.get" => |tx, request| topics::TOPIC.get(tx, request),
        "projects.topics.list" => |tx, request| topics::TOPIC.list(tx, request),
        "projects.topics.patch" => topics::patch,
        "projects.topics.publish" => messages::publish_request,
        "projects.topics.delete" => topics::delete,
        "projects.topics.subscriptions.list" => topics::subscriptions,
        "projects.topics.snapshots.list" => topics::snapshots,
        "projects.subscriptions.create" => subscriptions::create,
        "projects.subscriptions.get" => subscriptions::get,
        "projects.subscriptions.list" => |tx, request| subscriptions::SUBSCRIPTION.list(tx, request),
        "projects.subscriptions.patch" => subscriptions::patch,
        "projects.subscriptions.delete" => |tx, request| subscriptions::SUBSCRIPTION.drop(tx, request),
        "projects.subscriptions.detach" => subscriptions::detach,
        "projects.subscriptions.modifyPushConfig" => subscriptions::modify_push_config,
        "projects.subscriptions.pull" => messages::pull,
        "projects.subscriptions.acknowledge" => messages::acknowledge,
        "projects.subscriptions.modifyAckDeadline" => messages::modify_ack_deadline,
        "projects.subscriptions.seek" => messages::seek_request,
        "projects.schemas.create" => schemas::create,
        "projects.schemas.get" => schemas::get,
        "projects.schemas.list" => |tx, request| schemas::SCHEMA.list(tx, request),
        "projects.schemas.delete" => schemas::delete,
        "projects.schemas.commit" => schemas::commit,
        "projects.schemas.rollback" => schemas::rollback,
        "projects.schemas.deleteRevision" => schemas::delete_revision,
        "projects.schemas.listRevisions" => schemas::list_revisions,
        "projects.schemas.validate" => schemas::validate,
        "projects.schemas.validateMessage" => messages::validate_message,
        "projects.snapshots.create" => snapshots::create,
        "projects.snapshots.get" => |tx, request| snapshots::SNAPSHOT.get(tx, request),
        "projects.snapshots.list" => |tx, request| snapshots::SNAPSHOT.list(tx, request),
        "projects.snapshots.patch" => snapshots::patch,
        "projects.snapshots.delete" => |tx, request| snapshots::SNAPSHOT.drop(tx, request),
        _ => return policy(method),
    })
}

fn policy(method: &str) -> Option<Handler> {
    policy_method(method)?;
    Some(|tx, request| {
        let kind = match request.name().split('/').nth(2) {
            Some("topics") => &topics::TOPIC,
            Some("subscriptions") => &subscriptions::SUBSCRIPTION,
            Some("schemas") => &schemas::SCHEMA,
            Some(_) | None => &snapshots::SNAPSHOT,
        };
        match policy_method(&request.method.id) {
            Some(answer) => answer(kind, tx, request),
            None => Err(Refusal::not_found(missing(request, request.name()))),
        }
    })
}

/// Google names the resource by its last segment.
fn missing(_: &Request<'_>, name: &str) -> String {
    format!("Resource not found (resource={}).", last(name))
}

fn taken(_: &Request<'_>, name: &str) -> String {
    format!("Resource already exists in the project (resource={}).", last(name))
}

const fn kind(collection: &'static str, list: &'static str) -> Kind {
    Kind { collection, list, missing, taken, show: crate::resource::plain, page: 100 }
}

/// Refuses a name that Pub/Sub would not take.
fn check_name(name: &str) -> Result<(), Refusal> {
    let id = last(name);
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.~+%".contains(c);
    let good = (3..=255).contains(&id.len())
        && id.starts_with(|c: char| c.is_ascii_alphabetic())
        && id.chars().all(fits)
        && !id.to_ascii_lowercase().starts_with("goog");
    if good {
        return Ok(());
    }
    Err(Refusal::invalid(format!(
        "Invalid resource name given (name={name}). Refer to \
         https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names for more information."
    )))
}

/// Refuses a duration outside of its bounds, in seconds.
fn check_duration(given: &Value, field: &str, least: f64, most: f64) -> Result<(), Refusal> {
    let Some(text) = given[field].as_str() else { return Ok(()) };
    let seconds = moment::duration_seconds(text).unwrap_or(-1.0);
    if (least..=most).contains(&seconds) {
        return Ok(());
    }
    Err(Refusal::invalid(format!(
        "Invalid {field} given: {text}. It must be between {least} and {most} seconds."
    )))
}

/// The fields an update changes; an empty mask is refused, and so is one that names what cannot change.
fn update_mask(
    request: &Request<'_>,
    message: &str,
    schema: &str,
    fixed: &[&str],
) -> Result<Vec<String>, Refusal> {
    let mask = request.mask();
    if mask.is_empty() {
        return Err(Refusal::invalid(format!(
            "The update_mask in the {message} must be set, and must contain a non-empty paths list."
        )));
    }
    let known = request.api.schema(schema);
    for path in &mask {
        let first = path.split('.').next().unwrap_or(path);
        if fixed.contains(&first) || known.is_none_or(|it| !it.fields.contains_key(first)) {
            return Err(Refusal::invalid(format!(
                "Invalid update_mask provided in the {message}: '{path}' is not a known or updatable {schema} field."
            )));
        }
    }
    Ok(mask)
}

/// A topic that something refers to must exist.
fn check_topic(tx: &Tx, request: &Request<'_>, name: &str) -> Result<Value, Refusal> {
    topics::TOPIC.load(tx, request, name)
}
