//! Google Cloud, as the engine sees it.

use std::collections::BTreeSet;

use async_trait::async_trait;
use engine::{
    Answer, Call, Cause, Diagnostic, Driver, Fact, Facts, Failure, Method, Op, Plan, Program, Provider, Rate,
    Refusal, Repeat, Session,
};
use serde_json::{Value, json};

use crate::resource::Resource;
use crate::stack::PROJECT;
use crate::{artifactregistry, kinds, patience, permissions, refusal, run};

/// Google Cloud.
#[derive(Debug, Default)]
pub struct Google;

const RESOURCE_MANAGER: &str = "cloudresourcemanager.googleapis.com";
const SERVICE_USAGE: &str = "serviceusage.googleapis.com";

#[async_trait]
impl Provider for Google {
    fn driver(&self, kind: &str) -> Option<&'static dyn Driver> {
        kinds::by_token(kind)
    }

    fn refusal(&self, call: &Call, answer: &Answer) -> Refusal {
        refusal::refusal(call, answer)
    }

    fn explains(&self, fact: &Fact, refusal: &Refusal, call: &Call) -> bool {
        patience::explains(fact, refusal, call)
    }

    fn rate(&self, service: &str) -> Rate {
        match service {
            // Google documents 600 policy writes a minute, and far more reads.
            "iam.googleapis.com" => Rate { per_second: 50.0, burst: 200.0 },
            // About 120 changes a minute; what we read is read once.
            "serviceusage.googleapis.com" => Rate { per_second: 5.0, burst: 60.0 },
            _ => Rate { per_second: 100.0, burst: 500.0 },
        }
    }

    async fn facts(&self, program: &Program, session: &Session) -> Result<Facts, Failure> {
        let Some(project) = program.settings.get(PROJECT) else { return Ok(Facts::new()) };
        let number = project_number(project, session).await?;
        let mut facts = Facts::from([("project.number".to_owned(), Value::String(number))]);
        // What is built here no API tells: whoever builds it says it beside the project.
        let built = program.settings.iter().filter(|(name, _)| name.starts_with(artifactregistry::BUILT));
        facts.extend(built.map(|(name, digest)| (name.clone(), Value::String(digest.clone()))));
        Ok(facts)
    }

    async fn foresee(&self, plan: &Plan, session: &Session) -> Vec<Diagnostic> {
        let mut found = canaries(plan);
        found.extend(missing_permissions(plan, session).await);
        found
    }
}

/// Says of each service that only a part of its traffic goes to what the plan makes.
fn canaries(plan: &Plan) -> Vec<Diagnostic> {
    let steps =
        plan.steps.iter().filter(|it| it.op == Op::Update && it.kind == run::Service::KIND.facts.token);
    steps
        .filter(|it| it.changes.iter().any(|it| it.path.top() == Some("template")))
        .filter_map(|step| {
            let percent = step.desired()["canaryPercent"].as_i64()?;
            let stays = run::serving(step.present()?)?;
            let message = format!(
                "service {}: the new revision gets {percent}% of the traffic, and {stays} keeps the rest",
                step.name
            );
            Some(Diagnostic::warning(Some(&step.urn), message).hint("`stack promote` moves it on, or back"))
        })
        .collect()
}

/// Service Usage names services by the project's number, and works in a project where nothing is enabled.
async fn project_number(project: &str, session: &Session) -> Result<String, Failure> {
    let call = Call::get(SERVICE_USAGE, format!("v1/projects/{project}/services/{SERVICE_USAGE}"));
    let answer = session.read(&call).await?;
    let parent = answer.get("parent").or_else(|| answer.get("name")).and_then(Value::as_str);
    parent
        .and_then(|it| it.split('/').nth(1))
        .filter(|it| !it.is_empty() && it.bytes().all(|c| c.is_ascii_digit()))
        .map(str::to_owned)
        .ok_or_else(|| Failure::unexpected(&call, "it does not say the project's number"))
}

/// Asks once whether the caller may do all that the plan would.
async fn missing_permissions(plan: &Plan, session: &Session) -> Vec<Diagnostic> {
    let mut needed: BTreeSet<String> = BTreeSet::new();
    let mut project = None;
    for step in plan.steps.iter().filter(|it| it.op != Op::Same) {
        needed.extend(permissions::needed(step.facts(), step.op));
        project = project.or_else(|| step.desired().get("project").and_then(Value::as_str));
    }
    let Some(project) = project else { return Vec::new() };
    if needed.is_empty() {
        return Vec::new();
    }
    let call = Call::new(Method::Post, RESOURCE_MANAGER, format!("v3/projects/{project}:testIamPermissions"))
        .body(json!({ "permissions": needed }))
        .repeat(Repeat::Safe);
    let held = match session.read(&call).await {
        Ok(answer) => answer,
        // In a project where this API is still disabled nobody can be asked; apply will tell.
        Err(failure) if matches!(failure.cause(), Some(Cause::Disabled(_))) => return Vec::new(),
        Err(failure) => {
            return vec![Diagnostic::warning(
                None,
                format!("your permissions could not be checked: {failure}"),
            )];
        }
    };
    let held: BTreeSet<&str> =
        held["permissions"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let missing = needed.iter().filter(|it| !held.contains(it.as_str()));
    let missing: Vec<String> = missing.map(|it| permissions::with_roles(it)).collect();
    if missing.is_empty() {
        return Vec::new();
    }
    // A role on a resource itself may allow what no role on the project does, so this is no error.
    let message = format!("your account has no role on project {project} that allows {}", missing.join(", "));
    vec![
        Diagnostic::warning(None, message)
            .hint("apply will be refused unless roles on the resources themselves allow it"),
    ]
}
