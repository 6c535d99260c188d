//! `stack cost`: what a declaration, a plan, or what is there costs a month.

mod compare;
mod deliver;
mod input;
mod refresh;
mod report;

pub use report::changes;

use std::process::ExitCode;

use crate::Declaration;
use crate::args::{Cost, CostCommand, Global};
use crate::out::Out;
use crate::problem::Problem;

pub async fn run(
    args: &Cost,
    global: &Global,
    declaration: Declaration,
    out: &Out,
) -> Result<ExitCode, Problem> {
    match &args.command {
        None => report::run(&args.report, report::Shown::All, global, declaration, out).await,
        Some(CostCommand::Diff(args)) => {
            report::run(args, report::Shown::Changes, global, declaration, out).await
        }
        Some(CostCommand::Refresh) => refresh::run(global, out).await,
        Some(CostCommand::Compare(args)) => compare::run(args, global, declaration, out),
    }
}
