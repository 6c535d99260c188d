//! Registry, Dataflow, Scheduler, secrets, logging, monitoring, keys.

use engine::Range;
use serde_json::{Value, json};
use time::macros::date;

use crate::{account, check, dollars, table, used, with_free_tier};

const REPOSITORY: &str = "gcp:artifactregistry/v1:Repository";
const TEMPLATE_JOB: &str = "gcp:dataflow/v1b3:TemplateJob";
const FLEX_TEMPLATE_JOB: &str = "gcp:dataflow/v1b3:FlexTemplateJob";
const SCHEDULER_JOB: &str = "gcp:cloudscheduler/v1:SchedulerJob";
const SECRET: &str = "gcp:secretmanager/v1:Secret";
const LOG_SINK: &str = "gcp:logging/v2:LogSink";
const LOG_BUCKET: &str = "google_logging_project_bucket_config";
const LOG_METRIC: &str = "gcp:logging/v2:LogMetric";
const METRIC: &str = "google_monitoring_metric_descriptor";
const ALERT_POLICY: &str = "gcp:monitoring/v3:AlertPolicy";
const CRYPTO_KEY: &str = "google_kms_crypto_key";

#[test]
fn half_a_gibibyte_of_images_is_free() {
    let rows = [
        // x 0.1
        ("0.4", "0.04", "0"),
        ("0.5", "0.05", "0"),
        ("0.6", "0.06", "0.01"),
        ("150", "15", "14.95"),
    ];
    table(REPOSITORY, &json!({ "location": "us-east1" }), "storage_gb", &rows);
    let half = |location: &str| used(REPOSITORY, json!({ "location": location }), &[("storage_gb", "0.5")]);
    let line = ("Artifact Registry Storage", "0.05");
    check(&[half("us-east1"), half("europe-west1")], &[line, line], "0.05");
}

#[test]
fn images_cost_when_they_are_fetched_far_away() {
    for (from, to, dollars) in [
        ("us-east1", "us_east1", "0"),
        ("us", "us_east1", "0"),
        // 100 x 0.01, 0.02, 0.05, 0.08, 0.15
        ("us-east1", "us_central1", "1"),
        ("europe-west1", "europe_north1", "2"),
        ("asia-east1", "asia_south1", "5"),
        ("us-east1", "europe_north1", "8"),
        ("us", "europe_north1", "8"),
        ("us-east1", "australia_southeast1", "15"),
        ("australia-southeast1", "europe_north1", "15"),
    ] {
        let key = format!("monthly_egress_data_transfer_gb.{to}");
        table(REPOSITORY, &json!({ "location": from }), &key, &[("100", dollars, dollars)]);
    }
}

const STREAMING: &str = "gs://dataflow-templates/latest/PubSub_to_BigQuery";

#[test]
fn a_streaming_job_runs_all_month() {
    // A worker of 4 vCPUs, 15 GiB and a disk of 400 GiB, for 730 hours.
    let lines = [
        // 2,920 x 0.069, 10,950 x 0.003557, 292,000 x 0.000054
        ("vCPU Time Streaming Iowa", "201.48"),
        ("RAM Time Streaming Iowa", "38.94915"),
        ("Local Disk Time PD Standard Iowa", "15.768"),
    ];
    let inputs = json!({ "location": "us-central1", "gcsPath": STREAMING });
    check(&[used(TEMPLATE_JOB, inputs.clone(), &[])], &lines, "256.19715");
    // Between one and three of them.
    let mut scaled = inputs;
    scaled["environment"] = json!({ "maxWorkers": 3 });
    let total = account(&[used(TEMPLATE_JOB, scaled, &[])], &with_free_tier(true)).total;
    let (one, three) = (dollars("256.19715"), dollars("768.59145"));
    assert_eq!(total, Range { low: one, expected: one, high: three });
}

#[test]
fn streaming_engine_is_charged_by_units_or_by_data() {
    let inputs = json!({
        "location": "us-central1", "containerSpecGcsPath": "gs://b/pubsub_flex",
        "environment": { "enableStreamingEngine": true },
    });
    let workers = [
        // 2 x 730 x 0.069, 7.5 x 730 x 0.003557, 30 x 730 x 0.000054
        ("vCPU Time Streaming Iowa", "100.74"),
        ("RAM Time Streaming Iowa", "19.474575"),
        ("Local Disk Time PD Standard Iowa", "1.1826"),
    ];
    for (key, much, line, total) in [
        // 50 x 0.089
        ("monthly_streaming_compute_units", "50", ("Streaming Engine Compute Unit", "4.45"), "125.847175"),
        // 7 x 0.018
        (
            "monthly_streaming_data_gb",
            "7",
            ("Streaming Engine data processed (legacy billing)", "0.126"),
            "121.523175",
        ),
    ] {
        let lines = [&workers[..], &[line]].concat();
        check(&[used(FLEX_TEMPLATE_JOB, inputs.clone(), &[(key, much)])], &lines, total);
    }
}

#[test]
fn a_batch_costs_while_it_runs() {
    let said = [("monthly_worker_hours", "10"), ("monthly_shuffle_data_gb", "3")];
    let batch = json!({ "gcsPath": "gs://dataflow-templates/latest/GCS_Text_to_Cloud_PubSub" });
    let lines = [
        // Of 1 vCPU, 3.75 GiB and 250 GiB: 10 x 0.056, 37.5 x 0.003557, 2,500 x 0.000054, 3 x 0.011
        ("vCPU Time Batch Iowa", "0.56"),
        ("RAM Time Batch Iowa", "0.1333875"),
        ("Local Disk Time PD Standard Iowa", "0.135"),
        ("Shuffle data processed", "0.033"),
    ];
    check(&[used(TEMPLATE_JOB, batch.clone(), &said)], &lines, "0.8613875");
    let mut cheap = batch;
    cheap["environment"] = json!({ "flexrsGoal": "FLEXRS_COST_OPTIMIZED" });
    let lines = [
        // 10 x 0.0336, 37.5 x 0.0021342
        ("vCPU Time FlexRS Iowa", "0.336"),
        ("RAM Time FlexRS Iowa", "0.0800325"),
        ("Local Disk Time PD Standard Iowa", "0.135"),
        ("Shuffle data processed", "0.033"),
    ];
    check(&[used(FLEX_TEMPLATE_JOB, cheap, &said)], &lines, "0.5840325");
}

#[test]
fn a_job_on_prime_costs_what_it_computes() {
    for (kind, path, dollars) in [
        // 4 x 0.089, 4 x 0.06
        ("streaming", STREAMING, "0.356"),
        ("batch", "gs://b/x", "0.24"),
    ] {
        let inputs = json!({ "gcsPath": path, "environment": { "additionalExperiments": ["enable_prime"] } });
        let line = format!("Data Compute Unit {kind} (Prime)");
        let said = [("monthly_data_compute_units", "4")];
        check(&[used(TEMPLATE_JOB, inputs, &said)], &[(&line, dollars)], dollars);
    }
}

#[test]
fn three_scheduled_jobs_are_free() {
    // x 0.1
    for (count, with_free) in [(2, "0"), (3, "0"), (4, "0.1"), (10, "0.7")] {
        let jobs: Vec<_> = (0..count).map(|_| used(SCHEDULER_JOB, json!({}), &[])).collect();
        check(&jobs, &vec![("Jobs", "0.1"); count], with_free);
    }
}

#[test]
fn six_versions_and_ten_thousand_accesses_are_free() {
    let auto = json!({ "replication": { "automatic": {} } });
    // x 0.06
    let rows = [("5", "0.3", "0"), ("6", "0.36", "0"), ("7", "0.42", "0.06")];
    table(SECRET, &auto, "active_secret_versions", &rows);
    // In two places each: 3, 6 and 8 are counted.
    let two = json!({ "replication": { "userManaged": { "replicas": [{}, {}] } } });
    let rows = [("2", "0.24", "0"), ("3", "0.36", "0"), ("4", "0.48", "0.12")];
    table(SECRET, &two, "active_secret_versions", &rows);
    // x 0.000003
    let rows = [
        ("9999", "0.029997", "0"),
        ("10000", "0.03", "0"),
        ("10001", "0.030003", "0.000003"),
        ("1000000", "3", "2.97"),
    ];
    table(SECRET, &auto, "monthly_access_operations", &rows);
    // x 0.05
    let rows = [("2", "0.1", "0"), ("3", "0.15", "0"), ("4", "0.2", "0.05")];
    table(SECRET, &auto, "monthly_rotation_notifications", &rows);
    let four = || used(SECRET, auto.clone(), &[("active_secret_versions", "4")]);
    let line = ("Secret version replica storage", "0.24");
    // 8 x 0.06 - 6 x 0.06
    check(&[four(), four()], &[line, line], "0.12");
}

#[test]
fn fifty_gibibytes_of_log_entries_are_free() {
    let destination = "logging.googleapis.com/projects/p/locations/global/buckets/b";
    let sink = json!({ "destination": destination });
    for (token, inputs) in [(LOG_BUCKET, json!({})), (LOG_SINK, sink.clone())] {
        let rows = [
            // x 0.5
            ("49", "24.5", "0"),
            ("50", "25", "0"),
            ("51", "25.5", "0.5"),
            ("100", "50", "25"),
        ];
        table(token, &inputs, "monthly_logging_data_gb", &rows);
    }
    let said = [("monthly_logging_data_gb", "50")];
    let line = ("Log Storage cost (was: Log Volume)", "25");
    check(&[used(LOG_BUCKET, json!({}), &said), used(LOG_SINK, sink, &said)], &[line, line], "25");
}

#[test]
fn metrics_get_cheaper_twice() {
    let rows = [
        // x 0.258; 150 free, which is 38.7.
        ("149", "38.442", "0"),
        ("150", "38.7", "0"),
        ("151", "38.958", "0.258"),
        ("99999", "25799.742", "25761.042"),
        ("100000", "25800", "25761.3"),
        // + 0.151
        ("100001", "25800.151", "25761.451"),
        // 25,800 + 149,999 x 0.151, 150,000 x 0.151
        ("249999", "48449.849", "48411.149"),
        ("250000", "48450", "48411.3"),
        // + 0.061
        ("250001", "48450.061", "48411.361"),
    ];
    for token in [LOG_METRIC, METRIC] {
        table(token, &json!({}), "monthly_monitoring_data_mb", &rows);
    }
    let rows = [
        // x 0.0000005
        ("999999", "0.4999995", "0"),
        ("1000000", "0.5", "0"),
        ("1000001", "0.5000005", "0.0000005"),
        ("3000000", "1.5", "1"),
    ];
    table(METRIC, &json!({}), "monthly_time_series_read", &rows);
}

/// Alerting costs nothing before September 2027.
#[test]
fn alerts_cost_from_a_day_on() {
    let condition =
        |metric: &str| json!({ "conditionThreshold": { "filter": format!("metric.type = \"{metric}\"") } });
    let inputs = json!({ "conditions": [condition("a"), condition("b"), condition("c")] });
    let alert = || used(ALERT_POLICY, inputs.clone(), &[("monthly_condition_points", "86400")]);
    let lines = [
        // 3 x 0.35, 86,400 x 0.0000005
        ("Alerting: metric reference in an alerting policy (from 2027-09-01)", "1.05"),
        ("Alerting: points returned by condition queries (from 2027-09-01)", "0.0432"),
    ];
    check(&[alert()], &lines, "1.0932");
    for (today, expected) in [(date!(2027 - 08 - 31), "0"), (date!(2027 - 09 - 01), "1.0932")] {
        let options = cost::Options { today: Some(today), ..cost::Options::default() };
        assert_eq!(account(&[alert()], &options).total, Range::exact(dollars(expected)), "{today}");
    }
}

fn crypto_key(algorithm: &str, level: &str) -> Value {
    json!({ "version_template": [{ "algorithm": algorithm, "protection_level": level }] })
}

#[test]
fn a_key_costs_by_what_protects_it() {
    for (inputs, version, operation) in [
        // 10 x 0.06, a million x 0.000003
        (
            json!({}),
            ("Active software symmetric key versions", "0.6"),
            ("Cryptographic operations with a software symmetric key", "3"),
        ),
        (
            crypto_key("GOOGLE_SYMMETRIC_ENCRYPTION", "HSM"),
            ("Active HSM symmetric key versions", "10"),
            ("HSM symmetric cryptographic operations", "3"),
        ),
        (
            crypto_key("RSA_SIGN_PSS_2048_SHA256", "HSM"),
            ("Active HSM RSA 2048 bit key versions", "10"),
            ("HSM cryptographic operations with a RSA 2048 bit key", "3"),
        ),
        // 10 x 2.5, a million x 0.000015
        (
            crypto_key("EC_SIGN_P256_SHA256", "HSM"),
            ("Active HSM ECDSA P-256 key versions", "25"),
            ("HSM cryptographic operations with an ECDSA P-256 key", "15"),
        ),
        (
            crypto_key("EXTERNAL_SYMMETRIC_ENCRYPTION", "EXTERNAL"),
            ("Active external symmetric key versions", "30"),
            ("External symmetric cryptographic operations", "3"),
        ),
    ] {
        let said = [("key_versions", "10"), ("monthly_key_operations", "1000000")];
        let sum = dollars(version.1) + dollars(operation.1);
        check(&[used(CRYPTO_KEY, inputs, &said)], &[version, operation], &sum.to_string());
    }
    // A key has a version from the beginning.
    let line = ("Active software symmetric key versions", "0.06");
    check(&[used(CRYPTO_KEY, json!({}), &[])], &[line], "0.06");
}

#[test]
fn two_thousand_versions_in_an_hsm_cost_more_than_those_after() {
    let rows = [
        // 1,999 x 2.5, 2,000 x 2.5, + 1 x 1
        ("1999", "4997.5", "4997.5"),
        ("2000", "5000", "5000"),
        ("2001", "5001", "5001"),
        ("3000", "6000", "6000"),
    ];
    for algorithm in ["EC_SIGN_P256_SHA256", "EC_SIGN_P384_SHA384", "RSA_SIGN_PSS_3072_SHA256"] {
        table(CRYPTO_KEY, &crypto_key(algorithm, "HSM"), "key_versions", &rows);
    }
    // Two keys count together.
    let key = || used(CRYPTO_KEY, crypto_key("EC_SIGN_P256_SHA256", "HSM"), &[("key_versions", "1500")]);
    // 1,500 x 2.5, then 500 x 2.5 + 1,000 x 1
    let line = "Active HSM ECDSA P-256 key versions";
    check(&[key(), key()], &[(line, "3750"), (line, "2250")], "6000");
}
