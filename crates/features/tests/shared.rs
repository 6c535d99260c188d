//! The programs that are built one after the other have every crate they share with the same features.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// The crates of a package's build, each with the sets of features that it is compiled with.
fn features(package: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["tree", "--locked", "--edges=normal,build", "--prefix=none", "--no-dedupe"]);
    command.args(["--format={p}\t{f}", "--package", package]).current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in String::from_utf8(output.stdout).unwrap().lines().filter(|it| !it.is_empty()) {
        let (package, features) = line.split_once('\t').unwrap();
        all.entry(package.to_owned()).or_default().insert(features.to_owned());
    }
    all
}

#[test]
fn the_next_program_compiles_nothing_again() {
    let programs = ["stack", "local-program", "local-program-sql"].map(|it| (it, features(it)));
    let mut different = Vec::new();
    for (at, (first, ones)) in programs.iter().enumerate() {
        for (second, others) in &programs[at + 1..] {
            for (package, features) in ones {
                if let Some(other) = others.get(package).filter(|it| *it != features) {
                    different.push(format!("{package}\n  {first}: {features:?}\n  {second}: {other:?}"));
                }
            }
        }
    }
    assert!(
        different.is_empty(),
        "these are compiled twice: give them the union of features in crates/features/Cargo.toml\n{}",
        different.join("\n")
    );
}
