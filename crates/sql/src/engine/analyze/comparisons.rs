//! Comparisons, `IN` and `LIKE`.

use super::super::coercion::{Literal, comparable, supertype};
use super::super::failure::{Failure, Place};
use super::super::plan::{Conversion, X};
use super::super::syntax::ast::{Binary, Comparison, Expr, Set};
use super::{Analyzer, Sight, Typed};
use crate::cell::Cell;
use crate::types::{Field, Type};

impl Analyzer<'_> {
    pub(super) fn chain(
        &mut self,
        first: &Expr,
        rest: &[(Binary, Place, Expr)],
        sight: &Sight<'_>,
    ) -> Result<Typed, Failure> {
        let mut left = self.expr(first, sight)?;
        for (operator, at, right) in rest {
            let place = right.at;
            let right = self.expr(right, sight)?;
            let bare = |it: &Typed| it.literal == Literal::Untyped && matches!(it.x, X::Constant(Cell::Null));
            if matches!(operator, Binary::Add | Binary::Subtract) && (bare(&left) || bare(&right)) {
                return Err(Failure::placed(
                    format!("Operands of {} cannot be literal NULL", operator.symbol()),
                    if bare(&left) { *at } else { place },
                ));
            }
            let name = match operator {
                Binary::Add => "$+",
                Binary::Subtract => "$-",
                Binary::Multiply => "$*",
                Binary::Divide => "$/",
                Binary::Concat => "$||",
                Binary::BitAnd => "$&",
                Binary::BitOr => "$|",
                Binary::BitXor => "$^",
                Binary::ShiftLeft => "$<<",
                Binary::ShiftRight => "$>>",
            };
            // Chains of one operator stay flat where it takes as many operands as it is given.
            if *operator == Binary::Concat
                && let X::Call(call) = &mut left.x
                && call.function.name == name
                && call.kinds.first().is_some_and(|it| *it == right.kind && !matches!(it, Type::Array(_)))
            {
                call.kinds.push(right.kind.clone());
                call.arguments.push(right.x);
                continue;
            }
            left = self.invoke(name, vec![left, right], *at)?;
        }
        Ok(left)
    }

    pub(super) fn comparison(
        &self,
        operator: Comparison,
        left: Typed,
        right: Typed,
        at: Place,
    ) -> Result<Typed, Failure> {
        let symbol = match operator {
            Comparison::Equal => "=",
            Comparison::NotEqual => "!=",
            Comparison::Less => "<",
            Comparison::LessOrEqual => "<=",
            Comparison::Greater => ">",
            Comparison::GreaterOrEqual => ">=",
        };
        let ordered = !matches!(operator, Comparison::Equal | Comparison::NotEqual);
        // Integers and floats are compared as what they are: a float cannot hold every integer.
        let common = self.supertype_of(&[left.clone(), right.clone()]);
        let fits =
            common.as_ref().is_some_and(|it| comparable(it) && !(ordered && matches!(it, Type::Struct(_))));
        if !fits {
            if let Some(kind @ (Type::Json | Type::Struct(_) | Type::Array(_) | Type::Geography)) = &common {
                let what = match (ordered, operator) {
                    (false, _) => "Equality",
                    (true, Comparison::Less | Comparison::LessOrEqual) => "Less than",
                    (true, _) => "Greater than",
                };
                return Err(Failure::query(format!(
                    "{what} is not defined for arguments of type {}",
                    kind.sql()
                ))
                .or_at(at));
            }
            return Err(Failure::placed(
                format!(
                    "No matching signature for operator {symbol} for argument types: {}, {}.",
                    left.kind.sql(),
                    right.kind.sql()
                ),
                at,
            ));
        }
        let kind = common.unwrap_or(Type::Int64);
        if kind == Type::Float64
            && (left.kind == Type::Int64 || right.kind == Type::Int64)
            && left.kind != right.kind
        {
            let x = X::Mixed(operator, Box::new(left.x), Box::new(right.x));
            return Ok(Typed::of(x, Type::Bool));
        }
        let left = self.coerced(left, &kind, at)?;
        let right = self.coerced(right, &kind, at)?;
        Ok(Typed::of(X::Compare(operator, Box::new(left), Box::new(right)), Type::Bool))
    }

    pub(super) fn within_set(
        &mut self,
        value: Typed,
        set: &Set,
        sight: &Sight<'_>,
        at: Place,
    ) -> Result<X, Failure> {
        match set {
            Set::List(items) => {
                let mut all = vec![value];
                for item in items {
                    all.push(self.expr(item, sight)?);
                }
                // Each is compared for itself, unless one type holds all of them.
                let (mut all, kind) = self.unified(all, "operator IN", at)?;
                check_comparable(&kind, at)?;
                let value = all.remove(0);
                Ok(X::In(Box::new(value), all))
            }
            Set::Unnest(array) => {
                let array = self.expr(array, sight)?;
                let Type::Array(of) = array.kind.clone() else {
                    return Err(Failure::placed(
                        format!("Second argument of IN UNNEST must be an array but was {}", array.kind.sql()),
                        at,
                    ));
                };
                let (value, kind) = self.comparable_with(value, &of, array.literal, at, |value| {
                    let (value, array) = (value.sql(), array.kind.sql());
                    format!(
                        "No matching signature for operator IN UNNEST for argument types: {value}, {array}."
                    )
                })?;
                let wanted = Type::Array(Box::new(kind));
                let array = self.widened(array, &wanted, at)?;
                Ok(X::InArray(Box::new(value), Box::new(array)))
            }
            Set::Query(query) => {
                let (mut sub, fields) = self.subquery(query, sight)?;
                let [field] = <[Field; 1]>::try_from(fields).map_err(|_| {
                    Failure::placed("Subquery of type IN must have only one output column", at)
                })?;
                let (value, kind) = self.comparable_with(value, &field.kind, Literal::No, at, |value| {
                    let (value, column) = (value.sql(), field.kind.sql());
                    format!("Cannot execute IN subquery with uncomparable types {value} and {column}")
                })?;
                if !field.kind.same(&kind) {
                    let cast = Conversion { value: X::Column(0), from: field.kind, to: kind, safe: false };
                    sub.plan = super::Plan::Project(Box::new(sub.plan), vec![X::Cast(Box::new(cast))]);
                }
                Ok(X::InQuery(Box::new(value), Box::new(sub)))
            }
        }
    }

    /// A value as it is compared with others of a type, and the type that both have then.
    fn comparable_with(
        &self,
        value: Typed,
        others: &Type,
        literal: Literal,
        at: Place,
        refusal: impl FnOnce(&Type) -> String,
    ) -> Result<(X, Type), Failure> {
        let Some(kind) = supertype(&[(&value.kind, value.literal), (others, literal)]) else {
            return Err(Failure::placed(refusal(&value.kind), at));
        };
        check_comparable(&kind, at)?;
        Ok((self.coerced(value, &kind, at)?, kind))
    }

    /// An array as one of another type, element by element.
    pub(super) fn widened(&self, array: Typed, to: &Type, at: Place) -> Result<X, Failure> {
        match array.kind.same(to) {
            true => Ok(array.x),
            false => self.conversion(array, to, at),
        }
    }

    pub(super) fn like(
        &mut self,
        value: &Expr,
        pattern: &Expr,
        sight: &Sight<'_>,
        at: Place,
    ) -> Result<X, Failure> {
        let both = vec![self.expr(value, sight)?, self.expr(pattern, sight)?];
        self.invoke("$LIKE", both, at).map(|it| it.x)
    }

    pub(super) fn like_set(
        &mut self,
        value: &Expr,
        any: bool,
        set: &Set,
        sight: &Sight<'_>,
        at: Place,
    ) -> Result<X, Failure> {
        match set {
            Set::List(items) => {
                let mut all = Vec::new();
                for item in items {
                    all.push(self.like(value, item, sight, at)?);
                }
                Ok(if any { X::Or(all) } else { X::And(all) })
            }
            Set::Unnest(array) => {
                let value = self.expr(value, sight)?;
                let array = self.expr(array, sight)?;
                let name = if any { "$LIKE_ANY" } else { "$LIKE_ALL" };
                self.invoke(name, vec![value, array], at).map(|it| it.x)
            }
            Set::Query(query) => {
                let value = self.expr(value, sight)?;
                let (sub, fields) = self.subquery(query, sight)?;
                let fits = matches!(fields.as_slice(), [it] if it.kind == value.kind)
                    && matches!(value.kind, Type::String | Type::Bytes);
                match fits {
                    true => Ok(X::LikeQuery(Box::new(value.x), Box::new(sub), any)),
                    false => {
                        Err(Failure::placed("LIKE with a subquery needs one column of the same type", at))
                    }
                }
            }
        }
    }
}

fn check_comparable(kind: &Type, at: Place) -> Result<(), Failure> {
    match comparable(kind) {
        true => Ok(()),
        false => Err(Failure::placed(format!("IN is not defined for arguments of type {}", kind.sql()), at)),
    }
}
