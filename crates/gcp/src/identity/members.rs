//! Who may act as one service account.

use engine::Rule;

use super::API;
use crate::member::{CONVENIENCE, Calls, Policy, member};

const ACCOUNT: Policy = Policy {
    service: API,
    resource: "v1/projects/{project}/serviceAccounts/{serviceAccount}",
    calls: Calls::Post,
};

member! {
    /// Lets one member do something with one service account, such as acting as it.
    ServiceAccountIamMember("gcp:iam/v1:ServiceAccountIamMember", "iam.serviceAccounts"), ACCOUNT,
    refused: CONVENIENCE,
    path: "policy/{project}/{serviceAccount}/{role}/{member}", rules: &[Rule::Bound("serviceAccount"), Rule::Bound("member")],
    {
        /// `projects/P/serviceAccounts/ADDRESS`, or the address alone.
        service_account,
    }
}
