//! Runs a plan: rows are handed from each part to the next, and only what must be kept is.

mod aggregates;
mod expressions;
mod joins;
mod sums;
mod windows;

use std::cell::{Cell as Shared, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use super::Limits;
use super::failure::{Failure, Reason};
use super::plan::{CtePlan, Direction, Plan, Row, X};
use super::syntax::ast::SetKind;
use super::tables::Segment;
use super::values;
use crate::cell::Cell;
use aggregates::State;

/// How often a recursive query may go round, as with BigQuery.
const MOST_ROUNDS: usize = 500;

/// Takes a row; answers whether more are wanted.
pub type Sink<'s> = dyn FnMut(&[Cell]) -> Result<bool, Failure> + 's;

/// The row that an expression is about, and those of the queries around.
#[derive(Clone, Copy)]
pub struct Env<'e> {
    pub row: &'e [Cell],
    pub up: Option<&'e Env<'e>>,
}

/// What a query that depends on nothing has yielded.
enum Kept {
    Rows(Rc<Vec<Row>>),
    /// The keys of its only column, and whether a null is among them.
    Keys(Rc<(HashSet<Vec<u8>>, bool)>),
}

pub struct Run<'a> {
    limits: &'a Limits,
    locals: RefCell<Vec<Cell>>,
    ctes: RefCell<HashMap<usize, Rc<Vec<Row>>>>,
    kept: RefCell<HashMap<usize, Kept>>,
    ticks: Shared<u32>,
    memory: Shared<usize>,
}

/// Memory that is in use until this is dropped.
pub struct Charge<'r> {
    used: &'r Shared<usize>,
    limit: usize,
    bytes: usize,
}

impl Charge<'_> {
    pub fn add(&mut self, bytes: usize) -> Result<(), Failure> {
        self.bytes += bytes;
        self.used.set(self.used.get() + bytes);
        if self.used.get() > self.limit {
            return Err(Failure::new(
                Reason::Resources,
                format!(
                    "Resources exceeded during query execution: The query could not be executed in the allotted memory of {} MB.",
                    self.limit >> 20
                ),
            ));
        }
        Ok(())
    }
}

impl Drop for Charge<'_> {
    fn drop(&mut self) {
        self.used.set(self.used.get().saturating_sub(self.bytes));
    }
}

/// Rows that are at hand.
pub enum Rows {
    Own(Vec<Row>),
    Shared(Rc<Vec<Row>>),
    Segments(Vec<Arc<Segment>>),
}

impl Rows {
    pub fn iter(&self) -> Box<dyn Iterator<Item = &[Cell]> + '_> {
        match self {
            Rows::Own(rows) => Box::new(rows.iter().map(Vec::as_slice)),
            Rows::Shared(rows) => Box::new(rows.iter().map(Vec::as_slice)),
            Rows::Segments(all) => Box::new(all.iter().flat_map(|it| it.rows.iter().map(Vec::as_slice))),
        }
    }
}

impl<'a> Run<'a> {
    pub fn new(limits: &'a Limits, locals: usize) -> Run<'a> {
        Run {
            limits,
            locals: RefCell::new(vec![Cell::Null; locals]),
            ctes: RefCell::default(),
            kept: RefCell::default(),
            ticks: Shared::new(0),
            memory: Shared::new(0),
        }
    }

    pub fn charge(&self) -> Charge<'_> {
        Charge { used: &self.memory, limit: self.limits.memory, bytes: 0 }
    }

    /// Looks now and then whether the query may go on.
    pub fn tick(&self) -> Result<(), Failure> {
        let ticks = self.ticks.get().wrapping_add(1);
        self.ticks.set(ticks);
        match ticks % 256 {
            0 => self.limits.check(),
            _ => Ok(()),
        }
    }

    /// All rows that a plan yields.
    pub fn collect(
        &self,
        plan: &Plan,
        up: Option<&Env<'_>>,
        charge: &mut Charge<'_>,
    ) -> Result<Vec<Row>, Failure> {
        let mut rows = Vec::new();
        self.run(plan, up, &mut |row| {
            charge.add(values::memory_of(row))?;
            rows.push(row.to_vec());
            Ok(true)
        })?;
        Ok(rows)
    }

    /// The rows of a plan, without copying those that are at hand anyway.
    pub fn rows(&self, plan: &Plan, up: Option<&Env<'_>>, charge: &mut Charge<'_>) -> Result<Rows, Failure> {
        match plan {
            Plan::Scan { segments, numbered: false, .. } => Ok(Rows::Segments(segments.clone())),
            Plan::Cte(id) => Ok(Rows::Shared(self.cte(*id)?)),
            other => self.collect(other, up, charge).map(Rows::Own),
        }
    }

    fn cte(&self, id: usize) -> Result<Rc<Vec<Row>>, Failure> {
        let found = self.ctes.borrow().get(&id).cloned();
        found.ok_or_else(|| Failure::internal("a name of WITH that was not run"))
    }

    /// Runs a plan; answers whether more rows are wanted.
    pub fn run(&self, plan: &Plan, up: Option<&Env<'_>>, sink: &mut Sink<'_>) -> Result<bool, Failure> {
        match plan {
            Plan::One => sink(&[]),
            Plan::Scan { segments, numbered, .. } => {
                let mut number = 0;
                let mut buffer = Vec::new();
                for row in segments.iter().flat_map(|it| &it.rows) {
                    self.tick()?;
                    let more = match numbered {
                        false => sink(row)?,
                        true => {
                            buffer.clear();
                            buffer.extend_from_slice(row);
                            buffer.push(Cell::Int(number));
                            number += 1;
                            sink(&buffer)?
                        }
                    };
                    if !more {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Plan::Filter(input, x) => self.run(input, up, &mut |row| {
                self.tick()?;
                match self.is_true(x, &Env { row, up })? {
                    true => sink(row),
                    false => Ok(true),
                }
            }),
            Plan::Project(input, all) => {
                let mut buffer = Vec::with_capacity(all.len());
                self.run(input, up, &mut |row| {
                    self.tick()?;
                    buffer.clear();
                    let env = Env { row, up };
                    for x in all {
                        buffer.push(self.eval(x, &env)?);
                    }
                    sink(&buffer)
                })
            }
            Plan::Join { kind, left, right, widths, equal, on } => {
                self.join(*kind, left, right, *widths, equal, on.as_ref(), up, sink)
            }
            Plan::Unnest { input, array, outer, on } => {
                self.unnest(input, array, *outer, on.as_ref(), up, sink)
            }
            Plan::Aggregate { input, keys, sets, calls } => {
                self.aggregate(input, keys, sets.as_deref(), calls, up, sink)
            }
            Plan::Window(input, calls) => self.window(input, calls, up, sink),
            Plan::Sort(input, keys) => self.sort(input, keys, up, sink),
            Plan::Limit(input, limit, offset) => self.limit(input, limit.as_ref(), offset.as_ref(), up, sink),
            Plan::Distinct(input) => {
                let mut charge = self.charge();
                let mut seen = HashSet::new();
                self.run(input, up, &mut |row| {
                    let key = values::key(row);
                    charge.add(key.len() + 64)?;
                    if seen.insert(key) { sink(row) } else { Ok(true) }
                })
            }
            Plan::Set { kind, all, items } => self.set(*kind, *all, items, up, sink),
            Plan::With(ctes, body) => {
                let mut charge = self.charge();
                for cte in ctes {
                    let rows = self.with(cte, up, &mut charge)?;
                    self.ctes.borrow_mut().insert(cte.id, Rc::new(rows));
                }
                let out = self.run(body, up, sink);
                for cte in ctes {
                    self.ctes.borrow_mut().remove(&cte.id);
                }
                out
            }
            Plan::Cte(id) => {
                let rows = self.cte(*id)?;
                for row in rows.iter() {
                    self.tick()?;
                    if !sink(row)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Plan::Number(input) => {
                let mut number = 0;
                let mut buffer = Vec::new();
                self.run(input, up, &mut |row| {
                    buffer.clear();
                    buffer.extend_from_slice(row);
                    buffer.push(Cell::Int(number));
                    number += 1;
                    sink(&buffer)
                })
            }
            Plan::Assert(input, x) => {
                self.run(input, up, &mut |row| match self.is_true(x, &Env { row, up })? {
                    true => sink(row),
                    false => Err(Failure::query("Assert failed")),
                })
            }
        }
    }

    fn with(
        &self,
        cte: &CtePlan,
        up: Option<&Env<'_>>,
        charge: &mut Charge<'_>,
    ) -> Result<Vec<Row>, Failure> {
        let Some((step, distinct)) = &cte.step else { return self.collect(&cte.plan, up, charge) };
        let mut seen = HashSet::new();
        let mut fresh = |rows: Vec<Row>| -> Vec<Row> {
            match distinct {
                true => rows.into_iter().filter(|it| seen.insert(values::key(it))).collect(),
                false => rows,
            }
        };
        let mut latest = fresh(self.collect(&cte.plan, up, charge)?);
        let mut all = latest.clone();
        let mut rounds = 0;
        while rounds == 0 || !latest.is_empty() {
            rounds += 1;
            if rounds > MOST_ROUNDS {
                return Err(Failure::query(format!(
                    "A recursive CTE has reached the maximum number of iterations: {MOST_ROUNDS}"
                )));
            }
            self.ctes.borrow_mut().insert(cte.id, Rc::new(latest));
            latest = fresh(self.collect(step, up, charge)?);
            all.extend(latest.iter().cloned());
        }
        Ok(all)
    }

    fn sort(
        &self,
        input: &Plan,
        keys: &[(X, Direction)],
        up: Option<&Env<'_>>,
        sink: &mut Sink<'_>,
    ) -> Result<bool, Failure> {
        let mut charge = self.charge();
        let mut rows: Vec<(Row, Row)> = Vec::new();
        self.run(input, up, &mut |row| {
            self.tick()?;
            let env = Env { row, up };
            let by = keys.iter().map(|it| self.eval(&it.0, &env)).collect::<Result<Row, _>>()?;
            charge.add(values::memory_of(row) + values::memory_of(&by))?;
            rows.push((by, row.to_vec()));
            Ok(true)
        })?;
        self.limits.check()?;
        let directions: Vec<Direction> = keys.iter().map(|it| it.1).collect();
        rows.sort_by(|a, b| ordering(&a.0, &b.0, &directions));
        self.limits.check()?;
        for (_, row) in &rows {
            if !sink(row)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn limit(
        &self,
        input: &Plan,
        limit: Option<&X>,
        offset: Option<&X>,
        up: Option<&Env<'_>>,
        sink: &mut Sink<'_>,
    ) -> Result<bool, Failure> {
        let env = Env { row: &[], up };
        let number = |x: Option<&X>, what: &str| -> Result<Option<u64>, Failure> {
            match x.map(|it| self.eval(it, &env)).transpose()? {
                None => Ok(None),
                Some(Cell::Int(it)) if it >= 0 => Ok(u64::try_from(it).ok()),
                Some(_) => Err(Failure::query(format!("{what} requires a non-negative, non-NULL integer"))),
            }
        };
        let mut skip = number(offset, "OFFSET")?.unwrap_or(0);
        let mut left = number(limit, "LIMIT")?.unwrap_or(u64::MAX);
        if left == 0 {
            return Ok(true);
        }
        let mut wanted = true;
        self.run(input, up, &mut |row| {
            if skip > 0 {
                skip -= 1;
                return Ok(true);
            }
            left -= 1;
            wanted = sink(row)?;
            Ok(wanted && left > 0)
        })?;
        Ok(wanted)
    }

    fn set(
        &self,
        kind: SetKind,
        all: bool,
        items: &[Plan],
        up: Option<&Env<'_>>,
        sink: &mut Sink<'_>,
    ) -> Result<bool, Failure> {
        let mut charge = self.charge();
        let mut seen = HashSet::new();
        if kind == SetKind::Union {
            for item in items {
                let more = self.run(item, up, &mut |row| {
                    self.tick()?;
                    if all {
                        return sink(row);
                    }
                    let key = values::key(row);
                    charge.add(key.len() + 64)?;
                    if seen.insert(key) { sink(row) } else { Ok(true) }
                })?;
                if !more {
                    return Ok(false);
                }
            }
            return Ok(true);
        }
        let Some((first, others)) = items.split_first() else { return Ok(true) };
        let mut sets = Vec::new();
        for other in others {
            let mut keys = HashSet::new();
            self.run(other, up, &mut |row| {
                let key = values::key(row);
                charge.add(key.len() + 64)?;
                keys.insert(key);
                Ok(true)
            })?;
            sets.push(keys);
        }
        self.run(first, up, &mut |row| {
            self.tick()?;
            let key = values::key(row);
            let stays = match kind {
                SetKind::Intersect => sets.iter().all(|it| it.contains(&key)),
                _ => !sets.iter().any(|it| it.contains(&key)),
            };
            if !stays || seen.contains(&key) {
                return Ok(true);
            }
            charge.add(key.len() + 64)?;
            seen.insert(key);
            sink(row)
        })
    }

    fn aggregate(
        &self,
        input: &Plan,
        keys: &[X],
        sets: Option<&[Vec<bool>]>,
        calls: &[super::plan::AggregateCall],
        up: Option<&Env<'_>>,
        sink: &mut Sink<'_>,
    ) -> Result<bool, Failure> {
        let mut charge = self.charge();
        let whole = [vec![true; keys.len()]];
        let all_sets: &[Vec<bool>] = sets.unwrap_or(&whole);
        let mut groups: HashMap<Vec<u8>, usize> = HashMap::new();
        let mut states: Vec<(Row, Vec<State<'_>>, usize)> = Vec::new();
        let start =
            |set: usize| calls.iter().map(|it| State::new(it, Some(&all_sets[set]))).collect::<Vec<_>>();
        // A set of nothing is one group even of no rows.
        for (at, set) in all_sets.iter().enumerate() {
            if set.iter().all(|it| !it) {
                let mut key = at.to_le_bytes().to_vec();
                let row = vec![Cell::Null; keys.len()];
                values::encode(&Cell::Struct(row.clone()), &mut key);
                if keys.is_empty() || sets.is_some() {
                    groups.insert(key, states.len());
                    states.push((row, start(at), at));
                }
            }
        }
        self.run(input, up, &mut |row| {
            self.tick()?;
            let env = Env { row, up };
            let cells = keys.iter().map(|it| self.eval(it, &env)).collect::<Result<Row, _>>()?;
            for (at, set) in all_sets.iter().enumerate() {
                let masked: Row = cells
                    .iter()
                    .zip(set)
                    .map(|(cell, is)| if *is { cell.clone() } else { Cell::Null })
                    .collect();
                let mut key = at.to_le_bytes().to_vec();
                values::encode(&Cell::Struct(masked.clone()), &mut key);
                let group = match groups.get(&key) {
                    Some(group) => *group,
                    None => {
                        charge.add(2 * key.len() + values::memory_of(&masked) + calls.len() * 128)?;
                        groups.insert(key, states.len());
                        states.push((masked, start(at), at));
                        states.len() - 1
                    }
                };
                for state in &mut states[group].1 {
                    charge.add(state.add(self, &env)?)?;
                }
            }
            Ok(true)
        })?;
        for (mut row, states, _) in states {
            self.tick()?;
            for state in states {
                row.push(state.finish(self, up)?);
            }
            if !sink(&row)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The order of two rows of keys.
pub fn ordering(a: &[Cell], b: &[Cell], directions: &[Direction]) -> std::cmp::Ordering {
    for ((a, b), direction) in a.iter().zip(b).zip(directions) {
        let order = match (a.is_null(), b.is_null()) {
            (true, true) => std::cmp::Ordering::Equal,
            (true, false) if direction.nulls_first => std::cmp::Ordering::Less,
            (true, false) => std::cmp::Ordering::Greater,
            (false, true) if direction.nulls_first => std::cmp::Ordering::Greater,
            (false, true) => std::cmp::Ordering::Less,
            (false, false) if direction.descending => values::order(b, a),
            (false, false) => values::order(a, b),
        };
        if order.is_ne() {
            return order;
        }
    }
    std::cmp::Ordering::Equal
}
