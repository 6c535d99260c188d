//! The price list: prices by service, description and region, and which one stands for a place that has none.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use engine::Sku;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use time::Date;

use crate::csv;
use crate::price::{self, ACCOUNT, Price, Tier};

/// Why a price stands for a place that has none of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// The catalog has one price for all regions.
    Global,
}

impl Rule {
    pub fn words(self) -> &'static str {
        match self {
            Rule::Global => "the one price for all regions",
        }
    }
}

/// From when the prices are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Age {
    pub oldest: Option<Date>,
    pub newest: Option<Date>,
    /// How many do not say.
    pub undated: usize,
}

impl Age {
    pub(crate) fn of<'a>(prices: impl IntoIterator<Item = &'a Price>) -> Age {
        let mut age = Age::default();
        for price in prices {
            match price.date {
                Some(date) => {
                    age.oldest = Some(age.oldest.map_or(date, |it| it.min(date)));
                    age.newest = Some(age.newest.map_or(date, |it| it.max(date)));
                }
                None => age.undated += 1,
            }
        }
        age
    }
}

/// Why a price list cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    #[error("{}", path.display())]
    Io { path: PathBuf, source: std::io::Error },
    #[error("the price list is not JSON of ours")]
    Json(#[from] serde_json::Error),
    #[error("the price list has a quote that does not end")]
    Quote,
    #[error("line {line} of the price list: {what}")]
    Line { line: usize, what: String },
    #[error("price of {service}, {description}, {region}: {what}")]
    Price { service: String, description: String, region: String, what: &'static str },
}

/// Prices by service, description and region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PriceList {
    /// Sorted by `Price::key`, each key once.
    prices: Vec<Arc<Price>>,
}

const EMBEDDED: &str = include_str!("../prices.csv");
const COLUMNS: [&str; 10] = [
    "service",
    "sku_id",
    "description",
    "region",
    "unit",
    "tier_start",
    "price_usd",
    "grade",
    "source",
    "date",
];

#[derive(Serialize, Deserialize)]
struct Stored<T> {
    prices: Vec<T>,
}

impl PriceList {
    /// The list that is built in.
    pub fn embedded() -> &'static PriceList {
        static LIST: LazyLock<PriceList> = LazyLock::new(|| {
            // A test reads it, so it cannot be wrong here.
            PriceList::parse(EMBEDDED).unwrap_or_default()
        });
        &LIST
    }

    /// # Errors
    /// Every price needs tiers that begin at 0 and rise, and no price may be negative or named twice.
    pub fn new(prices: impl IntoIterator<Item = Price>) -> Result<PriceList, ListError> {
        PriceList::of(prices.into_iter().map(Arc::new).collect())
    }

    fn of(mut prices: Vec<Arc<Price>>) -> Result<PriceList, ListError> {
        let mut refused = None;
        for price in &mut prices {
            // Google's own descriptions have double blanks here and there.
            if price.description.contains("  ") {
                Arc::make_mut(price).description = tidy(&price.description);
            }
            let starts_well = price.tiers.first().is_some_and(|it| it.start.is_zero())
                || price.region == ACCOUNT && price.tiers.len() == 1;
            if !starts_well {
                refused = Some((Arc::clone(price), "its first tier must start at 0"));
            } else if !price.tiers.is_sorted_by(|a, b| a.start < b.start) {
                refused = Some((Arc::clone(price), "its tiers must rise"));
            } else if price.tiers.iter().any(|it| it.price.is_sign_negative() && !it.price.is_zero()) {
                refused = Some((Arc::clone(price), "a price is negative"));
            }
        }
        prices.sort_by(|a, b| a.key().cmp(&b.key()));
        if let Some(twice) = prices.windows(2).find(|it| it[0].key() == it[1].key()) {
            refused = Some((Arc::clone(&twice[0]), "it is there twice"));
        }
        match refused {
            Some((price, what)) => Err(ListError::Price {
                service: price.service.clone(),
                description: price.description.clone(),
                region: price.region.clone(),
                what,
            }),
            None => Ok(PriceList { prices }),
        }
    }

    /// A list in a file: JSON as [`PriceList::to_json`] writes it, or CSV with the columns of the embedded one.
    ///
    /// # Errors
    /// Says the file, or the line, that is wrong.
    pub fn read(path: &Path) -> Result<PriceList, ListError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ListError::Io { path: path.to_owned(), source })?;
        PriceList::parse(&text)
    }

    /// As [`PriceList::read`], of a text.
    ///
    /// # Errors
    /// Says the line that is wrong.
    pub fn parse(text: &str) -> Result<PriceList, ListError> {
        if text.trim_start().starts_with('{') {
            return PriceList::new(serde_json::from_str::<Stored<Price>>(text)?.prices);
        }
        let mut prices: Vec<Price> = Vec::new();
        let mut records = csv::records(text).ok_or(ListError::Quote)?.into_iter();
        if records.next().is_none_or(|(_, it)| it != COLUMNS) {
            return Err(ListError::Line { line: 1, what: format!("must be {}", COLUMNS.join(",")) });
        }
        for (line, record) in records {
            let price = row(record).map_err(|what| ListError::Line { line, what })?;
            match prices.last_mut() {
                Some(last) if last.key() == price.key() && last.unit == price.unit => {
                    // The price that is paid is what matters, so where it is from does.
                    if last.tiers.iter().all(|it| it.price.is_zero()) {
                        last.grade = price.grade;
                        last.source = price.source;
                        last.date = price.date;
                    }
                    last.tiers.extend(price.tiers);
                }
                Some(_) | None => prices.push(price),
            }
        }
        PriceList::new(prices)
    }

    /// As CSV with the columns of the embedded list.
    pub fn to_csv(&self) -> String {
        let mut text = csv::record(COLUMNS);
        for price in &self.prices {
            let (grade, date) =
                (price.grade.to_string(), price.date.map(|it| it.to_string()).unwrap_or_default());
            for tier in &price.tiers {
                text += &csv::record([
                    price.service.as_str(),
                    price.sku_id.as_deref().unwrap_or_default(),
                    &price.description,
                    &price.region,
                    &price.unit,
                    &tier.start.to_string(),
                    &tier.price.to_string(),
                    &grade,
                    &price.source,
                    &date,
                ]);
            }
        }
        text
    }

    /// As JSON, for a cache.
    ///
    /// # Errors
    /// Never in practice: all of it has a JSON form.
    pub fn to_json(&self) -> Result<String, ListError> {
        Ok(serde_json::to_string(&Stored { prices: self.prices.iter().map(|it| &**it).collect() })?)
    }

    /// The services that it has prices of, by name.
    pub fn services(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.prices.iter().map(|it| it.service.as_str()).collect();
        names.dedup();
        names
    }

    pub fn prices(&self) -> impl ExactSizeIterator<Item = &Arc<Price>> {
        self.prices.iter()
    }

    /// The price of a SKU, in whatever unit it has; `None` if there is none for that place.
    pub fn lookup(&self, sku: &Sku) -> Option<&Arc<Price>> {
        self.find(sku).map(|(index, _)| &self.prices[index])
    }

    /// As [`PriceList::lookup`], with its place in the list and the rule by which it stands for another.
    pub(crate) fn find(&self, sku: &Sku) -> Option<(usize, Option<Rule>)> {
        let (lower, tidied);
        let mut region = sku.region.as_str();
        if region.contains(char::is_uppercase) {
            lower = region.to_lowercase();
            region = &lower;
        }
        let mut description = sku.description.as_str();
        if description.contains("  ") {
            tidied = tidy(description);
            description = &tidied;
        }
        if let Some(index) = self.position(sku.service, description, region) {
            return Some((index, None));
        }
        // Each location of BigQuery has its own price: none stands for another.
        if region == ACCOUNT || sku.service.starts_with("BigQuery") {
            return None;
        }
        self.position(sku.service, description, "global").map(|it| (it, Some(Rule::Global)))
    }

    pub(crate) fn position(&self, service: &str, description: &str, region: &str) -> Option<usize> {
        self.prices.binary_search_by(|it| it.key().cmp(&(service, description, region))).ok()
    }

    pub(crate) fn get(&self, index: usize) -> &Arc<Price> {
        &self.prices[index]
    }

    /// All prices of a service, by description and region.
    pub(crate) fn of_service(&self, service: &str) -> &[Arc<Price>] {
        let start = self.prices.partition_point(|it| it.service.as_str() < service);
        let count = self.prices[start..].partition_point(|it| it.service == service);
        &self.prices[start..start + count]
    }

    /// From when its prices are.
    pub fn age(&self) -> Age {
        Age::of(self.prices.iter().map(|it| &**it))
    }
}

fn tidy(description: &str) -> String {
    description.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn row(record: Vec<String>) -> Result<Price, String> {
    let fields = record.len();
    let Ok([service, sku_id, description, region, unit, start, cost, grade, source, date]) =
        <[String; 10]>::try_from(record)
    else {
        return Err(format!("has {fields} fields instead of {}", COLUMNS.len()));
    };
    let number = |it: &str| Decimal::from_str_exact(it).map_err(|_| format!("{it:?} is not a number"));
    Ok(Price {
        service,
        sku_id: (!sku_id.is_empty()).then_some(sku_id),
        description,
        region,
        unit,
        tiers: vec![Tier { start: number(&start)?, price: number(&cost)? }],
        grade: grade.parse().map_err(|()| format!("{grade:?} is not a grade"))?,
        source,
        date: match date.as_str() {
            "" => None,
            it => Some(price::date(it).ok_or_else(|| format!("{it:?} is not a date"))?),
        },
    })
}

#[cfg(test)]
mod tests;
