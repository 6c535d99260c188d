//! Where a declaration puts its resources.

use std::collections::BTreeSet;
use std::ops::Deref;

use engine::{Expr, Input, Invalid, Options, Output, Program, Rule, Urn, conceal, expression_of};
use serde_json::{Map, Value};

use crate::resource::{Kind, NameRule, Resource, driver};
use crate::serviceusage::Service;

/// A stack being declared, or a scope within it.
pub struct Stack<'a> {
    program: &'a mut Program,
    scope: Vec<String>,
    /// APIs that are declared already.
    services: &'a mut BTreeSet<String>,
}

/// A declared resource: its fields as they were declared, and what it will have.
#[derive(Clone, Debug)]
pub struct Handle<R> {
    urn: Urn,
    project: String,
    region: String,
    resource: R,
}

/// The settings under which a program knows its Google Cloud project and its default region.
pub const PROJECT: &str = "gcp:project";
pub const REGION: &str = "gcp:region";

/// Runs a declaration for a Google Cloud project and a default region.
pub fn declare<E>(
    program: &mut Program,
    project: &str,
    region: &str,
    declaration: impl FnOnce(&mut Stack<'_>) -> Result<(), E>,
) -> Result<(), E> {
    program.settings.insert(PROJECT.to_owned(), project.to_owned());
    program.settings.insert(REGION.to_owned(), region.to_owned());
    let mut services = BTreeSet::new();
    declaration(&mut Stack { program, scope: Vec::new(), services: &mut services })
}

impl Stack<'_> {
    /// Declares a resource. `name` is what the program calls it, and also its name in Google Cloud unless
    /// the resource says another.
    pub fn add<R: Resource>(&mut self, name: &str, resource: R) -> Handle<R> {
        self.add_with(name, resource, Options::default())
    }

    /// Declares a resource with options.
    pub fn add_with<R: Resource>(&mut self, name: &str, resource: R, mut options: Options) -> Handle<R> {
        let service = R::KIND.facts.service;
        if R::KIND.facts.token != Service::KIND.facts.token {
            options.depends_on.push(self.enable(service));
        }
        self.put(name, resource, options)
    }

    fn put<R: Resource>(&mut self, name: &str, resource: R, options: Options) -> Handle<R> {
        let mut invalid = resource.check();
        let mut inputs = match serde_json::to_value(&resource) {
            Ok(Value::Object(map)) => map,
            Ok(_) => Map::new(),
            Err(problem) => {
                invalid.push(Invalid::new("", problem.to_string()));
                Map::new()
            }
        };
        let mut default = |field: &str, value: &str| {
            if inputs.get(field).is_none_or(Value::is_null) {
                inputs.insert(field.to_owned(), Value::String(value.to_owned()));
            }
        };
        default("project", self.project());
        for field in R::identity() {
            match field {
                "name" => default("name", name),
                "location" => default("location", self.region()),
                _ => {}
            }
        }
        let (project, region) = (self.project().to_owned(), self.region().to_owned());
        let mut inputs = Value::Object(inputs);
        invalid.extend(bad_name(&R::KIND, &inputs));
        for rule in R::KIND.facts.rules {
            if let Rule::Secret(path) = rule
                && let Ok(path) = path.parse()
            {
                conceal(&mut inputs, &path);
            }
        }
        let urn = self.program.add(&self.scope, name, driver::<R>(), &inputs, options, invalid);
        Handle { urn, project, region, resource }
    }

    /// Makes sure that an API is enabled, once.
    fn enable(&mut self, service: &str) -> Urn {
        if self.services.insert(service.to_owned()) {
            // An API is the project's, whichever scope needs it first.
            let scope = std::mem::take(&mut self.scope);
            self.put(service, Service::default(), Options::default());
            self.scope = scope;
        }
        Urn::new(&self.program.stack, &self.program.project, &[], Service::KIND.facts.token, service)
    }

    /// A component: what is declared within carries its name.
    pub fn scope<T>(&mut self, name: &str, declare: impl FnOnce(&mut Stack<'_>) -> T) -> T {
        let mut scope = self.scope.clone();
        scope.push(name.to_owned());
        declare(&mut Stack { program: self.program, scope, services: self.services })
    }

    /// The Google Cloud project's id.
    pub fn project(&self) -> &str {
        self.program.settings.get(PROJECT).map_or("", String::as_str)
    }

    /// The default region.
    pub fn region(&self) -> &str {
        self.program.settings.get(REGION).map_or("", String::as_str)
    }

    /// The name of this stack: `local`, `dev`, `prod`.
    pub fn name(&self) -> &str {
        &self.program.stack
    }

    /// The Google Cloud project's number, which service agents are named by.
    pub fn project_number(&self) -> Output<String> {
        Output::fact("project.number")
    }

    /// The account that a Google service acts as in this project: `agent("gcp-sa-pubsub")`.
    pub fn agent(&self, service: &str) -> Input<String> {
        let domain = format!("@{service}.iam.gserviceaccount.com");
        engine::concat([
            "serviceAccount:service-".into(),
            self.project_number().into(),
            domain.as_str().into(),
        ])
    }

    /// Tells a value once the stack is there.
    pub fn output(&mut self, name: &str, value: impl Into<Input<Value>>) {
        self.program.output(name, &value.into());
    }
}

/// A name that the API would refuse, whether it was declared or is what the program calls the resource.
fn bad_name(kind: &Kind, inputs: &Value) -> Option<Invalid> {
    let NameRule { rule, is_valid } = kind.name?;
    let name = inputs.get("name")?;
    let name = match expression_of(name) {
        Some(Expr::Known { value, .. }) => value,
        _ => name.clone(),
    };
    let name = name.as_str()?;
    (!is_valid(name)).then(|| Invalid::new("name", format!("\"{name}\" does not match {rule}")))
}

impl<R: Resource> Handle<R> {
    pub fn urn(&self) -> &Urn {
        &self.urn
    }

    /// A field that Google gives it: `attribute("uri")`.
    pub fn attribute<T>(&self, path: &str) -> Output<T> {
        Output::attribute(&self.urn, path)
    }

    /// A text that is known now and makes its user come after this resource.
    pub fn known(&self, text: impl Into<String>) -> Output<String> {
        Output::known(text.into(), &self.urn)
    }

    /// The project that it is in.
    pub fn project(&self) -> &str {
        &self.project
    }

    /// A declared location, or the default region where it was left out.
    pub fn location_or_region(&self, field: &Input<String>) -> String {
        field.text().unwrap_or(&self.region).to_owned()
    }

    /// A declared field's text, or what the program calls the resource where the field was left out.
    pub fn text_or_name(&self, field: &Input<String>) -> String {
        field.text().unwrap_or(self.urn.name()).to_owned()
    }
}

impl<R> AsRef<Urn> for Handle<R> {
    fn as_ref(&self) -> &Urn {
        &self.urn
    }
}

impl<R> Deref for Handle<R> {
    type Target = R;

    fn deref(&self) -> &R {
        &self.resource
    }
}

#[cfg(test)]
mod tests {
    use engine::{labels, mask, resolve};

    use super::*;
    use crate::monitoring::NotificationChannel;

    struct Nothing;

    impl engine::Lookup for Nothing {
        fn attribute(&self, _of: &Urn, _path: &str) -> Option<Value> {
            None
        }
        fn fact(&self, _name: &str) -> Option<Value> {
            None
        }
    }

    #[test]
    fn a_password_is_a_secret_whether_or_not_it_was_declared_as_one() {
        let mut program = Program::new("events", "dev");
        let declared: Result<(), ()> = declare(&mut program, "p", "eu", |stack| {
            let plain = labels([("url", "https://x"), ("password", "hush")]);
            let mut marked = plain.clone();
            marked.insert("password".to_owned(), Input::from("hush").secret());
            for (name, labels) in [("plain", plain), ("marked", marked)] {
                stack.add(name, NotificationChannel { labels, ..Default::default() });
            }
            Ok(())
        });
        assert!(declared.is_ok());
        for name in ["plain", "marked"] {
            let node = program.nodes.iter().find(|it| it.name == name).unwrap();
            let shown = mask(&resolve(&node.inputs, &Nothing));
            assert_eq!(shown["labels"]["password"], "(secret)", "{name}");
            assert_eq!(shown["labels"]["url"], "https://x");
        }
    }
}
