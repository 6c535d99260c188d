//! Avro files: their columns as BigQuery has them, and their values as rows.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use values::cell::Cell;
use values::civil::{self, FIRST, LAST};
use values::decimal;
use values::input::text_value;
use values::types::{Field, Type};

use super::files::{Bad, File, Reading, Rows, in_file, same};
use crate::avro::{Container, Meaning, Schema, Unreadable};

/// How deep records nest: BigQuery takes 15.
const DEEPEST: usize = 15;

/// Reads files that say their columns themselves.
///
/// # Errors
///
/// The codec of a file that we cannot unpack.
pub(super) fn read(files: &[File], how: &Reading) -> Result<Rows, String> {
    let mut out = Rows::default();
    for file in files {
        let mut bad = |why: &str| {
            let message = in_file(&format!("The Apache Avro library failed to read data: {why}"), &file.uri);
            out.bad.push(Bad { uri: file.uri.clone(), message });
        };
        let container = match Container::open(&file.content) {
            Ok(container) => container,
            Err(Unreadable::Codec(codec)) => return Err(codec),
            Err(Unreadable::Broken(why)) => {
                bad(&why);
                continue;
            }
        };
        let reader = Reader::of(&container.schema, how.logical);
        let fields = match reader.columns() {
            Ok(fields) if out.fields.is_empty() || same(&out.fields, &fields) => fields,
            Ok(_) => {
                bad("the file has other columns than the first one");
                continue;
            }
            Err(why) => {
                bad(&why);
                continue;
            }
        };
        let (mut rows, mut wrong, mut number) = (Vec::new(), Vec::new(), 0);
        let ended = container.each(|value| {
            number += 1;
            match reader.row(&value) {
                Ok(cells) => rows.push(cells),
                Err(why) => wrong.push(format!("row {number}: {why}")),
            }
        });
        wrong.iter().for_each(|why| bad(why));
        if let Err(why) = ended {
            bad(&format!("after row {number}: {why}"));
        }
        out.fields = fields;
        out.rows.extend(rows);
    }
    Ok(out)
}

/// A schema, and whether what its types stand for counts.
struct Reader<'a> {
    schema: &'a Schema,
    names: Option<&'a std::collections::BTreeMap<String, Schema>>,
    logical: bool,
}

impl<'a> Reader<'a> {
    fn of(schema: &'a Schema, logical: bool) -> Reader<'a> {
        match schema {
            Schema::Root(inner, names) => Reader { schema: inner, names: Some(names), logical },
            other => Reader { schema: other, names: None, logical },
        }
    }

    /// The type that a name stands for.
    fn named(&self, schema: &'a Schema) -> Result<&'a Schema, String> {
        match schema {
            Schema::Named(name) => {
                self.names.and_then(|it| it.get(name)).ok_or_else(|| format!("unknown type {name}"))
            }
            other => Ok(other),
        }
    }

    fn columns(&self) -> Result<Vec<Field>, String> {
        match self.kind(self.schema, 0)? {
            Type::Struct(fields) => Ok(fields),
            _ => Err("the file's schema is not a record".to_owned()),
        }
    }

    fn row(&self, value: &Value) -> Result<Vec<Cell>, String> {
        match self.cell(self.schema, value)? {
            Cell::Struct(cells) => Ok(cells),
            _ => Err("it is not a record".to_owned()),
        }
    }

    fn kind(&self, schema: &'a Schema, depth: usize) -> Result<Type, String> {
        if depth > DEEPEST {
            return Err(format!("records are nested deeper than {DEEPEST}"));
        }
        Ok(match self.named(schema)? {
            Schema::Boolean => Type::Bool,
            Schema::Int | Schema::Long => Type::Int64,
            Schema::Float | Schema::Double => Type::Float64,
            Schema::Bytes | Schema::Fixed(_) => Type::Bytes,
            Schema::Null | Schema::String | Schema::Enum(_) => Type::String,
            Schema::Meant(Meaning::Json, _) => Type::Json,
            Schema::Meant(meaning, _) if self.logical => match meaning {
                Meaning::Date => Type::Date,
                Meaning::TimeMillis | Meaning::TimeMicros => Type::Time,
                Meaning::TimestampMillis | Meaning::TimestampMicros => Type::Timestamp,
                Meaning::LocalMillis | Meaning::LocalMicros => Type::Datetime,
                Meaning::Decimal(scale) if *scale <= 9 => Type::Numeric,
                Meaning::Decimal(_) => Type::BigNumeric,
                Meaning::Json => Type::Json,
            },
            Schema::Meant(_, inner) => self.kind(inner, depth + 1)?,
            Schema::Array(item) => Type::Array(Box::new(self.item(item, depth)?)),
            Schema::Map(item) => {
                let value = self.field("value", item, depth)?;
                let key = Field { required: true, ..Field::new("key", Type::String) };
                Type::Array(Box::new(Type::Struct(vec![key, value])))
            }
            Schema::Union(options) => match single(options) {
                Some(only) => self.kind(only, depth)?,
                None => {
                    let shown = options.iter().filter(|it| it.1 != Schema::Null);
                    let fields = shown.map(|(name, schema)| {
                        let field = self.field(&format!("{}_value", last(name)), schema, depth)?;
                        Ok(Field { required: false, ..field })
                    });
                    Type::Struct(fields.collect::<Result<_, String>>()?)
                }
            },
            Schema::Record(fields) => {
                let fields = fields.iter().map(|(name, schema)| self.field(name, schema, depth));
                Type::Struct(fields.collect::<Result<_, String>>()?)
            }
            Schema::Named(_) | Schema::Root(..) => return Err("a type refers to nothing".to_owned()),
        })
    }

    fn item(&self, schema: &'a Schema, depth: usize) -> Result<Type, String> {
        match self.kind(schema, depth + 1)? {
            Type::Array(_) => Err("an array of arrays has no type in BigQuery".to_owned()),
            kind => Ok(kind),
        }
    }

    fn field(&self, name: &str, schema: &'a Schema, depth: usize) -> Result<Field, String> {
        let kind = self.kind(schema, depth + 1).map_err(|why| format!("{name}: {why}"))?;
        let optional = match self.named(schema)? {
            Schema::Union(options) => options.iter().any(|it| it.1 == Schema::Null),
            Schema::Null => true,
            _ => matches!(kind, Type::Array(_)),
        };
        Ok(Field { required: !optional, ..Field::new(name, kind) })
    }

    /// The cell of a value in Avro's JSON form.
    fn cell(&self, schema: &'a Schema, value: &Value) -> Result<Cell, String> {
        let schema = self.named(schema)?;
        let odd = || format!("{value} does not fit its type");
        let whole = || value.as_i64().ok_or_else(odd);
        Ok(match schema {
            Schema::Null => Cell::Null,
            Schema::Boolean => Cell::Bool(value.as_bool().ok_or_else(odd)?),
            Schema::Int | Schema::Long => Cell::Int(whole()?),
            Schema::Float | Schema::Double => match value {
                // What JSON has no number for.
                Value::String(text) => Cell::Float(text.parse().map_err(|_| odd())?),
                other => Cell::Float(other.as_f64().ok_or_else(odd)?),
            },
            Schema::Bytes | Schema::Fixed(_) => Cell::Bytes(latin(value).ok_or_else(odd)?),
            Schema::String | Schema::Enum(_) => Cell::Text(value.as_str().ok_or_else(odd)?.to_owned()),
            Schema::Meant(Meaning::Json, _) => text_value(value.as_str().ok_or_else(odd)?, &Type::Json)?,
            Schema::Meant(meaning, _) if self.logical => match meaning {
                Meaning::Date => Cell::Date(day(whole()?).ok_or_else(odd)?),
                Meaning::TimeMillis => Cell::Time(of_day(whole()?.checked_mul(1000)).ok_or_else(odd)?),
                Meaning::TimeMicros => Cell::Time(of_day(value.as_i64()).ok_or_else(odd)?),
                Meaning::TimestampMillis => {
                    Cell::Timestamp(moment(whole()?.checked_mul(1000)).ok_or_else(odd)?)
                }
                Meaning::TimestampMicros => Cell::Timestamp(moment(value.as_i64()).ok_or_else(odd)?),
                Meaning::LocalMillis => Cell::Datetime(moment(whole()?.checked_mul(1000)).ok_or_else(odd)?),
                Meaning::LocalMicros => Cell::Datetime(moment(value.as_i64()).ok_or_else(odd)?),
                Meaning::Decimal(scale) => decimal_cell(&latin(value).ok_or_else(odd)?, *scale)?,
                Meaning::Json => return Err(odd()),
            },
            Schema::Meant(_, inner) => self.cell(inner, value)?,
            Schema::Array(item) => {
                let items = value.as_array().ok_or_else(odd)?;
                let cells = items.iter().map(|it| match self.cell(item, it)? {
                    Cell::Null => Err("an array holds a null".to_owned()),
                    cell => Ok(cell),
                });
                Cell::Array(cells.collect::<Result<_, String>>()?)
            }
            Schema::Map(item) => {
                let entries = value.as_object().ok_or_else(odd)?;
                let cells = entries
                    .iter()
                    .map(|(key, it)| Ok(Cell::Struct(vec![Cell::Text(key.clone()), self.cell(item, it)?])));
                Cell::Array(cells.collect::<Result<_, String>>()?)
            }
            Schema::Union(options) => {
                // The option's name and its value; null has no name.
                let given = value.as_object().and_then(|it| it.iter().next());
                match (single(options), given) {
                    (_, None) if value.is_null() => match self.kind(schema, 0)? {
                        Type::Array(_) => Cell::Array(Vec::new()),
                        _ => Cell::Null,
                    },
                    (Some(only), Some((_, inner))) => self.cell(only, inner)?,
                    (None, Some((name, inner))) => {
                        let shown = options.iter().filter(|it| it.1 != Schema::Null);
                        let cells = shown.map(|(own, schema)| match own == name {
                            true => self.cell(schema, inner),
                            false => Ok(Cell::Null),
                        });
                        Cell::Struct(cells.collect::<Result<_, String>>()?)
                    }
                    (_, None) => return Err(odd()),
                }
            }
            Schema::Record(fields) => {
                let given = value.as_object().ok_or_else(odd)?;
                let cells = fields.iter().map(|(name, schema)| {
                    let value = given.get(name).unwrap_or(&Value::Null);
                    self.cell(schema, value).map_err(|why| format!("{name}: {why}"))
                });
                Cell::Struct(cells.collect::<Result<_, String>>()?)
            }
            Schema::Named(_) | Schema::Root(..) => return Err(odd()),
        })
    }
}

/// The type of a union that is of one type or null.
fn single(options: &[(String, Schema)]) -> Option<&Schema> {
    let mut shown = options.iter().map(|it| &it.1).filter(|it| **it != Schema::Null);
    let first = shown.next()?;
    shown.next().is_none().then_some(first)
}

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// The bytes that JSON shows as characters below 256.
fn latin(value: &Value) -> Option<Vec<u8>> {
    value.as_str()?.chars().map(|it| u8::try_from(u32::from(it)).ok()).collect()
}

/// A day of the years 1 to 9999.
fn day(days: i64) -> Option<i32> {
    (FIRST / civil::DAY..=LAST / civil::DAY).contains(&days).then(|| i32::try_from(days).ok())?
}

fn of_day(micros: Option<i64>) -> Option<i64> {
    micros.filter(|it| (0..civil::DAY).contains(it))
}

fn moment(micros: Option<i64>) -> Option<i64> {
    micros.filter(|it| (FIRST..=LAST).contains(it))
}

/// A number of two's complement, the highest byte first, in units of 10^-scale.
fn decimal_cell(bytes: &[u8], scale: u32) -> Result<Cell, String> {
    let too_large = || format!("the decimal {} is too large", STANDARD.encode(bytes));
    // More bytes than ours are only a longer sign, or too many.
    let (sign, low) = bytes.split_at(bytes.len().saturating_sub(16));
    let negative = bytes.first().is_some_and(|it| it & 0x80 != 0);
    let fill = if negative { 0xff } else { 0 };
    let mut wide = [fill; 16];
    wide[16 - low.len()..].copy_from_slice(low);
    let units = i128::from_be_bytes(wide);
    if sign.iter().any(|it| *it != fill) || (units < 0) != negative {
        return Err(too_large());
    }
    let digits = format!("{:0>width$}", units.unsigned_abs(), width = scale as usize + 1);
    let (whole, part) = digits.split_at(digits.len() - scale as usize);
    let text = format!("{}{whole}.{part}", if negative { "-" } else { "" });
    let text = text.trim_end_matches('.');
    let cell = match scale {
        0..=9 => decimal::numeric(text).map(Cell::Numeric),
        _ => decimal::big(text).map(Cell::BigNumeric),
    };
    cell.ok_or_else(too_large)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::avro::{encode, file};
    use serde_json::json;

    fn load(schema: &Value, rows: &[Value], logical: bool) -> Rows {
        let text = schema.to_string();
        let parsed = Schema::parse(&text).unwrap();
        let encoded = rows.iter().map(|it| {
            let mut out = Vec::new();
            encode(&parsed, it, &mut out).unwrap();
            out
        });
        let content = file(&text, &encoded.collect::<Vec<_>>(), [1; 16]);
        let file = File { uri: "gs://b/f.avro".to_owned(), content };
        read(&[file], &Reading { logical, ..Reading::default() }).unwrap()
    }

    fn record(fields: Value) -> Value {
        json!({"type": "record", "name": "R", "fields": fields})
    }

    #[test]
    fn types_and_values() {
        let schema = record(json!([
            {"name": "id", "type": "string"},
            {"name": "n", "type": ["null", "long"]},
            {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
            {"name": "d", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
            {"name": "j", "type": ["null", {"type": "string", "sqlType": "JSON"}]},
            {"name": "l", "type": {"type": "array", "items": "int"}},
            {"name": "m", "type": {"type": "map", "values": "double"}},
            {"name": "u", "type": ["null", "int", "string"]},
            {"name": "e", "type": {"type": "enum", "name": "E", "symbols": ["A", "B"]}},
        ]));
        let row = json!({"id": "x", "n": {"long": 5}, "at": 1_746_606_314_000_i64, "d": "\u{ff}\u{38}",
            "j": {"string": "{\"a\": 1}"}, "l": [1, 2], "m": {"k": 1.5}, "u": {"string": "s"}, "e": "B"});
        let none = json!({"id": "y", "n": null, "at": 0, "d": "\u{1}", "j": null, "l": [], "m": {}, "u": null, "e": "A"});
        let read = load(&schema, &[row, none], true);
        assert!(read.bad.is_empty(), "{:?}", read.bad);
        let kinds: Vec<String> = read.fields.iter().map(|it| it.kind.sql()).collect();
        assert_eq!(
            kinds.join(" "),
            "STRING INT64 TIMESTAMP NUMERIC JSON ARRAY<INT64> ARRAY<STRUCT<key STRING, value FLOAT64>> \
             STRUCT<int_value INT64, string_value STRING> STRING"
        );
        assert_eq!(read.fields.iter().map(|it| it.required).filter(|it| *it).count(), 4);
        assert_eq!(
            read.rows[0][2..5],
            [
                Cell::Timestamp(1_746_606_314_000_000),
                Cell::Numeric(-2_000_000_000),
                Cell::Json("{\"a\":1}".to_owned())
            ]
        );
        assert_eq!(read.rows[0][7], Cell::Struct(vec![Cell::Null, Cell::Text("s".to_owned())]));
        assert_eq!(read.rows[1][1], Cell::Null);
        assert_eq!(load(&schema, &[], false).fields[2].kind, Type::Int64);
    }

    #[test]
    fn what_is_wrong_names_file_and_row() {
        let schema = record(json!([{"name": "j", "type": {"type": "string", "sqlType": "JSON"}}]));
        let read = load(&schema, &[json!({"j": "1"}), json!({"j": "{"})], false);
        assert_eq!((read.rows.len(), read.bad.len()), (1, 1));
        let said = &read.bad[0].message;
        assert!(said.contains("row 2: j: ") && said.ends_with("File: gs://b/f.avro"), "{said}");
        let endless = record(json!([{"name": "a", "type": ["null", "R"]}]));
        assert!(load(&endless, &[], false).bad[0].message.contains("nested deeper"));
    }

    #[test]
    fn decimals() {
        for (bytes, scale, want) in [
            (&[][..], 0, Some(Cell::Numeric(0))),
            (&[0x7b], 2, Some(Cell::Numeric(1_230_000_000))),
            (&[0xff], 1, Some(Cell::Numeric(-100_000_000))),
            (&[0xff; 20], 0, Some(Cell::Numeric(-1_000_000_000))),
            (&[1], 10, Some(Cell::BigNumeric("0.0000000001".to_owned()))),
            (&[1; 20], 0, None),
            (&[0x7f; 16], 0, None),
        ] {
            assert_eq!(decimal_cell(bytes, scale).ok(), want, "{bytes:?}");
        }
    }
}
