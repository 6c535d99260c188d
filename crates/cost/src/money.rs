//! Exact money, the currency that it is shown in, and how it is written.

use engine::Range;
use rust_decimal::{Decimal, RoundingStrategy};

use crate::unit::grouped;

/// Decimals that money is kept to, so that sums of what was split are exact.
const DECIMALS: u32 = 15;

/// A product, kept to [`DECIMALS`]; the largest number there is where it would be larger.
pub(crate) fn times(quantity: Decimal, price: Decimal) -> Decimal {
    quantity.saturating_mul(price).round_dp(DECIMALS)
}

/// The same for the low, the expected and the high.
pub(crate) fn each(f: impl Fn(fn(&Range) -> Decimal) -> Decimal) -> Range {
    Range { low: f(|it| it.low), expected: f(|it| it.expected), high: f(|it| it.high) }
}

/// What money is shown in. Prices are in US dollars; all else is them times a rate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Currency {
    /// `EUR`.
    pub code: String,
    /// How many of it a US dollar is.
    pub rate: Decimal,
}

impl Default for Currency {
    fn default() -> Currency {
        Currency { code: "USD".to_owned(), rate: Decimal::ONE }
    }
}

impl Currency {
    /// A currency by its code of three letters, and how many of it a US dollar is.
    ///
    /// # Errors
    /// Says what is wrong with the code or the rate.
    pub fn new(code: &str, rate: Decimal) -> Result<Currency, CurrencyError> {
        if code.len() != 3 || !code.bytes().all(|it| it.is_ascii_alphabetic()) {
            return Err(CurrencyError::Code(code.to_owned()));
        }
        let code = code.to_ascii_uppercase();
        if rate <= Decimal::ZERO || rate > Decimal::from(1_000_000) {
            return Err(CurrencyError::Rate(rate));
        }
        if code == "USD" && rate != Decimal::ONE {
            return Err(CurrencyError::Dollar(rate));
        }
        Ok(Currency { code, rate })
    }

    /// US dollars in this currency.
    pub fn of(&self, dollars: Decimal) -> Decimal {
        if self.rate == Decimal::ONE { dollars } else { times(dollars, self.rate) }
    }

    fn symbol(&self) -> String {
        match self.code.as_str() {
            "USD" => "$".to_owned(),
            "EUR" => "€".to_owned(),
            "GBP" => "£".to_owned(),
            code => format!("{code} "),
        }
    }

    /// An amount that is in this currency already, to the cent: `$1,234.50`, `<$0.01`.
    pub fn write(&self, amount: Decimal) -> String {
        let rounded = amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
        let sign = if amount.is_sign_negative() && !amount.is_zero() { "-" } else { "" };
        if rounded.is_zero() && !amount.is_zero() {
            // Not nothing, and must not look like it.
            return format!("{sign}<{}0.01", self.symbol());
        }
        format!("{sign}{}{}", self.symbol(), grouped(&format!("{:.2}", rounded.abs())))
    }

    /// What a unit costs, in this currency already, with all its digits: `$0.0000004`.
    pub fn write_price(&self, amount: Decimal) -> String {
        let exact = amount.normalize();
        if exact.scale() <= 2 {
            self.write(exact)
        } else {
            format!("{}{}", self.symbol(), grouped(&exact.round_dp(DECIMALS).to_string()))
        }
    }

    /// A difference, with its sign: `+$3.00`, `-$0.10`, `$0.00`.
    pub fn write_change(&self, amount: Decimal) -> String {
        let sign = if amount > Decimal::ZERO { "+" } else { "" };
        format!("{sign}{}", self.write(amount))
    }
}

/// Why a currency is not one.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CurrencyError {
    #[error("currency {0:?} is not a code of three letters, such as EUR")]
    Code(String),
    #[error("rate {0} must be above 0 and at most 1000000: how many of the currency a US dollar is")]
    Rate(Decimal),
    #[error("rate {0} of USD must be 1: prices are in US dollars")]
    Dollar(Decimal),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_rounded_when_it_is_written_and_is_never_nothing_where_it_is_little() {
        let check = |amount: &str, text: &str| {
            assert_eq!(Currency::default().write(amount.parse().unwrap()), text);
        };
        check("0", "$0.00");
        check("0.004", "<$0.01");
        check("-0.004", "-<$0.01");
        check("0.005", "$0.01");
        check("1234567.895", "$1,234,567.90");
        check("-1234.5", "-$1,234.50");
        let euro = Currency::new("eur", "0.9".parse().unwrap()).unwrap();
        assert_eq!(euro.write(euro.of(10.into())), "€9.00");
        assert_eq!(Currency::new("CHF", Decimal::TWO).unwrap().write(Decimal::TEN), "CHF 10.00");
    }

    #[test]
    fn prices_keep_their_digits_and_changes_their_sign() {
        let dollar = Currency::default();
        assert_eq!(dollar.write_price("0.00000040".parse().unwrap()), "$0.0000004");
        assert_eq!(dollar.write_price("40".parse().unwrap()), "$40.00");
        assert_eq!(dollar.write_change(Decimal::TWO), "+$2.00");
        assert_eq!(dollar.write_change(-Decimal::TWO), "-$2.00");
        assert_eq!(dollar.write_change(Decimal::ZERO), "$0.00");
    }

    #[test]
    fn what_is_no_currency_is_refused() {
        assert!(matches!(Currency::new("EURO", Decimal::ONE), Err(CurrencyError::Code(_))));
        assert!(matches!(Currency::new("EUR", Decimal::ZERO), Err(CurrencyError::Rate(_))));
        assert!(matches!(Currency::new("USD", Decimal::TWO), Err(CurrencyError::Dollar(_))));
    }
}
