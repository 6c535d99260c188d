//! Cloud Storage: buckets and who may use them.

mod bucket;
mod members;

pub use bucket::Bucket;
pub use members::BucketIamMember;

/// The API's host.
pub(crate) const API: &str = "storage.googleapis.com";
