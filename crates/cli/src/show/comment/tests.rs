//! Comments as people see them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::json;

use super::*;

const LIMIT: usize = 65_536;

fn page<'a>(plan: &'a Value, limit: usize) -> Page<'a> {
    Page {
        mark: Some("<!-- stack ci: events/dev -->"),
        title: "events/dev",
        project: "my-project",
        commit: Some("0123456789abcdef"),
        digest: Some("sha256:00"),
        plan,
        refused: None,
        limit,
    }
}

fn step(op: &str, kind: &str, name: &str, changes: Value) -> Value {
    json!({ "op": op, "urn": format!("urn:pulumi:dev::events::{kind}::{name}"), "kind": kind, "name": name,
        "id": null, "changes": changes, "reason": null })
}

fn change(path: &str, before: Value, after: Value, replaces: bool) -> Value {
    json!({ "path": path, "before": before, "after": after, "replaces": replaces })
}

fn made_of(steps: Vec<Value>, same: usize) -> Value {
    json!({ "version": 1, "stack": "dev", "project": "events", "steps": steps,
        "summary": { "same": same }, "diagnostics": [] })
}

#[test]
fn nothing_changed() {
    insta::assert_snapshot!(plan(&page(&made_of(vec![], 50), LIMIT)));
}

#[test]
fn a_small_change_with_its_cost() {
    let kind = "gcp:storage/v1:Bucket";
    let age = change("lifecycle.rule[0].condition.age", json!(5), json!(30), false);
    let mut it = made_of(vec![step("update", kind, "exports", json!([age]))], 49);
    it["bills"] = json!({
        "total": { "before": "20.44", "after": "32.44" }, "byUsage": 7, "unpriced": ["topic orders: throughput"],
        "steps": { format!("urn:pulumi:dev::events::{kind}::exports"): { "before": "1", "after": "13" } },
    });
    insta::assert_snapshot!(plan(&page(&it, LIMIT)));
}

#[test]
fn a_replacement_stands_above_what_is_created() {
    let location = change("location", json!("US"), json!("EU"), true);
    let topic = json!([change("labels.team", Value::Null, json!("data"), false)]);
    let it = made_of(
        vec![
            step("create", "gcp:pubsub/v1:Topic", "orders", topic),
            step("replace", "gcp:storage/v1:Bucket", "exports", json!([location])),
        ],
        3,
    );
    insta::assert_snapshot!(plan(&page(&it, LIMIT)));
}

#[test]
fn errors_and_a_refused_cost() {
    let mut it = made_of(vec![], 0);
    it["diagnostics"] = json!([
        { "severity": "error", "urn": null, "message": "topic a|b: retention \"10d\" must end in \"s\"", "hint": "write 864000s" },
        { "severity": "warning", "urn": null, "message": "no role allows <b>pubsub.topics.create</b>", "hint": null },
    ]);
    let refused = Problem::new("it would cost 12.00 USD a month more");
    let page = Page { refused: Some(&refused), ..page(&it, LIMIT) };
    insta::assert_snapshot!(plan(&page));
}

#[test]
fn why_there_is_no_plan() {
    let problem = Problem::new("the stack has no project").hint("write it into Pulumi.dev.yaml");
    insta::assert_snapshot!(failure(None, "events/dev", &problem, LIMIT));
}

/// 500 resources with values as long as they may be.
fn many() -> Value {
    let fields: Vec<Value> = (0..10)
        .map(|it| change(&format!("labels.l{it}"), json!("ä".repeat(300)), json!("x"), false))
        .collect();
    let steps = (0..500).map(|it| {
        let op = if it % 100 == 0 { "replace" } else { "update" };
        step(op, "gcp:pubsub/v1:Topic", &format!("topic-{it:03}"), json!(fields))
    });
    made_of(steps.collect(), 0)
}

#[test]
fn a_long_plan_fits_and_says_what_is_left_out() {
    for limit in [8_000, 20_000, LIMIT] {
        let text = plan(&page(&many(), limit));
        assert!(text.len() <= limit, "{} > {limit}", text.len());
        let rows: Vec<&str> = text.lines().filter(|it| it.starts_with("| ")).collect();
        // A row that was cut would have fewer cells.
        assert!(rows.iter().all(|it| it.ends_with(" |") && it.matches(" | ").count() == 3), "{rows:?}");
        assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
        assert_eq!(text.matches("\n```").count() % 2, 0);
        let named = rows.iter().filter(|it| it.contains("<code>topic topic-")).count();
        let unnamed = 500 - named;
        if unnamed > 0 {
            assert!(text.contains(&format!("{unnamed} more resources are left out of the table")), "{text}");
        }
        assert!(text.contains("more resources are left out, for a comment has no room"), "{limit}");
        // A long table is folded, and its end is a table again.
        assert_eq!(text.matches("|---|---|---|--:|").count(), if named > 30 { 2 } else { 1 });
        // What can lose something is named whatever the limit.
        assert_eq!(rows.iter().filter(|it| it.starts_with("| **replace**")).count(), 5);
    }
}

#[test]
fn values_cannot_leave_their_place() {
    let evil = "```\n</details><script>alert(1)</script> @everyone |";
    let it = made_of(
        vec![step(
            "update",
            "gcp:pubsub/v1:Topic",
            evil,
            json!([change(evil, json!(evil), json!("x"), false)]),
        )],
        0,
    );
    let text = plan(&page(&it, LIMIT));
    let outside = text.split("\n````diff\n").next().unwrap();
    assert!(!outside.contains("<script>") && !outside.contains("@everyone"), "{outside}");
    let block = text.split("````diff\n").nth(1).unwrap().split("\n````\n").next().unwrap();
    assert!(block.lines().all(|it| it.starts_with(['!', '+', '-'])), "{block}");
}

#[test]
fn a_secret_is_not_shown_and_what_is_unknown_is_said() {
    let fields = json!([
        change("password", json!("(secret)"), json!("(secret)"), false),
        change("url", Value::Null, json!({ "$unknown": true }), false),
    ]);
    let text = plan(&page(&made_of(vec![step("update", "gcp:pubsub/v1:Topic", "a", fields)], 0), LIMIT));
    assert!(
        text.contains("-   password: (secret)\n+   password: (secret)\n+   url: (known after apply)"),
        "{text}"
    );
}
