//! The table into which a pipeline writes what it cannot write where it belongs.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::runner::{Worker, table_denied};
use crate::error::Refusal;
use crate::moment;
use crate::request::Request;
use crate::services::bigquery;
use crate::services::pubsub::{AppendError, Message, Row};
use crate::store::Tx;

/// The columns that Google's template gives the table.
fn schema() -> Value {
    json!({"fields": [
        {"name": "timestamp", "type": "TIMESTAMP", "mode": "REQUIRED"},
        {"name": "payloadString", "type": "STRING", "mode": "REQUIRED"},
        {"name": "payloadBytes", "type": "BYTES", "mode": "REQUIRED"},
        {"name": "attributes", "type": "RECORD", "mode": "REPEATED", "fields": [
            {"name": "key", "type": "STRING", "mode": "NULLABLE"},
            {"name": "value", "type": "STRING", "mode": "NULLABLE"}]},
        {"name": "errorMessage", "type": "STRING", "mode": "NULLABLE"},
        {"name": "stacktrace", "type": "STRING", "mode": "NULLABLE"}]})
}

fn row(message: &Message, why: &str, time: &str) -> Row {
    let attributes: Vec<Value> =
        message.attributes.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
    let fields = [
        ("timestamp", json!(time)),
        ("payloadString", json!(String::from_utf8_lossy(&message.data))),
        ("payloadBytes", json!(STANDARD.encode(&message.data))),
        ("attributes", json!(attributes)),
        ("errorMessage", json!(why)),
        // There is no Java here whose stack could be shown.
        ("stacktrace", json!("")),
    ];
    Row {
        insert_id: message.id.to_string(),
        value: fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>(),
    }
}

/// Writes messages with what is wrong with each; makes the table if it is not there.
pub(super) fn write(
    tx: &mut Tx,
    worker: &Worker<'_>,
    table: &str,
    refused: &[(&Message, String)],
) -> Result<(), Refusal> {
    let (dataset, id) = table.split_once("/tables/").unwrap_or((table, ""));
    if tx.get("bigquery/tables", table)?.is_none() {
        worker
            .check_table(tx, "bigquery.tables.create", dataset)
            .map_err(|_| table_denied(table, "bigquery.tables.create"))?;
        let project = table.split('/').nth(1).unwrap_or_default();
        let request = Request::own(
            worker.cloud,
            ("bigquery", "v2"),
            "bigquery.tables.insert",
            &[("projectId", project)],
            worker.cloud.known(project),
            worker.caller.clone(),
        )?;
        bigquery::make_table(tx, &request, dataset, id, json!({"schema": schema()}))?;
    }
    worker.check_table(tx, "bigquery.tables.updateData", table)?;
    let time = moment::text(worker.cloud.clock.now());
    let rows: Vec<Row> = refused.iter().map(|(message, why)| row(message, why, &time)).collect();
    worker.rows()?.append(tx, table, &rows, false, worker.cloud.clock.micros()).map_err(|error| match error {
        AppendError::Table(refusal) => refusal,
        AppendError::Rows(refused) => {
            let why = refused.first().map(|it| it.reason.clone()).unwrap_or_default();
            Refusal::invalid(format!("The table {table} does not take failed records: {why}"))
        }
    })
}
