//! Programs for people to download: one archive of a target's programs, the same sources always the same bytes, and the bill
//! of materials of what is in it.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder};
use serde_json::Value;

use crate::build::rfc3339;
use crate::cargo::{self, Binary, CargoError, Effort, Workspace};
use crate::digest::Digest;
use crate::sbom::Sbom;
use crate::settings::Settings;
use crate::{tar, zip};

/// What lies beside the programs, from the workspace's root.
const TEXTS: [&str; 2] = ["LICENSE", "README.md"];

/// What to pack.
#[derive(Clone, Debug)]
pub struct Order {
    /// A folder in the workspace.
    pub folder: PathBuf,
    /// The archive is called `NAME-vVERSION-TARGET`, by the version of the first program.
    pub name: String,
    /// Package and binary of each program.
    pub programs: Vec<(String, String)>,
    /// The target triple.
    pub target: String,
    pub effort: Effort,
    /// What the archive says of when its files were made: seconds since 1970.
    pub created: u64,
}

/// An archive, and what is in it.
#[derive(Clone, Debug)]
pub struct Pack {
    /// `stack-v0.1.0-x86_64-unknown-linux-musl.tar.gz`.
    pub file: String,
    pub bytes: Vec<u8>,
    /// SPDX 2.3, about the archive of these bytes.
    pub sbom: Value,
}

/// Why there is no archive.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    #[error(transparent)]
    Cargo(#[from] CargoError),
    #[error("{what}")]
    Settings { what: String },
    #[error("{} cannot be read", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the archive cannot be compressed")]
    Compress(#[from] io::Error),
    #[error("the archive is larger than 4 GiB, which a ZIP archive cannot be")]
    TooLarge,
}

impl PackError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            PackError::Cargo(it) => it.hint(),
            PackError::Settings { .. }
            | PackError::Read { .. }
            | PackError::Compress(_)
            | PackError::TooLarge => None,
        }
    }
}

/// A file of an archive.
pub(crate) struct Entry {
    pub(crate) path: String,
    pub(crate) mode: u32,
    pub(crate) bytes: Vec<u8>,
}

impl Pack {
    /// Builds the programs and packs them. Takes minutes, and tells each line that Cargo says.
    ///
    /// # Errors
    /// When a program does not compile, or the workspace lacks a file that belongs into the archive.
    pub fn make(order: &Order, tell: &dyn Fn(&str)) -> Result<Pack, PackError> {
        let workspace = Workspace::read(&order.folder)?;
        let mut programs = Vec::new();
        for (package, bin) in &order.programs {
            let settings = Settings {
                package: package.clone(),
                bin: bin.clone(),
                target: Some(order.target.clone()),
                created: order.created,
                ..Settings::default()
            };
            settings.check().map_err(|what| PackError::Settings { what })?;
            programs.push((bin.clone(), cargo::build(&order.folder, &settings, order.effort, tell)?));
        }
        let root = programs.first().and_then(|(_, it)| it.sbom.root());
        let version = root.map(|it| it.version.clone()).unwrap_or_default();
        let stem = format!("{}-v{version}-{}", order.name, order.target);
        pack(&stem, order, &programs, texts(&workspace.workspace_root)?)
    }
}

fn texts(root: &Path) -> Result<Vec<(String, Vec<u8>)>, PackError> {
    let read = |name: &str| {
        let path = root.join(name);
        let bytes = std::fs::read(&path).map_err(|source| PackError::Read { path, source })?;
        Ok((name.to_owned(), bytes))
    };
    TEXTS.iter().map(|it| read(it)).collect()
}

/// The archive of programs that are built.
fn pack(
    stem: &str,
    order: &Order,
    programs: &[(String, Binary)],
    texts: Vec<(String, Vec<u8>)>,
) -> Result<Pack, PackError> {
    let is_windows = order.target.contains("windows");
    let suffix = if is_windows { ".exe" } else { "" };
    let program = |(bin, binary): &(String, Binary)| Entry {
        path: format!("{stem}/{bin}{suffix}"),
        mode: 0o755,
        bytes: binary.bytes.clone(),
    };
    let text = |(name, bytes)| Entry { path: format!("{stem}/{name}"), mode: 0o644, bytes };
    let entries: Vec<Entry> = programs.iter().map(program).chain(texts.into_iter().map(text)).collect();
    let (file, bytes) = match is_windows {
        true => (format!("{stem}.zip"), zip::archive(&entries, order.created)?),
        false => (format!("{stem}.tar.gz"), tar_gz(entries, order.created)?),
    };
    let sbom = Sbom::joined(programs.iter().map(|(_, it)| &it.sbom));
    let sbom = sbom.document(&file, &rfc3339(order.created), &Digest::of(&bytes));
    Ok(Pack { file, bytes, sbom })
}

/// The programs of an archive for Linux, by name.
///
/// # Errors
/// When it is no such archive.
pub fn programs(archive: &[u8]) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut found = Vec::new();
    for entry in ::tar::Archive::new(flate2::read::GzDecoder::new(archive)).entries()? {
        let mut entry = entry?;
        let name = entry.path()?.file_name().map(|it| it.to_string_lossy().into_owned());
        let is_program = entry.header().entry_type().is_file() && entry.header().mode()? & 0o111 != 0;
        if let (Some(name), true) = (name, is_program) {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes)?;
            found.push((name, bytes));
        }
    }
    Ok(found)
}

fn tar_gz(entries: Vec<Entry>, created: u64) -> io::Result<Vec<u8>> {
    let mut archive = tar::Archive::default();
    for it in entries {
        archive.file(&it.path, it.mode, it.bytes);
    }
    // Neither a name nor a time in the head: the same files are the same bytes.
    let mut gz = GzBuilder::new().write(Vec::new(), Compression::best());
    gz.write_all(&archive.bytes(created))?;
    gz.finish()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn order(target: &str) -> Order {
        Order {
            folder: PathBuf::new(),
            name: "stack".to_owned(),
            programs: Vec::new(),
            target: target.to_owned(),
            effort: Effort::Quick,
            created: 0,
        }
    }

    fn packed(target: &str) -> Pack {
        let sbom = |name: &str| {
            let tree = format!("0\t{name} v0.1.0 (/w)\n1\tserde v1.0.1\n");
            crate::sbom::read(&tree, &[], "", &std::collections::BTreeMap::new())
        };
        let binary = |name: &str| Binary { bytes: name.repeat(1000).into_bytes(), sbom: sbom(name) };
        let programs = [("stack".to_owned(), binary("stack")), ("other".to_owned(), binary("other"))];
        let texts = vec![("LICENSE".to_owned(), b"free".to_vec())];
        pack(&format!("stack-v1.2.3-{target}"), &order(target), &programs, texts).unwrap()
    }

    fn run(program: &str, args: &[&str], folder: &Path) -> String {
        let output = Command::new(program).args(args).current_dir(folder).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    #[test]
    fn tar_unpacks_what_linux_gets() {
        let pack = packed("x86_64-unknown-linux-musl");
        assert_eq!(pack.file, "stack-v1.2.3-x86_64-unknown-linux-musl.tar.gz");
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(&pack.file), &pack.bytes).unwrap();
        run("tar", &["-xzf", &pack.file], folder.path());
        let inside = folder.path().join("stack-v1.2.3-x86_64-unknown-linux-musl");
        assert_eq!(std::fs::read(inside.join("stack")).unwrap(), "stack".repeat(1000).into_bytes());
        assert_eq!(std::fs::read(inside.join("LICENSE")).unwrap(), b"free");
        assert_eq!(packed("x86_64-unknown-linux-musl").bytes, pack.bytes);
        let names: Vec<String> = programs(&pack.bytes).unwrap().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["other", "stack"]);
    }

    #[test]
    fn others_unzip_what_windows_gets() {
        let pack = packed("x86_64-pc-windows-msvc");
        assert_eq!(pack.file, "stack-v1.2.3-x86_64-pc-windows-msvc.zip");
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(&pack.file), &pack.bytes).unwrap();
        // It checks the sum of each file, too.
        run("python3", &["-m", "zipfile", "-t", &pack.file], folder.path());
        run("python3", &["-m", "zipfile", "-e", &pack.file, "."], folder.path());
        let inside = folder.path().join("stack-v1.2.3-x86_64-pc-windows-msvc");
        assert_eq!(std::fs::read(inside.join("other.exe")).unwrap(), "other".repeat(1000).into_bytes());
        assert!(pack.bytes.len() < 2000, "{} bytes are not compressed", pack.bytes.len());
    }

    #[test]
    fn one_bill_of_materials_describes_every_program() {
        let sbom = packed("x86_64-unknown-linux-musl").sbom;
        let names: Vec<&str> =
            sbom["packages"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["stack", "serde", "other"]);
        let relations = sbom["relationships"].as_array().unwrap();
        let described = relations.iter().filter(|it| it["relationshipType"] == "DESCRIBES");
        let described: Vec<&str> = described.map(|it| it["relatedSpdxElement"].as_str().unwrap()).collect();
        assert_eq!(described, ["SPDXRef-0", "SPDXRef-2"]);
        assert_eq!(sbom["packages"][2]["primaryPackagePurpose"], "APPLICATION");
        assert!(
            relations
                .iter()
                .any(|it| it["spdxElementId"] == "SPDXRef-2" && it["relatedSpdxElement"] == "SPDXRef-1"),
            "{relations:?}"
        );
    }
}
