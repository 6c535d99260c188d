//! The service's image: built of the workspace, pushed and deployed by its digest as a part of apply.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod program;

use engine::Method;
use program::Program;
use serde_json::Value;

const TAG: &str = "v1/projects/local-project/locations/us-central1/repositories/data-api-images/packages/data-api/tags/latest";

/// Replaces what the service answers in its source.
fn answer(program: &Program, before: &str, after: &str) {
    let source = program.read("src/main.rs");
    assert!(source.contains(before));
    program.write("src/main.rs", &source.replace(before, after));
}

fn deployed(program: &Program) -> String {
    let path = "v2/projects/local-project/locations/us-central1/services/data-api";
    let service = program.call(Method::Get, "run.googleapis.com", path, None);
    service["template"]["containers"][0]["image"].as_str().unwrap().to_owned()
}

fn named(program: &Program) -> String {
    let tag = program.call(Method::Get, "artifactregistry.googleapis.com", TAG, None);
    tag["version"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
}

#[test]
fn what_runs_is_the_source_as_it_is() {
    let program = Program::new();
    let planned = program.run(&["plan"]);
    assert!(planned.err.contains("The image of api/data-api is not built"), "{}", planned.err);
    program.ok(&["apply", "--yes"]);
    let url = program.ok(&["output", "url"]);
    assert_eq!(program.get(url.trim()), "[\"one\"]");
    let first = named(&program);
    assert_eq!(
        deployed(&program),
        format!("us-central1-docker.pkg.dev/local-project/data-api-images/data-api@{first}")
    );

    answer(&program, "\"one\"", "\"two\"");
    let planned = program.run(&["plan"]);
    assert!(planned.err.contains("The image of api/data-api is not built"), "{}", planned.err);
    assert_eq!(
        program.todo(),
        ["update data-api digest", "update data-api template.containers[0].image"],
        "what depends on the image is planned before it is built"
    );
    let said = program.run(&["apply", "--yes"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(said.err.matches("Building the image of api/data-api").count(), 1, "{}", said.err);
    assert_eq!(program.get(url.trim()), "[\"two\"]");
    let second = named(&program);
    assert!(second != first && deployed(&program).ends_with(&second));
    assert_eq!(program.todo(), Vec::<String>::new());

    // What was deployed once is found by its sources, and not built again.
    answer(&program, "\"two\"", "\"one\"");
    assert_eq!(program.plan()["summary"]["update"], 2, "and its digest is known to a plan");
    let said = program.run(&["apply", "--yes"]);
    assert!(said.code == 0 && !said.err.contains("Building"), "{}", said.err);
    assert_eq!(named(&program), first);
}

#[test]
fn a_tag_that_somebody_took_away_comes_back() {
    let program = Program::new();
    program.ok(&["apply", "--yes"]);
    let before = named(&program);
    program.call(Method::Delete, "artifactregistry.googleapis.com", TAG, None);
    assert_eq!(program.todo(), ["create data-api"], "the service runs what it did");
    program.ok(&["apply", "--yes"]);
    assert_eq!(named(&program), before);
}

#[test]
fn what_does_not_compile_changes_nothing() {
    let program = Program::new();
    answer(&program, "fn main()", "fn mine()");
    let said = program.run(&["apply", "--yes"]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("`main` function not found"), "{}", said.err);
    assert!(said.err.contains("the image of api/data-api cannot be built here"), "{}", said.err);
    let enabled = "v1/projects/local-project/services?filter=state:ENABLED";
    assert_eq!(
        program.call(Method::Get, "serviceusage.googleapis.com", enabled, None),
        serde_json::json!({})
    );
    answer(&program, "fn mine()", "fn main()");
    program.ok(&["apply", "--yes"]);
}

#[test]
fn a_saved_plan_names_the_image_that_it_will_push() {
    let program = Program::new();
    program.ok(&["plan", "--out", "plan.json"]);
    let plan: Value = serde_json::from_str(&program.read("plan.json")).unwrap();
    let image = plan["plan"]["steps"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["kind"] == "gcp:artifactregistry/v1:Image");
    let image = image.unwrap_or_else(|| panic!("{plan}"));
    assert!(image.to_string().contains("sha256:"), "{image}");
    // Another source is another plan.
    answer(&program, "\"one\"", "\"two\"");
    let said = program.run(&["apply", "plan.json"]);
    assert!(said.code == 1 && said.err.contains("plan.json is out of date"), "{}", said.err);
    answer(&program, "\"two\"", "\"one\"");
    program.ok(&["apply", "plan.json"]);
}

#[test]
fn an_image_from_elsewhere_is_taken_as_it_is() {
    let program = Program::new();
    for file in ["Cargo.toml", "Cargo.lock"] {
        std::fs::remove_file(program.folder.path().join(file)).unwrap();
    }
    let said = program.run(&["plan"]);
    assert!(said.code == 1 && said.err.contains("let the setting image name it"), "{}", said.err);
    let image = "us-docker.pkg.dev/cloudrun/container/hello:latest";
    let config = format!("image={image}");
    program.ok(&["apply", "--yes", "--config", &config]);
    assert_eq!(deployed(&program), image);
    assert_eq!(program.run(&["plan", "--detailed-exitcode", "--config", &config]).code, 0);
}

#[test]
fn nothing_is_built_for_what_is_not_selected() {
    let program = Program::new();
    let said = program.run(&["apply", "--yes", "--target", "pubsub-exports"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(!said.err.contains("Building the image"), "{}", said.err);
}
