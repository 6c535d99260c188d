//! Window functions: what each row sees of the rows around it.

use std::collections::HashMap;

use super::super::failure::Failure;
use super::super::functions::{interpolate, is_negative, shift_number};
use super::super::plan::{Bound, Direction, Plan, Row, WindowCall, X};
use super::super::values;
use super::aggregates::State;
use super::{Env, Run, Sink, ordering};
use crate::cell::Cell;

/// A partition's rows in their order.
struct Partition<'r> {
    rows: Vec<&'r Row>,
    keys: Vec<Row>,
    /// The first and the place behind the last of those that are equal, for each row.
    peers: Vec<(usize, usize)>,
    directions: Vec<Direction>,
    /// Where the first key is neither null nor NaN: those stand at the ends.
    numbers: (usize, usize),
}

fn odd(key: &Cell) -> bool {
    key.is_null() || matches!(key, Cell::Float(it) if it.is_nan())
}

impl Run<'_> {
    pub(super) fn window(
        &self,
        input: &Plan,
        calls: &[WindowCall],
        up: Option<&Env<'_>>,
        sink: &mut Sink<'_>,
    ) -> Result<bool, Failure> {
        let mut charge = self.charge();
        let rows = self.collect(input, up, &mut charge)?;
        let mut columns: Vec<Vec<Cell>> = Vec::new();
        // Rows come out as the windows sort them.
        let mut order: Vec<usize> = (0..rows.len()).collect();
        for call in calls {
            let (column, ranks) = self.windowed(&rows, call, up)?;
            charge.add(column.iter().map(values::memory).sum())?;
            columns.push(column);
            order.sort_by_key(|at| ranks[*at]);
        }
        let mut buffer = Vec::new();
        for at in order {
            let row = &rows[at];
            self.tick()?;
            buffer.clear();
            buffer.extend_from_slice(row);
            for column in &mut columns {
                buffer.push(std::mem::replace(&mut column[at], Cell::Null));
            }
            if !sink(&buffer)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The value of each row, and its rank among all rows as the window sorts them.
    fn windowed(
        &self,
        rows: &[Row],
        call: &WindowCall,
        up: Option<&Env<'_>>,
    ) -> Result<(Vec<Cell>, Vec<usize>), Failure> {
        let mut groups: HashMap<Vec<u8>, (Row, Vec<usize>)> = HashMap::new();
        let mut by = Vec::with_capacity(rows.len());
        for (at, row) in rows.iter().enumerate() {
            self.tick()?;
            let env = Env { row, up };
            let key = call.partition.iter().map(|it| self.eval(it, &env)).collect::<Result<Row, _>>()?;
            groups.entry(values::key(&key)).or_insert_with(|| (key, Vec::new())).1.push(at);
            by.push(call.order.iter().map(|it| self.eval(&it.0, &env)).collect::<Result<Row, _>>()?);
        }
        let directions: Vec<Direction> = call.order.iter().map(|it| it.1).collect();
        let mut out = vec![Cell::Null; rows.len()];
        let mut groups: Vec<(Row, Vec<usize>)> = groups.into_values().collect();
        groups.sort_by(|a, b| values::order(&Cell::Struct(a.0.clone()), &Cell::Struct(b.0.clone())));
        let mut ranks = vec![0; rows.len()];
        let mut base = 0;
        for (_, mut places) in groups {
            places.sort_by(|a, b| ordering(&by[*a], &by[*b], &directions));
            let keys: Vec<Row> = places.iter().map(|it| by[*it].clone()).collect();
            let peers = peers(&keys, &directions);
            let is_number = |it: &Row| it.first().is_some_and(|it| !odd(it));
            let numbers = (
                keys.iter().position(is_number).unwrap_or(keys.len()),
                keys.iter().rposition(is_number).map_or(keys.len(), |it| it + 1),
            );
            let partition = Partition {
                numbers,
                rows: places.iter().map(|it| &rows[*it]).collect(),
                keys,
                peers,
                directions: directions.clone(),
            };
            let values = match call.numbering {
                true => self.numbered(&partition, call, up)?,
                false => self.aggregated(&partition, call, up)?,
            };
            let count = places.len();
            for ((place, value), peers) in places.into_iter().zip(values).zip(&partition.peers) {
                out[place] = value;
                ranks[place] = base + peers.0;
            }
            base += count;
        }
        Ok((out, ranks))
    }

    /// The rows that each row sees: from one place to another, the second excluded.
    fn frames(
        &self,
        partition: &Partition<'_>,
        call: &WindowCall,
        up: Option<&Env<'_>>,
    ) -> Result<Vec<(usize, usize)>, Failure> {
        let count = partition.rows.len();
        let mut frames = Vec::with_capacity(count);
        for at in 0..count {
            self.tick()?;
            let env = Env { row: partition.rows[at], up };
            let start = self.edge(partition, call, &call.start, at, true, &env)?;
            let end = self.edge(partition, call, &call.end, at, false, &env)?;
            frames.push((start.min(count), end.min(count)));
        }
        Ok(frames)
    }

    fn edge(
        &self,
        partition: &Partition<'_>,
        call: &WindowCall,
        bound: &Bound,
        at: usize,
        start: bool,
        env: &Env<'_>,
    ) -> Result<usize, Failure> {
        let count = partition.rows.len();
        let (x, before) = match bound {
            Bound::FirstRow => return Ok(0),
            Bound::LastRow => return Ok(count),
            Bound::Current if call.rows => return Ok(if start { at } else { at + 1 }),
            Bound::Current => return Ok(if start { partition.peers[at].0 } else { partition.peers[at].1 }),
            Bound::Before(x) => (x, true),
            Bound::After(x) => (x, false),
        };
        let distance = self.eval(x, env)?;
        if distance.is_null() || is_negative(&distance) {
            return Err(Failure::query(
                "Window frame offset for PRECEDING or FOLLOWING must be non-negative",
            ));
        }
        if call.rows {
            let Cell::Int(by) = distance else { return Ok(at) };
            let by = usize::try_from(by).unwrap_or(usize::MAX);
            let place = if before { at.checked_sub(by) } else { at.checked_add(by) };
            return Ok(match (place, start) {
                (Some(place), true) => place,
                (Some(place), false) => place.saturating_add(1),
                (None, true) => {
                    if before {
                        0
                    } else {
                        count
                    }
                }
                (None, false) => {
                    if before {
                        0
                    } else {
                        count
                    }
                }
            });
        }
        // By value: nulls and NaN see only their like.
        let own = &partition.keys[at][0];
        if odd(own) {
            return Ok(if start { partition.peers[at].0 } else { partition.peers[at].1 });
        }
        let descending = partition.directions[0].descending;
        let limit = shift_number(own, &distance, before == descending);
        let inside = |place: usize| -> bool {
            let key = &partition.keys[place][0];
            if odd(key) {
                let first = place < partition.numbers.0;
                return if start { !first } else { first };
            }
            let order = match &limit {
                Ok(limit) => values::order(key, limit),
                Err(beyond) => beyond.reverse(),
            };
            match (start, descending) {
                (true, false) | (false, true) => order.is_ge(),
                (true, true) | (false, false) => order.is_le(),
            }
        };
        // Those that are inside stand together.
        Ok(match start {
            true => partition_point(count, |it| !inside(it)),
            false => partition_point(count, inside),
        })
    }

    fn aggregated(
        &self,
        partition: &Partition<'_>,
        call: &WindowCall,
        up: Option<&Env<'_>>,
    ) -> Result<Vec<Cell>, Failure> {
        let frames = self.frames(partition, call, up)?;
        let mut out = Vec::with_capacity(frames.len());
        let mut state = State::new(&call.call, None);
        let mut held = (0, 0);
        let mut value: Option<Cell> = None;
        let mut charge = self.charge();
        for (start, end) in frames {
            let end = end.max(start);
            // Rows are only ever added; where some fall out, all is counted anew.
            if start != held.0 || end < held.1 {
                state.restart();
                held = (start, start);
                value = None;
                charge = self.charge();
            }
            while held.1 < end {
                self.tick()?;
                charge.add(state.add(self, &Env { row: partition.rows[held.1], up })?)?;
                held.1 += 1;
                value = None;
            }
            let found = match &value {
                Some(value) => value.clone(),
                None => state.value()?,
            };
            value = Some(found.clone());
            out.push(found);
        }
        Ok(out)
    }

    fn numbered(
        &self,
        partition: &Partition<'_>,
        call: &WindowCall,
        up: Option<&Env<'_>>,
    ) -> Result<Vec<Cell>, Failure> {
        let count = partition.rows.len();
        let number = |it: usize| Cell::Int(i64::try_from(it).unwrap_or(i64::MAX));
        let name = call.call.name;
        let argument = |which: usize, at: usize| -> Result<Cell, Failure> {
            match call.call.arguments.get(which) {
                Some(x) => self.eval(x, &Env { row: partition.rows[at], up }),
                None => Ok(Cell::Null),
            }
        };
        Ok(match name {
            "ROW_NUMBER" => (1..=count).map(number).collect(),
            "RANK" => partition.peers.iter().map(|it| number(it.0 + 1)).collect(),
            "DENSE_RANK" => {
                let mut rank = 0;
                let mut out = Vec::new();
                for (at, peers) in partition.peers.iter().enumerate() {
                    rank += usize::from(peers.0 == at);
                    out.push(number(rank));
                }
                out
            }
            "PERCENT_RANK" => {
                let rank =
                    |it: &(usize, usize)| if count < 2 { 0.0 } else { it.0 as f64 / (count - 1) as f64 };
                partition.peers.iter().map(|it| Cell::Float(rank(it))).collect()
            }
            "CUME_DIST" => partition.peers.iter().map(|it| Cell::Float(it.1 as f64 / count as f64)).collect(),
            "NTILE" => {
                let Cell::Int(buckets) = argument(0, 0)? else {
                    return Err(Failure::query(
                        "The N value (number of buckets) for the NTILE function must not be NULL",
                    ));
                };
                let buckets = usize::try_from(buckets).ok().filter(|it| *it > 0).ok_or_else(|| {
                    Failure::query(format!(
                        "The N value (number of buckets) for the NTILE function must be positive: {buckets}"
                    ))
                })?;
                let (size, larger) = (count / buckets, count % buckets);
                let bucket = |at: usize| {
                    let split = larger * (size + 1);
                    if at < split { at / (size + 1) } else { larger + (at - split) / size.max(1) }
                };
                (0..count).map(|it| number(bucket(it) + 1)).collect()
            }
            "LAG" | "LEAD" => {
                let mut out = Vec::new();
                for at in 0..count {
                    self.tick()?;
                    let by = match call.call.arguments.len() {
                        0 | 1 => Cell::Int(1),
                        _ => argument(1, at)?,
                    };
                    let by = match by {
                        Cell::Int(it) if it >= 0 => usize::try_from(it).unwrap_or(usize::MAX),
                        _ => {
                            return Err(Failure::query(format!(
                                "Argument 2 to {name} must be a non-negative, non-NULL integer"
                            )));
                        }
                    };
                    let place = if name == "LAG" {
                        at.checked_sub(by)
                    } else {
                        at.checked_add(by).filter(|it| *it < count)
                    };
                    out.push(match place {
                        Some(place) => argument(0, place)?,
                        None if call.call.arguments.len() > 2 => argument(2, at)?,
                        None => Cell::Null,
                    });
                }
                out
            }
            "PERCENTILE_CONT" | "PERCENTILE_DISC" => {
                let share = if count == 0 { Cell::Null } else { argument(1, 0)? };
                let mut all = Vec::new();
                for at in 0..count {
                    all.push(argument(0, at)?);
                }
                if call.call.ignore_nulls != Some(false) {
                    all.retain(|it| !it.is_null());
                }
                all.sort_by(values::order);
                let found = interpolate(&all, &share, name == "PERCENTILE_DISC").map_err(Failure::query)?;
                vec![found; count]
            }
            _ => {
                let frames = self.frames(partition, call, up)?;
                let mut out = Vec::new();
                for (at, (start, end)) in frames.into_iter().enumerate() {
                    self.tick()?;
                    out.push(self.picked(partition, call, at, start..end.max(start), up)?);
                }
                out
            }
        })
    }

    /// `FIRST_VALUE`, `LAST_VALUE` and `NTH_VALUE` of a frame.
    fn picked(
        &self,
        partition: &Partition<'_>,
        call: &WindowCall,
        at: usize,
        frame: std::ops::Range<usize>,
        up: Option<&Env<'_>>,
    ) -> Result<Cell, Failure> {
        let value = |x: &X, at: usize| self.eval(x, &Env { row: partition.rows[at], up });
        let Some(x) = call.call.arguments.first() else { return Ok(Cell::Null) };
        let mut wanted = match (call.call.name, call.call.arguments.get(1)) {
            ("NTH_VALUE", Some(which)) => match value(which, at)? {
                Cell::Int(it) if it > 0 => usize::try_from(it).unwrap_or(usize::MAX) - 1,
                _ => return Err(Failure::query("The second argument of NTH_VALUE must be positive")),
            },
            (_, _) => 0,
        };
        let last = call.call.name == "LAST_VALUE";
        if call.call.ignore_nulls != Some(true) {
            let place = match last {
                true => frame.clone().next_back(),
                false => frame.clone().nth(wanted),
            };
            return place.map_or(Ok(Cell::Null), |it| value(x, it));
        }
        let places: Box<dyn Iterator<Item = usize>> =
            if last { Box::new(frame.rev()) } else { Box::new(frame) };
        for place in places {
            let found = value(x, place)?;
            if !found.is_null() {
                if wanted == 0 {
                    return Ok(found);
                }
                wanted -= 1;
            }
        }
        Ok(Cell::Null)
    }
}

fn peers(keys: &[Row], directions: &[Direction]) -> Vec<(usize, usize)> {
    let mut out = vec![(0, 0); keys.len()];
    let mut start = 0;
    while start < keys.len() {
        let mut end = start + 1;
        while end < keys.len() && ordering(&keys[start], &keys[end], directions).is_eq() {
            end += 1;
        }
        out[start..end].fill((start, end));
        start = end;
    }
    out
}

/// The first place from which on the test fails.
fn partition_point(count: usize, test: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = usize::midpoint(low, high);
        if test(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}
