//! A failed step stops those that need it and nothing else.

use engine::{Applied, Event, Lost, Program};
use serde_json::{Value, json};

use crate::fake::{Builder, MADES, THINGS, World, answer, ledger, run, session};
use crate::{applied, attribute, ends, planned, watched, watched_with, world};

fn refuse(world: &World, call: &str) {
    let refused = answer(400, json!({ "error": "NO" }));
    world.answers.lock().unwrap().push((call.to_owned(), refused));
}

fn three() -> Program {
    Builder::new()
        .with(&THINGS, "a", json!({}))
        .with(&THINGS, "b", json!({ "label": attribute(&THINGS, "a", "serial") }))
        .with(&THINGS, "c", json!({ "label": attribute(&THINGS, "b", "serial") }))
        .with(&THINGS, "alone", json!({}))
        .0
}

#[tokio::test]
async fn dependents_are_skipped_and_others_are_done() {
    let world = world();
    refuse(&world, "PUT things/a");
    let (outcome, told) = watched(&world, &three(), 1).await;
    assert!(!outcome.is_success());
    let expect = ["a failed", "b skipped: thing a failed", "c skipped: thing a failed", "alone done"];
    assert_eq!(ends(&outcome), expect);
    let failed = "failed creating a: 400: {\"error\":\"no\"}";
    assert!(told.contains(&failed.to_owned()), "{told:?}");
    assert_eq!(told.iter().filter(|it| it.starts_with("skipped")).count(), 2);
    // It was certainly not made, so nothing is remembered of it.
    assert!(ledger(&world).await.pending().is_empty());
    assert_eq!(ledger(&world).await.entries().len(), 1);
    assert!(run(&world, &three()).await.is_success(), "the next run goes on");
}

#[tokio::test]
async fn what_may_have_been_made_stays_remembered_as_under_way() {
    let world = world();
    let broken = Err(Lost::Broken { reason: "reset".to_owned() });
    world.answers.lock().unwrap().push(("POST made".to_owned(), broken));
    let program = Builder::new().with(&MADES, "m", json!({ "label": "m" })).0;
    let (outcome, _) = watched(&world, &program, 1).await;
    assert_eq!(ends(&outcome), ["m failed"]);
    assert_eq!(ledger(&world).await.pending().len(), 1);
    assert!(run(&world, &program).await.is_success());
    assert!(ledger(&world).await.pending().is_empty());
    assert_eq!(world.things.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_failed_change_and_a_failed_deletion_are_as_before() {
    let program = |label: &str| Builder::new().with(&THINGS, "a", json!({ "label": label })).0;
    let world = applied(&program("1")).await;
    refuse(&world, "PATCH things/a");
    let (outcome, _) = watched(&world, &program("2"), 1).await;
    assert_eq!(ends(&outcome), ["a failed"]);
    assert_eq!(ledger(&world).await.entries()[0].inputs["label"], "1");
    refuse(&world, "DELETE things/a");
    let (outcome, _) = watched(&world, &Program::new("p", "s"), 1).await;
    assert_eq!(ends(&outcome), ["a failed"]);
    assert_eq!(ledger(&world).await.entries().len(), 1);
    assert!(ledger(&world).await.pending().is_empty());
}

#[tokio::test]
async fn a_failed_change_under_a_new_name_is_remembered_once() {
    let first = Builder::new().with(&THINGS, "old", json!({ "name": "t", "label": "1" })).0;
    let second = Builder::new().with(&THINGS, "new", json!({ "name": "t", "label": "2" })).0;
    let world = applied(&first).await;
    refuse(&world, "PATCH things/t");
    let (outcome, _) = watched(&world, &second, 1).await;
    assert_eq!(ends(&outcome), ["new failed"]);
    let entries = ledger(&world).await.entries();
    assert_eq!(entries.len(), 1, "{entries:?}");
    assert_eq!((entries[0].urn.name(), &entries[0].inputs["label"]), ("new", &json!("1")));
    assert!(run(&world, &second).await.is_success());
    assert!(run(&world, &Program::new("p", "s")).await.is_success());
    assert!(world.things.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_was_deleted_and_could_not_be_made_again_is_not_done() {
    let program = |fixed: &str| {
        Builder::new()
            .with(&THINGS, "owner", json!({ "fixed": fixed }))
            .with(&THINGS, "bound", json!({ "of": "things/owner" }))
            .0
    };
    let world = applied(&program("1")).await;
    refuse(&world, "PUT things/owner");
    let (outcome, _) = watched(&world, &program("2"), 8).await;
    assert_eq!(ends(&outcome), ["owner failed", "bound skipped: thing owner failed"]);
    assert!(run(&world, &program("2")).await.is_success());
    assert_eq!(world.things.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn what_is_replaced_stays_when_what_the_new_one_needs_fails() {
    let program = |fixed: &str| {
        Builder::new()
            .with(&THINGS, "need", json!({ "label": fixed }))
            .with(&THINGS, "b", json!({ "fixed": fixed, "label": "things/need" }))
            .0
    };
    let world = applied(&program("1")).await;
    refuse(&world, "PATCH things/need");
    let (outcome, _) = watched(&world, &program("2"), 8).await;
    assert_eq!(ends(&outcome), ["need failed", "b skipped: thing need failed"]);
    assert_eq!(world.things.lock().unwrap()["things/b"]["fixed"], "1");
}

#[tokio::test]
async fn an_old_one_that_cannot_be_deleted_is_deleted_next_time() {
    let program = |fixed: &str| Builder::new().with(&MADES, "m", json!({ "label": "m", "fixed": fixed })).0;
    let world = applied(&program("1")).await;
    refuse(&world, "DELETE made/0");
    let (outcome, _) = watched(&world, &program("2"), 1).await;
    assert_eq!(ends(&outcome), ["m failed"]);
    assert_eq!(world.things.lock().unwrap().len(), 2);
    assert!(run(&world, &program("2")).await.is_success());
    let left: Vec<Value> = world.things.lock().unwrap().values().cloned().collect();
    assert_eq!(left.iter().map(|it| &it["fixed"]).collect::<Vec<_>>(), ["2"]);
}

#[tokio::test]
async fn a_field_that_what_it_refers_to_does_not_have_is_told() {
    let program = |path: &str| {
        Builder::new()
            .with(&THINGS, "a", json!({}))
            .with(&THINGS, "b", json!({ "label": attribute(&THINGS, "a", path) }))
            .0
    };
    let (outcome, _) = watched(&world(), &program("nothing"), 1).await;
    assert_eq!(ends(&outcome), ["a done", "b failed"]);
    let Applied::Failed(failure) = &outcome.steps[1].2 else { panic!("{outcome:?}") };
    assert!(failure.to_string().contains("does not have that field"), "{failure}");
}

#[tokio::test]
async fn a_ledger_that_cannot_be_written_stops_everything_and_is_told() {
    let mut program = Builder::new();
    for name in ["a", "b", "c", "d"] {
        program = program.with(&THINGS, name, json!({}));
    }
    // The first write makes the ledger; then come the intent and the end of each.
    for (writes, made) in [(0, 0), (1, 0), (2, 1), (3, 1), (4, 2)] {
        let world = world();
        *world.writes_left.lock().unwrap() = Some(writes);
        let (outcome, _) = watched(&world, &program.0, 1).await;
        let error = outcome.ledger.as_ref().unwrap();
        assert!(!outcome.is_success() && !outcome.stopped, "{error}");
        assert_eq!(world.changes().len(), made, "after {writes} writes");
        let last = ends(&outcome).pop().unwrap();
        assert_eq!(last, "d skipped: the ledger could not be written");
        *world.writes_left.lock().unwrap() = None;
        assert!(run(&world, &program.0).await.is_success(), "after {writes} writes");
        assert_eq!(world.things.lock().unwrap().len(), 4);
        assert_eq!(ledger(&world).await.entries().len(), 4);
    }
}

#[tokio::test]
async fn a_stop_lets_what_runs_end_and_starts_nothing_new() {
    let mut program = Builder::new();
    for name in ["a", "b", "c", "d"] {
        program = program.with(&THINGS, name, json!({}));
    }
    let world = world();
    let stop = |event: &Event<'_>, session: &engine::Session| {
        if let Event::Started { step, .. } = event
            && step.name == "b"
        {
            session.stop();
        }
    };
    let (outcome, told) = watched_with(&world, &program.0, 2, &stop).await;
    assert!(outcome.stopped && !outcome.is_success());
    assert_eq!(ends(&outcome), ["a done", "b done", "c skipped: stopped", "d skipped: stopped"]);
    assert!(!told.contains(&"started creating c".to_owned()), "{told:?}");
    assert_eq!(ledger(&world).await.entries().len(), 2);
    assert!(ledger(&world).await.pending().is_empty());
    assert!(run(&world, &program.0).await.is_success());
}

#[tokio::test]
async fn a_stop_between_deleting_and_making_again_is_not_done() {
    let program = |fixed: &str| Builder::new().with(&THINGS, "a", json!({ "fixed": fixed })).0;
    let world = applied(&program("1")).await;
    let stop = |event: &Event<'_>, session: &engine::Session| {
        if matches!(event, Event::Started { .. }) {
            session.stop();
        }
    };
    let (outcome, told) = watched_with(&world, &program("2"), 1, &stop).await;
    assert_eq!(told, ["started deleting a", "done deleting a"]);
    assert_eq!(ends(&outcome), ["a skipped: stopped"]);
    assert!(run(&world, &program("2")).await.is_success());
}

#[tokio::test]
async fn a_step_that_takes_too_long_fails_and_is_found_out_about() {
    let timeouts = engine::Timeouts { create: std::time::Duration::from_millis(20), ..Default::default() };
    let options = engine::Options::default().timeouts(timeouts);
    let program = Builder::new().with_options(&MADES, "m", json!({ "label": "m" }), options).0;
    let world = world();
    *world.slow.lock().unwrap() = std::time::Duration::from_millis(200);
    let (outcome, told) = watched(&world, &program, 1).await;
    assert_eq!(ends(&outcome), ["m failed"]);
    assert_eq!(told[1], "failed creating m: not finished after 20ms");
    assert_eq!(ledger(&world).await.pending().len(), 1, "it may have been made");
    *world.slow.lock().unwrap() = std::time::Duration::ZERO;
    assert!(run(&world, &program).await.is_success());
    let plan = planned(&world, &program, &session(&world)).await;
    assert_eq!(plan.summary.changes(), 0);
}

#[tokio::test]
async fn replaced_again_while_the_old_one_cannot_be_deleted() {
    let program = |fixed: &str| Builder::new().with(&MADES, "m", json!({ "label": "m", "fixed": fixed })).0;
    let world = applied(&program("1")).await;
    for (fixed, left) in [("2", 2), ("3", 3), ("4", 4)] {
        for old in 0..5 {
            refuse(&world, &format!("DELETE made/{old}"));
        }
        let (outcome, _) = watched(&world, &program(fixed), 1).await;
        assert!(outcome.ledger.is_none(), "{outcome:?}");
        assert_eq!(world.things.lock().unwrap().len(), left, "{outcome:?}");
    }
    world.answers.lock().unwrap().clear();
    assert!(run(&world, &program("4")).await.is_success());
    assert_eq!(world.things.lock().unwrap().len(), 1);
    assert_eq!(ledger(&world).await.entries().len(), 1);
}

#[tokio::test]
async fn what_was_applied_is_compared_with_what_was_planned() {
    let program = |label: &str| Builder::new().with(&THINGS, "a", json!({ "label": label })).0;
    // The server answers with something else than it was asked for, when it is made and when it is changed.
    for (call, at_first) in [("PUT things/a", true), ("PATCH things/a", false)] {
        let world = if at_first { world() } else { applied(&program("0")).await };
        let other = answer(200, json!({ "label": "other", "serial": 1 }));
        world.answers.lock().unwrap().push((call.to_owned(), other));
        let (outcome, _) = watched(&world, &program("1"), 1).await;
        assert_eq!(ends(&outcome), ["a failed"], "{call}");
        let Applied::Failed(failure) = &outcome.steps[0].2 else { panic!("{outcome:?}") };
        let said = "it was done, but label is \"other\" and not \"1\" as planned";
        assert_eq!(failure.to_string(), said, "{call}");
        assert!(failure.hint().unwrap().contains("a bug of this program"));
        // It was done all the same: the ledger has it, and nothing is under way.
        assert_eq!(
            (ledger(&world).await.entries().len(), ledger(&world).await.pending().len()),
            (1, 0),
            "{call}"
        );
    }
}
