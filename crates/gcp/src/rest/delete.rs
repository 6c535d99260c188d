//! Deletes a resource.

use std::time::Duration;

use engine::{Call, Fact, Failure, Method, Place, Session};
use serde_json::Value;

use super::{finish, id, path, turn, unnamed, with_query};
use crate::resource::Kind;

/// How long a name may stay taken after its resource was deleted.
const LEAVING: Duration = Duration::from_secs(120);

/// Deletes it; that it is gone already is success.
///
/// # Errors
/// Any other refusal.
pub async fn delete(kind: &Kind, session: &Session, at: Place<'_>) -> Result<(), Failure> {
    delete_by(kind, session, at, &deletion(kind, at)?).await
}

/// The call that deletes it.
///
/// # Errors
/// When what it is named by is not known.
pub fn deletion(kind: &Kind, at: Place<'_>) -> Result<Call, Failure> {
    let path = path(kind, at).ok_or_else(|| unnamed(kind))?;
    with_query(
        Call::new(Method::Delete, kind.facts.service, path).about(&kind.facts),
        kind.delete_query,
        at.inputs,
    )
}

/// Deletes it by this call; that it is gone already is success.
///
/// # Errors
/// Any other refusal.
pub async fn delete_by(kind: &Kind, session: &Session, at: Place<'_>, call: &Call) -> Result<(), Failure> {
    let _turn = turn(kind, session, at.inputs).await;
    send(kind, session, at, call).await
}

/// Deletes what a creation of this run left behind, within the creation's turn.
pub(super) async fn remove(kind: &Kind, session: &Session, at: Place<'_>) -> Result<(), Failure> {
    send(kind, session, at, &deletion(kind, at)?).await
}

async fn send(kind: &Kind, session: &Session, at: Place<'_>, call: &Call) -> Result<(), Failure> {
    let outcome = match session.send(call).await {
        Ok(answer) => finish(kind, session, answer).await.map(|_| ()),
        Err(failure) => Err(failure),
    };
    match outcome {
        Err(failure) if !failure.is_absent() => Err(failure),
        Ok(()) | Err(_) => {
            session.note(gone(kind, at.inputs));
            Ok(())
        }
    }
}

/// Whether this run deleted it so short a time ago that its name may still be taken.
pub(super) fn is_leaving(kind: &Kind, session: &Session, inputs: &Value) -> bool {
    session.has_fresh(&gone(kind, inputs), LEAVING)
}

fn gone(kind: &Kind, inputs: &Value) -> Fact {
    Fact::Deleted { kind: kind.facts.token, id: id(kind, inputs).unwrap_or_default() }
}
