//! What a repository needs to deliver the stack: made by `bootstrap`, enough to deploy with, and nothing more.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod program;

use std::collections::BTreeSet;

use engine::Method;
use program::Program;
use serde_json::{Value, json};

const DEPLOYER: &str = "events-dev-deployer@local-project.iam.gserviceaccount.com";

/// A stack `dev` on the local cloud, with what a repository needs.
fn bootstrapped() -> Program {
    let program = Program::new();
    let file = format!(
        "config:\n  gcp:project: local-project\n  gcp:region: us-central1\n  gcp:endpoint: {}\n",
        program.url
    );
    program.write("Pulumi.dev.yaml", &file);
    program.ok(&bootstrap(&["--yes"]));
    program
}

fn bootstrap<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let all =
        ["bootstrap", "github", "--stack", "dev", "--repo", "o/r", "--repo-id", "42", "--branch", "develop"];
    [all.as_slice(), more].concat()
}

fn policy(program: &Program) -> Value {
    let path = "v3/projects/local-project:getIamPolicy";
    let body = json!({ "options": { "requestedPolicyVersion": 3 } });
    program.call(Method::Post, "cloudresourcemanager.googleapis.com", path, Some(body))
}

/// The roles that a member has in the project.
fn roles(program: &Program, member: &str) -> BTreeSet<String> {
    let policy = policy(program);
    let has = |it: &&Value| it["members"].as_array().unwrap().iter().any(|it| it == member);
    let of = policy["bindings"].as_array().unwrap().iter().filter(has);
    of.map(|it| it["role"].as_str().unwrap().to_owned()).collect()
}

/// Takes a role away from the deployer.
fn take(program: &Program, role: &str) {
    let mut policy = policy(program);
    let member = format!("serviceAccount:{DEPLOYER}");
    for binding in policy["bindings"].as_array_mut().unwrap() {
        if binding["role"] == role {
            binding["members"].as_array_mut().unwrap().retain(|it| *it != member);
        }
    }
    let path = "v3/projects/local-project:setIamPolicy";
    let body = json!({ "policy": policy });
    program.call(Method::Post, "cloudresourcemanager.googleapis.com", path, Some(body));
}

/// Runs as the deployer.
fn deploy(program: &Program, args: &[&str]) -> program::Said {
    let mut command = program.command(args);
    command.env("PULUMI_STACK", "dev").env("GOOGLE_OAUTH_ACCESS_TOKEN", format!("local.{DEPLOYER}"));
    program::said(command.output().unwrap())
}

#[test]
fn bootstrap_says_what_and_why_and_makes_it_once() {
    let program = Program::new();
    let file = format!(
        "config:\n  gcp:project: local-project\n  gcp:region: us-central1\n  gcp:endpoint: {}\n",
        program.url
    );
    program.write("Pulumi.dev.yaml", &file);
    let said = program.ok(&bootstrap(&["--plan"]));
    for part in
        ["repository 42", "versioned, private, uniform access", "instead of roles/cloudbuild.builds.builder"]
    {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    assert_eq!(program.read("Pulumi.dev.yaml"), file, "--plan writes nothing");
    program.ok(&bootstrap(&["--yes"]));
    let written = program.read("Pulumi.dev.yaml");
    for part in ["stack:provider: projects/", "stack:ledger: gs://local-project-events-ledger", DEPLOYER] {
        assert!(written.contains(part), "{part} is not in {written}");
    }
    let bucket =
        program.call(Method::Get, "storage.googleapis.com", "storage/v1/b/local-project-events-ledger", None);
    assert_eq!(bucket["versioning"]["enabled"], true);
    assert_eq!(bucket["iamConfiguration"]["uniformBucketLevelAccess"]["enabled"], true);
    assert_eq!(bucket["iamConfiguration"]["publicAccessPrevention"], "enforced");
    let provider =
        "v1/projects/local-project/locations/global/workloadIdentityPools/events-dev/providers/github";
    let provider = program.call(Method::Get, "iam.googleapis.com", provider, None);
    let condition = provider["attributeCondition"].as_str().unwrap();
    assert!(condition.starts_with("assertion.repository_id == '42' && "), "{condition}");
    assert!(condition.contains("'refs/heads/develop'") && !condition.contains("main"), "{condition}");
    let account = format!("v1/projects/local-project/serviceAccounts/{DEPLOYER}:getIamPolicy");
    let may = program.call(Method::Post, "iam.googleapis.com", &account, Some(json!({})));
    let member = may["bindings"][0]["members"][0].as_str().unwrap();
    assert!(member.ends_with("/workloadIdentityPools/events-dev/attribute.deploys/dev"), "{member}");
    assert!(program.ok(&bootstrap(&["--plan"])).contains("Nothing to do"));
    // Another branch changes what is there, and shows it.
    let said = program.ok(&[bootstrap(&["--branch", "main", "--plan"])].concat());
    assert!(said.contains("~ identity provider github") && said.contains("refs/heads/main"), "{said}");
}

#[test]
fn a_bootstrap_that_was_ended_goes_on() {
    let program = Program::new();
    let file = format!(
        "config:\n  gcp:project: local-project\n  gcp:region: us-central1\n  gcp:endpoint: {}\n",
        program.url
    );
    program.write("Pulumi.dev.yaml", &file);
    for wait in [80, 300, 600, 1200] {
        let mut run = program.command(&bootstrap(&["--yes"])).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(wait));
        // It may have ended by itself.
        let _ = run.kill();
        run.wait().unwrap();
        program.ok(&["unlock", "--yes", "--stack", "dev"]);
    }
    program.ok(&bootstrap(&["--yes", "--lock-timeout", "60s"]));
    assert!(program.ok(&bootstrap(&["--plan"])).contains("Nothing to do"));
}

#[test]
fn the_deployer_can_do_all_of_it_and_lacks_each_role_that_is_taken_away() {
    let program = bootstrapped();
    let all = roles(&program, &format!("serviceAccount:{DEPLOYER}"));
    assert!(all.len() > 8, "{all:?}");
    for role in &all {
        let program = bootstrapped();
        take(&program, role);
        // What is not built here need not be compiled each time.
        let said = deploy(&program, &["apply", "--yes", "--config", "image=gcr.io/cloudrun/hello:latest"]);
        let told = format!("{}{}", said.out, said.err);
        assert_eq!(said.code, 1, "without {role}: {told}");
        // Where it failed is named together with the role that is missing.
        let hints: Vec<&str> = told.lines().filter(|it| it.starts_with("hint:")).collect();
        assert!(hints.iter().any(|it| it.contains(role.as_str())), "without {role}: {told}");
    }
    program.ok(&["image", "build"]);
    let said = deploy(&program, &["apply", "--yes"]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert_eq!(
        deploy(&program, &["plan", "--detailed-exitcode"]).code,
        0,
        "a plan right after an apply is empty"
    );
    let said = deploy(&program, &["destroy", "--yes"]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
}

#[test]
fn the_deployer_cannot_make_itself_an_owner() {
    let program = bootstrapped();
    let member = format!("serviceAccount:{DEPLOYER}");
    let mut policy = policy(&program);
    policy["bindings"].as_array_mut().unwrap().push(json!({ "role": "roles/owner", "members": [member] }));
    let client = reqwest::Client::new();
    let url = format!("{}/v3/projects/local-project:setIamPolicy", program.url);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answer = runtime.block_on(async {
        let request = client.post(url).header("host", "cloudresourcemanager.googleapis.com");
        let request = request.bearer_auth(format!("local.{DEPLOYER}"));
        request.body(json!({ "policy": policy }).to_string()).send().await.unwrap()
    });
    assert_eq!(answer.status(), 403);
}
