//! What is in the ledger and declared no more.

use serde_json::Value;

use super::PlanError;
use super::selection::Chosen;
use super::step::{Diagnostic, Op, Step, Work};
use crate::ledger::Entry;
use crate::program::Program;
use crate::provider::Driver;
use crate::session::Session;
use crate::snapshot::{Snapshot, driver_of};

/// The inputs by which a resource is deleted: what was there before us is never emptied.
pub(crate) fn deletable(driver: &dyn Driver, entry: &Entry) -> Value {
    let mut inputs = entry.inputs.clone();
    if let (true, Some(empties), Some(fields)) =
        (entry.adopted, driver.facts().empties, inputs.as_object_mut())
    {
        fields.remove(empties);
    }
    inputs
}

/// What the ledger has and the program does not.
pub(super) fn deletions(
    program: &Program,
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
        if let Some(user) = chosen.keeps(&urn) {
            let message = format!("{} {} stays, for {} needs it", facts.noun, urn.name(), user.name());
            diagnostics.push(Diagnostic::warning(Some(&urn), message));
            continue;
        }
        if entry.protect {
            let message = format!("{} {} is protected and would be deleted", facts.noun, urn.name());
            diagnostics.push(
                Diagnostic::error(Some(&urn), message).hint("declare it without protect() and apply first"),
            );
        }
        let released = entry.adopted && !chosen.delete_adopted.contains(&urn);
        let retain = entry.retain || facts.kept || released;
        let reason = match &found.live {
            None => Some(format!("the {} is gone already", facts.noun)),
            Some(_) if released => Some(format!("the {} was there before this stack, and stays", facts.noun)),
            Some(_) if retain => Some(format!("the {} stays, and is ours no more", facts.noun)),
            Some(_) if program.destroys => None,
            Some(_) => Some("it is declared no more".to_owned()),
        };
        steps.push(Step {
            op: Op::Delete,
            kind: entry.kind.clone(),
            name: urn.name().to_owned(),
            id: entry.id.clone(),
            changes: Vec::new(),
            reason,
            work: Work {
                driver,
                node: None,
                desired: entry.inputs.clone(),
                last: Some(entry.inputs.clone()),
                live: found.live,
                needs: entry.dependencies.clone(),
                retain,
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
