//! `stack approve`: a person at a terminal approves the plan that is shown, for an agent to apply it.

use std::io::IsTerminal;
use std::process::ExitCode;

use crate::approvals::{Approval, Approvals};
use crate::args::{Approve, Global};
use crate::commands::apply;
use crate::images::Building;
use crate::out::Out;
use crate::problem::Problem;
use crate::style::Ink;
use crate::system::width;
use crate::world::{Declared, World};
use crate::{Declaration, planfile, show};

pub async fn run(
    args: &Approve,
    global: &Global,
    declaration: Declaration,
    out: &Out,
) -> Result<ExitCode, Problem> {
    // There is no --yes: what a program could answer by itself would be no approval.
    if !std::io::stdin().is_terminal() {
        return Err(Problem::new("only a person at a terminal can approve a plan").hint(
            "run it in a terminal of your own; a pipeline uses `stack apply --approved DIGEST` instead",
        ));
    }
    let selection = args.selection.with(&args.adoption.adopt, &args.adoption.delete_adopted);
    let world = World::open(global, declaration, Declared::Everything, Building::Now, selection, out).await?;
    let plan = world.plan().await?;
    if let Some(wanted) = &args.digest {
        apply::hold_to(wanted, &plan, &world)?;
    }
    out.line(&out.results.paint(Ink::Faint, &world.title));
    out.text(&show::plan::plan(&plan, width(), out.results));
    if plan.has_errors() {
        return Err(Problem::new("the plan has errors, and cannot be approved"));
    }
    let digest = planfile::digest(&plan, &world.selection);
    if !out.confirm("May an agent apply this, once, within 24 hours?")? {
        return Err(Problem::new("nothing was approved"));
    }
    Approvals::open()?.add(&Approval::of(&world, &digest)?)?;
    out.line(&format!("Approved: {digest}"));
    Ok(ExitCode::SUCCESS)
}
