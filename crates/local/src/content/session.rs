//! Uploads in parts: each part is appended to the file of its session as it comes.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedMutexGuard;

use super::{Content, ContentError, ContentFile, Location, Summing, path, sync_folder};
use crate::folder::Folder;

/// How many sessions are remembered at most. One that was forgotten has its file read again.
const MOST: usize = 1024;

/// How far each upload has come. What is here can be found again by reading the sessions' files.
#[derive(Debug, Default)]
pub struct Sessions {
    sessions: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Progress>>>>,
}

impl Sessions {
    /// Waits until nobody else writes the file of this name.
    pub async fn lock(&self, file: &str) -> OwnedMutexGuard<Progress> {
        let progress = {
            let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
            if sessions.len() >= MOST {
                sessions.retain(|_, it| Arc::strong_count(it) > 1);
            }
            Arc::clone(sessions.entry(file.to_owned()).or_default())
        };
        progress.lock_owned().await
    }
}

/// How far one upload has come: the length and the checksums of its file.
#[derive(Debug, Default)]
pub struct Progress {
    /// `None` until the file was looked at.
    summing: Option<Summing>,
}

impl Progress {
    /// How many bytes have come.
    pub fn length(&self) -> u64 {
        self.summing.as_ref().map_or(0, Summing::length)
    }

    /// Looks at what the file has, unless that was done.
    pub fn load(&mut self, folder: &Folder, name: &str) -> Result<(), ContentError> {
        if self.summing.is_none() {
            self.summing = Some(sum(&path(folder, name))?);
        }
        Ok(())
    }

    /// Begins again.
    pub fn clear(&mut self, folder: &Folder, name: &str) -> Result<(), ContentError> {
        if self.length() > 0 {
            open(&path(folder, name))?.set_len(0)?;
        }
        self.summing = Some(Summing::default());
        Ok(())
    }

    /// Adds bytes at the end of the file. They stay if the process is killed; [`Progress::sync`] has them stay if the
    /// machine is.
    pub fn append(&mut self, folder: &Folder, name: &str, bytes: &[u8]) -> Result<(), ContentError> {
        let summing = self.summing.get_or_insert_default();
        folder.make(super::file::FOLDER)?;
        let mut file = open(&path(folder, name))?;
        let length = file.metadata()?.len();
        if length < summing.length() {
            let error = io::Error::new(io::ErrorKind::UnexpectedEof, "the file of an upload was cut off");
            return Err(ContentError::Io(error));
        }
        if length > summing.length() {
            // Left by a write that failed.
            file.set_len(summing.length())?;
        }
        if let Err(error) = file.write_all(bytes) {
            // The file is cut back to the bytes that are counted.
            file.set_len(summing.length())?;
            return Err(error.into());
        }
        summing.update(bytes);
        Ok(())
    }

    /// Makes what has come survive a loss of power.
    pub fn sync(&self, folder: &Folder, name: &str) -> Result<(), ContentError> {
        if self.length() > 0 {
            File::open(path(folder, name))?.sync_all()?;
            sync_folder(folder)?;
        }
        Ok(())
    }

    /// The bytes that have come, as a content. The session keeps its file until a transaction gives it to an object.
    pub fn content(&self, folder: &Arc<Folder>, name: &str) -> Content {
        let summing = self.summing.clone().unwrap_or_default();
        let location = match summing.length() {
            0 => Location::Memory(bytes::Bytes::new()),
            _ => Location::File(Arc::new(ContentFile::existing(folder, name))),
        };
        Content { length: summing.length(), sums: summing.sums(), location }
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}

fn sum(path: &Path) -> io::Result<Summing> {
    let mut summing = Summing::default();
    let mut file = match File::open(path) {
        Ok(file) => file,
        // No part has come yet.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(summing),
        Err(error) => return Err(error),
    };
    let mut buffer = vec![0; 256 << 10];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(summing);
        }
        summing.update(&buffer[..read]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_what_the_file_has() {
        let folder = Arc::new(Folder::of(None));
        let mut progress = Progress::default();
        progress.load(&folder, "a").unwrap();
        progress.append(&folder, "a", b"12345").unwrap();
        progress.append(&folder, "a", b"6789").unwrap();
        progress.sync(&folder, "a").unwrap();
        // What a failed write left behind is not kept.
        open(&path(&folder, "a")).unwrap().write_all(b"torn").unwrap();
        progress.append(&folder, "a", b"").unwrap();
        let mut again = Progress::default();
        again.load(&folder, "a").unwrap();
        for progress in [&progress, &again] {
            let content = progress.content(&folder, "a");
            assert_eq!((content.length, content.sums.crc32c.as_str()), (9, "4waSgw=="));
            assert_eq!(content.read(9).unwrap(), b"123456789"[..]);
        }
        again.clear(&folder, "a").unwrap();
        assert_eq!((again.length(), std::fs::read(path(&folder, "a")).unwrap().len()), (0, 0));
        // A file that is shorter than what was acknowledged is not filled up with anything else.
        assert!(progress.append(&folder, "a", b"x").is_err());
    }
}
