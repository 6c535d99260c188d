//! `UNNEST` in `FROM`: a select list that unnests, around the table that the array is of.

use std::collections::HashSet;

use datafusion::sql::sqlparser::ast::{
    AccessExpr, Expr, Ident, JoinOperator, Select, SelectItem, TableAlias, TableFactor, TableWithJoins,
};

use datafusion::sql::sqlparser::tokenizer::Location;

use super::failure::Failure;
use super::functions::Function;
use super::rewrite::Rewriter;
use super::syntax::{alias, call, column, derived, everything, item, parts, relation, select as selecting};
use crate::cell::Cell;
use crate::types::{Field, Type};

/// The names of a query's relations, in lower case.
pub fn aliases(select: &Select) -> HashSet<String> {
    let factors = select
        .from
        .iter()
        .flat_map(|it| std::iter::once(&it.relation).chain(it.joins.iter().map(|it| &it.relation)));
    factors.filter_map(name_of).collect()
}

fn name_of(factor: &TableFactor) -> Option<String> {
    let given = |alias: &Option<TableAlias>| alias.as_ref().map(|it| it.name.value.to_lowercase());
    match factor {
        TableFactor::Table { name, alias, .. } => {
            given(alias).or_else(|| parts(name).last().map(|it| it.to_lowercase()))
        }
        TableFactor::Derived { alias, .. } => given(alias),
        _ => None,
    }
}

/// The first name of a path: the relation or column that an array is of.
fn root(expr: &Expr) -> Option<Ident> {
    match expr {
        Expr::Identifier(name) if !name.value.starts_with('@') => Some(name.clone()),
        Expr::CompoundIdentifier(names) => names.first().cloned(),
        Expr::CompoundFieldAccess { root: of, access_chain } => match access_chain.first() {
            Some(AccessExpr::Dot(_) | AccessExpr::Subscript(_)) => root(of),
            None => None,
        },
        Expr::Function(function) => super::calls::arguments(function).iter().find_map(root),
        _ => None,
    }
}

/// An array of the elements with their offsets; for an outer join of nothing, one that is null.
fn zip(outer: bool) -> Function {
    Function::new(
        if outer { "$ZIP OUTER" } else { "$ZIP" },
        |kinds| match kinds.first() {
            Some(Type::Array(of)) => Ok(Type::Array(Box::new(Type::Struct(vec![
                Field::new("v", of.as_ref().clone()),
                Field::new("o", Type::Int64),
            ])))),
            Some(other) => Err(format!(
                "Values referenced in UNNEST must be arrays. UNNEST contains expression of type {}",
                other.sql()
            )),
            None => Err("UNNEST needs an array".to_owned()),
        },
        move |row, _| {
            let items = match &row[0] {
                Cell::Array(items) => items.clone(),
                _ => Vec::new(),
            };
            let mut pairs: Vec<Cell> = items
                .into_iter()
                .zip(0..)
                .map(|(item, at)| Cell::Struct(vec![item, Cell::Int(at)]))
                .collect();
            if outer && pairs.is_empty() {
                pairs.push(Cell::Struct(vec![Cell::Null, Cell::Null]));
            }
            Ok(Cell::Array(pairs))
        },
    )
    .lenient()
}

/// The names of the fields of an array that is written as one of structs.
fn struct_fields(array: &Expr) -> Option<Vec<String>> {
    let Expr::Array(array) = array else { return None };
    let Expr::Struct { values, fields } = array.elem.first()? else { return None };
    let named = values.iter().enumerate().map(|(at, value)| match value {
        Expr::Named { name, .. } => Some(name.value.clone()),
        other => fields
            .get(at)
            .and_then(|it| it.field_name.as_ref().map(|it| it.value.clone()))
            .or_else(|| super::rewrite::last_name(other)),
    });
    named.collect()
}

/// Puts every `UNNEST` of a `FROM` into a select list.
pub fn rewrite(rewriter: &mut Rewriter<'_>, select: &mut Select) -> Result<(), Failure> {
    let mut done: Vec<TableWithJoins> = Vec::new();
    for from in std::mem::take(&mut select.from) {
        let TableWithJoins { relation: first, joins } = from;
        match first {
            TableFactor::UNNEST { .. } => place(rewriter, &mut done, first, false)?,
            other => done.push(relation(other)),
        }
        for join in joins {
            match &join.relation {
                TableFactor::UNNEST { .. } => {
                    let outer =
                        matches!(join.join_operator, JoinOperator::Left(_) | JoinOperator::LeftOuter(_));
                    place(rewriter, &mut done, join.relation, outer)?;
                }
                _ => match done.last_mut() {
                    Some(last) => last.joins.push(join),
                    None => done.push(relation(join.relation)),
                },
            }
        }
    }
    select.from = done;
    Ok(())
}

/// Unnests an array beside the relation it is of, or alone if it is of none.
fn place(
    rewriter: &mut Rewriter<'_>,
    done: &mut Vec<TableWithJoins>,
    factor: TableFactor,
    outer: bool,
) -> Result<(), Failure> {
    let TableFactor::UNNEST { alias: given, array_exprs, with_offset, with_offset_alias, .. } = factor else {
        return Ok(());
    };
    let [array] =
        <[Expr; 1]>::try_from(array_exprs).map_err(|_| Failure::unsupported("UNNEST of several arrays"))?;
    let hidden = rewriter.fresh();
    let zipped = rewriter.register(zip(outer));
    let element = given.as_ref().map_or_else(|| rewriter.fresh(), |it| it.name.value.to_lowercase());
    let offset = with_offset
        .then(|| with_offset_alias.map_or_else(|| "offset".to_owned(), |it| it.value.to_lowercase()));
    let value = rewriter.member(column(&hidden), "v");
    // The fields of structs are columns themselves.
    let mut columns = match struct_fields(&array) {
        Some(names) => {
            let mut each = Vec::new();
            for name in names {
                let field = rewriter.member(value.clone(), &name);
                each.push(item(field, name.to_lowercase()));
                rewriter.spelled.entry(name.to_lowercase()).or_insert(name);
            }
            each
        }
        None => vec![item(value, &element)],
    };
    if let Some(offset) = offset {
        let at = rewriter.member(column(&hidden), "o");
        columns.push(item(at, offset));
    }
    let unnested = item(call("unnest", vec![call(zipped, vec![array.clone()])]), &hidden);
    let wanted = root(&array).map(|it| it.value.to_lowercase());
    let Some(wanted) = wanted else {
        let inner = selecting(vec![unnested], Vec::new(), None);
        let inner = derived(inner, Some(alias(rewriter.fresh())));
        let outer = selecting(columns, vec![relation(inner)], None);
        // `x.field` is a column of a relation x where the fields are columns.
        let shown = if struct_fields(&array).is_some() { element } else { rewriter.fresh() };
        done.push(relation(derived(outer, Some(alias(shown)))));
        return Ok(());
    };
    let factors: Vec<(usize, Option<usize>)> = done
        .iter()
        .enumerate()
        .flat_map(|(at, it)| {
            std::iter::once((at, None)).chain((0..it.joins.len()).map(move |join| (at, Some(join))))
        })
        .collect();
    let named = |(at, join): (usize, Option<usize>)| match join {
        None => name_of(&done[at].relation),
        Some(join) => name_of(&done[at].joins[join].relation),
    };
    let place = factors.iter().copied().find(|it| named(*it).as_deref() == Some(&wanted));
    // A bare column is of the only relation, or else of the last one.
    let Some((at, join)) = place.or_else(|| factors.last().copied()) else {
        if rewriter.depth > 1 {
            return Err(Failure::unsupported(
                "UNNEST of an outer query's array inside a subquery: join it with UNNEST in FROM",
            ));
        }
        let location = root(&array).map_or_else(Location::empty, |it| it.span.start);
        return Err(Failure::at(format!("Unrecognized name: {wanted}"), location));
    };
    let name = named((at, join)).unwrap_or_else(|| rewriter.fresh());
    let slot = match join {
        None => &mut done[at].relation,
        Some(join) => &mut done[at].joins[join].relation,
    };
    let base = std::mem::replace(slot, derived(selecting(Vec::new(), Vec::new(), None), None));
    let inner = selecting(vec![everything(), unnested], vec![relation(base)], None);
    let mut all = everything();
    if let SelectItem::Wildcard(options) = &mut all {
        options.opt_except = Some(datafusion::sql::sqlparser::ast::ExceptSelectItem {
            first_element: super::syntax::ident(&hidden),
            additional_elements: Vec::new(),
        });
    }
    columns.insert(0, all);
    let inner = derived(inner, Some(alias(&name)));
    *slot = derived(selecting(columns, vec![relation(inner)], None), Some(alias(&name)));
    Ok(())
}
