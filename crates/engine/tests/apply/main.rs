//! What is done, in which order, at the same time as what, and what happens when something fails.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

#[path = "../fake/mod.rs"]
mod fake;

mod failing;
mod order;
mod parallel;
mod random;
mod remembering;

use std::sync::{Arc, Mutex};

use engine::{Applied, Event, Expr, Graph, Outcome, Plan, Program, Selection, Urn, apply, plan, snapshot};
use fake::{Kind, World, ledger, run, session};
use serde_json::Value;

fn urn(kind: &Kind, name: &str) -> Urn {
    Urn::new("s", "p", &[], kind.0.token, name)
}

fn world() -> Arc<World> {
    Arc::new(World::default())
}

/// A world to which this has been applied, and which has forgotten the calls.
async fn applied(program: &Program) -> Arc<World> {
    let world = world();
    let outcome = run(&world, program).await;
    assert!(outcome.is_success(), "{outcome:?}");
    world.calls.lock().unwrap().clear();
    world
}

fn attribute(kind: &Kind, of: &str, path: &str) -> Value {
    engine::expression(&Expr::Attribute { of: urn(kind, of), path: path.to_owned() })
}

/// Plans and applies, telling what happened as `started creating a`.
async fn watched(world: &Arc<World>, program: &Program, parallelism: usize) -> (Outcome, Vec<String>) {
    watched_with(world, program, parallelism, &|_, _| {}).await
}

async fn watched_with(
    world: &Arc<World>,
    program: &Program,
    parallelism: usize,
    also: &(dyn Fn(&Event<'_>, &engine::Session) + Sync),
) -> (Outcome, Vec<String>) {
    let (session, ledger) = (session(world), ledger(world).await);
    let plan = planned(world, program, &session).await;
    assert!(!plan.has_errors(), "{:?}", plan.diagnostics);
    let told = Mutex::new(Vec::new());
    let tell = |event: Event<'_>| {
        told.lock().unwrap().push(shown(&event));
        also(&event, &session);
    };
    let outcome = apply(&plan, &session, &ledger, parallelism, &tell).await;
    (outcome, told.into_inner().unwrap())
}

async fn planned(world: &Arc<World>, program: &Program, session: &engine::Session) -> Plan {
    let ledger = ledger(world).await;
    let graph = Graph::new(program).unwrap();
    let snapshot = snapshot(program, &graph, &ledger.entries(), &ledger.pending(), session).await.unwrap();
    plan(program, &graph, snapshot, session, &Selection::default()).unwrap()
}

fn shown(event: &Event<'_>) -> String {
    match event {
        Event::Started { step, doing } => format!("started {doing:?} {}", step.name).to_lowercase(),
        Event::Done { step, doing, .. } => format!("done {doing:?} {}", step.name).to_lowercase(),
        Event::Failed { step, doing, failure } => {
            format!("failed {doing:?} {}: {failure}", step.name).to_lowercase()
        }
        Event::Skipped { step, because } => format!("skipped {}: {because}", step.name),
    }
}

/// How each step ended, as `a done`, `b failed`, `c skipped: why`.
fn ends(outcome: &Outcome) -> Vec<String> {
    let steps = outcome.steps.iter().map(|(urn, _, applied)| match applied {
        Applied::Done => format!("{} done", urn.name()),
        Applied::Failed(_) => format!("{} failed", urn.name()),
        Applied::Skipped { because } => format!("{} skipped: {because}", urn.name()),
    });
    steps.collect()
}
