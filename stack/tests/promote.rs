//! A new version gets a part of the traffic, all of it, or none.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod program;

use engine::Method;
use program::Program;
use serde_json::Value;

/// A service whose answers name its version.
fn version(program: &Program, text: &str) {
    let source = program.read("src/main.rs");
    let line = source.lines().find(|it| it.starts_with("const VERSION")).unwrap().to_owned();
    program.write("src/main.rs", &source.replace(&line, &format!("const VERSION: &str = {text:?};")));
}

fn service(program: &Program) -> Value {
    let path = "v2/projects/local-project/locations/us-central1/services/data-api";
    program.call(Method::Get, "run.googleapis.com", path, None)
}

/// Each target's percentage, and whether it is the latest revision.
fn traffic(program: &Program) -> Vec<(i64, bool)> {
    let service = service(program);
    let latest = |it: &Value| it["revision"].is_null();
    let targets = service["traffic"].as_array().unwrap();
    targets.iter().map(|it| (it["percent"].as_i64().unwrap_or(0), latest(it))).collect()
}

#[test]
fn a_new_version_is_tried_out_promoted_and_sent_back() {
    let program = Program::new();
    let canary = ["--config", "canary=10"];
    let apply = |more: &[&str]| program.ok(&[&["apply", "--yes"], more].concat());
    // The first version has all of it: there is nobody else.
    apply(&canary);
    let said = program.run(&["promote", "--percent", "50"]);
    assert!(said.err.contains("nothing to split: its latest revision"), "{}", said.err);
    version(&program, "two");
    program.ok(&["image", "build"]);
    let plan = program.ok(&[&["plan"], &canary[..]].concat());
    assert!(plan.contains("the new revision gets 10% of the traffic, and data-api-"), "{plan}");
    apply(&canary);
    assert_eq!(traffic(&program), [(90, false), (10, true)]);
    assert_eq!(
        program.run(&[&["plan", "--detailed-exitcode"], &canary[..]].concat()).code,
        0,
        "it is as declared"
    );
    let tagged =
        service(&program)["trafficStatuses"].as_array().unwrap()[1]["uri"].as_str().unwrap().to_owned();
    assert!(program.get(&tagged).contains("two"), "the new revision has an address of its own");

    assert!(program.ok(&["promote", "--percent", "50"]).contains("50% to data-api-"));
    assert_eq!(traffic(&program), [(50, false), (50, true)]);
    // A further version takes its part from the one that most people see.
    program.ok(&["promote"]);
    assert_eq!(traffic(&program), [(100, true)]);
    assert!(program.ok(&["promote"]).contains("is already 100%"));
    program.ok(&["promote", "--back"]);
    assert_eq!(traffic(&program), [(100, false)]);
    assert_eq!(
        program.run(&[&["plan", "--detailed-exitcode"], &canary[..]].concat()).code,
        0,
        "nor is this drift"
    );
    let url = program.ok(&["output", "url"]);
    assert!(program.get(url.trim()).contains("one"), "the first version answers again");

    // Without the setting all traffic is the latest revision's again, and the plan shows it.
    let plan = program.ok(&["plan"]);
    assert!(plan.contains("traffic"), "{plan}");
    apply(&[]);
    assert_eq!(traffic(&program), [(100, true)]);
}

#[test]
fn a_test_that_fails_sends_traffic_back_and_says_so() {
    let program = Program::new();
    program.ok(&["apply", "--yes"]);
    // It starts, and answers no request but the probe's.
    version(&program, "broken");
    program.ok(&["apply", "--yes"]);
    assert_eq!(traffic(&program), [(100, true)]);
    let said = program.run(&["test", "--roll-back"]);
    assert_eq!(said.code, 1, "{}", said.out);
    assert!(
        said.out.contains("Rolled back: traffic of data-api is 100% to data-api-"),
        "{}{}",
        said.out,
        said.err
    );
    assert_eq!(traffic(&program), [(100, false)]);
    // Only the revision that had it before answers now.
    let url = program.ok(&["output", "url"]);
    assert!(program.get(url.trim()).contains("one"));
}

#[test]
fn what_cannot_be_promoted_is_said() {
    let program = Program::new();
    let said = program.run(&["promote"]);
    assert!(
        said.err.contains("stack local has no service") && said.err.contains("apply makes it"),
        "{}",
        said.err
    );
    assert!(program.run(&["promote", "--percent", "100"]).code != 0);
    assert!(program.run(&["promote", "--percent", "5", "--back"]).code != 0);
}
