//! An input that makes a difference to a bill makes the bill uncertain while it is not known.

use engine::{Alone, Bill, Charge, unknown};
use serde_json::{Value, json};

use crate::{bill_among, line, priced};

/// Inputs of each kind whose bill follows from them, none of them as it would be by default.
fn samples() -> Vec<(&'static str, Value)> {
    let container = json!({ "resources": { "cpuIdle": true, "limits": { "cpu": "4", "memory": "8Gi" } } });
    let always =
        json!({ "resources": { "cpuIdle": false, "limits": { "cpu": "4", "nvidia.com/gpu": "1" } } });
    let service = |container: &Value| {
        json!({ "location": "europe-west3", "scaling": { "minInstanceCount": 3 }, "template": {
            "containers": [container], "nodeSelector": { "accelerator": "nvidia-rtx-pro-6000" },
        } })
    };
    let manual = json!({ "scalingMode": "MANUAL", "manualInstanceCount": 5 });
    let environment = json!({ "numWorkers": 4, "maxWorkers": 9, "machineType": "n1-highmem-8", "diskSizeGb": 500,
        "enableStreamingEngine": true });
    let condition = |filter: &str| json!({ "conditionThreshold": { "filter": filter, "denominatorFilter": "metric.type = \"b\"" } });
    vec![
        ("gcp:storage/v1:Bucket", json!({ "location": "EU", "storageClass": "COLDLINE" })),
        ("gcp:storage/v1:Bucket", json!({ "location": "US", "autoclass": { "enabled": true } })),
        (
            "gcp:storage/v1:Bucket",
            json!({ "location": "EU", "customPlacementConfig": { "dataLocations": ["europe-west1", "europe-west4"] }, "rpo": "ASYNC_TURBO" }),
        ),
        ("gcp:bigquery/v2:Dataset", json!({ "location": "EU" })),
        ("gcp:run/v2:Service", service(&container)),
        ("gcp:run/v2:Service", service(&always)),
        (
            "gcp:run/v2:Service",
            json!({ "location": "us-east1", "scaling": manual, "template": { "containers": [always] } }),
        ),
        (
            "gcp:run/v2:Job",
            json!({ "location": "europe-west3", "template": { "taskCount": 7, "template": { "containers": [container] } } }),
        ),
        (
            "gcp:dataflow/v1b3:TemplateJob",
            json!({ "location": "us-east1", "gcsPath": "gs://b/pubsub_x", "environment": environment }),
        ),
        (
            "gcp:dataflow/v1b3:FlexTemplateJob",
            json!({ "location": "us-east1", "type": "JOB_TYPE_STREAMING", "environment": { "additionalExperiments": ["enable_prime"] } }),
        ),
        (
            "gcp:dataflow/v1b3:TemplateJob",
            json!({ "gcsPath": "gs://b/x", "environment": { "flexrsGoal": "FLEXRS_COST_OPTIMIZED" } }),
        ),
        ("gcp:artifactregistry/v1:Repository", json!({ "location": "europe-west3" })),
        (
            "gcp:pubsub/v1:Topic",
            json!({ "messageRetentionDuration": "86400s", "messageTransforms": [{ "javascriptUdf": {} }] }),
        ),
        (
            "gcp:pubsub/v1:Subscription",
            json!({ "retainAckedMessages": true, "messageRetentionDuration": "86400s" }),
        ),
        ("gcp:pubsub/v1:Subscription", json!({ "cloudStorageConfig": { "bucket": "b" } })),
        (
            "gcp:secretmanager/v1:Secret",
            json!({ "replication": { "userManaged": { "replicas": [{ "location": "a" }, { "location": "b" }] } } }),
        ),
        ("gcp:monitoring/v3:AlertPolicy", json!({ "conditions": [condition("metric.type = \"a\"")] })),
        (
            "google_kms_crypto_key",
            json!({ "rotation_period": "100000s", "version_template": [{ "algorithm": "RSA_SIGN_PSS_2048_SHA256", "protection_level": "HSM" }] }),
        ),
    ]
}

/// Every place in a value that holds something, and all that holds them.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    if !at.is_empty() {
        found.push(at.to_owned());
    }
    let escaped = |it: &str| it.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(key, it)| pointers(it, &format!("{at}/{}", escaped(key)), found))
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, it)| pointers(it, &format!("{at}/{i}"), found))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn charges(token: &str, inputs: &Value, said: &[(&str, &str)]) -> Vec<Charge> {
    match bill_among(&Alone, token, inputs, said) {
        Bill::Charges(charges) => charges,
        Bill::Free(_) => Vec::new(),
    }
}

#[test]
fn what_makes_a_difference_makes_a_doubt() {
    let mut tried = 0;
    for (token, inputs) in samples() {
        let names: Vec<&str> =
            priced(token).usage().iter().map(|it| it.name).filter(|it| !it.ends_with('}')).collect();
        let all: Vec<(&str, &str)> = names.iter().map(|it| (*it, "1")).collect();
        let mut places = Vec::new();
        pointers(&inputs, "", &mut places);
        for place in places {
            let with = |it: Value| {
                let mut inputs = inputs.clone();
                *inputs.pointer_mut(&place).expect("it is there") = it;
                inputs
            };
            let (mut differs, mut doubts) = (false, false);
            for said in [&all[..], &[]] {
                let told = |inputs: &Value| charges(token, inputs, said).iter().map(line).collect::<Vec<_>>();
                differs |= told(&inputs) != told(&with(Value::Null));
                doubts |= charges(token, &with(unknown()), said).iter().any(|it| it.doubt.is_some());
            }
            assert!(
                !differs || doubts,
                "{token}: {place} makes a difference, and none while it is not known"
            );
            tried += usize::from(differs);
            assert!(charges(token, &inputs, &all).iter().all(|it| it.doubt.is_none()), "{token} {inputs}");
        }
    }
    assert!(tried > 40, "only {tried} inputs make a difference");
}

#[test]
fn a_value_without_a_meaning_is_wrong() {
    for (token, inputs) in [
        ("gcp:storage/v1:Bucket", json!({ "storageClass": "FROZEN" })),
        (
            "gcp:run/v2:Service",
            json!({ "template": { "containers": [{ "resources": { "limits": { "cpu": "lots" } } }] } }),
        ),
        ("google_kms_crypto_key", json!({ "version_template": [{ "protection_level": "PAPER" }] })),
    ] {
        let is_wrong = |it: &Charge| matches!(it.doubt, Some(engine::Doubt::Wrong(_)));
        assert!(charges(token, &inputs, &[]).iter().any(is_wrong), "{token}");
    }
    // A machine that is not known here has no price, and not none at all.
    let job = json!({ "gcsPath": "gs://b/pubsub_x", "environment": { "machineType": "z9-mega-4" } });
    let first = charges("gcp:dataflow/v1b3:TemplateJob", &job, &[]).remove(0);
    assert!(
        matches!(&first.doubt, Some(engine::Doubt::NoPrice(why)) if why.contains("z9-mega-4")),
        "{first:?}"
    );
    assert_eq!((first.quantity, first.usage.len()), (None, 0));
}

#[test]
fn a_rotation_makes_versions() {
    let versions = |period: &str| {
        let key = charges("google_kms_crypto_key", &json!({ "rotation_period": period }), &[]).remove(0);
        key.quantity.expect("it is known").expected.normalize().to_string()
    };
    assert_eq!([versions("100000s"), versions("2592000s"), versions("7776000s")], ["25.92", "1", "1"]);
}
