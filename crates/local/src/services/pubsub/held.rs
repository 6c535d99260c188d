//! What a subscription holds by what is kept, for who writes its messages elsewhere in the same transaction.
//!
//! Memory follows a commit. Whoever took messages from memory and then waited for the store may find that somebody
//! else has written them meanwhile, or that the subscription delivers otherwise by now: only the store tells.

use std::sync::Arc;

use serde_json::Value;

use super::message::Message;
use super::sync::holder;
use crate::queue::Row;
use crate::store::{StoreError, Tx};

/// Those of these messages that nobody is done with.
pub(super) fn still(
    tx: &Tx,
    name: &str,
    document: &Value,
    mut messages: Vec<Arc<Message>>,
) -> Result<Vec<Arc<Message>>, StoreError> {
    let waiting = tx.waiting(&holder(document, name), messages.iter().map(|it| it.id))?;
    messages.retain(|it| waiting.contains(&it.id));
    Ok(messages)
}

/// Notes that messages are done.
pub(super) fn done(
    tx: &mut Tx,
    name: &str,
    document: &Value,
    ids: impl IntoIterator<Item = u64>,
    now: i64,
) -> Result<(), StoreError> {
    let (holder, retains) = (holder(document, name), document["retainAckedMessages"] == true);
    let row = |id| match retains {
        true => Row::Hold(holder.clone(), id, now),
        false => Row::NoHold(holder.clone(), id),
    };
    let rows: Vec<Row> = ids.into_iter().map(row).collect();
    tx.write_rows(&rows)
}
