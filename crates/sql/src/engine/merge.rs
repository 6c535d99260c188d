//! `MERGE`: one full join of target and source tells for each pair which clause applies and with what.

use std::collections::HashSet;

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, Join, JoinConstraint, JoinOperator, Merge, MergeAction, MergeClauseKind,
    MergeInsertKind, SelectItem, SelectItemQualifiedWildcardKind, TableFactor, TableWithJoins, Value,
    WildcardAdditionalOptions,
};

use super::changes::assigned;
use super::failure::Failure;
use super::functions::coerced;
use super::statements::{base, complete, place};
use super::syntax::{
    alias, case, column, derived, everything, item, number, object, parts, relation, select,
};
use super::{Done, Effect, Work};
use crate::cell::Cell;

/// What a clause does with the values it computes: column by column of the target.
enum Action {
    Insert(Vec<usize>),
    Update(Vec<usize>),
    Delete,
}

fn and(left: Expr, right: Option<Expr>) -> Expr {
    let nested = |it: Expr| Box::new(Expr::Nested(Box::new(it)));
    match right {
        Some(right) => Expr::BinaryOp { left: nested(left), op: BinaryOperator::And, right: nested(right) },
        None => left,
    }
}

fn present(name: &str, wanted: bool) -> Expr {
    let column = Box::new(column(name));
    if wanted { Expr::IsNotNull(column) } else { Expr::IsNull(column) }
}

/// A relation with one more column that is never null where there is a row.
fn marked(factor: TableFactor, mark: Expr, name: &str) -> Result<TableFactor, Failure> {
    let shown = match &factor {
        TableFactor::Table { alias: Some(alias), .. } | TableFactor::Derived { alias: Some(alias), .. } => {
            alias.name.value.clone()
        }
        TableFactor::Table { name, .. } => parts(name).pop().unwrap_or_default(),
        _ => return Err(Failure::unsupported("MERGE with a source without a name")),
    };
    let inner = select(vec![everything(), item(mark, name)], vec![relation(factor)], None);
    Ok(derived(inner, Some(alias(shown.to_lowercase()))))
}

pub(super) fn run(work: &mut Work<'_>, merge: Merge) -> Result<Done, Failure> {
    let TableFactor::Table { name, .. } = &merge.table else {
        return Err(Failure::query("MERGE needs a table"));
    };
    let (table, fields) = base(work, name)?;
    let row = datafusion::sql::sqlparser::parser::Parser::new(
        &datafusion::sql::sqlparser::dialect::BigQueryDialect,
    )
    .try_with_sql("ROW_NUMBER() OVER ()")
    .and_then(|mut it| it.parse_expr())
    .map_err(Failure::internal)?;
    let target = marked(merge.table, row, "$t")?;
    let source = marked(merge.source, Expr::Value(Value::Boolean(true).into()), "$s")?;
    let TableFactor::Derived { alias: Some(shown), .. } = &target else {
        return Err(Failure::query("MERGE"));
    };
    let all_of_target = SelectItem::QualifiedWildcard(
        SelectItemQualifiedWildcardKind::ObjectName(object(shown.name.value.clone())),
        WildcardAdditionalOptions::default(),
    );
    let mut branches = Vec::new();
    let mut actions = Vec::new();
    let mut values: Vec<(usize, Expr)> = Vec::new();
    for (at, clause) in merge.clauses.into_iter().enumerate() {
        let matched = match clause.clause_kind {
            MergeClauseKind::Matched => and(present("$t", true), Some(present("$s", true))),
            MergeClauseKind::NotMatched | MergeClauseKind::NotMatchedByTarget => present("$t", false),
            MergeClauseKind::NotMatchedBySource => present("$s", false),
        };
        branches.push((and(matched, clause.predicate), number(at)));
        actions.push(match clause.action {
            MergeAction::Delete { .. } => Action::Delete,
            MergeAction::Update(update) => {
                let mut places = Vec::new();
                for assignment in update.assignments {
                    places.push(place(work, &fields, &assigned(&assignment.target)?, &table)?);
                    values.push((at, assignment.value));
                }
                Action::Update(places)
            }
            MergeAction::Insert(insert) => {
                let mut places = Vec::new();
                for name in &insert.columns {
                    places.push(place(work, &fields, &parts(name).pop().unwrap_or_default(), &table)?);
                }
                if places.is_empty() {
                    places = (0..fields.len()).collect();
                }
                match insert.kind {
                    MergeInsertKind::Values(given) => {
                        let row = given.rows.into_iter().next().map(|it| it.content).unwrap_or_default();
                        if row.len() != places.len() {
                            return Err(Failure::query("Inserted row has wrong column count"));
                        }
                        values.extend(row.into_iter().map(|it| (at, it)));
                    }
                    MergeInsertKind::Row => {
                        values.extend(places.iter().map(|it| (at, column(fields[*it].name.clone()))));
                    }
                }
                Action::Insert(places)
            }
        });
    }
    let action = case(branches, None);
    let mut items = vec![all_of_target, item(column("$s"), "$source"), item(action.clone(), "$action")];
    for (number_of, (clause, value)) in values.iter().enumerate() {
        let applies = Expr::BinaryOp {
            left: Box::new(action.clone()),
            op: BinaryOperator::Eq,
            right: Box::new(number(clause)),
        };
        items.push(item(case(vec![(applies, value.clone())], None), format!("$value{number_of}")));
    }
    let join = Join {
        relation: source,
        global: false,
        join_operator: JoinOperator::FullOuter(JoinConstraint::On(*merge.on)),
    };
    let mut found = work
        .select(select(items, vec![TableWithJoins { relation: target, joins: vec![join] }], None), "MERGE")?;
    let width = fields.len();
    let (mut kept, mut seen) = (Vec::new(), HashSet::new());
    let (mut inserted, mut updated, mut deleted) = (0, 0, 0);
    for mut row in std::mem::take(&mut found.rows) {
        let rest = row.split_off(width);
        let in_target = !rest[0].is_null();
        let clause = match rest[2] {
            Cell::Int(at) => usize::try_from(at).ok(),
            _ => None,
        };
        let Some(clause) = clause else {
            if in_target && seen.insert(rest[0].text()) {
                kept.push(row);
            }
            continue;
        };
        if in_target && !seen.insert(rest[0].text()) {
            return Err(Failure::query("UPDATE/MERGE must match at most one source row for each target row"));
        }
        let mine = values.iter().enumerate().filter(|(_, it)| it.0 == clause).map(|(at, _)| at);
        let cells: Vec<(&Cell, &crate::types::Type)> =
            mine.map(|at| (&rest[3 + at], &found.fields[width + 3 + at].kind)).collect();
        match &actions[clause] {
            Action::Delete => deleted += 1,
            Action::Update(places) | Action::Insert(places) => {
                for ((cell, kind), at) in cells.iter().zip(places) {
                    row[*at] = coerced(cell, kind, &fields[*at])?;
                }
                match &actions[clause] {
                    Action::Insert(_) => inserted += 1,
                    Action::Update(_) | Action::Delete => updated += 1,
                }
                kept.push(complete(row, &fields)?);
            }
        }
    }
    found.fields.clear();
    found.effect = Effect::Replace { table, rows: kept, inserted, updated, deleted };
    Ok(found)
}
