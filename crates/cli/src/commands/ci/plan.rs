//! `stack ci plan`: a plan that a later job applies, told to this job.

use std::process::ExitCode;

use ci::Runner;

use super::{annotate, env, open, summarize, title};
use crate::args::{CiPlan, Global};
use crate::images::Building;
use crate::out::Out;
use crate::problem::Problem;
use crate::show::comment::{self, Page};
use crate::style::Ink;
use crate::system;
use crate::{Declaration, planfile, show};

/// A job's summary holds 1 MiB a step, and may have others' texts in it.
const SUMMARY: usize = 900_000;

pub async fn run(
    args: &CiPlan,
    runner: Option<&Runner>,
    global: &Global,
    declaration: Declaration,
    out: &Out,
) -> Result<ExitCode, Problem> {
    let world = open(global, declaration, Building::Now, out).await?;
    let plan = world.plan().await?;
    out.line(&out.results.paint(Ink::Faint, &world.title));
    out.text(&show::plan::plan(&plan, system::width(), out.results));
    annotate(runner, &plan, out);
    let digest = planfile::digest(&plan, &world.selection);
    let commit = env("GITHUB_SHA").or_else(|| env("CI_COMMIT_SHA"));
    let page = Page {
        mark: None,
        title: &title(&world),
        project: &world.cloud_project,
        commit: commit.as_deref(),
        digest: Some(&digest),
        plan: &plan.to_json(),
        refused: None,
        limit: SUMMARY,
    };
    summarize(runner, &comment::plan(&page), out)?;
    if plan.has_errors() {
        return Err(Problem::new("the plan has errors and was not saved"));
    }
    planfile::save(&plan, &world.selection, &world.region, &args.out)?;
    out.note(&format!("Saved to {}. Digest: {digest}", args.out.display()));
    if let Some(runner) = runner {
        runner.output("digest", &digest)?;
        runner.output("changes", &plan.summary.changes().to_string())?;
    }
    Ok(ExitCode::SUCCESS)
}
