//! Where events come from: the port, and how it can fail.

mod bigquery;
mod reply;

use std::time::Duration;

use async_trait::async_trait;

pub use bigquery::{BigQuery, Options};

use crate::query::{Page, Query};
use crate::trace::Trace;

/// A store of events that answers queries.
#[async_trait]
pub trait Warehouse: Send + Sync {
    /// The events of a query, each once, within the store's own deadline.
    async fn events(&self, query: &Query, trace: Option<&Trace>) -> Result<Page, Failure>;

    /// Whether a query would be answered, found out without paying for one.
    async fn probe(&self) -> Result<(), Failure>;
}

/// Why there is no answer. What it says is for the log; callers are told [`Failure::public`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    #[error("BigQuery did not answer within {0:?}")]
    Deadline(Duration),
    #[error("BigQuery cannot be reached: {0}")]
    Unreachable(String),
    /// It says itself that later is better.
    #[error("BigQuery answered {status} {reason}: {message}")]
    Busy { status: u16, reason: String, message: String, retry_after: Option<Duration> },
    /// Repeating it changes nothing: a missing table, a missing permission, a query that costs too much.
    #[error("BigQuery refused: {status} {reason}: {message}")]
    Refused { status: u16, reason: String, message: String },
    #[error("no usable Google credentials: {0}")]
    Credentials(String),
    #[error("BigQuery's answer is not understood: {0}")]
    Garbled(String),
    #[error("the query was dropped before it ended")]
    Dropped,
    /// It was never sent: too many others wait.
    #[error("too many queries wait; there is room again in {0:?}")]
    Crowded(Duration),
}

impl Failure {
    /// A word for metrics.
    pub fn kind(&self) -> &'static str {
        match self {
            Failure::Deadline(_) => "deadline",
            Failure::Unreachable(_) => "unreachable",
            Failure::Busy { .. } => "busy",
            Failure::Refused { .. } => "refused",
            Failure::Credentials(_) => "credentials",
            Failure::Garbled(_) => "garbled",
            Failure::Dropped => "dropped",
            Failure::Crowded(_) => "crowded",
        }
    }

    /// What callers may know: no project, table or account.
    pub fn public(&self) -> String {
        match self {
            Failure::Deadline(after) => format!("BigQuery did not answer within {} s", after.as_secs_f64()),
            Failure::Unreachable(_) => "BigQuery cannot be reached".to_owned(),
            Failure::Busy { status, .. } => format!("BigQuery is unavailable ({status})"),
            Failure::Refused { status, reason, .. } => {
                let known = reason.chars().all(|it| it.is_ascii_alphanumeric()) && !reason.is_empty();
                let reason = if known { reason.as_str() } else { "see the log" };
                format!("BigQuery refused the query ({status}, {reason})")
            }
            Failure::Credentials(_) => "the service has no usable Google credentials".to_owned(),
            Failure::Garbled(_) => "BigQuery's answer is not understood".to_owned(),
            Failure::Dropped => "the query was dropped".to_owned(),
            Failure::Crowded(_) => "too many other queries are waiting".to_owned(),
        }
    }

    /// When to come back, in whole seconds. A refusal may be mended by then too, so it has a longer one.
    pub fn retry_after(&self) -> Duration {
        match self {
            Failure::Busy { retry_after: Some(after), .. } => (*after).max(Duration::from_secs(1)),
            Failure::Refused { .. } => Duration::from_secs(30),
            Failure::Crowded(after) => *after,
            Failure::Deadline(_)
            | Failure::Unreachable(_)
            | Failure::Busy { retry_after: None, .. }
            | Failure::Credentials(_)
            | Failure::Garbled(_)
            | Failure::Dropped => Duration::from_secs(5),
        }
    }
}
