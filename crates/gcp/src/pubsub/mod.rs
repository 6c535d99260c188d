//! Pub/Sub.

mod topic;

pub use topic::Topic;

/// The API's host.
pub(crate) const API: &str = "pubsub.googleapis.com";
