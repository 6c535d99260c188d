//! Pipe operators: each makes a relation of the one before it.

use std::cell::RefCell;

use super::super::coercion::Literal;
use super::super::failure::{Failure, Place};
use super::super::plan::{Plan, X};
use super::super::syntax::ast::{Expr, Group, GroupItem, Item, Order, Pipe};
use super::grouping::Remap;
use super::names::last_name;
use super::{Analyzer, Collected, Column, Names, Relation, Sight, Variable, same};
use crate::types::Field;

impl Analyzer<'_> {
    pub(super) fn pipes(
        &mut self,
        mut relation: Relation,
        pipes: &[(Place, Pipe)],
        parent: Option<&Sight<'_>>,
    ) -> Result<Relation, Failure> {
        let mut with = Vec::new();
        // What comes out of a query is known by its columns alone, and each is a column of its own.
        if relation.value && relation.names.variables.is_empty() {
            relation = relation.unnamed();
        }
        for (at, pipe) in pipes {
            if let Pipe::With(ctes) = pipe {
                with.extend(self.with(ctes, false, parent)?);
                continue;
            }
            relation = self.pipe(relation, pipe, *at, parent)?;
        }
        if !with.is_empty() {
            relation.plan = Plan::With(with, Box::new(relation.plan));
        }
        Ok(relation)
    }

    fn pipe(
        &mut self,
        relation: Relation,
        pipe: &Pipe,
        at: Place,
        parent: Option<&Sight<'_>>,
    ) -> Result<Relation, Failure> {
        match pipe {
            Pipe::Select(select) => {
                if select.from.is_some()
                    || select.filter.is_some()
                    || select.group.is_some()
                    || select.having.is_some()
                {
                    return Err(Failure::placed(
                        "A SELECT in a pipe cannot have FROM, WHERE, GROUP BY or HAVING",
                        select.at,
                    ));
                }
                let out = self.selected(relation, select, &[], parent)?;
                Ok(if out.value { out.unnamed() } else { out })
            }
            Pipe::Extend(items, windows) => self.extend(relation, items, windows, at, parent),
            Pipe::Set(changes) => {
                let mut columns = relation.names.columns.clone();
                let mut values = Vec::new();
                let collected = RefCell::new(Collected::default());
                let sight = Sight::new(&relation.names, parent, "SET").collecting(&collected);
                for (name, value) in changes {
                    let found = columns.iter().filter(|it| same(&it.name, &name.text)).count();
                    if found != 1 {
                        let what = if found == 0 { "not found" } else { "ambiguous" };
                        return Err(Failure::placed(
                            format!("Column {} is {what} in SET", name.text),
                            name.at,
                        ));
                    }
                    values.push((name.text.clone(), self.expr(value, &sight)?));
                }
                let collected = collected.into_inner();
                no_aggregates(&collected, "SET", at)?;
                let (plan, width) = windowed(
                    relation.plan,
                    relation.width,
                    collected,
                    &mut values.iter_mut().map(|it| &mut it.1.x),
                );
                let mut all: Vec<X> = (0..width).map(X::Column).collect();
                for (name, value) in values {
                    if let Some(column) = columns.iter_mut().find(|it| same(&it.name, &name)) {
                        column.x = X::Column(all.len());
                        column.kind = value.kind;
                        column.origin = None;
                        all.push(value.x);
                    }
                }
                let width = all.len();
                // The relation's own names still mean what they meant.
                let names = Names { columns, variables: relation.names.variables };
                Ok(Relation { plan: Plan::Project(Box::new(plan), all), width, names, value: false })
            }
            Pipe::Drop(names) => {
                let mut columns = relation.names.columns.clone();
                for name in names {
                    let before = columns.len();
                    columns.retain(|it| !same(&it.name, &name.text));
                    if columns.len() == before {
                        return Err(Failure::placed(
                            format!("Column {} not found in DROP", name.text),
                            name.at,
                        ));
                    }
                }
                if columns.is_empty() {
                    return Err(Failure::placed("DROP leaves no columns", at));
                }
                Ok(Relation { names: Names { columns, ..relation.names }, value: false, ..relation })
            }
            Pipe::Rename(names) => {
                // All at once: two columns may change names.
                let before = relation.names.columns.clone();
                let mut columns = before.clone();
                for (from, to) in names {
                    let mut found = before.iter().enumerate().filter(|it| same(&it.1.name, &from.text));
                    match (found.next(), found.next()) {
                        (Some((at, _)), None) => columns[at].name.clone_from(&to.text),
                        (Some(_), Some(_)) => {
                            return Err(Failure::placed(
                                format!("Column name {} is ambiguous", from.text),
                                from.at,
                            ));
                        }
                        (None, _) => {
                            return Err(Failure::placed(
                                format!("Column {} not found in RENAME", from.text),
                                from.at,
                            ));
                        }
                    }
                }
                Ok(Relation { names: Names { columns, ..relation.names }, value: false, ..relation })
            }
            Pipe::As(name) => {
                let mut out = relation;
                out.names.variables = vec![(name.text.clone(), Variable::Row(out.names.columns.clone()))];
                Ok(out)
            }
            Pipe::Where(filter) => {
                let sight = Sight::new(&relation.names, parent, "pipe WHERE clause");
                let collected = RefCell::new(Collected::default());
                let sight = sight.collecting(&collected);
                let mut x = self.condition(filter, "WHERE clause", &sight)?;
                let collected = collected.into_inner();
                no_aggregates(&collected, "pipe WHERE", at)?;
                if collected.windows.is_empty() {
                    return Ok(Relation { plan: super::from::filtered(relation.plan, x), ..relation });
                }
                let (plan, width) =
                    windowed(relation.plan, relation.width, collected, &mut std::iter::once(&mut x));
                Ok(Relation { plan: Plan::Filter(Box::new(plan), x), width, ..relation })
            }
            Pipe::Limit(limit, offset) => self.limited(relation, Some(limit), offset.as_ref()),
            Pipe::Aggregate(aggregates, groups, sorted) => {
                self.pipe_aggregate(relation, aggregates, groups, *sorted, at, parent)
            }
            Pipe::OrderBy(order) => self.ordered(relation, order, parent),
            Pipe::SetOperation(how, queries) => {
                let mut relations = vec![relation.compact()];
                for query in queries {
                    relations.push(self.query(query, parent)?.compact());
                }
                self.set(*how, at, relations, None)
            }
            Pipe::Join { kind, right, on, using } => {
                self.joined(*kind, at, relation, right, on.as_ref(), using, parent)
            }
            Pipe::Distinct => {
                for column in &relation.names.columns {
                    if let Err(kind) = super::super::coercion::groupable(&column.kind) {
                        return Err(Failure::placed(
                            format!("Column {} of type {kind} cannot be used in DISTINCT", column.name),
                            at,
                        ));
                    }
                }
                self.mark_all(&relation.names.columns.clone());
                let relation = relation.compact();
                Ok(Relation { plan: Plan::Distinct(Box::new(relation.plan)), ..relation })
            }
            Pipe::Pivot(pivot, alias) => {
                let out = self.pivot(relation, pivot, parent)?;
                Ok(alias.as_ref().map_or(out.clone(), |it| out.named(&it.text)))
            }
            Pipe::Unpivot(unpivot, alias) => {
                let out = self.unpivot(relation, unpivot)?;
                Ok(alias.as_ref().map_or(out.clone(), |it| out.named(&it.text)))
            }
            Pipe::Assert(condition) => {
                let sight = Sight::new(&relation.names, parent, "ASSERT");
                let x = self.condition(condition, "ASSERT", &sight)?;
                Ok(Relation { plan: Plan::Assert(Box::new(relation.plan), x), ..relation })
            }
            Pipe::StaticDescribe => Ok(relation),
            Pipe::With(_) => Ok(relation),
        }
    }

    fn extend(
        &mut self,
        relation: Relation,
        items: &[Item],
        windows: &[(super::super::syntax::ast::Name, super::super::syntax::ast::Window)],
        at: Place,
        parent: Option<&Sight<'_>>,
    ) -> Result<Relation, Failure> {
        let collected = RefCell::new(Collected { named: windows.to_vec(), ..Collected::default() });
        let sight = Sight::new(&relation.names, parent, "EXTEND").collecting(&collected);
        let mut outputs = self.outputs(items, &sight)?;
        let collected = collected.into_inner();
        no_aggregates(&collected, "EXTEND", at)?;
        let mut names = relation.names;
        let (plan, width) = windowed(
            relation.plan,
            relation.width,
            collected,
            &mut outputs.iter_mut().map(|it| &mut it.value.x),
        );
        let mut all: Vec<X> = (0..width).map(X::Column).collect();
        for output in outputs {
            names.columns.push(Column {
                name: output.name,
                x: X::Column(all.len()),
                kind: output.value.kind,
                literal: Literal::No,
                origin: None,
            });
            all.push(output.value.x);
        }
        let width = all.len();
        Ok(Relation { plan: Plan::Project(Box::new(plan), all), width, names, value: false })
    }

    fn pipe_aggregate(
        &mut self,
        relation: Relation,
        aggregates: &[(Expr, Option<super::super::syntax::ast::Name>, Option<Order>)],
        groups: &[(GroupItem, Option<Order>)],
        sorted: bool,
        at: Place,
        parent: Option<&Sight<'_>>,
    ) -> Result<Relation, Failure> {
        let collected = RefCell::new(Collected::default());
        let names = relation.names.clone();
        let sight = Sight::new(&names, parent, "AGGREGATE").collecting(&collected);
        let items: Vec<GroupItem> = groups.iter().map(|it| it.0.clone()).collect();
        let group = Group::By(items);
        let mut grouping = self.grouping(Some(&group), &[], &[], &names, parent)?;
        grouping.grouped = true;
        // The keys come first, by the names that they have or are given.
        let mut columns = Vec::new();
        let mut fields = Vec::new();
        let mut order = Vec::new();
        for (item, by) in groups {
            let exprs: Vec<(&Expr, Option<String>)> = match item {
                GroupItem::Value(expr, alias) => vec![(expr, alias.as_ref().map(|it| it.text.clone()))],
                GroupItem::Rollup(parts) | GroupItem::Cube(parts) => {
                    parts.iter().flatten().map(|it| (it, None)).collect()
                }
                GroupItem::Set(parts) => parts.iter().map(|it| (it, None)).collect(),
                GroupItem::Sets(sets) => sets
                    .iter()
                    .flat_map(|it| match it {
                        GroupItem::Set(parts) => parts.iter().map(|it| (it, None)).collect::<Vec<_>>(),
                        _ => Vec::new(),
                    })
                    .collect(),
            };
            for (expr, alias) in exprs {
                let value = match super::select::ordinal(expr) {
                    Some(_) => {
                        return Err(Failure::placed("GROUP BY of a pipe does not take ordinals", expr.at));
                    }
                    None => self.expr(expr, &Sight::new(&names, parent, "GROUP BY clause"))?,
                };
                let Some(key) = grouping.keys.iter().position(|it| *it == value.x) else { continue };
                if columns.contains(&key) {
                    continue;
                }
                let name = alias.or_else(|| last_name(expr).map(|it| it.text.clone())).unwrap_or_default();
                if let Some(by) = by {
                    order.push((X::Column(columns.len()), super::aggregates::direction(by)));
                } else if sorted {
                    order.push((
                        X::Column(columns.len()),
                        super::super::plan::Direction { descending: false, nulls_first: true },
                    ));
                }
                columns.push(key);
                fields.push(Field::new(name, value.kind));
            }
        }
        let mut values = Vec::new();
        for (expr, alias, by) in aggregates {
            let value = self.expr(expr, &sight)?;
            let name = alias
                .as_ref()
                .map(|it| it.text.clone())
                .or_else(|| last_name(expr).map(|it| it.text.clone()));
            if let Some(by) = by {
                order.push((X::Column(columns.len() + values.len()), super::aggregates::direction(by)));
            }
            fields.push(Field::new(name.unwrap_or_default(), value.kind));
            values.push((value.x, expr.at));
        }
        let collected = collected.into_inner();
        if !collected.windows.is_empty() {
            return Err(Failure::placed("Analytic functions are not allowed in AGGREGATE", at));
        }
        let mut calls = collected.aggregates;
        for call in calls.iter_mut().filter(|it| it.name == "GROUPING") {
            if let Some(found) = grouping.keys.iter().position(|it| Some(it) == call.arguments.first()) {
                call.arguments = vec![X::Constant(crate::cell::Cell::Int(i64::try_from(found).unwrap_or(0)))];
            }
        }
        let remap = Remap { keys: &grouping.keys, used: &collected.used, deferred: &[] };
        let mut all: Vec<X> = columns.into_iter().map(X::Column).collect();
        for (mut x, place) in values {
            remap.apply(&mut x, "AGGREGATE", place)?;
            all.push(x);
        }
        let sets = grouping.sets.map(|sets| {
            sets.into_iter()
                .map(|set| (0..grouping.keys.len()).map(|it| set.contains(&it)).collect())
                .collect()
        });
        let plan = Plan::Aggregate { input: Box::new(relation.plan), keys: grouping.keys, sets, calls };
        let mut plan = Plan::Project(Box::new(plan), all);
        if !order.is_empty() {
            plan = Plan::Sort(Box::new(plan), order);
        }
        Ok(Relation::of(plan, fields, false))
    }
}

fn no_aggregates(collected: &Collected, clause: &str, at: Place) -> Result<(), Failure> {
    match collected.aggregates.is_empty() {
        true => Ok(()),
        false => Err(Failure::placed(format!("Aggregate functions are not allowed in {clause}"), at)),
    }
}

/// Computes the window functions of expressions behind a plan's columns.
pub(super) fn windowed(
    plan: Plan,
    width: usize,
    collected: Collected,
    all: &mut dyn Iterator<Item = &mut X>,
) -> (Plan, usize) {
    if collected.windows.is_empty() {
        return (plan, width);
    }
    for x in all {
        let Ok(()) = x.walk::<std::convert::Infallible>(0, &mut |x, _| {
            if let X::Window(at) = x {
                *x = X::Column(width + *at);
            }
            Ok(true)
        });
    }
    let count = collected.windows.len();
    (Plan::Window(Box::new(plan), collected.windows), width + count)
}
