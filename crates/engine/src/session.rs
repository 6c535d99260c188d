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
use crate::provider::{Cause, Provider, Refusal};

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

/// What this run has changed that takes time until every call sees it.
#[derive(Clone, Debug, Default)]
pub struct Fresh {
    marks: HashMap<String, Instant>,
}

impl Fresh {
    /// Whether this was changed so recently that a refusal may come from it.
    pub fn is(&self, mark: &str, within: Duration) -> bool {
        self.marks.get(mark).is_some_and(|it| it.elapsed() < within)
    }
}

/// Told while a call waits to be tried again.
pub type OnRetry = dyn Fn(&Call, &str, Duration) + Send + Sync;

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
    stop: watch::Sender<bool>,
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
            stop: watch::Sender::new(false),
        }
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

    /// Remembers that this was changed just now, such as `grant` or `service:pubsub.googleapis.com`.
    pub fn mark_fresh(&self, mark: &str) {
        held(&self.fresh).marks.insert(mark.to_owned(), Instant::now());
    }

    /// Whether this was changed by this run, and so recently.
    pub fn is_fresh(&self, mark: &str, within: Duration) -> bool {
        held(&self.fresh).is(mark, within)
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
        loop {
            self.take_token(&call.service).await;
            attempts += 1;
            let outcome = self.cloud.send(call).await;
            let (wait, why, failure) = match outcome {
                Ok(answer) if answer.is_success() => return Ok(answer.body),
                Ok(answer) => {
                    let refusal = self.provider.refusal(call, &answer);
                    let wait = self.wait_after(&refusal, &answer, call, attempts, begun);
                    // A server error may come after the effect.
                    unsure |= answer.status >= 500;
                    let why = refusal.to_string();
                    (wait, why, Failure::Refused { call: call.to_string(), refusal, attempts, unsure })
                }
                Err(lost) => {
                    let wait = match &lost {
                        Lost::Unreachable { .. } => attempts <= 3,
                        Lost::Broken { .. } => {
                            unsure = true;
                            call.repeat == Repeat::Safe && begun.elapsed() < self.patience.give_up
                        }
                        Lost::Credentials { .. } => false,
                    }
                    .then(|| self.backoff(attempts));
                    let why = lost.to_string();
                    let service = call.service.clone();
                    (wait, why, Failure::Lost { call: call.to_string(), service, lost, attempts })
                }
            };
            match wait {
                Some(wait) if !self.is_stopped() => {
                    let told = held(&self.on_retry).clone();
                    if let Some(told) = told {
                        told(call, &why, wait);
                    }
                    self.pause(wait).await;
                }
                Some(_) | None => return Err(failure),
            }
        }
    }

    /// How long to wait before the next try; `None` when the refusal is final.
    fn wait_after(
        &self,
        refusal: &Refusal,
        answer: &Answer,
        call: &Call,
        attempts: u32,
        begun: Instant,
    ) -> Option<Duration> {
        let fresh = held(&self.fresh).clone();
        let (again, until) = match &refusal.cause {
            Cause::Throttled => (true, self.patience.give_up),
            // It may come after the effect, so only what is safe to repeat is repeated here; whoever makes
            // something looks first.
            Cause::Unavailable => (call.repeat == Repeat::Safe, self.patience.give_up),
            Cause::Busy => (true, self.patience.give_up),
            Cause::Disabled(_) | Cause::Denied | Cause::Invalid | Cause::NotFound | Cause::Precondition => {
                (self.provider.will_pass(refusal, call, &fresh, self.patience.fresh), self.patience.fresh)
            }
            Cause::Exists | Cause::Stale | Cause::Unauthenticated | Cause::Other => (false, Duration::ZERO),
        };
        (again && begun.elapsed() < until)
            .then(|| answer.retry_after.unwrap_or_else(|| self.backoff(attempts)))
    }

    /// Exponential, with jitter: between half of the step and all of it.
    pub fn backoff(&self, attempts: u32) -> Duration {
        let step = self.patience.first.saturating_mul(1 << attempts.saturating_sub(1).min(16));
        step.min(self.patience.longest).mul_f64(0.5 + 0.5 * random())
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
