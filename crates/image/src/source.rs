//! What an image is built from, and its fingerprint: while that stays, nothing has to be built.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::cargo::{CargoError, Compiler, Package, Workspace};
use crate::digest::Digest;
use crate::roots;
use crate::settings::Settings;

/// A package of a workspace, and how an image is made of it.
#[derive(Clone, Debug)]
pub struct Source {
    /// A folder in the workspace.
    pub folder: PathBuf,
    pub settings: Settings,
}

/// Why a fingerprint cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error(transparent)]
    Cargo(#[from] CargoError),
    #[error("{} cannot be read", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the settings cannot be written")]
    Json(#[from] serde_json::Error),
}

impl SourceError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            SourceError::Cargo(it) => it.hint(),
            SourceError::Read { .. } | SourceError::Json(_) => None,
        }
    }
}

/// Raised when an image is made in another way of the same binary.
const RECIPE: &str = "1";
/// What Cargo and rustup read in the workspace's root.
const ROOT_FILES: [&str; 6] = [
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain",
    "rust-toolchain.toml",
    ".cargo/config",
    ".cargo/config.toml",
];
/// Folders of a package that are not built into its binaries.
const APART: [&str; 4] = ["tests", "benches", "examples", "target"];

impl Source {
    /// The digest of everything that decides what the image will be: the sources of the package and of the
    /// packages in the workspace that it depends on, Cargo.lock, the compiler and the settings. Not the time,
    /// and not where the workspace is. What a package takes from outside of its folder, `settings.also` names.
    ///
    /// # Errors
    /// When the workspace cannot be read, or has no such package.
    pub fn fingerprint(&self) -> Result<Digest, SourceError> {
        let compiler = Compiler::of(&self.folder)?;
        let target = compiler.target(&self.settings)?;
        self.digest(&[RECIPE, &compiler.version, &target, &roots::pem()])
    }

    /// The digest of what people write: as [`fingerprint`](Source::fingerprint), without the compiler and the recipe. By it
    /// an image is found that was made of the same sources elsewhere or long ago.
    ///
    /// # Errors
    /// When the workspace cannot be read, or has no such package.
    pub fn revision(&self) -> Result<Digest, SourceError> {
        let compiler = Compiler::of(&self.folder)?;
        self.digest(&[&compiler.target(&self.settings)?])
    }

    /// The digest of these parts, the settings and the sources.
    fn digest(&self, parts: &[&str]) -> Result<Digest, SourceError> {
        let workspace = Workspace::read(&self.folder)?;
        let package = workspace.package(&self.settings)?;
        let root = &workspace.workspace_root;
        let mut files = BTreeSet::new();
        files.extend(ROOT_FILES.iter().map(|it| root.join(it)).filter(|it| it.is_file()));
        for folder in folders(&workspace, package) {
            walk(&folder, true, &mut files)?;
        }
        for path in self.settings.also.iter().map(|it| root.join(it)) {
            if path.is_dir() { walk(&path, false, &mut files)? } else { files.extend([path]) }
        }
        let mut hash = Sha256::new();
        let settings = serde_json::to_vec(&self.settings)?;
        for part in parts {
            add(&mut hash, part.as_bytes());
        }
        add(&mut hash, &settings);
        for path in &files {
            let name = path.strip_prefix(root).unwrap_or(path);
            add(&mut hash, name.as_os_str().as_encoded_bytes());
            add(&mut hash, &content(path)?);
        }
        Ok(Digest::finish(hash))
    }
}

/// With its length, so that no two lists of parts are one text.
fn add(hash: &mut Sha256, part: &[u8]) {
    hash.update((part.len() as u64).to_le_bytes());
    hash.update(part);
}

/// The folders of a package and of all in the workspace that it is built with.
fn folders(workspace: &Workspace, package: &Package) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut left: Vec<PathBuf> = package.manifest_path.parent().map(Path::to_owned).into_iter().collect();
    while let Some(folder) = left.pop() {
        if !found.insert(folder.clone()) {
            continue;
        }
        let manifest = folder.join("Cargo.toml");
        let of = workspace.packages.iter().filter(|it| it.manifest_path == manifest);
        let needed = of.flat_map(|it| &it.dependencies).filter(|it| it.kind.as_deref() != Some("dev"));
        left.extend(needed.filter_map(|it| it.path.clone()));
    }
    found
}

/// Every file of a package: not those of packages within, of hidden folders, and of tests.
fn walk(folder: &Path, top: bool, files: &mut BTreeSet<PathBuf>) -> Result<(), SourceError> {
    let failed = |source| SourceError::Read { path: folder.to_owned(), source };
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let path = entry.path();
        let is_folder = entry.file_type().map_err(failed)?.is_dir();
        let apart = top && APART.contains(&&*name);
        if name.starts_with('.') || (is_folder && (apart || path.join("Cargo.toml").exists())) {
            continue;
        }
        if is_folder {
            walk(&path, false, files)?;
        } else {
            files.insert(path);
        }
    }
    Ok(())
}

/// A link to a folder is where it leads to; all else is what it holds.
fn content(path: &Path) -> Result<Vec<u8>, SourceError> {
    let read = if path.is_dir() {
        fs::read_link(path).map(|it| it.into_os_string().into_encoded_bytes())
    } else {
        fs::read(path)
    };
    read.map_err(|source| SourceError::Read { path: path.to_owned(), source })
}
