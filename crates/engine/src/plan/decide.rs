//! Decides what to do with one declared resource.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::label;
use super::step::{Diagnostic, Op, Step, Work};
use crate::diff::{Change, Terms, diff, hide};
use crate::ignore;
use crate::input::{self, Lookup};
use crate::ledger::Intent;
use crate::path::{Path, Pattern, at_path};
use crate::program::Node;
use crate::provider::{Driver, Live};
use crate::{Rule, Urn, has_unknown, references, reveal};

/// What is known of the steps so far.
pub(super) struct Planned<'a> {
    pub(super) facts: &'a crate::provider::Facts,
    pub(super) steps: HashMap<Urn, Foreseen>,
}

/// What is known of a resource before apply.
pub(super) struct Foreseen {
    op: Op,
    noun: &'static str,
    id: Option<String>,
    state: Value,
    desired: Value,
    /// Fields at the top that will not be as they are.
    changed: BTreeSet<String>,
}

impl Foreseen {
    pub(super) fn new(step: &Step) -> Foreseen {
        let work = &step.work;
        let live = work.live.as_ref().map(|it| sealed(work.driver, &it.state, &work.desired));
        let top = |it: &Change| it.path.top().unwrap_or_default().to_owned();
        Foreseen {
            op: step.op,
            noun: step.noun(),
            id: work.driver.id(&work.desired).or_else(|| step.id.clone()),
            state: live.unwrap_or_default(),
            desired: work.desired.clone(),
            changed: step.changes.iter().map(top).collect(),
        }
    }

    /// What is declared and left out of the plan stays as it is.
    pub(super) fn outside(node: &Node, state: Value) -> Foreseen {
        Foreseen {
            op: Op::Same,
            noun: node.driver.facts().noun,
            id: None,
            state,
            desired: Value::Null,
            changed: BTreeSet::new(),
        }
    }
}

/// What is live, with what is secret in it wrapped.
pub(crate) fn sealed(driver: &dyn Driver, state: &Value, desired: &Value) -> Value {
    let hidden = hide(driver.facts().rules, &Path::default(), state);
    input::veil(&hidden, &input::secrets_of(desired))
}

impl Lookup for Planned<'_> {
    fn attribute(&self, of: &Urn, path: &str) -> Option<Value> {
        let it = self.steps.get(of)?;
        let (live, declared) = (at_path(&it.state, path), at_path(&it.desired, path));
        let changes = it.changed.contains(path.split(['.', '[']).next().unwrap_or(path));
        match it.op {
            // As the server writes it, which is how apply will find it.
            Op::Same | Op::Update | Op::Adopt | Op::Conflict if !changes => live.or(declared).cloned(),
            Op::Same | Op::Update | Op::Adopt | Op::Conflict => declared.or(live).cloned(),
            Op::Create | Op::Replace | Op::Delete => declared.cloned(),
        }
    }

    fn fact(&self, name: &str) -> Option<Value> {
        self.facts.get(name).cloned()
    }
}

pub(super) fn step(
    node: &Node,
    needs: Vec<Urn>,
    found: crate::snapshot::Found,
    known: &Planned<'_>,
    consent: Consent,
    diagnostics: &mut Vec<Diagnostic>,
) -> Step {
    let forced = consent.replace;
    let facts = node.driver.facts();
    let desired = input::resolve(&node.inputs, known);
    let interrupted = found.pending.as_ref().map(|it| it.intent);
    // An interrupted creation is ours if it is there: nobody but us knew that it would be.
    let (entry, ours) = match (&found.entry, &found.pending) {
        (Some(entry), _) => (Some(entry.clone()), true),
        (None, Some(pending)) => (Some(pending.entry.clone()), true),
        (None, None) => (None, false),
    };
    let last = entry.as_ref().map(|it| it.inputs.clone());
    let mut work = Work {
        driver: node.driver,
        node: Some(node.clone()),
        desired,
        last,
        live: found.live,
        noted: found.entry.is_some(),
        interrupted: interrupted == Some(Intent::Create),
        entry,
        needs,
        create_first: facts.made_id && !node.options.delete_before_replace,
        retain: false,
    };
    let id = work.live.as_ref().map(|it| it.id.clone()).or_else(|| node.driver.id(&work.desired));
    let (mut op, mut changes, mut reason) = decide(node, &mut work, known, ours, interrupted, forced);
    let mut id = id;
    if op == Op::Replace && !ours && facts.made_id {
        // It only looks alike, and ours can stand beside it.
        (op, work.live, id) = (Op::Create, None, None);
        changes = created(&work.desired, node);
        reason = Some(format!("the {} like it that exists is not ours, and stays", facts.noun));
    }
    let adopted = work.entry.as_ref().is_some_and(|it| it.adopted);
    if op == Op::Replace {
        let renamed = changes.iter().any(|it| node.driver.identity().iter().any(|name| it.path.is_top(name)));
        let beside = facts.made_id || renamed;
        // A grant that was there before us is not ours to take away.
        let released = facts.grant && adopted;
        work.retain = facts.kept || released || (node.options.retain_on_delete && beside);
        let holds = work.live.as_ref().and_then(|it| node.driver.holds(it));
        let guard = Guard { ours, forced, beside, adopted: adopted && !released, holds };
        guard_replacement(node, &changes, &guard, diagnostics);
    }
    if op == Op::Adopt && !facts.grant && !facts.kept && !consent.adopt && !node.options.adopt {
        op = Op::Conflict;
        reason = Some("it exists and is not ours".to_owned());
        let message = format!("{} exists already, and this stack did not make it", label(node));
        let hint = format!(
            "pass --adopt {} (or declare it with adopt()) to take it over: what differs is changed, and leaving the stack \
             releases it; or give yours another name",
            node.name
        );
        diagnostics.push(Diagnostic::error(Some(&node.urn), message).hint(hint));
    }
    if found.unread && ours {
        let message = format!(
            "{} could not be read, for its API is disabled: taken as it was last applied",
            label(node)
        );
        diagnostics.push(Diagnostic::warning(Some(&node.urn), message));
    }
    Step {
        op,
        urn: node.urn.clone(),
        kind: facts.token.to_owned(),
        name: node.name.clone(),
        id,
        changes,
        reason,
        work,
    }
}

/// What to do with a declared resource.
fn decide(
    node: &Node,
    work: &mut Work,
    known: &Planned<'_>,
    ours: bool,
    interrupted: Option<Intent>,
    forced: bool,
) -> (Op, Vec<Change>, Option<String>) {
    let facts = node.driver.facts();
    let Some(live) = &work.live else {
        let reason = match (ours, interrupted) {
            (_, Some(Intent::Create)) => Some("an interrupted run had not made it yet".to_owned()),
            (true, _) => Some(format!("the {} is gone", facts.noun)),
            (false, _) => None,
        };
        return (Op::Create, created(&work.desired, node), reason);
    };
    let identity = node.driver.identity();
    let mut changes = moved(&identity, work);
    let terms = Terms { shape: facts.shape, rules: facts.rules, identity: &identity };
    let desired = comparable(&work.desired, node.driver, &node.options.ignore_changes, live);
    let last = work.last.as_ref().map(|it| comparable(it, node.driver, &[], live));
    changes.extend(diff(terms, &desired, last.as_ref(), &live.state));
    for change in &mut changes {
        let named = |it: &Pattern| it.covers(&change.path) || it.reaches_into(&change.path);
        change.replaces |= node.options.replace_on_changes.iter().any(named);
    }
    if let Some(reason) = carried_along(node, facts.rules, known) {
        return (Op::Replace, changes, Some(reason));
    }
    if forced {
        return (Op::Replace, changes, Some("you asked for it".to_owned()));
    }
    let replacing: Vec<String> =
        changes.iter().filter(|it| it.replaces).map(|it| it.path.to_string()).collect();
    if !replacing.is_empty() {
        let reason = format!("{} cannot be changed in place", list(&replacing));
        return (Op::Replace, changes, Some(reason));
    }
    if !ours {
        return (Op::Adopt, changes, Some("it exists and is not ours yet".to_owned()));
    }
    let interrupted = interrupted.map(|it| match it {
        Intent::Create => "an interrupted run had made it".to_owned(),
        Intent::Update => "an interrupted run was changing it".to_owned(),
        Intent::Delete => "an interrupted run was about to delete it".to_owned(),
    });
    if changes.is_empty() { (Op::Same, changes, interrupted) } else { (Op::Update, changes, interrupted) }
}

/// Everything that is declared, as what a creation brings.
fn created(desired: &Value, node: &Node) -> Vec<Change> {
    let context = node.driver.context();
    let rules = node.driver.facts().rules;
    let fields = desired.as_object().into_iter().flatten();
    fields
        .filter(|(name, _)| !context.contains(&name.as_str()))
        .map(|(name, value)| Change {
            path: Path::default().field(name),
            before: Value::Null,
            after: hide(rules, &Path::default().field(name), value),
            replaces: false,
        })
        .collect()
}

/// Another name is another resource.
fn moved(identity: &[&str], work: &Work) -> Vec<Change> {
    let Some(last) = &work.last else { return Vec::new() };
    // What is not said is a place too: the default one.
    let of = |inputs: &Value, name: &str| inputs.get(name).cloned().unwrap_or_default();
    identity
        .iter()
        .filter_map(|name| {
            let (before, after) = (of(last, name), of(&work.desired, name));
            let differs = reveal(&before) != reveal(&after) && !has_unknown(&after);
            differs.then(|| Change { path: Path::default().field(name), before, after, replaces: true })
        })
        .collect()
}

/// The declaration, with the ignored fields as they are live.
pub(crate) fn with_ignored(inputs: &Value, driver: &dyn Driver, ignored: &[Pattern], live: &Live) -> Value {
    let facts = driver.facts();
    ignore::with_ignored(facts.shape, facts.rules, ignored, inputs, &live.state)
}

/// The inputs that are compared with what is live: fields of the API, the ignored ones as they are live.
pub(crate) fn comparable(inputs: &Value, driver: &dyn Driver, ignored: &[Pattern], live: &Live) -> Value {
    let (ours, context) = (driver.ours(), driver.context());
    let inputs = with_ignored(inputs, driver, ignored, live);
    let fields = inputs.as_object().into_iter().flatten();
    Value::Object(
        fields
            .filter(|(name, _)| !context.contains(&name.as_str()) && !ours.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect::<Map<String, Value>>(),
    )
}

/// Whether something that this cannot outlive is replaced.
fn carried_along(node: &Node, rules: &[Rule], known: &Planned<'_>) -> Option<String> {
    rules.iter().find_map(|rule| {
        let Rule::Bound(path) = rule else { return None };
        let field = at_path(&node.inputs, path)?;
        let named = references(field).into_iter().chain(known.by_text(path, field));
        let goes = |it: &Urn| known.steps.get(it).is_some_and(|it| it.op == Op::Replace);
        let replaced = named.into_iter().find(goes)?;
        Some(format!("{} is replaced, and this goes with it", replaced.name()))
    })
}

impl Planned<'_> {
    /// Whatever has the id that a text in this field says. A short name is of the kind that the field is
    /// called after: `dataset`.
    fn by_text(&self, path: &str, field: &Value) -> Vec<Urn> {
        let Some(text) = field.as_str() else { return Vec::new() };
        let called = path.rsplit('.').next().unwrap_or(path);
        let is = |it: &Foreseen| {
            let named = it.desired.get("name").and_then(Value::as_str) == Some(text);
            let id = it.id.as_deref();
            // `serviceAccount:a@example.com` names the account whose id ends in that address.
            let address = text.split_once(':').map(|(_, it)| it).filter(|it| it.contains('@'));
            let addressed = address.is_some() && id.and_then(|it| it.rsplit('/').next()) == address;
            id == Some(text) || addressed || (named && it.noun == called)
        };
        self.steps.iter().filter(|(_, it)| is(it)).map(|(urn, _)| urn.clone()).collect()
    }
}

fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// What the person agreed to for one resource.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Consent {
    /// It is made anew, whatever is in it.
    pub(super) replace: bool,
    /// It is taken over although others made it.
    pub(super) adopt: bool,
}

/// What decides whether a replacement is allowed.
struct Guard {
    ours: bool,
    forced: bool,
    /// The new one can stand beside the old one.
    beside: bool,
    /// The old one was there before us.
    adopted: bool,
    /// What would be lost with the old one.
    holds: Option<&'static str>,
}

fn guard_replacement(node: &Node, changes: &[Change], guard: &Guard, diagnostics: &mut Vec<Diagnostic>) {
    let fields: Vec<String> = changes.iter().filter(|it| it.replaces).map(|it| it.path.to_string()).collect();
    let why = if fields.is_empty() {
        String::new()
    } else {
        format!(" ({} cannot be changed in place)", list(&fields))
    };
    if !guard.ours {
        let what = if fields.is_empty() {
            "would be replaced".to_owned()
        } else {
            format!("{} cannot be changed in place", list(&fields))
        };
        let message = format!("{} exists and is not ours, and {what}", label(node));
        diagnostics.push(
            Diagnostic::error(Some(&node.urn), message)
                .hint("give yours another name, declare it as it is, or delete that one yourself"),
        );
    } else if node.options.protect {
        let message = format!("{} is protected and would be replaced{why}", label(node));
        diagnostics.push(Diagnostic::error(Some(&node.urn), message).hint("take protect() away first"));
    } else if node.options.retain_on_delete && !guard.beside {
        let message = format!("{} is retained and would be replaced{why}", label(node));
        diagnostics.push(
            Diagnostic::error(Some(&node.urn), message)
                .hint("give the new one another name, or take retain_on_delete() away first"),
        );
    } else if guard.adopted && !guard.forced && !node.options.retain_on_delete {
        let message = format!("{} was there before this stack and would be replaced{why}", label(node));
        let hint = format!("pass --replace {} to delete that one, or declare it as it is", node.name);
        diagnostics.push(Diagnostic::error(Some(&node.urn), message).hint(hint));
    } else if let Some(holds) = guard.holds
        && !node.options.replace_data
        && !guard.forced
        && !node.options.retain_on_delete
    {
        let message = format!("{} would be replaced, and {holds} lost{why}", label(node));
        let hint = format!("pass --replace {}, or declare it with replace_data()", node.name);
        diagnostics.push(Diagnostic::error(Some(&node.urn), message).hint(hint));
    }
}
