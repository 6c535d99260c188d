//! Literals of a type, intervals, arrays and structs.

use super::super::coercion::Literal;
use super::super::failure::{Failure, Place};
use super::super::functions;
use super::super::plan::X;
use super::super::syntax::ast::{Expr, Name, Node, TypeName};
use super::expressions::constant;
use super::names::last_name;
use super::{Analyzer, Sight, Typed};
use crate::cell::Cell;
use crate::interval::Interval;
use crate::types::{Field, Type};

impl Analyzer<'_> {
    pub(super) fn typed_literal(&mut self, kind: &TypeName, text: &str, at: Place) -> Result<Typed, Failure> {
        let kind = self.type_of(kind)?;
        if kind == Type::Json {
            let given = [text, "round"].map(|it| constant(Cell::Text(it.to_owned()), Type::String));
            let made = self.invoke("PARSE_JSON", given.into(), at)?;
            return match made.x {
                X::Constant(_) => Ok(made),
                _ => Err(Failure::placed("Invalid JSON literal", at)),
            };
        }
        let cell = functions::convert(&Cell::Text(text.to_owned()), &Type::String, &kind)
            .map_err(|_| Failure::placed(format!("Invalid {} literal", kind.sql()), at))?;
        Ok(Typed { x: X::Constant(cell), kind, literal: Literal::No })
    }

    pub(super) fn interval(
        &mut self,
        value: &Expr,
        from: &Name,
        to: Option<&Name>,
        sight: &Sight<'_>,
        at: Place,
    ) -> Result<Typed, Failure> {
        let part = from.text.to_ascii_uppercase();
        let (text, place) = match value.node.as_ref() {
            Node::Text(text) => (Some(text), value.at),
            _ => (None, value.at),
        };
        if let Some(to) = to {
            let Some(text) = text else {
                return Err(Failure::placed("INTERVAL with several parts needs a string literal", place));
            };
            let read = Interval::part(&part, &to.text.to_ascii_uppercase(), text)
                .ok_or_else(|| Failure::placed(format!("Invalid INTERVAL value '{text}'"), place))?;
            return Ok(Typed::of(X::Constant(Cell::Interval(read)), Type::Interval));
        }
        if let Some(text) = text {
            let read = functions::interval_text(text, &part).map_err(|it| Failure::placed(it, place))?;
            return Ok(Typed::of(X::Constant(Cell::Interval(read)), Type::Interval));
        }
        let value = self.expr(value, sight)?;
        self.invoke("$INTERVAL", vec![value, constant(Cell::Text(part), Type::String)], at)
    }

    pub(super) fn array(
        &mut self,
        kind: Option<&TypeName>,
        items: &[Expr],
        sight: &Sight<'_>,
        at: Place,
    ) -> Result<Typed, Failure> {
        let mut all = Vec::new();
        for item in items {
            all.push(self.expr(item, sight)?);
        }
        let literal = all.iter().all(|it| it.literal != Literal::No);
        let of = match kind {
            Some(kind) => {
                let of = self.type_of(kind)?;
                if matches!(of, Type::Array(_)) {
                    return Err(Failure::placed(
                        "Cannot construct array with element type ARRAY because nested arrays are not supported",
                        at,
                    ));
                }
                of
            }
            None if all.is_empty() => {
                return Ok(Typed {
                    x: X::Constant(Cell::Array(Vec::new())),
                    kind: Type::Array(Box::new(Type::Int64)),
                    literal: Literal::Untyped,
                });
            }
            None => {
                let Some(of) = self.supertype_of(&all) else {
                    let mut names: Vec<String> = all.iter().map(|it| it.kind.sql()).collect();
                    names.dedup();
                    return Err(Failure::placed(
                        format!(
                            "Array elements of types {{{}}} do not have a common supertype",
                            names.join(", ")
                        ),
                        at,
                    ));
                };
                if matches!(of, Type::Array(_)) {
                    return Err(Failure::placed(
                        "Cannot construct array with element type ARRAY because nested arrays are not supported",
                        at,
                    ));
                }
                of
            }
        };
        let cells = all
            .into_iter()
            .zip(items)
            .map(|(value, item)| self.coerced(value, &of, item.at))
            .collect::<Result<Vec<_>, _>>()?;
        let constants: Option<Vec<Cell>> = cells
            .iter()
            .map(|it| match it {
                X::Constant(cell) => Some(cell.clone()),
                _ => None,
            })
            .collect();
        let x = match constants {
            Some(all) => X::Constant(Cell::Array(all)),
            None => X::Array(cells),
        };
        let literal = if literal && kind.is_none() { Literal::Yes } else { Literal::No };
        Ok(Typed { x, kind: Type::Array(Box::new(of)), literal })
    }

    pub(super) fn structure(
        &mut self,
        fields: Option<&[(Option<Name>, TypeName)]>,
        items: &[(Expr, Option<Name>)],
        sight: &Sight<'_>,
        at: Place,
    ) -> Result<Typed, Failure> {
        let mut out = Vec::new();
        let mut cells = Vec::new();
        let mut literal = true;
        if let Some(fields) = fields {
            if fields.len() != items.len() {
                return Err(Failure::placed(
                    format!(
                        "STRUCT type has {} fields but constructor call has {} fields",
                        fields.len(),
                        items.len()
                    ),
                    at,
                ));
            }
            for ((name, kind), (value, alias)) in fields.iter().zip(items) {
                if let Some(alias) = alias {
                    return Err(Failure::placed(
                        "STRUCT constructors cannot specify both an explicit type and field names with AS",
                        alias.at,
                    ));
                }
                let kind = self.type_of(kind)?;
                let place = value.at;
                let value = self.expr(value, sight)?;
                cells.push(self.coerced(value, &kind, place)?);
                out.push(Field::new(name.as_ref().map_or("", |it| it.text.as_str()), kind));
            }
            return Ok(Typed::of(X::Struct(cells), Type::Struct(out)));
        }
        for (value, alias) in items {
            let name = alias.as_ref().or_else(|| last_name(value)).map_or("", |it| it.text.as_str());
            let value = self.expr(value, sight)?;
            literal &= value.literal != Literal::No;
            cells.push(value.x);
            out.push(Field::new(name, value.kind));
        }
        let literal = if literal { Literal::Yes } else { Literal::No };
        let constants: Option<Vec<Cell>> = cells
            .iter()
            .map(|it| match it {
                X::Constant(cell) => Some(cell.clone()),
                _ => None,
            })
            .collect();
        let x = match constants {
            Some(all) if literal == Literal::Yes => X::Constant(Cell::Struct(all)),
            _ => X::Struct(cells),
        };
        Ok(Typed { x, kind: Type::Struct(out), literal })
    }
}
