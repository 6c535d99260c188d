//! Keeps answers in front of BigQuery: fresh for a while, stale when that is better than waiting or nothing.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use ring::digest::{SHA256, digest};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::events::{self, Timestamps};
use crate::flight::{self, Flight};
use crate::log::{Log, Severity};
use crate::metrics::Metrics;
use crate::query::{Page, Query};
use crate::queue::{Caller, Crowded, Queue};
use crate::trace::Trace;
use crate::warehouse::{Failure, Warehouse};

/// How long an answer is good for what. Each begins where the one before ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ages {
    /// Served as it is.
    pub fresh: Duration,
    /// Served at once, and renewed meanwhile.
    pub stale_while_revalidate: Duration,
    /// Served only if BigQuery fails.
    pub stale_if_error: Duration,
}

/// What to do for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Serve,
    ServeAndRenew,
    /// Wait for BigQuery.
    Fetch,
    /// BigQuery failed just now: what is there is served, and if nothing is, the failure.
    HoldOff,
}

/// BigQuery is left in peace this long after it failed, for the query that failed.
const HOLD_OFF: Duration = Duration::from_secs(1);
/// A client that wants no cached answer gets none older than this: asking for it must not cost a query each.
const NO_CACHE: Duration = Duration::from_secs(1);
/// Beyond either, what was used least recently goes.
const MOST_ENTRIES: usize = 1000;
const MOST_BYTES: usize = 64 << 20;

/// `age` of the answer that is there, and the time since the last failure if that is newer.
pub fn decide(age: Option<Duration>, failed: Option<Duration>, no_cache: bool, ages: &Ages) -> Decision {
    let fresh = if no_cache { ages.fresh.min(NO_CACHE) } else { ages.fresh };
    let waiting = if no_cache { Duration::ZERO } else { ages.stale_while_revalidate };
    match age {
        Some(age) if age < fresh => Decision::Serve,
        _ if failed.is_some_and(|it| it < HOLD_OFF) => Decision::HoldOff,
        Some(age) if age < fresh + waiting => Decision::ServeAndRenew,
        Some(_) | None => Decision::Fetch,
    }
}

/// A page with its bytes.
#[derive(Debug)]
pub struct Answer {
    pub page: Page,
    http_date: Rendered,
    rfc3339: OnceLock<Rendered>,
    fetched: Instant,
}

/// The body of an answer, and the tag that stands for it.
#[derive(Clone, Debug)]
pub struct Rendered {
    pub body: Bytes,
    /// Weak, for the same answer may travel compressed.
    pub etag: String,
}

impl Answer {
    fn new(page: Page) -> Answer {
        let http_date = Rendered::new(&page, Timestamps::HttpDate);
        Answer { page, http_date, rfc3339: OnceLock::new(), fetched: Instant::now() }
    }

    pub fn rendered(&self, timestamps: Timestamps) -> &Rendered {
        match timestamps {
            Timestamps::HttpDate => &self.http_date,
            Timestamps::Rfc3339 => self.rfc3339.get_or_init(|| Rendered::new(&self.page, timestamps)),
        }
    }

    pub fn age(&self) -> Duration {
        self.fetched.elapsed()
    }

    /// Two renderings, and about as much again for the events themselves.
    fn weight(&self) -> usize {
        self.http_date.body.len() * 4 + 1024
    }
}

impl Rendered {
    fn new(page: &Page, timestamps: Timestamps) -> Rendered {
        let body = events::render(&page.events, timestamps);
        let hash = digest(&SHA256, &body);
        let hex: String = hash.as_ref().iter().take(16).map(|it| format!("{it:02x}")).collect();
        Rendered { body, etag: format!("W/\"{hex}\"") }
    }
}

/// An answer as it is served.
#[derive(Clone, Debug)]
pub struct Served {
    pub answer: Arc<Answer>,
    pub how: How,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    Hit,
    /// Stale, and being renewed.
    Stale,
    Miss,
    /// Somebody else's query was under way already.
    Shared,
    /// Stale, because BigQuery failed.
    StaleError,
}

impl How {
    fn name(self) -> &'static str {
        match self {
            How::Hit => "hit",
            How::Stale => "stale",
            How::Miss => "miss",
            How::Shared => "shared",
            How::StaleError => "stale_error",
        }
    }
}

type Outcome = Result<Arc<Answer>, Failure>;

#[derive(Default)]
struct Slot {
    answer: Option<Arc<Answer>>,
    failed: Option<(Instant, Failure)>,
    flight: Option<Aloft>,
    used: Option<Instant>,
}

/// A query under way, and its number in the queue.
struct Aloft {
    flight: Flight<Outcome>,
    ticket: u64,
}

/// The caller of a request and the request's trace, for the query it may start.
#[derive(Clone, Debug, Default)]
pub struct Asker {
    pub caller: Caller,
    pub trace: Option<Trace>,
}

/// Answers by query, and the queries under way.
pub struct Cache {
    warehouse: Arc<dyn Warehouse>,
    metrics: Arc<Metrics>,
    log: Log,
    ages: Ages,
    queue: Arc<Queue>,
    slots: Mutex<HashMap<Query, Slot>>,
}

impl Cache {
    pub fn new(
        warehouse: Arc<dyn Warehouse>,
        ages: Ages,
        queue: Arc<Queue>,
        metrics: Arc<Metrics>,
        log: Log,
    ) -> Arc<Cache> {
        Arc::new(Cache { warehouse, metrics, log, ages, queue, slots: Mutex::default() })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Query, Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer to a query, from here or from BigQuery.
    ///
    /// # Errors
    /// When BigQuery fails, or cannot be asked for all who wait, and nothing is here that is young enough to stand in.
    pub async fn answer(
        self: &Arc<Self>,
        query: &Query,
        no_cache: bool,
        asker: &Asker,
    ) -> Result<Served, Failure> {
        let result = self.find(query, no_cache, asker).await;
        self.metrics.cache(result.as_ref().map_or("error", |it| it.how.name()));
        result
    }

    async fn find(self: &Arc<Self>, query: &Query, no_cache: bool, asker: &Asker) -> Result<Served, Failure> {
        let (flight, how, spare) = {
            let mut slots = self.lock();
            let slot = slots.entry(query.clone()).or_default();
            slot.used = Some(Instant::now());
            let spare = slot.answer.clone();
            let failed = slot.failed.as_ref().map(|it| it.0.elapsed());
            match (decide(spare.as_ref().map(|it| it.age()), failed, no_cache, &self.ages), spare) {
                (Decision::Serve, Some(answer)) => return Ok(Served { answer, how: How::Hit }),
                (Decision::ServeAndRenew, Some(answer)) => {
                    // Without room in the queue, who comes next tries again.
                    let _ = self.take_off(slot, query, asker, Purpose::Renewal);
                    return Ok(Served { answer, how: How::Stale });
                }
                (Decision::HoldOff, spare) => {
                    let failure = slot.failed.as_ref().map_or(Failure::Dropped, |it| it.1.clone());
                    return self.instead(spare, failure);
                }
                (Decision::Fetch | Decision::Serve | Decision::ServeAndRenew, spare) => {
                    match self.take_off(slot, query, asker, Purpose::Answer) {
                        Ok((flight, first)) => (flight, if first { How::Miss } else { How::Shared }, spare),
                        Err(Crowded(after)) => {
                            forget_if_empty(&mut slots, query);
                            return self.instead(spare, Failure::Crowded(after));
                        }
                    }
                }
            }
        };
        match flight::outcome(flight).await.unwrap_or(Err(Failure::Dropped)) {
            Ok(answer) => Ok(Served { answer, how }),
            Err(failure) => self.instead(spare, failure),
        }
    }

    /// What stands in for an answer that failed.
    fn instead(&self, spare: Option<Arc<Answer>>, failure: Failure) -> Result<Served, Failure> {
        let Ages { fresh, stale_while_revalidate, stale_if_error } = self.ages;
        let oldest = fresh + stale_while_revalidate + stale_if_error;
        match spare.filter(|it| it.age() < oldest) {
            Some(answer) => Ok(Served { answer, how: How::StaleError }),
            None => Err(failure),
        }
    }

    /// The query under way, or a new one; and whether it is new. It goes on when its caller is gone, for
    /// others may be waiting. Cloud Run may slow it down once no request is left; who comes next shares it.
    fn take_off(
        self: &Arc<Self>,
        slot: &mut Slot,
        query: &Query,
        asker: &Asker,
        purpose: Purpose,
    ) -> Result<(Flight<Outcome>, bool), Crowded> {
        if let Some(aloft) = slot.flight.as_ref().filter(|it| flight::under_way(&it.flight)) {
            self.queue.join(aloft.ticket, &asker.caller);
            return Ok((aloft.flight.clone(), false));
        }
        let ticket = self.queue.enter(&asker.caller)?;
        let number = ticket.number;
        let (sender, flight) = watch::channel(None);
        slot.flight = Some(Aloft { flight: flight.clone(), ticket: number });
        let (cache, query, trace) = (Arc::clone(self), query.clone(), asker.trace.clone());
        tokio::spawn(async move {
            let fetched = match ticket.turn().await {
                Ok(_) if purpose == Purpose::Answer && cache.is_unwanted(&query, &sender) => return,
                Ok(_turn) => cache.warehouse.events(&query, trace.as_ref()).await,
                Err(Crowded(after)) => Err(Failure::Crowded(after)),
            };
            // That others wait is no fault of BigQuery's; the request's own line says what became of it.
            if let Err(failure) = &fetched
                && !matches!(failure, Failure::Crowded(_))
            {
                cache.log.say(Severity::Error, &failure.to_string(), trace.as_ref());
            }
            let outcome = fetched.map(|page| Arc::new(Answer::new(page)));
            cache.land(query, &outcome);
            // Nobody may be waiting any more.
            let _ = sender.send(Some(outcome));
        });
        Ok((flight, true))
    }

    /// Whether all who waited for a query's turn are gone; it is then forgotten. A query costs money.
    fn is_unwanted(&self, query: &Query, sender: &watch::Sender<Option<Outcome>>) -> bool {
        let mut slots = self.lock();
        // One is the slot's own.
        if sender.receiver_count() > 1 {
            return false;
        }
        if let Some(slot) = slots.get_mut(query) {
            slot.flight = None;
        }
        forget_if_empty(&mut slots, query);
        true
    }

    fn land(&self, query: Query, outcome: &Outcome) {
        let mut slots = self.lock();
        let slot = slots.entry(query.clone()).or_default();
        slot.flight = None;
        match outcome {
            Ok(answer) => {
                slot.answer = Some(Arc::clone(answer));
                slot.failed = None;
            }
            // It says nothing about the query; another caller may have a turn.
            Err(Failure::Crowded(_)) => forget_if_empty(&mut slots, &query),
            Err(failure) => slot.failed = Some((Instant::now(), failure.clone())),
        }
        make_room(&mut slots);
    }
}

/// What a query is sent for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// Somebody waits.
    Answer,
    /// Nobody does; the next have it fresh.
    Renewal,
}

fn forget_if_empty(slots: &mut HashMap<Query, Slot>, query: &Query) {
    if slots.get(query).is_some_and(|it| it.answer.is_none() && it.failed.is_none() && it.flight.is_none()) {
        slots.remove(query);
    }
}

/// Drops what was used least recently until all bounds hold. What is under way stays.
fn make_room(slots: &mut HashMap<Query, Slot>) {
    let weight = |it: &Slot| it.answer.as_ref().map_or(1024, |it| it.weight());
    let mut bytes: usize = slots.values().map(weight).sum();
    while slots.len() > MOST_ENTRIES || bytes > MOST_BYTES {
        let idle = slots.iter().filter(|(_, it)| it.flight.is_none());
        let Some(oldest) = idle.min_by_key(|(_, it)| it.used).map(|(query, _)| query.clone()) else { return };
        if let Some(slot) = slots.remove(&oldest) {
            bytes -= weight(&slot);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);
    const AGES: Ages = Ages {
        fresh: Duration::from_secs(5),
        stale_while_revalidate: Duration::from_secs(10),
        stale_if_error: Duration::from_secs(100),
    };

    #[test]
    fn decisions() {
        let at = |age: Option<u32>, failed: Option<u32>, no_cache| {
            decide(age.map(|it| S * it), failed.map(|it| S / 2 * it), no_cache, &AGES)
        };
        assert_eq!(at(None, None, false), Decision::Fetch);
        assert_eq!(at(Some(4), None, false), Decision::Serve);
        assert_eq!(at(Some(5), None, false), Decision::ServeAndRenew);
        assert_eq!(at(Some(15), None, false), Decision::Fetch);
        // A failure less than a second ago.
        assert_eq!(at(Some(4), Some(1), false), Decision::Serve);
        assert_eq!(at(Some(5), Some(1), false), Decision::HoldOff);
        assert_eq!(at(None, Some(1), false), Decision::HoldOff);
        assert_eq!(at(None, Some(2), false), Decision::Fetch);
        // A client that wants no cached answer.
        assert_eq!(at(Some(0), None, true), Decision::Serve);
        assert_eq!(at(Some(1), None, true), Decision::Fetch);
    }

    #[test]
    fn room_is_made_by_dropping_what_was_used_least_recently() {
        let now = Instant::now();
        let mut slots = HashMap::new();
        for i in 0..u32::try_from(MOST_ENTRIES).unwrap() + 10 {
            let query = Query { user_id: Some(i.to_string()), ..Query::default() };
            slots.insert(query, Slot { used: Some(now + S * i), ..Slot::default() });
        }
        make_room(&mut slots);
        assert_eq!(slots.len(), MOST_ENTRIES);
        let has = |id: &str| slots.contains_key(&Query { user_id: Some(id.into()), ..Query::default() });
        assert!(!has("9") && has("10"));
    }
}
