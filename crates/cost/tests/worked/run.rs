//! Cloud Run: by the request and by the instance, in two tiers; a part of each free, at tier 1's price.

use serde_json::{Value, json};

use crate::{account, check, table, used, with_free_tier};

pub const SERVICE: &str = "gcp:run/v2:Service";
pub const JOB: &str = "gcp:run/v2:Job";
const CPU: &str = "Services CPU (Request-based billing)";
const MEMORY: &str = "Services Memory (Request-based billing)";

/// A service whose one container has this.
fn service(location: &str, cpu: &str, memory: &str, idle: bool) -> Value {
    let resources = json!({ "cpuIdle": idle, "limits": { "cpu": cpu, "memory": memory } });
    json!({ "location": location, "template": { "containers": [{ "resources": resources }] } })
}

/// Requests of 100 ms, one at a time.
fn requests(many: &'static str) -> [(&'static str, &'static str); 3] {
    [
        ("monthly_requests", many),
        ("average_request_duration_ms", "100"),
        ("concurrent_requests_per_instance", "1"),
    ]
}

#[test]
fn two_million_requests_are_free() {
    // x 0.0000004
    let rows = [
        ("1999999", "0.7999996", "0"),
        ("2000000", "0.8", "0"),
        ("2000001", "0.8000004", "0.0000004"),
        ("10000000", "4", "3.2"),
    ];
    // While nothing says how long they take, they cost only this.
    table(SERVICE, &json!({ "location": "us-central1" }), "monthly_requests", &rows);
}

#[test]
fn fifty_hours_of_a_cpu_are_free_by_the_request() {
    let of = |many| [used(SERVICE, service("us-central1", "1", "512Mi", true), &requests(many))];
    for (many, cpu, memory, calls, with_free) in [
        // 179,999 vCPU-s x 0.000024, 89,999.5 GiB-s x 0.0000025, 1,799,990 x 0.0000004
        ("1799990", "4.319976", "0.22499875", "0.719996", "0"),
        // 180,000 vCPU-s
        ("1800000", "4.32", "0.225", "0.72", "0"),
        // 180,001 vCPU-s: one is paid for.
        ("1800010", "4.320024", "0.22500125", "0.720004", "0.000024"),
    ] {
        check(&of(many), &[(CPU, cpu), (MEMORY, memory), ("Requests", calls)], with_free);
    }
}

/// There is one container where none is declared; of those that are not known yet no size is made up.
#[test]
fn a_service_without_containers_has_one() {
    // 180,000 vCPU-s, 90,000 GiB-s: all of it free.
    let lines = [(CPU, "4.32"), (MEMORY, "0.225"), ("Requests", "0.72")];
    for containers in [json!([]), Value::Null] {
        let inputs = json!({ "location": "us-central1", "template": { "containers": containers } });
        check(&[used(SERVICE, inputs, &requests("1800000"))], &lines, "0");
    }
    let inputs = json!({ "location": "us-central1", "template": { "containers": engine::unknown() } });
    let estimate = account(&[used(SERVICE, inputs, &requests("1800000"))], &with_free_tier(true));
    let told = estimate.summary.at_least.iter().map(|it| it.why.as_str());
    assert_eq!(told.collect::<Vec<_>>(), ["template.containers is known only after apply"; 2]);
}

#[test]
fn a_hundred_hours_of_a_gibibyte_are_free_by_the_request() {
    let of = |many| [used(SERVICE, service("us-central1", "1", "4Gi", true), &requests(many))];
    for (many, cpu, memory, calls, with_free) in [
        // 89,999 s: x 0.000024, x 4 x 0.0000025
        ("899990", "2.159976", "0.89999", "0.359996", "0"),
        // 360,000 GiB-s
        ("900000", "2.16", "0.9", "0.36", "0"),
        // 360,004 GiB-s: 4 x 0.0000025
        ("900010", "2.160024", "0.90001", "0.360004", "0.00001"),
    ] {
        check(&of(many), &[(CPU, cpu), (MEMORY, memory), ("Requests", calls)], with_free);
    }
}

#[test]
fn the_second_tier_costs_more_and_has_as_many_dollars_free() {
    let load = [
        ("monthly_requests", "10000000"),
        ("average_request_duration_ms", "400"),
        ("concurrent_requests_per_instance", "20"),
    ];
    let lines = [
        // 200,000 x 0.0000336, 100,000 x 0.0000035
        ("Services CPU Tier 2  (Request-based billing)", "6.72"),
        ("Services Memory Tier 2 (Request-based billing)", "0.35"),
        ("Requests", "4"),
    ];
    // 11.07 - 180,000 x 0.000024 - 0.35 - 0.8
    check(&[used(SERVICE, service("europe-west3", "1", "512Mi", true), &load)], &lines, "5.6");
}

#[test]
fn an_instance_around_the_clock() {
    let month = [("instance_hrs", "730")];
    for (region, cpu, memory, with_free) in [
        // 2,628,000 x 0.000018, 1,314,000 x 0.000002; less 240,000 x 0.000018 and 450,000 x 0.000002
        ("us-central1", "47.304", "2.628", "44.712"),
        ("europe-west1", "47.304", "2.628", "44.712"),
        // 2,628,000 x 0.0000216, 1,314,000 x 0.0000024; less as many dollars
        ("europe-west3", "56.7648", "3.1536", "54.6984"),
    ] {
        let names = ["CPU", "Memory"].map(|it| format!("Services {it} (Instance-based billing) in {region}"));
        let lines = [(names[0].as_str(), cpu), (names[1].as_str(), memory)];
        check(&[used(SERVICE, service(region, "1", "512Mi", false), &month)], &lines, with_free);
        // One that must be there costs the same, whatever is said.
        let mut always = service(region, "1", "512Mi", false);
        always["template"]["scaling"] = json!({ "minInstanceCount": 1 });
        check(&[used(SERVICE, always, &[])], &lines, with_free);
    }
}

fn job(cpu: &str, memory: &str) -> Value {
    let containers = json!([{ "resources": { "limits": { "cpu": cpu, "memory": memory } } }]);
    json!({ "location": "us-central1", "template": { "template": { "containers": containers } } })
}

#[test]
fn a_job_has_240_000_seconds_of_cpu_and_450_000_of_a_gibibyte_free() {
    let lines = ["Jobs CPU in us-central1", "Jobs Memory in us-central1"];
    for (memory_size, executions, cpu, memory, with_free) in [
        // A minute each: 239,940 s x 0.000018, half of them x 0.000002
        ("512Mi", "3999", "4.31892", "0.23994", "0"),
        ("512Mi", "4000", "4.32", "0.24", "0"),
        // 60 x 0.000018
        ("512Mi", "4001", "4.32108", "0.24006", "0.00108"),
        // 224,940 s x 0.000018, twice x 0.000002
        ("2Gi", "3749", "4.04892", "0.89976", "0"),
        ("2Gi", "3750", "4.05", "0.9", "0"),
        // 120 x 0.000002
        ("2Gi", "3751", "4.05108", "0.90024", "0.00024"),
    ] {
        let said = [("monthly_job_executions", executions), ("average_task_execution_mins", "1")];
        let of = [used(JOB, job("1", memory_size), &said)];
        check(&of, &[(lines[0], cpu), (lines[1], memory)], with_free);
    }
}

#[test]
fn jobs_and_services_by_the_instance_share_what_is_free() {
    let said = [("monthly_job_executions", "4000"), ("average_task_execution_mins", "1")];
    let all = [
        used(SERVICE, service("us-central1", "1", "512Mi", false), &[("instance_hrs", "730")]),
        used(JOB, job("1", "512Mi"), &said),
    ];
    let lines = [
        ("Services CPU (Instance-based billing) in us-central1", "47.304"),
        ("Services Memory (Instance-based billing) in us-central1", "2.628"),
        ("Jobs CPU in us-central1", "4.32"),
        ("Jobs Memory in us-central1", "0.24"),
    ];
    // 54.492 - 4.32 - 0.9
    check(&all, &lines, "49.272");
}

#[test]
fn the_internet_in_north_america() {
    let rows = [
        // x 0.105; one free.
        ("0.5", "0.0525", "0"),
        ("1", "0.105", "0"),
        ("2", "0.21", "0.105"),
        ("10240", "1075.2", "1075.095"),
        // + 0.08
        ("10241", "1075.28", "1075.175"),
        // 1075.2 + 143,360 x 0.08
        ("153600", "12544", "12543.895"),
        // + 0.06
        ("153601", "12544.06", "12543.955"),
    ];
    table(SERVICE, &json!({ "location": "us-central1" }), "monthly_egress_gb", &rows);
}
