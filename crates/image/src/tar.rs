//! Writes a tar archive that depends on nothing but what is put in: POSIX ustar, sorted, one time for all.

use std::collections::BTreeMap;

/// What is at a path.
pub enum Entry {
    Folder { mode: u32, owner: u32 },
    File { mode: u32, owner: u32, bytes: Vec<u8> },
}

/// Entries by path, without a leading `/`, and a folder's without a trailing one.
#[derive(Default)]
pub struct Archive(BTreeMap<String, Entry>);

const BLOCK: usize = 512;

impl Archive {
    /// A file of root's, and the folders it is in.
    pub fn file(&mut self, path: &str, mode: u32, bytes: Vec<u8>) {
        for (at, _) in path.match_indices('/') {
            self.0.entry(path[..at].to_owned()).or_insert(Entry::Folder { mode: 0o755, owner: 0 });
        }
        self.0.insert(path.to_owned(), Entry::File { mode, owner: 0, bytes });
    }

    pub fn folder(&mut self, path: &str, mode: u32, owner: u32) {
        for (at, _) in path.match_indices('/') {
            self.0.entry(path[..at].to_owned()).or_insert(Entry::Folder { mode: 0o755, owner: 0 });
        }
        self.0.insert(path.to_owned(), Entry::Folder { mode, owner });
    }

    /// The archive. `time` in seconds since 1970.
    pub fn bytes(&self, time: u64) -> Vec<u8> {
        let mut out = Vec::new();
        for (path, entry) in &self.0 {
            match entry {
                Entry::Folder { mode, owner } => {
                    out.extend(header(&format!("{path}/"), *mode, *owner, 0, time, b'5'));
                }
                Entry::File { mode, owner, bytes } => {
                    out.extend(header(path, *mode, *owner, bytes.len(), time, b'0'));
                    out.extend(bytes);
                    out.resize(out.len().next_multiple_of(BLOCK), 0);
                }
            }
        }
        // The end is two empty blocks.
        out.resize(out.len() + 2 * BLOCK, 0);
        out
    }
}

/// A name of up to 100 bytes, which `Settings::check` sees to; a size of up to 8 GiB.
fn header(path: &str, mode: u32, owner: u32, size: usize, time: u64, kind: u8) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let mut put = |at: usize, text: &str| block[at..at + text.len()].copy_from_slice(text.as_bytes());
    put(0, &path[..path.len().min(100)]);
    put(100, &format!("{mode:07o}"));
    put(108, &format!("{owner:07o}"));
    put(116, &format!("{owner:07o}"));
    put(124, &format!("{size:011o}"));
    put(136, &format!("{time:011o}"));
    // The sum is made as if it were spaces itself.
    put(148, "        ");
    put(257, "ustar");
    put(263, "00");
    block[156] = kind;
    let sum: u32 = block.iter().map(|it| u32::from(*it)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tar_reads_it() {
        let mut archive = Archive::default();
        archive.file("usr/bin/hello", 0o755, b"hi".to_vec());
        archive.folder("home/me", 0o750, 65532);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("it.tar");
        std::fs::write(&file, archive.bytes(86_400)).unwrap();
        let listing = std::process::Command::new("tar")
            .args(["--utc", "--full-time", "--numeric-owner", "-tvf"])
            .arg(&file)
            .output()
            .unwrap();
        let text = String::from_utf8(listing.stdout).unwrap();
        let lines: Vec<String> =
            text.lines().map(|it| it.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(
            lines,
            [
                "drwxr-xr-x 0/0 0 1970-01-02 00:00:00 home/",
                "drwxr-x--- 65532/65532 0 1970-01-02 00:00:00 home/me/",
                "drwxr-xr-x 0/0 0 1970-01-02 00:00:00 usr/",
                "drwxr-xr-x 0/0 0 1970-01-02 00:00:00 usr/bin/",
                "-rwxr-xr-x 0/0 2 1970-01-02 00:00:00 usr/bin/hello",
            ],
            "{}",
            String::from_utf8_lossy(&listing.stderr)
        );
    }
}
