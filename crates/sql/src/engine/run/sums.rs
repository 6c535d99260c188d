//! Sums, averages and moments of the rows of a group.

use num_bigint::BigInt;

use super::super::functions::LACKS;
use super::super::plan::AggregateCall;
use super::super::values::big;
use crate::cell::Cell;
use crate::decimal::{self, show_unscaled};
use crate::interval::Interval;
use crate::types::Type;

#[derive(Clone, Default)]
/// The sum of a group's values, exact where their type is.
pub(super) struct Sum {
    int: i128,
    float: f64,
    lost: f64,
    big: BigInt,
    numeric: i128,
    interval: (i128, i128, i128),
    any: bool,
}

impl Sum {
    pub(super) fn add(&mut self, cell: &Cell) {
        self.any = true;
        match cell {
            Cell::Int(it) => self.int += i128::from(*it),
            Cell::Float(it) => {
                // Neumaier's way: what is lost of each sum is kept beside it.
                let sum = self.float + it;
                if sum.is_finite() {
                    self.lost += if self.float.abs() >= it.abs() {
                        (self.float - sum) + it
                    } else {
                        (it - sum) + self.float
                    };
                }
                self.float = sum;
            }
            Cell::Numeric(it) => match self.numeric.checked_add(*it) {
                Some(sum) => self.numeric = sum,
                // What does not fit goes where any size does.
                None => {
                    self.big += std::mem::replace(&mut self.numeric, *it);
                }
            },
            Cell::BigNumeric(it) => self.big += big(it),
            Cell::Interval(it) => {
                self.interval.0 += i128::from(it.months);
                self.interval.1 += i128::from(it.days);
                self.interval.2 += i128::from(it.micros);
            }
            _ => {}
        }
    }

    /// The sum of decimals in their units.
    pub(super) fn total(&self) -> BigInt {
        &self.big + BigInt::from(self.numeric)
    }

    pub(super) fn value(&self, kind: &Type) -> Result<Cell, String> {
        if !self.any {
            return Ok(Cell::Null);
        }
        Ok(match kind {
            Type::Int64 => Cell::Int(i64::try_from(self.int).map_err(|_| "int64 overflow: SUM".to_owned())?),
            Type::Numeric => match i128::try_from(self.total()) {
                Ok(sum) if sum.abs() <= decimal::MOST => Cell::Numeric(sum),
                _ => return Err("numeric overflow: SUM".to_owned()),
            },
            Type::BigNumeric => match decimal::fits_big(&self.big) {
                true => Cell::BigNumeric(show_unscaled(&self.big)),
                false => return Err("bignumeric overflow: SUM".to_owned()),
            },
            Type::Interval => {
                let part = |it: i128| i64::try_from(it).map_err(|_| "interval overflow: SUM".to_owned());
                let made =
                    Interval::new(part(self.interval.0)?, part(self.interval.1)?, part(self.interval.2)?);
                Cell::Interval(made.ok_or("interval overflow: SUM")?)
            }
            _ => {
                let sum = if self.float.is_finite() { self.float + self.lost } else { self.float };
                Cell::Float(sum)
            }
        })
    }
}

/// Sums of powers of one or two numbers.
#[derive(Clone, Default)]
pub(super) struct Moments {
    count: i64,
    mean: [f64; 2],
    square: [f64; 2],
    product: f64,
    big: [BigInt; 2],
    big_square: [BigInt; 2],
    big_product: BigInt,
    odd: bool,
}

impl Moments {
    pub(super) fn add(&mut self, row: &[Cell]) {
        self.count += 1;
        let exact = |it: &Cell| match it {
            Cell::Numeric(it) => Some(BigInt::from(*it)),
            Cell::BigNumeric(it) => Some(big(it)),
            _ => None,
        };
        if let Some(x) = exact(&row[0]) {
            let y = row.get(1).and_then(exact).unwrap_or_default();
            self.big_product += &x * &y;
            self.big_square[0] += &x * &x;
            self.big_square[1] += &y * &y;
            self.big[0] += x;
            self.big[1] += y;
            return;
        }
        let float = |it: Option<&Cell>| match it {
            Some(Cell::Float(it)) => *it,
            Some(Cell::Int(it)) => *it as f64,
            _ => 0.0,
        };
        let (x, y) = (float(row.first()), float(row.get(1)));
        self.odd |= !x.is_finite() || !y.is_finite();
        let count = self.count as f64;
        let (dx, dy) = (x - self.mean[0], y - self.mean[1]);
        self.mean[0] += dx / count;
        self.mean[1] += dy / count;
        self.square[0] += dx * (x - self.mean[0]);
        self.square[1] += dy * (y - self.mean[1]);
        self.product += dx * (y - self.mean[1]);
    }

    pub(super) fn value(&self, call: &AggregateCall) -> Result<Cell, String> {
        let sample = matches!(call.name, "STDDEV" | "STDDEV_SAMP" | "VARIANCE" | "VAR_SAMP" | "COVAR_SAMP");
        let least = if sample || call.name == "CORR" { 2 } else { 1 };
        if self.count < least {
            return Ok(Cell::Null);
        }
        let over = if sample { self.count - 1 } else { self.count };
        if let Some(kind @ (Type::Numeric | Type::BigNumeric)) = call.kinds.first() {
            return Ok(Cell::Float(self.exact(call, over, kind)));
        }
        if self.odd {
            return Ok(Cell::Float(f64::NAN));
        }
        let over = over as f64;
        if !self.square[0].is_finite() || !self.square[1].is_finite() || !self.product.is_finite() {
            return Err(format!("{LACKS}{} of numbers this large", call.name));
        }
        Ok(Cell::Float(match call.name {
            "CORR" => {
                let scale = (self.square[0] * self.square[1]).sqrt();
                if scale.is_normal() || scale == 0.0 {
                    self.product / scale
                } else {
                    self.product / self.square[0].sqrt() / self.square[1].sqrt()
                }
            }
            "COVAR_POP" | "COVAR_SAMP" => self.product / over,
            "STDDEV" | "STDDEV_POP" | "STDDEV_SAMP" => (self.square[0] / over).sqrt(),
            _ => self.square[0] / over,
        }))
    }

    /// The same of decimals, without loss until the end.
    fn exact(&self, call: &AggregateCall, over: i64, kind: &Type) -> f64 {
        let count = BigInt::from(self.count);
        let float = |it: &BigInt| it.to_string().parse().unwrap_or(f64::NAN);
        let unit = if *kind == Type::Numeric { 1e9 } else { 1e38 };
        // n Σxy - Σx Σy is n² times the covariance, in units squared.
        let spread =
            |a: usize, b: usize, both: &BigInt| float(&(&count * both - &self.big[a] * &self.big[b]));
        let square = spread(0, 0, &self.big_square[0]);
        let scale = self.count as f64 * over as f64;
        match call.name {
            "COVAR_POP" | "COVAR_SAMP" => spread(0, 1, &self.big_product) / scale / unit / unit,
            "STDDEV" | "STDDEV_POP" | "STDDEV_SAMP" => (square / scale).sqrt() / unit,
            "CORR" => {
                spread(0, 1, &self.big_product) / square.sqrt() / spread(1, 1, &self.big_square[1]).sqrt()
            }
            _ => square / scale / unit / unit,
        }
    }
}

pub(super) fn average_interval(sum: &Sum, count: i64) -> Result<Cell, String> {
    let count = i128::from(count);
    // What is left of months goes into days, and of days into the time.
    let (months, rest) = (sum.interval.0 / count, sum.interval.0 % count);
    let days_left = sum.interval.1 + rest * 30;
    let (days, rest) = (days_left / count, days_left % count);
    let micros = (sum.interval.2 + rest * 86_400_000_000) / count;
    let part = |it: i128| i64::try_from(it).map_err(|_| "interval overflow: AVG".to_owned());
    let made = Interval::new(part(months)?, part(days)?, part(micros)?);
    made.map(Cell::Interval).ok_or_else(|| "interval overflow: AVG".to_owned())
}
