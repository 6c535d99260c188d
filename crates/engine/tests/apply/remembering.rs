//! What the ledger is told.

use engine::{Expr, Options, Selection, secret};
use serde_json::json;

use crate::fake::{Builder, THINGS, ledger, plan_of, run, steps};
use crate::{applied, attribute, urn};

#[tokio::test]
async fn each_resource_with_what_was_declared_what_is_live_and_what_it_needs() {
    let program = Builder::new()
        .with(&THINGS, "a", json!({ "label": "1" }))
        .with_options(
            &THINGS,
            "b",
            json!({ "label": attribute(&THINGS, "a", "serial") }),
            Options::default().protect().retain_on_delete(),
        )
        .0;
    let entries = ledger(&applied(&program).await).await.entries();
    let (a, b) = (&entries[0], &entries[1]);
    assert_eq!((a.urn.clone(), a.id.as_deref()), (urn(&THINGS, "a"), Some("things/a")));
    assert_eq!(a.inputs, json!({ "name": "a", "label": "1" }));
    assert_eq!(a.state, json!({ "label": "1", "serial": 0 }));
    assert!(a.created.is_some() && a.modified.is_some() && !a.protect && !a.retain);
    assert_eq!(b.inputs, json!({ "name": "b", "label": 0 }));
    assert_eq!(b.dependencies, [urn(&THINGS, "a")]);
    assert!(b.protect && b.retain);
}

#[tokio::test]
async fn when_it_was_made_stays_when_it_changes() {
    let program = |label: &str| Builder::new().with(&THINGS, "a", json!({ "label": label })).0;
    let world = applied(&program("1")).await;
    let before = ledger(&world).await.entries().remove(0);
    assert!(run(&world, &program("2")).await.is_success());
    let after = ledger(&world).await.entries().remove(0);
    assert_eq!(after.created, before.created);
    assert_eq!(after.inputs["label"], "2");
}

#[tokio::test]
async fn other_options_are_noted_without_a_call() {
    let program = |options: Options| Builder::new().with_options(&THINGS, "a", json!({}), options).0;
    let world = applied(&program(Options::default())).await;
    assert!(run(&world, &program(Options::default().protect())).await.is_success());
    assert!(world.changes().is_empty());
    assert!(ledger(&world).await.entries()[0].protect);
}

#[tokio::test]
async fn no_secret_is_written_in_clear() {
    let hidden = Expr::Secret(Box::new(Expr::Known { value: json!("hush-hush"), of: Vec::new() }));
    let mut program = Builder::new()
        .with(
            &THINGS,
            "a",
            json!({ "label": engine::expression(&hidden), "labels": { "x": engine::expression(&hidden) } }),
        )
        .with(&THINGS, "b", json!({ "label": attribute(&THINGS, "a", "label"), "password": "hush-hush" }))
        .0;
    program.outputs.insert("label".to_owned(), attribute(&THINGS, "a", "label"));
    for node in &mut program.nodes {
        // As a kind's crate does when a field is declared that its rules call secret.
        if let Some(it) = node.inputs.get_mut("password") {
            *it = secret(it.take());
        }
    }
    let world = applied(&program).await;
    for (path, (content, _)) in world.files.lock().unwrap().iter() {
        let text = String::from_utf8_lossy(content);
        assert!(!text.contains("hush-hush"), "{path}: {text}");
    }
    assert_eq!(world.things.lock().unwrap()["things/b"]["label"], "hush-hush", "and yet it is sent");
    assert_eq!(steps(&plan_of(&world, &program, &Selection::default()).await), [""; 0]);
}

#[tokio::test]
async fn what_is_found_to_be_as_declared_after_all_is_remembered_once() {
    // What b is to be is known only once m is changed, and then it is what it was.
    let program = |fixed: &str, b: &str| {
        Builder::new()
            .with(&THINGS, "a", json!({ "fixed": fixed, "label": "same" }))
            .with(&THINGS, b, json!({ "name": "t", "label": attribute(&THINGS, "a", "serial") }))
            .0
    };
    let world = applied(&program("1", "b")).await;
    *world.next.lock().unwrap() = 0;
    assert_eq!(world.things.lock().unwrap()["things/t"]["label"], 0);
    let plan = plan_of(&world, &program("2", "c"), &Selection::default()).await;
    assert_eq!(steps(&plan), ["Replace a", "Update c"]);
    assert!(run(&world, &program("2", "c")).await.is_success());
    assert_eq!(world.changes(), ["DELETE things/a", "PUT things/a"]);
    let entries = ledger(&world).await.entries();
    assert_eq!(entries.iter().map(|it| it.urn.name()).collect::<Vec<_>>(), ["a", "c"]);
    assert_eq!(steps(&plan_of(&world, &program("2", "c"), &Selection::default()).await), [""; 0]);
    assert!(world.things.lock().unwrap().contains_key("things/t"));
}
