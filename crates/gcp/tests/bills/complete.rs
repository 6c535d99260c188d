//! Every kind says what it costs, or why it is free.

use engine::{Alone, Bill, Billed, Usage};
use gcp::{kinds, terraform};
use serde_json::json;

#[test]
fn every_kind_has_a_bill() {
    for entry in kinds::ALL {
        let token = entry.driver.facts().token;
        let (inputs, usage) = (json!({}), Usage::default());
        let of = Billed { inputs: &inputs, usage: &usage, region: "us-central1", others: &Alone };
        match entry.driver.bill(&of) {
            None => panic!("nobody says what {token} costs"),
            Some(Bill::Free(why)) => assert!(why.ends_with('.') && why.len() > 15, "{token}: {why}"),
            Some(Bill::Charges(charges)) => assert!(!charges.is_empty(), "{token} has an empty bill"),
        }
    }
}

#[test]
fn charges_follow_usage_that_their_kind_knows() {
    for entry in kinds::ALL {
        let token = entry.driver.facts().token;
        let names: Vec<&str> = entry.driver.usage().iter().map(|it| it.name).collect();
        for (at, name) in names.iter().enumerate() {
            assert!(!names[..at].contains(name), "{token} knows {name} twice");
        }
        // With every usage said, and with none.
        let all: Vec<(&str, &str)> = names.iter().map(|it| (*it, "1")).collect();
        for said in [&all[..], &[]] {
            for inputs in [json!({}), json!({ "storageClass": "NEARLINE", "dataSourceId": "play" })] {
                let Bill::Charges(charges) = crate::bill_among(&Alone, token, &inputs, said) else {
                    continue;
                };
                for charge in charges {
                    for key in &charge.usage {
                        assert!(names.contains(key), "{token}: {} follows {key}", charge.name);
                    }
                    assert!(
                        charge.quantity.is_some() || !charge.usage.is_empty(),
                        "{token}: {}",
                        charge.name
                    );
                    assert!(charge.quantity.is_some() || said.is_empty(), "{token}: {}", charge.name);
                }
            }
        }
    }
}

/// A bill is written whatever is said, for somebody else refuses what is absurd.
#[test]
fn absurd_usage_ends_in_a_bill() {
    for entry in kinds::ALL {
        let token = entry.driver.facts().token;
        for much in ["79228162514264337593543950335", "0.0000000000000000000000000001", "0"] {
            let all: Vec<(&str, &str)> = entry.driver.usage().iter().map(|it| (it.name, much)).collect();
            let containers = json!([{ "resources": { "cpuIdle": true, "limits": { "cpu": "1000000T" } } }]);
            for inputs in [
                json!({ "storageClass": "ARCHIVE", "messageRetentionDuration": "2678400s" }),
                json!({ "retainAckedMessages": true, "replication": { "userManaged": { "replicas": [{}, {}] } } }),
                json!({ "template": { "containers": containers, "scaling": { "minInstanceCount": 1e15 } } }),
                json!({ "template": { "taskCount": 1e15, "template": { "containers": containers } } }),
            ] {
                crate::bill_among(&Alone, token, &inputs, &all);
            }
        }
    }
    let topic = crate::item("gcp:pubsub/v1:Topic", json!({ "name": "t" }));
    let export = json!({ "topic": "t", "name": "s", "cloudStorageConfig": { "bucket": "b" } });
    let export = crate::item("gcp:pubsub/v1:Subscription", export);
    let bucket = crate::item("gcp:storage/v1:Bucket", json!({ "name": "b" }));
    let most = "79228162514264337593543950335";
    let said = [("monthly_messages", most), ("average_message_bytes", most)];
    assert!(crate::derived(vec![topic, export, bucket], &[("Topic t", &said)]).contains_key("Bucket b"));
}

#[test]
fn terraforms_types_lead_to_kinds_and_back() {
    for entry in kinds::ALL {
        let token = entry.driver.facts().token;
        let types: Vec<&str> = terraform::terraform_types(token).collect();
        // Terraform has no image of its own.
        assert_eq!(types.is_empty(), token == "gcp:artifactregistry/v1:Image", "{token}");
        for name in types {
            assert_eq!(terraform::known(name).map(|it| it.token()), Some(token), "{name}");
        }
    }
    let key = "google_kms_crypto_key";
    assert_eq!(terraform::terraform_types(key).collect::<Vec<_>>(), [key]);
    assert!(terraform::known("google_compute_instance").is_none());
}

/// The keys of Infracost's usage file, each with the type that it is known for.
#[test]
fn infracosts_usage_is_known_key_for_key() {
    for (types, keys) in [
        (&["google_pubsub_topic"][..], &["monthly_message_data_tb"][..]),
        (&["google_pubsub_subscription"], &["monthly_message_data_tb", "storage_gb", "snapshot_storage_gb"]),
        (
            &["google_storage_bucket"],
            &[
                "storage_gb",
                "monthly_class_a_operations",
                "monthly_class_b_operations",
                "monthly_data_retrieval_gb",
                "monthly_egress_data_transfer_gb.same_continent",
                "monthly_egress_data_transfer_gb.worldwide",
                "monthly_egress_data_transfer_gb.asia",
                "monthly_egress_data_transfer_gb.china",
                "monthly_egress_data_transfer_gb.australia",
            ],
        ),
        (&["google_bigquery_dataset"], &["monthly_queries_tb"]),
        (
            &["google_bigquery_table"],
            &[
                "monthly_active_storage_gb",
                "monthly_long_term_storage_gb",
                "monthly_streaming_inserts_mb",
                "monthly_storage_write_api_gb",
                "monthly_storage_read_api_tb",
            ],
        ),
        (
            &["google_cloud_run_service", "google_cloud_run_v2_service"],
            &[
                "monthly_requests",
                "average_request_duration_ms",
                "concurrent_requests_per_instance",
                "instance_hrs",
            ],
        ),
        (&["google_cloud_run_v2_job"], &["monthly_job_executions", "average_task_execution_mins"]),
        (
            &["google_artifact_registry_repository"],
            &["storage_gb", "monthly_egress_data_transfer_gb.us_east1"],
        ),
        (
            &["google_secret_manager_secret"],
            &["active_secret_versions", "monthly_access_operations", "monthly_rotation_notifications"],
        ),
        (&["google_monitoring_metric_descriptor"], &["monthly_monitoring_data_mb", "monthly_api_calls"]),
        (
            &["google_logging_project_sink", "google_logging_project_bucket_config"],
            &["monthly_logging_data_gb"],
        ),
        (&["google_kms_crypto_key"], &["key_versions", "monthly_key_operations"]),
    ] {
        for name in types {
            let known = terraform::known(name).unwrap_or_else(|| panic!("{name} is not known"));
            for key in keys {
                assert!(known.usage().iter().any(|it| it.name == *key), "{name} knows no {key}");
            }
        }
    }
}
