//! JSON to binary.

use serde_json::Value;

use super::{Names, Schema};

pub(super) fn long(value: i64, out: &mut Vec<u8>) {
    let mut zigzag = (value << 1).cast_unsigned() ^ (value >> 63).cast_unsigned();
    while zigzag >= 0x80 {
        out.push((zigzag & 0x7f) as u8 | 0x80);
        zigzag >>= 7;
    }
    out.push(zigzag as u8);
}

pub(super) fn length(value: usize, out: &mut Vec<u8>) {
    long(i64::try_from(value).unwrap_or(i64::MAX), out);
}

pub(super) fn bytes(value: &[u8], out: &mut Vec<u8>) {
    length(value.len(), out);
    out.extend_from_slice(value);
}

/// Bytes in JSON are characters below 256.
fn latin(text: &str) -> Result<Vec<u8>, String> {
    text.chars().map(|c| u8::try_from(u32::from(c)).map_err(|_| format!("{c} is no byte"))).collect()
}

/// Appends a value in Avro's JSON form as binary; says what does not fit.
pub fn encode(schema: &Schema, value: &Value, out: &mut Vec<u8>) -> Result<(), String> {
    match schema {
        Schema::Root(schema, names) => encode_in(names, schema, value, out),
        other => encode_in(&Names::new(), other, value, out),
    }
}

fn encode_in(names: &Names, schema: &Schema, value: &Value, out: &mut Vec<u8>) -> Result<(), String> {
    let wrong = |want: &str| format!("expected {want}, got {value}");
    match schema {
        Schema::Root(inner, _) => encode_in(names, inner, value, out)?,
        Schema::Named(name) => encode_in(names, names.get(name).ok_or("unknown type")?, value, out)?,
        Schema::Meant(_, inner) => encode_in(names, inner, value, out)?,
        Schema::Null => value.is_null().then_some(()).ok_or_else(|| wrong("null"))?,
        Schema::Boolean => out.push(u8::from(value.as_bool().ok_or_else(|| wrong("boolean"))?)),
        Schema::Int => {
            let number = value.as_i64().and_then(|it| i32::try_from(it).ok());
            long(number.ok_or_else(|| wrong("int"))?.into(), out);
        }
        Schema::Long => long(value.as_i64().ok_or_else(|| wrong("long"))?, out),
        Schema::Float => {
            out.extend_from_slice(&(value.as_f64().ok_or_else(|| wrong("float"))? as f32).to_le_bytes());
        }
        Schema::Double => {
            out.extend_from_slice(&value.as_f64().ok_or_else(|| wrong("double"))?.to_le_bytes());
        }
        Schema::Bytes => bytes(&latin(value.as_str().ok_or_else(|| wrong("bytes"))?)?, out),
        Schema::String => bytes(value.as_str().ok_or_else(|| wrong("string"))?.as_bytes(), out),
        Schema::Fixed(size) => {
            let content = latin(value.as_str().ok_or_else(|| wrong("fixed"))?)?;
            if content.len() != *size {
                return Err(wrong(&format!("{size} bytes")));
            }
            out.extend(content);
        }
        Schema::Enum(symbols) => {
            let at = symbols.iter().position(|it| Some(it.as_str()) == value.as_str());
            length(at.ok_or_else(|| wrong("a symbol of the enum"))?, out);
        }
        Schema::Array(item) => {
            let items = value.as_array().ok_or_else(|| wrong("array"))?;
            if !items.is_empty() {
                length(items.len(), out);
            }
            items.iter().try_for_each(|it| encode_in(names, item, it, out))?;
            out.push(0);
        }
        Schema::Map(item) => {
            let entries = value.as_object().ok_or_else(|| wrong("map"))?;
            if !entries.is_empty() {
                length(entries.len(), out);
            }
            for (key, it) in entries {
                bytes(key.as_bytes(), out);
                encode_in(names, item, it, out)?;
            }
            out.push(0);
        }
        Schema::Union(options) => encode_option(names, options, value, out)?,
        Schema::Record(fields) => {
            let given = value.as_object().ok_or_else(|| wrong("record"))?;
            if let Some(name) = given.keys().find(|it| !fields.iter().any(|(name, _)| name == *it)) {
                return Err(format!("unknown field {name}"));
            }
            for (name, schema) in fields {
                let value = given.get(name).ok_or_else(|| format!("field {name} is missing"))?;
                encode_in(names, schema, value, out).map_err(|why| format!("{name}: {why}"))?;
            }
        }
    }
    Ok(())
}

/// An option of a union is null, or an object whose only key names the option.
fn encode_option(
    names: &Names,
    options: &[(String, Schema)],
    value: &Value,
    out: &mut Vec<u8>,
) -> Result<(), String> {
    let (wanted, value) = match value {
        Value::Null => ("null", value),
        Value::Object(fields) if fields.len() == 1 => {
            let Some((name, inner)) = fields.iter().next() else { return Err("an empty option".to_owned()) };
            (name.as_str(), inner)
        }
        other => return Err(format!("expected an option of the union by its name, got {other}")),
    };
    let at = options.iter().position(|(name, _)| name == wanted || name.ends_with(&format!(".{wanted}")));
    let at = at.ok_or_else(|| format!("the union has no option {wanted}"))?;
    length(at, out);
    encode_in(names, &options[at].1, value, out)
}
