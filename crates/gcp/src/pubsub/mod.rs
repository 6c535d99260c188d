//! Pub/Sub: topics, what reads them, what their messages must look like.

mod members;
mod schema;
mod subscription;
pub(crate) mod throughput;
mod topic;

pub use members::{SubscriptionIamMember, TopicIamMember};
pub use schema::Schema;
pub use subscription::Subscription;
pub use topic::Topic;

/// The API's host.
pub(crate) const API: &str = "pubsub.googleapis.com";
