//! Each operation, and why.

use engine::ledger::{Entry, Intent, Pending};
use engine::{Expr, Options, Program, Selection, foresee};
use serde_json::{Value, json};

use crate::fake::{
    ACTORS, Builder, GRANTS, MADES, SCOPED, SERVICES, STORES, THINGS, World, answer, ledger, run, run_with,
    session,
};
use crate::{applied, check, check_selected, try_plan, urn, world};

fn one(inputs: Value) -> Program {
    Builder::new().with(&THINGS, "a", inputs).0
}

fn put(world: &World, path: &str, it: Value) {
    world.things.lock().unwrap().insert(path.to_owned(), it);
}

#[tokio::test]
async fn what_is_not_there_is_created_with_all_that_is_declared() {
    let program = one(json!({ "label": "1", "labels": { "x": "y" } }));
    let plan = check(&world(), &program, &["create a label labels name"], &[]).await;
    assert_eq!(plan.steps[0].id.as_deref(), Some("things/a"));
    assert_eq!(plan.steps[0].noun(), "thing");
}

#[tokio::test]
async fn what_is_as_declared_is_the_same() {
    let program = one(json!({ "label": "1" }));
    check(&applied(&program).await, &program, &["same a"], &[]).await;
}

#[tokio::test]
async fn what_differs_is_updated_in_place() {
    let world = applied(&one(json!({ "label": "1" }))).await;
    check(&world, &one(json!({ "label": "2" })), &["update a label"], &[]).await;
    check(&world, &one(json!({})), &["update a label"], &[]).await;
    // Changed by hand.
    put(&world, "things/a", json!({ "label": "x" }));
    check(&world, &one(json!({ "label": "1" })), &["update a label"], &[]).await;
}

#[tokio::test]
async fn what_cannot_change_is_replaced() {
    let world = applied(&one(json!({ "fixed": "1", "label": "1" }))).await;
    let expect = "replace a fixed! label (fixed cannot be changed in place)";
    check(&world, &one(json!({ "fixed": "2", "label": "2" })), &[expect], &[]).await;
}

#[tokio::test]
async fn another_name_is_another_resource() {
    let world = applied(&one(json!({ "label": "1" }))).await;
    let expect = "replace a name! (name cannot be changed in place)";
    let plan = check(&world, &one(json!({ "name": "b", "label": "1" })), &[expect], &[]).await;
    assert_eq!(
        (&plan.steps[0].changes[0].before, &plan.steps[0].changes[0].after),
        (&json!("a"), &json!("b"))
    );
}

#[tokio::test]
async fn what_is_declared_no_more_is_deleted() {
    let world = applied(&one(json!({}))).await;
    check(&world, &Program::new("p", "s"), &["delete a (it is declared no more)"], &[]).await;
    world.things.lock().unwrap().clear();
    check(&world, &Program::new("p", "s"), &["delete a (the thing is gone already)"], &[]).await;
}

#[tokio::test]
async fn what_was_deleted_by_hand_is_created_again() {
    let world = applied(&one(json!({}))).await;
    world.things.lock().unwrap().clear();
    check(&world, &one(json!({})), &["create a name (the thing is gone)"], &[]).await;
}

fn consenting(names: &[&str]) -> Selection {
    Selection { adopt: names.iter().map(|it| (*it).to_owned()).collect(), ..Selection::default() }
}

/// A world in which somebody else made `things/a`.
fn theirs() -> std::sync::Arc<World> {
    let world = world();
    put(&world, "things/a", json!({ "label": "theirs" }));
    world
}

const CONFLICT: &str = "conflict a label (it exists and is not ours)";
const TOLD: &str = "error: thing a exists already, and this stack did not make it";

#[tokio::test]
async fn what_others_made_is_not_taken_over_without_consent() {
    let (world, program) = (theirs(), one(json!({ "label": "1" })));
    let plan = check(&world, &program, &[CONFLICT], &[TOLD]).await;
    assert!(plan.has_errors() && plan.summary.conflict == 1);
    assert!(plan.diagnostics[0].hint.as_ref().unwrap().contains("--adopt a"));
    // Nor one that only looks alike.
    let looks = world2("made/x", json!({ "id": "made/x", "label": "m" }));
    let program = Builder::new().with(&MADES, "m", json!({ "label": "m" })).0;
    let told = "error: made m exists already, and this stack did not make it";
    check(&looks, &program, &["conflict m (it exists and is not ours)"], &[told]).await;
}

fn world2(path: &str, it: Value) -> std::sync::Arc<World> {
    let world = world();
    put(&world, path, it);
    world
}

#[tokio::test]
async fn consent_names_what_is_taken_over() {
    let program = one(json!({ "label": "1" }));
    let expect = "adopt a label (it exists and is not ours yet)";
    for selection in [consenting(&["a"]), consenting(&["all"]), consenting(&[urn(&THINGS, "a").as_str()])] {
        check_selected(&theirs(), &program, &selection, &[expect], &[]).await;
    }
    let by_option =
        Builder::new().with_options(&THINGS, "a", json!({ "label": "1" }), Options::default().adopt()).0;
    check(&theirs(), &by_option, &[expect], &[]).await;
    let other = Builder::new().with(&THINGS, "a", json!({ "label": "1" })).with(&THINGS, "b", json!({})).0;
    check_selected(&theirs(), &other, &consenting(&["b"]), &[CONFLICT, "create b name"], &[TOLD]).await;
}

#[tokio::test]
async fn what_was_taken_over_is_released_and_never_emptied() {
    let (world, program) = (theirs(), one(json!({ "label": "1", "force": true })));
    assert!(run_with(&world, &program, &consenting(&["a"])).await.is_success());
    check(&world, &program, &["same a"], &[]).await;
    assert!(ledger(&world).await.entries()[0].adopted);
    // A change in between does not make it ours.
    let program = one(json!({ "label": "2", "force": true }));
    assert!(run(&world, &program).await.is_success());
    let none = Program { destroys: true, ..Program::new("p", "s") };
    let plan =
        check(&world, &none, &["delete a (the thing was there before this stack, and stays)"], &[]).await;
    assert!(plan.steps[0].is_released());
    let deleting = Selection { delete_adopted: vec!["a".to_owned()], ..Selection::default() };
    check_selected(&world, &none, &deleting, &["delete a"], &[]).await;
    assert!(run_with(&world, &none, &deleting).await.is_success());
    assert!(world.things.lock().unwrap().is_empty());
    assert_eq!(*world.forced.lock().unwrap(), 0, "emptied what was there before");
    // What is ours is emptied.
    assert!(run(&world, &program).await.is_success());
    assert!(run(&world, &none).await.is_success());
    assert_eq!(*world.forced.lock().unwrap(), 1);

    let (world, program) = (theirs(), one(json!({ "label": "1" })));
    assert!(run_with(&world, &program, &consenting(&["a"])).await.is_success());
    assert!(run(&world, &none).await.is_success());
    assert_eq!(world.things.lock().unwrap()["things/a"]["label"], "1", "released");
    assert!(ledger(&world).await.entries().is_empty());
}

#[tokio::test]
async fn what_was_taken_over_is_not_replaced_unless_it_is_named() {
    let world = world2("things/a", json!({ "fixed": "1" }));
    assert!(run_with(&world, &one(json!({ "fixed": "1" })), &consenting(&["a"])).await.is_success());
    let program = one(json!({ "fixed": "2" }));
    let expect = "replace a fixed! (fixed cannot be changed in place)";
    let told =
        "error: thing a was there before this stack and would be replaced (fixed cannot be changed in place)";
    check(&world, &program, &[expect], &[told]).await;
    let forced = Selection { replace: vec!["a".to_owned()], ..Selection::default() };
    assert!(run_with(&world, &program, &forced).await.is_success());
    assert!(!ledger(&world).await.entries()[0].adopted, "the new one is ours");
}

#[tokio::test]
async fn a_grant_that_was_there_before_is_not_ours_to_take_away() {
    let world = world2("things/g", json!({}));
    let program = Builder::new().with(&GRANTS, "g", json!({})).with(&GRANTS, "ours", json!({})).0;
    assert!(run(&world, &program).await.is_success());
    let none = Program { destroys: true, ..Program::new("p", "s") };
    let expect = ["delete g (the grant was there before this stack, and stays)", "delete ours"];
    check(&world, &none, &expect, &[]).await;
    assert!(run(&world, &none).await.is_success());
    assert_eq!(world.things.lock().unwrap().keys().collect::<Vec<_>>(), ["things/g"]);
}

#[tokio::test]
async fn what_names_an_identity_that_is_made_anew_is_made_anew_in_the_same_run() {
    let program = |fixed: &str| {
        Builder::new()
            .with(&THINGS, "account", json!({ "fixed": fixed }))
            .with(&GRANTS, "g", json!({ "of": "things/account" }))
            .0
    };
    let world = applied(&program("1")).await;
    let expect = [
        "replace account fixed! (fixed cannot be changed in place)",
        "replace g (account is replaced, and this goes with it)",
    ];
    check(&world, &program("2"), &expect, &[]).await;
    assert!(run(&world, &program("2")).await.is_success());
    check(&world, &program("2"), &["same account", "same g"], &[]).await;
}

#[tokio::test]
async fn a_grant_and_what_is_never_deleted_are_adopted_without_a_word() {
    let world = world();
    put(&world, "things/g", json!({}));
    put(&world, "things/s", json!({}));
    let program = Builder::new().with(&GRANTS, "g", json!({})).with(&SERVICES, "s", json!({})).0;
    let why = "(it exists and is not ours yet)";
    check(&world, &program, &[&format!("adopt g {why}"), &format!("adopt s {why}")], &[]).await;
}

#[tokio::test]
async fn what_is_not_ours_is_never_replaced() {
    let world = world();
    put(&world, "things/a", json!({ "fixed": "theirs" }));
    let plan = try_plan(&world, &one(json!({ "fixed": "ours" })), &Selection::default()).await.unwrap();
    assert!(plan.has_errors(), "{plan:?}");
    let told = "thing a exists and is not ours, and fixed cannot be changed in place";
    assert_eq!(plan.diagnostics[0].message, told);
    let forced = Selection { replace: vec!["a".to_owned()], ..Selection::default() };
    let plan = try_plan(&world, &one(json!({ "fixed": "theirs" })), &forced).await.unwrap();
    assert!(plan.has_errors(), "{plan:?}");
}

#[tokio::test]
async fn one_that_only_looks_alike_and_cannot_become_so_is_left_alone() {
    let world = world();
    put(&world, "made/x", json!({ "id": "made/x", "label": "m", "fixed": "theirs" }));
    let program = Builder::new().with(&MADES, "m", json!({ "label": "m", "fixed": "ours" })).0;
    let plan = try_plan(&world, &program, &Selection::default()).await.unwrap();
    assert_eq!((plan.summary.create, plan.diagnostics.len()), (1, 0), "{plan:?}");
    assert!(run(&world, &program).await.is_success());
    assert_eq!(world.things.lock().unwrap()["made/x"]["fixed"], "theirs");
    assert_eq!(world.things.lock().unwrap().len(), 2);
    check(&world, &program, &["same m"], &[]).await;
}

async fn interrupted(world: &std::sync::Arc<World>, intent: Intent, inputs: Value) {
    let entry = Entry {
        adopted: false,
        urn: urn(&THINGS, "a"),
        kind: "fake:Thing".to_owned(),
        id: Some(format!("things/{}", inputs["name"].as_str().unwrap())),
        inputs,
        state: Value::Null,
        parent: None,
        dependencies: Vec::new(),
        protect: false,
        retain: false,
        created: None,
        modified: None,
    };
    ledger(world).await.begin(Pending { intent, entry }).await.unwrap();
}

#[tokio::test]
async fn an_interrupted_creation_is_ours_whether_it_was_made_or_not() {
    let program = one(json!({ "label": "1" }));
    let world = world();
    interrupted(&world, Intent::Create, json!({ "name": "a", "label": "1" })).await;
    check(&world, &program, &["create a label name (an interrupted run had not made it yet)"], &[]).await;
    put(&world, "things/a", json!({ "label": "1" }));
    check(&world, &program, &["same a (an interrupted run had made it)"], &[]).await;
    check(&world, &one(json!({ "label": "2" })), &["update a label (an interrupted run had made it)"], &[])
        .await;
    check(&world, &Program::new("p", "s"), &["delete a (it is declared no more)"], &[]).await;
    assert!(run(&world, &program).await.is_success());
    check(&world, &program, &["same a"], &[]).await;
    assert!(ledger(&world).await.pending().is_empty());
}

#[tokio::test]
async fn an_interrupted_change_and_an_interrupted_deletion_are_told() {
    let program = one(json!({ "label": "1" }));
    let world = applied(&program).await;
    interrupted(&world, Intent::Update, json!({ "name": "a", "label": "2" })).await;
    check(&world, &program, &["same a (an interrupted run was changing it)"], &[]).await;
    let world = applied(&program).await;
    interrupted(&world, Intent::Delete, json!({ "name": "a", "label": "1" })).await;
    check(&world, &program, &["same a (an interrupted run was about to delete it)"], &[]).await;
    assert!(run(&world, &program).await.is_success());
    check(&world, &program, &["same a"], &[]).await;
}

#[tokio::test]
async fn what_cannot_outlive_another_goes_with_it() {
    let program = |fixed: &str, of: Value| {
        Builder::new()
            .with(&THINGS, "owner", json!({ "fixed": fixed }))
            .with(&THINGS, "bound", json!({ "of": of }))
            .with(&THINGS, "free", json!({ "label": "things/owner" }))
            .0
    };
    let known = Expr::Known { value: json!("things/owner"), of: vec![urn(&THINGS, "owner")] };
    for of in [json!("things/owner"), engine::expression(&known)] {
        let world = applied(&program("1", of.clone())).await;
        let expect = [
            "replace owner fixed! (fixed cannot be changed in place)",
            "replace bound (owner is replaced, and this goes with it)",
            "same free",
        ];
        check(&world, &program("2", of), &expect, &[]).await;
    }
}

#[tokio::test]
async fn a_namesake_of_another_kind_takes_nothing_with_it() {
    // `of` names a thing called `events`; what is replaced is a made one of the same name.
    let program = |fixed: &str| {
        Builder::new()
            .with(&ACTORS, "events", json!({ "name": "e", "fixed": fixed }))
            .with(&STORES, "other", json!({ "name": "events", "fixed": fixed }))
            .with(&THINGS, "bound", json!({ "of": "e" }))
            .with(&THINGS, "long", json!({ "of": "elsewhere/e" }))
            .0
    };
    let world = applied(&program("1")).await;
    let plan = try_plan(&world, &program("2"), &Selection::default()).await.unwrap();
    let same: Vec<&str> =
        plan.steps.iter().filter(|it| it.op == engine::Op::Same).map(|it| it.name.as_str()).collect();
    assert_eq!(same, ["bound", "long"]);
}

#[tokio::test]
async fn what_cannot_be_read_is_an_error_that_names_it() {
    let program = one(json!({}));
    let world = applied(&program).await;
    for (program, expect) in
        [(program, "thing a could not be read"), (Program::new("p", "s"), "a could not be read")]
    {
        let refused = answer(400, json!({ "error": "BROKEN" }));
        world.answers.lock().unwrap().push(("GET things/a".to_owned(), refused));
        let error = try_plan(&world, &program, &Selection::default()).await.unwrap_err();
        assert!(error.to_string().starts_with(expect), "{error}");
        assert!(error.to_string().contains("BROKEN"), "{error}");
    }
}

#[tokio::test]
async fn an_interrupted_creation_under_another_name_is_ours_and_stays() {
    let world = world();
    interrupted(&world, Intent::Create, json!({ "name": "t", "label": "1" })).await;
    put(&world, "things/t", json!({ "label": "1" }));
    let program = Builder::new().with(&THINGS, "b", json!({ "name": "t", "label": "1" })).0;
    check(&world, &program, &["same b (an interrupted run had made it)"], &[]).await;
    assert!(run(&world, &program).await.is_success());
    check(&world, &program, &["same b"], &[]).await;
    assert!(world.things.lock().unwrap().contains_key("things/t"));
    assert!(ledger(&world).await.pending().is_empty());
}

#[tokio::test]
async fn a_place_given_taken_away_or_changed_is_another_resource() {
    let program = |place: Value| Builder::new().with(&SCOPED, "a", json!({ "fixed": place, "label": "1" })).0;
    let expect = "replace a fixed! (fixed cannot be changed in place)";
    for (from, to) in [(json!(null), json!("x")), (json!("x"), json!(null)), (json!("x"), json!("y"))] {
        let world = applied(&program(from)).await;
        check(&world, &program(to.clone()), &[expect], &[]).await;
        assert!(run(&world, &program(to.clone())).await.is_success());
        assert_eq!(world.things.lock().unwrap().len(), 1, "the old one is gone");
        check(&world, &program(to), &["same a"], &[]).await;
    }
}

#[tokio::test]
async fn where_the_api_is_disabled_what_is_remembered_stands_for_what_is_live() {
    let program = one(json!({ "label": "1" }));
    let disable = |world: &World| {
        let refused = answer(403, json!({ "error": "DISABLED" }));
        world.answers.lock().unwrap().push(("GET things/a".to_owned(), refused));
    };
    let fresh = world();
    disable(&fresh);
    check(&fresh, &program, &["create a label name"], &[]).await;
    let world = applied(&program).await;
    disable(&world);
    let told = "warning: thing a could not be read, for its api is disabled: taken as it was last applied";
    check(&world, &program, &["same a"], &[told]).await;
    disable(&world);
    check(&world, &one(json!({ "label": "2" })), &["update a label"], &[told]).await;
}

#[tokio::test]
async fn what_would_stop_a_deletion_or_a_replacement_is_told_before() {
    let told = async |world, program: &Program, selection: &Selection| {
        let mut plan = try_plan(world, program, selection).await.unwrap();
        foresee(&mut plan, &session(world)).await;
        plan.diagnostics.into_iter().map(|it| it.message).collect::<Vec<_>>()
    };
    let program = |options: Options| {
        Builder::new().with_options(&THINGS, "a", json!({ "label": "full", "fixed": "1" }), options).0
    };
    let world = applied(&program(Options::default())).await;
    let (all, none) = (Selection::default(), Program::new("p", "s"));
    let replace = Selection { replace: vec!["a".to_owned()], ..Selection::default() };
    assert_eq!(told(&world, &none, &all).await, ["thing a: it is full: Delete"]);
    assert_eq!(told(&world, &program(Options::default()), &replace).await, ["thing a: it is full: Replace"]);
    assert_eq!(told(&world, &program(Options::default()), &all).await, [""; 0]);
    assert!(run(&world, &program(Options::default().retain_on_delete())).await.is_success());
    assert_eq!(told(&world, &none, &all).await, [""; 0], "it is not deleted");
}
