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
    /// An old one that is still to be deleted once the new one is there.
    deposed: Value,
}

impl Kept {
    /// Its instances, each with the address that a plan would call it by.
    pub(super) fn resources(self) -> Vec<Planned> {
        let (Some(kind), Some(name)) = (text(self.kind), text(self.name)) else { return Vec::new() };
        let module = text(self.module).map(|it| it + ".").unwrap_or_default();
        let mode = self.mode;
        let instances = self.instances.0.into_iter().filter_map(|it| it.0).filter(|it| it.deposed.is_null());
        let written = instances.map(|it| {
            let index = match it.index_key {
                Value::Null => String::new(),
                key => format!("[{key}]"),
            };
            Written {
                address: Value::String(format!("{module}{kind}.{name}{index}")),
                mode: mode.clone(),
                kind: Value::String(kind.clone()),
                values: it.attributes,
                sensitive_values: sensitive(&it.sensitive_attributes),
            }
        });
        written.map(Planned::from).collect()
    }
}

/// The attributes that have something that is not to be shown, wholly.
fn sensitive(paths: &Value) -> Value {
    let first = |path: &Value| {
        let step = path.as_array()?.first()?;
        Some((step["value"].as_str()?.to_owned(), Value::Bool(true)))
    };
    Value::Object(paths.as_array().into_iter().flatten().filter_map(first).collect::<Map<_, _>>())
}
