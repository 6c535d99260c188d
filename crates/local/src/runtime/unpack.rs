//! Unpacks layers into a folder, and nothing outside it.
//!
//! Devices and pipes are left out, owners and setuid bits are not kept, and an absolute link leads to the same
//! place within the folder, since who runs out of it is not chrooted.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};

/// The most that an image may have when unpacked.
const LIMIT: u64 = 16 << 30;

/// The most links that one path may lead through.
const LINKS: usize = 40;

/// Before a name: the layer removes it. As a whole name: it removes all that lower layers have beside it.
const WHITEOUT: &str = ".wh.";
const OPAQUE: &str = ".wh..wh..opq";

/// A folder into which layers are unpacked, one over the other.
pub struct Unpacked {
    root: PathBuf,
    /// Where the folder will stand in the end: what absolute links point into.
    last: PathBuf,
    written: u64,
}

impl Unpacked {
    pub fn new(root: PathBuf, last: PathBuf) -> Unpacked {
        Unpacked { root, last, written: 0 }
    }

    /// Unpacks a layer: a tar, plain or packed by gzip or zstd.
    pub fn layer(&mut self, path: &Path) -> io::Result<()> {
        let mut file = File::open(path)?;
        let mut magic = [0; 4];
        let read = file.read(&mut magic)?;
        file.rewind()?;
        let file = BufReader::new(file);
        match &magic[..read] {
            [0x1f, 0x8b, ..] => self.tar(flate2::bufread::MultiGzDecoder::new(file)),
            [0x28, 0xb5, 0x2f, 0xfd] => self.tar(zstd::Decoder::with_buffer(file)?),
            _ => self.tar(file),
        }
    }

    fn tar(&mut self, reader: impl Read) -> io::Result<()> {
        let mut archive = tar::Archive::new(reader);
        for entry in archive.entries()? {
            self.entry(entry?)?;
        }
        Ok(())
    }

    fn entry(&mut self, mut entry: tar::Entry<'_, impl Read>) -> io::Result<()> {
        let path = entry.path()?.into_owned();
        let kind = entry.header().entry_type();
        let mode = entry.header().mode().unwrap_or(0o644) & 0o777;
        let Some((folder, name)) = self.split(&path)? else { return Ok(()) };
        if let Some(hidden) = name.strip_prefix(WHITEOUT) {
            return match name.as_str() {
                OPAQUE => empty(&folder),
                _ if matches!(hidden, "" | "." | "..") => Err(escapes(&path)),
                _ => remove(&folder.join(hidden)),
            };
        }
        let target = folder.join(&name);
        match kind {
            tar::EntryType::Directory => {
                if !fs::symlink_metadata(&target).is_ok_and(|it| it.is_dir()) {
                    remove(&target)?;
                    fs::create_dir(&target)?;
                }
                // Whoever unpacks must be able to write into it and to remove it.
                fs::set_permissions(&target, fs::Permissions::from_mode(mode | 0o700))
            }
            tar::EntryType::Regular | tar::EntryType::Continuous | tar::EntryType::GNUSparse => {
                remove(&target)?;
                self.file(&mut entry, &target, mode)
            }
            tar::EntryType::Symlink => {
                let link = entry.link_name()?.ok_or_else(|| nowhere(&path))?.into_owned();
                remove(&target)?;
                symlink(self.inside(&folder, &link), &target)
            }
            tar::EntryType::Link => {
                let link = entry.link_name()?.ok_or_else(|| nowhere(&path))?.into_owned();
                let Some((of, name)) = self.split(&link)? else { return Err(nowhere(&path)) };
                let source = of.join(name);
                if source == target {
                    return Ok(());
                }
                remove(&target)?;
                fs::hard_link(&source, &target)
            }
            // Devices, pipes and what later formats may bring.
            _ => Ok(()),
        }
    }

    fn file(&mut self, from: &mut impl Read, target: &Path, mode: u32) -> io::Result<()> {
        let mut file = File::create_new(target)?;
        let left = LIMIT.saturating_sub(self.written);
        let copied = io::copy(&mut from.take(left + 1), &mut file)?;
        self.written += copied;
        if copied > left {
            return Err(io::Error::other(format!("the image has more than {LIMIT} bytes")));
        }
        fs::set_permissions(target, fs::Permissions::from_mode(mode | 0o600))
    }

    /// The real folder that a path's last name is in, made if need be, and that name; `None` for the root.
    fn split(&self, path: &Path) -> io::Result<Option<(PathBuf, String)>> {
        let mut names = Vec::new();
        for component in path.components() {
            match component {
                Component::Normal(name) => names.push(name.to_str().ok_or_else(|| escapes(path))?.to_owned()),
                Component::RootDir | Component::CurDir => {}
                Component::ParentDir | Component::Prefix(_) => return Err(escapes(path)),
            }
        }
        let Some(name) = names.pop() else { return Ok(None) };
        let folder = follow(&self.root, &self.last, &names.join("/"))?;
        if !folder.is_dir() {
            // A file that a lower layer has where this one has a folder gives way.
            remove(&folder)?;
            fs::create_dir_all(&folder)?;
        }
        Ok(Some((folder, name)))
    }

    /// What a link within a folder must say to lead where it would in a container.
    fn inside(&self, folder: &Path, link: &Path) -> PathBuf {
        if let Ok(rest) = link.strip_prefix("/") {
            return self.last.join(clean(rest));
        }
        let depth = folder.strip_prefix(&self.root).map_or(0, |it| it.components().count());
        let ups = link.components().filter(|it| *it == Component::ParentDir).count();
        if ups <= depth {
            return link.to_owned();
        }
        // Above the root of a container is again its root.
        self.last.join(clean(link))
    }
}

/// A path without steps up, as if it began at the root.
fn clean(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => out.push(name),
            Component::ParentDir => {
                out.pop();
            }
            Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
        }
    }
    out
}

/// Where a path within a root leads if links are followed as in a container: never out of it. `last` is where
/// the root will stand, if it does not yet.
pub fn follow(root: &Path, last: &Path, path: &str) -> io::Result<PathBuf> {
    let steps = |path: &str| path.split('/').rev().map(str::to_owned).collect::<Vec<_>>();
    let mut left = steps(path);
    let mut at = PathBuf::new();
    let mut links = 0;
    while let Some(name) = left.pop() {
        match name.as_str() {
            "" | "." => continue,
            ".." => {
                at.pop();
                continue;
            }
            _ => {}
        }
        let Ok(link) = fs::read_link(root.join(&at).join(&name)) else {
            at.push(name);
            continue;
        };
        links += 1;
        if links > LINKS {
            return Err(io::Error::other(format!("{path} leads through too many links")));
        }
        match link.strip_prefix(last).or_else(|_| link.strip_prefix("/")) {
            Ok(rest) => {
                at = PathBuf::new();
                left.extend(steps(&rest.to_string_lossy()));
            }
            Err(_) => left.extend(steps(&link.to_string_lossy())),
        }
    }
    Ok(root.join(at))
}

fn empty(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        remove(&entry?.path())?;
    }
    Ok(())
}

/// Removes whatever is at a path, without following it.
fn remove(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn escapes(path: &Path) -> io::Error {
    io::Error::other(format!("the layer has {}, which is not within it", path.display()))
}

fn nowhere(path: &Path) -> io::Error {
    io::Error::other(format!("the layer has the link {}, which leads nowhere", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tar::EntryType::{Char, Directory, Link, Regular, Symlink};

    type Entry = (tar::EntryType, &'static str, &'static str, &'static str);

    fn append(tar: &mut tar::Builder<Vec<u8>>, (kind, path, link, body): Entry) {
        let mut header = tar::Header::new_ustar();
        // Written by hand, for the crate's own way refuses what an attacker would write.
        header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
        header.as_mut_bytes()[157..157 + link.len()].copy_from_slice(link.as_bytes());
        header.set_entry_type(kind);
        header.set_size(body.len().try_into().unwrap());
        header.set_mode(0o4755);
        header.set_cksum();
        tar.append(&header, body.as_bytes()).unwrap();
    }

    fn unpacked(layers: &[&[Entry]]) -> (tempfile::TempDir, io::Result<()>) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        fs::create_dir(&root).unwrap();
        fs::write(folder.path().join("outside"), "untouched").unwrap();
        let mut unpacked = Unpacked::new(root.clone(), root);
        let mut result = Ok(());
        for layer in layers {
            let mut tar = tar::Builder::new(Vec::new());
            for entry in *layer {
                append(&mut tar, *entry);
            }
            let path = folder.path().join("layer");
            fs::write(&path, tar.into_inner().unwrap()).unwrap();
            result = result.and_then(|()| unpacked.layer(&path));
        }
        assert_eq!(fs::read_to_string(folder.path().join("outside")).unwrap(), "untouched");
        (folder, result)
    }

    #[test]
    fn nothing_is_written_outside() {
        for layer in [
            &[(Regular, "../outside", "", "x")][..],
            &[(Regular, "a/../../outside", "", "x")],
            &[(Symlink, "up", "..", ""), (Regular, "up/../outside", "", "x")],
            &[(Regular, ".wh...", "", "")],
            &[(Link, "hard", "../outside", "")],
        ] {
            assert!(unpacked(&[layer]).1.is_err(), "{layer:?}");
        }
        for layer in [
            &[(Symlink, "up", "..", ""), (Regular, "up/outside", "", "x")][..],
            &[(Symlink, "up", "../outside", ""), (Regular, "up", "", "x")],
            &[(Symlink, "root", "/", ""), (Regular, "root/etc/local-cloud-test", "", "x")],
            &[(Symlink, "a", "../../..", ""), (Symlink, "b", "a/..", ""), (Regular, "b/outside", "", "x")],
        ] {
            unpacked(&[layer]).1.unwrap();
        }
        assert!(!Path::new("/etc/local-cloud-test").exists());
    }

    #[test]
    fn layers_lie_over_each_other() {
        let (folder, result) = unpacked(&[
            &[
                (Directory, "usr/", "", ""),
                (Directory, "usr/bin/", "", ""),
                (Symlink, "bin", "usr/bin", ""),
                (Regular, "gone", "", "1"),
                (Regular, "dir/old", "", "1"),
                (Char, "null", "", ""),
            ],
            &[
                (Regular, "bin/tool", "", "2"),
                (Regular, ".wh.gone", "", ""),
                (Regular, "dir/.wh..wh..opq", "", ""),
                (Regular, "dir/new", "", "2"),
                (Link, "same", "usr/bin/tool", ""),
                (Symlink, "absolute", "/usr/bin/tool", ""),
            ],
        ]);
        result.unwrap();
        let root = folder.path().join("root");
        let read = |path: &str| fs::read_to_string(root.join(path)).ok();
        for path in ["usr/bin/tool", "same", "absolute", "dir/new"] {
            assert_eq!(read(path).as_deref(), Some("2"), "{path}");
        }
        assert_eq!((read("gone"), read("dir/old")), (None, None));
        assert!(!root.join("null").exists());
        let mode = fs::metadata(root.join("usr/bin/tool")).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o755, "setuid is not kept");
    }
}
