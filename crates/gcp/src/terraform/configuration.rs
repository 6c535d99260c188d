//! What a plan's configuration says beside its values: providers, and what refers to what.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::document::Document;

/// The configuration in a plan; of a state there is none.
#[derive(Clone, Debug)]
pub(super) struct Configuration<'a> {
    /// By the names of the modules on the way, type and name.
    resources: HashMap<(String, &'a str, &'a str), &'a Value>,
    root: &'a Value,
    providers: &'a Value,
    variables: &'a Value,
}

/// One step into a module: `a` and `"x"` of `module.a["x"]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub name: String,
    pub index: Option<String>,
}

/// An address in its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub modules: Vec<Step>,
    pub kind: String,
    pub resource: Step,
}

/// How far references lead through modules' variables and outputs.
const DEEPEST: usize = 16;

impl<'a> Configuration<'a> {
    pub(super) fn new(document: &'a Document) -> Configuration<'a> {
        let configuration = &document.configuration;
        let root = &configuration["root_module"];
        let mut resources = HashMap::new();
        index(root, "", &mut resources);
        Configuration {
            resources,
            root,
            providers: &configuration["provider_config"],
            variables: &document.variables,
        }
    }

    /// What a provider is given, where that can be read out of the configuration.
    fn provider(&self, key: Option<&str>, argument: &str) -> Option<&'a Value> {
        // A provider within a module is `module.a:google`; where that has no block of its own, the root's is
        // handed down to it.
        let key = key.unwrap_or("google");
        let (modules, bare) = key.rsplit_once(':').unwrap_or(("", key));
        let (modules, provider) = match self.providers.get(key) {
            Some(it) => (modules, it),
            None => ("", self.providers.get(bare)?),
        };
        let names = modules.split('.').filter(|it| !it.is_empty() && *it != "module");
        let scope: Vec<Step> = names.map(|it| Step { name: it.to_owned(), index: None }).collect();
        self.value(&scope, provider.get("expressions")?.get(argument)?, 0).filter(|it| !it.is_null())
    }

    /// The value of an expression in a module: a constant, or what a variable or output has. `None` where it is
    /// worked out of something that the plan does not tell, such as a local value.
    fn value(&self, scope: &[Step], expression: &'a Value, depth: usize) -> Option<&'a Value> {
        if depth > DEEPEST {
            return None;
        }
        if let Some(constant) = expression.get("constant_value") {
            return Some(constant);
        }
        let references = references(Some(expression));
        // The whole path comes first, then what it begins with.
        let (whole, rest) = references.split_first()?;
        if !rest.iter().all(|it| whole.starts_with(it)) {
            return None;
        }
        if let Some(variable) = whole.strip_prefix("var.") {
            let (name, path) = step(variable)?;
            return match scope.split_last() {
                None => below(self.variables.get(&name.name)?.get("value")?, &name, path),
                Some((last, outer)) => {
                    let call = self.module(outer)?.get("module_calls")?.get(&last.name)?;
                    let given = call.get("expressions").and_then(|it| it.get(&name.name));
                    let usual = || self.module(scope)?.get("variables")?.get(&name.name)?.get("default");
                    let value = match given {
                        Some(given) => self.value(outer, given, depth + 1)?,
                        None => usual()?,
                    };
                    below(value, &name, path)
                }
            };
        }
        let (module, rest) = step(whole.strip_prefix("module.")?)?;
        let (output, path) = step(rest.strip_prefix('.')?)?;
        let inner: Vec<Step> = scope.iter().cloned().chain([module]).collect();
        let expression = self.module(&inner)?.get("outputs")?.get(&output.name)?.get("expression")?;
        below(self.value(&inner, expression, depth + 1)?, &output, path)
    }

    /// The region of a provider, or that of its zone; `None` where the plan does not tell it.
    pub(super) fn region(&self, key: Option<&str>) -> Option<&'a str> {
        let text = |argument: &str| self.provider(key, argument).and_then(Value::as_str);
        let zone = || text("zone")?.rsplit_once('-').map(|(region, _)| region);
        // What is only part of a template is no region.
        text("region").or_else(zone).filter(|it| is_region(it))
    }

    pub(super) fn project(&self, key: Option<&str>) -> Option<&'a str> {
        self.provider(key, "project").and_then(Value::as_str)
    }

    /// Labels that every resource of a provider has.
    pub(super) fn default_labels(&self, key: Option<&str>) -> Option<&'a Map<String, Value>> {
        self.provider(key, "default_labels").and_then(Value::as_object)
    }

    fn module(&self, modules: &[Step]) -> Option<&'a Value> {
        modules.iter().try_fold(self.root, |at, step| at.get("module_calls")?.get(&step.name)?.get("module"))
    }

    /// A resource as it is written.
    pub(super) fn resource(&self, address: &Address) -> Option<&'a Value> {
        let way: String = address.modules.iter().map(|it| format!("{}.", it.name)).collect();
        self.resources.get(&(way, address.kind.as_str(), address.resource.name.as_str())).copied()
    }

    /// The resource of a type that an attribute of another refers to, directly or through variables and
    /// outputs. `attribute` is its path, as Terraform writes it.
    pub(super) fn target(&self, from: &Address, attribute: &str, kind: &str) -> Option<Address> {
        let resource = self.resource(from)?;
        let mut expression = resource.get("expressions")?;
        for part in attribute.split('.') {
            if expression.get("references").is_some() {
                break;
            }
            expression = expression.get(part)?;
            if let Value::Array(blocks) = expression {
                expression = blocks.first()?;
            }
        }
        let here = Here { modules: &from.modules, key: from.resource.index.as_deref() };
        self.follow(here, &with_each(expression, resource), kind, 0)
    }

    fn follow(&self, here: Here<'_>, references: &[&str], kind: &str, depth: usize) -> Option<Address> {
        if depth > DEEPEST {
            return None;
        }
        // `a[each.key].id` is written as two references, `a` and `each.key`.
        let is_each = |it: &&str| it.starts_with("each.") || it.starts_with("count.");
        let key = here.key.filter(|_| references.iter().any(is_each));
        let indexed = |it: Step| Step { index: it.index.or_else(|| key.map(str::to_owned)), ..it };
        let modules = here.modules;
        references.iter().find_map(|reference| {
            if let Some(rest) = reference.strip_prefix(kind).and_then(|it| it.strip_prefix('.')) {
                let (resource, _) = step(rest)?;
                let resource = indexed(resource);
                return Some(Address { modules: modules.to_vec(), kind: kind.to_owned(), resource });
            }
            if let Some(variable) = reference.strip_prefix("var.") {
                let (last, outer) = modules.split_last()?;
                let (variable, _) = step(variable)?;
                let call = self.module(outer)?.get("module_calls")?.get(&last.name)?;
                let given = with_each(call.get("expressions")?.get(&variable.name)?, call);
                let there = Here { modules: outer, key: last.index.as_deref() };
                return self.follow(there, &given, kind, depth + 1);
            }
            if let Some(rest) = reference.strip_prefix("module.") {
                let (module, rest) = step(rest)?;
                let inner: Vec<Step> = modules.iter().cloned().chain([indexed(module)]).collect();
                let outputs = self.module(&inner)?.get("outputs")?.as_object()?;
                let of = |output: &Value| {
                    let there = Here { modules: &inner, key: None };
                    let expression = output.get("expression");
                    self.follow(there, &self::references(expression), kind, depth + 1)
                };
                return match rest.strip_prefix('.').and_then(step) {
                    Some((output, _)) => of(outputs.get(&output.name)?),
                    // Which output of `module.a[each.key].b` is meant is not written: there may be only one.
                    None => {
                        let mut found: Vec<Address> = outputs.values().filter_map(of).collect();
                        found.dedup();
                        found.pop().filter(|_| found.is_empty())
                    }
                };
            }
            None
        })
    }
}

/// Where references stand: in a module, and in an instance of which `each.key` is this index.
#[derive(Clone, Copy)]
struct Here<'a> {
    modules: &'a [Step],
    key: Option<&'a str>,
}

/// The references of an expression, and of the `for_each` that its `each.` stands for.
fn with_each<'a>(expression: &'a Value, around: &'a Value) -> Vec<&'a str> {
    let mut all = references(Some(expression));
    if all.iter().any(|it| it.starts_with("each.")) {
        all.extend(references(around.get("for_each_expression")));
    }
    all
}

/// `us-central1`.
fn is_region(text: &str) -> bool {
    let is_end = |it: &str| {
        let number = it.trim_start_matches(|c: char| c.is_ascii_lowercase());
        number.len() < it.len() && !number.is_empty() && number.bytes().all(|c| c.is_ascii_digit())
    };
    let is_start = |it: &str| !it.is_empty() && it.bytes().all(|c| c.is_ascii_lowercase());
    text.split_once('-').is_some_and(|(start, end)| is_start(start) && is_end(end))
}

/// What a path such as `.a["b"]`, and the index of the step before it, lead to in a value.
fn below<'a>(value: &'a Value, first: &Step, path: &str) -> Option<&'a Value> {
    let index =
        |value: &'a Value, index: &str| match index.strip_prefix('"').and_then(|it| it.strip_suffix('"')) {
            Some(key) => value.get(key),
            None => value.get(index.parse::<usize>().ok()?),
        };
    let mut at = value;
    if let Some(it) = &first.index {
        at = index(at, it)?;
    }
    let mut rest = path;
    while !rest.is_empty() {
        let (name, after) = step(rest.strip_prefix('.')?)?;
        at = match name.name.parse::<usize>() {
            Ok(place) if at.is_array() => at.get(place)?,
            Ok(_) | Err(_) => at.get(&name.name)?,
        };
        if let Some(it) = &name.index {
            at = index(at, it)?;
        }
        rest = after;
    }
    Some(at)
}

/// Collects the resources of a module and of those within.
fn index<'a>(module: &'a Value, way: &str, resources: &mut HashMap<(String, &'a str, &'a str), &'a Value>) {
    let written = module.get("resources").and_then(Value::as_array).into_iter().flatten();
    for resource in written.filter(|it| it["mode"] != "data") {
        if let (Some(kind), Some(name)) = (resource["type"].as_str(), resource["name"].as_str()) {
            resources.insert((way.to_owned(), kind, name), resource);
        }
    }
    for (name, call) in module.get("module_calls").and_then(Value::as_object).into_iter().flatten() {
        index(&call["module"], &format!("{way}{name}."), resources);
    }
}

fn references(expression: Option<&Value>) -> Vec<&str> {
    let list = expression.and_then(|it| it.get("references")).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The first step of a path, and the rest: `a` and `["x"]` of `a["x"].b`.
fn step(text: &str) -> Option<(Step, &str)> {
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() {
        return None;
    }
    let (index, rest) = match rest.strip_prefix('[') {
        None => (None, rest),
        Some(inner) => {
            let close = closing(inner)?;
            (Some(inner[..close].to_owned()), &inner[close + 1..])
        }
    };
    Some((Step { name: name.to_owned(), index }, rest))
}

/// Where the bracket closes that was opened before: not within quotes.
fn closing(text: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ']' if !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

impl Address {
    /// Of a resource's address: `module.a["x"].google_pubsub_topic.b[0]`.
    pub(super) fn parse(text: &str) -> Option<Address> {
        let mut modules = Vec::new();
        let mut rest = text;
        while let Some(inner) = rest.strip_prefix("module.") {
            let (module, after) = step(inner)?;
            modules.push(module);
            rest = after.strip_prefix('.')?;
        }
        let (kind, after) = step(rest)?;
        let (resource, _) = step(after.strip_prefix('.')?)?;
        Some(Address { modules, kind: kind.name, resource })
    }

    /// Without any index: what all instances have in common.
    pub(super) fn base(&self) -> String {
        let modules: String = self.modules.iter().map(|it| format!("module.{}.", it.name)).collect();
        format!("{modules}{}.{}", self.kind, self.resource.name)
    }

    /// The indices on the way, the resource's own last.
    pub(super) fn indices(&self) -> impl Iterator<Item = Option<&str>> {
        self.modules.iter().chain([&self.resource]).map(|it| it.index.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_parts() {
        let address = Address::parse("module.a[\"x].y\"].module.b.google_pubsub_topic.t[0]").unwrap();
        let names: Vec<&str> = address.modules.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        assert_eq!(address.modules[0].index.as_deref(), Some("\"x].y\""));
        assert_eq!(address.kind, "google_pubsub_topic");
        assert_eq!(address.resource, Step { name: "t".to_owned(), index: Some("0".to_owned()) });
        assert_eq!(address.base(), "module.a.module.b.google_pubsub_topic.t");
        assert_eq!(address.indices().collect::<Vec<_>>(), [Some("\"x].y\""), None, Some("0")]);
        for wrong in ["", "module.", "module.a", "google_pubsub_topic", "a[", "module.a[\"x.b.c"] {
            assert_eq!(Address::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_region_is_told_from_what_is_none() {
        for region in ["us-central1", "asia-southeast3", "europe-west12", "northamerica-northeast1"] {
            assert!(is_region(region), "{region}");
        }
        for no in ["us", "", "us-central", "us-central1-a", "prod", "US-CENTRAL1", "-1", "us-1"] {
            assert!(!is_region(no), "{no}");
        }
    }
}
