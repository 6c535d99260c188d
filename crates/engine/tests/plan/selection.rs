//! Which resources are planned for.

use engine::{Expr, PlanError, Program, Selection};
use serde_json::json;

use crate::fake::{Builder, THINGS, run_with};
use crate::{applied, check_selected, names, try_plan, urn, world};

fn three() -> Program {
    let a = Expr::Attribute { of: urn(&THINGS, "orders"), path: "serial".to_owned() };
    Builder::new()
        .with(&THINGS, "orders", json!({ "label": "1" }))
        .with(&THINGS, "bills", json!({ "label": engine::expression(&a) }))
        .with(&THINGS, "alone", json!({}))
        .0
}

fn target(of: &[&str]) -> Selection {
    Selection { target: names(of), ..Selection::default() }
}

#[tokio::test]
async fn a_target_comes_with_what_it_needs_and_nothing_else() {
    let world = world();
    check_selected(&world, &three(), &target(&["alone"]), &["create alone name"], &[]).await;
    let expect = ["create orders label name", "create bills label name"];
    check_selected(&world, &three(), &target(&["bills"]), &expect, &[]).await;
    check_selected(
        &world,
        &three(),
        &target(&[urn(&THINGS, "orders").as_str()]),
        &["create orders label name"],
        &[],
    )
    .await;
}

#[tokio::test]
async fn what_is_left_out_is_neither_created_nor_deleted() {
    let world = applied(&three()).await;
    let program = Builder::new().with(&THINGS, "new", json!({})).0;
    check_selected(&world, &program, &target(&["new"]), &["create new name"], &[]).await;
    check_selected(&world, &program, &target(&["alone"]), &["delete alone (it is declared no more)"], &[])
        .await;
    let selection = Selection { exclude: names(&["new", "orders"]), ..Selection::default() };
    let expect = ["delete alone (it is declared no more)", "delete bills (it is declared no more)"];
    check_selected(&world, &program, &selection, &expect, &[]).await;
}

#[tokio::test]
async fn what_is_excluded_keeps_what_it_needs() {
    let world = applied(&three()).await;
    let none = Program { destroys: true, ..Program::new("p", "s") };
    let selection = Selection { exclude: names(&["bills"]), ..Selection::default() };
    let told = "warning: thing orders stays, for bills needs it";
    check_selected(&world, &none, &selection, &["delete alone"], &[told]).await;
    assert!(run_with(&world, &none, &selection).await.is_success());
    assert_eq!(world.things.lock().unwrap().keys().collect::<Vec<_>>(), ["things/bills", "things/orders"]);
}

#[tokio::test]
async fn what_others_need_goes_only_with_them() {
    let world = applied(&three()).await;
    let none = Program { destroys: true, ..Program::new("p", "s") };
    let told = "error: thing orders would be deleted under what is not selected: bills";
    check_selected(&world, &none, &target(&["orders"]), &["delete orders"], &[told]).await;
    let with_dependents = Selection { target_dependents: true, ..target(&["orders"]) };
    check_selected(&world, &none, &with_dependents, &["delete bills", "delete orders"], &[]).await;
    check_selected(&world, &none, &target(&["orders", "bills"]), &["delete bills", "delete orders"], &[])
        .await;
    // Declared no more, while something that is not selected still names it.
    let without = Builder::new().with(&THINGS, "bills", json!({})).with(&THINGS, "alone", json!({})).0;
    let expect = ["delete orders (it is declared no more)"];
    check_selected(&world, &without, &target(&["orders"]), &expect, &[told]).await;
    let expect = ["same bills", "delete orders (it is declared no more)"];
    check_selected(&world, &without, &target(&["orders", "bills"]), &expect, &[]).await;
}

#[tokio::test]
async fn what_others_need_is_made_anew_only_with_them() {
    let two = |fixed: &str| {
        Builder::new()
            .with(&THINGS, "owner", json!({ "fixed": fixed }))
            .with(&THINGS, "owned", json!({ "of": "things/owner" }))
            .0
    };
    let world = applied(&two("1")).await;
    let expect = ["replace owner fixed! (fixed cannot be changed in place)"];
    let told = "error: thing owner would be made anew under what is not selected: owned";
    check_selected(&world, &two("2"), &target(&["owner"]), &expect, &[told]).await;
}

#[tokio::test]
async fn what_is_left_out_is_still_known() {
    let world = applied(&three()).await;
    let selection = Selection { exclude: names(&["orders"]), ..Selection::default() };
    check_selected(&world, &three(), &selection, &["same bills", "same alone"], &[]).await;
    assert!(run_with(&world, &three(), &selection).await.is_success());
}

#[tokio::test]
async fn what_one_asks_to_replace_is_replaced() {
    let world = applied(&three()).await;
    let selection = Selection { replace: names(&["alone"]), ..Selection::default() };
    let expect = ["same orders", "same bills", "replace alone (you asked for it)"];
    check_selected(&world, &three(), &selection, &expect, &[]).await;
}

#[tokio::test]
async fn a_name_of_nothing_is_an_error_that_suggests_the_nearest() {
    let of = |field: usize, name: &str| {
        let mut lists = [Vec::new(), Vec::new(), Vec::new()];
        lists[field] = names(&[name]);
        let [target, exclude, replace] = lists;
        Selection { target, exclude, replace, ..Selection::default() }
    };
    for field in 0..3 {
        let error = try_plan(&world(), &three(), &of(field, "order")).await.unwrap_err();
        assert!(matches!(error, PlanError::NoSuchResource { .. }));
        assert_eq!(error.to_string(), "no resource is called order");
        assert_eq!(error.hint().as_deref(), Some("did you mean orders?"));
    }
    let error = try_plan(&world(), &three(), &of(0, "something-else")).await.unwrap_err();
    assert_eq!(error.hint(), None);
}

#[tokio::test]
async fn what_is_declared_no_more_can_be_named() {
    let world = applied(&three()).await;
    let expect = ["delete alone (it is declared no more)"];
    check_selected(&world, &Program::new("p", "s"), &target(&["alone"]), &expect, &[]).await;
}
