//! `stack ci pack` and `stack ci sums`: the files of a release, for one target and for all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use image::{Digest, Effort, Order, Pack, PackError};

use crate::args::{CiPack, CiSums};
use crate::out::Out;
use crate::problem::Problem;
use crate::show::bytes;

/// The file that says what every other one is.
pub const SUMS: &str = "SHA256SUMS";

/// The program that people run, and its archive's name.
pub const STACK: &str = "stack";

pub async fn pack(args: &CiPack, out: &Out) -> Result<ExitCode, Problem> {
    let folder = std::env::current_dir().map_err(|it| Problem::of(&it, None))?;
    let programs = if args.programs.is_empty() { programs(&args.target) } else { args.programs.clone() };
    let (target, created) = (args.target.clone(), args.created);
    let effort = if args.quick { Effort::Quick } else { Effort::Release };
    let order = Order { folder, name: STACK.to_owned(), programs, target, effort, created };
    let own = *out;
    // Compiling takes minutes, and a thread of its own.
    let work = move || Pack::make(&order, &|line| own.note(line));
    let done: Result<Pack, PackError> =
        tokio::task::spawn_blocking(work).await.map_err(|it| Problem::of(&it, None))?;
    let made = done?;
    fs::create_dir_all(&args.out).map_err(|it| unwritable(&args.out, &it))?;
    let (archive, sbom) = (args.out.join(&made.file), args.out.join(sbom_name(&made.file)));
    fs::write(&archive, &made.bytes).map_err(|it| unwritable(&archive, &it))?;
    fs::write(&sbom, format!("{:#}\n", made.sbom)).map_err(|it| unwritable(&sbom, &it))?;
    let size = u64::try_from(made.bytes.len()).unwrap_or(u64::MAX);
    out.note(&format!("{}, {}, sha256:{}", made.file, bytes(size), Digest::of(&made.bytes).hex()));
    out.line(&archive.display().to_string());
    Ok(ExitCode::SUCCESS)
}

/// Those that run on a target: the local cloud's does not run on Windows.
fn programs(target: &str) -> Vec<(String, String)> {
    let mut all = vec![(STACK, STACK)];
    if !target.contains("windows") {
        all.push(("local-program-sql", "stack-local-sql"));
    }
    all.into_iter().map(|(package, bin)| (package.to_owned(), bin.to_owned())).collect()
}

/// `NAME.tar.gz` has `NAME.spdx.json` beside it.
pub fn sbom_name(archive: &str) -> String {
    let stem = archive.strip_suffix(".tar.gz").or_else(|| archive.strip_suffix(".zip")).unwrap_or(archive);
    format!("{stem}.spdx.json")
}

pub fn sums(args: &CiSums, out: &Out) -> Result<ExitCode, Problem> {
    let mut text = String::new();
    for path in files(&args.folder)? {
        let name = name(&path)?;
        if name != SUMS {
            let content = fs::read(&path).map_err(|it| unreadable(&path, &it))?;
            // As `sha256sum --binary` writes it.
            text.push_str(&format!("{} *{name}\n", Digest::of(&content).hex()));
        }
    }
    if text.is_empty() {
        return Err(Problem::new(format!("{} holds no files", args.folder.display())));
    }
    let path = args.folder.join(SUMS);
    fs::write(&path, &text).map_err(|it| unwritable(&path, &it))?;
    out.text(&text);
    Ok(ExitCode::SUCCESS)
}

/// The files of a folder, by name; a file is itself.
pub fn files(path: &Path) -> Result<Vec<PathBuf>, Problem> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = fs::read_dir(path).and_then(|it| it.collect::<io::Result<Vec<_>>>());
    let entries = entries.map_err(|it| unreadable(path, &it))?;
    let mut files: Vec<PathBuf> = entries.into_iter().map(|it| it.path()).filter(|it| it.is_file()).collect();
    files.sort();
    Ok(files)
}

pub fn name(path: &Path) -> Result<String, Problem> {
    let name = path.file_name().and_then(|it| it.to_str()).map(str::to_owned);
    name.ok_or_else(|| Problem::new(format!("{} has no name that a release could have", path.display())))
}

pub fn unreadable(path: &Path, error: &io::Error) -> Problem {
    Problem::new(format!("{} cannot be read: {error}", path.display()))
}

fn unwritable(path: &Path, error: &io::Error) -> Problem {
    Problem::new(format!("{} cannot be written: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::When;

    #[test]
    fn sums_are_as_sha256sum_reads_them() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [("b.zip", "b"), ("a.tar.gz", "a"), (SUMS, "old")] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let args = CiSums { folder: folder.path().to_owned() };
        sums(&args, &Out::new(When::Never)).unwrap();
        let text = fs::read_to_string(folder.path().join(SUMS)).unwrap();
        let expected = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb *a.tar.gz\n\
            3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d *b.zip\n";
        assert_eq!(text, expected);
        let empty = CiSums { folder: folder.path().join("none") };
        assert!(sums(&empty, &Out::new(When::Never)).is_err());
    }

    #[test]
    fn an_archive_holds_what_runs_on_its_target() {
        assert_eq!(programs("aarch64-apple-darwin").len(), 2);
        assert_eq!(programs("x86_64-pc-windows-msvc"), [("stack".to_owned(), "stack".to_owned())]);
        assert_eq!(sbom_name("stack-v1.0.0-t.tar.gz"), "stack-v1.0.0-t.spdx.json");
        assert_eq!(sbom_name("stack-v1.0.0-t.zip"), "stack-v1.0.0-t.spdx.json");
    }
}
