//! The local cloud's program, and what a person sees while it is built.

use std::path::PathBuf;

use launcher::{Building, Kind};

use crate::out::Out;
use crate::problem::Problem;

/// The program to run a local cloud with, built first where it must be.
pub fn program(kind: Kind, out: &Out) -> Result<PathBuf, Problem> {
    if !cfg!(unix) {
        return Err(Problem::new("the local Google Cloud runs on Linux and macOS only").hint(
            "name a project at Google in Pulumi.STACK.yaml, or work under WSL (Windows Subsystem for Linux)",
        ));
    }
    // Cargo is waited for, and nothing else is under way yet.
    let built = tokio::task::block_in_place(|| launcher::program(kind, &|it| tell(&it, out)));
    built.map_err(|error| {
        out.changing("");
        let hint = error.hint();
        Problem::of(&error, hint)
    })
}

fn tell(building: &Building<'_>, out: &Out) {
    match building {
        Building::Waits => out.note("Waiting for another build to end."),
        Building::Begins { renews: true, .. } => {
            out.note("Building the local Google Cloud anew, for its sources have changed.");
        }
        Building::Begins { name, .. } => out.note(match *name {
            launcher::PLAIN => {
                "Building the local Google Cloud, a program of its own; this happens once (less than a minute on 2 cores)."
            }
            _ => {
                "Building the local BigQuery's SQL engine; this happens once (about 3 minutes on 2 cores)."
            }
        }),
        Building::Compiled(count) => out.changing(&format!("  {count} crates are compiled")),
        Building::Done(took) => {
            out.changing("");
            out.note(&format!("Built it in {:.1}s.", took.as_secs_f64()));
        }
    }
}
