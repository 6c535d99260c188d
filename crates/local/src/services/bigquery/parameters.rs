//! Query parameters, as the API sends them.

use serde_json::Value;
use values::cell::Cell;
use values::engine::Parameter;
use values::input::text_value;
use values::types::{Field, Type};

use crate::error::Refusal;

/// Every parameter of a query; positional ones have no name.
pub(super) fn read(given: &Value) -> Result<Vec<Parameter>, Refusal> {
    given.as_array().into_iter().flatten().map(parameter).collect()
}

fn parameter(given: &Value) -> Result<Parameter, Refusal> {
    let name = given["name"].as_str().unwrap_or_default().to_owned();
    let kind = kind(&given["parameterType"], &name)?;
    let value = value(&given["parameterValue"], &kind).map_err(|message| {
        Refusal::invalid(format!("Invalid value for query parameter '{name}': {message}")).reason("invalid")
    })?;
    Ok(Parameter { name, kind, value })
}

fn kind(given: &Value, name: &str) -> Result<Type, Refusal> {
    match given["type"].as_str().map(str::to_uppercase).as_deref() {
        Some("ARRAY") => Ok(Type::Array(Box::new(kind(&given["arrayType"], name)?))),
        Some("STRUCT" | "RECORD") => {
            let mut fields = Vec::new();
            for each in given["structTypes"].as_array().into_iter().flatten() {
                let field = each["name"].as_str().unwrap_or_default();
                fields.push(Field::new(field, kind(&each["type"], name)?));
            }
            Ok(Type::Struct(fields))
        }
        Some(plain) => Type::named(plain).ok_or_else(|| {
            Refusal::invalid(format!("Invalid query parameter type: {plain}")).reason("invalid")
        }),
        None => Err(Refusal::invalid(format!("Missing type of query parameter '{name}'")).reason("invalid")),
    }
}

fn value(given: &Value, kind: &Type) -> Result<Cell, String> {
    match kind {
        Type::Array(of) => {
            let items = given["arrayValues"].as_array().into_iter().flatten();
            Ok(Cell::Array(items.map(|it| value(it, of)).collect::<Result<_, _>>()?))
        }
        Type::Struct(fields) => {
            let each = fields.iter().map(|it| value(&given["structValues"][it.name.as_str()], &it.kind));
            Ok(Cell::Struct(each.collect::<Result<_, _>>()?))
        }
        plain => match &given["value"] {
            Value::Null => Ok(Cell::Null),
            Value::String(text) => text_value(text, plain),
            other => text_value(&other.to_string(), plain),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn parameters_of_all_shapes() {
        let given = json!([
            {"name": "at", "parameterType": {"type": "TIMESTAMP"}, "parameterValue": {"value": "1970-01-01 00:00:01+00:00"}},
            {"name": "l", "parameterType": {"type": "ARRAY", "arrayType": {"type": "INT64"}},
             "parameterValue": {"arrayValues": [{"value": "1"}, {"value": "2"}]}},
            {"name": "s", "parameterType": {"type": "STRUCT", "structTypes": [{"name": "x", "type": {"type": "STRING"}}]},
             "parameterValue": {"structValues": {"x": {"value": "y"}}}},
        ]);
        let read = read(&given).unwrap();
        assert_eq!(read[0].value, Cell::Timestamp(1_000_000));
        assert_eq!(read[1].value, Cell::Array(vec![Cell::Int(1), Cell::Int(2)]));
        assert_eq!(read[2].value, Cell::Struct(vec![Cell::Text("y".to_owned())]));
        let wrong =
            json!([{"name": "n", "parameterType": {"type": "INT64"}, "parameterValue": {"value": "x"}}]);
        assert!(super::read(&wrong).is_err());
    }
}
