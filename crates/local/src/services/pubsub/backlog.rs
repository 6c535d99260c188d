//! What a subscription has not been told is done: which messages are ready, leased or waiting, and in which order.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::message::Message;
use super::settings::Settings;
use crate::made_up;

/// Where a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// May be delivered.
    Ready,
    /// Delivered; to be acknowledged before a time.
    Leased { until: i64, token: u64, consumer: u64 },
    /// Was given back; may be delivered again at a time.
    Waiting(i64),
    /// On its way to the dead letter topic, or into a file.
    Leaving,
}

#[derive(Debug)]
struct Entry {
    message: Arc<Message>,
    /// How often it was delivered.
    attempts: u32,
    state: State,
}

/// The messages of one ordering key.
#[derive(Debug, Default)]
struct Key {
    ids: BTreeSet<u64>,
    leased: usize,
    /// Waiting or leaving: nothing of the key is delivered meanwhile.
    held: usize,
    consumer: u64,
}

/// The messages that a subscription has not acknowledged.
#[derive(Debug, Default)]
pub struct Backlog {
    ordered: bool,
    entries: BTreeMap<u64, Entry>,
    ready: BTreeSet<u64>,
    timers: BTreeSet<(i64, u64)>,
    keys: HashMap<String, Key>,
    /// The messages and bytes that each consumer has.
    outstanding: HashMap<u64, (usize, usize)>,
    /// The bytes of all messages.
    size: usize,
    tokens: u64,
}

/// One delivery of a message.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub message: Arc<Message>,
    pub token: u64,
    pub attempt: u32,
}

/// How much may be taken at once.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    pub messages: usize,
    pub bytes: usize,
}

/// What came of an acknowledgement.
#[derive(Clone, Debug, PartialEq)]
pub enum Acked {
    Done(Arc<Message>),
    /// The lease has ended, and the subscription promises exactly once.
    Expired,
    /// It was acknowledged before, or is long gone.
    Gone,
}

impl Backlog {
    pub fn new(ordered: bool) -> Backlog {
        // Ids of deliveries from before a restart must not fit those after it.
        Backlog { ordered, tokens: made_up::random() >> 16, ..Backlog::default() }
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// The bytes of all messages.
    pub fn size(&self) -> usize {
        self.size
    }

    /// How many messages and bytes a consumer has.
    pub fn outstanding(&self, consumer: u64) -> (usize, usize) {
        self.outstanding.get(&consumer).copied().unwrap_or_default()
    }

    pub fn contains(&self, id: u64) -> bool {
        self.entries.contains_key(&id)
    }

    /// Messages that nobody has acknowledged, oldest first.
    pub fn messages(&self) -> impl Iterator<Item = &Arc<Message>> {
        self.entries.values().map(|it| &it.message)
    }

    /// The oldest message.
    pub fn oldest(&self) -> Option<&Arc<Message>> {
        self.entries.values().next().map(|it| &it.message)
    }

    /// Those that may be delivered, oldest first.
    pub fn ready(&self) -> impl Iterator<Item = &Arc<Message>> {
        self.ready.iter().filter_map(|id| self.entries.get(id)).map(|it| &it.message)
    }

    /// A message that is not acknowledged.
    pub fn get(&self, id: u64) -> Option<&Arc<Message>> {
        self.entries.get(&id).map(|it| &it.message)
    }

    fn key(&mut self, message: &Message) -> Option<&mut Key> {
        if !self.ordered || message.ordering_key.is_empty() {
            return None;
        }
        self.keys.get_mut(&message.ordering_key)
    }

    /// A message that is to be delivered.
    pub fn add(&mut self, message: Arc<Message>) {
        let id = message.id;
        if self.ordered && !message.ordering_key.is_empty() {
            self.keys.entry(message.ordering_key.clone()).or_default().ids.insert(id);
        }
        self.ready.insert(id);
        self.size += message.size();
        self.entries.insert(id, Entry { message, attempts: 0, state: State::Ready });
    }

    fn leave_state(&mut self, id: u64, state: State, message: &Message) {
        match state {
            State::Ready => {
                self.ready.remove(&id);
            }
            State::Leased { until, consumer, .. } => {
                self.timers.remove(&(until, id));
                if let Some(has) = self.outstanding.get_mut(&consumer) {
                    *has = (has.0 - 1, has.1 - message.size());
                    if has.0 == 0 {
                        self.outstanding.remove(&consumer);
                    }
                }
                if let Some(key) = self.key(message) {
                    key.leased -= 1;
                }
            }
            State::Waiting(until) => {
                self.timers.remove(&(until, id));
                if let Some(key) = self.key(message) {
                    key.held -= 1;
                }
            }
            State::Leaving => {
                if let Some(key) = self.key(message) {
                    key.held -= 1;
                }
            }
        }
    }

    fn put(&mut self, id: u64, state: State) {
        let Some(entry) = self.entries.get_mut(&id) else { return };
        let old = std::mem::replace(&mut entry.state, state);
        let message = Arc::clone(&entry.message);
        self.leave_state(id, old, &message);
        match state {
            State::Ready => {
                self.ready.insert(id);
            }
            State::Leased { until, consumer, .. } => {
                self.timers.insert((until, id));
                let has = self.outstanding.entry(consumer).or_default();
                *has = (has.0 + 1, has.1 + message.size());
                if let Some(key) = self.key(&message) {
                    key.leased += 1;
                    key.consumer = consumer;
                }
            }
            State::Waiting(until) => {
                self.timers.insert((until, id));
                if let Some(key) = self.key(&message) {
                    key.held += 1;
                }
            }
            State::Leaving => {
                if let Some(key) = self.key(&message) {
                    key.held += 1;
                }
            }
        }
    }

    /// Takes a message out, whatever its state.
    pub fn remove(&mut self, id: u64) -> Option<Arc<Message>> {
        let entry = self.entries.remove(&id)?;
        self.leave_state(id, entry.state, &entry.message);
        self.size -= entry.message.size();
        if let Some(key) = self.key(&entry.message) {
            key.ids.remove(&id);
            if key.ids.is_empty() {
                self.keys.remove(&entry.message.ordering_key);
            }
        }
        Some(entry.message)
    }

    /// Delivers what is ready, oldest first, until a time.
    ///
    /// Messages of one ordering key go to one consumer at a time, in order.
    pub fn take(&mut self, until: i64, limit: Limit, consumer: u64) -> Vec<Delivery> {
        let mut out = Vec::new();
        let (mut from, mut bytes) = (0, 0);
        while out.len() < limit.messages {
            let Some(id) = self.ready.range(from..).next().copied() else { break };
            from = id + 1;
            let Some(entry) = self.entries.get_mut(&id) else { continue };
            let message = Arc::clone(&entry.message);
            let size = message.size();
            if !out.is_empty() && bytes + size > limit.bytes {
                break;
            }
            let blocked = |key: &mut Key| key.held > 0 || (key.leased > 0 && key.consumer != consumer);
            if self.key(&message).is_some_and(blocked) {
                continue;
            }
            bytes += size;
            self.tokens += 1;
            let token = self.tokens;
            self.put(id, State::Leased { until, token, consumer });
            let Some(entry) = self.entries.get_mut(&id) else { continue };
            entry.attempts += 1;
            out.push(Delivery { message, token, attempt: entry.attempts });
        }
        out
    }

    /// Whether the delivery of this token still counts.
    fn current(&self, id: u64, token: u64, now: i64) -> bool {
        let state = self.entries.get(&id).map(|it| it.state);
        matches!(state, Some(State::Leased { until, token: it, .. }) if it == token && until > now)
    }

    /// Acknowledges a delivery. Unless exactly once is promised, a late acknowledgement counts too.
    pub fn acknowledge(&mut self, id: u64, token: u64, now: i64, exact: bool) -> Acked {
        if !self.entries.contains_key(&id) {
            return Acked::Gone;
        }
        if exact && !self.current(id, token, now) {
            return Acked::Expired;
        }
        self.remove(id).map_or(Acked::Gone, Acked::Done)
    }

    /// Moves the end of a delivery; says whether it still counted.
    pub fn extend(&mut self, id: u64, token: u64, now: i64, until: i64) -> bool {
        let Some(State::Leased { consumer, .. }) = self.entries.get(&id).map(|it| it.state) else {
            return false;
        };
        let current = self.current(id, token, now);
        if current {
            self.put(id, State::Leased { until, token, consumer });
        }
        current
    }

    /// Gives a delivery back; says whether the message has been tried often enough to be a dead letter.
    pub fn give_back(&mut self, id: u64, token: u64, now: i64, settings: &Settings) -> Option<bool> {
        self.current(id, token, now).then(|| self.fail(id, now, settings))
    }

    /// A delivery failed: the message goes on to the dead letter topic, waits, or is ready again.
    fn fail(&mut self, id: u64, now: i64, settings: &Settings) -> bool {
        let Some(entry) = self.entries.get(&id) else { return false };
        let (attempts, message) = (entry.attempts, Arc::clone(&entry.message));
        let dead = settings.dead_letter.as_ref().is_some_and(|it| attempts >= it.attempts);
        self.put(
            id,
            match settings.backoff(attempts) {
                _ if dead => State::Leaving,
                0 => State::Ready,
                wait => State::Waiting(now.saturating_add(wait)),
            },
        );
        // What came after it in its order comes after it again.
        let later: Vec<u64> =
            self.key(&message).map(|key| key.ids.range(id + 1..).copied().collect()).unwrap_or_default();
        for id in later {
            if matches!(self.entries.get(&id).map(|it| it.state), Some(State::Leased { .. })) {
                self.put(id, State::Ready);
            }
        }
        dead
    }

    /// Ends what has ended by now; says which messages became dead letters.
    pub fn tick(&mut self, now: i64, settings: &Settings) -> Vec<u64> {
        let mut dead = Vec::new();
        while let Some((at, id)) = self.timers.first().copied() {
            if at > now {
                break;
            }
            match self.entries.get(&id).map(|it| it.state) {
                Some(State::Leased { .. }) => {
                    if self.fail(id, now, settings) {
                        dead.push(id);
                    }
                }
                Some(State::Waiting(_)) => self.put(id, State::Ready),
                Some(State::Ready | State::Leaving) | None => {
                    self.timers.remove(&(at, id));
                }
            }
        }
        dead
    }

    /// Marks a message as leaving, so that nobody else takes it.
    pub fn hold(&mut self, id: u64) {
        self.put(id, State::Leaving);
    }

    /// Makes a message that did not leave ready again, after a while if there is one; counts an attempt if asked.
    pub fn stay(&mut self, id: u64, until: Option<i64>, counts: bool) -> u32 {
        self.put(id, until.map_or(State::Ready, State::Waiting));
        let Some(entry) = self.entries.get_mut(&id) else { return 0 };
        entry.attempts += u32::from(counts);
        entry.attempts
    }

    /// How often a message was delivered.
    pub fn attempts(&self, id: u64) -> u32 {
        self.entries.get(&id).map_or(0, |it| it.attempts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: u64, key: &str) -> Arc<Message> {
        Arc::new(Message { id, ordering_key: key.to_owned(), ..Message::default() })
    }

    /// Whatever is done in whatever order: what is counted is what is there, and keys are in order.
    #[test]
    fn counts_hold_whatever_happens() {
        let settings = Settings { ordered: true, retry: Some((5, 20)), ..Settings::default() };
        let mut backlog = Backlog::new(true);
        let mut random: u64 = 7;
        let mut next = move || {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            random >> 33
        };
        let (mut taken, mut last) = (Vec::<(u64, u64)>::new(), 0);
        for now in 0..2_000_i64 {
            match next() % 6 {
                0 | 1 => {
                    last += 1;
                    backlog.add(message(last, ["", "a", "b"][usize::try_from(next() % 3).unwrap()]));
                }
                2 => {
                    let limit = Limit { messages: 3, bytes: usize::MAX };
                    let got = backlog.take(now + 30, limit, next() % 2);
                    taken.extend(got.iter().map(|it| (it.message.id, it.token)));
                }
                3 if !taken.is_empty() => {
                    let at = usize::try_from(next()).unwrap() % taken.len();
                    let (id, token) = taken.swap_remove(at);
                    backlog.acknowledge(id, token, now, next() % 2 == 0);
                }
                4 if !taken.is_empty() => {
                    let at = usize::try_from(next()).unwrap() % taken.len();
                    let (id, token) = taken.swap_remove(at);
                    backlog.give_back(id, token, now, &settings);
                }
                _ => {
                    backlog.tick(now, &settings);
                }
            }
            check(&backlog);
        }
        assert!(last > 500);
    }

    fn check(backlog: &Backlog) {
        let states = |wanted: fn(&State) -> bool| {
            backlog.entries.iter().filter(move |(_, it)| wanted(&it.state)).map(|(id, _)| *id)
        };
        let ready: BTreeSet<u64> = states(|it| *it == State::Ready).collect();
        assert_eq!(ready, backlog.ready);
        let leased = states(|it| matches!(it, State::Leased { .. })).count();
        assert_eq!(leased, backlog.outstanding.values().map(|it| it.0).sum::<usize>());
        assert_eq!(leased + states(|it| matches!(it, State::Waiting(_))).count(), backlog.timers.len());
        for (name, key) in &backlog.keys {
            let of = |wanted: fn(&State) -> bool| {
                key.ids.iter().filter(|id| wanted(&backlog.entries[id].state)).copied().collect::<Vec<_>>()
            };
            let leased = of(|it| matches!(it, State::Leased { .. }));
            assert_eq!(leased.len(), key.leased, "{name}");
            // No message is out while an earlier one of its key is still to be delivered.
            let first_ready = of(|it| *it == State::Ready).first().copied().unwrap_or(u64::MAX);
            assert!(leased.iter().all(|id| *id < first_ready), "{name}: {leased:?} {first_ready}");
        }
    }
}
