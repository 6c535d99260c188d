//! Cloud Run: services that answer requests, jobs that run to their end.

mod bill;
mod containers;
mod job;
mod members;
mod service;
mod traffic;

pub use job::Job;
pub use members::{RunJobIamMember, RunServiceIamMember};
pub use service::Service;
pub(crate) use traffic::serving;
pub use traffic::{Move, Moved, canary, live, move_traffic};

/// The API's host.
pub(crate) const API: &str = "run.googleapis.com";

/// A way to write a whole CPU, and another.
pub(crate) const CPUS: &[(&str, &str)] =
    &[("1", "1000m"), ("2", "2000m"), ("4", "4000m"), ("6", "6000m"), ("8", "8000m")];
