//! Learns what is kept and what becomes of topics, subscriptions and snapshots.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use prost::Message as _;
use serde_json::Value;

use super::backlog::Backlog;
use super::broker::{Broker, Holder, Snapshot, State, Subscription};
use super::message::Message;
use super::settings::{Settings, micros};
use crate::clock;
use crate::moment;
use crate::queue::Row;
use crate::store::{Store, StoreError};

impl Broker {
    /// Takes up what is kept, and throws away what nobody holds.
    pub(super) fn load(&self, store: &Store) -> Result<(), StoreError> {
        let tx = store.read()?;
        let mut messages = HashMap::new();
        for (id, bytes) in tx.messages()? {
            // What cannot be read is not delivered; its rows go with it below.
            if let Ok(message) = Message::decode(bytes.as_slice()) {
                messages.insert(id, Arc::new(message));
            }
        }
        let mut holds: HashMap<String, _> = tx.holds()?.into_iter().collect();
        let mut state = self.lock();
        state.last = messages.keys().max().copied().unwrap_or(0);
        let mut held = |document: &Value, name: &str| {
            let found = holds.remove(&holder(document, name)).unwrap_or_default();
            found
                .into_iter()
                .filter_map(|(id, done)| messages.get(&id).map(|it| (Arc::clone(it), done)))
                .collect::<Vec<_>>()
        };
        for (name, document) in tx.all(super::topics::TOPIC.collection, "")? {
            state.set_topic(&name, &document);
            for (message, _) in held(&document, &name) {
                state.deliver(&Holder::Topic, &message);
            }
        }
        for (name, document) in tx.all(super::subscriptions::SUBSCRIPTION.collection, "")? {
            state.set_subscription(&name, &document);
            let key = holder(&document, &name);
            for (message, done) in held(&document, &name) {
                if done == 0 {
                    state.deliver(&Holder::Subscription(name.clone(), key.clone()), &message);
                } else if let Some(it) = state.subscriptions.get_mut(&name) {
                    it.acknowledged.insert(message.id, (Arc::clone(&message), done));
                    state.refer(message.id);
                }
            }
        }
        for (name, document) in tx.all(super::snapshots::SNAPSHOT.collection, "")? {
            state.set_snapshot(&name, &document);
            let key = holder(&document, &name);
            for (message, _) in held(&document, &name) {
                state.deliver(&Holder::Snapshot(name.clone(), key.clone()), &message);
            }
        }
        // Rows of who is no more, and messages that nobody holds.
        let mut rows: Vec<Row> = holds
            .into_iter()
            .flat_map(|(holder, held)| held.into_iter().map(move |(id, _)| Row::NoHold(holder.clone(), id)))
            .collect();
        rows.extend(
            messages.keys().filter(|id| !state.references.contains_key(id)).map(|id| Row::NoMessage(*id)),
        );
        drop(state);
        self.writer.write(rows, |_| ());
        Ok(())
    }

    /// Learns what became of a topic.
    pub fn sync_topic(&self, name: &str, document: Option<&Value>) {
        let mut rows = Vec::new();
        let mut state = self.lock();
        match document {
            Some(document) => state.set_topic(name, document),
            None => {
                if let Some(topic) = state.topics.remove(name) {
                    for id in topic.log.into_keys() {
                        rows.push(Row::NoHold(topic.holder.clone(), id));
                        state.release(id, &mut rows);
                    }
                }
                let gone = super::topics::DELETED;
                for it in state.subscriptions.values_mut().filter(|it| it.settings.topic == name) {
                    gone.clone_into(&mut it.settings.topic);
                }
                for it in state.snapshots.values_mut().filter(|it| it.topic == name) {
                    gone.clone_into(&mut it.topic);
                }
            }
        }
        drop(state);
        self.writer.write(rows, |_| ());
    }

    /// Learns what became of a subscription.
    pub fn sync_subscription(&self, name: &str, document: Option<&Value>) {
        let mut rows = Vec::new();
        let mut state = self.lock();
        let key = document.map(|it| holder(it, name));
        if state.subscriptions.get(name).is_some_and(|it| Some(&it.holder) != key.as_ref())
            && let Some(old) = state.subscriptions.remove(name)
        {
            let waiting = old.backlog.messages().map(|it| it.id);
            for id in waiting.chain(old.acknowledged.keys().copied()) {
                rows.push(Row::NoHold(old.holder.clone(), id));
                state.release(id, &mut rows);
            }
        }
        if let Some(document) = document {
            state.set_subscription(name, document);
            state.drop_if_detached(name, &mut rows);
        }
        drop(state);
        self.writer.write(rows, |_| ());
        self.changed.notify_waiters();
    }

    /// Learns what became of a snapshot.
    pub fn sync_snapshot(&self, name: &str, document: Option<&Value>) {
        let mut rows = Vec::new();
        let mut state = self.lock();
        match document {
            Some(document) => state.set_snapshot(name, document),
            None => {
                if let Some(old) = state.snapshots.remove(name) {
                    for id in old.held.into_keys() {
                        rows.push(Row::NoHold(old.holder.clone(), id));
                        state.release(id, &mut rows);
                    }
                }
            }
        }
        drop(state);
        self.writer.write(rows, |_| ());
    }
}

/// The key of the rows of a topic, subscription or snapshot: another one of the same name has another.
pub(super) fn holder(document: &Value, name: &str) -> String {
    document["_holder"].as_str().unwrap_or(name).to_owned()
}

impl State {
    fn set_topic(&mut self, name: &str, document: &Value) {
        let topic = self.topics.entry(name.to_owned()).or_default();
        topic.holder = holder(document, name);
        topic.retention = micros(&document["messageRetentionDuration"]);
    }

    fn set_subscription(&mut self, name: &str, document: &Value) {
        let settings = Settings::read(document);
        let ordered = settings.ordered;
        let it = self.subscriptions.entry(name.to_owned()).or_insert_with(|| Subscription {
            holder: holder(document, name),
            settings: Settings::default(),
            backlog: Backlog::new(ordered),
            acknowledged: BTreeMap::new(),
            used: 0,
            rests: 0,
        });
        it.rests = 0;
        it.settings = settings;
    }

    /// A subscription that is detached loses what it holds.
    fn drop_if_detached(&mut self, name: &str, rows: &mut Vec<Row>) {
        let Some(it) = self.subscriptions.get_mut(name).filter(|it| it.settings.detached) else { return };
        let backlog = std::mem::replace(&mut it.backlog, Backlog::new(it.settings.ordered));
        let kept = std::mem::take(&mut it.acknowledged);
        let holder = it.holder.clone();
        for id in backlog.messages().map(|it| it.id).chain(kept.into_keys()) {
            rows.push(Row::NoHold(holder.clone(), id));
            self.release(id, rows);
        }
    }

    fn set_snapshot(&mut self, name: &str, document: &Value) {
        let text = |field: &str| document[field].as_str().unwrap_or_default();
        let it = self.snapshots.entry(name.to_owned()).or_insert_with(|| Snapshot {
            holder: holder(document, name),
            topic: String::new(),
            expires: 0,
            held: BTreeMap::new(),
        });
        text("topic").clone_into(&mut it.topic);
        it.expires = moment::parse(text("expireTime")).map_or(i64::MAX, clock::micros);
    }
}
