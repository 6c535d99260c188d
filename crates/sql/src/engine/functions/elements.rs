//! `FORMAT_…` and `PARSE_…`: times by `strftime`'s elements.

use super::units::extract;
use crate::civil::{self, DAY, SECOND, civil, days};

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

/// `strftime` by the elements that BigQuery has.
pub(super) fn formatted(pattern: &str, at: i64, zone: &str) -> String {
    let part = |name: &str| extract(name, at).unwrap_or(0);
    let (year, month, day) = civil(at.div_euclid(DAY));
    let month_name = MONTHS[usize::try_from(month - 1).unwrap_or(0) % 12];
    let day_name = DAYS[usize::try_from(part("DAYOFWEEK") - 1).unwrap_or(0) % 7];
    let hour12 = match part("HOUR") % 12 {
        0 => 12,
        it => it,
    };
    let mut out = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut element: String = chars.next().into_iter().collect();
        if element == "E" || element.chars().all(|it| it.is_ascii_digit()) || element == "-" {
            element.extend(chars.next());
        }
        if element == "E*" || element == "E3" || element == "E6" {
            element.extend(chars.next());
        }
        let inner = |pattern: &str| formatted(pattern, at, zone);
        out.push_str(&match element.as_str() {
            "Y" | "E4Y" => format!("{year:04}"),
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
            "E3S" => format!("{:02}.{:03}", part("SECOND"), part("MILLISECOND")),
            "E6S" => format!("{:02}.{:06}", part("SECOND"), part("MICROSECOND")),
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
            "u" => ((part("DAYOFWEEK") + 5) % 7 + 1).to_string(),
            "w" => (part("DAYOFWEEK") - 1).to_string(),
            "Q" => part("QUARTER").to_string(),
            "s" => at.div_euclid(SECOND).to_string(),
            "F" => inner("%Y-%m-%d"),
            "T" | "X" => inner("%H:%M:%S"),
            "R" => inner("%H:%M"),
            "D" | "x" => inner("%m/%d/%y"),
            "c" => inner("%a %b %e %H:%M:%S %Y"),
            "z" => zone_text(zone, ""),
            "Ez" => zone_text(zone, ":"),
            "Z" => {
                if zone == "UTC" {
                    "UTC".to_owned()
                } else {
                    format!("UTC{}", zone_text(zone, ""))
                }
            }
            "n" => "\n".to_owned(),
            "t" => "\t".to_owned(),
            "%" => "%".to_owned(),
            other => format!("%{other}"),
        });
    }
    out
}

/// `+0200` of an offset that is written in minutes.
fn zone_text(zone: &str, between: &str) -> String {
    let minutes: i64 = zone.parse().unwrap_or(0);
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{sign}{:02}{between}{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

/// Reads a text by `strptime`'s elements; microseconds, and the offset if the text says one.
pub(super) fn parsed(pattern: &str, given: &str) -> Option<(i64, Option<i64>)> {
    let expanded = pattern
        .replace("%F", "%Y-%m-%d")
        .replace("%T", "%H:%M:%S")
        .replace("%X", "%H:%M:%S")
        .replace("%R", "%H:%M")
        .replace("%D", "%m/%d/%y")
        .replace("%x", "%m/%d/%y")
        .replace("%E*S", "%\u{1}")
        .replace("%E3S", "%\u{1}")
        .replace("%E6S", "%\u{1}")
        .replace("%E4Y", "%Y")
        .replace("%Ez", "%z");
    let (mut year, mut month, mut day, mut of_day) = (1970, 1, 1, 0_i64);
    let (mut hour, mut pm, mut offset, mut instant) = (0_i64, None, None, None);
    let mut rest = given;
    let number = |rest: &mut &str, most: usize| -> Option<i64> {
        let trimmed = rest.trim_start();
        let length = trimmed.bytes().take(most).take_while(u8::is_ascii_digit).count();
        let value = trimmed[..length].parse().ok()?;
        *rest = &trimmed[length..];
        Some(value)
    };
    let name = |rest: &mut &str, names: &[&str]| -> Option<usize> {
        let lower = rest.to_lowercase();
        let found = names.iter().position(|it| lower.starts_with(&it[..3].to_lowercase()))?;
        let full = names[found].to_lowercase();
        let length = if lower.starts_with(&full) { full.len() } else { 3 };
        *rest = &rest[length..];
        Some(found)
    };
    let mut chars = expanded.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            if c.is_whitespace() {
                rest = rest.trim_start();
            } else {
                rest = rest.strip_prefix(c)?;
            }
            continue;
        }
        match chars.next()? {
            'Y' => year = number(&mut rest, 4)?,
            'y' => {
                let short = number(&mut rest, 2)?;
                year = if short < 69 { 2000 + short } else { 1900 + short };
            }
            'm' => month = u32::try_from(number(&mut rest, 2)?).ok()?,
            'd' | 'e' => day = u32::try_from(number(&mut rest, 2)?).ok()?,
            'H' | 'k' | 'I' | 'l' => hour = number(&mut rest, 2)?,
            'M' => of_day += number(&mut rest, 2)? * 60 * SECOND,
            'S' => of_day += number(&mut rest, 2)? * SECOND,
            '\u{1}' => {
                of_day += number(&mut rest, 2)? * SECOND;
                if let Some(after) = rest.strip_prefix('.') {
                    let length = after.bytes().take_while(u8::is_ascii_digit).count();
                    let kept = &after[..length.min(6)];
                    of_day += format!("{kept:0<6}").parse::<i64>().ok()?;
                    rest = &after[length..];
                }
            }
            'p' | 'P' => {
                let lower = rest.to_lowercase();
                pm = Some(lower.starts_with("pm"));
                rest = rest.get(2..)?;
            }
            'A' | 'a' => {
                name(&mut rest, &DAYS)?;
            }
            'B' | 'b' | 'h' => month = u32::try_from(name(&mut rest, &MONTHS)? + 1).ok()?,
            's' => instant = Some(number(&mut rest, 20)? * SECOND),
            'z' => {
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                let written = &rest[..end];
                offset = Some(if written == "Z" { 0 } else { civil::offset(written)? });
                rest = &rest[end..];
            }
            'Z' => {
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                offset = Some(civil::offset(&rest[..end])?);
                rest = &rest[end..];
            }
            '%' => rest = rest.strip_prefix('%')?,
            _ => return None,
        }
    }
    if !rest.trim().is_empty() {
        return None;
    }
    if let Some(instant) = instant {
        return Some((instant, Some(0)));
    }
    let hour = match pm {
        Some(true) => hour % 12 + 12,
        Some(false) => hour % 12,
        None => hour,
    };
    let real = (1..=12).contains(&month) && day >= 1 && day <= civil::month_days(year, month) && hour < 24;
    real.then(|| (days(year, month, day) * DAY + hour * 3600 * SECOND + of_day, offset))
}
