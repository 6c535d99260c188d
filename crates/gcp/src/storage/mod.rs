//! Cloud Storage: buckets and who may use them.

pub(crate) mod bill;
mod bucket;
mod members;
mod skus;

pub use bucket::Bucket;
pub use members::BucketIamMember;

/// The API's host.
pub(crate) const API: &str = "storage.googleapis.com";
