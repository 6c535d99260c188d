//! Which resources a plan is for, closed over what needs what: nothing that remains loses what it needs.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::PlanError;
use super::decide::Consent;
use super::step::{Diagnostic, Op, Step};
use crate::nearest::nearest;
use crate::program::{Node, Program};
use crate::snapshot::Snapshot;
use crate::{Graph, Urn};

/// Which resources to plan for, and what may be done to them, by name or address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Selection {
    /// Only these and what they need; empty for all.
    pub target: Vec<String>,
    /// What needs a target belongs to it.
    pub target_dependents: bool,
    pub exclude: Vec<String>,
    /// Make these anew, data and all.
    pub replace: Vec<String>,
    /// Take these over although others made them; `all` for every one.
    pub adopt: Vec<String>,
    /// Delete these although they were there before the stack.
    pub delete_adopted: Vec<String>,
}

/// Stands for every resource in [`Selection::adopt`].
const ALL: &str = "all";

impl Selection {
    /// Which of a program's nodes may be planned for, as far as the program alone can tell: what is declared no more is
    /// not among them.
    pub fn nodes(&self, program: &Program, graph: &Graph) -> BTreeSet<usize> {
        let is = |names: &[String], urn: &Urn| names.iter().any(|it| it == urn.name() || it == urn.as_str());
        let all = 0..program.nodes.len();
        let mut chosen: BTreeSet<usize> = if self.target.is_empty() {
            all.collect()
        } else {
            let targets: BTreeSet<usize> =
                all.filter(|at| is(&self.target, &program.nodes[*at].urn)).collect();
            let targets = if self.target_dependents { graph.with_dependents(targets) } else { targets };
            graph.with_needs(targets)
        };
        chosen.retain(|at| !is(&self.exclude, &program.nodes[*at].urn));
        chosen
    }
}

/// The addresses that a selection means.
pub(super) struct Chosen {
    only: Option<BTreeSet<Urn>>,
    not: BTreeSet<Urn>,
    replace: BTreeSet<Urn>,
    adopt: Adopt,
    pub(super) delete_adopted: BTreeSet<Urn>,
    /// For each resource, those that need it: by the program, and by what the ledger says of what is live.
    users: BTreeMap<Urn, BTreeSet<Urn>>,
}

enum Adopt {
    All,
    These(BTreeSet<Urn>),
}

impl Chosen {
    pub(super) fn new(
        program: &Program,
        graph: &Graph,
        snapshot: &Snapshot,
        selection: &Selection,
    ) -> Result<Chosen, PlanError> {
        let all: Vec<&Urn> = snapshot.found.keys().chain(program.nodes.iter().map(|it| &it.urn)).collect();
        let named = |names: &[String]| -> Result<BTreeSet<Urn>, PlanError> {
            let mut found = BTreeSet::new();
            for name in names {
                let fits: Vec<&&Urn> =
                    all.iter().filter(|it| it.name() == name || it.as_str() == name).collect();
                if fits.is_empty() {
                    let nearest = nearest(name, all.iter().map(|it| it.name()));
                    return Err(PlanError::NoSuchResource { name: name.clone(), nearest });
                }
                found.extend(fits.into_iter().map(|it| (*it).clone()));
            }
            Ok(found)
        };
        let users = users(program, graph, snapshot);
        let only = if selection.target.is_empty() {
            None
        } else {
            let mut targets = named(&selection.target)?;
            if selection.target_dependents {
                targets = reached(targets, |it| users.get(it).into_iter().flatten());
            }
            let indices = (0..program.nodes.len()).filter(|i| targets.contains(&program.nodes[*i].urn));
            let needed = graph.with_needs(indices);
            Some(
                targets.into_iter().chain(needed.into_iter().map(|i| program.nodes[i].urn.clone())).collect(),
            )
        };
        let adopt = if selection.adopt.iter().any(|it| it == ALL) {
            Adopt::All
        } else {
            Adopt::These(named(&selection.adopt)?)
        };
        Ok(Chosen {
            only,
            not: named(&selection.exclude)?,
            replace: named(&selection.replace)?,
            adopt,
            delete_adopted: named(&selection.delete_adopted)?,
            users,
        })
    }

    pub(super) fn has(&self, urn: &Urn) -> bool {
        !self.not.contains(urn) && self.only.as_ref().is_none_or(|it| it.contains(urn))
    }

    /// What the person agreed to for a declared resource.
    pub(super) fn consents(&self, node: &Node) -> Consent {
        let adopt = match &self.adopt {
            Adopt::All => true,
            Adopt::These(these) => these.contains(&node.urn),
        };
        Consent { replace: self.replace.contains(&node.urn), adopt }
    }

    /// An excluded resource that needs this one, if there is one: what is excluded keeps what it needs.
    pub(super) fn keeps(&self, urn: &Urn) -> Option<&Urn> {
        let mut seen = BTreeSet::from([urn]);
        let mut todo = vec![urn];
        while let Some(at) = todo.pop() {
            for user in self.users.get(at).into_iter().flatten() {
                if self.not.contains(user) {
                    return Some(user);
                }
                if seen.insert(user) {
                    todo.push(user);
                }
            }
        }
        None
    }

    /// Errors for what would be deleted or made anew under something that is not planned for.
    pub(super) fn left_without(&self, steps: &[Step]) -> Vec<Diagnostic> {
        let goes = |it: &&Step| match it.op {
            Op::Delete | Op::Replace => !it.work.retain && it.work.live.is_some(),
            Op::Same | Op::Create | Op::Update | Op::Adopt | Op::Conflict => false,
        };
        let mut found = Vec::new();
        for step in steps.iter().filter(goes) {
            let users = self.users.get(&step.urn).into_iter().flatten();
            let left: Vec<&str> = users.filter(|it| !self.has(it)).map(Urn::name).collect();
            if left.is_empty() {
                continue;
            }
            let what = if step.op == Op::Delete { "deleted" } else { "made anew" };
            let (noun, name) = (step.noun(), &step.name);
            let message =
                format!("{noun} {name} would be {what} under what is not selected: {}", left.join(", "));
            let hint = if self.not.is_empty() {
                "pass --target-dependents to take them along, or name them as targets too"
            } else {
                "do not exclude them, or exclude this one as well"
            };
            found.push(Diagnostic::error(Some(&step.urn), message).hint(hint));
        }
        found
    }
}

/// For each resource, those that need it.
fn users(program: &Program, graph: &Graph, snapshot: &Snapshot) -> BTreeMap<Urn, BTreeSet<Urn>> {
    let mut users: BTreeMap<Urn, BTreeSet<Urn>> = BTreeMap::new();
    for (at, node) in program.nodes.iter().enumerate() {
        for need in &graph.needs[at] {
            users.entry(program.nodes[*need].urn.clone()).or_default().insert(node.urn.clone());
        }
    }
    // The ledger may know a resource under a former address.
    let former: BTreeMap<&Urn, &Urn> = snapshot
        .found
        .iter()
        .filter_map(|(urn, it)| {
            Some((&it.entry.as_ref().or(it.pending.as_ref().map(|it| &it.entry))?.urn, urn))
        })
        .collect();
    for (urn, found) in &snapshot.found {
        // What is gone needs nothing any more.
        let Some(entry) = found.entry.as_ref().filter(|_| found.live.is_some()) else { continue };
        for need in &entry.dependencies {
            let need = former.get(need).copied().unwrap_or(need);
            users.entry(need.clone()).or_default().insert(urn.clone());
        }
    }
    users
}

/// These and all that is reached from them.
fn reached<'a, I: Iterator<Item = &'a Urn>>(from: BTreeSet<Urn>, next: impl Fn(&Urn) -> I) -> BTreeSet<Urn> {
    let mut todo: Vec<Urn> = from.iter().cloned().collect();
    let mut found = from;
    while let Some(at) = todo.pop() {
        for it in next(&at) {
            if found.insert(it.clone()) {
                todo.push(it.clone());
            }
        }
    }
    found
}
