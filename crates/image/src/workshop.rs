//! `.stack/images`: builds what is not built yet, and remembers what is where.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::build::{self, BuildError};
use crate::cargo::{self, CargoError, Effort};
use crate::digest::Digest;
use crate::image::Image;
use crate::layout::{Layout, LayoutError, put};
use crate::reference::Reference;
use crate::source::{Source, SourceError};

/// A folder of images that were built here, and `state.json`, which says what of.
#[derive(Clone, Debug)]
pub struct Workshop {
    folder: PathBuf,
}

/// An image, and where it is.
#[derive(Clone, Debug)]
pub struct Made {
    pub image: Image,
    pub layout: Layout,
    pub tag: String,
    /// Of what it was built from.
    pub fingerprint: Digest,
    /// Whether it was built now; else it was there.
    pub built: bool,
}

/// Why there is no image.
#[derive(Debug, thiserror::Error)]
pub enum WorkshopError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Cargo(#[from] CargoError),
    #[error(transparent)]
    Build(#[from] BuildError),
    #[error(transparent)]
    Layout(#[from] LayoutError),
    #[error("what was built cannot be noted")]
    Json(#[from] serde_json::Error),
}

impl WorkshopError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            WorkshopError::Source(it) => it.hint(),
            WorkshopError::Cargo(it) => it.hint(),
            WorkshopError::Build(it) => it.hint(),
            WorkshopError::Layout(it) => it.hint(),
            WorkshopError::Json(_) => None,
        }
    }
}

/// `state.json`.
#[derive(Debug, Default, Serialize, Deserialize)]
struct State {
    version: u8,
    /// By package and binary: `api/data-api`.
    images: BTreeMap<String, Known>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Known {
    fingerprint: Digest,
    /// Of its sources alone.
    #[serde(default)]
    revision: Option<Digest>,
    digest: Digest,
    /// The layout's folder.
    layout: PathBuf,
    tag: String,
    /// In bytes.
    size: u64,
    /// The digest that was last pushed, by reference.
    #[serde(default)]
    pushed: BTreeMap<String, Digest>,
}

const VERSION: u8 = 1;

impl Workshop {
    pub fn at(folder: impl Into<PathBuf>) -> Workshop {
        Workshop { folder: folder.into() }
    }

    /// The image of a source as it now is: the one that is there if nothing has changed, else built. `out`
    /// is the layout's folder, if it is not to be one of the workshop's. Takes minutes when it builds, and
    /// tells each line that Cargo says.
    ///
    /// # Errors
    /// When it does not compile, does not make an image, or cannot be written.
    pub fn make(
        &self,
        source: &Source,
        tag: &str,
        out: Option<&Path>,
        force: bool,
        tell: &dyn Fn(&str),
    ) -> Result<Made, WorkshopError> {
        let fingerprint = source.fingerprint()?;
        let layout = Layout::at(out.map_or_else(|| self.folder.join(&source.settings.bin), Path::to_owned));
        let found = if force { None } else { self.known(source, &fingerprint) };
        if let Some(image) = found {
            if layout.digest(tag).as_ref() != Some(image.digest()) {
                layout.write(&image, tag)?;
            }
            return Ok(Made { image, layout, tag: tag.to_owned(), fingerprint, built: false });
        }
        let binary = cargo::build(&source.folder, &source.settings, Effort::Release, tell)?;
        let image = build::build(&binary.bytes, &source.settings, Some(&binary.sbom))?;
        layout.write(&image, tag)?;
        let mut state = self.state();
        let folder = fs::canonicalize(layout.folder()).unwrap_or_else(|_| layout.folder().to_owned());
        let pushed = state.images.remove(&key(source)).map(|it| it.pushed).unwrap_or_default();
        let known = Known {
            fingerprint: fingerprint.clone(),
            revision: Some(source.revision()?),
            digest: image.digest().clone(),
            layout: folder,
            tag: tag.to_owned(),
            size: image.size(),
            pushed,
        };
        state.images.insert(key(source), known);
        self.save(&state)?;
        Ok(Made { image, layout, tag: tag.to_owned(), fingerprint, built: true })
    }

    /// The digest of a source's image if it is built, whole and up to date.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn current(&self, source: &Source) -> Result<Option<Digest>, WorkshopError> {
        let fingerprint = source.fingerprint()?;
        Ok(self.known(source, &fingerprint).map(|it| it.digest().clone()))
    }

    /// The image of a digest, if it was built here and is whole, and the revision of its sources.
    ///
    /// # Errors
    /// When its layout cannot be read.
    pub fn built(&self, digest: &Digest) -> Result<Option<(Image, Option<Digest>)>, WorkshopError> {
        let state = self.state();
        let Some(known) = state.images.values().find(|it| it.digest == *digest) else { return Ok(None) };
        let image = self.layout(known).image(&known.tag)?;
        Ok((image.digest() == digest).then(|| (image, known.revision.clone())))
    }

    /// What was last pushed from here to a reference. The registry may have forgotten it since.
    pub fn pushed(&self, source: &Source, to: &Reference) -> Option<Digest> {
        self.state().images.get(&key(source))?.pushed.get(&to.to_string()).cloned()
    }

    /// Remembers that it was pushed.
    ///
    /// # Errors
    /// When `state.json` cannot be written.
    pub fn note_pushed(&self, source: &Source, to: &Reference, digest: &Digest) -> Result<(), WorkshopError> {
        let mut state = self.state();
        if let Some(known) = state.images.get_mut(&key(source)) {
            known.pushed.insert(to.to_string(), digest.clone());
            self.save(&state)?;
        }
        Ok(())
    }

    /// Where an image is: in this folder by the same name, if the whole of it has come from elsewhere.
    fn layout(&self, known: &Known) -> Layout {
        let own = self.folder.join(known.layout.file_name().unwrap_or_default());
        Layout::at(if known.layout.exists() { &known.layout } else { &own })
    }

    fn known(&self, source: &Source, fingerprint: &Digest) -> Option<Image> {
        let state = self.state();
        let known = state.images.get(&key(source)).filter(|it| it.fingerprint == *fingerprint)?;
        // A damaged or missing layout is as good as none.
        let image = self.layout(known).image(&known.tag).ok()?;
        (*image.digest() == known.digest).then_some(image)
    }

    /// What cannot be read is forgotten: at worst, something is built once more.
    fn state(&self) -> State {
        let read = fs::read(self.folder.join("state.json")).ok();
        let state: Option<State> = read.and_then(|it| serde_json::from_slice(&it).ok());
        state
            .filter(|it| it.version == VERSION)
            .unwrap_or_else(|| State { version: VERSION, ..State::default() })
    }

    fn save(&self, state: &State) -> Result<(), WorkshopError> {
        let mut text = serde_json::to_vec_pretty(state)?;
        text.push(b'\n');
        Ok(put(&self.folder.join("state.json"), &text)?)
    }
}

fn key(source: &Source) -> String {
    format!("{}/{}", source.settings.package, source.settings.bin)
}
