//! Keeps messages and who still waits for them, many rows in one commit.

use std::collections::HashSet;

use redb::{ReadableTable, TableDefinition};

use crate::store::{StoreError, Tx, failed};

/// Messages by id.
pub const MESSAGES: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("messages");
/// Who holds which message, and since when it is done with it: 0 as long as it is not.
pub const HOLDS: TableDefinition<'_, (&str, u64), i64> = TableDefinition::new("holds");

/// A change of what is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// A message, encoded.
    Message(u64, Vec<u8>),
    /// A message that nobody holds any more.
    NoMessage(u64),
    /// A holder and a message; the time in microseconds when it was acknowledged, or 0.
    Hold(String, u64, i64),
    /// A holder that needs a message no more.
    NoHold(String, u64),
}

/// What one holder holds: message ids, and when each was acknowledged.
pub type Held = Vec<(u64, i64)>;

impl Tx {
    /// Writes changes.
    pub fn write_rows(&mut self, rows: &[Row]) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        let transaction = self.writing()?;
        let mut messages = transaction.open_table(MESSAGES).map_err(failed)?;
        let mut holds = transaction.open_table(HOLDS).map_err(failed)?;
        for row in rows {
            match row {
                Row::Message(id, bytes) => {
                    messages.insert(*id, bytes.as_slice()).map_err(failed)?;
                }
                Row::NoMessage(id) => {
                    messages.remove(*id).map_err(failed)?;
                }
                Row::Hold(holder, id, acknowledged) => {
                    holds.insert((holder.as_str(), *id), *acknowledged).map_err(failed)?;
                }
                Row::NoHold(holder, id) => {
                    holds.remove((holder.as_str(), *id)).map_err(failed)?;
                }
            }
        }
        Ok(())
    }

    /// Which of these messages a holder is not done with. For a transaction that writes.
    pub fn waiting(
        &self,
        holder: &str,
        ids: impl IntoIterator<Item = u64>,
    ) -> Result<HashSet<u64>, StoreError> {
        let holds = self.writing()?.open_table(HOLDS).map_err(failed)?;
        let mut waiting = HashSet::new();
        for id in ids {
            if holds.get((holder, id)).map_err(failed)?.is_some_and(|it| it.value() == 0) {
                waiting.insert(id);
            }
        }
        Ok(waiting)
    }

    /// Every message, in order of id.
    pub fn messages(&self) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        let transaction = self.reading()?;
        let table = transaction.open_table(MESSAGES).map_err(failed)?;
        let mut all = Vec::new();
        for entry in table.iter().map_err(failed)? {
            let (id, bytes) = entry.map_err(failed)?;
            all.push((id.value(), bytes.value().to_vec()));
        }
        Ok(all)
    }

    /// Everything that is held, by holder.
    pub fn holds(&self) -> Result<Vec<(String, Held)>, StoreError> {
        let transaction = self.reading()?;
        let table = transaction.open_table(HOLDS).map_err(failed)?;
        let mut all: Vec<(String, Held)> = Vec::new();
        for entry in table.iter().map_err(failed)? {
            let (key, acknowledged) = entry.map_err(failed)?;
            let (holder, id) = key.value();
            match all.last_mut() {
                Some((last, held)) if last == holder => held.push((id, acknowledged.value())),
                _ => all.push((holder.to_owned(), vec![(id, acknowledged.value())])),
            }
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[test]
    fn rows_come_and_go() {
        let store = Store::open(None).unwrap();
        let mut tx = store.write().unwrap();
        tx.write_rows(&[
            Row::Message(1, b"one".to_vec()),
            Row::Message(2, b"two".to_vec()),
            Row::Hold("a".to_owned(), 1, 0),
            Row::Hold("b".to_owned(), 1, 7),
            Row::Hold("b".to_owned(), 2, 0),
            Row::NoHold("a".to_owned(), 1),
            Row::NoMessage(2),
        ])
        .unwrap();
        assert_eq!(tx.waiting("b", [1, 2, 3]).unwrap(), HashSet::from([2]));
        tx.commit().unwrap();
        let tx = store.read().unwrap();
        assert_eq!(tx.messages().unwrap(), [(1, b"one".to_vec())]);
        assert_eq!(tx.holds().unwrap(), [("b".to_owned(), vec![(1, 7), (2, 0)])]);
        drop(tx);
        store.clear().unwrap();
        assert!(store.read().unwrap().messages().unwrap().is_empty());
    }
}
