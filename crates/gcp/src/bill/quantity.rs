//! Amounts: a month's hours, bytes in their powers, Kubernetes' quantities, durations, sums of ranges.

use engine::Range;
use rust_decimal::Decimal;
use serde_json::Value;

/// A month, as Google's calculator and Infracost count it.
pub(crate) const MONTH_HOURS: u32 = 730;
pub(crate) const MONTH_SECONDS: u32 = MONTH_HOURS * 3600;

pub(crate) const MIB: u64 = 1 << 20;
pub(crate) const GIB: u64 = 1 << 30;
pub(crate) const TIB: u64 = 1 << 40;

/// More than anything that is declared can hold, and little enough that products of it do not overflow.
const MOST: u64 = 1 << 40;

/// Everything as often.
pub(crate) fn times(it: Range, factor: impl Into<Decimal>) -> Range {
    let factor = factor.into();
    it.map(|it| it.saturating_mul(factor))
}

/// Everything divided by what is not zero.
pub(crate) fn over(it: Range, divisor: impl Into<Decimal>) -> Range {
    let divisor = divisor.into();
    it.map(|it| quotient(it, divisor))
}

/// The quotient of two: least where the divisor is most. A divisor of zero counts as one.
pub(crate) fn ratio(it: Range, divisor: Range) -> Range {
    let safe = |divisor: Decimal| if divisor.is_zero() { Decimal::ONE } else { divisor };
    Range {
        low: quotient(it.low, safe(divisor.high)),
        expected: quotient(it.expected, safe(divisor.expected)),
        high: quotient(it.high, safe(divisor.low)),
    }
}

/// What is absurdly much stays the most there can be.
fn quotient(it: Decimal, divisor: Decimal) -> Decimal {
    it.checked_div(divisor).unwrap_or(Decimal::MAX)
}

/// What is left of something when another is taken away: never below nothing.
pub(crate) fn less(it: Range, taken: Range) -> Range {
    let left = |it: Decimal, taken: Decimal| it.saturating_sub(taken).max(Decimal::ZERO);
    Range {
        low: left(it.low, taken.high),
        expected: left(it.expected, taken.expected),
        high: left(it.high, taken.low),
    }
}

/// The greater of two.
pub(crate) fn most(it: Range, other: Range) -> Range {
    Range {
        low: it.low.max(other.low),
        expected: it.expected.max(other.expected),
        high: it.high.max(other.high),
    }
}

/// The lesser of two.
pub(crate) fn least(it: Range, other: Range) -> Range {
    Range {
        low: it.low.min(other.low),
        expected: it.expected.min(other.expected),
        high: it.high.min(other.high),
    }
}

/// A number, in JSON's type or, as Google writes 64-bit ones, in text.
pub(crate) fn number(value: Option<&Value>) -> Option<Decimal> {
    let text = match value? {
        Value::Number(it) => it.to_string(),
        Value::String(it) => it.trim().to_owned(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    let number = text.parse::<Decimal>().or_else(|_| Decimal::from_scientific(&text)).ok()?;
    (number >= Decimal::ZERO).then(|| number.min(Decimal::from(MOST)))
}

/// A duration of Google's, `"604800s"`, in seconds.
pub(crate) fn seconds(value: Option<&Value>) -> Option<Decimal> {
    let text = value?.as_str()?;
    let number = text.strip_suffix('s')?.parse::<Decimal>().ok()?;
    (number >= Decimal::ZERO).then(|| number.min(Decimal::from(MOST)))
}

/// A quantity of Kubernetes: `500m`, `512Mi`, `1.5`.
pub(crate) fn kubernetes(text: &str) -> Option<Decimal> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let number = number.parse::<Decimal>().ok()?.min(Decimal::from(MOST));
    let factor = match suffix {
        "" => Decimal::ONE,
        "m" => Decimal::new(1, 3),
        "k" => Decimal::from(1_000u64),
        "M" => Decimal::from(1_000_000u64),
        "G" => Decimal::from(1_000_000_000u64),
        "T" => Decimal::from(1_000_000_000_000u64),
        "Ki" => Decimal::from(1u64 << 10),
        "Mi" => Decimal::from(MIB),
        "Gi" => Decimal::from(GIB),
        "Ti" => Decimal::from(TIB),
        _ => return None,
    };
    number.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn quantities_are_read_as_kubernetes_writes_them() {
        let read = |text| kubernetes(text).map(|it| it.normalize().to_string());
        assert_eq!(read("500m").as_deref(), Some("0.5"));
        assert_eq!(read("512Mi").as_deref(), Some("536870912"));
        assert_eq!(read("1Gi").as_deref(), Some("1073741824"));
        assert_eq!(read("1.5").as_deref(), Some("1.5"));
        assert_eq!(read("2G").as_deref(), Some("2000000000"));
        for wrong in ["", "Mi", "1Zi", "-1", "1e9", "lots"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn numbers_come_as_numbers_or_as_text() {
        assert_eq!(number(Some(&json!(3))), Some(Decimal::from(3)));
        assert_eq!(number(Some(&json!("604800"))), Some(Decimal::from(604_800)));
        assert_eq!(number(Some(&json!(-1))), None);
        assert_eq!(number(Some(&engine::unknown())), None);
        assert_eq!(seconds(Some(&json!("1.5s"))), Some(Decimal::new(15, 1)));
        assert_eq!(seconds(Some(&json!("1.5"))), None);
    }

    #[test]
    fn what_is_divided_by_most_is_least() {
        let range = |low: i64, expected: i64, high: i64| Range {
            low: low.into(),
            expected: expected.into(),
            high: high.into(),
        };
        assert_eq!(ratio(range(100, 100, 100), range(1, 2, 4)), range(25, 50, 100));
        assert_eq!(less(range(10, 10, 10), range(1, 5, 20)), range(0, 5, 9));
    }
}
