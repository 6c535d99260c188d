//! `stack plan`: what apply would do.

use std::process::ExitCode;

use crate::args::{Global, Plan};
use crate::images::Building;
use crate::out::Out;
use crate::problem::Problem;
use crate::style::Ink;
use crate::system;
use crate::world::{Declared, World};
use crate::{Declaration, planfile, show};

/// There are changes, and the person wanted to know by the exit code.
const CHANGES: u8 = 2;

pub async fn run(
    args: &Plan,
    global: &Global,
    declaration: Declaration,
    out: &Out,
) -> Result<ExitCode, Problem> {
    // What is saved is done exactly, and so holds no digest that is not known.
    let building = if args.out.is_some() { Building::Now } else { Building::Later };
    let selection = args.selection.with(&args.adoption.adopt, &args.adoption.delete_adopted);
    let world = World::open(global, declaration, Declared::Everything, building, selection, out).await?;
    let plan = world.plan().await?;
    if args.json {
        out.line(&format!("{:#}", plan.to_json()));
    } else {
        out.line(&out.results.paint(Ink::Faint, &world.title));
        out.text(&show::plan::plan(&plan, system::width(), out.results));
    }
    for what in &world.unbuilt {
        out.note(&format!(
            "The image of {what} is not built from its source as it now is: apply builds it first."
        ));
    }
    if let Some(path) = &args.out {
        if plan.has_errors() {
            return Err(Problem::new("the plan has errors and was not saved"));
        }
        planfile::save(&plan, &world.selection, &world.region, path)?;
        let digest = planfile::digest(&plan, &world.selection);
        out.note(&format!("Saved. `stack apply {}` does exactly this. Digest: {digest}", path.display()));
    }
    Ok(match () {
        () if plan.has_errors() => ExitCode::FAILURE,
        () if args.detailed_exitcode && plan.summary.changes() > 0 => ExitCode::from(CHANGES),
        () => ExitCode::SUCCESS,
    })
}
