//! `stack ci login`: credentials of this job, without a key.

use std::process::ExitCode;

use ci::{Federation, Runner};
use gcp::Endpoint;

use super::env;
use crate::args::{CiLogin, Global};
use crate::out::Out;
use crate::problem::Problem;
use crate::world;

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
    let place = world::place(global, out).await?;
    let endpoint = match place.endpoint {
        Endpoint::Google => None,
        Endpoint::Local(base) => Some(base),
    };
    let federation = Federation { provider: args.provider.clone(), account: args.account.clone(), endpoint };
    let path = federation.write(&env, &runner.temp)?;
    let shown = path.display().to_string();
    // By the names that Google's libraries, gcloud and Terraform read.
    for name in ["GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE"] {
        runner.variable(name, &shown)?;
    }
    runner.variable("GOOGLE_CLOUD_PROJECT", &place.cloud_project)?;
    out.line(&match &args.account {
        Some(account) => format!("The steps that follow act as {account} in project {}.", place.cloud_project),
        None => format!("The steps that follow act as this job's own identity in project {}.", place.cloud_project),
    });
    Ok(ExitCode::SUCCESS)
}
