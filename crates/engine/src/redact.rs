//! Keeps secrets out of recordings, messages and logs: what was declared secret is known by its value, wherever a server
//! or an error repeats it.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};

use crate::input::{HIDDEN, expr_of, is_secret, reveal, secrets_of};
use crate::path::{Path, Pattern};
use crate::{Expr, Rule};

/// A secret shorter than this is replaced only where it is a whole text: anywhere else it would shred every text.
const SHORTEST: usize = 3;

/// The secrets that this run has met. Cheap to ask, and shared by all that records or shows.
#[derive(Debug, Default)]
pub struct Redactor {
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// Longest first where one is part of another.
    texts: BTreeSet<(std::cmp::Reverse<usize>, String)>,
}

impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "({} secrets)", self.texts.len())
    }
}

impl Redactor {
    fn known(&self) -> MutexGuard<'_, Known> {
        // Only ever added to, so a panic elsewhere leaves it usable.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of every secret in a value, wrapped or still an expression.
    pub fn learn(&self, value: &Value) {
        let mut found = secrets_of(value);
        of_expressions(value, &mut found);
        if found.is_empty() {
            return;
        }
        let mut known = self.known();
        for secret in found {
            let text = match &secret {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            if !text.is_empty() {
                known.texts.insert((std::cmp::Reverse(text.len()), text));
            }
        }
    }

    /// A text with `(secret)` in the place of every secret known by now, as it stands or percent-encoded.
    pub fn text(&self, text: &str) -> String {
        let known = self.known();
        let mut out = text.to_owned();
        for (_, secret) in &known.texts {
            if out == *secret {
                return HIDDEN.to_owned();
            }
            if secret.len() < SHORTEST {
                continue;
            }
            for form in [secret.clone(), percent_encoded(secret), json_escaped(secret)] {
                if out.contains(&form) {
                    out = out.replace(&form, HIDDEN);
                }
            }
        }
        out
    }

    /// A body as it may be shown: what is wrapped, what equals or holds a known secret, and what the rules of the kind it
    /// is about call a secret, at any depth.
    pub fn value(&self, value: &Value, rules: &[Rule]) -> Value {
        let secret: Vec<&'static Pattern> = rules
            .iter()
            .filter_map(|it| match it {
                Rule::Secret(at) => Some(Pattern::of_rule(at)),
                _ => None,
            })
            .collect();
        self.hidden(value, &secret, &[Path::default()])
    }

    /// `places`: where the value stands, seen from each object around it, for an answer may wrap the resource.
    fn hidden(&self, value: &Value, secret: &[&'static Pattern], places: &[Path]) -> Value {
        let is_named = || secret.iter().any(|pattern| places.iter().any(|it| pattern.covers(it)));
        if is_secret(value) || (!value.is_null() && is_named()) {
            return Value::String(HIDDEN.to_owned());
        }
        match value {
            Value::Object(map) => {
                let inner = |name: &str| -> Vec<Path> {
                    // Without secrets of the kind's own nothing asks where it is.
                    if secret.is_empty() {
                        return Vec::new();
                    }
                    places.iter().map(|it| it.field(name)).chain([Path::default()]).collect()
                };
                let fields =
                    map.iter().map(|(name, it)| (self.text(name), self.hidden(it, secret, &inner(name))));
                Value::Object(fields.collect::<Map<_, _>>())
            }
            Value::Array(items) => {
                let inner: Vec<Path> = places.iter().map(|it| it.index(0)).chain([Path::default()]).collect();
                items.iter().map(|it| self.hidden(it, secret, &inner)).collect()
            }
            Value::String(text) => Value::String(self.text(text)),
            Value::Number(number) => {
                let shown = self.text(&number.to_string());
                if shown == number.to_string() { value.clone() } else { Value::String(HIDDEN.to_owned()) }
            }
            Value::Null | Value::Bool(_) => value.clone(),
        }
    }
}

/// The secrets that are known while they are still expressions.
fn of_expressions(value: &Value, found: &mut Vec<Value>) {
    fn of_expr(expr: &Expr, hidden: bool, found: &mut Vec<Value>) {
        match expr {
            Expr::Known { value, .. } if hidden => {
                found.extend(secrets_of(&crate::secret(reveal(value))));
            }
            Expr::Known { value, .. } => found.extend(secrets_of(value)),
            Expr::Concat(parts) => parts.iter().for_each(|it| of_expr(it, hidden, found)),
            Expr::Secret(inner) => of_expr(inner, true, found),
            Expr::Attribute { .. } | Expr::Fact(_) => {}
        }
    }
    match value {
        Value::Object(map) => match expr_of(map) {
            Some(expr) => of_expr(&expr, false, found),
            None => map.values().for_each(|it| of_expressions(it, found)),
        },
        Value::Array(items) => items.iter().for_each(|it| of_expressions(it, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn percent_encoded(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(byte);
    let encoded =
        text.bytes().map(|it| if plain(&it) { char::from(it).to_string() } else { format!("%{it:02X}") });
    encoded.collect()
}

/// As it stands within JSON, without the quotes around it.
fn json_escaped(text: &str) -> String {
    let quoted = Value::String(text.to_owned()).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{expression, secret};
    use serde_json::json;

    fn knowing(value: Value) -> Redactor {
        let redactor = Redactor::default();
        redactor.learn(&value);
        redactor
    }

    #[test]
    fn a_secret_is_known_wherever_it_is_repeated() {
        let hidden = Expr::Secret(Box::new(Expr::Concat(vec![
            Expr::Known { value: json!("swordfish"), of: Vec::new() },
            Expr::Known { value: json!(443_556), of: Vec::new() },
        ])));
        let redactor = knowing(
            json!({ "a": [secret(json!("hunter/2 \"x\""))], "b": expression(&hidden), "c": secret(json!({ "pin": 98_765 })) }),
        );
        assert_eq!(redactor.text("no hunter/2 \"x\" here"), "no (secret) here");
        assert_eq!(redactor.text("v1/hunter%2F2%20%22x%22?swordfish"), "v1/(secret)?(secret)");
        assert_eq!(redactor.text(r#"{"a":"hunter/2 \"x\""}"#), r#"{"a":"(secret)"}"#);
        let answer = json!({ "env": [{ "value": "swordfish" }, { "value": "a-swordfish-b" }], "pin": 98_765, "port": 443_556, "n": 1 });
        let shown = json!({ "env": [{ "value": "(secret)" }, { "value": "a-(secret)-b" }], "pin": "(secret)", "port": "(secret)", "n": 1 });
        assert_eq!(redactor.value(&answer, &[]), shown);
    }

    #[test]
    fn a_short_secret_is_no_reason_to_shred_texts() {
        let redactor = knowing(secret(json!("ab")));
        assert_eq!(redactor.value(&json!(["ab", "cabin"]), &[]), json!(["(secret)", "cabin"]));
    }

    #[test]
    fn what_a_kind_calls_a_secret_is_hidden_in_every_wrapping() {
        let rules = &[Rule::Secret("labels.token"), Rule::Secret("users[*].password")];
        let redactor = Redactor::default();
        let it =
            json!({ "labels": { "token": "t", "plain": "p" }, "users": [{ "name": "n", "password": "w" }] });
        let hidden = json!({ "labels": { "token": "(secret)", "plain": "p" }, "users": [{ "name": "n", "password": "(secret)" }] });
        for wrapped in [
            |it: &Value| it.clone(),
            |it: &Value| json!({ "items": [it] }),
            |it: &Value| json!({ "response": it, "done": true }),
        ] {
            assert_eq!(redactor.value(&wrapped(&it), rules), wrapped(&hidden));
        }
        // Wrapped is secret, whatever anybody knows; a person's own data is theirs.
        let body = json!({ "a": secret(json!({ "b": 1 })), "c": { "$secret": "data" } });
        assert_eq!(redactor.value(&body, rules), json!({ "a": "(secret)", "c": { "$secret": "data" } }));
    }

    #[test]
    fn it_does_not_show_what_it_knows() {
        assert!(!format!("{:?}", knowing(secret(json!("hunter2")))).contains("hunter2"));
    }
}
