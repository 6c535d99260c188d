//! Pull, acknowledge and change deadlines: what consumers ask of a subscription.

use std::sync::Arc;

use serde_json::{Value, json};

use super::backlog::{Acked, Delivery, Limit};
use super::broker::{Broker, Kept, State, Subscription};
use super::message::Message;
use super::settings::no_transforms;
use crate::error::Refusal;
use crate::queue::Row;
use crate::store::Tx;

/// The longest deadline, in seconds.
const LONGEST: i64 = 600;

/// A message as a consumer gets it.
#[derive(Clone, Debug)]
pub struct Received {
    pub ack_id: String,
    pub message: Arc<Message>,
    /// How often it was delivered; 0 where the subscription has no dead letter topic.
    pub attempt: u32,
}

/// What was asked of the acknowledgements of a request, and what came of each.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Those that were too late, where exactly once is promised.
    pub failed: Vec<String>,
    pub exactly_once: bool,
}

fn token_text(holder: &str, delivery: &Delivery) -> String {
    format!("{holder}.{:x}.{:x}", delivery.message.id, delivery.token)
}

/// The message and token that an acknowledgement's id says; `None` in it if it is of another subscription.
fn read_token(holder: &str, ack_id: &str) -> Result<Option<(u64, u64)>, Refusal> {
    let invalid =
        || Refusal::invalid(format!("You have passed an invalid ack ID to the service (ack_id={ack_id})."));
    let (rest, token) = ack_id.rsplit_once('.').ok_or_else(invalid)?;
    let (of, id) = rest.rsplit_once('.').ok_or_else(invalid)?;
    let hex = |text: &str| u64::from_str_radix(text, 16).map_err(|_| invalid());
    let pair = (hex(id)?, hex(token)?);
    Ok((of == holder).then_some(pair))
}

pub(super) fn missing(name: &str) -> Refusal {
    Refusal::not_found(format!("Resource not found (resource={}).", crate::request::last(name)))
}

impl State {
    pub fn subscription(&mut self, name: &str) -> Result<&mut Subscription, Refusal> {
        self.subscriptions.get_mut(name).ok_or_else(|| missing(name))
    }

    /// Ends the leases that have ended.
    pub fn tick(&mut self, name: &str, now: i64) -> Vec<u64> {
        match self.subscriptions.get_mut(name) {
            Some(it) => it.backlog.tick(now, &it.settings),
            None => Vec::new(),
        }
    }
}

impl Broker {
    /// Delivers what is ready, for so many microseconds or as long as the subscription says.
    pub fn take(
        &self,
        name: &str,
        now: i64,
        limit: Limit,
        deadline: Option<i64>,
        consumer: u64,
    ) -> Result<Vec<Received>, Refusal> {
        let mut state = self.lock();
        let dead = state.tick(name, now);
        let it = state.subscription(name)?;
        if it.settings.detached {
            return Err(Refusal::precondition("The subscription is detached from its topic."));
        }
        if it.settings.transforms {
            return Err(no_transforms());
        }
        it.used = now;
        let until = now.saturating_add(deadline.unwrap_or(it.settings.deadline));
        let taken = it.backlog.take(until, limit, consumer);
        let (counted, holder) = (it.settings.dead_letter.is_some(), it.holder.clone());
        drop(state);
        self.note_dead(name, &dead);
        Ok(taken
            .into_iter()
            .map(|it| Received {
                ack_id: token_text(&holder, &it),
                attempt: if counted { it.attempt } else { 0 },
                message: it.message,
            })
            .collect())
    }

    /// Acknowledges deliveries. The receiver says when that is kept.
    pub fn acknowledge(
        &self,
        name: &str,
        ack_ids: &[String],
        now: i64,
    ) -> Result<(Outcome, Kept<()>), Refusal> {
        let mut rows: Vec<Row> = Vec::new();
        let mut state = self.lock();
        let dead = state.tick(name, now);
        let it = state.subscription(name)?;
        let tokens = tokens(it, ack_ids)?;
        let exactly_once = it.settings.exactly_once;
        let mut outcome = Outcome { exactly_once, ..Outcome::default() };
        for (ack_id, token) in tokens {
            let Some((id, token)) = token else { continue };
            let it = state.subscription(name)?;
            match it.backlog.acknowledge(id, token, now, exactly_once) {
                Acked::Done(message) => state.done(name, message, now, &mut rows),
                Acked::Expired => outcome.failed.push(ack_id.clone()),
                Acked::Gone => {}
            }
        }
        drop(state);
        self.note_dead(name, &dead);
        self.changed.notify_waiters();
        Ok((outcome, self.keep(rows)))
    }

    /// Moves the deadlines of deliveries; 0 gives them back at once.
    pub fn modify(&self, name: &str, changes: &[(String, i64)], now: i64) -> Result<Outcome, Refusal> {
        if let Some((_, seconds)) = changes.iter().find(|(_, it)| !(0..=LONGEST).contains(it)) {
            return Err(Refusal::invalid(format!(
                "Invalid ack deadline given: {seconds}. It must be between 0 and {LONGEST} seconds."
            )));
        }
        let mut state = self.lock();
        let mut dead = state.tick(name, now);
        let it = state.subscription(name)?;
        let ack_ids: Vec<String> = changes.iter().map(|(id, _)| id.clone()).collect();
        let tokens = tokens(it, &ack_ids)?;
        let mut outcome = Outcome { exactly_once: it.settings.exactly_once, ..Outcome::default() };
        for ((ack_id, token), (_, seconds)) in tokens.into_iter().zip(changes) {
            let Some((id, token)) = token else { continue };
            let counted = if *seconds == 0 {
                let given = it.backlog.give_back(id, token, now, &it.settings);
                dead.extend((given == Some(true)).then_some(id));
                given.is_some()
            } else {
                it.backlog.extend(id, token, now, now.saturating_add(seconds * 1_000_000))
            };
            if !counted && outcome.exactly_once {
                outcome.failed.push(ack_id.clone());
            }
        }
        drop(state);
        self.note_dead(name, &dead);
        self.changed.notify_waiters();
        Ok(outcome)
    }

    /// Whether messages come in order, and exactly once.
    pub fn properties(&self, name: &str) -> Option<(bool, bool)> {
        let state = self.lock();
        state.subscriptions.get(name).map(|it| (it.settings.ordered, it.settings.exactly_once))
    }

    /// How many messages and bytes a consumer has and has not acknowledged.
    pub fn outstanding(&self, name: &str, consumer: u64) -> (usize, usize) {
        self.lock().subscriptions.get(name).map_or((0, 0), |it| it.backlog.outstanding(consumer))
    }
}

type Token<'a> = (&'a String, Option<(u64, u64)>);

fn tokens<'a>(it: &Subscription, ack_ids: &'a [String]) -> Result<Vec<Token<'a>>, Refusal> {
    if ack_ids.is_empty() {
        return Err(Refusal::invalid("The request contains no ack IDs (ack_ids is empty)."));
    }
    ack_ids.iter().map(|ack_id| Ok((ack_id, read_token(&it.holder, ack_id)?))).collect()
}

impl Outcome {
    /// Google's refusal of acknowledgements that were too late.
    pub fn refusal(&self) -> Result<(), Refusal> {
        if self.failed.is_empty() {
            return Ok(());
        }
        let failures: serde_json::Map<_, _> =
            self.failed.iter().map(|it| (it.clone(), json!("PERMANENT_FAILURE_INVALID_ACK_ID"))).collect();
        Err(Refusal::precondition(
            "Some acknowledgement ids in the request were invalid. This could be because the \
             acknowledgement ids have expired or the acknowledgement ids were malformed.",
        )
        .detail(json!({
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "EXACTLY_ONCE_ACKID_FAILURE",
            "domain": "pubsub.googleapis.com",
            "metadata": failures,
        })))
    }
}

/// Only a subscription that is pulled may be pulled.
pub fn check_pull(tx: &Tx, name: &str) -> Result<(), Refusal> {
    pulled(tx, name).map(|_| ())
}

/// The document of a subscription that is pulled.
pub(super) fn pulled(tx: &Tx, name: &str) -> Result<Value, Refusal> {
    let document = tx.get(super::subscriptions::SUBSCRIPTION.collection, name)?;
    let document = document.ok_or_else(|| missing(name))?;
    if super::settings::Settings::read(&document).target != super::settings::Target::Pull {
        return Err(Refusal::precondition(
            "This method is not supported for this subscription type: it has a push, BigQuery or Cloud Storage \
             configuration.",
        ));
    }
    Ok(document)
}
