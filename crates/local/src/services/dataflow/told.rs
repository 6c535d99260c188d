//! What jobs tell of themselves: messages, and how much they have moved.

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::error::Refusal;
use crate::moment;
use crate::request::{Answer, Request};
use crate::resource::{self, Kind};
use crate::store::Tx;

/// Messages are kept under `JOB/messages/N`, in the order in which they were said.
const MESSAGE: Kind = Kind {
    collection: "dataflow/messages",
    list: "jobMessages",
    missing: resource::not_found,
    taken: resource::already_exists,
    show: resource::plain,
    page: 100,
};

const METRICS: &str = "dataflow/metrics";

/// From the least important on.
const IMPORTANCE: [&str; 5] = [
    "JOB_MESSAGE_DEBUG",
    "JOB_MESSAGE_DETAILED",
    "JOB_MESSAGE_BASIC",
    "JOB_MESSAGE_WARNING",
    "JOB_MESSAGE_ERROR",
];

/// Keeps a message of a job.
pub(super) fn say(
    tx: &mut Tx,
    job: &str,
    at: OffsetDateTime,
    importance: &str,
    text: &str,
) -> Result<(), Refusal> {
    let prefix = format!("{job}/messages/");
    let number = tx.all(MESSAGE.collection, &prefix)?.len();
    let message = json!({"id": format!("msg_{number:04}"), "time": moment::text(at), "messageText": text,
        "messageImportance": importance});
    MESSAGE.save(tx, &format!("{prefix}{number:06}"), &message)
}

/// The messages of a job that are as important as asked, and of the time that is asked for.
pub(super) fn list(tx: &Tx, request: &Request<'_>, job: &str) -> Result<Answer, Refusal> {
    let place = |it: &str| IMPORTANCE.iter().position(|known| *known == it).unwrap_or(0);
    let least = place(request.query.get("minimumImportance").unwrap_or_default());
    let bound = |name: &str| request.query.get(name).and_then(moment::parse);
    let (from, to) = (bound("startTime"), bound("endTime"));
    MESSAGE.list_where(tx, request, &format!("{job}/messages/"), |_, it| {
        let at = it["time"].as_str().and_then(moment::parse);
        place(it["messageImportance"].as_str().unwrap_or_default()) >= least
            && from.is_none_or(|from| at.is_some_and(|at| at >= from))
            && to.is_none_or(|to| at.is_some_and(|at| at < to))
    })
}

/// Elements that went through a job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Moved {
    pub written: usize,
    /// Those that went to the table of failures.
    pub failed: usize,
}

/// Adds to what a job has moved, in the transaction that moves it.
pub(super) fn count(tx: &mut Tx, job: &str, moved: Moved) -> Result<(), Refusal> {
    let before = tx.get(METRICS, job)?.unwrap_or_default();
    let sum = |name: &str, more: usize| before[name].as_u64().unwrap_or(0) + more as u64;
    let now = json!({"written": sum("written", moved.written), "failed": sum("failed", moved.failed)});
    Ok(tx.put(METRICS, job, &now)?)
}

/// What a job has moved, as Dataflow counts elements.
pub(super) fn metrics(tx: &Tx, job: &str, time: &Value) -> Result<Vec<Value>, Refusal> {
    let Some(counted) = tx.get(METRICS, job)? else { return Ok(Vec::new()) };
    let number = |name: &str| counted[name].as_u64().unwrap_or(0);
    let all = [
        ("ReadPubSub-out0", number("written") + number("failed")),
        ("WriteSuccessfulRecords-out0", number("written")),
        ("WriteFailedRecords-out0", number("failed")),
    ];
    Ok(all
        .into_iter()
        .map(|(output, count)| {
            json!({"name": {"origin": "dataflow/v1b3", "name": "ElementCount", "context": {"output_user_name": output}},
                "scalar": count, "updateTime": time})
        })
        .collect())
}
