//! Sends calls with patience: rate limits, retries, and waiting for what this run has just changed.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{OnceCell, watch};
use tokio::time::{Instant, sleep};

use crate::cloud::{Answer, Call, Cloud, Lost, Repeat};
use crate::fact::{Fact, Fresh, Waiting};
use crate::provider::{Cause, Provider, Refusal};
use crate::redact::Redactor;

/// How long to go on with what fails.
#[derive(Clone, Debug)]
pub struct Patience {
    /// The first wait; each next is twice as long, with jitter.
    pub first: Duration,
    pub longest: Duration,
    /// No new try after this long, for what the API calls temporary.
    pub give_up: Duration,
    /// How long our own enablement or grant may take until every call sees it.
    pub fresh: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience {
            first: Duration::from_millis(250),
            longest: Duration::from_secs(20),
            give_up: Duration::from_secs(120),
            // Google: "typically 2 minutes, potentially 7 minutes or longer".
            fresh: Duration::from_secs(7 * 60),
        }
    }
}

/// Why a call failed for good.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Failure {
    /// The API said no.
    #[error("{refusal}")]
    Refused {
        call: String,
        refusal: Refusal,
        attempts: u32,
        /// An earlier try got no answer, so that the call may have taken effect.
        unsure: bool,
    },
    /// Nothing came back.
    #[error("no answer from {service}: {lost}")]
    Lost { call: String, service: String, lost: Lost, attempts: u32 },
    /// The answer is not what the API's description promises.
    #[error("{call}: unexpected answer: {problem}")]
    Unexpected { call: String, problem: String },
    /// It took longer than the resource's timeout.
    #[error("not finished after {0:?}")]
    TimedOut(Duration),
    /// What the driver itself found wrong.
    #[error("{message}")]
    Other { message: String, hint: Option<String> },
}

impl Failure {
    pub fn other(message: impl Into<String>) -> Failure {
        Failure::Other { message: message.into(), hint: None }
    }

    pub fn unexpected(call: &Call, problem: impl Into<String>) -> Failure {
        Failure::Unexpected { call: call.to_string(), problem: problem.into() }
    }

    /// Why the API refused, if it did.
    pub fn cause(&self) -> Option<&Cause> {
        match self {
            Failure::Refused { refusal, .. } => Some(&refusal.cause),
            Failure::Lost { .. }
            | Failure::Unexpected { .. }
            | Failure::TimedOut(_)
            | Failure::Other { .. } => None,
        }
    }

    pub fn is_absent(&self) -> bool {
        self.cause() == Some(&Cause::NotFound)
    }

    /// Whether the call may have taken effect although it failed.
    pub fn is_unsure(&self) -> bool {
        match self {
            Failure::Refused { unsure, .. } => *unsure,
            Failure::Lost { lost, .. } => matches!(lost, Lost::Broken { .. }),
            Failure::TimedOut(_) => true,
            Failure::Unexpected { .. } | Failure::Other { .. } => false,
        }
    }

    /// What the person can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Failure::Refused { refusal, .. } => refusal.hint.clone(),
            Failure::Lost { lost, .. } => match lost {
                Lost::Unreachable { hint, .. } | Lost::Credentials { hint, .. } => hint.clone(),
                Lost::Broken { .. } => Some("run it again: it goes on from what really happened".to_owned()),
            },
            Failure::TimedOut(_) => Some(
                "run it again: it goes on from what really happened; or give the resource a longer timeout"
                    .to_owned(),
            ),
            Failure::Unexpected { .. } => None,
            Failure::Other { hint, .. } => hint.clone(),
        }
    }

    /// The call that failed.
    pub fn call(&self) -> Option<&str> {
        match self {
            Failure::Refused { call, .. } | Failure::Lost { call, .. } | Failure::Unexpected { call, .. } => {
                Some(call)
            }
            Failure::TimedOut(_) | Failure::Other { .. } => None,
        }
    }
}

/// Called while a call waits to be tried again.
pub type OnRetry = dyn Fn(&Waiting<'_>) + Send + Sync;

type Read = Arc<OnceCell<Result<Value, Failure>>>;

/// One run's way to the cloud.
pub struct Session {
    cloud: Arc<dyn Cloud>,
    provider: Arc<dyn Provider>,
    patience: Patience,
    buckets: Mutex<HashMap<String, Bucket>>,
    fresh: Mutex<Fresh>,
    reads: Mutex<HashMap<String, Read>>,
    lanes: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
    shared: Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
    on_retry: Mutex<Option<Arc<OnRetry>>>,
    redactor: Arc<Redactor>,
    stop: watch::Sender<bool>,
}

/// How a call is tried again.
struct Again {
    wait: Duration,
    fact: Option<Fact>,
    at_most: Duration,
}

/// What is under a lock here is only ever replaced whole, so a panic elsewhere leaves it usable.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A token bucket: so many calls at once, and so many a second after.
struct Bucket {
    tokens: f64,
    at: Instant,
}

impl Session {
    pub fn new(cloud: Arc<dyn Cloud>, provider: Arc<dyn Provider>, patience: Patience) -> Session {
        Session {
            cloud,
            provider,
            patience,
            buckets: Mutex::default(),
            fresh: Mutex::default(),
            reads: Mutex::default(),
            lanes: Mutex::default(),
            shared: Mutex::default(),
            on_retry: Mutex::default(),
            redactor: Arc::default(),
            stop: watch::Sender::new(false),
        }
    }

    /// Shares what is known of secrets with others that record or show.
    #[must_use]
    pub fn redacting(mut self, redactor: Arc<Redactor>) -> Session {
        self.redactor = redactor;
        self
    }

    pub fn provider(&self) -> &Arc<dyn Provider> {
        &self.provider
    }

    /// Calls `with` whenever a call waits to be tried again.
    pub fn on_retry(&self, with: Arc<OnRetry>) {
        *held(&self.on_retry) = Some(with);
    }

    /// Waits no longer for anything that would be tried again.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    pub fn is_stopped(&self) -> bool {
        *self.stop.borrow()
    }

    /// Remembers what this run has just made true: refusals that come from it are waited out.
    pub fn note(&self, fact: Fact) {
        held(&self.fresh).add(fact);
    }

    /// Whether this run made this true within the last while.
    pub fn has_fresh(&self, fact: &Fact, within: Duration) -> bool {
        held(&self.fresh).has(fact, within)
    }

    /// Something that the steps of one run share, made at its first use.
    pub fn shared<T: Any + Send + Sync + Default>(&self) -> Arc<T> {
        let mut shared = held(&self.shared);
        let it = shared.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(T::default()));
        Arc::clone(it).downcast().unwrap_or_default()
    }

    /// A lock by name, for what an API wants one after another.
    pub fn lane(&self, name: &str) -> Arc<tokio::sync::Mutex<()>> {
        Arc::clone(held(&self.lanes).entry(name.to_owned()).or_default())
    }

    /// Reads, sharing one answer among all who read the same while a snapshot is taken.
    pub async fn read(&self, call: &Call) -> Result<Value, Failure> {
        let key = format!("{call} {:?} {:?}", call.query, call.body);
        let cell = Arc::clone(held(&self.reads).entry(key).or_default());
        cell.get_or_init(|| self.send(call)).await.clone()
    }

    /// Forgets what was read, so that the next read asks again.
    pub fn forget_reads(&self) {
        held(&self.reads).clear();
    }

    /// Sends a call until it succeeds or fails for good, and gives the answer's body.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn send(&self, call: &Call) -> Result<Value, Failure> {
        let begun = Instant::now();
        let mut attempts = 0;
        let mut unsure = false;
        if let Some(body) = &call.body {
            self.redactor.learn(body);
        }
        let shown = self.redactor.text(&call.to_string());
        loop {
            self.take_token(&call.service).await;
            attempts += 1;
            let (again, why, failure) = match self.cloud.send(call).await {
                Ok(answer) if answer.is_success() => return Ok(answer.body),
                Ok(answer) => {
                    let mut refusal = self.provider.refusal(call, &answer);
                    refusal.message = self.redactor.text(&refusal.message);
                    let again = self.after_refusal(&refusal, &answer, call, attempts, begun);
                    // A server error may come after the effect.
                    unsure |= answer.status >= 500;
                    let why = refusal.to_string();
                    (again, why, Failure::Refused { call: shown.clone(), refusal, attempts, unsure })
                }
                Err(lost) => {
                    unsure |= matches!(lost, Lost::Broken { .. });
                    let again = self.after_loss(&lost, call, attempts, begun);
                    let (why, service) = (lost.to_string(), call.service.clone());
                    (again, why, Failure::Lost { call: shown.clone(), service, lost, attempts })
                }
            };
            match again {
                Some(again) if !self.is_stopped() => self.wait(&shown, &why, &again).await,
                Some(_) | None => return Err(failure),
            }
        }
    }

    /// Says what is waited for, and waits.
    async fn wait(&self, call: &str, why: &str, again: &Again) {
        let on_retry = held(&self.on_retry).clone();
        if let Some(on_retry) = on_retry {
            on_retry(&Waiting {
                call,
                why,
                fact: again.fact.as_ref(),
                wait: again.wait,
                at_most: again.at_most,
            });
        }
        self.pause(again.wait).await;
    }

    /// Waits a while if the operation that a call began failed because of what this run has just made true; whether it
    /// is worth another try.
    pub async fn waits_out(&self, failure: &Failure, call: &Call, attempts: u32) -> bool {
        let Failure::Refused { refusal, .. } = failure else { return false };
        let Some(again) = self.explained(refusal, call, self.backoff(attempts)) else { return false };
        if self.is_stopped() {
            return false;
        }
        self.wait(&self.redactor.text(&call.to_string()), &refusal.to_string(), &again).await;
        !self.is_stopped()
    }

    /// How to go on after a refusal that comes from what this run has just made true.
    fn explained(&self, refusal: &Refusal, call: &Call, wait: Duration) -> Option<Again> {
        let explains = |fact: &Fact| self.provider.explains(fact, refusal, call);
        let (fact, age) = held(&self.fresh).find(self.patience.fresh, explains)?;
        // As long as the fact may go unseen, not counted anew for each call.
        let at_most = self.patience.fresh.saturating_sub(age);
        Some(Again { wait, fact: Some(fact), at_most })
    }

    fn after_loss(&self, lost: &Lost, call: &Call, attempts: u32, begun: Instant) -> Option<Again> {
        let left = self.patience.give_up.saturating_sub(begun.elapsed());
        let again = match lost {
            Lost::Unreachable { .. } => attempts <= 3,
            Lost::Broken { .. } => call.repeat == Repeat::Safe && !left.is_zero(),
            Lost::Credentials { .. } => false,
        };
        again.then(|| Again { wait: self.backoff(attempts), fact: None, at_most: left })
    }

    /// How to go on after a refusal; `None` when it is final.
    fn after_refusal(
        &self,
        refusal: &Refusal,
        answer: &Answer,
        call: &Call,
        attempts: u32,
        begun: Instant,
    ) -> Option<Again> {
        let wait = || answer.retry_after.unwrap_or_else(|| self.backoff(attempts));
        let passing = match &refusal.cause {
            Cause::Throttled | Cause::Busy => true,
            // It may come after the effect, so only what is safe to repeat is repeated here; a creation's sender
            // looks first.
            Cause::Unavailable => call.repeat == Repeat::Safe,
            Cause::Disabled(_) | Cause::Denied | Cause::Invalid | Cause::NotFound | Cause::Precondition => {
                let asked = call.asks && !matches!(refusal.cause, Cause::Disabled(_));
                return if asked { None } else { self.explained(refusal, call, wait()) };
            }
            Cause::Exists | Cause::Stale | Cause::Unauthenticated | Cause::Other => false,
        };
        let left = self.patience.give_up.saturating_sub(begun.elapsed());
        (passing && !left.is_zero()).then(|| Again { wait: wait(), fact: None, at_most: left })
    }

    /// Exponential, with jitter: between half of the step and all of it.
    pub fn backoff(&self, attempts: u32) -> Duration {
        let step = self.patience.first.saturating_mul(1 << attempts.saturating_sub(1).min(16));
        step.min(self.patience.longest).mul_f64(0.5 + 0.5 * random())
    }

    /// Whether a sender that looks before it tries again may do so once more: its first try was at `begun`.
    pub fn goes_on(&self, begun: Instant) -> bool {
        begun.elapsed() < self.patience.give_up && !self.is_stopped()
    }

    /// Sleeps, or returns at once when the run is being stopped.
    pub async fn pause(&self, wait: Duration) {
        let mut stop = self.stop.subscribe();
        tokio::select! {
            () = sleep(wait) => {}
            // The sender lives in self, so this ends only by a stop.
            _ = stop.wait_for(|it| *it) => {}
        }
    }

    async fn take_token(&self, service: &str) {
        let rate = self.provider.rate(service);
        let wait = {
            let mut buckets = held(&self.buckets);
            let now = Instant::now();
            let bucket = buckets.entry(service.to_owned()).or_insert(Bucket { tokens: rate.burst, at: now });
            let refilled = bucket.tokens + now.duration_since(bucket.at).as_secs_f64() * rate.per_second;
            // Below zero is a queue: each who waits has taken a token of the future.
            bucket.tokens = refilled.min(rate.burst) - 1.0;
            bucket.at = now;
            (bucket.tokens < 0.0).then(|| Duration::from_secs_f64(-bucket.tokens / rate.per_second))
        };
        if let Some(wait) = wait {
            self.pause(wait).await;
        }
    }
}

/// Between 0 and 1; good enough to keep retries of many from falling together.
fn random() -> f64 {
    let bits = RandomState::new().build_hasher().finish() >> 11;
    #[allow(clippy::cast_precision_loss, reason = "53 bits fit a double")]
    let it = bits as f64 / (1_u64 << 53) as f64;
    it
}
