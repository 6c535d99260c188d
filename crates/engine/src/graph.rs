//! What comes before what: references, `depends_on`, and what kinds imply.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use crate::input::is_special;
use crate::program::{Node, Program};
use crate::{Urn, references};

/// The resources of a program in an order in which each comes after what it needs.
#[derive(Debug, Default)]
pub struct Graph {
    /// Indices into the program's nodes.
    pub order: Vec<usize>,
    /// For each node, the nodes it needs.
    pub needs: Vec<BTreeSet<usize>>,
}

/// A declaration that cannot be put in order.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum GraphError {
    #[error("two resources are called {kind} {name}")]
    DuplicateName { kind: String, name: String },
    #[error("{first} and {second} are the same {noun}, {id}")]
    DuplicateId { first: String, second: String, noun: String, id: String },
    #[error("{from} refers to {to}, which is not declared")]
    Missing { from: String, to: String },
    #[error("these need each other: {}", .0.join(" -> "))]
    Cycle(Vec<String>),
}

impl GraphError {
    pub fn hint(&self) -> &'static str {
        match self {
            GraphError::DuplicateName { .. } => {
                "give one of them another name, or put them into different scopes"
            }
            GraphError::DuplicateId { .. } => "declare it once, and share the handle",
            GraphError::Missing { .. } => "declare it, or write its full name as text",
            GraphError::Cycle(_) => "take out one of these references or depends_on",
        }
    }
}

impl Graph {
    /// # Errors
    /// Names and ids that stand twice, references to nothing, cycles.
    pub fn new(program: &Program) -> Result<Graph, GraphError> {
        let nodes = &program.nodes;
        let mut by_urn: HashMap<&Urn, usize> = HashMap::new();
        for (i, node) in nodes.iter().enumerate() {
            if by_urn.insert(&node.urn, i).is_some() {
                let kind = node.driver.facts().noun.to_owned();
                return Err(GraphError::DuplicateName { kind, name: node.name.clone() });
            }
        }
        let by_id = ids(nodes)?;
        let mut needs: Vec<BTreeSet<usize>> = Vec::new();
        for (i, node) in nodes.iter().enumerate() {
            let mut mine = BTreeSet::new();
            for urn in references(&node.inputs).iter().chain(&node.options.depends_on) {
                match by_urn.get(urn) {
                    Some(at) => mine.insert(*at),
                    None => return Err(GraphError::Missing { from: label(node), to: urn.to_string() }),
                };
            }
            named(&node.inputs, &mut |text| {
                if let Some(at) = by_id.get(text).filter(|at| **at != i) {
                    mine.insert(*at);
                }
            });
            needs.push(mine);
        }
        add_grants(nodes, &mut needs);
        let order = sort(nodes, &needs)?;
        Ok(Graph { order, needs })
    }

    /// The nodes that these need, and they themselves.
    pub fn with_needs(&self, of: impl IntoIterator<Item = usize>) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut todo: Vec<usize> = of.into_iter().collect();
        while let Some(at) = todo.pop() {
            if found.insert(at) {
                todo.extend(&self.needs[at]);
            }
        }
        found
    }
}

impl Graph {
    /// The nodes that need these, and they themselves.
    pub fn with_dependents(&self, of: impl IntoIterator<Item = usize>) -> BTreeSet<usize> {
        let mut found: BTreeSet<usize> = of.into_iter().collect();
        // Needs come first in the order, so that one pass finds all.
        for at in &self.order {
            if self.needs[*at].iter().any(|it| found.contains(it)) {
                found.insert(*at);
            }
        }
        found
    }
}

fn label(node: &Node) -> String {
    format!("{} {}", node.driver.facts().noun, node.name)
}

/// Who has which id, so that an id written as text is a reference too.
fn ids(nodes: &[Node]) -> Result<BTreeMap<String, usize>, GraphError> {
    let mut by_id: BTreeMap<String, usize> = BTreeMap::new();
    let mut by_kind: HashMap<(&str, String), usize> = HashMap::new();
    for (i, node) in nodes.iter().enumerate() {
        let Some(id) = node.driver.id(&node.inputs) else { continue };
        let facts = node.driver.facts();
        if let Some(first) = by_kind.insert((facts.token, id.clone()), i) {
            let (first, second) = (label(&nodes[first]), label(node));
            return Err(GraphError::DuplicateId { first, second, noun: facts.noun.to_owned(), id });
        }
        by_id.insert(id, i);
    }
    Ok(by_id)
}

/// Every text in a value, outside of expressions.
fn named(value: &Value, found: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => found(text),
        Value::Array(items) => items.iter().for_each(|it| named(it, found)),
        // An expression says itself what it refers to, and a secret is no name.
        Value::Object(_) if is_special(value) => {}
        Value::Object(map) => map.values().for_each(|it| named(it, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What acts with rights comes after the grants on what it names: an export to a bucket after the grant on
/// that bucket, a service after the grants to its account.
fn add_grants(nodes: &[Node], needs: &mut [BTreeSet<usize>]) {
    let grants: Vec<usize> = (0..nodes.len()).filter(|i| nodes[*i].driver.facts().grant).collect();
    let actors: Vec<usize> = (0..nodes.len()).filter(|i| nodes[*i].driver.facts().acts).collect();
    for &actor in &actors {
        // A table that it writes stands in a dataset, so a grant on the dataset counts too.
        let mut named = closure(needs, actor);
        named.retain(|it| !is_foundation(&nodes[*it]));
        for &grant in &grants {
            let shared = needs[grant].iter().any(|it| named.contains(it));
            if shared && !reaches(needs, grant, actor) {
                needs[actor].insert(grant);
            }
        }
    }
}

/// Everything that a node needs, at whatever remove, and not the node itself.
fn closure(needs: &[BTreeSet<usize>], of: usize) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut todo: Vec<usize> = needs[of].iter().copied().collect();
    while let Some(at) = todo.pop() {
        if found.insert(at) {
            todo.extend(&needs[at]);
        }
    }
    found
}

/// What everything needs, such as an enabled API, says nothing about who needs whom.
fn is_foundation(node: &Node) -> bool {
    node.driver.facts().kept
}

fn reaches(needs: &[BTreeSet<usize>], from: usize, to: usize) -> bool {
    let mut seen = BTreeSet::new();
    let mut todo = vec![from];
    while let Some(at) = todo.pop() {
        if at == to {
            return true;
        }
        if seen.insert(at) {
            todo.extend(&needs[at]);
        }
    }
    false
}

fn sort(nodes: &[Node], needs: &[BTreeSet<usize>]) -> Result<Vec<usize>, GraphError> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let mut marks = vec![Mark::New; nodes.len()];
    let mut order = Vec::new();
    // Depth first with a stack of its own, for a long chain must not overflow the thread's.
    for start in 0..nodes.len() {
        let mut stack = vec![(start, false)];
        let mut path: Vec<usize> = Vec::new();
        while let Some((at, leaving)) = stack.pop() {
            if leaving {
                marks[at] = Mark::Done;
                path.pop();
                order.push(at);
                continue;
            }
            match marks[at] {
                Mark::Done => {}
                Mark::Open => {
                    let from = path.iter().position(|it| *it == at).unwrap_or(0);
                    let mut names: Vec<String> = path[from..].iter().map(|it| label(&nodes[*it])).collect();
                    names.push(label(&nodes[at]));
                    return Err(GraphError::Cycle(names));
                }
                Mark::New => {
                    marks[at] = Mark::Open;
                    path.push(at);
                    stack.push((at, true));
                    stack.extend(needs[at].iter().rev().map(|it| (*it, false)));
                }
            }
        }
    }
    Ok(order)
}
