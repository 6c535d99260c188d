//! `stack ci drift`: one issue that says how what is live differs from what is declared.

use std::process::ExitCode;

use ci::{Forge, GitHub, IssueState, Runner};

use super::{annotate, env, open, summarize, title};
use crate::Declaration;
use crate::args::{CiDrift, Global};
use crate::images::Building;
use crate::out::Out;
use crate::problem::Problem;
use crate::show::comment::{self, Page};

/// By which issues about drift are listed.
const LABEL: &str = "drift";

pub async fn run(
    args: &CiDrift,
    runner: Option<&Runner>,
    global: &Global,
    declaration: Declaration,
    out: &Out,
) -> Result<ExitCode, Problem> {
    let github = GitHub::from_env(&env, args.repo.as_deref())?;
    let world = open(global, declaration, Building::Later, out).await?;
    let plan = world.plan().await?;
    annotate(runner, &plan, out);
    if plan.has_errors() {
        // Neither drift nor its absence can be told from it.
        return Err(Problem::new("the plan has errors, and the issue was left as it is"));
    }
    let title = title(&world);
    let mark = comment::mark(&title).replace("stack ci:", "stack drift:");
    let page = Page {
        mark: Some(&mark),
        title: &title,
        project: &world.cloud_project,
        // The same drift in a later commit is no news.
        commit: None,
        digest: None,
        plan: &plan.to_json(),
        refused: None,
        limit: github.limit(),
    };
    let text = comment::plan(&page);
    summarize(runner, &text, out)?;
    let changes = plan.summary.changes();
    let heading = format!("{title} differs from what is declared");
    let wanted = (changes > 0).then_some((heading.as_str(), text.as_str()));
    let closing = "What is live is as declared again.";
    let state = github.keep_issue(&mark, LABEL, wanted, closing).await?;
    out.line(&match &state {
        IssueState::Opened(url) => format!("{changes} resources differ. An issue is opened: {url}"),
        IssueState::Updated(url) => format!("{changes} resources differ. The issue is updated: {url}"),
        IssueState::Unchanged(url) => format!("{changes} resources differ. The issue says so already: {url}"),
        IssueState::Closed(url) => format!("Nothing differs any longer. The issue is closed: {url}"),
        IssueState::None => "Nothing differs.".to_owned(),
    });
    if let Some(runner) = runner {
        runner.output("drift", &changes.to_string())?;
    }
    Ok(ExitCode::SUCCESS)
}
