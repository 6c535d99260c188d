//! `stack test`: whether the stack that is selected works, seen from outside.

use std::process::ExitCode;

use engine::Place;
use gcp::run::Move;

use super::flow::{Flow, events, hop};
use super::promote;
use crate::args::{Global, Test};
use crate::out::Out;
use crate::problem::Problem;
use crate::world::{Ground, ready_for_queries};

pub async fn run(args: &Test, global: &Global, out: &Out) -> Result<ExitCode, Problem> {
    ready_for_queries(global, out).await?;
    let ground = Ground::open(global, out).await?;
    let service = promote::service(&ground, None)?;
    let mut flow = Flow::open(&ground)?;
    let place = Place { inputs: &service.inputs, id: service.id.as_deref(), others: &[] };
    let live = gcp::run::live(flow.session(), place).await?;
    // A new revision that most people do not see yet is the one to be tested.
    if let Some((address, percent)) = gcp::run::canary(&live) {
        out.line(&format!("Testing the new revision, which has {percent}% of the traffic, at {address}."));
        flow = flow.at(address);
    }
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
    if failed == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    if args.roll_back {
        let moved = promote::move_to(flow.session(), &service, Move::Back).await?;
        out.line(&format!("Rolled back: traffic of {} is {}.", service.urn.name(), moved.now));
        out.line("The next apply sends traffic to what it deploys.");
    }
    Ok(ExitCode::FAILURE)
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
