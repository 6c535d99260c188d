//! An instant in microseconds, and the ways it is written.

use time::format_description::well_known::{Rfc2822, Rfc3339};
use time::{OffsetDateTime, UtcOffset};

/// Microseconds since 1970, within BigQuery's TIMESTAMP: the years 1 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

const FIRST: i64 = -62_135_596_800_000_000;
const LAST: i64 = 253_402_300_799_999_999;
const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl Moment {
    /// `None` beyond the years 1 to 9999.
    pub fn from_micros(micros: i64) -> Option<Moment> {
        (FIRST..=LAST).contains(&micros).then_some(Moment(micros))
    }

    pub fn micros(self) -> i64 {
        self.0
    }

    /// Reads `2025-05-07T08:25:14.5Z` or `Wed, 07 May 2025 08:25:14 GMT`. What an offset moves beyond the
    /// years 1 to 9999 is the nearest moment within.
    pub fn parse(text: &str) -> Option<Moment> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).or_else(|_| OffsetDateTime::parse(text, &Rfc2822));
        let micros = moment.ok()?.unix_timestamp_nanos().div_euclid(1000);
        let within = micros.clamp(FIRST.into(), LAST.into());
        i64::try_from(within).ok().map(Moment)
    }

    fn date_time(self) -> OffsetDateTime {
        // Within the range of the type, hence of `time`'s.
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
            .to_offset(UtcOffset::UTC)
    }

    /// `Wed, 07 May 2025 08:25:14 GMT`, as RFC 9110 has it and Flask writes it.
    pub fn http_date(self) -> String {
        let it = self.date_time();
        let weekday = WEEKDAYS[usize::from(it.weekday().number_days_from_monday())];
        let month = MONTHS[usize::from(u8::from(it.month())) - 1];
        let (hour, minute, second) = it.to_hms();
        format!("{weekday}, {:02} {month} {:04} {hour:02}:{minute:02}:{second:02} GMT", it.day(), it.year())
    }

    /// `2025-05-07T08:25:14.000123Z`; without a fraction if there is none.
    pub fn rfc3339(self) -> String {
        self.written('T', "Z")
    }

    /// `2025-05-07 08:25:14.000123+00:00`: the text of a TIMESTAMP query parameter.
    pub fn parameter(self) -> String {
        self.written(' ', "+00:00")
    }

    fn written(self, between: char, zone: &str) -> String {
        let it = self.date_time();
        let (hour, minute, second) = it.to_hms();
        let fraction = match it.microsecond() {
            0 => String::new(),
            micros if micros % 1000 == 0 => format!(".{:03}", micros / 1000),
            micros => format!(".{micros:06}"),
        };
        let month = u8::from(it.month());
        format!(
            "{:04}-{month:02}-{:02}{between}{hour:02}:{minute:02}:{second:02}{fraction}{zone}",
            it.year(),
            it.day()
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn writes_and_reads() {
        let it = Moment::from_micros(1_746_606_314_000_123).unwrap();
        assert_eq!(it.http_date(), "Wed, 07 May 2025 08:25:14 GMT");
        assert_eq!(it.rfc3339(), "2025-05-07T08:25:14.000123Z");
        assert_eq!(it.parameter(), "2025-05-07 08:25:14.000123+00:00");
        assert_eq!(Moment::parse("2025-05-07T10:25:14.000123+02:00"), Some(it));
        assert_eq!(
            Moment::parse("Wed, 07 May 2025 08:25:14 GMT").map(Moment::micros),
            Some(1_746_606_314_000_000)
        );
        assert_eq!(Moment::parse("0001-01-01T00:00:00+23:59").map(Moment::micros), Some(FIRST));
        assert_eq!(Moment::parse("9999-12-31T23:59:59-23:59").map(Moment::micros), Some(LAST));
        for text in ["", "yesterday", "2025-05-07", "2025-02-30T00:00:00Z", "1746606314"] {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_moment_reads_back(micros in FIRST..=LAST) {
            let it = Moment::from_micros(micros).unwrap();
            prop_assert_eq!(Moment::parse(&it.rfc3339()), Some(it));
            let _ = it.http_date();
        }
    }
}
