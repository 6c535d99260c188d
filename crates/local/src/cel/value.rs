//! Values of expressions.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::eval::EvalError;

/// A value of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    String(String),
    List(Vec<Value>),
    Map(BTreeMap<String, Value>),
    Timestamp(OffsetDateTime),
}

impl Value {
    /// The name of its type in CEL.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Double(_) => "double",
            Value::String(_) => "string",
            Value::List(_) => "list",
            Value::Map(_) => "map",
            Value::Timestamp(_) => "timestamp",
        }
    }

    /// Whether two values are equal. Numbers of both kinds compare by value, and anything compares with null.
    ///
    /// # Errors
    ///
    /// If they have types that do not compare: such an expression is a mistake, and is not taken for "not equal".
    pub fn equals(&self, other: &Value) -> Result<bool, EvalError> {
        match (self, other) {
            (Value::Null, other) | (other, Value::Null) => Ok(*other == Value::Null),
            (Value::Bool(a), Value::Bool(b)) => Ok(a == b),
            (Value::String(a), Value::String(b)) => Ok(a == b),
            (Value::Timestamp(a), Value::Timestamp(b)) => Ok(a == b),
            (Value::List(a), Value::List(b)) => {
                for (a, b) in a.iter().zip(b) {
                    if !a.equals(b)? {
                        return Ok(false);
                    }
                }
                Ok(a.len() == b.len())
            }
            (Value::Map(a), Value::Map(b)) => {
                for (key, a) in a {
                    match b.get(key) {
                        Some(b) if a.equals(b)? => {}
                        Some(_) | None => return Ok(false),
                    }
                }
                Ok(a.len() == b.len())
            }
            (Value::Int(_) | Value::Double(_), Value::Int(_) | Value::Double(_)) => {
                Ok(self.order(other)? == Some(Ordering::Equal))
            }
            _ => Err(EvalError::no_overload("==", &[self, other])),
        }
    }

    /// How two values are ordered; `None` for a number that is none.
    pub fn order(&self, other: &Value) -> Result<Option<Ordering>, EvalError> {
        Ok(match (self, other) {
            (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
            (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
            (Value::Timestamp(a), Value::Timestamp(b)) => Some(a.cmp(b)),
            (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
            (Value::Double(a), Value::Double(b)) => a.partial_cmp(b),
            (Value::Int(a), Value::Double(b)) => compare(*a, *b),
            (Value::Double(a), Value::Int(b)) => compare(*b, *a).map(Ordering::reverse),
            _ => return Err(EvalError::no_overload("<", &[self, other])),
        })
    }
}

/// Compares without rounding the integer.
fn compare(int: i64, double: f64) -> Option<Ordering> {
    // The limits of i64 as doubles; every double between them has an integral part that fits.
    if double.is_nan() {
        return None;
    }
    if double >= 9_223_372_036_854_775_808.0 {
        return Some(Ordering::Less);
    }
    if double < -9_223_372_036_854_775_808.0 {
        return Some(Ordering::Greater);
    }
    let whole = double.trunc();
    match int.cmp(&(whole as i64)) {
        Ordering::Equal => 0.0_f64.partial_cmp(&(double - whole)),
        other => Some(other),
    }
}

impl From<&serde_json::Value> for Value {
    /// JSON in CEL. A whole number is an integer, so that it is compared without rounding.
    fn from(json: &serde_json::Value) -> Value {
        match json {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(it) => Value::Bool(*it),
            serde_json::Value::Number(it) => match (it.as_i64(), it.as_f64()) {
                (Some(it), _) => Value::Int(it),
                (None, Some(it)) => Value::Double(it),
                (None, None) => Value::Null,
            },
            serde_json::Value::String(it) => Value::String(it.clone()),
            serde_json::Value::Array(it) => Value::List(it.iter().map(Value::from).collect()),
            serde_json::Value::Object(it) => {
                Value::Map(it.iter().map(|(key, it)| (key.clone(), Value::from(it))).collect())
            }
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::String(text.to_owned())
    }
}
