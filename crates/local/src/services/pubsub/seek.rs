//! Moves a subscription to a time or to a snapshot, and makes snapshots.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::broker::{Broker, Kept, Snapshot};
use super::message::Message;
use crate::error::Refusal;
use crate::queue::Row;

/// Where a subscription is moved.
pub(super) enum To {
    /// What was published before is acknowledged; what came then or later is not.
    Time(i64),
    /// What was not acknowledged when the snapshot was made, and what came later, is not.
    Snapshot(String),
}

impl Broker {
    /// Moves a subscription. The receiver says when that is kept.
    pub(super) fn seek(&self, name: &str, to: To, now: i64) -> Result<Kept<()>, Refusal> {
        let mut rows = Vec::new();
        let mut state = self.lock();
        let topic = state.subscription(name)?.settings.topic.clone();
        let mut wanted: BTreeMap<u64, Arc<Message>> = BTreeMap::new();
        match &to {
            To::Time(time) => {
                let since = |it: &&Arc<Message>| it.published >= *time;
                let log = state.topics.get(&topic).into_iter().flat_map(|it| it.log.values());
                wanted.extend(log.filter(since).map(|it| (it.id, Arc::clone(it))));
                let it = state.subscription(name)?;
                let kept = it.acknowledged.values().map(|(message, _)| message);
                let all = kept.chain(it.backlog.messages());
                wanted.extend(all.filter(since).map(|it| (it.id, Arc::clone(it))));
            }
            To::Snapshot(snapshot) => {
                let found = state.snapshots.get(snapshot);
                let found = found.filter(|it| it.topic == topic).ok_or_else(|| {
                    Refusal::invalid("The subscription and the snapshot must be of the same topic.")
                })?;
                wanted.extend(found.held.iter().map(|(id, it)| (*id, Arc::clone(it))));
            }
        }
        let it = state.subscription(name)?;
        let settings = it.settings.clone();
        let gone: Vec<u64> =
            it.backlog.messages().map(|it| it.id).filter(|id| !wanted.contains_key(id)).collect();
        for id in gone {
            if let Some(message) = state.subscription(name)?.backlog.remove(id) {
                state.done(name, message, now, &mut rows);
            }
        }
        for (id, message) in wanted {
            let it = state.subscription(name)?;
            if it.backlog.contains(id) || !settings.wants(&message) {
                continue;
            }
            rows.push(Row::Hold(it.holder.clone(), id, 0));
            it.backlog.add(message);
            if it.acknowledged.remove(&id).is_none() {
                state.refer(id);
            }
        }
        drop(state);
        self.changed.notify_waiters();
        Ok(self.keep(rows))
    }

    /// Begins a snapshot of a subscription; the rows are to be kept with its document. Also says when the oldest
    /// message that is not acknowledged was published.
    pub(super) fn freeze(
        &self,
        name: &str,
        holder: &str,
        subscription: &str,
    ) -> Result<(Vec<Row>, Option<i64>), Refusal> {
        let mut state = self.lock();
        let it = state.subscription(subscription)?;
        let topic = it.settings.topic.clone();
        let held: BTreeMap<u64, Arc<Message>> =
            it.backlog.messages().map(|it| (it.id, Arc::clone(it))).collect();
        for id in held.keys() {
            state.refer(*id);
        }
        let rows = held.keys().map(|id| Row::Hold(holder.to_owned(), *id, 0)).collect();
        let oldest = held.values().next().map(|it| it.published);
        let snapshot = Snapshot { holder: holder.to_owned(), topic, expires: i64::MAX, held };
        state.snapshots.insert(name.to_owned(), snapshot);
        Ok((rows, oldest))
    }
}
