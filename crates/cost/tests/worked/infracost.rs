//! Where Infracost is wrong, and what is right, in dollars.

use serde_json::json;

use crate::run::{JOB, SERVICE};
use crate::{check, table, table_among, used};

/// Ten million requests of 400 ms, twenty at a time: 200,000 seconds.
const LOAD: &[(&str, &str)] = &[
    ("monthly_requests", "10000000"),
    ("average_request_duration_ms", "400"),
    ("concurrent_requests_per_instance", "20"),
];

/// It takes the 0.000018 of what is paid for by the instance, and says 7.20.
#[test]
fn what_is_paid_for_by_the_request_costs_a_third_more() {
    let resources = json!({ "cpuIdle": true, "limits": { "cpu": "2", "memory": "1Gi" } });
    let template = json!({ "containers": [{ "resources": resources }] });
    let lines = [
        // 400,000 x 0.000024
        ("Services CPU (Request-based billing)", "9.6"),
        // 200,000 x 0.0000025
        ("Services Memory (Request-based billing)", "0.5"),
        // 10,000,000 x 0.0000004
        ("Requests", "4"),
    ];
    let inputs = json!({ "location": "us-central1", "template": template });
    // 14.1 - 180,000 x 0.000024 - 0.5 - 0.8
    check(&[used(SERVICE, inputs, LOAD)], &lines, "8.48");
}

/// It charges for the first container only.
#[test]
fn every_container_costs() {
    let sidecar = json!({ "resources": { "cpuIdle": true, "limits": { "cpu": "500m", "memory": "256Mi" } } });
    let inputs = json!({ "location": "us-central1", "template": { "containers": [{}, sidecar] } });
    let lines = [
        // 200,000 x 1.5 x 0.000024
        ("Services CPU (Request-based billing)", "7.2"),
        // 200,000 x 0.75 x 0.0000025
        ("Services Memory (Request-based billing)", "0.375"),
        ("Requests", "4"),
    ];
    // 11.575 - 4.32 - 0.375 - 0.8
    check(&[used(SERVICE, inputs, LOAD)], &lines, "6.08");
    // A job's, too: 60,000 x 1.5 x 0.000018, 60,000 x 0.75 x 0.000002, all of it free.
    let sidecar = json!({ "resources": { "limits": { "cpu": "500m", "memory": "256Mi" } } });
    let template = json!({ "template": { "containers": [{}, sidecar] } });
    let said = [("monthly_job_executions", "1000"), ("average_task_execution_mins", "1")];
    let lines = [("Jobs CPU in us-central1", "1.62"), ("Jobs Memory in us-central1", "0.09")];
    check(&[used(JOB, json!({ "location": "us-central1", "template": template }), &said)], &lines, "0");
}

/// It says nothing of instances that wait.
#[test]
fn idle_minimum_instances_cost() {
    let template = json!({ "containers": [{}], "scaling": { "minInstanceCount": 2 } });
    let lines = [
        ("Services CPU (Request-based billing)", "4.8"),
        ("Services Memory (Request-based billing)", "0.25"),
        // (2 x 2,628,000 - 200,000) x 0.0000025, and half as many GiB-s x 0.0000025
        ("Services Min Instance CPU (Request-based billing)", "12.64"),
        ("Services Min Instance Memory (Request-based billing)", "6.32"),
        ("Requests", "4"),
    ];
    let inputs = json!({ "location": "us-central1", "template": template });
    // 28.01 - 4.32 - 0.25 - 0.8
    check(&[used(SERVICE, inputs, LOAD)], &lines, "22.64");

    // Without a request: 2,628,000 x 0.0000035, and half as many GiB-s x 0.0000035. Nothing is free of that.
    let template = json!({ "containers": [{}], "scaling": { "minInstanceCount": 1 } });
    let lines = [
        ("Services Min Instance CPU Tier 2 (Request-based billing)", "9.198"),
        ("Services Min Instance Memory Tier 2 (Request-based billing)", "4.599"),
    ];
    let inputs = json!({ "location": "europe-west3", "template": template });
    check(&[used(SERVICE, inputs, &[])], &lines, "13.797");
}

/// It charges every subscription at the basic rate, which is 40.
#[test]
fn an_export_costs_fifty_dollars_a_tebibyte() {
    for (inputs, sku) in [
        (json!({ "bigqueryConfig": { "table": "p.d.t" } }), "Message Delivery to BigQuery"),
        (json!({ "cloudStorageConfig": { "bucket": "b" } }), "Message Delivery to Google Cloud Storage"),
        (json!({ "bigtableConfig": { "table": "t" } }), "Message Delivery to Bigtable"),
    ] {
        let said = [("monthly_message_data_tb", "1")];
        check(&[used("gcp:pubsub/v1:Subscription", inputs, &said)], &[(sku, "50")], "50");
    }
}

/// It takes the provider's region: 6.25 a TiB and 0.023 a GiB, where the dataset is in Belgium.
#[test]
fn a_dataset_costs_what_it_costs_where_it_is() {
    let dataset = json!({ "project": "p", "name": "d", "location": "europe-west1" });
    // 3 x 7.5, one free.
    let rows = [("3", "22.5", "15")];
    table("gcp:bigquery/v2:Dataset", &dataset, "monthly_queries_tb", &rows);
    // 110 x 0.02, ten free.
    let around = [("gcp:bigquery/v2:Dataset", dataset)];
    let inputs = json!({ "project": "p", "dataset": "d", "name": "t" });
    let rows = [("110", "2.2", "2")];
    table_among(&around, "gcp:bigquery/v2:Table", &inputs, "monthly_active_storage_gb", &rows);
}

/// It takes the price of operations in a region, which are half as much, and some of them free.
#[test]
fn operations_on_several_regions_cost_twice_as_much_and_are_never_free() {
    for location in ["US", "EU", "NAM4", "ASIA1"] {
        for (class, million_a, million_b) in [
            // A million x 0.00001 and x 0.0000004, and so on.
            ("STANDARD", "10", "0.4"),
            ("NEARLINE", "20", "1"),
            ("COLDLINE", "40", "10"),
            ("ARCHIVE", "100", "50"),
        ] {
            let inputs = json!({ "location": location, "storageClass": class });
            for (key, dollars) in
                [("monthly_class_a_operations", million_a), ("monthly_class_b_operations", million_b)]
            {
                table("gcp:storage/v1:Bucket", &inputs, key, &[("1000000", dollars, dollars)]);
            }
        }
    }
    // The first 5,000 of a million in a region are.
    let inputs = json!({ "location": "us-central1" });
    let rows = [("1000000", "5", "4.975")];
    table("gcp:storage/v1:Bucket", &inputs, "monthly_class_a_operations", &rows);
}

/// It knows no account that resources share.
#[test]
fn what_is_free_is_free_once() {
    let service_in = |location: &str| {
        used(SERVICE, json!({ "location": location, "template": { "containers": [{}] } }), LOAD)
    };
    let service = || service_in("us-central1");
    let lines = [
        ("Services CPU (Request-based billing)", "4.8"),
        ("Services Memory (Request-based billing)", "0.25"),
        ("Requests", "4"),
    ];
    // 9.05 - 4.32 - 0.25 - 0.8
    check(&[service()], &lines, "3.68");
    // 18.1 - 4.32 - 0.5 - 0.8
    check(&[service(), service()], &[lines, lines].concat(), "12.48");
    // In another tier as well: 4.8 + 6.72 + 0.25 + 0.35 + 8 - 4.32 - 0.6 - 0.8.
    let far = service_in("europe-west3");
    let far_lines = [
        ("Services CPU Tier 2  (Request-based billing)", "6.72"),
        ("Services Memory Tier 2 (Request-based billing)", "0.35"),
        ("Requests", "4"),
    ];
    check(&[service(), far], &[lines, far_lines].concat(), "14.4");
}
