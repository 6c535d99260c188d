//! `stack ci`: what a job of GitHub Actions or GitLab CI does.

mod comment;
mod drift;
mod gate;
mod image;
mod login;
mod pack;
mod plan;
mod release;

use std::process::ExitCode;

use ::ci::{Annotation, Runner};

use crate::Declaration;
use crate::args::{Ci, Global};
use crate::images::Building;
use crate::out::Out;
use crate::problem::Problem;
use crate::world::{Declared, World};

pub async fn run(
    command: &Ci,
    global: &Global,
    declaration: Declaration,
    out: &Out,
) -> Result<ExitCode, Problem> {
    let runner = Runner::from_env(&env)?;
    let done = match command {
        Ci::Login(args) => login::run(args, runner.as_ref(), global, out).await,
        Ci::Plan(args) => plan::run(args, runner.as_ref(), global, declaration, out).await,
        Ci::Comment(args) => comment::run(args, runner.as_ref(), global, declaration, out).await,
        Ci::Drift(args) => drift::run(args, runner.as_ref(), global, declaration, out).await,
        Ci::Pack(args) => pack::pack(args, out).await,
        Ci::Image(args) => image::run(args, runner.as_ref(), global, out).await,
        Ci::Sums(args) => pack::sums(args, out),
        Ci::Release(args) => release::run(args, runner.as_ref(), out).await,
    };
    if let (Err(problem), Some(_)) = (&done, &runner) {
        // GitHub shows it on the job's page, and beside the lines of the pull request.
        out.line(&Annotation::Error.line(&format!("stack {}", global.stack), &problem.text()));
    }
    done
}

/// A variable of the environment; `None` if it is unset or empty.
fn env(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|it| !it.is_empty())
}

/// The whole stack and the way to its cloud.
async fn open(
    global: &Global,
    declaration: Declaration,
    building: Building,
    out: &Out,
) -> Result<World, Problem> {
    World::open(global, declaration, Declared::Everything, building, engine::Selection::default(), out).await
}

/// `events/dev`.
fn title(world: &World) -> String {
    format!("{}/{}", world.project.name, world.stack)
}

/// Puts Markdown onto the job's page; says so where it has no room.
fn summarize(runner: Option<&Runner>, text: &str, out: &Out) -> Result<(), Problem> {
    if let Some(runner) = runner
        && !runner.summary(text)?
    {
        out.note("The job's summary has no room for this plan: GitHub takes 1 MiB a step.");
    }
    Ok(())
}

/// Annotates the job with each error and warning of a plan.
fn annotate(runner: Option<&Runner>, plan: &engine::Plan, out: &Out) {
    if runner.is_none() {
        return;
    }
    for it in &plan.diagnostics {
        let kind = match it.severity {
            engine::Severity::Error => Annotation::Error,
            engine::Severity::Warning => Annotation::Warning,
        };
        let hint = it.hint.as_ref().map(|it| format!("\nhint: {it}")).unwrap_or_default();
        out.line(&kind.line(&format!("stack {}", plan.stack), &format!("{}{hint}", it.message)));
    }
}
