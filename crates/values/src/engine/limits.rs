//! How much a query may take: time, memory, and until when it is wanted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::failure::{Failure, Reason};

/// What memory a query may take unless its caller says otherwise.
pub const MEMORY: usize = 1 << 30;
/// How long a query may run, as with BigQuery.
pub const LONGEST: Duration = Duration::from_secs(6 * 3600);

/// Says to a query that runs that it is not wanted any more; clones are one.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// One that is told by a flag.
    pub fn of(flag: Arc<AtomicBool>) -> Stop {
        Stop(flag)
    }

    /// Ends the query as soon as it looks.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub fn is_stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Clone, Debug)]
pub struct Limits {
    pub memory: usize,
    pub deadline: Instant,
    /// What is said when the deadline has passed.
    pub time: Duration,
    /// Each of them ends the query.
    pub stops: Vec<Stop>,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits::lasting(LONGEST)
    }
}

impl Limits {
    pub fn lasting(time: Duration) -> Limits {
        Limits { memory: MEMORY, deadline: Instant::now() + time, time, stops: Vec::new() }
    }

    pub fn check(&self) -> Result<(), Failure> {
        if self.stops.iter().any(Stop::is_stopped) {
            return Err(Failure::new(
                Reason::Stopped,
                "Job execution was cancelled: User requested cancellation",
            ));
        }
        if Instant::now() > self.deadline {
            let message = format!("Job execution was cancelled: Job timed out after {:?}", self.time);
            return Err(Failure::new(Reason::Timeout, message));
        }
        Ok(())
    }
}
