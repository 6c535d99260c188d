//! Reads one resource of a plan, and keeps what bills need of it.

use std::collections::HashMap;
use std::sync::LazyLock;

use engine::Driver;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::run_v1;
use super::shape::{camel, convert, field, put, shown};
use super::types::{Type, by_name, known};
use crate::bill::Priced;
use crate::kinds::ALL;

const BUCKET: &str = "google_storage_bucket";

/// One resource of a plan. Its values are turned into inputs as soon as they are read, for a plan says ten
/// times as much as bills need.
#[derive(Debug, Deserialize)]
#[serde(from = "Written")]
pub(super) struct Planned {
    /// `module.a["x"].google_pubsub_topic.b[0]`.
    pub address: String,
    /// `google_pubsub_topic`.
    pub kind: String,
    /// Data is only read.
    pub is_data: bool,
    /// `None` where nothing here knows the type's price.
    pub priced: Option<Priced>,
    /// In the shape of our kind's inputs; what only Terraform has keeps Terraform's names.
    pub inputs: Map<String, Value>,
    /// The labels that Terraform has put together: the provider's and the resource's.
    pub labels: Option<Value>,
}

/// A resource as a plan writes it.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Written {
    pub address: Value,
    pub mode: Value,
    #[serde(rename = "type")]
    pub kind: Value,
    pub values: Value,
    /// True where a value is not to be shown.
    pub sensitive_values: Value,
}

/// A value's text, if it is one.
pub(super) fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

impl From<Written> for Planned {
    fn from(written: Written) -> Planned {
        let kind = text(written.kind).unwrap_or_default();
        let mut planned = Planned {
            address: text(written.address).unwrap_or_default(),
            is_data: written.mode == "data",
            priced: known(&kind),
            inputs: Map::new(),
            labels: None,
            kind,
        };
        let Some(priced) = planned.priced.filter(|_| !planned.is_data) else { return planned };
        let mut values = shown(written.values, &written.sensitive_values).unwrap_or_default();
        match (priced, by_name(&planned.kind)) {
            (Priced::Kind(driver), Some(kind)) => {
                planned.inputs = inputs(driver, kind, &values);
                planned.labels = values.get_mut("terraform_labels").map(Value::take);
            }
            (Priced::Kind(_) | Priced::Foreign(_), _) => {
                if let Value::Object(values) = values {
                    planned.inputs = values;
                }
            }
        }
        planned
    }
}

/// The fields of each kind: some travel beside the resource, and so its message does not have them.
static FIELDS: LazyLock<HashMap<&'static str, Vec<String>>> =
    LazyLock::new(|| ALL.iter().map(|it| (it.driver.facts().token, (it.fields)())).collect());

/// A kind's inputs from Terraform's values.
fn inputs(driver: &dyn Driver, kind: &Type, values: &Value) -> Map<String, Value> {
    if kind.terraform == "google_cloud_run_service" {
        return run_v1::inputs(values);
    }
    let message = driver.facts().shape;
    let fields = FIELDS.get(kind.token).map(Vec::as_slice).unwrap_or_default();
    let mut inputs = Map::new();
    for (attribute, value) in values.as_object().into_iter().flatten() {
        let renamed = kind.renames.iter().find(|(theirs, _)| theirs == attribute).map(|(_, ours)| *ours);
        let path = renamed.map_or_else(|| camel(attribute), str::to_owned);
        let value = match field(message, &path) {
            // Terraform's `name` of what is renamed is another thing, such as the whole path.
            Some(_) if renamed.is_none() && kind.renames.iter().any(|(_, ours)| *ours == path) => None,
            Some(shape) => convert(value, shape),
            None if fields.contains(&path) || ["location", "project", "type"].contains(&&*path) => {
                Some(value.clone()).filter(|it| !it.is_null())
            }
            None => None,
        };
        if let Some(value) = value {
            put(&mut inputs, &path, value);
        }
    }
    if kind.terraform == BUCKET {
        lifecycle(&mut inputs, values, message);
    }
    inputs
}

/// A bucket's rules stand by themselves there, and say `ARCHIVED` of what is not live.
fn lifecycle(inputs: &mut Map<String, Value>, values: &Value, message: &engine::Message) {
    let rules = values.get("lifecycle_rule").zip(field(message, "lifecycle.rule"));
    let Some(Value::Array(mut rules)) = rules.and_then(|(rules, shape)| convert(rules, shape)) else {
        return;
    };
    let theirs = values["lifecycle_rule"].as_array().into_iter().flatten();
    for (rule, theirs) in rules.iter_mut().zip(theirs) {
        let is_live = match theirs.pointer("/condition/0/with_state").and_then(Value::as_str) {
            Some("ARCHIVED") => false,
            Some("LIVE") => true,
            Some(_) | None => continue,
        };
        if let Some(condition) = rule.get_mut("condition").and_then(Value::as_object_mut) {
            condition.insert("isLive".to_owned(), is_live.into());
        }
    }
    put(inputs, "lifecycle.rule", Value::Array(rules));
}
