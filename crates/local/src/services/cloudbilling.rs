//! Cloud Billing's catalog: services and what they charge, from the embedded price list.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::error::Refusal;
use crate::moment;
use crate::request::{Answer, Handler, Request};
use crate::store::Tx;

/// The list that `cost` embeds. Its rows are the data of both, and no code is.
const PRICES: &str = include_str!("../../../cost/prices.csv");

/// As many as Google gives at most, and if nobody says how many.
const PAGE: usize = 5_000;

pub(super) fn handler(method: &str) -> Option<Handler> {
    Some(match method {
        "services.list" => services,
        "services.skus.list" => skus,
        _ => return None,
    })
}

/// A price with its tiers, as the list has it.
struct Sku {
    id: String,
    service: String,
    description: String,
    region: String,
    unit: String,
    /// From how much on, and the price in US dollars, as decimals.
    tiers: Vec<(String, String)>,
}

static SKUS: LazyLock<Vec<Sku>> = LazyLock::new(|| {
    let mut lines = PRICES.lines();
    let header = fields(lines.next().unwrap_or_default());
    let at = |name: &str| header.iter().position(|it| it == name).unwrap_or(usize::MAX);
    let columns = ["service", "sku_id", "description", "region", "unit", "tier_start", "price_usd"].map(at);
    let mut found: BTreeMap<[String; 4], Sku> = BTreeMap::new();
    for line in lines {
        let row = fields(line);
        let [service, id, description, region, unit, start, price] =
            columns.map(|it| row.get(it).cloned().unwrap_or_default());
        let key = [service.clone(), description.clone(), region.clone(), unit.clone()];
        let made = made_up(&key.join("\n"));
        let sku = found.entry(key).or_insert_with(|| Sku {
            id: if id.is_empty() { made } else { id },
            service,
            description,
            region,
            unit,
            tiers: Vec::new(),
        });
        sku.tiers.push((start, price));
    }
    let mut all: Vec<Sku> = found.into_values().collect();
    for sku in &mut all {
        sku.tiers.sort_by(|(a, _), (b, _)| number(a).total_cmp(&number(b)));
    }
    all
});

/// A line of comma-separated values, none of which spans lines.
fn fields(line: &str) -> Vec<String> {
    let (mut out, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut rest = line.chars().peekable();
    while let Some(it) = rest.next() {
        match it {
            '"' if quoted && rest.peek() == Some(&'"') => field.extend(rest.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => out.push(std::mem::take(&mut field)),
            it => field.push(it),
        }
    }
    out.push(field);
    out
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or(0.0)
}

/// An id where the list has none: always the same for the same.
fn made_up(of: &str) -> String {
    let hex: String = Sha256::digest(of).iter().take(6).map(|it| format!("{it:02X}")).collect();
    format!("{}-{}-{}", &hex[..4], &hex[4..8], &hex[8..])
}

/// A service's id. Google's own are not in the list; whoever looks for one goes by its name.
fn id_of(service: &str) -> String {
    made_up(&format!("service {service}"))
}

fn services(_: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let mut names: Vec<&str> = SKUS.iter().map(|it| it.service.as_str()).collect();
    names.dedup();
    let all = names.into_iter().map(|name| {
        let id = id_of(name);
        json!({
            "name": format!("services/{id}"),
            "serviceId": id,
            "displayName": name,
            "businessEntityName": "businessEntities/GCP",
        })
    });
    page(request, "services", all.collect())
}

fn skus(_: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let wanted = request.var("parent").trim_start_matches("services/");
    match request.query.get("currencyCode") {
        None | Some("" | "USD") => {}
        Some(other) => {
            return Err(Refusal::invalid(format!("The local cloud has prices in USD, and none in {other}.")));
        }
    }
    let of_it: Vec<&Sku> = SKUS.iter().filter(|it| id_of(&it.service) == wanted).collect();
    if of_it.is_empty() {
        return Err(Refusal::not_found(format!("Service not found: services/{wanted}.")));
    }
    let from = moment::short(request.now);
    page(request, "skus", of_it.into_iter().map(|it| shown(it, wanted, &from)).collect())
}

fn shown(sku: &Sku, service: &str, from: &str) -> Value {
    let (base, factor) = base(&sku.unit);
    let tiers: Vec<Value> = sku
        .tiers
        .iter()
        .map(|(start, price)| json!({ "startUsageAmount": number(start), "unitPrice": money(price) }))
        .collect();
    let (kind, regions) = match sku.region.as_str() {
        "global" | "account" => ("GLOBAL", Vec::new()),
        region if region.contains('-') => ("REGIONAL", vec![region]),
        region => ("MULTI_REGIONAL", vec![region]),
    };
    json!({
        "name": format!("services/{service}/skus/{}", sku.id),
        "skuId": sku.id,
        "description": sku.description,
        "category": { "serviceDisplayName": sku.service, "usageType": "OnDemand" },
        "serviceRegions": [sku.region],
        "pricingInfo": [{
            "effectiveTime": from,
            "pricingExpression": {
                "usageUnit": sku.unit,
                "displayQuantity": 1,
                "tieredRates": tiers,
                "baseUnit": base,
                "baseUnitConversionFactor": factor,
            },
            "aggregationInfo": {
                "aggregationLevel": "ACCOUNT", "aggregationInterval": "MONTHLY", "aggregationCount": 1,
            },
            "currencyConversionRate": 1,
        }],
        "serviceProviderName": "Google",
        "geoTaxonomy": { "type": kind, "regions": regions },
    })
}

/// `0.0000004` dollars are no units and 400 nanos.
fn money(price: &str) -> Value {
    let (units, fraction) = price.split_once('.').unwrap_or((price, ""));
    let nanos = format!("{fraction:0<9}").get(..9).and_then(|it| it.parse::<u32>().ok()).unwrap_or(0);
    json!({ "currencyCode": "USD", "units": units, "nanos": nanos })
}

/// The unit in which usage is measured, and how many of it one of a price's unit is; a month has 30 days.
fn base(unit: &str) -> (&'static str, f64) {
    const MONTH: f64 = 30.0 * 86_400.0;
    let (mib, gib, tib) = (2f64.powi(20), 2f64.powi(30), 2f64.powi(40));
    match unit {
        "MiBy" => ("By", mib),
        "GiBy" => ("By", gib),
        "TiBy" => ("By", tib),
        "GiBy.s" => ("By.s", gib),
        "GiBy.h" => ("By.s", gib * 3_600.0),
        "GiBy.mo" => ("By.s", gib * MONTH),
        "s" => ("s", 1.0),
        "h" => ("s", 3_600.0),
        "mo" => ("s", MONTH),
        _ => ("count", 1.0),
    }
}

fn page(request: &Request<'_>, field: &str, all: Vec<Value>) -> Result<Answer, Refusal> {
    let size = match request.query.number("pageSize") {
        None | Some(0) => PAGE,
        Some(asked) => usize::try_from(asked).unwrap_or(PAGE).min(PAGE),
    };
    let from = match request.query.get("pageToken").filter(|it| !it.is_empty()) {
        None => 0,
        Some(token) => token
            .strip_prefix("from-")
            .and_then(|it| it.parse().ok())
            .ok_or_else(|| Refusal::invalid("Invalid page token: the token is not one of this list."))?,
    };
    let next = from + size;
    let token = if next < all.len() { format!("from-{next}") } else { String::new() };
    let items: Vec<Value> = all.into_iter().skip(from).take(size).collect();
    Ok(Answer::json(json!({ field: items, "nextPageToken": token })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_in_units_and_nanos() {
        assert_eq!(money("0.0000004"), json!({ "currencyCode": "USD", "units": "0", "nanos": 400 }));
        assert_eq!(money("3500"), json!({ "currencyCode": "USD", "units": "3500", "nanos": 0 }));
        assert_eq!(money("0.002499996"), json!({ "currencyCode": "USD", "units": "0", "nanos": 2_499_996 }));
    }

    #[test]
    fn every_row_of_the_list_is_read() {
        assert_eq!(SKUS.iter().map(|it| it.tiers.len()).sum::<usize>(), PRICES.lines().count() - 1);
        for sku in SKUS.iter() {
            assert!(!sku.description.is_empty() && !sku.unit.is_empty(), "{}", sku.description);
            for (start, price) in &sku.tiers {
                let read = start.parse::<f64>().is_ok() && price.parse::<f64>().is_ok();
                assert!(read, "{} {start} {price}", sku.description);
            }
        }
    }

    #[test]
    fn quotes_and_commas() {
        assert_eq!(fields(r#"a,"b, ""c""",,d"#), ["a", "b, \"c\"", "", "d"]);
    }
}
