//! An image in a folder: valid, replaced whole, read back checked.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use image::{Digest, Image, Layout, LayoutError, Sbom, Settings, build};
use serde_json::Value;

fn image(content: u8) -> Image {
    let mut binary = vec![content; 64 + 56 + 100];
    binary[..64].fill(0);
    binary[..6].copy_from_slice(b"\x7fELF\x02\x01");
    binary[18] = 62;
    binary[32] = 64;
    binary[54] = 56;
    binary[56] = 1;
    binary[64..68].copy_from_slice(&[1, 0, 0, 0]);
    build(&binary, &Settings::default(), Some(&Sbom::default())).unwrap()
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn files(folder: &Path) -> BTreeSet<String> {
    let blobs = fs::read_dir(folder.join("blobs/sha256")).unwrap();
    blobs.map(|it| it.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn every_descriptor_is_true() {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::at(folder.path().join("it"));
    layout.write(&image(1), "latest").unwrap();
    let root = layout.folder();
    assert_eq!(json(&root.join("oci-layout"))["imageLayoutVersion"], "1.0.0");
    let index = json(&root.join("index.json"));
    let mut left: Vec<Value> = index["manifests"].as_array().unwrap().clone();
    assert_eq!(left[0]["annotations"]["org.opencontainers.image.ref.name"], "latest");
    assert_eq!(left[0]["platform"], serde_json::json!({ "architecture": "amd64", "os": "linux" }));
    assert_eq!(left[1]["artifactType"], "application/spdx+json");
    let mut seen = BTreeSet::new();
    while let Some(it) = left.pop() {
        let digest = it["digest"].as_str().unwrap();
        let bytes = fs::read(root.join("blobs/sha256").join(&digest[7..])).unwrap();
        assert_eq!(Digest::of(&bytes).as_str(), digest);
        assert_eq!(bytes.len() as u64, it["size"].as_u64().unwrap());
        if it["mediaType"] == "application/vnd.oci.image.manifest.v1+json" && seen.insert(digest.to_owned()) {
            let manifest: Value = serde_json::from_slice(&bytes).unwrap();
            assert_eq!(manifest["mediaType"], it["mediaType"]);
            left.extend(manifest["layers"].as_array().unwrap().clone());
            left.extend([manifest["config"].clone()]);
            left.extend(manifest.get("subject").cloned());
        }
    }
    assert_eq!(layout.image("latest").unwrap(), image(1));
}

#[test]
fn a_new_image_takes_the_place_of_the_old() {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::at(folder.path());
    layout.write(&image(1), "latest").unwrap();
    let before = files(folder.path());
    layout.write(&image(2), "latest").unwrap();
    assert_eq!(files(folder.path()).len(), before.len(), "the old one's blobs are gone");
    assert_eq!(layout.image("latest").unwrap(), image(2));
    // Under another tag both stay, and what they share once.
    layout.write(&image(1), "before").unwrap();
    assert_eq!(layout.image("latest").unwrap(), image(2));
    assert_eq!(layout.image("before").unwrap(), image(1));
    layout.write(&image(1), "before").unwrap();
    layout.write(&image(1), "latest").unwrap();
    assert_eq!(files(folder.path()), before);
    assert_eq!(layout.image("before").unwrap(), layout.image("latest").unwrap());
}

#[test]
fn damage_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::at(folder.path());
    layout.write(&image(1), "latest").unwrap();
    let blob = folder.path().join("blobs/sha256").join(image(1).layers[1].digest.hex());
    fs::write(&blob, b"x").unwrap();
    let error = layout.image("latest").unwrap_err();
    assert!(matches!(error, LayoutError::Damaged { .. }) && error.hint().is_some(), "{error}");
    // Writing it again mends it.
    layout.write(&image(1), "latest").unwrap();
    assert_eq!(layout.image("latest").unwrap(), image(1));
    assert!(matches!(layout.image("other").unwrap_err(), LayoutError::NoImage { .. }));
}

#[test]
fn a_folder_that_holds_something_else_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.txt"), "years of work").unwrap();
    let error = Layout::at(folder.path()).write(&image(1), "latest").unwrap_err();
    assert!(matches!(error, LayoutError::NotLayout { .. }), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
