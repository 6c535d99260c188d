//! Which resources a plan is for.

use std::collections::BTreeSet;

use super::PlanError;
use crate::nearest::nearest;
use crate::program::Program;
use crate::snapshot::Snapshot;
use crate::{Graph, Urn};

/// Which resources to plan for, by name or address.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Only these and what they need; empty for all.
    pub target: Vec<String>,
    pub exclude: Vec<String>,
    /// Make these anew, data and all.
    pub replace: Vec<String>,
}

/// The addresses that a selection means.
pub(super) struct Chosen {
    only: Option<BTreeSet<Urn>>,
    not: BTreeSet<Urn>,
    pub(super) replace: BTreeSet<Urn>,
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
        let only = if selection.target.is_empty() {
            None
        } else {
            let targets = named(&selection.target)?;
            let indices = (0..program.nodes.len()).filter(|i| targets.contains(&program.nodes[*i].urn));
            let needed = graph.with_needs(indices);
            Some(
                targets.into_iter().chain(needed.into_iter().map(|i| program.nodes[i].urn.clone())).collect(),
            )
        };
        Ok(Chosen { only, not: named(&selection.exclude)?, replace: named(&selection.replace)? })
    }

    pub(super) fn has(&self, urn: &Urn) -> bool {
        !self.not.contains(urn) && self.only.as_ref().is_none_or(|it| it.contains(urn))
    }
}
