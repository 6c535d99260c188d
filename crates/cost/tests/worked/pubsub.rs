//! Pub/Sub: 40 dollars a TiB, the first 10 GiB free; exports and imports at other rates, storage at 0.27 a GiB.

use serde_json::json;

use crate::{check, table, used};

const TOPIC: &str = "gcp:pubsub/v1:Topic";
const SUBSCRIPTION: &str = "gcp:pubsub/v1:Subscription";
const BASIC: &str = "Message Delivery Basic";
const TIB: (&str, &str) = ("monthly_message_data_tb", "1");

#[test]
fn ten_gibibytes_are_free() {
    for token in [TOPIC, SUBSCRIPTION] {
        let rows = [
            ("0", "0", "0"),
            // 9, 10 and 11 GiB x 40 / 1024.
            ("0.0087890625", "0.3515625", "0"),
            ("0.009765625", "0.390625", "0"),
            ("0.0107421875", "0.4296875", "0.0390625"),
            // 40 - 0.390625
            ("1", "40", "39.609375"),
            ("1000", "40000", "39999.609375"),
        ];
        table(token, &json!({}), TIB.0, &rows);
    }
}

#[test]
fn ten_gibibytes_are_free_once() {
    let all = [
        used(TOPIC, json!({ "name": "a" }), &[TIB]),
        used(TOPIC, json!({ "name": "b" }), &[("monthly_message_data_tb", "0.5")]),
        used(SUBSCRIPTION, json!({ "name": "s" }), &[TIB]),
    ];
    // 100 - 0.390625
    check(&all, &[(BASIC, "40"), (BASIC, "20"), (BASIC, "40")], "99.609375");
}

#[test]
fn a_small_message_costs_as_much_as_a_thousand_bytes() {
    // 2^30 messages: a GiB for each byte that they count as.
    let many = ("monthly_messages", "1073741824");
    for (bytes, batch, dollars, with_free) in [
        // 999 bytes count as 1,000: 1000 GiB x 40 / 1024.
        ("100", "1", "39.0625", "38.671875"),
        ("999", "1", "39.0625", "38.671875"),
        ("1000", "1", "39.0625", "38.671875"),
        // 1001 x 40 / 1024
        ("1001", "1", "39.1015625", "38.7109375"),
        // Ten of 100 are 1,000 together: 100 GiB x 40 / 1024.
        ("100", "10", "3.90625", "3.515625"),
        ("2048", "1", "80", "79.609375"),
    ] {
        let said = [many, ("average_message_bytes", bytes), ("messages_per_request", batch)];
        check(&[used(TOPIC, json!({}), &said)], &[(BASIC, dollars)], with_free);
    }
}

#[test]
fn what_is_kept_costs_27_cents_a_gibibyte() {
    // A tenth of a month: 102.4 GiB x 0.27.
    let retains = json!({ "messageRetentionDuration": "262800s" });
    let lines = [(BASIC, "40"), ("Topics message backlog", "27.648")];
    check(&[used(TOPIC, retains, &[TIB])], &lines, "67.257375");
    // 100 x 0.27 and 7 x 0.27
    let stored = [("storage_gb", "100"), ("snapshot_storage_gb", "7")];
    let lines = [("Subscriptions message backlog", "27"), ("Snapshots message backlog", "1.89")];
    check(&[used(SUBSCRIPTION, json!({}), &stored)], &lines, "28.89");
    // 100 x 0.27 and 3 x 0.27
    let stored = [("storage_gb", "100"), ("unacked_storage_gb", "3")];
    let lines =
        [("Subscriptions retained acknowledged messages", "27"), ("Subscriptions message backlog", "0.81")];
    check(&[used(SUBSCRIPTION, json!({ "retainAckedMessages": true }), &stored)], &lines, "27.81");
}

#[test]
fn an_import_costs_its_own_rate_and_has_nothing_free() {
    for (source, sku, dollars) in [
        ("awsKinesis", "Message Delivery From Kinesis Data Streams", "50"),
        ("cloudStorage", "Message Delivery From Google Cloud Storage", "80"),
        ("azureEventHubs", "Message Delivery From Azure Event Hubs", "80"),
        ("awsMsk", "Message Delivery From AWS MSK", "80"),
        ("confluentCloud", "Message Delivery From Confluent Cloud", "80"),
    ] {
        let inputs = json!({ "ingestionDataSourceSettings": { source: {} } });
        check(&[used(TOPIC, inputs, &[TIB])], &[(sku, dollars)], dollars);
    }
}

#[test]
fn a_transform_costs_what_goes_through_it() {
    let inputs = json!({ "messageTransforms": [{ "javascriptUdf": {} }, { "aiInference": {} }] });
    let lines = [
        (BASIC, "40"),
        ("Message Transform Data Processing", "40"),
        ("Message Transform Data Enrichment", "60"),
    ];
    check(&[used(TOPIC, inputs, &[TIB])], &lines, "139.609375");
}
