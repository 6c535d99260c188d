//! `FORMAT_…` and `PARSE_…`: times by `strftime`'s elements.

use super::moments::{Zone, zone_of};
use super::units::extract;
use crate::civil::{self, DAY, SECOND, civil, days};
use crate::types::Type;

const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// `strftime` by the elements that BigQuery has; `zone`: the name of a timestamp's zone, `date` and `time`: which
/// elements the type has.
pub(super) fn formatted(
    pattern: &str,
    at: i64,
    minutes: i64,
    zone: Option<&str>,
    date: bool,
    time: bool,
) -> Result<String, String> {
    let part = |name: &str| extract(name, at).unwrap_or(0);
    let (year, month, day) = civil(at.div_euclid(DAY));
    let month_name = MONTHS[usize::try_from(month - 1).unwrap_or(0) % 12];
    let day_name = DAYS[usize::try_from(part("DAYOFWEEK") - 1).unwrap_or(0) % 7];
    let hour12 = match part("HOUR") % 12 {
        0 => 12,
        it => it,
    };
    let mut out = String::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut element: String = chars.next().into_iter().collect();
        if matches!(element.as_str(), "E" | "O")
            || element.chars().all(|it| it.is_ascii_digit())
            || element == "-"
        {
            element.extend(chars.next());
        }
        if element.starts_with('E')
            && element.chars().nth(1).is_some_and(|it| it.is_ascii_digit() || it == '*')
        {
            element.extend(chars.next());
        }
        let element = element.strip_prefix('O').unwrap_or(&element).to_owned();
        let of_time = "HIklMSpPRTXrE*S".contains(element.as_str())
            || element.starts_with('E') && element.ends_with('S');
        let of_date = "YyCmdeAaBbhjUWVGgQuwDFxJ".contains(element.as_str()) || element == "E4Y";
        if (of_time && !time && element != "E4Y")
            || (of_date && !date)
            || ("cs".contains(element.as_str()) && !(date && time))
        {
            // What a type does not have stays as it is written.
            out.push('%');
            out.push_str(&element);
            continue;
        }
        let inner = |pattern: &str| formatted(pattern, at, minutes, zone, date, time);
        let zone_offset = |between: &str| zone_text(minutes, between);
        out.push_str(&match element.as_str() {
            "Y" => format!("{year}"),
            "E4Y" => format!("{year:04}"),
            "y" => format!("{:02}", year.rem_euclid(100)),
            "C" => format!("{:02}", year / 100),
            "m" => format!("{month:02}"),
            "d" => format!("{day:02}"),
            "e" => format!("{day:>2}"),
            "H" => format!("{:02}", part("HOUR")),
            "I" => format!("{hour12:02}"),
            "k" => format!("{:>2}", part("HOUR")),
            "l" => format!("{hour12:>2}"),
            "M" => format!("{:02}", part("MINUTE")),
            "S" => format!("{:02}", part("SECOND")),
            "E*S" => match part("MICROSECOND") {
                0 => format!("{:02}", part("SECOND")),
                it => format!("{:02}.{}", part("SECOND"), format!("{it:06}").trim_end_matches('0')),
            },
            fraction if fraction.len() == 3 && fraction.starts_with('E') && fraction.ends_with('S') => {
                let digits: usize = fraction[1..2].parse().unwrap_or(6);
                let micros = format!("{:06}000", part("MICROSECOND"));
                match digits {
                    0 => format!("{:02}", part("SECOND")),
                    digits => format!("{:02}.{}", part("SECOND"), &micros[..digits.min(9)]),
                }
            }
            "p" => if part("HOUR") < 12 { "AM" } else { "PM" }.to_owned(),
            "P" => if part("HOUR") < 12 { "am" } else { "pm" }.to_owned(),
            "A" => day_name.to_owned(),
            "a" => day_name[..3].to_owned(),
            "B" => month_name.to_owned(),
            "b" | "h" => month_name[..3].to_owned(),
            "j" => format!("{:03}", part("DAYOFYEAR")),
            "U" => format!("{:02}", part("WEEK")),
            "W" => format!("{:02}", part("WEEK(MONDAY)")),
            "V" => format!("{:02}", part("ISOWEEK")),
            "G" => part("ISOYEAR").to_string(),
            "g" => format!("{:02}", part("ISOYEAR").rem_euclid(100)),
            "Q" => part("QUARTER").to_string(),
            "u" => match part("DAYOFWEEK") {
                1 => 7,
                it => it - 1,
            }
            .to_string(),
            "w" => (part("DAYOFWEEK") - 1).to_string(),
            "J" => part("DAYOFYEAR").to_string(),
            "s" => (at.div_euclid(SECOND) - minutes * 60).to_string(),
            "F" => inner("%Y-%m-%d")?,
            "T" | "X" => inner("%H:%M:%S")?,
            "R" => inner("%H:%M")?,
            "r" => inner("%I:%M:%S %p")?,
            "D" | "x" => inner("%m/%d/%y")?,
            "c" => inner("%a %b %e %H:%M:%S %Y")?,
            "z" if zone.is_some() => zone_offset(""),
            "Ez" if zone.is_some() => zone_offset(":"),
            "Z" => match zone {
                Some(zone) if zone.eq_ignore_ascii_case("UTC") => "UTC".to_owned(),
                Some(_) => {
                    let hours = match minutes % 60 {
                        0 => format!("{:+}", minutes / 60),
                        _ => zone_offset(""),
                    };
                    if minutes == 0 { "UTC".to_owned() } else { format!("UTC{hours}") }
                }
                None => "%Z".to_owned(),
            },
            "n" => "\n".to_owned(),
            "t" => "\t".to_owned(),
            "%" => "%".to_owned(),
            other => format!("%{other}"),
        });
    }
    Ok(out)
}

/// `+0200` of minutes.
fn zone_text(minutes: i64, between: &str) -> String {
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{sign}{:02}{between}{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

/// What a text says of a moment.
pub(super) struct Read {
    pub at: i64,
    pub offset: Option<i64>,
    pub zone: Option<Zone>,
}

/// Reads a text by `strptime`'s elements, those that a type has.
pub(super) fn parsed(pattern: &str, given: &str, kind: &Type) -> Option<Read> {
    let mut expanded = pattern.to_owned();
    for (short, long) in [
        ("%c", "%a %b %e %H:%M:%S %Y"),
        ("%F", "%Y-%m-%d"),
        ("%T", "%H:%M:%S"),
        ("%X", "%H:%M:%S"),
        ("%R", "%H:%M"),
        ("%r", "%I:%M:%S %p"),
        ("%D", "%m/%d/%y"),
        ("%x", "%m/%d/%y"),
        ("%E*S", "%\u{1}"),
        ("%E4Y", "%Y"),
        ("%Ez", "%z"),
    ] {
        expanded = expanded.replace(short, long);
    }
    for digits in 0..=9 {
        expanded = expanded.replace(&format!("%E{digits}S"), "%\u{1}");
    }
    let (has_date, has_time) = (*kind != Type::Time, *kind != Type::Date);
    let mut seen = Seen::default();
    let mut rest = given;
    let mut chars = expanded.chars();
    while let Some(c) = chars.next() {
        if c.is_whitespace() {
            rest = rest.trim_start();
            continue;
        }
        if c != '%' {
            rest = rest.strip_prefix(c)?;
            continue;
        }
        let element = match chars.next()? {
            'E' | 'O' => chars.next()?,
            other => other,
        };
        let of_time = "HIklMSpPsTRX\u{1}zZ".contains(element);
        let of_date = "YyCmdeAaBbhjUWVGgQuw".contains(element);
        if (of_time && !has_time)
            || (of_date && !has_date)
            || ("zZ".contains(element) && *kind != Type::Timestamp)
        {
            return None;
        }
        seen.element(element, &mut rest)?;
    }
    if !rest.trim_start().is_empty() {
        return None;
    }
    seen.finish()
}

/// What has been read of a text so far.
#[derive(Default)]
struct Seen {
    year: Option<i64>,
    century: Option<i64>,
    short_year: Option<i64>,
    month: Option<u32>,
    day: Option<u32>,
    day_of_year: Option<i64>,
    hour: i64,
    half: bool,
    pm: Option<bool>,
    minute: i64,
    second: i64,
    micros: i64,
    offset: Option<i64>,
    zone: Option<Zone>,
    instant: Option<i64>,
    iso_year: Option<i64>,
    iso_week: Option<i64>,
    week: Option<(i64, i64)>,
    weekday: Option<i64>,
}

fn number(rest: &mut &str, most: usize) -> Option<i64> {
    let trimmed = *rest;
    let length = trimmed.bytes().take(most).take_while(u8::is_ascii_digit).count();
    let value = trimmed[..length].parse().ok()?;
    *rest = &trimmed[length..];
    Some(value)
}

fn named(rest: &mut &str, names: &[&str]) -> Option<usize> {
    let trimmed = rest.trim_start();
    let lower = trimmed.to_lowercase();
    let found = names.iter().position(|it| lower.starts_with(&it[..3].to_lowercase()))?;
    let full = names[found].to_lowercase();
    let length = if lower.starts_with(&full) { full.len() } else { 3 };
    *rest = &trimmed[length..];
    Some(found)
}

fn ranged(value: i64, range: std::ops::RangeInclusive<i64>) -> Option<i64> {
    range.contains(&value).then_some(value)
}

impl Seen {
    fn element(&mut self, element: char, rest: &mut &str) -> Option<()> {
        if matches!(element, 'e' | 'k' | 'l') {
            *rest = rest.trim_start();
        }
        match element {
            'Y' | '4' => {
                self.year = Some(number(rest, 4)?);
                self.short_year = None;
            }
            'y' => {
                self.short_year = Some(number(rest, 2)?);
                self.year = None;
            }
            'C' => self.century = Some(number(rest, 2)?),
            'm' => self.month = Some(u32::try_from(ranged(number(rest, 2)?, 1..=12)?).ok()?),
            'd' | 'e' => self.day = Some(u32::try_from(ranged(number(rest, 2)?, 1..=31)?).ok()?),
            'j' => self.day_of_year = Some(ranged(number(rest, 3)?, 1..=366)?),
            'H' | 'k' => {
                self.hour = ranged(number(rest, 2)?, 0..=23)?;
                self.half = false;
            }
            'I' | 'l' => {
                self.hour = ranged(number(rest, 2)?, 1..=12)?;
                self.half = true;
            }
            'M' => self.minute = ranged(number(rest, 2)?, 0..=59)?,
            'S' => {
                self.second = ranged(number(rest, 2)?, 0..=60)?;
                self.micros = 0;
            }
            '\u{1}' => {
                self.second = ranged(number(rest, 2)?, 0..=60)?;
                self.micros = 0;
                if let Some(after) = rest.strip_prefix('.') {
                    let length = after.bytes().take_while(u8::is_ascii_digit).count();
                    let kept = &after[..length.min(6)];
                    self.micros = format!("{kept:0<6}").parse::<i64>().ok()?;
                    *rest = &after[length..];
                }
            }
            'p' | 'P' => {
                let trimmed = rest.trim_start();
                let word = trimmed.get(..2)?.to_lowercase();
                self.pm = Some(match word.as_str() {
                    "am" => false,
                    "pm" => true,
                    _ => return None,
                });
                *rest = &trimmed[2..];
            }
            'A' | 'a' => self.weekday = Some(i64::try_from(named(rest, &DAYS)?).ok()?),
            'u' => self.weekday = Some(ranged(number(rest, 1)?, 1..=7)? % 7),
            'w' => self.weekday = Some(ranged(number(rest, 1)?, 0..=6)?),
            'B' | 'b' | 'h' => self.month = Some(u32::try_from(named(rest, &MONTHS)? + 1).ok()?),
            's' => {
                let trimmed = rest.trim_start();
                let (sign, digits) = trimmed.strip_prefix('-').map_or((1, trimmed), |it| (-1, it));
                *rest = digits;
                self.instant = Some((sign * number(rest, 18)?).checked_mul(SECOND)?);
            }
            'z' => {
                let trimmed = rest.trim_start();
                if let Some(after) = trimmed.strip_prefix(['Z', 'z']) {
                    self.offset = Some(0);
                    *rest = after;
                } else {
                    let end = 1 + trimmed
                        .get(1..)?
                        .bytes()
                        .take_while(|it| it.is_ascii_digit() || *it == b':')
                        .count();
                    self.offset =
                        Some(civil::offset(&trimmed[..end]).filter(|_| trimmed.starts_with(['+', '-']))?);
                    *rest = &trimmed[end..];
                }
            }
            'Z' => {
                let trimmed = rest.trim_start();
                let end = trimmed.find(char::is_whitespace).unwrap_or(trimmed.len());
                self.zone = Some(zone_of(&trimmed[..end]).ok()?);
                *rest = &trimmed[end..];
            }
            'G' => self.iso_year = Some(number(rest, 4)?),
            'V' => self.iso_week = Some(ranged(number(rest, 2)?, 1..=53)?),
            'U' => self.week = Some((ranged(number(rest, 2)?, 0..=53)?, 0)),
            'W' => self.week = Some((ranged(number(rest, 2)?, 0..=53)?, 1)),
            'Q' => self.month = Some(u32::try_from((ranged(number(rest, 1)?, 1..=4)? - 1) * 3 + 1).ok()?),
            'n' | 't' => *rest = rest.trim_start(),
            '%' => *rest = rest.strip_prefix('%')?,
            _ => return None,
        }
        Some(())
    }

    fn day(&self) -> Option<i64> {
        let year = match (self.year, self.short_year, self.century) {
            (Some(year), _, _) => year,
            (None, Some(short), Some(century)) => century * 100 + short,
            (None, Some(short), None) => {
                if short < 69 {
                    2000 + short
                } else {
                    1900 + short
                }
            }
            (None, None, Some(century)) => century * 100,
            (None, None, None) => 1970,
        };
        if let (Some(year), week) = (self.iso_year, self.iso_week) {
            let fourth = days(year, 1, 4);
            let monday = fourth - (fourth + 3).rem_euclid(7);
            let of_week = self.weekday.map_or(0, |it| (it + 6) % 7);
            return Some(monday + (week.unwrap_or(1) - 1) * 7 + of_week);
        }
        if !(1..=9999).contains(&year) {
            return None;
        }
        if let Some(of_year) = self.day_of_year {
            let day = days(year, 1, 1) + of_year - 1;
            return (day < days(year + 1, 1, 1)).then_some(day);
        }
        if let (Some((week, first)), None, None) = (self.week, self.month, self.day) {
            let start = days(year, 1, 1);
            let first_full = start + (first - (start + 4)).rem_euclid(7);
            let weekday = self.weekday.unwrap_or(first);
            return Some(first_full + (week - 1) * 7 + (weekday - first).rem_euclid(7));
        }
        let (month, day) = (self.month.unwrap_or(1), self.day.unwrap_or(1));
        (day <= civil::month_days(year, month)).then(|| days(year, month, day))
    }

    fn finish(self) -> Option<Read> {
        if let Some(at) = self.instant {
            return Some(Read { at, offset: Some(0), zone: None });
        }
        let hour = match (self.pm, self.half) {
            (Some(true), true) => self.hour % 12 + 12,
            (Some(false), true) => self.hour % 12,
            (_, _) => self.hour,
        };
        let time = (hour * 3600 + self.minute * 60 + self.second) * SECOND + self.micros;
        let at = self.day()?.checked_mul(DAY)?.checked_add(time)?;
        Some(Read { at, offset: self.offset, zone: self.zone })
    }
}
