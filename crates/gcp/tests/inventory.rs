//! What a project has is found in every place, whoever made it; a part of it is no answer.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod google;

use std::collections::BTreeMap;
use std::sync::Arc;

use gcp::bill::{Item, Resources};
use gcp::inventory::{Inventory, inventory, measured};
use google::{Fake, session};
use serde_json::{Value, json};

const GIB: u64 = 1 << 30;

/// A project with one of each.
fn project() -> Arc<Fake> {
    let fake = Arc::new(Fake::default());
    for location in ["europe-west1", "us-central1", "us"] {
        fake.put(&format!("v1/projects/p/locations/{location}"), json!({ "locationId": location }));
    }
    for (path, state) in [
        ("v1/projects/p/topics/t", json!({ "name": "projects/p/topics/t", "labels": { "a": "b" } })),
        (
            "v1/projects/p/subscriptions/s",
            json!({ "name": "projects/p/subscriptions/s", "topic": "projects/p/topics/t" }),
        ),
        ("storage/v1/b/bucket", json!({ "name": "bucket", "location": "EU", "storageClass": "NEARLINE" })),
        (
            "bigquery/v2/projects/p/datasets/d",
            json!({ "datasetReference": { "projectId": "p", "datasetId": "d" }, "location": "EU",
                    "storageBillingModel": "PHYSICAL" }),
        ),
        (
            "bigquery/v2/projects/p/datasets/d/tables/t",
            json!({ "tableReference": { "projectId": "p", "datasetId": "d", "tableId": "t" },
                    "numActivePhysicalBytes": (3 * GIB).to_string(), "numActiveLogicalBytes": (9 * GIB).to_string(),
                    "numLongTermPhysicalBytes": GIB.to_string(),
                    "streamingBuffer": { "estimatedBytes": GIB.to_string() } }),
        ),
        (
            "v1/projects/p/locations/eu/transferConfigs/1",
            json!({ "name": "projects/7/locations/eu/transferConfigs/1", "displayName": "load",
                    "dataSourceId": "google_cloud_storage" }),
        ),
        (
            "v2/projects/p/locations/us-central1/services/api",
            json!({ "name": "projects/p/locations/us-central1/services/api", "template": {} }),
        ),
        (
            "v2/projects/p/locations/europe-west1/jobs/batch",
            json!({ "name": "projects/p/locations/europe-west1/jobs/batch", "template": {} }),
        ),
        (
            "v1/projects/p/locations/us/repositories/images",
            json!({ "name": "projects/p/locations/us/repositories/images", "format": "DOCKER",
                    "sizeBytes": (GIB / 2).to_string() }),
        ),
        (
            "v1/projects/p/locations/us-central1/jobs/tick",
            json!({ "name": "projects/p/locations/us-central1/jobs/tick", "schedule": "* * * * *" }),
        ),
        ("v1/projects/p/secrets/key", json!({ "name": "projects/7/secrets/key" })),
        (
            "v1/projects/p/secrets/key/versions/1",
            json!({ "name": "projects/7/secrets/key/versions/1", "state": "DESTROYED" }),
        ),
        (
            "v1/projects/p/secrets/key/versions/2",
            json!({ "name": "projects/7/secrets/key/versions/2", "state": "ENABLED" }),
        ),
        ("v2/projects/p/metrics/errors", json!({ "name": "errors", "filter": "severity>=ERROR" })),
        (
            "v2/projects/p/sinks/_Default",
            json!({ "name": "_Default", "destination": "logging.googleapis.com/x" }),
        ),
        (
            "v3/projects/p/alertPolicies/5",
            json!({ "name": "projects/p/alertPolicies/5", "displayName": "Too many" }),
        ),
        (
            "v1b3/projects/p/locations/us-central1/jobs/2026-01-01_00",
            json!({ "id": "2026-01-01_00", "name": "stream", "location": "us-central1",
                    "type": "JOB_TYPE_STREAMING", "environment": { "sdkPipelineOptions": { "options": {
                        "numWorkers": 2, "maxNumWorkers": 0, "workerMachineType": "n1-standard-8",
                        "enableStreamingEngine": true, "inputTopic": "projects/p/topics/t" } } } }),
        ),
    ] {
        fake.put(path, state);
    }
    fake
}

async fn looked(fake: &Arc<Fake>) -> Inventory {
    let found = inventory("p", &session(fake)).await.unwrap_or_else(|it| panic!("{it:?}"));
    let problems = fake.with(|it| std::mem::take(&mut it.problems));
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    found
}

/// Each thing as its id, kind and name.
fn names(found: &Inventory) -> BTreeMap<String, String> {
    let text = |it: &gcp::inventory::Found| format!("{} {}", it.priced.noun(), it.name());
    found.found.iter().map(|it| (it.live.id.clone(), text(it))).collect()
}

#[tokio::test]
async fn everything_is_found() {
    let found = looked(&project()).await;
    let names = names(&found);
    let want = [
        ("2026-01-01_00", "job stream"),
        ("bucket", "bucket bucket"),
        ("projects/7/locations/eu/transferConfigs/1", "transfer load"),
        ("projects/7/secrets/key/versions/2", "secret version 2"),
        ("projects/p/alertPolicies/5", "alert policy Too many"),
        ("projects/p/datasets/d", "dataset d"),
        ("projects/p/datasets/d/tables/t", "table t"),
        ("projects/p/locations/europe-west1/jobs/batch", "job batch"),
        ("projects/p/locations/us-central1/jobs/tick", "scheduled job tick"),
        ("projects/p/locations/us-central1/services/api", "service api"),
        ("projects/p/locations/us/repositories/images", "repository images"),
        ("projects/p/metrics/errors", "log metric errors"),
        ("projects/p/secrets/key", "secret key"),
        ("projects/p/sinks/_Default", "log sink _Default"),
        ("projects/p/subscriptions/s", "subscription s"),
        ("projects/p/topics/t", "topic t"),
    ];
    assert_eq!(names, want.map(|(id, name)| (id.to_owned(), name.to_owned())).into());
    let state = |id: &str| &found.found.iter().find(|it| it.live.id == id).unwrap().live.state;
    // What the bills of each ask for: where it is, and what it was made with.
    assert_eq!(state("projects/p/locations/us-central1/services/api")["location"], "us-central1");
    assert_eq!(state("projects/p/datasets/d/tables/t")["dataset"], "d");
    let job = state("2026-01-01_00");
    let environment =
        json!({ "numWorkers": 2, "machineType": "n1-standard-8", "enableStreamingEngine": true });
    assert_eq!((&job["environment"], &job["type"]), (&environment, &json!("JOB_TYPE_STREAMING")));
    assert_eq!(job["parameters"]["inputTopic"], "projects/p/topics/t");
}

#[tokio::test]
async fn what_is_stored_is_measured() {
    let found = looked(&project()).await;
    let item = |it: gcp::inventory::Found| Item {
        address: it.live.id.clone(),
        name: it.name().to_owned(),
        terraform: None,
        priced: it.priced,
        inputs: it.live.state,
    };
    let resources = Resources::new(found.found.into_iter().map(item).collect());
    let measured = measured(&resources, "us-central1");
    let told =
        |address: &str, key: &str| measured[address].get(key).map(|it| it.expected.normalize().to_string());
    // As the dataset is charged, and what was just streamed with it.
    assert_eq!(told("projects/p/datasets/d/tables/t", "monthly_active_storage_gb").as_deref(), Some("4"));
    assert_eq!(told("projects/p/datasets/d/tables/t", "monthly_long_term_storage_gb").as_deref(), Some("1"));
    assert_eq!(told("projects/p/locations/us/repositories/images", "storage_gb").as_deref(), Some("0.5"));
}

fn refusal(status: u16, code: &str, message: &str, details: Value) -> Value {
    json!({ "error": { "code": status, "status": code, "message": message, "details": details } })
}

#[tokio::test]
async fn a_refusal_is_told_and_a_disabled_api_named() {
    let fake = project();
    let info = json!([{
        "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "SERVICE_DISABLED",
        "metadata": { "service": "dataflow.googleapis.com" },
    }]);
    let disabled = refusal(403, "PERMISSION_DENIED", "Dataflow API has not been used", info);
    fake.refuse("GET v1b3/projects/p/jobs:aggregated", 403, disabled);
    // A location that the project may not use has nothing of it.
    let elsewhere = refusal(
        403,
        "PERMISSION_DENIED",
        "Permission denied on 'locations/us' (or it may not exist).",
        json!([]),
    );
    fake.refuse("GET v2/projects/p/locations/us/services", 403, elsewhere);
    let found = looked(&fake).await;
    assert_eq!(found.disabled.iter().collect::<Vec<_>>(), ["dataflow.googleapis.com"]);
    assert!(names(&found).contains_key("projects/p/locations/us-central1/services/api"));

    let fake = project();
    let denied = refusal(403, "PERMISSION_DENIED", "Permission 'storage.buckets.list' denied", json!([]));
    fake.refuse("GET storage/v1/b", 403, denied);
    let refused = inventory("p", &session(&fake)).await.unwrap_err();
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert!(refused[0].to_string().contains("storage.buckets.list"), "{}", refused[0]);
}
