//! Fingerprints and encodings of bytes.

use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::{Function, bytes_of, def, text};
use crate::cell::Cell;

const EITHER: &str = "(STRING) BYTES; (BYTES) BYTES";
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("{it:02x}")).collect()
}

fn base32(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(5) {
        let mut block = [0_u8; 5];
        block[..chunk.len()].copy_from_slice(chunk);
        let bits = block.iter().fold(0_u64, |so_far, it| so_far << 8 | u64::from(*it));
        let used = (chunk.len() * 8).div_ceil(5);
        for at in 0..8 {
            let digit = (bits >> (35 - 5 * at)) & 31;
            out.push(if at < used { char::from(BASE32[digit as usize]) } else { '=' });
        }
    }
    out
}

fn from_base32(given: &str) -> Option<Vec<u8>> {
    let digits = given.trim_end_matches('=');
    let mut out = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for c in digits.bytes() {
        let digit = BASE32.iter().position(|it| *it == c.to_ascii_uppercase())?;
        bits = bits << 5 | u32::try_from(digit).ok()?;
        count += 5;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from(bits >> count & 0xff).ok()?);
            bits &= (1 << count) - 1;
        }
    }
    (bits == 0 && given.len().is_multiple_of(8)).then_some(out)
}

pub(super) fn all() -> Vec<Function> {
    let lenient = GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    vec![
        def("MD5", EITHER, |row, _| Ok(Cell::Bytes(Md5::digest(bytes_of(&row[0])).to_vec()))),
        def("SHA1", EITHER, |row, _| Ok(Cell::Bytes(Sha1::digest(bytes_of(&row[0])).to_vec()))),
        def("SHA256", EITHER, |row, _| Ok(Cell::Bytes(Sha256::digest(bytes_of(&row[0])).to_vec()))),
        def("SHA512", EITHER, |row, _| Ok(Cell::Bytes(Sha512::digest(bytes_of(&row[0])).to_vec()))),
        def("FARM_FINGERPRINT", "(STRING) INT64; (BYTES) INT64", |row, _| {
            Ok(Cell::Int(farmhash::fingerprint64(bytes_of(&row[0])).cast_signed()))
        }),
        def("TO_HEX", "(BYTES) STRING", |row, _| Ok(Cell::Text(hex(bytes_of(&row[0]))))),
        def("FROM_HEX", "(STRING) BYTES", |row, _| {
            let given = text(&row[0]);
            let padded = if given.len() % 2 == 1 { format!("0{given}") } else { given.to_owned() };
            let pair = |at: usize| {
                let pair = padded.get(at..at + 2).filter(|it| it.bytes().all(|it| it.is_ascii_hexdigit()))?;
                u8::from_str_radix(pair, 16).ok()
            };
            let bytes: Option<Vec<u8>> = (0..padded.len()).step_by(2).map(pair).collect();
            bytes
                .map(Cell::Bytes)
                .ok_or_else(|| format!("Failed to decode invalid hexadecimal string: {given}"))
        }),
        def("TO_BASE64", "(BYTES) STRING", |row, _| Ok(Cell::Text(STANDARD.encode(bytes_of(&row[0]))))),
        def("FROM_BASE64", "(STRING) BYTES", move |row, _| {
            let given: String = text(&row[0]).chars().filter(|it| !it.is_whitespace()).collect();
            lenient
                .decode(given)
                .map(Cell::Bytes)
                .map_err(|_| "Failed to decode invalid base64 string".to_owned())
        }),
        def("TO_BASE32", "(BYTES) STRING", |row, _| Ok(Cell::Text(base32(bytes_of(&row[0]))))),
        def("FROM_BASE32", "(STRING) BYTES", |row, _| {
            from_base32(text(&row[0]))
                .map(Cell::Bytes)
                .ok_or_else(|| "Failed to decode invalid base32 string".to_owned())
        }),
    ]
}
