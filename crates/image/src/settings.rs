//! What an image is made of, and how.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

/// What to build, and what the image says of itself.
#[derive(Clone, Debug, Serialize)]
pub struct Settings {
    /// The package of the workspace that is built.
    pub package: String,
    /// Its binary, which is what the image runs.
    pub bin: String,
    /// The target triple; without one, Linux on this machine's processor: musl if Rust has it and there is a C
    /// compiler for it, else gnu.
    pub target: Option<String>,
    /// When the image says that it was made, and its files too: seconds since 1970. What differs from build
    /// to build has no place in something that should not.
    pub created: u64,
    /// The user and group the binary runs as.
    pub user: u32,
    /// The port it listens on unless `PORT` says otherwise.
    pub port: u16,
    /// Environment variables.
    pub env: BTreeMap<String, String>,
    /// Labels and annotations, above `org.opencontainers.image.*` from the package.
    pub labels: BTreeMap<String, String>,
    /// Files and folders outside of the packages that the binary is built from too, in the workspace.
    pub also: Vec<PathBuf>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            package: "api".to_owned(),
            bin: "data-api".to_owned(),
            target: None,
            created: 0,
            user: 65532,
            port: 8080,
            env: BTreeMap::new(),
            labels: BTreeMap::new(),
            also: Vec::new(),
        }
    }
}

/// The longest name of a binary, so that its path fits a tar header.
const LONGEST: usize = 64;

impl Settings {
    /// What is wrong with them, if something is.
    pub(crate) fn check(&self) -> Result<(), String> {
        let plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.');
        let named = |it: &str| {
            !it.is_empty() && it.len() <= LONGEST && it.chars().all(plain) && !it.starts_with(['.', '-'])
        };
        for (what, name) in [("package", &self.package), ("binary", &self.bin)] {
            if !named(name) {
                return Err(format!("{name:?} is not the name of a {what}"));
            }
        }
        if self.user == 0 {
            return Err("the user is root (0), which no service should be".to_owned());
        }
        if let Some(name) = self.env.keys().find(|it| it.is_empty() || it.contains(['=', '\0'])) {
            return Err(format!("{name:?} is not the name of an environment variable"));
        }
        // Eleven octal digits of a tar header.
        if self.created >= 1 << 33 {
            return Err(format!("{} is not a time in seconds since 1970", self.created));
        }
        Ok(())
    }
}
