//! What the statements that change tables have in common.

use datafusion::sql::sqlparser::ast::{AssignmentTarget, ObjectName};

use super::failure::Failure;
use super::syntax::parts;
use super::{Work, statements};
use crate::cell::Cell;

/// The column that an assignment is to.
pub(super) fn assigned(target: &AssignmentTarget) -> Result<String, Failure> {
    match target {
        AssignmentTarget::ColumnName(name) => match parts(name).as_slice() {
            [column] => Ok(column.clone()),
            [_, column] => Ok(column.clone()),
            _ => Err(Failure::unsupported("assignments to fields of a struct")),
        },
        AssignmentTarget::Tuple(_) => Err(Failure::unsupported("assignments to several columns at once")),
    }
}

/// How many rows a table has.
pub(super) fn count(work: &mut Work<'_>, name: &ObjectName) -> Result<u64, Failure> {
    let dry = std::mem::replace(&mut work.dry, false);
    let counted = work.select(statements::counting(name), "SELECT");
    work.dry = dry;
    Ok(match counted?.rows.first().and_then(|it| it.first()) {
        Some(Cell::Int(count)) => u64::try_from(*count).unwrap_or(0),
        Some(_) | None => 0,
    })
}
