//! Who may read one secret.

use engine::Rule;

use super::API;
use crate::member::{CONVENIENCE, Calls, Policy, member};

const SECRET: Policy =
    Policy { service: API, resource: "v1/projects/{project}/secrets/{secret}", calls: Calls::Get };

member! {
    /// Lets one member do something with one secret.
    SecretIamMember("gcp:secretmanager/v1:SecretIamMember", "secretmanager.secrets"), SECRET, refused: CONVENIENCE,
    path: "policy/{project}/{secret}/{role}/{member}", rules: &[Rule::Bound("secret"), Rule::Bound("member")],
    {
        /// `projects/P/secrets/S`, or `S`.
        secret,
    }
}
