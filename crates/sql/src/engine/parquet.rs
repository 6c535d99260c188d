//! Reads Parquet files into rows.

use ::arrow::array::ArrayRef;
use ::arrow::compute::cast;
use ::arrow::datatypes::DataType;
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::arrow;
use crate::cell::Cell;
use crate::types::Field;

/// The columns and the rows of a Parquet file.
///
/// # Errors
///
/// What is wrong with the file, for the caller to say of which.
pub fn read(content: Vec<u8>) -> Result<(Vec<Field>, Vec<Vec<Cell>>), String> {
    let builder =
        ParquetRecordBatchReaderBuilder::try_new(Bytes::from(content)).map_err(|it| it.to_string())?;
    let fields = builder
        .schema()
        .fields()
        .iter()
        .map(|it| Field {
            name: it.name().clone(),
            kind: arrow::kind(&plain(it.data_type())),
            required: !it.is_nullable(),
        })
        .collect();
    let mut rows = Vec::new();
    for batch in builder.build().map_err(|it| it.to_string())? {
        let batch = batch.map_err(|it| it.to_string())?;
        let mut columns = Vec::new();
        for column in batch.columns() {
            let home: ArrayRef = cast(column, &plain(column.data_type())).map_err(|it| it.to_string())?;
            columns.push(arrow::cells(&home).map_err(|it| it.to_string())?);
        }
        for at in 0..batch.num_rows() {
            rows.push(columns.iter().map(|it| it[at].clone()).collect());
        }
    }
    Ok((fields, rows))
}

/// The type with every large text made a plain one: here that would be JSON.
fn plain(data_type: &DataType) -> DataType {
    match data_type {
        DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        DataType::List(of) | DataType::LargeList(of) => {
            DataType::List(of.as_ref().clone().with_data_type(plain(of.data_type())).into())
        }
        DataType::Struct(fields) => DataType::Struct(
            fields.iter().map(|it| it.as_ref().clone().with_data_type(plain(it.data_type()))).collect(),
        ),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ::arrow::array::{Int64Array, LargeStringArray, RecordBatch};
    use ::arrow::datatypes::{Field as ArrowField, Schema};
    use parquet::arrow::ArrowWriter;

    use super::*;
    use crate::types::Type;

    #[test]
    fn a_file_is_read() {
        let schema = Arc::new(Schema::new(vec![
            ArrowField::new("Id", DataType::Int64, false),
            ArrowField::new("name", DataType::LargeUtf8, true),
        ]));
        let ids = Arc::new(Int64Array::from(vec![1, 2]));
        let names = Arc::new(LargeStringArray::from(vec![Some("a"), None]));
        let batch = RecordBatch::try_new(Arc::clone(&schema), vec![ids, names]).unwrap();
        let mut file = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut file, schema, None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        let (fields, rows) = read(file).unwrap();
        assert_eq!(
            (fields[0].name.as_str(), fields[0].required, &fields[1].kind),
            ("Id", true, &Type::String)
        );
        assert_eq!(rows, [[Cell::Int(1), Cell::Text("a".to_owned())], [Cell::Int(2), Cell::Null]]);
        assert!(read(b"no parquet".to_vec()).is_err());
    }
}
