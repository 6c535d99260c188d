//! Resource Manager: who may do what in the whole project.

mod members;

pub use members::ProjectIamMember;

/// The API's host.
pub(crate) const API: &str = "cloudresourcemanager.googleapis.com";
