//! The note that a local cloud leaves in its folder: who serves it, and where.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::Path;

use serde::{Deserialize, Serialize};

const FILE: &str = "server.json";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    pub pid: i32,
    pub address: SocketAddr,
}

impl Note {
    /// Writes it into a local cloud's folder.
    ///
    /// # Errors
    ///
    /// When the folder or the file cannot be written.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        fs::write(folder.join(FILE), serde_json::to_string(self)?)
    }

    /// The note in a local cloud's folder, if one can be read there. Whether the process still runs it does not tell.
    pub fn read(folder: &Path) -> Option<Note> {
        serde_json::from_str(&fs::read_to_string(folder.join(FILE)).ok()?).ok()
    }
}
