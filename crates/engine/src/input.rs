//! Values of a declaration, known now or only once a resource exists.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::marker::PhantomData;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::Urn;
use crate::path::{Path, Pattern};

/// A field of a resource: not set, a value, or a reference to what another resource will have.
///
/// Anything that makes sense converts: `"text".into()`, `60.into()`, `service.uri().into()`.
#[derive(Clone, PartialEq, Default)]
pub enum Input<T> {
    /// Not declared: whatever the server has is left alone.
    #[default]
    Unset,
    Value(T),
    Expr(Expr),
}

/// What a resource will have once it exists: its URI, its e-mail address.
#[derive(Clone, Debug)]
pub struct Output<T> {
    expr: Expr,
    kind: PhantomData<fn() -> T>,
}

/// How to work a value out. See [`expression`] for how it stands among plain JSON.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Expr {
    /// Known when declared, and yet of other resources: they come first.
    Known { value: Value, of: Vec<Urn> },
    /// A field of a live resource: a path such as `uri` or `status.address`.
    Attribute { of: Urn, path: String },
    /// Something the provider tells once for all: `project.number`.
    Fact(String),
    /// Texts one after another.
    Concat(Vec<Expr>),
    /// Never shown, never written in clear.
    Secret(Box<Expr>),
}

// Marks of what is no plain data. A name of Google's or of a person's never begins with a NUL, so that an object which a
// person wrote, such as `{"$secret": "x"}`, is always just their data.
const EXPR: &str = "\u{0}expr";
const UNKNOWN: &str = "\u{0}unknown";
const SECRET: &str = "\u{0}secret";

impl<T> Input<T> {
    /// Whether nothing was declared.
    pub fn is_unset(&self) -> bool {
        matches!(self, Input::Unset)
    }

    /// The value, if it is one already.
    pub fn value(&self) -> Option<&T> {
        match self {
            Input::Value(it) => Some(it),
            Input::Expr(_) | Input::Unset => None,
        }
    }
}

impl Input<String> {
    /// The text, if it is known when declared.
    pub fn text(&self) -> Option<&str> {
        match self {
            Input::Value(it) => Some(it),
            Input::Expr(it) => it.text(),
            Input::Unset => None,
        }
    }

    /// Keeps this text out of terminals, logs, plans and, in clear, the ledger.
    #[must_use]
    pub fn secret(self) -> Input<String> {
        match self {
            Input::Unset => Input::Unset,
            it => Input::Expr(Expr::Secret(Box::new(it.into_expr()))),
        }
    }

    fn into_expr(self) -> Expr {
        match self {
            Input::Value(it) => Expr::Known { value: Value::String(it), of: Vec::new() },
            Input::Expr(it) => it,
            Input::Unset => Expr::Known { value: Value::String(String::new()), of: Vec::new() },
        }
    }
}

/// Texts one after another, each known now or later: `concat(["serviceAccount:".into(), account.email()])`.
pub fn concat<const N: usize>(parts: [Input<String>; N]) -> Input<String> {
    Input::Expr(Expr::Concat(parts.into_iter().map(Input::into_expr).collect()))
}

impl Expr {
    fn text(&self) -> Option<&str> {
        match self {
            Expr::Known { value, .. } => value.as_str(),
            Expr::Attribute { .. } | Expr::Fact(_) | Expr::Concat(_) | Expr::Secret(_) => None,
        }
    }
}

impl<T> Output<T> {
    pub(crate) fn new(expr: Expr) -> Output<T> {
        Output { expr, kind: PhantomData }
    }

    /// A value that is known when declared, of a resource that must come first.
    pub fn known(value: impl Into<Value>, of: &Urn) -> Output<T> {
        Output::new(Expr::Known { value: value.into(), of: vec![of.clone()] })
    }

    /// A field that the live resource will have.
    pub fn attribute(of: &Urn, path: &str) -> Output<T> {
        Output::new(Expr::Attribute { of: of.clone(), path: path.to_owned() })
    }

    /// Something the provider tells, such as `project.number`.
    pub fn fact(name: &str) -> Output<T> {
        Output::new(Expr::Fact(name.to_owned()))
    }
}

impl<T> From<T> for Input<T> {
    fn from(it: T) -> Self {
        Input::Value(it)
    }
}
impl<T> From<Output<T>> for Input<T> {
    fn from(it: Output<T>) -> Self {
        Input::Expr(it.expr)
    }
}
impl From<&str> for Input<String> {
    fn from(it: &str) -> Self {
        Input::Value(it.to_owned())
    }
}
impl From<&String> for Input<String> {
    fn from(it: &String) -> Self {
        Input::Value(it.clone())
    }
}
impl From<&str> for Input<Value> {
    fn from(it: &str) -> Self {
        Input::Value(Value::String(it.to_owned()))
    }
}
impl From<String> for Input<Value> {
    fn from(it: String) -> Self {
        Input::Value(Value::String(it))
    }
}
impl From<Input<String>> for Input<Value> {
    fn from(it: Input<String>) -> Self {
        match it {
            Input::Unset => Input::Unset,
            Input::Value(it) => Input::Value(Value::String(it)),
            Input::Expr(it) => Input::Expr(it),
        }
    }
}
impl From<Output<String>> for Input<Value> {
    fn from(it: Output<String>) -> Self {
        Input::Expr(it.expr)
    }
}

impl<T: fmt::Debug> fmt::Debug for Input<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Input::Unset => f.write_str("Unset"),
            Input::Value(it) => it.fmt(f),
            Input::Expr(it) => it.fmt(f),
        }
    }
}

/// Never prints what a secret holds.
impl fmt::Debug for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expr::Known { value, .. } => write!(f, "{value}"),
            Expr::Attribute { of, path } => write!(f, "{}.{path}", of.name()),
            Expr::Fact(name) => f.write_str(name),
            Expr::Concat(parts) => f.debug_list().entries(parts).finish(),
            Expr::Secret(_) => f.write_str("(secret)"),
        }
    }
}

impl<T: Serialize> Serialize for Input<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Input::Unset => to.serialize_unit(),
            Input::Value(it) => it.serialize(to),
            Input::Expr(it) => to.collect_map([(EXPR, it)]),
        }
    }
}

/// An expression as it stands among plain JSON.
pub fn expression(it: &Expr) -> Value {
    json!({ EXPR: it })
}

/// A span of time, to the millisecond; `"60s"` or `"0.8s"` in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seconds {
    millis: u64,
}

impl Seconds {
    pub const fn new(count: u64) -> Seconds {
        Seconds { millis: count * 1000 }
    }
    pub const fn millis(count: u64) -> Seconds {
        Seconds { millis: count }
    }
    /// Whole seconds; a part of one is left out.
    pub const fn whole(self) -> u64 {
        self.millis / 1000
    }
    pub const fn minutes(count: u64) -> Seconds {
        Seconds::new(count * 60)
    }
    pub const fn hours(count: u64) -> Seconds {
        Seconds::new(count * 3600)
    }
    pub const fn days(count: u64) -> Seconds {
        Seconds::new(count * 86400)
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.millis % 1000 {
            0 => write!(f, "{}s", self.millis / 1000),
            rest => write!(f, "{}.{rest:03}s", self.millis / 1000),
        }
    }
}

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// What the expressions of a declaration stand for.
pub trait Lookup {
    /// A field of a live resource; `None` while it is not known.
    fn attribute(&self, of: &Urn, path: &str) -> Option<Value>;
    /// A fact of the provider; `None` while it is not known.
    fn fact(&self, name: &str) -> Option<Value>;
}

/// Puts values in the place of expressions. What is not known yet becomes [`unknown`]; a secret stays
/// wrapped (see [`secret`]), and so does a text that a secret is part of.
pub fn resolve(value: &Value, lookup: &dyn Lookup) -> Value {
    match value {
        Value::Object(map) => match expr_of(map) {
            Some(expr) => resolve_expr(&expr, lookup),
            None => Value::Object(map.iter().map(|(k, v)| (k.clone(), resolve(v, lookup))).collect()),
        },
        Value::Array(items) => items.iter().map(|it| resolve(it, lookup)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// The expression that a value is, if it is one.
pub fn expression_of(value: &Value) -> Option<Expr> {
    expr_of(value.as_object()?)
}

/// Wraps what stands at the places that a pattern names, however it was declared.
pub fn conceal(value: &mut Value, pattern: &Pattern) {
    fn walk(value: &mut Value, at: &Path, pattern: &Pattern) {
        if value.is_null() || is_secret(value) {
            return;
        }
        if pattern.matches(at) {
            *value = match expression_of(value) {
                Some(Expr::Secret(_)) => return,
                Some(expr) => expression(&Expr::Secret(Box::new(expr))),
                None => {
                    expression(&Expr::Secret(Box::new(Expr::Known { value: value.take(), of: Vec::new() })))
                }
            };
            return;
        }
        match value {
            Value::Object(map) if !is_expression(map) => {
                map.iter_mut().for_each(|(name, it)| walk(it, &at.field(name), pattern));
            }
            Value::Array(items) => {
                items.iter_mut().enumerate().for_each(|(i, it)| walk(it, &at.index(i), pattern));
            }
            Value::Object(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    walk(value, &Path::default(), pattern);
}

pub(crate) fn expr_of(map: &Map<String, Value>) -> Option<Expr> {
    if map.len() != 1 {
        return None;
    }
    map.get(EXPR).and_then(|it| serde_json::from_value(it.clone()).ok())
}

fn resolve_expr(expr: &Expr, lookup: &dyn Lookup) -> Value {
    match expr {
        Expr::Known { value, .. } => value.clone(),
        Expr::Attribute { of, path } => lookup.attribute(of, path).unwrap_or_else(unknown),
        Expr::Fact(name) => lookup.fact(name).unwrap_or_else(unknown),
        Expr::Secret(inner) => match resolve_expr(inner, lookup) {
            it if is_unknown(&it) => it,
            it => secret(reveal(&it)),
        },
        Expr::Concat(parts) => {
            let parts: Vec<Value> = parts.iter().map(|it| resolve_expr(it, lookup)).collect();
            if parts.iter().any(is_unknown) {
                return unknown();
            }
            let hidden = parts.iter().any(is_secret);
            let text: String = parts.iter().map(|it| plain_text(&reveal(it))).collect();
            if hidden { secret(Value::String(text)) } else { Value::String(text) }
        }
    }
}

fn plain_text(value: &Value) -> String {
    match value {
        Value::String(it) => it.clone(),
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// The resources that a value refers to.
pub fn references(value: &Value) -> Vec<Urn> {
    let mut found = Vec::new();
    leaves(value, &mut |expr| match expr {
        Expr::Known { of, .. } => found.extend(of.iter().cloned()),
        Expr::Attribute { of, .. } => found.push(of.clone()),
        Expr::Fact(_) | Expr::Concat(_) | Expr::Secret(_) => {}
    });
    found.sort();
    found.dedup();
    found
}

/// The names of the provider's facts that a value is made of.
pub(crate) fn facts(value: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    leaves(value, &mut |expr| {
        if let Expr::Fact(name) = expr {
            found.insert(name.clone());
        }
    });
    found
}

/// Shows each expression within a value that is not made of others.
fn leaves(value: &Value, show: &mut dyn FnMut(&Expr)) {
    fn of_expr(expr: &Expr, show: &mut dyn FnMut(&Expr)) {
        match expr {
            Expr::Known { .. } | Expr::Attribute { .. } | Expr::Fact(_) => show(expr),
            Expr::Concat(parts) => parts.iter().for_each(|it| of_expr(it, show)),
            Expr::Secret(inner) => of_expr(inner, show),
        }
    }
    match value {
        Value::Object(map) => match expr_of(map) {
            Some(expr) => of_expr(&expr, show),
            None => map.values().for_each(|it| leaves(it, show)),
        },
        Value::Array(items) => items.iter().for_each(|it| leaves(it, show)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The stand-in for a value that is known only after apply.
pub fn unknown() -> Value {
    json!({ UNKNOWN: true })
}

/// Whether this is the stand-in for a value that is known only after apply.
pub fn is_unknown(value: &Value) -> bool {
    value.as_object().is_some_and(|it| it.len() == 1 && it.contains_key(UNKNOWN))
}

/// Whether any part of a value is not known yet.
pub fn has_unknown(value: &Value) -> bool {
    is_unknown(value)
        || match value {
            Value::Object(map) => map.values().any(has_unknown),
            Value::Array(items) => items.iter().any(has_unknown),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
        }
}

/// A value that is not to be shown.
pub fn secret(value: Value) -> Value {
    json!({ SECRET: value })
}

/// Whether a value is not to be shown.
pub fn is_secret(value: &Value) -> bool {
    value.as_object().is_some_and(|it| it.len() == 1 && it.contains_key(SECRET))
}

/// Whether any part of a value is not to be shown.
pub fn has_secret(value: &Value) -> bool {
    is_secret(value)
        || match value {
            Value::Object(map) => map.values().any(has_secret),
            Value::Array(items) => items.iter().any(has_secret),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
        }
}

/// A value with its secrets in clear: for a call's body and for comparing, never for showing.
pub fn reveal(value: &Value) -> Value {
    map_secrets(value, &|it| reveal(it))
}

/// A value as others may read it: `"(secret)"` in the place of secrets, `{"$unknown": true}` in the place of what is not
/// known yet.
pub fn mask(value: &Value) -> Value {
    match value {
        _ if is_secret(value) => Value::String(HIDDEN.to_owned()),
        _ if is_unknown(value) => json!({ "$unknown": true }),
        Value::Object(map) => map.iter().map(|(k, v)| (k.clone(), mask(v))).collect(),
        Value::Array(items) => items.iter().map(mask).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// Stands where a secret would.
pub(crate) const HIDDEN: &str = "(secret)";

/// Whether an object is an expression, a secret or unknown: one value, and no object with fields.
pub(crate) fn is_special(value: &Value) -> bool {
    value
        .as_object()
        .is_some_and(|it| it.len() == 1 && it.keys().all(|k| [EXPR, UNKNOWN, SECRET].contains(&k.as_str())))
}

/// Whether an object is an expression.
pub(crate) fn is_expression(map: &Map<String, Value>) -> bool {
    map.len() == 1 && map.contains_key(EXPR)
}

/// The texts and numbers of a value that are not to be shown.
pub(crate) fn secrets_of(value: &Value) -> Vec<Value> {
    fn walk(value: &Value, hidden: bool, found: &mut Vec<Value>) {
        let hidden = hidden || is_secret(value);
        match value {
            Value::Object(map) => map.values().for_each(|it| walk(it, hidden, found)),
            Value::Array(items) => items.iter().for_each(|it| walk(it, hidden, found)),
            Value::String(text) if hidden && !text.is_empty() => found.push(value.clone()),
            Value::Number(_) if hidden => found.push(value.clone()),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut found = Vec::new();
    walk(value, false, &mut found);
    found
}

/// A value in which these texts and numbers are wrapped, wherever they stand: what a server gives back does
/// not say that it is a secret.
pub(crate) fn veil(value: &Value, secrets: &[Value]) -> Value {
    match value {
        _ if secrets.is_empty() || is_secret(value) => value.clone(),
        Value::Object(map) => map.iter().map(|(k, v)| (k.clone(), veil(v, secrets))).collect(),
        Value::Array(items) => items.iter().map(|it| veil(it, secrets)).collect(),
        Value::String(_) | Value::Number(_) if secrets.contains(value) => secret(value.clone()),
        // A text in which a server repeats one.
        Value::String(text) if secrets.iter().any(|it| is_part_of(it, text)) => secret(value.clone()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// A declaration in which these texts and numbers are secret, wherever they stand, within expressions too.
pub(crate) fn veil_declared(value: &Value, secrets: &[Value]) -> Value {
    fn of_expr(expr: &Expr, secrets: &[Value]) -> Expr {
        match expr {
            Expr::Known { value, of } => match veil(value, secrets) {
                it if is_secret(&it) => Expr::Secret(Box::new(expr.clone())),
                it => Expr::Known { value: it, of: of.clone() },
            },
            Expr::Concat(parts) => Expr::Concat(parts.iter().map(|it| of_expr(it, secrets)).collect()),
            Expr::Attribute { .. } | Expr::Fact(_) | Expr::Secret(_) => expr.clone(),
        }
    }
    match value {
        Value::Object(map) => match expr_of(map) {
            Some(expr) => expression(&of_expr(&expr, secrets)),
            None if is_special(value) => value.clone(),
            None => map.iter().map(|(k, v)| (k.clone(), veil_declared(v, secrets))).collect(),
        },
        Value::Array(items) => items.iter().map(|it| veil_declared(it, secrets)).collect(),
        Value::String(_) | Value::Number(_) | Value::Null | Value::Bool(_) => veil(value, secrets),
    }
}

/// Whether any part of a declared value is a secret, within expressions too.
pub(crate) fn declares_secret(value: &Value) -> bool {
    fn of_expr(expr: &Expr) -> bool {
        match expr {
            Expr::Known { value, .. } => has_secret(value),
            Expr::Concat(parts) => parts.iter().any(of_expr),
            Expr::Secret(_) => true,
            Expr::Attribute { .. } | Expr::Fact(_) => false,
        }
    }
    match value {
        Value::Object(map) => match expr_of(map) {
            Some(expr) => of_expr(&expr),
            None => is_secret(value) || map.values().any(declares_secret),
        },
        Value::Array(items) => items.iter().any(declares_secret),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// Whether a secret that is long enough to be told from chance is a part of a text.
fn is_part_of(secret: &Value, text: &str) -> bool {
    secret.as_str().is_some_and(|it| it.len() > 3 && text.contains(it))
}

pub(crate) fn map_secrets(value: &Value, with: &dyn Fn(&Value) -> Value) -> Value {
    match value {
        Value::Object(map) => match map.get(SECRET) {
            Some(inner) if map.len() == 1 => with(inner),
            _ => Value::Object(map.iter().map(|(k, v)| (k.clone(), map_secrets(v, with))).collect()),
        },
        Value::Array(items) => items.iter().map(|it| map_secrets(it, with)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// Names and values that a person attaches to a resource.
pub type Labels = BTreeMap<String, Input<String>>;

/// Labels from pairs: `labels([("team", "data")])`.
pub fn labels<const N: usize>(pairs: [(&str, &str); N]) -> Labels {
    pairs.into_iter().map(|(k, v)| (k.to_owned(), v.into())).collect()
}
