//! Who may ask BigQuery next. So many queries run at once, so many more wait, and callers take turns: a caller with a
//! thousand queries waits for itself, not others for it.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

use crate::metrics::Metrics;

/// Whoever takes turns with others: an account, a key, or an address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Caller(String);

impl Caller {
    pub fn account(subject: &str) -> Caller {
        Caller(format!("account {subject}"))
    }

    /// By a hash of the key, of which a few bytes tell callers apart.
    pub fn key(hash: &[u8; 32]) -> Caller {
        Caller(format!("key {:x?}", &hash[..8]))
    }

    /// Of IPv6 the first half, since one machine has all of the second.
    pub fn address(address: IpAddr) -> Caller {
        match address.to_canonical() {
            IpAddr::V4(it) => Caller(it.to_string()),
            IpAddr::V6(it) => Caller(format!("{:x?}", &it.segments()[..4])),
        }
    }
}

/// How much runs and waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Queries in flight at once.
    pub running: usize,
    /// Queries that wait for their turn.
    pub waiting: usize,
    /// How long one waits.
    pub patience: Duration,
}

/// There is no turn to be had: too many wait, or it took too long. When to come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crowded(pub Duration);

/// Queries that run and queries that wait.
pub struct Queue {
    bounds: Bounds,
    metrics: Arc<Metrics>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    running: usize,
    /// Callers that wait, in the order of their turns; each has tickets, and every ticket is in `waiting`.
    lanes: VecDeque<Lane>,
    waiting: HashMap<u64, Waiting>,
    last: u64,
    /// How long queries ran lately.
    usual: Duration,
}

struct Lane {
    caller: Caller,
    tickets: VecDeque<u64>,
}

struct Waiting {
    turn: oneshot::Sender<Turn>,
    /// How many callers want it.
    lanes: usize,
}

/// A place in the queue, given up when it is dropped.
pub struct Ticket {
    queue: Arc<Queue>,
    pub number: u64,
    turn: oneshot::Receiver<Turn>,
}

/// Leave to run a query, given back when it is dropped.
#[derive(Debug)]
pub struct Turn {
    queue: Arc<Queue>,
    began: Instant,
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queue").field("bounds", &self.bounds).finish_non_exhaustive()
    }
}

/// When to come back is said within these.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);

impl Queue {
    pub fn new(bounds: Bounds, metrics: Arc<Metrics>) -> Arc<Queue> {
        Arc::new(Queue { bounds, metrics, state: Mutex::default() })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place at the end of a caller's own line. Where all places are taken, whoever has most gives up its last one
    /// to a caller that has fewer.
    ///
    /// # Errors
    /// When there is no place.
    pub fn enter(self: &Arc<Self>, caller: &Caller) -> Result<Ticket, Crowded> {
        let mut state = self.lock();
        if state.running >= self.bounds.running {
            // Told at once is better than told after a wait that was for nothing.
            let hopeless = self.takes(&state, state.before(caller)) > self.bounds.patience;
            let full = state.waiting.len() >= self.bounds.waiting;
            if hopeless || full && !state.make_place(caller) {
                return Err(Crowded(self.come_back(&state)));
            }
        }
        state.last += 1;
        let number = state.last;
        let (sender, turn) = oneshot::channel();
        state.waiting.insert(number, Waiting { turn: sender, lanes: 0 });
        state.line_up(number, caller);
        let ticket = Ticket { queue: Arc::clone(self), number, turn };
        self.hand_out(state);
        Ok(ticket)
    }

    /// Another caller wants what a ticket is for: it has its turn with either's.
    pub fn join(&self, number: u64, caller: &Caller) {
        let mut state = self.lock();
        if state.waiting.contains_key(&number) {
            state.line_up(number, caller);
        }
    }

    fn hand_out(self: &Arc<Self>, mut state: MutexGuard<'_, State>) {
        let mut next = Vec::new();
        while state.running < self.bounds.running
            && let Some(sender) = state.next()
        {
            state.running += 1;
            next.push(sender);
        }
        self.metrics.waiting(state.waiting.len());
        drop(state);
        for sender in next {
            // A turn that nobody takes is dropped, which gives it back.
            let _ = sender.send(Turn { queue: Arc::clone(self), began: Instant::now() });
        }
    }

    /// When all that waits now will have had its turn.
    fn come_back(&self, state: &State) -> Duration {
        self.takes(state, state.waiting.len() + 1).clamp(SHORTEST, LONGEST)
    }

    /// How long so many queries take at the pace of the last ones.
    fn takes(&self, state: &State, queries: usize) -> Duration {
        let rounds = u32::try_from(queries.div_ceil(self.bounds.running.max(1))).unwrap_or(u32::MAX);
        state.usual.saturating_mul(rounds)
    }
}

impl State {
    fn line_up(&mut self, number: u64, caller: &Caller) {
        let lane = match self.lanes.iter_mut().position(|it| it.caller == *caller) {
            Some(at) => self.lanes.get_mut(at),
            None => {
                self.lanes.push_back(Lane { caller: caller.clone(), tickets: VecDeque::new() });
                self.lanes.back_mut()
            }
        };
        if let Some(lane) = lane
            && !lane.tickets.contains(&number)
            && let Some(waiting) = self.waiting.get_mut(&number)
        {
            lane.tickets.push_back(number);
            waiting.lanes += 1;
        }
    }

    /// How many turns come before another one of this caller's, more or less: each of its own, and as many of others'.
    fn before(&self, caller: &Caller) -> usize {
        let own = self.lanes.iter().find(|it| it.caller == *caller).map_or(0, |it| it.tickets.len());
        self.waiting.len().min(own * self.lanes.len())
    }

    /// The first ticket of the caller whose turn it is.
    fn next(&mut self) -> Option<oneshot::Sender<Turn>> {
        let mut lane = self.lanes.pop_front()?;
        let number = lane.tickets.pop_front()?;
        if !lane.tickets.is_empty() {
            self.lanes.push_back(lane);
        }
        self.take_out(number)
    }

    fn take_out(&mut self, number: u64) -> Option<oneshot::Sender<Turn>> {
        let waiting = self.waiting.remove(&number)?;
        for lane in &mut self.lanes {
            lane.tickets.retain(|it| *it != number);
        }
        self.lanes.retain(|it| !it.tickets.is_empty());
        Some(waiting.turn)
    }

    /// Takes the last tickets of whoever has most until one is gone, if `caller` has fewer even with one more.
    fn make_place(&mut self, caller: &Caller) -> bool {
        let own = self.lanes.iter().find(|it| it.caller == *caller).map_or(0, |it| it.tickets.len());
        loop {
            let longest = self.lanes.iter_mut().max_by_key(|it| it.tickets.len());
            let Some(lane) = longest.filter(|it| it.tickets.len() > own + 1) else { return false };
            let Some(number) = lane.tickets.pop_back() else { return false };
            let Some(waiting) = self.waiting.get_mut(&number) else { continue };
            waiting.lanes -= 1;
            if waiting.lanes == 0 {
                // Its ticket hears of it by the sender's end.
                self.waiting.remove(&number);
                return true;
            }
        }
    }
}

impl Ticket {
    /// Waits for its turn.
    ///
    /// # Errors
    /// When it does not come in time, or the place went to another caller.
    pub async fn turn(mut self) -> Result<Turn, Crowded> {
        match timeout(self.queue.bounds.patience, &mut self.turn).await {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(_)) | Err(_) => Err(Crowded(self.queue.come_back(&self.queue.lock()))),
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut state = self.queue.lock();
        if state.take_out(self.number).is_some() {
            self.queue.metrics.waiting(state.waiting.len());
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.queue.lock();
        state.running = state.running.saturating_sub(1);
        let took = self.began.elapsed();
        state.usual = if state.usual.is_zero() { took } else { (state.usual * 7 + took) / 8 };
        self.queue.hand_out(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(running: usize, waiting: usize) -> Arc<Queue> {
        let bounds = Bounds { running, waiting, patience: Duration::from_secs(5) };
        Queue::new(bounds, Arc::default())
    }

    fn caller(name: &str) -> Caller {
        Caller::account(name)
    }

    /// The turns of all tickets, in the order in which they come when each is given back at once.
    async fn order(first: Turn, tickets: Vec<(&'static str, Ticket)>) -> Vec<&'static str> {
        let order = Arc::new(Mutex::new(Vec::new()));
        let waiting: Vec<_> = tickets
            .into_iter()
            .map(|(name, ticket)| {
                let order = Arc::clone(&order);
                tokio::spawn(async move {
                    if let Ok(_turn) = ticket.turn().await {
                        order.lock().unwrap().push(name);
                        tokio::time::sleep(Duration::from_millis(1)).await;
                    }
                })
            })
            .collect();
        drop(first);
        for it in waiting {
            it.await.unwrap();
        }
        let mut order = order.lock().unwrap();
        std::mem::take(&mut order)
    }

    #[tokio::test(start_paused = true)]
    async fn callers_take_turns() {
        let queue = queue(1, 10);
        let first = queue.enter(&caller("a")).unwrap().turn().await.unwrap();
        let tickets = ["a1", "a2", "a3", "b1", "b2", "c1"];
        let tickets = tickets.map(|it| (it, queue.enter(&caller(&it[..1])).unwrap()));
        assert_eq!(order(first, tickets.into()).await, ["a1", "b1", "c1", "a2", "b2", "a3"]);
        assert_eq!(queue.lock().running, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn what_others_want_too_has_its_turn_with_theirs() {
        let queue = queue(1, 10);
        let first = queue.enter(&caller("a")).unwrap().turn().await.unwrap();
        let tickets = ["a1", "a2", "a3"].map(|it| (it, queue.enter(&caller("a")).unwrap()));
        queue.join(tickets[2].1.number, &caller("b"));
        queue.join(tickets[2].1.number, &caller("b"));
        assert_eq!(order(first, tickets.into()).await, ["a1", "a3", "a2"]);
        assert!(queue.lock().lanes.is_empty() && queue.lock().waiting.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_most_makes_room_for_who_has_fewer() {
        let queue = queue(1, 3);
        let first = queue.enter(&caller("a")).unwrap().turn().await.unwrap();
        let mut tickets: Vec<_> =
            ["a1", "a2", "a3"].into_iter().map(|it| (it, queue.enter(&caller("a")).unwrap())).collect();
        assert_eq!(queue.enter(&caller("a")).err(), Some(Crowded(SHORTEST)));
        tickets.push(("b1", queue.enter(&caller("b")).unwrap()));
        // Two and one: another of b's would only turn it round.
        assert!(queue.enter(&caller("b")).is_err());
        assert_eq!(order(first, tickets).await, ["a1", "b1", "a2"]);
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_has_an_end_and_leaves_nothing() {
        let queue = queue(1, 3);
        let first = queue.enter(&caller("a")).unwrap().turn().await.unwrap();
        let late = queue.enter(&caller("b")).unwrap();
        let began = Instant::now();
        assert!(late.turn().await.is_err());
        assert_eq!(began.elapsed(), Duration::from_secs(5));
        drop(queue.enter(&caller("c")).unwrap());
        assert!(queue.lock().waiting.is_empty() && queue.lock().lanes.is_empty());
        drop(first);
        assert_eq!(queue.lock().running, 0);
        // A turn that comes while its ticket goes is given back.
        let first = queue.enter(&caller("a")).unwrap().turn().await.unwrap();
        let gone = queue.enter(&caller("a")).unwrap();
        drop(first);
        drop(gone);
        assert_eq!(queue.lock().running, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn who_would_wait_in_vain_is_told_at_once() {
        let queue = queue(1, 100);
        let first = queue.enter(&caller("a")).unwrap().turn().await.unwrap();
        tokio::time::sleep(Duration::from_secs(2)).await;
        drop(first);
        let first = queue.enter(&caller("a")).unwrap().turn().await.unwrap();
        // Two seconds each and a patience of five: the third waits for four, a fourth would for six.
        let tickets = ["a1", "a2", "a3"].map(|it| (it, queue.enter(&caller("a")).unwrap()));
        assert_eq!(queue.enter(&caller("a")).err(), Some(Crowded(Duration::from_secs(8))));
        let other = queue.enter(&caller("b")).unwrap();
        drop(tickets);
        drop(first);
        assert!(other.turn().await.is_ok());
    }

    #[test]
    fn a_machine_is_one_caller() {
        let at = |text: &str| Caller::address(text.parse().unwrap());
        assert_eq!(at("2001:db8::1"), at("2001:db8::ffff:2"));
        assert_ne!(at("2001:db8::1"), at("2001:db8:0:1::1"));
        assert_eq!(at("::ffff:10.0.0.1"), at("10.0.0.1"));
        assert_ne!(at("10.0.0.2"), at("10.0.0.1"));
    }
}
