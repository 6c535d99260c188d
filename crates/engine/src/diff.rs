//! Three-way diff: what is declared, what was declared last time, what is live.
//!
//! A field is ours if it is declared now or was declared last time. What we never owned is neither
//! compared nor touched.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::input::{HIDDEN, is_special, secrets_of, veil};
use crate::normal::{is_zero, same_scalar};
use crate::path::{Path, Pattern};
use crate::{Message, Rule, Shape, is_secret, is_unknown, reveal, secret};

/// A field that is not as declared.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// `template.containers[0].image`.
    pub path: Path,
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
    let mut walk = Walk::new(terms.rules);
    walk.secrets = [Some(desired), last].into_iter().flatten().flat_map(secrets_of).collect();
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
    walk.found
}

fn names<'a>(desired: &'a Map<String, Value>, last: Option<&'a Map<String, Value>>) -> Vec<&'a String> {
    let mut names: Vec<&String> = desired.keys().chain(last.into_iter().flat_map(Map::keys)).collect();
    names.sort();
    names.dedup();
    names
}

pub(crate) struct Walk<'a> {
    rules: &'a [Rule],
    found: Vec<Change>,
    /// What is not to be shown, wherever it is live.
    secrets: Vec<Value>,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(rules: &'a [Rule]) -> Walk<'a> {
        Walk { rules, found: Vec::new(), secrets: Vec::new() }
    }

    fn value(
        &mut self,
        shape: &Shape,
        path: &Path,
        desired: Option<&Value>,
        last: Option<&Value>,
        live: Option<&Value>,
    ) {
        let live = live.filter(|it| !it.is_null());
        // In the place of a secret is a secret, whatever somebody made of it since.
        let hidden = [desired, last].into_iter().flatten().any(is_secret);
        let wrapped = live.filter(|it| hidden && !is_secret(it)).map(|it| secret(it.clone()));
        let live = wrapped.as_ref().or(live);
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
        if is_secret(desired) || live.is_some_and(is_secret) {
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
                    return self.absent(shape, path, desired);
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
            (Shape::List(_), Value::Array(_)) if live.is_none() && self.is_left_out(shape, path, desired) => {
            }
            (Shape::List(inner), Value::Array(items)) => self.list(inner, path, items, last, live),
            _ => match live {
                Some(live) => {
                    if !same_scalar(shape, self.rules, path, desired, live) {
                        self.add(path, Some(live), Some(desired));
                    }
                }
                None => self.absent(shape, path, desired),
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
            if known || !settable || is_zero(live) {
                continue;
            }
            let (path, shape) = (path.field(name), message.field(name).map_or(&Shape::Any, |it| &it.shape));
            if !self.default(&path).is_some_and(|it| self.same_whole(shape, &path, &it, live)) {
                self.add(&path, Some(live), None);
            }
        }
    }

    /// Declared, and nothing is live: fine if the API leaves such a value out.
    fn absent(&mut self, shape: &Shape, path: &Path, desired: &Value) {
        if !self.is_left_out(shape, path, desired) {
            self.add(path, None, Some(desired));
        }
    }

    fn is_left_out(&self, shape: &Shape, path: &Path, value: &Value) -> bool {
        if let Some(default) = self.default(path) {
            return self.same_whole(shape, path, value, &default) || (is_zero(value) && is_zero(&default));
        }
        // An empty message may be a choice (`automatic: {}`), which the server would give back.
        if self.rules.iter().any(|it| matches!(it, Rule::Presence(at) if path.is_within(at))) {
            return false;
        }
        match (shape, value) {
            (Shape::Message(message), Value::Object(fields)) if !is_special(value) => {
                fields.iter().all(|(name, value)| {
                    let shape = message.field(name).map_or(&Shape::Any, |it| &it.shape);
                    self.is_left_out(shape, &path.field(name), value)
                })
            }
            _ => is_zero(value),
        }
    }

    /// Declared last time and no more: the server's default comes back.
    fn removed(&mut self, shape: &Shape, path: &Path, last: Option<&Value>, live: Option<&Value>) {
        let (Some(last), Some(live)) = (last, live) else { return };
        if last.is_null() || self.input_only(path) {
            return;
        }
        let default = self.default(path);
        if default.as_ref().is_some_and(|it| self.same_whole(shape, path, it, live)) {
            return;
        }
        match (shape, last) {
            // Of a map only the names that were ours go.
            (Shape::Map(inner), Value::Object(ours)) if !is_special(last) => {
                for (name, last) in ours {
                    self.value(inner, &path.key(name), None, Some(last), live.get(name));
                }
            }
            // In a map of names, an empty text is a value.
            _ if default.is_none() && is_zero(live) && !path.is_key() && !self.is_present(path) => {}
            (Shape::Message(message), Value::Object(ours))
                if !ours.is_empty() && !is_special(last) && self.keeps_defaults(path) =>
            {
                for (name, last) in ours {
                    let shape = message.field(name).map_or(&Shape::Any, |it| &it.shape);
                    self.value(shape, &path.field(name), None, Some(last), live.get(name));
                }
            }
            _ => self.add(path, Some(live), None),
        }
    }

    fn is_present(&self, path: &Path) -> bool {
        self.rules.iter().any(|it| matches!(it, Rule::Presence(at) if path.matches(at)))
    }

    /// Whether the server fills this message by itself, so that it can be there without being ours.
    fn keeps_defaults(&self, path: &Path) -> bool {
        self.rules.iter().any(|it| match it {
            Rule::Default(at, _) => {
                let pattern = Pattern::of_rule(at);
                !pattern.is_deep() && pattern.reaches_into(path)
            }
            _ => false,
        })
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
                    let fits = |d: &Value, l: &Value| self.covers(inner, &path.index(0), d, l);
                    let equal = items.len() == live_items.len()
                        && items.iter().all(|d| live_items.iter().any(|l| fits(d, l)))
                        && live_items.iter().all(|l| items.iter().any(|d| fits(d, l)));
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
            return self.add(path, live, Some(&json!(items)));
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
            let at = self.item_path(path, item, key);
            match of(live, &name) {
                Some(live) => self.value(inner, &at, Some(item), last.as_ref(), Some(&live)),
                None => self.add(&at, None, Some(item)),
            }
        }
        // The list is declared whole, so an item that is only live is drift.
        for item in live {
            let name = key_of(item, key);
            if of(items, &name).is_none() {
                let at = self.item_path(path, item, key);
                self.add(&at, Some(item), None);
            }
        }
    }

    /// Where an item of a keyed list stands. A key may be a secret, and a path is shown.
    fn item_path(&self, list: &Path, item: &Value, key: &str) -> Path {
        let name = key_of(item, key);
        let hidden = item.get(key).is_some_and(is_secret) || self.secrets.iter().any(|it| *it == name);
        list.item(if hidden { HIDDEN } else { &name })
    }

    fn columns(
        &mut self,
        inner: &Shape,
        path: &Path,
        items: &[Value],
        last: Option<&Vec<Value>>,
        live: &[Value],
    ) {
        let of = |list: &[Value], name: &str| list.iter().find(|it| column_of(it) == name).cloned();
        for item in items {
            let name = column_of(item);
            let at = self.item_path(path, item, "name");
            let Some(live) = of(live, &name) else {
                // A column that must have a value cannot be added to rows that have none.
                let required = item.get("mode").is_some_and(|it| is_mode(it, "REQUIRED"));
                self.add_as(&at, None, Some(item), required);
                continue;
            };
            let before = self.found.len();
            let last = last.and_then(|it| of(it, &name));
            self.value(inner, &at, Some(item), last.as_ref(), Some(&live));
            // Upper and lower case of a column's name are one.
            let mut kept = self.found.split_off(before);
            kept.retain(|change| change.path != at.field("name"));
            self.found.append(&mut kept);
            for change in &mut self.found[before..] {
                let nullable = change.after.is_null() || is_mode(&change.after, "NULLABLE");
                let loosened = is_mode(&change.before, "REQUIRED") && nullable;
                if change.path == at.field("type") || (change.path == at.field("mode") && !loosened) {
                    change.replaces = true;
                }
            }
        }
        for item in last.into_iter().flatten() {
            let name = column_of(item);
            if let (None, Some(live)) = (of(items, &name), of(live, &name)) {
                self.add_as(&self.item_path(path, item, "name"), Some(&live), None, true);
            }
        }
    }

    /// Whether every declared part of an item of a set is in a live item.
    pub(crate) fn covers(&self, shape: &Shape, path: &Path, desired: &Value, live: &Value) -> bool {
        let mut walk = Walk::new(self.rules);
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
        let walk = Walk::new(&rules);
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
        let immutable = self.rules.iter().any(|rule| match rule {
            Rule::Immutable(at) => path.is_within(at) || changes_within(path, at, before, after),
            Rule::FixedItems(at) => path.is_item_of(at),
            _ => false,
        });
        let before = before.map_or(Value::Null, |it| veil(&hide(self.rules, path, it), &self.secrets));
        let after = after.map_or(Value::Null, |it| hide(self.rules, path, it));
        self.found.push(Change { path: path.clone(), before, after, replaces: replaces || immutable });
    }
}

/// Whether in this message what is not declared must not be there.
pub(crate) fn is_whole(rules: &[Rule], path: &Path) -> bool {
    rules.iter().any(|it| matches!(it, Rule::Whole(at) if path.matches(at)))
}

/// Whether a change of a whole changes what stands inside it at a rule's pattern.
fn changes_within(path: &Path, rule: &'static str, before: Option<&Value>, after: Option<&Value>) -> bool {
    let pattern = Pattern::of_rule(rule);
    if !pattern.reaches_into(path) {
        return false;
    }
    let inside = |whole: Option<&Value>| -> Vec<Value> {
        let found = whole.into_iter().flat_map(|it| pattern.within(path, it));
        found.map(|(_, it)| reveal(it)).filter(|it| !it.is_null()).collect()
    };
    // A whole that is not known yet may hold it.
    inside(before) != inside(after) || after.is_some_and(is_unknown)
}

fn is_mode(value: &Value, mode: &str) -> bool {
    value.as_str().is_some_and(|it| it.eq_ignore_ascii_case(mode))
}

pub(crate) fn key_of(item: &Value, key: &str) -> String {
    item.get(key).map(reveal).as_ref().and_then(Value::as_str).unwrap_or("").to_owned()
}

/// A column's name as BigQuery compares it.
pub(crate) fn column_of(item: &Value) -> String {
    key_of(item, "name").to_lowercase()
}

/// A value in which what a kind says is secret is wrapped.
pub(crate) fn hide(rules: &[Rule], path: &Path, value: &Value) -> Value {
    if is_special(value) || value.is_null() {
        return value.clone();
    }
    let mut secrets = rules.iter().filter(|it| matches!(it, Rule::Secret(_))).peekable();
    if secrets.peek().is_none() {
        return value.clone();
    }
    if secrets.any(|it| matches!(it, Rule::Secret(at) if path.is_within(at))) {
        return secret(reveal(value));
    }
    match value {
        Value::Object(map) => map.iter().map(|(k, v)| (k.clone(), hide(rules, &path.field(k), v))).collect(),
        Value::Array(items) => items.iter().map(|it| hide(rules, &path.index(0), it)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}
