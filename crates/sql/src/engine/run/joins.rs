//! Joins, and rows with the elements of their arrays.

use std::collections::HashMap;

use super::super::failure::Failure;
use super::super::plan::{Join, Plan, X};
use super::super::values;
use super::{Env, Run, Sink};
use crate::cell::Cell;

/// The key by which rows are joined; `None` if it is equal to nothing.
fn key(cells: &[Cell]) -> Option<Vec<u8>> {
    fn equals(cell: &Cell) -> bool {
        match cell {
            Cell::Null => false,
            Cell::Float(it) => !it.is_nan(),
            Cell::Array(items) | Cell::Struct(items) => items.iter().all(equals),
            _ => true,
        }
    }
    cells.iter().all(equals).then(|| values::key(cells))
}

impl Run<'_> {
    fn keys(&self, all: &mut dyn Iterator<Item = &X>, env: &Env<'_>) -> Result<Option<Vec<u8>>, Failure> {
        let cells = all.map(|it| self.eval(it, env)).collect::<Result<Vec<_>, _>>()?;
        Ok(key(&cells))
    }

    #[allow(clippy::too_many_arguments, reason = "a join has as many parts")]
    pub(super) fn join(
        &self,
        kind: Join,
        left: &Plan,
        right: &Plan,
        widths: (usize, usize),
        equal: &[(X, X)],
        on: Option<&X>,
        up: Option<&Env<'_>>,
        sink: &mut Sink<'_>,
    ) -> Result<bool, Failure> {
        let mut charge = self.charge();
        let held = self.rows(right, up, &mut charge)?;
        let rows: Vec<&[Cell]> = held.iter().collect();
        charge.add(rows.len() * size_of::<&[Cell]>())?;
        let mut table: HashMap<Vec<u8>, Vec<usize>> = HashMap::new();
        if !equal.is_empty() {
            for (at, row) in rows.iter().enumerate() {
                self.tick()?;
                if let Some(key) = self.keys(&mut equal.iter().map(|it| &it.1), &Env { row, up })? {
                    charge.add(key.len() + 48)?;
                    table.entry(key).or_default().push(at);
                }
            }
        }
        let all: Vec<usize> = if equal.is_empty() { (0..rows.len()).collect() } else { Vec::new() };
        let none = Vec::new();
        let mut met = vec![false; if matches!(kind, Join::Right | Join::Full) { rows.len() } else { 0 }];
        let mut buffer: Vec<Cell> = Vec::with_capacity(widths.0 + widths.1);
        let more = self.run(left, up, &mut |row| {
            let env = Env { row, up };
            let candidates = match equal.is_empty() {
                true => &all,
                false => match self.keys(&mut equal.iter().map(|it| &it.0), &env)? {
                    Some(key) => table.get(&key).unwrap_or(&none),
                    None => &none,
                },
            };
            buffer.clear();
            buffer.extend_from_slice(row);
            let mut matched = false;
            for at in candidates {
                self.tick()?;
                buffer.truncate(widths.0);
                buffer.extend_from_slice(rows[*at]);
                if let Some(on) = on
                    && !self.is_true(on, &Env { row: &buffer, up })?
                {
                    continue;
                }
                matched = true;
                if let Some(met) = met.get_mut(*at) {
                    *met = true;
                }
                if !sink(&buffer)? {
                    return Ok(false);
                }
            }
            if !matched && matches!(kind, Join::Left | Join::Full) {
                buffer.truncate(widths.0);
                buffer.resize(widths.0 + widths.1, Cell::Null);
                return sink(&buffer);
            }
            Ok(true)
        })?;
        if !more {
            return Ok(false);
        }
        for (row, met) in rows.iter().zip(&met) {
            if *met {
                continue;
            }
            self.tick()?;
            buffer.clear();
            buffer.resize(widths.0, Cell::Null);
            buffer.extend_from_slice(row);
            if !sink(&buffer)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(super) fn unnest(
        &self,
        input: &Plan,
        array: &X,
        outer: bool,
        on: Option<&X>,
        up: Option<&Env<'_>>,
        sink: &mut Sink<'_>,
    ) -> Result<bool, Failure> {
        let mut buffer: Vec<Cell> = Vec::new();
        self.run(input, up, &mut |row| {
            let found = self.eval(array, &Env { row, up })?;
            let items = match found {
                Cell::Array(items) => items,
                _ => Vec::new(),
            };
            buffer.clear();
            buffer.extend_from_slice(row);
            let width = row.len();
            let mut matched = false;
            for (at, item) in items.into_iter().enumerate() {
                self.tick()?;
                buffer.truncate(width);
                buffer.push(item);
                buffer.push(Cell::Int(i64::try_from(at).unwrap_or(i64::MAX)));
                if let Some(on) = on
                    && !self.is_true(on, &Env { row: &buffer, up })?
                {
                    continue;
                }
                matched = true;
                if !sink(&buffer)? {
                    return Ok(false);
                }
            }
            if outer && !matched {
                buffer.truncate(width);
                buffer.push(Cell::Null);
                buffer.push(Cell::Null);
                return sink(&buffer);
            }
            Ok(true)
        })
    }
}
