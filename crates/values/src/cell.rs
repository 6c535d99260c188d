//! One value: as it is kept, as the API sends it, and as SQL writes it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::civil;
use crate::decimal;
use crate::interval::Interval;
use crate::types::{Field, Type};

/// One value of a row. Its type is told beside it: a struct's field names are the type's.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// In units of 10^-9.
    Numeric(i128),
    BigNumeric(String),
    Text(String),
    Bytes(Vec<u8>),
    /// Days since 1970.
    Date(i32),
    /// Microseconds of the day.
    Time(i64),
    /// Microseconds since 1970, of no zone.
    Datetime(i64),
    /// Microseconds since 1970 in UTC.
    Timestamp(i64),
    /// JSON's text, without spaces.
    Json(String),
    Interval(Interval),
    /// Its start and the end that it excludes; null is unbounded.
    Range(Box<(Cell, Cell)>),
    Array(Vec<Cell>),
    Struct(Vec<Cell>),
}

/// How the API shows timestamps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stamps {
    /// `1.746606314E9`, seconds.
    #[default]
    Float,
    /// Microseconds.
    Micros,
    /// `2025-05-07T08:38:34Z`.
    Iso,
}

/// A float as Java writes it, which is how BigQuery does: `1.0`, `1.5E9`, `NaN`.
pub fn show_float(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let size = value.abs();
    if value == 0.0 || (1e-3..1e7).contains(&size) {
        let text = value.to_string();
        return if text.contains('.') { text } else { format!("{text}.0") };
    }
    let text = format!("{value:E}");
    match text.split_once('E') {
        Some((mantissa, exponent)) if !mantissa.contains('.') => format!("{mantissa}.0E{exponent}"),
        Some(_) | None => text,
    }
}

fn show_seconds(micros: i64) -> String {
    // Sixteen digits are what a float keeps of a time of these centuries: exact to the microsecond.
    show_float(micros as f64 / 1e6)
}

impl Cell {
    pub fn is_null(&self) -> bool {
        matches!(self, Cell::Null)
    }

    /// The JSON in which rows are kept. Struct fields and columns that are null are left out.
    pub fn stored(&self, kind: &Type) -> Value {
        match (self, kind) {
            (Cell::Null, _) => Value::Null,
            (Cell::Bool(it), _) => json!(it),
            (Cell::Int(it), _) => json!(it),
            (Cell::Float(it), _) if it.is_finite() => json!(it),
            (Cell::Float(it), _) => json!(show_float(*it)),
            (Cell::Array(items), Type::Array(of)) => items.iter().map(|it| it.stored(of)).collect(),
            (Cell::Struct(cells), Type::Struct(fields)) => Value::Object(stored_row(fields, cells)),
            (Cell::Timestamp(it) | Cell::Datetime(it) | Cell::Time(it), _) => json!(it),
            (Cell::Date(it), _) => json!(it),
            (other, _) => json!(other.text()),
        }
    }

    /// Reads what [`Cell::stored`] wrote; what does not fit the type any more is null.
    pub fn read_stored(value: &Value, kind: &Type) -> Cell {
        let read = match (kind, value) {
            (Type::Array(_), Value::Null) => Some(Cell::Array(Vec::new())),
            (_, Value::Null) => Some(Cell::Null),
            (Type::Bool, it) => it.as_bool().map(Cell::Bool),
            (Type::Int64, it) => it.as_i64().map(Cell::Int),
            (Type::Float64, it) => {
                it.as_f64().or_else(|| it.as_str().and_then(|it| it.parse().ok())).map(Cell::Float)
            }
            (Type::Date, it) => it.as_i64().and_then(|it| i32::try_from(it).ok()).map(Cell::Date),
            (Type::Time, it) => it.as_i64().map(Cell::Time),
            (Type::Datetime, it) => it.as_i64().map(Cell::Datetime),
            (Type::Timestamp, it) => it.as_i64().map(Cell::Timestamp),
            (Type::Array(of), it) => it
                .as_array()
                .map(|items| Cell::Array(items.iter().map(|it| Cell::read_stored(it, of)).collect())),
            (Type::Struct(fields), it) => it.as_object().map(|it| Cell::Struct(read_row(fields, it))),
            (kind, Value::String(it)) => match kind {
                Type::Numeric => decimal::numeric(it).map(Cell::Numeric),
                Type::BigNumeric => Some(Cell::BigNumeric(it.clone())),
                Type::Bytes => STANDARD.decode(it).ok().map(Cell::Bytes),
                Type::Json => Some(Cell::Json(it.clone())),
                Type::Interval => Interval::parse(it).map(Cell::Interval),
                Type::Range(of) => Cell::read_range(it, of),
                _ => Some(Cell::Text(it.clone())),
            },
            (_, _) => None,
        };
        read.unwrap_or(Cell::Null)
    }

    fn range_bound(&self) -> String {
        match self {
            Cell::Null => "UNBOUNDED".to_owned(),
            Cell::Datetime(it) => civil::show_datetime(*it, ' '),
            Cell::Timestamp(it) => format!("{}+00", civil::show_datetime(*it, ' ')),
            other => other.text(),
        }
    }

    /// Reads `[2024-01-01, UNBOUNDED)`; `None` if it is no range, or one that ends before it starts.
    pub fn read_range(text: &str, of: &Type) -> Option<Cell> {
        let inner = text.trim().strip_prefix('[')?.strip_suffix(')')?;
        let (start, end) = inner.split_once(',')?;
        let bound = |text: &str| -> Option<Cell> {
            let text = text.trim();
            if text.eq_ignore_ascii_case("UNBOUNDED") || text.eq_ignore_ascii_case("NULL") {
                return Some(Cell::Null);
            }
            match of {
                Type::Date => civil::date(text).map(Cell::Date),
                Type::Datetime => civil::datetime(text).map(Cell::Datetime),
                Type::Timestamp => civil::timestamp(text).map(Cell::Timestamp),
                _ => None,
            }
        };
        let (start, end) = (bound(start)?, bound(end)?);
        let at = |it: &Cell| match it {
            Cell::Date(it) => Some(i64::from(*it)),
            Cell::Datetime(it) | Cell::Timestamp(it) => Some(*it),
            _ => None,
        };
        let ordered = at(&start).zip(at(&end)).is_none_or(|(a, b)| a < b);
        ordered.then(|| Cell::Range(Box::new((start, end))))
    }

    /// The text by which the API shows a scalar, and which SQL makes of it.
    pub fn text(&self) -> String {
        match self {
            Cell::Null => String::new(),
            Cell::Bool(it) => it.to_string(),
            Cell::Int(it) => it.to_string(),
            Cell::Float(it) => show_float(*it),
            Cell::Numeric(it) => decimal::show(*it),
            Cell::BigNumeric(it) | Cell::Text(it) | Cell::Json(it) => it.clone(),
            Cell::Bytes(it) => STANDARD.encode(it),
            Cell::Date(it) => civil::show_date(i64::from(*it)),
            Cell::Time(it) => civil::show_time(*it),
            Cell::Datetime(it) => civil::show_datetime(*it, 'T'),
            Cell::Timestamp(it) => format!("{}Z", civil::show_datetime(*it, 'T')),
            Cell::Interval(it) => it.show(),
            Cell::Range(it) => format!("[{}, {})", it.0.range_bound(), it.1.range_bound()),
            Cell::Array(_) | Cell::Struct(_) => String::new(),
        }
    }

    /// The `v` of the API: scalars as text, structs as `{f: […]}`, arrays as `[{v: …}]`.
    pub fn shown(&self, stamps: Stamps) -> Value {
        match self {
            Cell::Null => Value::Null,
            Cell::Timestamp(it) => json!(match stamps {
                Stamps::Float => show_seconds(*it),
                Stamps::Micros => it.to_string(),
                Stamps::Iso => self.text(),
            }),
            Cell::Array(items) => items.iter().map(|it| json!({"v": it.shown(stamps)})).collect(),
            Cell::Struct(cells) => shown_row(cells, stamps),
            other => json!(other.text()),
        }
    }

    /// How many logical bytes BigQuery counts for it.
    pub fn size(&self) -> u64 {
        match self {
            Cell::Null => 0,
            Cell::Bool(_) => 1,
            Cell::Int(_)
            | Cell::Float(_)
            | Cell::Date(_)
            | Cell::Time(_)
            | Cell::Datetime(_)
            | Cell::Timestamp(_) => 8,
            Cell::Numeric(_) | Cell::Interval(_) => 16,
            Cell::Range(_) => 16,
            Cell::BigNumeric(_) => 32,
            Cell::Text(it) | Cell::Json(it) => 2 + it.len() as u64,
            Cell::Bytes(it) => 2 + it.len() as u64,
            Cell::Array(cells) | Cell::Struct(cells) => cells.iter().map(Cell::size).sum(),
        }
    }
}

/// A row as the API shows it.
pub fn shown_row(cells: &[Cell], stamps: Stamps) -> Value {
    let fields: Vec<Value> = cells.iter().map(|it| json!({"v": it.shown(stamps)})).collect();
    json!({"f": fields})
}

/// A row as it is kept.
pub fn stored_row(fields: &[Field], cells: &[Cell]) -> Map<String, Value> {
    let named = fields.iter().zip(cells).filter(|(_, cell)| !cell.is_null());
    named.map(|(field, cell)| (field.name.clone(), cell.stored(&field.kind))).collect()
}

/// Reads a row that was kept; columns that came later are null.
pub fn read_row(fields: &[Field], row: &Map<String, Value>) -> Vec<Cell> {
    let value = |field: &Field| row.get(&field.name).unwrap_or(&Value::Null);
    fields.iter().map(|field| Cell::read_stored(value(field), &field.kind)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_as_java_writes_them() {
        for (value, want) in [
            (1.0, "1.0"),
            (1_746_606_314.0, "1.746606314E9"),
            (0.0001, "1.0E-4"),
            (123.25, "123.25"),
            (-0.5, "-0.5"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(show_float(value), want);
        }
    }

    #[test]
    fn rows_are_kept_as_they_were() {
        let fields = [
            Field::new("a", Type::Float64),
            Field::new("b", Type::Struct(vec![Field::new("c", Type::Array(Box::new(Type::Bytes)))])),
            Field::new("d", Type::Timestamp),
            Field::new("e", Type::Int64),
        ];
        let row = vec![
            Cell::Float(f64::INFINITY),
            Cell::Struct(vec![Cell::Array(vec![Cell::Bytes(vec![0, 255])])]),
            Cell::Timestamp(1_746_606_314_000_001),
            Cell::Null,
        ];
        let kept = stored_row(&fields, &row);
        assert_eq!(read_row(&fields, &kept), row);
        assert_eq!(
            shown_row(&row, Stamps::Float),
            json!({"f": [
                {"v": "Infinity"},
                {"v": {"f": [{"v": [{"v": "AP8="}]}]}},
                {"v": "1.746606314000001E9"},
                {"v": null}]})
        );
    }
}
