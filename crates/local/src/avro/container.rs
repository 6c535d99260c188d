//! Reads object container files.

use std::io::Read;

use flate2::read::DeflateDecoder;
use serde_json::Value;

use super::decode::{blocks, read_bytes, read_long, read_text, take};
use super::{Schema, decode_each};

/// The most that one block may unpack to.
const LARGEST_BLOCK: u64 = 1 << 30;

/// A file: its schema, and its values in packed blocks.
pub(crate) struct Container<'a> {
    pub schema: Schema,
    codec: Codec,
    mark: &'a [u8],
    blocks: &'a [u8],
}

/// Why a file is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// It is not as Avro has it.
    Broken(String),
    /// It is packed in a way that we do not unpack.
    Codec(String),
}

impl From<String> for Unreadable {
    fn from(why: String) -> Unreadable {
        Unreadable::Broken(why)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Codec {
    Null,
    Deflate,
    Snappy,
    Zstandard,
}

impl<'a> Container<'a> {
    /// Reads a file's header.
    pub fn open(content: &'a [u8]) -> Result<Container<'a>, Unreadable> {
        let broken = |why: &str| Unreadable::Broken(why.to_owned());
        let mut input = content.strip_prefix(b"Obj\x01").ok_or_else(|| broken("it is no Avro file"))?;
        let (mut schema, mut codec) = (None, String::new());
        blocks(&mut input, |input| {
            let key = read_text(input)?;
            let value = read_bytes(input)?;
            match key.as_str() {
                "avro.schema" => schema = Some(String::from_utf8_lossy(value).into_owned()),
                "avro.codec" => codec = String::from_utf8_lossy(value).into_owned(),
                _ => {}
            }
            Ok(())
        })?;
        let mark = take(&mut input, 16)?;
        let schema = Schema::parse(&schema.ok_or_else(|| broken("its header has no avro.schema"))?)?;
        let codec = match codec.as_str() {
            "" | "null" => Codec::Null,
            "deflate" => Codec::Deflate,
            "snappy" => Codec::Snappy,
            "zstandard" => Codec::Zstandard,
            _ => return Err(Unreadable::Codec(codec)),
        };
        Ok(Container { schema, codec, mark, blocks: input })
    }

    /// Hands each value over; when the file breaks off, those that come before were handed over already.
    pub fn each(&self, mut each: impl FnMut(Value)) -> Result<(), String> {
        let mut input = self.blocks;
        while !input.is_empty() {
            let count = usize::try_from(read_long(&mut input)?).map_err(|_| "a count is negative")?;
            let packed = read_bytes(&mut input)?;
            if take(&mut input, 16)? != self.mark {
                return Err("a block does not end with the file's mark".to_owned());
            }
            let plain = self.codec.unpack(packed)?;
            decode_each(&self.schema, count, plain.as_deref().unwrap_or(packed), &mut each)?;
        }
        Ok(())
    }
}

impl Codec {
    /// The block as it was before it was packed; `None` if it was not.
    fn unpack(self, packed: &[u8]) -> Result<Option<Vec<u8>>, String> {
        match self {
            Codec::Null => Ok(None),
            Codec::Deflate => all_of(DeflateDecoder::new(packed)).map(Some),
            Codec::Zstandard => {
                let decoder = zstd::stream::read::Decoder::new(packed).map_err(|it| it.to_string())?;
                all_of(decoder).map(Some)
            }
            Codec::Snappy => {
                // A checksum of four bytes comes after.
                let packed =
                    packed.len().checked_sub(4).map(|it| &packed[..it]).ok_or("a block is too short")?;
                let length = snap::raw::decompress_len(packed).map_err(|it| it.to_string())?;
                if length as u64 > LARGEST_BLOCK {
                    return Err("a block is too large".to_owned());
                }
                snap::raw::Decoder::new().decompress_vec(packed).map(Some).map_err(|it| it.to_string())
            }
        }
    }
}

fn all_of(packed: impl Read) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    let read = packed.take(LARGEST_BLOCK + 1).read_to_end(&mut out).map_err(|it| it.to_string())?;
    if read as u64 > LARGEST_BLOCK { Err("a block is too large".to_owned()) } else { Ok(out) }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::avro::encode::{bytes, length};
    use crate::avro::{encode, file};

    fn read(content: &[u8]) -> Result<Vec<Value>, Unreadable> {
        let mut out = Vec::new();
        Container::open(content)?.each(|it| out.push(it))?;
        Ok(out)
    }

    fn packed(codec: &str, block: &[u8]) -> Vec<u8> {
        let mut out = b"Obj\x01".to_vec();
        length(2, &mut out);
        for (key, value) in [("avro.codec", codec), ("avro.schema", "\"string\"")] {
            bytes(key.as_bytes(), &mut out);
            bytes(value.as_bytes(), &mut out);
        }
        out.push(0);
        out.extend_from_slice(&[7; 16]);
        length(2, &mut out);
        bytes(block, &mut out);
        out.extend_from_slice(&[7; 16]);
        out
    }

    #[test]
    fn what_is_written_is_read() {
        let schema = Schema::parse("\"string\"").unwrap();
        let value = |text: &str| {
            let mut out = Vec::new();
            encode(&schema, &text.into(), &mut out).unwrap();
            out
        };
        let (a, b) = (value("a"), value("bc"));
        let want: Vec<Value> = vec!["a".into(), "bc".into()];
        let plain = file("\"string\"", &[a.clone(), b.clone()], [7; 16]);
        assert_eq!(read(&plain), Ok(want.clone()));

        let block = [a, b].concat();
        let mut deflated = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        deflated.write_all(&block).unwrap();
        assert_eq!(read(&packed("deflate", &deflated.finish().unwrap())), Ok(want.clone()));
        let mut snapped = snap::raw::Encoder::new().compress_vec(&block).unwrap();
        snapped.extend_from_slice(&[0; 4]);
        assert_eq!(read(&packed("snappy", &snapped)), Ok(want.clone()));
        assert_eq!(read(&packed("zstandard", &zstd::encode_all(&block[..], 1).unwrap())), Ok(want));
        assert_eq!(read(&packed("bzip2", &block)), Err(Unreadable::Codec("bzip2".to_owned())));
    }

    #[test]
    fn what_is_broken_is_told() {
        let good = packed("null", &[2, b'a', 4, b'b', b'c']);
        assert!(read(&good).is_ok());
        for end in 0..good.len() - 1 {
            // Cut off between the header and the first block, it is a file without values.
            let cut = read(&good[..end]);
            assert!(cut.is_err() || cut == Ok(Vec::new()), "{end}");
        }
        for (at, byte) in good.iter().enumerate() {
            let mut other = good.clone();
            other[at] = byte ^ 0x55;
            let _ = read(&other);
        }
    }

    #[test]
    fn a_schema_without_end_and_items_without_bytes_end() {
        let endless =
            Schema::parse(r#"{"type": "record", "name": "A", "fields": [{"name": "a", "type": "A"}]}"#);
        assert!(crate::avro::decode_all(&endless.unwrap(), &[]).unwrap_err().contains("nested too deep"));
        let nulls = Schema::parse(r#"{"type": "array", "items": "null"}"#).unwrap();
        let mut many = Vec::new();
        crate::avro::encode::long(i64::MAX, &mut many);
        assert!(crate::avro::decode_all(&nulls, &many).unwrap_err().contains("too many items"));
        let none = Schema::parse(r#""null""#).unwrap();
        assert!(decode_each(&none, usize::MAX, &[], drop).is_err());
    }
}
