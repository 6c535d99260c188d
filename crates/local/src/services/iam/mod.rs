//! IAM v1: service accounts, workload identity pools and their providers, roles.

mod accounts;
mod custom;
mod pools;
mod predefined;

pub use accounts::{find as account, settle};

use crate::operation;
use crate::request::Handler;
use crate::resource::policy_method;

/// The handler of a method, named without `iam.`.
pub(super) fn handler(method: &str) -> Option<Handler> {
    Some(match method {
        "projects.serviceAccounts.create" => accounts::create,
        "projects.serviceAccounts.get" => accounts::get,
        "projects.serviceAccounts.list" => accounts::list,
        "projects.serviceAccounts.patch" => accounts::patch,
        "projects.serviceAccounts.update" => accounts::update,
        "projects.serviceAccounts.delete" => accounts::delete,
        "projects.serviceAccounts.undelete" => accounts::undelete,
        "projects.serviceAccounts.enable" => accounts::enable,
        "projects.serviceAccounts.disable" => accounts::disable,
        "projects.serviceAccounts.getIamPolicy"
        | "projects.serviceAccounts.setIamPolicy"
        | "projects.serviceAccounts.testIamPermissions" => accounts::policy,
        "projects.locations.workloadIdentityPools.create" => pools::create_pool,
        "projects.locations.workloadIdentityPools.get" => pools::get,
        "projects.locations.workloadIdentityPools.list" => pools::list,
        "projects.locations.workloadIdentityPools.patch" => pools::patch,
        "projects.locations.workloadIdentityPools.delete" => pools::delete,
        "projects.locations.workloadIdentityPools.undelete" => pools::undelete,
        "projects.locations.workloadIdentityPools.providers.create" => pools::create_provider,
        "projects.locations.workloadIdentityPools.providers.get" => pools::get,
        "projects.locations.workloadIdentityPools.providers.list" => pools::list,
        "projects.locations.workloadIdentityPools.providers.patch" => pools::patch,
        "projects.locations.workloadIdentityPools.providers.delete" => pools::delete,
        "projects.locations.workloadIdentityPools.providers.undelete" => pools::undelete,
        "projects.locations.workloadIdentityPools.operations.get"
        | "projects.locations.workloadIdentityPools.providers.operations.get" => operation::get,
        "projects.roles.create" => custom::create,
        "projects.roles.get" => |tx, request| custom::ROLE.get(tx, request),
        "projects.roles.list" => custom::list,
        "projects.roles.patch" => custom::patch,
        "projects.roles.delete" => custom::delete,
        "projects.roles.undelete" => custom::undelete,
        "roles.get" => predefined::get,
        "roles.list" => predefined::list,
        _ if method.starts_with("projects.locations.workloadIdentityPools.") => {
            policy_method(method)?;
            pools::policy
        }
        _ => return None,
    })
}
