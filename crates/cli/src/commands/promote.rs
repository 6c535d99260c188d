//! `stack promote`: moves traffic to the latest revision of a service, or back.

use std::process::ExitCode;

use engine::ledger::Entry;
use engine::{Place, Session};
use gcp::run::{Move, Moved, move_traffic};

use crate::args::{Global, Promote};
use crate::out::Out;
use crate::problem::Problem;
use crate::show;
use crate::world::Ground;

/// The kind of a service that answers requests.
const SERVICE: &str = "gcp:run/v2:Service";

pub async fn run(args: &Promote, global: &Global, out: &Out) -> Result<ExitCode, Problem> {
    let ground = Ground::open(global, out).await?;
    let service = service(&ground, args.service.as_deref())?;
    let to = match args.percent {
        _ if args.back => Move::Back,
        Some(percent) => Move::Percent(percent),
        None => Move::ToLatest,
    };
    let patience = global.lock_timeout;
    let waits = |locked: &engine::ledger::LedgerError| {
        out.note(&format!("Waiting, at most {}: {locked}.", show::progress::seconds(patience)));
    };
    let lease = ground.ledger.lock_within(patience, waits).await?;
    let moved = move_to(&ground.session()?, &service, to).await;
    lease.release().await?;
    let moved = moved?;
    let was = if moved.unchanged { "is already" } else { "is" };
    out.line(&format!("Traffic of {} {was} {}.", service.urn.name(), moved.now));
    Ok(ExitCode::SUCCESS)
}

/// The stack's service of a name, or its only one.
pub fn service(ground: &Ground, name: Option<&str>) -> Result<Entry, Problem> {
    let all = ground.ledger.entries().into_iter().filter(|it| it.kind == SERVICE);
    let all: Vec<Entry> = all.filter(|it| name.is_none_or(|name| it.urn.name() == name)).collect();
    let stack = &ground.stack;
    match (<[Entry; 1]>::try_from(all), name) {
        (Ok([one]), _) => Ok(one),
        (Err(_), Some(name)) => {
            Err(Problem::new(format!("stack {stack} has no service {name}"))
                .hint("apply makes it: stack apply"))
        }
        (Err(none), None) if none.is_empty() => {
            Err(Problem::new(format!("stack {stack} has no service")).hint("apply makes it: stack apply"))
        }
        (Err(many), None) => {
            let names: Vec<&str> = many.iter().map(|it| it.urn.name()).collect();
            Err(Problem::new(format!("stack {stack} has several services: {}", names.join(", ")))
                .hint("say which: stack promote SERVICE"))
        }
    }
}

/// Moves the traffic of a service that the ledger knows.
pub async fn move_to(session: &Session, service: &Entry, to: Move) -> Result<Moved, Problem> {
    let place = Place { inputs: &service.inputs, id: service.id.as_deref(), others: &[] };
    Ok(move_traffic(session, place, to).await?)
}
