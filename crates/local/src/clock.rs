//! The time of this cloud: the machine's, moved forward as far as someone asked.

use std::sync::atomic::{AtomicI64, Ordering};

use time::{Duration, OffsetDateTime};

use crate::moment;

/// A clock that can be moved.
#[derive(Debug, Default)]
pub struct Clock {
    /// Microseconds that this cloud is ahead of the machine.
    ahead: AtomicI64,
}

impl Clock {
    /// The time here.
    pub fn now(&self) -> OffsetDateTime {
        moment::now().saturating_add(Duration::microseconds(self.ahead()))
    }

    /// The time here in microseconds since 1970.
    pub fn micros(&self) -> i64 {
        micros(self.now())
    }

    /// Microseconds that this cloud is ahead of the machine.
    pub fn ahead(&self) -> i64 {
        self.ahead.load(Ordering::Relaxed)
    }

    /// Sets how far this cloud is ahead.
    pub fn set(&self, ahead: i64) {
        self.ahead.store(ahead, Ordering::Relaxed);
    }
}

/// Microseconds since 1970.
pub fn micros(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000).unwrap_or(i64::MAX)
}

/// The time of microseconds since 1970.
pub fn at(micros: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Microseconds of a length of time as people write it: `15m`, `1h30m`, `90s`, `250ms`, `31d`; a bare number is seconds.
pub fn length(text: &str) -> Option<i64> {
    let mut rest = text.trim();
    let mut sum: i64 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number: i64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let unit = match &rest[..letters] {
            "ms" => 1_000,
            "s" | "" => 1_000_000,
            "m" => 60_000_000,
            "h" => 3_600_000_000,
            "d" => 86_400_000_000,
            _ => return None,
        };
        sum = sum.checked_add(number.checked_mul(unit)?)?;
        rest = &rest[letters..];
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths() {
        for (text, want) in [
            ("15m", Some(900_000_000)),
            ("1h30m", Some(5_400_000_000)),
            ("250ms", Some(250_000)),
            ("10", Some(10_000_000)),
            ("", None),
            ("m", None),
            ("-5s", None),
            ("5w", None),
        ] {
            assert_eq!(length(text), want, "{text}");
        }
    }

    #[test]
    fn a_moved_clock_is_ahead() {
        let clock = Clock::default();
        let before = clock.micros();
        clock.set(60_000_000);
        assert!((60_000_000..61_000_000).contains(&(clock.micros() - before)));
    }
}
