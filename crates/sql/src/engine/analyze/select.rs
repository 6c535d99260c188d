//! Queries, and the parts of a `SELECT`.

use std::cell::RefCell;

use super::super::coercion::{Literal, groupable};
use super::super::failure::{Failure, Place};
use super::super::plan::{AggregateCall, CtePlan, Direction, Plan, X};
use super::super::syntax::ast::{
    Body, Expr, Group, GroupItem, Item, Name, Node, Order, Query, Select, SetKind, Shape, Star,
};
use super::aggregates::direction;
use super::expressions::{last_name, path};
use super::types::whole;
use super::{Analyzer, Collected, Column, Cte, Found, Names, Relation, Sight, Typed, expanded, same};
use crate::cell::Cell;
use crate::types::{Field, Type};

/// A column of a `SELECT`.
#[derive(Clone)]
pub(super) struct Output {
    pub name: String,
    pub value: Typed,
    pub at: Place,
}

/// What `GROUP BY` groups by, and which sets of it.
#[derive(Default)]
pub(super) struct Grouping {
    pub keys: Vec<X>,
    pub sets: Option<Vec<Vec<usize>>>,
    pub grouped: bool,
    /// Columns of the list that are named as keys, and which key each is.
    pub outputs: Vec<(X, usize)>,
}

/// The most sets that `ROLLUP`, `CUBE` and `GROUPING SETS` may come to.
const MOST_SETS: usize = 4096;

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

    pub(super) fn with(
        &mut self,
        with: &[super::super::syntax::ast::Cte],
        recursive: bool,
        parent: Option<&Sight<'_>>,
    ) -> Result<Vec<CtePlan>, Failure> {
        let mut plans = Vec::new();
        // With RECURSIVE a name may be used before it is defined.
        let order = if recursive { dependencies(with)? } else { (0..with.len()).collect() };
        for at in order {
            let cte = &with[at];
            if with[..at].iter().any(|it| same(&it.name.text, &cte.name.text)) {
                return Err(Failure::placed(
                    format!("Duplicate alias {} for WITH subquery", cte.name.text),
                    cte.name.at,
                ));
            }
            let id = self.id();
            if recursive && names_table(&cte.query, &cte.name.text) {
                plans.push(self.recursive(id, &cte.name, &cte.query, parent)?);
                continue;
            }
            let varied = std::mem::replace(&mut self.varies, false);
            let reached = std::mem::replace(&mut self.reach, usize::MAX);
            let relation = self.query(&cte.query, parent)?.compact();
            let varies = self.varies || self.reach != usize::MAX || !self.locals.is_empty();
            self.varies = varied;
            self.reach = self.reach.min(reached);
            self.ctes.push(Cte {
                name: cte.name.text.clone(),
                id,
                columns: relation.fields(),
                value: relation.value,
                varies,
            });
            plans.push(CtePlan { id, plan: relation.plan, step: None });
        }
        Ok(plans)
    }

    /// `WITH RECURSIVE a AS (start UNION ALL step)`.
    fn recursive(
        &mut self,
        id: usize,
        name: &Name,
        query: &Query,
        parent: Option<&Sight<'_>>,
    ) -> Result<CtePlan, Failure> {
        let wrong = |message: &str| Err(Failure::placed(message.to_owned(), name.at));
        let plain = query.order.is_empty() && query.limit.is_none() && query.pipes.is_empty();
        let Body::Set { how, items, .. } = &query.body else {
            return wrong("Recursive query must be a UNION of a non-recursive and a recursive term");
        };
        if !plain || how.kind != SetKind::Union || how.by_name {
            return wrong("Recursive query must be a UNION of a non-recursive and a recursive term");
        }
        let (last, starts) = match items.split_last() {
            Some(it) => it,
            None => return wrong("Recursive query must be a UNION"),
        };
        if starts.iter().any(|it| body_names(it, &name.text)) {
            return wrong("Recursive reference is only allowed in the last term of a UNION");
        }
        let ctes = self.with(&query.with, query.recursive, parent)?;
        let relations = starts
            .iter()
            .map(|it| self.body(it, &[], parent).map(Relation::compact))
            .collect::<Result<Vec<_>, _>>()?;
        let start = if relations.len() == 1 {
            relations.into_iter().next().unwrap_or_else(Relation::nothing)
        } else {
            self.union(relations, how.all, name.at)?
        };
        let fields = start.fields();
        self.ctes.push(Cte {
            name: name.text.clone(),
            id,
            columns: fields.clone(),
            value: start.value,
            varies: true,
        });
        let varied = self.varies;
        let step = self.body(last, &[], parent)?.compact();
        self.varies = varied;
        if step.width != start.width {
            return wrong("Queries in UNION have mismatched column count");
        }
        // The step's columns become what the start's are.
        let mut all = Vec::new();
        for (at, (have, want)) in step.fields().iter().zip(&fields).enumerate() {
            let value = Typed { x: X::Column(at), kind: have.kind.clone(), literal: Literal::No };
            all.push(self.coerced(value, &want.kind, name.at)?);
        }
        let step = Plan::Project(Box::new(step.plan), all);
        // Its inner names stay as long as the whole does.
        if let Some(cte) = self.ctes.last_mut() {
            cte.varies = false;
        }
        let (plan, step) = match ctes.is_empty() {
            true => (start.plan, step),
            false => (Plan::With(ctes.clone(), Box::new(start.plan)), Plan::With(ctes, Box::new(step))),
        };
        let position = self.ctes.len() - 1;
        let cte = self.ctes.remove(position);
        let keep = self.ctes.len().saturating_sub(query.with.len());
        self.ctes.truncate(keep);
        self.ctes.push(cte);
        Ok(CtePlan { id, plan, step: Some((step, !how.all)) })
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
            Some(having) => Some(self.condition(having, "HAVING clause", &sight)?),
            None => None,
        };
        let sight = Sight::new(&names, parent, "QUALIFY clause").collecting(&collected).aliased(&aliased);
        let mut qualify = match &select.qualify {
            Some(qualify) => Some(self.condition(qualify, "QUALIFY clause", &sight)?),
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
            keys.push((self.sortable(value, item)?, direction(item)));
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

    pub(super) fn grouping(
        &mut self,
        group: Option<&Group>,
        outputs: &[Output],
        aliases: &[(String, Typed)],
        names: &Names,
        parent: Option<&Sight<'_>>,
    ) -> Result<Grouping, Failure> {
        let mut grouping = Grouping::default();
        let items = match group {
            None => return Ok(grouping),
            Some(Group::All) => {
                grouping.grouped = true;
                for output in outputs {
                    let plain = !holds(&output.value.x, |it| matches!(it, X::Aggregate(_) | X::Window(_)));
                    let names_column =
                        holds(&output.value.x, |it| matches!(it, X::Column(_) | X::Outer(..) | X::Scalar(_)));
                    if plain && names_column && !grouping.keys.contains(&output.value.x) {
                        self.check_group(&output.value, output.at)?;
                        grouping.keys.push(output.value.x.clone());
                    }
                }
                return Ok(grouping);
            }
            Some(Group::By(items)) => items,
        };
        grouping.grouped = true;
        // Items beside each other multiply: (a, ROLLUP(b)) is (a, b), (a).
        let mut sets: Vec<Vec<usize>> = vec![Vec::new()];
        let mut several = false;
        for item in items {
            let alternatives: Vec<Vec<usize>> = match item {
                GroupItem::Value(expr, _) => {
                    vec![vec![self.group_key(expr, outputs, aliases, names, parent, &mut grouping)?]]
                }
                other => {
                    several = true;
                    self.group_sets(other, outputs, aliases, names, parent, &mut grouping)?
                }
            };
            if sets.len().saturating_mul(alternatives.len()) > MOST_SETS {
                return Err(Failure::query(format!(
                    "Too many grouping sets: at most {MOST_SETS} are allowed"
                )));
            }
            sets = sets
                .iter()
                .flat_map(|set| {
                    alternatives
                        .iter()
                        .map(move |more| set.iter().chain(more).copied().collect::<Vec<usize>>())
                })
                .collect();
        }
        if several {
            grouping.sets = Some(sets);
        }
        Ok(grouping)
    }

    fn group_sets(
        &mut self,
        item: &GroupItem,
        outputs: &[Output],
        aliases: &[(String, Typed)],
        names: &Names,
        parent: Option<&Sight<'_>>,
        grouping: &mut Grouping,
    ) -> Result<Vec<Vec<usize>>, Failure> {
        let mut keys = |this: &mut Self, exprs: &[Expr]| -> Result<Vec<usize>, Failure> {
            exprs.iter().map(|it| this.group_key(it, outputs, aliases, names, parent, grouping)).collect()
        };
        Ok(match item {
            GroupItem::Value(expr, _) => vec![keys(self, std::slice::from_ref(expr))?],
            GroupItem::Set(exprs) => vec![keys(self, exprs)?],
            GroupItem::Rollup(parts) => {
                let parts = parts.iter().map(|it| keys(self, it)).collect::<Result<Vec<_>, _>>()?;
                (0..=parts.len()).rev().map(|count| parts[..count].concat()).collect()
            }
            GroupItem::Cube(parts) => {
                let parts = parts.iter().map(|it| keys(self, it)).collect::<Result<Vec<_>, _>>()?;
                if parts.len() > 12 {
                    return Err(Failure::query(format!(
                        "Too many grouping sets: at most {MOST_SETS} are allowed"
                    )));
                }
                let chosen = |mask: usize| {
                    parts
                        .iter()
                        .enumerate()
                        .filter(|(at, _)| mask & (1 << (parts.len() - 1 - at)) != 0)
                        .flat_map(|it| it.1.clone())
                        .collect()
                };
                (0..1_usize << parts.len()).rev().map(chosen).collect()
            }
            GroupItem::Sets(items) => {
                let mut all = Vec::new();
                for item in items {
                    all.extend(self.group_sets(item, outputs, aliases, names, parent, grouping)?);
                }
                all
            }
        })
    }

    fn check_group(&self, value: &Typed, at: Place) -> Result<(), Failure> {
        match groupable(&value.kind) {
            Ok(()) => Ok(()),
            Err(kind) => {
                Err(Failure::placed(format!("Grouping by expressions of type {kind} is not allowed"), at))
            }
        }
    }

    fn group_key(
        &mut self,
        expr: &Expr,
        outputs: &[Output],
        aliases: &[(String, Typed)],
        names: &Names,
        parent: Option<&Sight<'_>>,
        grouping: &mut Grouping,
    ) -> Result<usize, Failure> {
        let value = match ordinal(expr) {
            Some(at) => match at.checked_sub(1).and_then(|it| outputs.get(it)) {
                Some(output) => output.value.clone(),
                None => return Err(out_of_range("GROUP BY", at, expr)),
            },
            None => {
                let sight = Sight::new(names, parent, "GROUP BY clause").aliased(aliases);
                self.expr(expr, &sight)?
            }
        };
        if matches!(
            expr.node.as_ref(),
            Node::Text(_) | Node::Float(_) | Node::Bool(_) | Node::Null | Node::Bytes(_)
        ) {
            return Err(Failure::placed("Cannot GROUP BY literal values", expr.at));
        }
        if holds(&value.x, |it| matches!(it, X::Aggregate(_))) {
            return Err(Failure::placed("Aggregate functions are not allowed in GROUP BY", expr.at));
        }
        if holds(&value.x, |it| matches!(it, X::Window(_))) {
            return Err(Failure::placed("Analytic functions are not allowed in GROUP BY", expr.at));
        }
        self.check_group(&value, expr.at)?;
        let named = ordinal(expr).is_some()
            || matches!(expr.node.as_ref(), Node::Name(name) if aliases.iter().any(|it| same(&it.0, &name.text)));
        let whole = value.x.clone();
        let key = match grouping.keys.iter().position(|it| *it == value.x) {
            Some(at) => at,
            None => {
                grouping.keys.push(value.x);
                grouping.keys.len() - 1
            }
        };
        if named {
            grouping.outputs.push((whole, key));
        }
        Ok(key)
    }
}

/// Names that the list of a `SELECT` gives, and not those that its columns had before.
fn explicit(items: &[Item], aliases: &[(String, Typed)]) -> Vec<(String, Typed)> {
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

/// Defers the aggregates that stand in a branch of a condition: their errors only count if it is taken.
fn defer<'x>(aggregates: &mut [AggregateCall], all: impl Iterator<Item = &'x X>) {
    for x in all {
        let mut copy = x.clone();
        let Ok(()) = copy.walk::<std::convert::Infallible>(0, &mut |x, _| {
            let branches: Vec<&mut X> = match x {
                X::Case(branches, otherwise) => {
                    // The first condition is always asked.
                    let rest = branches.iter_mut().enumerate().flat_map(|(at, (condition, value))| {
                        (at > 0).then_some(condition).into_iter().chain([value])
                    });
                    rest.chain([otherwise.as_mut()]).collect()
                }
                X::Coalesce(all) | X::And(all) | X::Or(all) => all.iter_mut().skip(1).collect(),
                _ => Vec::new(),
            };
            for branch in branches {
                let Ok(()) = branch.walk::<std::convert::Infallible>(0, &mut |x, _| {
                    if let X::Aggregate(at) = x
                        && let Some(call) = aggregates.get_mut(*at)
                    {
                        call.deferred = true;
                    }
                    Ok(true)
                });
            }
            Ok(true)
        });
    }
}

/// Turns what was read before grouping into what is read behind it.
pub(super) struct Remap<'r> {
    pub keys: &'r [X],
    pub used: &'r std::collections::HashMap<usize, (String, Place)>,
    /// Which aggregates are deferred.
    pub deferred: &'r [bool],
}

impl Remap<'_> {
    pub fn apply(&self, x: &mut X, clause: &str, at: Place) -> Result<(), Failure> {
        x.walk(0, &mut |x, depth| self.step(x, depth, clause, at))
    }

    pub fn step(&self, x: &mut X, depth: usize, clause: &str, at: Place) -> Result<bool, Failure> {
        let place = |at: usize| if depth == 0 { X::Column(at) } else { X::Outer(depth, at) };
        let found = match depth {
            0 => self.keys.iter().position(|it| it == x),
            _ => self.keys.iter().position(|it| it.shifted(depth) == *x),
        };
        // Of an expression whose columns are keys themselves, these count: with ROLLUP(a, a + 1) it is made of a.
        if let Some(found) = found
            && (matches!(x, X::Column(_) | X::Outer(..) | X::Field(..)) || !self.made_of_keys(x, depth))
        {
            *x = place(found);
            return Ok(false);
        }
        match x {
            X::Aggregate(which) if depth == 0 => {
                let deferred = self.deferred.get(*which) == Some(&true);
                let found = place(self.keys.len() + *which);
                *x = if deferred { X::Deferred(Box::new(found)) } else { found };
                Ok(false)
            }
            X::Column(slot) if depth == 0 => Err(self.ungrouped(*slot, clause, at)),
            X::Outer(level, slot) if depth > 0 && *level == depth => Err(self.ungrouped(*slot, clause, at)),
            _ => Ok(true),
        }
    }

    /// Whether all columns of an expression are keys.
    fn made_of_keys(&self, x: &X, depth: usize) -> bool {
        if self.keys.len() < 2 {
            return false;
        }
        let mut copy = x.clone();
        let mut all = true;
        let mut any = false;
        let Ok(()) = copy.walk::<std::convert::Infallible>(depth, &mut |x, depth| {
            let own = match x {
                X::Column(_) | X::Field(..) => depth == 0,
                X::Outer(level, _) => *level == depth,
                _ => false,
            };
            if own {
                any = true;
                let is_key =
                    self.keys.iter().any(|it| if depth == 0 { it == x } else { it.shifted(depth) == *x });
                if is_key {
                    return Ok(false);
                }
                if !matches!(x, X::Field(..)) {
                    all = false;
                }
            }
            Ok(all)
        });
        all && any
    }

    fn ungrouped(&self, slot: usize, clause: &str, at: Place) -> Failure {
        match self.used.get(&slot) {
            Some((name, place)) => Failure::placed(
                format!(
                    "{clause} expression references column {name} which is neither grouped nor aggregated"
                ),
                *place,
            ),
            None => Failure::placed(
                format!("{clause} expression references a column which is neither grouped nor aggregated"),
                at,
            ),
        }
    }
}

/// The places of names of `WITH`, each behind those that it reads.
fn dependencies(with: &[super::super::syntax::ast::Cte]) -> Result<Vec<usize>, Failure> {
    let reads = |at: usize, other: usize| at != other && names_table(&with[at].query, &with[other].name.text);
    let mut order: Vec<usize> = Vec::new();
    while order.len() < with.len() {
        let next = (0..with.len()).find(|at| {
            !order.contains(at) && (0..with.len()).all(|other| order.contains(&other) || !reads(*at, other))
        });
        match next {
            Some(next) => order.push(next),
            None => {
                let stuck = (0..with.len()).find(|at| !order.contains(at)).unwrap_or(0);
                return Err(Failure::lacks("Mutual recursion in WITH", with[stuck].name.at));
            }
        }
    }
    Ok(order)
}

/// Whether a query reads a table of this name.
fn names_table(query: &Query, name: &str) -> bool {
    let hidden = query.with.iter().any(|it| same(&it.name.text, name));
    !hidden && (body_names(&query.body, name) || query.with.iter().any(|it| names_table(&it.query, name)))
}

fn body_names(body: &Body, name: &str) -> bool {
    match body {
        Body::Select(select) => {
            // Queries in expressions count too: their text tells.
            let text = format!("{select:?}");
            text.to_lowercase()
                .contains(&format!("named {{ path: [name {{ text: \"{}\"", name.to_lowercase()))
        }
        Body::Paren(query) => names_table(query, name),
        Body::Set { items, .. } => items.iter().any(|it| body_names(it, name)),
        Body::From(table) => {
            let text = format!("{table:?}");
            text.to_lowercase()
                .contains(&format!("named {{ path: [name {{ text: \"{}\"", name.to_lowercase()))
        }
    }
}
