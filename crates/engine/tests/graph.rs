//! What comes before what.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

mod fake;

use engine::{Expr, Graph, GraphError, Options, Urn, secret};
use fake::{ACTORS, Builder, GRANTS, Kind, MADES, SERVICES, THINGS};
use serde_json::{Value, json};

fn urn(kind: &Kind, name: &str) -> Urn {
    Urn::new("s", "p", &[], kind.0.token, name)
}

fn attribute(of: &str) -> Expr {
    Expr::Attribute { of: urn(&THINGS, of), path: "uri".to_owned() }
}

fn expr(it: &Expr) -> Value {
    engine::expression(it)
}

fn after(of: &[&str]) -> Options {
    Options { depends_on: of.iter().map(|it| urn(&THINGS, it)).collect(), ..Options::default() }
}

/// Checks in which order the resources come.
#[track_caller]
fn check(program: Builder, expect: &[&str]) {
    let graph = Graph::new(&program.0).unwrap();
    let names: Vec<&str> = graph.order.iter().map(|it| program.0.nodes[*it].name.as_str()).collect();
    assert_eq!(names, expect);
}

/// Checks why they cannot be put in order.
#[track_caller]
fn check_error(program: Builder, expect: &str) {
    let error = Graph::new(&program.0).unwrap_err();
    assert_eq!(error.to_string(), expect);
    assert!(!error.hint().is_empty());
}

#[test]
fn without_references_they_come_as_declared() {
    check(Builder::new().with(&THINGS, "b", json!({})).with(&THINGS, "a", json!({})), &["b", "a"]);
}

#[test]
fn what_is_referred_to_comes_first() {
    let program = Builder::new()
        .with(&THINGS, "c", json!({ "label": expr(&attribute("b")) }))
        .with(&THINGS, "b", json!({ "part": { "mode": expr(&attribute("a")) } }))
        .with(&THINGS, "a", json!({}));
    check(program, &["a", "b", "c"]);
}

#[test]
fn a_reference_counts_wherever_it_stands() {
    let known = Expr::Known { value: json!("x"), of: vec![urn(&THINGS, "a")] };
    let places = [
        expr(&Expr::Concat(vec![Expr::Fact("number".to_owned()), attribute("a")])),
        expr(&Expr::Secret(Box::new(attribute("a")))),
        expr(&Expr::Secret(Box::new(Expr::Concat(vec![Expr::Secret(Box::new(attribute("a")))])))),
        expr(&known),
        json!([["x", { "y": expr(&known) }]]),
    ];
    for place in places {
        let program =
            Builder::new().with(&THINGS, "b", json!({ "label": place })).with(&THINGS, "a", json!({}));
        check(program, &["a", "b"]);
    }
}

#[test]
fn depends_on_comes_first() {
    let program =
        Builder::new().with_options(&THINGS, "b", json!({}), after(&["a"])).with(&THINGS, "a", json!({}));
    check(program, &["a", "b"]);
}

#[test]
fn an_id_written_as_text_is_a_reference() {
    let program = |text: &str| {
        Builder::new().with(&THINGS, "b", json!({ "label": text })).with(&THINGS, "a", json!({}))
    };
    check(program("things/a"), &["a", "b"]);
    check(program("things/ab"), &["b", "a"]);
    check(program("see things/a"), &["b", "a"]);
    // Its own is none.
    check(program("things/b"), &["b", "a"]);
}

#[test]
fn a_name_that_stands_twice_is_refused() {
    let twice = || Builder::new().with(&THINGS, "a", json!({})).with(&THINGS, "a", json!({ "name": "b" }));
    check_error(twice(), "two resources are called thing a");
    // Another kind may have it.
    check(Builder::new().with(&THINGS, "a", json!({})).with(&MADES, "a", json!({})), &["a", "a"]);
}

#[test]
fn an_id_that_stands_twice_is_refused() {
    let program = Builder::new().with(&THINGS, "a", json!({})).with(&THINGS, "b", json!({ "name": "a" }));
    check_error(program, "thing a and thing b are the same thing, things/a");
}

#[test]
fn a_reference_to_nothing_is_refused() {
    let program = Builder::new().with(&THINGS, "b", json!({ "label": expr(&attribute("a")) }));
    check_error(program, "thing b refers to urn:pulumi:s::p::fake:Thing::a, which is not declared");
}

#[test]
fn a_cycle_is_told_link_by_link() {
    let program = Builder::new()
        .with(&THINGS, "x", json!({ "label": expr(&attribute("a")) }))
        .with(&THINGS, "a", json!({ "label": expr(&attribute("b")) }))
        .with_options(&THINGS, "b", json!({}), after(&["c"]))
        .with(&THINGS, "c", json!({ "label": "things/a" }));
    check_error(program, "these need each other: thing a -> thing b -> thing c -> thing a");
}

#[test]
fn what_needs_itself_is_a_cycle() {
    let program = Builder::new().with(&THINGS, "a", json!({ "label": expr(&attribute("a")) }));
    check_error(program, "these need each other: thing a -> thing a");
}

#[test]
fn what_is_needed_by_many_is_no_cycle() {
    let both = json!({ "label": expr(&attribute("b")), "of": expr(&attribute("c")) });
    let program = Builder::new()
        .with(&THINGS, "d", both)
        .with(&THINGS, "b", json!({ "label": expr(&attribute("a")) }))
        .with(&THINGS, "c", json!({ "label": expr(&attribute("a")) }))
        .with(&THINGS, "a", json!({}));
    check(program, &["a", "b", "c", "d"]);
}

#[test]
fn grants_on_what_it_names_come_before_what_acts() {
    let program = Builder::new()
        .with(&ACTORS, "export", json!({ "name": "export", "label": "things/bucket" }))
        .with(&GRANTS, "elsewhere", json!({ "name": "elsewhere", "label": "things/other" }))
        .with(&GRANTS, "grant", json!({ "name": "grant", "label": "things/bucket" }))
        .with(&THINGS, "bucket", json!({}))
        .with(&THINGS, "other", json!({}));
    check(program, &["bucket", "grant", "export", "other", "elsewhere"]);
}

#[test]
fn a_grant_to_what_acts_comes_after_it() {
    let program = Builder::new()
        .with(&GRANTS, "grant", json!({ "name": "g", "label": "things/bucket", "of": "things/export" }))
        .with(&ACTORS, "export", json!({ "name": "export", "label": "things/bucket" }))
        .with(&THINGS, "bucket", json!({}));
    check(program, &["bucket", "export", "grant"]);
}

#[test]
fn what_everything_needs_says_nothing_of_grants() {
    let program = Builder::new()
        .with(&ACTORS, "export", json!({ "name": "export", "label": "things/api" }))
        .with(&GRANTS, "grant", json!({ "name": "grant", "label": "things/api" }))
        .with(&SERVICES, "api", json!({ "name": "api" }));
    check(program, &["api", "export", "grant"]);
}

#[test]
fn a_chain_of_ten_thousand_does_not_overflow() {
    let mut program = Builder::new();
    for i in 0..10_000 {
        let needs = if i < 9_999 { json!(format!("things/{}", i + 1)) } else { json!("") };
        program.add(&THINGS, &i.to_string(), json!({ "label": needs }), Options::default());
    }
    let graph = Graph::new(&program.0).unwrap();
    assert_eq!(graph.order, (0..10_000).rev().collect::<Vec<_>>());
    assert_eq!(graph.with_needs([0]).len(), 10_000);
}

#[test]
fn a_cycle_of_ten_thousand_is_found() {
    let mut program = Builder::new();
    for i in 0..10_000 {
        let needs = json!(format!("things/{}", (i + 1) % 10_000));
        program.add(&THINGS, &i.to_string(), json!({ "label": needs }), Options::default());
    }
    let Err(GraphError::Cycle(names)) = Graph::new(&program.0) else { panic!("no cycle") };
    assert_eq!(names.len(), 10_001);
}

#[test]
fn a_literal_secret_is_no_reference() {
    let program = Builder::new().with(&THINGS, "b", json!({ "label": secret(json!("things/a")) })).with(
        &THINGS,
        "a",
        json!({}),
    );
    check(program, &["b", "a"]);
}
