//! What names and fields stand for.

use super::super::coercion::Literal;
use super::super::failure::{Failure, Place};
use super::super::plan::X;
use super::super::syntax::ast::{Expr, Name, Node};
use super::expressions::constant;
use super::{Analyzer, Column, Found, Names, Sight, Typed, Within, same};
use crate::cell::Cell;
use crate::types::{Field, Type};

impl Analyzer<'_> {
    /// What a name stands for, and how many queries out; what is there is marked as read.
    fn lookup(&mut self, name: &Name, sight: &Sight<'_>) -> Result<Option<(Found, usize)>, Failure> {
        let mut at = Some(sight);
        let mut level = 0;
        while let Some(here) = at {
            if level > 0
                && let Some(column) = self.lent(name, here)?
            {
                self.reach = self.reach.min(here.depth);
                return Ok(Some((Found::Column(column), 0)));
            }
            if let Some(found) = here.names.find(name)? {
                if level > 0 {
                    self.reach = self.reach.min(here.depth);
                }
                match &found {
                    Found::Column(column) => self.mark(column),
                    Found::Row(_) => {}
                }
                return Ok(Some((found, level)));
            }
            at = here.parent;
            level += 1;
        }
        Ok(None)
    }

    /// A column of a `SELECT`'s list that a query within its `HAVING`, `QUALIFY` or `ORDER BY` names.
    fn lent(&mut self, name: &Name, of: &Sight<'_>) -> Result<Option<Column>, Failure> {
        let (Some(aliased), Some(collected)) = (aliased(name, of)?, of.collected) else { return Ok(None) };
        let id = self.next_local;
        self.next_local += 1;
        collected.borrow_mut().lent.push((id, aliased.x.clone()));
        Ok(Some(Column {
            name: name.text.clone(),
            x: X::Local(id),
            kind: aliased.kind.clone(),
            literal: Literal::No,
            origin: None,
        }))
    }

    fn taken(&mut self, column: Column, level: usize, sight: &Sight<'_>, at: Place) -> Typed {
        if level == 0
            && let X::Column(slot) = column.x
            && let Some(collected) = sight.collected
        {
            collected.borrow_mut().used.insert(slot, (column.name.clone(), at));
        }
        let x = if level == 0 { column.x } else { column.x.shifted(level) };
        Typed::of(x, column.kind)
    }

    fn row(&mut self, columns: Vec<Column>, level: usize, sight: &Sight<'_>, at: Place) -> Typed {
        self.mark_all(&columns);
        let fields = columns.iter().map(|it| Field::new(&it.name, it.kind.clone())).collect();
        let cells = columns.into_iter().map(|it| self.taken(it, level, sight, at).x).collect();
        Typed::of(X::Struct(cells), Type::Struct(fields))
    }

    pub(super) fn name(&mut self, name: &Name, sight: &Sight<'_>) -> Result<Typed, Failure> {
        if let Some((_, id, kind, literal)) = self.locals.iter().rev().find(|it| same(&it.0, &name.text)) {
            return Ok(Typed { x: X::Local(*id), kind: kind.clone(), literal: *literal });
        }
        // Within an aggregate's arguments a name is a column first, elsewhere what the list of the SELECT calls so.
        if let Some(aliased) = aliased(name, sight)?
            && (sight.within.get() != Within::Aggregate || sight.names.find(name)?.is_none())
        {
            return Ok(Typed { literal: Literal::No, ..aliased.clone() });
        }
        match self.lookup(name, sight)? {
            Some((Found::Column(column), level)) => Ok(self.taken(column, level, sight, name.at)),
            Some((Found::Row(columns), level)) => Ok(self.row(columns, level, sight, name.at)),
            None => Err(unrecognized(name, sight.names)),
        }
    }

    /// A field: of a relation's row, a struct or JSON.
    pub(super) fn dot(&mut self, inner: &Expr, name: &Name, sight: &Sight<'_>) -> Result<Typed, Failure> {
        if let Node::Name(relation) = inner.node.as_ref()
            && !self.locals.iter().any(|it| same(&it.0, &relation.text))
            && let Some((Found::Row(columns), level)) = self.lookup(relation, sight)?
        {
            let mut found = columns.into_iter().filter(|it| same(&it.name, &name.text));
            return match (found.next(), found.next()) {
                (Some(_), Some(_)) => {
                    Err(Failure::placed(format!("Column name {} is ambiguous", name.text), name.at))
                }
                (Some(column), None) => {
                    self.mark(&column);
                    Ok(self.taken(column, level, sight, name.at))
                }
                (None, _) => Err(Failure::placed(
                    format!("Name {} not found inside {}", name.text, relation.text),
                    name.at,
                )),
            };
        }
        let of = self.expr(inner, sight)?;
        self.field(of, name)
    }

    pub(super) fn field(&mut self, of: Typed, name: &Name) -> Result<Typed, Failure> {
        match &of.kind {
            Type::Struct(fields) => {
                let mut found = fields.iter().enumerate().filter(|it| same(&it.1.name, &name.text));
                match (found.next(), found.next()) {
                    (Some(_), Some(_)) => {
                        Err(Failure::placed(format!("Struct field name {} is ambiguous", name.text), name.at))
                    }
                    (Some((at, field)), None) => {
                        let kind = field.kind.clone();
                        let x = match of.x {
                            X::Struct(mut cells) if !matches!(of.kind, Type::Array(_)) => {
                                cells.swap_remove(at)
                            }
                            other => X::Field(Box::new(other), at),
                        };
                        Ok(Typed::of(x, kind))
                    }
                    (None, _) => Err(Failure::placed(
                        format!("Field name {} does not exist in {}", name.text, of.kind.sql()),
                        name.at,
                    )),
                }
            }
            Type::Json => {
                let key = constant(Cell::Text(name.text.clone()), Type::String);
                self.invoke("$JSON_AT", vec![of, key], name.at)
            }
            other => Err(Failure::placed(
                format!("Cannot access field {} on a value with type {}", name.text, other.sql()),
                name.at,
            )),
        }
    }
}

/// The names of an expression that is nothing else.
pub(super) fn path(expr: &Expr) -> Option<Vec<&Name>> {
    let mut names = Vec::new();
    let mut at = expr;
    loop {
        match at.node.as_ref() {
            Node::Dot(inner, name) => {
                names.push(name);
                at = inner;
            }
            Node::Name(name) => {
                names.push(name);
                names.reverse();
                return Some(names);
            }
            _ => return None,
        }
    }
}

/// The name that an expression gives its column.
pub(super) fn last_name(expr: &Expr) -> Option<&Name> {
    match expr.node.as_ref() {
        Node::Name(name) | Node::Dot(_, name) => Some(name),
        _ => None,
    }
}

pub(super) fn unrecognized(name: &Name, names: &Names) -> Failure {
    let hint = names.nearest(&name.text).map_or_else(String::new, |it| format!("; Did you mean {it}?"));
    Failure::placed(format!("Unrecognized name: {}{hint}", name.text), name.at)
}

/// What the list of a `SELECT` calls so.
fn aliased<'s>(name: &Name, sight: &Sight<'s>) -> Result<Option<&'s Typed>, Failure> {
    let mut all = sight.aliases.iter().filter(|it| same(&it.0, &name.text)).map(|it| &it.1);
    let Some(first) = all.next() else { return Ok(None) };
    match all.any(|it| it.x != first.x) {
        true => Err(Failure::placed(format!("Column name {} is ambiguous", name.text), name.at)),
        false => Ok(Some(first)),
    }
}
