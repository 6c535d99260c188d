//! What is in the ledger and declared no more.

use super::PlanError;
use super::selection::Chosen;
use super::step::{Diagnostic, Op, Step, Work};
use crate::session::Session;
use crate::snapshot::{Snapshot, driver_of};

/// What the ledger has and the program does not.
pub(super) fn deletions(
    snapshot: Snapshot,
    session: &Session,
    chosen: &Chosen,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Vec<Step>, PlanError> {
    let mut steps = Vec::new();
    for (urn, found) in snapshot.found {
        let noted = found.entry.is_some();
        let Some(entry) = found.entry.or_else(|| found.pending.as_ref().map(|it| it.entry.clone())) else {
            continue;
        };
        if !chosen.has(&urn) {
            continue;
        }
        if let Some(failure) = found.failure {
            return Err(PlanError::Unread { subject: urn.name().to_owned(), failure });
        }
        let driver = driver_of(session, &entry).map_err(PlanError::Driver)?;
        let facts = driver.facts();
        if entry.protect {
            let message = format!("{} {} is protected and would be deleted", facts.noun, urn.name());
            diagnostics.push(
                Diagnostic::error(Some(&urn), message).hint("declare it without protect() and apply first"),
            );
        }
        let reason = match (&found.live, entry.retain || facts.kept) {
            (None, _) => format!("the {} is gone already", facts.noun),
            (Some(_), true) => format!("the {} stays, and is ours no more", facts.noun),
            (Some(_), false) => "it is declared no more".to_owned(),
        };
        steps.push(Step {
            op: Op::Delete,
            kind: entry.kind.clone(),
            name: urn.name().to_owned(),
            id: entry.id.clone(),
            changes: Vec::new(),
            reason: Some(reason),
            work: Work {
                driver,
                node: None,
                desired: entry.inputs.clone(),
                last: Some(entry.inputs.clone()),
                live: found.live,
                needs: entry.dependencies.clone(),
                retain: entry.retain || facts.kept,
                create_first: false,
                noted,
                interrupted: false,
                entry: Some(entry),
            },
            urn,
        });
    }
    steps.sort_by(|a, b| a.urn.cmp(&b.urn));
    Ok(steps)
}
