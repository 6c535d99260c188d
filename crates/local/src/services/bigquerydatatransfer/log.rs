//! What runs say while they are carried out.

use serde_json::{Value, json};

use super::runs;
use crate::error::Refusal;
use crate::request::{Answer, Request};
use crate::resource::{self, Kind};
use crate::store::Tx;

/// Messages are kept under `RUN/transferLogs/N`, in the order in which they were said.
const LOG: Kind = Kind {
    collection: "bigquerydatatransfer/logs",
    list: "transferMessages",
    missing: resource::not_found,
    taken: resource::already_exists,
    show: resource::plain,
    page: 1000,
};

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message {
    severity: &'static str,
    text: String,
}

pub(super) fn info(text: impl Into<String>) -> Message {
    Message { severity: "INFO", text: text.into() }
}

pub(super) fn warning(text: impl Into<String>) -> Message {
    Message { severity: "WARNING", text: text.into() }
}

pub(super) fn error(text: impl Into<String>) -> Message {
    Message { severity: "ERROR", text: text.into() }
}

fn prefix(run: &str) -> String {
    format!("{run}/transferLogs/")
}

/// Keeps messages of a run, which is named by its key.
pub(super) fn say(tx: &mut Tx, run: &str, time: &str, messages: &[Message]) -> Result<(), Refusal> {
    let before = tx.all(LOG.collection, &prefix(run))?.len();
    for (at, message) in messages.iter().enumerate() {
        let document =
            json!({"messageTime": time, "severity": message.severity, "messageText": message.text});
        tx.put(LOG.collection, &format!("{}{:06}", prefix(run), before + at), &document)?;
    }
    Ok(())
}

/// Forgets what a run said.
pub(super) fn forget(tx: &mut Tx, run: &str) -> Result<(), Refusal> {
    for (name, _) in tx.all(LOG.collection, &prefix(run))? {
        tx.remove(LOG.collection, &name)?;
    }
    Ok(())
}

pub(super) fn list(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let (run, _) = runs::find(tx, request, request.name())?;
    let kinds = request.query.all("messageTypes");
    LOG.list_where(tx, request, &prefix(&run), |_, it: &Value| {
        kinds.is_empty() || kinds.iter().any(|kind| it["severity"] == kind.as_str())
    })
}
