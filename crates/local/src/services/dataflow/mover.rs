//! Moves messages into a table: rows, failures and acknowledgements in one transaction.
//!
//! So a kill at any moment leaves a message either waiting or written, never both and never neither.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::jobs::{self, JOB};
use super::runner::{REST, Worker};
use super::{dead, told};
use crate::cloud::Cloud;
use crate::error::Refusal;
use crate::moment;
use crate::services::pubsub::{self, AppendError, Message, Row};
use crate::store::Tx;

/// The most messages that are moved at once.
const MOST: usize = 500;

/// A message as a row: its payload must be a JSON object.
fn row(message: &Message) -> Result<Row, String> {
    let failed = |why: &str| format!("Failed to serialize json to table row: {why}");
    let value: Value = serde_json::from_slice(&message.data).map_err(|error| failed(&error.to_string()))?;
    match value {
        Value::Object(value) => Ok(Row { insert_id: message.id.to_string(), value }),
        other => Err(failed(&format!("{other} is not an object"))),
    }
}

/// What BigQuery said of a row, as the template writes it down.
fn refused(reason: &str) -> String {
    let mut error = Map::new();
    error.insert("index".to_owned(), json!(0));
    error.insert("errors".to_owned(), json!([{"reason": "invalid", "message": reason}]));
    Value::Object(error).to_string()
}

/// Moves what is ready; says whether there may be more.
///
/// # Errors
///
/// Why nothing, or not all of it, could be moved. What could not stays, and is tried again.
pub(super) fn some(cloud: &Cloud, key: &str, pipeline: &Value) -> Result<bool, Refusal> {
    let subscription = pipeline["subscription"].as_str().unwrap_or_default();
    let messages = cloud.pubsub.ready(subscription, MOST).ok_or_else(|| {
        Refusal::not_found(format!("Resource not found (resource={}).", crate::request::last(subscription)))
    })?;
    if messages.is_empty() {
        return Ok(false);
    }
    let worker = Worker::of(cloud, pipeline);
    let mut tx = cloud.store.write()?;
    // It may have been told to stop since.
    let now = moment::millis(cloud.clock.now());
    let runs = JOB.find(&tx, key)?.is_some_and(|it| jobs::state(&it, now).0 == "JOB_STATE_RUNNING");
    if !runs {
        return Ok(false);
    }
    // What it reads may be delivered otherwise since, or have been.
    let messages = pubsub::still_pulled(&tx, subscription, messages)?;
    if messages.is_empty() {
        return Ok(false);
    }
    if pipeline["own"] != true {
        worker.check_messages(&tx, "pubsub.subscriptions.consume", subscription)?;
    }
    let table = pipeline["table"].as_str().unwrap_or_default();
    worker.check_table(&tx, "bigquery.tables.updateData", table)?;
    let (written, failed) = write(&mut tx, &worker, table, &messages)?;
    let mut done = written;
    let mut moved = told::Moved { written: done.len(), failed: 0 };
    let mut trouble = None;
    if !failed.is_empty() {
        let given: Vec<(&Message, String)> =
            failed.iter().map(|(it, why)| (it.as_ref(), why.clone())).collect();
        match dead::write(&mut tx, &worker, pipeline["dead"].as_str().unwrap_or_default(), &given) {
            Ok(()) => {
                moved.failed = failed.len();
                done.extend(failed.iter().map(|(it, _)| it.id));
            }
            // The good ones are moved all the same.
            Err(refusal) => trouble = Some(refusal),
        }
    }
    let micros = cloud.clock.micros();
    if !done.is_empty() {
        pubsub::note_done(&mut tx, subscription, &done, micros)?;
        told::count(&mut tx, key, moved)?;
        tx.commit()?;
        cloud.pubsub.taken(subscription, &done, micros);
    }
    match trouble {
        None => Ok(true),
        Some(refusal) => {
            let waiting: Vec<u64> = failed.iter().map(|(it, _)| it.id).collect();
            cloud.pubsub.put_off(subscription, &waiting, micros.saturating_add(REST));
            Err(refusal)
        }
    }
}

/// Messages that cannot be written, and why.
type Failed = Vec<(Arc<Message>, String)>;

/// Writes those that fit the table; says which were, and which do not fit.
fn write(
    tx: &mut Tx,
    worker: &Worker<'_>,
    table: &str,
    messages: &[Arc<Message>],
) -> Result<(Vec<u64>, Failed), Refusal> {
    let (mut good, mut failed) = (Vec::new(), Vec::new());
    for message in messages {
        match row(message) {
            Ok(row) => good.push((message, row)),
            Err(why) => failed.push((Arc::clone(message), why)),
        }
    }
    let rows = worker.rows()?;
    while !good.is_empty() {
        let given: Vec<Row> = good.iter().map(|(_, row)| row.clone()).collect();
        match rows.append(tx, table, &given, false, worker.cloud.clock.micros()) {
            Ok(()) => break,
            Err(AppendError::Table(refusal)) => return Err(refusal),
            Err(AppendError::Rows(bad)) => {
                let mut left = Vec::new();
                for (at, (message, row)) in good.into_iter().enumerate() {
                    match bad.iter().find(|it| it.index == at) {
                        Some(it) => failed.push((Arc::clone(message), refused(&it.reason))),
                        None => left.push((message, row)),
                    }
                }
                if left.len() == given.len() {
                    return Err(Refusal::internal("Rows were refused without saying which."));
                }
                good = left;
            }
        }
    }
    Ok((good.iter().map(|(it, _)| it.id).collect(), failed))
}
