//! `PIVOT` and `UNPIVOT`.

use std::cell::RefCell;

use super::super::coercion::groupable;
use super::super::failure::Failure;
use super::super::plan::{Plan, X};
use super::super::syntax::ast::{Expr, Pivot, Unpivot};
use super::{Analyzer, Collected, Column, Found, Relation, Sight, Typed, same};
use crate::cell::Cell;
use crate::types::{Field, Type};

/// What a value names its column: `Q1`, `_5`, `minus_1`.
fn label(value: &Cell) -> Option<String> {
    let number = |text: String| match text.strip_prefix('-') {
        Some(rest) => format!("minus_{}", rest.replace('.', "_point_")),
        None => text.replace('.', "_point_"),
    };
    Some(match value {
        Cell::Null => "NULL".to_owned(),
        Cell::Text(text) => text.clone(),
        Cell::Bool(it) => if *it { "TRUE" } else { "FALSE" }.to_owned(),
        Cell::Int(it) => number(it.to_string()),
        Cell::Numeric(_) | Cell::BigNumeric(_) => number(value.text()),
        Cell::Date(_) => value.text().replace('-', "_"),
        _ => return None,
    })
}

impl Analyzer<'_> {
    pub(super) fn pivot(
        &mut self,
        input: Relation,
        pivot: &Pivot,
        parent: Option<&Sight<'_>>,
    ) -> Result<Relation, Failure> {
        let collected = RefCell::new(Collected::default());
        let names = input.names.clone();
        let sight = Sight::new(&names, parent, "PIVOT").collecting(&collected);
        let by = self.expr(&pivot.input, &sight)?;
        if let Err(kind) = groupable(&by.kind) {
            return Err(Failure::placed(
                format!("Type {kind} is not allowed for the FOR expression of PIVOT"),
                pivot.at,
            ));
        }
        let mut aggregates = Vec::new();
        for (expr, alias) in &pivot.aggregates {
            let value = self.expr(expr, &sight)?;
            let X::Aggregate(which) = value.x else {
                return Err(Failure::placed("PIVOT expression must be an aggregate function call", expr.at));
            };
            aggregates.push((which, value.kind, alias.as_ref().map(|it| it.text.clone())));
        }
        if aggregates.len() > 1 && aggregates.iter().filter(|it| it.2.is_none()).count() > 1 {
            return Err(Failure::placed(
                "PIVOT with several aggregates needs an alias for each but one",
                pivot.at,
            ));
        }
        let collected = collected.into_inner();
        // What neither the aggregates nor FOR name is what rows are grouped by.
        let used = |column: &Column| match &column.x {
            X::Column(slot) => collected.used.contains_key(slot),
            other => other.reads().is_some_and(|(from, _)| collected.used.contains_key(&from)),
        };
        let kept: Vec<Column> = names.columns.iter().filter(|it| !used(it)).cloned().collect();
        for column in &kept {
            if let Err(kind) = groupable(&column.kind) {
                return Err(Failure::placed(
                    format!(
                        "Column {} of type {kind} cannot be used as an implicit grouping column of PIVOT",
                        column.name
                    ),
                    pivot.at,
                ));
            }
        }
        self.mark_all(&kept);
        let keys: Vec<X> = kept.iter().map(|it| it.x.clone()).collect();
        let mut fields: Vec<Field> = kept.iter().map(|it| Field::new(&it.name, it.kind.clone())).collect();
        let mut calls = Vec::new();
        for (expr, alias) in &pivot.values {
            let value = self.expr(expr, &Sight::new(&names, parent, "PIVOT"))?;
            let constant = matches!(value.x, X::Constant(_));
            if !constant {
                return Err(Failure::placed("IN expression of PIVOT must be constant", expr.at));
            }
            let name = match (alias, &value.x) {
                (Some(alias), _) => Some(alias.text.clone()),
                (None, X::Constant(cell)) => label(cell),
                (None, _) => None,
            };
            let x = self.coerced(value, &by.kind, expr.at)?;
            let Some(name) = name else {
                return Err(Failure::placed("The value of PIVOT needs an alias", expr.at));
            };
            let condition = X::Same(Box::new(by.x.clone()), Box::new(x));
            for (which, kind, prefix) in &aggregates {
                let mut call = collected.aggregates[*which].clone();
                call.filter = Some(condition.clone());
                calls.push(call);
                let name = match prefix {
                    Some(prefix) => format!("{prefix}_{name}"),
                    // A name does not begin with a digit.
                    None if name.starts_with(|c: char| c.is_ascii_digit()) => format!("_{name}"),
                    None => name.clone(),
                };
                if fields.iter().any(|it| same(&it.name, &name)) {
                    return Err(Failure::placed(
                        format!("PIVOT makes two columns of the name {name}"),
                        pivot.at,
                    ));
                }
                fields.push(Field::new(name, kind.clone()));
            }
        }
        // Without columns to group by there is one row of all.
        let plan = Plan::Aggregate { input: Box::new(input.plan), keys, sets: None, calls };
        Ok(Relation::of(plan, fields, false))
    }

    pub(super) fn unpivot(&mut self, input: Relation, unpivot: &Unpivot) -> Result<Relation, Failure> {
        let names = input.names.clone();
        let mut taken: Vec<Column> = Vec::new();
        let mut kinds: Vec<Option<Type>> = vec![None; unpivot.values.len()];
        let mut label_kind: Option<Type> = None;
        let mut elements = Vec::new();
        for (columns, written) in &unpivot.columns {
            if columns.len() != unpivot.values.len() {
                return Err(Failure::placed(
                    "The number of columns in each set of UNPIVOT must be the number of value columns",
                    unpivot.at,
                ));
            }
            let mut cells = Vec::new();
            for (name, kind) in columns.iter().zip(&mut kinds) {
                let Some(Found::Column(column)) = names.find(name)? else {
                    return Err(super::names::unrecognized(name, &names));
                };
                self.mark(&column);
                match kind {
                    None => *kind = Some(column.kind.clone()),
                    Some(kind) if kind.same(&column.kind) => {}
                    Some(kind) => {
                        return Err(Failure::placed(
                            format!(
                                "The datatype of column does not match with other datatypes in the UNPIVOT list. Expected {}, Found {}",
                                kind.sql(),
                                column.kind.sql()
                            ),
                            name.at,
                        ));
                    }
                }
                cells.push(column.x.clone());
                taken.push(column);
            }
            let value = match written {
                Some(expr) => self.constant_label(expr)?,
                None => {
                    let all: Vec<&str> = columns.iter().map(|it| it.text.as_str()).collect();
                    Typed::of(X::Constant(Cell::Text(all.join("_"))), Type::String)
                }
            };
            match &label_kind {
                None => label_kind = Some(value.kind.clone()),
                Some(kind) if *kind == value.kind => {}
                Some(_) => {
                    return Err(Failure::placed("The labels of UNPIVOT must be of one type", unpivot.at));
                }
            }
            cells.push(value.x);
            elements.push(X::Struct(cells));
        }
        let kept: Vec<Column> =
            names.columns.iter().filter(|it| !taken.iter().any(|taken| taken.x == it.x)).cloned().collect();
        self.mark_all(&kept);
        let element = X::Column(input.width);
        let field = |at: usize| X::Field(Box::new(element.clone()), at);
        let mut plan =
            Plan::Unnest { input: Box::new(input.plan), array: X::Array(elements), outer: false, on: None };
        if !unpivot.include_nulls {
            let empty = (0..unpivot.values.len()).map(|at| X::IsNull(Box::new(field(at)))).collect();
            plan = Plan::Filter(Box::new(plan), X::Not(Box::new(X::And(empty))));
        }
        let mut fields: Vec<Field> = kept.iter().map(|it| Field::new(&it.name, it.kind.clone())).collect();
        let mut all: Vec<X> = kept.iter().map(|it| it.x.clone()).collect();
        for (at, (name, kind)) in unpivot.values.iter().zip(kinds).enumerate() {
            all.push(field(at));
            fields.push(Field::new(&name.text, kind.unwrap_or(Type::Int64)));
        }
        all.push(field(unpivot.values.len()));
        fields.push(Field::new(&unpivot.name.text, label_kind.unwrap_or(Type::String)));
        Ok(Relation::of(Plan::Project(Box::new(plan), all), fields, false))
    }

    fn constant_label(&mut self, expr: &Expr) -> Result<Typed, Failure> {
        let nothing = super::Names::default();
        let value = self.expr(expr, &Sight::new(&nothing, None, "UNPIVOT"))?;
        match (&value.x, &value.kind) {
            (X::Constant(_), Type::String | Type::Int64) => Ok(value),
            (_, _) => {
                Err(Failure::placed("A label of UNPIVOT must be a string or an integer literal", expr.at))
            }
        }
    }
}
