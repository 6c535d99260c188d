//! Reads, makes, changes and deletes a resource by what its [`Kind`] says of Google's REST API.

mod change;
mod delete;
mod listed;
mod make;
mod operation;

use engine::{Call, Failure, Live, Place, Session, reveal};
use serde_json::Value;

use crate::resource::{Find, Kind};

pub use change::{changing, merged, terms, tops, update, update_by};
pub use delete::{delete, delete_by, deletion};
pub use listed::{each, in_locations, in_place, items, listed, whole};
pub use make::{Made, body, create, create_by, creation, send_create};
pub use operation::{finish, operation};

/// Fills a template's `{name}`s from inputs, each as one path segment. `None` while an input is not known.
pub fn fill(template: &str, inputs: &Value, encode: bool) -> Option<String> {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        out.push_str(before);
        let value = reveal(inputs.get(name)?);
        let text = value.as_str().map(str::to_owned).or_else(|| value.as_i64().map(|it| it.to_string()))?;
        out.push_str(&if encode { segment(&text) } else { text });
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

/// Percent-encodes a text as one segment of a path.
pub fn segment(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'@' | b'$' | b',' => {
                out.push(char::from(byte))
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// How other resources refer to it, once its inputs say it.
pub fn id(kind: &Kind, inputs: &Value) -> Option<String> {
    if kind.facts.made_id {
        return None;
    }
    let template = kind.id.unwrap_or_else(|| kind.path.split_once('/').map_or(kind.path, |(_, rest)| rest));
    fill(template, inputs, false)
}

/// Its path under the API's host.
pub fn path(kind: &Kind, at: Place<'_>) -> Option<String> {
    match (kind.path.ends_with("{id}"), at.id) {
        (true, Some(id)) => Some(format!("{}/{id}", version(kind))),
        (true, None) => None,
        (false, _) => fill(kind.path, at.inputs, true),
    }
}

/// The path of the list that it stands in.
pub fn collection(kind: &Kind, inputs: &Value) -> Option<String> {
    fill(kind.path.rsplit_once('/').map_or(kind.path, |(parent, _)| parent), inputs, true)
}

fn version(kind: &Kind) -> &'static str {
    kind.path.split_once('/').map_or("", |(version, _)| version)
}

pub(crate) fn unnamed(kind: &Kind) -> Failure {
    Failure::other(format!("the {}'s name is not known yet", kind.facts.noun))
}

pub(crate) fn with_query(mut call: Call, query: &[(&str, &str)], inputs: &Value) -> Result<Call, Failure> {
    for (name, template) in query {
        let value = fill(template, inputs, false)
            .ok_or_else(|| Failure::other(format!("{name} cannot be worked out from {template}")))?;
        call = call.query(name, value);
    }
    Ok(call)
}

/// What is there, or `None`.
///
/// # Errors
/// Any refusal but that it does not exist.
pub async fn read(kind: &Kind, session: &Session, at: Place<'_>) -> Result<Option<Live>, Failure> {
    if kind.path.ends_with("{id}") && at.id.is_none() {
        return match &kind.find {
            Some(it) => find(kind, it, session, at).await,
            None => Ok(None),
        };
    }
    let path = path(kind, at).ok_or_else(|| unnamed(kind))?;
    let call = with_query(
        Call::get(kind.facts.service, path).about(&kind.facts).asking(),
        kind.read_query,
        at.inputs,
    )?;
    match session.read(&call).await {
        Ok(state) => Ok(live(kind, at, state)),
        Err(failure) if failure.is_absent() => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// What is there now, whatever was read before; it must be there.
///
/// # Errors
/// Any refusal, and that it does not exist.
pub async fn fetch(kind: &Kind, session: &Session, at: Place<'_>) -> Result<Live, Failure> {
    let path = path(kind, at).ok_or_else(|| unnamed(kind))?;
    let call = with_query(
        Call::get(kind.facts.service, path).about(&kind.facts).asking(),
        kind.read_query,
        at.inputs,
    )?;
    let state = session.send(&call).await?;
    live(kind, at, state).ok_or_else(|| Failure::unexpected(&call, "it is gone at once"))
}

/// The resource in an answer, unless the answer says that it is gone.
pub fn live(kind: &Kind, at: Place<'_>, state: Value) -> Option<Live> {
    if let Some((field, value)) = kind.gone
        && state.get(field).and_then(Value::as_str) == Some(value)
    {
        return None;
    }
    let id = if kind.facts.made_id {
        state.get("name").and_then(Value::as_str).or(at.id).map(str::to_owned)
    } else {
        id(kind, at.inputs)
    };
    Some(Live { id: id.unwrap_or_default(), state })
}

/// Looks for one whose id Google made up, by what was declared of it.
async fn find(kind: &Kind, find: &Find, session: &Session, at: Place<'_>) -> Result<Option<Live>, Failure> {
    let inputs = at.inputs;
    let path = collection(kind, inputs).ok_or_else(|| unnamed(kind))?;
    let base =
        with_query(Call::get(kind.facts.service, path).about(&kind.facts).asking(), find.query, inputs)?;
    let items = match list(session, &base, find.items).await {
        Ok(items) => items,
        Err(failure) if failure.is_absent() => return Ok(None),
        Err(failure) => return Err(failure),
    };
    let mut found: Vec<Value> = items
        .into_iter()
        .filter(|it| find.by.iter().all(|field| it.get(*field) == inputs.get(*field).map(reveal).as_ref()))
        .filter(|it| !at.others.iter().any(|other| it["name"] == **other))
        .collect();
    if found.len() > 1 {
        let names: Vec<&str> = found.iter().filter_map(|it| it.get("name").and_then(Value::as_str)).collect();
        return Err(Failure::Other {
            message: format!(
                "{} of them look like this {}: {}",
                names.len(),
                kind.facts.noun,
                names.join(", ")
            ),
            hint: Some("delete the ones that are too many, or give this one a name of its own".to_owned()),
        });
    }
    Ok(found.pop().and_then(|state| live(kind, Place { id: None, ..at }, state)))
}

/// All items of a list, page by page.
///
/// # Errors
/// Any refusal.
pub async fn list(session: &Session, base: &Call, items: &str) -> Result<Vec<Value>, Failure> {
    let mut all = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let call = match &token {
            Some(token) => base.clone().query("pageToken", token),
            None => base.clone(),
        };
        let mut page = session.read(&call).await?;
        if let Some(Value::Array(found)) = page.get_mut(items).map(Value::take) {
            all.extend(found);
        }
        match page.get("nextPageToken").and_then(Value::as_str) {
            Some(next) if !next.is_empty() => token = Some(next.to_owned()),
            _ => return Ok(all),
        }
    }
}

/// A turn for kinds that an API wants one at a time within a project.
async fn turn(kind: &Kind, session: &Session, inputs: &Value) -> Option<tokio::sync::OwnedMutexGuard<()>> {
    if !kind.one_at_a_time {
        return None;
    }
    let lane = session.lane(&format!("{} {}", kind.facts.token, inputs["project"]));
    Some(lane.lock_owned().await)
}
