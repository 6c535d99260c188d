//! `stack test`: whether the stack that is selected works, seen from outside.

use std::process::ExitCode;

use super::flow::{Flow, events, hop};
use crate::args::Global;
use crate::out::Out;
use crate::problem::Problem;
use crate::world::{Ground, ready_for_queries};

pub async fn run(global: &Global, out: &Out) -> Result<ExitCode, Problem> {
    ready_for_queries(global, out).await?;
    let ground = Ground::open(global, out).await?;
    let flow = Flow::open(&ground)?;
    let results = [
        ("the API is well", hop("health", out, flow.health()).await),
        ("a row in the table is found through the API", inserted(&flow, out).await),
        ("a published event goes every hop", published(&flow, out).await),
    ];
    let failed = results.iter().filter(|(_, it)| it.is_err()).count();
    for (what, result) in &results {
        match result {
            Ok(()) => out.line(&format!("ok     {what}")),
            Err(problem) => {
                out.line(&format!("FAILED {what}"));
                out.note(problem.show(out.notes).trim_end());
            }
        }
    }
    out.line(&format!("{} passed, {failed} failed", results.len() - failed));
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn inserted(flow: &Flow, out: &Out) -> Result<(), Problem> {
    let row = events(1);
    hop("inserted", out, flow.insert(&row)).await?;
    hop("answered", out, flow.answered(&row)).await
}

async fn published(flow: &Flow, out: &Out) -> Result<(), Problem> {
    let (event, known) = (events(1), flow.files().await?);
    hop("published", out, flow.publish(&event)).await?;
    if flow.has_files() {
        hop("exported", out, flow.exported(&event, known)).await?;
        hop("loaded", out, flow.loaded()).await?;
    }
    hop("answered", out, flow.answered(&event)).await
}
