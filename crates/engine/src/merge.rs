//! What to send so that what is live becomes what is declared and nothing of others is lost.

use serde_json::{Map, Value};

use crate::diff::{Terms, Walk, column_of, is_whole, key_of};
use crate::input::is_special;
use crate::path::Path;
use crate::{Rule, Shape};

/// What to send so that the declared fields become so and everything else stays: the live value, less what
/// was ours and is no more, with the declared laid over.
pub fn merge(
    rules: &[Rule],
    shape: &Shape,
    desired: Option<&Value>,
    last: Option<&Value>,
    live: Option<&Value>,
) -> Value {
    merge_at(rules, &Path::default(), shape, desired, last, live)
}

/// As [`merge`], for the field of this name at the top of a resource.
pub fn merge_field(
    terms: Terms<'_>,
    name: &str,
    desired: Option<&Value>,
    last: Option<&Value>,
    live: Option<&Value>,
) -> Value {
    let shape = terms.shape.field(name).map_or(&Shape::Any, |it| &it.shape);
    merge_at(terms.rules, &Path::default().field(name), shape, desired, last, live)
}

fn merge_at(
    rules: &[Rule],
    path: &Path,
    shape: &Shape,
    desired: Option<&Value>,
    last: Option<&Value>,
    live: Option<&Value>,
) -> Value {
    let Some(desired) = desired else {
        return match (shape, live, last) {
            // Names of others stay when ours go.
            (Shape::Map(_), Some(Value::Object(live)), Some(Value::Object(last))) => Value::Object(
                live.iter()
                    .filter(|(k, _)| !last.contains_key(*k))
                    .map(|(k, v)| (k.clone(), v.clone()))
                    .collect(),
            ),
            (_, live, None) => live.cloned().unwrap_or(Value::Null),
            _ => Value::Null,
        };
    };
    match (shape, desired) {
        (Shape::Message(message), Value::Object(fields)) if !is_special(desired) => {
            let mut out = Map::new();
            let whole = is_whole(rules, path);
            let live = live.and_then(Value::as_object);
            let last = last.and_then(Value::as_object);
            for (name, value) in live.into_iter().flatten() {
                let Some(field) = message.field(name).filter(|it| !it.output && !whole) else { continue };
                let (path, last) = (path.field(name), last.and_then(|it| it.get(name)));
                let kept = merge_at(rules, &path, &field.shape, None, last, Some(value));
                let emptied = last.is_some() && kept.as_object().is_some_and(Map::is_empty);
                if !kept.is_null() && !emptied {
                    out.insert(name.clone(), kept);
                }
            }
            for (name, value) in fields {
                let shape = message.field(name).map_or(&Shape::Any, |it| &it.shape);
                let (last, live) = (last.and_then(|it| it.get(name)), live.and_then(|it| it.get(name)));
                out.insert(name.clone(), merge_at(rules, &path.field(name), shape, Some(value), last, live));
            }
            Value::Object(out)
        }
        (Shape::Map(inner), Value::Object(fields)) if !is_special(desired) => {
            let mut out = Map::new();
            let last = last.and_then(Value::as_object);
            let live = live.and_then(Value::as_object);
            for (name, value) in live.into_iter().flatten() {
                if !last.is_some_and(|it| it.contains_key(name)) {
                    out.insert(name.clone(), value.clone());
                }
            }
            for (name, value) in fields {
                let (last, live) = (last.and_then(|it| it.get(name)), live.and_then(|it| it.get(name)));
                out.insert(name.clone(), merge_at(rules, &path.key(name), inner, Some(value), last, live));
            }
            Value::Object(out)
        }
        (Shape::List(inner), Value::Array(items)) => {
            let columns = rules.iter().any(|it| matches!(it, Rule::Columns(at) if path.matches(at)));
            let partners = partners(rules, path, inner, items, live);
            let mut out: Vec<Value> = Vec::new();
            for (i, (item, partner)) in items.iter().zip(partners).enumerate() {
                let live = partner.and_then(|at| live?.get(at));
                let last = match Key::of_list(rules, path) {
                    Some(key) => last.and_then(Value::as_array).and_then(|it| it.get(key.find(it, item)?)),
                    None => partner.and_then(|at| last?.get(at)),
                };
                out.push(merge_at(rules, &path.index(i), inner, Some(item), last, live));
            }
            if columns {
                out = in_live_order(out, last, live);
            }
            Value::Array(out)
        }
        _ => desired.clone(),
    }
}

/// What tells the items of a list apart.
#[derive(Clone, Copy)]
enum Key {
    Field(&'static str),
    Column,
}

impl Key {
    fn of_list(rules: &[Rule], path: &Path) -> Option<Key> {
        rules.iter().find_map(|rule| match rule {
            Rule::Keyed(at, key) if path.matches(at) => Some(Key::Field(key)),
            Rule::Columns(at) if path.matches(at) => Some(Key::Column),
            _ => None,
        })
    }

    fn of(self, item: &Value) -> String {
        match self {
            Key::Field(name) => key_of(item, name),
            Key::Column => column_of(item),
        }
    }

    fn find(self, items: &[Value], item: &Value) -> Option<usize> {
        items.iter().position(|it| self.of(it) == self.of(item))
    }
}

/// For each declared item, where the live one stands that it is.
fn partners(
    rules: &[Rule],
    path: &Path,
    inner: &Shape,
    items: &[Value],
    live: Option<&Value>,
) -> Vec<Option<usize>> {
    let none = Vec::new();
    let live = live.and_then(Value::as_array).unwrap_or(&none);
    if let Some(key) = Key::of_list(rules, path) {
        return items.iter().map(|item| key.find(live, item)).collect();
    }
    if rules.iter().any(|it| matches!(it, Rule::Set(at) if path.matches(at))) {
        return vec![None; items.len()];
    }
    if items.len() == live.len() {
        return (0..items.len()).map(Some).collect();
    }
    // Places have moved: only what is as declared already is surely the same item.
    let walk = Walk::new(rules);
    let mut taken = vec![false; live.len()];
    let mut partner = |(i, item): (usize, &Value)| {
        let fits = |at: &usize| !taken[*at] && walk.covers(inner, &path.index(i), item, &live[*at]);
        let at = (0..live.len()).find(fits)?;
        taken[at] = true;
        Some(at)
    };
    items.iter().enumerate().map(&mut partner).collect()
}

/// Columns keep their place, those of others stay, and new ones go last.
fn in_live_order(mut items: Vec<Value>, last: Option<&Value>, live: Option<&Value>) -> Vec<Value> {
    let mut out = Vec::new();
    for column in live.and_then(Value::as_array).into_iter().flatten() {
        let same = |it: &Value| column_of(it) == column_of(column);
        if let Some(at) = items.iter().position(same) {
            out.push(items.remove(at));
        } else if !last.and_then(Value::as_array).is_some_and(|it| it.iter().any(same)) {
            out.push(column.clone());
        }
    }
    out.extend(items);
    out
}
