//! Tables and joins.

use super::super::coercion::Literal;
use super::super::coercion::supertype;
use super::super::failure::{Failure, Place};
use super::super::plan::{Join, Plan, X};
use super::super::syntax::ast::{Comparison, Expr, JoinKind, Name, Node, Path, Table};
use super::super::{Found as Stored, TableName, syntax, tables};
use super::{
    Analyzer, Column, DEEPEST_VIEWS, Found, Names, Opened, Relation, Sight, Typed, Variable, expanded, same,
};
use crate::types::{Field, Type};

/// Table-valued functions that BigQuery has.
const TABLE_FUNCTIONS: &[&str] = &[
    "APPENDS",
    "CHANGES",
    "EXTERNAL_QUERY",
    "VECTOR_SEARCH",
    "GAP_FILL",
    "RANGE_SESSIONIZE",
    "EXTERNAL_OBJECT_TRANSFORM",
    "HYBRID_SEARCH",
];

/// The plain names of a path; BigQuery lets backquotes hold dots.
pub(super) fn parts(path: &Path) -> Vec<String> {
    path.iter().flat_map(|it| it.text.split('.').map(str::to_owned).collect::<Vec<_>>()).collect()
}

impl Analyzer<'_> {
    pub(super) fn from(&mut self, table: &Table, parent: Option<&Sight<'_>>) -> Result<Relation, Failure> {
        self.factor(table, None, parent)
    }

    /// A table; `left`: what stands to its left, whose names an array may use.
    fn factor(
        &mut self,
        table: &Table,
        left: Option<&Relation>,
        parent: Option<&Sight<'_>>,
    ) -> Result<Relation, Failure> {
        match table {
            Table::Named { path, alias, offset } => {
                self.named(path, alias.as_ref(), offset.as_ref(), left, parent)
            }
            Table::Unnest { at, array, alias, offset } => {
                let nothing = Relation::nothing();
                self.unnest(&nothing, array, alias.as_ref(), offset.as_ref(), false, parent, *at)
            }
            Table::Query { query, alias } => {
                let relation = self.query(query, parent)?.compact();
                Ok(match alias {
                    Some(alias) => relation.named(&alias.text),
                    None => relation.unnamed(),
                })
            }
            Table::Paren(inner) => self.factor(inner, None, parent),
            Table::Join { kind, at, left, right, on, using } => {
                let left = self.factor(left, None, parent)?;
                self.joined(*kind, *at, left, right, on.as_ref(), using, parent)
            }
            Table::Pivot { input, pivot, alias } => {
                let input = self.factor(input, left, parent)?;
                let out = self.pivot(input, pivot, parent)?;
                Ok(alias.as_ref().map_or(out.clone(), |it| out.named(&it.text)))
            }
            Table::Unpivot { input, unpivot, alias } => {
                let input = self.factor(input, left, parent)?;
                let out = self.unpivot(input, unpivot)?;
                Ok(alias.as_ref().map_or(out.clone(), |it| out.named(&it.text)))
            }
            Table::Function { name, at } => {
                let shown: Vec<String> = name.iter().map(|it| it.text.clone()).collect();
                let upper = shown.join(".").to_ascii_uppercase();
                let known = TABLE_FUNCTIONS.contains(&upper.as_str())
                    || ["ML.", "AI.", "BQML."].iter().any(|it| upper.starts_with(it));
                Err(match known {
                    true => Failure::lacks(format!("Table-valued function {upper}"), *at),
                    false => {
                        Failure::placed(format!("Table-valued function not found: {}", shown.join(".")), *at)
                    }
                })
            }
        }
    }

    fn named(
        &mut self,
        path: &Path,
        alias: Option<&Name>,
        offset: Option<&Option<Name>>,
        left: Option<&Relation>,
        parent: Option<&Sight<'_>>,
    ) -> Result<Relation, Failure> {
        let Some(first) = path.first() else { return Err(Failure::internal("a table without a name")) };
        if path.len() > 1 && self.is_array(first, left, parent)? {
            let array = array_of(path);
            let nothing = Relation::nothing();
            let alias = alias.or_else(|| path.last());
            return self.unnest(left.unwrap_or(&nothing), &array, alias, offset, false, parent, first.at);
        }
        if offset.is_some() {
            return Err(Failure::placed("WITH OFFSET can only be used with array scans", first.at));
        }
        let names = parts(path);
        let shown = alias.map_or_else(|| names.last().cloned().unwrap_or_default(), |it| it.text.clone());
        if path.len() == 1
            && let Some(cte) = self.ctes.iter().rev().find(|it| same(&it.name, &first.text)).cloned()
        {
            self.varies |= cte.varies;
            return Ok(Relation::of(Plan::Cte(cte.id), cte.columns, cte.value).named(&shown));
        }
        if let Some(table) = tables::information(self.catalog, self.scope, &names, first.at)? {
            return Ok(self.opened(None, table, false).named(&shown));
        }
        let wanted = self.scope.resolve(&names).map_err(|it| Failure::placed(it, first.at))?;
        match self.catalog.find(&wanted).map_err(Failure::internal)? {
            Some(Stored::Rows { fields, segments }) => {
                let table = tables::load(self.catalog, fields, &segments)?;
                Ok(self.opened(Some(wanted), table, false).named(&shown))
            }
            Some(Stored::View { query }) => Ok(self.view(&query)?.named(&shown)),
            None => Err(tables::missing(self.catalog, self.scope, &wanted)),
        }
    }

    /// A table's rows; `numbered`: with the number of each behind its columns.
    pub(super) fn opened(
        &mut self,
        name: Option<TableName>,
        table: tables::Table,
        numbered: bool,
    ) -> Relation {
        let which = self.opened.len();
        let width = table.fields.len();
        self.opened.push(Opened {
            name,
            segments: table.segments.clone(),
            used: std::collections::BTreeSet::new(),
        });
        let plan = Plan::Scan { segments: table.segments, numbered };
        let mut relation = Relation::of(plan, table.fields, false);
        for (at, column) in relation.names.columns.iter_mut().enumerate() {
            column.origin = Some((which, at));
        }
        relation.width = width + usize::from(numbered);
        relation
    }

    fn view(&mut self, text: &str) -> Result<Relation, Failure> {
        self.views += 1;
        if self.views > DEEPEST_VIEWS {
            return Err(Failure::query("Too many levels of nested views"));
        }
        let parsed = syntax::query(text).map_err(Failure::elsewhere)?;
        // What the query around it defines is not seen within.
        let ctes = std::mem::take(&mut self.ctes);
        let locals = std::mem::take(&mut self.locals);
        let functions = std::mem::take(&mut self.functions);
        let out = self.query(&parsed, None).map_err(Failure::elsewhere);
        self.ctes = ctes;
        self.locals = locals;
        self.functions = functions;
        self.views -= 1;
        let mut relation = out?.compact();
        let unnamed = relation.names.columns.iter_mut().filter(|it| it.name.is_empty());
        for (at, column) in unnamed.enumerate() {
            column.name = format!("f{at}_");
        }
        Ok(relation)
    }

    /// Whether the first name of a path is one of the query's, so that the path leads to an array.
    fn is_array(
        &mut self,
        first: &Name,
        left: Option<&Relation>,
        parent: Option<&Sight<'_>>,
    ) -> Result<bool, Failure> {
        if first.text.contains('.') {
            return Ok(false);
        }
        let known = |names: &Names| names.variables.iter().any(|it| same(&it.0, &first.text));
        if left.is_some_and(|it| known(&it.names)) {
            return Ok(true);
        }
        let mut at = parent;
        while let Some(sight) = at {
            if known(sight.names) {
                return Ok(true);
            }
            at = sight.parent;
        }
        Ok(false)
    }

    /// Each row of a relation with each element of an array.
    #[allow(clippy::too_many_arguments, reason = "an UNNEST has as many parts")]
    fn unnest(
        &mut self,
        left: &Relation,
        array: &Expr,
        alias: Option<&Name>,
        offset: Option<&Option<Name>>,
        outer: bool,
        parent: Option<&Sight<'_>>,
        at: Place,
    ) -> Result<Relation, Failure> {
        let sight = Sight::new(&left.names, parent, "UNNEST");
        let array = self.expr(array, &sight)?;
        let of = match &array.kind {
            Type::Array(of) => of.as_ref().clone(),
            other => {
                return Err(Failure::placed(
                    format!(
                        "Values referenced in UNNEST must be arrays. UNNEST contains expression of type {}",
                        other.sql()
                    ),
                    at,
                ));
            }
        };
        let whole = Column {
            name: alias.map_or_else(String::new, |it| it.text.clone()),
            x: X::Column(left.width),
            kind: of,
            literal: Literal::No,
            origin: None,
        };
        let mut names = Names { columns: expanded(&whole), variables: Vec::new() };
        if let Some(alias) = alias {
            names.variables.push((alias.text.clone(), Variable::Value(whole)));
        }
        if let Some(offset) = offset {
            let name = offset.as_ref().map_or_else(|| "offset".to_owned(), |it| it.text.clone());
            names.columns.push(Column {
                name,
                x: X::Column(left.width + 1),
                kind: Type::Int64,
                literal: Literal::No,
                origin: None,
            });
        }
        let plan = Plan::Unnest { input: Box::new(left.plan.clone()), array: array.x, outer, on: None };
        Ok(Relation { plan, width: left.width + 2, names: left.names.clone().joined(names), value: false })
    }

    #[allow(clippy::too_many_arguments, reason = "a join has as many parts")]
    pub(super) fn joined(
        &mut self,
        kind: JoinKind,
        at: Place,
        left: Relation,
        right: &Table,
        on: Option<&Expr>,
        using: &[Name],
        parent: Option<&Sight<'_>>,
    ) -> Result<Relation, Failure> {
        let beside = matches!(kind, JoinKind::Cross | JoinKind::Inner | JoinKind::Left);
        let array = match right {
            Table::Unnest { at, array, alias, offset } => {
                Some((*at, array.clone(), alias.clone(), offset.clone()))
            }
            Table::Named { path, alias, offset }
                if path.len() > 1 && self.is_array(&path[0], Some(&left), parent)? =>
            {
                let alias = alias.clone().or_else(|| path.last().cloned());
                Some((path[0].at, array_of(path), alias, offset.clone()))
            }
            _ => None,
        };
        let array_right = if beside { None } else { array.clone() };
        if let (Some((place, array, alias, offset)), true) = (array, beside) {
            let before = left.names.clone();
            let split = before.columns.len();
            let mut out = self.unnest(
                &left,
                &array,
                alias.as_ref(),
                offset.as_ref(),
                kind == JoinKind::Left,
                parent,
                place,
            )?;
            let condition = if using.is_empty() {
                match on {
                    Some(on) => {
                        let sight = Sight::new(&out.names, parent, "JOIN ON clause");
                        Some(self.condition(on, "JOIN ON clause", &sight)?)
                    }
                    None => None,
                }
            } else {
                let right = Names { columns: out.names.columns.split_off(split), variables: Vec::new() };
                let (names, condition) = self.using(kind, &before, &right, using)?;
                out.names.columns = names;
                Some(condition)
            };
            if let Plan::Unnest { on, .. } = &mut out.plan {
                *on = condition;
            }
            return Ok(out);
        }
        // Where rows without a partner stay on the right, an array there depends on nothing to its left.
        let nothing = Relation::nothing();
        let right = match array_right {
            Some((place, array, alias, offset)) => {
                self.unnest(&nothing, &array, alias.as_ref(), offset.as_ref(), false, parent, place)?
            }
            None => self.factor(right, Some(&left), parent)?,
        };
        let how = match kind {
            JoinKind::Cross | JoinKind::Inner => Join::Inner,
            JoinKind::Left => Join::Left,
            JoinKind::Right => Join::Right,
            JoinKind::Full => Join::Full,
        };
        if kind != JoinKind::Cross && on.is_none() && using.is_empty() {
            let name = format!("{kind:?}").to_uppercase();
            return Err(Failure::placed(
                format!("{name} JOIN must have an immediately following ON or USING clause"),
                at,
            ));
        }
        let moved = right.names.moved(left.width);
        for (name, variable) in &moved.variables {
            let row = matches!(variable, Variable::Row(_));
            if row && left.names.variables.iter().any(|it| same(&it.0, name)) {
                return Err(Failure::placed(
                    format!("Duplicate table alias {name} in the same FROM clause"),
                    at,
                ));
            }
        }
        let mut names = left.names.clone().joined(moved.clone());
        let mut condition = None;
        if !using.is_empty() {
            let (columns, made) = self.using(kind, &left.names, &moved, using)?;
            names.columns = columns;
            condition = Some(made);
        } else if let Some(on) = on {
            let sight = Sight::new(&names, parent, "JOIN ON clause");
            condition = Some(self.condition(on, "JOIN ON clause", &sight)?);
        }
        let widths = (left.width, right.width);
        let mut plan = Plan::Join {
            kind: how,
            left: Box::new(left.plan),
            right: Box::new(right.plan),
            widths,
            equal: Vec::new(),
            on: None,
        };
        if let Some(condition) = condition {
            plan = match how {
                Join::Inner => filtered(plan, condition),
                _ => conditioned(plan, condition),
            };
        }
        Ok(Relation { plan, width: widths.0 + widths.1, names, value: false })
    }

    /// The columns of a join by `USING`, and its condition.
    fn using(
        &mut self,
        kind: JoinKind,
        left: &Names,
        right: &Names,
        using: &[Name],
    ) -> Result<(Vec<Column>, X), Failure> {
        let mut merged = Vec::new();
        let mut conditions = Vec::new();
        for name in using {
            let find = |names: &Names, side: &str| -> Result<Column, Failure> {
                match names.find(name)? {
                    Some(Found::Column(column)) => Ok(column),
                    Some(Found::Row(_)) | None => match names.columns_named(&name.text).next() {
                        Some(column) => Ok(column.clone()),
                        None => Err(Failure::placed(
                            format!("Column {} in USING clause not found on {side} side of join", name.text),
                            name.at,
                        )),
                    },
                }
            };
            let (a, b) = (find(left, "left")?, find(right, "right")?);
            self.mark(&a);
            self.mark(&b);
            let typed = |it: &Column| Typed::of(it.x.clone(), it.kind.clone());
            conditions.push(self.comparison(Comparison::Equal, typed(&a), typed(&b), name.at)?.x);
            let column = match kind {
                JoinKind::Cross | JoinKind::Inner | JoinKind::Left => Column { name: name.text.clone(), ..a },
                JoinKind::Right => Column { name: name.text.clone(), ..b },
                JoinKind::Full => {
                    let kinds = [(&a.kind, Literal::No), (&b.kind, Literal::No)];
                    let kind = supertype(&kinds).unwrap_or_else(|| a.kind.clone());
                    let sides = vec![
                        self.coerced(typed(&a), &kind, name.at)?,
                        self.coerced(typed(&b), &kind, name.at)?,
                    ];
                    Column {
                        name: name.text.clone(),
                        x: X::Coalesce(sides),
                        kind,
                        literal: Literal::No,
                        origin: None,
                    }
                }
            };
            merged.push(column);
        }
        let rest = left.columns.iter().chain(&right.columns);
        let rest = rest.filter(|column| !using.iter().any(|it| same(&it.text, &column.name))).cloned();
        let columns = merged.into_iter().chain(rest).collect();
        let condition = if conditions.len() == 1 { conditions.remove(0) } else { X::And(conditions) };
        Ok((columns, condition))
    }
}

/// The expression that a path to an array is.
fn array_of(path: &Path) -> Expr {
    let mut names = path.iter();
    let first = names.next().cloned().unwrap_or(Name { text: String::new(), at: Place(0) });
    let at = first.at;
    let start = Expr { at, node: Box::new(Node::Name(first)) };
    names.fold(start, |of, name| Expr { at, node: Box::new(Node::Dot(of, name.clone())) })
}

fn conjuncts(x: X) -> Vec<X> {
    match x {
        X::And(all) => all.into_iter().flat_map(conjuncts).collect(),
        other => vec![other],
    }
}

fn moved_back(mut x: X, by: usize) -> X {
    let Ok(()) = x.walk::<std::convert::Infallible>(0, &mut |x, depth| {
        if let (X::Column(slot), 0) = (&mut *x, depth) {
            *slot -= by;
        }
        Ok(true)
    });
    x
}

/// An equality of a value of the left side and one of the right, each in its side's own columns.
fn across(x: &X, left: usize) -> Option<(X, X)> {
    let X::Compare(Comparison::Equal, a, b) = x else { return None };
    let side = |it: &X| match it.reads()? {
        (from, to) if from >= to => None,
        (_, to) if to <= left => Some(true),
        (from, _) if from >= left => Some(false),
        (_, _) => None,
    };
    match (side(a)?, side(b)?) {
        (true, false) => Some((a.as_ref().clone(), moved_back(b.as_ref().clone(), left))),
        (false, true) => Some((b.as_ref().clone(), moved_back(a.as_ref().clone(), left))),
        (_, _) => None,
    }
}

/// The condition of an outer join.
pub(super) fn conditioned(mut plan: Plan, condition: X) -> Plan {
    if let Plan::Join { widths, equal, on, .. } = &mut plan {
        let mut rest = Vec::new();
        for each in conjuncts(condition) {
            match across(&each, widths.0) {
                Some(pair) => equal.push(pair),
                None => rest.push(each),
            }
        }
        if !rest.is_empty() {
            *on = Some(if rest.len() == 1 { rest.remove(0) } else { X::And(rest) });
        }
    }
    plan
}

/// The rows of a plan that meet a condition; each part of it is asked as early as it can be.
pub(super) fn filtered(mut plan: Plan, condition: X) -> Plan {
    let mut rest = Vec::new();
    for each in conjuncts(condition) {
        plan = match pushed(plan, each) {
            Ok(plan) => plan,
            Err((plan, each)) => {
                rest.push(each);
                plan
            }
        };
    }
    match rest.len() {
        0 => plan,
        1 => Plan::Filter(Box::new(plan), rest.remove(0)),
        _ => Plan::Filter(Box::new(plan), X::And(rest)),
    }
}

type Pushed = Result<Plan, (Plan, X)>;

fn pushed(plan: Plan, x: X) -> Pushed {
    let Some((from, to)) = x.reads().filter(|it| it.0 < it.1) else { return Err((plan, x)) };
    match plan {
        Plan::Join { kind, left, right, widths, mut equal, on } => {
            if to <= widths.0 && matches!(kind, Join::Inner | Join::Left) {
                let left = Box::new(filtered(*left, x));
                return Ok(Plan::Join { kind, left, right, widths, equal, on });
            }
            if from >= widths.0 && matches!(kind, Join::Inner | Join::Right) {
                let right = Box::new(filtered(*right, moved_back(x, widths.0)));
                return Ok(Plan::Join { kind, left, right, widths, equal, on });
            }
            if kind == Join::Inner {
                if let Some(pair) = across(&x, widths.0) {
                    equal.push(pair);
                    return Ok(Plan::Join { kind, left, right, widths, equal, on });
                }
                let on = Some(match on {
                    Some(X::And(mut all)) => {
                        all.push(x);
                        X::And(all)
                    }
                    Some(one) => X::And(vec![one, x]),
                    None => x,
                });
                return Ok(Plan::Join { kind, left, right, widths, equal, on });
            }
            Err((Plan::Join { kind, left, right, widths, equal, on }, x))
        }
        other => Err((other, x)),
    }
}

/// Columns without names get those that BigQuery shows.
pub fn shown(fields: Vec<Field>) -> Vec<Field> {
    let mut unnamed = 0;
    let each = |mut field: Field| {
        if field.name.is_empty() {
            field.name = format!("f{unnamed}_");
            unnamed += 1;
        }
        field.kind = named_fields(field.kind);
        field
    };
    fields.into_iter().map(each).collect()
}

fn named_fields(kind: Type) -> Type {
    match kind {
        Type::Struct(fields) => Type::Struct(
            fields
                .into_iter()
                .enumerate()
                .map(|(at, field)| Field {
                    name: if field.name.is_empty() { format!("_field_{}", at + 1) } else { field.name },
                    kind: named_fields(field.kind),
                    required: field.required,
                })
                .collect(),
        ),
        Type::Array(of) => Type::Array(Box::new(named_fields(*of))),
        other => other,
    }
}
