//! Usage that follows from other usage: from the topic to the table, whichever way.

use gcp::bill::Item;
use serde_json::json;

use crate::{derived, item};

/// 2^30 messages of 1,024 bytes: a TiB, 1,024 GiB.
const EVENTS: &[(&str, &str)] = &[("monthly_messages", "1073741824"), ("average_message_bytes", "1024")];

fn topic() -> Item {
    item("gcp:pubsub/v1:Topic", json!({ "project": "p", "name": "events" }))
}

fn subscription(name: &str, more: serde_json::Value) -> Item {
    let mut inputs = json!({ "project": "p", "name": name, "topic": "projects/p/topics/events" });
    for (field, value) in more.as_object().into_iter().flatten() {
        inputs[field] = value.clone();
    }
    item("gcp:pubsub/v1:Subscription", inputs)
}

fn export() -> Item {
    let config = json!({ "bucket": "files", "maxDuration": "60s", "maxBytes": 1_000_000 });
    subscription("export", json!({ "cloudStorageConfig": config }))
}

fn bucket(more: serde_json::Value) -> Item {
    let mut inputs = json!({ "project": "p", "name": "files" });
    for (field, value) in more.as_object().into_iter().flatten() {
        inputs[field] = value.clone();
    }
    item("gcp:storage/v1:Bucket", inputs)
}

fn table(more: serde_json::Value) -> Item {
    let mut inputs = json!({ "project": "p", "dataset": "d", "name": "rows" });
    for (field, value) in more.as_object().into_iter().flatten() {
        inputs[field] = value.clone();
    }
    item("gcp:bigquery/v2:Table", inputs)
}

#[test]
fn a_topics_messages_are_its_subscriptions() {
    let other =
        item("gcp:pubsub/v1:Subscription", json!({ "name": "other", "topic": "projects/p/topics/else" }));
    let got = derived(vec![topic(), subscription("pull", json!({})), other], &[("Topic events", EVENTS)]);
    assert_eq!(
        got["Subscription pull"],
        [
            "average_message_bytes: 1024 (messages of topic events)",
            "monthly_messages: 1073741824 (messages of topic events)",
        ]
    );
    assert_eq!(got["Topic events"], ["average_message_bytes: 1024", "monthly_messages: 1073741824"]);
    assert!(!got.contains_key("Subscription other"));
    let got = derived(
        vec![topic(), subscription("pull", json!({}))],
        &[("Topic events", &[("monthly_message_data_tb", "3")])],
    );
    assert_eq!(got["Subscription pull"], ["monthly_message_data_tb: 3 (messages of topic events)"]);
}

#[test]
fn what_a_person_gave_stays() {
    let got = derived(
        vec![topic(), export(), bucket(json!({}))],
        &[
            ("Topic events", EVENTS),
            ("Subscription export", &[("monthly_message_data_tb", "0.5")]),
            ("Bucket files", &[("monthly_class_a_operations", "7")]),
        ],
    );
    assert_eq!(got["Subscription export"], ["monthly_message_data_tb: 0.5"]);
    // It goes on from what was given.
    assert_eq!(
        got["Bucket files"],
        [
            "monthly_class_a_operations: 7",
            "storage_gb: 512 (messages of subscription export, one month's, and as much again each further month)",
        ]
    );
}

#[test]
fn an_export_fills_its_bucket() {
    let delete = json!({ "rule": [{ "action": { "type": "Delete" }, "condition": { "age": 73 } }] });
    let kept = bucket(json!({ "lifecycle": delete, "softDeletePolicy": { "retentionDurationSeconds": 0 } }));
    let got = derived(vec![topic(), export(), kept], &[("Topic events", EVENTS)]);
    // 73 days are 2.4 months of 730 hours. A TiB fills 1,099,512 files of a million bytes.
    assert_eq!(
        got["Bucket files"],
        [
            "monthly_class_a_operations: 1099512..1099512..1143312 (files with messages of subscription export)",
            "storage_gb: 2457.6 (messages of subscription export, kept for 73 days)",
        ]
    );
    // What is deleted can be had back for seven days, and is paid for until then.
    let kept = bucket(json!({ "lifecycle": delete }));
    let got = derived(vec![topic(), export(), kept], &[("Topic events", EVENTS)]);
    assert!(got["Bucket files"][1].ends_with("kept for 80 days)"), "{got:?}");
    // A rule that does not take all does not count.
    let some = json!({ "rule": [{
        "action": { "type": "Delete" }, "condition": { "age": 1, "matchesPrefix": ["tmp/"] },
    }] });
    let got =
        derived(vec![topic(), export(), bucket(json!({ "lifecycle": some }))], &[("Topic events", EVENTS)]);
    assert!(got["Bucket files"][1].contains("one month's"), "{got:?}");
}

#[test]
fn what_a_filter_lets_through_is_not_known() {
    let mut export = export();
    export.inputs["filter"] = json!("attributes.x = \"1\"");
    let got = derived(vec![topic(), export, bucket(json!({}))], &[("Topic events", EVENTS)]);
    // All is charged for as delivered, and between nothing and all is written.
    assert_eq!(got["Subscription export"][1], "monthly_messages: 1073741824 (messages of topic events)");
    assert!(got["Bucket files"][1].starts_with("storage_gb: 0..1024..1024 "), "{got:?}");
}

#[test]
fn a_transfer_carries_files_into_a_table() {
    let transfer = item(
        "gcp:bigquerydatatransfer/v1:TransferConfig",
        json!({ "name": "load", "dataSourceId": "google_cloud_storage", "destinationDatasetId": "d", "params": {
            "data_path_template": "gs://files/*.json", "destination_table_name_template": "rows",
        } }),
    );
    let items = vec![topic(), export(), bucket(json!({})), table(json!({})), transfer];
    let got = derived(items, &[("Topic events", EVENTS)]);
    // Loading is free, and reading the files is not.
    assert_eq!(
        got["Table rows"],
        [
            "monthly_active_storage_gb: 1024 (messages of subscription export by transfer load, one month's, and as \
          much again each further month)"
        ]
    );
    let class_b = "monthly_class_b_operations: 1099512..1099512..1143312 (files that transfer load reads)";
    assert!(got["Bucket files"].iter().any(|it| it == class_b), "{got:?}");
}

#[test]
fn a_bigquery_subscription_fills_its_table() {
    let write = subscription("write", json!({ "bigqueryConfig": { "table": "p.d.rows" } }));
    // Partitions that go after 146 days, 4.8 months: 90 days of them are active.
    let rows = table(json!({ "timePartitioning": { "type": "DAY", "expirationMs": "12614400000" } }));
    let got = derived(vec![topic(), write, rows], &[("Topic events", EVENTS)]);
    assert_eq!(
        got["Table rows"],
        [
            "monthly_active_storage_gb: 3029.91780822 (messages of subscription write, kept for 146 days)"
                .replace("3029.91780822", "3029.917808219"),
            "monthly_long_term_storage_gb: 1885.282191781 (messages of subscription write, kept for 146 days)"
                .to_owned(),
        ]
    );
    // A dataset says it of all its tables, if they have partitions.
    let dataset = || {
        let millis = json!({ "project": "p", "name": "d", "defaultPartitionExpirationMs": 2_628_000_000u64 });
        item("gcp:bigquery/v2:Dataset", millis)
    };
    let write = || subscription("write", json!({ "bigqueryConfig": { "table": "p.d.rows" } }));
    let rows = table(json!({ "timePartitioning": { "type": "DAY" } }));
    let got = derived(vec![topic(), write(), dataset(), rows], &[("Topic events", EVENTS)]);
    assert!(
        got["Table rows"][0].contains("storage_gb: 1024 ") && got["Table rows"][0].contains("kept for 30")
    );
    let got = derived(vec![topic(), write(), dataset(), table(json!({}))], &[("Topic events", EVENTS)]);
    assert!(got["Table rows"][0].contains("one month's"), "{got:?}");
}

#[test]
fn a_dataflow_job_reads_its_topic_and_streams_into_its_table() {
    let job = |more: serde_json::Value| {
        let mut parameters = json!({ "outputTableSpec": "p:d.rows" });
        for (field, value) in more.as_object().into_iter().flatten() {
            parameters[field] = value.clone();
        }
        item("gcp:dataflow/v1b3:TemplateJob", json!({ "name": "stream", "parameters": parameters }))
    };
    let from_topic = job(json!({ "inputTopic": "projects/p/topics/events" }));
    let got = derived(vec![topic(), from_topic, table(json!({}))], &[("Topic events", EVENTS)]);
    assert_eq!(got["TemplateJob stream"][1], "monthly_messages: 1073741824 (messages of topic events)");
    assert_eq!(got["Table rows"][1], "monthly_streaming_inserts_mb: 1048576 (messages of job stream)");
    // A row counts as a kibibyte at least.
    let small = &[("monthly_messages", "1048576"), ("average_message_bytes", "100")];
    let from_topic = job(json!({ "inputTopic": "projects/p/topics/events" }));
    let got = derived(vec![topic(), from_topic, table(json!({}))], &[("Topic events", small)]);
    assert_eq!(got["Table rows"][1], "monthly_streaming_inserts_mb: 1024 (messages of job stream)");
    // Through a subscription, and by the newer way of writing.
    let from = json!({ "inputSubscription": "projects/p/subscriptions/pull", "useStorageWriteApi": "true" });
    let items = vec![topic(), subscription("pull", json!({})), job(from), table(json!({}))];
    let got = derived(items, &[("Topic events", EVENTS)]);
    assert_eq!(got["Table rows"][1], "monthly_storage_write_api_gb: 1024 (messages of subscription pull)");
    assert!(!got.contains_key("TemplateJob stream"));
}

#[test]
fn versions_that_are_declared_are_a_secrets() {
    let secret = item("gcp:secretmanager/v1:Secret", json!({ "project": "p", "name": "s" }));
    let version = |name: &str| {
        item("gcp:secretmanager/v1:SecretVersion", json!({ "name": name, "secret": "projects/p/secrets/s" }))
    };
    let got = derived(vec![secret, version("1"), version("2")], &[]);
    assert_eq!(got["Secret s"], ["active_secret_versions: 2 (versions that are declared)"]);
}

/// Two ways into one place add up.
#[test]
fn what_comes_from_two_sides_adds_up() {
    let other = item("gcp:pubsub/v1:Topic", json!({ "project": "p", "name": "more" }));
    let mut second = subscription("second", json!({ "bigqueryConfig": { "table": "p.d.rows" } }));
    second.inputs["topic"] = json!("more");
    let first = subscription("first", json!({ "bigqueryConfig": { "table": "p.d.rows" } }));
    let got = derived(
        vec![topic(), other, first, second, table(json!({}))],
        &[("Topic events", EVENTS), ("Topic more", &[("monthly_message_data_tb", "0.25")])],
    );
    assert!(
        got["Table rows"][0].starts_with(
            "monthly_active_storage_gb: 1280 (messages of subscription first and messages of subscription second,"
        ),
        "{got:?}"
    );
}
