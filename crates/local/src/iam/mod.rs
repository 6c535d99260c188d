//! Policies on resources, and whether a caller may do what a request asks.

mod access;
mod condition;
mod member;
mod policy;

pub use access::{account_exists, agent, allowed, authorize, check_act_as, granted, held, may};
#[cfg(test)]
pub use policy::COLLECTION;
pub use policy::{forget, get, key, load, project_key, rename_members, replace, save, set, test};
