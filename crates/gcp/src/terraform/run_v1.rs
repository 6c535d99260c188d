//! Cloud Run's first API as its second: what annotations said, fields say now.

use engine::{is_unknown, unknown};
use serde_json::{Map, Value, json};

use super::shape::put;

/// Inputs of our service from the values of a `google_cloud_run_service`, in which [unknown] stands for what is
/// known only after apply.
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
    for (path, at, name) in [
        ("scaling.minInstanceCount", "/metadata/0", "run.googleapis.com/minScale"),
        ("template.scaling.minInstanceCount", "/template/0/metadata/0", "autoscaling.knative.dev/minScale"),
        ("template.scaling.maxInstanceCount", "/template/0/metadata/0", "autoscaling.knative.dev/maxScale"),
    ] {
        match annotation(values, at, name) {
            Some(Value::String(text)) => {
                if let Ok(count) = text.parse::<u64>() {
                    put(&mut inputs, path, count.into());
                }
            }
            Some(later) if is_unknown(&later) => put(&mut inputs, path, later),
            Some(_) | None => {}
        }
    }
    // Unlike in the second API, CPU is throttled unless it is said otherwise.
    let idle = match annotation(values, "/template/0/metadata/0", "run.googleapis.com/cpu-throttling") {
        Some(Value::String(it)) => Value::Bool(!it.eq_ignore_ascii_case("false")),
        Some(later) if is_unknown(&later) => later,
        Some(_) | None => Value::Bool(true),
    };
    let spec = within(values, "/template/0/spec/0");
    let containers = match spec.and_then(|it| it.get("containers")) {
        Some(Value::Array(containers)) => {
            Value::Array(containers.iter().map(|it| container(it, &idle)).collect())
        }
        Some(it) if is_unknown(it) => unknown(),
        _ if spec.is_some_and(is_unknown) => unknown(),
        Some(_) | None => json!([]),
    };
    put(&mut inputs, "template.containers", containers);
    let together = spec.and_then(|it| it.get("container_concurrency"));
    if let Some(together) = together.filter(|it| is_unknown(it) || it.as_u64().is_some_and(|it| it > 0)) {
        put(&mut inputs, "template.maxInstanceRequestConcurrency", together.clone());
    }
    inputs
}

fn container(it: &Value, idle: &Value) -> Value {
    let resources = it.get("resources");
    let limits = match resources.and_then(|it| it.pointer("/0/limits")) {
        Some(limits) if limits.is_object() => limits.clone(),
        _ if resources.is_some_and(is_unknown) => unknown(),
        Some(_) | None => json!({}),
    };
    json!({ "image": it["image"], "resources": { "cpuIdle": idle, "limits": limits } })
}

/// An annotation's text, or [unknown].
fn annotation(values: &Value, at: &str, name: &str) -> Option<Value> {
    let annotations = within(values, &format!("{at}/annotations"))?;
    if is_unknown(annotations) { Some(unknown()) } else { annotations.get(name).cloned() }
}

/// The value at a pointer, or what it is in where that is known only after apply.
fn within<'a>(values: &'a Value, pointer: &str) -> Option<&'a Value> {
    let mut at = values;
    for step in pointer.split('/').skip(1) {
        if is_unknown(at) {
            return Some(at);
        }
        at = match at {
            Value::Array(items) => items.get(step.parse::<usize>().ok()?)?,
            it => it.get(step)?,
        };
    }
    Some(at)
}
