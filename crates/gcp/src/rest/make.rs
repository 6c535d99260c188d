//! Makes a resource, and never twice.

use engine::{Call, Cause, Failure, Live, Method, Place, Session, Shape, wire};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::delete::{is_leaving, remove};
use super::{collection, fetch, fill, finish, live, path, read, turn, unnamed, with_query};
use crate::resource::{Create, Kind};

/// The fields of the API among the inputs, as they travel.
pub fn body(kind: &Kind, inputs: &Value) -> Map<String, Value> {
    let identity = kind.identity();
    let mut out = Map::new();
    for (name, value) in inputs.as_object().into_iter().flatten() {
        if identity.contains(&name.as_str()) || kind.ours.contains(&name.as_str()) || name == "project" {
            continue;
        }
        let shape = kind.facts.shape.field(name).map_or(&Shape::Any, |it| &it.shape);
        out.insert(name.clone(), wire(value, shape));
    }
    out
}

pub(super) fn put_at(body: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        Some((first, rest)) => {
            if let Value::Object(inner) = body.entry(first).or_insert_with(|| json!({})) {
                put_at(inner, rest, value);
            }
        }
        None => {
            body.insert(path.to_owned(), value);
        }
    }
}

/// Makes it.
///
/// # Errors
/// Any refusal. When an earlier try may have made it, what is there is taken as that.
pub async fn create(kind: &Kind, session: &Session, at: Place<'_>) -> Result<Live, Failure> {
    create_by(kind, session, at, &creation(kind, at)?).await
}

/// The call that makes it.
///
/// # Errors
/// When what it is named by is not known.
pub fn creation(kind: &Kind, at: Place<'_>) -> Result<Call, Failure> {
    match &kind.create {
        Create::Put => {
            let path = path(kind, at).ok_or_else(|| unnamed(kind))?;
            Ok(Call::new(Method::Put, kind.facts.service, path)
                .about(&kind.facts)
                .body(Value::Object(body(kind, at.inputs))))
        }
        Create::Post { query, body: extra } => {
            let mut body = body(kind, at.inputs);
            for (path, template) in *extra {
                let value = fill(template, at.inputs, false).ok_or_else(|| unnamed(kind))?;
                put_at(&mut body, path, Value::String(value));
            }
            let path = collection(kind, at.inputs).ok_or_else(|| unnamed(kind))?;
            let call = Call::new(Method::Post, kind.facts.service, path)
                .about(&kind.facts)
                .body(Value::Object(body));
            with_query(call, query, at.inputs)
        }
        Create::Own => Err(Failure::other(format!("{} has no way to be made", kind.facts.token))),
    }
}

/// Makes it by this call.
///
/// # Errors
/// Any refusal. When an earlier try may have made it, what is there is taken as that.
pub async fn create_by(kind: &Kind, session: &Session, at: Place<'_>, call: &Call) -> Result<Live, Failure> {
    match send_create(kind, session, at, call, || read(kind, session, at)).await? {
        Made::Answer(state) => {
            let live =
                live(kind, at, state).ok_or_else(|| Failure::unexpected(call, "it is gone at once"))?;
            if kind.seen_late {
                await_sight(kind, session, at, &live).await?;
            }
            Ok(live)
        }
        Made::Found(live) => Ok(live),
    }
}

/// Looks until what was made is seen, so that neither what needs it nor the next plan misses it.
async fn await_sight(kind: &Kind, session: &Session, at: Place<'_>, made: &Live) -> Result<(), Failure> {
    let at = Place { id: Some(&made.id), ..at };
    for tries in 1..=8 {
        match fetch(kind, session, at).await {
            Ok(_) => return Ok(()),
            // An account that nobody has seen yet is also answered with 403.
            Err(failure) if matches!(failure.cause(), Some(Cause::NotFound | Cause::Denied)) => {
                session.pause(session.backoff(tries)).await;
            }
            Err(failure) => return Err(failure),
        }
    }
    // It was made, whatever caches say.
    Ok(())
}

/// What a creation came to.
pub enum Made {
    /// The API's answer, any operation waited for.
    Answer(Value),
    /// An earlier try had made it.
    Found(Live),
}

/// Sends a creation. Where a try got no answer, looks with `look` before trying again, so that nothing is
/// made twice. Where the operation that it began fails because of what this run has just made true (a grant that is not
/// seen everywhere yet), what that left behind is deleted, and it is made again.
///
/// # Errors
/// Any refusal.
pub async fn send_create<F>(
    kind: &Kind,
    session: &Session,
    at: Place<'_>,
    call: &Call,
    look: impl Fn() -> F,
) -> Result<Made, Failure>
where
    F: Future<Output = Result<Option<Live>, Failure>>,
{
    let _turn = turn(kind, session, at.inputs).await;
    let begun = Instant::now();
    let mut tries = 0;
    loop {
        tries += 1;
        let failure = match session.send(call).await {
            Ok(answer) => match finish(kind, session, answer).await {
                Ok(answer) => return Ok(Made::Answer(answer)),
                Err(failure) if session.waits_out(&failure, call, tries).await => {
                    // The failed operation may have made the resource, whose name the next try needs.
                    if remove(kind, session, at).await.is_err() {
                        return Err(failure);
                    }
                    continue;
                }
                Err(failure) => return Err(failure),
            },
            Err(failure) => failure,
        };
        if failure.cause() == Some(&Cause::Exists) && is_leaving(kind, session, at.inputs) {
            // The one that this run deleted a moment ago still has the name.
            session.pause(session.backoff(tries)).await;
            continue;
        }
        if !failure.is_unsure() {
            return Err(failure);
        }
        let taken = failure.cause() == Some(&Cause::Exists);
        match look_for(session, &look, taken).await? {
            Some(live) => return Ok(Made::Found(live)),
            None if session.goes_on(begun) && !taken => {
                session.pause(session.backoff(tries)).await;
            }
            None => return Err(failure),
        }
    }
}

/// Looks for what an earlier try may have made; again and again when the name is taken, for then it is there
/// and only a cache says otherwise.
async fn look_for<F>(session: &Session, look: &impl Fn() -> F, taken: bool) -> Result<Option<Live>, Failure>
where
    F: Future<Output = Result<Option<Live>, Failure>>,
{
    let looks = if taken { 6 } else { 1 };
    for tries in 1..=looks {
        session.forget_reads();
        if let Some(live) = look().await? {
            return Ok(Some(live));
        }
        if tries < looks {
            session.pause(session.backoff(tries)).await;
        }
    }
    Ok(None)
}
