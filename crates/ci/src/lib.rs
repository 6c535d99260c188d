//! A job of GitHub Actions or GitLab CI: its files, its identity, the comments and issues it keeps up to date, and the releases
//! it makes.

mod api;
mod forge;
mod github;
mod gitlab;
mod login;
mod release;
mod runner;

pub use api::ApiError;
pub use forge::{Comment, Forge, ForgeError, Posted, keep_comment};
pub use github::{GitHub, IssueState};
pub use gitlab::GitLab;
pub use login::{Federation, LoginError};
pub use release::{Asset, Release};
pub use runner::{Annotation, Runner, RunnerError};

/// The value of an environment variable; `None` if it is unset or empty.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<String>;
