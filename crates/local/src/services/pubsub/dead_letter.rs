//! Forwards what could not be delivered to the dead letter topic, as Pub/Sub's agent.

use std::sync::{Arc, PoisonError};

use super::broker::{Broker, State};
use super::message::{Draft, Message};
use super::topics;
use crate::cloud::Cloud;
use crate::error::Refusal;
use crate::iam;
use crate::request::{Caller, last};

/// A message that leaves a subscription for the dead letter topic.
struct Letter {
    subscription: String,
    topic: String,
    message: Arc<Message>,
    attempts: u32,
    /// Why it could not be written, where it was to be.
    reason: Option<String>,
}

/// `p` of `projects/p/…`.
pub(super) fn project_of(name: &str) -> &str {
    name.split('/').nth(1).unwrap_or_default()
}

/// Whether the agent of a subscription's project may forward: it must be a publisher there and a subscriber here.
/// Google does not ask when the policy is set, and keeps the messages as long as the answer is no.
fn may_forward(cloud: &Cloud, subscription: &str, topic: &str) -> Result<bool, Refusal> {
    let tx = cloud.store.read()?;
    if tx.get(topics::TOPIC.collection, topic)?.is_none() {
        return Ok(false);
    }
    let Some(project) = cloud.known(project_of(subscription)) else { return Ok(false) };
    let agent = Caller::Principal(iam::agent(&project, "gcp-sa-pubsub"));
    for (permission, name) in
        [("pubsub.topics.publish", topic), ("pubsub.subscriptions.consume", subscription)]
    {
        let keys = [iam::key("pubsub", name), iam::project_key(project_of(name))];
        if !iam::granted(&tx, &agent, permission, &keys)? {
            return Ok(false);
        }
    }
    Ok(true)
}

impl Letter {
    fn draft(&self) -> Draft {
        let mut attributes = self.message.attributes.clone();
        let mut mark = |name: &str, value: String| {
            attributes.insert(format!("CloudPubSubDeadLetterSource{name}"), value);
        };
        mark("DeliveryCount", self.attempts.to_string());
        mark("Subscription", last(&self.subscription).to_owned());
        mark("SubscriptionProject", project_of(&self.subscription).to_owned());
        mark("TopicPublishTime", self.message.published_text());
        if let Some(reason) = &self.reason {
            mark("DeliveryErrorMessage", reason.clone());
        }
        Draft { data: self.message.data.clone(), attributes, ordering_key: self.message.ordering_key.clone() }
    }

    /// Publishes the letter and takes the message out, both or neither.
    fn forward(self, broker: &Broker, now: i64) {
        let mut state = broker.lock();
        let mut publication = state.prepare(&self.topic, vec![self.draft()], now);
        // Where it came from it counts as acknowledged; memory follows when that is kept.
        if let Some(it) = state.subscriptions.get(&self.subscription) {
            publication.rows.push(it.done_row(self.message.id, now));
        }
        let (shared, changed, messages) =
            (Arc::clone(&broker.state), Arc::clone(&broker.changed), publication.messages);
        broker.writer.write(publication.rows, move |outcome| {
            let mut state = shared.lock().unwrap_or_else(PoisonError::into_inner);
            if outcome.is_ok() {
                state.settle(&messages);
                // The rows were written above; what they leave behind goes when this cloud starts again.
                state.take_out(&self.subscription, self.message.id, now, &mut Vec::new());
            } else if let Some(it) = state.subscriptions.get_mut(&self.subscription) {
                it.backlog.stay(self.message.id, None, false);
            }
            drop(state);
            changed.notify_waiters();
        });
    }
}

impl State {
    /// Takes out a message that a subscription is done with, if it is still there.
    pub fn take_out(&mut self, name: &str, id: u64, now: i64, rows: &mut Vec<crate::queue::Row>) {
        let Some(it) = self.subscriptions.get_mut(name) else { return };
        if let Some(message) = it.backlog.remove(id) {
            self.done(name, message, now, rows);
        }
    }
}

/// A message of a subscription failed too often, or for a reason that does not pass: forwards it if the
/// subscription has a dead letter topic and the agent may; else it stays and is delivered again.
pub(super) fn forward(
    cloud: &Cloud,
    name: &str,
    id: u64,
    reason: Option<String>,
    now: i64,
) -> Result<bool, Refusal> {
    let letter = {
        let mut state = cloud.pubsub.lock();
        let Some(it) = state.subscriptions.get_mut(name) else { return Ok(false) };
        let Some(message) = it.backlog.get(id).map(Arc::clone) else { return Ok(false) };
        let topic = it.settings.dead_letter.as_ref().map(|it| it.topic.clone());
        let attempts = it.backlog.attempts(id);
        it.backlog.hold(id);
        topic.map(|topic| Letter { subscription: name.to_owned(), topic, message, attempts, reason })
    };
    if let Some(letter) = letter
        && may_forward(cloud, name, &letter.topic)?
    {
        letter.forward(&cloud.pubsub, now);
        return Ok(true);
    }
    let mut state = cloud.pubsub.lock();
    if let Some(it) = state.subscriptions.get_mut(name) {
        let wait = it.settings.backoff(it.backlog.attempts(id));
        it.backlog.stay(id, (wait > 0).then(|| now.saturating_add(wait)), false);
    }
    Ok(false)
}
