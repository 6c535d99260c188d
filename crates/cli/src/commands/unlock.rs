//! `stack unlock`: breaks the lock of a run that has certainly ended.

use std::process::ExitCode;

use crate::args::{Global, Unlock};
use crate::out::Out;
use crate::problem::Problem;
use crate::world::Ground;

pub async fn run(args: &Unlock, global: &Global, out: &Out) -> Result<ExitCode, Problem> {
    let ground = Ground::open(global, out).await?;
    let holders = ground.ledger.locks().await?;
    if holders.is_empty() {
        out.line(&format!("Nobody holds the lock of stack {}.", ground.stack));
        return Ok(ExitCode::SUCCESS);
    }
    for holder in &holders {
        out.line(&format!("Stack {} is locked by {holder}.", ground.stack));
    }
    if !args.yes
        && !out.confirm("Break the lock? A run that is at work all the same fails at its next step.")?
    {
        return Err(Problem::new("nothing was done"));
    }
    let broken = ground.ledger.unlock().await?;
    out.line(&format!("Broken: {} of {} locks.", broken.len(), holders.len()));
    Ok(ExitCode::SUCCESS)
}
