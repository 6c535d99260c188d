//! Keeps JSON documents and contents in one durable file, by collection and name; long contents as files beside it.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use serde_json::Value;

use crate::content::{self, ContentError, ContentFile, FILES};
use crate::folder::Folder;
use crate::queue::{HOLDS, MESSAGES};

const DOCUMENTS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("documents");
const CONTENTS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("contents");

/// Between a collection and a name: sorts before every character that a name may hold.
const SEPARATOR: char = '\u{0}';

/// Why the data could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{0}")]
    Database(#[source] Box<redb::Error>),
    #[error("its disk is full: free some space, then end it and start it again (`stack local stop`)")]
    Full,
    /// After an error of the disk nothing more is written, so that nothing is written in part.
    #[error(
        "its disk failed before, or was full: see to that, then end it and start it again (`stack local stop`)"
    )]
    Broken,
    #[error("nobody writes any more")]
    Stopped,
    #[error("a document is not JSON")]
    Document(#[from] serde_json::Error),
    #[error("a reading request tried to write")]
    ReadOnly,
    #[error("the folder {path} cannot be made")]
    Folder { path: PathBuf, source: std::io::Error },
    #[error("another process holds the data in {0}")]
    Locked(PathBuf),
    #[error(transparent)]
    Content(#[from] ContentError),
}

/// Turns each of redb's many error types into ours.
pub(crate) fn failed(error: impl Into<redb::Error>) -> StoreError {
    match error.into() {
        redb::Error::Io(why) if is_full(&why) => StoreError::Full,
        redb::Error::PreviousIo => StoreError::Broken,
        error => StoreError::Database(Box::new(error)),
    }
}

/// Whether there is no room for more.
pub(crate) fn is_full(why: &std::io::Error) -> bool {
    use std::io::ErrorKind;
    matches!(why.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

/// The data of one local cloud.
pub struct Store {
    database: Database,
    /// Where files are that are too long for the database.
    pub folder: Arc<Folder>,
}

/// Bytes of the data that are held in memory besides the file. The system caches the file anyway: 128 MiB made no load
/// faster, and stayed after it.
const CACHE: usize = 32 << 20;

impl Store {
    /// Opens the data in a folder, or in memory.
    pub fn open(folder: Option<&Path>) -> Result<Store, StoreError> {
        let database = match folder {
            None => Database::builder()
                .create_with_backend(redb::backends::InMemoryBackend::new())
                .map_err(failed)?,
            Some(folder) => {
                std::fs::create_dir_all(folder)
                    .map_err(|source| StoreError::Folder { path: folder.to_owned(), source })?;
                let path = folder.join("cloud.redb");
                Database::builder().set_cache_size(CACHE).create(path).map_err(|error| match error {
                    redb::DatabaseError::DatabaseAlreadyOpen => StoreError::Locked(folder.to_owned()),
                    other => failed(other),
                })?
            }
        };
        let transaction = database.begin_write().map_err(failed)?;
        transaction.open_table(DOCUMENTS).map_err(failed)?;
        transaction.open_table(CONTENTS).map_err(failed)?;
        transaction.open_table(FILES).map_err(failed)?;
        transaction.open_table(MESSAGES).map_err(failed)?;
        transaction.open_table(HOLDS).map_err(failed)?;
        transaction.commit().map_err(failed)?;
        let store = Store { database, folder: Arc::new(Folder::of(folder)) };
        content::sweep(&store.folder, &store.files()?);
        Ok(store)
    }

    /// The names of all files that contents are in.
    fn files(&self) -> Result<HashSet<String>, StoreError> {
        let transaction = self.database.begin_read().map_err(failed)?;
        let table = transaction.open_table(FILES).map_err(failed)?;
        let mut names = HashSet::new();
        for entry in table.iter().map_err(failed)? {
            names.insert(entry.map_err(failed)?.1.value().to_owned());
        }
        Ok(names)
    }

    fn transaction(&self, transaction: Transaction) -> Tx {
        let folder = Arc::clone(&self.folder);
        Tx { transaction, folder, added: Vec::new(), removed: Vec::new() }
    }

    /// A transaction that sees what was committed before it.
    pub fn read(&self) -> Result<Tx, StoreError> {
        Ok(self.transaction(Transaction::Read(self.database.begin_read().map_err(failed)?)))
    }

    /// A transaction that writes; there is one at a time.
    pub fn write(&self) -> Result<Tx, StoreError> {
        Ok(self.transaction(Transaction::Write(Box::new(self.database.begin_write().map_err(failed)?))))
    }

    /// Empties everything.
    pub fn clear(&self) -> Result<(), StoreError> {
        let transaction = self.database.begin_write().map_err(failed)?;
        let files = self.files()?;
        transaction.delete_table(FILES).map_err(failed)?;
        transaction.open_table(FILES).map_err(failed)?;
        for table in [DOCUMENTS, CONTENTS] {
            transaction.delete_table(table).map_err(failed)?;
            transaction.open_table(table).map_err(failed)?;
        }
        transaction.delete_table(MESSAGES).map_err(failed)?;
        transaction.open_table(MESSAGES).map_err(failed)?;
        transaction.delete_table(HOLDS).map_err(failed)?;
        transaction.open_table(HOLDS).map_err(failed)?;
        transaction.commit().map_err(failed)?;
        // Uploads under way have files too, which are not among these.
        for name in files {
            content::remove(&self.folder, &name);
        }
        Ok(())
    }
}

pub(crate) enum Transaction {
    Read(redb::ReadTransaction),
    Write(Box<redb::WriteTransaction>),
}

/// One transaction: all of it is kept, or nothing.
pub struct Tx {
    pub(crate) transaction: Transaction,
    pub(crate) folder: Arc<Folder>,
    /// Files that the database refers to from this transaction on.
    pub(crate) added: Vec<Arc<ContentFile>>,
    /// The names of files that the database refers to no more, removed after the commit.
    pub(crate) removed: Vec<String>,
}

impl Tx {
    /// Makes the writes durable.
    pub fn commit(self) -> Result<(), StoreError> {
        let Transaction::Write(transaction) = self.transaction else { return Ok(()) };
        // A commit that fails may have reached the disk all the same. A file that nothing refers to is removed at the
        // next start; one that is missing would be lost.
        for file in &self.added {
            file.persist();
        }
        transaction.commit().map_err(failed)?;
        // A file that went from one name to another was both removed and added.
        for name in self.removed.iter().filter(|name| self.added.iter().all(|it| it.name() != *name)) {
            content::remove(&self.folder, name);
        }
        Ok(())
    }

    fn bytes(
        &self,
        table: TableDefinition<'_, &str, &[u8]>,
        key: &str,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let found = match &self.transaction {
            Transaction::Read(t) => {
                t.open_table(table).map_err(failed)?.get(key).map_err(failed)?.map(|it| it.value().to_vec())
            }
            Transaction::Write(t) => {
                t.open_table(table).map_err(failed)?.get(key).map_err(failed)?.map(|it| it.value().to_vec())
            }
        };
        Ok(found)
    }

    pub(crate) fn writing(&self) -> Result<&redb::WriteTransaction, StoreError> {
        match &self.transaction {
            Transaction::Write(transaction) => Ok(transaction),
            Transaction::Read(_) => Err(StoreError::ReadOnly),
        }
    }

    pub(crate) fn reading(&self) -> Result<&redb::ReadTransaction, StoreError> {
        match &self.transaction {
            Transaction::Read(transaction) => Ok(transaction),
            Transaction::Write(_) => Err(StoreError::ReadOnly),
        }
    }

    /// The document of this name.
    pub fn get(&self, collection: &str, name: &str) -> Result<Option<Value>, StoreError> {
        match self.bytes(DOCUMENTS, &key(collection, name))? {
            Some(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
            None => Ok(None),
        }
    }

    /// Keeps a document under this name, in the place of any before.
    pub fn put(&mut self, collection: &str, name: &str, document: &Value) -> Result<(), StoreError> {
        let bytes = serde_json::to_vec(document)?;
        let mut table = self.writing()?.open_table(DOCUMENTS).map_err(failed)?;
        table.insert(key(collection, name).as_str(), bytes.as_slice()).map_err(failed)?;
        Ok(())
    }

    /// Removes a document; says whether there was one.
    pub fn remove(&mut self, collection: &str, name: &str) -> Result<bool, StoreError> {
        let mut table = self.writing()?.open_table(DOCUMENTS).map_err(failed)?;
        let removed = table.remove(key(collection, name).as_str()).map_err(failed)?.is_some();
        Ok(removed)
    }

    /// Documents whose name begins with `prefix` and sorts after `after`, in order of name.
    pub fn scan(
        &self,
        collection: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Value)>, StoreError> {
        match &self.transaction {
            Transaction::Read(t) => {
                scan(&t.open_table(DOCUMENTS).map_err(failed)?, collection, prefix, after, limit)
            }
            Transaction::Write(t) => {
                scan(&t.open_table(DOCUMENTS).map_err(failed)?, collection, prefix, after, limit)
            }
        }
    }

    /// Every document whose name begins with `prefix`.
    pub fn all(&self, collection: &str, prefix: &str) -> Result<Vec<(String, Value)>, StoreError> {
        self.scan(collection, prefix, None, usize::MAX)
    }

    /// How many documents each collection has.
    pub fn counts(&self) -> Result<std::collections::BTreeMap<String, u64>, StoreError> {
        match &self.transaction {
            Transaction::Read(t) => counts(&t.open_table(DOCUMENTS).map_err(failed)?),
            Transaction::Write(t) => counts(&t.open_table(DOCUMENTS).map_err(failed)?),
        }
    }

    /// The content of this name, if it is in the database.
    pub fn content(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.bytes(CONTENTS, name)
    }

    /// Keeps a content under this name in the database.
    pub fn put_content(&mut self, name: &str, content: &[u8]) -> Result<(), StoreError> {
        let mut table = self.writing()?.open_table(CONTENTS).map_err(failed)?;
        table.insert(name, content).map_err(failed)?;
        Ok(())
    }

    /// Removes a content from the database.
    pub fn remove_content(&mut self, name: &str) -> Result<(), StoreError> {
        let mut table = self.writing()?.open_table(CONTENTS).map_err(failed)?;
        table.remove(name).map_err(failed)?;
        Ok(())
    }
}

fn key(collection: &str, name: &str) -> String {
    format!("{collection}{SEPARATOR}{name}")
}

fn scan(
    table: &impl ReadableTable<&'static str, &'static [u8]>,
    collection: &str,
    prefix: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<(String, Value)>, StoreError> {
    let from = match after {
        // The name itself is left out below: a range of redb may not start behind a borrowed key.
        Some(after) if after > prefix => key(collection, after),
        Some(_) | None => key(collection, prefix),
    };
    let wanted = key(collection, prefix);
    let mut found = Vec::new();
    for entry in table.range(from.as_str()..).map_err(failed)? {
        let (name, bytes) = entry.map_err(failed)?;
        if !name.value().starts_with(&wanted) || found.len() >= limit {
            break;
        }
        let name = &name.value()[collection.len() + 1..];
        if after.is_some_and(|after| name <= after) {
            continue;
        }
        found.push((name.to_owned(), serde_json::from_slice(bytes.value())?));
    }
    Ok(found)
}

fn counts(
    table: &impl ReadableTable<&'static str, &'static [u8]>,
) -> Result<std::collections::BTreeMap<String, u64>, StoreError> {
    let mut counts = std::collections::BTreeMap::new();
    for entry in table.iter().map_err(failed)? {
        let (name, _) = entry.map_err(failed)?;
        if let Some((collection, _)) = name.value().split_once(SEPARATOR) {
            *counts.entry(collection.to_owned()).or_insert(0) += 1;
        }
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn scans_by_prefix_and_continues_after_a_name() {
        let store = Store::open(None).unwrap();
        let mut tx = store.write().unwrap();
        for name in ["p/a", "p/b", "p/c", "q/a"] {
            tx.put("things", name, &json!({"name": name})).unwrap();
        }
        tx.put("things-more", "p/z", &json!({})).unwrap();
        tx.commit().unwrap();
        let tx = store.read().unwrap();
        let names = |after, limit| -> Vec<String> {
            tx.scan("things", "p/", after, limit).unwrap().into_iter().map(|it| it.0).collect()
        };
        assert_eq!(names(None, 10), ["p/a", "p/b", "p/c"]);
        assert_eq!(names(Some("p/a"), 1), ["p/b"]);
        assert_eq!(tx.counts().unwrap()["things"], 4);
    }

    #[test]
    fn what_is_not_committed_is_forgotten_and_what_is_survives_reopening() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(Some(folder.path())).unwrap();
        let mut tx = store.write().unwrap();
        tx.put("things", "kept", &json!(1)).unwrap();
        tx.commit().unwrap();
        let mut tx = store.write().unwrap();
        tx.put("things", "lost", &json!(1)).unwrap();
        drop(tx);
        assert!(matches!(Store::open(Some(folder.path())), Err(StoreError::Locked(_))));
        drop(store);
        let store = Store::open(Some(folder.path())).unwrap();
        let tx = store.read().unwrap();
        assert_eq!(tx.get("things", "kept").unwrap(), Some(json!(1)));
        assert_eq!(tx.get("things", "lost").unwrap(), None);
    }
}
