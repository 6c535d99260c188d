//! What a cloud's crate tells the engine: its kinds, what its refusals mean, its facts.

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;
use serde_json::Value;

use crate::charge::{Bill, Billed, UsageKey};
use crate::cloud::{Answer, Call};
use crate::diff::Change;
use crate::fact::Fact;
use crate::plan::{Diagnostic, Plan};
use crate::program::Program;
use crate::session::{Failure, Session};
use crate::{Message, Rule};

/// Why an API refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    NotFound,
    /// The name is taken.
    Exists,
    /// Somebody changed it since it was read: read again, then change.
    Stale,
    /// Another change is under way: wait.
    Busy,
    Throttled,
    /// A temporary fault of the server.
    Unavailable,
    /// The API of this name is not enabled.
    Disabled(String),
    Denied,
    Unauthenticated,
    Invalid,
    /// Something else must be true first.
    Precondition,
    Other,
}

/// An answer that is no success, understood.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub cause: Cause,
    pub status: u16,
    /// `NOT_FOUND`, `conditionNotMet`; empty when there is none.
    pub code: String,
    /// In the API's own words.
    pub message: String,
    pub hint: Option<String>,
    /// The account that lacks a right, where the API names it.
    pub principal: Option<String>,
    /// The resource on which it lacks it, where the API names it.
    pub resource: Option<String>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        if !self.code.is_empty() {
            write!(f, " {}", self.code)?;
        }
        write!(f, ": {}", self.message)
    }
}

/// Calls a second, and how many at once.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    pub per_second: f64,
    pub burst: f64,
}

/// Facts that every declaration may use: `project.number`.
pub type Facts = BTreeMap<String, Value>;

/// A cloud.
#[async_trait]
pub trait Provider: Send + Sync {
    /// The driver of a kind's token, such as `gcp:pubsub/v1:Topic`.
    fn driver(&self, kind: &str) -> Option<&'static dyn Driver>;

    fn refusal(&self, call: &Call, answer: &Answer) -> Refusal;

    /// Whether a refusal comes from this fact, which this run has just made true and not every server has seen: it will
    /// pass by itself.
    fn explains(&self, fact: &Fact, refusal: &Refusal, call: &Call) -> bool;

    fn rate(&self, service: &str) -> Rate;

    /// Reads what [`Expr::Fact`](crate::Expr::Fact) stands for in this program.
    async fn facts(&self, program: &Program, session: &Session) -> Result<Facts, Failure>;

    /// What can be known before apply beyond each resource by itself, such as missing permissions.
    async fn foresee(&self, plan: &Plan, session: &Session) -> Vec<Diagnostic>;
}

/// What never changes about a kind.
#[derive(Debug)]
pub struct KindFacts {
    /// `gcp:pubsub/v1:Topic`.
    pub token: &'static str,
    /// What people call it: `topic`.
    pub noun: &'static str,
    /// The host of its API: `pubsub.googleapis.com`.
    pub service: &'static str,
    pub shape: &'static Message,
    pub rules: &'static [Rule],
    /// The server makes up its id, so that two can exist side by side.
    pub made_id: bool,
    /// What is lost when it is deleted: "what is stored in it". None for what holds nothing of its own.
    pub holds: Option<&'static str>,
    /// The input that lets a deletion take what is in it along: `forceDestroy`.
    pub empties: Option<&'static str>,
    /// It is forgotten, not deleted.
    pub kept: bool,
    /// It lets somebody do something; what needs the right comes after it.
    pub grant: bool,
    /// What its permissions begin with, such as `pubsub.topics`; empty when there is none to check.
    pub permission: &'static str,
    /// It acts with rights of its own or of a service agent, and so comes after the grants on what it names.
    pub acts: bool,
}

/// Where a resource is.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Resolved, with secrets wrapped.
    pub inputs: &'a Value,
    /// The id in the ledger or found live; needed only where the server makes it up.
    pub id: Option<&'a str>,
    /// Ids of other resources: of this kind and ours, so that one that only looks alike is not taken for
    /// this; in [`Driver::foresee`], all that go in the same run.
    pub others: &'a [String],
}

/// What is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Live {
    pub id: String,
    /// In the shape of the kind's inputs, with what only the server knows beside it.
    pub state: Value,
}

/// A change to make in place.
#[derive(Debug)]
pub struct Update<'a> {
    pub at: Place<'a>,
    /// Resolved, with secrets wrapped.
    pub desired: &'a Value,
    /// What was declared last time.
    pub last: Option<&'a Value>,
    pub live: &'a Live,
    pub changes: &'a [Change],
}

/// What a step would do, for [`Driver::foresee`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intention {
    Delete,
    Replace,
}

/// Reads and changes the resources of one kind.
#[async_trait]
pub trait Driver: Send + Sync {
    fn facts(&self) -> &'static KindFacts;

    /// The inputs that say which resource it is; another value is another resource.
    fn identity(&self) -> Vec<&'static str>;

    /// Inputs that steer the driver and are no fields of the API; they are not compared.
    fn ours(&self) -> &'static [&'static str];

    /// What is lost when this one is deleted; a kind may hold something in some forms only, as a table does and a view
    /// does not.
    fn holds(&self, live: &Live) -> Option<&'static str> {
        let _ = live;
        self.facts().holds
    }

    /// Inputs that say where a whole stack is, such as its project: neither compared nor shown.
    fn context(&self) -> &'static [&'static str] {
        &[]
    }

    /// What it is charged for; `None` where nobody has said yet what this kind costs.
    fn bill(&self, of: &Billed<'_>) -> Option<Bill> {
        let _ = of;
        None
    }

    /// The usage that its charges follow.
    fn usage(&self) -> &'static [UsageKey] {
        &[]
    }

    /// The resource's name as other resources refer to it, once its inputs say it.
    fn id(&self, inputs: &Value) -> Option<String>;

    /// `None` when there is no such resource.
    async fn read(&self, session: &Session, at: Place<'_>) -> Result<Option<Live>, Failure>;

    async fn create(&self, session: &Session, at: Place<'_>) -> Result<Live, Failure>;

    async fn update(&self, session: &Session, update: Update<'_>) -> Result<Live, Failure>;

    /// Succeeds when it is gone already.
    async fn delete(&self, session: &Session, at: Place<'_>) -> Result<(), Failure>;

    /// What would stop a step at apply: a bucket that is not empty.
    async fn foresee(
        &self,
        session: &Session,
        at: Place<'_>,
        live: &Live,
        intention: Intention,
    ) -> Vec<String>;
}
