//! What a plan is made of: steps, diagnostics, a summary.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::diff::Change;
use crate::ledger::Entry;
use crate::program::{Node, Program};
use crate::provider::{Driver, Live};
use crate::{Urn, mask};

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
    /// It exists, is not ours, and is taken over by consent: what differs is changed. It is remembered as adopted.
    Adopt,
    /// It exists and is not ours, and nobody has said that it is to be taken over: apply refuses.
    Conflict,
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
    pub conflict: usize,
    pub same: usize,
}

impl Summary {
    /// How many steps do something.
    pub fn changes(&self) -> usize {
        self.create + self.update + self.replace + self.delete + self.adopt
    }
}

/// US dollars a month, before and after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Monthly {
    pub before: Decimal,
    pub after: Decimal,
}

impl Monthly {
    pub fn difference(self) -> Decimal {
        self.after - self.before
    }
}

/// What a plan makes of the monthly bill.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Bills {
    pub total: Monthly,
    /// By the step's resource; none for what costs nothing.
    pub steps: BTreeMap<Urn, Monthly>,
    /// How many lines depend on a usage that nobody has said.
    pub by_usage: usize,
    /// What has no known price, and so is in no sum.
    pub unpriced: Vec<String>,
    /// What is in the sums only in part, for the rest is known only after apply.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub at_least: Vec<String>,
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
    /// Set by who knows prices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bills: Option<Bills>,
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

/// The version of the plan's JSON form.
const VERSION: u32 = 1;

impl Plan {
    pub(super) fn empty(program: &Program) -> Plan {
        Plan {
            version: VERSION,
            stack: program.stack.clone(),
            project: program.project.clone(),
            steps: Vec::new(),
            summary: Summary::default(),
            bills: None,
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

    /// What is there and ours, in the shape of the kind's inputs.
    pub fn present(&self) -> Option<&Value> {
        let ours = !matches!(self.op, Op::Adopt | Op::Conflict) && self.work.entry.is_some();
        let live = self.work.live.as_ref().filter(|_| ours);
        live.map(|it| &it.state)
    }

    /// Whether a deletion only takes it out of the ledger: an API stays enabled, and what was there before us stays.
    pub fn is_released(&self) -> bool {
        self.op == Op::Delete && self.work.retain
    }

    pub fn driver(&self) -> &'static dyn Driver {
        self.work.driver
    }
}
