//! Files of contents: named at random, referred to by a row of the database, removed when none refers to them.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::folder::{self, Folder};
use crate::made_up;

/// Where content files are in the data folder.
pub(super) const FOLDER: &str = "contents";

/// A name that no other content has and that leads nowhere else: no part of it comes from a request.
pub fn new_name() -> String {
    made_up::hex(40)
}

/// Where the content file of a name is.
pub fn path(folder: &Folder, name: &str) -> PathBuf {
    folder.path(FOLDER).join(name)
}

/// Makes files that were added survive a loss of power.
pub fn sync_folder(folder: &Folder) -> io::Result<()> {
    folder::sync(&folder.path(FOLDER))
}

/// A content file that nothing refers to yet: removed when this is dropped, unless it is kept.
#[derive(Debug)]
pub struct ContentFile {
    folder: Arc<Folder>,
    name: String,
    persists: AtomicBool,
}

impl ContentFile {
    /// A new file, open to be written.
    pub fn create(folder: &Arc<Folder>) -> io::Result<(ContentFile, File)> {
        folder.make(FOLDER)?;
        let it = ContentFile::new(folder, new_name(), false);
        let file = OpenOptions::new().write(true).create_new(true).open(it.path())?;
        Ok((it, file))
    }

    /// The file of a name that a row refers to already.
    pub fn existing(folder: &Arc<Folder>, name: &str) -> ContentFile {
        ContentFile::new(folder, name.to_owned(), true)
    }

    /// A second file of the same content: a hard link, so that no byte is copied and each is removed on its own. Where
    /// the file system has none, or no more, a copy.
    pub fn duplicate(folder: &Arc<Folder>, name: &str) -> io::Result<ContentFile> {
        let from = path(folder, name);
        let it = ContentFile::new(folder, new_name(), false);
        if std::fs::hard_link(&from, it.path()).is_err() {
            std::fs::copy(&from, it.path())?;
            File::open(it.path())?.sync_all()?;
        }
        sync_folder(folder)?;
        Ok(it)
    }

    fn new(folder: &Arc<Folder>, name: String, persists: bool) -> ContentFile {
        ContentFile { folder: Arc::clone(folder), name, persists: AtomicBool::new(persists) }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn path(&self) -> PathBuf {
        path(&self.folder, &self.name)
    }

    /// Leaves the file where it is when this is dropped.
    pub fn persist(&self) {
        self.persists.store(true, Ordering::Relaxed);
    }
}

impl Drop for ContentFile {
    fn drop(&mut self) {
        if !self.persists.load(Ordering::Relaxed) {
            remove(&self.folder, &self.name);
        }
    }
}

/// Removes a content file. One that cannot be removed now is removed at the next start.
pub fn remove(folder: &Folder, name: &str) {
    let _ = std::fs::remove_file(path(folder, name));
}

/// Removes the content files whose names are not among these, as a killed process leaves them.
pub fn sweep(folder: &Folder, referred: &HashSet<String>) {
    let Ok(files) = std::fs::read_dir(folder.path(FOLDER)) else { return };
    for file in files.flatten() {
        if file.file_name().to_str().is_none_or(|it| !referred.contains(it)) {
            // What cannot be removed now is tried again at the next start.
            let _ = std::fs::remove_file(file.path());
        }
    }
}
