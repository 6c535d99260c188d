//! Decides what has to be done so that what is live becomes what is declared.

mod decide;
mod deletion;
mod selection;
mod step;

use std::collections::HashMap;

use futures_util::future::{join, join_all};
use serde_json::Value;

use crate::Graph;
use crate::Urn;
use crate::input;
use crate::order::make_room;
use crate::program::{Invalid, Node, Program};
use crate::provider::{Intention, Place};
use crate::session::{Failure, Session};
use crate::snapshot::Snapshot;

use decide::{Foreseen, Planned, step};
pub(crate) use decide::{comparable, sealed, with_ignored};
pub(crate) use deletion::deletable;
use deletion::deletions;
use selection::Chosen;
pub use selection::Selection;
pub use step::{Bills, Diagnostic, Monthly, Op, Plan, Severity, Step, Summary};

/// A plan that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    #[error("{subject} could not be read: {failure}")]
    Unread {
        subject: String,
        #[source]
        failure: Failure,
    },
    #[error("no resource is called {name}")]
    NoSuchResource { name: String, nearest: Option<String> },
    #[error(transparent)]
    Driver(Failure),
}

impl PlanError {
    pub fn hint(&self) -> Option<String> {
        match self {
            PlanError::Unread { failure, .. } | PlanError::Driver(failure) => failure.hint(),
            PlanError::NoSuchResource { nearest, .. } => {
                nearest.as_ref().map(|it| format!("did you mean {it}?"))
            }
        }
    }
}

/// Makes a plan. Pure: everything it needs to know is in the snapshot.
///
/// # Errors
/// A resource that could not be read, or a selection that names nothing.
pub fn plan(
    program: &Program,
    graph: &Graph,
    mut snapshot: Snapshot,
    session: &Session,
    selection: &Selection,
) -> Result<Plan, PlanError> {
    let chosen = Chosen::new(program, graph, &snapshot, selection)?;
    let mut plan = Plan::empty(program);
    plan.facts = snapshot.facts.clone();
    let mut known = Planned { facts: &snapshot.facts, steps: HashMap::new() };
    for &at in &graph.order {
        let node = &program.nodes[at];
        let mut found = snapshot.found.remove(&node.urn).unwrap_or_default();
        if !chosen.has(&node.urn) {
            if let Some(live) = found.live {
                plan.outside.push((node.urn.clone(), live.state.clone()));
                let state = sealed(node.driver, &live.state, &Value::Null);
                known.steps.insert(node.urn.clone(), Foreseen::outside(node, state));
            }
            continue;
        }
        if let Some(failure) = found.failure.take() {
            return Err(PlanError::Unread { subject: label(node), failure });
        }
        let needs: Vec<Urn> = graph.needs[at].iter().map(|it| program.nodes[*it].urn.clone()).collect();
        let step = step(node, needs, found, &known, chosen.consents(node), &mut plan.diagnostics);
        known.steps.insert(node.urn.clone(), Foreseen::new(&step));
        plan.steps.push(step);
    }
    for (name, value) in &program.outputs {
        plan.outputs.insert(name.clone(), input::resolve(value, &known));
    }
    plan.steps.extend(deletions(program, snapshot, session, &chosen, &mut plan.diagnostics)?);
    plan.diagnostics.extend(chosen.left_without(&plan.steps));
    make_room(&mut plan.steps);
    for step in &plan.steps {
        let count = match step.op {
            Op::Same => &mut plan.summary.same,
            Op::Create => &mut plan.summary.create,
            Op::Update => &mut plan.summary.update,
            Op::Replace => &mut plan.summary.replace,
            Op::Delete => &mut plan.summary.delete,
            Op::Adopt => &mut plan.summary.adopt,
            Op::Conflict => &mut plan.summary.conflict,
        };
        *count += 1;
    }
    Ok(plan)
}

/// The plan of a declaration that is wrong by itself: errors, and nothing to do. Nobody needs to be asked
/// for it.
pub fn invalid(program: &Program) -> Option<Plan> {
    let mut plan = Plan::empty(program);
    for node in &program.nodes {
        // An address is in every log, of Google's too.
        let named = |it: &&str| node.inputs.get(*it).is_some_and(input::declares_secret);
        let secret = node.driver.identity().into_iter().find(named);
        let secret =
            secret.map(|it| Invalid::new(it, "is a secret, and what a resource is called cannot be one"));
        for invalid in node.invalid.iter().chain(&secret) {
            let field = if invalid.field.is_empty() { String::new() } else { format!("{} ", invalid.field) };
            let message = format!("{}: {field}{}", label(node), invalid.problem);
            let mut diagnostic = Diagnostic::error(Some(&node.urn), message);
            diagnostic.hint.clone_from(&invalid.hint);
            plan.diagnostics.push(diagnostic);
        }
    }
    (!plan.diagnostics.is_empty()).then_some(plan)
}

/// Adds what only asking can tell: a bucket that is not empty, a permission that is missing.
pub async fn foresee(plan: &mut Plan, session: &Session) {
    let goes = |step: &&Step| matches!(step.op, Op::Delete | Op::Replace);
    let going: Vec<String> = plan.steps.iter().filter(goes).filter_map(|it| it.id.clone()).collect();
    let others = going.as_slice();
    let checks = plan.steps.iter().filter_map(|step| {
        let intention = match step.op {
            Op::Delete if !step.work.retain => Intention::Delete,
            Op::Replace if !step.work.retain => Intention::Replace,
            Op::Same | Op::Create | Op::Update | Op::Replace | Op::Adopt | Op::Conflict | Op::Delete => {
                return None;
            }
        };
        let (live, entry) = (step.work.live.as_ref()?, step.work.entry.as_ref());
        let inputs = entry.map_or_else(|| step.work.desired.clone(), |it| deletable(step.work.driver, it));
        Some(async move {
            let at = Place { inputs: &inputs, id: Some(&live.id), others };
            let found = step.work.driver.foresee(session, at, live, intention).await;
            found
                .into_iter()
                .map(|it| Diagnostic::error(Some(&step.urn), format!("{} {}: {it}", step.noun(), step.name)))
                .collect::<Vec<_>>()
        })
    });
    let provider = session.provider().clone();
    let (found, general) = join(join_all(checks), provider.foresee(plan, session)).await;
    plan.diagnostics.extend(found.into_iter().flatten().chain(general));
}

fn label(node: &Node) -> String {
    format!("{} {}", node.driver.facts().noun, node.name)
}
