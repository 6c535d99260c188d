//! Binary to JSON.

use serde_json::{Map, Number, Value, json};

use super::{Names, Schema};

/// Reads a binary value that is all of its bytes.
pub fn decode_all(schema: &Schema, mut input: &[u8]) -> Result<Value, String> {
    let value = match schema {
        Schema::Root(schema, names) => decode(names, schema, &mut input)?,
        other => decode(&Names::new(), other, &mut input)?,
    };
    if input.is_empty() { Ok(value) } else { Err(format!("{} bytes are left over", input.len())) }
}

fn take<'a>(input: &mut &'a [u8], count: usize) -> Result<&'a [u8], String> {
    let (taken, rest) = input.split_at_checked(count).ok_or("the message ends too early")?;
    *input = rest;
    Ok(taken)
}

fn read_long(input: &mut &[u8]) -> Result<i64, String> {
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

fn read_bytes<'a>(input: &mut &'a [u8]) -> Result<&'a [u8], String> {
    let count = usize::try_from(read_long(input)?).map_err(|_| "a length is negative")?;
    take(input, count)
}

fn read_text(input: &mut &[u8]) -> Result<String, String> {
    String::from_utf8(read_bytes(input)?.to_vec()).map_err(|error| error.to_string())
}

fn number(value: f64) -> Value {
    Number::from_f64(value).map_or_else(|| json!(value.to_string()), Value::Number)
}

/// Calls for each item of the blocks of an array or a map.
fn blocks<'a>(
    input: &mut &'a [u8],
    mut each: impl FnMut(&mut &'a [u8]) -> Result<(), String>,
) -> Result<(), String> {
    loop {
        let count = read_long(input)?;
        if count == 0 {
            return Ok(());
        }
        if count < 0 {
            read_long(input)?;
        }
        for _ in 0..count.unsigned_abs() {
            each(input)?;
        }
    }
}

fn decode(names: &Names, schema: &Schema, input: &mut &[u8]) -> Result<Value, String> {
    let latin = |bytes: &[u8]| json!(bytes.iter().map(|it| char::from(*it)).collect::<String>());
    Ok(match schema {
        Schema::Root(inner, _) => decode(names, inner, input)?,
        Schema::Named(name) => decode(names, names.get(name).ok_or("unknown type")?, input)?,
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
                items.push(decode(names, item, input)?);
                Ok(())
            })?;
            Value::Array(items)
        }
        Schema::Map(item) => {
            let mut entries = Map::new();
            blocks(input, |input| {
                let key = read_text(input)?;
                entries.insert(key, decode(names, item, input)?);
                Ok(())
            })?;
            Value::Object(entries)
        }
        Schema::Union(options) => {
            let at = usize::try_from(read_long(input)?).unwrap_or(usize::MAX);
            let (name, schema) = options.get(at).ok_or("the union has no such option")?;
            match decode(names, schema, input)? {
                Value::Null => Value::Null,
                value => json!({ name: value }),
            }
        }
        Schema::Record(fields) => {
            let mut out = Map::new();
            for (name, schema) in fields {
                out.insert(
                    name.clone(),
                    decode(names, schema, input).map_err(|why| format!("{name}: {why}"))?,
                );
            }
            Value::Object(out)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::pubsub::avro::encode::long;

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
