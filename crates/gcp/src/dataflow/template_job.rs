//! A job of a classic template: a staged file that holds the whole pipeline.

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
use crate::schema::dataflow::{LAUNCH_TEMPLATE_PARAMETERS, RuntimeEnvironment};
use crate::stack::Handle;

/// A Dataflow job of a classic template. A change puts a new job into the place of a streaming one. A batch
/// that is done stays done until something about it changes.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TemplateJob {
    /// Lower-case letters, digits and hyphens, a letter first, no hyphen last.
    pub name: Input<String>,
    /// The region; the stack's if not set.
    pub location: Input<String>,
    /// `gs://dataflow-templates/latest/PubSub_to_BigQuery`.
    pub gcs_path: Input<String>,
    /// What the template asks for.
    pub parameters: Labels,
    pub environment: Option<RuntimeEnvironment>,
    /// For a change that renames steps: old names to new ones.
    pub transform_name_mapping: Labels,
    /// What becomes of it when it is declared no more.
    pub on_delete: OnDelete,
}

impl Resource for TemplateJob {
    const KIND: Kind = Kind::new(
        "gcp:dataflow/v1b3:TemplateJob",
        "job",
        API,
        "v1b3/projects/{project}/locations/{location}/jobs/{id}",
        &LAUNCH_TEMPLATE_PARAMETERS,
    )
    .named(job::NAME, job::is_name)
    .made_id_only()
    .create(Create::Own)
    .update(Updating::Own)
    .ours(&["onDelete", "transformNameMapping"])
    .acts()
    .listed("jobs", &[("filter", "ACTIVE")])
    .rules(&[
        // A job tells little of what it was launched with.
        Rule::InputOnly("gcsPath"),
        Rule::InputOnly("parameters"),
        Rule::InputOnly("environment"),
    ]);

    fn identity() -> Vec<&'static str> {
        vec!["project", "location", "name"]
    }

    fn check(&self) -> Vec<Invalid> {
        check::all([
            check::required("gcsPath", &self.gcs_path),
            check::text("gcsPath", &self.gcs_path, "gs://…", |it| it.starts_with("gs://")),
        ])
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

    async fn list(session: &Session, project: &str) -> Result<Vec<Live>, Failure> {
        job::list(&Self::KIND, session, project).await
    }

    const USAGE: &'static [UsageKey] = bill::USAGE;

    fn bill(of: &Billed<'_>) -> Bill {
        bill::bill(of)
    }
}

fn launch(inputs: &Value, update: bool) -> Result<Call, Failure> {
    let path = "v1b3/projects/{project}/locations/{location}/templates:launch";
    let path = rest::fill(path, inputs, true).ok_or_else(|| rest::unnamed(&TemplateJob::KIND))?;
    let mut body = job::body(&TemplateJob::KIND, inputs, &["parameters", "environment"]);
    body["jobName"] = inputs["name"].clone();
    if update {
        body["update"] = json!(true);
        if let Some(mapping) = inputs.get("transformNameMapping") {
            body["transformNameMapping"] = mapping.clone();
        }
    }
    let template = rest::fill("{gcsPath}", inputs, false).ok_or_else(|| rest::unnamed(&TemplateJob::KIND))?;
    Ok(Call::new(Method::Post, API, path).query("gcsPath", template).body(body))
}

impl Handle<TemplateJob> {
    /// `2026-01-01_00_00_00-1234567890`.
    pub fn job_id(&self) -> Output<String> {
        self.attribute("id")
    }
}
