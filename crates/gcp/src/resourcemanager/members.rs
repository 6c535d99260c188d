//! Who may do what in the whole project.

use engine::Rule;

use super::API;
use crate::member::{Calls, Policy, member};

const PROJECT: Policy = Policy { service: API, resource: "v3/projects/{project}", calls: Calls::PostBody };

member! {
    /// Lets one member do something with everything in the project. A grant on the one thing that it needs
    /// gives less away.
    ProjectIamMember("gcp:cloudresourcemanager/v3:ProjectIamMember", "resourcemanager.projects"), PROJECT,
    refused: &[
        "allUsers", "allAuthenticatedUsers", "projectOwner:", "projectEditor:", "projectViewer:",
        "projectOwners", "projectReaders", "projectWriters",
    ],
    path: "policy/{project}/{role}/{member}", rules: &[Rule::Bound("member")],
    {
        /// The project's id; the stack's if not set.
        project,
    }
}
