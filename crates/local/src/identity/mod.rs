//! Who calls: identities of workload identity pools, the tokens that stand for callers, and how they are told apart.

mod authenticate;
mod id_token;
mod issuer;
mod jwt;
mod keys;
mod mapping;
mod principal;
mod token;

pub use authenticate::{authenticate, is_ours};
pub use id_token::id_token;
pub use issuer::keys_of;
pub use jwt::Jwt;
pub use keys::Keys;
pub use mapping::{check as check_mapping, map};
pub use principal::{Identity, pool_of_member};
pub use token::{Holder, issue};
