//! Cloud Scheduler: calls by the clock.

mod job;

pub use job::SchedulerJob;

/// The API's host.
pub(crate) const API: &str = "cloudscheduler.googleapis.com";
