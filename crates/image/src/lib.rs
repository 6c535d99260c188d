//! Container images without Docker: a static binary becomes an OCI image, the same source always the same
//! bytes, and goes to any registry.
//!
//! ```text
//! Source --cargo--> binary --build--> Image --write--> layout folder
//!                                           --push---> registry
//! ```
//!
//! [`Workshop`] ties these together and remembers, so that nothing is built or pushed twice.

mod build;
mod cargo;
mod digest;
mod elf;
mod image;
mod layer;
mod layout;
mod oci;
mod pack;
mod reference;
mod registry;
mod roots;
mod sbom;
mod settings;
mod source;
mod tar;
mod workshop;
mod zip;

pub use build::{BuildError, build, of_programs};
pub use cargo::{Binary, CargoError, Effort};
pub use digest::Digest;
pub use elf::Architecture;
pub use image::{Attachment, Blob, Image};
pub use layout::{Layout, LayoutError};
pub use pack::{Order, Pack, PackError, programs};
pub use reference::{Reference, ReferenceError};
pub use registry::{Event, Login, LoginError, Options, PushError, Pushed, Registry, Tell};
pub use sbom::Sbom;
pub use settings::Settings;
pub use source::{Source, SourceError};
pub use workshop::{Made, Workshop, WorkshopError};
