//! How a plan reads: what is not known yet, what is secret, its JSON.

use engine::{
    Expr, Input, Invalid, Options, Output, Program, Selection, Severity, invalid, is_unknown, secret,
};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::fake::{Builder, MADES, THINGS, run};
use crate::{applied, check, diagnostics, try_plan, urn, world};

fn serial_of(name: &str) -> Value {
    engine::expression(&Expr::Attribute { of: urn(&THINGS, name), path: "serial".to_owned() })
}

#[tokio::test]
async fn what_is_known_only_after_apply_flows_on() {
    let program = |fixed: &str, label: &str| {
        Builder::new()
            .with(&THINGS, "a", json!({ "fixed": fixed, "label": label }))
            .with(&THINGS, "b", json!({ "label": serial_of("a") }))
            .with(&THINGS, "c", json!({ "label": serial_of("b") }))
            .0
    };
    let plan = try_plan(&world(), &program("1", "1"), &Selection::default()).await.unwrap();
    let after = |step: usize, field: &str| {
        plan.steps[step].changes.iter().find(|it| it.path.to_string() == field).unwrap().after.clone()
    };
    assert!(is_unknown(&after(1, "label")) && is_unknown(&after(2, "label")));
    let world = applied(&program("1", "1")).await;
    check(&world, &program("1", "1"), &["same a", "same b", "same c"], &[]).await;
    // A change in place keeps what it has; a new one will have another.
    check(&world, &program("1", "2"), &["update a label", "same b", "same c"], &[]).await;
    let expect = ["replace a fixed! (fixed cannot be changed in place)", "update b label", "same c"];
    check(&world, &program("2", "1"), &expect, &[]).await;
    assert!(run(&world, &program("2", "1")).await.is_success());
    check(&world, &program("2", "1"), &["same a", "same b", "same c"], &[]).await;
}

#[tokio::test]
async fn what_the_provider_tells_is_known() {
    let number = engine::expression(&Expr::Concat(vec![
        Expr::Known { value: json!("projects/"), of: Vec::new() },
        Expr::Fact("number".to_owned()),
    ]));
    let program = Builder::new().with(&THINGS, "a", json!({ "label": number })).0;
    let plan = try_plan(&world(), &program, &Selection::default()).await.unwrap();
    assert_eq!(plan.steps[0].desired()["label"], "projects/42");
}

#[tokio::test]
async fn a_declared_value_of_another_is_known_before_it_exists() {
    let label = engine::expression(&Expr::Attribute { of: urn(&THINGS, "a"), path: "label".to_owned() });
    let program = |value: &str| {
        Builder::new()
            .with(&THINGS, "a", json!({ "label": value }))
            .with(&THINGS, "b", json!({ "label": label.clone() }))
            .0
    };
    let plan = try_plan(&world(), &program("1"), &Selection::default()).await.unwrap();
    assert_eq!(plan.steps[1].desired()["label"], "1");
    let world = applied(&program("1")).await;
    let plan = check(&world, &program("2"), &["update a label", "update b label"], &[]).await;
    assert_eq!(plan.steps[1].changes[0].after, "2");
    assert!(run(&world, &program("2")).await.is_success());
    check(&world, &program("2"), &["same a", "same b"], &[]).await;
}

#[tokio::test]
async fn a_value_of_another_is_as_the_server_writes_it() {
    let mode = engine::expression(&Expr::Attribute { of: urn(&THINGS, "a"), path: "part.mode".to_owned() });
    let first = || Builder::new().with(&THINGS, "a", json!({ "part": { "mode": "fast" } }));
    let world = applied(&first().0).await;
    world.things.lock().unwrap().get_mut("things/a").unwrap()["part"]["mode"] = json!("FAST");
    let program = first().with(&THINGS, "b", json!({ "label": mode })).0;
    check(&world, &program, &["same a", "create b label name"], &[]).await;
    assert!(run(&world, &program).await.is_success());
    check(&world, &program, &["same a", "same b"], &[]).await;
}

#[tokio::test]
async fn outputs_are_told_as_far_as_known() {
    let mut program = Builder::new().with(&THINGS, "a", json!({ "label": "1" })).0;
    program.output("serial", &Input::<i64>::from(Output::<i64>::attribute(&urn(&THINGS, "a"), "serial")));
    program.output("number", &Input::<i64>::from(Output::<i64>::fact("number")));
    let plan = try_plan(&world(), &program, &Selection::default()).await.unwrap();
    assert!(is_unknown(&plan.outputs["serial"]));
    assert_eq!(plan.outputs["number"], "42");
    let world = applied(&program).await;
    let plan = try_plan(&world, &program, &Selection::default()).await.unwrap();
    assert_eq!(plan.outputs["serial"], 0);
}

#[test]
fn what_is_wrong_with_a_declaration_is_an_error() {
    let mut program = Program::new("p", "s");
    let wrong = vec![Invalid::new("label", "is too long").hint("at most 3"), Invalid::new("", "has no name")];
    program.add(&[], "a", &THINGS, &json!({ "name": "a" }), Options::default(), wrong);
    let plan = invalid(&program).unwrap();
    assert_eq!(diagnostics(&plan), ["error: thing a: label is too long", "error: thing a: has no name"]);
    assert_eq!(plan.diagnostics[0].hint.as_deref(), Some("at most 3"));
    assert_eq!(plan.diagnostics[0].severity, Severity::Error);
    assert!(plan.has_errors() && plan.steps.is_empty());
    assert!(invalid(&Builder::new().with(&THINGS, "a", json!({})).0).is_none());
}

#[tokio::test]
async fn a_plan_says_no_secret() {
    let program = |word: &str| {
        let inputs = json!({
            "password": word,
            "label": secret(json!(word)),
            "labels": { "x": secret(json!(word)), "y": "open" },
            "part": { "mode": secret(json!(word)) },
        });
        Builder::new().with(&THINGS, "a", inputs).0
    };
    let check = async |world, program: &Program| {
        let plan = try_plan(world, program, &Selection::default()).await.unwrap();
        assert!(plan.summary.changes() == 1);
        let text = plan.to_json().to_string();
        assert!(!text.contains("hush") && text.contains("(secret)"), "{text}");
    };
    let fresh = world();
    check(&fresh, &program("hush-1")).await;
    let world = applied(&program("hush-1")).await;
    check(&world, &program("hush-2")).await;
    check(&world, &Builder::new().with(&THINGS, "a", json!({})).0).await;
    world.things.lock().unwrap().get_mut("things/a").unwrap()["label"] = json!("hush-3");
    check(&world, &program("hush-1")).await;
}

#[tokio::test]
async fn a_plan_as_data() {
    let first = Builder::new()
        .with(&THINGS, "changed", json!({ "label": "1", "password": "hush" }))
        .with(&THINGS, "gone", json!({}))
        .with(&MADES, "made", json!({ "label": "m", "fixed": "1" }));
    let world = applied(&first.0).await;
    let second = Builder::new()
        .with(&THINGS, "changed", json!({ "label": "2", "password": "hush hush" }))
        .with(&MADES, "made", json!({ "label": "m", "fixed": "2" }))
        .with(&THINGS, "new", json!({ "label": engine::expression(&Expr::Attribute { of: urn(&MADES, "made"), path: "id".to_owned() }) }));
    let plan = try_plan(&world, &second.0, &Selection::default()).await.unwrap();
    assert_snapshot!(serde_json::to_string_pretty(&plan.to_json()).unwrap(), @r#"
    {
      "diagnostics": [],
      "project": "p",
      "stack": "s",
      "steps": [
        {
          "changes": [
            {
              "after": "2",
              "before": "1",
              "path": "label",
              "replaces": false
            },
            {
              "after": "(secret)",
              "before": "(secret)",
              "path": "password",
              "replaces": false
            }
          ],
          "id": "things/changed",
          "kind": "fake:Thing",
          "name": "changed",
          "op": "update",
          "reason": null,
          "urn": "urn:pulumi:s::p::fake:Thing::changed"
        },
        {
          "changes": [
            {
              "after": "2",
              "before": "1",
              "path": "fixed",
              "replaces": true
            }
          ],
          "id": "made/2",
          "kind": "fake:Made",
          "name": "made",
          "op": "replace",
          "reason": "fixed cannot be changed in place",
          "urn": "urn:pulumi:s::p::fake:Made::made"
        },
        {
          "changes": [
            {
              "after": {
                "$unknown": true
              },
              "before": null,
              "path": "label",
              "replaces": false
            },
            {
              "after": "new",
              "before": null,
              "path": "name",
              "replaces": false
            }
          ],
          "id": "things/new",
          "kind": "fake:Thing",
          "name": "new",
          "op": "create",
          "reason": null,
          "urn": "urn:pulumi:s::p::fake:Thing::new"
        },
        {
          "changes": [],
          "id": "things/gone",
          "kind": "fake:Thing",
          "name": "gone",
          "op": "delete",
          "reason": "it is declared no more",
          "urn": "urn:pulumi:s::p::fake:Thing::gone"
        }
      ],
      "summary": {
        "adopt": 0,
        "conflict": 0,
        "create": 1,
        "delete": 1,
        "replace": 1,
        "same": 0,
        "update": 1
      },
      "version": 1
    }
    "#);
}
