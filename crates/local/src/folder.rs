//! Where files are kept that are too big for the store: in the data's folder, or for a while in the system's.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::made_up;

/// A folder that is there when it is asked for.
#[derive(Debug)]
pub struct Folder {
    kept: Option<PathBuf>,
    /// Named at first use, by a cloud that is in memory, and removed with it.
    passing: OnceLock<PathBuf>,
}

impl Folder {
    /// The folder of the data, or one that goes with this value.
    pub fn of(kept: Option<&Path>) -> Folder {
        Folder { kept: kept.map(Path::to_owned), passing: OnceLock::new() }
    }

    fn root(&self) -> &Path {
        match &self.kept {
            Some(kept) => kept,
            None => self.passing.get_or_init(|| {
                let name = format!("local-cloud-{}-{}", std::process::id(), made_up::hex(8));
                std::env::temp_dir().join(name)
            }),
        }
    }

    /// The path of a folder in it, which may not be there yet. It is absolute, for processes that run elsewhere.
    pub fn path(&self, name: &str) -> PathBuf {
        let path = self.root().join(name);
        std::path::absolute(&path).unwrap_or(path)
    }

    /// A folder in it, made if need be.
    pub fn make(&self, name: &str) -> io::Result<PathBuf> {
        let path = self.path(name);
        std::fs::create_dir_all(&path)?;
        Ok(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Some(passing) = self.passing.get() {
            // It may never have been made, and what cannot be removed is the system's to clear.
            let _ = std::fs::remove_dir_all(passing);
        }
    }
}

/// Makes a rename into this folder outlive a loss of power.
pub fn sync(folder: &Path) -> io::Result<()> {
    std::fs::File::open(folder)?.sync_all()
}
