//! Dates and times as BigQuery reads and writes them, in days and microseconds since 1970.

/// Microseconds of a day.
pub const DAY: i64 = 86_400_000_000;
/// Microseconds of a second.
pub const SECOND: i64 = 1_000_000;

/// The first and the last TIMESTAMP.
pub const FIRST: i64 = -62_135_596_800_000_000;
pub const LAST: i64 = 253_402_300_799_999_999;

/// Days since 1970 of a date, by the proleptic Gregorian calendar.
pub fn days(year: i64, month: u32, day: u32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let month = i64::from(month);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month and day of days since 1970.
pub fn civil(days: i64) -> (i64, u32, u32) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    (year, u32::try_from(month).unwrap_or(1), u32::try_from(day).unwrap_or(1))
}

/// How many days a month has.
pub fn month_days(year: i64, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn digits(text: &str, from: usize, to: usize) -> Option<i64> {
    ((from..=to).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())?
}

/// Days of `2024-05-07` (also `2024-5-7`, `2024/05/07`).
pub fn date(text: &str) -> Option<i32> {
    let mut parts = text.trim().splitn(3, ['-', '/']);
    let year = digits(parts.next()?, 4, 4)?;
    let month = u32::try_from(digits(parts.next()?, 1, 2)?).ok()?;
    let day = u32::try_from(digits(parts.next()?, 1, 2)?).ok()?;
    let real = year >= 1 && (1..=12).contains(&month) && day >= 1 && day <= month_days(year, month);
    real.then(|| i32::try_from(days(year, month, day)).ok())?
}

/// Microseconds of `12:34[:56[.789]]`.
pub fn time(text: &str) -> Option<i64> {
    let mut parts = text.trim().splitn(3, ':');
    let hour = digits(parts.next()?, 1, 2)?;
    let minute = digits(parts.next()?, 1, 2)?;
    let (second, micros) = match parts.next() {
        None => (0, 0),
        Some(rest) => {
            let (whole, part) = rest.split_once('.').unwrap_or((rest, ""));
            // Google keeps microseconds; clients of other languages send nanoseconds.
            let part = part.get(..part.len().min(6))?;
            let micros = if part.is_empty() { 0 } else { digits(&format!("{part:0<6}"), 6, 6)? };
            (digits(whole, 1, 2)?, micros)
        }
    };
    // The second 60 is the first of the next minute.
    let micros = if second == 60 { 0 } else { micros };
    (hour < 24 && minute < 60 && second <= 60)
        .then_some(((hour * 60 + minute) * 60 + second) * SECOND + micros)
}

/// Microseconds of a date and a time, or of a date alone.
pub fn datetime(text: &str) -> Option<i64> {
    let text = text.trim();
    match text.find(['T', 't', ' ']) {
        None => Some(i64::from(date(text)?) * DAY),
        Some(at) => Some(i64::from(date(&text[..at])?) * DAY + time(&text[at + 1..])?),
    }
}

/// Splits the zone off a timestamp: what is left, and the zone's name or offset if it has one.
pub fn split_zone(text: &str) -> (&str, Option<&str>) {
    let text = text.trim();
    if let Some(rest) = text.strip_suffix(['Z', 'z']) {
        return (rest, Some("UTC"));
    }
    // After the date a sign can only begin an offset, and a letter a zone's name.
    let date_end = text.find(['T', 't', ' ']).unwrap_or(text.len());
    let tail = &text[date_end..];
    let sign = tail.rfind(['+', '-']);
    let name = tail.char_indices().skip(1).find(|(_, c)| c.is_ascii_alphabetic()).map(|(at, _)| at);
    match (name, sign) {
        (Some(at), _) => (text[..date_end + at].trim_end(), Some(&text[date_end + at..])),
        (None, Some(at)) => (text[..date_end + at].trim_end(), Some(&text[date_end + at..])),
        (None, None) => (text, None),
    }
}

/// Microseconds east of `UTC`, `+02`, `+02:00`, `-0530`.
pub fn offset(zone: &str) -> Option<i64> {
    if zone.eq_ignore_ascii_case("UTC") || zone.eq_ignore_ascii_case("GMT") {
        return Some(0);
    }
    let sign = match zone.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let rest = &zone[1..];
    if !rest.is_ascii() {
        return None;
    }
    let (hours, minutes) = match rest.split_once(':') {
        Some((hours, minutes)) => (digits(hours, 1, 2)?, digits(minutes, 2, 2)?),
        None if rest.len() == 4 => (digits(&rest[..2], 2, 2)?, digits(&rest[2..], 2, 2)?),
        None => (digits(rest, 1, 2)?, 0),
    };
    (hours <= 14 && minutes < 60).then_some(sign * (hours * 60 + minutes) * 60 * SECOND)
}

/// Microseconds of a timestamp with an offset, or in UTC, within the years 1 to 9999.
pub fn timestamp(text: &str) -> Option<i64> {
    let (rest, zone) = split_zone(text);
    let shift = zone.map_or(Some(0), offset)?;
    Some(datetime(rest)? - shift).filter(|it| (FIRST..=LAST).contains(it))
}

/// `2024-05-07`.
pub fn show_date(days_since: i64) -> String {
    let (year, month, day) = civil(days_since);
    format!("{year:04}-{month:02}-{day:02}")
}

/// `12:34:56`, with a fraction if there is one.
pub fn show_time(micros: i64) -> String {
    let (seconds, part) = (micros / SECOND, micros % SECOND);
    let whole = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    match part {
        0 => whole,
        it if it % 1000 == 0 => format!("{whole}.{:03}", it / 1000),
        it => format!("{whole}.{it:06}"),
    }
}

/// `2024-05-07T12:34:56.789` with the mark between.
pub fn show_datetime(micros: i64, between: char) -> String {
    format!("{}{between}{}", show_date(micros.div_euclid(DAY)), show_time(micros.rem_euclid(DAY)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_go_there_and_back() {
        for day in [-719_162, -1, 0, 59, 60, 19_850, 2_932_896] {
            let (year, month, of_month) = civil(day);
            assert_eq!(days(year, month, of_month), day);
        }
        assert_eq!(date("2024-02-29").map(i64::from), Some(days(2024, 2, 29)));
        assert_eq!((date("2023-02-29"), date("24-1-1"), date("x")), (None, None, None));
    }

    #[test]
    fn timestamps() {
        let at = timestamp("2025-05-07 08:25:14.5").unwrap();
        for same in [
            "2025-05-07T08:25:14.500Z",
            "2025-05-07T10:25:14.5+02:00",
            "2025-05-07 08:25:14.500000 UTC",
            "2025-05-07 03:25:14.5-05",
            "2025-05-07T08:25:14.500000000+00:00",
        ] {
            assert_eq!(timestamp(same), Some(at), "{same}");
        }
        assert_eq!(show_datetime(at, ' '), "2025-05-07 08:25:14.500");
        assert_eq!(timestamp("2025-05-07").map(|it| show_datetime(it, 'T')).unwrap(), "2025-05-07T00:00:00");
        assert_eq!(timestamp("yesterday"), None);
        assert_eq!(timestamp("2025-05-07 08:25:14 Nowhere"), None);
        // Found by fuzzing: an offset of four bytes that are no digits.
        assert_eq!(timestamp("2025-05-07 08:25-\"\u{fffd}"), None);
        assert_eq!(timestamp("0001-01-01T00:00:00+00:01"), None);
        assert_eq!(timestamp("9999-12-31T23:59:59.999999-00:01"), None);
    }
}
