//! What another service of this cloud reads of a subscription: it notes messages as done in a transaction of its own.

use std::sync::Arc;

use serde_json::Value;

use super::broker::Broker;
use super::message::Message;
use super::subscriptions::{self, SUBSCRIPTION};
use super::{deliver, held};
use crate::error::Refusal;
use crate::request::Request;
use crate::store::{StoreError, Tx};

impl Broker {
    /// The oldest messages of a subscription that may be delivered, so many at most; `None` if it is not there.
    pub fn ready(&self, name: &str, most: usize) -> Option<Vec<Arc<Message>>> {
        let state = self.lock();
        let it = state.subscriptions.get(name)?;
        Some(it.backlog.ready().take(most).cloned().collect())
    }

    /// Takes messages out that were noted as acknowledged, now that the note is kept.
    pub fn taken(&self, name: &str, ids: &[u64], now: i64) {
        let mut rows = Vec::new();
        let mut state = self.lock();
        for id in ids {
            state.take_out(name, *id, now, &mut rows);
        }
        if let Some(it) = state.subscriptions.get_mut(name) {
            it.used = now;
        }
        drop(state);
        self.writer.write(rows, |_| ());
    }

    /// Keeps messages from being delivered until a time.
    pub fn put_off(&self, name: &str, ids: &[u64], until: i64) {
        if let Some(it) = self.lock().subscriptions.get_mut(name) {
            for id in ids {
                it.backlog.stay(*id, Some(until), false);
            }
        }
    }
}

/// Those of these messages that a subscription still holds and lets be pulled, by what is kept.
pub fn still_pulled(tx: &Tx, name: &str, messages: Vec<Arc<Message>>) -> Result<Vec<Arc<Message>>, Refusal> {
    let document = deliver::pulled(tx, name)?;
    Ok(held::still(tx, name, &document, messages)?)
}

/// Notes messages as acknowledged, in a transaction that keeps what became of them too.
pub fn note_done(tx: &mut Tx, name: &str, ids: &[u64], now: i64) -> Result<(), StoreError> {
    let Some(document) = tx.get(SUBSCRIPTION.collection, name)? else { return Ok(()) };
    held::done(tx, name, &document, ids.iter().copied(), now)
}

/// Makes the subscription that the path and body of a request say. Whoever commits this tells the broker.
pub fn make_subscription(tx: &mut Tx, request: &Request<'_>) -> Result<Value, Refusal> {
    subscriptions::create(tx, request)?;
    SUBSCRIPTION.load(tx, request, request.name())
}

/// Removes a subscription. Whoever commits this tells the broker.
pub fn forget_subscription(tx: &mut Tx, name: &str) -> Result<(), StoreError> {
    tx.remove(SUBSCRIPTION.collection, name)?;
    crate::iam::forget(tx, &crate::iam::key("pubsub", name))
}
