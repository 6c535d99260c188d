//! A Cloud Run job: containers that run to their end.

use engine::{Bill, Billed, Input, Invalid, Labels, Output, Rule, UsageKey};
use rust_decimal::Decimal;
use serde::Serialize;

use super::containers::{CPU_UNIT, GPU_UNIT};
use super::{API, CPUS, containers};
use crate::bill::quantity::{number, times};
use crate::bill::{Lines, key};
use crate::check;
use crate::resource::{Create, Kind, Resource, Updating};
use crate::schema::run::{BinaryAuthorization, ExecutionTemplate, FunctionalType, JOB, LaunchStage};
use crate::stack::Handle;

/// A Cloud Run job. Declaring it runs nothing, unless one of the tokens changes.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// 1 to 49 lower-case letters, digits and hyphens, a letter first, no hyphen last.
    pub name: Input<String>,
    /// The region; the stack's if not set.
    pub location: Input<String>,
    pub labels: Labels,
    pub annotations: Labels,
    /// What runs, how often and how much of it at once.
    pub template: Option<ExecutionTemplate>,
    /// Needed for what is not generally available; Google may give back another.
    pub launch_stage: Input<LaunchStage>,
    pub binary_authorization: Option<BinaryAuthorization>,
    pub functional_type: Input<FunctionalType>,
    /// Any new text starts an execution, and apply does not wait for its end.
    pub start_execution_token: Input<String>,
    /// Any new text starts an execution, and apply waits until it has succeeded.
    pub run_execution_token: Input<String>,
}

const EXECUTIONS: &str = "monthly_job_executions";
const MINUTES: &str = "average_task_execution_mins";

impl Resource for Job {
    const KIND: Kind = Kind::new(
        "gcp:run/v2:Job",
        "job",
        API,
        "v2/projects/{project}/locations/{location}/jobs/{name}",
        &JOB,
    )
    .named("[a-z]([a-z0-9-]{0,47}[a-z0-9])?", |it| it.len() < 50 && check::dns_label(it))
    .create(Create::Post { query: &[("jobId", "{name}")], body: &[] })
    .update(Updating::Whole { put: false, etag: true })
    .operations()
    .permission("run.jobs")
    // The v2 of the API has no list of locations, and refuses `-` for all of them.
    .locations("v1")
    .listed("jobs", &[])
    .acts()
    .rules(&[
        Rule::InputOnly("launchStage"),
        Rule::InputOnly("startExecutionToken"),
        Rule::InputOnly("runExecutionToken"),
        Rule::Default("template.taskCount", "1"),
        Rule::Default("template.template.maxRetries", "3"),
        Rule::Default("template.template.timeout", "\"600s\""),
        Rule::Default("template.template.executionEnvironment", "\"EXECUTION_ENVIRONMENT_GEN2\""),
        Rule::Keyed("template.template.containers[*].env", "name"),
        Rule::Alias("template.template.containers[*].resources.limits.cpu", CPUS),
        Rule::Keyed("template.template.containers[*].volumeMounts", "mountPath"),
        Rule::Keyed("template.template.volumes", "name"),
        Rule::Set("template.template.volumes[*].cloudSqlInstance.instances"),
        Rule::Name("template.template.volumes[*].secret.secret"),
        Rule::Name("**.secretKeyRef.secret"),
        Rule::Name("template.template.vpcAccess.connector"),
        Rule::Name("template.template.vpcAccess.networkInterfaces[*].network"),
        Rule::Name("template.template.vpcAccess.networkInterfaces[*].subnetwork"),
    ]);

    fn check(&self) -> Vec<Invalid> {
        let mut found = Vec::new();
        let containers = self.template.iter().flat_map(|it| &it.template).flat_map(|it| &it.containers);
        let images: Vec<&Input<String>> = containers.map(|it| &it.image).collect();
        if images.is_empty() {
            found.push(Invalid::new("template.template.containers", "must have at least one container"));
        }
        for (i, image) in images.into_iter().enumerate() {
            found.extend(check::required(&format!("template.template.containers[{i}].image"), image));
        }
        found.extend(check::at_most_one(&[
            ("startExecutionToken", !self.start_execution_token.is_unset()),
            ("runExecutionToken", !self.run_execution_token.is_unset()),
        ]));
        found
    }

    const USAGE: &'static [UsageKey] = &[
        key(EXECUTIONS, "executions a month", "How often it runs."),
        key(MINUTES, "minutes", "How long a task runs; a minute is charged at least."),
    ];

    fn bill(of: &Billed<'_>) -> Bill {
        let mut lines = Lines::new(of);
        let size = containers::size(of.inputs.pointer("/template/template/containers"));
        let region = of.text("/location").unwrap_or(of.region);
        let tasks = of.inputs.pointer("/template/taskCount");
        // There is at least one.
        let tasks = number(tasks).unwrap_or(Decimal::ONE);
        lines.priced_by(&["/location"]);
        lines.counted_by(&["/template/taskCount", "/template/template/containers/*/resources/limits/*"]);
        if let Some(why) = &size.wrong {
            lines.wrong(why);
        }
        // How many tasks run at once changes how long it takes, and not what it costs.
        let seconds = lines.usage(EXECUTIONS).zip(lines.usage(MINUTES)).map(|(executions, minutes)| {
            times(executions * minutes.map(|it| it.max(Decimal::ONE)), tasks * Decimal::from(60))
        });
        for (name, unit, price, each) in
            [("CPU", CPU_UNIT, "Jobs CPU", size.cpu), ("Memory", "GiBy.s", "Jobs Memory", size.memory)]
        {
            let quantity = seconds.map(|it| times(it, each));
            lines.line(name, containers::in_region(price, region), unit, quantity, &[EXECUTIONS, MINUTES]);
        }
        if !size.gpus.is_zero() {
            let price = containers::in_region("GPU for jobs", region);
            let quantity = seconds.map(|it| times(it, size.gpus));
            lines.line("GPU", price, GPU_UNIT, quantity, &[EXECUTIONS, MINUTES]);
        }
        lines.bill()
    }
}

impl Handle<Job> {
    /// `projects/{project}/locations/{location}/jobs/{name}`.
    pub fn id(&self) -> Output<String> {
        let (location, name) = (self.location_or_region(&self.location), self.text_or_name(&self.name));
        self.known(format!("projects/{}/locations/{location}/jobs/{name}", self.project()))
    }
}
