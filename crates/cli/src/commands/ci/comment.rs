//! `stack ci comment`: one comment on a pull request that is kept up to date.

use std::process::ExitCode;

use ci::{Forge, GitHub, GitLab, Posted, Runner, keep_comment};

use super::{annotate, env, gate, open, summarize, title};
use crate::args::{CiComment, CommentFormat, Global};
use crate::images::Building;
use crate::out::Out;
use crate::problem::Problem;
use crate::show::comment::{self, Page};
use crate::world::Outline;
use crate::{Declaration, planfile};

/// What is said where nothing limits it.
const UNLIMITED: usize = 1_000_000;

/// What a plan says, and how to say which it is.
struct Made {
    plan: serde_json::Value,
    digest: String,
    has_errors: bool,
}

pub async fn run(
    args: &CiComment,
    runner: Option<&Runner>,
    global: &Global,
    declaration: Declaration,
    out: &Out,
) -> Result<ExitCode, Problem> {
    let forge = forge(args)?;
    let pull = match (args.pull, &forge) {
        (None, Some(_)) => {
            return Err(Problem::new("no pull request is named")
                .hint("name it: --pull N; `--format markdown` prints the comment and needs none"));
        }
        (pull, _) => pull.unwrap_or_default(),
    };
    let outline = Outline::open(global)?;
    let title = format!("{}/{}", outline.project.name, outline.stack);
    let mark = comment::mark(&title);
    let shown_mark = forge.is_some().then_some(mark.as_str());
    let limit = forge.as_ref().map_or(UNLIMITED, |it| it.limit());
    let made = made(args, &outline, runner, global, declaration, out).await;
    let (text, refused) = match &made {
        Ok(made) => {
            let refused =
                args.fail_on_increase.and_then(|most| gate::refused(&made.plan, most, args.allow_unpriced));
            let commit = env("GITHUB_SHA").or_else(|| env("CI_COMMIT_SHA"));
            let page = Page {
                mark: shown_mark,
                title: &title,
                project: outline.cloud_project(),
                commit: commit.as_deref(),
                digest: Some(&made.digest),
                plan: &made.plan,
                refused: refused.as_ref(),
                limit,
            };
            (comment::plan(&page), refused)
        }
        Err(problem) => {
            // Posting may fail as well, and would hide it.
            out.note(problem.show(out.notes).trim_end());
            (comment::failure(shown_mark, &title, problem, limit), None)
        }
    };
    summarize(runner, &text, out)?;
    match &forge {
        Some(forge) => say(keep_comment(&**forge, pull, &mark, &text).await?, runner, out)?,
        None => out.text(&text),
    }
    match (made, refused) {
        (Err(problem), _) | (Ok(_), Some(problem)) => Err(problem),
        (Ok(made), None) if made.has_errors => Err(Problem::new("the plan has errors")),
        (Ok(_), None) => Ok(ExitCode::SUCCESS),
    }
}

/// Where the comment goes; `None` for standard output.
fn forge(args: &CiComment) -> Result<Option<Box<dyn Forge>>, Problem> {
    Ok(match args.format {
        CommentFormat::Github => Some(Box::new(GitHub::from_env(&env, args.repo.as_deref())?)),
        CommentFormat::Gitlab => Some(Box::new(GitLab::from_env(&env, args.repo.as_deref())?)),
        CommentFormat::Markdown => None,
    })
}

/// The plan that was saved, or a new one. An image that is not built stays unknown: nothing is deployed here.
async fn made(
    args: &CiComment,
    outline: &Outline,
    runner: Option<&Runner>,
    global: &Global,
    declaration: Declaration,
    out: &Out,
) -> Result<Made, Problem> {
    if let Some(path) = &args.plan {
        let saved = planfile::shown(path, &outline.project.name, &outline.stack)?;
        // A plan with errors is not saved.
        return Ok(Made { plan: saved.plan, digest: saved.digest, has_errors: false });
    }
    let world = open(global, declaration, Building::Later, out).await?;
    let plan = world.plan().await?;
    annotate(runner, &plan, out);
    let digest = planfile::digest(&plan, &world.selection);
    out.note(&format!("Planned {}.", self::title(&world)));
    Ok(Made { plan: plan.to_json(), digest, has_errors: plan.has_errors() })
}

fn say(posted: Posted, runner: Option<&Runner>, out: &Out) -> Result<(), Problem> {
    let (did, url) = match posted {
        Posted::Created(url) => ("posted", url),
        Posted::Updated(url) => ("updated", url),
        Posted::Unchanged(url) => ("up to date", url),
    };
    out.line(&format!("The comment is {did}: {url}"));
    if let Some(runner) = runner {
        runner.output("comment", &url)?;
    }
    Ok(())
}
