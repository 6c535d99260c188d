//! Object container files.

use super::encode::{bytes, length};

/// An object container file: a schema and its encoded values, in one block, not compressed.
pub fn file(schema: &str, values: &[Vec<u8>], mark: [u8; 16]) -> Vec<u8> {
    let mut out = b"Obj\x01".to_vec();
    length(2, &mut out);
    for (key, value) in [("avro.codec", "null"), ("avro.schema", schema)] {
        bytes(key.as_bytes(), &mut out);
        bytes(value.as_bytes(), &mut out);
    }
    out.push(0);
    out.extend_from_slice(&mark);
    if !values.is_empty() {
        length(values.len(), &mut out);
        length(values.iter().map(Vec::len).sum(), &mut out);
        values.iter().for_each(|it| out.extend_from_slice(it));
        out.extend_from_slice(&mark);
    }
    out
}

/// Helps to write a record of known fields.
pub mod raw {
    use super::super::encode;

    pub fn text(value: &str, out: &mut Vec<u8>) {
        encode::bytes(value.as_bytes(), out);
    }

    pub fn bytes(value: &[u8], out: &mut Vec<u8>) {
        encode::bytes(value, out);
    }

    pub fn long(value: i64, out: &mut Vec<u8>) {
        encode::long(value, out);
    }

    pub fn map<'a>(entries: impl ExactSizeIterator<Item = (&'a str, &'a str)>, out: &mut Vec<u8>) {
        if entries.len() > 0 {
            encode::length(entries.len(), out);
        }
        for (key, value) in entries {
            text(key, out);
            text(value, out);
        }
        out.push(0);
    }
}
