//! The account that deploys, where it is not a person: it acts as the stack's accounts, and as no others.

use engine::Options;
use engine::config::{Config, ConfigError};
use gcp::identity::{ServiceAccount, ServiceAccountIamMember};
use gcp::{Handle, Stack};

/// Lets the deployer act as an account of the stack: options for what runs as that account, which is made after. Where a
/// person deploys, the setting `deployer` is empty, and nothing is granted.
pub fn acts_as(
    stack: &mut Stack<'_>,
    config: &Config,
    name: &str,
    account: &Handle<ServiceAccount>,
) -> Result<Options, ConfigError> {
    let deployer: String = config.get("deployer")?;
    if deployer.is_empty() {
        return Ok(Options::default());
    }
    let grant = stack.add(
        name,
        ServiceAccountIamMember {
            service_account: account.id().into(),
            role: "roles/iam.serviceAccountUser".into(),
            member: format!("serviceAccount:{deployer}").into(),
            ..ServiceAccountIamMember::default()
        },
    );
    Ok(Options::default().depends_on(&grant))
}
