//! Events are published all the time, and the mode of ingestion is switched: each is in the table once.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod program;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use engine::{Call, Cloud, Method};
use gcp::{Client, Endpoint};
use program::Program;
use serde_json::{Value, json};

/// From each mode to each other.
const SWITCHES: [&str; 6] =
    ["bigquery-subscription", "dataflow", "transfer", "dataflow", "bigquery-subscription", "transfer"];

/// How many events are published between two switches at least: more than the few of an ordinary run when
/// `STACK_EVENTS` says so.
fn events() -> usize {
    std::env::var("STACK_EVENTS").ok().and_then(|it| it.parse().ok()).unwrap_or(300)
}

/// Publishes events until it is told to stop, and tells how many so far.
fn publisher(url: String, stop: Arc<AtomicBool>, sent: Arc<AtomicUsize>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = Client::new(Endpoint::Local(url)).unwrap();
        let mut next = 0;
        while !stop.load(Ordering::Relaxed) {
            // Some at a time, so that files are half full at a switch.
            let messages: Vec<Value> = (next..next + 7).map(|it| json!({ "data": encoded(it) })).collect();
            let mut call = Call::new(
                Method::Post,
                "pubsub.googleapis.com",
                "v1/projects/local-project/topics/data-ingestion-topic:publish",
            );
            call.body = Some(json!({ "messages": messages }));
            let answer = client.send(&call).await.unwrap();
            assert!(answer.is_success(), "{}", answer.body);
            next += 7;
            sent.store(next, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(4)).await;
        }
    });
}

/// An event in base64.
fn encoded(number: usize) -> String {
    let event = json!({
        "event_id": format!("e{number:06}"),
        "event_data": { "user_id": "u", "filler": "x".repeat(400) },
        "timestamp": "2026-01-02T03:04:05Z",
    });
    STANDARD.encode(event.to_string())
}

/// How often each event is in the table.
fn found(program: &Program) -> BTreeMap<String, usize> {
    let (mut all, mut token) = (BTreeMap::new(), String::new());
    loop {
        let path = format!(
            "bigquery/v2/projects/local-project/datasets/analytics_data/tables/events/data?maxResults=10000{token}"
        );
        let page = program.call(Method::Get, "bigquery.googleapis.com", &path, None);
        for row in page["rows"].as_array().into_iter().flatten() {
            *all.entry(row["f"][0]["v"].as_str().unwrap().to_owned()).or_insert(0) += 1;
        }
        match page["pageToken"].as_str() {
            Some(next) => token = format!("&pageToken={next}"),
            None => return all,
        }
    }
}

fn tick(program: &Program, by: &str) {
    program.ok(&["local", "tick", by]);
}

/// The subscription changes in place, and nothing that holds events goes.
fn plan_is_careful(program: &Program, config: &str) {
    let plan: Value = serde_json::from_str(&program.ok(&["plan", "--json", "--config", config])).unwrap();
    let mut updated = Vec::new();
    for step in plan["steps"].as_array().unwrap().iter().filter(|it| it["op"] != "same") {
        let kind = step["kind"].as_str().unwrap().rsplit(':').next().unwrap();
        match step["op"].as_str().unwrap() {
            "update" => updated.push(step["name"].as_str().unwrap()),
            "create" | "adopt" | "delete" | "forget" => assert!(
                ["ServiceAccount", "TemplateJob", "Service"].contains(&kind) || kind.ends_with("IamMember"),
                "{config}: {step}"
            ),
            _ => panic!("{config}: {step}"),
        }
    }
    assert_eq!(updated, ["export-to-storage"], "{config}");
}

/// A job is over before its subscription delivers otherwise, and begins after.
fn job_pulls_alone(progress: &str) {
    let line = |what: &str| progress.lines().position(|it| it.contains(what));
    let updated = line("updated subscription export-to-storage");
    assert!(updated.is_some(), "{progress}");
    let (over, begun) = (line("deleted job"), line("created job"));
    assert!(over < updated && begun.is_none_or(|it| Some(it) > updated), "{progress}");
}

#[test]
fn every_switch_loses_and_doubles_nothing() {
    let program = Program::new();
    program.ok(&["apply", "--yes"]);
    let (stop, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let publisher = std::thread::spawn({
        let (url, stop, sent) = (program.url.clone(), Arc::clone(&stop), Arc::clone(&sent));
        move || publisher(url, stop, sent)
    });
    for (at, mode) in SWITCHES.into_iter().enumerate() {
        let begun = Instant::now();
        while sent.load(Ordering::Relaxed) < (at + 1) * events() {
            assert!(!publisher.is_finished(), "the publisher has ended");
            assert!(begun.elapsed() < Duration::from_secs(300), "publishing is too slow");
            std::thread::sleep(Duration::from_millis(20));
        }
        // So that there are files, and none of them is loaded; what came since waits for the next.
        tick(&program, "61s");
        let config = format!("ingestion={mode}");
        plan_is_careful(&program, &config);
        let said = program.run(&["apply", "--yes", "--config", &config]);
        assert_eq!(said.code, 0, "{mode}: {}", said.err);
        job_pulls_alone(&said.err);
        assert_eq!(program.run(&["plan", "--detailed-exitcode", "--config", &config]).code, 0, "{mode}");
    }
    stop.store(true, Ordering::Relaxed);
    publisher.join().unwrap();
    let total = sent.load(Ordering::Relaxed);
    let begun = Instant::now();
    // The last file is written after a minute, and loaded within a quarter of an hour.
    tick(&program, "61s");
    while found(&program).len() < total {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "{} of {total} events are in the table",
            found(&program).len()
        );
        std::thread::sleep(Duration::from_millis(300));
        tick(&program, "15m");
    }
    // Nothing comes after.
    tick(&program, "16m");
    std::thread::sleep(Duration::from_secs(1));
    let all = found(&program);
    let twice: Vec<_> = all.iter().filter(|(_, count)| **count != 1).take(5).collect();
    assert!(twice.is_empty(), "came more than once: {twice:?} …");
    assert_eq!(all.len(), total);
}
