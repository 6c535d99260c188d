//! Arrow's arrays, which Parquet files are read into, as cells.

use std::sync::Arc;

use ::arrow::array::{Array, ArrayRef, AsArray, NullArray};
use ::arrow::compute::cast;
use ::arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Decimal256Type, Field as ArrowField, Fields, Float64Type,
    Int64Type, Time64MicrosecondType, TimeUnit, TimestampMicrosecondType, i256,
};
use ::arrow::error::ArrowError;

use crate::cell::Cell;
use crate::decimal;
use crate::types::{Field, Type};

/// Arrow's name of UTC in the type of timestamps.
const UTC: &str = "UTC";

/// Arrow's type of ours.
pub fn data_type(kind: &Type) -> DataType {
    match kind {
        Type::Bool => DataType::Boolean,
        Type::Int64 => DataType::Int64,
        Type::Float64 => DataType::Float64,
        Type::Numeric => DataType::Decimal128(38, 9),
        Type::BigNumeric => DataType::Decimal256(76, 38),
        Type::String | Type::Geography | Type::Interval | Type::Range(_) => DataType::Utf8,
        Type::Bytes => DataType::Binary,
        Type::Date => DataType::Date32,
        Type::Time => DataType::Time64(TimeUnit::Microsecond),
        Type::Datetime => DataType::Timestamp(TimeUnit::Microsecond, None),
        Type::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some(UTC.into())),
        Type::Json => DataType::LargeUtf8,
        Type::Struct(fields) => DataType::Struct(struct_fields(fields)),
        Type::Array(of) => DataType::List(item(of)),
    }
}

fn item(of: &Type) -> Arc<ArrowField> {
    Arc::new(ArrowField::new_list_field(data_type(of), true))
}

fn struct_fields(fields: &[Field]) -> Fields {
    let each = |it: &Field| ArrowField::new(&it.name, data_type(&it.kind), true);
    fields.iter().map(each).collect()
}

/// Our type of Arrow's; one that BigQuery does not have is the nearest.
pub fn kind(data_type: &DataType) -> Type {
    match data_type {
        DataType::Boolean => Type::Bool,
        DataType::Float16 | DataType::Float32 | DataType::Float64 => Type::Float64,
        DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) => Type::Numeric,
        DataType::Decimal256(..) => Type::BigNumeric,
        DataType::Utf8 | DataType::Utf8View => Type::String,
        DataType::LargeUtf8 => Type::Json,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            Type::Bytes
        }
        DataType::Date32 | DataType::Date64 => Type::Date,
        DataType::Time32(_) | DataType::Time64(_) => Type::Time,
        DataType::Timestamp(_, None) => Type::Datetime,
        DataType::Timestamp(_, Some(_)) => Type::Timestamp,
        DataType::Struct(fields) => {
            Type::Struct(fields.iter().map(|it| Field::new(it.name(), kind(it.data_type()))).collect())
        }
        DataType::List(of) | DataType::LargeList(of) | DataType::FixedSizeList(of, _) => {
            Type::Array(Box::new(kind(of.data_type())))
        }
        DataType::Dictionary(_, of) => kind(of),
        _ => Type::Int64,
    }
}

/// A value of Arrow's decimals as text.
fn show_big(value: i256, scale: i8) -> String {
    let text = value.to_string();
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |it| ("-", it));
    let scale = usize::from(scale.unsigned_abs());
    let digits = format!("{digits:0>width$}", width = scale + 1);
    let at = digits.len() - scale;
    let shown = format!("{sign}{}.{}", &digits[..at], &digits[at..]);
    decimal::big(&shown).unwrap_or(shown)
}

/// The cells of an array.
pub fn cells(array: &ArrayRef) -> Result<Vec<Cell>, ArrowError> {
    let wanted = kind(array.data_type());
    if array.as_any().is::<NullArray>() {
        return Ok(vec![Cell::Null; array.len()]);
    }
    // A file may have a kin of our type: one cast brings it home.
    let home = match (&wanted, array.data_type()) {
        (Type::Numeric, DataType::Decimal128(_, _)) => None,
        (Type::BigNumeric, DataType::Decimal256(_, _)) => None,
        (Type::Array(_), DataType::List(_)) | (Type::Struct(_), DataType::Struct(_)) => None,
        (wanted, have) if data_type(wanted) != *have => Some(cast(array, &data_type(wanted))?),
        (_, _) => None,
    };
    let array = home.as_ref().unwrap_or(array);
    macro_rules! primitive {
        ($type:ty, $make:expr) => {
            array.as_primitive::<$type>().iter().map(|it| it.map_or(Cell::Null, $make)).collect()
        };
    }
    Ok(match &wanted {
        Type::Bool => array.as_boolean().iter().map(|it| it.map_or(Cell::Null, Cell::Bool)).collect(),
        Type::Int64 => primitive!(Int64Type, Cell::Int),
        Type::Float64 => primitive!(Float64Type, Cell::Float),
        Type::Numeric => {
            let DataType::Decimal128(_, scale) = array.data_type() else { return Ok(Vec::new()) };
            let scale = *scale;
            let read = |it: i128| {
                decimal::numeric(&show_big(i256::from_i128(it), scale)).map_or(Cell::Null, Cell::Numeric)
            };
            match scale {
                9 => primitive!(Decimal128Type, Cell::Numeric),
                _ => primitive!(Decimal128Type, read),
            }
        }
        Type::BigNumeric => {
            let DataType::Decimal256(_, scale) = array.data_type() else { return Ok(Vec::new()) };
            let scale = *scale;
            primitive!(Decimal256Type, |it| Cell::BigNumeric(show_big(it, scale)))
        }
        Type::String | Type::Geography | Type::Interval | Type::Range(_) => array
            .as_string::<i32>()
            .iter()
            .map(|it| it.map_or(Cell::Null, |it| Cell::Text(it.to_owned())))
            .collect(),
        Type::Json => array
            .as_string::<i64>()
            .iter()
            .map(|it| it.map_or(Cell::Null, |it| Cell::Json(it.to_owned())))
            .collect(),
        Type::Bytes => array
            .as_binary::<i32>()
            .iter()
            .map(|it| it.map_or(Cell::Null, |it| Cell::Bytes(it.to_vec())))
            .collect(),
        Type::Date => primitive!(Date32Type, Cell::Date),
        Type::Time => primitive!(Time64MicrosecondType, Cell::Time),
        Type::Datetime => primitive!(TimestampMicrosecondType, Cell::Datetime),
        Type::Timestamp => primitive!(TimestampMicrosecondType, Cell::Timestamp),
        Type::Struct(_) => {
            let inner = array.as_struct();
            let columns = inner.columns().iter().map(cells).collect::<Result<Vec<_>, _>>()?;
            (0..inner.len())
                .map(|row| match inner.is_null(row) {
                    true => Cell::Null,
                    false => Cell::Struct(columns.iter().map(|it| it[row].clone()).collect()),
                })
                .collect()
        }
        Type::Array(_) => {
            let lists = array.as_list::<i32>();
            let mut out = Vec::with_capacity(lists.len());
            for row in 0..lists.len() {
                out.push(match lists.is_null(row) {
                    true => Cell::Null,
                    false => Cell::Array(cells(&lists.value(row))?),
                });
            }
            out
        }
    })
}
