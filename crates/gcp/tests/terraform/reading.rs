//! What is read of a plan: modules, instances, references, regions; and what a file is that is none.

use gcp::bill::Item;
use gcp::terraform::{Input, read};
use serde_json::{Value, json};

fn plan(document: &Value) -> Input {
    read(document.to_string().as_bytes()).expect("it is a plan")
}

fn resource(address: &str, values: Value) -> Value {
    let at = address.rfind("google_").unwrap_or(0);
    let kind = address[at..].split('.').next().unwrap_or(address);
    json!({ "address": address, "mode": "managed", "type": kind, "values": values })
}

fn later(address: &str, unknown: Value) -> Value {
    json!({ "address": address, "change": { "after_unknown": unknown } })
}

fn written(kind: &str, name: &str, expressions: Value) -> Value {
    json!({ "mode": "managed", "type": kind, "name": name, "provider_config_key": "google",
            "expressions": expressions })
}

fn item<'a>(input: &'a Input, address: &str) -> &'a Item {
    let found = input.planned.items().iter().find(|it| it.address == address);
    found.unwrap_or_else(|| panic!("there is no {address} in {:?}", input.planned.items()))
}

#[test]
fn modules_and_instances_keep_their_addresses() {
    let bucket =
        |address: &str, location: &str| resource(address, json!({ "name": "b", "location": location }));
    let input = plan(&json!({ "format_version": "1.2", "planned_values": { "root_module": {
        "resources": [bucket("google_storage_bucket.a[0]", "US"), bucket("google_storage_bucket.a[1]", "EU")],
        "child_modules": [{
            "address": "module.m[\"x.y\"]",
            "resources": [bucket("module.m[\"x.y\"].google_storage_bucket.b[\"k\"]", "ASIA")],
            "child_modules": [{ "resources": [bucket("module.m[\"x.y\"].module.n.google_storage_bucket.c", "US")] }],
        }],
    } } }));
    let addresses: Vec<&str> = input.planned.items().iter().map(|it| &*it.address).collect();
    assert_eq!(
        addresses,
        [
            "google_storage_bucket.a[0]",
            "google_storage_bucket.a[1]",
            "module.m[\"x.y\"].google_storage_bucket.b[\"k\"]",
            "module.m[\"x.y\"].module.n.google_storage_bucket.c",
        ]
    );
    assert_eq!(item(&input, "google_storage_bucket.a[1]").inputs["location"], "EU");
    assert_eq!((input.detected, input.region.as_str()), (4, ""));
}

#[test]
fn data_is_left_out_and_what_is_not_known_is_counted() {
    let data =
        json!({ "address": "data.google_project.p", "mode": "data", "type": "google_project", "values": {} });
    let input = plan(&json!({ "format_version": "1.2", "planned_values": { "root_module": { "resources": [
        data,
        resource("google_compute_instance.a", json!({})),
        resource("google_compute_instance.b", json!({})),
        resource("google_redis_instance.c", json!({})),
        json!({ "address": "aws_instance.d", "mode": "managed", "type": "aws_instance", "values": {} }),
        resource("google_pubsub_topic.t", json!({ "name": "t" })),
        resource("random_id.r", json!({})),
    ] } } }));
    assert_eq!(input.planned.items().len(), 1);
    let unsupported: Vec<&str> = input.unsupported.iter().map(|it| it.address.as_str()).collect();
    let expected = [
        "google_compute_instance.a",
        "google_compute_instance.b",
        "google_redis_instance.c",
        "aws_instance.d",
    ];
    assert_eq!((unsupported.as_slice(), input.detected), (&expected[..], 5));
    assert_eq!(
        input.unsupported[3].why,
        "aws_instance is not of Google Cloud, and no price of it is known here"
    );
}

/// Everything is named after a random text that nobody knows before apply.
#[test]
fn references_are_followed_where_values_are_not_known() {
    let all = json!({ "name": true, "id": true });
    let input = plan(&json!({
        "format_version": "1.2",
        "planned_values": { "root_module": { "resources": [
            resource("google_pubsub_topic.t[\"a\"]", json!({})),
            resource("google_pubsub_topic.t[\"b\"]", json!({})),
            resource("google_pubsub_subscription.s[\"b\"]", json!({ "name": "s", "bigquery_config": [{}] })),
            resource("google_bigquery_dataset.d", json!({ "location": "EU" })),
            resource("google_bigquery_table.r", json!({})),
        ] } },
        "resource_changes": [
            later("google_pubsub_topic.t[\"a\"]", all.clone()),
            later("google_pubsub_topic.t[\"b\"]", all),
            later("google_pubsub_subscription.s[\"b\"]", json!({ "topic": true, "bigquery_config": [{ "table": true }] })),
            later("google_bigquery_dataset.d", json!({ "dataset_id": true })),
            later("google_bigquery_table.r", json!({ "dataset_id": true, "table_id": true })),
        ],
        "configuration": { "root_module": { "resources": [
            written("google_pubsub_topic", "t", json!({})),
            written("google_pubsub_subscription", "s", json!({
                "topic": { "references": ["google_pubsub_topic.t", "each.key"] },
                "bigquery_config": [{ "table": { "references": ["var.project", "google_bigquery_table.r.table_id", "google_bigquery_table.r"] } }],
            })),
            written("google_bigquery_dataset", "d", json!({})),
            written("google_bigquery_table", "r", json!({
                "dataset_id": { "references": ["google_bigquery_dataset.d.dataset_id", "google_bigquery_dataset.d"] },
            })),
        ] } },
    }));
    let topic = item(&input, "google_pubsub_topic.t[\"b\"]").inputs["name"].clone();
    let subscription = &item(&input, "google_pubsub_subscription.s[\"b\"]").inputs;
    assert_eq!((topic.is_string(), &subscription["topic"]), (true, &topic));
    let (dataset, table) =
        (item(&input, "google_bigquery_dataset.d"), item(&input, "google_bigquery_table.r"));
    assert_eq!(table.inputs["dataset"], dataset.inputs["name"]);
    let expected = format!(
        "datasets/{}/tables/{}",
        dataset.inputs["name"].as_str().unwrap(),
        table.inputs["name"].as_str().unwrap()
    );
    assert_eq!(subscription["bigqueryConfig"]["table"], expected);
    // And so a table knows where it is.
    let bill = input.planned.bill(table, &engine::Usage::default(), "us-central1");
    assert!(format!("{bill:?}").contains("Active Logical Storage (eu)"), "{bill:?}");
}

#[test]
fn references_lead_through_variables_and_outputs_of_modules() {
    let input = plan(&json!({
        "format_version": "1.2",
        "planned_values": { "root_module": { "child_modules": [
            { "resources": [resource("module.topics.google_pubsub_topic.t", json!({ "name": "events" }))] },
            { "resources": [resource("module.readers[\"x\"].google_pubsub_subscription.s", json!({ "name": "s" }))] },
        ] } },
        "resource_changes": [later("module.readers[\"x\"].google_pubsub_subscription.s", json!({ "topic": true }))],
        "configuration": { "root_module": { "module_calls": {
            "topics": { "module": {
                "outputs": { "topic": { "expression": { "references": ["google_pubsub_topic.t.id", "google_pubsub_topic.t"] } } },
                "resources": [written("google_pubsub_topic", "t", json!({}))],
            } },
            "readers": {
                "expressions": { "from": { "references": ["module.topics.topic", "module.topics"] } },
                "module": { "resources": [
                    written("google_pubsub_subscription", "s", json!({ "topic": { "references": ["var.from"] } })),
                ] },
            },
        } } },
    }));
    assert_eq!(item(&input, "module.readers[\"x\"].google_pubsub_subscription.s").inputs["topic"], "events");
}

/// Modules that pass each other's outputs around in a ring lead nowhere, and end.
#[test]
fn a_ring_of_references_ends() {
    let call = |other: &str| {
        json!({
            "expressions": { "v": { "references": [format!("module.{other}.out")] } },
            "module": {
                "outputs": { "out": { "expression": { "references": ["var.v"] } } },
                "resources": [written("google_pubsub_subscription", "s", json!({ "topic": { "references": ["var.v"] } }))],
            },
        })
    };
    let input = plan(&json!({
        "format_version": "1.2",
        "planned_values": { "root_module": { "child_modules": [
            { "resources": [resource("module.a.google_pubsub_subscription.s", json!({ "name": "s" }))] },
        ] } },
        "configuration": { "root_module": { "module_calls": { "a": call("b"), "b": call("a") } } },
    }));
    assert_eq!(item(&input, "module.a.google_pubsub_subscription.s").inputs.get("topic"), None);
}

#[test]
fn a_region_is_a_resources_own_or_its_providers() {
    let document = |region: Value| {
        json!({
            "format_version": "1.2",
            "variables": { "where": { "value": "asia-east1" } },
            "planned_values": { "root_module": { "resources": [
                resource("google_cloud_run_v2_service.own", json!({ "name": "a", "location": "us-west1" })),
                resource("google_cloud_scheduler_job.none", json!({ "name": "b" })),
                resource("google_dataflow_job.other", json!({ "name": "c" })),
            ] } },
            "configuration": {
                "provider_config": {
                    "google": { "expressions": { "region": region } },
                    "google.far": { "expressions": { "region": { "constant_value": "me-west1" } } },
                },
                "root_module": { "resources": [
                    { "mode": "managed", "type": "google_dataflow_job", "name": "other", "provider_config_key": "google.far" },
                ] },
            },
        })
    };
    for (region, expected) in [
        (json!({ "constant_value": "europe-west4" }), "europe-west4"),
        (json!({ "references": ["var.where"] }), "asia-east1"),
    ] {
        let input = plan(&document(region));
        assert_eq!(input.region, expected);
        assert_eq!(item(&input, "google_cloud_run_v2_service.own").inputs["location"], "us-west1");
        assert_eq!(item(&input, "google_cloud_scheduler_job.none").inputs["location"], expected);
        assert_eq!(item(&input, "google_dataflow_job.other").inputs["location"], "me-west1");
    }
}

#[test]
fn cloud_runs_annotations_are_fields() {
    let service = |throttling: &str| {
        resource(
            "google_cloud_run_service.s",
            json!({ "name": "s", "location": "us-west1", "template": [{
                "metadata": [{ "annotations": {
                    "autoscaling.knative.dev/minScale": "2", "run.googleapis.com/cpu-throttling": throttling,
                } }],
                "spec": [{ "container_concurrency": 40, "containers": [
                    { "image": "i", "resources": [{ "limits": { "cpu": "2000m", "memory": "1Gi" } }] },
                ] }],
            }] }),
        )
    };
    for (throttling, idle) in [("true", true), ("false", false)] {
        let input = plan(&json!({ "format_version": "1.2", "planned_values": { "root_module": {
            "resources": [service(throttling)],
        } } }));
        let inputs = &item(&input, "google_cloud_run_service.s").inputs;
        assert_eq!(inputs["template"]["scaling"]["minInstanceCount"], 2);
        assert_eq!(inputs["template"]["maxInstanceRequestConcurrency"], 40);
        let resources = &inputs["template"]["containers"][0]["resources"];
        assert_eq!(resources, &json!({ "cpuIdle": idle, "limits": { "cpu": "2000m", "memory": "1Gi" } }));
    }
}

#[test]
fn secrets_stay_in_the_plan() {
    let mut version =
        resource("google_secret_manager_secret_version.v", json!({ "secret": "s", "secret_data": "hush" }));
    version["sensitive_values"] = json!({ "secret_data": true });
    let mut job = resource(
        "google_cloud_run_v2_job.j",
        json!({ "name": "j", "template": [{ "template": [{ "containers": [{ "image": "i", "env": [{ "name": "K", "value": "hush" }] }] }] }] }),
    );
    job["sensitive_values"] =
        json!({ "template": [{ "template": [{ "containers": [{ "env": [{ "value": true }] }] }] }] });
    let input = plan(&json!({ "format_version": "1.2", "planned_values": { "root_module": {
        "resources": [version, job],
    } } }));
    assert_eq!(input.planned.items().len(), 2);
    assert!(!format!("{input:?}").contains("hush"));
}

#[test]
fn what_is_there_now_is_read_beside() {
    let bucket = |class: &str| {
        json!({ "root_module": { "resources": [
            resource("google_storage_bucket.b", json!({ "name": "b", "location": "US", "storage_class": class })),
        ] } })
    };
    let input = plan(&json!({
        "format_version": "1.2",
        "planned_values": bucket("NEARLINE"),
        "prior_state": { "values": bucket("STANDARD") },
    }));
    assert_eq!(input.planned.items()[0].inputs["storageClass"], "NEARLINE");
    assert_eq!(input.past.unwrap().items()[0].inputs["storageClass"], "STANDARD");
    // A state is what is there.
    let state = plan(&json!({ "format_version": "1.0", "values": bucket("COLDLINE") }));
    assert_eq!(state.planned.items()[0].inputs["storageClass"], "COLDLINE");
    assert!(state.past.is_none());
}

#[test]
fn a_state_as_terraform_keeps_it_is_one_as_it_shows_it() {
    let queue = |name: &str| json!({ "name": name, "project": "p", "labels": { "team": "a" } });
    let shown = plan(&json!({ "format_version": "1.0", "values": { "root_module": {
        "resources": [
            { "address": "google_pubsub_topic.t", "mode": "managed", "type": "google_pubsub_topic", "values": queue("t") },
            { "address": "google_pubsub_topic.t", "mode": "managed", "type": "google_pubsub_topic", "values": queue("old"),
              "deposed_key": "ab12" },
            { "address": "data.google_project.p", "mode": "data", "type": "google_project", "values": {} },
            { "address": "google_sql_database_instance.i", "mode": "managed", "type": "google_sql_database_instance",
              "values": { "name": "i" } },
        ],
        "child_modules": [{ "address": "module.a[\"x\"]", "resources": [
            { "address": "module.a[\"x\"].google_pubsub_topic.t[0]", "mode": "managed",
              "type": "google_pubsub_topic", "values": queue("u") },
            { "address": "module.a[\"x\"].google_pubsub_topic.t[\"k\"]", "mode": "managed",
              "type": "google_pubsub_topic", "values": queue("v"), "sensitive_values": { "labels": true } },
        ] }],
    } } }));
    let kept = plan(&json!({
        "version": 4, "terraform_version": "1.9.8", "serial": 3, "lineage": "l", "outputs": {},
        "resources": [
            { "mode": "managed", "type": "google_pubsub_topic", "name": "t", "instances": [
                { "schema_version": 0, "attributes": queue("t") },
                { "deposed": "ab12", "attributes": queue("old") },
            ] },
            { "mode": "data", "type": "google_project", "name": "p", "instances": [{ "attributes": {} }] },
            { "mode": "managed", "type": "google_sql_database_instance", "name": "i",
              "instances": [{ "attributes": { "name": "i" } }] },
            { "module": "module.a[\"x\"]", "mode": "managed", "type": "google_pubsub_topic", "name": "t", "instances": [
                { "index_key": 0, "attributes": queue("u") },
                { "index_key": "k", "attributes": queue("v"),
                  "sensitive_attributes": [[{ "type": "get_attr", "value": "labels" }]] },
            ] },
        ],
    }));
    let told = |input: &Input| {
        let item = |it: &gcp::bill::Item| format!("{} {} {}", it.address, it.name, it.inputs);
        input.planned.items().iter().map(item).collect::<Vec<_>>()
    };
    assert_eq!(told(&kept), told(&shown));
    assert_eq!(kept.planned.items().len(), 4);
    assert_eq!((kept.detected, &kept.unsupported), (shown.detected, &shown.unsupported));
    assert_eq!(kept.unsupported.len(), 1);
    assert!(kept.past.is_none());
}

#[test]
fn lines_of_a_wrapper_are_skipped() {
    let text = "[command]/usr/bin/terraform-bin show -json plan\n\
                {\"format_version\":\"1.2\",\"planned_values\":{\"root_module\":{}}}\n\
                ::debug::Terraform exited with code 0.\n\
                ::set-output name=stdout::x\n";
    assert!(read(text.as_bytes()).is_ok());
    assert!(read(format!("\u{feff}{}", text.lines().nth(1).unwrap()).as_bytes()).is_ok());
}

#[test]
fn what_is_neither_plan_nor_state_is_told_what_it_is() {
    let told = |bytes: &[u8]| read(bytes).map(|_| ()).unwrap_err().what;
    for (text, expected) in [
        ("", "empty"),
        (" \n", "empty"),
        ("{\"format_version\": \"1.2\",", "JSON that is broken off or malformed"),
        ("resource \"google_pubsub_topic\" \"t\" {\n}\n", "a configuration of Terraform's"),
        ("{\"resource\": {\"google_pubsub_topic\": {}}}", "a configuration of Terraform's in JSON"),
        ("Terraform will perform the following actions:\n  # x", "a plan as people read it"),
        ("{\"@level\":\"info\"}\n{\"@level\":\"info\"}\n", "the messages of terraform plan -json"),
        ("version: 0.1\nresource_usage:\n  a.b:\n", "a usage file"),
        (
            "{\"version\":1,\"stack\":\"dev\",\"project\":\"p\",\"fingerprint\":\"f\",\"plan\":{}}",
            "a plan that stack plan --out saved",
        ),
        (
            "{\"version\":1,\"stack\":\"dev\",\"project\":\"p\",\"steps\":[]}",
            "the output of stack plan --json",
        ),
        ("{\"version\":\"0.2\",\"projects\":[],\"totalMonthlyCost\":\"1\"}", "a report of Infracost's"),
        (
            "{\"version\":3,\"terraform_version\":\"0.11\",\"serial\":1,\"lineage\":\"x\",\"modules\":[]}",
            "a state as Terraform before 0.12 kept it",
        ),
        ("{\"version\":3,\"checkpoint\":{}}", "a state of Pulumi's"),
        ("{\"AWSTemplateFormatVersion\":\"x\"}", "a template of CloudFormation's"),
        (
            "{\"format_version\":\"1.2\",\"planned_values\":null,\"errored\":true}",
            "a plan that plans nothing, for it failed",
        ),
        ("# Costs\n\n    resource_usage:\n      a.b:\n", "other text"),
        ("{\"name\":\"x\"}", "other JSON, with name"),
        ("[1, 2]", "other JSON"),
        ("hello", "other text"),
    ] {
        assert_eq!(told(text.as_bytes()), expected, "{text}");
    }
    assert_eq!(told(b"PK\x03\x04\x14\x00tfplan"), "a plan as terraform plan -out saves it");
    assert_eq!(told(b"PK\x03\x04\x14\x00x.txt"), "a zip");
    assert_eq!(told(&[0x1f, 0x8b, 8]), "packed with gzip");
    assert_eq!(told(&[0xff, 0xfe, 0]), "no text");
    let message = read(b"hello").map(|_| ()).unwrap_err().to_string();
    assert_eq!(message, "it is not the JSON of a Terraform plan or state, but other text");
}

/// Whatever stands where a plan has something else ends in an answer.
#[test]
fn odd_plans_are_read_as_far_as_they_go() {
    for odd in [
        json!({ "root_module": [] }),
        json!({ "root_module": { "resources": "x" } }),
        json!({ "root_module": { "resources": [1, null, { "address": 3 }] } }),
        json!({ "root_module": { "resources": [resource("google_pubsub_topic", json!(null))] } }),
        json!({ "root_module": { "resources": [resource("google_storage_bucket.b", json!({ "lifecycle_rule": [null, 3] }))] } }),
        json!({ "root_module": { "resources": [resource("google_cloud_run_service.s", json!({ "template": 3 }))] } }),
        json!({ "root_module": { "resources": [resource("google_cloud_run_v2_service.s", json!({
            "template": [{ "containers": [{ "resources": [{ "limits": { "cpu": "lots", "memory": -3 } }] }] }],
        }))] } }),
    ] {
        let input = plan(&json!({ "format_version": "1.2", "planned_values": odd }));
        for item in input.planned.items() {
            assert!(input.planned.bill(item, &engine::Usage::default(), "us-central1").is_some());
        }
    }
}
