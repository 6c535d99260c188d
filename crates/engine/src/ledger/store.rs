//! Where a ledger's files are kept, each written only over what its writer has seen.

use std::error::Error;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Component, Path, PathBuf};

use async_trait::async_trait;
use sha2::{Digest, Sha256};

/// What a file held when it was read: a generation, or a hash of the content. Only ever compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version(pub String);

/// What must be there for a write to happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expect {
    Absent,
    Version(Version),
    Any,
}

/// A folder or a bucket. Paths are relative, with `/`: `.pulumi/stacks/events/dev.json`.
#[async_trait]
pub trait Store: Send + Sync {
    /// The content and its version; `None` when there is no such file.
    async fn get(&self, path: &str) -> Result<Option<(Vec<u8>, Version)>, StoreError>;
    /// Durable on return, or [`StoreError::Moved`] when what is there is not what was expected.
    async fn put(&self, path: &str, content: &[u8], expect: Expect) -> Result<Version, StoreError>;
    /// A file that is absent is deleted already.
    async fn delete(&self, path: &str) -> Result<(), StoreError>;
    /// The paths that begin with a prefix, sorted.
    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError>;
    /// The address to name in messages: `file:///home/anna/events`.
    fn place(&self) -> String;
}

/// Why a file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{path} was written by somebody else meanwhile")]
    Moved { path: String },
    #[error("no space is left to write {path}")]
    Full {
        path: String,
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    #[error("not allowed to {action} {path}")]
    Denied {
        action: &'static str,
        path: String,
        /// What whoever refused asks for.
        hint: Option<String>,
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    #[error("cannot {action} {path}")]
    Failed {
        action: &'static str,
        path: String,
        /// What to do about it, where whoever failed knows.
        hint: Option<String>,
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    #[error("{path:?} is not a path within the store")]
    BadPath { path: String },
}

impl StoreError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            StoreError::Moved { .. } => {
                Some("run the command again; it starts from what is there now".to_owned())
            }
            StoreError::Full { .. } => Some("free some space, then run the command again".to_owned()),
            StoreError::Denied { hint: Some(hint), .. } => Some(hint.clone()),
            StoreError::Denied { path, hint: None, .. } => Some(format!("give yourself access to {path}")),
            StoreError::Failed { hint, .. } => hint.clone(),
            StoreError::BadPath { .. } => None,
        }
    }

    fn of(error: io::Error, action: &'static str, path: &Path) -> StoreError {
        let path = path.display().to_string();
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                StoreError::Full { path, source: error.into() }
            }
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                StoreError::Denied { action, path, hint: None, source: error.into() }
            }
            _ => StoreError::Failed { action, path, hint: None, source: error.into() },
        }
    }
}

/// Files in a folder (`file://`). Compare-and-swap holds between processes of one computer.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// `root` is the folder that holds, or will hold, `.pulumi`.
    pub fn new(root: impl Into<PathBuf>) -> Folder {
        let root = root.into();
        Folder { root: std::path::absolute(&root).unwrap_or(root) }
    }

    fn full(&self, path: &str) -> Result<PathBuf, StoreError> {
        let plain = Path::new(path).components().all(|it| matches!(it, Component::Normal(_)));
        if path.is_empty() || !plain {
            return Err(StoreError::BadPath { path: path.to_owned() });
        }
        Ok(self.root.join(path))
    }

    /// Excludes other writers of this folder until the file is dropped.
    fn exclude(&self) -> Result<File, StoreError> {
        let folder = self.root.join(".pulumi");
        fs::create_dir_all(&folder).map_err(|it| StoreError::of(it, "create", &folder))?;
        let path = folder.join(".lock");
        let file = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(false)
            .open(&path)
            .map_err(|it| StoreError::of(it, "write", &path))?;
        file.lock().map_err(|it| StoreError::of(it, "lock", &path))?;
        Ok(file)
    }

    fn put_now(&self, path: &str, content: &[u8], expect: &Expect) -> Result<Version, StoreError> {
        let target = self.full(path)?;
        let _excluded = self.exclude()?;
        let found = read(&target)?.map(|it| version_of(&it));
        let as_expected = match expect {
            Expect::Any => true,
            Expect::Absent => found.is_none(),
            Expect::Version(it) => found.as_ref() == Some(it),
        };
        if !as_expected {
            return Err(StoreError::Moved { path: target.display().to_string() });
        }
        write_durably(&target, content).map_err(|it| StoreError::of(it, "write", &target))?;
        Ok(version_of(content))
    }

    fn delete_now(&self, path: &str) -> Result<(), StoreError> {
        let target = self.full(path)?;
        // Looked at first, so that deleting what is absent needs no right to write.
        if !target.exists() {
            return Ok(());
        }
        let _excluded = self.exclude()?;
        match fs::remove_file(&target) {
            Ok(()) => target
                .parent()
                .map_or(Ok(()), sync_folder)
                .map_err(|it| StoreError::of(it, "delete", &target)),
            Err(it) if it.kind() == ErrorKind::NotFound => Ok(()),
            Err(it) => Err(StoreError::of(it, "delete", &target)),
        }
    }

    fn list_now(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let folder = prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
        let start = if folder.is_empty() { self.root.clone() } else { self.full(folder)? };
        let mut found = Vec::new();
        let mut folders = vec![(start, folder.to_owned())];
        while let Some((folder, name)) = folders.pop() {
            let entries = match fs::read_dir(&folder) {
                Ok(it) => it,
                Err(it) if it.kind() == ErrorKind::NotFound => continue,
                Err(it) => return Err(StoreError::of(it, "list", &folder)),
            };
            for entry in entries {
                let entry = entry.map_err(|it| StoreError::of(it, "list", &folder))?;
                let file = entry.file_name().to_string_lossy().into_owned();
                let path = if name.is_empty() { file.clone() } else { format!("{name}/{file}") };
                let is_folder = entry.file_type().is_ok_and(|it| it.is_dir());
                if is_folder {
                    folders.push((entry.path(), path));
                } else if path.starts_with(prefix) && !is_bookkeeping(&file) {
                    found.push(path);
                }
            }
        }
        found.sort();
        Ok(found)
    }

    async fn elsewhere<T: Send + 'static>(
        &self,
        action: &'static str,
        path: &str,
        work: impl FnOnce(&Folder) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let folder = self.clone();
        match tokio::task::spawn_blocking(move || work(&folder)).await {
            Ok(it) => it,
            Err(it) => {
                Err(StoreError::Failed { action, path: path.to_owned(), hint: None, source: it.into() })
            }
        }
    }
}

#[async_trait]
impl Store for Folder {
    async fn get(&self, path: &str) -> Result<Option<(Vec<u8>, Version)>, StoreError> {
        let name = path.to_owned();
        self.elsewhere("read", path, move |it| {
            let content = read(&it.full(&name)?)?;
            Ok(content.map(|it| {
                let version = version_of(&it);
                (it, version)
            }))
        })
        .await
    }

    async fn put(&self, path: &str, content: &[u8], expect: Expect) -> Result<Version, StoreError> {
        let (name, content) = (path.to_owned(), content.to_owned());
        self.elsewhere("write", path, move |it| it.put_now(&name, &content, &expect)).await
    }

    async fn delete(&self, path: &str) -> Result<(), StoreError> {
        let name = path.to_owned();
        self.elsewhere("delete", path, move |it| it.delete_now(&name)).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let name = prefix.to_owned();
        self.elsewhere("list", prefix, move |it| it.list_now(&name)).await
    }

    fn place(&self) -> String {
        format!("file://{}", self.root.display())
    }
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    match fs::read(path) {
        Ok(it) => Ok(Some(it)),
        Err(it) if it.kind() == ErrorKind::NotFound => Ok(None),
        Err(it) => Err(StoreError::of(it, "read", path)),
    }
}

fn version_of(content: &[u8]) -> Version {
    Version(hex(&Sha256::digest(content)))
}

/// Replaces a file so that whoever reads it, even after a crash, sees all of the old or all of the new.
pub(crate) fn write_durably(target: &Path, content: &[u8]) -> io::Result<()> {
    let (Some(folder), Some(name)) = (target.parent(), target.file_name()) else {
        return Err(ErrorKind::InvalidInput.into());
    };
    create_folders(folder)?;
    // One name for all: the folder's lock keeps writers apart, and what a crash left is overwritten.
    let mut beside = std::ffi::OsString::from(".");
    beside.push(name);
    beside.push(TEMPORARY);
    let beside = folder.join(beside);
    let written = File::create(&beside).and_then(|mut file| {
        // Whoever was kept from reading the old one is kept from the new one.
        if let Ok(old) = fs::metadata(target) {
            file.set_permissions(old.permissions())?;
        }
        file.write_all(content)?;
        file.sync_all()
    });
    if let Err(it) = written.and_then(|()| fs::rename(&beside, target)) {
        // Nothing is lost if this fails too: the next write overwrites it.
        drop(fs::remove_file(&beside));
        return Err(it);
    }
    sync_folder(folder)
}

const TEMPORARY: &str = ".tmp";

fn is_bookkeeping(name: &str) -> bool {
    // Pulumi's file backend keeps `.attrs` beside what it writes.
    (name.starts_with('.') && (name.ends_with(TEMPORARY) || name == ".lock")) || name.ends_with(".attrs")
}

/// Makes a folder and those above it, each durably: a file is only as durable as the way to it.
fn create_folders(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(above) = folder.parent() {
        create_folders(above)?;
        match fs::create_dir(folder) {
            Err(it) if it.kind() != ErrorKind::AlreadyExists => return Err(it),
            Ok(()) | Err(_) => sync_folder(above)?,
        }
    }
    Ok(())
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    // Elsewhere a folder cannot be opened, and a rename is durable by itself.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|it| [DIGITS[usize::from(it >> 4)], DIGITS[usize::from(it & 15)]])
        .map(char::from)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_told_plainly() {
        let error = |kind: ErrorKind| StoreError::of(kind.into(), "write", Path::new("/s/dev.json"));
        let full = error(ErrorKind::StorageFull);
        assert_eq!(full.to_string(), "no space is left to write /s/dev.json");
        assert!(full.hint().unwrap().contains("free some space"));
        let denied = error(ErrorKind::PermissionDenied);
        assert_eq!(denied.to_string(), "not allowed to write /s/dev.json");
        assert!(denied.hint().unwrap().contains("access"));
        assert_eq!(error(ErrorKind::Other).to_string(), "cannot write /s/dev.json");
    }

    #[test]
    fn hex_of_bytes() {
        assert_eq!(hex(&[0, 15, 255]), "000fff");
    }

    #[tokio::test]
    async fn compare_and_swap() {
        let home = tempfile::tempdir().unwrap();
        let store = Folder::new(home.path());
        let path = ".pulumi/stacks/events/dev.json";
        assert!(store.get(path).await.unwrap().is_none());
        let first = store.put(path, b"1", Expect::Absent).await.unwrap();
        assert!(matches!(store.put(path, b"2", Expect::Absent).await, Err(StoreError::Moved { .. })));
        let second = store.put(path, b"2", Expect::Version(first.clone())).await.unwrap();
        assert!(matches!(store.put(path, b"3", Expect::Version(first)).await, Err(StoreError::Moved { .. })));
        assert_eq!(store.get(path).await.unwrap(), Some((b"2".to_vec(), second)));
        assert_eq!(store.list(".pulumi/stacks/").await.unwrap(), [path]);
        assert_eq!(store.list(".pulumi/stacks/events/de").await.unwrap(), [path]);
        assert!(store.list(".pulumi/nothing/").await.unwrap().is_empty());
        store.delete(path).await.unwrap();
        store.delete(path).await.unwrap();
        assert!(store.get(path).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn nothing_outside_the_folder() {
        let store = Folder::new("x");
        for path in ["../secret", "/etc/passwd", "a/../../b", ""] {
            assert!(matches!(store.get(path).await, Err(StoreError::BadPath { .. })), "{path}");
        }
    }
}
