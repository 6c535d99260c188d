//! Finds the JSON of a plan or a state in a file, or says what the file is instead.

use std::collections::BTreeMap;

use serde_json::Value;

/// Which of the two it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Plan,
    State,
}

/// Why a file is neither a plan nor a state.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("it is not the JSON of a Terraform plan or state, but {what}")]
pub struct NotTerraform {
    /// `a plan as terraform plan -out saves it`.
    pub what: String,
    /// What to do instead.
    pub hint: Option<&'static str>,
}

const SHOW: &str = "run terraform show -json FILE > plan.json, and pass plan.json";

/// Reads a document, and tells which form it has.
pub(super) fn read(bytes: &[u8]) -> Result<(Value, Form), NotTerraform> {
    let no = |what: &str, hint| Err(NotTerraform { what: what.to_owned(), hint });
    if bytes.starts_with(b"PK\x03\x04") {
        // Terraform's saved plan is a zip of these.
        let has = |name: &str| bytes.windows(name.len()).any(|it| it == name.as_bytes());
        return match has("tfplan") || has("tfstate") {
            true => no("a plan as terraform plan -out saves it", Some(SHOW)),
            false => no("a zip", None),
        };
    }
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return no("packed with gzip", Some("unpack it first"));
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return no("no text", Some(SHOW));
    };
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return no("empty", Some(SHOW));
    }
    let document = match json(text) {
        Some(document) => document,
        None => {
            let (what, hint) = text_form(text);
            return no(&what, hint);
        }
    };
    let is_there = |name: &str| document.get(name).is_some_and(|it| !it.is_null());
    if is_there("format_version") && is_there("planned_values") {
        return Ok((document, Form::Plan));
    }
    if is_there("values") && document["values"].is_object() {
        return Ok((document, Form::State));
    }
    let (what, hint) = json_form(&document);
    no(&what, hint)
}

/// The JSON in a text, without the lines that a wrapper adds around it.
fn json(text: &str) -> Option<Value> {
    if let Ok(document) = serde_json::from_str(text) {
        return Some(document);
    }
    let is_added = |line: &&str| line.starts_with("[command]") || line.starts_with("::");
    let rest: Vec<&str> = text.lines().filter(|it| !is_added(it)).collect();
    let rest = rest.join("\n");
    let document: Value = serde_json::from_str(rest.trim()).ok()?;
    Some(document)
}

fn json_form(document: &Value) -> (String, Option<&'static str>) {
    let Some(map) = document.as_object() else {
        return ("other JSON".to_owned(), Some(SHOW));
    };
    let has = |name: &str| map.contains_key(name);
    if has("format_version") {
        return match has("planned_values") || has("errored") {
            true => ("a plan that plans nothing, for it failed".to_owned(), Some("run terraform plan again")),
            false => ("a state with nothing in it".to_owned(), None),
        };
    }
    if has("fingerprint") && has("plan") {
        return ("a plan that stack plan --out saved".to_owned(), Some("pass it without --path"));
    }
    if has("steps") && has("stack") {
        return ("the output of stack plan --json".to_owned(), Some("pass what stack plan --out saves"));
    }
    if has("totalMonthlyCost") || (has("projects") && has("timeGenerated")) {
        return ("a report of Infracost's".to_owned(), Some("pass it to --compare-to"));
    }
    if has("resource_usage") || has("resource_type_default_usage") {
        return ("a usage file".to_owned(), Some("pass it to --usage-file"));
    }
    if has("lineage") || (has("terraform_version") && has("serial")) {
        let hint = "run terraform show -json > state.json, and pass state.json";
        return ("a state as Terraform itself keeps it".to_owned(), Some(hint));
    }
    if has("checkpoint") || (has("deployment") && has("version")) {
        return ("a state of Pulumi's".to_owned(), None);
    }
    if has("@level") {
        return ("a message of terraform plan -json".to_owned(), Some(SHOW));
    }
    if has("AWSTemplateFormatVersion") || has("Resources") {
        return ("a template of CloudFormation's".to_owned(), None);
    }
    if has("resource") || has("provider") || has("variable") {
        let hint = "run terraform plan -out plan, and terraform show -json plan > plan.json";
        return ("a configuration of Terraform's in JSON".to_owned(), Some(hint));
    }
    let names: Vec<&str> = map.keys().take(3).map(String::as_str).collect();
    let what = match names.is_empty() {
        true => "an empty JSON object".to_owned(),
        false => format!("other JSON, with {}", names.join(", ")),
    };
    (what, Some(SHOW))
}

fn text_form(text: &str) -> (String, Option<&'static str>) {
    let lines = || text.lines().map(str::trim_start);
    let begins = |starts: &[&str]| lines().any(|line| starts.iter().any(|it| line.starts_with(it)));
    if lines().filter(|it| !it.is_empty()).all(|it| it.starts_with("{\"@level\"")) {
        return ("the messages of terraform plan -json".to_owned(), Some(SHOW));
    }
    if begins(&["resource \"", "provider \"", "variable \"", "module \"", "terraform {", "data \""]) {
        let hint = "run terraform plan -out plan, and terraform show -json plan > plan.json";
        return ("a configuration of Terraform's".to_owned(), Some(hint));
    }
    if text.contains("Terraform will perform the following actions") || text.contains("No changes.") {
        return ("a plan as people read it".to_owned(), Some(SHOW));
    }
    if begins(&["resource_usage:", "resource_type_default_usage:"]) {
        return ("a usage file".to_owned(), Some("pass it to --usage-file"));
    }
    if text.starts_with('{') || text.starts_with('[') {
        return ("JSON that is broken off or malformed".to_owned(), Some(SHOW));
    }
    ("other text".to_owned(), Some(SHOW))
}

/// What a plan does not know yet of each resource, by its address.
pub(super) fn unknown(document: &Value) -> BTreeMap<&str, &Value> {
    let changes = document.get("resource_changes").and_then(Value::as_array).into_iter().flatten();
    changes.filter_map(|it| Some((it["address"].as_str()?, it.pointer("/change/after_unknown")?))).collect()
}
