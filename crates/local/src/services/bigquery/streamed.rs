//! The rows that Pub/Sub's subscriptions write into tables.

use super::rows::{AppendError, Appending, Given, Rows};
use crate::services::pubsub;
use crate::store::Tx;

/// Appends what subscriptions bring as `tabledata.insertAll` does what its callers bring.
pub struct Streamed;

impl pubsub::Rows for Streamed {
    fn append(
        &self,
        tx: &mut Tx,
        table: &str,
        rows: &[pubsub::Row],
        ignore_unknown: bool,
        now: i64,
    ) -> Result<(), pubsub::AppendError> {
        let given: Vec<Given> =
            rows.iter().map(|it| (Some(it.insert_id.clone()), it.value.clone())).collect();
        let how = Appending { skip_invalid: false, ignore_unknown };
        Rows::append(tx, table, &given, how, now / 1000).map_err(|error| match error {
            AppendError::Table(refusal) => pubsub::AppendError::Table(refusal),
            AppendError::Rows(errors) => {
                // The others would have fitted: they are not at fault.
                let bad = errors.into_iter().filter(|it| it.reason != "stopped");
                let refused = bad.map(|it| pubsub::RowRefused { index: it.index, reason: it.message });
                pubsub::AppendError::Rows(refused.collect())
            }
        })
    }
}
