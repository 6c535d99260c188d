//! Aggregates: what is gathered of rows, and what comes of it.

use std::collections::{HashMap, HashSet};

use super::super::failure::{Failure, Reason};
use super::super::functions::{add, divide, is_negative};
use super::super::plan::{AggregateCall, Direction, Row};
use super::super::values::{self};
use super::sums::{Moments, Sum, average_interval};
use super::{Env, Run, ordering};
use crate::cell::Cell;
use crate::types::Type;

/// What one aggregate has gathered in one group.
pub struct State<'p> {
    call: &'p AggregateCall,
    gathered: Gathered,
    distinct: HashSet<Vec<u8>>,
    /// Rows that wait for their order, with what they are ordered by.
    waiting: Vec<(Row, Row)>,
    /// The greatest or least of `HAVING`.
    best: Option<Cell>,
    /// Why a deferred aggregate has no value.
    error: Option<String>,
    /// Which of the group's keys count, for `GROUPING`.
    set: Option<&'p [bool]>,
}

/// What is gathered, by what is wanted.
enum Gathered {
    Count(i64),
    Sum(Sum),
    Average(Sum, i64),
    Extreme { best: Option<Cell>, greatest: bool },
    By { best: Option<(Cell, Cell)>, greatest: bool },
    Any(Option<Cell>),
    Array(Vec<Cell>),
    Text { out: Option<Vec<u8>>, text: bool },
    All(Option<bool>),
    Some(Option<bool>),
    Bits(Option<i64>, fn(i64, i64) -> i64),
    Moments(Moments),
    Values(Vec<Vec<Cell>>),
    Distinct(HashSet<Vec<u8>>),
    Grouping(i64),
}

fn gathered(call: &AggregateCall, set: Option<&[bool]>) -> Gathered {
    match call.name {
        "COUNT" | "COUNTIF" => Gathered::Count(0),
        "SUM" => Gathered::Sum(Sum::default()),
        "AVG" => Gathered::Average(Sum::default(), 0),
        "MAX" | "MIN" => Gathered::Extreme { best: None, greatest: call.name == "MAX" },
        "MAX_BY" | "MIN_BY" => Gathered::By { best: None, greatest: call.name == "MAX_BY" },
        "ANY_VALUE" => Gathered::Any(None),
        "ARRAY_AGG" | "ARRAY_CONCAT_AGG" => Gathered::Array(Vec::new()),
        "STRING_AGG" => Gathered::Text { out: None, text: call.returns == Type::String },
        "LOGICAL_AND" => Gathered::All(None),
        "LOGICAL_OR" => Gathered::Some(None),
        "BIT_AND" => Gathered::Bits(None, |a, b| a & b),
        "BIT_OR" => Gathered::Bits(None, |a, b| a | b),
        "BIT_XOR" => Gathered::Bits(None, |a, b| a ^ b),
        "APPROX_COUNT_DISTINCT" => Gathered::Distinct(HashSet::new()),
        "APPROX_QUANTILES" | "APPROX_TOP_COUNT" | "APPROX_TOP_SUM" => Gathered::Values(Vec::new()),
        "GROUPING" => {
            let which = match call.arguments.first() {
                Some(super::super::plan::X::Constant(Cell::Int(it))) => usize::try_from(*it).unwrap_or(0),
                _ => 0,
            };
            let in_set = set.and_then(|it| it.get(which)).copied().unwrap_or(true);
            Gathered::Grouping(i64::from(!in_set))
        }
        _ => Gathered::Moments(Moments::default()),
    }
}

impl<'p> State<'p> {
    pub fn new(call: &'p AggregateCall, set: Option<&'p [bool]>) -> State<'p> {
        State {
            call,
            gathered: gathered(call, set),
            distinct: HashSet::new(),
            waiting: Vec::new(),
            best: None,
            error: None,
            set,
        }
    }

    pub fn restart(&mut self) {
        *self = State::new(self.call, self.set);
    }

    /// Takes a row; answers how much memory that took.
    pub fn add(&mut self, run: &Run<'_>, env: &Env<'_>) -> Result<usize, Failure> {
        if !self.call.deferred {
            return self.gather(run, env);
        }
        if self.error.is_some() {
            return Ok(0);
        }
        match self.gather(run, env) {
            Err(failure) if failure.reason == Reason::Query => {
                self.error = Some(failure.message);
                Ok(0)
            }
            other => other,
        }
    }

    fn gather(&mut self, run: &Run<'_>, env: &Env<'_>) -> Result<usize, Failure> {
        if let Some(filter) = &self.call.filter
            && !run.is_true(filter, env)?
        {
            return Ok(0);
        }
        if matches!(self.gathered, Gathered::Grouping(_)) {
            return Ok(0);
        }
        let mut row = Vec::with_capacity(self.call.arguments.len());
        for x in &self.call.arguments {
            row.push(run.eval(x, env)?);
        }
        if let Some((greatest, by)) = &self.call.having {
            let by = run.eval(by, env)?;
            if by.is_null() {
                return Ok(0);
            }
            // Nothing is as great as NaN: where it is the greatest or least, no row counts.
            let nan = |it: &Cell| matches!(it, Cell::Float(it) if it.is_nan());
            if self.best.as_ref().is_some_and(nan) {
                return Ok(0);
            }
            if nan(&by) {
                self.gathered = gathered(self.call, self.set);
                self.distinct.clear();
                self.waiting.clear();
                self.best = Some(by);
                return Ok(0);
            }
            let order = match &self.best {
                None => std::cmp::Ordering::Greater,
                Some(best) if *greatest => values::order(&by, best),
                Some(best) => values::order(best, &by),
            };
            match order {
                std::cmp::Ordering::Less => return Ok(0),
                std::cmp::Ordering::Equal => {}
                std::cmp::Ordering::Greater => {
                    self.gathered = gathered(self.call, self.set);
                    self.distinct.clear();
                    self.waiting.clear();
                    self.best = Some(by);
                }
            }
        }
        if self.ignored(&row) {
            return Ok(0);
        }
        let mut taken = 0;
        if self.call.distinct {
            let key = values::key(&row[..1.min(row.len())]);
            taken += key.len() + 64;
            if !self.distinct.insert(key) {
                return Ok(0);
            }
        }
        let order = &self.call.order;
        if !order.is_empty() || self.call.limit.is_some() {
            let by = order.iter().map(|it| run.eval(&it.0, env)).collect::<Result<Row, _>>()?;
            taken += values::memory_of(&row) + values::memory_of(&by);
            self.waiting.push((by, row));
            return Ok(taken);
        }
        Ok(taken + self.take(row)?)
    }

    /// Whether a row does not count because of a null.
    fn ignored(&self, row: &[Cell]) -> bool {
        let null = row.first().is_some_and(Cell::is_null);
        match (self.call.name, self.call.ignore_nulls) {
            (_, Some(true)) => null,
            ("ARRAY_AGG" | "ANY_VALUE", _) => false,
            ("APPROX_QUANTILES", Some(false)) => false,
            ("APPROX_TOP_COUNT" | "APPROX_TOP_SUM", _) => false,
            ("MAX_BY" | "MIN_BY", _) => row.get(1).is_none_or(Cell::is_null),
            ("CORR" | "COVAR_POP" | "COVAR_SAMP", _) => row.iter().any(Cell::is_null),
            (_, _) => null,
        }
    }

    fn take(&mut self, mut row: Row) -> Result<usize, Failure> {
        let first = || Cell::Null;
        Ok(match &mut self.gathered {
            Gathered::Count(count) => {
                let counts = self.call.name != "COUNTIF" || row.first() == Some(&Cell::Bool(true));
                *count += i64::from(counts);
                0
            }
            Gathered::Sum(sum) => {
                sum.add(&row[0]);
                0
            }
            Gathered::Average(sum, count) => {
                sum.add(&row[0]);
                *count += 1;
                0
            }
            Gathered::Extreme { best, greatest } => {
                let cell = std::mem::replace(&mut row[0], first());
                // NaN wins over every number.
                let nan = |it: &Cell| matches!(it, Cell::Float(it) if it.is_nan());
                let better = match best {
                    None => true,
                    Some(best) if nan(best) => false,
                    Some(_) if nan(&cell) => true,
                    Some(best) if *greatest => values::order(&cell, best).is_gt(),
                    Some(best) => values::order(&cell, best).is_lt(),
                };
                if better {
                    *best = Some(cell);
                }
                0
            }
            Gathered::By { best, greatest } => {
                let by = row.pop().unwrap_or(Cell::Null);
                let better = match best {
                    None => true,
                    Some((_, best)) if *greatest => values::order(&by, best).is_gt(),
                    Some((_, best)) => values::order(&by, best).is_lt(),
                };
                if better {
                    *best = Some((row.pop().unwrap_or(Cell::Null), by));
                }
                0
            }
            Gathered::Any(any) => {
                let cell = std::mem::replace(&mut row[0], first());
                if any.as_ref().is_none_or(Cell::is_null) {
                    *any = Some(cell);
                }
                0
            }
            Gathered::Array(items) => {
                let cell = std::mem::replace(&mut row[0], first());
                let taken = values::memory(&cell);
                match (self.call.name, cell) {
                    ("ARRAY_CONCAT_AGG", Cell::Array(more)) => items.extend(more),
                    (_, cell) => items.push(cell),
                }
                taken
            }
            Gathered::Text { out, .. } => {
                let bytes = |it: &Cell| match it {
                    Cell::Text(it) => it.clone().into_bytes(),
                    Cell::Bytes(it) => it.clone(),
                    _ => Vec::new(),
                };
                let more = bytes(&row[0]);
                let between = row.get(1).map_or_else(|| b",".to_vec(), bytes);
                let taken = more.len() + between.len();
                match out {
                    None => *out = Some(more),
                    Some(out) => {
                        out.extend(between);
                        out.extend(more);
                        if out.len() > super::super::functions::LONGEST {
                            return Err(Failure::query(
                                "STRING_AGG: the result exceeds the maximum of 100MB",
                            ));
                        }
                    }
                }
                taken
            }
            Gathered::All(all) => {
                *all = Some(all.unwrap_or(true) && row[0] == Cell::Bool(true));
                0
            }
            Gathered::Some(any) => {
                *any = Some(any.unwrap_or(false) || row[0] == Cell::Bool(true));
                0
            }
            Gathered::Bits(bits, operator) => {
                if let Cell::Int(it) = row[0] {
                    *bits = Some(bits.map_or(it, |bits| operator(bits, it)));
                }
                0
            }
            Gathered::Moments(moments) => {
                moments.add(&row);
                0
            }
            Gathered::Values(all) => {
                let taken = values::memory_of(&row);
                all.push(row);
                taken
            }
            Gathered::Distinct(seen) => {
                let key = values::key(&row);
                let taken = key.len() + 64;
                if seen.insert(key) { taken } else { 0 }
            }
            Gathered::Grouping(_) => 0,
        })
    }

    /// What has come of the rows so far; `finish` puts those that wait into their order first.
    pub fn finish(mut self, run: &Run<'_>, up: Option<&Env<'_>>) -> Result<Cell, Failure> {
        if !self.call.order.is_empty() || self.call.limit.is_some() {
            let directions: Vec<Direction> = self.call.order.iter().map(|it| it.1).collect();
            let mut rows = std::mem::take(&mut self.waiting);
            rows.sort_by(|a, b| ordering(&a.0, &b.0, &directions));
            let most = match &self.call.limit {
                Some(x) => match run.eval(x, &Env { row: &[], up })? {
                    Cell::Int(it) if it >= 0 => usize::try_from(it).unwrap_or(usize::MAX),
                    _ => return Err(Failure::query("LIMIT in an aggregate must be a non-negative integer")),
                },
                None => usize::MAX,
            };
            for (_, row) in rows.into_iter().take(most) {
                self.take(row)?;
            }
        }
        if !self.call.deferred {
            return self.value();
        }
        let value = match self.error.take() {
            Some(message) => Err(message),
            None => self.result(),
        };
        Ok(match value {
            Ok(cell) => Cell::Struct(vec![cell]),
            Err(message) => Cell::Struct(vec![Cell::Null, Cell::Text(message)]),
        })
    }

    /// What has come of the rows so far.
    pub fn value(&self) -> Result<Cell, Failure> {
        self.result().map_err(Failure::of_function)
    }

    fn result(&self) -> Result<Cell, String> {
        Ok(match &self.gathered {
            Gathered::Count(count) | Gathered::Grouping(count) => Cell::Int(*count),
            Gathered::Sum(sum) => sum.value(&self.call.returns)?,
            Gathered::Average(sum, count) => match &self.call.returns {
                _ if *count == 0 => Cell::Null,
                Type::Float64 => match sum.value(&Type::Float64)? {
                    Cell::Float(it) => Cell::Float(it / *count as f64),
                    other => other,
                },
                Type::Interval => average_interval(sum, *count)?,
                kind => divide(&sum.total(), *count, kind)?,
            },
            Gathered::Extreme { best, .. } | Gathered::Any(best) => best.clone().unwrap_or(Cell::Null),
            Gathered::By { best, .. } => best.as_ref().map_or(Cell::Null, |it| it.0.clone()),
            Gathered::Array(items) if items.is_empty() => Cell::Null,
            Gathered::Array(items) => Cell::Array(items.clone()),
            Gathered::Text { out, text } => match (out, text) {
                (None, _) => Cell::Null,
                (Some(out), true) => Cell::Text(String::from_utf8_lossy(out).into_owned()),
                (Some(out), false) => Cell::Bytes(out.clone()),
            },
            Gathered::All(it) | Gathered::Some(it) => it.map_or(Cell::Null, Cell::Bool),
            Gathered::Bits(it, _) => it.map_or(Cell::Null, Cell::Int),
            Gathered::Moments(moments) => moments.value(self.call)?,
            Gathered::Distinct(seen) => Cell::Int(i64::try_from(seen.len()).unwrap_or(i64::MAX)),
            Gathered::Values(all) => self.approximate(all)?,
        })
    }

    /// The exact answer where BigQuery gives one that is near it.
    fn approximate(&self, all: &[Vec<Cell>]) -> Result<Cell, String> {
        let last = self.call.arguments.last();
        let number = match last {
            Some(super::super::plan::X::Constant(Cell::Int(it))) => *it,
            _ => return Err(format!("The number of {} must be a constant", self.call.name)),
        };
        let wanted = usize::try_from(number).ok().filter(|it| (1..=10_000_000).contains(it));
        let wanted = wanted.ok_or_else(|| format!("The number of {} must be positive", self.call.name))?;
        if all.is_empty() {
            return Ok(Cell::Null);
        }
        if self.call.name == "APPROX_QUANTILES" {
            let mut cells: Vec<&Cell> = all.iter().map(|it| &it[0]).collect();
            cells.sort_by(|a, b| values::order(a, b));
            let at = |which: usize| match which {
                0 => 0,
                it => (it * cells.len()).div_ceil(wanted).max(1) - 1,
            };
            return Ok(Cell::Array((0..=wanted).map(|it| cells[at(it)].clone()).collect()));
        }
        let summed = self.call.name == "APPROX_TOP_SUM";
        let mut places: HashMap<Vec<u8>, usize> = HashMap::new();
        let mut sums: Vec<(Cell, Cell)> = Vec::new();
        for row in all {
            let weight = if summed { row[1].clone() } else { Cell::Int(1) };
            if summed && is_negative(&weight) {
                return Err("APPROX_TOP_SUM: negative weights are not allowed".to_owned());
            }
            match places.get(&values::key(&row[..1])) {
                Some(place) => {
                    let so_far = &mut sums[*place].1;
                    *so_far = match (&*so_far, &weight) {
                        (Cell::Null, _) => weight,
                        (_, Cell::Null) => continue,
                        (a, b) => add(a, b)?,
                    };
                }
                None => {
                    places.insert(values::key(&row[..1]), sums.len());
                    sums.push((row[0].clone(), weight));
                }
            }
        }
        sums.sort_by(|a, b| values::order(&b.1, &a.1));
        let pairs = sums.into_iter().take(wanted).map(|(value, sum)| Cell::Struct(vec![value, sum]));
        Ok(Cell::Array(pairs.collect()))
    }
}
