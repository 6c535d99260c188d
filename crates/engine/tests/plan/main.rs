//! What is decided: each operation with its reason, options, selections, and how a plan reads.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

#[path = "../fake/mod.rs"]
mod fake;

mod operations;
mod options;
mod reading;
mod selection;

use std::sync::Arc;

use engine::{Graph, Plan, PlanError, Program, Selection, Step, Urn, plan, snapshot};
use fake::{Kind, World, ledger, run, session};

fn urn(kind: &Kind, name: &str) -> Urn {
    Urn::new("s", "p", &[], kind.0.token, name)
}

fn world() -> Arc<World> {
    Arc::new(World::default())
}

/// A world to which this has been applied.
async fn applied(program: &Program) -> Arc<World> {
    let world = world();
    let outcome = run(&world, program).await;
    assert!(outcome.is_success(), "{outcome:?}");
    world
}

async fn try_plan(world: &Arc<World>, program: &Program, selection: &Selection) -> Result<Plan, PlanError> {
    let (session, ledger) = (session(world), ledger(world).await);
    let graph = Graph::new(program).unwrap();
    let snapshot = snapshot(program, &graph, &ledger.entries(), &ledger.pending(), &session).await.unwrap();
    plan(program, &graph, snapshot, &session, selection)
}

fn shown(step: &Step) -> String {
    let mut text = format!("{:?} {}", step.op, step.name).to_lowercase();
    for change in &step.changes {
        let replaces = if change.replaces { "!" } else { "" };
        text += &format!(" {}{replaces}", change.path);
    }
    if let Some(reason) = &step.reason {
        text += &format!(" ({reason})");
    }
    text
}

fn diagnostics(plan: &Plan) -> Vec<String> {
    plan.diagnostics.iter().map(|it| format!("{:?}: {}", it.severity, it.message).to_lowercase()).collect()
}

/// Checks the steps, each as `op name changed.fields (reason)`, and the diagnostics.
async fn check(world: &Arc<World>, program: &Program, expect: &[&str], told: &[&str]) -> Plan {
    check_selected(world, program, &Selection::default(), expect, told).await
}

async fn check_selected(
    world: &Arc<World>,
    program: &Program,
    selection: &Selection,
    expect: &[&str],
    told: &[&str],
) -> Plan {
    let plan = try_plan(world, program, selection).await.unwrap();
    assert_eq!(plan.steps.iter().map(shown).collect::<Vec<_>>(), expect);
    assert_eq!(diagnostics(&plan), told);
    let summary = plan.summary;
    assert_eq!(summary.changes() + summary.same + summary.conflict, plan.steps.len());
    plan
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|it| (*it).to_owned()).collect()
}
