//! Metrics that count or measure log entries.

use serde_json::{Value, json};

use crate::error::Refusal;
use crate::request::{Answer, Request};
use crate::resource::{self, Kind};
use crate::store::Tx;

pub(super) const METRIC: Kind = Kind {
    collection: "logging/metrics",
    list: "metrics",
    missing: |_, name| format!("Metric {} does not exist.", id_of(name)),
    taken: |_, name| format!("Metric {} already exists.", id_of(name)),
    show,
    page: 1000,
};

/// A metric's id may have slashes.
fn id_of(name: &str) -> &str {
    name.splitn(4, '/').nth(3).unwrap_or(name)
}

/// A metric is named by its id alone.
fn show(_: &Request<'_>, document: Value) -> Value {
    let mut shown = resource::visible(document);
    if let Some(id) = shown["name"].as_str().map(|it| id_of(it).to_owned()) {
        shown["name"] = json!(id);
    }
    shown
}

fn check(id: &str, metric: &Value) -> Result<(), Refusal> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_-.,+!*',()%/".contains(c);
    if id.starts_with('/') {
        return Err(Refusal::invalid("The metric identifier must not start with a slash."));
    }
    resource::check_id(id, 1..=100, fits, &format!("The metric identifier \"{id}\" is invalid."))?;
    if metric["filter"].as_str().unwrap_or_default().is_empty() {
        return Err(Refusal::invalid("A filter must be provided for the metric."));
    }
    let distribution = metric["metricDescriptor"]["valueType"] == "DISTRIBUTION";
    if distribution && metric["valueExtractor"].as_str().is_none() {
        return Err(Refusal::invalid(
            "A value extractor must be provided for a metric of the type DISTRIBUTION.",
        ));
    }
    if !distribution && metric["bucketOptions"].is_object() {
        return Err(Refusal::invalid(
            "Bucket options may only be provided for a metric of the type DISTRIBUTION.",
        ));
    }
    let labels = metric["metricDescriptor"]["labels"].as_array();
    let keys: Vec<&str> = labels.into_iter().flatten().filter_map(|it| it["key"].as_str()).collect();
    let extracted: Vec<&str> =
        metric["labelExtractors"].as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect();
    if let Some(key) = keys.iter().find(|it| !extracted.contains(it)) {
        return Err(Refusal::invalid(format!("The label \"{key}\" has no label extractor.")));
    }
    if let Some(key) = extracted.iter().find(|it| !keys.contains(it)) {
        return Err(Refusal::invalid(format!(
            "The label extractor \"{key}\" has no label in the metric descriptor."
        )));
    }
    Ok(())
}

/// Fills in the descriptor of the metric that Cloud Monitoring will show.
fn complete(project: &str, id: &str, metric: &mut Value) {
    let kind = format!("logging.googleapis.com/user/{id}");
    let description = metric.get("description").cloned();
    if !metric["metricDescriptor"].is_object() {
        metric["metricDescriptor"] = json!({});
    }
    let descriptor = &mut metric["metricDescriptor"];
    descriptor["name"] = json!(format!("projects/{project}/metricDescriptors/{kind}"));
    descriptor["type"] = json!(kind);
    resource::default(descriptor, "metricKind", "DELTA");
    resource::default(descriptor, "valueType", "INT64");
    resource::default(descriptor, "unit", "1");
    match description {
        Some(text) => descriptor["description"] = text,
        None => {
            resource::remove(descriptor, "description");
        }
    }
    for label in descriptor.get_mut("labels").and_then(Value::as_array_mut).into_iter().flatten() {
        // Text is the first of the types, which is not shown.
        if label["valueType"] == "STRING" {
            resource::remove(label, "valueType");
        }
    }
}

/// Keeps a metric; one that was there keeps the time of its creation.
fn write(tx: &mut Tx, request: &Request<'_>, name: &str, old: Option<Value>) -> Result<Answer, Refusal> {
    let id = id_of(name);
    let mut metric = request.body.clone();
    metric["name"] = json!(name);
    // The only version there is nowadays is not shown.
    resource::remove(&mut metric, "version");
    complete(&request.project()?.id, id, &mut metric);
    check(id, &metric)?;
    if let Some(old) = &old {
        let shape = |it: &Value| {
            (it["metricDescriptor"]["metricKind"].clone(), it["metricDescriptor"]["valueType"].clone())
        };
        if shape(old) != shape(&metric) {
            return Err(Refusal::invalid(
                "The metric kind and the value type of a metric cannot be changed.",
            ));
        }
    }
    metric["createTime"] = old.map_or_else(|| request.time(), |it| it["createTime"].clone());
    metric["updateTime"] = request.time();
    METRIC.save(tx, name, &metric)?;
    Ok(METRIC.answer(request, metric))
}

pub(super) fn create(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = format!("{}/metrics/{}", request.name(), request.text("name"));
    if METRIC.find(tx, &name)?.is_some() {
        return Err(Refusal::exists((METRIC.taken)(request, &name)));
    }
    write(tx, request, &name, None)
}

/// Replaces a metric, or makes it if there is none.
pub(super) fn update(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.name();
    let given = request.text("name");
    if !given.is_empty() && given != id_of(name) {
        return Err(Refusal::invalid("The name of the metric must be the one that the path says."));
    }
    let old = METRIC.find(tx, name)?;
    write(tx, request, name, old)
}
