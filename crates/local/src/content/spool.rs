//! Takes bytes of unknown number: the first in memory, and from [`INLINE`] on all of them in a file.

use std::fs::File;
use std::io::{Read, Write};
use std::sync::Arc;

use bytes::Bytes;

use super::{Content, ContentError, ContentFile, INLINE, Location, Stored, Summing, sync_folder};
use crate::folder::Folder;

/// How many bytes are copied at once.
const CHUNK: usize = 256 << 10;

/// A content that is being written. Dropped before it is finished, it leaves nothing.
#[derive(Debug)]
pub struct Spool {
    folder: Arc<Folder>,
    /// The most bytes that it may have.
    most: u64,
    summing: Summing,
    memory: Vec<u8>,
    file: Option<(ContentFile, File)>,
}

impl Spool {
    /// A spool of at most so many bytes.
    pub fn new(folder: &Arc<Folder>, most: u64) -> Spool {
        Spool {
            folder: Arc::clone(folder),
            most,
            summing: Summing::default(),
            memory: Vec::new(),
            file: None,
        }
    }

    /// How many bytes of it are in memory.
    pub fn in_memory(&self) -> usize {
        self.memory.len()
    }

    /// Adds bytes at the end.
    ///
    /// # Errors
    ///
    /// If there are too many, and if the disk refuses them.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), ContentError> {
        if self.summing.length() + bytes.len() as u64 > self.most {
            return Err(ContentError::TooLong(self.most));
        }
        if self.file.is_none() && self.memory.len() + bytes.len() > INLINE {
            let (path, mut file) = ContentFile::create(&self.folder)?;
            file.write_all(&self.memory)?;
            self.memory = Vec::new();
            self.file = Some((path, file));
        }
        match &mut self.file {
            Some((_, file)) => file.write_all(bytes)?,
            None => self.memory.extend_from_slice(bytes),
        }
        self.summing.update(bytes);
        Ok(())
    }

    /// Adds all of a stored content at the end.
    ///
    /// # Errors
    ///
    /// As [`Spool::write`], and if the content cannot be read.
    pub fn write_stored(&mut self, content: Stored) -> Result<(), ContentError> {
        let mut reader = content.reader();
        let mut buffer = vec![0; CHUNK];
        loop {
            let read = reader.read(&mut buffer)?;
            if read == 0 {
                return Ok(());
            }
            self.write(&buffer[..read])?;
        }
    }

    /// The content, synced to the disk if it is a file.
    ///
    /// # Errors
    ///
    /// If the disk refuses it.
    pub fn finish(self) -> Result<Content, ContentError> {
        let location = match self.file {
            None => Location::Memory(Bytes::from(self.memory)),
            Some((path, file)) => {
                file.sync_all()?;
                sync_folder(&self.folder)?;
                Location::File(Arc::new(path))
            }
        };
        Ok(Content { length: self.summing.length(), sums: self.summing.sums(), location })
    }
}

/// Bytes as a content: in memory if they are few, else in a file.
///
/// # Errors
///
/// As [`Spool::write`].
pub fn of_bytes(folder: &Arc<Folder>, bytes: &[u8]) -> Result<Content, ContentError> {
    let mut spool = Spool::new(folder, u64::MAX);
    spool.write(bytes)?;
    spool.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(folder: &Folder) -> usize {
        std::fs::read_dir(folder.path("contents")).map_or(0, Iterator::count)
    }

    #[test]
    fn few_bytes_stay_in_memory_and_many_are_a_file_that_goes_unless_it_is_kept() {
        let folder = Arc::new(Folder::of(None));
        let small = of_bytes(&folder, &vec![b'x'; INLINE]).unwrap();
        assert!(matches!(small.location, Location::Memory(_)));
        assert_eq!(files(&folder), 0);
        let mut spool = Spool::new(&folder, u64::MAX);
        spool.write(&vec![b'x'; INLINE]).unwrap();
        spool.write(b"y").unwrap();
        assert_eq!(files(&folder), 1);
        let content = spool.finish().unwrap();
        let whole = [vec![b'x'; INLINE], b"y".to_vec()].concat();
        assert_eq!(content.sums, Content::of(whole.clone()).sums);
        assert_eq!(content.read(u64::MAX).unwrap(), whole);
        assert!(matches!(content.read(100), Err(ContentError::TooLongToRead { most: 100, .. })));
        let Location::File(file) = &content.location else { panic!("it is a file") };
        let twin = ContentFile::duplicate(&folder, file.name()).unwrap();
        assert_eq!(files(&folder), 2);
        drop(content);
        assert_eq!(std::fs::read(twin.path()).unwrap(), whole);
        twin.persist();
        drop(twin);
        assert_eq!(files(&folder), 1);
    }

    #[test]
    fn a_content_that_is_too_long_or_is_not_finished_leaves_nothing() {
        let folder = Arc::new(Folder::of(None));
        let mut spool = Spool::new(&folder, 2 << 20);
        spool.write(&vec![b'x'; 2 << 20]).unwrap();
        assert!(matches!(spool.write(b"y"), Err(ContentError::TooLong(_))));
        assert_eq!(files(&folder), 1);
        drop(spool);
        assert_eq!(files(&folder), 0);
    }
}
