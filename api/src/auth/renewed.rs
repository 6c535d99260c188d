//! Keys that are published elsewhere: kept for a while, fetched by one for all, and never under a lock, so that a server
//! that is slow, or a caller with a key that nobody knows, keeps no other caller waiting.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout};

use crate::flight::{self, Flight};

/// The keys that a fetch returned, or the message of its error.
type Fetched<T> = Result<T, String>;

/// A set of keys, the last that was fetched.
pub struct Renewed<T> {
    state: Arc<Mutex<State<T>>>,
    longest_held: Duration,
}

struct State<T> {
    value: Option<Arc<T>>,
    read: Option<Instant>,
    tried: Option<Instant>,
    failed: Option<Instant>,
    problem: String,
    flight: Option<Flight<()>>,
}

/// A key that is not among those that we have may be new, but made-up ones must not make us fetch each time.
const PAUSE: Duration = Duration::from_secs(10);
/// The same while we have none at all.
const PAUSE_WITHOUT: Duration = Duration::from_secs(1);
/// How long a fetch may take.
const TIMEOUT: Duration = Duration::from_secs(5);

impl<T: Send + Sync + 'static> Renewed<T> {
    /// Keys that were read longer ago than `longest_held` are used only if there is no way to newer ones.
    pub fn new(longest_held: Duration) -> Renewed<T> {
        let state = State {
            value: None,
            read: None,
            tried: None,
            failed: None,
            problem: String::new(),
            flight: None,
        };
        Renewed { state: Arc::new(Mutex::new(state)), longest_held }
    }

    /// What `find` finds in the keys; `None` if they have it not.
    ///
    /// A lookup in keys younger than their lifetime returns at once; past half of that lifetime it also starts a fetch in
    /// the background. Past the whole lifetime, a lookup waits for one fetch; if the fetch fails, the old keys stay valid
    /// until one succeeds.
    ///
    /// # Errors
    /// Why there are no keys at all.
    pub async fn find<R, F>(
        &self,
        find: impl Fn(&T) -> Option<R>,
        fetch: impl FnOnce() -> F,
    ) -> Result<Option<R>, String>
    where
        F: Future<Output = Fetched<T>> + Send + 'static,
    {
        let flight = {
            let mut state = lock(&self.state);
            let found = state.value.as_deref().and_then(&find);
            let age = state.read.map(|it| it.elapsed());
            let young = age.is_some_and(|it| it < self.longest_held);
            // A fetch that came to nothing since: waiting for the next would change nothing for who is found.
            let failed = state.failed > state.read;
            let due = found.is_none() || age.is_none_or(|it| it >= self.longest_held / 2);
            let flight = if due { self.join_or_start(&mut state, fetch) } else { None };
            match (found, flight) {
                (Some(found), None) => return Ok(Some(found)),
                (Some(found), Some(_)) if young || failed => return Ok(Some(found)),
                (None, None) => return state.lacking(),
                (_, Some(flight)) => flight,
            }
        };
        // The fetch writes its result to the state; a fetch that panicked leaves no result there, which is read below.
        let _ = flight::outcome(flight).await;
        let state = lock(&self.state);
        match state.value.as_deref().and_then(&find) {
            Some(found) => Ok(Some(found)),
            None => state.lacking(),
        }
    }

    /// The fetch under way, or a new one unless there was one just now.
    fn join_or_start<F>(&self, state: &mut State<T>, fetch: impl FnOnce() -> F) -> Option<Flight<()>>
    where
        F: Future<Output = Fetched<T>> + Send + 'static,
    {
        if let Some(flight) = state.flight.as_ref().filter(|it| flight::under_way(it)) {
            return Some(flight.clone());
        }
        let pause = if state.value.is_some() { PAUSE } else { PAUSE_WITHOUT };
        if state.tried.is_some_and(|it| it.elapsed() < pause) {
            return None;
        }
        state.tried = Some(Instant::now());
        let (kept, work) = (Arc::clone(&self.state), fetch());
        let flight = flight::start(async move {
            let fetched = timeout(TIMEOUT, work).await;
            let fetched =
                fetched.unwrap_or_else(|_| Err(format!("no answer within {} s", TIMEOUT.as_secs())));
            let mut state = lock(&kept);
            match fetched {
                Ok(value) => {
                    state.value = Some(Arc::new(value));
                    state.read = Some(Instant::now());
                }
                Err(problem) => {
                    state.failed = Some(Instant::now());
                    state.problem = problem;
                }
            }
        });
        state.flight = Some(flight.clone());
        Some(flight)
    }
}

impl<T> State<T> {
    fn lacking<R>(&self) -> Result<Option<R>, String> {
        if self.value.is_some() { Ok(None) } else { Err(self.problem.clone()) }
    }
}

fn lock<T>(state: &Mutex<State<T>>) -> MutexGuard<'_, State<T>> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
