//! `UNION`, `INTERSECT` and `EXCEPT`.

use super::super::coercion::{Literal, groupable};
use super::super::failure::{Failure, Place};
use super::super::plan::{Plan, X};
use super::super::syntax::ast::{Name, Outer, SetHow, SetKind};
use super::{Analyzer, Relation, Typed, same};
use crate::cell::Cell;
use crate::types::{Field, Type};

impl Analyzer<'_> {
    pub(super) fn union(
        &mut self,
        relations: Vec<Relation>,
        all: bool,
        at: Place,
    ) -> Result<Relation, Failure> {
        let how = SetHow { kind: SetKind::Union, all, by_name: false, outer: Outer::None };
        self.set(how, at, relations, None)
    }

    pub(super) fn set(
        &mut self,
        how: SetHow,
        at: Place,
        relations: Vec<Relation>,
        on: Option<&[Name]>,
    ) -> Result<Relation, Failure> {
        let name = match how.kind {
            SetKind::Union => "UNION",
            SetKind::Intersect => "INTERSECT",
            SetKind::Except => "EXCEPT",
        };
        let name = format!("{name} {}", if how.all { "ALL" } else { "DISTINCT" });
        if how.all && how.kind != SetKind::Union {
            return Err(Failure::placed(format!("{name} is not supported"), at));
        }
        let relations = if how.by_name { by_name(relations, how.outer, on, at)? } else { relations };
        let width = relations.first().map_or(0, |it| it.width);
        if let Some((which, other)) = relations.iter().enumerate().find(|it| it.1.width != width) {
            return Err(Failure::placed(
                format!(
                    "Queries in {name} have mismatched column count; query 1 has {width} columns, query {} has {} columns",
                    which + 1,
                    other.width
                ),
                at,
            ));
        }
        let value = relations.iter().all(|it| it.value);
        let mut fields = Vec::new();
        for column in 0..width {
            // What a query writes out turns into what the other queries have.
            let given: Vec<Typed> = relations.iter().map(|it| written(it, column)).collect();
            let Some(kind) = self.supertype_of(&given) else {
                let shown: Vec<String> = given.iter().map(|it| it.kind.sql()).collect();
                return Err(Failure::placed(
                    format!("Column {} in {name} has incompatible types: {}", column + 1, shown.join(", ")),
                    at,
                ));
            };
            if !how.all
                && let Err(other) = groupable(&kind)
            {
                return Err(Failure::placed(
                    format!(
                        "Column {} in {name} has type that does not support set operation comparisons: {other}",
                        column + 1
                    ),
                    at,
                ));
            }
            fields.push(Field::new(&relations[0].names.columns[column].name, kind));
        }
        let mut items = Vec::new();
        for relation in relations {
            let changes = fields.iter().zip(&relation.names.columns).any(|(a, b)| !a.kind.same(&b.kind));
            if !changes {
                items.push(relation.plan);
                continue;
            }
            let mut all = Vec::new();
            for (column, field) in fields.iter().enumerate() {
                all.push(self.coerced(written(&relation, column), &field.kind, at)?);
            }
            // What is written out is brought to the type where it stands.
            let input = match relation.plan {
                Plan::Project(input, _) => *input,
                other => other,
            };
            items.push(Plan::Project(Box::new(input), all));
        }
        Ok(Relation::of(Plan::Set { kind: how.kind, all: how.all, items }, fields, value))
    }
}

/// A column of a query, as its list writes it if it has one.
fn written(relation: &Relation, column: usize) -> Typed {
    let have = &relation.names.columns[column];
    let x = match &relation.plan {
        Plan::Project(_, made) => made[column].clone(),
        _ => X::Column(column),
    };
    Typed { x, kind: have.kind.clone(), literal: have.literal }
}

/// Puts the columns of each query in the order of the first's names.
fn by_name(
    relations: Vec<Relation>,
    outer: Outer,
    on: Option<&[Name]>,
    at: Place,
) -> Result<Vec<Relation>, Failure> {
    let has =
        |relation: &Relation, name: &str| relation.names.columns.iter().position(|it| same(&it.name, name));
    for relation in &relations {
        for (which, column) in relation.names.columns.iter().enumerate() {
            if column.name.is_empty() {
                return Err(Failure::placed("Set operations by name need a name for every column", at));
            }
            if relation.names.columns[..which].iter().any(|it| same(&it.name, &column.name)) {
                return Err(Failure::placed(
                    format!("Set operations by name cannot have duplicate column {}", column.name),
                    at,
                ));
            }
        }
    }
    let Some(first) = relations.first() else { return Ok(relations) };
    let mut names: Vec<String> = first.names.columns.iter().map(|it| it.name.clone()).collect();
    match outer {
        Outer::None => {
            for relation in &relations[1..] {
                let same_columns =
                    relation.width == first.width && names.iter().all(|it| has(relation, it).is_some());
                if !same_columns && on.is_none() {
                    return Err(Failure::placed(
                        "Set operations by name need the same columns on both sides; use FULL, LEFT or INNER otherwise",
                        at,
                    ));
                }
            }
        }
        Outer::Inner => names.retain(|it| relations.iter().all(|relation| has(relation, it).is_some())),
        Outer::Left => {}
        Outer::Full => {
            for relation in &relations[1..] {
                for column in &relation.names.columns {
                    if !names.iter().any(|it| same(it, &column.name)) {
                        names.push(column.name.clone());
                    }
                }
            }
        }
    }
    if let Some(on) = on {
        names = on.iter().map(|it| it.text.clone()).collect();
    }
    if names.is_empty() {
        return Err(Failure::placed("Set operations by name need at least one column in common", at));
    }
    let kinds: Vec<Option<Type>> = names
        .iter()
        .map(|name| relations.iter().find_map(|it| has(it, name).map(|at| it.names.columns[at].kind.clone())))
        .collect();
    let mut out = Vec::new();
    for relation in relations {
        let mut all = Vec::new();
        let mut fields = Vec::new();
        let mut literals = Vec::new();
        for (name, kind) in names.iter().zip(&kinds) {
            let place = has(&relation, name);
            literals.push(place.map_or(Literal::Untyped, |at| relation.names.columns[at].literal));
            match place {
                Some(at) => {
                    all.push(X::Column(at));
                    fields.push(Field::new(name, relation.names.columns[at].kind.clone()));
                }
                None => {
                    all.push(X::Constant(Cell::Null));
                    fields.push(Field::new(name, kind.clone().unwrap_or(Type::Int64)));
                }
            }
        }
        let mut made = Relation::of(Plan::Project(Box::new(relation.plan), all), fields, relation.value);
        for (column, literal) in made.names.columns.iter_mut().zip(literals) {
            column.literal = literal;
        }
        out.push(made);
    }
    Ok(out)
}
