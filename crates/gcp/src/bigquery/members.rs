//! Who may do what with one dataset: an entry of its access list.

use engine::Rule;

use super::API;
use crate::member::{Calls, Policy, member};

const DATASET: Policy = Policy {
    service: API,
    resource: "bigquery/v2/projects/{project}/datasets/{dataset}",
    calls: Calls::Dataset,
};

member! {
    /// Lets one member do something with one dataset. Not to be mixed with [`Dataset::access`](super::Dataset),
    /// which says who may do anything at all.
    DatasetIamMember("gcp:bigquery/v2:DatasetIamMember", "bigquery.datasets"), DATASET,
    refused: &["projectOwner:", "projectEditor:", "projectViewer:"],
    path: "policy/{project}/{dataset}/{role}/{member}", rules: &[Rule::Bound("dataset"), Rule::Bound("member")],
    {
        /// The dataset's id: `analytics`.
        dataset,
    }
}
