//! Pub/Sub: throughput with the least that a request counts as, exports at their own rates, what is kept.

use serde_json::json;

use crate::{check, check_some};

const TOPIC: &str = "gcp:pubsub/v1:Topic";
const SUBSCRIPTION: &str = "gcp:pubsub/v1:Subscription";

#[test]
fn a_topic_is_charged_for_what_is_published() {
    check(TOPIC, &json!({}), &[], &["Message Delivery Basic @global: ? TiBy"]);
    let half = &[("monthly_message_data_tb", "0.5")];
    check(TOPIC, &json!({}), half, &["Message Delivery Basic @global: 0.5 TiBy"]);
}

#[test]
fn a_request_counts_as_at_least_a_thousand_bytes() {
    // 2^30 messages of 2,048 bytes are two TiB.
    let large = &[("monthly_messages", "1073741824"), ("average_message_bytes", "2048")];
    check(TOPIC, &json!({}), large, &["Message Delivery Basic @global: 2 TiBy"]);
    // 2^30 messages of 100 bytes are charged as 1,000 bytes each: 1000 / 1024 TiB.
    let small = &[("monthly_messages", "1073741824"), ("average_message_bytes", "100")];
    check(TOPIC, &json!({}), small, &["Message Delivery Basic @global: 0.9765625 TiBy"]);
    // Ten in a request reach the least together.
    let batched = [small[0], small[1], ("messages_per_request", "10")];
    check(TOPIC, &json!({}), &batched, &["Message Delivery Basic @global: 0.09765625 TiBy"]);
    // Five in a request do not: 200 bytes each.
    let batched = [small[0], small[1], ("messages_per_request", "5")];
    check(TOPIC, &json!({}), &batched, &["Message Delivery Basic @global: 0.1953125 TiBy"]);
    // Of a range, each end.
    let range = &[("monthly_messages", "0..1073741824..2147483648"), ("average_message_bytes", "1024")];
    check(TOPIC, &json!({}), range, &["Message Delivery Basic @global: 0..1..2 TiBy"]);
}

#[test]
fn what_a_topic_retains_is_storage() {
    // A tenth of a month of 1 TiB a month.
    let inputs = json!({ "messageRetentionDuration": "262800s" });
    check(
        TOPIC,
        &inputs,
        &[("monthly_message_data_tb", "1")],
        &["Message Delivery Basic @global: 1 TiBy", "Topics message backlog @global: 102.4 GiBy.mo"],
    );
    // What is stored is what was sent, not what was charged.
    let small = &[("monthly_messages", "1073741824"), ("average_message_bytes", "100")];
    check_some(TOPIC, &inputs, small, &["Topics message backlog @global: 10 GiBy.mo"]);
}

#[test]
fn what_a_topic_imports_is_charged_in_the_place_of_publishing() {
    for (source, sku) in [
        ("awsKinesis", "Message Delivery From Kinesis Data Streams"),
        ("cloudStorage", "Message Delivery From Google Cloud Storage"),
        ("azureEventHubs", "Message Delivery From Azure Event Hubs"),
        ("awsMsk", "Message Delivery From AWS MSK"),
        ("confluentCloud", "Message Delivery From Confluent Cloud"),
    ] {
        let inputs = json!({ "ingestionDataSourceSettings": { source: {} } });
        check(TOPIC, &inputs, &[("monthly_message_data_tb", "1")], &[&format!("{sku} @global: 1 TiBy")]);
    }
}

#[test]
fn transforms_are_charged_for_what_goes_through_them() {
    let inputs = json!({ "messageTransforms": [
        { "javascriptUdf": {} },
        { "javascriptUdf": {}, "disabled": true },
        { "aiInference": {} },
    ] });
    for (token, basic) in [(TOPIC, "Message Delivery Basic"), (SUBSCRIPTION, "Message Delivery Basic")] {
        check_some(
            token,
            &inputs,
            &[("monthly_message_data_tb", "1")],
            &[
                &format!("{basic} @global: 1 TiBy"),
                "Message Transform Data Processing @global: 1 TiBy",
                "Message Transform Data Enrichment @global: 1 TiBy",
            ],
        );
    }
}

/// Infracost charges every subscription at the basic rate.
#[test]
fn an_export_has_its_own_rate() {
    for (inputs, sku) in [
        (json!({}), "Message Delivery Basic"),
        (json!({ "pushConfig": { "pushEndpoint": "https://x" } }), "Message Delivery Basic"),
        (json!({ "bigqueryConfig": { "table": "p.d.t" } }), "Message Delivery to BigQuery"),
        (json!({ "cloudStorageConfig": { "bucket": "b" } }), "Message Delivery to Google Cloud Storage"),
        (json!({ "bigtableConfig": { "table": "t" } }), "Message Delivery to Bigtable"),
    ] {
        check(
            SUBSCRIPTION,
            &inputs,
            &[("monthly_message_data_tb", "1")],
            &[
                &format!("{sku} @global: 1 TiBy"),
                "Subscriptions message backlog @global: ? GiBy.mo",
                "Snapshots message backlog @global: ? GiBy.mo",
            ],
        );
    }
}

#[test]
fn a_subscription_is_charged_for_what_it_keeps() {
    let stored = &[("storage_gb", "100"), ("snapshot_storage_gb", "7")];
    check(
        SUBSCRIPTION,
        &json!({}),
        stored,
        &[
            "Message Delivery Basic @global: ? TiBy",
            "Subscriptions message backlog @global: 100 GiBy.mo",
            "Snapshots message backlog @global: 7 GiBy.mo",
        ],
    );
    let retains = json!({ "retainAckedMessages": true });
    check_some(
        SUBSCRIPTION,
        &retains,
        &[stored[0], ("unacked_storage_gb", "3")],
        &[
            "Subscriptions retained acknowledged messages @global: 100 GiBy.mo",
            "Subscriptions message backlog @global: 3 GiBy.mo",
        ],
    );
    // Without a word of storage it follows: seven days of 730 GiB in a month of 730 hours.
    let data = &[("monthly_message_data_tb", "0.712890625")];
    let line = "Subscriptions retained acknowledged messages @global: 168 GiBy.mo";
    check_some(SUBSCRIPTION, &retains, data, &[line]);
    let day = json!({ "retainAckedMessages": true, "messageRetentionDuration": "86400s" });
    let line = "Subscriptions retained acknowledged messages @global: 24 GiBy.mo";
    check_some(SUBSCRIPTION, &day, data, &[line]);
}
