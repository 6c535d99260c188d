//! Two spellings of one value are one value.

use engine::Rule;
use serde_json::{Value, json};

use crate::thing::check as check_diff;

#[track_caller]
fn check(rules: &[Rule], field: &str, ours: Value, theirs: Value, same: bool) {
    let shown = format!("{field}: {theirs} -> {ours}");
    let expect = if same { vec![] } else { vec![shown.as_str()] };
    check_diff(rules, json!({ field: ours }), json!(null), json!({ field: theirs }), &expect);
}

#[test]
fn whole_numbers_travel_as_text() {
    check(&[], "size", json!(604_800), json!("604800"), true);
    check(&[], "size", json!("5"), json!(5), true);
    check(&[], "size", json!(i64::MAX), json!(i64::MAX.to_string()), true);
    check(&[], "size", json!(5), json!("6"), false);
    check(&[], "size", json!(-1), json!("-1"), true);
    check(&[], "count", json!(5), json!(5), true);
    check(&[], "count", json!(5), json!(6), false);
}

#[test]
fn numbers_with_and_without_a_point() {
    check(&[], "rate", json!(1), json!(1.0), true);
    check(&[], "rate", json!(0.5), json!("0.5"), true);
    check(&[], "rate", json!(0.5), json!(0.25), false);
    check(&[], "any", json!(1), json!(1.0), true);
}

#[test]
fn spans_of_time() {
    check(&[], "span", json!("60s"), json!("60.000s"), true);
    check(&[], "span", json!("0.8s"), json!("0.800s"), true);
    check(&[], "span", json!("60s"), json!("61s"), false);
    check(&[], "span", json!("60s"), json!("60.5s"), false);
    // It is not the text that says how long it is.
    check(&[], "text", json!("60s"), json!("60.0s"), false);
}

#[test]
fn instants() {
    check(&[], "at", json!("2026-01-01T00:00:00Z"), json!("2026-01-01T00:00:00.000Z"), true);
    check(&[], "at", json!("2026-01-01T00:00:00Z"), json!("2026-01-01T01:00:00+01:00"), true);
    check(&[], "at", json!("2026-01-01T00:00:00Z"), json!("2026-01-01T00:00:01Z"), false);
}

#[test]
fn bytes_in_both_alphabets() {
    check(&[], "bytes", json!("-_8="), json!("+/8"), true);
    check(&[], "bytes", json!("aGk="), json!("aGo="), false);
}

#[test]
fn texts_and_enums_are_what_they_are() {
    check(&[], "text", json!("a"), json!("A"), false);
    check(&[], "choice", json!("FAST"), json!("FAST"), true);
    check(&[], "choice", json!("FAST"), json!("SLOW"), false);
    check(&[], "on", json!(true), json!(false), false);
}

#[test]
fn json_is_compared_as_it_stands() {
    check(&[], "any", json!({ "a": [1, { "b": null }] }), json!({ "a": [1, { "b": null }] }), true);
    check(&[], "any", json!({ "a": 1 }), json!({ "a": 1, "b": 2 }), false);
}

#[test]
fn case_where_it_means_nothing() {
    let rules = &[Rule::CaseInsensitive("text")];
    check(rules, "text", json!("europe-west1"), json!("EUROPE-WEST1"), true);
    check(rules, "text", json!("eu"), json!("us"), false);
    check(rules, "choice", json!("a"), json!("A"), false);
}

#[test]
fn aliases_either_way() {
    let rules = &[Rule::Alias("text", &[("INT64", "INTEGER"), ("BOOL", "BOOLEAN")])];
    check(rules, "text", json!("INT64"), json!("INTEGER"), true);
    check(rules, "text", json!("INTEGER"), json!("INT64"), true);
    check(rules, "text", json!("int64"), json!("INTEGER"), true);
    check(rules, "text", json!("INT64"), json!("BOOLEAN"), false);
}

#[test]
fn white_space_around_where_it_means_nothing() {
    let rules = &[Rule::Trimmed("text")];
    check(rules, "text", json!("SELECT 1\n"), json!("SELECT 1"), true);
    check(rules, "text", json!("SELECT  1"), json!("SELECT 1"), false);
}

#[test]
fn text_that_holds_json() {
    let rules = &[Rule::Json("text")];
    check(rules, "text", json!(r#"{"a":1,"b":2}"#), json!(r#"{ "b": 2, "a": 1 }"#), true);
    check(rules, "text", json!(r#"{"a":1}"#), json!(r#"{"a":2}"#), false);
    check(rules, "text", json!("{a"), json!("{b"), false);
}

#[test]
fn what_the_server_keeps_in_a_type_of_its_own() {
    let rules = &[Rule::Stringly("any[*]")];
    let check = |ours: Value, theirs: Value, same: bool| {
        let shown = format!("any: {theirs} -> {ours}");
        let expect = if same { vec![] } else { vec![shown.as_str()] };
        check_diff(rules, json!({ "any": ours }), json!(null), json!({ "any": theirs }), &expect);
    };
    check(json!({ "a": "1" }), json!({ "a": 1 }), false);
    let rules = &[Rule::Stringly("labels[*]")];
    check_diff(rules, json!({ "labels": { "a": "1" } }), json!(null), json!({ "labels": { "a": 1 } }), &[]);
    check_diff(
        rules,
        json!({ "labels": { "a": "true" } }),
        json!(null),
        json!({ "labels": { "a": true } }),
        &[],
    );
    check_diff(
        rules,
        json!({ "labels": { "a": "1" } }),
        json!(null),
        json!({ "labels": { "a": 2 } }),
        &[r#"labels.a: 2 -> "1""#],
    );
}

#[test]
fn names_of_resources_long_and_short() {
    let rules = &[Rule::Name("text")];
    check(rules, "text", json!("t"), json!("projects/p/topics/t"), true);
    check(rules, "text", json!("projects/p/topics/t"), json!("projects/123/topics/t"), true);
    check(
        rules,
        "text",
        json!("projects/p/topics/t"),
        json!("https://pubsub.googleapis.com/projects/p/topics/t"),
        true,
    );
    check(rules, "text", json!("projects/p/topics/t"), json!("projects/q/topics/t"), false);
    check(rules, "text", json!("t"), json!("projects/p/topics/at"), false);
}

#[test]
fn an_ending_that_the_server_adds() {
    let rules = &[Rule::Suffix("text", "/cryptoKeyVersions/")];
    check(rules, "text", json!("k/a"), json!("k/a/cryptoKeyVersions/3"), true);
    check(rules, "text", json!("k/a/cryptoKeyVersions/2"), json!("k/a/cryptoKeyVersions/3"), true);
    check(rules, "text", json!("k/a"), json!("k/b/cryptoKeyVersions/3"), false);
}

#[test]
fn a_rule_reaches_into_lists_and_maps() {
    let rules = &[Rule::CaseInsensitive("texts[*]"), Rule::Trimmed("**.mode"), Rule::Name("labels.topic")];
    check(rules, "texts", json!(["a", "B"]), json!(["A", "b"]), true);
    check(rules, "parts", json!([{ "mode": " x" }]), json!([{ "mode": "x" }]), true);
    check(rules, "labels", json!({ "topic": "t" }), json!({ "topic": "projects/p/topics/t" }), true);
}
