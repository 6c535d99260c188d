//! Artifact Registry: repositories of images and packages.

mod egress;
mod image;
mod members;
mod repository;

pub use image::{BUILT, Image, built};
pub use members::RepositoryIamMember;
pub use repository::Repository;

/// The API's host.
pub(crate) const API: &str = "artifactregistry.googleapis.com";
