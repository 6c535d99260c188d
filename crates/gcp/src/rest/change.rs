//! Changes a resource in place.

use engine::{
    Call, Change, Failure, Field, Live, Method, Place, Repeat, Rule, Session, Shape, Terms, Update,
    merge_field, wire,
};
use serde_json::{Map, Value, json};

use super::make::put_at;
use super::{fetch, fill, finish, live, path, turn, unnamed};
use crate::resource::{Kind, Updating};

/// The fields at the top that the changes touch.
pub fn tops(changes: &[Change]) -> Vec<String> {
    let mut tops: Vec<String> = changes.iter().filter_map(|it| it.path.top().map(str::to_owned)).collect();
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
    let desired = update.desired.get(field);
    let last = update.last.and_then(|it| it.get(field));
    let merged = merge_field(terms(kind, &[]), field, desired, last, update.live.state.get(field));
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
    let _turn = turn(kind, session, at.inputs).await;
    let mut call = call.clone();
    let mut tries = 0;
    loop {
        tries += 1;
        let failure = match finish(kind, session, session.send(&call).await?).await {
            Ok(answer) => {
                return live(kind, at, answer)
                    .ok_or_else(|| Failure::unexpected(&call, "it is gone at once"));
            }
            Err(failure) => failure,
        };
        if !session.waits_out(&failure, &call, tries).await {
            return Err(failure);
        }
        // The operation that failed has changed it too.
        if let Some(etag) = call.body.as_mut().and_then(|it| it.get_mut("etag")) {
            *etag = fetch(kind, session, at).await?.state.get("etag").cloned().unwrap_or_default();
        }
    }
}

/// The call that changes it; none where only what steers us changes.
///
/// # Errors
/// When what it is named by is not known, or the kind cannot be changed in place.
pub fn changing(kind: &Kind, update: &Update<'_>) -> Result<Option<Call>, Failure> {
    let path = path(kind, update.at).ok_or_else(|| unnamed(kind))?;
    let mut fields = Map::new();
    let call = |method: Method| {
        Call::new(method, kind.facts.service, path.clone()).about(&kind.facts).repeat(Repeat::Safe)
    };
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
