//! Killed at any instant, the next run goes on: nothing orphaned, nothing made twice.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

mod fake;

use std::sync::Arc;

use engine::{Expr, Options, Program, Selection, Urn};
use fake::{Builder, MADES, SERVICES, STORES, THINGS, World, plan_of, run, run_with, steps};
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
    let id = Expr::Attribute { of: m, path: "id".to_owned() };
    program.add(&THINGS, "uses-m", json!({ "label": engine::expression(&id) }), Options::default());
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

/// Runs that may be interrupted, and what there is around them.
#[derive(Default)]
struct Case {
    /// What is there and not ours.
    there: Vec<(&'static str, Value)>,
    /// Applied before.
    from: Option<Program>,
    /// Interrupted.
    to: Program,
    /// What the next run declares, if that is something else.
    then: Option<Program>,
    /// What is left when everything is taken out of the program.
    left: Vec<Value>,
}

impl Case {
    async fn world(&self) -> Arc<World> {
        let world = Arc::new(World::default());
        for (path, it) in &self.there {
            world.things.lock().unwrap().insert((*path).to_owned(), it.clone());
        }
        if let Some(from) = &self.from {
            assert!(run(&world, from).await.is_success());
        }
        world
    }

    /// Checks every point at which the run may be interrupted, and tells how many there are.
    async fn at_every_point(&self) -> usize {
        let then = self.then.as_ref().unwrap_or(&self.to);
        let straight = self.world().await;
        assert!(run(&straight, then).await.is_success());
        let wanted = things(&straight);
        for at in 1.. {
            let world = self.world().await;
            if interrupted(&world, &self.to, at).await {
                return at - 1;
            }
            let outcome = run(&world, then).await;
            assert!(outcome.is_success(), "stopped at {at}: {outcome:?}");
            assert_eq!(things(&world), wanted, "stopped at {at}");
            let again = plan_of(&world, then, &Selection::default()).await;
            assert_eq!(steps(&again), Vec::<String>::new(), "stopped at {at}");
            assert!(fake::ledger(&world).await.pending().is_empty(), "stopped at {at}");
            // Nothing is left that the ledger does not know.
            assert!(run(&world, &Program::new("p", "s")).await.is_success());
            assert_eq!(things(&world), self.left, "stopped at {at}");
        }
        unreachable!()
    }
}

async fn at_every_point(from: Option<Program>, to: Program) -> usize {
    Case { from, to, ..Case::default() }.at_every_point().await
}

#[tokio::test]
async fn while_creating() {
    let points = at_every_point(None, before()).await;
    assert!(points > 20, "only {points} points");
}

#[tokio::test]
async fn while_changing_replacing_and_deleting() {
    let points = at_every_point(Some(before()), after()).await;
    assert!(points > 30, "only {points} points");
}

#[tokio::test]
async fn while_deleting_everything() {
    let points = at_every_point(Some(before()), Program::new("p", "s")).await;
    assert!(points > 20, "only {points} points");
}

fn id_of(kind: &fake::Kind, name: &str) -> Value {
    let of = Urn::new("s", "p", &[], kind.0.token, name);
    engine::expression(&Expr::Attribute { of, path: "id".to_owned() })
}

#[tokio::test]
async fn while_adopting() {
    let there =
        vec![("things/a", json!({ "label": "theirs", "labels": { "x": "y" } })), ("things/s", json!({}))];
    let to = Builder::new()
        .with_options(&THINGS, "a", json!({ "label": "ours" }), Options::default().adopt())
        .with(&SERVICES, "s", json!({}))
        .with(&THINGS, "b", json!({ "label": "things/a" }))
        .0;
    // What was there before stays, and so does what is never deleted.
    let left =
        vec![json!(["things/a", { "label": "ours", "labels": { "x": "y" } }]), json!(["things/s", {}])];
    let case = Case { there, to, left, ..Case::default() };
    assert!(case.at_every_point().await > 8);
}

#[tokio::test]
async fn while_forgetting_what_is_retained() {
    let retained = || Options::default().retain_on_delete();
    let from = Builder::new()
        .with_options(&THINGS, "a", json!({ "label": "1" }), retained())
        .with(&THINGS, "b", json!({ "label": "things/a" }))
        .0;
    let left = vec![json!(["things/a", { "label": "1" }])];
    let case = Case { from: Some(from), to: Program::new("p", "s"), left, ..Case::default() };
    assert!(case.at_every_point().await > 4);
}

#[tokio::test]
async fn while_replacing_what_is_retained() {
    let program = |fixed: &str| {
        let inputs = json!({ "label": "m", "fixed": fixed });
        Builder::new().with_options(&MADES, "m", inputs, Options::default().retain_on_delete()).0
    };
    let left = ["1", "2"].map(|it| json!(["made", { "fixed": it, "label": "m" }])).into();
    let case = Case { from: Some(program("1")), to: program("2"), left, ..Case::default() };
    assert!(case.at_every_point().await > 4);
}

#[tokio::test]
async fn while_renaming_in_the_program() {
    let from = || {
        Builder::new()
            .with(&THINGS, "old", json!({ "name": "t", "label": "1" }))
            .with(&MADES, "former", json!({ "label": "m" }))
            .with(&THINGS, "on", json!({ "of": "things/t" }))
            .0
    };
    let to = |label: &str, fixed: &str| {
        Builder::new()
            .with(&THINGS, "new", json!({ "name": "t", "label": label }))
            .with_options(
                &MADES,
                "m",
                json!({ "label": "m", "fixed": fixed }),
                Options::default().alias("former"),
            )
            .with(&THINGS, "on", json!({ "of": "things/t" }))
            .0
    };
    // Alone, with a change, and with a replacement.
    let points = at_every_point(Some(from()), to("1", "")).await;
    assert!(points > 4, "only {points} points");
    let points = at_every_point(Some(from()), to("2", "y")).await;
    assert!(points > 12, "only {points} points");
}

#[tokio::test]
async fn renamed_in_the_program_after_an_interruption() {
    let program = |names: [&str; 2]| {
        Builder::new()
            .with(&THINGS, names[0], json!({ "name": "t", "label": "1" }))
            .with_options(&MADES, names[1], json!({ "label": "m" }), Options::default().alias("former"))
            .0
    };
    let case = Case { to: program(["old", "former"]), then: Some(program(["new", "m"])), ..Case::default() };
    assert!(case.at_every_point().await > 6);
}

#[tokio::test]
async fn another_declaration_after_an_interruption() {
    let case = Case { to: before(), then: Some(after()), ..Case::default() };
    assert!(case.at_every_point().await > 20);
    let case = Case { from: Some(before()), to: after(), then: Some(before()), ..Case::default() };
    assert!(case.at_every_point().await > 30);
}

#[tokio::test]
async fn while_replacing_what_others_refer_to() {
    let program = |fixed: &str| {
        Builder::new()
            .with(&MADES, "m", json!({ "label": "m", "fixed": fixed }))
            .with(&THINGS, "user", json!({ "label": id_of(&MADES, "m") }))
            .with(&MADES, "deeper", json!({ "label": "d", "fixed": id_of(&MADES, "m") }))
            .with(&THINGS, "last", json!({ "label": id_of(&MADES, "deeper") }))
            .0
    };
    let points = at_every_point(Some(program("1")), program("2")).await;
    assert!(points > 16, "only {points} points");
}

#[tokio::test]
async fn while_everything_turns_round() {
    let program = |fixed: &str, a: &str, b: &str| {
        Builder::new()
            .with(&THINGS, "a", json!({ "fixed": fixed, "label": a }))
            .with(&THINGS, "b", json!({ "fixed": fixed, "label": b }))
            .with(&THINGS, "bound", json!({ "of": "things/b" }))
            .0
    };
    let points = at_every_point(Some(program("1", "things/b", "x")), program("2", "x", "things/a")).await;
    assert!(points > 12, "only {points} points");
}

#[tokio::test]
async fn while_another_name_takes_the_place() {
    let program = |name: &str| {
        Builder::new()
            .with(&THINGS, "a", json!({ "name": name, "label": "1" }))
            .with(&THINGS, "on", json!({ "label": format!("things/{name}") }))
            .0
    };
    let points = at_every_point(Some(program("x")), program("y")).await;
    assert!(points > 6, "only {points} points");
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
