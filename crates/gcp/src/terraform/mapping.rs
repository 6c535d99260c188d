//! Turns a plan's resources into items of our kinds, and its references into names.

use std::collections::HashMap;

use engine::{Shape, is_unknown, unknown};
use serde_json::{Map, Value};

use super::configuration::{Address, Configuration};
use super::resource::{self, Planned, RUN_V1};
use super::run_v1;
use super::shape::{field, marked, merge, put};
use super::types::by_name;
use crate::bill::{Item, Priced, Resources};

const TABLE: &str = "google_bigquery_table";

/// The resources whose types are known. `later` is what is not known yet of each.
pub(super) fn items(
    all: Vec<Planned>,
    configuration: &Configuration<'_>,
    later: &HashMap<String, Value>,
) -> Resources {
    let (mut secrets, mut nothing) = (HashMap::new(), HashMap::new());
    let mut items: Vec<Item> = Vec::new();
    for mut resource in all {
        if let Some(texts) = resource.secrets.take() {
            secrets.insert(resource.address.clone(), texts);
        }
        if !resource.nothing.is_empty() {
            nothing.insert(resource.address.clone(), std::mem::take(&mut resource.nothing));
        }
        items.extend(mapped(resource, configuration, later));
    }
    let places = Places::new(&items);
    // A table is meant by its dataset too, so datasets come first.
    for is_table in [false, true] {
        for at in 0..items.len() {
            let found = references(&items, &places, at, is_table, configuration, later, &nothing);
            if let Value::Object(inputs) = &mut items[at].inputs {
                for (path, value) in found {
                    put(inputs, path, Value::String(value));
                }
            }
        }
    }
    Resources::new(items).hiding(secrets)
}

/// Where the instances of each resource are, by [`Address::base`].
struct Places(HashMap<String, Vec<(Address, usize)>>);

impl Places {
    fn new(items: &[Item]) -> Places {
        let mut places: HashMap<String, Vec<(Address, usize)>> = HashMap::new();
        // An old object that is still to be deleted is nobody's meaning.
        for (at, item) in items.iter().enumerate().filter(|(_, it)| !is_deposed(&it.address)) {
            if let Some(address) = Address::parse(&item.address) {
                places.entry(address.base()).or_default().push((address, at));
            }
        }
        Places(places)
    }

    /// The instance that is meant: the one of the indices that were written, of the referrer's own, or the only one.
    fn instance(&self, target: &Address, own: Option<&str>) -> Option<usize> {
        let all = self.0.get(&target.base())?;
        let agrees = |it: &Address, target: &Address| {
            it.indices().zip(target.indices()).all(|(it, said)| said.is_none() || it == said)
        };
        let one = |target: &Address| {
            let mut found = all.iter().filter(|(it, _)| agrees(it, target));
            found.next().filter(|_| found.next().is_none()).map(|(_, at)| *at)
        };
        let exact = all.iter().find(|(it, _)| it.indices().eq(target.indices())).map(|(_, at)| *at);
        let with_own = || {
            let mut target = target.clone();
            target.resource.index = Some(target.resource.index.or(own.map(str::to_owned))?);
            one(&target)
        };
        // An index of the referrer's may be of something else: what has none has only one.
        let bare = || {
            let mut target = target.clone();
            target.modules.iter_mut().chain([&mut target.resource]).for_each(|it| it.index = None);
            one(&target)
        };
        exact.or_else(|| one(target)).or_else(with_own).or_else(bare)
    }
}

/// Whether this is the address of an old object that is still to be deleted.
fn is_deposed(address: &str) -> bool {
    address.ends_with(')')
}

fn mapped(
    resource: Planned,
    configuration: &Configuration<'_>,
    later: &HashMap<String, Value>,
) -> Option<Item> {
    let Planned { address, kind, priced, mut inputs, labels, .. } = resource;
    let priced = priced?;
    let parsed = Address::parse(&address);
    let written = parsed.as_ref().and_then(|it| configuration.resource(it));
    // What nobody has written gets its default from the server, and that is known.
    let marks = match (later.get(&address), written.and_then(|it| it.get("expressions"))) {
        (Some(marks), Some(expressions)) => said(marks, expressions),
        (Some(marks), None) => marks.clone(),
        (None, _) => Value::Null,
    };
    let marks = &marks;
    match (priced, by_name(&kind)) {
        (Priced::Kind(_), Some(it)) if it.terraform == RUN_V1 => {
            let mut values = Value::Object(inputs);
            merge(&mut values, marked(marks));
            inputs = run_v1::inputs(&values);
        }
        (Priced::Kind(driver), Some(it)) => {
            let marks = Value::Object(resource::later(driver, it, marks));
            let mut values = Value::Object(inputs);
            merge(&mut values, marks);
            inputs = match values {
                Value::Object(inputs) => inputs,
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                    Map::new()
                }
            };
        }
        (Priced::Kind(_) | Priced::Free(_), _) => {}
        (Priced::Foreign(_), _) => {
            for (name, it) in marked(marks).as_object().into_iter().flatten() {
                merge(inputs.entry(name).or_insert(Value::Null), it.clone());
            }
        }
    }
    if let Priced::Kind(driver) = priced {
        let provider = written.and_then(|it| it.get("provider_config_key")).and_then(Value::as_str);
        // What says nowhere where it is goes where its provider is.
        let says = |name: &str| written.and_then(|it| it.get("expressions")?.get(name)).is_some();
        let is_known = |it: &Value| !it.is_null() && !is_unknown(it);
        if !inputs.get("location").is_some_and(is_known)
            && driver.identity().contains(&"location")
            && !says("location")
            && !says("region")
        {
            let region = configuration.region(provider).map_or_else(unknown, Value::from);
            inputs.insert("location".to_owned(), region);
        }
        if !inputs.get("project").is_some_and(is_known)
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

/// Of what is known only after apply, that which the configuration says something of.
fn said(marks: &Value, expressions: &Value) -> Value {
    let is_expression = |it: &Value| it.get("references").is_some() || it.get("constant_value").is_some();
    match (marks, expressions) {
        (marks, expressions) if is_expression(expressions) => marks.clone(),
        (Value::Object(marks), Value::Object(expressions)) => {
            let entry =
                |(name, it): (&String, &Value)| Some((name.clone(), said(it, expressions.get(name)?)));
            Value::Object(marks.iter().filter_map(entry).collect())
        }
        // Blocks, one after the other; a single one may stand by itself.
        (Value::Array(marks), Value::Array(blocks)) => {
            let block =
                |(at, it): (usize, &Value)| blocks.get(at).map_or(it.clone(), |block| said(it, block));
            Value::Array(marks.iter().enumerate().map(block).collect())
        }
        (Value::Array(marks), block) => Value::Array(marks.iter().map(|it| said(it, block)).collect()),
        (marks, _) => marks.clone(),
    }
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
    places: &Places,
    at: usize,
    is_table: bool,
    configuration: &Configuration<'_>,
    later: &HashMap<String, Value>,
    nothing: &HashMap<String, Vec<&'static str>>,
) -> Vec<(&'static str, String)> {
    let item = &items[at];
    let Some(kind) = item.terraform.as_deref().and_then(by_name) else { return Vec::new() };
    let Some(from) = Address::parse(&item.address) else { return Vec::new() };
    let mut found = Vec::new();
    for (path, to) in kind.references.iter().filter(|(_, to)| (*to == TABLE) == is_table) {
        let pointer = format!("/{}", path.replace('.', "/"));
        if item.inputs.pointer(&pointer).is_some_and(|it| !it.is_null() && !is_unknown(it)) {
            continue;
        }
        let attribute = kind.attribute(path);
        let is_nothing = nothing.get(&item.address).is_some_and(|it| it.contains(path));
        if is_nothing && later.get(&item.address).is_none_or(|it| !is_later(it, &attribute)) {
            continue;
        }
        let target = configuration.target(&from, &attribute, to);
        let target = target.and_then(|it| places.instance(&it, from.resource.index.as_deref()));
        if let Some(target) = target.and_then(|at| items.get(at)) {
            found.push((*path, reference(path, to, target)));
        }
    }
    found
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
