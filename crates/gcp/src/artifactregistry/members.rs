//! Who may do what with one repository.

use engine::Rule;

use super::API;
use crate::member::{CONVENIENCE, Calls, Policy, member};

const REPOSITORY: Policy = Policy {
    service: API,
    resource: "v1/projects/{project}/locations/{location}/repositories/{repository}",
    calls: Calls::Get,
};

member! {
    /// Lets one member do something with one repository.
    RepositoryIamMember("gcp:artifactregistry/v1:RepositoryIamMember", "artifactregistry.repositories"), REPOSITORY,
    refused: CONVENIENCE,
    path: "policy/{project}/{location}/{repository}/{role}/{member}", rules: &[Rule::Bound("repository"), Rule::Bound("member")],
    {
        /// Needed where `repository` is a short name; the stack's region if not set.
        location,
        /// `projects/P/locations/L/repositories/R`, or `R`.
        repository,
    }
}
