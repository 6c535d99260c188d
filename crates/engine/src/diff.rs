//! Three-way diff: what is declared, what was declared last time, what is live.
//!
//! A field is ours if it is declared now or was declared last time. What we never owned is neither
//! compared nor touched.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::normal::{is_special, is_zero, same_scalar};
use crate::path::Path;
use crate::{Message, Rule, Shape, is_unknown, reveal};

/// A field that is not as declared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// `template.containers[0].image`.
    pub path: String,
    /// What is live; null when nothing is. Secrets stay wrapped.
    pub before: Value,
    /// What it will be; null when the server's default comes back.
    pub after: Value,
    /// The resource must be made anew for it.
    pub replaces: bool,
}

/// The kind's part in a comparison.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    pub shape: &'a Message,
    pub rules: &'a [Rule],
    /// Fields that say which resource it is; they are not compared.
    pub identity: &'a [&'a str],
}

/// The fields to change so that what is live becomes what is declared.
pub fn diff(terms: Terms<'_>, desired: &Value, last: Option<&Value>, live: &Value) -> Vec<Change> {
    let mut walk = Walk { rules: terms.rules, found: Vec::new() };
    let none = Map::new();
    let desired = desired.as_object().unwrap_or(&none);
    let last = last.and_then(Value::as_object);
    for name in names(desired, last) {
        if terms.identity.contains(&name.as_str()) {
            continue;
        }
        let shape = terms.shape.field(name).map_or(&Shape::Any, |it| &it.shape);
        let path = Path::default().field(name);
        walk.value(shape, &path, desired.get(name), last.and_then(|it| it.get(name)), live.get(name));
    }
    walk.found.into_iter().map(|(_, change)| change).collect()
}

fn names<'a>(desired: &'a Map<String, Value>, last: Option<&'a Map<String, Value>>) -> Vec<&'a String> {
    let mut names: Vec<&String> = desired.keys().chain(last.into_iter().flat_map(Map::keys)).collect();
    names.sort();
    names.dedup();
    names
}

struct Walk<'a> {
    rules: &'a [Rule],
    found: Vec<(Path, Change)>,
}

impl Walk<'_> {
    fn value(
        &mut self,
        shape: &Shape,
        path: &Path,
        desired: Option<&Value>,
        last: Option<&Value>,
        live: Option<&Value>,
    ) {
        let live = live.filter(|it| !it.is_null());
        match desired {
            Some(desired) => self.declared(shape, path, desired, last, live),
            None => self.removed(shape, path, last, live),
        }
    }

    fn declared(
        &mut self,
        shape: &Shape,
        path: &Path,
        desired: &Value,
        last: Option<&Value>,
        live: Option<&Value>,
    ) {
        if is_unknown(desired) {
            return self.add(path, live, Some(desired));
        }
        if self.input_only(path) {
            // What cannot be read back is compared with what was declared; what was never declared and
            // is there already can only be trusted.
            if last.is_some_and(|it| !self.same_declared(shape, path, desired, it)) {
                self.add(path, last, Some(desired));
            }
            return;
        }
        if is_special(desired) || live.is_some_and(is_special) {
            // A secret: one value, compared in clear and shown masked.
            let (d, l) = (reveal(desired), live.map(reveal));
            if !l.as_ref().is_some_and(|l| self.same_whole(shape, path, &d, l)) {
                self.add(path, live, Some(desired));
            }
            return;
        }
        match (shape, desired) {
            (Shape::Message(message), Value::Object(fields)) => {
                let Some(live_fields) = live.and_then(Value::as_object) else {
                    return self.absent(path, desired);
                };
                let last = last.and_then(Value::as_object);
                for name in names(fields, last) {
                    let field = message.field(name);
                    if field.is_some_and(|it| it.output) {
                        continue;
                    }
                    let shape = field.map_or(&Shape::Any, |it| &it.shape);
                    let last = last.and_then(|it| it.get(name));
                    self.value(shape, &path.field(name), fields.get(name), last, live_fields.get(name));
                }
                if is_whole(self.rules, path) {
                    self.undeclared(message, path, fields, last, live_fields);
                }
            }
            (Shape::Map(inner), Value::Object(fields)) => {
                let none = Map::new();
                let live_fields = live.and_then(Value::as_object).unwrap_or(&none);
                let last = last.and_then(Value::as_object);
                for name in names(fields, last) {
                    let last = last.and_then(|it| it.get(name));
                    let (path, desired, live) = (path.key(name), fields.get(name), live_fields.get(name));
                    match (desired, live) {
                        // In a map of names, an empty text is a value.
                        (Some(desired), None) if !self.input_only(&path) => {
                            self.add(&path, None, Some(desired))
                        }
                        _ => self.value(inner, &path, desired, last, live),
                    }
                }
            }
            (Shape::List(inner), Value::Array(items)) => self.list(inner, path, items, last, live),
            _ => match live {
                Some(live) => {
                    if !same_scalar(shape, self.rules, path, desired, live) {
                        self.add(path, Some(live), Some(desired));
                    }
                }
                None => self.absent(path, desired),
            },
        }
    }

    /// Fields of a message that is declared whole, and that are only live.
    fn undeclared(
        &mut self,
        message: &Message,
        path: &Path,
        desired: &Map<String, Value>,
        last: Option<&Map<String, Value>>,
        live: &Map<String, Value>,
    ) {
        for (name, live) in live {
            let known = desired.contains_key(name) || last.is_some_and(|it| it.contains_key(name));
            let settable = message.field(name).is_some_and(|it| !it.output);
            if !known && settable && !is_zero(live) {
                self.add(&path.field(name), Some(live), None);
            }
        }
    }

    /// Declared, and nothing is live: fine if the API leaves such a value out.
    fn absent(&mut self, path: &Path, desired: &Value) {
        let default = self.default(path);
        let equal = match &default {
            Some(default) => default == desired || (is_zero(desired) && is_zero(default)),
            None => {
                is_zero(desired)
                    && !self.rules.iter().any(|it| matches!(it, Rule::Presence(at) if path.is_within(at)))
            }
        };
        // An empty message may be a choice (`automatic: {}`), which the server would give back.
        let chosen = desired.as_object().is_some_and(|it| it.is_empty())
            && self.rules.iter().any(|it| matches!(it, Rule::Presence(at) if path.matches(at)));
        if !equal || chosen {
            self.add(path, None, Some(desired));
        }
    }

    /// Declared last time and no more: the server's default comes back.
    fn removed(&mut self, shape: &Shape, path: &Path, last: Option<&Value>, live: Option<&Value>) {
        let (Some(last), Some(live)) = (last, live) else { return };
        if last.is_null() || self.input_only(path) {
            return;
        }
        match self.default(path) {
            Some(default) if self.same_whole(shape, path, &default, live) => return,
            Some(_) => {}
            None if is_zero(live)
                && !self.rules.iter().any(|it| matches!(it, Rule::Presence(at) if path.matches(at))) =>
            {
                return;
            }
            None => {}
        }
        match (shape, last) {
            // Of a map only the names that were ours go.
            (Shape::Map(inner), Value::Object(ours)) => {
                for (name, last) in ours {
                    self.removed(inner, &path.key(name), Some(last), live.get(name));
                }
            }
            (Shape::Message(message), Value::Object(ours))
                if !ours.is_empty() && self.keeps_defaults(path) =>
            {
                for (name, last) in ours {
                    let shape = message.field(name).map_or(&Shape::Any, |it| &it.shape);
                    self.removed(shape, &path.field(name), Some(last), live.get(name));
                }
            }
            _ => self.add(path, Some(live), None),
        }
    }

    /// Whether the server fills this message by itself, so that it can be there without being ours.
    fn keeps_defaults(&self, path: &Path) -> bool {
        self.rules.iter().any(|it| matches!(it, Rule::Default(at, _) if is_above(&path.to_string(), at)))
    }

    fn list(
        &mut self,
        inner: &Shape,
        path: &Path,
        items: &[Value],
        last: Option<&Value>,
        live: Option<&Value>,
    ) {
        let none = Vec::new();
        let live_items = live.and_then(Value::as_array).unwrap_or(&none);
        let last_items = last.and_then(Value::as_array);
        for rule in self.rules {
            match rule {
                Rule::Set(at) if path.matches(at) => {
                    let equal = items.len() == live_items.len()
                        && items
                            .iter()
                            .all(|d| live_items.iter().any(|l| self.covers(inner, &path.index(0), d, l)));
                    if !equal {
                        self.add(path, live, Some(&json!(items)));
                    }
                    return;
                }
                Rule::Keyed(at, key) if path.matches(at) => {
                    return self.keyed(inner, path, key, items, last_items, live_items);
                }
                Rule::Columns(at) if path.matches(at) => {
                    return self.columns(inner, path, items, last_items, live_items);
                }
                _ => {}
            }
        }
        if items.len() != live_items.len() {
            if !(items.is_empty() && live.is_none()) {
                self.add(path, live, Some(&json!(items)));
            }
            return;
        }
        for (i, (desired, live)) in items.iter().zip(live_items).enumerate() {
            let last = last_items.and_then(|it| it.get(i));
            self.value(inner, &path.index(i), Some(desired), last, Some(live));
        }
    }

    fn keyed(
        &mut self,
        inner: &Shape,
        path: &Path,
        key: &str,
        items: &[Value],
        last: Option<&Vec<Value>>,
        live: &[Value],
    ) {
        let of = |list: &[Value], name: &str| list.iter().find(|it| key_of(it, key) == name).cloned();
        for item in items {
            let name = key_of(item, key);
            let last = last.and_then(|it| of(it, &name));
            match of(live, &name) {
                Some(live) => self.value(inner, &path.item(&name), Some(item), last.as_ref(), Some(&live)),
                None => self.add(&path.item(&name), None, Some(item)),
            }
        }
        // The list is declared whole, so an item that is only live is drift.
        for item in live {
            let name = key_of(item, key);
            if of(items, &name).is_none() {
                self.add(&path.item(&name), Some(item), None);
            }
        }
    }

    fn columns(
        &mut self,
        inner: &Shape,
        path: &Path,
        items: &[Value],
        last: Option<&Vec<Value>>,
        live: &[Value],
    ) {
        let lower = |it: &Value| key_of(it, "name").to_lowercase();
        let of = |list: &[Value], name: &str| list.iter().find(|it| lower(it) == name).cloned();
        for item in items {
            let name = lower(item);
            let at = path.item(&key_of(item, "name"));
            let Some(live) = of(live, &name) else {
                // A column that must have a value cannot be added to rows that have none.
                let required = item.get("mode").and_then(Value::as_str) == Some("REQUIRED");
                self.add_as(&at, None, Some(item), required);
                continue;
            };
            let before = self.found.len();
            let last = last.and_then(|it| of(it, &name));
            self.value(inner, &at, Some(item), last.as_ref(), Some(&live));
            for (found, change) in &mut self.found[before..] {
                let loosened = change.before == json!("REQUIRED") && is_nullable(&change.after);
                if *found == at.field("type") || (*found == at.field("mode") && !loosened) {
                    change.replaces = true;
                }
            }
        }
        for item in last.into_iter().flatten() {
            let name = lower(item);
            if let (None, Some(live)) = (of(items, &name), of(live, &name)) {
                self.add_as(&path.item(&key_of(item, "name")), Some(&live), None, true);
            }
        }
    }

    /// Whether every declared part of an item of a set is in a live item.
    fn covers(&self, shape: &Shape, path: &Path, desired: &Value, live: &Value) -> bool {
        let mut walk = Walk { rules: self.rules, found: Vec::new() };
        walk.value(shape, path, Some(desired), None, Some(live));
        walk.found.is_empty()
    }

    fn same_whole(&self, shape: &Shape, path: &Path, a: &Value, b: &Value) -> bool {
        self.covers(shape, path, a, b) || a == b
    }

    /// Whether two declarations of what cannot be read back say the same.
    fn same_declared(&self, shape: &Shape, path: &Path, a: &Value, b: &Value) -> bool {
        let rules: Vec<Rule> =
            self.rules.iter().filter(|it| !matches!(it, Rule::InputOnly(_))).copied().collect();
        let walk = Walk { rules: &rules, found: Vec::new() };
        walk.covers(shape, path, a, b) && walk.covers(shape, path, b, a)
    }

    fn default(&self, path: &Path) -> Option<Value> {
        self.rules.iter().find_map(|rule| match rule {
            Rule::Default(at, text) if path.matches(at) => serde_json::from_str(text).ok(),
            _ => None,
        })
    }

    fn input_only(&self, path: &Path) -> bool {
        self.rules.iter().any(|it| matches!(it, Rule::InputOnly(at) if path.matches(at)))
    }

    fn add(&mut self, path: &Path, before: Option<&Value>, after: Option<&Value>) {
        self.add_as(path, before, after, false);
    }

    fn add_as(&mut self, path: &Path, before: Option<&Value>, after: Option<&Value>, replaces: bool) {
        let text = path.to_string();
        let immutable = self.rules.iter().any(|rule| match rule {
            Rule::Immutable(at) => path.is_within(at) || is_above(&text, at),
            _ => false,
        });
        let hidden = self.rules.iter().any(|it| matches!(it, Rule::Secret(at) if path.is_within(at)));
        let keep = |it: Option<&Value>| match it {
            Some(it) if hidden && !is_special(it) => crate::secret(it.clone()),
            Some(it) => it.clone(),
            None => Value::Null,
        };
        let change =
            Change { path: text, before: keep(before), after: keep(after), replaces: replaces || immutable };
        self.found.push((path.clone(), change));
    }
}

/// Whether in this message what is not declared must not be there.
fn is_whole(rules: &[Rule], path: &Path) -> bool {
    rules.iter().any(|it| matches!(it, Rule::Whole(at) if path.matches(at)))
}

/// Whether a field stands inside the message at a path.
fn is_above(path: &str, inner: &str) -> bool {
    inner.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'))
}

fn is_nullable(mode: &Value) -> bool {
    mode.is_null() || mode == "NULLABLE"
}

fn key_of(item: &Value, key: &str) -> String {
    item.get(key).and_then(Value::as_str).unwrap_or("").to_owned()
}

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
                let settable = message.field(name).is_some_and(|it| !it.output);
                let dropped = last.is_some_and(|it| it.contains_key(name)) && !fields.contains_key(name);
                if settable && !dropped && !whole {
                    out.insert(name.clone(), value.clone());
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
            for (name, value) in live.and_then(Value::as_object).into_iter().flatten() {
                if !last.is_some_and(|it| it.contains_key(name)) {
                    out.insert(name.clone(), value.clone());
                }
            }
            for (name, value) in fields {
                out.insert(name.clone(), merge_at(rules, &path.key(name), inner, Some(value), None, None));
            }
            Value::Object(out)
        }
        (Shape::List(inner), Value::Array(items)) => {
            let of = |list: Option<&Value>, at: usize| list.and_then(|it| it.get(at)).cloned();
            let keyed = rules.iter().find_map(|rule| match rule {
                Rule::Keyed(at, key) if path.matches(at) => Some(*key),
                Rule::Columns(at) if path.matches(at) => Some("name"),
                _ => None,
            });
            let unordered = rules.iter().any(|it| matches!(it, Rule::Set(at) if path.matches(at)));
            let by_key = |list: Option<&Value>, item: &Value, key: &str| {
                let list = list.and_then(Value::as_array)?;
                list.iter().find(|it| key_of(it, key).eq_ignore_ascii_case(&key_of(item, key))).cloned()
            };
            let mut out: Vec<Value> = Vec::new();
            for (i, item) in items.iter().enumerate() {
                let (last, live) = match keyed {
                    Some(key) => (by_key(last, item, key), by_key(live, item, key)),
                    None if unordered => (None, None),
                    None => (of(last, i), of(live, i)),
                };
                out.push(merge_at(rules, &path.index(i), inner, Some(item), last.as_ref(), live.as_ref()));
            }
            if rules.iter().any(|it| matches!(it, Rule::Columns(at) if path.matches(at))) {
                out = in_live_order(out, last, live);
            }
            Value::Array(out)
        }
        _ => desired.clone(),
    }
}

/// Columns keep their place, those of others stay, and new ones go last.
fn in_live_order(mut items: Vec<Value>, last: Option<&Value>, live: Option<&Value>) -> Vec<Value> {
    let mut out = Vec::new();
    for column in live.and_then(Value::as_array).into_iter().flatten() {
        let name = key_of(column, "name");
        let same = |it: &Value| key_of(it, "name").eq_ignore_ascii_case(&name);
        if let Some(at) = items.iter().position(same) {
            out.push(items.remove(at));
        } else if !last.and_then(Value::as_array).is_some_and(|it| it.iter().any(same)) {
            out.push(column.clone());
        }
    }
    out.extend(items);
    out
}
