//! Decides what has to be done so that what is live becomes what is declared.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures_util::future::{join, join_all};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::diff::{Change, Terms, diff, hide};
use crate::input::{self, Lookup};
use crate::ledger::{Entry, Intent};
use crate::order::make_room;
use crate::path::Path;
use crate::program::{Node, Program};
use crate::provider::{Driver, Intention, Live, Place};
use crate::session::{Failure, Session};
use crate::snapshot::{Snapshot, at_path, driver_of};
use crate::{Graph, Rule, Urn, has_unknown, mask, references, reveal};

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Op {
    Same,
    Create,
    Update,
    /// Deleted and made anew.
    Replace,
    Delete,
    /// It exists and is not ours: it becomes ours, and what differs is changed.
    Adopt,
}

/// What is done with one resource, and why.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    pub op: Op,
    pub urn: Urn,
    pub kind: String,
    pub name: String,
    /// The name in the cloud; null while it is not known.
    pub id: Option<String>,
    pub changes: Vec<Change>,
    pub reason: Option<String>,
    #[serde(skip)]
    pub(crate) work: Work,
}

/// What apply needs to do a step.
#[derive(Clone)]
pub(crate) struct Work {
    pub driver: &'static dyn Driver,
    /// The declaration; none for what is declared no more.
    pub node: Option<Node>,
    /// Resolved as far as known when the plan was made.
    pub desired: Value,
    pub entry: Option<Entry>,
    /// Whether that is in the ledger itself, and not only among what was under way.
    pub noted: bool,
    /// A run was interrupted while it created this.
    pub interrupted: bool,
    /// What counts as declared last time.
    pub last: Option<Value>,
    pub live: Option<Live>,
    /// Addresses that this needs.
    pub needs: Vec<Urn>,
    /// Make the new one first, delete the old one after.
    pub create_first: bool,
    /// Forget it only.
    pub retain: bool,
}

impl std::fmt::Debug for Work {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Work").field("needs", &self.needs).finish_non_exhaustive()
    }
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Warning,
    /// Apply refuses.
    Error,
}

/// Something to know before apply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Diagnostic {
    pub severity: Severity,
    /// The resource it is about.
    pub urn: Option<Urn>,
    pub message: String,
    pub hint: Option<String>,
}

impl Diagnostic {
    pub fn error(urn: Option<&Urn>, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Error, urn: urn.cloned(), message: message.into(), hint: None }
    }

    pub fn warning(urn: Option<&Urn>, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(urn, message) }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Diagnostic {
        self.hint = Some(hint.into());
        self
    }
}

/// How many steps of each sort there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    pub create: usize,
    pub update: usize,
    pub replace: usize,
    pub delete: usize,
    pub adopt: usize,
    pub same: usize,
}

impl Summary {
    /// How many steps do something.
    pub fn changes(&self) -> usize {
        self.create + self.update + self.replace + self.delete + self.adopt
    }
}

/// Everything that apply would do.
#[derive(Debug, Serialize)]
pub struct Plan {
    pub version: u32,
    pub stack: String,
    pub project: String,
    /// In an order in which each comes after what it needs; deletions last.
    pub steps: Vec<Step>,
    pub summary: Summary,
    pub diagnostics: Vec<Diagnostic>,
    #[serde(skip)]
    pub(crate) facts: crate::provider::Facts,
    /// The stack's outputs as far as they are known.
    #[serde(skip)]
    pub outputs: BTreeMap<String, Value>,
    #[serde(skip)]
    pub(crate) declared_outputs: BTreeMap<String, Value>,
    /// Live state of declared resources that the selection leaves out.
    #[serde(skip)]
    pub(crate) outside: Vec<(Urn, Value)>,
}

/// Which resources to plan for, by name or address.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Only these and what they need; empty for all.
    pub target: Vec<String>,
    pub exclude: Vec<String>,
    /// Make these anew, data and all.
    pub replace: Vec<String>,
}

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

/// The version of the plan's JSON form.
const VERSION: u32 = 1;

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
        let step =
            step(node, needs, found, &known, chosen.replace.contains(&node.urn), &mut plan.diagnostics);
        known.steps.insert(node.urn.clone(), Foreseen::new(&step));
        plan.steps.push(step);
    }
    for (name, value) in &program.outputs {
        plan.outputs.insert(name.clone(), input::resolve(value, &known));
    }
    plan.steps.extend(deletions(snapshot, session, &chosen, &mut plan.diagnostics)?);
    make_room(&mut plan.steps);
    for step in &plan.steps {
        let count = match step.op {
            Op::Same => &mut plan.summary.same,
            Op::Create => &mut plan.summary.create,
            Op::Update => &mut plan.summary.update,
            Op::Replace => &mut plan.summary.replace,
            Op::Delete => &mut plan.summary.delete,
            Op::Adopt => &mut plan.summary.adopt,
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
        for invalid in &node.invalid {
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
    let checks = plan.steps.iter().filter_map(|step| {
        let intention = match step.op {
            Op::Delete if !step.work.retain => Intention::Delete,
            Op::Replace if !step.work.retain => Intention::Replace,
            Op::Same | Op::Create | Op::Update | Op::Replace | Op::Adopt | Op::Delete => return None,
        };
        let (live, entry) = (step.work.live.as_ref()?, step.work.entry.as_ref());
        let inputs = entry.map_or(&step.work.desired, |it| &it.inputs);
        Some(async move {
            let at = Place { inputs, id: Some(&live.id), others: &[] };
            let found = step.work.driver.foresee(session, at, live, intention).await;
            found.into_iter().map(|it| Diagnostic::error(Some(&step.urn), it)).collect::<Vec<_>>()
        })
    });
    let provider = session.provider().clone();
    let (found, general) = join(join_all(checks), provider.foresee(plan, session)).await;
    plan.diagnostics.extend(found.into_iter().flatten().chain(general));
}

fn label(node: &Node) -> String {
    format!("{} {}", node.driver.facts().noun, node.name)
}

/// What is known of the steps so far.
struct Planned<'a> {
    facts: &'a crate::provider::Facts,
    steps: HashMap<Urn, Foreseen>,
}

/// What is known of a resource before apply.
struct Foreseen {
    op: Op,
    noun: &'static str,
    id: Option<String>,
    state: Value,
    desired: Value,
    /// Fields at the top that will not be as they are.
    changed: BTreeSet<String>,
}

impl Foreseen {
    fn new(step: &Step) -> Foreseen {
        let work = &step.work;
        let live = work.live.as_ref().map(|it| sealed(work.driver, &it.state, &work.desired));
        let top = |it: &Change| it.path.split(['.', '[']).next().unwrap_or_default().to_owned();
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
    fn outside(node: &Node, state: Value) -> Foreseen {
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
        let changes = it.changed.contains(path.split('.').next().unwrap_or(path));
        match it.op {
            // As the server writes it, which is how apply will find it.
            Op::Same | Op::Update | Op::Adopt if !changes => live.or(declared).cloned(),
            Op::Same | Op::Update | Op::Adopt => declared.or(live).cloned(),
            Op::Create | Op::Replace | Op::Delete => declared.cloned(),
        }
    }

    fn fact(&self, name: &str) -> Option<Value> {
        self.facts.get(name).cloned()
    }
}

fn step(
    node: &Node,
    needs: Vec<Urn>,
    found: crate::snapshot::Found,
    known: &Planned<'_>,
    forced: bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> Step {
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
    if op == Op::Replace {
        let renamed = changes.iter().any(|it| node.driver.identity().contains(&it.path.as_str()));
        let beside = facts.made_id || renamed;
        work.retain = facts.kept || (node.options.retain_on_delete && beside);
        guard_replacement(node, &changes, Guard { ours, forced, beside }, diagnostics);
    }
    if op == Op::Adopt && !facts.grant && !facts.kept {
        let message = format!(
            "{} exists and is not ours: apply takes it over, and destroy would delete it",
            label(node)
        );
        diagnostics.push(
            Diagnostic::warning(Some(&node.urn), message)
                .hint("give yours another name to leave that one alone"),
        );
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
        let named = |it: &String| change.path == *it || change.path.starts_with(&format!("{it}."));
        change.replaces |= node.options.replace_on_changes.iter().any(named);
    }
    if let Some(reason) = carried_along(node, facts.rules, known) {
        return (Op::Replace, changes, Some(reason));
    }
    if forced {
        return (Op::Replace, changes, Some("you asked for it".to_owned()));
    }
    let replacing: Vec<&str> = changes.iter().filter(|it| it.replaces).map(|it| it.path.as_str()).collect();
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
            path: name.clone(),
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
            differs.then(|| Change { path: (*name).to_owned(), before, after, replaces: true })
        })
        .collect()
}

/// The declaration, with the ignored fields as they are live.
pub(crate) fn with_ignored(inputs: &Value, ignored: &[String], live: &Live) -> Value {
    let mut out = inputs.clone();
    for path in ignored {
        set_path(&mut out, path, at_path(&live.state, path).cloned());
    }
    out
}

/// The inputs that are compared with what is live: fields of the API, the ignored ones as they are live.
pub(crate) fn comparable(inputs: &Value, driver: &dyn Driver, ignored: &[String], live: &Live) -> Value {
    let (ours, context) = (driver.ours(), driver.context());
    let inputs = with_ignored(inputs, ignored, live);
    let fields = inputs.as_object().into_iter().flatten();
    Value::Object(
        fields
            .filter(|(name, _)| !context.contains(&name.as_str()) && !ours.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect::<Map<String, Value>>(),
    )
}

fn set_path(value: &mut Value, path: &str, to: Option<Value>) {
    let (first, rest) = path.split_once('.').map_or((path, None), |(a, b)| (a, Some(b)));
    let Some(map) = value.as_object_mut() else { return };
    match (rest, to) {
        (Some(rest), to) => {
            if let Some(inner) = map.get_mut(first) {
                set_path(inner, rest, to);
            }
        }
        (None, Some(to)) => {
            map.insert(first.to_owned(), to);
        }
        (None, None) => {
            map.remove(first);
        }
    }
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
            it.id.as_deref() == Some(text) || (named && it.noun == called)
        };
        self.steps.iter().filter(|(_, it)| is(it)).map(|(urn, _)| urn.clone()).collect()
    }
}

fn list(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// What decides whether a replacement is allowed.
struct Guard {
    ours: bool,
    forced: bool,
    /// The new one can stand beside the old one.
    beside: bool,
}

fn guard_replacement(node: &Node, changes: &[Change], guard: Guard, diagnostics: &mut Vec<Diagnostic>) {
    let facts = node.driver.facts();
    let fields: Vec<&str> = changes.iter().filter(|it| it.replaces).map(|it| it.path.as_str()).collect();
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
    } else if facts.data && !node.options.replace_data && !guard.forced && !node.options.retain_on_delete {
        let message = format!("{} would be replaced, and what is stored in it lost{why}", label(node));
        let hint = format!("pass --replace {}, or declare it with replace_data()", node.name);
        diagnostics.push(Diagnostic::error(Some(&node.urn), message).hint(hint));
    }
}

/// What the ledger has and the program does not.
fn deletions(
    snapshot: Snapshot,
    session: &Session,
    chosen: &Chosen,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Vec<Step>, PlanError> {
    let mut steps = Vec::new();
    for (urn, found) in snapshot.found {
        let noted = found.entry.is_some();
        let Some(entry) = found.entry.or_else(|| found.pending.as_ref().map(|it| it.entry.clone())) else {
            continue;
        };
        if !chosen.has(&urn) {
            continue;
        }
        if let Some(failure) = found.failure {
            return Err(PlanError::Unread { subject: urn.name().to_owned(), failure });
        }
        let driver = driver_of(session, &entry).map_err(PlanError::Driver)?;
        let facts = driver.facts();
        if entry.protect {
            let message = format!("{} {} is protected and would be deleted", facts.noun, urn.name());
            diagnostics.push(
                Diagnostic::error(Some(&urn), message).hint("declare it without protect() and apply first"),
            );
        }
        let reason = match (&found.live, entry.retain || facts.kept) {
            (None, _) => format!("the {} is gone already", facts.noun),
            (Some(_), true) => format!("the {} stays, and is ours no more", facts.noun),
            (Some(_), false) => "it is declared no more".to_owned(),
        };
        steps.push(Step {
            op: Op::Delete,
            kind: entry.kind.clone(),
            name: urn.name().to_owned(),
            id: entry.id.clone(),
            changes: Vec::new(),
            reason: Some(reason),
            work: Work {
                driver,
                node: None,
                desired: entry.inputs.clone(),
                last: Some(entry.inputs.clone()),
                live: found.live,
                needs: entry.dependencies.clone(),
                retain: entry.retain || facts.kept,
                create_first: false,
                noted,
                interrupted: false,
                entry: Some(entry),
            },
            urn,
        });
    }
    steps.sort_by(|a, b| a.urn.cmp(&b.urn));
    Ok(steps)
}

/// The addresses that a selection means.
struct Chosen {
    only: Option<BTreeSet<Urn>>,
    not: BTreeSet<Urn>,
    replace: BTreeSet<Urn>,
}

impl Chosen {
    fn new(
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

    fn has(&self, urn: &Urn) -> bool {
        !self.not.contains(urn) && self.only.as_ref().is_none_or(|it| it.contains(urn))
    }
}

/// The name most like another, if one is near.
pub(crate) fn nearest<'a>(name: &str, among: impl Iterator<Item = &'a str>) -> Option<String> {
    let best = among.map(|it| (distance(name, it), it)).min()?;
    (best.0 <= name.len().max(3) / 3).then(|| best.1.to_owned())
}

/// How many letters to change, add or drop.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let cost = before + usize::from(x != *y);
            before = row[j + 1];
            row[j + 1] = cost.min(before + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

impl Plan {
    fn empty(program: &Program) -> Plan {
        Plan {
            version: VERSION,
            stack: program.stack.clone(),
            project: program.project.clone(),
            steps: Vec::new(),
            summary: Summary::default(),
            diagnostics: Vec::new(),
            facts: crate::provider::Facts::new(),
            outputs: BTreeMap::new(),
            declared_outputs: program.outputs.clone(),
            outside: Vec::new(),
        }
    }

    /// Whether apply would refuse.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|it| it.severity == Severity::Error)
    }

    /// The plan as data that anybody may read: secrets masked.
    pub fn to_json(&self) -> Value {
        let json = serde_json::to_value(self).unwrap_or(Value::Null);
        mask(&json)
    }
}

impl Step {
    /// What people call its kind: `topic`.
    pub fn noun(&self) -> &'static str {
        self.work.driver.facts().noun
    }

    /// What never changes about its kind.
    pub fn facts(&self) -> &'static crate::provider::KindFacts {
        self.work.driver.facts()
    }

    /// The inputs as far as they are known, secrets wrapped.
    pub fn desired(&self) -> &Value {
        &self.work.desired
    }
}
