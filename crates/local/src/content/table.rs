//! Contents in the store: short ones in the database, and of long ones the name of their file.

use std::sync::Arc;

use redb::{AccessGuard, ReadableTable, TableDefinition};

use super::{Content, ContentError, ContentFile, INLINE, Location, Stored, Sums, new_name, path};
use crate::store::{StoreError, Transaction, Tx, failed};

/// The names of the files of contents that are too long for the database, by the contents' names.
pub const FILES: TableDefinition<'_, &str, &str> = TableDefinition::new("files");

impl Tx {
    /// The name of the file that the content of this name is in, or will be.
    pub fn file_of(&self, name: &str) -> Result<Option<String>, StoreError> {
        match &self.transaction {
            Transaction::Read(t) => found(&t.open_table(FILES).map_err(failed)?, name),
            Transaction::Write(t) => found(&t.open_table(FILES).map_err(failed)?, name),
        }
    }

    /// The content of this name, in the database or in a file.
    ///
    /// # Errors
    ///
    /// [`ContentError::Missing`] if its file is not there: in a reading transaction one that was committed since may
    /// have removed it.
    pub fn stored(&self, name: &str) -> Result<Option<Stored>, StoreError> {
        match self.file_of(name)? {
            Some(file) => Ok(Some(Stored::open(path(&self.folder, &file), &file)?)),
            None => Ok(self.content(name)?.map(Stored::Bytes)),
        }
    }

    /// Keeps a content under this name: in the database if it is short, else its file.
    pub fn put_stored(&mut self, name: &str, content: &Content) -> Result<(), StoreError> {
        match &content.location {
            Location::Memory(bytes) => self.put_content(name, bytes),
            Location::File(_) if content.length <= INLINE as u64 => {
                let bytes = content.read(INLINE as u64)?;
                self.put_content(name, &bytes)
            }
            Location::File(file) => {
                self.refer(name, file.name())?;
                self.added.push(Arc::clone(file));
                Ok(())
            }
        }
    }

    /// Names the file of a content that is still to come in parts.
    pub fn reserve_file(&mut self, name: &str) -> Result<(), StoreError> {
        self.refer(name, &new_name())
    }

    fn refer(&mut self, name: &str, file: &str) -> Result<(), StoreError> {
        let mut table = self.writing()?.open_table(FILES).map_err(failed)?;
        let before = table.insert(name, file).map_err(failed)?.map(text);
        drop(table);
        self.removed.extend(before);
        Ok(())
    }

    /// A second content of the same bytes as the one of this name, whose checksums the caller knows.
    pub fn duplicate(&self, name: &str, sums: Sums) -> Result<Option<Content>, StoreError> {
        let Some(file) = self.file_of(name)? else {
            let bytes = self.content(name)?;
            return Ok(bytes.map(|it| Content {
                length: it.len() as u64,
                sums,
                location: Location::Memory(it.into()),
            }));
        };
        let copy = ContentFile::duplicate(&self.folder, &file).map_err(ContentError::from)?;
        let length = std::fs::metadata(copy.path()).map_err(ContentError::from)?.len();
        Ok(Some(Content { length, sums, location: Location::File(Arc::new(copy)) }))
    }

    /// Removes a content from the database, and its file after the commit.
    pub fn remove_stored(&mut self, name: &str) -> Result<(), StoreError> {
        let mut table = self.writing()?.open_table(FILES).map_err(failed)?;
        let before = table.remove(name).map_err(failed)?.map(text);
        drop(table);
        match before {
            Some(file) => self.removed.push(file),
            None => self.remove_content(name)?,
        }
        Ok(())
    }
}

fn found(
    table: &impl ReadableTable<&'static str, &'static str>,
    name: &str,
) -> Result<Option<String>, StoreError> {
    Ok(table.get(name).map_err(failed)?.map(text))
}

fn text(it: AccessGuard<'_, &str>) -> String {
    it.value().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::of_bytes;
    use crate::store::Store;

    #[test]
    fn a_file_goes_with_the_transaction_that_no_longer_refers_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let files = || std::fs::read_dir(folder.path().join("contents")).map_or(0, Iterator::count);
        let store = Store::open(Some(folder.path())).unwrap();
        let long = vec![b'x'; INLINE + 1];
        let content = |store: &Store| of_bytes(&store.folder, &long).unwrap();

        // Not committed: the file goes.
        let mut tx = store.write().unwrap();
        tx.put_stored("a", &content(&store)).unwrap();
        drop(tx);
        assert_eq!(files(), 0);

        let mut tx = store.write().unwrap();
        tx.put_stored("a", &content(&store)).unwrap();
        tx.commit().unwrap();
        let reader = store.read().unwrap();
        let open = reader.stored("a").unwrap().unwrap();

        // Removed, but not yet committed: it stays.
        let mut tx = store.write().unwrap();
        tx.remove_stored("a").unwrap();
        assert_eq!(files(), 1);
        drop(tx);
        assert_eq!(files(), 1);

        // From one name to another: it is the same file.
        let mut tx = store.write().unwrap();
        let file = tx.file_of("a").unwrap().unwrap();
        let mut moved = content(&store);
        moved.location = Location::File(Arc::new(ContentFile::existing(&store.folder, &file)));
        tx.put_stored("b", &moved).unwrap();
        tx.remove_stored("a").unwrap();
        tx.commit().unwrap();
        assert_eq!((files(), store.read().unwrap().file_of("b").unwrap()), (1, Some(file)));

        // Another content in its place, and none: what was open can still be read.
        let mut tx = store.write().unwrap();
        tx.put_stored("b", &content(&store)).unwrap();
        tx.commit().unwrap();
        assert_eq!(files(), 1);
        assert_eq!(open.read(u64::MAX).unwrap(), long);
        assert!(matches!(reader.stored("a"), Err(StoreError::Content(ContentError::Missing(_)))));
        store.clear().unwrap();
        assert_eq!(files(), 0);
    }

    #[test]
    fn a_content_of_before_there_were_files_is_read_and_removed() {
        let store = Store::open(None).unwrap();
        let mut tx = store.write().unwrap();
        let long = vec![b'x'; INLINE + 1];
        tx.put_content("a", &long).unwrap();
        let sums = Content::of(long.clone()).sums;
        let copy = tx.duplicate("a", sums).unwrap().unwrap();
        tx.put_stored("b", &copy).unwrap();
        tx.remove_stored("a").unwrap();
        tx.commit().unwrap();
        let tx = store.read().unwrap();
        assert!(tx.stored("a").unwrap().is_none());
        assert_eq!(tx.stored("b").unwrap().unwrap().read(u64::MAX).unwrap(), long);
    }
}
