//! Statements that change tables.

use super::super::coercion::{Literal, coercible};
use super::super::failure::{Failure, Place};
use super::super::plan::{Invoke, Join, Plan, X};
use super::super::syntax::ast::{Action, Expr, Matched, Name, Node, Path, Source, Table as TableExpr, When};
use super::super::{Found as Stored, TableName, functions, tables};
use super::names::path;
use super::{Analyzer, Column, Names, Relation, Sight, Typed, same};
use crate::cell::Cell;
use crate::types::{Field, Type};

/// A change of a table, planned.
pub enum Change {
    /// Whole rows to add.
    Insert {
        table: TableName,
        fields: Vec<Field>,
        plan: Plan,
    },
    /// The number of each row that changes, and what it becomes.
    Update {
        table: TableName,
        fields: Vec<Field>,
        plan: Plan,
    },
    /// The number of each row to take away.
    Delete {
        table: TableName,
        plan: Plan,
    },
    Merge(Merge),
}

pub struct Merge {
    pub table: TableName,
    pub fields: Vec<Field>,
    /// Rows of both tables side by side, each half with its number, null where it has no partner.
    pub plan: Plan,
    /// Where the numbers stand.
    pub numbers: (usize, usize),
    pub clauses: Vec<Clause>,
}

pub struct Clause {
    pub matched: Matched,
    pub condition: Option<X>,
    pub then: Then,
}

pub enum Then {
    Insert(Vec<X>),
    Update(Vec<X>),
    Delete,
}

impl Analyzer<'_> {
    /// The table of this name and its columns: one that rows can be written to.
    pub fn base(&self, path: &Path) -> Result<(TableName, Vec<Field>, Vec<String>), Failure> {
        let at = path.first().map_or(Place(0), |it| it.at);
        let wanted = self.scope.resolve(&super::from::parts(path)).map_err(|it| Failure::placed(it, at))?;
        match self.catalog.find(&wanted).map_err(Failure::internal)? {
            Some(Stored::Rows { fields, segments }) => Ok((wanted, fields, segments)),
            Some(Stored::View { .. }) => Err(Failure::query(format!(
                "{wanted} is not allowed for this operation because it is currently a VIEW."
            ))),
            None => Err(tables::missing(self.catalog, self.scope, &wanted)),
        }
    }

    fn place(fields: &[Field], name: &Name, table: &TableName) -> Result<usize, Failure> {
        fields.iter().position(|it| same(&it.name, &name.text)).ok_or_else(|| {
            Failure::placed(format!("Column {} is not present in table {table}", name.text), name.at)
        })
    }

    /// A value as one of a column's type, where BigQuery converts it without being asked.
    fn assigned(&self, value: Typed, field: &Field, at: Place) -> Result<X, Failure> {
        let kind = &field.kind;
        if value.literal == Literal::Untyped && matches!(value.x, X::Constant(Cell::Null))
            || value.kind.same(kind)
        {
            return Ok(value.x);
        }
        if coercible(&value.kind, value.literal, kind) {
            return self.conversion(value, kind, at);
        }
        let number = |it: &Type| matches!(it, Type::Int64 | Type::Float64 | Type::Numeric | Type::BigNumeric);
        let assignable = number(&value.kind) && number(kind) && *kind != Type::Int64;
        match assignable {
            true => self.conversion(value, kind, at),
            false => Err(Failure::query(format!(
                "Query column has type {} which cannot be inserted into column {}, which has type {}",
                value.kind.sql(),
                field.name,
                kind.sql()
            ))),
        }
    }

    pub fn insert(&mut self, path: &Path, columns: &[Name], source: &Source) -> Result<Change, Failure> {
        let (table, fields, _) = self.base(path)?;
        let mut places = Vec::new();
        for column in columns {
            let place = Self::place(&fields, column, &table)?;
            if places.contains(&place) {
                return Err(Failure::placed(
                    format!("INSERT has columns with duplicate name: {}", column.text),
                    column.at,
                ));
            }
            places.push(place);
        }
        if places.is_empty() {
            places = (0..fields.len()).collect();
        }
        let at = path.first().map_or(Place(0), |it| it.at);
        let wrong = |has: usize| {
            Failure::query(format!(
                "Inserted row has wrong column count; Has {has}, expected {}",
                places.len()
            ))
        };
        let whole = |values: Vec<X>| -> Vec<X> {
            let mut row = vec![X::Constant(Cell::Null); fields.len()];
            for (value, place) in values.into_iter().zip(&places) {
                row[*place] = value;
            }
            row
        };
        let plan = match source {
            Source::Query(query) => {
                let relation = self.query(query, None)?.compact();
                if relation.width != places.len() {
                    return Err(wrong(relation.width));
                }
                let mut values = Vec::new();
                for (column, have) in relation.fields().into_iter().enumerate() {
                    let literal = match &relation.plan {
                        Plan::Project(_, all) if matches!(all.get(column), Some(X::Constant(Cell::Null))) => {
                            Literal::Untyped
                        }
                        Plan::Project(_, all) if matches!(all.get(column), Some(X::Constant(_))) => {
                            Literal::Yes
                        }
                        _ => Literal::No,
                    };
                    let x = match (&literal, &relation.plan) {
                        (Literal::No, _) => X::Column(column),
                        (_, Plan::Project(_, all)) => all[column].clone(),
                        (_, _) => X::Column(column),
                    };
                    let value = Typed { x, kind: have.kind, literal };
                    values.push(self.assigned(value, &fields[places[column]], at)?);
                }
                Plan::Project(Box::new(relation.plan), whole(values))
            }
            Source::Values(rows) => {
                let nothing = Names::default();
                let mut items = Vec::new();
                for row in rows {
                    if row.len() != places.len() {
                        return Err(wrong(row.len()));
                    }
                    let mut values = Vec::new();
                    for (expr, place) in row.iter().zip(&places) {
                        values.push(self.value(
                            expr,
                            &fields[*place],
                            &Sight::new(&nothing, None, "INSERT"),
                        )?);
                    }
                    items.push(Plan::Project(Box::new(Plan::One), whole(values)));
                }
                Plan::Set { kind: super::super::syntax::ast::SetKind::Union, all: true, items }
            }
            Source::Row => return Err(Failure::query("INSERT ROW is only allowed in MERGE")),
        };
        Ok(Change::Insert { table, fields, plan })
    }

    /// A value for a column; `DEFAULT` is null, for no column here has another.
    fn value(&mut self, expr: &Expr, field: &Field, sight: &Sight<'_>) -> Result<X, Failure> {
        if matches!(expr.node.as_ref(), Node::Default) {
            return Ok(X::Constant(Cell::Null));
        }
        let value = self.expr(expr, sight)?;
        // An array that is written out takes the column's type.
        if let (Type::Array(_), Type::Array(_), Literal::Untyped) = (&value.kind, &field.kind, value.literal)
        {
            return Ok(value.x);
        }
        self.assigned(value, field, expr.at)
    }

    /// The rows of a table with their numbers, under its name or another.
    fn target(
        &mut self,
        path: &Path,
        alias: Option<&Name>,
    ) -> Result<(TableName, Vec<Field>, Relation), Failure> {
        let (table, fields, segments) = self.base(path)?;
        let opened = tables::load(self.catalog, fields.clone(), &segments)?;
        let shown =
            alias.map_or_else(|| super::from::parts(path).pop().unwrap_or_default(), |it| it.text.clone());
        let relation = self.opened(Some(table.clone()), opened, true).named(&shown);
        // All of a table is read to be written again.
        self.mark_all(&relation.names.columns.clone());
        Ok((table, fields, relation))
    }

    /// What the columns of a row become.
    fn assignments(
        &mut self,
        set: &[(Expr, Expr)],
        fields: &[Field],
        table: &TableName,
        target: &Relation,
        sight: &Sight<'_>,
    ) -> Result<Vec<X>, Failure> {
        let mut row: Vec<X> = (0..fields.len()).map(X::Column).collect();
        let mut done: Vec<Vec<String>> = Vec::new();
        for (to, value) in set {
            let Some(mut names) = path(to) else {
                return Err(Failure::lacks("A change of an array's element", to.at));
            };
            // The table's own name may stand in front.
            let qualified = names.len() > 1
                && target.names.variables.iter().any(|it| same(&it.0, &names[0].text))
                && !fields.iter().any(|it| same(&it.name, &names[0].text));
            if qualified {
                names.remove(0);
            }
            let place = Self::place(fields, names[0], table)?;
            let steps: Vec<String> = names.iter().map(|it| it.text.to_lowercase()).collect();
            if done.iter().any(|it| it.starts_with(&steps) || steps.starts_with(it)) {
                return Err(Failure::placed(
                    format!("Update item {} is assigned more than once", steps.join(".")),
                    to.at,
                ));
            }
            done.push(steps);
            let mut kind = fields[place].clone();
            let mut within = Vec::new();
            for name in &names[1..] {
                let Type::Struct(inner) = &kind.kind else {
                    return Err(Failure::placed(
                        format!("Cannot access field {} on a value with type {}", name.text, kind.kind.sql()),
                        name.at,
                    ));
                };
                let at = inner.iter().position(|it| same(&it.name, &name.text)).ok_or_else(|| {
                    Failure::placed(
                        format!("Field name {} does not exist in {}", name.text, kind.kind.sql()),
                        name.at,
                    )
                })?;
                within.push(at);
                kind = inner[at].clone();
            }
            let new = self.value(value, &kind, sight)?;
            let before = std::mem::replace(&mut row[place], X::Constant(Cell::Null));
            row[place] = replaced(before, &fields[place].kind, &within, new)?;
        }
        Ok(row)
    }

    pub fn update(
        &mut self,
        path: &Path,
        alias: Option<&Name>,
        set: &[(Expr, Expr)],
        from: Option<&TableExpr>,
        filter: &Expr,
    ) -> Result<Change, Failure> {
        let (table, fields, target) = self.target(path, alias)?;
        let number = fields.len();
        let mut all = target.clone();
        if let Some(from) = from {
            let source = self.from(from, None)?;
            let moved = source.names.clone().moved(target.width);
            all.plan = Plan::Join {
                kind: Join::Inner,
                left: Box::new(target.plan.clone()),
                right: Box::new(source.plan),
                widths: (target.width, source.width),
                equal: Vec::new(),
                on: None,
            };
            all.names = all.names.joined(moved);
            all.width = target.width + source.width;
        }
        let sight = Sight::new(&all.names, None, "UPDATE");
        let condition = self.condition(filter, "WHERE clause", &sight)?;
        let mut row = self.assignments(set, &fields, &table, &target, &sight)?;
        row.insert(0, X::Column(number));
        let plan = super::from::filtered(all.plan.clone(), condition);
        Ok(Change::Update { table, fields, plan: Plan::Project(Box::new(plan), row) })
    }

    pub fn delete(&mut self, path: &Path, alias: Option<&Name>, filter: &Expr) -> Result<Change, Failure> {
        let (table, fields, target) = self.target(path, alias)?;
        let sight = Sight::new(&target.names, None, "DELETE");
        let condition = self.condition(filter, "WHERE clause", &sight)?;
        let plan = Plan::Filter(Box::new(target.plan.clone()), condition);
        Ok(Change::Delete { table, plan: Plan::Project(Box::new(plan), vec![X::Column(fields.len())]) })
    }

    pub fn merge(
        &mut self,
        path: &Path,
        alias: Option<&Name>,
        source: &TableExpr,
        on: &Expr,
        clauses: &[When],
    ) -> Result<Change, Failure> {
        let (table, fields, target) = self.target(path, alias)?;
        let source = self.from(source, None)?;
        let moved = source.names.clone().moved(target.width);
        let numbers = (fields.len(), target.width + source.width);
        let names = target.names.clone().joined(moved.clone());
        let sight = Sight::new(&names, None, "MERGE");
        let condition = self.condition(on, "MERGE ON clause", &sight)?;
        let mut plan = Plan::Join {
            kind: Join::Full,
            left: Box::new(target.plan.clone()),
            right: Box::new(Plan::Number(Box::new(source.plan))),
            widths: (target.width, source.width + 1),
            equal: Vec::new(),
            on: None,
        };
        plan = super::from::conditioned(plan, condition);
        let mut out = Vec::new();
        for clause in clauses {
            // Only the tables that have a row are seen.
            let seen = match clause.matched {
                Matched::Yes => &names,
                Matched::NotByTarget => &moved,
                Matched::NotBySource => &target.names,
            };
            let sight = Sight::new(seen, None, "MERGE");
            let condition = match &clause.condition {
                Some(condition) => Some(self.condition(condition, "WHEN clause", &sight)?),
                None => None,
            };
            let then = match (&clause.action, clause.matched) {
                (Action::Delete, Matched::Yes | Matched::NotBySource) => Then::Delete,
                (Action::Update(set), Matched::Yes | Matched::NotBySource) => {
                    Then::Update(self.assignments(set, &fields, &table, &target, &sight)?)
                }
                (Action::Insert { columns, source: values }, Matched::NotByTarget) => Then::Insert(
                    self.merge_insert(columns, values, &fields, &table, &moved, &sight, clause.at)?,
                ),
                (_, _) => {
                    return Err(Failure::placed(
                        "Syntax error: This action is not allowed in this WHEN clause",
                        clause.at,
                    ));
                }
            };
            out.push(Clause { matched: clause.matched, condition, then });
        }
        Ok(Change::Merge(Merge { table, fields, plan, numbers, clauses: out }))
    }

    #[allow(clippy::too_many_arguments, reason = "an INSERT of MERGE sees as much")]
    fn merge_insert(
        &mut self,
        columns: &[Name],
        source: &Source,
        fields: &[Field],
        table: &TableName,
        names: &Names,
        sight: &Sight<'_>,
        at: Place,
    ) -> Result<Vec<X>, Failure> {
        let mut places = Vec::new();
        for column in columns {
            places.push(Self::place(fields, column, table)?);
        }
        if places.is_empty() {
            places = (0..fields.len()).collect();
        }
        let mut row = vec![X::Constant(Cell::Null); fields.len()];
        match source {
            Source::Row => {
                for place in places {
                    let field = &fields[place];
                    let found: Vec<&Column> = names.columns_named(&field.name).collect();
                    let [column] = found.as_slice() else {
                        return Err(Failure::placed(
                            format!("INSERT ROW: the source has no column {}", field.name),
                            at,
                        ));
                    };
                    let value = Typed::of(column.x.clone(), column.kind.clone());
                    row[place] = self.assigned(value, field, at)?;
                }
                self.mark_all(&names.columns.clone());
            }
            Source::Values(rows) => {
                let [values] = rows.as_slice() else {
                    return Err(Failure::placed("MERGE inserts one row", at));
                };
                if values.len() != places.len() {
                    return Err(Failure::query(format!(
                        "Inserted row has wrong column count; Has {}, expected {}",
                        values.len(),
                        places.len()
                    )));
                }
                for (expr, place) in values.iter().zip(places) {
                    row[place] = self.value(expr, &fields[place], sight)?;
                }
            }
            Source::Query(_) => return Err(Failure::placed("MERGE inserts VALUES or ROW", at)),
        }
        Ok(row)
    }

    /// The columns of a query as a table's: those that are declared, or its own.
    pub fn filled(&mut self, relation: Relation, fields: &[Field]) -> Result<Plan, Failure> {
        if relation.width != fields.len() {
            return Err(Failure::query(format!(
                "The number of columns in the column definition list does not match the number of columns produced by the query: {} and {}",
                fields.len(),
                relation.width
            )));
        }
        let mut all = Vec::new();
        for (at, (have, field)) in relation.fields().into_iter().zip(fields).enumerate() {
            let value = Typed { x: X::Column(at), kind: have.kind, literal: Literal::No };
            all.push(self.assigned(value, field, Place(0))?);
        }
        Ok(Plan::Project(Box::new(relation.plan), all))
    }
}

/// A value with another in the place of one of its fields.
fn replaced(before: X, kind: &Type, within: &[usize], new: X) -> Result<X, Failure> {
    let Some((at, rest)) = within.split_first() else { return Ok(new) };
    let Type::Struct(fields) = kind else { return Ok(new) };
    let mut cells = Vec::new();
    let mut new = Some(new);
    for (place, field) in fields.iter().enumerate() {
        let inner = match &before {
            X::Case(_, made) => match made.as_ref() {
                X::Struct(cells) => cells[place].clone(),
                other => X::Field(Box::new(other.clone()), place),
            },
            other => X::Field(Box::new(other.clone()), place),
        };
        cells.push(match new.take_if(|_| place == *at) {
            Some(new) => replaced(inner, &field.kind, rest, new)?,
            None => inner,
        });
    }
    let base = match before {
        X::Case(branches, _) => {
            let made = Box::new(X::Struct(cells));
            return Ok(X::Case(branches, made));
        }
        other => other,
    };
    let function = functions::find("$ERROR").ok_or_else(|| Failure::internal("no function $ERROR"))?;
    let error = Invoke {
        function,
        arguments: vec![X::Constant(Cell::Text(format!("Cannot set field of NULL {}", kind.sql())))],
        kinds: vec![Type::String],
        returns: kind.clone(),
        safe: false,
    };
    Ok(X::Case(vec![(X::IsNull(Box::new(base)), X::Call(Box::new(error)))], Box::new(X::Struct(cells))))
}
