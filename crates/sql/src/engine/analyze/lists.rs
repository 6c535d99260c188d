//! The list of a `SELECT`.

use super::super::coercion::Literal;
use super::super::failure::{Failure, Place};
use super::super::plan::X;
use super::super::syntax::ast::{Expr, Item, Node, Star};
use super::names::{last_name, path};
use super::{Analyzer, Column, Found, Sight, Typed, expanded, same};
use crate::types::Type;

impl Analyzer<'_> {
    /// The columns that `*` stands for, as the star changes them.
    pub(super) fn starred(
        &mut self,
        columns: &[Column],
        star: &Star,
        at: Place,
        sight: &Sight<'_>,
    ) -> Result<Vec<Output>, Failure> {
        for name in star.except.iter().chain(star.replace.iter().map(|it| &it.1)) {
            if !columns.iter().any(|it| same(&it.name, &name.text)) {
                return Err(Failure::placed(
                    format!("Column {} in SELECT * EXCEPT or REPLACE list does not exist", name.text),
                    name.at,
                ));
            }
        }
        let mut out = Vec::new();
        for column in columns {
            if star.except.iter().any(|it| same(&it.text, &column.name)) {
                continue;
            }
            if let Some((value, name)) = star.replace.iter().find(|it| same(&it.1.text, &column.name)) {
                let value = self.expr(value, sight)?;
                out.push(Output { name: column.name.clone(), value, at: name.at });
                continue;
            }
            self.mark(column);
            if let (X::Column(slot), Some(collected)) = (&column.x, sight.collected) {
                collected.borrow_mut().used.insert(*slot, (column.name.clone(), at));
            }
            out.push(Output {
                name: column.name.clone(),
                value: Typed::of(column.x.clone(), column.kind.clone()),
                at,
            });
        }
        if out.is_empty() {
            return Err(Failure::placed("SELECT * EXCEPT list leaves no columns", at));
        }
        Ok(out)
    }

    /// The columns of a list.
    pub(super) fn outputs(&mut self, items: &[Item], sight: &Sight<'_>) -> Result<Vec<Output>, Failure> {
        let mut out = Vec::new();
        for item in items {
            match item {
                Item::Value(expr, alias) => {
                    let value = self.expr(expr, sight)?;
                    let name = alias
                        .as_ref()
                        .or_else(|| last_name(expr))
                        .map_or_else(String::new, |it| it.text.clone());
                    out.push(Output { name, value, at: expr.at });
                }
                Item::Star(at, star) => {
                    if sight.names.columns.is_empty() && sight.names.variables.is_empty() {
                        return Err(Failure::placed("SELECT * must have a FROM clause", *at));
                    }
                    let columns = sight.names.columns.clone();
                    out.extend(self.starred(&columns, star, *at, sight)?);
                }
                Item::DotStar(expr, star) => {
                    let columns = self.dot_star(expr, sight)?;
                    out.extend(self.starred(&columns, star, expr.at, sight)?);
                }
            }
        }
        Ok(out)
    }

    fn dot_star(&mut self, expr: &Expr, sight: &Sight<'_>) -> Result<Vec<Column>, Failure> {
        if let Node::Name(name) = expr.node.as_ref()
            && let Some(Found::Row(columns)) = sight.names.find(name)?
        {
            return Ok(columns);
        }
        let value = self.expr(expr, sight)?;
        match &value.kind {
            Type::Struct(_) => {
                let whole = Column {
                    name: String::new(),
                    x: value.x,
                    kind: value.kind,
                    literal: Literal::No,
                    origin: None,
                };
                Ok(expanded(&whole))
            }
            other => {
                Err(Failure::placed(format!("Dot-star is not supported for type {}", other.sql()), expr.at))
            }
        }
    }
}

/// A column of a `SELECT`.
#[derive(Clone)]
pub(super) struct Output {
    pub name: String,
    pub value: Typed,
    pub at: Place,
}

/// Names that the list of a `SELECT` gives, and not those that its columns had before.
pub(super) fn explicit(items: &[Item], aliases: &[(String, Typed)]) -> Vec<(String, Typed)> {
    let named = |name: &str| {
        items.iter().any(|it| match it {
            Item::Value(_, Some(alias)) => same(&alias.text, name),
            Item::Value(expr, None) => {
                path(expr).is_some_and(|it| it.len() > 1 && same(&it[it.len() - 1].text, name))
            }
            Item::Star(..) | Item::DotStar(..) => false,
        })
    };
    aliases.iter().filter(|it| named(&it.0)).cloned().collect()
}
