//! The checkpoint file: Pulumi's version 3, with whatever others put into it kept as it is.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::LedgerError;
use super::store::hex;

pub(super) const VERSION: u64 = 3;
pub(super) const STACK_TYPE: &str = "pulumi:pulumi:Stack";
pub(super) const PROVIDER_TYPE: &str = "pulumi:providers:gcp";
pub(super) const PASSPHRASE: &str = "passphrase";
/// The first part of the type of a component: something that only holds others.
pub(super) const COMPONENT: &str = "component:";

type Unknown = Map<String, Value>;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct File {
    pub(super) version: u64,
    pub(super) checkpoint: Body,
    #[serde(flatten)]
    unknown: Unknown,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Body {
    pub(super) stack: String,
    #[serde(default)]
    pub(super) latest: Option<Latest>,
    #[serde(flatten)]
    unknown: Unknown,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Latest {
    #[serde(default, deserialize_with = "or_default")]
    pub(super) manifest: Manifest,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) secrets_providers: Option<SecretsProvider>,
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "or_default")]
    pub(super) resources: Vec<Resource>,
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "or_default")]
    pub(super) pending_operations: Vec<Operation>,
    #[serde(default, deserialize_with = "or_default")]
    metadata: Unknown,
    #[serde(flatten)]
    unknown: Unknown,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Manifest {
    #[serde(default)]
    pub(super) time: String,
    #[serde(default)]
    magic: String,
    #[serde(default)]
    version: String,
    #[serde(flatten)]
    unknown: Unknown,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SecretsProvider {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) state: Value,
    #[serde(flatten)]
    unknown: Unknown,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Resource {
    pub(super) urn: String,
    #[serde(default)]
    pub(super) custom: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) delete: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) inputs: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) outputs: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) parent: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) protect: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) external: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "or_default")]
    pub(super) dependencies: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) provider: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "or_default")]
    pub(super) property_dependencies: BTreeMap<String, Option<Vec<String>>>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) retain_on_delete: bool,
    /// Pulumi's mark of what was imported.
    #[serde(default, rename = "importID", skip_serializing_if = "Option::is_none")]
    pub(super) import_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) deleted_with: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) created: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) modified: Option<String>,
    #[serde(flatten)]
    pub(super) unknown: Unknown,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Operation {
    pub(super) resource: Resource,
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(flatten)]
    pub(super) unknown: Unknown,
}

/// Go writes an empty list as `null`.
fn or_default<'de, D: serde::Deserializer<'de>, T: Deserialize<'de> + Default>(
    from: D,
) -> Result<T, D::Error> {
    Option::<T>::deserialize(from).map(Option::unwrap_or_default)
}

impl File {
    pub(super) fn new(project: &str, stack: &str) -> File {
        File {
            version: VERSION,
            checkpoint: Body {
                stack: format!("organization/{project}/{stack}"),
                latest: None,
                unknown: Unknown::new(),
            },
            unknown: Unknown::new(),
        }
    }
}

impl Latest {
    /// Whether this is a whole and sound checkpoint of this stack: what is not would delete or forget resources.
    pub(super) fn check(&self, file: &str, project: &str, stack: &str) -> Result<(), LedgerError> {
        let corrupt = |what: String| LedgerError::Corrupt { file: file.to_owned(), what };
        if !self.manifest.is_genuine() {
            return Err(corrupt(
                "its `magic` is not that of its version: it was cut off or changed by hand".to_owned(),
            ));
        }
        let operations = self.pending_operations.iter().map(|it| &it.resource);
        let prefix = format!("urn:pulumi:{stack}::{project}::");
        for resource in self.resources.iter().chain(operations) {
            if resource.urn.starts_with("urn:pulumi:") && !resource.urn.starts_with(&prefix) {
                let (urn, project, stack) = (resource.urn.clone(), project.to_owned(), stack.to_owned());
                return Err(LedgerError::Foreign { file: file.to_owned(), urn, project, stack });
            }
        }
        // What Pulumi is still to delete after a replacement stands beside its successor under the same name.
        let mut at: HashMap<&str, usize> = HashMap::new();
        for (i, resource) in self.resources.iter().enumerate().filter(|(_, it)| !it.delete) {
            if at.insert(&resource.urn, i).is_some() {
                return Err(corrupt(format!("{} is in it twice", resource.urn)));
            }
        }
        for resource in &self.resources {
            if let Some(missing) = resource.urns().find(|it| !it.is_empty() && !at.contains_key(it.as_str()))
            {
                return Err(corrupt(format!("{} depends on {missing}, which is not in it", resource.urn)));
            }
        }
        match self.cycle(&at) {
            Some(urn) => Err(corrupt(format!("{urn} depends on itself by way of others"))),
            None => Ok(()),
        }
    }

    /// A resource that is among its own dependencies, if there is one.
    fn cycle(&self, at: &HashMap<&str, usize>) -> Option<&str> {
        let needs = |i: usize| self.resources[i].urns().filter_map(|it| at.get(it.as_str()).copied());
        let mut done = vec![false; self.resources.len()];
        for start in 0..self.resources.len() {
            // Each entry is a resource and what of its dependencies is still to be walked.
            let mut path: Vec<(usize, Vec<usize>)> = Vec::new();
            let mut on_path = HashSet::new();
            let mut next = Some(start);
            loop {
                if let Some(i) = next.take()
                    && !done[i]
                {
                    if !on_path.insert(i) {
                        return Some(&self.resources[i].urn);
                    }
                    path.push((i, needs(i).collect()));
                }
                match path.last_mut() {
                    None => break,
                    Some((i, left)) => match left.pop() {
                        Some(need) => next = Some(need),
                        None => {
                            done[*i] = true;
                            on_path.remove(i);
                            path.pop();
                        }
                    },
                }
            }
        }
        None
    }
}

impl Default for Latest {
    fn default() -> Latest {
        Latest {
            manifest: Manifest::default(),
            secrets_providers: None,
            resources: Vec::new(),
            pending_operations: Vec::new(),
            metadata: Unknown::new(),
            unknown: Unknown::new(),
        }
    }
}

impl Manifest {
    /// Whether the magic is the hash of the version, as Pulumi demands. A file that was exported may have neither.
    fn is_genuine(&self) -> bool {
        (self.magic.is_empty() && self.version.is_empty())
            || self.magic == hex(&Sha256::digest(&self.version))
    }

    /// Says that we wrote the file. Pulumi refuses a file whose magic is not the hash of its version.
    pub(super) fn sign(&mut self, now: String) {
        self.time = now;
        self.version = concat!("v", env!("CARGO_PKG_VERSION")).to_owned();
        self.magic = hex(&Sha256::digest(&self.version));
    }
}

impl SecretsProvider {
    pub(super) fn passphrase(salt: &str) -> SecretsProvider {
        SecretsProvider {
            kind: PASSPHRASE.to_owned(),
            state: json!({ "salt": salt }),
            unknown: Unknown::new(),
        }
    }

    pub(super) fn salt(&self) -> Option<&str> {
        self.state.get("salt").and_then(Value::as_str)
    }
}

impl Resource {
    /// Whether it is a resource of the cloud that is ours: not a component, a provider, the stack, a
    /// resource that was only read, or what a replacement by Pulumi still has to delete.
    pub(super) fn is_ours(&self) -> bool {
        self.custom && !self.delete && !self.external && !self.kind.starts_with("pulumi:")
    }

    fn is_scaffold(&self) -> bool {
        self.kind == STACK_TYPE || self.kind.starts_with("pulumi:providers:") || !self.custom
    }

    fn urns(&self) -> impl Iterator<Item = &String> {
        let provider_free =
            self.dependencies.iter().chain(self.property_dependencies.values().flatten().flatten());
        self.parent.iter().chain(provider_free).chain(&self.deleted_with)
    }

    /// Says `to` wherever it says `from`.
    pub(super) fn rename(&mut self, from: &str, to: &str) {
        let own = [&mut self.urn];
        let lists = self.property_dependencies.values_mut().flatten().flatten();
        let optional = self.parent.iter_mut().chain(self.deleted_with.iter_mut());
        for urn in own.into_iter().chain(&mut self.dependencies).chain(lists).chain(optional) {
            if urn == from {
                to.clone_into(urn);
            }
        }
    }
}

/// The component that a URN says its resource stands in.
pub(super) fn scope_of(urn: &str) -> Option<String> {
    let mut parts = urn.splitn(4, "::");
    let (stack, project, types) = (parts.next()?, parts.next()?, parts.next()?);
    let (scope, _) = types.rsplit_once('$')?;
    let name = scope.rsplit('$').next()?.strip_prefix(COMPONENT)?;
    Some(format!("{stack}::{project}::{scope}::{name}"))
}

/// The component resource that a URN names, if it names one of our components.
fn component(urn: &str) -> Option<Resource> {
    let types = urn.split("::").nth(2)?;
    let kind = types.rsplit('$').next()?;
    kind.starts_with(COMPONENT).then(|| Resource {
        urn: urn.to_owned(),
        kind: kind.to_owned(),
        parent: scope_of(urn),
        ..Resource::default()
    })
}

/// Resources in the order that Pulumi demands, with what they refer to before them: adds the components
/// and leaves out the references to what is not there, which Pulumi would refuse the file for.
///
/// What is in order already stays where it is. Empty when nothing but scaffolding would be left.
pub(super) fn ordered(resources: &[Resource], stack_urn: &str, keep_scaffold: bool) -> Vec<Resource> {
    if !keep_scaffold && resources.iter().all(Resource::is_scaffold) {
        return Vec::new();
    }
    let mut all = resources.to_vec();
    adopt(&mut all, stack_urn);
    let mut by_urn: HashMap<&str, usize> = HashMap::new();
    for (at, it) in all.iter().enumerate() {
        // A resource that Pulumi still has to delete has the URN of the one that replaced it.
        if !it.delete || !by_urn.contains_key(it.urn.as_str()) {
            by_urn.insert(&it.urn, at);
        }
    }
    let mut order = Vec::with_capacity(all.len());
    let mut begun = vec![false; all.len()];
    for at in 0..all.len() {
        place(at, &all, &by_urn, &mut begun, &mut order);
    }
    let mut placed: HashSet<String> = HashSet::new();
    let mut sorted: Vec<Resource> = Vec::with_capacity(all.len());
    for at in order {
        let mut it = all[at].clone();
        it.dependencies.retain(|urn| placed.contains(urn));
        it.property_dependencies
            .values_mut()
            .flatten()
            .for_each(|urns| urns.retain(|urn| placed.contains(urn)));
        it.deleted_with = it.deleted_with.filter(|urn| placed.contains(urn));
        it.parent = it.parent.filter(|urn| placed.contains(urn));
        placed.insert(it.urn.clone());
        sorted.push(it);
    }
    sorted
}

/// Gives each resource a parent that is there, and drops our components that nothing stands in.
fn adopt(all: &mut Vec<Resource>, stack_urn: &str) {
    let mut known: HashSet<String> = all.iter().map(|it| it.urn.clone()).collect();
    let mut at = 0;
    while at < all.len() {
        if let Some(parent) = all[at].parent.clone().filter(|it| !known.contains(it)) {
            match component(&parent) {
                Some(it) => {
                    known.insert(parent);
                    all.push(it);
                }
                None => all[at].parent = None,
            }
        }
        if all[at].parent.is_none()
            && all[at].kind != STACK_TYPE
            && !all[at].kind.starts_with("pulumi:providers:")
        {
            all[at].parent = Some(stack_urn.to_owned());
        }
        at += 1;
    }
    loop {
        let used: HashSet<String> = all.iter().flat_map(Resource::urns).cloned().collect();
        let before = all.len();
        all.retain(|it| it.custom || !it.kind.starts_with(COMPONENT) || used.contains(&it.urn));
        if all.len() == before {
            return;
        }
    }
}

fn place(
    at: usize,
    all: &[Resource],
    by_urn: &HashMap<&str, usize>,
    begun: &mut [bool],
    order: &mut Vec<usize>,
) {
    if std::mem::replace(&mut begun[at], true) {
        return;
    }
    let provider = all[at].provider.as_deref().and_then(|it| it.rsplit_once("::")).map(|(urn, _)| urn);
    for urn in provider.into_iter().chain(all[at].urns().map(String::as_str)) {
        if let Some(before) = by_urn.get(urn) {
            place(*before, all, by_urn, begun, order);
        }
    }
    order.push(at);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STACK: &str = "urn:pulumi:dev::events::pulumi:pulumi:Stack::events-dev";

    fn urn(at: usize) -> String {
        let scope = if at.is_multiple_of(3) { "component:a$component:b$" } else { "" };
        format!("urn:pulumi:dev::events::{scope}gcp:pubsub/v1:Topic::t{at}")
    }

    fn stack() -> Resource {
        Resource { urn: STACK.to_owned(), kind: STACK_TYPE.to_owned(), ..Resource::default() }
    }

    fn topic(at: usize, dependencies: &[usize]) -> Resource {
        Resource {
            urn: urn(at),
            custom: true,
            id: Some(at.to_string()),
            kind: "gcp:pubsub/v1:Topic".to_owned(),
            parent: scope_of(&urn(at)),
            dependencies: dependencies.iter().map(|it| urn(*it)).collect(),
            ..Resource::default()
        }
    }

    /// What Pulumi checks before it uses a file.
    fn assert_sound(sorted: &[Resource]) {
        let mut seen: HashSet<&str> = HashSet::new();
        for it in sorted {
            for urn in it.urns() {
                assert!(seen.contains(urn.as_str()), "{} stands before {urn}", it.urn);
            }
            assert!(seen.insert(&it.urn), "{} is there twice", it.urn);
        }
    }

    #[test]
    fn scopes_become_components() {
        let sorted = ordered(&[topic(3, &[]), stack()], STACK, false);
        let urns: Vec<&str> = sorted.iter().map(|it| it.urn.as_str()).collect();
        assert_eq!(
            urns,
            [
                STACK,
                "urn:pulumi:dev::events::component:a::a",
                "urn:pulumi:dev::events::component:a$component:b::b",
                "urn:pulumi:dev::events::component:a$component:b$gcp:pubsub/v1:Topic::t3",
            ]
        );
        assert_sound(&sorted);
        assert!(ordered(&sorted[..3], STACK, false).is_empty());
        assert_eq!(ordered(&sorted[..3], STACK, true).len(), 1);
    }

    #[test]
    fn a_cycle_does_not_hang() {
        let sorted = ordered(&[stack(), topic(1, &[2]), topic(2, &[1])], STACK, false);
        assert_eq!(sorted.len(), 3);
        assert_sound(&sorted);
    }

    proptest! {
        #[test]
        fn always_topological(edges in prop::collection::vec((0..24_usize, 0..24_usize), 0..80), count in 1..20_usize) {
            let mut resources: Vec<Resource> = (0..count).map(|at| {
                let to: Vec<usize> = edges.iter().filter(|(from, _)| *from == at).map(|(_, to)| *to).collect();
                topic(at, &to)
            }).collect();
            resources.push(stack());
            let sorted = ordered(&resources, STACK, false);
            assert_sound(&sorted);
            prop_assert!(resources.iter().all(|it| sorted.iter().any(|other| other.urn == it.urn)));
            // Sound already: nothing moves.
            prop_assert_eq!(ordered(&sorted, STACK, false), sorted);
        }
    }
}
