//! The local cloud's program: beside the one that asks, if they are installed together; in a checkout, built by Cargo.
//!
//! There are two. `stack-local` is built within a minute; `stack-local-sql` has an engine of BigQuery's SQL in it as well,
//! which takes minutes, and is built once a query needs it. In a checkout Cargo is asked each time, because only Cargo knows
//! whether what is there is older than its sources. The variable `STACK_LOCAL` names a folder that holds the programs:
//! then these are used as they are, and nothing is built.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// The variable that names the folder of the programs.
const FOLDER: &str = "STACK_LOCAL";

/// This workspace, when this was compiled.
const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// What a local cloud must be able to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Everything but queries; with queries where that program is built already.
    Any,
    /// Queries of BigQuery too.
    Sql,
}

/// What is told of a build, and only if there is something to build.
#[derive(Clone, Copy, Debug)]
pub enum Building<'a> {
    /// Another build holds the folder.
    Waits,
    /// It begins: the program, and whether there was an older one.
    Begins {
        name: &'a str,
        renews: bool,
    },
    /// So many crates are done.
    Compiled(usize),
    Done(Duration),
}

/// Why there is no program.
#[derive(Debug, thiserror::Error)]
pub enum LauncherError {
    #[error("the local cloud's program {name} is not in {}", folder.display())]
    NoProgram { name: &'static str, folder: PathBuf },
    #[error("cannot find out where this program is")]
    Where(#[source] io::Error),
    #[error("cargo cannot be run, which builds the local cloud's program {name}")]
    Cargo {
        name: &'static str,
        #[source]
        source: io::Error,
    },
    #[error("`{command}` failed: {said}")]
    Failed { command: String, said: String },
    #[error("Cargo says that it built {name}, but not where")]
    NoFile { name: &'static str },
}

impl LauncherError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            LauncherError::NoProgram { .. } => {
                Some(format!("put it beside this program, or name its folder in {FOLDER}"))
            }
            LauncherError::Cargo { .. } => Some("install Rust from https://rustup.rs".to_owned()),
            LauncherError::Failed { command, .. } => {
                Some(format!("run it by hand to see everything: {command}"))
            }
            LauncherError::Where(_) | LauncherError::NoFile { .. } => None,
        }
    }
}

/// One of the two programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Target {
    package: &'static str,
    name: &'static str,
}

/// The name of the program without SQL.
pub const PLAIN: &str = "stack-local";

const WITHOUT_SQL: Target = Target { package: "local-program", name: PLAIN };
const WITH_SQL: Target = Target { package: "local-program-sql", name: "stack-local-sql" };

/// Where programs come from.
#[derive(Debug, PartialEq, Eq)]
enum Source {
    /// They are in this folder, or nowhere.
    Folder(PathBuf),
    /// Cargo builds them of this checkout.
    Checkout(Checkout),
}

#[derive(Debug, PartialEq, Eq)]
struct Checkout {
    manifest: PathBuf,
    target: PathBuf,
    triple: Option<OsString>,
    /// `debug`, or what else the profile's folder is called.
    profile: OsString,
}

/// The program to run a local cloud with. It is built first where it must be, and `tell` hears of that.
///
/// # Errors
///
/// When there is none, and none can be built.
pub fn program(kind: Kind, tell: &dyn Fn(Building<'_>)) -> Result<PathBuf, LauncherError> {
    let exe = std::env::current_exe().map_err(LauncherError::Where)?;
    let said = std::env::var_os(FOLDER).filter(|it| !it.is_empty());
    match source(&exe, said, Path::new(WORKSPACE)) {
        Source::Folder(folder) => found(&folder, kind),
        Source::Checkout(checkout) => checkout.build(kind, tell),
    }
}

/// Where the program `exe` has the local cloud's from.
fn source(exe: &Path, said: Option<OsString>, workspace: &Path) -> Source {
    let beside = exe.parent().unwrap_or(Path::new("/")).to_owned();
    if let Some(folder) = said {
        return Source::Folder(folder.into());
    }
    let manifest = workspace.join("Cargo.toml");
    // Cargo marks its target folder; below it are folders of profiles, of one target or of the host.
    let target = beside.ancestors().take(3).find(|it| it.join("CACHEDIR.TAG").is_file());
    let (Some(target), true) = (target, manifest.is_file()) else { return Source::Folder(beside) };
    let parts: Vec<_> = beside.strip_prefix(target).into_iter().flatten().map(OsString::from).collect();
    let (triple, profile) = match &parts[..] {
        [profile] => (None, profile.clone()),
        [triple, profile] => (Some(triple.clone()), profile.clone()),
        _ => return Source::Folder(beside),
    };
    Source::Checkout(Checkout { manifest, target: target.to_owned(), triple, profile })
}

/// The program in a folder.
fn found(folder: &Path, kind: Kind) -> Result<PathBuf, LauncherError> {
    let has = |it: Target| Some(folder.join(it.name)).filter(|it| it.is_file());
    let program = match kind {
        Kind::Sql => has(WITH_SQL),
        Kind::Any => has(WITH_SQL).or_else(|| has(WITHOUT_SQL)),
    };
    program.ok_or_else(|| LauncherError::NoProgram { name: WITH_SQL.name, folder: folder.to_owned() })
}

impl Checkout {
    /// Where Cargo puts a program.
    fn place(&self, target: Target) -> PathBuf {
        let mut place = self.target.clone();
        place.extend(&self.triple);
        place.join(&self.profile).join(target.name)
    }

    fn build(&self, kind: Kind, tell: &dyn Fn(Building<'_>)) -> Result<PathBuf, LauncherError> {
        // Once there is an engine, every local cloud has it.
        let target = if kind == Kind::Sql || self.place(WITH_SQL).is_file() { WITH_SQL } else { WITHOUT_SQL };
        let begun = Instant::now();
        let cargo = |source| LauncherError::Cargo { name: target.name, source };
        let mut child = self.command(target).spawn().map_err(cargo)?;
        let stdout = child.stdout.take();
        let messages = std::thread::spawn(move || {
            let mut text = String::new();
            stdout.map(|mut it| it.read_to_string(&mut text)).transpose().map(|_| text)
        });
        let renews = self.place(target).is_file();
        let (compiled, said) = watch(&mut child, target.name, renews, tell).map_err(cargo)?;
        let status = child.wait().map_err(cargo)?;
        let messages = messages.join().unwrap_or_else(|_| Ok(String::new())).map_err(cargo)?;
        if !status.success() {
            let first = said.iter().find(|it| it.starts_with("error")).or(said.last());
            let said = first.map(|it| it.trim_start_matches("error: ").to_owned()).unwrap_or_default();
            return Err(LauncherError::Failed {
                command: format!("cargo build -p {}", target.package),
                said,
            });
        }
        if compiled > 0 {
            tell(Building::Done(begun.elapsed()));
        }
        executable(&messages, target).ok_or(LauncherError::NoFile { name: target.name })
    }

    fn command(&self, target: Target) -> Command {
        // Under `cargo run`, the very Cargo that runs us.
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(["build", "--message-format=json-render-diagnostics", "--color=never"]);
        command.args(["--package", target.package, "--bin", target.name]);
        command.arg("--manifest-path").arg(&self.manifest).arg("--target-dir").arg(&self.target);
        if let Some(triple) = &self.triple {
            command.arg("--target").arg(triple);
        }
        // The folder of the profile `dev` has a name of its own.
        if self.profile != "debug" {
            command.arg("--profile").arg(&self.profile);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

/// Tells what Cargo says that it does; gives the number of crates that it compiled, and all that it said.
fn watch(
    child: &mut Child,
    name: &str,
    renews: bool,
    tell: &dyn Fn(Building<'_>),
) -> io::Result<(usize, Vec<String>)> {
    let (mut compiled, mut said) = (0, Vec::new());
    for line in child.stderr.take().map(BufReader::new).into_iter().flat_map(BufRead::lines) {
        let line = line?;
        match line.split_whitespace().next() {
            Some("Blocking") => tell(Building::Waits),
            Some("Compiling") => {
                if compiled == 0 {
                    tell(Building::Begins { name, renews });
                } else {
                    tell(Building::Compiled(compiled));
                }
                compiled += 1;
            }
            Some(_) | None => {}
        }
        said.push(line);
    }
    Ok((compiled, said))
}

/// The file of a program by Cargo's messages, of which each is a line of JSON.
fn executable(messages: &str, target: Target) -> Option<PathBuf> {
    let messages = messages.lines().filter_map(|it| serde_json::from_str::<Value>(it).ok());
    let mut built = messages.filter(|it| it["target"]["name"] == target.name);
    built.find_map(|it| it["executable"].as_str().map(PathBuf::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &Path) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "").unwrap();
    }

    #[test]
    fn programs_are_built_in_a_checkout_and_found_anywhere_else() {
        let folder = tempfile::tempdir().unwrap();
        let (workspace, target) = (folder.path().join("project"), folder.path().join("target"));
        file(&target.join("CACHEDIR.TAG"));
        let of = |exe: &str| source(&folder.path().join(exe), None, &workspace);
        let beside = |it: &str| Source::Folder(folder.path().join(it));
        // The checkout is gone.
        assert_eq!(of("target/debug/stack"), beside("target/debug"));
        file(&workspace.join("Cargo.toml"));
        let built = |triple: Option<&str>, profile: &str| {
            Source::Checkout(Checkout {
                manifest: workspace.join("Cargo.toml"),
                target: target.clone(),
                triple: triple.map(Into::into),
                profile: profile.into(),
            })
        };
        assert_eq!(of("target/debug/stack"), built(None, "debug"));
        assert_eq!(
            of("target/x86_64-unknown-linux-musl/release/stack"),
            built(Some("x86_64-unknown-linux-musl"), "release")
        );
        assert_eq!(of("bin/stack"), beside("bin"));
        assert_eq!(
            source(&target.join("debug/stack"), Some("/there".into()), &workspace),
            Source::Folder("/there".into())
        );
    }

    #[test]
    fn what_is_installed_has_sql_if_it_can() {
        let folder = tempfile::tempdir().unwrap();
        let (plain, sql) = (folder.path().join("stack-local"), folder.path().join("stack-local-sql"));
        assert!(found(folder.path(), Kind::Any).is_err());
        file(&plain);
        assert_eq!(found(folder.path(), Kind::Any).unwrap(), plain);
        let said = found(folder.path(), Kind::Sql).unwrap_err();
        assert!(
            said.to_string().contains("stack-local-sql") && said.hint().unwrap().contains("STACK_LOCAL"),
            "{said}"
        );
        file(&sql);
        assert_eq!(found(folder.path(), Kind::Any).unwrap(), sql);
        assert_eq!(found(folder.path(), Kind::Sql).unwrap(), sql);
    }

    #[test]
    fn cargo_says_where_it_put_the_program() {
        let messages = "{\"reason\":\"compiler-artifact\",\"target\":{\"name\":\"local\"},\"executable\":null}\nno JSON\n\
            {\"reason\":\"compiler-artifact\",\"target\":{\"name\":\"stack-local\"},\"executable\":\"/t/debug/stack-local\"}\n";
        assert_eq!(executable(messages, WITHOUT_SQL), Some("/t/debug/stack-local".into()));
        assert_eq!(executable(messages, WITH_SQL), None);
    }
}
