//! Arguments of the commands of `stack ci` that make a release.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub struct CiPack {
    /// What to compile for: x86_64-unknown-linux-musl.
    #[arg(long, value_name = "TRIPLE")]
    pub target: String,
    /// The folder that the archive and its bill of materials are written into.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Which programs, each PACKAGE/BINARY; stack, and the local cloud's where it runs, unless said.
    #[arg(long, env = "STACK_PACK_PROGRAMS", value_name = "LIST", value_delimiter = ',', value_parser = program)]
    pub programs: Vec<(String, String)>,
    /// Do not optimise: for a test of the archive, which takes minutes otherwise.
    #[arg(long, env = "STACK_PACK_QUICK")]
    pub quick: bool,
    /// When the archive says its files were made: seconds since 1970.
    #[arg(long, env = "SOURCE_DATE_EPOCH", default_value_t = 0, value_name = "SECONDS")]
    pub created: u64,
}

#[derive(Debug, Args)]
pub struct CiImage {
    /// REGISTRY/NAME:TAG; each platform's image has this tag with its processor behind it, and TAG is the list of them.
    #[arg(value_name = "REFERENCE")]
    pub to: String,
    /// An archive for Linux that `pack` made, with its bill of materials beside it; one a platform.
    #[arg(long = "archive", value_name = "FILE", required = true, num_args = 1..)]
    pub archives: Vec<PathBuf>,
    /// Speak http to a registry that is not on this machine.
    #[arg(long)]
    pub plain_http: bool,
}

#[derive(Debug, Args)]
pub struct CiSums {
    /// The folder; SHA256SUMS is written into it.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

#[derive(Debug, Args)]
pub struct CiRelease {
    /// The tag, `v` and this program's version; it exists already.
    #[arg(long, value_name = "TAG")]
    pub tag: String,
    /// The changelog: the text of its top section, whose heading is the version, becomes the release's.
    #[arg(long, value_name = "FILE", default_value = "CHANGELOG.md")]
    pub notes_from: PathBuf,
    /// A file of the release, or a folder of them; may be given several times.
    #[arg(long = "asset", value_name = "FILE", required_unless_present = "check")]
    pub assets: Vec<PathBuf>,
    /// Only say whether tag, version and changelog agree; nothing is sent.
    #[arg(long)]
    pub check: bool,
    /// OWNER/NAME; the job's repository unless said.
    #[arg(long, value_name = "OWNER/NAME")]
    pub repo: Option<String>,
}

/// `PACKAGE/BINARY`.
fn program(text: &str) -> Result<(String, String), String> {
    match text.split_once('/') {
        Some((package, bin)) if !package.is_empty() && !bin.is_empty() => {
            Ok((package.to_owned(), bin.to_owned()))
        }
        Some(_) | None => Err(format!("{text:?} is not PACKAGE/BINARY, like stack/stack")),
    }
}
