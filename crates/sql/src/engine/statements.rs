//! Statements that change tables: each becomes a query, and what it yields becomes an [`Effect`].

use datafusion::sql::sqlparser::ast::{
    AlterTableOperation, ColumnDef, ColumnOption, CreateTable, CreateView, Delete, Expr, FromTable, Insert,
    ObjectName, ObjectType, Query, SchemaName, SetExpr, Statement, TableFactor, TableObject, TableWithJoins,
    Update, Value,
};

use super::expressions::type_of;
use super::failure::{Failure, find};
use super::functions::{cast, coerced};
use super::syntax::{call, case, everything, item, parts, relation, select, table};
use super::{Done, Effect, Found, TableName, Work, changes};
use crate::cell::Cell;
use crate::types::{Field, Type};

pub(super) fn run(work: &mut Work<'_>, statement: Statement) -> Result<Done, Failure> {
    match statement {
        Statement::Insert(it) => insert(work, it),
        Statement::Update(it) => update(work, it),
        Statement::Delete(it) => delete(work, it),
        Statement::Merge(it) => super::merge::run(work, it),
        Statement::CreateTable(it) => create_table(work, it),
        Statement::CreateView(it) => create_view(work, it),
        Statement::Truncate(it) => {
            let Some(target) = it.table_names.first() else {
                return Err(Failure::query("TRUNCATE TABLE needs a table"));
            };
            let (name, _) = base(work, &target.name)?;
            let had = changes::count(work, &target.name)?;
            let effect =
                Effect::Replace { table: name, rows: Vec::new(), inserted: 0, updated: 0, deleted: had };
            Ok(done("TRUNCATE_TABLE", effect))
        }
        Statement::Drop { object_type, if_exists, names, .. } => {
            let view = match object_type {
                ObjectType::Table => false,
                ObjectType::View | ObjectType::MaterializedView => true,
                other => return Err(Failure::unsupported(format!("DROP {other}"))),
            };
            let Some(name) = names.first() else { return Err(Failure::query("DROP needs a name")) };
            let effect = Effect::Drop { table: named(work, name)?, view, if_exists };
            Ok(done(if view { "DROP_VIEW" } else { "DROP_TABLE" }, effect))
        }
        Statement::AlterTable(it) => alter(work, &it.name, it.operations),
        Statement::CreateSchema { schema_name: SchemaName::Simple(name), if_not_exists, .. } => {
            let names = parts(&name);
            let (project, dataset) = match names.as_slice() {
                [project, dataset] => (project.clone(), dataset.clone()),
                [dataset] => (work.rewriter.scope.project.to_owned(), dataset.clone()),
                _ => return Err(Failure::query(format!("Invalid dataset name: {name}"))),
            };
            Ok(done("CREATE_SCHEMA", Effect::CreateSchema { project, dataset, if_not_exists }))
        }
        other => {
            let text = other.to_string();
            let words: Vec<&str> = text.split_whitespace().take(2).collect();
            Err(Failure::unsupported(format!("the statement {} …", words.join(" "))))
        }
    }
}

/// What came of a statement that yields no rows.
pub(super) fn done(statement: &'static str, effect: Effect) -> Done {
    Done { statement, fields: Vec::new(), rows: Vec::new(), bytes: 0, read: Vec::new(), effect }
}

pub(super) fn named(work: &Work<'_>, name: &ObjectName) -> Result<TableName, Failure> {
    let location = name.0.first().and_then(|it| it.as_ident()).map(|it| it.span.start);
    let resolved = work.rewriter.scope.resolve(&parts(name));
    resolved.map_err(|message| match location {
        Some(location) => Failure::at(message, location),
        None => Failure::query(message),
    })
}

/// The table of this name and its columns: one that rows can be written to.
pub(super) fn base(work: &Work<'_>, name: &ObjectName) -> Result<(TableName, Vec<Field>), Failure> {
    let wanted = named(work, name)?;
    match work.rewriter.catalog.find(&wanted).map_err(Failure::internal)? {
        Some(Found::Rows { fields, .. }) => Ok((wanted, fields)),
        Some(Found::View { .. }) => Err(Failure::query(format!(
            "{wanted} is not allowed for this operation because it is currently a VIEW."
        ))),
        None => Err(work.rewriter.missing(&wanted)),
    }
}

/// The name of a table that a statement names without a join.
fn target(tables: &[TableWithJoins], statement: &str) -> Result<ObjectName, Failure> {
    match tables {
        [TableWithJoins { relation: TableFactor::Table { name, .. }, joins }] if joins.is_empty() => {
            Ok(name.clone())
        }
        _ => Err(Failure::unsupported(format!("{statement} of more than one table"))),
    }
}

/// The place of a column, or that there is none.
pub(super) fn place(
    work: &Work<'_>,
    fields: &[Field],
    name: &str,
    table: &TableName,
) -> Result<usize, Failure> {
    fields.iter().position(|it| it.name.eq_ignore_ascii_case(name)).ok_or_else(|| {
        Failure::at(format!("Column {name} is not present in table {table}"), find(&work.tokens, name))
    })
}

fn last(name: &ObjectName) -> String {
    parts(name).pop().unwrap_or_default()
}

fn insert(work: &mut Work<'_>, insert: Insert) -> Result<Done, Failure> {
    let TableObject::TableName(name) = &insert.table else {
        return Err(Failure::unsupported("INSERT into a table function"));
    };
    let (table, fields) = base(work, name)?;
    let mut places = Vec::new();
    for column in &insert.columns {
        places.push(place(work, &fields, &last(column), &table)?);
    }
    if places.is_empty() {
        places = (0..fields.len()).collect();
    }
    let Some(mut source) = insert.source else {
        return Err(Failure::query("INSERT needs a query or VALUES"));
    };
    typed(work, &mut source, &places, &fields);
    let mut found = work.select(*source, "INSERT")?;
    if found.fields.len() != places.len() {
        return Err(Failure::query(format!(
            "Inserted row has wrong column count; Has {}, expected {}",
            found.fields.len(),
            places.len()
        )));
    }
    let mut rows = Vec::with_capacity(found.rows.len());
    for given in std::mem::take(&mut found.rows) {
        let mut row: Vec<Cell> = vec![Cell::Null; fields.len()];
        for ((cell, from), at) in given.into_iter().zip(&found.fields).zip(&places) {
            row[*at] = coerced(&cell, &from.kind, &fields[*at])?;
        }
        rows.push(complete(row, &fields)?);
    }
    found.fields.clear();
    found.effect = Effect::Append { table, rows };
    Ok(found)
}

/// Brings the rows of `VALUES` to the types of their columns: DataFusion wants all rows to have the same.
fn typed(work: &mut Work<'_>, source: &mut Query, places: &[usize], fields: &[Field]) {
    let SetExpr::Values(values) = source.body.as_mut() else { return };
    for row in &mut values.rows {
        for (expr, at) in row.content.iter_mut().zip(places) {
            let kind = &fields[*at].kind;
            let empty = match expr {
                Expr::Value(value) => value.value == Value::Null,
                Expr::Array(array) => array.elem.is_empty(),
                _ => false,
            };
            // What BigQuery converts by itself; the rest must have the column's type as it is.
            let converts = match kind {
                Type::Date | Type::Time | Type::Datetime | Type::Timestamp | Type::Struct(_) => true,
                Type::Float64 | Type::Numeric | Type::BigNumeric => !is_text(expr),
                _ => false,
            };
            if converts || empty {
                let name = work.rewriter.register(cast(kind, false));
                *expr = call(name, vec![std::mem::replace(expr, super::syntax::null())]);
            }
        }
    }
}

fn is_text(expr: &Expr) -> bool {
    matches!(expr, Expr::Value(value) if value.value.clone().into_string().is_some())
}

/// Holds a row to what its columns require.
pub(super) fn complete(mut row: Vec<Cell>, fields: &[Field]) -> Result<Vec<Cell>, Failure> {
    for (cell, field) in row.iter_mut().zip(fields) {
        match (&field.kind, &cell) {
            (Type::Array(_), Cell::Null) => *cell = Cell::Array(Vec::new()),
            (_, Cell::Null) if field.required => {
                return Err(Failure::query(format!("Required field {} cannot be null", field.name)));
            }
            (_, _) => {}
        }
    }
    Ok(row)
}

fn update(work: &mut Work<'_>, update: Update) -> Result<Done, Failure> {
    if update.from.is_some() {
        return Err(Failure::unsupported("UPDATE … FROM: use MERGE"));
    }
    let Some(condition) = update.selection else {
        return Err(Failure::query("UPDATE must have a WHERE clause"));
    };
    let name = target(std::slice::from_ref(&update.table), "UPDATE")?;
    let (table, fields) = base(work, &name)?;
    let mut items = vec![everything(), item(condition.clone(), "$hit")];
    let mut places = Vec::new();
    for assignment in update.assignments {
        let at = place(work, &fields, &changes::assigned(&assignment.target)?, &table)?;
        // Only where the condition holds: elsewhere the value may not even be possible.
        items.push(item(case(vec![(condition.clone(), assignment.value)], None), format!("$new{at}")));
        places.push(at);
    }
    let mut found = work.select(select(items, vec![update.table], None), "UPDATE")?;
    let mut updated = 0;
    let mut rows = Vec::with_capacity(found.rows.len());
    for mut row in std::mem::take(&mut found.rows) {
        let new = row.split_off(fields.len());
        if new.first() == Some(&Cell::Bool(true)) {
            updated += 1;
            for ((cell, at), from) in new[1..].iter().zip(&places).zip(&found.fields[fields.len() + 1..]) {
                row[*at] = coerced(cell, &from.kind, &fields[*at])?;
            }
            row = complete(row, &fields)?;
        }
        rows.push(row);
    }
    found.fields.clear();
    found.effect = Effect::Replace { table, rows, inserted: 0, updated, deleted: 0 };
    Ok(found)
}

fn delete(work: &mut Work<'_>, delete: Delete) -> Result<Done, Failure> {
    let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = delete.from;
    let Some(condition) = delete.selection else {
        return Err(Failure::query("DELETE must have a WHERE clause"));
    };
    let name = target(&from, "DELETE")?;
    let (table, fields) = base(work, &name)?;
    let mut found = work.select(select(vec![everything(), item(condition, "$hit")], from, None), "DELETE")?;
    let before = found.rows.len();
    let mut rows = Vec::with_capacity(before);
    for mut row in std::mem::take(&mut found.rows) {
        let hit = row.split_off(fields.len());
        if hit.first() != Some(&Cell::Bool(true)) {
            rows.push(row);
        }
    }
    let deleted = (before - rows.len()) as u64;
    found.fields.clear();
    found.effect = Effect::Replace { table, rows, inserted: 0, updated: 0, deleted };
    Ok(found)
}

fn field(column: &ColumnDef) -> Result<Field, Failure> {
    let required = column.options.iter().any(|it| matches!(it.option, ColumnOption::NotNull));
    Ok(Field { name: column.name.value.clone(), kind: type_of(&column.data_type)?, required })
}

fn create_table(work: &mut Work<'_>, create: CreateTable) -> Result<Done, Failure> {
    if create.temporary {
        return Err(Failure::unsupported("temporary tables"));
    }
    if create.like.is_some() || create.clone.is_some() || create.external {
        return Err(Failure::unsupported("CREATE TABLE … LIKE, CLONE and external tables"));
    }
    let table = named(work, &create.name)?;
    let mut fields = create.columns.iter().map(field).collect::<Result<Vec<_>, _>>()?;
    let (replace, if_not_exists) = (create.or_replace, create.if_not_exists);
    let Some(query) = create.query else {
        if fields.is_empty() {
            return Err(Failure::query(format!("Table {table} must have columns")));
        }
        let effect = Effect::CreateTable { table, fields, rows: Vec::new(), replace, if_not_exists };
        return Ok(done("CREATE_TABLE", effect));
    };
    let mut found = work.select(*query, "CREATE_TABLE_AS_SELECT")?;
    let rows = std::mem::take(&mut found.rows);
    if fields.is_empty() {
        fields = std::mem::take(&mut found.fields);
    }
    found.fields.clear();
    found.effect = Effect::CreateTable { table, fields, rows, replace, if_not_exists };
    Ok(found)
}

fn create_view(work: &mut Work<'_>, create: CreateView) -> Result<Done, Failure> {
    if create.materialized {
        return Err(Failure::unsupported("CREATE MATERIALIZED VIEW"));
    }
    let table = named(work, &create.name)?;
    let text = work.text_of_view().unwrap_or_else(|| create.query.to_string());
    // The query must be one that can run, and tells the columns.
    let dry = std::mem::replace(&mut work.dry, true);
    let found = work.select(*create.query, "CREATE_VIEW");
    work.dry = dry;
    let mut found = found?;
    found.effect = Effect::CreateView {
        table,
        query: text,
        fields: std::mem::take(&mut found.fields),
        replace: create.or_replace,
        if_not_exists: create.if_not_exists,
    };
    Ok(found)
}

fn alter(work: &Work<'_>, name: &ObjectName, operations: Vec<AlterTableOperation>) -> Result<Done, Failure> {
    let table = named(work, name)?;
    let (mut added, mut dropped) = (Vec::new(), Vec::new());
    for operation in operations {
        match operation {
            AlterTableOperation::AddColumn { if_not_exists, column_def, .. } => {
                let field = field(&column_def)?;
                if field.required {
                    return Err(Failure::query(format!(
                        "Cannot add required column {} to an existing table",
                        field.name
                    )));
                }
                added.push((field, if_not_exists));
            }
            AlterTableOperation::DropColumn { column_names, if_exists, .. } => {
                dropped.extend(column_names.into_iter().map(|it| (it.value, if_exists)));
            }
            other => return Err(Failure::unsupported(format!("ALTER TABLE … {other}"))),
        }
    }
    let effect = Effect::AlterColumns { table, added, dropped };
    Ok(done("ALTER_TABLE", effect))
}

/// A query of how many rows a table has.
pub(super) fn counting(name: &ObjectName) -> Query {
    let all = call("count", vec![super::syntax::number(1)]);
    select(vec![item(all, "n")], vec![relation(table(name.clone(), None))], None::<Expr>)
}
