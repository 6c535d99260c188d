//! Reads one resource of a plan, and keeps what bills need of it.

use std::collections::HashMap;
use std::sync::LazyLock;

use engine::{Driver, Shape, unknown};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::shape::{camel, convert, convert_later, field, has_mark, hidden, put, shown};
use super::types::{Type, by_name, known};
use crate::bill::Priced;
use crate::kinds::ALL;

const BUCKET: &str = "google_storage_bucket";
/// Its values keep Terraform's shape until it is known what of them is known only after apply.
pub(super) const RUN_V1: &str = "google_cloud_run_service";

/// One resource of a plan. Its values are turned into inputs as soon as they are read, for a plan says ten
/// times as much as bills need.
#[derive(Clone, Deserialize)]
#[serde(from = "Written")]
pub(super) struct Planned {
    /// `module.a["x"].google_pubsub_topic.b[0]`.
    pub address: String,
    /// `google_pubsub_topic`.
    pub kind: String,
    /// Data is only read, and what is ephemeral is not kept.
    pub is_data: bool,
    /// Whether it is an old object that is still to be deleted, with its key in the address.
    pub is_deposed: bool,
    /// `None` where nothing here knows the type's price.
    pub priced: Option<Priced>,
    /// In the shape of our kind's inputs; what only Terraform has keeps Terraform's names.
    pub inputs: Map<String, Value>,
    /// The labels that Terraform has put together: the provider's and the resource's.
    pub labels: Option<Value>,
    /// Our paths of references that are known to be nothing; what is left out of a plan's values is not known.
    pub nothing: Vec<&'static str>,
    /// Texts that bills follow and reports must not show; `None` where nothing is sensitive.
    pub secrets: Option<Vec<String>>,
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
    pub deposed_key: Value,
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
        let deposed = text(written.deposed_key);
        let address = text(written.address).unwrap_or_default();
        let mut planned = Planned {
            // Terraform's words for it.
            address: match &deposed {
                Some(key) if !address.is_empty() => format!("{address} (deposed {key})"),
                Some(_) | None => address,
            },
            is_data: written.mode == "data" || written.mode == "ephemeral",
            is_deposed: deposed.is_some(),
            priced: known(&kind),
            inputs: Map::new(),
            labels: None,
            nothing: Vec::new(),
            secrets: None,
            kind,
        };
        let Some(priced) = planned.priced.filter(|_| !planned.is_data) else { return planned };
        let (mut values, marks) = (written.values, written.sensitive_values);
        if has_mark(&marks) {
            let mut secrets = Vec::new();
            hidden(&values, &marks, false, &mut secrets);
            planned.secrets = Some(secrets);
            // Labels are told as they are.
            for name in ["labels", "terraform_labels", "effective_labels"] {
                if let Some(labels) = values.get_mut(name) {
                    let marks = marks.get(name).unwrap_or(&Value::Null);
                    *labels = shown(labels.take(), marks).unwrap_or_default();
                }
            }
            let labels = "/metadata/0/labels";
            if let Some(it) = values.pointer_mut(labels) {
                *it = shown(it.take(), marks.pointer(labels).unwrap_or(&Value::Null)).unwrap_or_default();
            }
        }
        match (priced, by_name(&planned.kind)) {
            (Priced::Kind(driver), Some(kind)) if kind.terraform != RUN_V1 => {
                planned.inputs = inputs(driver, kind, &values);
                let paths = kind.references.iter().map(|(path, _)| *path);
                planned.nothing = paths.filter(|it| is_nothing(&values, &kind.attribute(it))).collect();
                planned.labels = values.get_mut("terraform_labels").map(Value::take);
            }
            (Priced::Kind(_) | Priced::Foreign(_) | Priced::Free(_), _) => {
                if let Value::Object(values) = values {
                    planned.inputs = values;
                }
            }
        }
        planned
    }
}

/// Whether values say that there is nothing at a path of Terraform's, or nothing that it could be in.
fn is_nothing(values: &Value, attribute: &str) -> bool {
    let mut at = values;
    for step in attribute.split('.') {
        at = match at {
            Value::Array(blocks) => match blocks.first() {
                Some(block) => block,
                None => return true,
            },
            it => it,
        };
        at = match at.get(step) {
            Some(Value::Null) => return true,
            Some(it) => it,
            None => return false,
        };
    }
    *at == Value::Array(Vec::new())
}

/// The fields of each kind: some travel beside the resource, and so its message does not have them.
static FIELDS: LazyLock<HashMap<&'static str, Vec<String>>> =
    LazyLock::new(|| ALL.iter().map(|it| (it.driver.facts().token, (it.fields)())).collect());

/// What is known only after apply of a kind's inputs, from what Terraform says of its values.
pub(super) fn later(driver: &dyn Driver, kind: &Type, later: &Value) -> Map<String, Value> {
    translated(driver, kind, later, convert_later, |it| (*it == Value::Bool(true)).then(unknown))
}

/// A kind's inputs from Terraform's values.
fn inputs(driver: &dyn Driver, kind: &Type, values: &Value) -> Map<String, Value> {
    let message = driver.facts().shape;
    let mut inputs =
        translated(driver, kind, values, convert, |it| Some(it.clone()).filter(|it| !it.is_null()));
    if kind.terraform == BUCKET {
        lifecycle(&mut inputs, values, message);
    }
    inputs
}

/// Attributes under the names and at the places that they have here: a field's value by its shape, one that travels
/// beside the resource as it is.
fn translated(
    driver: &dyn Driver,
    kind: &Type,
    attributes: &Value,
    shaped: impl Fn(&Value, &Shape) -> Option<Value>,
    plain: impl Fn(&Value) -> Option<Value>,
) -> Map<String, Value> {
    let message = driver.facts().shape;
    let fields = FIELDS.get(kind.token).map(Vec::as_slice).unwrap_or_default();
    let mut out = Map::new();
    for (attribute, value) in attributes.as_object().into_iter().flatten() {
        let renamed = kind.renames.iter().find(|(theirs, _)| theirs == attribute).map(|(_, ours)| *ours);
        let path = renamed.map_or_else(|| camel(attribute), str::to_owned);
        let value = match field(message, &path) {
            // Terraform's `name` of what is renamed is another thing, such as the whole path.
            Some(_) if renamed.is_none() && kind.renames.iter().any(|(_, ours)| *ours == path) => None,
            Some(shape) => shaped(value, shape),
            None if fields.contains(&path) || ["location", "project", "type"].contains(&&*path) => {
                plain(value)
            }
            None => None,
        };
        if let Some(value) = value {
            put(&mut out, &path, value);
        }
    }
    out
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
