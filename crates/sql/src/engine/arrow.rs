//! Between cells and Arrow's arrays. JSON is Arrow's large text, which nothing else uses here.
//!
//! Columns' names are in lower case on Arrow's side, for BigQuery does not tell cases of names apart.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Decimal256Array,
    Float64Array, Int64Array, LargeStringArray, ListArray, NullArray, RecordBatch, StringArray, StructArray,
    Time64MicrosecondArray, TimestampMicrosecondArray,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Decimal256Type, Field as ArrowField, Fields, Float64Type,
    Int64Type, Schema, SchemaRef, Time64MicrosecondType, TimeUnit, TimestampMicrosecondType, i256,
};
use datafusion::arrow::error::ArrowError;

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
        Type::String | Type::Geography => DataType::Utf8,
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

/// The schema of a table.
pub fn schema(fields: &[Field]) -> SchemaRef {
    let column = |it: &Field| ArrowField::new(it.name.to_lowercase(), data_type(&it.kind), true);
    Arc::new(Schema::new(fields.iter().map(column).collect::<Fields>()))
}

fn nulls(cells: &[&Cell]) -> NullBuffer {
    cells.iter().map(|it| !it.is_null()).collect()
}

/// The array of cells of one type.
pub fn array(kind: &Type, cells: &[&Cell]) -> Result<ArrayRef, ArrowError> {
    macro_rules! collect {
        ($array:ty, $variant:path) => {
            Arc::new(
                cells
                    .iter()
                    .map(|it| match it {
                        $variant(value) => Some(value.clone()),
                        _ => None,
                    })
                    .collect::<$array>(),
            )
        };
    }
    macro_rules! texts {
        ($array:ty) => {
            Arc::new(
                cells
                    .iter()
                    .map(|it| match it {
                        Cell::Text(value) | Cell::Json(value) => Some(value.as_str()),
                        _ => None,
                    })
                    .collect::<$array>(),
            )
        };
    }
    Ok(match kind {
        Type::Bool => collect!(BooleanArray, Cell::Bool),
        Type::Int64 => collect!(Int64Array, Cell::Int),
        Type::Float64 => collect!(Float64Array, Cell::Float),
        Type::Numeric => {
            let values: Decimal128Array = collect_numeric(cells);
            Arc::new(values.with_precision_and_scale(38, 9)?)
        }
        Type::BigNumeric => {
            let values: Decimal256Array = cells.iter().map(|it| big(it)).collect();
            Arc::new(values.with_precision_and_scale(76, 38)?)
        }
        Type::String | Type::Geography => texts!(StringArray),
        Type::Json => texts!(LargeStringArray),
        Type::Bytes => {
            let bytes = |it: &&Cell| match it {
                Cell::Bytes(value) => Some(value.clone()),
                _ => None,
            };
            Arc::new(cells.iter().map(bytes).collect::<BinaryArray>())
        }
        Type::Date => collect!(Date32Array, Cell::Date),
        Type::Time => collect!(Time64MicrosecondArray, Cell::Time),
        Type::Datetime => collect!(TimestampMicrosecondArray, Cell::Datetime),
        Type::Timestamp => {
            let micros = |it: &&Cell| match it {
                Cell::Timestamp(value) => Some(*value),
                _ => None,
            };
            Arc::new(cells.iter().map(micros).collect::<TimestampMicrosecondArray>().with_timezone(UTC))
        }
        Type::Struct(fields) => {
            let null = Cell::Null;
            let mut columns = Vec::new();
            for (at, field) in fields.iter().enumerate() {
                let column: Vec<&Cell> = cells
                    .iter()
                    .map(|it| match it {
                        Cell::Struct(inner) => inner.get(at).unwrap_or(&null),
                        _ => &null,
                    })
                    .collect();
                columns.push(array(&field.kind, &column)?);
            }
            let names = struct_fields(fields);
            match names.is_empty() {
                true => Arc::new(StructArray::new_empty_fields(cells.len(), Some(nulls(cells)))),
                false => Arc::new(StructArray::try_new(names, columns, Some(nulls(cells)))?),
            }
        }
        Type::Array(of) => {
            let lists = cells.iter().map(|it| match it {
                Cell::Array(items) => items.as_slice(),
                _ => &[],
            });
            let offsets = OffsetBuffer::from_lengths(lists.clone().map(<[Cell]>::len));
            let items: Vec<&Cell> = lists.flatten().collect();
            Arc::new(ListArray::try_new(item(of), offsets, array(of, &items)?, Some(nulls(cells)))?)
        }
    })
}

fn collect_numeric(cells: &[&Cell]) -> Decimal128Array {
    let value = |it: &&Cell| match it {
        Cell::Numeric(value) => Some(*value),
        _ => None,
    };
    cells.iter().map(value).collect()
}

fn big(cell: &Cell) -> Option<i256> {
    let Cell::BigNumeric(text) = cell else { return None };
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    i256::from_string(&format!("{whole}{part:0<38}"))
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

/// A batch of rows.
pub fn batch(fields: &[Field], rows: &[Vec<Cell>]) -> Result<RecordBatch, ArrowError> {
    let null = Cell::Null;
    let mut columns = Vec::with_capacity(fields.len());
    for (at, field) in fields.iter().enumerate() {
        let column: Vec<&Cell> = rows.iter().map(|row| row.get(at).unwrap_or(&null)).collect();
        columns.push(array(&field.kind, &column)?);
    }
    let options = datafusion::arrow::array::RecordBatchOptions::new().with_row_count(Some(rows.len()));
    RecordBatch::try_new_with_options(schema(fields), columns, &options)
}

/// The cells of an array.
pub fn cells(array: &ArrayRef) -> Result<Vec<Cell>, ArrowError> {
    let wanted = kind(array.data_type());
    if array.as_any().is::<NullArray>() {
        return Ok(vec![Cell::Null; array.len()]);
    }
    // What DataFusion computes may come in a kin of our type: one cast brings it home.
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
        Type::String | Type::Geography => array
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

/// The rows of a batch.
pub fn rows(batch: &RecordBatch) -> Result<Vec<Vec<Cell>>, ArrowError> {
    let columns = batch.columns().iter().map(cells).collect::<Result<Vec<_>, _>>()?;
    let mut rows: Vec<Vec<Cell>> = (0..batch.num_rows()).map(|_| Vec::with_capacity(columns.len())).collect();
    for column in columns {
        for (row, cell) in rows.iter_mut().zip(column) {
            row.push(cell);
        }
    }
    Ok(rows)
}

/// How many logical bytes BigQuery counts for a column.
pub fn size(array: &ArrayRef) -> u64 {
    let present = (array.len() - array.null_count()) as u64;
    match kind(array.data_type()) {
        Type::Bool => present,
        Type::Int64 | Type::Float64 | Type::Date | Type::Time | Type::Datetime | Type::Timestamp => {
            8 * present
        }
        Type::Numeric => 16 * present,
        Type::BigNumeric => 32 * present,
        Type::String | Type::Geography => match array.as_string_opt::<i32>() {
            Some(texts) => 2 * present + texts.iter().flatten().map(|it| it.len() as u64).sum::<u64>(),
            None => 2 * present,
        },
        Type::Json => match array.as_string_opt::<i64>() {
            Some(texts) => 2 * present + texts.iter().flatten().map(|it| it.len() as u64).sum::<u64>(),
            None => 2 * present,
        },
        Type::Bytes => match array.as_binary_opt::<i32>() {
            Some(all) => 2 * present + all.iter().flatten().map(|it| it.len() as u64).sum::<u64>(),
            None => 2 * present,
        },
        Type::Struct(_) => array.as_struct_opt().map_or(0, |it| it.columns().iter().map(size).sum()),
        Type::Array(_) => array.as_list_opt::<i32>().map_or(0, |it| size(it.values())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_go_there_and_back() {
        let fields = [
            Field::new("A", Type::Numeric),
            Field::new("b", Type::BigNumeric),
            Field::new("c", Type::Array(Box::new(Type::Struct(vec![Field::new("d", Type::Json)])))),
            Field::new("e", Type::Timestamp),
        ];
        let table = vec![
            vec![
                Cell::Numeric(-1_500_000_000),
                Cell::BigNumeric("-0.25".to_owned()),
                Cell::Array(vec![Cell::Struct(vec![Cell::Json("{}".to_owned())]), Cell::Null]),
                Cell::Timestamp(5),
            ],
            vec![Cell::Null, Cell::Null, Cell::Array(Vec::new()), Cell::Null],
        ];
        let batch = batch(&fields, &table).unwrap();
        assert_eq!(rows(&batch).unwrap(), table);
        assert_eq!(batch.schema().field(0).name(), "a");
        assert_eq!(size(batch.column(2)), 4);
    }
}
