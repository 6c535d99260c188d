//! A job of a flex template: a file that names a container which builds the pipeline.

use engine::{
    Bill, Billed, Call, Failure, Input, Invalid, Labels, Live, Method, Output, Place, Rule, Session, Update,
    UsageKey,
};
use serde::Serialize;
use serde_json::{Value, json};

use super::{API, OnDelete, bill, job};
use crate::check;
use crate::resource::{Create, Kind, Resource, Updating};
use crate::rest;
use crate::schema::dataflow::{
    ContainerSpec, FlexTemplateRuntimeEnvironment, LAUNCH_FLEX_TEMPLATE_PARAMETER,
};
use crate::stack::Handle;

/// A Dataflow job of a flex template. A change puts a new job into the place of a streaming one. A batch that
/// is done stays done until something about it changes.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FlexTemplateJob {
    /// Lower-case letters, digits and hyphens, a letter first, no hyphen last.
    pub name: Input<String>,
    /// The region; the stack's if not set.
    pub location: Input<String>,
    /// `gs://dataflow-templates-europe-west1/latest/flex/…`.
    pub container_spec_gcs_path: Input<String>,
    /// In place of a file.
    pub container_spec: Option<ContainerSpec>,
    /// What the template asks for.
    pub parameters: Labels,
    pub environment: Option<FlexTemplateRuntimeEnvironment>,
    pub launch_options: Labels,
    /// For a change that renames steps: old names to new ones.
    pub transform_name_mappings: Labels,
    /// What becomes of it when it is declared no more.
    pub on_delete: OnDelete,
}

impl Resource for FlexTemplateJob {
    const KIND: Kind = Kind::new(
        "gcp:dataflow/v1b3:FlexTemplateJob",
        "job",
        API,
        "v1b3/projects/{project}/locations/{location}/jobs/{id}",
        &LAUNCH_FLEX_TEMPLATE_PARAMETER,
    )
    .named(job::NAME, job::is_name)
    .made_id_only()
    .create(Create::Own)
    .update(Updating::Own)
    .ours(&["onDelete", "transformNameMappings"])
    .acts()
    .rules(&[
        // A job tells little of what it was launched with.
        Rule::InputOnly("containerSpecGcsPath"),
        Rule::InputOnly("containerSpec"),
        Rule::InputOnly("parameters"),
        Rule::InputOnly("environment"),
        Rule::InputOnly("launchOptions"),
    ]);

    fn identity() -> Vec<&'static str> {
        vec!["project", "location", "name"]
    }

    fn check(&self) -> Vec<Invalid> {
        let mut found = check::all([check::text(
            "containerSpecGcsPath",
            &self.container_spec_gcs_path,
            "gs://…",
            |it| it.starts_with("gs://"),
        )]);
        found.extend(check::exactly_one(&[
            ("containerSpecGcsPath", !self.container_spec_gcs_path.is_unset()),
            ("containerSpec", self.container_spec.is_some()),
        ]));
        found
    }

    async fn read(session: &Session, at: Place<'_>) -> Result<Option<Live>, Failure> {
        job::read(session, at).await
    }

    async fn create(session: &Session, at: Place<'_>) -> Result<Live, Failure> {
        job::launch(&Self::KIND, session, at, &launch(at.inputs, false)?).await
    }

    async fn update(session: &Session, update: Update<'_>) -> Result<Live, Failure> {
        job::replace(&Self::KIND, session, &update, |update_job| launch(update.desired, update_job)).await
    }

    async fn delete(session: &Session, at: Place<'_>) -> Result<(), Failure> {
        job::delete(session, at).await
    }

    const USAGE: &'static [UsageKey] = bill::USAGE;

    fn bill(of: &Billed<'_>) -> Bill {
        bill::bill(of)
    }
}

fn launch(inputs: &Value, update: bool) -> Result<Call, Failure> {
    let path = "v1b3/projects/{project}/locations/{location}/flexTemplates:launch";
    let path = rest::fill(path, inputs, true).ok_or_else(|| rest::unnamed(&FlexTemplateJob::KIND))?;
    let fields = ["containerSpecGcsPath", "containerSpec", "parameters", "environment", "launchOptions"];
    let mut parameter = job::body(&FlexTemplateJob::KIND, inputs, &fields);
    parameter["jobName"] = inputs["name"].clone();
    if update {
        parameter["update"] = json!(true);
        if let Some(mapping) = inputs.get("transformNameMappings") {
            parameter["transformNameMappings"] = mapping.clone();
        }
    }
    Ok(Call::new(Method::Post, API, path).body(json!({ "launchParameter": parameter })))
}

impl Handle<FlexTemplateJob> {
    /// `2026-01-01_00_00_00-1234567890`.
    pub fn job_id(&self) -> Output<String> {
        self.attribute("id")
    }
}
