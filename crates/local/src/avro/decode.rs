//! Binary to JSON.

use serde_json::{Map, Number, Value, json};

use super::{Names, Schema};

/// How deep values nest: a schema that names itself could be followed until the stack is full.
const DEEPEST: usize = 100;
/// Items of arrays and maps that take no bytes, in one value: else a few bytes could fill the memory.
const MOST_EMPTY: u64 = 1_000_000;

/// Reads a binary value that is all of its bytes.
pub fn decode_all(schema: &Schema, mut input: &[u8]) -> Result<Value, String> {
    let value = decode_one(schema, &mut input)?;
    if input.is_empty() { Ok(value) } else { Err(format!("{} bytes are left over", input.len())) }
}

/// Reads so many binary values that are all of their bytes, and hands each over.
pub fn decode_each(
    schema: &Schema,
    count: usize,
    mut input: &[u8],
    mut each: impl FnMut(Value),
) -> Result<(), String> {
    let mut empty = 0;
    for _ in 0..count {
        let before = input.len();
        each(decode_one(schema, &mut input)?);
        empty += u64::from(input.len() == before);
        if empty > MOST_EMPTY {
            return Err("there are too many values without any bytes".to_owned());
        }
    }
    if input.is_empty() { Ok(()) } else { Err(format!("{} bytes are left over", input.len())) }
}

fn decode_one(schema: &Schema, input: &mut &[u8]) -> Result<Value, String> {
    match schema {
        Schema::Root(schema, names) => decode(names, schema, input, 0),
        other => decode(&Names::new(), other, input, 0),
    }
}

pub(super) fn take<'a>(input: &mut &'a [u8], count: usize) -> Result<&'a [u8], String> {
    let (taken, rest) = input.split_at_checked(count).ok_or("the message ends too early")?;
    *input = rest;
    Ok(taken)
}

pub(super) fn read_long(input: &mut &[u8]) -> Result<i64, String> {
    let mut zigzag: u64 = 0;
    for shift in (0..64).step_by(7) {
        let byte = take(input, 1)?[0];
        zigzag |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok((zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed());
        }
    }
    Err("a number is too long".to_owned())
}

pub(super) fn read_bytes<'a>(input: &mut &'a [u8]) -> Result<&'a [u8], String> {
    let count = usize::try_from(read_long(input)?).map_err(|_| "a length is negative")?;
    take(input, count)
}

pub(super) fn read_text(input: &mut &[u8]) -> Result<String, String> {
    String::from_utf8(read_bytes(input)?.to_vec()).map_err(|error| error.to_string())
}

fn number(value: f64) -> Value {
    Number::from_f64(value).map_or_else(|| json!(value.to_string()), Value::Number)
}

/// Calls for each item of the blocks of an array or a map.
pub(super) fn blocks<'a>(
    input: &mut &'a [u8],
    mut each: impl FnMut(&mut &'a [u8]) -> Result<(), String>,
) -> Result<(), String> {
    let mut empty = 0;
    loop {
        let count = read_long(input)?;
        if count == 0 {
            return Ok(());
        }
        if count < 0 {
            read_long(input)?;
        }
        for _ in 0..count.unsigned_abs() {
            let before = input.len();
            each(input)?;
            empty += u64::from(input.len() == before);
            if empty > MOST_EMPTY {
                return Err("there are too many items without any bytes".to_owned());
            }
        }
    }
}

fn decode(names: &Names, schema: &Schema, input: &mut &[u8], depth: usize) -> Result<Value, String> {
    if depth > DEEPEST {
        return Err("the value is nested too deep".to_owned());
    }
    let decode = |schema: &Schema, input: &mut &[u8]| decode(names, schema, input, depth + 1);
    let latin = |bytes: &[u8]| json!(bytes.iter().map(|it| char::from(*it)).collect::<String>());
    Ok(match schema {
        Schema::Root(inner, _) | Schema::Meant(_, inner) => decode(inner, input)?,
        Schema::Named(name) => decode(names.get(name).ok_or("unknown type")?, input)?,
        Schema::Null => Value::Null,
        Schema::Boolean => json!(take(input, 1)?[0] != 0),
        Schema::Int | Schema::Long => json!(read_long(input)?),
        Schema::Float => {
            let raw: [u8; 4] = take(input, 4)?.try_into().unwrap_or_default();
            number(f32::from_le_bytes(raw).into())
        }
        Schema::Double => {
            let raw: [u8; 8] = take(input, 8)?.try_into().unwrap_or_default();
            number(f64::from_le_bytes(raw))
        }
        Schema::Bytes => latin(read_bytes(input)?),
        Schema::String => json!(read_text(input)?),
        Schema::Fixed(size) => latin(take(input, *size)?),
        Schema::Enum(symbols) => {
            let at = usize::try_from(read_long(input)?).unwrap_or(usize::MAX);
            json!(symbols.get(at).ok_or("the enum has no such symbol")?)
        }
        Schema::Array(item) => {
            let mut items = Vec::new();
            blocks(input, |input| {
                items.push(decode(item, input)?);
                Ok(())
            })?;
            Value::Array(items)
        }
        Schema::Map(item) => {
            let mut entries = Map::new();
            blocks(input, |input| {
                let key = read_text(input)?;
                entries.insert(key, decode(item, input)?);
                Ok(())
            })?;
            Value::Object(entries)
        }
        Schema::Union(options) => {
            let at = usize::try_from(read_long(input)?).unwrap_or(usize::MAX);
            let (name, schema) = options.get(at).ok_or("the union has no such option")?;
            match decode(schema, input)? {
                Value::Null => Value::Null,
                value => json!({ name: value }),
            }
        }
        Schema::Record(fields) => {
            let mut out = Map::new();
            for (name, schema) in fields {
                out.insert(name.clone(), decode(schema, input).map_err(|why| format!("{name}: {why}"))?);
            }
            Value::Object(out)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::avro::encode::long;

    #[test]
    fn numbers() {
        for (value, want) in [(0, &[0][..]), (-1, &[1]), (1, &[2]), (-64, &[0x7f]), (64, &[0x80, 1])] {
            let mut out = Vec::new();
            long(value, &mut out);
            assert_eq!(out, want, "{value}");
            assert_eq!(read_long(&mut out.as_slice()), Ok(value));
        }
    }
}
