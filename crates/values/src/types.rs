//! Types of columns, read from and written as the API's `TableFieldSchema`.

use serde_json::{Value, json};

/// A type of BigQuery's SQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    Bool,
    Int64,
    Float64,
    Numeric,
    BigNumeric,
    String,
    Bytes,
    Date,
    Time,
    Datetime,
    Timestamp,
    Json,
    Geography,
    Interval,
    /// Of dates, datetimes or timestamps.
    Range(Box<Type>),
    Struct(Vec<Field>),
    Array(Box<Type>),
}

/// A column, or a field of a struct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub name: String,
    pub kind: Type,
    pub required: bool,
}

impl Type {
    /// The type that a name says, in SQL's spelling or the API's: `INT64`, `INTEGER`, `DECIMAL`.
    pub fn named(name: &str) -> Option<Type> {
        Some(match name.to_ascii_uppercase().as_str() {
            "BOOL" | "BOOLEAN" => Type::Bool,
            "INT64" | "INTEGER" | "INT" | "SMALLINT" | "BIGINT" | "TINYINT" | "BYTEINT" => Type::Int64,
            "FLOAT64" | "FLOAT" => Type::Float64,
            "NUMERIC" | "DECIMAL" => Type::Numeric,
            "BIGNUMERIC" | "BIGDECIMAL" => Type::BigNumeric,
            "STRING" => Type::String,
            "BYTES" => Type::Bytes,
            "DATE" => Type::Date,
            "TIME" => Type::Time,
            "DATETIME" => Type::Datetime,
            "TIMESTAMP" => Type::Timestamp,
            "JSON" => Type::Json,
            "GEOGRAPHY" => Type::Geography,
            "INTERVAL" => Type::Interval,
            _ => return None,
        })
    }

    /// SQL's spelling: `ARRAY<STRUCT<a INT64>>`.
    pub fn sql(&self) -> String {
        match self {
            Type::Struct(fields) => {
                let each = |it: &Field| match it.name.as_str() {
                    "" => it.kind.sql(),
                    name => format!("{name} {}", it.kind.sql()),
                };
                let inner: Vec<String> = fields.iter().map(each).collect();
                format!("STRUCT<{}>", inner.join(", "))
            }
            Type::Array(of) => format!("ARRAY<{}>", of.sql()),
            Type::Range(of) => format!("RANGE<{}>", of.sql()),
            Type::Int64 => "INT64".to_owned(),
            Type::Float64 => "FLOAT64".to_owned(),
            Type::Bool => "BOOL".to_owned(),
            plain => plain.api().to_owned(),
        }
    }

    /// The API's spelling: `INTEGER`.
    pub fn api(&self) -> &'static str {
        match self {
            Type::Bool => "BOOLEAN",
            Type::Int64 => "INTEGER",
            Type::Float64 => "FLOAT",
            Type::Numeric => "NUMERIC",
            Type::BigNumeric => "BIGNUMERIC",
            Type::String => "STRING",
            Type::Bytes => "BYTES",
            Type::Date => "DATE",
            Type::Time => "TIME",
            Type::Datetime => "DATETIME",
            Type::Timestamp => "TIMESTAMP",
            Type::Json => "JSON",
            Type::Geography => "GEOGRAPHY",
            Type::Interval => "INTERVAL",
            Type::Range(_) => "RANGE",
            Type::Struct(_) => "RECORD",
            Type::Array(of) => of.api(),
        }
    }
}

impl Type {
    /// Whether values of both are the same, whatever their fields are called.
    pub fn same(&self, other: &Type) -> bool {
        match (self, other) {
            (Type::Array(a), Type::Array(b)) | (Type::Range(a), Type::Range(b)) => a.same(b),
            (Type::Struct(a), Type::Struct(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.kind.same(&b.kind))
            }
            (a, b) => a == b,
        }
    }
}

impl Field {
    pub fn new(name: impl Into<String>, kind: Type) -> Field {
        Field { name: name.into(), kind, required: false }
    }

    /// The field that a `TableFieldSchema` describes; `None` if its type is not one we know.
    pub fn from_api(schema: &Value) -> Option<Field> {
        let name = schema["name"].as_str()?.to_owned();
        let spelled = schema["type"].as_str()?;
        let kind = match spelled.to_ascii_uppercase().as_str() {
            "RECORD" | "STRUCT" => Type::Struct(fields(&schema["fields"])),
            "RANGE" => Type::Range(Box::new(Type::named(schema["rangeElementType"]["type"].as_str()?)?)),
            other => Type::named(other)?,
        };
        let mode = schema["mode"].as_str().unwrap_or("NULLABLE").to_ascii_uppercase();
        let kind = if mode == "REPEATED" { Type::Array(Box::new(kind)) } else { kind };
        Some(Field { name, kind, required: mode == "REQUIRED" })
    }

    /// The `TableFieldSchema` of this field.
    pub fn to_api(&self) -> Value {
        let (mode, inner) = match &self.kind {
            Type::Array(of) => ("REPEATED", of.as_ref()),
            other => (if self.required { "REQUIRED" } else { "NULLABLE" }, other),
        };
        let mut schema = json!({"name": self.name, "type": inner.api(), "mode": mode});
        if let Type::Range(of) = inner {
            schema["rangeElementType"] = json!({"type": of.api()});
        }
        if let Type::Struct(fields) = inner {
            schema["fields"] = fields.iter().map(Field::to_api).collect();
        }
        schema
    }
}

/// The columns of a list of `TableFieldSchema`; those of types we do not know are left out.
pub fn fields(schema: &Value) -> Vec<Field> {
    schema.as_array().into_iter().flatten().filter_map(Field::from_api).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_go_there_and_back() {
        let schema = json!([
            {"name": "a", "type": "INTEGER", "mode": "REQUIRED"},
            {"name": "b", "type": "RECORD", "mode": "REPEATED", "fields": [
                {"name": "c", "type": "JSON", "mode": "NULLABLE"}]},
        ]);
        let read = fields(&schema);
        assert_eq!(read[1].kind.sql(), "ARRAY<STRUCT<c JSON>>");
        assert_eq!(read.iter().map(Field::to_api).collect::<Value>(), schema);
    }
}
