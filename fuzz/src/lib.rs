//! What must hold of rows, whatever file they were read from.

use serde_json::Value;
use values::cell::{Cell, Stamps};
use values::types::{Field, Type};

fn fits(cell: &Cell, kind: &Type) -> bool {
    match (cell, kind) {
        (Cell::Null, Type::Array(_)) => false,
        (Cell::Null, _)
        | (Cell::Bool(_), Type::Bool)
        | (Cell::Int(_), Type::Int64)
        | (Cell::Float(_), Type::Float64)
        | (Cell::Numeric(_), Type::Numeric)
        | (Cell::BigNumeric(_), Type::BigNumeric)
        | (Cell::Text(_), Type::String)
        | (Cell::Bytes(_), Type::Bytes)
        | (Cell::Date(_), Type::Date)
        | (Cell::Time(_), Type::Time)
        | (Cell::Datetime(_), Type::Datetime)
        | (Cell::Timestamp(_), Type::Timestamp)
        | (Cell::Interval(_), Type::Interval)
        | (Cell::Range(_), Type::Range(_)) => true,
        (Cell::Json(text), Type::Json) => serde_json::from_str::<Value>(text).is_ok(),
        (Cell::Array(cells), Type::Array(of)) => cells.iter().all(|it| !it.is_null() && fits(it, of)),
        (Cell::Struct(cells), Type::Struct(fields)) => {
            cells.len() == fields.len() && fields.iter().zip(cells).all(|(it, cell)| fits(cell, &it.kind))
        }
        (_, _) => false,
    }
}

/// Panics unless every row is of its columns' types, and is read again as it is kept.
pub fn check_rows(fields: &[Field], rows: &[Vec<Cell>]) {
    for row in rows {
        assert_eq!(row.len(), fields.len());
        for (cell, field) in row.iter().zip(fields) {
            assert!(fits(cell, &field.kind), "{cell:?} is no {}", field.kind.sql());
            assert!(!(field.required && cell.is_null()), "{} is missing", field.name);
            // What is kept is what is read again, and both can be shown.
            let kept = Cell::read_stored(&cell.stored(&field.kind), &field.kind);
            assert_eq!(kept.text(), cell.text());
            let _ = cell.shown(Stamps::Float);
        }
    }
}
