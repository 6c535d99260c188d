//! What the stack costs: offline, of plans and files of others, and in a plan.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod program;

use engine::Method;
use program::Program;
use serde_json::{Value, json};

const USAGE: &str = "version: 0.1
resource_usage:
  topic data-ingestion-topic:
    monthly_messages: 20_000_000
    average_message_bytes: 500
  google_cloud_run_v2_service.data-api:
    monthly_requests: 1_000_000
    average_request_duration_ms: 100
    concurrent_requests_per_instance: 1
";

fn with_usage() -> Program {
    let program = Program::new();
    program.write("infracost-usage.yml", USAGE);
    program
}

fn json(program: &Program, args: &[&str]) -> Value {
    let said = program.run(&[&["cost", "--format", "json"], args].concat());
    serde_json::from_str(&said.out).unwrap_or_else(|e| panic!("{e}: {} {}", said.out, said.err))
}

fn total(report: &Value) -> f64 {
    report["totalMonthlyCost"].as_str().unwrap().parse().unwrap()
}

#[test]
fn nobody_is_asked_and_nothing_runs() {
    let program = with_usage();
    program.ok(&["local", "stop"]);
    std::fs::remove_file(program.folder.path().join(".stack/local/server.json")).unwrap();
    let said = program.run(&["cost"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.out.contains("OVERALL TOTAL") && said.out.contains("Prices: Google's list prices of"),
        "{}",
        said.out
    );
    assert!(!program.folder.path().join(".stack/local/server.json").exists(), "no cloud was started");
}

#[test]
fn lines_are_by_usage_and_what_follows_from_it() {
    let program = with_usage();
    let report = json(&program, &["--no-free-tier"]);
    let schema: Value = serde_json::from_str(include_str!("../../docs/cost.schema.json")).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let problems: Vec<String> = schema.iter_errors(&report).map(|it| it.to_string()).collect();
    assert_eq!(problems, Vec::<String>::new());
    let resources = report["projects"][0]["breakdown"]["resources"].as_array().unwrap();
    let line = |resource: &str, name: &str| -> f64 {
        let found =
            resources.iter().find(|it| it["name"] == resource).unwrap_or_else(|| panic!("no {resource}"));
        let lines = found["costComponents"].as_array().unwrap();
        let line =
            lines.iter().find(|it| it["name"] == name).unwrap_or_else(|| panic!("no {name}: {lines:?}"));
        line["monthlyCost"].as_str().unwrap_or_else(|| panic!("{line}")).parse().unwrap()
    };
    let is =
        |found: f64, expected: f64| assert!((found - expected).abs() < 0.005, "{found} is not {expected}");
    // 20 million messages count as 1,000 bytes each: 0.0182 TiB at $40, and at $50 into files.
    is(line("topic data-ingestion-topic", "Message publishing"), 0.73);
    is(line("subscription export-to-storage", "Delivery into Cloud Storage"), 0.91);
    // 100,000 seconds of a CPU at the request-based price of tier 1, and of half a GiB.
    is(line("service data-api", "CPU while serving"), 2.40);
    is(line("service data-api", "Memory while serving"), 0.125);
    assert!(total(&json(&program, &[])) < total(&report), "free allowances are taken off");
    let none = json(&program, &["--usage-file", "none.yml", "--sync-usage-file"]);
    // What nobody has said is not known, and is not nothing.
    let throughput = &none["projects"][0]["breakdown"]["resources"][0]["costComponents"][0];
    assert_eq!(
        (&throughput["name"], &throughput["monthlyCost"]),
        (&json!("Message publishing"), &Value::Null)
    );
    assert!(
        program.read("none.yml").contains("# monthly_message_data_tb: 0"),
        "{}",
        program.read("none.yml")
    );
}

#[test]
fn mistakes_in_usage_are_told() {
    let program = Program::new();
    let check = |usage: &str, says: &str| {
        program.write("usage.yml", usage);
        let said = program.run(&["cost", "--usage-file", "usage.yml"]);
        assert!(said.code == 1 && said.err.contains(says), "{usage}: {}", said.err);
    };
    let of = |line: &str| format!("resource_usage:\n  topic data-ingestion-topic:\n    {line}\n");
    // A name that is not known is only warned of.
    program.write("usage.yml", &of("monthly_mesages: 1"));
    let said = program.run(&["cost", "--usage-file", "usage.yml"]);
    let warning =
        "line 3: usage monthly_mesages is not known, and is left out; did you mean monthly_messages?";
    assert!(said.code == 0 && said.err.contains(warning), "{}", said.err);
    check(&of("monthly_messages: -1"), "negative");
    check(&of("monthly_messages: 1e18"), "1e18");
    let said = program.run(&["cost", "--usage-file", "nowhere.yml"]);
    assert!(said.code == 1 && said.err.contains("nowhere.yml cannot be read"), "{}", said.err);
    for (file, what) in [("Cargo.toml", "JSON"), ("Pulumi.yaml", "JSON")] {
        let said = program.run(&["cost", "--path", file]);
        assert!(said.code == 1 && said.err.contains(what), "{}", said.err);
    }
}

#[test]
fn what_has_no_price_is_an_error_of_its_own() {
    let program = with_usage();
    // The list has no price of Dataflow's in this region.
    let args = ["cost", "--config", "ingestion=dataflow", "--config", "gcp:region=europe-west1"];
    let said = program.run(&args);
    assert_eq!(said.code, 3, "{}", said.err);
    assert!(said.out.contains("no price is known for vCPU Time Streaming"), "{}", said.out);
    assert_eq!(program.run(&[&args[..], &["--allow-unpriced"]].concat()).code, 0);
}

#[test]
fn more_than_is_allowed_fails() {
    let program = with_usage();
    assert_eq!(program.run(&["cost", "--fail-above", "1000"]).code, 0);
    let said = program.run(&["cost", "--fail-above", "0.5"]);
    assert!(said.code == 1 && said.err.contains("more than the 0.5 of --fail-above"), "{}", said.err);
    program.ok(&["cost", "--format", "json", "--out", "base.json"]);
    assert_eq!(program.run(&["cost", "--compare-to", "base.json", "--fail-on-increase", "10%"]).code, 0);
    let dearer =
        ["cost", "--compare-to", "base.json", "--fail-on-increase", "10%", "--config", "ingestion=dataflow"];
    let said = program.run(&dearer);
    assert!(said.code == 1 && said.err.contains("more than --fail-on-increase allows"), "{}", said.err);
    let markdown = program.ok(&[
        "cost",
        "--compare-to",
        "base.json",
        "--format",
        "markdown",
        "--config",
        "public=false",
    ]);
    assert!(markdown.contains("### Monthly cost of events/local"), "{markdown}");
}

#[test]
fn a_plan_says_what_it_changes_of_the_bill() {
    let program = with_usage();
    program.ok(&["apply", "--yes"]);
    let config = ["--config", "ingestion=dataflow"];
    let said = program.ok(&[&["plan"], &config[..]].concat());
    let job = said.lines().find(|it| it.contains("job pubsub-to-bigquery-streaming")).unwrap();
    assert!(job.contains("+$") && job.contains("a month"), "{said}");
    assert!(said.contains("Monthly cost: $"), "{said}");
    program.ok(&[&["plan", "--out", "plan.json"], &config[..]].concat());
    let plan: Value = serde_json::from_str(&program.read("plan.json")).unwrap();
    let after: f64 = plan["plan"]["bills"]["total"]["after"].as_str().unwrap().parse().unwrap();
    let of_file = json(&program, &["--path", "plan.json"]);
    assert!((total(&of_file) - after).abs() < 0.005, "{} {after}", total(&of_file));
    let change = program.ok(&["cost", "diff", "--path", "plan.json"]);
    assert!(change.contains("job pubsub-to-bigquery-streaming"), "{change}");
    // What is there costs what is declared.
    let (live, declared) = (json(&program, &["--live"]), json(&program, &[]));
    assert!((total(&live) - total(&declared)).abs() < 0.005, "{} {}", total(&live), total(&declared));
    let nothing = program.ok(&["cost", "diff"]);
    assert!(!nothing.contains("~ ") && !nothing.contains("+ "), "{nothing}");
}

#[test]
fn what_others_made_is_part_of_the_live_project() {
    let program = with_usage();
    program.ok(&["apply", "--yes"]);
    let call = |service: &str, path: &str, body: Value| {
        program.call(Method::Post, &format!("{service}.googleapis.com"), path, Some(body))
    };
    let image = json!({ "image": "us-docker.pkg.dev/cloudrun/container/job:latest" });
    call("storage", "storage/v1/b?project=local-project", json!({ "name": "by-hand", "location": "EU" }));
    let job = json!({ "template": { "template": { "containers": [image] } } });
    call("run", "v2/projects/local-project/locations/europe-west1/jobs?jobId=by-hand", job);
    let datasets = "bigquery/v2/projects/local-project/datasets";
    call("bigquery", datasets, json!({ "datasetReference": { "datasetId": "by_hand" }, "location": "EU" }));
    let table = json!({
        "tableReference": { "tableId": "rows" },
        "schema": { "fields": [{ "name": "a", "type": "STRING" }] },
    });
    call("bigquery", &format!("{datasets}/by_hand/tables"), table);
    let rows = json!({ "rows": [{ "json": { "a": "x".repeat(1 << 20) } }] });
    call("bigquery", &format!("{datasets}/by_hand/tables/rows/insertAll"), rows);
    let said = program.run(&["cost", "--live", "--format", "json"]);
    assert!(said.err.contains("dataflow.googleapis.com is disabled"), "{}", said.err);
    let report: Value = serde_json::from_str(&said.out).unwrap();
    let resources = report["projects"][0]["breakdown"]["resources"].as_array().unwrap();
    let lines = |name: &str| {
        let found = resources.iter().find(|it| it["name"] == name);
        found.unwrap_or_else(|| panic!("no {name}: {}", said.out))["costComponents"].as_array().unwrap()
    };
    for name in ["bucket by-hand", "job by-hand", "dataset by_hand", "topic data-ingestion-topic"] {
        assert!(!lines(name).is_empty(), "{name}");
    }
    // A mebibyte is there, and that it is there is what says so.
    let active = lines("table rows").iter().find(|it| it["name"] == "Active storage (logical)").unwrap();
    let quantity: f64 = active["monthlyQuantity"].as_str().unwrap().parse().unwrap();
    assert!((quantity * 1024.0 - 1.0).abs() < 0.01, "{active}");
}

#[test]
fn a_usage_file_that_is_wrong_keeps_nobody_from_a_change() {
    let program = Program::new();
    program.write(
        "infracost-usage.yml",
        "resource_usage:\n  topic data-ingestion-topic:\n    monthly_messages: -1\n",
    );
    let said = program.ok(&["apply", "--yes"]);
    assert!(
        said.contains("the monthly cost could not be worked out") && said.contains("monthly_messages"),
        "{said}"
    );
    assert!(!said.contains("Monthly cost: "), "{said}");
    // A part of a stack has no bill of its own.
    program.write("infracost-usage.yml", USAGE);
    let said = program.ok(&["plan", "--target", "events"]);
    assert!(!said.contains("onthly cost"), "{said}");
}

#[test]
fn a_change_needs_something_before() {
    let program = with_usage();
    program.ok(&["plan", "--out", "plan.json"]);
    let first = program.ok(&["cost", "diff", "--path", "plan.json"]);
    assert!(first.contains("+ topic data-ingestion-topic"), "all of a first plan is added: {first}");
    let resource = r#"{ "address": "google_pubsub_topic.a", "mode": "managed", "type": "google_pubsub_topic",
        "name": "a", "provider_name": "registry.terraform.io/hashicorp/google", "values": { "name": "a" } }"#;
    let module = format!(r#""root_module": {{ "resources": [{resource}] }}"#);
    program.write("state.json", &format!(r#"{{ "format_version": "1.0", "values": {{ {module} }} }}"#));
    for args in
        [["cost", "diff", "--path", "state.json"], ["cost", "--fail-on-increase=10%", "--path", "state.json"]]
    {
        let said = program.run(&args);
        assert!(said.code == 1 && said.err.contains("state.json says nothing of before"), "{}", said.err);
    }
    let plan =
        format!(r#"{{ "format_version": "1.2", "planned_values": {{ {module} }}, "configuration": {{}} }}"#);
    program.write("first.json", &plan);
    let said = program.ok(&["cost", "diff", "--path", "first.json"]);
    assert!(said.contains("+ google_pubsub_topic.a"), "{said}");
    program
        .write("plan.json", &program.read("plan.json").replace("gcp:pubsub/v1:Topic", "gcp:pubsub/v9:Topic"));
    let said = program.run(&["cost", "--path", "plan.json"]);
    assert!(
        said.code == 1 && said.err.contains("gcp:pubsub/v9:Topic, which this program does not know"),
        "{}",
        said.err
    );
}

#[test]
fn prices_are_read_anew() {
    let program = with_usage();
    let before = total(&json(&program, &[]));
    let said = program.ok(&["cost", "refresh"]);
    assert!(said.contains("No price has changed."), "{said}");
    let cache = program.read(".stack/prices.csv");
    assert!((total(&json(&program, &[])) - before).abs() < 1e-9);
    let dearer = cache.replace(
        "Message Delivery to Google Cloud Storage,global,TiBy,0,50,",
        "Message Delivery to Google Cloud Storage,global,TiBy,0,500,",
    );
    assert_ne!(dearer, cache);
    program.write(".stack/prices.csv", &dearer);
    assert!(total(&json(&program, &[])) > before + 5.0);
    let said = program.ok(&["cost", "refresh"]);
    assert!(said.contains("1 cheaper:") && said.contains("$500 -> $50"), "{said}");
}

#[test]
fn ways_of_ingestion_are_compared() {
    let program = Program::new();
    let said = program.ok(&["cost", "compare", "ingestion", "--events", "1M,100M"]);
    assert!(
        said.contains("1,000,000 events a month") && said.contains("100,000,000 events a month"),
        "{said}"
    );
    let cost = |way: &str| -> f64 {
        let line = said
            .lines()
            .filter(|it| it.trim_start().starts_with(way))
            .nth(1)
            .unwrap_or_else(|| panic!("{said}"));
        let money =
            line.split_whitespace().find(|it| it.starts_with('$')).unwrap_or_else(|| panic!("{line}"));
        money.trim_start_matches('$').replace(',', "").parse().unwrap()
    };
    assert!(cost("dataflow") > cost("bigquery-subscription"), "{said}");
    let said = program.run(&["cost", "compare", "ingestion", "--events", "many"]);
    assert!(said.code == 1 && said.err.contains("is not a number of events"), "{}", said.err);
}

/// A Terraform plan of these resources.
fn plan_of(resources: &[Value]) -> Value {
    let changes: Vec<Value> = resources
        .iter()
        .map(|it| json!({ "address": it["address"], "change": { "actions": ["create"], "after_unknown": {} } }))
        .collect();
    json!({
        "format_version": "1.2",
        "planned_values": { "root_module": { "resources": resources } },
        "resource_changes": changes,
    })
}

fn resource(address: &str, values: Value) -> Value {
    let kind = address.split('.').next().unwrap();
    json!({ "address": address, "mode": "managed", "type": kind, "values": values })
}

#[test]
fn no_gate_passes_what_has_no_price() {
    let program = Program::new();
    let database = resource("google_sql_database_instance.main", json!({ "tier": "db-custom-96-638976" }));
    let machine = resource("aws_instance.box", json!({ "instance_type": "x" }));
    let local = resource("random_id.suffix", json!({ "byte_length": 4 }));
    let free = resource("google_compute_network.net", json!({ "name": "net" }));
    program.write("plan.json", &plan_of(&[database, machine, local, free.clone()]).to_string());
    let of = ["cost", "--path", "plan.json"];
    for format in ["table", "json", "html", "markdown"] {
        let said = program.run(&[&of[..], &["--format", format]].concat());
        let text = said.out.replace("&#95;", "_");
        assert_eq!(said.code, 3, "{}", said.err);
        for name in ["google_sql_database_instance.main", "aws_instance.box"] {
            assert!(text.contains(name), "{format} does not name {name}: {text}");
        }
        assert!(!text.contains("random_id.suffix"), "{text}");
    }
    for gate in [["--fail-above", "1000000"], ["--fail-on-increase", "1000000"]] {
        let said = program.run(&[&of[..], &gate].concat());
        assert!(said.code == 1 && said.err.contains("cannot be held to"), "{gate:?}: {}", said.err);
        assert!(said.err.contains("google_sql_database_instance.main: no price of"), "{}", said.err);
        assert_eq!(program.run(&[&of[..], &gate, &["--allow-unpriced"]].concat()).code, 0, "{gate:?}");
    }
    // What is free is known to be.
    program.write("free.json", &plan_of(&[free]).to_string());
    assert_eq!(program.run(&["cost", "--path", "free.json", "--fail-above", "0"]).code, 0);
    // Compared with itself, what has no price is no news; compared with nothing, it is.
    program.run(&[&of[..], &["--format", "json", "--out", "base.json"]].concat());
    let said = program.run(&["cost", "diff", "--path", "plan.json", "--compare-to", "base.json"]);
    assert!(said.out.contains("Nothing that costs has changed"), "{}", said.out);
    let said = program.run(&["cost", "diff", "--path", "plan.json"]);
    assert!(
        said.out.contains("Monthly cost change: not known") && !said.out.contains("Percent"),
        "{}",
        said.out
    );
}

#[test]
fn what_is_not_known_yet_holds_no_limit() {
    let program = Program::new();
    let container = json!({ "image": "i", "resources": [{ "cpu_idle": false }] });
    let template = json!([{ "containers": [container], "scaling": [{ "min_instance_count": 2 }] }]);
    let service = json!({ "name": "s", "location": "us-east1", "template": template });
    let mut plan = plan_of(&[resource("google_cloud_run_v2_service.s", service)]);
    let unknown = json!({ "template": [{ "containers": [{ "resources": [{ "limits": true }] }] }] });
    plan["resource_changes"][0]["change"]["after_unknown"] = unknown;
    program.write("plan.json", &plan.to_string());
    let said = program.run(&["cost", "--path", "plan.json"]);
    let why = "template.containers[0].resources.limits is known only after apply";
    assert!(said.code == 0 && said.out.contains("at least $0.00") && said.out.contains(why), "{}", said.out);
    let said = program.run(&["cost", "--path", "plan.json", "--fail-above", "1000"]);
    assert!(said.code == 1 && said.err.contains(why), "{}", said.err);
    // A plan that failed holds none, either.
    plan["resource_changes"][0]["change"]["after_unknown"] = json!({});
    plan["errored"] = json!(true);
    program.write("plan.json", &plan.to_string());
    let said = program.run(&["cost", "--path", "plan.json"]);
    assert!(said.code == 0 && said.out.contains("The plan is not complete"), "{}", said.out);
    let said = program.run(&["cost", "--path", "plan.json", "--fail-above", "1000", "--allow-unpriced"]);
    assert!(said.code == 1 && said.err.contains("the plan failed"), "{}", said.err);
    // What Google Cloud does not have is an error.
    let frozen = resource(
        "google_storage_bucket.b",
        json!({ "name": "b", "location": "EU", "storage_class": "FROZEN" }),
    );
    program.write("plan.json", &plan_of(&[frozen]).to_string());
    let said = program.run(&["cost", "--path", "plan.json", "--allow-unpriced"]);
    assert!(said.code == 1 && said.err.contains("\"FROZEN\" is no storage class"), "{}", said.err);
}

#[test]
fn what_is_sensitive_is_in_no_report() {
    let program = Program::new();
    program
        .write("usage.yml", "resource_type_default_usage:\n  google_storage_bucket:\n    storage_gb: 100\n");
    let mut bucket = resource(
        "google_storage_bucket.b",
        json!({ "name": "b", "location": "ASIA-EAST2", "storage_class": "COLDLINE" }),
    );
    program.write("open.json", &plan_of(std::slice::from_ref(&bucket)).to_string());
    bucket["sensitive_values"] = json!({ "location": true, "storage_class": true });
    program.write("hidden.json", &plan_of(&[bucket]).to_string());
    let report = |file: &str| json(&program, &["--path", file, "--usage-file", "usage.yml"]);
    assert_eq!(total(&report("open.json")), total(&report("hidden.json")));
    assert!(total(&report("hidden.json")) > 0.5);
    for args in [&["--explain"][..], &["--format", "json"], &["--format", "html"], &["--format", "markdown"]]
    {
        let of = ["cost", "--path", "hidden.json", "--usage-file", "usage.yml"];
        let said = program.run(&[&of[..], args].concat());
        let text = (said.out + &said.err).to_lowercase();
        assert!(!text.contains("asia-east2") && !text.contains("coldline"), "{args:?}: {text}");
    }
}

#[test]
fn usage_that_changes_nothing_is_said() {
    let program = Program::new();
    let sink = json!({ "name": "s", "destination": "storage.googleapis.com/b" });
    let service =
        json!({ "name": "s", "location": "us-east1", "template": [{ "containers": [{ "image": "i" }] }] });
    let plan = plan_of(&[
        resource("google_logging_project_sink.s", sink),
        resource("google_cloud_run_v2_service.s", service),
        resource("google_container_cluster.c", json!({})),
    ]);
    program.write("plan.json", &plan.to_string());
    program.write(
        "usage.yml",
        "resource_usage:
  google_logging_project_sink.s:
    monthly_logging_data_gb: 100
  google_cloud_run_v2_service.s:
    instance_hrs: 10
    monthly_requests: 10
    average_request_duration_ms: 100
  google_container_cluster.c:
    nodes: 4
  google_storage_bucket.gone:
    storage_gb: 1
",
    );
    let said = program.run(&["cost", "--path", "plan.json", "--usage-file", "usage.yml", "--allow-unpriced"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let has = |text: &str| assert!(said.err.contains(text), "{text}: {}", said.err);
    has("usage monthly_logging_data_gb of google_logging_project_sink.s changes no line of its bill");
    has("usage instance_hrs of google_cloud_run_v2_service.s changes no line of its bill");
    has("google_container_cluster.c is of no kind with a price here");
    has("no resource has the address google_storage_bucket.gone");
    assert!(
        !said.err.contains("monthly_requests") && !said.err.contains("address google_container"),
        "{}",
        said.err
    );
}
