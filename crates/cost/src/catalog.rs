//! Reads what the Cloud Billing Catalog API answers into a price list, and says what changed. Sends nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value;
use time::Date;

use crate::price::ACCOUNT;
use crate::{Grade, ListError, Price, PriceList, Tier};

/// What prices from the catalog say of their source.
const SOURCE: &str = "Cloud Billing Catalog";

/// Why an answer cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    #[error("the catalog's answer has another form")]
    Form(#[from] serde_json::Error),
    #[error("SKU {sku} has its price in {currency}: ask for US dollars")]
    Currency { sku: String, currency: String },
    #[error("SKU {sku}: {what}")]
    Sku { sku: String, what: &'static str },
    #[error(transparent)]
    List(#[from] ListError),
}

/// A service of the catalog.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Service {
    /// `A1E8-BE35-7EBC`: its SKUs are at `v1/services/{serviceId}/skus`.
    pub service_id: String,
    /// `Cloud Pub/Sub`.
    pub display_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Services {
    #[serde(default)]
    services: Vec<Service>,
    #[serde(default)]
    next_page_token: String,
}

/// The services of a page of `services.list`, and the token of the next page if there is one.
///
/// # Errors
/// If the answer has another form.
pub fn services(answer: &Value) -> Result<(Vec<Service>, Option<String>), CatalogError> {
    let page = Services::deserialize(answer)?;
    Ok((page.services, Some(page.next_page_token).filter(|it| !it.is_empty())))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Skus {
    #[serde(default)]
    skus: Vec<Sku>,
    #[serde(default)]
    next_page_token: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sku {
    sku_id: String,
    description: String,
    #[serde(default)]
    category: Category,
    #[serde(default)]
    service_regions: Vec<String>,
    #[serde(default)]
    pricing_info: Vec<Pricing>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Category {
    service_display_name: String,
    usage_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pricing {
    pricing_expression: Expression,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Expression {
    usage_unit: String,
    #[serde(default)]
    tiered_rates: Vec<Rate>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rate {
    /// Left out where it is 0.
    start_usage_amount: Option<serde_json::Number>,
    unit_price: Money,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Money {
    currency_code: String,
    /// An int64, and so text.
    #[serde(default)]
    units: String,
    #[serde(default)]
    nanos: i64,
}

/// Prices as pages of SKUs bring them.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    prices: Vec<Price>,
    /// SKUs that are no list prices: commitments, preemptible, or without a rate.
    pub skipped: usize,
}

impl Catalog {
    /// Takes a page of `services.skus.list`, read on a day. Says the token of the next page if there is one.
    ///
    /// # Errors
    /// If the answer has another form, or is not in US dollars.
    pub fn add(&mut self, answer: &Value, read: Date) -> Result<Option<String>, CatalogError> {
        let page = Skus::deserialize(answer)?;
        for sku in page.skus {
            let on_demand = sku.category.usage_type.is_empty() || sku.category.usage_type == "OnDemand";
            let rates = sku.pricing_info.first().map(|it| &it.pricing_expression);
            match rates.filter(|it| on_demand && !it.tiered_rates.is_empty()) {
                Some(expression) => {
                    let tiers = tiers(&sku.sku_id, expression)?;
                    self.prices.extend(sku.service_regions.iter().map(|region| Price {
                        service: sku.category.service_display_name.clone(),
                        sku_id: Some(sku.sku_id.clone()),
                        description: sku.description.split_whitespace().collect::<Vec<_>>().join(" "),
                        region: region.to_lowercase(),
                        unit: expression.usage_unit.clone(),
                        tiers: tiers.clone(),
                        grade: Grade::Catalog,
                        source: SOURCE.to_owned(),
                        date: Some(read),
                    }));
                }
                None => self.skipped += 1,
            }
        }
        Ok(Some(page.next_page_token).filter(|it| !it.is_empty()))
    }
}

fn tiers(sku: &str, expression: &Expression) -> Result<Vec<Tier>, CatalogError> {
    let wrong = |what| CatalogError::Sku { sku: sku.to_owned(), what };
    let tier = |rate: &Rate| {
        let money = &rate.unit_price;
        if money.currency_code != "USD" {
            let currency = money.currency_code.clone();
            return Err(CatalogError::Currency { sku: sku.to_owned(), currency });
        }
        let units: i64 = if money.units.is_empty() {
            0
        } else {
            money.units.parse().map_err(|_| wrong("its units are no number"))?
        };
        let start = rate.start_usage_amount.as_ref().map_or("0".to_owned(), ToString::to_string);
        let start = start.parse().or_else(|_| Decimal::from_scientific(&start));
        Ok(Tier {
            start: start.map_err(|_| wrong("its tier starts at no number"))?.normalize(),
            price: (Decimal::from(units) + Decimal::new(money.nanos, 9)).normalize(),
        })
    };
    let mut tiers: Vec<Tier> = expression.tiered_rates.iter().map(tier).collect::<Result<_, _>>()?;
    tiers.sort_by_key(|it| it.start);
    Ok(tiers)
}

/// A price list brought up to date.
#[derive(Clone, Debug)]
pub struct Refreshed {
    pub list: PriceList,
    /// Prices of the base that the catalog has under no name that is known here; they stay as they were.
    pub kept: Vec<Arc<Price>>,
    /// Descriptions that the catalog has twice in one region at different prices; none of them is taken.
    pub ambiguous: Vec<String>,
}

/// A base list with the prices of a catalog in place of its own, and the catalog's others beside. A price is found again
/// by its SKU's id and region, else by service, description and region; it keeps the base's name and unit.
///
/// # Errors
/// If a price of the catalog is none: tiers that do not begin at 0, or a negative price.
pub fn refresh(base: &PriceList, catalog: &Catalog) -> Result<Refreshed, CatalogError> {
    let mut ambiguous = BTreeSet::new();
    let mut named: BTreeMap<(&str, &str, &str), &Price> = BTreeMap::new();
    let mut by_id: HashMap<&str, Vec<&Price>> = HashMap::new();
    for price in &catalog.prices {
        if let Some(id) = &price.sku_id {
            by_id.entry(id).or_default().push(price);
        }
        let other = named.insert(price.key(), price);
        if other.is_some_and(|it| it.tiers != price.tiers || it.unit != price.unit) {
            ambiguous.insert(price.key());
        }
    }
    named.retain(|key, _| !ambiguous.contains(key));
    let mut kept = Vec::new();
    let mut list: BTreeMap<(&str, &str, &str), Price> =
        named.iter().map(|(key, price)| (*key, (*price).clone())).collect();
    for price in base.prices() {
        let ids = price.sku_id.as_deref().and_then(|it| by_id.get(it));
        let found = ids
            .and_then(|it| in_region(it, &price.region))
            .or_else(|| named.get(&price.key()).copied())
            .and_then(|it| it.in_unit(&price.unit));
        match found {
            Some(found) => {
                let (service, description) = (price.service.clone(), price.description.clone());
                let region = price.region.clone();
                list.insert(price.key(), Price { service, description, region, ..found });
            }
            None => {
                if price.region != ACCOUNT {
                    kept.push(Arc::clone(price));
                }
                list.insert(price.key(), (**price).clone());
            }
        }
    }
    Ok(Refreshed {
        ambiguous: ambiguous
            .iter()
            .map(|(service, name, region)| format!("{service}, {name}, {region}"))
            .collect(),
        list: PriceList::new(list.into_values())?,
        kept,
    })
}

/// A SKU's price in a region; for all regions the one that they agree on.
fn in_region<'a>(prices: &[&'a Price], region: &str) -> Option<&'a Price> {
    let own = prices.iter().find(|it| it.region == region);
    let agreed = || prices.first().filter(|first| prices.iter().all(|it| it.tiers == first.tiers));
    own.or_else(|| if region == "global" { agreed() } else { None }).copied()
}

/// How a list differs from a former one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    pub added: Vec<Arc<Price>>,
    pub gone: Vec<Arc<Price>>,
    /// Former and new, where no quantity costs less and some costs more.
    pub dearer: Vec<(Arc<Price>, Arc<Price>)>,
    pub cheaper: Vec<(Arc<Price>, Arc<Price>)>,
    /// Dearer for some quantities and cheaper for others, or counted in another unit.
    pub otherwise: Vec<(Arc<Price>, Arc<Price>)>,
}

impl Changes {
    pub fn is_empty(&self) -> bool {
        *self == Changes::default()
    }
}

/// What changed between two lists, by service, description and region.
pub fn changes(former: &PriceList, new: &PriceList) -> Changes {
    let mut changes = Changes::default();
    let place = |list: &PriceList, it: &Price| list.position(&it.service, &it.description, &it.region);
    for price in new.prices() {
        let Some(old) = place(former, price).map(|it| former.get(it)) else {
            changes.added.push(Arc::clone(price));
            continue;
        };
        let pair = (Arc::clone(old), Arc::clone(price));
        match old.in_unit(&price.unit).map(|it| compared(&it, price)) {
            Some((false, false)) => {}
            Some((true, false)) => changes.dearer.push(pair),
            Some((false, true)) => changes.cheaper.push(pair),
            Some((true, true)) | None => changes.otherwise.push(pair),
        }
    }
    let gone = former.prices().filter(|it| place(new, it).is_none());
    changes.gone.extend(gone.cloned());
    changes
}

/// Whether some quantity costs more, and whether some costs less.
fn compared(former: &Price, new: &Price) -> (bool, bool) {
    let edges: Vec<Decimal> = former.tiers.iter().chain(&new.tiers).map(|it| it.start).collect();
    let last = edges.iter().max().copied().unwrap_or_default();
    // Between edges bills are straight, and beyond the last edge their slopes decide.
    let beyond = [Decimal::ONE, Decimal::from(1_000_000_000_000_i64)].map(|it| last.saturating_add(it));
    let differences: Vec<Decimal> =
        edges.into_iter().chain(beyond).map(|it| new.bill(it).saturating_sub(former.bill(it))).collect();
    (differences.iter().any(|it| *it > Decimal::ZERO), differences.iter().any(|it| *it < Decimal::ZERO))
}

#[cfg(test)]
mod tests;
