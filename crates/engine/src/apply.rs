//! Turns a plan into calls, journaling each before it is sent.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde_json::{Map, Value};

use crate::diff::{Change, Terms, diff};
use crate::input::{self, Lookup};
use crate::ledger::{Entry, Intent, Ledger, LedgerError, Pending};
use crate::order::{Half, Order, ledger_urn};
use crate::path::at_path;
use crate::plan::{Op, Plan, Step, deletable, sealed, with_ignored};
use crate::program::{Options, Timeouts};
use crate::provider::{Cause, Facts, Live, Place, Update};
use crate::session::{Failure, Session};
use crate::{Urn, has_unknown, mask};

/// Something that happens while a plan is applied.
#[derive(Debug)]
pub enum Event<'a> {
    Started {
        step: &'a Step,
        doing: Doing,
    },
    Done {
        step: &'a Step,
        doing: Doing,
        took: Duration,
    },
    Failed {
        step: &'a Step,
        doing: Doing,
        failure: &'a Failure,
    },
    /// Not tried, because something it needs failed.
    Skipped {
        step: &'a Step,
        because: &'a str,
    },
}

/// A half of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Doing {
    Creating,
    Updating,
    Adopting,
    Deleting,
    /// Only the ledger changes.
    Noting,
}

/// How a step ended.
#[derive(Debug)]
pub enum Applied {
    Done,
    Failed(Failure),
    Skipped { because: String },
}

/// How a plan ended.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Steps that do something, in the plan's order, and how each ended.
    pub steps: Vec<(Urn, Op, Applied)>,
    pub outputs: BTreeMap<String, Value>,
    /// The journal could not be written: nothing was started after that.
    pub ledger: Option<LedgerError>,
    /// The person asked to stop.
    pub stopped: bool,
}

impl Outcome {
    pub fn is_success(&self) -> bool {
        self.ledger.is_none()
            && !self.stopped
            && self.steps.iter().all(|(.., it)| matches!(it, Applied::Done))
    }

    /// How many steps of each operation were done.
    pub fn done(&self) -> BTreeMap<Op, usize> {
        let mut counts = BTreeMap::new();
        for (_, op, applied) in &self.steps {
            if matches!(applied, Applied::Done) {
                *counts.entry(*op).or_default() += 1;
            }
        }
        counts
    }
}

/// Does every step of a plan that can be done.
///
/// A step that fails stops those that need it and nothing else.
pub async fn apply(
    plan: &Plan,
    session: &Session,
    ledger: &Ledger,
    parallelism: usize,
    tell: &(dyn Fn(Event<'_>) + Sync),
) -> Outcome {
    session.forget_reads();
    let (known, aside) = (Mutex::new(Known::new(plan)), Mutex::default());
    let run = Run { plan, session, ledger, tell, known, aside };
    run.all(parallelism.max(1)).await
}

struct Run<'a> {
    plan: &'a Plan,
    session: &'a Session,
    ledger: &'a Ledger,
    tell: &'a (dyn Fn(Event<'_>) + Sync),
    known: Mutex<Known>,
    /// Where the ledger keeps what is being replaced, by the address of what replaces it.
    aside: Mutex<HashMap<Urn, Urn>>,
}

/// What references stand for by now: live state, and declared inputs.
struct Known {
    facts: Facts,
    states: HashMap<Urn, (Value, Value)>,
}

impl Known {
    fn new(plan: &Plan) -> Known {
        let mut states = HashMap::new();
        for step in &plan.steps {
            if let (Op::Same | Op::Update | Op::Adopt | Op::Conflict, Some(live)) = (step.op, &step.work.live)
            {
                let state = sealed(step.work.driver, &live.state, &step.work.desired);
                states.insert(step.urn.clone(), (state, step.work.desired.clone()));
            }
        }
        for (urn, state) in &plan.outside {
            states.insert(urn.clone(), (state.clone(), Value::Null));
        }
        Known { facts: plan.facts.clone(), states }
    }
}

impl Lookup for Known {
    fn attribute(&self, of: &Urn, path: &str) -> Option<Value> {
        let (state, desired) = self.states.get(of)?;
        at_path(state, path).or_else(|| at_path(desired, path)).cloned()
    }

    fn fact(&self, name: &str) -> Option<Value> {
        self.facts.get(name).cloned()
    }
}

/// Why a half did not succeed.
enum Trouble {
    Failure(Failure),
    Ledger(LedgerError),
}

impl From<Failure> for Trouble {
    fn from(it: Failure) -> Self {
        Trouble::Failure(it)
    }
}
impl From<LedgerError> for Trouble {
    fn from(it: LedgerError) -> Self {
        Trouble::Ledger(it)
    }
}

impl Run<'_> {
    async fn all(&self, parallelism: usize) -> Outcome {
        let steps = &self.plan.steps;
        let mut waiting = Order::new(steps).waiting;
        let mut failed: HashMap<Half, String> = HashMap::new();
        let mut results: HashMap<usize, Applied> = HashMap::new();
        let mut running = FuturesUnordered::new();
        let mut outcome = Outcome::default();
        loop {
            let may_start = outcome.ledger.is_none() && !self.session.is_stopped();
            let mut ready: Vec<Half> =
                waiting.iter().filter(|(_, needs)| needs.is_empty()).map(|(half, _)| *half).collect();
            ready.sort();
            for half in ready {
                if !may_start || running.len() >= parallelism {
                    break;
                }
                waiting.remove(&half);
                running.push(async move { (half, self.half(half).await) });
            }
            let Some((half, result)) = running.next().await else { break };
            let step = &steps[half.step()];
            match result {
                Ok(()) => {
                    results.entry(half.step()).or_insert(Applied::Done);
                    for needs in waiting.values_mut() {
                        needs.remove(&half);
                    }
                }
                Err(trouble) => {
                    let because = format!("{} {} failed", step.noun(), step.name);
                    match trouble {
                        Trouble::Failure(failure) => results.insert(half.step(), Applied::Failed(failure)),
                        Trouble::Ledger(error) => {
                            outcome.ledger.get_or_insert(error);
                            results.insert(
                                half.step(),
                                Applied::Skipped { because: "the ledger could not be written".into() },
                            )
                        }
                    };
                    failed.insert(half, because);
                    self.skip(&mut waiting, &mut failed, &mut results);
                }
            }
        }
        outcome.stopped = self.session.is_stopped();
        for half in waiting.keys() {
            let because = match (&outcome.ledger, outcome.stopped) {
                (Some(_), _) => "the ledger could not be written",
                (None, true) => "stopped",
                (None, false) => "what it needs waits for it",
            };
            skipped(&mut results, half.step(), because);
        }
        outcome.steps = steps
            .iter()
            .enumerate()
            .map(|(i, step)| (step.urn.clone(), step.op, results.remove(&i).unwrap_or(Applied::Done)))
            // What stays the same is told only if even that failed.
            .filter(|(_, op, end)| *op != Op::Same || matches!(end, Applied::Failed(_)))
            .collect();
        for (name, value) in &self.plan.declared_outputs {
            let value = input::resolve(value, &*self.known());
            if !has_unknown(&value) {
                outcome.outputs.insert(name.clone(), value);
            }
        }
        if outcome.ledger.is_none() {
            let outputs: Map<String, Value> = outcome.outputs.clone().into_iter().collect();
            outcome.ledger = self.ledger.set_outputs(outputs).await.err();
        }
        outcome
    }

    /// Gives up what waits for a half that failed, and what waits for that.
    fn skip(
        &self,
        waiting: &mut HashMap<Half, HashSet<Half>>,
        failed: &mut HashMap<Half, String>,
        results: &mut HashMap<usize, Applied>,
    ) {
        loop {
            let lost = waiting.iter().find_map(|(half, needs)| {
                needs.iter().find_map(|it| failed.get(it)).map(|why| (*half, why.clone()))
            });
            let Some((half, because)) = lost else { return };
            waiting.remove(&half);
            let step = &self.plan.steps[half.step()];
            if step.op != Op::Same {
                (self.tell)(Event::Skipped { step, because: &because });
            }
            skipped(results, half.step(), &because);
            failed.insert(half, because);
        }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        // Only ever changed whole, so a panic elsewhere leaves it usable.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn half(&self, half: Half) -> Result<(), Trouble> {
        let step = &self.plan.steps[half.step()];
        let doing = doing(step, half);
        let quiet = doing == Doing::Noting;
        if !quiet {
            (self.tell)(Event::Started { step, doing });
        }
        let begun = Instant::now();
        let result = match half {
            Half::Make(_) => self.make(step).await,
            Half::Unmake(_) => self.unmake(step).await,
        };
        match &result {
            Ok(()) if !quiet => (self.tell)(Event::Done { step, doing, took: begun.elapsed() }),
            Err(Trouble::Failure(failure)) => (self.tell)(Event::Failed { step, doing, failure }),
            Ok(()) | Err(Trouble::Ledger(_)) => {}
        }
        result
    }

    async fn make(&self, step: &Step) -> Result<(), Trouble> {
        let work = &step.work;
        let Some(node) = &work.node else { return Ok(()) };
        let desired = input::resolve(&node.inputs, &*self.known());
        if has_unknown(&desired) {
            let message =
                "a value it refers to is still not known: what it refers to does not have that field";
            return Err(Failure::other(message).into());
        }
        let entry = |live: &Live| self.entry(step, &desired, Some(live));
        let timeouts = node.options.timeouts;
        let others = self.others(step);
        let at = Place { inputs: &desired, id: None, others: &others };
        match (step.op, &work.live) {
            (Op::Same, Some(live)) => {
                let new = entry(live);
                let under_way = self.is_pending(&step.urn) || self.is_pending(&ledger_urn(step));
                let noted = work.entry.as_ref().is_some_and(|old| is_noted(old, &new)) && !under_way;
                if !noted {
                    self.move_entry(step).await?;
                    self.keep(step, new).await?;
                }
                self.learn(step, &live.state, desired);
            }
            (Op::Update | Op::Adopt, Some(live)) => {
                let changes = self.changes(step, &desired, live);
                self.move_entry(step).await?;
                let live = if changes.is_empty() {
                    live.clone()
                } else {
                    let entry = entry(live);
                    self.ledger.begin(Pending { intent: Intent::Update, entry }).await?;
                    let at = Place { inputs: &desired, id: Some(&live.id), others: &[] };
                    let sent = with_ignored(&desired, work.driver, &node.options.ignore_changes, live);
                    let update =
                        Update { at, desired: &sent, last: work.last.as_ref(), live, changes: &changes };
                    let call = work.driver.update(self.session, update);
                    let former = work.entry.clone().map(|it| Entry { urn: step.urn.clone(), ..it });
                    self.settled(step, timeouts.update, call, former).await?
                };
                self.keep(step, entry(&live)).await?;
                let differences = self.changes(step, &desired, &live);
                self.learn(step, &live.state, desired);
                as_planned(&differences)?;
            }
            (Op::Create | Op::Replace, _) => {
                if work.create_first && step.op == Op::Replace {
                    self.put_aside(step).await?;
                } else if step.op == Op::Create {
                    self.move_entry(step).await?;
                }
                let intended = self.entry(step, &desired, None);
                self.ledger.begin(Pending { intent: Intent::Create, entry: intended }).await?;
                let call = self.create(step, at);
                let live = self.settled(step, timeouts.create, call, None).await?;
                self.keep(step, entry(&live)).await?;
                let differences = self.changes(step, &desired, &live);
                self.learn(step, &live.state, desired);
                as_planned(&differences)?;
            }
            // A plan with a conflict is not applied.
            (Op::Same | Op::Update | Op::Adopt | Op::Conflict | Op::Delete, _) => {}
        }
        Ok(())
    }

    /// Creates it, or finds that an interrupted run had: a cache of the server's may have hidden it from the
    /// plan.
    async fn create(&self, step: &Step, at: Place<'_>) -> Result<Live, Failure> {
        let work = &step.work;
        let failure = match work.driver.create(self.session, at).await {
            Err(failure) if work.interrupted && failure.cause() == Some(&Cause::Exists) => failure,
            outcome => return outcome,
        };
        // The name is taken, so it is there, whatever the first looks say.
        let mut found = None;
        for tries in 1..=5 {
            self.session.forget_reads();
            found = work.driver.read(self.session, at).await?;
            if found.is_some() {
                break;
            }
            self.session.pause(self.session.backoff(tries)).await;
        }
        let Some(live) = found else { return Err(failure) };
        let changes = self.changes(step, at.inputs, &live);
        if changes.is_empty() {
            return Ok(live);
        }
        let at = Place { id: Some(&live.id), ..at };
        let ignored = work.node.as_ref().map(|it| it.options.ignore_changes.as_slice()).unwrap_or_default();
        let sent = with_ignored(at.inputs, work.driver, ignored, &live);
        let update = Update { at, desired: &sent, last: work.last.as_ref(), live: &live, changes: &changes };
        work.driver.update(self.session, update).await
    }

    /// Waits for a call, and clears its intent if it certainly had no effect.
    async fn settled(
        &self,
        step: &Step,
        timeout: Duration,
        call: impl Future<Output = Result<Live, Failure>>,
        former: Option<Entry>,
    ) -> Result<Live, Trouble> {
        match within(timeout, call).await {
            Ok(live) => Ok(live),
            Err(failure) => {
                if !failure.is_unsure() {
                    self.ledger.settle(&step.urn, former).await?;
                }
                Err(failure.into())
            }
        }
    }

    async fn unmake(&self, step: &Step) -> Result<(), Trouble> {
        let work = &step.work;
        let Some(former) = &work.entry else { return Ok(()) };
        let aside = self.aside.lock().unwrap_or_else(PoisonError::into_inner).get(&step.urn).cloned();
        let urn = aside.unwrap_or_else(|| ledger_urn(step));
        // An account that is gone leaves a dead member in every policy, so a grant is looked for once more.
        let id = match (&work.live, &former.id) {
            (Some(live), _) => Some(&live.id),
            (None, id) if work.driver.facts().grant => id.as_ref(),
            (None, _) => None,
        };
        if let (Some(id), false) = (id, work.retain) {
            let entry = Entry { urn: urn.clone(), ..former.clone() };
            self.ledger.begin(Pending { intent: Intent::Delete, entry: entry.clone() }).await?;
            let timeouts = work.node.as_ref().map_or_else(Timeouts::default, |it| it.options.timeouts);
            let inputs = deletable(work.driver, former);
            let at = Place { inputs: &inputs, id: Some(id), others: &[] };
            if let Err(failure) = within(timeouts.delete, work.driver.delete(self.session, at)).await {
                if !failure.is_unsure() {
                    self.ledger.settle(&urn, Some(entry)).await?;
                }
                return Err(failure.into());
            }
        }
        self.ledger.settle(&urn, None).await?;
        Ok(())
    }

    /// What is to change now that every reference is known.
    fn changes(&self, step: &Step, desired: &Value, live: &Live) -> Vec<Change> {
        let work = &step.work;
        let facts = work.driver.facts();
        let identity = work.driver.identity();
        let terms = Terms { shape: facts.shape, rules: facts.rules, identity: &identity };
        let ignored = work.node.as_ref().map(|it| it.options.ignore_changes.as_slice()).unwrap_or_default();
        let desired = crate::plan::comparable(desired, work.driver, ignored, live);
        let last = work.last.as_ref().map(|it| crate::plan::comparable(it, work.driver, &[], live));
        diff(terms, &desired, last.as_ref(), &live.state)
    }

    fn learn(&self, step: &Step, state: &Value, desired: Value) {
        let state = sealed(step.work.driver, state, &desired);
        self.known().states.insert(step.urn.clone(), (state, desired));
    }

    fn is_pending(&self, urn: &Urn) -> bool {
        self.ledger.pending().iter().any(|it| it.entry.urn == *urn)
    }

    /// It is as it should be: the ledger has it, and under no other name what was under way.
    async fn keep(&self, step: &Step, entry: Entry) -> Result<(), LedgerError> {
        self.ledger.settle(&step.urn, Some(entry)).await?;
        let former = ledger_urn(step);
        if former != step.urn && self.is_pending(&former) {
            self.ledger.settle(&former, None).await?;
        }
        Ok(())
    }

    /// From here on the old one stands in the ledger as something to delete, whatever happens.
    async fn put_aside(&self, step: &Step) -> Result<(), LedgerError> {
        let work = &step.work;
        let (entries, pending) = (self.ledger.entries(), self.ledger.pending());
        let taken = |it: &Urn| {
            entries.iter().any(|other| other.urn == *it) || pending.iter().any(|other| other.entry.urn == *it)
        };
        let mut aside = step.urn.replaced();
        // An earlier one may still be there, for it could not be deleted.
        while taken(&aside) {
            aside = aside.replaced();
        }
        self.aside.lock().unwrap_or_else(PoisonError::into_inner).insert(step.urn.clone(), aside.clone());
        match (&work.entry, &work.live) {
            (Some(_), _) if work.noted => self.ledger.rename(&ledger_urn(step), &aside).await,
            (Some(entry), Some(live)) => {
                let entry = Entry { urn: aside.clone(), id: Some(live.id.clone()), ..entry.clone() };
                self.ledger.settle(&aside, Some(entry)).await
            }
            (Some(_) | None, _) => Ok(()),
        }
    }

    /// The ids of all other resources of its kind that are ours.
    fn others(&self, step: &Step) -> Vec<String> {
        let entries = self.ledger.entries().into_iter();
        entries.filter(|it| it.kind == step.kind && it.urn != step.urn).filter_map(|it| it.id).collect()
    }

    /// The ledger follows a resource that has a new name in the program.
    async fn move_entry(&self, step: &Step) -> Result<(), LedgerError> {
        let former = ledger_urn(step);
        if former != step.urn && step.work.noted {
            self.ledger.rename(&former, &step.urn).await?;
        }
        Ok(())
    }

    fn entry(&self, step: &Step, desired: &Value, live: Option<&Live>) -> Entry {
        let none = Options::default();
        let options = step.work.node.as_ref().map_or(&none, |it| &it.options);
        let former = step.work.entry.as_ref().filter(|_| step.op != Op::Replace && step.op != Op::Create);
        let now = crate::now();
        Entry {
            urn: step.urn.clone(),
            kind: step.kind.clone(),
            id: live.map(|it| it.id.clone()).or_else(|| step.work.driver.id(desired)),
            inputs: desired.clone(),
            state: live.map_or(Value::Null, |it| sealed(step.work.driver, &it.state, desired)),
            parent: None,
            dependencies: step.work.needs.clone(),
            protect: options.protect,
            retain: options.retain_on_delete,
            adopted: match step.op {
                Op::Adopt => true,
                Op::Same | Op::Update => former.is_some_and(|it| it.adopted),
                Op::Create | Op::Replace | Op::Conflict | Op::Delete => false,
            },
            created: former.and_then(|it| it.created.clone()).or_else(|| Some(now.clone())),
            modified: Some(now),
        }
    }
}

/// What was applied must be what was planned.
fn as_planned(differences: &[Change]) -> Result<(), Failure> {
    let Some(first) = differences.first() else { return Ok(()) };
    let (found, planned) = (mask(&first.before), mask(&first.after));
    let more = match differences.len() {
        1 => String::new(),
        count => format!(", and {} more fields", count - 1),
    };
    Err(Failure::Other {
        message: format!("it was done, but {} is {found} and not {planned} as planned{more}", first.path),
        hint: Some(
            "this is a bug of this program: please report it with the kind, the field and both values"
                .to_owned(),
        ),
    })
}

/// What was not tried is not done, even if its first half was.
fn skipped(results: &mut HashMap<usize, Applied>, at: usize, because: &str) {
    if !matches!(results.get(&at), Some(Applied::Failed(_) | Applied::Skipped { .. })) {
        results.insert(at, Applied::Skipped { because: because.to_owned() });
    }
}

/// Whether the ledger already says what it would be told.
fn is_noted(old: &Entry, new: &Entry) -> bool {
    old.urn == new.urn
        && old.id == new.id
        && old.inputs == new.inputs
        && old.dependencies == new.dependencies
        && old.protect == new.protect
        && (old.retain == new.retain || new.adopted)
        && old.adopted == new.adopted
}

fn doing(step: &Step, half: Half) -> Doing {
    match (half, step.op) {
        (Half::Unmake(_), _) if step.work.retain || step.work.live.is_none() => Doing::Noting,
        (Half::Unmake(_), _) => Doing::Deleting,
        (Half::Make(_), Op::Same | Op::Conflict | Op::Delete) => Doing::Noting,
        (Half::Make(_), Op::Update) => Doing::Updating,
        (Half::Make(_), Op::Adopt) => Doing::Adopting,
        (Half::Make(_), Op::Create | Op::Replace) => Doing::Creating,
    }
}

async fn within<T>(timeout: Duration, call: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::time::timeout(timeout, call).await.unwrap_or(Err(Failure::TimedOut(timeout)))
}
