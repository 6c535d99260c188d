//! How values are ordered, told apart and counted.

use std::cmp::Ordering;

use num_bigint::BigInt;

use crate::cell::Cell;
use crate::decimal;

/// A BIGNUMERIC in units of 10^-38.
pub fn big(text: &str) -> BigInt {
    decimal::unscaled(text).unwrap_or_default()
}

fn float_order(a: f64, b: f64) -> Ordering {
    match (a.is_nan(), b.is_nan()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
    }
}

/// The order of `ORDER BY`: nulls first, then NaN.
pub fn order(a: &Cell, b: &Cell) -> Ordering {
    match (a, b) {
        (Cell::Null, Cell::Null) => Ordering::Equal,
        (Cell::Null, _) => Ordering::Less,
        (_, Cell::Null) => Ordering::Greater,
        (Cell::Bool(a), Cell::Bool(b)) => a.cmp(b),
        (Cell::Int(a), Cell::Int(b)) => a.cmp(b),
        (Cell::Float(a), Cell::Float(b)) => float_order(*a, *b),
        (Cell::Numeric(a), Cell::Numeric(b)) => a.cmp(b),
        (Cell::BigNumeric(a), Cell::BigNumeric(b)) => big(a).cmp(&big(b)),
        (Cell::Text(a) | Cell::Json(a), Cell::Text(b) | Cell::Json(b)) => a.cmp(b),
        (Cell::Bytes(a), Cell::Bytes(b)) => a.cmp(b),
        (Cell::Date(a), Cell::Date(b)) => a.cmp(b),
        (Cell::Time(a), Cell::Time(b))
        | (Cell::Datetime(a), Cell::Datetime(b))
        | (Cell::Timestamp(a), Cell::Timestamp(b)) => a.cmp(b),
        (Cell::Interval(a), Cell::Interval(b)) => a.order().cmp(&b.order()),
        (Cell::Range(a), Cell::Range(b)) => {
            // An unbounded end is the last of all; an unbounded start, null, is the first anyway.
            order(&a.0, &b.0).then_with(|| match (&a.1, &b.1) {
                (Cell::Null, Cell::Null) => Ordering::Equal,
                (Cell::Null, _) => Ordering::Greater,
                (_, Cell::Null) => Ordering::Less,
                (a, b) => order(a, b),
            })
        }
        (Cell::Array(a), Cell::Array(b)) | (Cell::Struct(a), Cell::Struct(b)) => {
            let first = a.iter().zip(b).map(|(a, b)| order(a, b)).find(|it| it.is_ne());
            first.unwrap_or_else(|| a.len().cmp(&b.len()))
        }
        (_, _) => Ordering::Equal,
    }
}

/// `=` of SQL: unknown where a null decides.
pub fn equal(a: &Cell, b: &Cell) -> Option<bool> {
    match (a, b) {
        (Cell::Null, _) | (_, Cell::Null) => None,
        (Cell::Float(a), Cell::Float(b)) => Some(a == b),
        (Cell::Array(a), Cell::Array(b)) | (Cell::Struct(a), Cell::Struct(b)) => {
            if a.len() != b.len() {
                return Some(false);
            }
            let mut unknown = false;
            for (a, b) in a.iter().zip(b) {
                match equal(a, b) {
                    Some(true) => {}
                    Some(false) => return Some(false),
                    None => unknown = true,
                }
            }
            (!unknown).then_some(true)
        }
        (a, b) => Some(order(a, b).is_eq()),
    }
}

/// `<` and `>` of SQL: NaN is neither less nor greater than anything.
pub fn compare(a: &Cell, b: &Cell) -> Option<Option<Ordering>> {
    match (a, b) {
        (Cell::Null, _) | (_, Cell::Null) => None,
        (Cell::Float(a), Cell::Float(b)) => Some(a.partial_cmp(b)),
        (Cell::Array(a), Cell::Array(b)) => {
            for (a, b) in a.iter().zip(b) {
                match compare(a, b)? {
                    Some(Ordering::Equal) => {}
                    other => return Some(other),
                }
            }
            Some(Some(a.len().cmp(&b.len())))
        }
        (a, b) => Some(Some(order(a, b))),
    }
}

/// Bytes that are the same for values that group together.
pub fn encode(cell: &Cell, out: &mut Vec<u8>) {
    let bytes = |tag: u8, bytes: &[u8], out: &mut Vec<u8>| {
        out.push(tag);
        out.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        out.extend_from_slice(bytes);
    };
    match cell {
        Cell::Null => out.push(0),
        Cell::Bool(it) => out.extend_from_slice(&[1, u8::from(*it)]),
        Cell::Int(it) | Cell::Time(it) | Cell::Datetime(it) | Cell::Timestamp(it) => {
            out.push(2);
            out.extend_from_slice(&it.to_le_bytes());
        }
        Cell::Float(it) => {
            let plain = if it.is_nan() { f64::NAN } else { *it + 0.0 };
            let plain = if plain == 0.0 { 0.0 } else { plain };
            out.push(3);
            out.extend_from_slice(&plain.to_bits().to_le_bytes());
        }
        Cell::Numeric(it) => {
            out.push(4);
            out.extend_from_slice(&it.to_le_bytes());
        }
        Cell::Date(it) => {
            out.push(5);
            out.extend_from_slice(&it.to_le_bytes());
        }
        Cell::BigNumeric(it) => bytes(6, it.as_bytes(), out),
        Cell::Text(it) | Cell::Json(it) => bytes(7, it.as_bytes(), out),
        Cell::Bytes(it) => bytes(8, it, out),
        Cell::Interval(it) => {
            out.push(9);
            out.extend_from_slice(&it.order().to_le_bytes());
        }
        Cell::Range(it) => {
            out.push(10);
            encode(&it.0, out);
            encode(&it.1, out);
        }
        Cell::Array(items) | Cell::Struct(items) => {
            out.push(11);
            out.extend_from_slice(&(items.len() as u64).to_le_bytes());
            items.iter().for_each(|it| encode(it, out));
        }
    }
}

pub fn key(cells: &[Cell]) -> Vec<u8> {
    let mut out = Vec::with_capacity(cells.len() * 9);
    cells.iter().for_each(|it| encode(it, &mut out));
    out
}

/// About how many bytes of memory a value takes.
pub fn memory(cell: &Cell) -> usize {
    size_of::<Cell>()
        + match cell {
            Cell::Text(it) | Cell::Json(it) | Cell::BigNumeric(it) => it.len(),
            Cell::Bytes(it) => it.len(),
            Cell::Array(items) | Cell::Struct(items) => items.iter().map(memory).sum(),
            Cell::Range(_) => 2 * size_of::<Cell>(),
            _ => 0,
        }
}

pub fn memory_of(row: &[Cell]) -> usize {
    size_of::<Vec<Cell>>() + row.iter().map(memory).sum::<usize>()
}
