//! Parts of dates and times: adding, cutting and counting them.

use crate::civil::{DAY, SECOND, civil, days, month_days};

/// A part of a date or a time, as functions name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Microsecond,
    Millisecond,
    Second,
    Minute,
    Hour,
    Day,
    /// Weeks begin on this day, Sunday being 0.
    Week(i64),
    IsoWeek,
    Month,
    Quarter,
    Year,
    IsoYear,
}

impl Unit {
    /// The part of this name: `DAY`, `WEEK(MONDAY)`.
    pub fn named(name: &str) -> Option<Unit> {
        let name = name.to_ascii_uppercase();
        Some(match name.as_str() {
            "MICROSECOND" => Unit::Microsecond,
            "MILLISECOND" => Unit::Millisecond,
            "SECOND" => Unit::Second,
            "MINUTE" => Unit::Minute,
            "HOUR" => Unit::Hour,
            "DAY" => Unit::Day,
            "WEEK" => Unit::Week(0),
            "ISOWEEK" => Unit::IsoWeek,
            "MONTH" => Unit::Month,
            "QUARTER" => Unit::Quarter,
            "YEAR" => Unit::Year,
            "ISOYEAR" => Unit::IsoYear,
            other => {
                let day = other.strip_prefix("WEEK(")?.strip_suffix(')')?;
                let names = ["SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY"];
                Unit::Week(i64::try_from(names.iter().position(|it| *it == day)?).ok()?)
            }
        })
    }

    /// Whether it is a part of a day.
    pub fn is_time(self) -> bool {
        matches!(self, Unit::Microsecond | Unit::Millisecond | Unit::Second | Unit::Minute | Unit::Hour)
    }

    pub fn name(self) -> &'static str {
        match self {
            Unit::Microsecond => "MICROSECOND",
            Unit::Millisecond => "MILLISECOND",
            Unit::Second => "SECOND",
            Unit::Minute => "MINUTE",
            Unit::Hour => "HOUR",
            Unit::Day => "DAY",
            Unit::Week(_) => "WEEK",
            Unit::IsoWeek => "ISOWEEK",
            Unit::Month => "MONTH",
            Unit::Quarter => "QUARTER",
            Unit::Year => "YEAR",
            Unit::IsoYear => "ISOYEAR",
        }
    }

    /// Microseconds of a part that is always as long.
    fn micros(self) -> Option<i64> {
        Some(match self {
            Unit::Microsecond => 1,
            Unit::Millisecond => 1000,
            Unit::Second => SECOND,
            Unit::Minute => 60 * SECOND,
            Unit::Hour => 3600 * SECOND,
            Unit::Day => DAY,
            Unit::Week(_) | Unit::IsoWeek => 7 * DAY,
            Unit::Month | Unit::Quarter | Unit::Year | Unit::IsoYear => return None,
        })
    }

    /// So many of it later.
    pub fn add(self, micros: i64, count: i64) -> Option<i64> {
        if let Some(length) = self.micros() {
            return micros.checked_add(count.checked_mul(length)?);
        }
        let months = match self {
            Unit::Quarter => count.checked_mul(3)?,
            Unit::Year | Unit::IsoYear => count.checked_mul(12)?,
            _ => count,
        };
        let (year, month, day) = civil(micros.div_euclid(DAY));
        let all = (year * 12 + i64::from(month) - 1).checked_add(months)?;
        let (year, month) = (all.div_euclid(12), u32::try_from(all.rem_euclid(12) + 1).ok()?);
        let day = day.min(month_days(year, month));
        days(year, month, day).checked_mul(DAY)?.checked_add(micros.rem_euclid(DAY))
    }

    /// The beginning of the one it is in.
    pub fn cut(self, micros: i64) -> i64 {
        let day = micros.div_euclid(DAY);
        let (year, month, _) = civil(day);
        match self {
            Unit::Microsecond => micros,
            Unit::Millisecond | Unit::Second | Unit::Minute | Unit::Hour | Unit::Day => {
                let length = self.micros().unwrap_or(1);
                micros.div_euclid(length) * length
            }
            // 1970 began on a Thursday.
            Unit::Week(first) => (day - (day + 4 - first).rem_euclid(7)) * DAY,
            Unit::IsoWeek => (day - (day + 3).rem_euclid(7)) * DAY,
            Unit::Month => days(year, month, 1) * DAY,
            Unit::Quarter => days(year, (month - 1) / 3 * 3 + 1, 1) * DAY,
            Unit::Year => days(year, 1, 1) * DAY,
            Unit::IsoYear => iso_year_start(iso_year(day)) * DAY,
        }
    }

    /// How many of it lie between two times of a calendar: boundaries that are crossed.
    pub fn boundaries(self, later: i64, earlier: i64) -> i64 {
        let month = |micros: i64| {
            let (year, month, _) = civil(micros.div_euclid(DAY));
            year * 12 + i64::from(month) - 1
        };
        match self {
            Unit::Month => month(later) - month(earlier),
            Unit::Quarter => month(later).div_euclid(3) - month(earlier).div_euclid(3),
            Unit::Year => month(later).div_euclid(12) - month(earlier).div_euclid(12),
            Unit::IsoYear => iso_year(later.div_euclid(DAY)) - iso_year(earlier.div_euclid(DAY)),
            fixed => (fixed.cut(later) - fixed.cut(earlier)) / fixed.micros().unwrap_or(1),
        }
    }

    /// How many whole ones lie between two instants.
    pub fn whole(self, later: i64, earlier: i64) -> Option<i64> {
        if matches!(self, Unit::Week(_) | Unit::IsoWeek) {
            return None;
        }
        Some((later - earlier) / self.micros()?)
    }
}

/// The day on which an ISO year begins.
fn iso_year_start(year: i64) -> i64 {
    let fourth = days(year, 1, 4);
    fourth - (fourth + 3).rem_euclid(7)
}

/// The ISO year that a day is in.
pub fn iso_year(day: i64) -> i64 {
    let (year, _, _) = civil(day);
    if day >= iso_year_start(year + 1) {
        year + 1
    } else if day < iso_year_start(year) {
        year - 1
    } else {
        year
    }
}

/// What `EXTRACT` finds of a part, named in capitals.
pub fn extract(part: &str, micros: i64) -> Option<i64> {
    let (day, of_day) = (micros.div_euclid(DAY), micros.rem_euclid(DAY));
    let (year, month, of_month) = civil(day);
    Some(match part {
        "MICROSECOND" => of_day % SECOND,
        "MILLISECOND" => of_day % SECOND / 1000,
        "SECOND" => of_day / SECOND % 60,
        "MINUTE" => of_day / SECOND / 60 % 60,
        "HOUR" => of_day / SECOND / 3600,
        "DAYOFWEEK" => (day + 4).rem_euclid(7) + 1,
        "DAY" => i64::from(of_month),
        "DAYOFYEAR" => day - days(year, 1, 1) + 1,
        "ISOWEEK" => (day - iso_year_start(iso_year(day))) / 7 + 1,
        "MONTH" => i64::from(month),
        "QUARTER" => i64::from((month - 1) / 3 + 1),
        "YEAR" => year,
        "ISOYEAR" => iso_year(day),
        week => {
            let Unit::Week(first) = Unit::named(week)? else { return None };
            // The week before the year's first full one is 0.
            let start = days(year, 1, 1);
            let first_full = start + (first - (start + 4)).rem_euclid(7);
            (day - first_full).div_euclid(7) + 1
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::civil::{datetime, show_datetime};

    fn at(text: &str) -> i64 {
        datetime(text).unwrap()
    }

    #[test]
    fn parts() {
        let show = |it: i64| show_datetime(it, ' ');
        assert_eq!(show(Unit::Month.add(at("2024-01-31 10:00:00"), 1).unwrap()), "2024-02-29 10:00:00");
        assert_eq!(show(Unit::Week(1).cut(at("2025-05-07 08:25:14"))), "2025-05-05 00:00:00");
        assert_eq!(show(Unit::Quarter.cut(at("2025-05-07"))), "2025-04-01 00:00:00");
        assert_eq!(Unit::Year.boundaries(at("2025-01-01"), at("2024-12-31")), 1);
        assert_eq!(Unit::Hour.whole(at("2025-01-01 01:59:00"), at("2025-01-01")), Some(1));
        assert_eq!(extract("DAYOFWEEK", at("2025-05-07")), Some(4));
        assert_eq!(extract("ISOWEEK", at("2024-12-30")), Some(1));
        assert_eq!(extract("ISOYEAR", at("2024-12-30")), Some(2025));
        assert_eq!(extract("WEEK", at("2025-01-04")), Some(0));
        assert_eq!(extract("WEEK", at("2025-01-05")), Some(1));
    }
}
