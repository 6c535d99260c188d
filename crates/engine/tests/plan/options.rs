//! What a person decides beyond the fields.

use engine::{Op, Options, Program, Selection};
use serde_json::{Value, json};

use crate::fake::{Builder, Kind, MADES, SERVICES, STORES, THINGS, ledger, run, run_with};
use crate::{applied, check, check_selected, names, urn};

fn with(kind: &'static Kind, inputs: Value, options: Options) -> Program {
    Builder::new().with_options(kind, "a", inputs, options).0
}

fn none() -> Program {
    Program::new("p", "s")
}

fn options() -> Options {
    Options::default()
}

#[tokio::test]
async fn what_is_protected_is_neither_deleted_nor_replaced() {
    let world = applied(&with(&THINGS, json!({ "fixed": "1" }), options().protect())).await;
    let told = "error: thing a is protected and would be replaced (fixed cannot be changed in place)";
    let program = with(&THINGS, json!({ "fixed": "2" }), options().protect());
    let expect = "replace a fixed! (fixed cannot be changed in place)";
    let plan = check(&world, &program, &[expect], &[told]).await;
    assert!(plan.has_errors());
    let told = "error: thing a is protected and would be deleted";
    let plan = check(&world, &none(), &["delete a (it is declared no more)"], &[told]).await;
    assert!(plan.has_errors());
    // Changing it is allowed, and so is taking the protection away.
    check(
        &world,
        &with(&THINGS, json!({ "fixed": "1", "label": "1" }), options().protect()),
        &["update a label"],
        &[],
    )
    .await;
    assert!(run(&world, &with(&THINGS, json!({ "fixed": "1" }), options())).await.is_success());
    check(&world, &none(), &["delete a (it is declared no more)"], &[]).await;
}

#[tokio::test]
async fn protection_counts_against_a_replacement_one_asks_for() {
    let program = with(&THINGS, json!({}), options().protect());
    let world = applied(&program).await;
    let selection = Selection { replace: names(&["a"]), ..Selection::default() };
    let told = "error: thing a is protected and would be replaced";
    check_selected(&world, &program, &selection, &["replace a (you asked for it)"], &[told]).await;
}

#[tokio::test]
async fn ignored_fields_stay_as_they_are() {
    let ignoring = || options().ignore_changes(["label", "part.mode", "labels.x"]);
    let first = json!({ "label": "1", "part": { "mode": "a", "size": 1 }, "labels": { "x": "1", "y": "1" } });
    let world = applied(&with(&THINGS, first, ignoring())).await;
    assert_eq!(world.things.lock().unwrap()["things/a"]["label"], "1", "at creation they are set");
    let theirs =
        json!({ "label": "9", "part": { "mode": "z", "size": 1 }, "labels": { "x": "9", "y": "1" } });
    world.things.lock().unwrap().insert("things/a".to_owned(), theirs);
    let next = json!({ "label": "2", "part": { "mode": "b", "size": 2 }, "labels": { "x": "2", "y": "2" } });
    let program = with(&THINGS, next, ignoring());
    check(&world, &program, &["update a labels.y part.size"], &[]).await;
    assert!(run(&world, &program).await.is_success());
    let now = world.things.lock().unwrap()["things/a"].clone();
    let expect =
        json!({ "label": "9", "part": { "mode": "z", "size": 2 }, "labels": { "x": "9", "y": "2" } });
    assert_eq!(now, expect, "what is ignored is not sent");
    check(&world, &program, &["same a"], &[]).await;
}

#[tokio::test]
async fn fields_may_be_said_to_replace() {
    let program = |label: &str, mode: &str| {
        let inputs = json!({ "label": label, "part": { "mode": mode } });
        with(&THINGS, inputs, options().replace_on_changes(["label", "part"]))
    };
    let world = applied(&program("1", "a")).await;
    check(&world, &program("2", "a"), &["replace a label! (label cannot be changed in place)"], &[]).await;
    check(&world, &program("1", "b"), &["replace a part.mode! (part.mode cannot be changed in place)"], &[])
        .await;
}

#[tokio::test]
async fn of_two_that_may_stand_side_by_side_the_old_one_may_go_first() {
    for (options, expect) in [
        (options(), ["POST made", "DELETE made/0"]),
        (options().delete_before_replace(), ["DELETE made/0", "POST made"]),
    ] {
        let program = |fixed: &str| with(&MADES, json!({ "label": "m", "fixed": fixed }), options.clone());
        let world = applied(&program("1")).await;
        world.calls.lock().unwrap().clear();
        assert!(run(&world, &program("2")).await.is_success());
        assert_eq!(world.changes(), expect);
    }
}

#[tokio::test]
async fn what_is_retained_is_forgotten_and_stays() {
    let world = applied(&with(&THINGS, json!({}), options().retain_on_delete())).await;
    check(&world, &none(), &["delete a (the thing stays, and is ours no more)"], &[]).await;
    world.calls.lock().unwrap().clear();
    assert!(run(&world, &none()).await.is_success());
    assert_eq!(world.changes(), [""; 0]);
    assert!(world.things.lock().unwrap().contains_key("things/a"));
    assert!(ledger(&world).await.entries().is_empty());
}

#[tokio::test]
async fn what_is_retained_stays_when_another_takes_its_place() {
    let program =
        |fixed: &str| with(&MADES, json!({ "label": "m", "fixed": fixed }), options().retain_on_delete());
    let world = applied(&program("1")).await;
    assert!(run(&world, &program("2")).await.is_success());
    assert_eq!(world.things.lock().unwrap().len(), 2, "{:?}", world.things);
    assert_eq!(ledger(&world).await.entries().len(), 1);
    check(&world, &program("2"), &["same a"], &[]).await;
    let program = |name: &str| with(&THINGS, json!({ "name": name }), options().retain_on_delete());
    let world = applied(&program("x")).await;
    assert!(run(&world, &program("y")).await.is_success());
    assert_eq!(world.things.lock().unwrap().len(), 2, "{:?}", world.things);
}

#[tokio::test]
async fn what_is_retained_and_in_the_way_of_its_replacement_is_an_error() {
    let program = |fixed: &str| with(&THINGS, json!({ "fixed": fixed }), options().retain_on_delete());
    let world = applied(&program("1")).await;
    let told = "error: thing a is retained and would be replaced (fixed cannot be changed in place)";
    check(&world, &program("2"), &["replace a fixed! (fixed cannot be changed in place)"], &[told]).await;
}

#[tokio::test]
async fn what_is_never_deleted_is_forgotten_and_stays() {
    let world = applied(&with(&SERVICES, json!({}), options())).await;
    check(&world, &none(), &["delete a (the service stays, and is ours no more)"], &[]).await;
    assert!(run(&world, &none()).await.is_success());
    assert!(world.things.lock().unwrap().contains_key("things/a"));
}

#[tokio::test]
async fn what_holds_data_is_replaced_only_with_consent() {
    let program = |fixed: &str, options: Options| with(&STORES, json!({ "fixed": fixed }), options);
    let world = applied(&program("1", options())).await;
    let expect = "replace a fixed! (fixed cannot be changed in place)";
    let told =
        "error: store a would be replaced, and what is stored in it lost (fixed cannot be changed in place)";
    let plan = check(&world, &program("2", options()), &[expect], &[told]).await;
    let hint = "pass --replace a, or declare it with replace_data()";
    assert_eq!(plan.diagnostics[0].hint.as_deref(), Some(hint));
    check(&world, &program("2", options().replace_data()), &[expect], &[]).await;
    let selection = Selection { replace: names(&["a"]), ..Selection::default() };
    check_selected(
        &world,
        &program("2", options()),
        &selection,
        &["replace a fixed! (you asked for it)"],
        &[],
    )
    .await;
    assert!(run_with(&world, &program("2", options()), &selection).await.is_success());
    assert_eq!(world.things.lock().unwrap()["things/a"]["fixed"], "2");
}

#[tokio::test]
async fn a_former_name_is_the_same_resource() {
    let former = Builder::new().with(&MADES, "old", json!({ "label": "m" })).0;
    let world = applied(&former).await;
    let by_name = with(&MADES, json!({ "label": "m" }), options().alias("old"));
    let by_urn = with(&MADES, json!({ "label": "m" }), options().alias(urn(&MADES, "old").as_str()));
    for program in [&by_name, &by_urn] {
        check(&world, program, &["same a"], &[]).await;
    }
    world.calls.lock().unwrap().clear();
    assert!(run(&world, &by_name).await.is_success());
    assert_eq!(world.changes(), [""; 0]);
    let urns: Vec<_> = ledger(&world).await.entries().into_iter().map(|it| it.urn).collect();
    assert_eq!(urns, [urn(&MADES, "a")]);
    check(&world, &with(&MADES, json!({ "label": "m" }), options()), &["same a"], &[]).await;
}

#[tokio::test]
async fn without_it_another_name_is_another_resource() {
    let world = applied(&Builder::new().with(&MADES, "old", json!({ "label": "m" })).0).await;
    let program = with(&MADES, json!({ "label": "m" }), options());
    check(&world, &program, &["create a label", "delete old (it is declared no more)"], &[]).await;
}

#[tokio::test]
async fn a_new_name_for_the_same_id_moves_the_ledger_and_nothing_else() {
    let former = Builder::new()
        .with(&THINGS, "old", json!({ "name": "t", "label": "1" }))
        .with(&THINGS, "on", json!({ "of": "things/t" }))
        .0;
    let world = applied(&former).await;
    let program = Builder::new()
        .with(&THINGS, "new", json!({ "name": "t", "label": "1" }))
        .with(&THINGS, "on", json!({ "of": "things/t" }))
        .0;
    check(&world, &program, &["same new", "same on"], &[]).await;
    world.calls.lock().unwrap().clear();
    assert!(run(&world, &program).await.is_success());
    assert_eq!(world.changes(), [""; 0]);
    let entries = ledger(&world).await.entries();
    let urns: Vec<_> = entries.iter().map(|it| it.urn.clone()).collect();
    assert_eq!(urns, [urn(&THINGS, "new"), urn(&THINGS, "on")]);
    assert_eq!(entries[1].dependencies, [urn(&THINGS, "new")]);
}

#[tokio::test]
async fn a_new_name_and_a_change_at_once() {
    let world = applied(&Builder::new().with(&THINGS, "old", json!({ "name": "t", "label": "1" })).0).await;
    let program = Builder::new().with(&THINGS, "new", json!({ "name": "t", "label": "2" })).0;
    check(&world, &program, &["update new label"], &[]).await;
    assert!(run(&world, &program).await.is_success());
    check(&world, &program, &["same new"], &[]).await;
    assert_eq!(ledger(&world).await.entries().len(), 1);
}

#[tokio::test]
async fn depends_on_puts_one_after_the_other() {
    let mut program = Builder::new();
    let after = Options { depends_on: vec![urn(&THINGS, "z")], ..options() };
    program.add(&THINGS, "a", json!({}), after);
    program.add(&THINGS, "z", json!({}), options());
    let world = applied(&program.0).await;
    assert_eq!(world.changes(), ["PUT things/z", "PUT things/a"]);
    let plan = check(&world, &program.0, &["same z", "same a"], &[]).await;
    assert!(plan.steps.iter().all(|it| it.op == Op::Same));
}

#[tokio::test]
async fn what_steers_us_is_no_difference() {
    let world = applied(&with(&THINGS, json!({ "force": true }), options())).await;
    check(&world, &with(&THINGS, json!({ "force": true }), options()), &["same a"], &[]).await;
    check(&world, &with(&THINGS, json!({}), options()), &["same a"], &[]).await;
}

#[tokio::test]
async fn a_path_that_names_nothing_is_an_error_with_the_nearest() {
    let wrong = |options: Options| {
        let plan = engine::invalid(&with(&THINGS, json!({}), options)).unwrap();
        let it = &plan.diagnostics[0];
        (it.message.clone(), it.hint.clone().unwrap_or_default())
    };
    let (message, hint) = wrong(options().ignore_changes(["lable"]));
    assert_eq!(message, "thing a: ignore_changes \"lable\" names no field: Thing has no \"lable\"");
    assert_eq!(hint, "did you mean label?");
    let (message, hint) = wrong(options().replace_on_changes(["part.moed"]));
    assert_eq!(message, "thing a: replace_on_changes \"part.moed\" names no field: part has no \"moed\"");
    assert_eq!(hint, "did you mean part.mode?");
    let (message, hint) = wrong(options().ignore_changes(["part..mode"]));
    assert_eq!(message, "thing a: the path \"part..mode\" has an empty name at character 6");
    assert!(hint.contains("labels[\"a.b\"]"), "{hint}");
    assert!(
        engine::invalid(&with(&THINGS, json!({}), options().ignore_changes(["labels.any", "**.mode"])))
            .is_none()
    );
}

#[tokio::test]
async fn the_path_that_a_plan_prints_is_the_one_to_ignore() {
    let inputs = |label: &str| json!({ "labels": { "a.b": label, "plain": "1" }, "part": { "mode": "m" } });
    let world = applied(&with(&THINGS, inputs("1"), options())).await;
    let plan =
        check(&world, &with(&THINGS, inputs("2"), options()), &["update a labels[\"a.b\"]"], &[]).await;
    let printed = plan.steps[0].changes[0].path.to_string();
    let ignoring = options().ignore_changes([printed.as_str()]);
    check(&world, &with(&THINGS, inputs("2"), ignoring), &["same a"], &[]).await;
    let replacing = options().replace_on_changes([printed.as_str()]);
    let expect = "replace a labels[\"a.b\"]! (labels[\"a.b\"] cannot be changed in place)";
    check(&world, &with(&THINGS, inputs("2"), replacing), &[expect], &[]).await;
}
