//! Artifact Registry: repositories of images and packages.

mod members;
mod repository;

pub use members::RepositoryIamMember;
pub use repository::Repository;

/// The API's host.
pub(crate) const API: &str = "artifactregistry.googleapis.com";
