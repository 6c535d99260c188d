//! Evaluates expressions.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::Variables;
use super::functions;
use super::parse::{Comparison, Expr};
use super::value::Value;

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EvalError {
    #[error("there is no \"{0}\"")]
    NoSuchKey(String),
    #[error("index {0} is out of range")]
    NoSuchIndex(i64),
    #[error("{function} does not take {types}")]
    NoOverload { function: String, types: String },
    #[error("{0} is not valid")]
    Invalid(String),
    #[error("the sum is out of range")]
    Overflow,
}

impl EvalError {
    pub fn no_overload(function: &str, values: &[&Value]) -> EvalError {
        let types: Vec<&str> = values.iter().map(|it| it.kind()).collect();
        EvalError::NoOverload { function: function.to_owned(), types: types.join(" and ") }
    }

    /// Whether something is missing, rather than of a wrong type.
    pub fn is_absence(&self) -> bool {
        match self {
            EvalError::NoSuchKey(_) | EvalError::NoSuchIndex(_) => true,
            EvalError::NoOverload { .. } | EvalError::Invalid(_) | EvalError::Overflow => false,
        }
    }
}

/// Evaluates an expression; how deep it is was bounded when it was read.
pub fn evaluate(expr: &Expr, variables: &Variables) -> Result<Value, EvalError> {
    let value = |expr: &Expr| evaluate(expr, variables);
    match expr {
        Expr::Literal(it) => Ok(it.clone()),
        Expr::Variable(name) => {
            variables.get(name).cloned().ok_or_else(|| EvalError::NoSuchKey((*name).to_owned()))
        }
        Expr::List(items) => items.iter().map(value).collect::<Result<_, _>>().map(Value::List),
        Expr::Map(entries) => map(entries, variables),
        Expr::Field(of, name) => field(value(of)?, name),
        Expr::Index(of, index) => indexed(value(of)?, value(index)?),
        Expr::Has(of, name) => match value(of)? {
            Value::Map(fields) => Ok(Value::Bool(fields.contains_key(name))),
            other => Err(EvalError::no_overload("has", &[&other])),
        },
        Expr::Not(it) => Ok(Value::Bool(!truth("!", value(it)?)?)),
        Expr::And(items) => decided(items, variables, false),
        Expr::Or(items) => decided(items, variables, true),
        Expr::Conditional(condition, yes, no) => {
            if truth("?:", value(condition)?)? {
                value(yes)
            } else {
                value(no)
            }
        }
        Expr::Compare(comparison, a, b) => compare(*comparison, &value(a)?, &value(b)?),
        Expr::In(item, container) => contains(&value(container)?, &value(item)?),
        Expr::Add(items) => sum(items, variables),
        Expr::Call(function, arguments) => {
            let arguments = arguments.iter().map(value).collect::<Result<Vec<_>, _>>()?;
            functions::apply(*function, &arguments)
        }
    }
}

fn truth(operator: &str, value: Value) -> Result<bool, EvalError> {
    match value {
        Value::Bool(it) => Ok(it),
        other => Err(EvalError::no_overload(operator, &[&other])),
    }
}

/// `&&` and `||`. One operand that decides is enough, whatever becomes of the others: so CEL defines it.
fn decided(items: &[Expr], variables: &Variables, decisive: bool) -> Result<Value, EvalError> {
    let operator = if decisive { "||" } else { "&&" };
    let mut failed = None;
    for item in items {
        match evaluate(item, variables).and_then(|it| truth(operator, it)) {
            Ok(it) if it == decisive => return Ok(Value::Bool(decisive)),
            Ok(_) => {}
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    failed.map_or(Ok(Value::Bool(!decisive)), Err)
}

fn sum(items: &[Expr], variables: &Variables) -> Result<Value, EvalError> {
    let mut values = items.iter().map(|it| evaluate(it, variables));
    let first = values.next().unwrap_or_else(|| Err(EvalError::Invalid("an empty sum".to_owned())))?;
    values.try_fold(first, |sum, it| add(sum, it?))
}

fn map(entries: &[(Expr, Expr)], variables: &Variables) -> Result<Value, EvalError> {
    let mut fields = BTreeMap::new();
    for (key, value) in entries {
        let Value::String(key) = evaluate(key, variables)? else {
            return Err(EvalError::Invalid("a key that is no string".to_owned()));
        };
        if fields.contains_key(&key) {
            return Err(EvalError::Invalid(format!("the repeated key \"{key}\"")));
        }
        fields.insert(key, evaluate(value, variables)?);
    }
    Ok(Value::Map(fields))
}

fn field(of: Value, name: &str) -> Result<Value, EvalError> {
    match of {
        Value::Map(mut fields) => fields.remove(name).ok_or_else(|| EvalError::NoSuchKey(name.to_owned())),
        other => Err(EvalError::no_overload(&format!(".{name}"), &[&other])),
    }
}

fn indexed(of: Value, index: Value) -> Result<Value, EvalError> {
    match (of, index) {
        (of @ Value::Map(_), Value::String(key)) => field(of, &key),
        (Value::List(items), Value::Int(at)) => usize::try_from(at)
            .ok()
            .and_then(|it| items.into_iter().nth(it))
            .ok_or(EvalError::NoSuchIndex(at)),
        (of, index) => Err(EvalError::no_overload("[]", &[&of, &index])),
    }
}

fn compare(comparison: Comparison, a: &Value, b: &Value) -> Result<Value, EvalError> {
    let ordered = |fits: fn(Ordering) -> bool| Ok(a.order(b)?.is_some_and(fits));
    let holds = match comparison {
        Comparison::Equal => a.equals(b),
        Comparison::NotEqual => a.equals(b).map(|it| !it),
        Comparison::Less => ordered(Ordering::is_lt),
        Comparison::LessOrEqual => ordered(Ordering::is_le),
        Comparison::Greater => ordered(Ordering::is_gt),
        Comparison::GreaterOrEqual => ordered(Ordering::is_ge),
    };
    holds.map(Value::Bool)
}

fn contains(container: &Value, item: &Value) -> Result<Value, EvalError> {
    match (container, item) {
        (Value::List(items), item) => {
            let mut wrong = None;
            for it in items {
                match it.equals(item) {
                    Ok(true) => return Ok(Value::Bool(true)),
                    Ok(false) => {}
                    Err(error) => wrong = Some(error),
                }
            }
            wrong.map_or(Ok(Value::Bool(false)), Err)
        }
        (Value::Map(fields), Value::String(key)) => Ok(Value::Bool(fields.contains_key(key))),
        (container, item) => Err(EvalError::no_overload("in", &[item, container])),
    }
}

fn add(a: Value, b: Value) -> Result<Value, EvalError> {
    match (a, b) {
        (Value::String(a), Value::String(b)) => Ok(Value::String(a + &b)),
        (Value::Int(a), Value::Int(b)) => a.checked_add(b).map(Value::Int).ok_or(EvalError::Overflow),
        (Value::Double(a), Value::Double(b)) => Ok(Value::Double(a + b)),
        (Value::List(mut a), Value::List(b)) => {
            a.extend(b);
            Ok(Value::List(a))
        }
        (a, b) => Err(EvalError::no_overload("+", &[&a, &b])),
    }
}
