//! An OCI image layout: a folder that holds images as files, which skopeo, crane and podman read.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde::de::DeserializeOwned;

use crate::digest::Digest;
use crate::image::{Attachment, Blob, Image};
use crate::oci::{Descriptor, Index, Manifest, REF_NAME};

/// A folder of images.
#[derive(Clone, Debug)]
pub struct Layout {
    folder: PathBuf,
}

/// Why a layout cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    #[error("the disk is full: {} cannot be written", path.display())]
    Full {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{} cannot be {action}", path.display())]
    Io {
        action: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{} is damaged: {what}", path.display())]
    Damaged { path: PathBuf, what: String },
    #[error("{} has no image {tag}", folder.display())]
    NoImage { folder: PathBuf, tag: String },
    #[error("{} is there and is not an image layout", folder.display())]
    NotLayout { folder: PathBuf },
    #[error("the index cannot be written")]
    Json(#[from] serde_json::Error),
}

impl LayoutError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            LayoutError::Full { .. } => Some(
                "free some space (`cargo clean` frees most), or pass --out with a folder on another disk"
                    .to_owned(),
            ),
            LayoutError::Io { .. } | LayoutError::Json(_) => None,
            LayoutError::Damaged { .. } => Some("build it again with --force".to_owned()),
            LayoutError::NoImage { .. } => Some("build it first".to_owned()),
            LayoutError::NotLayout { .. } => {
                Some("name an empty folder, or one that is not there".to_owned())
            }
        }
    }

    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> LayoutError {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => LayoutError::Full { path, source },
            _ => LayoutError::Io { action, path, source },
        }
    }
}

const MARKER: &str = "{\"imageLayoutVersion\":\"1.0.0\"}";

impl Layout {
    pub fn at(folder: impl Into<PathBuf>) -> Layout {
        Layout { folder: folder.into() }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Puts an image under a tag, in place of what was there, and takes away what no image needs any more.
    /// A reader at any instant sees the old image or the new one.
    ///
    /// # Errors
    /// When the folder is something else, or cannot be written.
    pub fn write(&self, image: &Image, tag: &str) -> Result<(), LayoutError> {
        let marker = self.folder.join("oci-layout");
        let foreign = fs::read_dir(&self.folder).is_ok_and(|mut it| it.next().is_some());
        if foreign && !marker.exists() {
            return Err(LayoutError::NotLayout { folder: self.folder.clone() });
        }
        if !marker.exists() {
            put(&marker, MARKER.as_bytes())?;
        }
        // Two who write at once would sweep away what the other has not named yet.
        let lock = File::open(&marker).and_then(|it| it.lock().map(|()| it));
        let _lock = lock.map_err(|it| LayoutError::io("locked", &marker, it))?;
        let mut index = self.index()?;
        for blob in blobs(image) {
            let path = self.blob(&blob.digest);
            if !fs::read(&path).is_ok_and(|it| it == blob.bytes) {
                put(&path, &blob.bytes)?;
            }
        }
        let replaced: BTreeSet<Digest> =
            index.manifests.iter().filter(|it| named(it, tag)).map(|it| it.digest.clone()).collect();
        index.manifests.retain(|it| !named(it, tag));
        // What was attached to an image goes with its last tag.
        let gone = |it: &Digest| !index.manifests.iter().any(|other| other.digest == *it);
        let gone: BTreeSet<Digest> = replaced.into_iter().filter(gone).collect();
        index.manifests.retain(|it| !self.is_about(it, &gone));
        let mut entry = image.descriptor();
        entry.annotations.insert(REF_NAME.to_owned(), tag.to_owned());
        index.manifests.push(entry);
        for it in &image.attached {
            index.manifests.retain(|other| other.digest != it.manifest.digest);
            index.manifests.push(it.descriptor());
        }
        put(&self.folder.join("index.json"), &serde_json::to_vec(&index)?)?;
        self.sweep(&index)
    }

    /// Whether it is attached to one of these.
    fn is_about(&self, entry: &Descriptor, subjects: &BTreeSet<Digest>) -> bool {
        let manifest: Option<Manifest> =
            self.read(&entry.digest).ok().and_then(|it| serde_json::from_slice(&it).ok());
        manifest.and_then(|it| it.subject).is_some_and(|it| subjects.contains(&it.digest))
    }

    /// The image of a tag, each blob checked.
    ///
    /// # Errors
    /// When there is none, or it is not what its digests say.
    pub fn image(&self, tag: &str) -> Result<Image, LayoutError> {
        let index = self.index()?;
        let no_image = || LayoutError::NoImage { folder: self.folder.clone(), tag: tag.to_owned() };
        let entry = index.manifests.iter().find(|it| named(it, tag)).ok_or_else(no_image)?;
        let (manifest, blob) = self.manifest(entry)?;
        let mut image = Image {
            manifest: blob,
            config: self.described(&manifest.config)?,
            layers: manifest.layers.iter().map(|it| self.described(it)).collect::<Result<_, _>>()?,
            attached: Vec::new(),
            platform: entry.platform.clone(),
        };
        for other in index.manifests.iter().filter(|it| it.artifact_type.is_some()) {
            let (manifest, blob) = self.manifest(other)?;
            if manifest.subject.as_ref().is_some_and(|it| it.digest == entry.digest)
                && let [content] = &manifest.layers[..]
            {
                image.attached.push(Attachment {
                    manifest: blob,
                    artifact_type: other.artifact_type.clone().unwrap_or_default(),
                    config: self.described(&manifest.config)?,
                    content: self.described(content)?,
                });
            }
        }
        Ok(image)
    }

    /// The digest that a tag has, if any.
    pub(crate) fn digest(&self, tag: &str) -> Option<Digest> {
        let index = self.index().ok()?;
        index.manifests.iter().find(|it| named(it, tag)).map(|it| it.digest.clone())
    }

    fn index(&self) -> Result<Index, LayoutError> {
        let path = self.folder.join("index.json");
        match fs::read(&path) {
            Ok(bytes) => parse(&path, &bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Index::empty()),
            Err(error) => Err(LayoutError::io("read", &path, error)),
        }
    }

    fn manifest(&self, entry: &Descriptor) -> Result<(Manifest, Blob), LayoutError> {
        let blob = self.described(entry)?;
        Ok((parse(&self.blob(&entry.digest), &blob.bytes)?, blob))
    }

    fn described(&self, it: &Descriptor) -> Result<Blob, LayoutError> {
        let blob = Blob::new(&it.media_type, self.read(&it.digest)?);
        if blob.digest != it.digest {
            let what = format!("its content is {}", blob.digest);
            return Err(LayoutError::Damaged { path: self.blob(&it.digest), what });
        }
        Ok(blob)
    }

    fn read(&self, digest: &Digest) -> Result<Bytes, LayoutError> {
        let path = self.blob(digest);
        fs::read(&path).map(Bytes::from).map_err(|it| match it.kind() {
            io::ErrorKind::NotFound => {
                LayoutError::Damaged { path: path.clone(), what: "it is not there".to_owned() }
            }
            _ => LayoutError::io("read", &path, it),
        })
    }

    fn blob(&self, digest: &Digest) -> PathBuf {
        self.folder.join("blobs").join("sha256").join(digest.hex())
    }

    /// Takes away blobs that nothing in the index leads to.
    fn sweep(&self, index: &Index) -> Result<(), LayoutError> {
        let mut kept: BTreeSet<String> = BTreeSet::new();
        for entry in &index.manifests {
            let (manifest, _) = self.manifest(entry)?;
            let named = manifest.layers.iter().chain([&manifest.config, entry]);
            kept.extend(named.map(|it| it.digest.hex().to_owned()));
        }
        let folder = self.folder.join("blobs").join("sha256");
        for file in fs::read_dir(&folder).map_err(|it| LayoutError::io("read", &folder, it))? {
            let file = file.map_err(|it| LayoutError::io("read", &folder, it))?;
            // A name that begins with a dot is somebody's who is writing just now.
            if !file.file_name().to_str().is_some_and(|it| kept.contains(it) || it.starts_with('.')) {
                // Somebody else may have swept it.
                let _ = fs::remove_file(file.path());
            }
        }
        Ok(())
    }
}

fn named(entry: &Descriptor, tag: &str) -> bool {
    entry.annotations.get(REF_NAME).is_some_and(|it| it == tag)
}

fn parse<T: DeserializeOwned>(path: &Path, bytes: &[u8]) -> Result<T, LayoutError> {
    serde_json::from_slice(bytes)
        .map_err(|it| LayoutError::Damaged { path: path.to_owned(), what: it.to_string() })
}

/// Every blob of an image, those first that others name.
fn blobs(image: &Image) -> impl Iterator<Item = &Blob> {
    let attached = image.attached.iter().flat_map(|it| [&it.content, &it.config, &it.manifest]);
    image.layers.iter().chain([&image.config, &image.manifest]).chain(attached)
}

/// Writes beside, then renames: a file is whole or not there.
pub fn put(path: &Path, bytes: &[u8]) -> Result<(), LayoutError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(|it| LayoutError::io("made", folder, it))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = folder.join(format!(".{name}.{}", std::process::id()));
    let write = || {
        let mut file = File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_data()?;
        fs::rename(&beside, path)
    };
    write().map_err(|error| {
        let _ = fs::remove_file(&beside);
        LayoutError::io("written", path, error)
    })
}
