//! What is done before what.

use std::sync::Arc;

use engine::{Op, Options, Program};
use serde_json::{Value, json};

use crate::fake::{ACTORS, Builder, GRANTS, MADES, THINGS, World, answer, run};
use crate::{applied, attribute, planned, watched};

/// Checks the calls that change something.
#[track_caller]
fn check(world: &World, expect: &[&str]) {
    assert_eq!(world.changes(), expect);
}

#[tokio::test]
async fn what_is_needed_is_made_first_and_deleted_last() {
    let program = Builder::new()
        .with(&THINGS, "c", json!({ "label": attribute(&THINGS, "b", "serial") }))
        .with(&THINGS, "b", json!({ "label": attribute(&THINGS, "a", "serial") }))
        .with(&THINGS, "a", json!({}))
        .0;
    let world = crate::world();
    assert!(run(&world, &program).await.is_success());
    check(&world, &["PUT things/a", "PUT things/b", "PUT things/c"]);
    world.calls.lock().unwrap().clear();
    assert!(run(&world, &Program::new("p", "s")).await.is_success());
    check(&world, &["DELETE things/c", "DELETE things/b", "DELETE things/a"]);
}

#[tokio::test]
async fn what_acts_comes_after_its_grant_and_goes_before_it() {
    let program = Builder::new()
        .with(&ACTORS, "export", json!({ "label": "things/bucket" }))
        .with(&GRANTS, "grant", json!({ "label": "things/bucket" }))
        .with(&THINGS, "bucket", json!({}))
        .0;
    let world = crate::world();
    assert!(run(&world, &program).await.is_success());
    check(&world, &["PUT things/bucket", "PUT things/grant", "PUT things/export"]);
    world.calls.lock().unwrap().clear();
    assert!(run(&world, &Program::new("p", "s")).await.is_success());
    check(&world, &["DELETE things/export", "DELETE things/grant", "DELETE things/bucket"]);
}

#[tokio::test]
async fn of_what_has_a_made_id_the_new_one_is_there_before_the_old_one_goes() {
    let program = |fixed: &str| {
        Builder::new()
            .with(&MADES, "m", json!({ "label": "m", "fixed": fixed }))
            .with(&THINGS, "user", json!({ "label": attribute(&MADES, "m", "id") }))
            .0
    };
    let world = applied(&program("1")).await;
    let (outcome, told) = watched(&world, &program("2"), 8).await;
    assert!(outcome.is_success(), "{outcome:?}");
    // Whoever uses the old one is turned to the new one in between.
    check(&world, &["POST made", "PATCH things/user", "DELETE made/0"]);
    let expect = [
        "started creating m",
        "done creating m",
        "started updating user",
        "done updating user",
        "started deleting m",
        "done deleting m",
    ];
    assert_eq!(told, expect);
    assert_eq!(world.things.lock().unwrap()["things/user"]["label"], "made/2");
}

#[tokio::test]
async fn of_what_has_a_given_name_the_old_one_goes_first_and_what_is_bound_to_it_before() {
    let program = |fixed: &str| {
        Builder::new()
            .with(&THINGS, "owner", json!({ "fixed": fixed }))
            .with(&THINGS, "bound", json!({ "of": "things/owner" }))
            .with(&THINGS, "deeper", json!({ "of": "things/bound" }))
            .0
    };
    let world = applied(&program("1")).await;
    let (outcome, _) = watched(&world, &program("2"), 8).await;
    assert_eq!(outcome.done(), [(Op::Replace, 3)].into());
    check(
        &world,
        &[
            "DELETE things/deeper",
            "DELETE things/bound",
            "DELETE things/owner",
            "PUT things/owner",
            "PUT things/bound",
            "PUT things/deeper",
        ],
    );
}

#[tokio::test]
async fn what_lets_go_of_something_does_so_before_that_is_deleted() {
    let first = Builder::new().with(&THINGS, "old", json!({})).with(
        &THINGS,
        "user",
        json!({ "label": "things/old" }),
    );
    let second = Builder::new().with(&THINGS, "user", json!({ "label": "free" }));
    let world = applied(&first.0).await;
    assert!(run(&world, &second.0).await.is_success());
    check(&world, &["PATCH things/user", "DELETE things/old"]);
}

#[tokio::test]
async fn what_used_something_has_ended_before_that_changes() {
    let job = |subscription: Builder| {
        subscription.with(&ACTORS, "a-job", json!({ "label": attribute(&THINGS, "subscription", "serial") }))
    };
    let pulled = || Builder::new().with(&THINGS, "subscription", json!({ "label": "pull" }));
    let exported = || Builder::new().with(&THINGS, "subscription", json!({ "label": "export" }));
    let world = applied(&job(pulled()).0).await;
    assert!(run(&world, &exported().0).await.is_success());
    check(&world, &["DELETE things/a-job", "PATCH things/subscription"]);
    world.calls.lock().unwrap().clear();
    // And it begins after it has changed back.
    assert!(run(&world, &job(pulled()).0).await.is_success());
    check(&world, &["PATCH things/subscription", "PUT things/a-job"]);
}

#[tokio::test]
async fn what_could_not_be_ended_keeps_what_it_used_from_changing() {
    let first = Builder::new().with(&THINGS, "subscription", json!({ "label": "pull" })).with(
        &ACTORS,
        "a-job",
        json!({ "label": attribute(&THINGS, "subscription", "serial") }),
    );
    let second = Builder::new().with(&THINGS, "subscription", json!({ "label": "export" }));
    let world = applied(&first.0).await;
    let refused = answer(400, json!({ "error": "NO" }));
    world.answers.lock().unwrap().push(("DELETE things/a-job".to_owned(), refused));
    assert!(!run(&world, &second.0).await.is_success());
    check(&world, &["DELETE things/a-job"]);
    assert!(run(&world, &second.0).await.is_success());
    assert_eq!(world.things.lock().unwrap()["things/subscription"]["label"], "export");
}

#[tokio::test]
async fn who_needs_whom_may_turn_round_while_both_are_replaced() {
    let program = |fixed: &str, a: Value, b: Value| {
        Builder::new()
            .with(&THINGS, "a", json!({ "fixed": fixed, "label": a }))
            .with(&THINGS, "b", json!({ "fixed": fixed, "label": b }))
            .0
    };
    let world = applied(&program("1", json!("things/b"), json!("x"))).await;
    let (outcome, _) = watched(&world, &program("2", json!("x"), json!("things/a")), 8).await;
    assert!(outcome.is_success(), "{outcome:?}");
    check(&world, &["DELETE things/a", "PUT things/a", "DELETE things/b", "PUT things/b"]);
}

#[tokio::test]
async fn what_is_replaced_goes_only_once_what_the_new_one_needs_is_ready() {
    let first = Builder::new().with(&THINGS, "need", json!({ "label": "1" })).with(
        &THINGS,
        "b",
        json!({ "fixed": "1", "label": "things/need" }),
    );
    let second = Builder::new().with(&THINGS, "need", json!({ "label": "2" })).with(
        &THINGS,
        "b",
        json!({ "fixed": "2", "label": "things/need" }),
    );
    let world = applied(&first.0).await;
    assert!(run(&world, &second.0).await.is_success());
    check(&world, &["PATCH things/need", "DELETE things/b", "PUT things/b"]);
}

#[tokio::test]
async fn a_thing_that_needs_both_what_is_replaced_and_what_needs_that() {
    let program = |fixed: &str| {
        Builder::new()
            .with(&THINGS, "a", json!({ "fixed": fixed }))
            .with(&THINGS, "x", json!({ "label": "things/a", "part": { "mode": fixed } }))
            .with(&THINGS, "b", json!({ "of": "things/a", "label": "things/x" }))
            .0
    };
    let world = applied(&program("1")).await;
    let (outcome, _) = watched(&world, &program("2"), 8).await;
    assert!(outcome.is_success(), "{outcome:?}");
    let expect = ["DELETE things/b", "DELETE things/a", "PUT things/a", "PATCH things/x", "PUT things/b"];
    check(&world, &expect);
}

#[tokio::test]
async fn the_second_apply_makes_no_calls_but_reads_and_writes_nothing() {
    let mut program = Builder::new()
        .with(&THINGS, "a", json!({ "label": "1", "labels": { "x": "y" } }))
        .with(&MADES, "m", json!({ "label": attribute(&THINGS, "a", "serial") }))
        .0;
    program.outputs.insert("id".to_owned(), attribute(&MADES, "m", "id"));
    let world = applied(&program).await;
    let before = world.files.lock().unwrap().clone();
    let (outcome, told) = watched(&world, &program, 8).await;
    assert!(outcome.is_success() && outcome.steps.is_empty());
    assert_eq!(told, [""; 0]);
    check(&world, &[]);
    assert_eq!(*world.files.lock().unwrap(), before);
    assert_eq!(outcome.outputs["id"], "made/1");
}

#[tokio::test]
async fn outputs_are_told_once_known() {
    let mut program = Builder::new().with(&THINGS, "a", json!({})).0;
    program.outputs.insert("serial".to_owned(), attribute(&THINGS, "a", "serial"));
    program.outputs.insert("nothing".to_owned(), attribute(&THINGS, "a", "nothing"));
    let (outcome, _) = watched(&crate::world(), &program, 8).await;
    assert_eq!(outcome.outputs, [("serial".to_owned(), json!(0))].into());
}

#[tokio::test]
async fn a_new_chain_of_a_thousand_is_made_in_order() {
    let mut program = Builder::new();
    for i in 0..1000 {
        let needs = if i < 999 { json!(format!("things/{}", i + 1)) } else { json!("") };
        program.add(&THINGS, &i.to_string(), json!({ "label": needs }), Options::default());
    }
    let (world, session) = (crate::world(), crate::session(&crate::world()));
    let plan = planned(&world, &program.0, &session).await;
    assert_eq!(plan.summary.create, 1000);
    let names: Vec<String> = plan.steps.iter().map(|it| it.name.clone()).collect();
    assert_eq!(names, (0..1000).rev().map(|it| it.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_could_be_made_beside_the_old_one_goes_first_where_what_it_is_bound_to_must() {
    let program = |fixed: &str| {
        Builder::new()
            .with(&THINGS, "owner", json!({ "fixed": fixed }))
            .with(&MADES, "m", json!({ "label": "m", "of": "things/owner" }))
            .with(&MADES, "deeper", json!({ "label": "d", "of": attribute(&MADES, "m", "id") }))
            .0
    };
    let world = applied(&program("1")).await;
    *world.strict.lock().unwrap() = true;
    let (outcome, _) = watched(&world, &program("2"), 8).await;
    assert!(outcome.is_success(), "{outcome:?}");
    let expect = [
        "DELETE made/2",
        "DELETE made/1",
        "DELETE things/owner",
        "PUT things/owner",
        "POST made",
        "POST made",
    ];
    check(&world, &expect);
}

#[tokio::test]
async fn what_lets_go_of_a_thing_that_is_replaced_does_so_first() {
    let program = |fixed: &str, of: &str| {
        Builder::new().with(&THINGS, "b", json!({ "fixed": fixed })).with(&THINGS, "a", json!({ "of": of })).0
    };
    let world = applied(&program("1", "things/b")).await;
    *world.strict.lock().unwrap() = true;
    let (outcome, _) = watched(&world, &program("2", ""), 8).await;
    assert!(outcome.is_success(), "{outcome:?}");
    check(&world, &["PATCH things/a", "DELETE things/b", "PUT things/b"]);
}

#[tokio::test]
async fn a_circle_in_the_ledger_is_no_reason_to_wait_for_ever() {
    let program = Builder::new().with(&THINGS, "a", json!({})).with(&THINGS, "b", json!({})).0;
    let world = applied(&program).await;
    circle(&world).await;
    let (outcome, _) = watched(&world, &Program::new("p", "s"), 8).await;
    assert!(outcome.is_success(), "{outcome:?}");
    assert!(world.things.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_changes_lets_go_of_what_is_deleted_though_that_used_it_too() {
    let both = Builder::new().with(&THINGS, "a", json!({})).with(&THINGS, "b", json!({}));
    let world = applied(&both.0).await;
    circle(&world).await;
    let changed = Builder::new().with(&THINGS, "a", json!({ "label": "changed" }));
    assert!(run(&world, &changed.0).await.is_success());
    check(&world, &["PATCH things/a", "DELETE things/b"]);
}

/// Says in the ledger that each of two things used the other.
async fn circle(world: &Arc<World>) {
    let ledger = crate::ledger(world).await;
    let entries = ledger.entries();
    for (entry, other) in entries.iter().zip(entries.iter().rev()) {
        let dependencies = vec![other.urn.clone()];
        let entry = engine::ledger::Entry { dependencies, ..entry.clone() };
        ledger.settle(&entry.urn.clone(), Some(entry)).await.unwrap();
    }
}
