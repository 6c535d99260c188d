//! Today's system costs the same, line by line, as Terraform plans it and as we declare it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod program;

use std::collections::BTreeMap;

use program::Program;
use serde_json::{Value, json};

/// All that Terraform declares today, in europe-west1, with the job that was to replace the files.
const PLAN: &str = include_str!("../../crates/gcp/tests/data/today.plan.json");
const JOB: &str = "google_dataflow_job.pubsub_to_bigquery";

/// Which of ours each of theirs is.
const SAME: &[(&str, &str)] = &[
    ("google_pubsub_topic.data_topic", "topic data-ingestion-topic"),
    ("google_pubsub_subscription.data_subscription", "subscription data-subscription"),
    ("google_pubsub_subscription.storage_export", "subscription export-to-storage"),
    ("google_storage_bucket.pubsub_export", "bucket pubsub-exports"),
    ("google_bigquery_dataset.analytics", "dataset analytics_data"),
    ("google_bigquery_table.events", "table events"),
    ("google_cloud_run_service.api", "service data-api"),
    ("google_monitoring_alert_policy.high_error_rate", "alert policy high-api-error-rate"),
    ("Free allowances", "Free allowances"),
];

/// What only ours has: messages that cannot be delivered are kept, and the repository is declared.
const ONLY_OURS: &[&str] =
    &["topic data-dead-letters", "subscription data-dead-letters", "repository data-api-images"];

/// What is used of each, by the names that each has.
fn usage(topic: &str, dataset: &str, service: &str) -> String {
    format!(
        "version: 0.1\nresource_usage:\n  {topic}:\n    monthly_messages: 20_000_000\n    average_message_bytes: 600\n  \
         {dataset}:\n    monthly_queries_tb: 3\n  {service}:\n    monthly_requests: 3_000_000\n    \
         average_request_duration_ms: 150\n    concurrent_requests_per_instance: 1\n"
    )
}

/// A report's resources with all that their lines say, and the total.
type Lines = BTreeMap<String, Vec<Value>>;

fn report(program: &Program, args: &[&str]) -> (Lines, Value) {
    let said = program.run(&[&["cost", "--format", "json", "--allow-unpriced"], args].concat());
    let report: Value =
        serde_json::from_str(&said.out).unwrap_or_else(|e| panic!("{e}: {} {}", said.out, said.err));
    let lines = |it: &Value| {
        let components = it["costComponents"].as_array().cloned().unwrap_or_default();
        // What a line has no place for: its SKU, the price's source, what is derived.
        let mut told = it["metadata"]["lines"].as_array().cloned().unwrap_or_default();
        for usage in told.iter_mut().flat_map(|it| it["usage"].as_array_mut().into_iter().flatten()) {
            // Each calls what it follows from by its own name.
            usage["from"].take();
        }
        components.into_iter().chain(told).collect::<Vec<_>>()
    };
    let resources = report["projects"][0]["breakdown"]["resources"].as_array().unwrap();
    let name = |it: &Value| it["name"].as_str().unwrap().to_owned();
    let allowance = |it: &Value| name(it).starts_with("Free allowance");
    let mut all: Lines =
        resources.iter().filter(|it| !allowance(it)).map(|it| (name(it), lines(it))).collect();
    let allowances = resources.iter().filter(|it| allowance(it));
    all.insert("Free allowances".to_owned(), allowances.flat_map(lines).collect());
    (all, report["totalMonthlyCost"].clone())
}

/// The plan in a region, with or without the job that was proposed.
fn plan(region: &str, with_job: bool) -> Value {
    // Cloud Storage shouts.
    let text = PLAN.replace("europe-west1", region).replace("EUROPE-WEST1", &region.to_uppercase());
    let mut plan: Value = serde_json::from_str(&text).unwrap();
    for list in ["/planned_values/root_module/resources", "/resource_changes"] {
        let list = plan.pointer_mut(list).unwrap().as_array_mut().unwrap();
        let count = list.len();
        list.retain(|it| with_job || it["address"] != JOB);
        assert_eq!(list.len(), count - usize::from(!with_job));
    }
    plan
}

fn world() -> Program {
    let program = Program::new();
    let theirs = [
        "google_pubsub_topic.data_topic",
        "google_bigquery_dataset.analytics",
        "google_cloud_run_service.api",
    ];
    program.write("theirs.yml", &usage(theirs[0], theirs[1], theirs[2]));
    program.write(
        "ours.yml",
        &usage("topic data-ingestion-topic", "dataset analytics_data", "service data-api"),
    );
    program
}

fn ours(program: &Program, region: &str, ingestion: &str) -> (Lines, Value) {
    let (region, ingestion) = (format!("gcp:region={region}"), format!("ingestion={ingestion}"));
    let config = ["--config", "gcp:project=events-project", "--config", &region, "--config", &ingestion];
    report(program, &[&["--usage-file", "ours.yml"], &config[..]].concat())
}

#[test]
fn terraforms_plan_of_it_has_the_lines_of_our_declaration() {
    let program = world();
    for region in ["europe-west1", "us-central1"] {
        program.write("plan.json", &plan(region, false).to_string());
        let (theirs, their_total) = report(&program, &["--path", "plan.json", "--usage-file", "theirs.yml"]);
        let (mut own, our_total) = ours(&program, region, "transfer");
        for (their_name, our_name) in SAME {
            let (their_lines, our_lines) = (&theirs[*their_name], own.remove(*our_name).unwrap());
            assert!(!our_lines.is_empty(), "{our_name}");
            assert_eq!(their_lines, &our_lines, "{their_name} and {our_name} in {region}");
        }
        assert_eq!(theirs.len(), SAME.len(), "{:?}", theirs.keys());
        let mut only: Vec<&str> = own.keys().map(String::as_str).collect();
        only.sort_unstable();
        let mut known = ONLY_OURS.to_vec();
        known.sort_unstable();
        assert_eq!(only, known);
        // Nothing goes through what only we have, and so all costs the same.
        assert_eq!(their_total, our_total);
        assert!(our_total.as_str().unwrap().parse::<f64>().unwrap() > 20.0, "{our_total}");
    }
}

#[test]
fn the_job_that_was_proposed_has_the_lines_of_our_other_mode() {
    let program = world();
    // Where the list has Dataflow's prices.
    program.write("plan.json", &plan("us-central1", true).to_string());
    let (theirs, _) = report(&program, &["--path", "plan.json", "--usage-file", "theirs.yml"]);
    let (own, _) = ours(&program, "us-central1", "dataflow");
    let of = |lines: &[Value]| -> BTreeMap<String, Value> {
        let costs = lines.iter().filter(|it| it.get("monthlyCost").is_some());
        costs.map(|it| (it["name"].as_str().unwrap().to_owned(), it.clone())).collect()
    };
    let (mut theirs, own) = (of(&theirs[JOB]), of(&own["job pubsub-to-bigquery-streaming"]));
    // Theirs reads the topic through a subscription of its own; ours reads the one that is there.
    assert!(theirs.remove("Delivery of messages to the job").is_some());
    assert_eq!(theirs, own);
    assert!(own.len() >= 3 && own.values().all(|it| it["monthlyCost"].is_string()), "{own:?}");
}

#[test]
fn a_state_of_it_has_the_lines_of_the_plan() {
    let program = world();
    let plan = plan("europe-west1", true);
    program.write("plan.json", &plan.to_string());
    let shown = json!({ "format_version": "1.0", "values": plan["planned_values"] });
    program.write("state.json", &shown.to_string());
    let resources = plan["planned_values"]["root_module"]["resources"].as_array().unwrap();
    let kept = |it: &Value| {
        json!({
            "mode": it["mode"], "type": it["type"], "name": it["name"],
            "instances": [{ "index_key": it["index"], "attributes": it["values"] }],
        })
    };
    let kept: Vec<Value> = resources.iter().map(kept).collect();
    let kept = json!({ "version": 4, "serial": 1, "lineage": "today", "resources": kept });
    program.write("terraform.tfstate", &kept.to_string());
    let lines = |path: &str| report(&program, &["--path", path, "--usage-file", "theirs.yml"]);
    // What is known only after apply is not in these states, and so what refers to it by that is left out.
    let (of_plan, _) = lines("plan.json");
    let (of_state, total) = lines("state.json");
    assert_eq!(of_state.keys().collect::<Vec<_>>(), of_plan.keys().collect::<Vec<_>>());
    assert_eq!((of_state, total), lines("terraform.tfstate"));
}
