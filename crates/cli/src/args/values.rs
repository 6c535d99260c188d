//! Values of flags: spans of time, counts, labels, increases.

use rust_decimal::Decimal;

/// `10%`, or an amount of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Increase {
    Percent(Decimal),
    Amount(Decimal),
}

impl Increase {
    /// Whether a cost has grown by more than this. A cost that was nothing has grown by more than any percentage.
    pub fn is_exceeded(self, before: Decimal, after: Decimal) -> bool {
        let by = after - before;
        match self {
            Increase::Amount(most) => by > most,
            Increase::Percent(_) if before.is_zero() => by > Decimal::ZERO,
            Increase::Percent(most) => {
                match (by.checked_mul(Decimal::ONE_HUNDRED), most.checked_mul(before)) {
                    (Some(by), Some(most)) => by > most,
                    // Amounts of others' reports may be larger than can be multiplied.
                    (None, _) | (_, None) => by > Decimal::ZERO,
                }
            }
        }
    }
}

impl std::str::FromStr for Increase {
    type Err = String;

    fn from_str(text: &str) -> Result<Increase, String> {
        let (number, of): (&str, fn(Decimal) -> Increase) = match text.strip_suffix('%') {
            Some(number) => (number, Increase::Percent),
            None => (text, Increase::Amount),
        };
        match number.trim().parse::<Decimal>() {
            Ok(it) if it >= Decimal::ZERO => Ok(of(it)),
            Ok(_) | Err(_) => {
                Err(format!("{text:?} is neither a percentage such as 10% nor an amount such as 25"))
            }
        }
    }
}

/// A name of a branch or an environment that stands in a condition.
pub fn branch(text: &str) -> Result<String, String> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/');
    if !text.is_empty() && text.len() <= 100 && text.bytes().all(fits) {
        return Ok(text.to_owned());
    }
    Err(format!("{text:?} is not a name of letters, digits, -, _, . and /"))
}

/// `sha256:` and 64 hexadecimal digits.
pub fn digest(text: &str) -> Result<String, String> {
    let digits = text.strip_prefix("sha256:").unwrap_or_default();
    let is_hex = digits.bytes().all(|it| it.is_ascii_digit() || (b'a'..=b'f').contains(&it));
    if digits.len() == 64 && is_hex {
        return Ok(text.to_owned());
    }
    Err("a plan's digest is sha256: and 64 hexadecimal digits, as `stack plan --out FILE` says it".to_owned())
}

pub fn demo_count(text: &str) -> Result<usize, String> {
    let number: usize = text.parse().map_err(|_| format!("{text:?} is not a number of events"))?;
    if (1..=100).contains(&number) { Ok(number) } else { Err("1 to 100 events".to_owned()) }
}

/// `90s`, `5m`, `1h`.
pub fn span(text: &str) -> Result<std::time::Duration, String> {
    let bad = || format!("{text:?} is not a span of time like 90s or 5m");
    let unit = text.chars().next_back().filter(char::is_ascii_alphabetic).ok_or_else(bad)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        _ => return Err(bad()),
    };
    let count: u64 = text[..text.len() - 1].trim().parse().map_err(|_| bad())?;
    count.checked_mul(seconds).map(std::time::Duration::from_secs).ok_or_else(bad)
}

pub fn nonnegative(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| format!("{text:?} is not a number of seconds"))?;
    if (0.0..1e6).contains(&number) {
        Ok(number)
    } else {
        Err(format!("{text:?} is not a sensible number of seconds"))
    }
}

pub fn label(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        Some(_) | None => Err(format!("{text:?} is not a label like org.opencontainers.image.vendor=us")),
    }
}
