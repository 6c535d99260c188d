//! Columns of a table: added and loosened in place, anything else makes the table anew.

use engine::Rule;
use serde_json::{Value, json};

use crate::thing::{check as check_diff, check_sent};

const RULES: &[Rule] = &[
    Rule::Columns("schema.**.fields"),
    Rule::Alias("schema.**.type", &[("INT64", "INTEGER"), ("STRUCT", "RECORD")]),
    Rule::Default("schema.**.mode", "\"NULLABLE\""),
    Rule::CaseInsensitive("schema.**.mode"),
];

fn schema(columns: &Value) -> Value {
    if columns.is_null() { json!(null) } else { json!({ "schema": { "fields": columns } }) }
}

#[track_caller]
fn check(ours: Value, last: Value, theirs: Value, expect: &[&str]) {
    check_diff(RULES, schema(&ours), schema(&last), schema(&theirs), expect);
}

fn column(name: &str, of: &str) -> Value {
    json!({ "name": name, "type": of })
}

fn required(name: &str, of: &str) -> Value {
    json!({ "name": name, "type": of, "mode": "REQUIRED" })
}

#[test]
fn a_column_that_may_be_null_is_added_in_place() {
    let (id, data) = (column("id", "STRING"), column("data", "JSON"));
    check(
        json!([id, data]),
        json!([id]),
        json!([id]),
        &[r#"schema.fields[data]: null -> {"name":"data","type":"JSON"}"#],
    );
}

#[test]
fn a_required_column_cannot_be_added() {
    for mode in ["REQUIRED", "required"] {
        let new = json!({ "mode": mode, "name": "n", "type": "JSON" });
        let expect = format!("schema.fields[n]: null -> {new} replaces");
        check(json!([column("id", "STRING"), new]), json!(null), json!([column("id", "STRING")]), &[&expect]);
    }
}

#[test]
fn a_required_column_is_loosened_in_place() {
    let at = "schema.fields[id].mode";
    let live = json!([required("id", "STRING")]);
    check(
        json!([column("id", "STRING")]),
        live.clone(),
        live.clone(),
        &[&format!("{at}: \"REQUIRED\" -> null")],
    );
    for mode in ["NULLABLE", "nullable"] {
        let ours = json!([{ "name": "id", "type": "STRING", "mode": mode }]);
        check(ours, live.clone(), live.clone(), &[&format!("{at}: \"REQUIRED\" -> \"{mode}\"")]);
    }
}

#[test]
fn tightening_or_repeating_a_column_replaces() {
    check(
        json!([required("id", "STRING")]),
        json!(null),
        json!([{ "name": "id", "type": "STRING", "mode": "NULLABLE" }]),
        &[r#"schema.fields[id].mode: "NULLABLE" -> "REQUIRED" replaces"#],
    );
    check(
        json!([{ "name": "id", "type": "STRING", "mode": "REPEATED" }]),
        json!(null),
        json!([column("id", "STRING")]),
        &[r#"schema.fields[id].mode: null -> "REPEATED" replaces"#],
    );
    let repeated = json!([{ "name": "id", "type": "STRING", "mode": "REPEATED" }]);
    check(
        json!([column("id", "STRING")]),
        repeated.clone(),
        repeated,
        &[r#"schema.fields[id].mode: "REPEATED" -> null replaces"#],
    );
}

#[test]
fn another_type_replaces_and_another_word_for_it_does_not() {
    check(json!([column("n", "INT64")]), json!(null), json!([column("n", "INTEGER")]), &[]);
    check(
        json!([column("n", "INT64")]),
        json!(null),
        json!([column("n", "STRING")]),
        &[r#"schema.fields[n].type: "STRING" -> "INT64" replaces"#],
    );
}

#[test]
fn what_a_column_is_described_by_changes_in_place() {
    let (old, new) = (json!([{ "name": "n", "type": "JSON", "description": "a" }]), "b");
    check(
        json!([{ "name": "n", "type": "JSON", "description": new }]),
        old.clone(),
        old,
        &[r#"schema.fields[n].description: "a" -> "b""#],
    );
}

#[test]
fn order_and_case_of_names_mean_nothing() {
    check(
        json!([column("B", "JSON"), column("a", "JSON")]),
        json!(null),
        json!([column("A", "JSON"), column("b", "JSON")]),
        &[],
    );
    check(json!([column("Ä", "JSON")]), json!(null), json!([column("ä", "JSON")]), &[]);
}

#[test]
fn a_column_of_ours_that_goes_replaces_and_one_of_others_stays() {
    let (id, old) = (column("id", "STRING"), column("old", "JSON"));
    check(json!([id]), json!(null), json!([id, old]), &[]);
    check(
        json!([id]),
        json!([id, old]),
        json!([id, old]),
        &[r#"schema.fields[old]: {"name":"old","type":"JSON"} -> null replaces"#],
    );
    check(json!([id]), json!([id, old]), json!([id]), &[]);
}

#[test]
fn columns_within_columns() {
    let record = |columns: Value| json!([{ "name": "r", "type": "STRUCT", "fields": columns }]);
    let (a, b) = (column("a", "STRING"), column("b", "STRING"));
    let live = record(json!([a]));
    check(
        record(json!([a, b])),
        live.clone(),
        live.clone(),
        &[r#"schema.fields[r].fields[b]: null -> {"name":"b","type":"STRING"}"#],
    );
    check(
        record(json!([a, required("b", "STRING")])),
        live.clone(),
        live.clone(),
        &[r#"schema.fields[r].fields[b]: null -> {"mode":"REQUIRED","name":"b","type":"STRING"} replaces"#],
    );
    check(
        record(json!([column("a", "JSON")])),
        live.clone(),
        live.clone(),
        &[r#"schema.fields[r].fields[a].type: "STRING" -> "JSON" replaces"#],
    );
    check(record(json!([a])), live.clone(), live, &[]);
}

#[test]
fn what_is_sent_keeps_the_order_that_is_live_and_columns_of_others() {
    let fields = |columns: Value| json!({ "fields": columns });
    let [a, b, c, theirs] = ["a", "b", "c", "theirs"].map(|it| column(it, "STRING"));
    check_sent(
        RULES,
        "schema",
        fields(json!([c, a, b])),
        fields(json!([a, b])),
        fields(json!([b, theirs, a])),
        fields(json!([b, theirs, a, c])),
    );
}

#[test]
fn what_is_sent_keeps_what_others_said_of_a_column() {
    let fields = |columns: Value| json!({ "fields": columns });
    check_sent(
        RULES,
        "schema",
        fields(
            json!([{ "name": "A", "type": "STRUCT", "fields": [column("x", "JSON"), column("y", "JSON")] }]),
        ),
        json!(null),
        fields(json!([
            { "name": "a", "type": "RECORD", "description": "theirs", "fields": [column("z", "JSON"), column("x", "JSON")] }
        ])),
        fields(json!([{
            "name": "A", "type": "STRUCT", "description": "theirs",
            "fields": [column("z", "JSON"), column("x", "JSON"), column("y", "JSON")]
        }])),
    );
}
