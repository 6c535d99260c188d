//! Types as they are written, and turning expressions into what is wanted of them.

use super::super::coercion::{Literal, coercible, supertype};
use super::super::failure::{Failure, Place};
use super::super::functions::{castable, convert};
use super::super::plan::{Conversion, X};
use super::super::syntax::ast::{Expr, Node, TypeName, TypeNode};
use super::{Analyzer, Typed};
use crate::cell::Cell;
use crate::types::{Field, Type};

/// A type as it is written, with the lengths and digits that it sets.
pub(super) struct Written {
    pub kind: Type,
    /// `NUMERIC(10, 2)`, `STRING(5)`: what cuts or refuses values.
    pub parameters: Vec<i64>,
}

impl Analyzer<'_> {
    pub(super) fn written(&self, name: &TypeName) -> Result<Written, Failure> {
        let plain = |kind| Ok(Written { kind, parameters: Vec::new() });
        match &name.node {
            TypeNode::Plain(text, parameters) => {
                // FLOAT is a name of the API's only.
                let kind = Type::named(text).filter(|_| !text.eq_ignore_ascii_case("FLOAT"));
                if text.eq_ignore_ascii_case("ROUNDING_MODE") {
                    return Err(Failure::lacks("The type ROUNDING_MODE", name.at));
                }
                let Some(kind) = kind else {
                    return Err(Failure::placed(format!("Type not found: {text}"), name.at));
                };
                if kind == Type::Geography {
                    return Err(Failure::lacks("The type GEOGRAPHY", name.at));
                }
                let mut numbers = Vec::new();
                for parameter in parameters {
                    numbers.push(
                        integer(parameter).ok_or_else(|| {
                            Failure::placed("Type parameters must be integers", parameter.at)
                        })?,
                    );
                }
                Ok(Written { kind, parameters: numbers })
            }
            TypeNode::Array(of) => {
                let of = self.type_of(of)?;
                if matches!(of, Type::Array(_)) {
                    return Err(Failure::placed("Arrays of arrays are not supported", name.at));
                }
                plain(Type::Array(Box::new(of)))
            }
            TypeNode::Range(of) => match self.type_of(of)? {
                of @ (Type::Date | Type::Datetime | Type::Timestamp) => plain(Type::Range(Box::new(of))),
                other => Err(Failure::placed(format!("Unsupported type: RANGE<{}>", other.sql()), name.at)),
            },
            TypeNode::Struct(fields) => {
                let mut out = Vec::new();
                for (field, kind) in fields {
                    let text = field.as_ref().map_or_else(String::new, |it| it.text.clone());
                    out.push(Field::new(text, self.type_of(kind)?));
                }
                plain(Type::Struct(out))
            }
            TypeNode::Other(text) => Err(Failure::placed(format!("Type not found: {text}"), name.at)),
        }
    }

    /// A type without parameters.
    pub(super) fn type_of(&self, name: &TypeName) -> Result<Type, Failure> {
        let written = self.written(name)?;
        match written.parameters.is_empty() {
            true => Ok(written.kind),
            false => Err(Failure::lacks("A parameterized type here", name.at)),
        }
    }

    /// An expression as one of a type, where that goes by itself.
    pub(super) fn coerced(&self, given: Typed, to: &Type, at: Place) -> Result<X, Failure> {
        if given.kind == *to {
            return Ok(given.x);
        }
        // A struct that is written out is brought there field by field.
        let written = matches!(given.x, X::Struct(_) | X::Constant(Cell::Struct(_)));
        if let (true, Type::Struct(have), Type::Struct(want), false) =
            (written, &given.kind, to, given.kind.same(to))
            && have.len() == want.len()
        {
            let each = want
                .iter()
                .enumerate()
                .map(|(place, field)| self.coerced(part(&given, place), &field.kind, at));
            return Ok(X::Struct(each.collect::<Result<_, _>>()?));
        }
        if !coercible(&given.kind, given.literal, to) {
            let what = if given.literal == Literal::Yes { "literal" } else { "value" };
            return Err(Failure::placed(
                format!("Could not cast {what} of type {} to type {}", given.kind.sql(), to.sql()),
                at,
            ));
        }
        self.conversion(given, to, at)
    }

    /// The conversion to a type to which the value can be coerced.
    pub(super) fn conversion(&self, given: Typed, to: &Type, at: Place) -> Result<X, Failure> {
        if given.kind.same(to) {
            return Ok(given.x);
        }
        if given.literal == Literal::Untyped {
            return Ok(match given.x {
                X::Array(items) if items.is_empty() => X::Constant(Cell::Array(Vec::new())),
                other => other,
            });
        }
        // A number that is written out is taken by its digits, not by the float that is nearest to them.
        if let (X::Constant(Cell::Float(float)), Literal::Yes, Type::Numeric | Type::BigNumeric) =
            (&given.x, given.literal, to)
            && let Some(Some(digits)) = self.digits.get(&float.to_bits())
            && let Ok(cell) = crate::input::text_value(digits, to)
        {
            return Ok(X::Constant(cell));
        }
        if let X::Constant(cell) = &given.x {
            let converted = convert(cell, &given.kind, to).map_err(|_| {
                Failure::placed(
                    format!("Could not cast literal {} to type {}", literal(cell, &given.kind), to.sql()),
                    at,
                )
            })?;
            return Ok(X::Constant(converted));
        }
        Ok(X::Cast(Box::new(Conversion { value: given.x, from: given.kind, to: to.clone(), safe: false })))
    }

    /// The type that holds all of these, a struct that is written out field by field.
    pub(super) fn supertype_of(&self, all: &[Typed]) -> Option<Type> {
        let width = |it: &Typed| match &it.kind {
            Type::Struct(fields) if it.literal != Literal::Untyped => Some(fields.len()),
            _ => None,
        };
        let structs: Vec<&Typed> = all.iter().filter(|it| it.literal != Literal::Untyped).collect();
        let Some(first) = structs.first() else {
            let kinds: Vec<(&Type, Literal)> = all.iter().map(|it| (&it.kind, it.literal)).collect();
            return supertype(&kinds);
        };
        let count = width(first);
        if count.is_none() || structs.iter().any(|it| width(it) != count) {
            let kinds: Vec<(&Type, Literal)> = all.iter().map(|it| (&it.kind, it.literal)).collect();
            return supertype(&kinds);
        }
        let Type::Struct(names) = &first.kind else { return None };
        let mut fields = Vec::new();
        for (at, field) in names.iter().enumerate() {
            let each: Vec<Typed> = structs.iter().map(|it| part(it, at)).collect();
            let mut name = field.name.clone();
            for other in &structs {
                if let (true, Type::Struct(others)) = (name.is_empty(), &other.kind) {
                    name.clone_from(&others[at].name);
                }
            }
            fields.push(Field::new(name, self.supertype_of(&each)?));
        }
        Some(Type::Struct(fields))
    }

    /// Brings expressions to the type that holds all of them.
    pub(super) fn unified(&self, all: Vec<Typed>, what: &str, at: Place) -> Result<(Vec<X>, Type), Failure> {
        let kinds: Vec<(&Type, Literal)> = all.iter().map(|it| (&it.kind, it.literal)).collect();
        let Some(kind) = self.supertype_of(&all) else {
            let shown: Vec<String> = kinds.iter().map(|it| it.0.sql()).collect();
            return Err(Failure::placed(
                format!("No matching signature for {what} for argument types: {}.", shown.join(", ")),
                at,
            ));
        };
        let all = all.into_iter().map(|it| self.coerced(it, &kind, at)).collect::<Result<_, _>>()?;
        Ok((all, kind))
    }
}

/// A field of a struct; of one that is written out, as it is written.
fn part(of: &Typed, at: usize) -> Typed {
    let Type::Struct(fields) = &of.kind else { return of.clone() };
    let kind = fields[at].kind.clone();
    let (x, literal) = match &of.x {
        X::Struct(all) => {
            let literal = match &all[at] {
                X::Constant(Cell::Null) if kind == Type::Int64 => Literal::Untyped,
                X::Constant(_) => Literal::Yes,
                _ => Literal::No,
            };
            (all[at].clone(), literal)
        }
        X::Constant(Cell::Struct(cells)) => {
            let untyped = cells[at].is_null() && kind == Type::Int64;
            let literal = if untyped { Literal::Untyped } else { Literal::Yes };
            (X::Constant(cells[at].clone()), literal)
        }
        other => (X::Field(Box::new(other.clone()), at), Literal::No),
    };
    Typed { x, kind, literal }
}

fn literal(cell: &Cell, kind: &Type) -> String {
    match (cell, kind) {
        (Cell::Text(text), _) => super::super::syntax::quoted(text),
        (other, _) => other.text(),
    }
}

/// Whether `CAST` may be asked for.
pub(super) fn check_cast(from: &Type, literal: Literal, to: &Type, at: Place) -> Result<(), Failure> {
    if literal == Literal::Untyped && (matches!(to, Type::Array(_)) || !matches!(from, Type::Array(_))) {
        return Ok(());
    }
    match castable(from, to) {
        true => Ok(()),
        false => Err(Failure::placed(format!("Invalid cast from {} to {}", from.sql(), to.sql()), at)),
    }
}

/// An integer that is written out.
pub(super) fn integer(expr: &Expr) -> Option<i64> {
    match expr.node.as_ref() {
        Node::Integer(text) => whole(text),
        _ => None,
    }
}

pub(super) fn whole(text: &str) -> Option<i64> {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |it| ("-", it));
    match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) if sign.is_empty() => {
            u64::from_str_radix(hex, 16).ok().and_then(|it| i64::try_from(it).ok())
        }
        Some(hex) => i64::from_str_radix(&format!("-{hex}"), 16).ok(),
        None => text.parse().ok(),
    }
}
