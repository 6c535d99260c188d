//! INTERVAL: months, days and microseconds, which do not turn into each other.

use crate::civil::SECOND;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interval {
    pub months: i64,
    pub days: i64,
    pub micros: i64,
}

const HOUR: i64 = 3600 * SECOND;
/// The greatest of each part: 10,000 years.
const MOST_MONTHS: i64 = 120_000;
const MOST_DAYS: i64 = 3_660_000;
const MOST_MICROS: i64 = 87_840_000 * HOUR;

impl Interval {
    /// `None` if a part is out of range.
    pub fn new(months: i64, days: i64, micros: i64) -> Option<Interval> {
        let fits = months.abs() <= MOST_MONTHS && days.abs() <= MOST_DAYS && micros.abs() <= MOST_MICROS;
        fits.then_some(Interval { months, days, micros })
    }

    /// The order of intervals: a month is 30 days.
    pub fn order(self) -> i128 {
        (i128::from(self.months) * 30 + i128::from(self.days)) * 24 * i128::from(HOUR)
            + i128::from(self.micros)
    }

    /// `1-2 3 4:5:6.789`.
    pub fn show(self) -> String {
        let sign = |it: i64| if it < 0 { "-" } else { "" };
        let months = self.months.abs();
        let micros = self.micros.abs();
        let (seconds, part) = (micros / SECOND, micros % SECOND);
        let part = match part {
            0 => String::new(),
            it if it % 1000 == 0 => format!(".{:03}", it / 1000),
            it => format!(".{it:06}"),
        };
        format!(
            "{}{}-{} {} {}{}:{}:{}{part}",
            sign(self.months),
            months / 12,
            months % 12,
            self.days,
            sign(self.micros),
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60,
        )
    }

    /// Reads `1-2 3 4:5:6.789`, or ISO 8601's `P1Y2M3DT4H5M6.789S`.
    pub fn parse(text: &str) -> Option<Interval> {
        let text = text.trim();
        if let Some(iso) = text.strip_prefix('P') {
            return Interval::iso(iso);
        }
        let mut parts = text.split_whitespace();
        let (date, days, time) = (parts.next()?, parts.next()?, parts.next()?);
        let months = Interval::part("YEAR", "MONTH", date)?;
        let time = Interval::part("HOUR", "SECOND", time)?;
        let days = days.parse().ok()?;
        (parts.next().is_none()).then(|| Interval::new(months.months, days, time.micros))?
    }

    fn iso(text: &str) -> Option<Interval> {
        let (date, time) = text.split_once('T').map_or((text, None), |(date, time)| (date, Some(time)));
        if date.is_empty() && time.is_none_or(str::is_empty) {
            return None;
        }
        let (mut months, mut days, mut micros) = (0_i64, 0_i64, 0_i64);
        let each = |text: &str, time: bool, take: &mut dyn FnMut(char, &str) -> Option<()>| -> Option<()> {
            let mut rest = text;
            let _ = time;
            while !rest.is_empty() {
                let at = rest.find(|c: char| c.is_ascii_alphabetic())?;
                take(rest[at..].chars().next()?, &rest[..at])?;
                rest = &rest[at + 1..];
            }
            Some(())
        };
        each(date, false, &mut |unit, number| {
            let count: i64 = number.parse().ok()?;
            match unit {
                'Y' => months = months.checked_add(count.checked_mul(12)?)?,
                'M' => months = months.checked_add(count)?,
                'W' => days = days.checked_add(count.checked_mul(7)?)?,
                'D' => days = days.checked_add(count)?,
                _ => return None,
            }
            Some(())
        })?;
        each(time.unwrap_or(""), true, &mut |unit, number| {
            match unit {
                'H' => micros = micros.checked_add(number.parse::<i64>().ok()?.checked_mul(HOUR)?)?,
                'M' => micros = micros.checked_add(number.parse::<i64>().ok()?.checked_mul(60 * SECOND)?)?,
                'S' => micros = micros.checked_add(seconds(number)?)?,
                _ => return None,
            }
            Some(())
        })?;
        Interval::new(months, days, micros)
    }

    /// Reads a text that says the parts from one to another: `INTERVAL '1-2' YEAR TO MONTH`.
    pub fn part(from: &str, to: &str, text: &str) -> Option<Interval> {
        const ORDER: [&str; 6] = ["YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"];
        let (from, to) = (ORDER.iter().position(|it| *it == from)?, ORDER.iter().position(|it| *it == to)?);
        if from >= to {
            return None;
        }
        let text = text.trim();
        let mut interval = Interval::default();
        let mut rest = text;
        // Years and months share a sign, days have their own, and so does the time.
        let mut sign = 1;
        for unit in from..=to {
            if unit == from || unit == 2 || unit == 3 {
                sign = 1;
                if let Some(after) = rest.strip_prefix('-') {
                    sign = -1;
                    rest = after;
                } else if let Some(after) = rest.strip_prefix('+') {
                    rest = after;
                }
            }
            let length =
                rest.bytes().take_while(|it| it.is_ascii_digit() || (unit == 5 && *it == b'.')).count();
            if length == 0 {
                return None;
            }
            let written = &rest[..length];
            rest = &rest[length..];
            let count: i64 = if unit == 5 { 0 } else { written.parse().ok()? };
            match unit {
                0 => interval.months += sign * count.checked_mul(12)?,
                1 => interval.months = interval.months.checked_add(sign * count)?,
                2 => interval.days = sign * count,
                3 => interval.micros += sign * count.checked_mul(HOUR)?,
                4 => interval.micros = interval.micros.checked_add(sign * count.checked_mul(60 * SECOND)?)?,
                _ => interval.micros = interval.micros.checked_add(sign * seconds(written)?)?,
            }
            if unit < to {
                let between = match unit {
                    0 => '-',
                    1 | 2 => ' ',
                    _ => ':',
                };
                rest = rest.strip_prefix(between)?;
                if between == ' ' {
                    rest = rest.trim_start();
                }
            }
        }
        rest.is_empty().then(|| Interval::new(interval.months, interval.days, interval.micros))?
    }
}

/// Microseconds of `-1.25`.
pub fn seconds(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let digits = |it: &str| it.bytes().all(|it| it.is_ascii_digit());
    if (whole.is_empty() && part.is_empty()) || !digits(whole) || !digits(part) || part.len() > 9 {
        return None;
    }
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let micros: i64 = format!("{:0<6}", &part[..part.len().min(6)]).parse().ok()?;
    whole.checked_mul(SECOND)?.checked_add(micros).map(|it| sign * it)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_go_there_and_back() {
        for text in ["0-0 0 0:0:0", "1-2 3 4:5:6", "-1-2 -3 -4:5:6.789", "0-0 0 0:0:0.000001"] {
            assert_eq!(Interval::parse(text).map(Interval::show).as_deref(), Some(text));
        }
        assert_eq!(
            Interval::parse("P1Y2M3DT4H5M6.5S").map(Interval::show).as_deref(),
            Some("1-2 3 4:5:6.500")
        );
        let part = |from, to, text| Interval::part(from, to, text).map(Interval::show);
        assert_eq!(part("YEAR", "SECOND", "1-2 3 4:5:6.7").as_deref(), Some("1-2 3 4:5:6.700"));
        assert_eq!(part("DAY", "HOUR", "-1 12").as_deref(), Some("0-0 -1 12:0:0"));
        assert_eq!(part("YEAR", "MONTH", "1"), None);
    }
}
