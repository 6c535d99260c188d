//! Facts that one resource makes true for others, and that other servers may not have seen for a while.

use std::fmt;
use std::time::Duration;

use tokio::time::Instant;

/// Something that this run made true.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Fact {
    /// An API was enabled in the project.
    Enabled { service: String },
    /// A member got a role on a resource, which is named as in its path: `projects/p/topics/t`, `b/bucket`.
    Granted { role: String, member: String, resource: String },
    /// An account was made.
    Account { email: String },
    /// A metric was made, as alerts know it.
    Metric { name: String },
    /// A resource was deleted, and its name may be taken for a while.
    Deleted { kind: &'static str, id: String },
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fact::Enabled { service } => write!(f, "the API {service} to be enabled everywhere"),
            Fact::Granted { role, member, resource } => {
                write!(f, "the grant of {role} to {member} on {resource} to take effect")
            }
            Fact::Account { email } => write!(f, "the account {email} to be known everywhere"),
            Fact::Metric { name } => write!(f, "the metric {name} to be known everywhere"),
            Fact::Deleted { id, .. } => write!(f, "the name of the deleted {id} to be free"),
        }
    }
}

/// The facts of one run, with when each became true.
#[derive(Debug, Default)]
pub(crate) struct Fresh {
    facts: Vec<(Fact, Instant)>,
}

impl Fresh {
    pub(crate) fn add(&mut self, fact: Fact) {
        self.facts.retain(|(it, _)| *it != fact);
        self.facts.push((fact, Instant::now()));
    }

    /// Whether this became true within the last while.
    pub(crate) fn has(&self, fact: &Fact, within: Duration) -> bool {
        self.facts.iter().any(|(it, since)| it == fact && since.elapsed() < within)
    }

    /// The youngest fact that explains a refusal, and how long it has been true.
    pub(crate) fn find(
        &self,
        within: Duration,
        explains: impl Fn(&Fact) -> bool,
    ) -> Option<(Fact, Duration)> {
        let young = self.facts.iter().rev().filter(|(_, since)| since.elapsed() < within);
        young.filter(|(it, _)| explains(it)).map(|(it, since)| (it.clone(), since.elapsed())).next()
    }
}

/// A call that waits to be tried again.
#[derive(Debug)]
pub struct Waiting<'a> {
    /// `PUT pubsub.googleapis.com/v1/projects/p/topics/t`.
    pub call: &'a str,
    /// The refusal, or why nothing came back.
    pub why: &'a str,
    /// What must be seen by other servers first; none where a server or the network has a passing fault.
    pub fact: Option<&'a Fact>,
    /// Until the next try.
    pub wait: Duration,
    /// How much longer it is tried at most.
    pub at_most: Duration,
}
