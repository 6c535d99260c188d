//! `stack apply`: makes what is live as declared.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use engine::ledger::{Run, RunResult};
use engine::{Applied, Event, Op, Outcome, Plan};
use serde_json::json;
use time::OffsetDateTime;

use crate::args::{Apply, Global};
use crate::images::Building;
use crate::out::Out;
use crate::problem::Problem;
use crate::show::progress::{Progress, seconds};
use crate::show::value;
use crate::style::Ink;
use crate::system;
use crate::world::{Declared, World};
use crate::{Declaration, planfile, show};

pub async fn run(
    args: &Apply,
    global: &Global,
    declaration: Declaration,
    out: &Out,
) -> Result<ExitCode, Problem> {
    let selection = match &args.plan {
        Some(path) => planfile::selection(path)?,
        None => args.selection.with(&args.adoption.adopt, &args.adoption.delete_adopted),
    };
    let world = World::open(global, declaration, Declared::Everything, Building::Now, selection, out).await?;
    let lease = world.lock(global, out).await?;
    let result = locked(args, global, &world, out).await;
    lease.release().await?;
    result
}

async fn locked(args: &Apply, global: &Global, world: &World, out: &Out) -> Result<ExitCode, Problem> {
    let plan = world.plan().await?;
    if let Some(path) = &args.plan {
        let moved = planfile::moved(path, &plan)?;
        if !moved.is_empty() {
            let mut problem =
                Problem::new(format!("{} is out of date, and nothing was done", path.display()));
            problem.causes = moved;
            return Err(problem.hint("plan again, and look at it"));
        }
    }
    if let Some(approved) = &args.approved {
        hold_to(approved, &plan, world)?;
    }
    // A saved plan has been looked at, and so has one that is approved.
    let agreed = args.yes || args.plan.is_some() || args.approved.is_some();
    execute(
        world,
        &plan,
        &Way { kind: "update", question: "Apply this?", agreed, json: args.json, shown: true },
        global,
        out,
    )
    .await
}

/// Refuses a plan that is not the one that was approved.
pub fn hold_to(approved: &str, plan: &Plan, world: &World) -> Result<(), Problem> {
    let digest = planfile::digest(plan, &world.selection);
    if approved == digest { Ok(()) } else { Err(not_approved(approved, &digest)) }
}

/// The plan is not the one that a person looked at.
fn not_approved(approved: &str, digest: &str) -> Problem {
    let mut problem = Problem::new("this is not the plan that was approved, and nothing was done");
    problem.causes = vec![format!("{approved} was approved, and the plan's digest is {digest}")];
    problem.hint("plan again, look at it, and approve the digest that it says")
}

/// How a plan is carried out.
pub struct Way {
    pub kind: &'static str,
    pub question: &'static str,
    pub agreed: bool,
    pub json: bool,
    /// Whether the plan is shown before it is done.
    pub shown: bool,
}

/// Shows a plan, asks, does it, and says how it went.
pub async fn execute(
    world: &World,
    plan: &Plan,
    way: &Way,
    global: &Global,
    out: &Out,
) -> Result<ExitCode, Problem> {
    if way.json {
        out.line(&json!({ "type": "plan", "plan": plan.to_json() }).to_string());
    } else if way.shown {
        out.line(&out.results.paint(Ink::Faint, &world.title));
        out.text(&show::plan::plan(plan, system::width(), out.results));
    }
    if plan.has_errors() {
        return Err(Problem::new("the plan has errors, and nothing was done"));
    }
    if plan.summary.changes() > 0 && !way.agreed && !out.confirm(way.question)? {
        return Err(Problem::new("nothing was done"));
    }
    let begun = Instant::now();
    let started = OffsetDateTime::now_utc();
    let progress = Progress::new(plan.summary.changes(), out.watched && !way.json, out.notes);
    let told = progress.clone();
    world.session.on_retry(Arc::new(move |waiting| told.retry(waiting)));
    let tell = |event: Event<'_>| {
        if way.json { out.line(&event_json(&event).to_string()) } else { progress.event(&event) }
    };
    let work = engine::apply(plan, &world.session, &world.ledger, usize::from(global.parallelism), &tell);
    let outcome = until_done(work, &progress, world, out).await?;
    progress.clear();
    finish(world, plan, &outcome, (way.kind, started)).await?;
    if way.json {
        out.line(&outcome_json(&outcome, begun.elapsed()).to_string());
    } else {
        say(&outcome, plan, begun.elapsed(), out);
    }
    Ok(if outcome.is_success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Writes the end of a run into the ledger: what sort of run it was, when it began, and how it ended.
pub async fn finish(
    world: &World,
    plan: &Plan,
    outcome: &Outcome,
    (kind, started): (&str, OffsetDateTime),
) -> Result<(), Problem> {
    let result = if outcome.is_success() { RunResult::Succeeded } else { RunResult::Failed };
    let changes: BTreeMap<String, usize> =
        outcome.done().into_iter().map(|(op, n)| (name(op).to_owned(), n)).collect();
    if plan.summary.changes() > 0 && outcome.ledger.is_none() {
        let run = Run { kind: kind.to_owned(), started, result, changes, message: String::new() };
        world.ledger.finish(run).await?;
    }
    world.keep_salt()
}

/// Waits for the work; the first Ctrl-C lets what is under way end and starts nothing new, the second ends it.
async fn until_done(
    work: impl Future<Output = Outcome>,
    progress: &Progress,
    world: &World,
    out: &Out,
) -> Result<Outcome, Problem> {
    let mut work = std::pin::pin!(work);
    let tick = progress.tick();
    let mut tick = std::pin::pin!(tick);
    let mut asked = false;
    loop {
        tokio::select! {
            outcome = &mut work => return Ok(outcome),
            () = &mut tick => {}
            stop = system::stop_asked() => {
                stop.map_err(|it| Problem::of(&it, None))?;
                if asked {
                    progress.clear();
                    return Err(Problem::new("stopped at once").hint("run it again: it goes on from what really happened"));
                }
                asked = true;
                world.session.stop();
                progress.clear();
                out.note("Stopping: what is under way is let finish. The next run goes on from there.");
            }
        }
    }
}

fn name(op: Op) -> &'static str {
    match op {
        Op::Same => "same",
        Op::Create => "create",
        Op::Update => "update",
        Op::Replace => "replace",
        Op::Delete => "delete",
        Op::Adopt => "adopt",
        Op::Conflict => "conflict",
    }
}

fn event_json(event: &Event<'_>) -> serde_json::Value {
    let (kind, step) = match event {
        Event::Started { step, .. } => ("started", step),
        Event::Done { step, .. } => ("done", step),
        Event::Failed { step, .. } => ("failed", step),
        Event::Skipped { step, .. } => ("skipped", step),
    };
    let mut json = json!({ "type": kind, "op": name(step.op), "urn": step.urn, "name": step.name });
    match event {
        Event::Done { took, .. } => json["seconds"] = json!(took.as_secs_f64()),
        Event::Failed { failure, .. } => {
            json["error"] = json!(failure.to_string());
            json["call"] = json!(failure.call());
            json["hint"] = json!(failure.hint());
        }
        Event::Skipped { because, .. } => json["because"] = json!(because),
        Event::Started { .. } => {}
    }
    json
}

/// How a run ended, as data.
pub fn outcome_json(outcome: &Outcome, took: std::time::Duration) -> serde_json::Value {
    let count = |of: fn(&Applied) -> bool| outcome.steps.iter().filter(|(.., it)| of(it)).count();
    let done: BTreeMap<&str, usize> = outcome.done().into_iter().map(|(op, n)| (name(op), n)).collect();
    json!({
        "type": "summary",
        "done": done,
        "failed": count(|it| matches!(it, Applied::Failed(_))),
        "skipped": count(|it| matches!(it, Applied::Skipped { .. })),
        "stopped": outcome.stopped,
        "seconds": took.as_secs_f64(),
        "outputs": engine::mask(&json!(outcome.outputs)),
    })
}

fn say(outcome: &Outcome, plan: &Plan, took: std::time::Duration, out: &Out) {
    for (urn, _, applied) in &outcome.steps {
        let Applied::Failed(failure) = applied else { continue };
        let noun = plan.steps.iter().find(|it| it.urn == *urn).map_or("", |it| it.noun());
        out.note(&format!("\n{} {noun} {}: {failure}", out.notes.paint(Ink::Error, "error:"), urn.name()));
        if let Some(call) = failure.call() {
            out.note(&format!("  at {call}"));
        }
        if let Some(hint) = failure.hint() {
            out.note(&format!("{} {hint}", out.notes.paint(Ink::Hint, "hint:")));
        }
    }
    if let Some(error) = &outcome.ledger {
        out.note(Problem::of(error, error.hint()).show(out.notes).trim_end());
    }
    if !outcome.outputs.is_empty() {
        out.line(&out.results.paint(Ink::Strong, "Outputs"));
        for (name, value) in &outcome.outputs {
            out.line(&format!("  {name}: {}", value::inline(value)));
        }
    }
    let skipped = outcome.steps.iter().filter(|(.., it)| matches!(it, Applied::Skipped { .. })).count();
    let failed = outcome.steps.iter().filter(|(.., it)| matches!(it, Applied::Failed(_))).count();
    let mut done = outcome.done();
    let forgotten = plan.steps.iter().filter(|it| it.is_released()).count();
    if let Some(deleted) = done.get_mut(&Op::Delete) {
        *deleted = deleted.saturating_sub(forgotten);
    }
    let done = done.into_iter().filter(|(_, n)| *n > 0);
    let mut parts: Vec<String> = done.map(|(op, n)| format!("{n} {}", past(op))).collect();
    parts.extend((failed > 0).then(|| format!("{failed} failed")));
    parts.extend((skipped > 0).then(|| format!("{skipped} left out")));
    if !parts.is_empty() {
        out.line(&format!("Done: {} in {}.", parts.join(", "), seconds(took)));
    }
}

/// What was done, in a word.
pub fn past(op: Op) -> &'static str {
    match op {
        Op::Same => "unchanged",
        Op::Create => "created",
        Op::Update => "updated",
        Op::Replace => "replaced",
        Op::Delete => "deleted",
        Op::Adopt => "adopted",
        Op::Conflict => "in conflict",
    }
}
