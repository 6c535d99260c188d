//! An image in memory: a manifest and the blobs it names, and what is attached to it.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Serialize;

use crate::digest::Digest;
use crate::oci::{self, Descriptor, Manifest, Platform};

/// Some bytes, and what they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    pub media_type: String,
    pub digest: Digest,
    pub bytes: Bytes,
}

impl Blob {
    pub fn new(media_type: &str, bytes: impl Into<Bytes>) -> Blob {
        let bytes = bytes.into();
        Blob { media_type: media_type.to_owned(), digest: Digest::of(&bytes), bytes }
    }

    pub(crate) fn json(media_type: &str, value: &impl Serialize) -> Result<Blob, serde_json::Error> {
        Ok(Blob::new(media_type, serde_json::to_vec(value)?))
    }

    /// In bytes.
    pub fn size(&self) -> u64 {
        self.bytes.len() as u64
    }

    pub(crate) fn descriptor(&self) -> Descriptor {
        Descriptor {
            media_type: self.media_type.clone(),
            digest: self.digest.clone(),
            size: self.size(),
            artifact_type: None,
            platform: None,
            annotations: BTreeMap::new(),
        }
    }
}

/// An image, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Its digest is the image's.
    pub manifest: Blob,
    pub config: Blob,
    pub layers: Vec<Blob>,
    /// What refers to the image: its bill of materials.
    pub attached: Vec<Attachment>,
    pub(crate) platform: Option<Platform>,
}

/// Something about an image that stands beside it: an OCI referrer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Its `subject` is the image's manifest.
    pub manifest: Blob,
    /// `application/spdx+json`.
    pub artifact_type: String,
    pub config: Blob,
    pub content: Blob,
}

impl Image {
    /// By which the image is known everywhere.
    pub fn digest(&self) -> &Digest {
        &self.manifest.digest
    }

    /// What a registry has to keep and a machine to fetch, in bytes: layers, config and manifest.
    pub fn size(&self) -> u64 {
        self.layers.iter().chain([&self.config, &self.manifest]).map(Blob::size).sum()
    }

    /// `linux/amd64`.
    pub fn platform(&self) -> Option<String> {
        self.platform.as_ref().map(|it| format!("{}/{}", it.os, it.architecture))
    }

    pub(crate) fn descriptor(&self) -> Descriptor {
        Descriptor { platform: self.platform.clone(), ..self.manifest.descriptor() }
    }

    /// Attaches a document to the image.
    pub(crate) fn attach(&mut self, content: Blob, created: &str) -> Result<(), serde_json::Error> {
        let config = Blob::new(oci::EMPTY, &b"{}"[..]);
        let artifact_type = content.media_type.clone();
        let manifest = Manifest {
            schema_version: 2,
            media_type: oci::MANIFEST.to_owned(),
            artifact_type: Some(artifact_type.clone()),
            config: config.descriptor(),
            layers: vec![content.descriptor()],
            subject: Some(self.manifest.descriptor()),
            annotations: BTreeMap::from([(
                "org.opencontainers.image.created".to_owned(),
                created.to_owned(),
            )]),
        };
        let manifest = Blob::json(oci::MANIFEST, &manifest)?;
        self.attached.push(Attachment { manifest, artifact_type, config, content });
        Ok(())
    }
}

impl Attachment {
    /// As an index of referrers lists it.
    pub(crate) fn descriptor(&self) -> Descriptor {
        Descriptor { artifact_type: Some(self.artifact_type.clone()), ..self.manifest.descriptor() }
    }
}
