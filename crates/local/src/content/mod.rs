//! Contents of objects and uploads: short ones are kept in the database, longer ones as files beside it.

mod file;
pub mod multipart;
mod receive;
mod session;
mod spool;
mod table;

use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use md5::{Digest, Md5};

pub use file::{ContentFile, new_name, path, remove, sweep, sync_folder};
pub use receive::{Destination, Failure, Received, Upload, receive};
pub use session::Sessions;
pub use spool::{Spool, of_bytes};
pub use table::FILES;

use crate::error::{Code, Refusal};
use crate::store::is_full;

/// The most bytes of a content that is in memory while it comes, and then in the database.
pub const INLINE: usize = 1 << 20;

/// Why a content cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    #[error("Upload too large: more than {0} bytes, the most that is taken here.")]
    TooLong(u64),
    #[error("The content has {length} bytes. The local cloud reads at most {most} bytes of it at once.")]
    TooLongToRead { length: u64, most: u64 },
    #[error("The disk of the local cloud is full: free some space and try again.")]
    DiskFull,
    #[error("The file of the content {0} is not in the data folder.")]
    Missing(String),
    #[error("The local cloud could not use a file of its data: {0}")]
    Io(#[source] io::Error),
}

impl From<io::Error> for ContentError {
    fn from(error: io::Error) -> ContentError {
        if is_full(&error) { ContentError::DiskFull } else { ContentError::Io(error) }
    }
}

impl From<&ContentError> for Refusal {
    fn from(error: &ContentError) -> Refusal {
        let code = match error {
            ContentError::TooLong(_) | ContentError::TooLongToRead { .. } => Code::TooLarge,
            ContentError::DiskFull => Code::OutOfSpace,
            ContentError::Missing(_) | ContentError::Io(_) => Code::Internal,
        };
        Refusal::new(code, error.to_string())
    }
}

impl From<ContentError> for Refusal {
    fn from(error: ContentError) -> Refusal {
        Refusal::from(&error)
    }
}

/// The checksums that Cloud Storage shows of an object, in base64.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sums {
    /// CRC32C, big-endian.
    pub crc32c: String,
    pub md5: String,
}

/// Checksums and length of the bytes so far.
#[derive(Clone, Default)]
pub struct Summing {
    length: u64,
    crc32c: u32,
    md5: Md5,
}

impl Summing {
    pub fn update(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        self.crc32c = crc32c::crc32c_append(self.crc32c, bytes);
        self.md5.update(bytes);
    }

    /// How many bytes there were.
    pub fn length(&self) -> u64 {
        self.length
    }

    pub fn sums(&self) -> Sums {
        Sums {
            crc32c: STANDARD.encode(self.crc32c.to_be_bytes()),
            md5: STANDARD.encode(self.md5.clone().finalize()),
        }
    }
}

impl std::fmt::Debug for Summing {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Summing").field("length", &self.length).finish_non_exhaustive()
    }
}

/// Where the bytes of a content are until a transaction keeps them.
#[derive(Clone, Debug)]
pub enum Location {
    Memory(Bytes),
    File(Arc<ContentFile>),
}

/// A complete content. Its file, if it has one, is synced, and is removed with the last clone unless a committed
/// transaction refers to it.
#[derive(Clone, Debug)]
pub struct Content {
    pub length: u64,
    pub sums: Sums,
    pub location: Location,
}

impl Content {
    /// A content of bytes in memory.
    pub fn of(bytes: impl Into<Bytes>) -> Content {
        let bytes = bytes.into();
        let mut summing = Summing::default();
        summing.update(&bytes);
        Content { length: summing.length(), sums: summing.sums(), location: Location::Memory(bytes) }
    }

    /// All of it, in memory.
    ///
    /// # Errors
    ///
    /// If it has more than `most` bytes, and if its file cannot be read.
    pub fn read(&self, most: u64) -> Result<Bytes, ContentError> {
        match &self.location {
            Location::Memory(bytes) if self.length <= most => Ok(bytes.clone()),
            Location::Memory(_) => Err(ContentError::TooLongToRead { length: self.length, most }),
            Location::File(file) => Stored::open(file.path(), file.name())?.read(most).map(Bytes::from),
        }
    }
}

/// A content that is kept, open to be read. A file that is open outlives its removal.
#[derive(Debug)]
pub enum Stored {
    Bytes(Vec<u8>),
    File(std::fs::File, u64),
}

impl Stored {
    /// Opens the file of a content.
    ///
    /// # Errors
    ///
    /// [`ContentError::Missing`] if it is not there.
    pub fn open(path: std::path::PathBuf, name: &str) -> Result<Stored, ContentError> {
        let file = std::fs::File::open(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => ContentError::Missing(name.to_owned()),
            _ => ContentError::from(error),
        })?;
        let length = file.metadata()?.len();
        Ok(Stored::File(file, length))
    }

    pub fn length(&self) -> u64 {
        match self {
            Stored::Bytes(bytes) => bytes.len() as u64,
            Stored::File(_, length) => *length,
        }
    }

    /// All of it, in memory.
    ///
    /// # Errors
    ///
    /// If it has more than `most` bytes, and if its file cannot be read.
    pub fn read(self, most: u64) -> Result<Vec<u8>, ContentError> {
        let length = self.length();
        if length > most {
            return Err(ContentError::TooLongToRead { length, most });
        }
        match self {
            Stored::Bytes(bytes) => Ok(bytes),
            Stored::File(mut file, _) => {
                let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
                file.read_to_end(&mut bytes)?;
                Ok(bytes)
            }
        }
    }

    /// The bytes of the content from an offset on, which must not lie beyond the end.
    pub fn from(self, offset: u64) -> io::Result<Stored> {
        match self {
            Stored::Bytes(mut bytes) => {
                let offset = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
                Ok(Stored::Bytes(bytes.split_off(offset)))
            }
            Stored::File(mut file, length) => {
                file.seek(SeekFrom::Start(offset))?;
                Ok(Stored::File(file, length.saturating_sub(offset)))
            }
        }
    }

    /// A reader of all of it.
    pub fn reader(self) -> Box<dyn Read> {
        match self {
            Stored::Bytes(bytes) => Box::new(Cursor::new(bytes)),
            Stored::File(file, _) => Box::new(file),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_sums() {
        let md5 = |text: &str| Content::of(text.to_owned()).sums.md5;
        assert_eq!(md5(""), "1B2M2Y8AsgTpgAmY7PhCfg==");
        assert_eq!(md5("abc"), "kAFQmDzST7DWlj99KOF/cg==");
        assert_eq!(md5(&"a".repeat(1000)), "yr5F3MmuW2a6hmAMymuLqA==");
        assert_eq!(Content::of(&b"123456789"[..]).sums.crc32c, "4waSgw==");
        let mut parts = Summing::default();
        parts.update(b"1234");
        parts.update(b"56789");
        assert_eq!((parts.length(), parts.sums().crc32c.as_str()), (9, "4waSgw=="));
    }
}
