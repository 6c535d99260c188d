//! Turns a plan's resources into items of our kinds, and its references into names.

use std::collections::HashMap;

use engine::{Shape, unknown};
use serde_json::{Map, Value};

use super::configuration::{Address, Configuration};
use super::resource::Planned;
use super::shape::{field, put};
use super::types::{Type, by_name};
use crate::bill::{Item, Priced, Resources};

const TABLE: &str = "google_bigquery_table";

/// The resources whose types are known. `later` is what is not known yet of each.
pub(super) fn items(
    all: Vec<Planned>,
    configuration: &Configuration<'_>,
    later: &HashMap<String, Value>,
) -> Resources {
    let mut items: Vec<Item> = all.into_iter().filter_map(|it| mapped(it, configuration, later)).collect();
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

fn mapped(
    resource: Planned,
    configuration: &Configuration<'_>,
    later: &HashMap<String, Value>,
) -> Option<Item> {
    let Planned { address, kind, priced, mut inputs, labels, .. } = resource;
    let priced = priced?;
    if let Priced::Kind(driver) = priced {
        let parsed = Address::parse(&address);
        let written = parsed.as_ref().and_then(|it| configuration.resource(it));
        let provider = written.and_then(|it| it.get("provider_config_key")).and_then(Value::as_str);
        let later = later.get(&address);
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
            label(&mut inputs, labels, configuration.default_labels(provider));
        }
        if !inputs.get("name").is_some_and(Value::is_string) {
            inputs.insert("name".to_owned(), stand_in(&address).into());
        }
    }
    let name = address.clone();
    Some(Item { address, name, terraform: Some(kind), priced, inputs: Value::Object(inputs) })
}

/// A name for what has none yet: nothing else has an address such as its.
fn stand_in(address: &str) -> String {
    address.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }).collect()
}

/// Labels as they will be: the provider's, its own, and `all` that Terraform counts as both.
fn label(inputs: &mut Map<String, Value>, all: Option<Value>, defaults: Option<&Map<String, Value>>) {
    let mut labels = defaults.cloned().unwrap_or_default();
    for source in [inputs.remove("labels"), all] {
        if let Some(Value::Object(source)) = source {
            labels.extend(source);
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
    later: &HashMap<String, Value>,
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
        if later.get(&item.address).is_some_and(|it| !is_later(it, &attribute)) {
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
