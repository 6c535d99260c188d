//! Killed at any instant, the next run goes on: nothing orphaned, nothing made twice.

mod fake;

use std::sync::Arc;

use engine::{Expr, Options, Program, Selection};
use fake::{Builder, MADES, STORES, THINGS, World, plan_of, run, run_with, steps};
use serde_json::{Value, json};

/// Two programs one after the other: creations, changes, a replacement of each sort, deletions.
fn before() -> Program {
    Builder::new()
        .with(&THINGS, "a", json!({ "label": "1" }))
        .with(&THINGS, "b", json!({ "label": "1", "fixed": "x" }))
        .with(&THINGS, "on-b", json!({ "of": "things/b" }))
        .with(&MADES, "m", json!({ "label": "m", "fixed": "x" }))
        .with(&MADES, "gone", json!({ "label": "gone" }))
        .with(&STORES, "last", json!({ "label": "1" }))
        .0
}

fn after() -> Program {
    let mut program = Builder::new()
        .with(&THINGS, "a", json!({ "label": "2" }))
        .with(&THINGS, "b", json!({ "label": "1", "fixed": "y" }))
        .with(&THINGS, "on-b", json!({ "of": "things/b" }))
        .with(&MADES, "m", json!({ "label": "m", "fixed": "y" }));
    let m = program.0.nodes[3].urn.clone();
    let id = serde_json::to_value(Expr::Attribute { of: m, path: "id".to_owned() }).unwrap();
    program.add(&THINGS, "uses-m", json!({ "label": { "$expr": id } }), Options::default());
    program.0
}

/// What there is, without what the server makes up.
fn things(world: &World) -> Vec<Value> {
    let things = world.things.lock().unwrap();
    let mut all: Vec<Value> = things
        .iter()
        .map(|(path, it)| {
            let mut it = it.clone();
            let fields = it.as_object_mut().unwrap();
            fields.remove("serial");
            fields.remove("id");
            if fields.get("label").and_then(Value::as_str).is_some_and(|it| it.starts_with("made/")) {
                fields.insert("label".to_owned(), json!("an id"));
            }
            json!([if path.starts_with("made/") { "made" } else { path }, it])
        })
        .collect();
    all.sort_by_key(ToString::to_string);
    all
}

/// Runs until the world stops at a point, or to the end; tells whether it ended.
async fn interrupted(world: &Arc<World>, program: &Program, at: usize) -> bool {
    *world.clock.count.lock().unwrap() = 0;
    *world.clock.stop_at.lock().unwrap() = Some(at);
    let ended = tokio::select! {
        outcome = run(world, program) => { assert!(outcome.is_success(), "{outcome:?}"); true }
        () = world.clock.stopped.notified() => false,
    };
    *world.clock.stop_at.lock().unwrap() = None;
    *world.clock.process.lock().unwrap() += 1;
    ended
}

async fn at_every_point(from: Option<&Program>, to: &Program) -> usize {
    let straight = Arc::new(World::default());
    if let Some(from) = from {
        assert!(run(&straight, from).await.is_success());
    }
    assert!(run(&straight, to).await.is_success());
    let wanted = things(&straight);
    for at in 1.. {
        let world = Arc::new(World::default());
        if let Some(from) = from {
            assert!(run(&world, from).await.is_success());
        }
        if interrupted(&world, to, at).await {
            return at - 1;
        }
        let outcome = run(&world, to).await;
        assert!(outcome.is_success(), "stopped at {at}: {outcome:?}");
        assert_eq!(things(&world), wanted, "stopped at {at}");
        let again = plan_of(&world, to, &Selection::default()).await;
        assert_eq!(steps(&again), Vec::<String>::new(), "stopped at {at}");
        // Nothing is left that the ledger does not know.
        assert!(run(&world, &Program::new("p", "s")).await.is_success());
        assert_eq!(things(&world), Vec::<Value>::new(), "stopped at {at}");
    }
    unreachable!()
}

#[tokio::test]
async fn while_creating() {
    let points = at_every_point(None, &before()).await;
    assert!(points > 20, "only {points} points");
}

#[tokio::test]
async fn while_changing_replacing_and_deleting() {
    let points = at_every_point(Some(&before()), &after()).await;
    assert!(points > 30, "only {points} points");
}

#[tokio::test]
async fn while_deleting_everything() {
    let points = at_every_point(Some(&before()), &Program::new("p", "s")).await;
    assert!(points > 20, "only {points} points");
}

#[tokio::test]
async fn twice_in_a_row() {
    let to = after();
    let mut points = 0;
    for first in (1..60).step_by(3) {
        for second in (1..30).step_by(4) {
            let world = Arc::new(World::default());
            assert!(run(&world, &before()).await.is_success());
            if interrupted(&world, &to, first).await || interrupted(&world, &to, second).await {
                continue;
            }
            points += 1;
            let outcome = run_with(&world, &to, &Selection::default()).await;
            assert!(outcome.is_success(), "stopped at {first}, then {second}: {outcome:?}");
            assert!(run(&world, &Program::new("p", "s")).await.is_success());
            assert_eq!(things(&world), Vec::<Value>::new(), "stopped at {first}, then {second}");
        }
    }
    assert!(points > 50, "only {points} points");
}
