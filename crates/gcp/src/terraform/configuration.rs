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

/// What Google's provider takes where nothing says a region.
const REGION: &str = "us-central1";
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

    /// What a provider is given: a constant, or a variable of the root module.
    fn provider(&self, key: Option<&str>, argument: &str) -> Option<&'a Value> {
        let of = |key: &str| {
            let expression = self.providers.get(key)?.get("expressions")?.get(argument)?;
            if let Some(constant) = expression.get("constant_value") {
                return Some(constant);
            }
            let references = expression.get("references")?.as_array()?;
            let variable = references.iter().find_map(|it| it.as_str()?.strip_prefix("var."))?;
            let variable = variable.split(['.', '[']).next()?;
            self.variables.get(variable)?.get("value")
        };
        // A provider within a module is `module.a:google`, and often the root's, handed down.
        key.and_then(of).or_else(|| of("google")).or_else(|| of("google-beta")).filter(|it| !it.is_null())
    }

    pub(super) fn region(&self, key: Option<&str>) -> &'a str {
        self.provider(key, "region").and_then(Value::as_str).unwrap_or(REGION)
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
        let each = references(resource.get("for_each_expression"));
        let mut references = references(Some(expression));
        if references.iter().any(|it| it.starts_with("each.")) {
            references.extend(each);
        }
        self.follow(&from.modules, &references, kind, 0)
    }

    fn follow(&self, modules: &[Step], references: &[&str], kind: &str, depth: usize) -> Option<Address> {
        if depth > DEEPEST {
            return None;
        }
        references.iter().find_map(|reference| {
            if let Some(rest) = reference.strip_prefix(kind).and_then(|it| it.strip_prefix('.')) {
                let (resource, _) = step(rest)?;
                return Some(Address { modules: modules.to_vec(), kind: kind.to_owned(), resource });
            }
            if let Some(variable) = reference.strip_prefix("var.") {
                let (last, outer) = modules.split_last()?;
                let (variable, _) = step(variable)?;
                let call = self.module(outer)?.get("module_calls")?.get(&last.name)?;
                let given = self::references(call.get("expressions")?.get(&variable.name));
                return self.follow(outer, &given, kind, depth + 1);
            }
            if let Some(rest) = reference.strip_prefix("module.") {
                let (module, rest) = step(rest)?;
                let (output, _) = step(rest.strip_prefix('.')?)?;
                let inner: Vec<Step> = modules.iter().cloned().chain([module]).collect();
                let output = self.module(&inner)?.get("outputs")?.get(&output.name)?;
                return self.follow(&inner, &self::references(output.get("expression")), kind, depth + 1);
            }
            None
        })
    }
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

    /// As Terraform writes it, without the resource's own index.
    pub(super) fn base(&self) -> String {
        let mut text = String::new();
        for module in &self.modules {
            text.push_str("module.");
            text.push_str(&module.name);
            if let Some(index) = &module.index {
                text.push_str(&format!("[{index}]"));
            }
            text.push('.');
        }
        format!("{text}{}.{}", self.kind, self.resource.name)
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
        assert_eq!(address.base(), "module.a[\"x].y\"].module.b.google_pubsub_topic.t");
        for wrong in ["", "module.", "module.a", "google_pubsub_topic", "a[", "module.a[\"x.b.c"] {
            assert_eq!(Address::parse(wrong), None, "{wrong}");
        }
    }
}
