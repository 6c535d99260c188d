//! Times and durations as Google writes them.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

/// Now.
pub fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

/// `2024-04-01T12:34:56.123456Z`.
pub fn text(at: OffsetDateTime) -> String {
    at.format(format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z"))
        .unwrap_or_default()
}

/// `2024-04-01T12:34:56.123Z`, as Cloud Storage writes times.
pub fn short(at: OffsetDateTime) -> String {
    at.format(format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z"))
        .unwrap_or_default()
}

/// `2024-04-01T12:34:56Z`.
pub fn seconds(at: OffsetDateTime) -> String {
    at.format(format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z")).unwrap_or_default()
}

/// Milliseconds since 1970.
pub fn millis(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

/// A time in UTC with 0, 3, 6 or 9 digits of fraction.
pub fn canonical(given: &str) -> Option<String> {
    let at = OffsetDateTime::parse(given, &Rfc3339).ok()?.to_offset(time::UtcOffset::UTC);
    Some(format!("{}{}Z", seconds(at).trim_end_matches('Z'), fraction(at.nanosecond())))
}

/// The time a text says.
pub fn parse(given: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(given, &Rfc3339).ok()
}

fn fraction(nanos: u32) -> String {
    match nanos {
        0 => String::new(),
        it if it % 1_000_000 == 0 => format!(".{:03}", it / 1_000_000),
        it if it % 1_000 == 0 => format!(".{:06}", it / 1_000),
        it => format!(".{it:09}"),
    }
}

/// A duration in canonical form: `0600.50s` is `600.500s`.
pub fn duration(given: &str) -> Option<String> {
    let number = given.strip_suffix('s')?;
    let (sign, number) = match number.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", number),
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let digits = |it: &str| it.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty()
        || !digits(whole)
        || !digits(part)
        || part.len() > 9
        || (number.contains('.') && part.is_empty())
    {
        return None;
    }
    let whole: u64 = whole.parse().ok()?;
    let nanos: u32 = format!("{part:0<9}").parse().ok()?;
    Some(format!("{sign}{whole}{}s", fraction(nanos)))
}

/// The seconds of a canonical duration.
pub fn duration_seconds(given: &str) -> Option<f64> {
    given.strip_suffix('s')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (given, want) in [
            ("600s", Some("600s")),
            ("0600s", Some("600s")),
            ("3.5s", Some("3.500s")),
            ("-1.000001s", Some("-1.000001s")),
            ("10d", None),
            ("s", None),
            ("1.s", None),
        ] {
            assert_eq!(duration(given).as_deref(), want, "{given}");
        }
    }

    #[test]
    fn times_come_to_utc() {
        assert_eq!(canonical("2024-04-01T14:34:56.5+02:00").as_deref(), Some("2024-04-01T12:34:56.500Z"));
        assert_eq!(canonical("yesterday"), None);
    }
}
