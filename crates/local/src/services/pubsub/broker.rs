//! Takes messages in and gives them out: topics, subscriptions and snapshots with all that they hold.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prost::Message as _;
use tokio::sync::{Notify, oneshot};

use super::backlog::Backlog;
use super::message::{Draft, Message};
use super::settings::Settings;
use super::writer::Writer;
use crate::clock;
use crate::moment;
use crate::queue::Row;
use crate::store::{Store, StoreError};

/// A topic, and the messages it keeps for who may come back to them.
#[derive(Debug, Default)]
pub(super) struct Topic {
    pub holder: String,
    pub retention: Option<i64>,
    pub log: BTreeMap<u64, Arc<Message>>,
}

/// A subscription and what it holds.
#[derive(Debug)]
pub(super) struct Subscription {
    pub holder: String,
    pub settings: Settings,
    pub backlog: Backlog,
    /// Acknowledged messages that are kept, and when they were.
    pub acknowledged: BTreeMap<u64, (Arc<Message>, i64)>,
    /// When it was used last.
    pub used: i64,
    /// What failed as a whole is not tried again before this.
    pub rests: i64,
}

/// A snapshot: what was not acknowledged when it was made, and all that came after.
#[derive(Debug)]
pub(super) struct Snapshot {
    pub holder: String,
    pub topic: String,
    pub expires: i64,
    pub held: BTreeMap<u64, Arc<Message>>,
}

/// Everything that is held.
#[derive(Debug, Default)]
pub(super) struct State {
    pub topics: HashMap<String, Topic>,
    pub subscriptions: HashMap<String, Subscription>,
    pub snapshots: HashMap<String, Snapshot>,
    /// How many hold each message.
    pub references: HashMap<u64, usize>,
    pub last: u64,
}

impl State {
    /// Notes that one more holds a message.
    pub fn refer(&mut self, id: u64) {
        *self.references.entry(id).or_insert(0) += 1;
    }

    /// Notes that one fewer holds a message; the last one takes it along.
    pub fn release(&mut self, id: u64, rows: &mut Vec<Row>) {
        if let Some(count) = self.references.get_mut(&id) {
            *count -= 1;
            if *count == 0 {
                self.references.remove(&id);
                rows.push(Row::NoMessage(id));
            }
        }
    }

    fn next_id(&mut self) -> u64 {
        // By the machine's time, so that no id comes twice even if this was killed before it was kept.
        let now = u64::try_from(clock::micros(moment::now())).unwrap_or(0);
        self.last = now.max(self.last + 1);
        self.last
    }

    /// A message that a subscription is done with.
    pub fn done(&mut self, name: &str, message: Arc<Message>, now: i64, rows: &mut Vec<Row>) {
        let Some(subscription) = self.subscriptions.get_mut(name) else { return };
        let holder = subscription.holder.clone();
        if subscription.settings.retain_acknowledged {
            rows.push(Row::Hold(holder, message.id, now));
            subscription.acknowledged.insert(message.id, (message, now));
        } else {
            rows.push(Row::NoHold(holder, message.id));
            self.release(message.id, rows);
        }
    }

    /// Who will hold a message that is published to a topic.
    fn holders(&self, topic: &str, message: &Message) -> Vec<Holder> {
        let mut out = Vec::new();
        if self.topics.get(topic).is_some_and(|it| it.retention.is_some()) {
            out.push(Holder::Topic);
        }
        for (name, it) in &self.subscriptions {
            if it.settings.topic == topic && it.settings.wants(message) {
                out.push(Holder::Subscription(name.clone(), it.holder.clone()));
            }
        }
        for (name, it) in &self.snapshots {
            if it.topic == topic {
                out.push(Holder::Snapshot(name.clone(), it.holder.clone()));
            }
        }
        out
    }

    /// Lets a holder have a message, if it is still the one that was meant.
    pub fn deliver(&mut self, holder: &Holder, message: &Arc<Message>) {
        let taken = match holder {
            Holder::Topic => match self.topics.get_mut(&message.topic) {
                Some(topic) => topic.log.insert(message.id, Arc::clone(message)).is_none(),
                None => false,
            },
            Holder::Subscription(name, holder) => match self.subscriptions.get_mut(name) {
                Some(it) if it.holder == *holder => {
                    it.backlog.add(Arc::clone(message));
                    true
                }
                Some(_) | None => false,
            },
            Holder::Snapshot(name, holder) => match self.snapshots.get_mut(name) {
                Some(it) if it.holder == *holder => it.held.insert(message.id, Arc::clone(message)).is_none(),
                Some(_) | None => false,
            },
        };
        if taken {
            self.refer(message.id);
        }
    }

    /// Messages to be published, with the rows that keep them.
    pub fn prepare(&mut self, topic: &str, drafts: Vec<Draft>, now: i64) -> Publication {
        let mut publication = Publication::default();
        let log = self.topics.get(topic).map(|it| it.holder.clone()).unwrap_or_default();
        for draft in drafts {
            let message = Arc::new(Message {
                id: self.next_id(),
                topic: topic.to_owned(),
                published: now,
                data: draft.data,
                attributes: draft.attributes,
                ordering_key: draft.ordering_key,
            });
            let holders = self.holders(topic, &message);
            if !holders.is_empty() {
                publication.rows.push(Row::Message(message.id, message.encode_to_vec()));
            }
            for holder in &holders {
                let key = match holder {
                    Holder::Topic => log.clone(),
                    Holder::Subscription(_, key) | Holder::Snapshot(_, key) => key.clone(),
                };
                publication.rows.push(Row::Hold(key, message.id, 0));
            }
            publication.messages.push((message, holders));
        }
        publication
    }

    /// Shows messages that were kept.
    pub fn settle(&mut self, messages: &[(Arc<Message>, Vec<Holder>)]) -> Vec<Row> {
        let mut orphans = Vec::new();
        for (message, holders) in messages {
            for holder in holders {
                self.deliver(holder, message);
            }
            if !holders.is_empty() && !self.references.contains_key(&message.id) {
                orphans.push(Row::NoMessage(message.id));
            }
        }
        orphans
    }
}

/// Who holds a message: by name, and by the key of its rows.
#[derive(Clone, Debug)]
pub(super) enum Holder {
    Topic,
    Subscription(String, String),
    Snapshot(String, String),
}

/// Messages on their way to being kept.
#[derive(Debug, Default)]
pub(super) struct Publication {
    pub rows: Vec<Row>,
    pub messages: Vec<(Arc<Message>, Vec<Holder>)>,
}

/// Says that something is kept, or why not.
pub type Kept<T> = oneshot::Receiver<Result<T, Arc<StoreError>>>;

/// Pub/Sub's messages.
pub struct Broker {
    pub(super) state: Arc<Mutex<State>>,
    pub(super) writer: Writer,
    /// Something may be delivered that could not be before.
    pub changed: Arc<Notify>,
    /// Held while documents are read and what they say is taken over, so that the newest wins.
    pub(super) syncing: Mutex<()>,
    /// Deliveries that failed too often: by subscription and message.
    pub(super) dead: Mutex<Vec<(String, u64)>>,
}

impl Broker {
    /// Starts with what is kept.
    pub fn open(store: Arc<Store>) -> Result<Broker, StoreError> {
        let state = Arc::new(Mutex::new(State::default()));
        let broker = Broker {
            state,
            writer: Writer::new(Arc::clone(&store)),
            changed: Arc::new(Notify::new()),
            syncing: Mutex::default(),
            dead: Mutex::default(),
        };
        broker.load(&store)?;
        Ok(broker)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes deliveries that failed too often.
    pub(super) fn note_dead(&self, name: &str, ids: &[u64]) {
        let mut dead = self.dead.lock().unwrap_or_else(PoisonError::into_inner);
        dead.extend(ids.iter().map(|id| (name.to_owned(), *id)));
    }

    /// How many messages each subscription holds that are not acknowledged.
    pub fn backlogs(&self) -> BTreeMap<String, usize> {
        let state = self.lock();
        let all = state.subscriptions.iter().filter(|(_, it)| it.backlog.len() > 0);
        all.map(|(name, it)| (name.clone(), it.backlog.len())).collect()
    }

    /// Forgets everything.
    pub fn clear(&self) {
        *self.lock() = State::default();
    }

    /// Publishes; the ids come when the messages are kept.
    pub fn publish(&self, topic: &str, drafts: Vec<Draft>, now: i64) -> Kept<Vec<u64>> {
        let (sender, receiver) = oneshot::channel();
        let mut state = self.lock();
        let Publication { rows, messages } = state.prepare(topic, drafts, now);
        let (shared, changed) = (Arc::clone(&self.state), Arc::clone(&self.changed));
        // Handed over while the state is locked: rows are written in the order of ids.
        self.writer.write(rows, move |outcome| {
            let ids = messages.iter().map(|(message, _)| message.id).collect();
            let answer = outcome.map(|()| ids);
            if answer.is_ok() {
                shared.lock().unwrap_or_else(PoisonError::into_inner).settle(&messages);
                changed.notify_waiters();
            }
            let _ = sender.send(answer);
        });
        receiver
    }

    /// Writes rows; says when they are kept.
    pub(super) fn keep(&self, rows: Vec<Row>) -> Kept<()> {
        let (sender, receiver) = oneshot::channel();
        self.writer.write(rows, move |outcome| {
            let _ = sender.send(outcome);
        });
        receiver
    }
}
