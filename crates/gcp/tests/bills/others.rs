//! Registry, Dataflow, Scheduler, secrets, monitoring, logging, keys, and what is free.

use serde_json::json;

use crate::{check, check_some};

#[test]
fn a_repository_is_charged_for_what_lies_in_it_and_what_is_fetched_far_away() {
    let said = &[
        ("storage_gb", "150"),
        ("monthly_egress_data_transfer_gb.us_east1", "100"),
        ("monthly_egress_data_transfer_gb.us_central1", "100"),
        ("monthly_egress_data_transfer_gb.europe_north1", "200"),
        ("monthly_egress_data_transfer_gb.australia_southeast1", "300"),
    ];
    check(
        "gcp:artifactregistry/v1:Repository",
        &json!({ "location": "us-east1" }),
        said,
        &[
            "Artifact Registry Storage @global: 150 GiBy.mo",
            "Artifact Registry Network Inter Region Egress Intercontinental to/from Oceania @global: 300 GiBy",
            "Artifact Registry Network Inter Region Egress Intercontinental (Excl Oceania) @global: 200 GiBy",
            "Artifact Registry Network Inter Region Egress North America to North America @global: 100 GiBy",
        ],
    );
    // A continent's repository holds its regions.
    check(
        "gcp:artifactregistry/v1:Repository",
        &json!({ "location": "us" }),
        &said[..3],
        &["Artifact Registry Storage @global: 150 GiBy.mo"],
    );
    for (from, key, way) in [
        ("europe-west1", "monthly_egress_data_transfer_gb.europe_north1", "Europe to Europe"),
        ("asia-east1", "monthly_egress_data_transfer_gb.asia_south1", "AsiaPacfic to AsiaPacfic"),
    ] {
        let line = format!("Artifact Registry Network Inter Region Egress {way} @global: 1 GiBy");
        check_some(
            "gcp:artifactregistry/v1:Repository",
            &json!({ "location": from }),
            &[(key, "1")],
            &[&line],
        );
    }
}

const STREAMING: &str = "gs://dataflow-templates/latest/PubSub_to_BigQuery";

#[test]
fn a_streaming_job_has_workers_around_the_clock() {
    let inputs = json!({
        "location": "us-central1",
        "gcsPath": STREAMING,
        "environment": { "maxWorkers": 2, "machineType": "n1-standard-2" },
    });
    check(
        "gcp:dataflow/v1b3:TemplateJob",
        &inputs,
        &[],
        &[
            "vCPU Time Streaming Iowa @us-central1: 1460..1460..2920 h",
            "RAM Time Streaming Iowa @us-central1: 5475..5475..10950 GiBy.h",
            "Local Disk Time PD Standard Iowa @us-central1: 292000..292000..584000 GiBy.h",
        ],
    );
    // What a worker is if nothing says it, and a job that reads a topic has a subscription of its own.
    let inputs = json!({ "gcsPath": STREAMING, "parameters": { "inputTopic": "projects/p/topics/t" } });
    check(
        "gcp:dataflow/v1b3:TemplateJob",
        &inputs,
        &[("monthly_message_data_tb", "1"), ("monthly_worker_hours", "100")],
        &[
            "vCPU Time Streaming Iowa @us-central1: 400 h",
            "RAM Time Streaming Iowa @us-central1: 1500 GiBy.h",
            "Local Disk Time PD Standard Iowa @us-central1: 40000 GiBy.h",
            "Message Delivery Basic @global: 1 TiBy",
        ],
    );
}

#[test]
fn streaming_engine_has_smaller_workers_and_is_charged_by_itself() {
    let inputs = json!({
        "location": "us-east1",
        "containerSpecGcsPath": "gs://dataflow-templates/latest/flex/PubSub_to_BigQuery_Flex",
        "environment": { "enableStreamingEngine": true, "numWorkers": 1, "maxWorkers": 1 },
    });
    let workers = [
        "vCPU Time Streaming South Carolina @us-east1: 1460 h",
        "RAM Time Streaming South Carolina @us-east1: 5475 GiBy.h",
        "Local Disk Time PD Standard South Carolina @us-east1: 21900 GiBy.h",
    ];
    let units = "Streaming Engine Compute Unit @us-east1: 50 count";
    let said = &[("monthly_streaming_compute_units", "50")];
    check("gcp:dataflow/v1b3:FlexTemplateJob", &inputs, said, &[workers[0], workers[1], workers[2], units]);
    let data = "Streaming Engine data processed (legacy billing) @us-east1: 7 GiBy";
    let said = &[("monthly_streaming_data_gb", "7")];
    check("gcp:dataflow/v1b3:FlexTemplateJob", &inputs, said, &[workers[0], workers[1], workers[2], data]);
}

#[test]
fn a_batch_is_charged_for_the_hours_of_its_workers() {
    let batch = "gs://dataflow-templates/latest/GCS_Text_to_Cloud_PubSub";
    let said = &[("monthly_worker_hours", "10"), ("monthly_shuffle_data_gb", "3")];
    check(
        "gcp:dataflow/v1b3:TemplateJob",
        &json!({ "gcsPath": batch }),
        said,
        &[
            "vCPU Time Batch Iowa @us-central1: 10 h",
            "RAM Time Batch Iowa @us-central1: 37.5 GiBy.h",
            "Local Disk Time PD Standard Iowa @us-central1: 2500 GiBy.h",
            "Shuffle data processed @us-central1: 3 GiBy",
        ],
    );
    check_some(
        "gcp:dataflow/v1b3:TemplateJob",
        &json!({ "gcsPath": batch }),
        &[],
        &["vCPU Time Batch Iowa @us-central1: ? h"],
    );
    let cheap = json!({ "containerSpecGcsPath": "gs://b/x", "environment": { "flexrsGoal": "FLEXRS_COST_OPTIMIZED" } });
    check_some(
        "gcp:dataflow/v1b3:FlexTemplateJob",
        &cheap,
        said,
        &["vCPU Time FlexRS Iowa @us-central1: 10 h"],
    );
    let prime = json!({ "gcsPath": STREAMING, "environment": { "additionalExperiments": ["enable_prime"] } });
    let line = "Data Compute Unit streaming (Prime) @us-central1: 4 count";
    check("gcp:dataflow/v1b3:TemplateJob", &prime, &[("monthly_data_compute_units", "4")], &[line]);
    // A machine that nobody knows is not said to be free.
    let odd = json!({ "gcsPath": STREAMING, "environment": { "machineType": "a3-megagpu-8g" } });
    check_some("gcp:dataflow/v1b3:TemplateJob", &odd, &[], &["vCPU Time Streaming Iowa @us-central1: ? h"]);
}

#[test]
fn a_scheduled_job_is_charged_for_being_there() {
    check(
        "gcp:cloudscheduler/v1:SchedulerJob",
        &json!({ "paused": true }),
        &[],
        &["Jobs @global: 1 job-month"],
    );
}

#[test]
fn a_secrets_versions_are_charged_for_in_every_place() {
    let said = &[
        ("active_secret_versions", "10000"),
        ("monthly_access_operations", "20000"),
        ("monthly_rotation_notifications", "100"),
    ];
    let lines = |versions: &str| {
        [
            format!("Secret version replica storage @global: {versions} mo"),
            "Secret access operations @global: 20000 count".to_owned(),
            "Secret rotate operations @global: 100 count".to_owned(),
        ]
    };
    let two = json!({ "replication": { "userManaged": { "replicas": [{}, {}] } } });
    for (inputs, versions) in
        [(json!({}), "10000"), (json!({ "replication": { "automatic": {} } }), "10000"), (two, "20000")]
    {
        let expected = lines(versions);
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        check("gcp:secretmanager/v1:Secret", &inputs, said, &expected);
    }
}

#[test]
fn an_alert_is_charged_by_the_metrics_that_it_refers_to() {
    let one = json!({ "conditionThreshold": { "filter": "metric.type = \"a\"" } });
    let ratio = json!({ "conditionThreshold": {
        "filter": "metric.type = \"a\" AND metric.labels.x = \"5\"", "denominatorFilter": "metric.type = \"a\"",
    } });
    let two = json!({ "conditionThreshold": {
        "filter": "metric.type = \"a\"", "denominatorFilter": "metric.type = \"b\"",
    } });
    let logs = json!({ "conditionMatchedLog": { "filter": "severity=ERROR" } });
    for (conditions, count) in
        [(json!([one]), 1), (json!([ratio]), 1), (json!([two]), 2), (json!([one, two, logs]), 3)]
    {
        check(
            "gcp:monitoring/v3:AlertPolicy",
            &json!({ "conditions": conditions }),
            &[("monthly_condition_points", "86400")],
            &[
                &format!(
                    "Alerting: metric reference in an alerting policy (from 2027-09-01) @global: {count} mo"
                ),
                "Alerting: points returned by condition queries (from 2027-09-01) @global: 86400 count",
            ],
        );
    }
}

#[test]
fn metrics_are_charged_for_what_is_written_and_what_is_read() {
    for token in ["gcp:logging/v2:LogMetric", "google_monitoring_metric_descriptor"] {
        check(
            token,
            &json!({}),
            &[("monthly_monitoring_data_mb", "200000"), ("monthly_api_calls", "2000000")],
            &[
                "Metric Volume @global: 200000 MiBy",
                "Time series returned by read API (since 2025-10-02) @global: 2000000 count",
            ],
        );
    }
    let said = &[("monthly_api_calls", "10"), ("monthly_time_series_read", "300")];
    let line = "Time series returned by read API (since 2025-10-02) @global: 300 count";
    check_some("gcp:logging/v2:LogMetric", &json!({}), said, &[line]);
}

#[test]
fn log_entries_are_charged_for_where_they_are_stored() {
    let said = &[("monthly_logging_data_gb", "100")];
    let line = "Log Storage cost (was: Log Volume) @global: 100 GiBy";
    check("google_logging_project_bucket_config", &json!({}), said, &[line]);
    let sink = |destination: &str| json!({ "destination": destination });
    let bucket = "logging.googleapis.com/projects/p/locations/global/buckets/b";
    check("gcp:logging/v2:LogSink", &sink(bucket), said, &[line]);
    let free = "free: Routing log entries is free; a bucket, dataset or topic charges for what it is sent.";
    for to in ["storage.googleapis.com/b", "bigquery.googleapis.com/projects/p/datasets/d"] {
        check("gcp:logging/v2:LogSink", &sink(to), said, &[free]);
    }
}

#[test]
fn keys_are_charged_by_what_protects_them() {
    let key = |algorithm: &str, level: &str| json!({ "version_template": [{ "algorithm": algorithm, "protection_level": level }] });
    let said = &[("key_versions", "10000"), ("monthly_key_operations", "1000000")];
    for (inputs, version, operation) in [
        (
            json!({}),
            "Active software symmetric key versions",
            "Cryptographic operations with a software symmetric key",
        ),
        (
            key("GOOGLE_SYMMETRIC_ENCRYPTION", "HSM"),
            "Active HSM symmetric key versions",
            "HSM symmetric cryptographic operations",
        ),
        (
            key("EC_SIGN_P256_SHA256", "HSM"),
            "Active HSM ECDSA P-256 key versions",
            "HSM cryptographic operations with an ECDSA P-256 key",
        ),
        (
            key("RSA_SIGN_PSS_2048_SHA256", "HSM"),
            "Active HSM RSA 2048 bit key versions",
            "HSM cryptographic operations with a RSA 2048 bit key",
        ),
        (
            key("EXTERNAL_SYMMETRIC_ENCRYPTION", "EXTERNAL"),
            "Active external symmetric key versions",
            "External symmetric cryptographic operations",
        ),
    ] {
        check(
            "google_kms_crypto_key",
            &inputs,
            said,
            &[&format!("{version} @global: 10000 mo"), &format!("{operation} @global: 1000000 count")],
        );
    }
    // A key has a version from the beginning.
    check_some(
        "google_kms_crypto_key",
        &json!({}),
        &[],
        &["Active software symmetric key versions @global: 1 mo"],
    );
}

#[test]
fn what_is_free_says_why() {
    for (token, why) in [
        ("gcp:pubsub/v1:Schema", "Schemas are free."),
        ("gcp:pubsub/v1:TopicIamMember", "Roles and members are free."),
        ("gcp:iam/v1:ServiceAccount", "Service accounts are free."),
        ("gcp:monitoring/v1:Dashboard", "Dashboards are free."),
        ("gcp:artifactregistry/v1:Image", "An image is charged as part of what its repository stores."),
        (
            "gcp:secretmanager/v1:SecretVersion",
            "A version is charged with its secret, as one of its active versions.",
        ),
        ("google_cloud_run_service_iam_policy", "Roles and members are free."),
        ("google_kms_key_ring", "It has no charge of its own."),
    ] {
        check(token, &json!({}), &[], &[&format!("free: {why}")]);
    }
}
