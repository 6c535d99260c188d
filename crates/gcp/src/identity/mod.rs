//! Identity and Access Management: service accounts, and identities from elsewhere.

mod members;
mod pool;
mod provider;
mod service_account;

pub use members::ServiceAccountIamMember;
pub use pool::WorkloadIdentityPool;
pub use provider::WorkloadIdentityPoolProvider;
pub use service_account::ServiceAccount;

/// The API's host.
pub(crate) const API: &str = "iam.googleapis.com";

/// A pool's or provider's id.
fn is_id(id: &str) -> bool {
    (4..=32).contains(&id.len())
        && id.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
        && !id.starts_with("gcp-")
}
