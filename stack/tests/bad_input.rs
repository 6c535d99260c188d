//! What a person may get wrong: each gets a clear error, and nothing is half done.

mod program;

use std::net::TcpListener;

use engine::Method;
use program::{Program, said};
use serde_json::json;

/// Runs, and expects failure whose message says all of this.
fn refused(program: &Program, args: &[&str], says: &[&str]) {
    let said = program.run(args);
    assert_eq!(said.code, 1, "{args:?}\n{}\n{}", said.out, said.err);
    let all = format!("{}{}", said.out, said.err);
    for text in says {
        assert!(all.contains(text), "{args:?} does not say {text:?}:\n{all}");
    }
    assert!(!all.contains("panicked"), "{all}");
}

#[test]
fn configuration() {
    let program = Program::new();
    refused(
        &program,
        &["plan", "--config", "ingestoin=transfer"],
        &["ingestoin", "did you mean", "ingestion"],
    );
    refused(&program, &["plan", "--config", "public=perhaps"], &["public", "true or false", "perhaps"]);
    refused(
        &program,
        &["plan", "--config", "exportRetentionDays=many"],
        &["exportRetentionDays", "whole number"],
    );
    refused(
        &program,
        &["plan", "--config", "ingestion=pigeon"],
        &["ingestion", "pigeon", "bigquery-subscription"],
    );
    refused(&program, &["plan", "--config", "nonsense"], &["nonsense", "KEY=VALUE"]);
    refused(&program, &["plan", "--stack", "prodd"], &["there is no stack prodd", "dev", "local"]);
    program.write("Pulumi.local.yaml", "config:\n  gcp:project: p\n   gcp:region: x\n");
    refused(&program, &["plan"], &["Pulumi.local.yaml:3", "hint:"]);
    program.write("Pulumi.local.yaml", "config:\n  gcp:endpoint: local\n  gcp:region: us-central1\n");
    refused(&program, &["plan"], &["gcp:project", "Pulumi.local.yaml"]);
    program.write("Pulumi.local.yaml", "config:\n  events:ingestion: transfer\n  events:what: 1\n");
    refused(&program, &["plan"], &["what", "Pulumi.local.yaml:3"]);
}

#[test]
fn names_that_google_would_refuse() {
    let program = Program::new();
    refused(
        &program,
        &["plan", "--config", "gcp:project=Bad_Project!"],
        &["gcp:project", "Bad_Project!", "hint:"],
    );
    refused(
        &program,
        &["apply", "--yes", "--config", "exportRetentionDays=-1"],
        &["bucket pubsub-exports", "lifecycle.rule[0].condition.age", "nothing was done"],
    );
    assert!(!program.folder.path().join(".pulumi/stacks/events/local.json").exists(), "nothing was begun");
    refused(
        &program,
        &["plan", "--target", "evnets"],
        &["no resource is called evnets", "did you mean events"],
    );
}

#[test]
fn a_corrupt_ledger_is_told_and_left_alone() {
    let program = Program::new();
    program.ok(&["apply", "--yes"]);
    let ledger = ".pulumi/stacks/events/local.json";
    let good = program.read(ledger);
    for bad in ["{\"version\":3,", "{\"version\":99,\"checkpoint\":{}}", "hello"] {
        program.write(ledger, bad);
        refused(&program, &["apply", "--yes"], &["local.json", "hint:"]);
        assert_eq!(program.read(ledger), bad, "it was written over");
    }
    program.write(ledger, &good);
    assert_eq!(program.todo(), Vec::<String>::new());
}

#[test]
fn a_port_in_use() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let program = Program::new();
    program.ok(&["local", "stop"]);
    refused(&program, &["local", "start", "--port", &port], &[&port, "in use", "hint:"]);
    refused(&program, &["local", "serve", "--port", &port], &[&port, "in use", "hint:"]);
}

#[test]
fn no_network_and_no_credentials() {
    let program = Program::new();
    // A closed port stands for a network that is not there.
    program.write(
        "Pulumi.far.yaml",
        "config:\n  gcp:project: my-project\n  gcp:region: us-central1\n  gcp:endpoint: http://127.0.0.1:9\n",
    );
    refused(
        &program,
        &["plan", "--stack", "far"],
        &["no answer from serviceusage.googleapis.com", "refused", "hint:"],
    );
    let mut command = program.command(&["plan", "--stack", "dev"]);
    command.env("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json");
    let said = said(command.output().unwrap());
    assert_eq!(said.code, 1);
    assert!(
        said.err.contains("credentials") && said.err.contains("gcloud auth application-default login"),
        "{}",
        said.err
    );
}

#[test]
fn a_quota_answer_is_waited_for_and_then_told() {
    let program = Program::with(&["--throttle", "20/s"]);
    // Slower than asked for, and yet all of it.
    program.ok(&["apply", "--yes"]);
    assert_eq!(program.run(&["plan", "--detailed-exitcode"]).code, 0);
}

#[test]
fn a_bucket_that_is_not_empty_and_may_not_be_emptied() {
    let program = Program::new();
    program.ok(&["apply", "--yes"]);
    let upload = "upload/storage/v1/b/local-project-pubsub-exports/o?uploadType=media&name=events-1.json";
    program.call(Method::Post, "storage.googleapis.com", upload, Some(json!({ "event_id": "1" })));
    // Ours may be emptied: it says so. Take that away, as an older declaration would have been.
    let ledger = ".pulumi/stacks/events/local.json";
    program.write(ledger, &program.read(ledger).replace("\"forceDestroy\":true", "\"forceDestroy\":false"));
    refused(&program, &["destroy", "--yes"], &["pubsub-exports", "not empty", "nothing was done"]);
    program.write(ledger, &program.read(ledger).replace("\"forceDestroy\":false", "\"forceDestroy\":true"));
    program.ok(&["destroy", "--yes"]);
}

#[test]
fn there_is_nobody_to_ask() {
    let program = Program::new();
    refused(&program, &["apply"], &["nobody to ask", "--yes"]);
    refused(&program, &["apply", "missing.json"], &["missing.json"]);
    program.write("not-a-plan.json", "{}");
    refused(&program, &["apply", "not-a-plan.json"], &["not-a-plan.json is not a saved plan"]);
}

#[test]
fn two_runs_at_once() {
    let program = Program::with(&["--latency", "60ms"]);
    let first = program.command(&["apply", "--yes"]).stdout(std::process::Stdio::null()).spawn().unwrap();
    let mut first = first;
    let lock = program.folder.path().join(".pulumi/locks/organization/events/local");
    while std::fs::read_dir(&lock).map_or(0, Iterator::count) == 0 {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    refused(&program, &["apply", "--yes"], &["locked", "hint:"]);
    assert!(first.wait().unwrap().success());
    assert_eq!(program.todo(), Vec::<String>::new());
}

#[test]
fn a_missing_permission_is_said_at_plan() {
    let program = Program::new();
    program.ok(&["apply", "--yes"]);
    let resource = "v3/projects/local-project";
    let manager = "cloudresourcemanager.googleapis.com";
    let mut policy =
        program.call(Method::Post, manager, &format!("{resource}:getIamPolicy"), Some(json!({})));
    let may = |role: &str| json!({ "role": role, "members": ["user:reader@example.com"] });
    let bindings = policy["bindings"].as_array_mut().unwrap();
    bindings.extend(["roles/viewer", "roles/iam.securityReviewer"].map(may));
    let body = json!({ "policy": policy });
    program.call(Method::Post, manager, &format!("{resource}:setIamPolicy"), Some(body));
    let as_reader = |args: &[&str]| {
        let mut command = program.command(args);
        command.env("GOOGLE_OAUTH_ACCESS_TOKEN", "local.reader@example.com");
        said(command.output().unwrap())
    };
    let plan = as_reader(&["plan", "--config", "exportRetentionDays=7"]);
    assert!(plan.out.contains("storage.buckets.update"), "{}{}", plan.out, plan.err);
    let apply = as_reader(&["apply", "--yes", "--config", "exportRetentionDays=7"]);
    assert_eq!(apply.code, 1);
    assert!(apply.err.contains("bucket pubsub-exports") && apply.err.contains("403"), "{}", apply.err);
}

#[test]
fn a_dataset_with_tables_of_others() {
    let program = Program::new();
    program.ok(&["apply", "--yes"]);
    let tables = "bigquery/v2/projects/local-project/datasets/analytics_data/tables";
    let reference =
        json!({ "projectId": "local-project", "datasetId": "analytics_data", "tableId": "theirs" });
    program.call(
        Method::Post,
        "bigquery.googleapis.com",
        tables,
        Some(json!({ "tableReference": reference })),
    );
    refused(&program, &["destroy", "--yes"], &["dataset analytics_data", "theirs", "nothing was done"]);
    program.call(Method::Delete, "bigquery.googleapis.com", &format!("{tables}/theirs"), None);
    program.ok(&["destroy", "--yes"]);
}

/// A device that is always full.
#[cfg(target_os = "linux")]
#[test]
fn an_output_that_is_lost_is_an_error() {
    let program = Program::new();
    program.ok(&["apply", "--yes", "--config", IMAGE]);
    for args in [
        &["plan", "--json"][..],
        &["plan"],
        &["cost"],
        &["cost", "--format", "json"],
        &["output"],
        &["output", "--json"],
        &["apply", "--json", "--yes"],
        &["config", "get", "ingestion"],
        &["--help"],
    ] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = program.command(args);
        if !args.contains(&"--help") && args[0] != "config" {
            command.args(["--config", IMAGE]);
        }
        let said = command.stdout(full).output().unwrap();
        assert!(!said.status.success(), "{args:?} lost its output and said nothing of it");
    }
}

/// A service of an image elsewhere, so that nothing is built.
const IMAGE: &str = "image=us-docker.pkg.dev/cloudrun/container/hello";
