//! Functions of dates and times.

use chrono::{LocalResult, NaiveDateTime, Offset, TimeZone};
use chrono_tz::Tz;

use super::casts::{convert, sql_text, timestamp};
use super::elements::{formatted, parsed};
use super::units::{Unit, extract};
use super::{Function, int, no_match, text};
use crate::cell::Cell;
use crate::civil::{self, DAY, SECOND, days};
use crate::types::Type;

/// A zone: an offset in microseconds, or one of the world's.
#[derive(Clone, Copy, Debug)]
pub(super) enum Zone {
    Fixed(i64),
    Named(Tz),
}

pub(super) fn zone_of(name: &str) -> Result<Zone, String> {
    match civil::offset(name) {
        Some(micros) => Ok(Zone::Fixed(micros)),
        None => name.parse().map(Zone::Named).map_err(|_| format!("Invalid time zone: {name}")),
    }
}

/// The instant at which a zone's clocks show a time.
pub(super) fn in_zone(local: i64, zone: Zone) -> i64 {
    match zone {
        Zone::Fixed(offset) => local - offset,
        Zone::Named(zone) => {
            let Some(naive) = naive(local) else { return local };
            match zone.offset_from_local_datetime(&naive) {
                LocalResult::Single(it) | LocalResult::Ambiguous(it, _) => {
                    local - i64::from(it.fix().local_minus_utc()) * SECOND
                }
                LocalResult::None => local,
            }
        }
    }
}

/// What a zone's clocks show at an instant.
fn clock(instant: i64, zone: Zone) -> i64 {
    instant
        + match zone {
            Zone::Fixed(offset) => offset,
            Zone::Named(zone) => naive(instant).map_or(0, |it| {
                i64::from(zone.offset_from_utc_datetime(&it).fix().local_minus_utc()) * SECOND
            }),
        }
}

fn naive(micros: i64) -> Option<NaiveDateTime> {
    chrono::DateTime::from_timestamp_micros(micros).map(|it| it.naive_utc())
}

fn zone_at(row: &[Cell], at: usize) -> Result<Zone, String> {
    row.get(at).map_or(Ok(Zone::Fixed(0)), |it| zone_of(text(it)))
}

/// Microseconds of whatever moment a cell is.
fn micros(cell: &Cell) -> i64 {
    match cell {
        Cell::Date(it) => i64::from(*it) * DAY,
        Cell::Time(it) | Cell::Datetime(it) | Cell::Timestamp(it) => *it,
        _ => 0,
    }
}

/// A cell of a type, of microseconds.
fn made(kind: &Type, at: i64) -> Result<Cell, String> {
    // The year 1 to the year 9999.
    let range = days(1, 1, 1) * DAY..days(10_000, 1, 1) * DAY;
    if *kind != Type::Time && !range.contains(&at) {
        return Err(format!("{} value is out of range", kind.sql()));
    }
    Ok(match kind {
        Type::Date => Cell::Date(i32::try_from(at.div_euclid(DAY)).map_err(|it| it.to_string())?),
        Type::Time => Cell::Time(at.rem_euclid(DAY)),
        Type::Datetime => Cell::Datetime(at),
        _ => Cell::Timestamp(at),
    })
}

fn unit(cell: &Cell) -> Result<Unit, String> {
    let name = text(cell);
    Unit::named(name).ok_or_else(|| format!("A valid date part name is required but found {name}"))
}

const KINDS: [(&str, Type); 4] = [
    ("TIMESTAMP", Type::Timestamp),
    ("DATETIME", Type::Datetime),
    ("DATE", Type::Date),
    ("TIME", Type::Time),
];

fn is_moment(kind: &Type) -> bool {
    matches!(kind, Type::Timestamp | Type::Datetime | Type::Date | Type::Time)
}

/// A moment given as itself, or as the text of a literal.
fn taken(cell: &Cell, from: &Type, want: &Type) -> Result<Cell, String> {
    match (from, want) {
        (Type::String, Type::Timestamp) => timestamp(text(cell)),
        (Type::String, _) => convert(cell, from, want),
        _ => Ok(cell.clone()),
    }
}

fn accepts(name: &str, wanted: &Type, kinds: &[Type]) -> bool {
    // DATE_… take datetimes and timestamps too.
    let first = kinds.first();
    first.is_some_and(|it| it == wanted || *it == Type::String || (is_moment(it) && name.starts_with("DATE")))
}

/// The type of what is made of a moment: the moment's own; of a literal's text, the one that is wanted.
fn same_kind(name: &str, wanted: &Type, kinds: &[Type]) -> Result<Type, String> {
    match (accepts(name, wanted, kinds), kinds.first()) {
        (true, Some(Type::String)) => Ok(wanted.clone()),
        (true, Some(kind)) => Ok(kind.clone()),
        (_, _) => Err(no_match(name, kinds)),
    }
}

fn shifted(name: &str, wanted: Type, sign: i64) -> Function {
    let (shown, own) = (name.to_owned(), wanted.clone());
    Function::new(
        name,
        move |kinds| same_kind(&shown, &own, kinds),
        move |row, kinds| {
            let start = taken(&row[0], &kinds[0], &wanted)?;
            let kind = if kinds[0] == Type::String { &wanted } else { &kinds[0] };
            let by = int(&row[1]).checked_mul(sign).ok_or("interval overflow")?;
            let at = unit(&row[2])?.add(micros(&start), by).ok_or("interval overflow")?;
            made(kind, at)
        },
    )
}

fn difference(name: &str, wanted: Type) -> Function {
    let (shown, own) = (name.to_owned(), wanted.clone());
    Function::new(
        name,
        move |kinds| match accepts(&shown, &own, kinds) {
            true => Ok(Type::Int64),
            false => Err(no_match(&shown, kinds)),
        },
        move |row, kinds| {
            let later = micros(&taken(&row[0], &kinds[0], &wanted)?);
            let earlier = micros(&taken(&row[1], &kinds[1], &wanted)?);
            let unit = unit(&row[2])?;
            // Timestamps count whole parts that have passed, the others boundaries that were crossed.
            let count = match kinds[0] {
                Type::Timestamp => unit.whole(later, earlier),
                _ if wanted == Type::Timestamp => unit.whole(later, earlier),
                _ => Some(unit.boundaries(later, earlier)),
            };
            count
                .map(Cell::Int)
                .ok_or_else(|| format!("TIMESTAMP_DIFF does not support the {} date part", text(&row[2])))
        },
    )
}

fn cut(name: &str, wanted: Type) -> Function {
    let (shown, own) = (name.to_owned(), wanted.clone());
    Function::new(
        name,
        move |kinds| same_kind(&shown, &own, kinds),
        move |row, kinds| {
            let start = taken(&row[0], &kinds[0], &wanted)?;
            let zone = zone_at(row, 2)?;
            let unit = unit(&row[1])?;
            let kind = if kinds[0] == Type::String { &wanted } else { &kinds[0] };
            match start {
                Cell::Timestamp(it) => made(kind, in_zone(unit.cut(clock(it, zone)), zone)),
                other => made(kind, unit.cut(micros(&other))),
            }
        },
    )
}

fn formats(name: &'static str, kind: Type) -> Vec<Function> {
    let (to, from, own) = (format!("FORMAT_{name}"), format!("PARSE_{name}"), kind.clone());
    let shown = to.clone();
    vec![
        Function::new(
            &to,
            move |kinds| match kinds {
                [Type::String, it, ..] if is_moment(it) => Ok(Type::String),
                _ => Err(no_match(&shown, kinds)),
            },
            |row, _| {
                let zone = zone_at(row, 2)?;
                let (at, minutes) = match &row[1] {
                    Cell::Timestamp(it) => (clock(*it, zone), (clock(*it, zone) - it) / SECOND / 60),
                    other => (micros(other), 0),
                };
                let zone = if minutes == 0 { "UTC".to_owned() } else { minutes.to_string() };
                Ok(Cell::Text(formatted(text(&row[0]), at, &zone)))
            },
        ),
        Function::of(&from, kind, move |row, _| {
            let given = text(&row[1]);
            let (at, offset) = parsed(text(&row[0]), given)
                .ok_or_else(|| format!("Failed to parse input string \"{given}\""))?;
            match own {
                Type::Timestamp => made(
                    &own,
                    match offset {
                        Some(offset) => at - offset,
                        None => in_zone(at, zone_at(row, 2)?),
                    },
                ),
                _ => made(&own, at),
            }
        }),
    ]
}

/// `DATE(…)`, `DATETIME(…)`, `TIME(…)`, `TIMESTAMP(…)`: of parts, or of another moment in a zone.
fn constructor(name: &'static str, kind: Type) -> Function {
    let own = kind.clone();
    Function::of(name, kind, move |row, kinds| {
        let number = |at: usize| row.get(at).map_or(0, int);
        if kinds.first() == Some(&Type::Int64) {
            let clock =
                |from: usize| ((number(from) * 60 + number(from + 1)) * 60 + number(from + 2)) * SECOND;
            if own == Type::Time {
                return made(&own, clock(0));
            }
            let (year, month, day) = (number(0), u32::try_from(number(1)), u32::try_from(number(2)));
            let (Ok(month), Ok(day)) = (month, day) else { return Err(format!("Invalid {name}")) };
            if !(1..=12).contains(&month) || day < 1 || day > civil::month_days(year, month) {
                return Err(format!("Input calculates to invalid date: {year}-{month:02}-{day:02}"));
            }
            let time = if own == Type::Date { 0 } else { clock(3) };
            return made(&own, days(year, month, day) * DAY + time);
        }
        match (&row[0], row.get(1), &own) {
            (Cell::Date(day), Some(Cell::Time(time)), Type::Datetime) => {
                Ok(Cell::Datetime(i64::from(*day) * DAY + time))
            }
            (Cell::Timestamp(it), Some(zone), Type::Date | Type::Datetime | Type::Time) => {
                made(&own, clock(*it, zone_of(text(zone))?))
            }
            (Cell::Text(it), Some(zone), Type::Timestamp) => {
                let local = civil::datetime(it).ok_or_else(|| format!("Invalid timestamp: '{it}'"))?;
                Ok(Cell::Timestamp(in_zone(local, zone_of(text(zone))?)))
            }
            (Cell::Date(_) | Cell::Datetime(_), Some(zone), Type::Timestamp) => {
                Ok(Cell::Timestamp(in_zone(micros(&row[0]), zone_of(text(zone))?)))
            }
            (cell, _, own) => convert(cell, &kinds[0], own),
        }
    })
}

fn epoch(name: &'static str, scale: i64) -> Function {
    Function::of(name, Type::Timestamp, move |row, _| {
        made(&Type::Timestamp, int(&row[0]).checked_mul(scale).ok_or("timestamp overflow")?)
    })
}

fn since_epoch(name: &'static str, scale: i64) -> Function {
    Function::new(
        name,
        move |kinds| match kinds {
            [Type::Timestamp | Type::Date | Type::String] => Ok(Type::Int64),
            _ => Err(no_match(name, kinds)),
        },
        move |row, kinds| {
            Ok(Cell::Int(micros(&taken(&row[0], &kinds[0], &Type::Timestamp)?).div_euclid(scale)))
        },
    )
}

pub(super) fn all() -> Vec<Function> {
    let mut all = vec![
        epoch("TIMESTAMP_SECONDS", SECOND),
        epoch("TIMESTAMP_MILLIS", 1000),
        epoch("TIMESTAMP_MICROS", 1),
        since_epoch("UNIX_SECONDS", SECOND),
        since_epoch("UNIX_MILLIS", 1000),
        since_epoch("UNIX_MICROS", 1),
        since_epoch("UNIX_DATE", DAY),
        Function::of("DATE_FROM_UNIX_DATE", Type::Date, |row, _| {
            made(&Type::Date, int(&row[0]).saturating_mul(DAY))
        }),
        Function::of("LAST_DAY", Type::Date, |row, kinds| {
            let unit = row.get(1).map_or(Ok(Unit::Month), unit)?;
            let start = unit.cut(micros(&taken(&row[0], &kinds[0], &Type::Date)?));
            made(&Type::Date, unit.add(start, 1).ok_or("date overflow")? - DAY)
        }),
        // EXTRACT(part FROM moment [AT TIME ZONE zone]).
        Function::new(
            "$EXTRACT DATE",
            |_| Ok(Type::Date),
            |row, _| made(&Type::Date, clock(micros(&row[0]), zone_at(row, 1)?)),
        ),
        Function::new(
            "$EXTRACT TIME",
            |_| Ok(Type::Time),
            |row, _| made(&Type::Time, clock(micros(&row[0]), zone_at(row, 1)?)),
        ),
        Function::new(
            "$EXTRACT",
            |kinds| match kinds {
                [Type::String, it, ..] if is_moment(it) => Ok(Type::Int64),
                _ => Err(no_match("EXTRACT", kinds)),
            },
            |row, _| {
                let at = match &row[1] {
                    Cell::Timestamp(it) => clock(*it, zone_at(row, 2)?),
                    other => micros(other),
                };
                let part = text(&row[0]);
                extract(part, at)
                    .map(Cell::Int)
                    .ok_or_else(|| format!("A valid date part name is required but found {part}"))
            },
        ),
        // `moment + INTERVAL n PART`.
        Function::new(
            "$SHIFT",
            |kinds| match kinds.first() {
                // A date plus hours is a datetime to BigQuery; plus days too, unlike DATE_ADD.
                Some(Type::Date) => Ok(Type::Datetime),
                Some(kind) if is_moment(kind) => Ok(kind.clone()),
                _ => Err(no_match("+", kinds)),
            },
            |row, kinds| {
                let kind = if kinds[0] == Type::Date { &Type::Datetime } else { &kinds[0] };
                let at = unit(&row[2])?.add(micros(&row[0]), int(&row[1])).ok_or("interval overflow")?;
                made(kind, at)
            },
        ),
        Function::of("$TEXT", Type::String, |row, _| Ok(Cell::Text(sql_text(&row[0])))),
    ];
    for (name, kind) in KINDS {
        all.push(shifted(&format!("{name}_ADD"), kind.clone(), 1));
        all.push(shifted(&format!("{name}_SUB"), kind.clone(), -1));
        all.push(difference(&format!("{name}_DIFF"), kind.clone()));
        all.push(cut(&format!("{name}_TRUNC"), kind.clone()));
        all.extend(formats(name, kind.clone()));
        all.push(constructor(name, kind));
    }
    all
}
