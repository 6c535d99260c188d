//! Who may do what with one bucket.

use engine::Rule;

use super::API;
use crate::member::{Calls, Policy, member};

const BUCKET: Policy = Policy { service: API, resource: "storage/v1/b/{bucket}", calls: Calls::Bucket };

member! {
    /// Lets one member do something with one bucket.
    BucketIamMember("gcp:storage/v1:BucketIamMember", "storage.buckets"), BUCKET,
    refused: &["projectOwners", "projectReaders", "projectWriters"],
    path: "policy/{bucket}/{role}/{member}", rules: &[Rule::Bound("bucket"), Rule::Bound("member")],
    {
        /// The bucket's name.
        bucket,
    }
}
