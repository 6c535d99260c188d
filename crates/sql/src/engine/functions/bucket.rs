//! `DATE_BUCKET` and its kin: the beginning of the bucket that a moment falls into.

use super::moments::{made, micros};
use super::units::Unit;
use super::{Function, Outcome, def};
use crate::cell::Cell;
use crate::civil::{DAY, civil, days};
use crate::types::Type;

fn bucket(name: &str, row: &[Cell], kind: &Type) -> Outcome {
    let Cell::Interval(width) = row[1] else { return Ok(Cell::Null) };
    // Buckets are counted from here unless the call says otherwise.
    let origin = row.get(2).map_or_else(|| days(1950, 1, 1) * DAY, micros);
    let at = micros(&row[0]);
    let parts = [width.months != 0, width.days != 0 || width.micros != 0];
    if width.months < 0 || width.days < 0 || width.micros < 0 || width.order() <= 0 {
        return Err(format!("{name} does not support a bucket width of zero or less"));
    }
    if parts[0] && parts[1]
        || (width.days != 0 && width.micros != 0 && *kind != Type::Timestamp && *kind != Type::Datetime)
    {
        return Err(format!("{name} does not support a bucket width of several parts"));
    }
    if parts[0] {
        if *kind == Type::Timestamp {
            return Err(format!("{name} does not support a bucket width of months"));
        }
        let month = |it: i64| {
            let (year, month, _) = civil(it.div_euclid(DAY));
            year * 12 + i64::from(month) - 1
        };
        let mut count = (month(at) - month(origin)).div_euclid(width.months);
        loop {
            let start = Unit::Month.add(origin, count * width.months).ok_or("bucket overflow")?;
            if start > at {
                count -= 1;
                continue;
            }
            return made(kind, start);
        }
    }
    if *kind == Type::Date && width.micros != 0 {
        return Err(format!("{name} does not support a bucket width of time"));
    }
    let size = i128::from(width.days) * i128::from(DAY) + i128::from(width.micros);
    let gap = i128::from(at) - i128::from(origin);
    let start = i128::from(origin) + gap.div_euclid(size) * size;
    made(kind, i64::try_from(start).map_err(|_| format!("{name} overflow"))?)
}

const DATES: &str = "(DATE, INTERVAL, [DATE]) DATE";
const DATETIMES: &str = "(DATETIME, INTERVAL, [DATETIME]) DATETIME";
const TIMESTAMPS: &str = "(TIMESTAMP, INTERVAL, [TIMESTAMP]) TIMESTAMP";

pub(super) fn all() -> Vec<Function> {
    // Each takes all three; what has no type of its own is of the one that the name says.
    let each = [
        ("DATE_BUCKET", [DATES, DATETIMES, TIMESTAMPS]),
        ("DATETIME_BUCKET", [DATETIMES, DATES, TIMESTAMPS]),
        ("TIMESTAMP_BUCKET", [TIMESTAMPS, DATETIMES, DATES]),
    ];
    each.map(|(name, signatures)| {
        def(name, &signatures.join("; "), move |row, scene| bucket(name, row, scene.returns))
    })
    .into()
}
