//! Queries, and the parts of a `SELECT`.

use std::cell::RefCell;

use super::super::coercion::{Literal, groupable};
use super::super::failure::Failure;
use super::super::plan::{Direction, Plan, X};
use super::super::syntax::ast::{Body, Expr, Node, Order, Query, Select, Shape};
use super::aggregates::direction;
use super::grouping::{Remap, defer};
use super::lists::{Output, explicit};
use super::types::whole;
use super::{Analyzer, Collected, Names, Relation, Sight, Typed};
use crate::cell::Cell;
use crate::types::{Field, Type};

impl Analyzer<'_> {
    /// A query; `parent`: what it is in sees, if it is in an expression.
    pub(super) fn query(&mut self, query: &Query, parent: Option<&Sight<'_>>) -> Result<Relation, Failure> {
        self.count(query.at)?;
        let before = self.ctes.len();
        let out = self.query_within(query, parent);
        self.ctes.truncate(before);
        out
    }

    fn query_within(&mut self, query: &Query, parent: Option<&Sight<'_>>) -> Result<Relation, Failure> {
        let ctes = self.with(&query.with, query.recursive, parent)?;
        let mut relation = self.body(&query.body, &query.order, parent)?;
        if query.limit.is_some() {
            relation = self.limited(relation, query.limit.as_ref(), query.offset.as_ref())?;
        }
        if !query.pipes.is_empty() {
            relation = self.pipes(relation, &query.pipes, parent)?;
        }
        if !ctes.is_empty() {
            relation.plan = Plan::With(ctes, Box::new(relation.plan));
        }
        Ok(relation)
    }

    pub(super) fn limited(
        &mut self,
        relation: Relation,
        limit: Option<&Expr>,
        offset: Option<&Expr>,
    ) -> Result<Relation, Failure> {
        let nothing = Names::default();
        let mut number = |expr: Option<&Expr>, what: &str| -> Result<Option<X>, Failure> {
            let Some(expr) = expr else { return Ok(None) };
            let value = self.expr(expr, &Sight::new(&nothing, None, "LIMIT"))?;
            if matches!(value.x, X::Constant(Cell::Int(it)) if it < 0) {
                return Err(Failure::placed(
                    format!("{what} expects a non-negative integer literal or parameter"),
                    expr.at,
                ));
            }
            self.coerced(value, &Type::Int64, expr.at).map(Some)
        };
        let limit = number(limit, "LIMIT")?;
        let offset = number(offset, "OFFSET")?;
        Ok(Relation { plan: Plan::Limit(Box::new(relation.plan), limit, offset), ..relation })
    }

    pub(super) fn body(
        &mut self,
        body: &Body,
        order: &[Order],
        parent: Option<&Sight<'_>>,
    ) -> Result<Relation, Failure> {
        match body {
            Body::Select(select) => self.select(select, order, parent),
            Body::Paren(query) => {
                let relation = self.query(query, parent)?;
                self.ordered(relation, order, parent)
            }
            Body::Set { how, at, items, on } => {
                let relations = items
                    .iter()
                    .map(|it| self.body(it, &[], parent).map(Relation::compact))
                    .collect::<Result<Vec<_>, _>>()?;
                let relation = self.set(*how, *at, relations, on.as_deref())?;
                self.ordered(relation, order, parent)
            }
            Body::From(table) => {
                let relation = self.from(table, parent)?;
                self.ordered(relation, order, parent)
            }
        }
    }

    /// Sorts a relation by its own columns.
    pub(super) fn ordered(
        &mut self,
        relation: Relation,
        order: &[Order],
        parent: Option<&Sight<'_>>,
    ) -> Result<Relation, Failure> {
        if order.is_empty() {
            return Ok(relation);
        }
        let mut keys = Vec::new();
        let windows = RefCell::new(Collected::default());
        for item in order {
            let value = match ordinal(&item.value) {
                Some(at) => match at.checked_sub(1).and_then(|it| relation.names.columns.get(it)) {
                    Some(column) => Typed::of(column.x.clone(), column.kind.clone()),
                    None => return Err(out_of_range("ORDER BY", at, &item.value)),
                },
                None => self.expr(
                    &item.value,
                    &Sight::new(&relation.names, parent, "ORDER BY clause").collecting(&windows),
                )?,
            };
            keys.push((self.sortable(value, item)?, direction(item)));
        }
        if !windows.borrow().aggregates.is_empty() {
            return Err(Failure::query("Aggregate functions are not allowed in ORDER BY here"));
        }
        let windows = windows.into_inner().windows;
        let mut plan = relation.plan;
        if !windows.is_empty() {
            let width = relation.width;
            for (key, _) in &mut keys {
                key.walk::<Failure>(0, &mut |x, _| {
                    if let X::Window(at) = x {
                        *x = X::Column(width + *at);
                    }
                    Ok(true)
                })?;
            }
            plan = Plan::Window(Box::new(plan), windows);
            let all = (0..width).map(X::Column).collect();
            return Ok(Relation {
                plan: Plan::Project(Box::new(Plan::Sort(Box::new(plan), keys)), all),
                ..relation
            });
        }
        plan = Plan::Sort(Box::new(plan), keys);
        Ok(Relation { plan, ..relation })
    }

    fn select(
        &mut self,
        select: &Select,
        order: &[Order],
        parent: Option<&Sight<'_>>,
    ) -> Result<Relation, Failure> {
        let mut relation = match &select.from {
            Some(table) => self.from(table, parent)?,
            None => Relation::nothing(),
        };
        if let Some(filter) = &select.filter {
            if select.from.is_none() {
                return Err(Failure::placed(
                    "Query without FROM clause cannot have a WHERE clause",
                    filter.at,
                ));
            }
            let sight = Sight::new(&relation.names, parent, "WHERE clause");
            let x = self.condition(filter, "WHERE clause", &sight)?;
            relation.plan = super::from::filtered(relation.plan, x);
        }
        self.selected(relation, select, order, parent)
    }

    /// What a `SELECT` makes of rows: all but its `FROM` and `WHERE`.
    pub(super) fn selected(
        &mut self,
        relation: Relation,
        select: &Select,
        order: &[Order],
        parent: Option<&Sight<'_>>,
    ) -> Result<Relation, Failure> {
        let collected = RefCell::new(Collected { named: select.windows.clone(), ..Collected::default() });
        let names = relation.names.clone();
        let sight = Sight::new(&names, parent, "SELECT list").collecting(&collected);
        let mut outputs = self.outputs(&select.items, &sight)?;
        let aliases: Vec<(String, Typed)> = outputs
            .iter()
            .filter(|it| !it.name.is_empty())
            .map(|it| (it.name.clone(), it.value.clone()))
            .collect();
        let aliased: Vec<(String, Typed)> = explicit(&select.items, &aliases);
        let grouping = self.grouping(select.group.as_ref(), &outputs, &aliased, &names, parent)?;
        let sight = Sight::new(&names, parent, "HAVING clause").collecting(&collected).aliased(&aliased);
        let mut having = match &select.having {
            Some(having) => {
                let condition = self.condition(having, "HAVING clause", &sight)?;
                Some(lending(&collected, condition))
            }
            None => None,
        };
        let sight = Sight::new(&names, parent, "QUALIFY clause").collecting(&collected).aliased(&aliased);
        let mut qualify = match &select.qualify {
            Some(qualify) => {
                let condition = self.condition(qualify, "QUALIFY clause", &sight)?;
                Some(lending(&collected, condition))
            }
            None => None,
        };
        let sight = Sight::new(&names, parent, "ORDER BY clause").collecting(&collected).aliased(&aliases);
        let mut keys: Vec<(X, Direction)> = Vec::new();
        for item in order {
            let value = match ordinal(&item.value) {
                Some(at) => match at.checked_sub(1).and_then(|it| outputs.get(it)) {
                    Some(output) => output.value.clone(),
                    None => return Err(out_of_range("ORDER BY", at, &item.value)),
                },
                None => self.expr(&item.value, &sight)?,
            };
            let key = self.sortable(value, item)?;
            keys.push((lending(&collected, key), direction(item)));
        }
        let Collected { mut aggregates, mut windows, used, .. } = collected.into_inner();
        let grouped = grouping.grouped || !aggregates.is_empty();
        if having.is_some() && !grouped {
            return Err(Failure::placed(
                "The HAVING clause requires GROUP BY or aggregation to be present",
                select.at,
            ));
        }
        if let (Some(qualify), true) = (&select.qualify, windows.is_empty()) {
            return Err(Failure::placed(
                "The QUALIFY clause requires analytic function to be present",
                qualify.at,
            ));
        }
        let mut plan = relation.plan;
        let mut width = relation.width;
        if grouped {
            defer(
                &mut aggregates,
                outputs
                    .iter()
                    .map(|it| &it.value.x)
                    .chain(having.as_ref())
                    .chain(keys.iter().map(|it| &it.0)),
            );
            let deferred: Vec<bool> = aggregates.iter().map(|it| it.deferred).collect();
            let remap = Remap { keys: &grouping.keys, used: &used, deferred: &deferred };
            // An argument of GROUPING is one of the keys.
            for call in aggregates.iter_mut().filter(|it| it.name == "GROUPING") {
                match grouping.keys.iter().position(|it| Some(it) == call.arguments.first()) {
                    Some(at) => call.arguments = vec![X::Constant(Cell::Int(i64::try_from(at).unwrap_or(0)))],
                    None => {
                        return Err(Failure::placed(
                            "GROUPING must have an argument that exists within the group-by expression list",
                            select.at,
                        ));
                    }
                }
            }
            for output in &mut outputs {
                match grouping.outputs.iter().find(|it| it.0 == output.value.x) {
                    Some((_, key)) => output.value.x = X::Column(*key),
                    None => remap.apply(&mut output.value.x, "SELECT list", output.at)?,
                }
            }
            if let Some(x) = &mut having {
                remap.apply(x, "HAVING clause", select.at)?;
            }
            if let Some(x) = &mut qualify {
                remap.apply(x, "QUALIFY clause", select.at)?;
            }
            for (x, _) in &mut keys {
                match grouping.outputs.iter().find(|it| it.0 == *x) {
                    Some((_, key)) => *x = X::Column(*key),
                    None => remap.apply(x, "ORDER BY clause", select.at)?,
                }
            }
            for window in &mut windows {
                window.walk::<Failure>(0, &mut |x, depth| remap.step(x, depth, "SELECT list", select.at))?;
            }
            let sets = grouping.sets.map(|sets| {
                let flags = |set: Vec<usize>| (0..grouping.keys.len()).map(|it| set.contains(&it)).collect();
                sets.into_iter().map(flags).collect()
            });
            width = grouping.keys.len() + aggregates.len();
            plan = Plan::Aggregate {
                input: Box::new(plan),
                keys: grouping.keys.clone(),
                sets,
                calls: aggregates,
            };
            if let Some(x) = having {
                plan = Plan::Filter(Box::new(plan), x);
            }
        }
        if !windows.is_empty() {
            let place = |x: &mut X| {
                let Ok(()) = x.walk::<std::convert::Infallible>(0, &mut |x, _| {
                    if let X::Window(at) = x {
                        *x = X::Column(width + *at);
                    }
                    Ok(true)
                });
            };
            outputs.iter_mut().for_each(|it| place(&mut it.value.x));
            keys.iter_mut().for_each(|it| place(&mut it.0));
            if let Some(x) = &mut qualify {
                place(x);
            }
            plan = Plan::Window(Box::new(plan), windows);
        }
        if let Some(x) = qualify {
            plan = Plan::Filter(Box::new(plan), x);
        }
        self.projected(plan, outputs, keys, select)
    }

    /// The last part of a `SELECT`: its columns, `DISTINCT` and the order.
    fn projected(
        &mut self,
        plan: Plan,
        outputs: Vec<Output>,
        mut keys: Vec<(X, Direction)>,
        select: &Select,
    ) -> Result<Relation, Failure> {
        let mut fields: Vec<Field> =
            outputs.iter().map(|it| Field::new(&it.name, it.value.kind.clone())).collect();
        let mut all: Vec<X> = outputs.iter().map(|it| it.value.x.clone()).collect();
        let mut value = false;
        if select.distinct {
            for output in &outputs {
                if let Err(kind) = groupable(&output.value.kind) {
                    return Err(Failure::placed(
                        format!("Column {} of type {kind} cannot be used in SELECT DISTINCT", output.name),
                        output.at,
                    ));
                }
            }
            let used = std::collections::HashMap::new();
            let remap = Remap { keys: &all, used: &used, deferred: &[] };
            for (key, _) in &mut keys {
                remap.apply(key, "ORDER BY clause", select.at).map_err(|_| {
                    Failure::placed(
                        "ORDER BY clause expression references a column which is not visible after SELECT DISTINCT",
                        select.at,
                    )
                })?;
            }
            let mut plan = Plan::Distinct(Box::new(Plan::Project(Box::new(plan), all)));
            if !keys.is_empty() {
                plan = Plan::Sort(Box::new(plan), keys);
            }
            let mut relation = Relation::of(plan, fields, false);
            match select.shape {
                Shape::Row => {}
                Shape::Struct => {
                    let made = X::Struct((0..relation.width).map(X::Column).collect());
                    let kind = Type::Struct(relation.fields());
                    relation = Relation::of(
                        Plan::Project(Box::new(relation.plan), vec![made]),
                        vec![Field::new("", kind)],
                        true,
                    );
                }
                Shape::Value => relation.value = true,
            }
            return Ok(relation);
        }
        match select.shape {
            Shape::Row => {}
            Shape::Struct => {
                all = vec![X::Struct(all)];
                fields = vec![Field::new("", Type::Struct(fields))];
                value = true;
            }
            Shape::Value => {
                if all.len() != 1 {
                    return Err(Failure::placed(
                        "SELECT AS VALUE query must have exactly one column",
                        select.at,
                    ));
                }
                value = true;
            }
        }
        let literals: Vec<Literal> = outputs.iter().map(|it| it.value.literal).collect();
        let literal = |mut relation: Relation| {
            if relation.width == literals.len() {
                for (column, literal) in relation.names.columns.iter_mut().zip(&literals) {
                    column.literal =
                        if matches!(select.shape, Shape::Struct) { Literal::No } else { *literal };
                }
            }
            relation
        };
        if keys.is_empty() {
            return Ok(literal(Relation::of(Plan::Project(Box::new(plan), all), fields, value)));
        }
        // What is sorted by is computed beside the columns, and left out behind.
        let width = all.len();
        let mut sorted = Vec::new();
        for (key, direction) in keys {
            let at = all.iter().position(|it| *it == key && !has_volatile(&key)).unwrap_or_else(|| {
                all.push(key);
                all.len() - 1
            });
            sorted.push((X::Column(at), direction));
        }
        let wider = all.len() > width;
        let mut plan = Plan::Sort(Box::new(Plan::Project(Box::new(plan), all)), sorted);
        if wider {
            plan = Plan::Project(Box::new(plan), (0..width).map(X::Column).collect());
        }
        Ok(Relation::of(plan, fields, value))
    }
}

/// A clause behind the columns of the list that queries within it name.
fn lending(collected: &RefCell<Collected>, clause: X) -> X {
    let lent = std::mem::take(&mut collected.borrow_mut().lent);
    if lent.is_empty() { clause } else { X::Let(lent, Box::new(clause)) }
}

fn has_volatile(x: &X) -> bool {
    holds(x, |it| matches!(it, X::Call(call) if call.function.volatile))
}

/// Whether an expression has a part of some kind, queries in it included.
pub(super) fn holds(x: &X, wanted: impl Fn(&X) -> bool) -> bool {
    let mut copy = x.clone();
    let mut found = false;
    let Ok(()) = copy.walk::<std::convert::Infallible>(0, &mut |x, depth| {
        found |= depth == 0 && wanted(x);
        Ok(!found)
    });
    found
}

/// The place of a column that is named by number.
pub(super) fn ordinal(expr: &Expr) -> Option<usize> {
    match expr.node.as_ref() {
        Node::Integer(text) => whole(text).and_then(|it| usize::try_from(it).ok()).or(Some(0)),
        _ => None,
    }
}

pub(super) fn out_of_range(clause: &str, at: usize, expr: &Expr) -> Failure {
    Failure::placed(format!("{clause} column number item is out of range: {at}"), expr.at)
}
