//! The tool that applies a plan that a person approved.

use engine::{Applied, Event, Outcome, Plan};
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::sync::watch;

use super::reply::Reply;
use super::{Server, Telling, arguments};
use crate::approvals::{Approval, Approvals};
use crate::args;
use crate::commands::apply as command;
use crate::images::Building;
use crate::problem::Problem;
use crate::world::{Declared, World};

/// Returns once the client gives up on the call.
async fn given_up(stop: &mut watch::Receiver<bool>) {
    if stop.wait_for(|it| *it).await.is_err() {
        // Nobody is left who could give up.
        std::future::pending::<()>().await;
    }
}

/// What is waited for unless the client gives up on it: as long as nothing is changed, that ends everything.
async fn unless_stopped<T>(
    stop: &mut watch::Receiver<bool>,
    work: impl Future<Output = Result<T, Problem>>,
) -> Result<T, Problem> {
    tokio::select! {
        done = work => done,
        () = given_up(stop) => Err(Problem::new("it was cancelled, and nothing was done")),
    }
}

pub async fn apply(
    server: &Server,
    args: &arguments::Apply,
    mut stop: watch::Receiver<bool>,
    telling: &Telling,
) -> Result<Reply, Problem> {
    let digest = args::digest(&args.digest).map_err(Problem::new)?;
    let approvals = Approvals::open()?;
    let approval = approvals.find(&digest)?;
    let Ok(_turn) = server.applying.try_lock() else {
        return Err(Problem::new("another apply of this server is under way, and nothing was done")
            .hint("wait for it to end"));
    };
    let mut global = server.global.clone();
    global.stack.clone_from(&approval.stack);
    let (selection, declaration) = (approval.selection.clone(), server.declaration);
    let (what, now) = (Declared::Everything, Building::Now);
    let open = World::open(&global, declaration, what, now, selection, &server.out);
    let world = unless_stopped(&mut stop, open).await?;
    approval.check(&world)?;
    let lease = unless_stopped(&mut stop, world.lock(&global, &server.out)).await?;
    let result = locked(server, &world, (&approvals, &approval), stop, telling).await;
    lease.release().await?;
    result
}

async fn locked(
    server: &Server,
    world: &World,
    (approvals, approval): (&Approvals, &Approval),
    mut stop: watch::Receiver<bool>,
    telling: &Telling,
) -> Result<Reply, Problem> {
    let plan = unless_stopped(&mut stop, world.plan()).await?;
    command::hold_to(&approval.digest, &plan, world)?;
    if plan.has_errors() {
        return Err(Problem::new("the plan has errors, and nothing was done"));
    }
    approvals.take(approval)?;
    let outcome = carry_out(server, world, &plan, stop, telling).await?;
    let text = told(&plan, &outcome);
    let reply = Reply { text, data: outcome_json(&plan, &outcome) }.redacted(&world.redactor);
    if outcome.is_success() { Ok(reply) } else { Err(failed(&plan, &outcome, world)) }
}

/// Does the plan. When the client gives up on it, what is under way is let finish and nothing new is begun.
async fn carry_out(
    server: &Server,
    world: &World,
    plan: &Plan,
    mut stop: watch::Receiver<bool>,
    telling: &Telling,
) -> Result<Outcome, Problem> {
    let started = OffsetDateTime::now_utc();
    let changes = plan.summary.changes();
    let done = std::sync::atomic::AtomicUsize::new(0);
    let tell = |event: Event<'_>| {
        let (Event::Done { step, .. } | Event::Failed { step, .. }) = event else { return };
        let count = 1 + done.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        // A replacement is two halves, each of which is told.
        telling.progress(count, changes.max(count), &format!("{} {}", step.noun(), step.name));
    };
    let parallelism = usize::from(server.global.parallelism);
    let work = engine::apply(plan, &world.session, &world.ledger, parallelism, &tell);
    let mut work = std::pin::pin!(work);
    let outcome = tokio::select! {
        outcome = &mut work => outcome,
        () = given_up(&mut stop) => {
            world.session.stop();
            work.await
        }
    };
    command::finish(world, plan, &outcome, ("update", started)).await?;
    Ok(outcome)
}

fn outcome_json(plan: &Plan, outcome: &Outcome) -> Value {
    let changed: Vec<Value> = outcome
        .steps
        .iter()
        .filter_map(|(urn, op, _)| {
            let step = plan.steps.iter().find(|it| it.urn == *urn)?;
            Some(json!({ "op": op, "urn": urn, "name": step.name, "noun": step.noun() }))
        })
        .collect();
    let outputs = engine::mask(&json!(outcome.outputs));
    json!({ "done": changed, "outputs": outputs })
}

fn told(plan: &Plan, outcome: &Outcome) -> String {
    let mut text = String::new();
    for (urn, op, _) in &outcome.steps {
        let noun = plan.steps.iter().find(|it| it.urn == *urn).map_or("", |it| it.noun());
        text.push_str(&format!("{} {noun} {}\n", command::past(*op), urn.name()));
    }
    text + &format!("Done: {} steps. The approval is used up.\n", outcome.steps.len())
}

/// A run that did not do all of its plan: which steps failed, and why.
fn failed(plan: &Plan, outcome: &Outcome, world: &World) -> Problem {
    let done = outcome.steps.iter().filter(|(.., it)| matches!(it, Applied::Done)).count();
    let all = outcome.steps.len();
    let how = if outcome.stopped { "it was stopped" } else { "it failed" };
    let mut problem = Problem::new(format!("{how}: {done} of {all} steps were done"));
    for (urn, _, applied) in &outcome.steps {
        let Applied::Failed(failure) = applied else { continue };
        let noun = plan.steps.iter().find(|it| it.urn == *urn).map_or("", |it| it.noun());
        let hint = failure.hint().map(|it| format!(" ({it})")).unwrap_or_default();
        problem.causes.push(world.redactor.text(&format!("{noun} {}: {failure}{hint}", urn.name())));
    }
    problem.causes.extend(outcome.ledger.as_ref().map(|it| world.redactor.text(&it.to_string())));
    problem.hint("plan again: what is left is a plan of its own, which a person approves anew")
}
