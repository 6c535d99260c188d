//! A declaration as a value: resources, what they refer to, options. No I/O.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

use crate::provider::Driver;
use crate::{Input, PathError, Pattern, Shape, Urn, input, normal};

/// Everything that is declared for one stack.
#[derive(Default)]
pub struct Program {
    /// The name in the project file.
    pub project: String,
    /// `local`, `dev`, `prod`.
    pub stack: String,
    /// What the provider needs to know: the cloud's project, the region.
    pub settings: BTreeMap<String, String>,
    pub nodes: Vec<Node>,
    /// What the stack tells when it is there, by name; values may hold expressions.
    pub outputs: BTreeMap<String, Value>,
    /// The whole stack is to go, so that nothing is declared.
    pub destroys: bool,
}

/// One declared resource.
#[derive(Clone)]
pub struct Node {
    pub urn: Urn,
    /// What the program calls it; unique within its kind and scope.
    pub name: String,
    pub driver: &'static dyn Driver,
    /// Pruned JSON; may hold expressions.
    pub inputs: Value,
    pub options: Options,
    /// What is wrong with it by itself.
    pub invalid: Vec<Invalid>,
}

/// A value that the API would refuse.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct Invalid {
    pub field: String,
    pub problem: String,
    pub hint: Option<String>,
}

impl Invalid {
    pub fn new(field: &str, problem: impl Into<String>) -> Invalid {
        Invalid { field: field.to_owned(), problem: problem.into(), hint: None }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Invalid {
        self.hint = Some(hint.into());
        self
    }
}

/// What a person decides about a resource beyond its fields.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Comes after these although it does not refer to them.
    pub depends_on: Vec<Urn>,
    /// Neither deleted nor replaced.
    pub protect: bool,
    /// Fields left as they are once the resource exists.
    pub ignore_changes: Vec<Pattern>,
    /// Fields whose change makes the resource anew.
    pub replace_on_changes: Vec<Pattern>,
    /// Texts given as paths that are none.
    pub no_paths: Vec<PathError>,
    /// When replaced, the old one goes first even where both could stand side by side.
    pub delete_before_replace: bool,
    /// Replacing it may lose what is stored in it.
    pub replace_data: bool,
    /// Forgotten instead of deleted.
    pub retain_on_delete: bool,
    /// Taken over if it exists already and is not ours; see [`Op::Adopt`](crate::Op::Adopt).
    pub adopt: bool,
    pub timeouts: Timeouts,
    /// Former names: a resource in the ledger under one of them is this one.
    pub aliases: Vec<String>,
}

/// How long each operation may take before it counts as failed.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    pub create: Duration,
    pub update: Duration,
    pub delete: Duration,
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        let it = Duration::from_secs(20 * 60);
        Timeouts { create: it, update: it, delete: it }
    }
}

impl Options {
    #[must_use]
    pub fn depends_on(mut self, other: &impl AsRef<Urn>) -> Options {
        self.depends_on.push(other.as_ref().clone());
        self
    }
    #[must_use]
    pub fn protect(mut self) -> Options {
        self.protect = true;
        self
    }
    #[must_use]
    pub fn ignore_changes<const N: usize>(mut self, paths: [&str; N]) -> Options {
        let paths = self.parsed(paths);
        self.ignore_changes.extend(paths);
        self
    }
    #[must_use]
    pub fn replace_on_changes<const N: usize>(mut self, paths: [&str; N]) -> Options {
        let paths = self.parsed(paths);
        self.replace_on_changes.extend(paths);
        self
    }

    /// Paths as a plan shows them, and with wildcards; what is none is an error of the plan.
    fn parsed<const N: usize>(&mut self, paths: [&str; N]) -> Vec<Pattern> {
        let mut good = Vec::new();
        for path in paths {
            match path.parse() {
                Ok(path) => good.push(path),
                Err(error) => self.no_paths.push(error),
            }
        }
        good
    }

    /// Paths that name no field of a kind. `inputs` is the resource as JSON, unset fields and all.
    fn wrong_paths(&self, driver: &dyn Driver, inputs: &Value) -> Vec<Invalid> {
        let others: Vec<&str> =
            inputs.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        let options =
            [("ignore_changes", &self.ignore_changes), ("replace_on_changes", &self.replace_on_changes)];
        let unknown =
            options.into_iter().flat_map(|(option, paths)| paths.iter().map(move |it| (option, it)));
        let unknown = unknown.filter_map(|(option, path)| {
            let wrong = path.check(driver.facts().shape, &others).err()?;
            let invalid = Invalid::new(option, wrong.to_string());
            Some(match wrong.nearest {
                Some(nearest) => invalid.hint(format!("did you mean {nearest}?")),
                None => invalid,
            })
        });
        let broken = self.no_paths.iter().map(|it| {
            Invalid::new("", it.to_string())
                .hint("paths are written as a plan shows them: template.containers[0].image, labels[\"a.b\"]")
        });
        unknown.chain(broken).collect()
    }
    #[must_use]
    pub fn delete_before_replace(mut self) -> Options {
        self.delete_before_replace = true;
        self
    }
    #[must_use]
    pub fn replace_data(mut self) -> Options {
        self.replace_data = true;
        self
    }
    #[must_use]
    pub fn retain_on_delete(mut self) -> Options {
        self.retain_on_delete = true;
        self
    }
    /// Takes it over if somebody else made it. It is never emptied, and leaving the stack releases it.
    #[must_use]
    pub fn adopt(mut self) -> Options {
        self.adopt = true;
        self
    }
    #[must_use]
    pub fn timeouts(mut self, timeouts: Timeouts) -> Options {
        self.timeouts = timeouts;
        self
    }
    #[must_use]
    pub fn alias(mut self, former: &str) -> Options {
        self.aliases.push(former.to_owned());
        self
    }
}

impl Program {
    pub fn new(project: &str, stack: &str) -> Program {
        Program { project: project.to_owned(), stack: stack.to_owned(), ..Program::default() }
    }

    /// Adds a resource and gives its address. `inputs` is the resource as JSON, unset fields and all.
    pub fn add(
        &mut self,
        scope: &[String],
        name: &str,
        driver: &'static dyn Driver,
        inputs: &Value,
        options: Options,
        mut invalid: Vec<Invalid>,
    ) -> Urn {
        let facts = driver.facts();
        invalid.extend(options.wrong_paths(driver, inputs));
        let urn = Urn::new(&self.stack, &self.project, scope, facts.token, name);
        let inputs = normal::prune(inputs, &Shape::Message(facts.shape));
        self.nodes.push(Node { urn: urn.clone(), name: name.to_owned(), driver, inputs, options, invalid });
        urn
    }

    /// Tells a value once the stack is there.
    pub fn output<T: serde::Serialize>(&mut self, name: &str, value: &Input<T>) {
        // An input is plain data, so this cannot fail but for a map with keys that are no text.
        self.outputs.insert(name.to_owned(), serde_json::to_value(value).unwrap_or(Value::Null));
    }

    /// Makes these texts and numbers secret wherever they were declared: settings that are secret and were read in clear.
    pub fn keep_secret(&mut self, secrets: &[Value]) {
        if secrets.is_empty() {
            return;
        }
        for node in &mut self.nodes {
            node.inputs = input::veil_declared(&node.inputs, secrets);
        }
        for value in self.outputs.values_mut() {
            *value = input::veil_declared(value, secrets);
        }
    }

    /// The names of the provider's facts that the declaration uses.
    pub fn facts(&self) -> BTreeSet<String> {
        self.nodes.iter().map(|it| &it.inputs).chain(self.outputs.values()).flat_map(input::facts).collect()
    }

    /// The names of the provider's facts that these of the nodes use.
    pub fn facts_of(&self, nodes: &BTreeSet<usize>) -> BTreeSet<String> {
        nodes.iter().filter_map(|at| self.nodes.get(*at)).flat_map(|it| input::facts(&it.inputs)).collect()
    }

    pub fn node(&self, urn: &Urn) -> Option<&Node> {
        self.nodes.iter().find(|it| it.urn == *urn)
    }
}
