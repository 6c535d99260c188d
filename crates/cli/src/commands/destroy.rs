//! `stack destroy`: deletes what this stack made.

use std::process::ExitCode;

use super::apply::{Way, execute};
use crate::Declaration;
use crate::args::{Destroy, Global};
use crate::images::Building;
use crate::out::Out;
use crate::problem::Problem;
use crate::show::progress::seconds;
use crate::world::{Declared, World};

pub async fn run(
    args: &Destroy,
    global: &Global,
    declaration: Declaration,
    out: &Out,
) -> Result<ExitCode, Problem> {
    if let Some(after) = args.after {
        out.note(&format!("Waiting for {}.", seconds(after)));
        tokio::time::sleep(after).await;
    }
    let selection = args.selection.with(&[], &args.delete_adopted);
    let world = World::open(global, declaration, Declared::Nothing, Building::Later, selection, out).await?;
    let lease = world.lock(global, out).await?;
    let result = locked(args, global, &world, out).await;
    lease.release().await?;
    result
}

async fn locked(args: &Destroy, global: &Global, world: &World, out: &Out) -> Result<ExitCode, Problem> {
    let plan = world.plan().await?;
    let way = Way {
        kind: "destroy",
        question: "Delete all of this?",
        agreed: args.yes,
        json: args.json,
        shown: true,
    };
    execute(world, &plan, &way, global, out).await
}
