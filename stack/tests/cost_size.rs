//! How long a report on 1,000 resources takes, and how much memory.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "program/big_plan.rs"]
mod big_plan;

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const RESOURCES: usize = 1_000;
/// The program included.
const MEMORY: u64 = 50_000_000;
/// What the optimised program keeps; an unoptimised one on a machine that does other things too has more.
const TIME: Duration = Duration::from_millis(if cfg!(debug_assertions) { 500 } else { 100 });

/// What one run took.
struct Run {
    took: Duration,
    /// In bytes: the most that was in memory at once, the program itself included.
    peak: u64,
    text: String,
}

/// A folder with a plan, a state and a usage file.
fn files() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |file: &str, text: String| std::fs::write(folder.path().join(file), text).unwrap();
    write("plan.json", big_plan::plan(RESOURCES).to_string());
    write("state.json", big_plan::state(RESOURCES).to_string());
    write("usage.yml", big_plan::usage());
    folder
}

/// Runs the program, which may be another one: `STACK=target/release/stack`.
fn run(folder: &Path, args: &[&str]) -> Run {
    let program = std::env::var("STACK").unwrap_or_else(|_| env!("CARGO_BIN_EXE_stack").to_owned());
    let begin = Instant::now();
    let mut command = Command::new(program);
    command.args(args).current_dir(folder).env_remove("CLICOLOR_FORCE").stdin(Stdio::null());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut out = child.stdout.take().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let (mut text, mut peak) = (Vec::new(), 0);
    let mut piece = vec![0; 4096];
    // A pipe holds a little, so that all but the last of the report is written while this reads; and what was the
    // most once stays the most.
    loop {
        let count = out.read(&mut piece).unwrap();
        peak = most(&std::fs::read_to_string(&status).unwrap_or_default()).unwrap_or(peak);
        if count == 0 {
            break;
        }
        text.extend_from_slice(&piece[..count]);
    }
    let status = child.wait().unwrap();
    let took = begin.elapsed();
    assert_eq!(status.code(), Some(0), "{args:?}");
    Run { took, peak, text: String::from_utf8(text).unwrap() }
}

/// The most memory that a process has had, by what the system says of it; `None` once it has ended.
fn most(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|it| it * 1024)
}

/// The fastest and the most memory of some runs, and what the last said.
fn best(folder: &Path, args: &[&str]) -> Run {
    let runs: Vec<Run> = (0..5).map(|_| run(folder, args)).collect();
    let (took, peak) = (runs.iter().map(|it| it.took).min(), runs.iter().map(|it| it.peak).max());
    let text = runs.into_iter().next_back().unwrap().text;
    Run { took: took.unwrap(), peak: peak.unwrap(), text }
}

#[test]
#[allow(clippy::print_stderr, reason = "figures are told to whoever asks: -- --nocapture")]
fn a_thousand_resources_are_little() {
    let folder = files();
    let of_plan = ["cost", "--path", "plan.json", "--usage-file", "usage.yml"];
    let of_state = ["cost", "--path", "state.json"];
    let checks: [(&[&str], &[&str], &str); 7] = [
        (&of_plan, &[], "1000 resources: "),
        (&of_plan, &["--explain"], "1000 resources: "),
        (&of_plan, &["--format", "json"], "\"totalDetectedResources\":1000,"),
        (&of_plan, &["--format", "html"], "</html>"),
        (&of_plan, &["--format", "markdown"], "1000 resources: "),
        (&of_state, &["--format", "json"], "\"totalDetectedResources\":1000,"),
        (&["cost", "diff", "--path", "plan.json"], &["--format", "json"], "\"pastBreakdown\""),
    ];
    for (of, how, says) in checks {
        let run = best(folder.path(), &[of, how].concat());
        let (took, peak) = (run.took.as_secs_f64() * 1e3, run.peak as f64 / 1e6);
        eprintln!("{took:6.1} ms {peak:6.1} MB  {} {}", of.join(" "), how.join(" "));
        assert!(run.text.contains(says), "{of:?} {how:?}: {}", run.text);
        assert!(run.peak > 1_000_000 && run.peak < MEMORY, "{of:?} {how:?}: {} bytes", run.peak);
        assert!(run.took < TIME, "{of:?} {how:?}: {:?}", run.took);
    }
}
