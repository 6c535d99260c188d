//! Turns a plan's resources into items of our kinds, and its references into names.

use std::collections::{BTreeMap, HashMap};

use engine::{Driver, Shape, unknown};
use serde_json::{Map, Value};

use super::configuration::{Address, Configuration};
use super::shape::{camel, convert, field, put, shown};
use super::types::{Type, by_name, known};
use super::{Planned, run_v1};
use crate::bill::{Item, Priced, Resources};
use crate::kinds::ALL;

const BUCKET: &str = "google_storage_bucket";
const TABLE: &str = "google_bigquery_table";

/// The resources whose types are known. `later` is what is not known yet of each.
pub(super) fn items(
    all: &[Planned<'_>],
    configuration: &Configuration<'_>,
    later: &BTreeMap<&str, &Value>,
) -> Resources {
    let mut items: Vec<Item> =
        all.iter().filter_map(|it| mapped(it, configuration, later.get(it.address).copied())).collect();
    let places: HashMap<String, usize> =
        items.iter().enumerate().map(|(at, it)| (it.address.clone(), at)).collect();
    // A table is meant by its dataset too, so datasets come first.
    for is_table in [false, true] {
        for at in 0..items.len() {
            let found = references(&items, &places, at, is_table, configuration, later);
            if let Value::Object(inputs) = &mut items[at].inputs {
                for (path, value) in found {
                    put(inputs, path, Value::String(value));
                }
            }
        }
    }
    Resources::new(items)
}

fn mapped(resource: &Planned<'_>, configuration: &Configuration<'_>, later: Option<&Value>) -> Option<Item> {
    let priced = known(resource.kind)?;
    let values = shown(resource.values, resource.sensitive).unwrap_or_default();
    let address = Address::parse(resource.address);
    let written = address.as_ref().and_then(|it| configuration.resource(it));
    let provider = written.and_then(|it| it.get("provider_config_key")).and_then(Value::as_str);
    let mut inputs = match (priced, by_name(resource.kind)) {
        (Priced::Kind(driver), Some(kind)) => inputs(driver, kind, &values),
        // What only Terraform has keeps Terraform's names.
        (Priced::Kind(_) | Priced::Foreign(_), _) => values.as_object().cloned().unwrap_or_default(),
    };
    if let Priced::Kind(driver) = priced {
        let is_later = |name: &str| later.is_some_and(|it| it.get(name) == Some(&Value::Bool(true)));
        if !inputs.contains_key("location") {
            if driver.identity().contains(&"location") {
                inputs.insert("location".to_owned(), configuration.region(provider).into());
            } else if is_later("location") {
                inputs.insert("location".to_owned(), unknown());
            }
        }
        if !inputs.contains_key("project")
            && let Some(project) = configuration.project(provider)
        {
            inputs.insert("project".to_owned(), project.into());
        }
        if let Some(Shape::Map(_)) = field(driver.facts().shape, "labels") {
            label(&mut inputs, &values, configuration.default_labels(provider));
        }
        if !inputs.get("name").is_some_and(Value::is_string) {
            inputs.insert("name".to_owned(), stand_in(resource.address).into());
        }
    }
    Some(Item {
        address: resource.address.to_owned(),
        name: resource.address.to_owned(),
        terraform: Some(resource.kind.to_owned()),
        priced,
        inputs: Value::Object(inputs),
    })
}

/// A name for what has none yet: nothing else has an address such as its.
fn stand_in(address: &str) -> String {
    address.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }).collect()
}

/// A kind's inputs from Terraform's values.
fn inputs(driver: &dyn Driver, kind: &Type, values: &Value) -> Map<String, Value> {
    if kind.terraform == "google_cloud_run_service" {
        return run_v1::inputs(values);
    }
    let message = driver.facts().shape;
    // Some fields travel beside the resource, and so its message does not have them.
    let entry = ALL.iter().find(|it| it.driver.facts().token == kind.token);
    let fields = entry.map(|it| (it.fields)()).unwrap_or_default();
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

/// Labels as they will be: the provider's and its own.
fn label(inputs: &mut Map<String, Value>, values: &Value, defaults: Option<&Map<String, Value>>) {
    let mut labels = defaults.cloned().unwrap_or_default();
    for source in [inputs.get("labels"), values.get("terraform_labels")] {
        for (name, value) in source.and_then(Value::as_object).into_iter().flatten() {
            labels.insert(name.clone(), value.clone());
        }
    }
    if !labels.is_empty() {
        inputs.insert("labels".to_owned(), Value::Object(labels));
    }
}

/// Names of other resources that a resource does not know yet and its configuration does: our paths, and
/// what stands there.
fn references(
    items: &[Item],
    places: &HashMap<String, usize>,
    at: usize,
    is_table: bool,
    configuration: &Configuration<'_>,
    later: &BTreeMap<&str, &Value>,
) -> Vec<(&'static str, String)> {
    let item = &items[at];
    let Some(kind) = item.terraform.as_deref().and_then(by_name) else { return Vec::new() };
    let Some(from) = Address::parse(&item.address) else { return Vec::new() };
    let mut found = Vec::new();
    for (path, to) in kind.references.iter().filter(|(_, to)| (*to == TABLE) == is_table) {
        let pointer = format!("/{}", path.replace('.', "/"));
        if item.inputs.pointer(&pointer).is_some_and(|it| !it.is_null()) {
            continue;
        }
        let attribute = attribute(kind, path);
        if later.get(item.address.as_str()).is_some_and(|it| !is_later(it, &attribute)) {
            continue;
        }
        let target = configuration.target(&from, &attribute, to);
        let target = target.and_then(|it| instance(items, places, &it, from.resource.index.as_deref()));
        if let Some(target) = target {
            found.push((*path, reference(path, to, target)));
        }
    }
    found
}

/// How Terraform writes the path of one of our fields.
fn attribute(kind: &Type, path: &str) -> String {
    let renamed = kind.renames.iter().find(|(_, ours)| *ours == path);
    if let Some((theirs, _)) = renamed {
        return (*theirs).to_owned();
    }
    let mut snake = String::with_capacity(path.len() + 4);
    for c in path.chars() {
        if c.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    // What stands in a map keeps its name, and blocks have none but snake case.
    match path.split_once('.') {
        Some((map @ ("parameters" | "params"), name)) => format!("{map}.{name}"),
        Some(_) | None => snake,
    }
}

/// Whether an attribute, or what it is in, is known only after apply.
fn is_later(later: &Value, attribute: &str) -> bool {
    let mut at = later;
    for part in attribute.split('.') {
        if *at == Value::Bool(true) {
            return true;
        }
        if let Value::Array(blocks) = at {
            at = blocks.first().unwrap_or(&Value::Null);
        }
        at = at.get(part).unwrap_or(&Value::Null);
    }
    *at == Value::Bool(true)
}

/// The instance that is meant: the one of the index that was written, of the referrer's own, or the only one.
fn instance<'a>(
    items: &'a [Item],
    places: &HashMap<String, usize>,
    target: &Address,
    own: Option<&str>,
) -> Option<&'a Item> {
    let base = target.base();
    let indexed = |index: &str| places.get(&format!("{base}[{index}]"));
    let exact = target.resource.index.as_deref().and_then(indexed);
    let exact = exact.or_else(|| places.get(&base)).or_else(|| own.and_then(indexed));
    if let Some(at) = exact {
        return items.get(*at);
    }
    let prefix = format!("{base}[");
    let mut all = items.iter().filter(|it| it.address.starts_with(&prefix));
    all.next().filter(|_| all.next().is_none())
}

/// A target as the field at a path names it.
fn reference(path: &str, kind: &str, target: &Item) -> String {
    let text = |field: &str| target.inputs.get(field).and_then(Value::as_str).unwrap_or_default();
    let name = text("name");
    match path {
        "params.data_path_template" => format!("gs://{name}/*"),
        "params.destination_table_name_template" => name.to_owned(),
        _ if kind == TABLE && !text("dataset").is_empty() => {
            let dataset = text("dataset").rsplit('/').next().unwrap_or_default();
            format!("datasets/{dataset}/tables/{name}")
        }
        _ => name.to_owned(),
    }
}
