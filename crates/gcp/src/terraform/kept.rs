//! A state as Terraform itself keeps it: terraform.tfstate, in its version 4.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::lenient::{List, Object};
use super::resource::{Planned, Written, text};

/// A resource, with an instance for each of `count` or `for_each`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Kept {
    /// `module.a["x"]`; none at the root.
    module: Value,
    mode: Value,
    #[serde(rename = "type")]
    kind: Value,
    name: Value,
    instances: List<Object<Instance>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Instance {
    /// A number of `count`, or a text of `for_each`.
    index_key: Value,
    attributes: Value,
    /// Paths to what is not to be shown, step by step.
    sensitive_attributes: Value,
    /// The key of an old object that is still to be deleted, now that the new one is there.
    deposed: Value,
}

impl Kept {
    /// Its instances, each with the address that a plan would call it by.
    pub(super) fn resources(self) -> Vec<Planned> {
        let (Some(kind), Some(name)) = (text(self.kind), text(self.name)) else { return Vec::new() };
        let module = text(self.module).map(|it| it + ".").unwrap_or_default();
        let mode = self.mode;
        let written = self.instances.0.into_iter().filter_map(|it| it.0).map(|it| Written {
            address: Value::String(format!("{module}{kind}.{name}{}", index(&it.index_key))),
            mode: mode.clone(),
            kind: Value::String(kind.clone()),
            values: it.attributes,
            sensitive_values: sensitive(&it.sensitive_attributes),
            deposed_key: it.deposed,
        });
        written.map(Planned::from).collect()
    }
}

/// `[0]` or `["x"]`, with quotes and templates escaped as Terraform escapes them in an address.
fn index(key: &Value) -> String {
    match key {
        Value::Null => String::new(),
        key => format!("[{}]", key.to_string().replace("${", "$${").replace("%{", "%%{")),
    }
}

/// The marks that paths such as `[{"type": "get_attr", "value": "a"}, {"type": "index", "value": {"value": 0}}]`
/// stand for, in the shape of the attributes.
fn sensitive(paths: &Value) -> Value {
    let mut marks = Value::Null;
    for path in paths.as_array().into_iter().flatten().filter_map(Value::as_array) {
        let steps: Vec<&Value> =
            path.iter().map(|it| it["value"].get("value").unwrap_or(&it["value"])).collect();
        mark(&mut marks, &steps);
    }
    marks
}

/// The most places of a list that a mark is put at; beyond it the whole list is marked.
const PLACES: usize = 10_000;

fn mark(at: &mut Value, steps: &[&Value]) {
    if *at == Value::Bool(true) {
        return;
    }
    let Some((step, rest)) = steps.split_first() else {
        *at = Value::Bool(true);
        return;
    };
    let place = step.as_u64().and_then(|it| usize::try_from(it).ok()).filter(|it| *it < PLACES);
    match (step.as_str(), place) {
        (Some(name), _) => {
            if !at.is_object() {
                *at = Value::Object(Map::new());
            }
            if let Value::Object(map) = at {
                mark(map.entry(name).or_insert(Value::Null), rest);
            }
        }
        (None, Some(place)) => {
            if !at.is_array() {
                *at = Value::Array(Vec::new());
            }
            if let Value::Array(items) = at {
                items.resize(items.len().max(place + 1), Value::Null);
                mark(&mut items[place], rest);
            }
        }
        // A step of another sort: all of it is marked.
        (None, None) => *at = Value::Bool(true),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_marks_what_it_leads_to_and_nothing_else() {
        let attribute = |name: &str| json!({ "type": "get_attr", "value": name });
        let at = |index: Value| json!({ "type": "index", "value": { "value": index, "type": "any" } });
        let paths = json!([
            [attribute("template"), at(json!(0)), attribute("env"), at(json!(1)), attribute("value")],
            [attribute("labels"), at(json!("team"))],
            [attribute("location")],
        ]);
        let expected = json!({
            "template": [{ "env": [null, { "value": true }] }],
            "labels": { "team": true },
            "location": true,
        });
        assert_eq!(sensitive(&paths), expected);
        assert_eq!(sensitive(&json!([[attribute("set"), at(json!({ "a": 1 }))]])), json!({ "set": true }));
        assert_eq!(sensitive(&json!("odd")), Value::Null);
    }

    #[test]
    fn an_index_is_written_as_in_an_address() {
        assert_eq!(index(&json!(3)), "[3]");
        assert_eq!(index(&json!("a\"b")), "[\"a\\\"b\"]");
        assert_eq!(index(&json!("${v}%{x}")), "[\"$${v}%%{x}\"]");
    }
}
