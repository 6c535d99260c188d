//! Cloud Run's first API as its second: what annotations said, fields say now.

use serde_json::{Map, Value, json};

use super::shape::put;

/// Inputs of our service from the values of a `google_cloud_run_service`.
pub(super) fn inputs(values: &Value) -> Map<String, Value> {
    let mut inputs = Map::new();
    for name in ["name", "location", "project"] {
        if let Some(value) = values.get(name).filter(|it| !it.is_null()) {
            inputs.insert(name.to_owned(), value.clone());
        }
    }
    if let Some(labels) = values.pointer("/metadata/0/labels").filter(|it| it.is_object()) {
        inputs.insert("labels".to_owned(), labels.clone());
    }
    let annotation = |at: &str, name: &str| {
        let annotations = values.pointer(&format!("{at}metadata/0/annotations"))?;
        annotations.get(name)?.as_str().map(str::to_owned)
    };
    let count = |at: &str, name: &str| annotation(at, name).and_then(|it| it.parse::<u64>().ok());
    for (path, at, name) in [
        ("scaling.minInstanceCount", "/", "run.googleapis.com/minScale"),
        ("template.scaling.minInstanceCount", "/template/0/", "autoscaling.knative.dev/minScale"),
        ("template.scaling.maxInstanceCount", "/template/0/", "autoscaling.knative.dev/maxScale"),
    ] {
        if let Some(count) = count(at, name) {
            put(&mut inputs, path, count.into());
        }
    }
    // Unlike in the second API, CPU is throttled unless it is said otherwise.
    let throttling = annotation("/template/0/", "run.googleapis.com/cpu-throttling");
    let is_idle = throttling.is_none_or(|it| !it.eq_ignore_ascii_case("false"));
    let spec = values.pointer("/template/0/spec/0");
    let containers = spec.and_then(|it| it.get("containers")).and_then(Value::as_array);
    let containers: Vec<Value> = containers
        .into_iter()
        .flatten()
        .map(|it| {
            let limits = it.pointer("/resources/0/limits").filter(|it| it.is_object());
            let limits = limits.cloned().unwrap_or_else(|| json!({}));
            json!({ "image": it["image"], "resources": { "cpuIdle": is_idle, "limits": limits } })
        })
        .collect();
    put(&mut inputs, "template.containers", Value::Array(containers));
    let together = spec.and_then(|it| it.get("container_concurrency")).and_then(Value::as_u64);
    if let Some(together) = together.filter(|it| *it > 0) {
        put(&mut inputs, "template.maxInstanceRequestConcurrency", together.into());
    }
    inputs
}
