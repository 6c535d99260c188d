//! `stack demo`: makes the stack, sends events through it, and shows each hop.

use std::process::ExitCode;
use std::time::Instant;

use super::apply;
use super::flow::{Flow, events, hop};
use crate::Declaration;
use crate::args::{Apply, Demo, Global};
use crate::out::Out;
use crate::problem::Problem;
use crate::show::progress::seconds;
use crate::world::{Ground, ready_for_queries};
use gcp::Endpoint;

pub async fn run(
    args: &Demo,
    global: &Global,
    declaration: Declaration,
    out: &Out,
) -> Result<ExitCode, Problem> {
    ready_for_queries(global, out).await?;
    let begun = Instant::now();
    let ground = Ground::open(global, out).await?;
    // On a local cloud nothing is at stake.
    let yes = args.yes || matches!(ground.endpoint(), Endpoint::Local(_));
    drop(ground);
    let (selection, adoption) = Default::default();
    let all = Apply { plan: None, approved: None, selection, adoption, yes, json: false };
    let applied = apply::run(&all, global, declaration, out).await?;
    if applied != ExitCode::SUCCESS {
        return Ok(applied);
    }
    let ground = Ground::open(global, out).await?;
    let flow = Flow::open(&ground)?;
    let (sent, known) = (events(args.count), flow.files().await?);
    out.line("");
    hop("published", out, flow.publish(&sent)).await?;
    if flow.has_files() {
        hop("exported", out, flow.exported(&sent, known)).await?;
        hop("loaded", out, flow.loaded()).await?;
    }
    hop("answered", out, flow.answered(&sent)).await?;
    out.line(&format!("\nDone in {}. See for yourself:", seconds(begun.elapsed())));
    out.line(&format!("  curl {}", flow.events_url()?));
    out.line("`stack local stop` ends the local cloud, if it was one; `stack destroy` deletes the stack.");
    Ok(ExitCode::SUCCESS)
}
