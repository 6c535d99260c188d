//! Secret Manager: secrets, their versions, who may read them.

mod members;
pub(crate) mod secret;
mod version;

pub use members::SecretIamMember;
pub use secret::Secret;
pub use version::SecretVersion;

/// The API's host.
pub(crate) const API: &str = "secretmanager.googleapis.com";
