//! NUMERIC and BIGNUMERIC as text and as scaled integers.

use num_bigint::BigInt;

/// Digits behind the point that NUMERIC keeps.
pub const SCALE: u32 = 9;
/// Digits behind the point that BIGNUMERIC keeps.
pub const BIG_SCALE: usize = 38;

/// The greatest NUMERIC, in its units.
pub const MOST: i128 = 10_i128.pow(38) - 1;

/// Sign, digits before the point and digits behind it, of `-12.5` or `1.2e3`.
fn split(text: &str) -> Option<(bool, String, String)> {
    let text = text.trim();
    let (negative, rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (number, exponent) = match rest.find(['e', 'E']) {
        Some(at) => (&rest[..at], rest[at + 1..].parse::<i32>().ok()?),
        None => (rest, 0),
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let digits = |it: &str| it.bytes().all(|b| b.is_ascii_digit());
    if (whole.is_empty() && part.is_empty())
        || !digits(whole)
        || !digits(part)
        || !(-1000..=1000).contains(&exponent)
    {
        return None;
    }
    let all = format!("{whole}{part}");
    let point = i32::try_from(whole.len()).ok()? + exponent;
    let (whole, part) = if point <= 0 {
        (String::new(), format!("{}{all}", "0".repeat(usize::try_from(-point).ok()?)))
    } else {
        let point = usize::try_from(point).ok()?;
        match all.len() <= point {
            true => (format!("{all}{}", "0".repeat(point - all.len())), String::new()),
            false => (all[..point].to_owned(), all[point..].to_owned()),
        }
    };
    Some((negative, whole.trim_start_matches('0').to_owned(), part))
}

/// A NUMERIC in units of 10^-9, rounded half away from zero.
pub fn numeric(text: &str) -> Option<i128> {
    let (negative, whole, part) = split(text)?;
    if whole.len() > 29 {
        return None;
    }
    let kept: String = part.chars().chain(std::iter::repeat('0')).take(SCALE as usize).collect();
    let up = part.as_bytes().get(SCALE as usize).is_some_and(|it| *it >= b'5');
    let value: i128 = format!("0{whole}{kept}").parse().ok()?;
    let value = value + i128::from(up);
    (value <= MOST).then_some(if negative { -value } else { value })
}

/// A NUMERIC as BigQuery writes it: no zeros at the end.
pub fn show(value: i128) -> String {
    let unit = 10_i128.pow(SCALE);
    let sign = if value < 0 { "-" } else { "" };
    let (whole, part) =
        (value.unsigned_abs() / unit.unsigned_abs(), value.unsigned_abs() % unit.unsigned_abs());
    if part == 0 {
        return format!("{sign}{whole}");
    }
    let part = format!("{part:09}");
    format!("{sign}{whole}.{}", part.trim_end_matches('0'))
}

/// A BIGNUMERIC in units of 10^-38, rounded half away from zero; `None` if the text is no number or out of range.
pub fn unscaled(text: &str) -> Option<BigInt> {
    let (negative, whole, part) = split(text)?;
    if whole.len() > 39 {
        return None;
    }
    let kept: String = part.chars().chain(std::iter::repeat('0')).take(BIG_SCALE).collect();
    let up = part.as_bytes().get(BIG_SCALE).is_some_and(|it| *it >= b'5');
    let value: BigInt = format!("0{whole}{kept}").parse().ok()?;
    let value = value + i32::from(up);
    let value = if negative { -value } else { value };
    fits_big(&value).then_some(value)
}

/// Whether a number of units is a BIGNUMERIC.
pub fn fits_big(value: &BigInt) -> bool {
    let most = BigInt::from(1) << 255;
    *value < most && *value >= -most
}

/// A BIGNUMERIC of units of 10^-38 as BigQuery writes it.
pub fn show_unscaled(value: &BigInt) -> String {
    let text = value.to_string();
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |it| ("-", it));
    let digits = format!("{digits:0>width$}", width = BIG_SCALE + 1);
    let at = digits.len() - BIG_SCALE;
    let part = digits[at..].trim_end_matches('0');
    if part.is_empty() {
        format!("{sign}{}", &digits[..at])
    } else {
        format!("{sign}{}.{part}", &digits[..at])
    }
}

/// A BIGNUMERIC as BigQuery writes it; `None` if the text is no number or out of range.
pub fn big(text: &str) -> Option<String> {
    unscaled(text).map(|it| show_unscaled(&it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        let check = |given: &str, want: Option<&str>| {
            assert_eq!(numeric(given).map(show).as_deref(), want, "{given}");
            assert_eq!(big(given).as_deref(), want, "{given}");
        };
        check("12.50", Some("12.5"));
        check("-0.001", Some("-0.001"));
        check("1.5e3", Some("1500"));
        check("25e-1", Some("2.5"));
        check("+7", Some("7"));
        check("", None);
        check("1.2.3", None);
        assert_eq!(numeric("0.0000000005").map(show).as_deref(), Some("0.000000001"));
        assert_eq!(numeric("1e40"), None);
        assert_eq!(big("1e-39").as_deref(), Some("0"));
        assert_eq!(big("5e-39").as_deref(), Some("0.00000000000000000000000000000000000001"));
        assert_eq!(
            big("578960446186580977117854925043439539266.3"),
            big("578960446186580977117854925043439539266.30")
        );
        assert_eq!(big("578960446186580977117854925043439539267"), None);
        assert_eq!(numeric("1e-2147483648"), None);
    }
}
