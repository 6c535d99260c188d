//! Who may call one service, or run one job.

use engine::Rule;

use super::API;
use crate::member::{CONVENIENCE, Calls, Policy, member};

const SERVICE: Policy = Policy {
    service: API,
    resource: "v2/projects/{project}/locations/{location}/services/{service}",
    calls: Calls::Get,
};

const JOB: Policy = Policy {
    service: API,
    resource: "v2/projects/{project}/locations/{location}/jobs/{job}",
    calls: Calls::Get,
};

member! {
    /// Lets one member do something with one service: `roles/run.invoker` to `allUsers` opens it to the world.
    RunServiceIamMember("gcp:run/v2:RunServiceIamMember", "run.services"), SERVICE, refused: CONVENIENCE,
    path: "policy/{project}/{location}/{service}/{role}/{member}", rules: &[Rule::Bound("service"), Rule::Bound("member")],
    {
        /// Needed where `service` is a short name; the stack's region if not set.
        location,
        /// `projects/P/locations/L/services/S`, or `S`.
        service,
    }
}

member! {
    /// Lets one member do something with one job.
    RunJobIamMember("gcp:run/v2:RunJobIamMember", "run.jobs"), JOB, refused: CONVENIENCE,
    path: "policy/{project}/{location}/{job}/{role}/{member}", rules: &[Rule::Bound("job"), Rule::Bound("member")],
    {
        /// Needed where `job` is a short name; the stack's region if not set.
        location,
        /// `projects/P/locations/L/jobs/J`, or `J`.
        job,
    }
}
