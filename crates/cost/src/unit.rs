//! Units as the Cloud Billing Catalog writes them (`GiBy.mo`), turned into each other and into words.

use rust_decimal::Decimal;

/// Hours that a month has in an estimate, as Infracost counts.
pub(crate) const HOURS_A_MONTH: i64 = 730;

/// How many `to` one `from` is: `TiBy` is 1024 `GiBy`. `None` where they measure different things.
pub(crate) fn factor(from: &str, to: &str) -> Option<Decimal> {
    if from == to {
        return Some(Decimal::ONE);
    }
    // The catalog leaves out what it is a second of.
    let bare = |it: &'static str, text: &str| text.strip_prefix(it).map(str::to_owned);
    let bare = |text: &str| bare("vCPU.", text).or_else(|| bare("GPU.", text)).unwrap_or(text.to_owned());
    let (from, to) = (bare(from), bare(to));
    let (from, to): (Vec<&str>, Vec<&str>) = (from.split('.').collect(), to.split('.').collect());
    if from.len() != to.len() {
        return None;
    }
    let mut factor = Decimal::ONE;
    for (from, to) in from.into_iter().zip(to) {
        if from != to {
            let ((what, many), (same, few)) = (part(from)?, part(to)?);
            if what != same {
                return None;
            }
            factor = factor.checked_mul(Decimal::from(many))?.checked_div(Decimal::from(few))?;
        }
    }
    Some(factor)
}

#[derive(PartialEq)]
enum Measure {
    Size,
    Time,
}

/// What a part of a unit measures, in bytes or seconds.
fn part(name: &str) -> Option<(Measure, i64)> {
    const HOUR: i64 = 3600;
    Some(match name {
        "By" => (Measure::Size, 1),
        "kiBy" | "KiBy" => (Measure::Size, 1 << 10),
        "MiBy" => (Measure::Size, 1 << 20),
        "GiBy" => (Measure::Size, 1 << 30),
        "TiBy" => (Measure::Size, 1 << 40),
        "PiBy" => (Measure::Size, 1 << 50),
        "s" => (Measure::Time, 1),
        "min" => (Measure::Time, 60),
        "h" => (Measure::Time, HOUR),
        "d" => (Measure::Time, 24 * HOUR),
        "mo" => (Measure::Time, HOURS_A_MONTH * HOUR),
        _ => return None,
    })
}

/// A unit in words: `GiB-months`.
pub(crate) fn words(unit: &str) -> String {
    match unit {
        "count" => "count".to_owned(),
        "run" => "runs".to_owned(),
        "job-month" => "job-months".to_owned(),
        _ => {
            let parts: Vec<&str> = unit.split('.').collect();
            let last = parts.len() - 1;
            let worded = parts.iter().enumerate().map(|(index, part)| {
                let (one, many) = match *part {
                    "s" => ("second", "seconds"),
                    "min" => ("minute", "minutes"),
                    "h" => ("hour", "hours"),
                    "d" => ("day", "days"),
                    "mo" => ("month", "months"),
                    "By" => ("byte", "bytes"),
                    other => return other.strip_suffix("By").map_or(other.to_owned(), |it| format!("{it}B")),
                };
                if index == last { many.to_owned() } else { one.to_owned() }
            });
            worded.collect::<Vec<_>>().join("-")
        }
    }
}

/// One of a unit in words, after a price: `per GiB-month`, `each`.
pub(crate) fn per(unit: &str) -> String {
    match unit {
        "count" => "each".to_owned(),
        _ => {
            let many = words(unit);
            format!("per {}", many.strip_suffix('s').unwrap_or(&many))
        }
    }
}

/// The unit in which an amount is a handy number, and how many of it one of the given unit is.
pub(crate) fn handier(amount: Decimal, unit: &str) -> (Decimal, String) {
    let smaller = [("PiBy", "TiBy"), ("TiBy", "GiBy"), ("GiBy", "MiBy")];
    let (mut factor, mut unit) = (Decimal::ONE, unit.to_owned());
    while amount.saturating_mul(factor) < Decimal::ONE
        && !amount.is_zero()
        && let Some((large, small)) = smaller.into_iter().find(|(large, _)| unit.starts_with(large))
    {
        factor = factor.saturating_mul(Decimal::from(1024));
        unit = unit.replacen(large, small, 1);
    }
    (factor, unit)
}

/// An amount in its handiest unit: 0.009765625 `TiBy` is `10 GiB`.
pub(crate) fn handy(amount: Decimal, unit: &str) -> String {
    let (factor, unit) = handier(amount, unit);
    let number = grouped(&amount.saturating_mul(factor).normalize().to_string());
    match unit.as_str() {
        "count" => number,
        unit => format!("{number} {}", words(unit)),
    }
}

/// A number's text with a comma between thousands.
pub fn grouped(number: &str) -> String {
    let (sign, rest) = number.strip_prefix('-').map_or(("", number), |it| ("-", it));
    let (whole, fraction) = rest.split_once('.').map_or((rest, None), |(a, b)| (a, Some(b)));
    let mut text = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_turn_into_each_other_where_they_measure_the_same() {
        let check = |from: &str, to: &str, many: Option<&str>| {
            assert_eq!(factor(from, to), many.map(|it| it.parse().unwrap()), "{from} in {to}");
        };
        check("TiBy", "GiBy", Some("1024"));
        check("GiBy", "TiBy", Some("0.0009765625"));
        check("GiBy.mo", "GiBy.h", Some("730"));
        check("TiBy.h", "GiBy.s", Some("3686400"));
        check("h", "s", Some("3600"));
        check("vCPU.s", "s", Some("1"));
        check("s", "GPU.s", Some("1"));
        check("job-month", "job-month", Some("1"));
        check("GiBy", "GiBy.mo", None);
        check("GiBy", "s", None);
        check("count", "run", None);
    }

    #[test]
    fn words_and_handy_amounts() {
        assert_eq!(words("GiBy.mo"), "GiB-months");
        assert_eq!(words("TiBy"), "TiB");
        assert_eq!(words("s"), "seconds");
        assert_eq!(words("count"), "count");
        assert_eq!((words("vCPU.s").as_str(), per("vCPU.s").as_str()), ("vCPU-seconds", "per vCPU-second"));
        assert_eq!(
            [per("GiBy.mo"), per("TiBy"), per("s"), per("count")],
            ["per GiB-month", "per TiB", "per second", "each"]
        );
        assert_eq!(handy("0.009765625".parse().unwrap(), "TiBy"), "10 GiB");
        assert_eq!(handy("0.5".parse().unwrap(), "GiBy.mo"), "512 MiB-months");
        assert_eq!(handy(2_000_000.into(), "count"), "2,000,000");
        assert_eq!(grouped("-1234567.8901"), "-1,234,567.8901");
        assert_eq!(grouped("123"), "123");
    }
}
