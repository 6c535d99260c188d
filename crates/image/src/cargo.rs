//! Asks Cargo: what a workspace holds, which target there is, and for the binary.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::Value;

use crate::sbom::{self, Sbom};
use crate::settings::Settings;

/// A binary that Cargo built, and what it is made of.
#[derive(Clone, Debug)]
pub struct Binary {
    pub bytes: Vec<u8>,
    pub sbom: Sbom,
}

/// Why there is no binary.
#[derive(Debug, thiserror::Error)]
pub enum CargoError {
    #[error("{tool} is not installed")]
    Missing { tool: &'static str },
    #[error("{tool} cannot be run")]
    Run {
        tool: &'static str,
        #[source]
        source: io::Error,
    },
    #[error("the disk filled up while {package} was built")]
    Full { package: String },
    #[error("`{command}` failed: {said}")]
    Failed { command: String, said: String },
    #[error("Rust cannot build for {target} here: its standard library is not installed")]
    NoTarget { target: String },
    #[error("the workspace at {} has no package {package}", workspace.display())]
    NoPackage { workspace: PathBuf, package: String },
    #[error("package {package} has no binary {bin}")]
    NoBin { package: String, bin: String, known: Vec<String> },
    #[error("Cargo's answer is not understood")]
    NotJson(#[from] serde_json::Error),
    #[error("Cargo says that it built {bin}, but not where")]
    NoFile { bin: String },
    #[error("{} cannot be read", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

impl CargoError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            CargoError::Missing { .. } => {
                Some("install Rust from https://rustup.rs, or build the Dockerfile elsewhere".to_owned())
            }
            CargoError::Full { .. } => {
                Some("free some space, or let CARGO_TARGET_DIR name a folder on another disk".to_owned())
            }
            CargoError::NoTarget { target } => {
                Some(format!("run `rustup target add {target}`, or use the Dockerfile"))
            }
            CargoError::Failed { said, .. } if said.contains("linker") || said.contains("linking") => Some(
                "a C compiler and linker for the target are needed: gcc, or musl-tools for musl".to_owned(),
            ),
            CargoError::Failed { said, .. } if said.contains("--locked") => {
                Some("run `cargo update --workspace` to bring Cargo.lock up to date".to_owned())
            }
            CargoError::NoPackage { .. } => Some("name another with --package".to_owned()),
            CargoError::NoBin { known, .. } if !known.is_empty() => {
                Some(format!("name one with --bin: it has {}", known.join(", ")))
            }
            CargoError::Run { .. }
            | CargoError::Failed { .. }
            | CargoError::NoBin { .. }
            | CargoError::NotJson(_)
            | CargoError::NoFile { .. }
            | CargoError::Read { .. } => None,
        }
    }
}

/// A workspace, as `cargo metadata` tells of it.
#[derive(Debug, Deserialize)]
pub struct Workspace {
    pub packages: Vec<Package>,
    pub workspace_root: PathBuf,
    pub target_directory: PathBuf,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Package {
    pub id: String,
    pub name: String,
    pub version: String,
    /// None for what is in the workspace.
    pub source: Option<String>,
    pub license: Option<String>,
    pub description: Option<String>,
    pub repository: Option<String>,
    pub manifest_path: PathBuf,
    pub dependencies: Vec<Dependency>,
    pub targets: Vec<Target>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Dependency {
    /// `dev`, `build`, or none.
    pub kind: Option<String>,
    pub path: Option<PathBuf>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Target {
    pub name: String,
    pub kind: Vec<String>,
}

impl Workspace {
    /// Its own packages, without what they depend on.
    pub fn read(folder: &Path) -> Result<Workspace, CargoError> {
        let mut command = cargo(folder);
        command.args(["metadata", "--format-version=1", "--no-deps"]);
        Ok(serde_json::from_str(&answer(command, "cargo")?)?)
    }

    /// The package that has the binary.
    pub fn package(&self, settings: &Settings) -> Result<&Package, CargoError> {
        let name = &settings.package;
        let package = self.packages.iter().find(|it| it.name == *name).ok_or_else(|| {
            CargoError::NoPackage { workspace: self.workspace_root.clone(), package: name.clone() }
        })?;
        let bins = package.targets.iter().filter(|it| it.kind.iter().any(|it| it == "bin"));
        let known: Vec<String> = bins.map(|it| it.name.clone()).collect();
        if known.contains(&settings.bin) {
            Ok(package)
        } else {
            Err(CargoError::NoBin { package: name.clone(), bin: settings.bin.clone(), known })
        }
    }
}

/// The compiler that a folder gets.
pub struct Compiler {
    /// All of `rustc -vV`.
    pub version: String,
    pub sysroot: PathBuf,
}

impl Compiler {
    pub fn of(folder: &Path) -> Result<Compiler, CargoError> {
        let program = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let rustc = |args: &[&str]| {
            let mut command = Command::new(&program);
            command.current_dir(folder).args(args);
            answer(command, "rustc")
        };
        let sysroot = PathBuf::from(rustc(&["--print=sysroot"])?.trim());
        Ok(Compiler { version: rustc(&["-vV"])?, sysroot })
    }

    fn field(&self, name: &str) -> &str {
        let mut lines = self.version.lines();
        lines.find_map(|it| it.strip_prefix(name)?.strip_prefix(": ")).unwrap_or_default()
    }

    pub fn release(&self) -> &str {
        self.field("release")
    }

    /// What is built for: what is asked for, else Linux on this machine's processor, with musl if both Rust
    /// and C can be compiled for it.
    pub fn target(&self, settings: &Settings) -> Result<String, CargoError> {
        let there = |it: &str| self.sysroot.join("lib/rustlib").join(it).join("lib").is_dir();
        if let Some(target) = &settings.target {
            return match there(target) {
                true => Ok(target.clone()),
                false => Err(CargoError::NoTarget { target: target.clone() }),
            };
        }
        let processor = self.field("host").split('-').next().unwrap_or("x86_64").to_owned();
        let (musl, gnu) =
            (format!("{processor}-unknown-linux-musl"), format!("{processor}-unknown-linux-gnu"));
        match (there(&musl), there(&gnu)) {
            (true, has_gnu) if !has_gnu || compiles_c(&musl, &processor) => Ok(musl),
            (_, true) => Ok(gnu),
            (_, false) => Err(CargoError::NoTarget { target: musl }),
        }
    }
}

/// Whether there is a C compiler for musl, as build scripts look for it.
fn compiles_c(musl: &str, processor: &str) -> bool {
    let named = std::env::var_os(format!("CC_{}", musl.replace('-', "_"))).is_some();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let names = ["musl-gcc".to_owned(), format!("{processor}-linux-musl-gcc")];
    named || std::env::split_paths(&path).any(|folder| names.iter().any(|it| folder.join(it).is_file()))
}

/// How much the compiler does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// What people are to run: optimised, and the same bytes each time.
    Release,
    /// As `cargo build`, but static: for a test of what is made of the binary.
    Quick,
}

/// Builds the binary, so that it is the same wherever and whenever it is built.
///
/// # Errors
/// When there is no Rust, no such binary, or it does not compile.
pub fn build(
    folder: &Path,
    settings: &Settings,
    effort: Effort,
    tell: &dyn Fn(&str),
) -> Result<Binary, CargoError> {
    let workspace = Workspace::read(folder)?;
    let package = workspace.package(settings)?;
    let compiler = Compiler::of(folder)?;
    let target = compiler.target(settings)?;
    let mut command = cargo(&workspace.workspace_root);
    command.args(["build", "--locked", "--message-format=json-render-diagnostics"]);
    command.args(["--package", &package.id, "--bin", &settings.bin, "--target", &target]);
    if effort == Effort::Release {
        command.arg("--profile=image");
        for setting in PROFILE {
            command.args(["--config", &format!("profile.image.{setting}")]);
        }
    }
    // Above every other setting of flags, so that none of this machine's gets in.
    command.env("CARGO_ENCODED_RUSTFLAGS", flags(&workspace, &compiler, &target)?);
    command.env("SOURCE_DATE_EPOCH", settings.created.to_string());
    let path = executable(command, settings, tell)?;
    let bytes = std::fs::read(&path).map_err(|source| CargoError::Read { path, source })?;
    Ok(Binary { bytes, sbom: sbom(&workspace, package, &compiler, &target)? })
}

/// One unit and no debug information: nothing of the build's own making gets into the binary. As in this workspace's
/// manifest, for a workspace that has no such profile.
const PROFILE: [&str; 7] = [
    "inherits=\"release\"",
    "opt-level=3",
    "lto=\"thin\"",
    "codegen-units=1",
    "debug=false",
    "strip=\"symbols\"",
    "incremental=false",
];

/// The compiler's flags, as Cargo wants them encoded: static, and with no path of this machine.
fn flags(workspace: &Workspace, compiler: &Compiler, target: &str) -> Result<OsString, CargoError> {
    let mut flags: Vec<OsString> = Vec::new();
    if target.contains("linux") {
        flags.push("-Clink-arg=-Wl,--build-id=none".into());
    }
    // musl is linked statically anyway, and macOS has no static C library.
    if target.contains("gnu") || target.contains("msvc") {
        flags.push("-Ctarget-feature=+crt-static".into());
    }
    let sources = compiler.sysroot.join("lib/rustlib/src/rust");
    let rustc = format!("/rustc/{}", compiler.field("commit-hash"));
    // The last that fits is taken, so the narrower comes after.
    let places = [
        (home()?, "/cargo"),
        (sources, rustc.as_str()),
        (workspace.workspace_root.clone(), "/source"),
        (workspace.target_directory.clone(), "/target"),
    ];
    for (from, to) in places {
        let mut flag = OsString::from("--remap-path-prefix=");
        flag.push(from);
        flag.push("=");
        flag.push(to);
        flags.push(flag);
    }
    Ok(flags.join(&OsString::from("\x1f")))
}

/// Where Cargo unpacks sources.
fn home() -> Result<PathBuf, CargoError> {
    if let Some(home) = std::env::var_os("CARGO_HOME").filter(|it| !it.is_empty()) {
        return std::path::absolute(&home)
            .map_err(|source| CargoError::Read { path: PathBuf::from(&home), source });
    }
    Ok(std::env::home_dir().unwrap_or_default().join(".cargo"))
}

/// Runs the build, tells each line that it says, and finds where the binary is.
fn executable(mut command: Command, settings: &Settings, tell: &dyn Fn(&str)) -> Result<PathBuf, CargoError> {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|it| unrunnable("cargo", it))?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let messages = std::thread::spawn(move || {
        let mut text = String::new();
        stdout.map(|mut it| it.read_to_string(&mut text)).transpose().map(|_| text)
    });
    let mut said = Vec::new();
    for line in stderr.map(BufReader::new).into_iter().flat_map(BufRead::lines) {
        let line = line.map_err(|it| unrunnable("cargo", it))?;
        tell(&line);
        said.push(line);
    }
    let status = child.wait().map_err(|it| unrunnable("cargo", it))?;
    let read = messages.join().unwrap_or_else(|_| Ok(String::new()));
    let messages = read.map_err(|it| unrunnable("cargo", it))?;
    if !status.success() {
        if said.iter().any(|it| it.contains("No space left on device") || it.contains("os error 28")) {
            return Err(CargoError::Full { package: settings.package.clone() });
        }
        let first = said.iter().find(|it| it.starts_with("error")).or(said.last());
        let said = first.map(|it| plain(it)).unwrap_or_default();
        let command = format!("cargo build --profile image -p {}", settings.package);
        return Err(CargoError::Failed { command, said });
    }
    let built = messages.lines().filter_map(|it| serde_json::from_str::<Value>(it).ok());
    let mut built = built.filter(|it| it["target"]["name"] == settings.bin);
    let path = built.find_map(|it| it["executable"].as_str().map(PathBuf::from));
    path.ok_or_else(|| CargoError::NoFile { bin: settings.bin.clone() })
}

/// What the binary is made of: the tree that Cargo resolves for this package alone (`cargo metadata` unites
/// the features of the whole workspace), with what it knows of each.
fn sbom(
    workspace: &Workspace,
    package: &Package,
    compiler: &Compiler,
    target: &str,
) -> Result<Sbom, CargoError> {
    let mut command = cargo(&workspace.workspace_root);
    command.args(["tree", "--locked", "--offline", "--edges=normal,no-proc-macro", "--prefix=depth"]);
    command.args(["--charset=ascii", "--format=\t{p}", "--package", &package.id, "--target", target]);
    let tree = answer(command, "cargo")?;
    let mut command = cargo(&workspace.workspace_root);
    command.args(["metadata", "--format-version=1", "--locked", "--offline", "--filter-platform", target]);
    let all: Workspace = serde_json::from_str(&answer(command, "cargo")?)?;
    let lock = workspace.workspace_root.join("Cargo.lock");
    let lock = std::fs::read_to_string(&lock).map_err(|source| CargoError::Read { path: lock, source })?;
    let mut linked = BTreeMap::from([("rust-std", compiler.release().to_owned())]);
    if target.contains("gnu") {
        let mut command = Command::new("getconf");
        command.arg("GNU_LIBC_VERSION");
        // Where it cannot be asked, it is still known to be in there.
        let version = answer(command, "getconf").unwrap_or_default();
        linked.insert("glibc", version.trim().trim_start_matches("glibc ").to_owned());
    } else if target.contains("musl") {
        linked.insert("musl", String::new());
    }
    Ok(sbom::read(&tree, &all.packages, &lock, &linked))
}

fn cargo(folder: &Path) -> Command {
    // Under `cargo run`, the very Cargo that runs us.
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(folder).stdin(Stdio::null()).env_remove("RUSTFLAGS");
    command
}

fn answer(mut command: Command, tool: &'static str) -> Result<String, CargoError> {
    let output = command.output().map_err(|it| unrunnable(tool, it))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().find(|it| it.starts_with("error")).or(said.lines().last()).unwrap_or_default();
    let args: Vec<_> = command.get_args().take(1).map(|it| it.to_string_lossy()).collect();
    Err(CargoError::Failed { command: format!("{tool} {}", args.join(" ")), said: plain(said) })
}

/// `error[E0308]: mismatched types` without its beginning.
fn plain(line: &str) -> String {
    match line.split_once(": ") {
        Some((first, rest)) if first.starts_with("error") => rest.to_owned(),
        Some(_) | None => line.to_owned(),
    }
}

fn unrunnable(tool: &'static str, source: io::Error) -> CargoError {
    match source.kind() {
        io::ErrorKind::NotFound => CargoError::Missing { tool },
        _ => CargoError::Run { tool, source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_has_the_same_profile() {
        let manifest =
            std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml")).unwrap();
        let (_, section) = manifest.split_once("[profile.image]\n").unwrap();
        let lines = section.lines().take_while(|it| !it.starts_with('['));
        let settings: Vec<String> =
            lines.filter(|it| it.contains('=')).map(|it| it.replace(" = ", "=")).collect();
        assert_eq!(settings, PROFILE);
    }
}
