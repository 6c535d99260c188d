//! What a run leaves behind: a line of history, the checkpoint as it was then, and a backup.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::store::{Expect, Store};
use super::{LedgerError, out_of_reach};

/// A run that ended.
#[derive(Clone, Debug)]
pub struct Run {
    /// `update`, `destroy`, `refresh`, `import`.
    pub kind: String,
    pub started: OffsetDateTime,
    pub result: RunResult,
    /// How many resources by what was done: `create`, `update`, `delete`, `same`.
    pub changes: BTreeMap<String, usize>,
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RunResult {
    Succeeded,
    Failed,
}

/// Pulumi's form; times in seconds since 1970.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    version: u64,
    kind: &'a str,
    start_time: i64,
    message: &'a str,
    environment: Map<String, Value>,
    config: Map<String, Value>,
    result: RunResult,
    end_time: i64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    resource_changes: &'a BTreeMap<String, usize>,
}

pub(super) async fn write(
    store: &dyn Store,
    project: &str,
    stack: &str,
    run: &Run,
    checkpoint: &[u8],
) -> Result<(), LedgerError> {
    let now = OffsetDateTime::now_utc();
    let line = Line {
        version: 0,
        kind: &run.kind,
        start_time: run.started.unix_timestamp(),
        message: &run.message,
        environment: Map::new(),
        config: Map::new(),
        result: run.result,
        end_time: now.unix_timestamp(),
        resource_changes: &run.changes,
    };
    let line = serde_json::to_vec(&line).map_err(|source| LedgerError::Unspeakable { source })?;
    let stamp = now.unix_timestamp_nanos();
    let history = format!(".pulumi/history/{project}/{stack}/{stack}-{stamp}");
    let paths = (
        format!("{history}.history.json"),
        format!("{history}.checkpoint.json"),
        format!(".pulumi/backups/{project}/{stack}/{stack}.{stamp}.json"),
    );
    tokio::try_join!(
        store.put(&paths.0, &line, Expect::Any),
        store.put(&paths.1, checkpoint, Expect::Any),
        store.put(&paths.2, checkpoint, Expect::Any),
    )
    .map(drop)
    .map_err(|it| out_of_reach(store, it))
}
