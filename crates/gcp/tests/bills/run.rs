//! Cloud Run: by the request and by the instance, two tiers, every container, idle instances.

use serde_json::{Value, json};

use crate::check;

const SERVICE: &str = "gcp:run/v2:Service";
const JOB: &str = "gcp:run/v2:Job";

fn service(container: Value, more: &Value) -> Value {
    let mut inputs = json!({ "location": "us-central1", "template": { "containers": [container] } });
    for (name, value) in more.as_object().into_iter().flatten() {
        inputs["template"][name] = value.clone();
    }
    inputs
}

/// Ten million requests of 400 ms, twenty at a time: 200,000 seconds.
const LOAD: &[(&str, &str)] = &[
    ("monthly_requests", "10000000"),
    ("average_request_duration_ms", "400"),
    ("concurrent_requests_per_instance", "20"),
];

/// Infracost takes the rate of what is paid for by the instance.
#[test]
fn requests_are_paid_for_at_their_own_rate() {
    let inputs = service(
        json!({ "resources": { "cpuIdle": true, "limits": { "cpu": "2", "memory": "1Gi" } } }),
        &json!({}),
    );
    check(
        SERVICE,
        &inputs,
        LOAD,
        &[
            "Services CPU (Request-based billing) @us-central1: 400000 vCPU.s",
            "Services Memory (Request-based billing) @us-central1: 200000 GiBy.s",
            "Requests @global: 10000000 count",
        ],
    );
}

#[test]
fn a_container_without_resources_has_one_cpu_and_half_a_gibibyte() {
    check(
        SERVICE,
        &service(json!({ "image": "i" }), &json!({})),
        LOAD,
        &[
            "Services CPU (Request-based billing) @us-central1: 200000 vCPU.s",
            "Services Memory (Request-based billing) @us-central1: 100000 GiBy.s",
            "Requests @global: 10000000 count",
        ],
    );
}

/// Infracost charges for the first container only.
#[test]
fn every_container_is_paid_for() {
    let sidecar = json!({ "resources": { "cpuIdle": true, "limits": { "cpu": "500m", "memory": "256Mi" } } });
    let inputs = json!({ "location": "us-central1", "template": { "containers": [{}, sidecar] } });
    check(
        SERVICE,
        &inputs,
        LOAD,
        &[
            "Services CPU (Request-based billing) @us-central1: 300000 vCPU.s",
            "Services Memory (Request-based billing) @us-central1: 150000 GiBy.s",
            "Requests @global: 10000000 count",
        ],
    );
}

#[test]
fn the_second_tier_has_prices_of_its_own() {
    let inputs = json!({ "location": "europe-west3", "template": {
        "containers": [{}], "scaling": { "minInstanceCount": 1 },
    } });
    check(
        SERVICE,
        &inputs,
        &[],
        &[
            "Services CPU Tier 2  (Request-based billing) @europe-west3: ? vCPU.s",
            "Services Memory Tier 2 (Request-based billing) @europe-west3: ? GiBy.s",
            "Services Min Instance CPU Tier 2 (Request-based billing) @europe-west3: 2628000 vCPU.s",
            "Services Min Instance Memory Tier 2 (Request-based billing) @europe-west3: 1314000 GiBy.s",
            "Requests @global: ? count",
        ],
    );
}

/// Infracost does not charge for instances that wait.
#[test]
fn minimum_instances_are_paid_for_while_they_wait() {
    let inputs = service(json!({}), &json!({ "scaling": { "minInstanceCount": 2 } }));
    check(
        SERVICE,
        &inputs,
        LOAD,
        &[
            "Services CPU (Request-based billing) @us-central1: 200000 vCPU.s",
            "Services Memory (Request-based billing) @us-central1: 100000 GiBy.s",
            // Two months less what served requests.
            "Services Min Instance CPU (Request-based billing) @us-central1: 5056000 vCPU.s",
            "Services Min Instance Memory (Request-based billing) @us-central1: 2528000 GiBy.s",
            "Requests @global: 10000000 count",
        ],
    );
    // The service's own least counts as well, and those that are busy all month never wait.
    let mut inputs = service(json!({}), &json!({}));
    inputs["scaling"] = json!({ "minInstanceCount": 1 });
    let busy = &[
        ("monthly_requests", "10000000"),
        ("average_request_duration_ms", "1000"),
        ("concurrent_requests_per_instance", "1"),
    ];
    check(
        SERVICE,
        &inputs,
        busy,
        &[
            "Services CPU (Request-based billing) @us-central1: 10000000 vCPU.s",
            "Services Memory (Request-based billing) @us-central1: 5000000 GiBy.s",
            "Services Min Instance CPU (Request-based billing) @us-central1: 0 vCPU.s",
            "Services Min Instance Memory (Request-based billing) @us-central1: 0 GiBy.s",
            "Requests @global: 10000000 count",
        ],
    );
}

#[test]
fn how_many_share_an_instance_lies_between_one_and_the_limit() {
    let said = &[("monthly_requests", "1000000"), ("average_request_duration_ms", "100")];
    let lines = |together: &str| {
        [
            format!("Services CPU (Request-based billing) @us-central1: {together}..100000..100000 vCPU.s"),
            "Requests @global: 1000000 count".to_owned(),
        ]
    };
    for (more, low) in [(json!({}), "1250"), (json!({ "maxInstanceRequestConcurrency": 10 }), "10000")] {
        let expected = lines(low);
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        crate::check_some(SERVICE, &service(json!({}), &more), said, &expected);
    }
    // Time is charged in steps of 100 ms.
    let said = &[said[0], ("average_request_duration_ms", "101"), ("concurrent_requests_per_instance", "1")];
    let line = "Services CPU (Request-based billing) @us-central1: 200000 vCPU.s";
    crate::check_some(SERVICE, &service(json!({}), &json!({})), said, &[line]);
}

#[test]
fn cpu_around_the_clock_is_paid_for_by_the_instance() {
    // Resources that do not say so are not idle.
    let always = json!({ "resources": { "limits": { "cpu": "1000m", "memory": "2Gi" } } });
    let lines = |cpu: &str, memory: &str| {
        [
            format!("Services CPU (Instance-based billing) in europe-west1 @europe-west1: {cpu} vCPU.s"),
            format!(
                "Services Memory (Instance-based billing) in europe-west1 @europe-west1: {memory} GiBy.s"
            ),
        ]
    };
    let mut inputs = service(always, &json!({}));
    inputs["location"] = json!("europe-west1");
    // Requests cost nothing then.
    for (said, least, expected) in [
        (LOAD, 0, lines("?", "?")),
        (&[("instance_hrs", "100")], 0, lines("360000", "720000")),
        (&[("instance_hrs", "100")], 1, lines("2628000", "5256000")),
        (&[], 1, lines("2628000", "5256000")),
        (&[("instance_hrs", "1000")], 1, lines("3600000", "7200000")),
    ] {
        inputs["template"]["scaling"] = json!({ "minInstanceCount": least });
        check(SERVICE, &inputs, said, &[&expected[0], &expected[1]]);
    }
}

#[test]
fn a_gpu_is_never_left_out() {
    let mut inputs = service(
        json!({ "resources": { "limits": { "cpu": "4", "memory": "16Gi", "nvidia.com/gpu": "1" } } }),
        &json!({ "nodeSelector": { "accelerator": "nvidia-l4" } }),
    );
    inputs["location"] = json!("us-east4");
    let line = "GPU nvidia-l4 in us-east4 @us-east4: 36000 GPU.s";
    crate::check_some(SERVICE, &inputs, &[("instance_hrs", "10")], &[line]);
}

#[test]
fn a_job_is_paid_for_by_its_tasks() {
    let inputs = json!({ "location": "asia-east1", "template": {
        "taskCount": 5,
        "parallelism": 2,
        "template": { "containers": [{ "resources": { "limits": { "cpu": "2", "memory": "1Gi" } } }] },
    } });
    let said = &[("monthly_job_executions", "100"), ("average_task_execution_mins", "10")];
    check(
        JOB,
        &inputs,
        said,
        &[
            "Jobs CPU in asia-east1 @asia-east1: 600000 vCPU.s",
            "Jobs Memory in asia-east1 @asia-east1: 300000 GiBy.s",
        ],
    );
    // A minute is charged at least.
    let said = &[said[0], ("average_task_execution_mins", "0.1")];
    crate::check_some(JOB, &inputs, said, &["Jobs CPU in asia-east1 @asia-east1: 60000 vCPU.s"]);
    let plain = json!({ "location": "asia-east1", "template": { "template": { "containers": [{}] } } });
    let said = &[("monthly_job_executions", "1"), ("average_task_execution_mins", "1")];
    check(
        JOB,
        &plain,
        said,
        &[
            "Jobs CPU in asia-east1 @asia-east1: 60 vCPU.s",
            "Jobs Memory in asia-east1 @asia-east1: 30 GiBy.s",
        ],
    );
}

#[test]
fn what_leaves_for_the_internet_is_charged_if_it_is_said() {
    let line =
        "Cloud Run Network Internet Data Transfer Out North America to North America @us-central1: 12 GiBy";
    crate::check_some(SERVICE, &service(json!({}), &json!({})), &[("monthly_egress_gb", "12")], &[line]);
}
