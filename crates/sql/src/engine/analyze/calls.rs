//! Calls of scalar functions.

use super::super::coercion::{Literal, comparable};
use super::super::failure::{Failure, Place};
use super::super::functions::{self, Given};
use super::super::plan::X;
use super::super::syntax::ast::{Argument, Call, Comparison, Expr, FunctionDef};
use super::types::check_cast;
use super::{Analyzer, Names, Sight, Typed, same};
use crate::cell::Cell;
use crate::types::Type;

/// A call of a function that GoogleSQL has.
#[derive(Clone, Copy)]
pub(super) struct Called<'c> {
    /// In upper case, without `SAFE.`.
    pub name: &'c str,
    pub call: &'c Call,
    /// Whether `SAFE.` stands before it.
    pub safe: bool,
    pub at: Place,
}

/// The expressions of a call whose arguments have no names.
pub(super) fn plain<'c>(call: &'c Call, name: &str, at: Place) -> Result<Vec<&'c Expr>, Failure> {
    call.arguments
        .iter()
        .map(|it| match it {
            Argument::Plain(expr) => Ok(expr),
            Argument::Star => Err(Failure::placed(
                format!("Argument * can only be used in COUNT(*), but not in {name}"),
                at,
            )),
            Argument::Named(argument, _) => Err(Failure::placed(
                format!(
                    "Named argument {} not found in signature for call to function {name}",
                    argument.text
                ),
                argument.at,
            )),
            Argument::Other(word) => Err(Failure::lacks(
                format!("An argument {} of a function", word.text.to_uppercase()),
                word.at,
            )),
        })
        .collect()
}

impl Analyzer<'_> {
    pub(super) fn call(&mut self, call: &Call, sight: &Sight<'_>, at: Place) -> Result<Typed, Failure> {
        let mut names: Vec<String> = call.name.iter().map(|it| it.text.to_ascii_uppercase()).collect();
        let safe = names.len() > 1 && names[0] == "SAFE";
        if safe {
            names.remove(0);
        }
        let name = names.join(".");
        if let [only] = call.name.as_slice()
            && let Some(defined) =
                self.functions.iter().rev().find(|it| same(&it.name.text, &only.text)).cloned()
        {
            return self.defined(&defined, call, sight, at);
        }
        let called = Called { name: &name, call, safe, at };
        let aggregates = super::aggregates::is_aggregate(&name) || super::aggregates::is_numbering(&name);
        if aggregates {
            return self.aggregate(called, sight);
        }
        if call.over.is_some() && (functions::find(&name).is_some() || special(&name)) {
            return Err(Failure::placed(format!("Function {name} does not support an OVER clause"), at));
        }
        let clause = call.distinct
            || call.ignore_nulls.is_some()
            || call.having.is_some()
            || !call.order.is_empty()
            || call.limit.is_some();
        if clause && (functions::find(&name).is_some() || special(&name)) {
            return Err(Failure::placed(
                format!(
                    "Non-aggregate {name}() call with DISTINCT, ORDER BY or another clause of aggregates"
                ),
                at,
            ));
        }
        if special(&name) {
            return self.special(called, sight);
        }
        let Some(function) = functions::find(&name) else {
            return Err(match functions::lacking(&name) {
                true => Failure::lacks(format!("Function {name}"), at),
                false => {
                    let shown: Vec<String> = call.name.iter().map(|it| it.text.to_lowercase()).collect();
                    Failure::placed(format!("Function not found: {}", shown.join(".")), at)
                }
            });
        };
        self.scalar(function, called, sight)
    }

    fn scalar(
        &mut self,
        function: &'static functions::Function,
        called: Called<'_>,
        sight: &Sight<'_>,
    ) -> Result<Typed, Failure> {
        let Called { name, call, safe, at } = called;
        let mut given = Vec::new();
        let mut labels = Vec::new();
        let mut parts = Vec::new();
        for (place, argument) in call.arguments.iter().enumerate() {
            let (label, expr) = match argument {
                Argument::Plain(expr) => (None, expr),
                Argument::Named(label, expr) => (Some(label.text.clone()), expr),
                Argument::Star => {
                    return Err(Failure::placed(
                        format!("Argument * can only be used in COUNT(*), but not in {name}"),
                        at,
                    ));
                }
                Argument::Other(word) => {
                    return Err(Failure::lacks(
                        format!("An argument {} of a function", word.text.to_uppercase()),
                        word.at,
                    ));
                }
            };
            labels.push(label);
            if function.takes_part(place)
                && let Some(part) = self.part(expr)
            {
                if functions::Unit::named(&part).is_none() {
                    return Err(Failure::placed(
                        format!("A valid date part name is required but found {part}"),
                        expr.at,
                    ));
                }
                given.push(Typed {
                    x: X::Constant(Cell::Text(part)),
                    kind: Type::String,
                    literal: Literal::Yes,
                });
                parts.push(true);
                continue;
            }
            given.push(self.expr(expr, sight)?);
            parts.push(false);
        }
        let described: Vec<Given<'_>> = given
            .iter()
            .zip(&labels)
            .zip(&parts)
            .map(|((it, label), part)| Given {
                name: label.as_deref(),
                kind: &it.kind,
                literal: it.literal,
                part: *part,
            })
            .collect();
        let Some(fit) = function.fit(&described) else {
            return Err(Failure::placed(function.no_match(&described), at));
        };
        self.fitted(function, fit, given, safe, at)
    }

    /// What is no plain function: its arguments are not all computed, or are no values.
    fn special(&mut self, called: Called<'_>, sight: &Sight<'_>) -> Result<Typed, Failure> {
        let Called { name, call, safe, at } = called;
        let given = plain(call, name, at)?;
        let count = |wanted: std::ops::RangeInclusive<usize>| match wanted.contains(&given.len()) {
            true => Ok(()),
            false => Err(Failure::placed(
                format!("No matching signature for function {name} with {} arguments", given.len()),
                at,
            )),
        };
        let mut typed = Vec::new();
        for expr in &given {
            typed.push(self.expr(expr, sight)?);
        }
        match name {
            "IF" => {
                count(3..=3)?;
                let rest = typed.split_off(1);
                let condition = typed.remove(0);
                if condition.kind != Type::Bool && condition.literal != Literal::Untyped {
                    let kinds: Vec<String> =
                        std::iter::once(&condition).chain(&rest).map(|it| it.kind.sql()).collect();
                    return Err(Failure::placed(
                        format!(
                            "No matching signature for function IF for argument types: {}.",
                            kinds.join(", ")
                        ),
                        at,
                    ));
                }
                let (mut both, kind) = self.unified(rest, "function IF", at)?;
                let no = both.pop().unwrap_or(X::Constant(Cell::Null));
                let yes = both.pop().unwrap_or(X::Constant(Cell::Null));
                Ok(Typed::of(X::Case(vec![(condition.x, yes)], Box::new(no)), kind))
            }
            "IFNULL" | "COALESCE" => {
                if name == "IFNULL" {
                    count(2..=2)?;
                } else {
                    count(1..=usize::MAX)?;
                }
                let (all, kind) = self.unified(typed, &format!("function {name}"), at)?;
                Ok(Typed::of(X::Coalesce(all), kind))
            }
            "NULLIF" => {
                count(2..=2)?;
                let (mut both, kind) = self.unified(typed, "function NULLIF", at)?;
                if !comparable(&kind) {
                    return Err(Failure::placed(
                        format!("NULLIF is not defined for arguments of type {}", kind.sql()),
                        at,
                    ));
                }
                let right = both.pop().unwrap_or(X::Constant(Cell::Null));
                let left = both.pop().unwrap_or(X::Constant(Cell::Null));
                let id = self.next_local;
                self.next_local += 1;
                let equal = X::Compare(Comparison::Equal, Box::new(X::Local(id)), Box::new(right));
                let case = X::Case(vec![(equal, X::Constant(Cell::Null))], Box::new(X::Local(id)));
                Ok(Typed::of(X::Let(vec![(id, left)], Box::new(case)), kind))
            }
            "CURRENT_TIMESTAMP" => {
                count(0..=0)?;
                Ok(Typed::of(X::Constant(Cell::Timestamp(self.scope.now)), Type::Timestamp))
            }
            "CURRENT_DATE" | "CURRENT_DATETIME" | "CURRENT_TIME" => {
                count(0..=1)?;
                let now = Typed::of(X::Constant(Cell::Timestamp(self.scope.now)), Type::Timestamp);
                let mut all = vec![now];
                all.extend(typed);
                let name = match name {
                    "CURRENT_DATE" => "DATE",
                    "CURRENT_DATETIME" => "DATETIME",
                    _ => "TIME",
                };
                self.invoke(name, all, at)
            }
            "SESSION_USER" => {
                count(0..=0)?;
                Ok(Typed::of(X::Constant(Cell::Text(self.scope.user.clone())), Type::String))
            }
            "ERROR" => {
                count(1..=1)?;
                let mut out = self.invoke("$ERROR", typed, at)?;
                out.literal = Literal::Untyped;
                if let X::Call(call) = &mut out.x {
                    call.safe = safe;
                }
                Ok(out)
            }
            _ => Err(Failure::placed(
                format!("{name} is only allowed as the position of an array's element"),
                at,
            )),
        }
    }

    /// The call of a function that the query itself defines: its body, with the arguments bound.
    fn defined(
        &mut self,
        function: &FunctionDef,
        call: &Call,
        sight: &Sight<'_>,
        at: Place,
    ) -> Result<Typed, Failure> {
        let given = plain(call, &function.name.text, at)?;
        if given.len() != function.arguments.len() {
            return Err(Failure::placed(
                format!(
                    "No matching signature for function {} with {} arguments; it takes {}",
                    function.name.text,
                    given.len(),
                    function.arguments.len()
                ),
                at,
            ));
        }
        let mut bound = Vec::new();
        let mut inner = Vec::new();
        for ((name, kind), expr) in function.arguments.iter().zip(given) {
            let value = self.expr(expr, sight)?;
            let (x, kind) = match kind {
                Some(kind) => {
                    let kind = self.type_of(kind)?;
                    (self.coerced(value, &kind, expr.at)?, kind)
                }
                None => (value.x, value.kind),
            };
            let id = self.next_local;
            self.next_local += 1;
            inner.push((name.text.clone(), id, kind, Literal::No));
            bound.push((id, x));
        }
        // Only its arguments and functions that came before are seen within.
        let outer = std::mem::replace(&mut self.locals, inner);
        let functions = self.functions.clone();
        self.functions
            .truncate(functions.iter().position(|it| same(&it.name.text, &function.name.text)).unwrap_or(0));
        let nothing = Names::default();
        let body = self.expr(&function.body, &Sight::new(&nothing, None, "the body of a function"));
        self.locals = outer;
        self.functions = functions;
        let body = body.map_err(Failure::elsewhere)?;
        let (x, kind) = match &function.returns {
            Some(kind) => {
                let kind = self.type_of(kind)?;
                check_cast(&body.kind, body.literal, &kind, at)?;
                (self.coerced(body, &kind, at)?, kind)
            }
            None => (body.x, body.kind),
        };
        Ok(Typed::of(X::Let(bound, Box::new(x)), kind))
    }
}

fn special(name: &str) -> bool {
    matches!(
        name,
        "IF" | "IFNULL"
            | "COALESCE"
            | "NULLIF"
            | "CURRENT_TIMESTAMP"
            | "CURRENT_DATE"
            | "CURRENT_DATETIME"
            | "CURRENT_TIME"
            | "SESSION_USER"
            | "ERROR"
            | "OFFSET"
            | "ORDINAL"
            | "SAFE_OFFSET"
            | "SAFE_ORDINAL"
    )
}
