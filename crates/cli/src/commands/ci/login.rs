//! `stack ci login`: credentials of this job, without a key.

use std::process::ExitCode;

use ci::{Federation, Runner};
use gcp::Endpoint;

use super::env;
use crate::args::{CiLogin, Global};
use crate::out::Out;
use crate::problem::Problem;
use crate::world::Foundation;

pub async fn run(
    args: &CiLogin,
    runner: Option<&Runner>,
    global: &Global,
    out: &Out,
) -> Result<ExitCode, Problem> {
    let runner = runner.ok_or_else(|| {
        Problem::new("this is no job of GitHub Actions: GITHUB_ACTIONS is not set")
            .hint("elsewhere, log in with `gcloud auth application-default login`")
    })?;
    let foundation = Foundation::open(global, out).await?;
    let stack = &global.stack;
    let missing = |key: &str| {
        Problem::new(format!("stack {stack} does not say {key}")).hint(format!(
            "make what the jobs need, and commit its names: stack bootstrap github --stack {stack}"
        ))
    };
    let provider = args.provider.clone().or_else(|| foundation.config.namespaced("stack", "provider"));
    let deployer = format!("{}:deployer", foundation.project.name);
    let account = match args.deployer {
        true => {
            let found = foundation.config.text(&deployer).filter(|it| !it.is_empty());
            Some(found.ok_or_else(|| missing(&deployer))?)
        }
        false => None,
    };
    let endpoint = match &foundation.endpoint {
        Endpoint::Google => None,
        Endpoint::Local(base) => Some(base.clone()),
    };
    let provider = provider.ok_or_else(|| missing("stack:provider"))?;
    let project = &foundation.cloud_project;
    let path = Federation { provider, account: account.clone(), endpoint }.write(&env, &runner.temp)?;
    let shown = path.display().to_string();
    // By the names that Google's libraries, gcloud and Terraform read.
    for name in ["GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE"] {
        runner.variable(name, &shown)?;
    }
    runner.variable("GOOGLE_CLOUD_PROJECT", project)?;
    out.line(&match &account {
        Some(account) => format!("The steps that follow act as {account} in project {project}."),
        None => format!("The steps that follow act as this job's own identity in project {project}."),
    });
    Ok(ExitCode::SUCCESS)
}
