//! Expressions but calls.

use super::super::coercion::{Literal, groupable, supertype};
use super::super::failure::{Failure, Place};
use super::super::functions;
use super::super::plan::{Conversion, Invoke, Sub, X};
use super::super::syntax::ast::{Comparison, Expr, Node, Quantifier, Query, Truth, TypeName, Unary};
use super::types::{check_cast, whole};
use super::{Analyzer, Sight, Typed};
use crate::cell::Cell;
use crate::types::{Field, Type};

pub(super) fn constant(cell: Cell, kind: Type) -> Typed {
    Typed { x: X::Constant(cell), kind, literal: Literal::Yes }
}

impl Analyzer<'_> {
    pub(super) fn expr(&mut self, expr: &Expr, sight: &Sight<'_>) -> Result<Typed, Failure> {
        self.count(expr.at)?;
        let at = expr.at;
        Ok(match expr.node.as_ref() {
            Node::Null => Typed { x: X::Constant(Cell::Null), kind: Type::Int64, literal: Literal::Untyped },
            Node::Bool(it) => constant(Cell::Bool(*it), Type::Bool),
            Node::Integer(text) => match whole(text) {
                Some(it) => constant(Cell::Int(it), Type::Int64),
                None => return Err(Failure::placed(format!("Invalid integer literal: {text}"), at)),
            },
            Node::Float(text) => match text.parse::<f64>() {
                Ok(it) if it.is_finite() => {
                    let digits = self.digits.entry(it.to_bits()).or_insert_with(|| Some(text.clone()));
                    if digits.as_ref().is_some_and(|it| crate::decimal::big(it) != crate::decimal::big(text))
                    {
                        *digits = None;
                    }
                    constant(Cell::Float(it), Type::Float64)
                }
                _ => return Err(Failure::placed(format!("Invalid floating point literal: {text}"), at)),
            },
            Node::Text(text) => constant(Cell::Text(text.clone()), Type::String),
            Node::Bytes(bytes) => constant(Cell::Bytes(bytes.clone()), Type::Bytes),
            Node::Typed(kind, text) => self.typed_literal(kind, text, at)?,
            Node::Interval(value, from, to) => self.interval(value, from, to.as_ref(), sight, at)?,
            Node::Name(name) => self.name(name, sight)?,
            Node::Dot(inner, name) => self.dot(inner, name, sight)?,
            Node::Index(inner, index) => self.index(inner, index, sight, at)?,
            Node::Parameter(name) => self.parameter(Some(name), 0, at)?,
            Node::Positional(which) => self.parameter(None, *which, at)?,
            Node::System(name) => return Err(Failure::lacks(format!("The system variable @@{name}"), at)),
            Node::Unary(operator, inner) => self.unary(*operator, inner, sight, at)?,
            Node::Chain(first, rest) => self.chain(first, rest, sight)?,
            Node::Compare(operator, left, right) => {
                let (left, right) = (self.expr(left, sight)?, self.expr(right, sight)?);
                self.comparison(*operator, left, right, at)?
            }
            Node::And(all) => Typed::of(X::And(self.bools(all, "AND", sight)?), Type::Bool),
            Node::Or(all) => Typed::of(X::Or(self.bools(all, "OR", sight)?), Type::Bool),
            Node::Not(inner) => {
                let inner = self.bool(inner, "operator NOT", sight)?;
                Typed::of(X::Not(Box::new(inner)), Type::Bool)
            }
            Node::Between { value, low, high, negated } => {
                let value = self.expr(value, sight)?;
                let (low, high) = (self.expr(low, sight)?, self.expr(high, sight)?);
                let kinds =
                    [(&value.kind, value.literal), (&low.kind, low.literal), (&high.kind, high.literal)];
                if supertype(&kinds).is_none() {
                    let shown: Vec<String> = kinds.iter().map(|it| it.0.sql()).collect();
                    return Err(Failure::placed(
                        format!(
                            "No matching signature for operator BETWEEN for argument types: {}.",
                            shown.join(", ")
                        ),
                        at,
                    ));
                }
                let above = self.comparison(Comparison::GreaterOrEqual, value.clone(), low, at)?;
                let below = self.comparison(Comparison::LessOrEqual, value, high, at)?;
                negate(X::And(vec![above.x, below.x]), *negated)
            }
            Node::In { value, set, negated } => {
                let value = self.expr(value, sight)?;
                let x = self.within_set(value, set, sight, at)?;
                negate(x, *negated)
            }
            Node::Like { value, pattern, negated } => {
                let like = self.like(value, pattern, sight, at)?;
                negate(like, *negated)
            }
            Node::LikeSet { value, quantifier, set, negated } => {
                // NOT LIKE ANY is: unlike one of them.
                let any = (*quantifier == Quantifier::Any) != *negated;
                let x = self.like_set(value, any, set, sight, at)?;
                negate(x, *negated)
            }
            Node::Is { value, truth, negated } => {
                let x = match truth {
                    Truth::Null => X::IsNull(Box::new(self.expr(value, sight)?.x)),
                    Truth::Unknown => X::IsNull(Box::new(self.bool(value, "operator IS UNKNOWN", sight)?)),
                    Truth::True => X::IsBool(Box::new(self.bool(value, "operator IS TRUE", sight)?), true),
                    Truth::False => X::IsBool(Box::new(self.bool(value, "operator IS FALSE", sight)?), false),
                };
                negate(x, *negated)
            }
            Node::Distinct { left, right, negated } => {
                let both = vec![self.expr(left, sight)?, self.expr(right, sight)?];
                let (mut both, kind) = self.unified(both, "operator IS DISTINCT FROM", at)?;
                if let Err(name) = groupable(&kind) {
                    return Err(Failure::placed(
                        format!("IS DISTINCT FROM is not defined for arguments of type {name}"),
                        at,
                    ));
                }
                let (right, left) = (both.pop(), both.pop());
                let (Some(left), Some(right)) = (left, right) else {
                    return Err(Failure::internal("two operands"));
                };
                negate(X::Same(Box::new(left), Box::new(right)), !*negated)
            }
            Node::Case { operand, branches, otherwise } => {
                self.case(operand.as_ref(), branches, otherwise.as_ref(), sight, at)?
            }
            Node::Cast { value, to, format, zone, safe } => {
                self.cast(value, to, format.as_ref(), zone.as_ref(), *safe, sight, at)?
            }
            Node::Extract { part, value, zone } => self.extract(part, value, zone.as_ref(), sight, at)?,
            Node::Call(call) => self.call(call, sight, at)?,
            Node::Array(kind, items) => self.array(kind.as_ref(), items, sight, at)?,
            Node::Struct(fields, items) => self.structure(fields.as_deref(), items, sight, at)?,
            Node::Subquery(query) => {
                let (sub, kind) = self.of_one_column(query, "Scalar", sight, at)?;
                Typed::of(X::Scalar(Box::new(sub)), kind)
            }
            Node::ArrayQuery(query) => {
                let (sub, kind) = self.of_one_column(query, "ARRAY", sight, at)?;
                if matches!(kind, Type::Array(_)) {
                    return Err(Failure::placed(
                        "Cannot use array subquery with column of type ARRAY because nested arrays are not supported",
                        at,
                    ));
                }
                Typed::of(X::ArrayOf(Box::new(sub)), Type::Array(Box::new(kind)))
            }
            Node::Exists(query) => {
                let (sub, _) = self.subquery(query, sight)?;
                Typed::of(X::Exists(Box::new(sub)), Type::Bool)
            }
            Node::With(bindings, body) => {
                let before = self.locals.len();
                let mut bound = Vec::new();
                for (name, value) in bindings {
                    let value = self.expr(value, sight)?;
                    let id = self.next_local;
                    self.next_local += 1;
                    self.locals.push((name.text.clone(), id, value.kind, Literal::No));
                    bound.push((id, value.x));
                }
                let body = self.expr(body, sight);
                self.locals.truncate(before);
                let body = body?;
                Typed::of(X::Let(bound, Box::new(body.x)), body.kind)
            }
            Node::Default => return Err(Failure::placed("DEFAULT is not allowed here", at)),
        })
    }

    fn index(&mut self, inner: &Expr, index: &Expr, sight: &Sight<'_>, at: Place) -> Result<Typed, Failure> {
        let of = self.expr(inner, sight)?;
        let (mode, position) = match index.node.as_ref() {
            Node::Call(call) => {
                let name = call.name.first().map(|it| it.text.to_ascii_uppercase()).unwrap_or_default();
                let modes = ["OFFSET", "ORDINAL", "SAFE_OFFSET", "SAFE_ORDINAL"];
                match (modes.iter().find(|it| **it == name), call.arguments.as_slice()) {
                    (Some(mode), [super::super::syntax::ast::Argument::Plain(inner)]) => (*mode, inner),
                    (_, _) => ("", index),
                }
            }
            _ => ("", index),
        };
        let place = position.at;
        let position = self.expr(position, sight)?;
        let name = match (&of.kind, mode) {
            (Type::Json, "") => "$JSON_AT",
            (Type::Array(_), "OFFSET" | "") => "$OFFSET",
            (Type::Array(_), "ORDINAL") => "$ORDINAL",
            (Type::Array(_), "SAFE_OFFSET") => "$SAFE_OFFSET",
            (Type::Array(_), _) => "$SAFE_ORDINAL",
            (Type::Struct(fields), "" | "OFFSET" | "ORDINAL") => {
                let X::Constant(Cell::Int(which)) = position.x else {
                    return Err(Failure::placed(
                        "Field element access is only supported for literal integer positions",
                        place,
                    ));
                };
                let which = if mode == "ORDINAL" { which - 1 } else { which };
                let found = usize::try_from(which).ok().filter(|it| *it < fields.len());
                return match found {
                    Some(which) => Ok(Typed::of(X::Field(Box::new(of.x), which), fields[which].kind.clone())),
                    None => Err(Failure::placed(
                        format!("Field ordinal {which} is out of bounds in {}", of.kind.sql()),
                        place,
                    )),
                };
            }
            (other, _) => {
                return Err(Failure::placed(
                    format!(
                        "Element access using [{mode}] is not supported on values of type {}",
                        other.sql()
                    ),
                    at,
                ));
            }
        };
        self.invoke(name, vec![of, position], place)
    }

    fn parameter(&mut self, name: Option<&String>, which: usize, at: Place) -> Result<Typed, Failure> {
        let found = match name {
            Some(name) => self
                .scope
                .parameters
                .iter()
                .find(|it| it.name.eq_ignore_ascii_case(name))
                .ok_or_else(|| Failure::placed(format!("Query parameter '{name}' not found"), at))?,
            None => self.scope.parameters.get(self.positional + which).ok_or_else(|| {
                Failure::placed("Query parameter number out of range: not enough positional parameters", at)
            })?,
        };
        Ok(constant(found.value.clone(), found.kind.clone()))
    }

    fn unary(
        &mut self,
        operator: Unary,
        inner: &Expr,
        sight: &Sight<'_>,
        at: Place,
    ) -> Result<Typed, Failure> {
        let value = self.expr(inner, sight)?;
        let name = match operator {
            Unary::Negative => "$- ",
            Unary::Plus => "$+ ",
            Unary::BitNot => "$~",
        };
        self.invoke(name, vec![value], at)
    }

    fn bools(&mut self, all: &[Expr], operator: &str, sight: &Sight<'_>) -> Result<Vec<X>, Failure> {
        all.iter().map(|it| self.bool(it, &format!("operator {operator}"), sight)).collect()
    }

    pub(super) fn bool(&mut self, expr: &Expr, what: &str, sight: &Sight<'_>) -> Result<X, Failure> {
        let value = self.expr(expr, sight)?;
        match value.kind == Type::Bool
            || value.literal == Literal::Untyped && !matches!(value.kind, Type::Array(_))
        {
            true => Ok(value.x),
            false => Err(Failure::placed(
                format!("No matching signature for {what} for argument types: {}.", value.kind.sql()),
                expr.at,
            )),
        }
    }

    /// A condition: of `WHERE`, `ON` …
    pub(super) fn condition(&mut self, expr: &Expr, clause: &str, sight: &Sight<'_>) -> Result<X, Failure> {
        let value = self.expr(expr, sight)?;
        match value.kind == Type::Bool
            || value.literal == Literal::Untyped && !matches!(value.kind, Type::Array(_))
        {
            true => Ok(value.x),
            false => Err(Failure::placed(
                format!("{clause} should return type BOOL, but returns {}", value.kind.sql()),
                expr.at,
            )),
        }
    }

    fn case(
        &mut self,
        operand: Option<&Expr>,
        branches: &[(Expr, Expr)],
        otherwise: Option<&Expr>,
        sight: &Sight<'_>,
        at: Place,
    ) -> Result<Typed, Failure> {
        let mut conditions = Vec::new();
        let mut values = Vec::new();
        let operand = operand.map(|it| self.expr(it, sight)).transpose()?;
        // The operand is computed once.
        let bound = operand.map(|it| {
            let id = self.next_local;
            self.next_local += 1;
            (id, it)
        });
        for (condition, value) in branches {
            conditions.push(match &bound {
                Some((id, operand)) => {
                    let x = if operand.literal == Literal::No { X::Local(*id) } else { operand.x.clone() };
                    let left = Typed { x, ..operand.clone() };
                    let right = self.expr(condition, sight)?;
                    self.comparison(Comparison::Equal, left, right, condition.at)?.x
                }
                None => self.bool(condition, "CASE", sight)?,
            });
            values.push(self.expr(value, sight)?);
        }
        if let Some(otherwise) = otherwise {
            values.push(self.expr(otherwise, sight)?);
        } else {
            values.push(Typed { x: X::Constant(Cell::Null), kind: Type::Int64, literal: Literal::Untyped });
        }
        let (mut values, kind) = self.unified(values, "operator CASE", at)?;
        let last = values.pop().unwrap_or(X::Constant(Cell::Null));
        let x = X::Case(conditions.into_iter().zip(values).collect(), Box::new(last));
        Ok(Typed::of(
            match bound {
                Some((id, operand)) => X::Let(vec![(id, operand.x)], Box::new(x)),
                None => x,
            },
            kind,
        ))
    }

    #[allow(clippy::too_many_arguments, reason = "a cast has as many parts")]
    fn cast(
        &mut self,
        value: &Expr,
        to: &TypeName,
        format: Option<&Expr>,
        zone: Option<&Expr>,
        safe: bool,
        sight: &Sight<'_>,
        at: Place,
    ) -> Result<Typed, Failure> {
        let place = value.at;
        let value = self.expr(value, sight)?;
        let written = self.written(to)?;
        if let Some(format) = format {
            return self.cast_format(value, &written.kind, format, zone, safe, sight, at);
        }
        if let Some(zone) = zone {
            let known = matches!(
                (&value.kind, &written.kind),
                (Type::Timestamp, Type::String) | (Type::String, Type::Timestamp)
            );
            if !known {
                return Err(Failure::placed("AT TIME ZONE is not allowed in this cast", zone.at));
            }
            let zone = self.expr(zone, sight)?;
            let name = if written.kind == Type::String { "STRING" } else { "TIMESTAMP" };
            let mut out = self.invoke(name, vec![value, zone], at)?;
            if let (true, X::Call(call)) = (safe, &mut out.x) {
                call.safe = true;
            }
            return Ok(out);
        }
        if !written.parameters.is_empty() {
            return Err(Failure::lacks("CAST to a parameterized type", to.at));
        }
        let kind = written.kind;
        check_cast(&value.kind, value.literal, &kind, place)?;
        if value.kind == kind || value.literal == Literal::Untyped {
            let x = match value.x {
                X::Array(items) if items.is_empty() => X::Constant(Cell::Array(Vec::new())),
                other => other,
            };
            return Ok(Typed::of(x, kind));
        }
        if let (X::Constant(Cell::Float(_)), Literal::Yes, Type::Numeric | Type::BigNumeric) =
            (&value.x, value.literal, &kind)
            && let Ok(x) = self.conversion(value.clone(), &kind, place)
        {
            return Ok(Typed::of(x, kind));
        }
        let cast = Conversion { value: value.x, from: value.kind, to: kind.clone(), safe };
        Ok(Typed::of(fold(X::Cast(Box::new(cast))), kind))
    }

    #[allow(clippy::too_many_arguments, reason = "a cast has as many parts")]
    fn cast_format(
        &mut self,
        value: Typed,
        to: &Type,
        format: &Expr,
        zone: Option<&Expr>,
        safe: bool,
        sight: &Sight<'_>,
        at: Place,
    ) -> Result<Typed, Failure> {
        let pattern = self.expr(format, sight)?;
        let name = match to {
            Type::String => "$FORMAT_STRING",
            Type::Bytes => "$FORMAT_BYTES",
            Type::Date => "$FORMAT_DATE",
            Type::Datetime => "$FORMAT_DATETIME",
            Type::Time => "$FORMAT_TIME",
            Type::Timestamp => "$FORMAT_TIMESTAMP",
            other => return Err(Failure::lacks(format!("CAST AS {} with FORMAT", other.sql()), at)),
        };
        if functions::find(name).is_none() {
            return Err(Failure::lacks("CAST with FORMAT", format.at));
        }
        let mut given = vec![value, pattern];
        if let Some(zone) = zone {
            given.push(self.expr(zone, sight)?);
        }
        let mut out = self.invoke(name, given, at)?;
        if let (true, X::Call(call)) = (safe, &mut out.x) {
            call.safe = true;
        }
        Ok(out)
    }

    fn extract(
        &mut self,
        part: &Expr,
        value: &Expr,
        zone: Option<&Expr>,
        sight: &Sight<'_>,
        at: Place,
    ) -> Result<Typed, Failure> {
        let Some(part_name) = self.part(part) else {
            return Err(Failure::placed("A valid date part name is required", part.at));
        };
        let value = self.expr(value, sight)?;
        let name = match part_name.as_str() {
            "DATE" => "$EXTRACT_DATE",
            "TIME" => "$EXTRACT_TIME",
            "DATETIME" => "$EXTRACT_DATETIME",
            _ => "$EXTRACT",
        };
        let mut given = vec![constant(Cell::Text(part_name), Type::String), value];
        if let Some(zone) = zone {
            given.push(self.expr(zone, sight)?);
        }
        self.invoke(name, given, at)
    }

    /// The part of a date that an expression names: `DAY`, `WEEK(MONDAY)`.
    pub(super) fn part(&self, expr: &Expr) -> Option<String> {
        match expr.node.as_ref() {
            Node::Name(name) => Some(name.text.to_ascii_uppercase()),
            Node::Call(call) if call.name.len() == 1 && call.name[0].text.eq_ignore_ascii_case("WEEK") => {
                match call.arguments.as_slice() {
                    [super::super::syntax::ast::Argument::Plain(day)] => match day.node.as_ref() {
                        Node::Name(day) => Some(format!("WEEK({})", day.text.to_ascii_uppercase())),
                        _ => None,
                    },
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// A query within an expression, and its columns.
    /// A query that stands for a value or an array of them, and the type of its only column.
    fn of_one_column(
        &mut self,
        query: &Query,
        what: &str,
        sight: &Sight<'_>,
        at: Place,
    ) -> Result<(Sub, Type), Failure> {
        let (sub, fields) = self.subquery(query, sight)?;
        match <[Field; 1]>::try_from(fields) {
            Ok([field]) => Ok((sub, field.kind)),
            Err(_) => Err(Failure::placed(
                format!(
                    "{what} subquery cannot have more than one column unless using SELECT AS STRUCT to build STRUCT values"
                ),
                at,
            )),
        }
    }

    pub(super) fn subquery(
        &mut self,
        query: &Query,
        sight: &Sight<'_>,
    ) -> Result<(Sub, Vec<Field>), Failure> {
        let varied = std::mem::replace(&mut self.varies, false);
        let reached = std::mem::replace(&mut self.reach, usize::MAX);
        let relation = self.query(query, Some(sight))?;
        let reach = self.reach;
        self.reach = reach.min(reached);
        let varies = self.varies;
        self.varies |= varied;
        let relation = relation.compact();
        let fields = relation.fields();
        let uses_locals = !self.locals.is_empty();
        let correlated = reach <= sight.depth || varies || uses_locals;
        Ok((Sub { id: self.id(), plan: relation.plan, correlated }, fields))
    }

    /// Calls a function that is there.
    pub(super) fn invoke(
        &mut self,
        name: &'static str,
        given: Vec<Typed>,
        at: Place,
    ) -> Result<Typed, Failure> {
        let Some(function) = functions::find(name) else {
            return Err(Failure::internal(format!("no function {name}")));
        };
        let described: Vec<functions::Given<'_>> = given
            .iter()
            .map(|it| functions::Given { name: None, kind: &it.kind, literal: it.literal, part: false })
            .collect();
        let Some(fit) = function.fit(&described) else {
            return Err(Failure::placed(function.no_match(&described), at));
        };
        self.fitted(function, fit, given, false, at)
    }

    /// The call of a function whose arguments fit.
    pub(super) fn fitted(
        &mut self,
        function: &'static functions::Function,
        fit: functions::Fit,
        given: Vec<Typed>,
        safe: bool,
        at: Place,
    ) -> Result<Typed, Failure> {
        let mut given: Vec<Option<Typed>> = given.into_iter().map(Some).collect();
        let mut arguments = Vec::new();
        for (place, kind) in fit.order.iter().zip(&fit.kinds) {
            arguments.push(match place.and_then(|it| given[it].take()) {
                Some(value) => self.coerced(value, kind, at)?,
                None => X::Constant(function.filling.clone()),
            });
        }
        let call = Invoke { function, arguments, kinds: fit.kinds, returns: fit.returns.clone(), safe };
        Ok(Typed::of(fold_call(call), fit.returns))
    }
}

pub(super) fn negate(x: X, negated: bool) -> Typed {
    Typed::of(if negated { X::Not(Box::new(x)) } else { x }, Type::Bool)
}

/// Computes what depends on nothing; what fails is left for the run, which may never come to it.
fn fold_call(call: Invoke) -> X {
    if call.function.volatile {
        return X::Call(Box::new(call));
    }
    let constants: Option<Vec<Cell>> = call
        .arguments
        .iter()
        .map(|it| match it {
            X::Constant(cell) => Some(cell.clone()),
            _ => None,
        })
        .collect();
    let Some(constants) = constants else { return X::Call(Box::new(call)) };
    let scene = functions::Scene { kinds: &call.kinds, returns: &call.returns };
    match call.function.call(&constants, &scene) {
        Ok(cell) => X::Constant(cell),
        Err(_) => X::Call(Box::new(call)),
    }
}

fn fold(x: X) -> X {
    if let X::Cast(cast) = &x
        && let X::Constant(cell) = &cast.value
        && let Ok(converted) = functions::convert(cell, &cast.from, &cast.to)
    {
        return X::Constant(converted);
    }
    x
}
