//! Reads, makes, changes and deletes a resource by what its [`Kind`] says of Google's REST API.

use std::time::Duration;

use engine::{
    Call, Cause, Change, Failure, Field, Live, Lost, Method, Place, Repeat, Rule, Session, Shape, Terms,
    Update, merge_field, reveal, wire,
};
use serde_json::{Map, Value, json};

use crate::resource::{Create, Find, Kind, Updating};

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
    let call = with_query(Call::get(kind.facts.service, path), kind.read_query, at.inputs)?;
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
    let call = with_query(Call::get(kind.facts.service, path), kind.read_query, at.inputs)?;
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
    let base = with_query(Call::get(kind.facts.service, path), find.query, inputs)?;
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

/// The fields of the API among the inputs, as they travel.
pub fn body(kind: &Kind, inputs: &Value) -> Map<String, Value> {
    let identity = kind.identity();
    let mut out = Map::new();
    for (name, value) in inputs.as_object().into_iter().flatten() {
        if identity.contains(&name.as_str()) || kind.ours.contains(&name.as_str()) || name == "project" {
            continue;
        }
        let shape = kind.facts.shape.field(name).map_or(&Shape::Any, |it| &it.shape);
        out.insert(name.clone(), wire(&reveal(value), shape));
    }
    out
}

fn put_at(body: &mut Map<String, Value>, path: &str, value: Value) {
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
            Ok(Call::new(Method::Put, kind.facts.service, path).body(Value::Object(body(kind, at.inputs))))
        }
        Create::Post { query, body: extra } => {
            let mut body = body(kind, at.inputs);
            for (path, template) in *extra {
                let value = fill(template, at.inputs, false).ok_or_else(|| unnamed(kind))?;
                put_at(&mut body, path, Value::String(value));
            }
            let path = collection(kind, at.inputs).ok_or_else(|| unnamed(kind))?;
            let call = Call::new(Method::Post, kind.facts.service, path).body(Value::Object(body));
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
/// made twice.
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
    let lane = session.lane(&format!("{} {}", kind.facts.token, at.inputs["project"]));
    let _turn = if kind.one_at_a_time { Some(lane.lock().await) } else { None };
    let mut tries = 0;
    loop {
        tries += 1;
        let failure = match session.send(call).await {
            Ok(answer) => return Ok(Made::Answer(finish(kind, session, answer).await?)),
            Err(failure) => failure,
        };
        if !failure.is_unsure() {
            return Err(failure);
        }
        let taken = failure.cause() == Some(&Cause::Exists);
        match look_for(session, &look, taken).await? {
            Some(live) => return Ok(Made::Found(live)),
            None if tries < 5 && !taken && !session.is_stopped() => {
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

/// Waits for the operation that an answer may be, and gives the resource in the end.
///
/// # Errors
/// What the operation ended with.
pub async fn finish(kind: &Kind, session: &Session, answer: Value) -> Result<Value, Failure> {
    if kind.operations {
        operation(kind.facts.service, version(kind), session, answer).await
    } else {
        Ok(answer)
    }
}

/// Polls an operation: soon at first, then less and less often.
///
/// # Errors
/// What the operation ended with.
pub async fn operation(
    service: &str,
    version: &str,
    session: &Session,
    mut answer: Value,
) -> Result<Value, Failure> {
    let mut wait = Duration::from_millis(200);
    let mut missing = 0;
    loop {
        let Some(name) = answer.get("name").and_then(Value::as_str).map(str::to_owned) else {
            return Ok(answer);
        };
        let call = Call::get(service, format!("{version}/{name}"));
        if answer.get("done").and_then(Value::as_bool) == Some(true) {
            if let Some(error) = answer.get("error") {
                return Err(refused_by(session, &call, error));
            }
            return Ok(answer.get("response").cloned().unwrap_or(Value::Null));
        }
        session.pause(wait).await;
        if session.is_stopped() {
            return Err(Failure::other(format!("stopped while {name} was under way")));
        }
        wait = (wait * 3 / 2).min(Duration::from_secs(5));
        answer = match session.send(&call).await {
            Ok(answer) => answer,
            // A fresh operation may not be found for a moment.
            Err(failure) if failure.is_absent() && missing < 10 => {
                missing += 1;
                answer
            }
            Err(failure) => return Err(failure),
        };
    }
}

/// An operation's error reads like an answer's.
fn refused_by(session: &Session, call: &Call, error: &Value) -> Failure {
    let status = match error.get("code").and_then(Value::as_i64) {
        Some(3 | 9 | 11) => 400,
        Some(5) => 404,
        Some(6 | 10) => 409,
        Some(7) => 403,
        Some(8) => 429,
        Some(14) => 503,
        _ => 500,
    };
    let answer = engine::Answer { status, retry_after: None, body: json!({ "error": error }) };
    let refusal = session.provider().refusal(call, &answer);
    Failure::Refused { call: call.to_string(), refusal, attempts: 1, unsure: true }
}

/// The fields at the top that the changes touch.
pub fn tops(changes: &[Change]) -> Vec<String> {
    let mut tops: Vec<String> =
        changes.iter().map(|it| it.path.split(['.', '[']).next().unwrap_or(&it.path).to_owned()).collect();
    tops.sort();
    tops.dedup();
    tops
}

/// The terms on which a kind's resources are compared.
pub fn terms<'a>(kind: &'a Kind, identity: &'a [&'a str]) -> Terms<'a> {
    Terms { shape: kind.facts.shape, rules: kind.facts.rules, identity }
}

/// The value to send for one field at the top: what is live with what is declared laid over; null to clear it.
pub fn merged(kind: &Kind, update: &Update<'_>, field: &str) -> Value {
    let shape = kind.facts.shape.field(field).map_or(&Shape::Any, |it| &it.shape);
    let desired = update.desired.get(field).map(reveal);
    let last = update.last.and_then(|it| it.get(field)).map(reveal);
    let live = update.live.state.get(field).map(reveal);
    let merged = merge_field(terms(kind, &[]), field, desired.as_ref(), last.as_ref(), live.as_ref());
    wire(&merged, shape)
}

/// Changes it in place.
///
/// # Errors
/// Any refusal.
pub async fn update(kind: &Kind, session: &Session, update: Update<'_>) -> Result<Live, Failure> {
    match changing(kind, &update)? {
        Some(call) => update_by(kind, session, update.at, &call).await,
        None => Ok(update.live.clone()),
    }
}

/// Changes it by this call.
///
/// # Errors
/// Any refusal.
pub async fn update_by(kind: &Kind, session: &Session, at: Place<'_>, call: &Call) -> Result<Live, Failure> {
    let lane = session.lane(&format!("{} {}", kind.facts.token, at.inputs["project"]));
    let _turn = if kind.one_at_a_time { Some(lane.lock().await) } else { None };
    let answer = finish(kind, session, session.send(call).await?).await?;
    live(kind, at, answer).ok_or_else(|| Failure::unexpected(call, "it is gone at once"))
}

/// The call that changes it; none where only what steers us changes.
///
/// # Errors
/// When what it is named by is not known, or the kind cannot be changed in place.
pub fn changing(kind: &Kind, update: &Update<'_>) -> Result<Option<Call>, Failure> {
    let path = path(kind, update.at).ok_or_else(|| unnamed(kind))?;
    let mut fields = Map::new();
    let call = |method: Method| Call::new(method, kind.facts.service, path.clone()).repeat(Repeat::Safe);
    let tops: Vec<String> =
        tops(update.changes).into_iter().filter(|it| !kind.ours.contains(&it.as_str())).collect();
    let call = match &kind.update {
        Updating::MaskInQuery => {
            for top in &tops {
                clear_or_set(&mut fields, top, merged(kind, update, top));
            }
            call(Method::Patch).query("updateMask", tops.join(",")).body(Value::Object(fields))
        }
        Updating::MaskInBody { wrap, name } => {
            for top in &tops {
                clear_or_set(&mut fields, top, merged(kind, update, top));
            }
            let name = fill(name, update.at.inputs, false).ok_or_else(|| unnamed(kind))?;
            fields.insert("name".to_owned(), Value::String(name));
            call(Method::Patch).body(json!({ *wrap: fields, "updateMask": tops.join(",") }))
        }
        Updating::MergePatch => {
            for top in &tops {
                let new = match merged(kind, update, top) {
                    // What is given back is asked for by its name where the API has a default.
                    Value::Null => default(kind.facts.rules, top, kind.facts.shape.field(top)),
                    new => new,
                };
                let shape = kind.facts.shape.field(top).map_or(&Shape::Any, |it| &it.shape);
                let old = update.live.state.get(top).unwrap_or(&Value::Null);
                fields.insert(top.clone(), merge_patch(kind.facts.rules, top, shape, new, old));
            }
            call(Method::Patch).body(Value::Object(fields))
        }
        Updating::Whole { put, etag } => {
            for field in kind.facts.shape.fields.iter().filter(|it| !it.output) {
                let identity = kind.identity().contains(&field.name);
                let value = merged(kind, update, field.name);
                if !value.is_null() && !identity {
                    fields.insert(field.name.to_owned(), value);
                }
            }
            match update.live.state.get("etag") {
                Some(live) if *etag => fields.insert("etag".to_owned(), live.clone()),
                _ => fields.remove("etag"),
            };
            if let Some(name) = update.live.state.get("name") {
                fields.insert("name".to_owned(), name.clone());
            }
            call(if *put { Method::Put } else { Method::Patch }).body(Value::Object(fields))
        }
        Updating::Never | Updating::Own => {
            return Err(Failure::other(format!("{} cannot be changed in place", kind.facts.token)));
        }
    };
    Ok((!tops.is_empty()).then_some(call))
}

/// In a masked update what is named and not sent is cleared.
fn clear_or_set(fields: &mut Map<String, Value>, name: &str, value: Value) {
    if !value.is_null() {
        fields.insert(name.to_owned(), value);
    }
}

/// What turns `old` into `new` where objects are merged: null, or the default, for each name that goes.
fn merge_patch(rules: &[Rule], path: &str, shape: &Shape, new: Value, old: &Value) -> Value {
    match (new, shape, old) {
        (Value::Object(mut new), Shape::Message(message), Value::Object(old)) => {
            for (name, old) in old {
                let Some(field) = message.field(name) else { continue };
                let path = format!("{path}.{name}");
                match new.remove(name) {
                    Some(value) => {
                        new.insert(name.clone(), merge_patch(rules, &path, &field.shape, value, old))
                    }
                    None if !field.output => new.insert(name.clone(), default(rules, &path, Some(field))),
                    None => None,
                };
            }
            Value::Object(new)
        }
        (Value::Object(mut new), Shape::Map(inner), Value::Object(old)) => {
            for (name, old) in old {
                let value =
                    new.remove(name).map_or(Value::Null, |value| merge_patch(rules, path, inner, value, old));
                new.insert(name.clone(), value);
            }
            Value::Object(new)
        }
        (new, ..) => new,
    }
}

/// What the server has at a path when nobody sets it, as far as the rules say; null where they do not.
fn default(rules: &[Rule], path: &str, field: Option<&Field>) -> Value {
    let shape = field.map_or(&Shape::Any, |it| &it.shape);
    let mut found = Map::new();
    for rule in rules {
        let Rule::Default(at, text) = rule else { continue };
        let Ok(value) = serde_json::from_str(text) else { continue };
        if *at == path {
            return wire(&value, shape);
        }
        if let Some(rest) = at.strip_prefix(path).and_then(|it| it.strip_prefix('.'))
            && !rest.contains('*')
        {
            put_at(&mut found, rest, value);
        }
    }
    if found.is_empty() { Value::Null } else { wire(&Value::Object(found), shape) }
}

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
    with_query(Call::new(Method::Delete, kind.facts.service, path), kind.delete_query, at.inputs)
}

/// Deletes it by this call; that it is gone already is success.
///
/// # Errors
/// Any other refusal.
pub async fn delete_by(kind: &Kind, session: &Session, at: Place<'_>, call: &Call) -> Result<(), Failure> {
    let lane = session.lane(&format!("{} {}", kind.facts.token, at.inputs["project"]));
    let _turn = if kind.one_at_a_time { Some(lane.lock().await) } else { None };
    let outcome = match session.send(call).await {
        Ok(answer) => finish(kind, session, answer).await.map(|_| ()),
        Err(failure) => Err(failure),
    };
    match outcome {
        Err(failure) if failure.is_absent() => Ok(()),
        other => other,
    }
}

/// Whether a call may have been lost on its way, so that what it does must be looked up.
pub fn was_lost(failure: &Failure) -> bool {
    matches!(failure, Failure::Lost { lost: Lost::Broken { .. }, .. })
}
