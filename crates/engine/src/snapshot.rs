//! Reads every live resource at once.

use std::collections::HashMap;

use futures_util::future::join_all;
use serde_json::Value;

use crate::input::{self, Lookup};
use crate::ledger::{Entry, Pending};
use crate::path::at_path;
use crate::program::Program;
use crate::provider::{Cause, Driver, Facts, Live, Place};
use crate::session::{Failure, Session};
use crate::{Graph, Urn, has_unknown};

/// What is live, as far as this stack is concerned.
#[derive(Debug, Default)]
pub struct Snapshot {
    pub facts: Facts,
    /// By the address in the program, or in the ledger for what is declared no more.
    pub found: HashMap<Urn, Found>,
}

/// What was found of one resource.
#[derive(Debug, Default)]
pub struct Found {
    /// The ledger's memory of it, under whichever address.
    pub entry: Option<Entry>,
    /// Was being created, changed or deleted when a run was interrupted.
    pub pending: Option<Pending>,
    pub live: Option<Live>,
    /// Its API is disabled, so that the ledger's memory stands for what is live.
    pub unread: bool,
    /// Why it could not be read.
    pub failure: Option<Failure>,
}

struct Known<'a> {
    facts: &'a Facts,
    found: &'a HashMap<Urn, Found>,
    inputs: &'a HashMap<&'a Urn, &'a Value>,
}

impl Lookup for Known<'_> {
    fn attribute(&self, of: &Urn, path: &str) -> Option<Value> {
        let live = self.found.get(of)?.live.as_ref()?;
        at_path(&live.state, path).or_else(|| at_path(self.inputs.get(of)?, path)).cloned()
    }

    fn fact(&self, name: &str) -> Option<Value> {
        self.facts.get(name).cloned()
    }
}

/// Reads the program's resources, and those that the ledger has beyond it.
///
/// What cannot be read is in the snapshot as such; one resource does not hide the others.
///
/// # Errors
/// When the provider's facts cannot be had at all.
pub async fn snapshot(
    program: &Program,
    graph: &Graph,
    entries: &[Entry],
    pending: &[Pending],
    session: &Session,
) -> Result<Snapshot, Failure> {
    session.forget_reads();
    let mut snapshot = Snapshot::default();
    let inputs: HashMap<&Urn, &Value> = program.nodes.iter().map(|it| (&it.urn, &it.inputs)).collect();
    let mut waiting: Vec<Target> = targets(program, graph, entries, pending, session)?;
    let mut facts_known = false;
    loop {
        let known = Known { facts: &snapshot.facts, found: &snapshot.found, inputs: &inputs };
        let mut ready = Vec::new();
        let mut later = Vec::new();
        for target in waiting {
            let resolved = input::resolve(&target.inputs, &known);
            let named =
                target.driver.identity().iter().all(|it| resolved.get(it).is_none_or(|it| !has_unknown(it)));
            if named { ready.push((target, resolved)) } else { later.push(target) }
        }
        if ready.is_empty() && facts_known {
            // What they are named by does not exist yet, so they do not either.
            for target in later {
                snapshot.found.insert(
                    target.urn,
                    Found { entry: target.entry, pending: target.pending, ..Found::default() },
                );
            }
            return Ok(snapshot);
        }
        let reads =
            join_all(ready.into_iter().map(|(target, resolved)| read(session, target, resolved, entries)));
        if facts_known {
            snapshot.found.extend(reads.await);
        } else {
            let provider = session.provider().clone();
            let (facts, found) = futures_util::future::join(provider.facts(program, session), reads).await;
            snapshot.facts = facts?;
            facts_known = true;
            snapshot.found.extend(found);
        }
        waiting = later;
    }
}

/// Something to read.
struct Target {
    urn: Urn,
    driver: &'static dyn Driver,
    inputs: Value,
    entry: Option<Entry>,
    pending: Option<Pending>,
}

fn targets(
    program: &Program,
    graph: &Graph,
    entries: &[Entry],
    pending: &[Pending],
    session: &Session,
) -> Result<Vec<Target>, Failure> {
    let mut left: Vec<&Entry> = entries.iter().collect();
    let mut half_made: Vec<&Pending> = pending.iter().collect();
    let mut targets = Vec::new();
    for &at in &graph.order {
        let node = &program.nodes[at];
        let same = |it: &Urn| {
            *it == node.urn
                || (it.kind() == node.urn.kind()
                    && node.options.aliases.iter().any(|a| a == it.name() || a == it.as_str()))
        };
        let entry = left.iter().position(|it| same(&it.urn)).map(|i| left.remove(i).clone());
        let pending =
            half_made.iter().position(|it| same(&it.entry.urn)).map(|i| half_made.remove(i).clone());
        targets.push(Target {
            urn: node.urn.clone(),
            driver: node.driver,
            inputs: node.inputs.clone(),
            entry,
            pending,
        });
    }
    // A resource under a new name in the program is the one in the ledger that has the same id.
    for target in &mut targets {
        if target.entry.is_some() {
            continue;
        }
        let Some(id) = target.driver.id(&target.inputs) else { continue };
        let kind = target.driver.facts().token;
        let same = |it: &Entry| it.kind == kind && it.id.as_deref() == Some(&id);
        target.entry = left.iter().position(|it| same(it)).map(|i| left.remove(i).clone());
        if target.pending.is_none() {
            let pending = half_made.iter().position(|it| same(&it.entry));
            target.pending = pending.map(|i| half_made.remove(i).clone());
        }
    }
    for target in &mut targets {
        // What is there is under the name it was made with, should the program say another now.
        if let Some(entry) = &target.entry {
            target.inputs = with_identity(target.driver, &target.inputs, &entry.inputs);
        }
    }
    let rest = left.into_iter().map(|it| (it.clone(), None));
    let made = half_made.into_iter().map(|it| (it.entry.clone(), Some(it.clone())));
    let mut gone: Vec<Target> = Vec::new();
    for (entry, pending) in rest.chain(made) {
        let driver = driver_of(session, &entry)?;
        match gone.iter_mut().find(|it| it.urn == entry.urn) {
            Some(target) => target.pending = pending,
            None => {
                let inputs = entry.inputs.clone();
                gone.push(Target { urn: entry.urn.clone(), driver, inputs, entry: Some(entry), pending });
            }
        }
    }
    targets.extend(gone);
    Ok(targets)
}

pub(crate) fn driver_of(session: &Session, entry: &Entry) -> Result<&'static dyn Driver, Failure> {
    session.provider().driver(&entry.kind).ok_or_else(|| Failure::Other {
        message: format!("{} is of kind {}, which this program does not know", entry.urn.name(), entry.kind),
        hint: Some("use the version that made it, or take it out of the ledger".to_owned()),
    })
}

fn with_identity(driver: &dyn Driver, inputs: &Value, former: &Value) -> Value {
    let mut inputs = inputs.clone();
    let Some(fields) = inputs.as_object_mut() else { return inputs };
    for name in driver.identity() {
        match former.get(name) {
            Some(value) => fields.insert(name.to_owned(), value.clone()),
            None => fields.remove(name),
        };
    }
    inputs
}

async fn read(session: &Session, target: Target, resolved: Value, entries: &[Entry]) -> (Urn, Found) {
    let kind = target.driver.facts().token;
    let mine = target.entry.as_ref().map(|it| &it.urn);
    let others = entries.iter().filter(|it| it.kind == kind && Some(&it.urn) != mine);
    let others: Vec<String> = others.filter_map(|it| it.id.clone()).collect();
    let id = target.entry.as_ref().and_then(|it| it.id.clone());
    let id = id.or_else(|| target.pending.as_ref().and_then(|it| it.entry.id.clone()));
    let outcome =
        target.driver.read(session, Place { inputs: &resolved, id: id.as_deref(), others: &others }).await;
    let mut found = Found { entry: target.entry, pending: target.pending, ..Found::default() };
    match outcome {
        Ok(live) => found.live = live,
        Err(failure) => match failure.cause() {
            // Nothing can be there that was never made; what we made is still there, unseen.
            Some(Cause::Disabled(_)) => {
                found.unread = true;
                found.live = found
                    .entry
                    .as_ref()
                    .map(|it| Live { id: it.id.clone().unwrap_or_default(), state: it.state.clone() });
            }
            _ => found.failure = Some(failure),
        },
    }
    (target.urn, found)
}
