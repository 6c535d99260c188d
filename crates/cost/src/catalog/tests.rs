use serde_json::json;

use super::*;

fn today() -> Date {
    time::macros::date!(2026 - 11 - 01)
}

fn sku(id: &str, description: &str, regions: &[&str], rates: Value) -> Value {
    json!({
        "name": format!("services/A1E8-BE35-7EBC/skus/{id}"),
        "skuId": id,
        "description": description,
        "category": {
            "serviceDisplayName": "Cloud Pub/Sub", "resourceFamily": "ApplicationServices",
            "resourceGroup": "Message", "usageType": "OnDemand"
        },
        "serviceRegions": regions,
        "pricingInfo": [{
            "summary": "",
            "pricingExpression": {
                "usageUnit": "TiBy", "displayQuantity": 1, "baseUnit": "By",
                "baseUnitConversionFactor": 1099511627776_i64, "tieredRates": rates
            },
            "currencyConversionRate": 1, "effectiveTime": "2026-10-30T00:00:00Z"
        }],
        "serviceProviderName": "Google",
        "geoTaxonomy": {"type": "GLOBAL"}
    })
}

fn rate(start: f64, units: &str, nanos: i64) -> Value {
    json!({"startUsageAmount": start, "unitPrice": {"currencyCode": "USD", "units": units, "nanos": nanos}})
}

fn catalog(skus: Vec<Value>) -> Catalog {
    let mut catalog = Catalog::default();
    assert_eq!(catalog.add(&json!({"skus": skus, "nextPageToken": ""}), today()).unwrap(), None);
    catalog
}

fn basic(units: &str) -> Value {
    sku(
        "027D-B6C7-CCA2",
        "Message Delivery  Basic",
        &["global"],
        json!([rate(0.0, "0", 0), rate(0.009765625, units, 0)]),
    )
}

fn find<'a>(list: &'a PriceList, description: &str, region: &str) -> &'a Price {
    list.get(list.position("Cloud Pub/Sub", description, region).unwrap())
}

#[test]
fn services_come_page_by_page() {
    let answer = json!({
        "services": [{"name": "services/A1E8-BE35-7EBC", "serviceId": "A1E8-BE35-7EBC",
            "displayName": "Cloud Pub/Sub", "businessEntityName": "businessEntities/GCP"}],
        "nextPageToken": "next"
    });
    let (services, next) = services(&answer).unwrap();
    assert_eq!(services[0].service_id, "A1E8-BE35-7EBC");
    assert_eq!(next.as_deref(), Some("next"));
    assert!(super::services(&json!({"services": 3})).is_err());
}

#[test]
fn skus_become_prices_in_each_of_their_regions() {
    let mut catalog = catalog(vec![
        basic("40"),
        sku("1", "Retained", &["us-central1", "EUROPE-WEST1"], json!([rate(0.0, "1", 270_000_000)])),
        sku("2", "Nothing", &["global"], json!([])),
    ]);
    let mut commitment = sku("3", "Commitment", &["global"], json!([rate(0.0, "1", 0)]));
    commitment["category"]["usageType"] = json!("Commit1Yr");
    let next = catalog.add(&json!({"skus": [commitment], "nextPageToken": "p2"}), today()).unwrap();
    assert_eq!((next.as_deref(), catalog.skipped), (Some("p2"), 2));
    let list = refresh(&PriceList::default(), &catalog).unwrap().list;
    assert_eq!(list.prices().len(), 3);
    let price = find(&list, "Message Delivery Basic", "global");
    assert_eq!(price.tiers[1], Tier { start: "0.009765625".parse().unwrap(), price: 40.into() });
    assert_eq!((price.grade, price.date), (Grade::Catalog, Some(today())));
    assert_eq!(find(&list, "Retained", "europe-west1").tiers[0].price, "1.27".parse().unwrap());
}

#[test]
fn the_embedded_list_is_refreshed_under_its_own_names() {
    let catalog = catalog(vec![
        sku("027D-B6C7-CCA2", "Renamed", &["us-east1", "global"], json!([rate(0.0, "41", 0)])),
        sku("9", "Message Delivery to BigQuery", &["global"], json!([rate(0.0, "51", 0)])),
        sku("8", "New", &["global"], json!([rate(0.0, "1", 0)])),
    ]);
    let base = PriceList::embedded();
    let refreshed = refresh(base, &catalog).unwrap();
    assert_eq!(find(&refreshed.list, "Message Delivery Basic", "global").tiers[0].price, 41.into());
    assert_eq!(find(&refreshed.list, "Message Delivery to BigQuery", "global").tiers[0].price, 51.into());
    // What only the base has stays: also what is free over all of Cloud Run.
    assert_eq!(refreshed.list.prices().len(), base.prices().len() + 3);
    let account = base.prices().filter(|it| it.region == ACCOUNT).count();
    assert_eq!(refreshed.kept.len(), base.prices().len() - 2 - account);
    let changes = changes(base, &refreshed.list);
    let names = |it: &[(Arc<Price>, Arc<Price>)]| -> Vec<String> {
        it.iter().map(|it| it.1.description.clone()).collect()
    };
    assert_eq!(names(&changes.dearer), ["Message Delivery Basic", "Message Delivery to BigQuery"]);
    assert_eq!((changes.added.len(), changes.gone.len(), changes.cheaper.len()), (3, 0, 0));
}

#[test]
fn names_that_the_catalog_has_twice_are_not_taken() {
    let twice = |units: &str| sku(units, "Twice", &["global"], json!([rate(0.0, units, 0)]));
    let refreshed = refresh(&PriceList::default(), &catalog(vec![twice("1"), twice("2")])).unwrap();
    assert_eq!(refreshed.ambiguous, ["Cloud Pub/Sub, Twice, global"]);
    assert_eq!(refreshed.list.prices().len(), 0);
    let refreshed = refresh(&PriceList::default(), &catalog(vec![twice("1"), twice("1")])).unwrap();
    assert_eq!(refreshed.list.prices().len(), 1);
}

#[test]
fn what_is_dearer_and_what_is_cheaper_is_told_by_its_bills() {
    let list = |rates: Value| {
        refresh(&PriceList::default(), &catalog(vec![sku("1", "A", &["global"], rates)])).unwrap().list
    };
    let check = |former: Value, new: Value, expected: &str| {
        let found = changes(&list(former), &list(new));
        let told = [("dearer", &found.dearer), ("cheaper", &found.cheaper), ("otherwise", &found.otherwise)];
        let told: Vec<&str> = told.into_iter().filter(|it| !it.1.is_empty()).map(|it| it.0).collect();
        assert_eq!(told.join(" "), expected);
        assert_eq!(found.is_empty(), expected.is_empty());
    };
    let flat = || json!([rate(0.0, "2", 0)]);
    check(flat(), flat(), "");
    check(flat(), json!([rate(0.0, "3", 0)]), "dearer");
    check(flat(), json!([rate(0.0, "0", 0), rate(5.0, "2", 0)]), "cheaper");
    check(
        json!([rate(0.0, "0", 0), rate(5.0, "2", 0)]),
        json!([rate(0.0, "0", 0), rate(4.0, "2", 0)]),
        "dearer",
    );
    check(flat(), json!([rate(0.0, "3", 0), rate(10.0, "1", 0)]), "otherwise");
    let gone = changes(&list(flat()), &PriceList::default());
    assert_eq!(gone.gone.len(), 1);
}

#[test]
fn what_is_no_price_in_dollars_is_refused() {
    let mut euros = basic("40");
    euros["pricingInfo"][0]["pricingExpression"]["tieredRates"][1]["unitPrice"]["currencyCode"] =
        json!("EUR");
    let error = Catalog::default().add(&json!({"skus": [euros]}), today()).unwrap_err();
    assert_eq!(error.to_string(), "SKU 027D-B6C7-CCA2 has its price in EUR: ask for US dollars");
    let late = sku("1", "Late", &["global"], json!([rate(3.0, "1", 0)]));
    assert!(matches!(refresh(&PriceList::default(), &catalog(vec![late])), Err(CatalogError::List(_))));
}
