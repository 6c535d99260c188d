//! Rewrites expressions: literals, casts, accesses, calls.

use datafusion::sql::sqlparser::ast::{
    AccessExpr, ArrayElemTypeDef, CastKind, DataType, Expr, Function as Call, FunctionArguments, SelectItem,
    SetExpr, Subscript, TrimWhereField, Value,
};
use datafusion::sql::sqlparser::tokenizer::Location;

use super::failure::Failure;
use super::functions::{self, Function};
use super::rewrite::{Rewriter, last_name, lower};
use super::syntax::{alias, call, column, item, number, parts, text};
use super::{Parameter, calls};
use crate::cell::Cell;
use crate::types::{Field, Type};

impl Rewriter<'_> {
    fn cast(&mut self, expr: Expr, target: &DataType, safe: bool) -> Result<Expr, Failure> {
        let kind = type_of(target)?;
        let name = self.register(functions::cast(&kind, safe));
        Ok(call(name, vec![expr]))
    }

    /// The access to a field.
    pub fn member(&mut self, of: Expr, name: &str) -> Expr {
        let name = self.register(functions::member(name));
        call(name, vec![of])
    }

    pub(super) fn parameter(&mut self, written: &str, location: Location) -> Result<Expr, Failure> {
        let found = match written.strip_prefix('@') {
            Some(name) => {
                let found = self.scope.parameters.iter().find(|it| it.name.eq_ignore_ascii_case(name));
                found.ok_or_else(|| Failure::at(format!("Query parameter '{name}' not found"), location))?
            }
            None => {
                self.positional += 1;
                let at = self.positional - 1;
                self.scope.parameters.get(at).ok_or_else(|| {
                    Failure::at(
                        "Query parameter number out of range: not enough positional parameters",
                        location,
                    )
                })?
            }
        };
        let Parameter { kind, value, .. } = found.clone();
        Ok(match (&kind, &value) {
            // A LIMIT takes a plain number.
            (Type::Int64, Cell::Int(it)) if *it >= 0 => number(it),
            (Type::String, Cell::Text(it)) => text(it),
            (_, _) => self.constant(value, kind),
        })
    }

    /// A struct of named values, cast to types if there are any.
    pub(super) fn structure(&mut self, values: Vec<(String, Expr)>, kinds: Vec<Type>) -> Expr {
        let names: Vec<String> = values.iter().map(|it| it.0.clone()).collect();
        let fields = names.clone();
        let function = Function::new(
            &format!("struct {}", names.join(",")),
            move |kinds| {
                let each = fields.iter().zip(kinds);
                Ok(Type::Struct(each.map(|(name, kind)| Field::new(name, kind.clone())).collect()))
            },
            |row, _| Ok(Cell::Struct(row.to_vec())),
        )
        .lenient();
        let name = self.register(function);
        let values = values.into_iter().map(|it| it.1).enumerate().map(|(at, value)| match kinds.get(at) {
            Some(kind) => {
                let cast = self.register(functions::cast(kind, false));
                call(cast, vec![value])
            }
            None => value,
        });
        let values = values.collect();
        call(name, values)
    }

    pub(super) fn expr(&mut self, expr: &mut Expr) -> Result<(), Failure> {
        // Most expressions stay as they are.
        let given = std::mem::replace(expr, super::syntax::null());
        *expr = self.expression(given)?;
        Ok(())
    }

    fn expression(&mut self, expr: Expr) -> Result<Expr, Failure> {
        Ok(match expr {
            Expr::Identifier(name) if name.quote_style.is_none() && name.value.starts_with('@') => {
                self.parameter(&name.value, name.span.start)?
            }
            Expr::Identifier(mut name) => {
                if let Some(row) = self.whole_row(&name) {
                    return Ok(row);
                }
                lower(&mut name);
                Expr::Identifier(name)
            }
            Expr::CompoundIdentifier(names) if names[0].value.starts_with('@') => {
                let start = self.parameter(&names[0].value, names[0].span.start)?;
                names[1..].iter().fold(start, |of, name| self.member(of, &name.value))
            }
            Expr::CompoundIdentifier(mut names) => {
                names.iter_mut().for_each(lower);
                Expr::CompoundIdentifier(names)
            }
            Expr::Value(mut value) => {
                match value.value {
                    Value::Placeholder(written) => return self.parameter(&written, value.span.start),
                    Value::SingleQuotedByteStringLiteral(it)
                    | Value::DoubleQuotedByteStringLiteral(it)
                    | Value::TripleSingleQuotedByteStringLiteral(it)
                    | Value::TripleDoubleQuotedByteStringLiteral(it) => {
                        return Ok(self.constant(Cell::Bytes(it.into_bytes()), Type::Bytes));
                    }
                    Value::Number(written, long)
                        if written.contains(['e', 'E']) && !written.contains('.') =>
                    {
                        let float: f64 = written.parse().unwrap_or(0.0);
                        value.value = Value::Number(format!("{float:?}"), long);
                    }
                    other => {
                        value.value = match other.clone().into_string() {
                            Some(it) => Value::SingleQuotedString(it),
                            None => other,
                        };
                    }
                }
                Expr::Value(value)
            }
            Expr::Cast { kind, expr, data_type, format, .. } => {
                if format.is_some() {
                    return Err(Failure::unsupported("CAST … FORMAT"));
                }
                self.cast(*expr, &data_type, matches!(kind, CastKind::SafeCast | CastKind::TryCast))?
            }
            Expr::TypedString(typed) => {
                let value = typed.value.value.into_string().unwrap_or_default();
                if matches!(typed.data_type, DataType::JSON) {
                    return Ok(call("PARSE_JSON", vec![text(value)]));
                }
                self.cast(text(value), &typed.data_type, false)?
            }
            Expr::Function(function) => self.function(function)?,
            Expr::Extract { field, expr, .. } => {
                let (moment, zone) = match *expr {
                    Expr::AtTimeZone { timestamp, time_zone } => (*timestamp, Some(*time_zone)),
                    other => (other, None),
                };
                let part = field.to_string().to_uppercase();
                match part.as_str() {
                    "DATE" | "TIME" => {
                        call(format!("$EXTRACT {part}"), std::iter::once(moment).chain(zone).collect())
                    }
                    _ => call("$EXTRACT", [text(part), moment].into_iter().chain(zone).collect()),
                }
            }
            Expr::Ceil { expr, .. } => call("CEIL", vec![*expr]),
            Expr::Floor { expr, .. } => call("FLOOR", vec![*expr]),
            Expr::Substring { expr, substring_from, substring_for, .. } => {
                let mut given = vec![*expr];
                given.push(substring_from.map_or_else(|| number(1), |it| *it));
                given.extend(substring_for.map(|it| *it));
                call("SUBSTR", given)
            }
            Expr::Trim { expr, trim_where, trim_what, trim_characters } => {
                let name = match trim_where {
                    Some(TrimWhereField::Leading) => "LTRIM",
                    Some(TrimWhereField::Trailing) => "RTRIM",
                    Some(TrimWhereField::Both) | None => "TRIM",
                };
                let mut given = vec![*expr];
                given.extend(trim_what.map(|it| *it));
                given.extend(trim_characters.into_iter().flatten());
                call(name, given)
            }
            Expr::Position { expr, r#in } => call("STRPOS", vec![*r#in, *expr]),
            Expr::InUnnest { expr, array_expr, negated } => {
                let contains = call("$CONTAINS", vec![*array_expr, *expr]);
                match negated {
                    true => Expr::UnaryOp {
                        op: datafusion::sql::sqlparser::ast::UnaryOperator::Not,
                        expr: Box::new(contains),
                    },
                    false => contains,
                }
            }
            Expr::Struct { values, fields } => {
                let mut named = Vec::new();
                for (at, value) in values.into_iter().enumerate() {
                    let typed =
                        fields.get(at).and_then(|it| it.field_name.as_ref()).map(|it| it.value.clone());
                    let (value, name) = match value {
                        Expr::Named { expr, name } => (*expr, Some(name.value)),
                        other => (other.clone(), last_name(&other)),
                    };
                    named.push((typed.or(name).unwrap_or_else(|| format!("_field_{}", at + 1)), value));
                }
                let kinds = fields.iter().map(|it| type_of(&it.field_type)).collect::<Result<Vec<_>, _>>()?;
                for (name, _) in &named {
                    self.spell(name);
                }
                self.structure(named, kinds)
            }
            Expr::CompoundFieldAccess { root, access_chain } => {
                let mut out = *root;
                for access in access_chain {
                    out = self.access(out, access)?;
                }
                out
            }
            Expr::Array(mut array) => {
                // The first struct of an array names the fields of all.
                let is_struct = |it: &Expr| match it {
                    Expr::Function(it) => parts(&it.name).first().is_some_and(|it| it.starts_with("struct ")),
                    _ => false,
                };
                if let Some(Expr::Function(first)) = array.elem.first().filter(|it| is_struct(it)).cloned() {
                    for each in array.elem.iter_mut().filter(|it| is_struct(it)) {
                        if let Expr::Function(each) = each {
                            each.name = first.name.clone();
                        }
                    }
                }
                Expr::Array(array)
            }
            Expr::BinaryOp { left, op, right } => match calls::shifted(&left, &op, &right) {
                Some(shifted) => shifted,
                None => Expr::BinaryOp { left, op, right },
            },
            other => other,
        })
    }

    fn access(&mut self, of: Expr, access: AccessExpr) -> Result<Expr, Failure> {
        Ok(match access {
            AccessExpr::Dot(Expr::Identifier(name)) => self.member(of, &name.value),
            AccessExpr::Subscript(Subscript::Index { index }) => match &index {
                Expr::Function(function) => {
                    let mode = function.name.to_string().to_uppercase();
                    let inner = calls::arguments(function).into_iter().next();
                    match (mode.as_str(), inner) {
                        ("OFFSET" | "ORDINAL" | "SAFE_OFFSET" | "SAFE_ORDINAL", Some(at)) => {
                            call("$AT", vec![of, at, text(mode)])
                        }
                        (_, _) => call("$AT", vec![of, index]),
                    }
                }
                _ => call("$AT", vec![of, index]),
            },
            other => return Err(Failure::unsupported(format!("the access {other}"))),
        })
    }

    fn function(&mut self, function: Call) -> Result<Expr, Failure> {
        // ARRAY(SELECT …) is what the query's only column collects.
        if let FunctionArguments::Subquery(query) = &function.args
            && function.name.to_string().eq_ignore_ascii_case("ARRAY")
        {
            let SetExpr::Select(select) = query.body.as_ref() else {
                return Err(Failure::unsupported("ARRAY of a set operation"));
            };
            let name = match select.projection.first() {
                Some(SelectItem::ExprWithAlias { alias, .. }) => alias.value.clone(),
                Some(SelectItem::UnnamedExpr(expr)) => last_name(expr).unwrap_or_default(),
                _ => return Err(Failure::unsupported("ARRAY(SELECT *)")),
            };
            let from = super::syntax::derived(query.as_ref().clone(), Some(alias(self.fresh())));
            let all = call("array_agg", vec![column(name)]);
            let collected =
                super::syntax::select(vec![item(all, "f0_")], vec![super::syntax::relation(from)], None);
            return Ok(Expr::Subquery(Box::new(collected)));
        }
        let known = &self.functions;
        calls::rewrite(function, &|name| known.contains_key(name))
    }
}

/// Our type of one that a query writes.
pub fn type_of(written: &DataType) -> Result<Type, Failure> {
    Ok(match written {
        DataType::Array(ArrayElemTypeDef::AngleBracket(of)) => Type::Array(Box::new(type_of(of)?)),
        DataType::Struct(fields, _) => {
            let mut out = Vec::new();
            for (at, field) in fields.iter().enumerate() {
                let name = field
                    .field_name
                    .as_ref()
                    .map_or_else(|| format!("_field_{}", at + 1), |it| it.value.clone());
                out.push(Field::new(name, type_of(&field.field_type)?));
            }
            Type::Struct(out)
        }
        other => {
            let shown = other.to_string();
            let bare = shown.split('(').next().unwrap_or(&shown).trim().trim_matches('`');
            Type::named(bare).ok_or_else(|| Failure::query(format!("Type not found: {bare}")))?
        }
    })
}
