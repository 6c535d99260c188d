//! Calls of aggregates and of window functions.

use super::super::coercion::{Literal, groupable, orderable};
use super::super::failure::{Failure, Place};
use super::super::plan::{AggregateCall, Direction, X};
use super::super::syntax::ast::{Argument, Order};
use super::calls::{Called, plain};
use super::{Analyzer, Sight, Typed, Within};
use crate::cell::Cell;
use crate::types::{Field, Type};

/// Aggregates, and how many arguments they take.
const AGGREGATES: &[(&str, usize, usize)] = &[
    ("ANY_VALUE", 1, 1),
    ("APPROX_COUNT_DISTINCT", 1, 1),
    ("APPROX_QUANTILES", 2, 2),
    ("APPROX_TOP_COUNT", 2, 2),
    ("APPROX_TOP_SUM", 3, 3),
    ("ARRAY_AGG", 1, 1),
    ("ARRAY_CONCAT_AGG", 1, 1),
    ("AVG", 1, 1),
    ("BIT_AND", 1, 1),
    ("BIT_OR", 1, 1),
    ("BIT_XOR", 1, 1),
    ("CORR", 2, 2),
    ("COUNT", 0, 1),
    ("COUNTIF", 1, 1),
    ("COVAR_POP", 2, 2),
    ("COVAR_SAMP", 2, 2),
    ("GROUPING", 1, 1),
    ("LOGICAL_AND", 1, 1),
    ("LOGICAL_OR", 1, 1),
    ("MAX", 1, 1),
    ("MAX_BY", 2, 2),
    ("MIN", 1, 1),
    ("MIN_BY", 2, 2),
    ("STDDEV", 1, 1),
    ("STDDEV_POP", 1, 1),
    ("STDDEV_SAMP", 1, 1),
    ("STRING_AGG", 1, 2),
    ("SUM", 1, 1),
    ("VARIANCE", 1, 1),
    ("VAR_POP", 1, 1),
    ("VAR_SAMP", 1, 1),
];

/// Functions that only windows have.
const NUMBERING: &[(&str, usize, usize)] = &[
    ("CUME_DIST", 0, 0),
    ("DENSE_RANK", 0, 0),
    ("FIRST_VALUE", 1, 1),
    ("LAG", 1, 3),
    ("LAST_VALUE", 1, 1),
    ("LEAD", 1, 3),
    ("NTH_VALUE", 2, 2),
    ("NTILE", 1, 1),
    ("PERCENTILE_CONT", 2, 2),
    ("PERCENTILE_DISC", 2, 2),
    ("PERCENT_RANK", 0, 0),
    ("RANK", 0, 0),
    ("ROW_NUMBER", 0, 0),
];

pub(super) fn is_aggregate(name: &str) -> bool {
    AGGREGATES.iter().any(|it| it.0 == name)
}

pub(super) fn is_numbering(name: &str) -> bool {
    NUMBERING.iter().any(|it| it.0 == name)
}

fn no_match(name: &str, kinds: &[Type]) -> String {
    let kinds: Vec<String> = kinds.iter().map(Type::sql).collect();
    format!("No matching signature for aggregate function {name} for argument types: {}.", kinds.join(", "))
}

/// The type of an aggregate's value, and what its arguments become for it.
fn shape(name: &str, kinds: &[Type], literals: &[Literal]) -> Option<(Type, Vec<Type>)> {
    let first = kinds.first().cloned().unwrap_or(Type::Int64);
    let untyped = literals.first() == Some(&Literal::Untyped);
    let number = matches!(first, Type::Int64 | Type::Float64 | Type::Numeric | Type::BigNumeric);
    let float_like = |kind: &Type| if *kind == Type::Int64 { Type::Float64 } else { kind.clone() };
    let own = |kind: Type| Some((kind.clone(), vec![kind]));
    match name {
        "COUNT" | "APPROX_COUNT_DISTINCT" => Some((Type::Int64, kinds.to_vec())),
        "COUNTIF" if first == Type::Bool || untyped => Some((Type::Int64, vec![Type::Bool])),
        "SUM" if number || first == Type::Interval => own(first),
        "AVG" if number || first == Type::Interval => {
            let kind = float_like(&first);
            Some((kind.clone(), vec![kind]))
        }
        "MIN" | "MAX" if orderable(&first).is_ok() => own(first),
        "ANY_VALUE" => own(first),
        "MAX_BY" | "MIN_BY" if orderable(&kinds[1]).is_ok() => Some((first, kinds.to_vec())),
        "ARRAY_AGG" if !matches!(first, Type::Array(_)) => {
            Some((Type::Array(Box::new(first.clone())), vec![first]))
        }
        "ARRAY_CONCAT_AGG" if matches!(first, Type::Array(_)) => own(first),
        "STRING_AGG" if untyped => Some((Type::String, vec![Type::String; kinds.len()])),
        "STRING_AGG"
            if matches!(first, Type::String | Type::Bytes) && kinds.iter().all(|it| *it == first) =>
        {
            Some((first.clone(), kinds.to_vec()))
        }
        "LOGICAL_AND" | "LOGICAL_OR" if first == Type::Bool || untyped => own(Type::Bool),
        "BIT_AND" | "BIT_OR" | "BIT_XOR" if first == Type::Int64 => own(first),
        "CORR" | "COVAR_POP" | "COVAR_SAMP" | "STDDEV" | "STDDEV_POP" | "STDDEV_SAMP" | "VARIANCE"
        | "VAR_POP" | "VAR_SAMP"
            if kinds
                .iter()
                .all(|it| matches!(it, Type::Int64 | Type::Float64 | Type::Numeric | Type::BigNumeric)) =>
        {
            let all: Vec<(&Type, Literal)> = kinds.iter().map(|it| (it, Literal::No)).collect();
            let common = super::super::coercion::supertype(&all)?;
            Some((Type::Float64, vec![float_like(&common); kinds.len()]))
        }
        "APPROX_QUANTILES" if orderable(&first).is_ok() && kinds[1] == Type::Int64 => {
            Some((Type::Array(Box::new(first.clone())), vec![first, Type::Int64]))
        }
        "APPROX_TOP_COUNT" if groupable(&first).is_ok() && kinds[1] == Type::Int64 => {
            let fields = vec![Field::new("value", first.clone()), Field::new("count", Type::Int64)];
            Some((Type::Array(Box::new(Type::Struct(fields))), vec![first, Type::Int64]))
        }
        "APPROX_TOP_SUM" if groupable(&first).is_ok() && kinds[2] == Type::Int64 => {
            let weight = match &kinds[1] {
                kind @ (Type::Int64 | Type::Float64 | Type::Numeric | Type::BigNumeric) => kind.clone(),
                _ => return None,
            };
            let fields = vec![Field::new("value", first.clone()), Field::new("sum", weight.clone())];
            Some((Type::Array(Box::new(Type::Struct(fields))), vec![first, weight, Type::Int64]))
        }
        "GROUPING" => Some((Type::Int64, kinds.to_vec())),
        "CUME_DIST" | "PERCENT_RANK" => Some((Type::Float64, Vec::new())),
        "DENSE_RANK" | "RANK" | "ROW_NUMBER" => Some((Type::Int64, Vec::new())),
        "NTILE" if first == Type::Int64 => Some((Type::Int64, vec![Type::Int64])),
        "FIRST_VALUE" | "LAST_VALUE" => own(first),
        "NTH_VALUE" if kinds[1] == Type::Int64 => Some((first.clone(), vec![first, Type::Int64])),
        "PERCENTILE_CONT" if number || untyped => {
            let numeric = matches!(first, Type::Numeric | Type::BigNumeric);
            let kind = if numeric { first } else { Type::Float64 };
            let share = if numeric { kinds[1].clone() } else { Type::Float64 };
            let share = if share == Type::Int64 || share == Type::Float64 { kind.clone() } else { share };
            Some((kind.clone(), vec![kind, share]))
        }
        "PERCENTILE_DISC" if orderable(&first).is_ok() => {
            let share = match &kinds[1] {
                kind @ (Type::Numeric | Type::BigNumeric) => kind.clone(),
                _ => Type::Float64,
            };
            Some((first.clone(), vec![first, share]))
        }
        _ => None,
    }
}

/// The name of an aggregate or numbering function, and the least and most arguments it takes.
fn signature(name: &str, at: Place) -> Result<(&'static str, usize, usize), Failure> {
    let found = AGGREGATES.iter().chain(NUMBERING).find(|it| it.0 == name);
    found.copied().ok_or_else(|| Failure::placed(format!("{name} is not an aggregate function"), at))
}

impl Analyzer<'_> {
    pub(super) fn aggregate(&mut self, called: Called<'_>, sight: &Sight<'_>) -> Result<Typed, Failure> {
        let Called { name, call, safe, at } = called;
        if safe {
            return Err(Failure::placed(format!("SAFE is not supported for function {name}"), at));
        }
        let numbering = is_numbering(name);
        if numbering && call.over.is_none() {
            if name.starts_with("PERCENTILE") {
                return Err(Failure::lacks(format!("{name} without OVER"), at));
            }
            return Err(Failure::placed(
                format!("Analytic function {name} cannot be called without an OVER clause"),
                at,
            ));
        }
        let Some(collected) = sight.collected else {
            let what = if call.over.is_some() { "Analytic" } else { "Aggregate" };
            return Err(Failure::placed(
                format!("{what} function {name} not allowed in {}", sight.clause),
                at,
            ));
        };
        let before = sight.within.get();
        let inner = if call.over.is_some() { Within::Window } else { Within::Aggregate };
        match (before, inner) {
            (Within::Nothing, _) | (Within::Window, Within::Aggregate) => {}
            (Within::Aggregate, Within::Aggregate) => {
                return Err(Failure::placed("Aggregations of aggregations are not allowed", at));
            }
            (_, Within::Window) => {
                return Err(Failure::placed(
                    "Analytic function not allowed in the arguments of another function of its kind",
                    at,
                ));
            }
            (_, Within::Nothing) => {}
        }
        sight.within.set(inner);
        let made = self.aggregate_call(called, sight);
        let window = match (&made, &call.over) {
            (Ok(made), Some(window)) => Some(self.windowed(made.clone(), name, window, sight, at)),
            (_, _) => None,
        };
        sight.within.set(before);
        let made = made?;
        let returns = made.returns.clone();
        let mut collected = collected.borrow_mut();
        let x = match window {
            Some(window) => {
                collected.windows.push(window?);
                X::Window(collected.windows.len() - 1)
            }
            None => {
                let known = collected.aggregates.iter().position(|it| *it == made);
                X::Aggregate(known.unwrap_or_else(|| {
                    collected.aggregates.push(made);
                    collected.aggregates.len() - 1
                }))
            }
        };
        Ok(Typed::of(x, returns))
    }

    fn aggregate_call(&mut self, called: Called<'_>, sight: &Sight<'_>) -> Result<AggregateCall, Failure> {
        let Called { name, call, at, .. } = called;
        let star = matches!(call.arguments.as_slice(), [Argument::Star]);
        let (known, least, most) = signature(name, at)?;
        let mut typed = Vec::new();
        if star && name == "COUNT" {
            if call.distinct {
                return Err(Failure::placed("COUNT(*) cannot be used with DISTINCT", at));
            }
        } else {
            let given = plain(call, name, at)?;
            let wrong = given.len() < least || given.len() > most || (name == "COUNT" && given.is_empty());
            if wrong {
                return Err(Failure::placed(
                    format!(
                        "No matching signature for aggregate function {name} with {} arguments",
                        given.len()
                    ),
                    at,
                ));
            }
            for expr in given {
                typed.push(self.expr(expr, sight)?);
            }
        }
        let mut kinds: Vec<Type> = typed.iter().map(|it| it.kind.clone()).collect();
        let literals: Vec<Literal> = typed.iter().map(|it| it.literal).collect();
        // An untyped NULL takes the type of the other arguments.
        if name == "STRING_AGG" && literals.get(1) == Some(&Literal::Untyped) {
            kinds[1] = kinds[0].clone();
        }
        let (returns, wanted) = match name {
            "LAG" | "LEAD" => {
                let mut kind = kinds[0].clone();
                if let Some(default) = kinds.get(2) {
                    let both = [(&kinds[0], literals[0]), (default, literals[2])];
                    kind = super::super::coercion::supertype(&both)
                        .ok_or_else(|| Failure::placed(no_match(name, &kinds), at))?;
                }
                if kinds.get(1).is_some_and(|it| *it != Type::Int64) {
                    return Err(Failure::placed(no_match(name, &kinds), at));
                }
                (kind.clone(), vec![kind.clone(), Type::Int64, kind])
            }
            _ => shape(name, &kinds, &literals).ok_or_else(|| Failure::placed(no_match(name, &kinds), at))?,
        };
        if call.distinct {
            if let Some(Err(kind)) = kinds.first().map(groupable) {
                return Err(Failure::placed(
                    format!("Aggregate functions with DISTINCT cannot be used with arguments of type {kind}"),
                    at,
                ));
            }
            if is_numbering(name) || name == "GROUPING" {
                return Err(Failure::placed(format!("Function {name} does not support DISTINCT"), at));
            }
        }
        let constants: &[usize] = match name {
            "STRING_AGG" | "APPROX_QUANTILES" | "APPROX_TOP_COUNT" => &[1],
            "APPROX_TOP_SUM" => &[2],
            "NTH_VALUE" | "PERCENTILE_CONT" | "PERCENTILE_DISC" => &[1],
            "NTILE" => &[0],
            _ => &[],
        };
        let mut arguments = Vec::new();
        for (place, (value, kind)) in typed.into_iter().zip(&wanted).enumerate() {
            let literal = value.literal;
            let from = value.kind.clone();
            let x = match value.kind == *kind || literal == Literal::Untyped {
                true => value.x,
                false => {
                    let cast = super::super::plan::Conversion {
                        value: value.x,
                        from,
                        to: kind.clone(),
                        safe: false,
                    };
                    X::Cast(Box::new(cast))
                }
            };
            if constants.contains(&place) {
                let constant = match &x {
                    X::Constant(_) | X::Local(_) => true,
                    X::Cast(it) => matches!(it.value, X::Constant(_)),
                    _ => false,
                };
                if !constant && !name.starts_with("NT") {
                    return Err(Failure::placed(
                        format!("Argument {} of {name} must be a literal or query parameter", place + 1),
                        at,
                    ));
                }
                if matches!(x, X::Constant(Cell::Null)) && name != "NTILE" && name != "NTH_VALUE" {
                    return Err(Failure::placed(
                        format!("Argument {} of {name} must be non-NULL", place + 1),
                        at,
                    ));
                }
            }
            arguments.push(x);
        }
        let having = match &call.having {
            Some((greatest, expr)) => {
                let by = self.expr(expr, sight)?;
                if let Err(kind) = orderable(&by.kind) {
                    return Err(Failure::placed(
                        format!("HAVING modifier does not support expressions of type {kind}"),
                        expr.at,
                    ));
                }
                Some((*greatest, by.x))
            }
            None => None,
        };
        if call.ignore_nulls.is_some()
            && !matches!(
                name,
                "ARRAY_AGG"
                    | "FIRST_VALUE"
                    | "LAST_VALUE"
                    | "NTH_VALUE"
                    | "PERCENTILE_CONT"
                    | "PERCENTILE_DISC"
                    | "ANY_VALUE"
                    | "LEAD"
                    | "LAG"
                    | "APPROX_QUANTILES"
            )
        {
            return Err(Failure::placed(
                format!("IGNORE NULLS and RESPECT NULLS are not allowed for aggregate function {name}"),
                at,
            ));
        }
        if matches!(name, "LEAD" | "LAG") && call.ignore_nulls.is_some() {
            return Err(Failure::lacks(format!("IGNORE NULLS in {name}"), at));
        }
        let ordered = matches!(name, "ARRAY_AGG" | "STRING_AGG" | "ARRAY_CONCAT_AGG");
        if !call.order.is_empty() && !ordered {
            return Err(Failure::placed(
                format!("ORDER BY in arguments is not supported on aggregate function {name}"),
                at,
            ));
        }
        if call.limit.is_some() && !ordered {
            return Err(Failure::placed(
                format!("LIMIT in arguments is not supported on aggregate function {name}"),
                at,
            ));
        }
        let order = self.directions(&call.order, sight)?;
        if call.distinct && order.iter().any(|it| arguments.first() != Some(&it.0)) {
            return Err(Failure::placed(
                "An aggregate function that has both DISTINCT and ORDER BY arguments can only ORDER BY expressions that are arguments to the function",
                at,
            ));
        }
        let limit = match &call.limit {
            Some(expr) => {
                let limit = self.expr(expr, sight)?;
                Some(self.coerced(limit, &Type::Int64, expr.at)?)
            }
            None => None,
        };
        let mut made = AggregateCall {
            name: known,
            arguments,
            kinds: wanted,
            returns,
            distinct: call.distinct,
            ignore_nulls: call.ignore_nulls,
            having,
            order,
            limit,
            deferred: false,
            filter: None,
        };
        // A local's value is not at hand where rows are gathered.
        if !self.locals.is_empty() {
            let mut local = false;
            let Ok(()) = made.walk::<std::convert::Infallible>(0, &mut |x, _| {
                local |= matches!(x, X::Local(_));
                Ok(true)
            });
            if local {
                return Err(Failure::lacks(
                    "A variable of WITH or of a function in the arguments of an aggregate",
                    at,
                ));
            }
        }
        Ok(made)
    }

    pub(super) fn directions(
        &mut self,
        order: &[Order],
        sight: &Sight<'_>,
    ) -> Result<Vec<(X, Direction)>, Failure> {
        let mut out = Vec::new();
        for item in order {
            let value = self.expr(&item.value, sight)?;
            out.push((self.sortable(value, item)?, direction(item)));
        }
        Ok(out)
    }

    pub(super) fn sortable(&self, value: Typed, item: &Order) -> Result<X, Failure> {
        match orderable(&value.kind) {
            Ok(()) => Ok(value.x),
            Err(kind) => Err(Failure::placed(
                format!("ORDER BY does not support expressions of type {kind}"),
                item.value.at,
            )),
        }
    }
}

pub(super) fn direction(item: &Order) -> Direction {
    Direction { descending: item.descending, nulls_first: item.nulls_first.unwrap_or(!item.descending) }
}
