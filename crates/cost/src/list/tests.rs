use super::*;
use crate::Grade;
use crate::price::date;

fn sku(service: &'static str, description: &str, region: &str) -> Sku {
    Sku { service, description: description.to_owned(), region: region.to_owned() }
}

fn price(tiers: &[(&str, &str)]) -> Price {
    Price {
        service: "S".into(),
        sku_id: None,
        description: "D".into(),
        region: "global".into(),
        unit: "count".into(),
        tiers: tiers
            .iter()
            .map(|(start, price)| Tier { start: start.parse().unwrap(), price: price.parse().unwrap() })
            .collect(),
        grade: Grade::A,
        source: "here".into(),
        date: date("2026-01-02"),
    }
}

#[test]
fn the_embedded_list_is_read_whole() {
    let list = PriceList::parse(EMBEDDED).unwrap();
    assert_eq!(&list, PriceList::embedded());
    assert_eq!(list.prices().map(|it| it.tiers.len()).sum::<usize>(), EMBEDDED.lines().count() - 1);
    let age = list.age();
    assert!(age.oldest < age.newest && age.undated > 0);
    assert!(list.prices().all(|it| !it.source.is_empty()));
}

#[test]
fn lists_come_back_from_csv_and_json() {
    let list = PriceList::embedded();
    assert_eq!(&PriceList::parse(&list.to_csv()).unwrap(), list);
    assert_eq!(&PriceList::parse(&list.to_json().unwrap()).unwrap(), list);
}

#[test]
fn a_region_without_a_price_takes_the_one_for_all_regions_but_not_in_bigquery() {
    let list = PriceList::embedded();
    let found = |it: Sku| list.find(&it).map(|(index, rule)| (list.get(index).region.clone(), rule));
    assert_eq!(
        found(sku("Cloud Pub/Sub", "Message Delivery Basic", "europe-west1")),
        Some(("global".into(), Some(Rule::Global)))
    );
    assert_eq!(found(sku("BigQuery", "Analysis (us)", "US")), Some(("us".into(), None)));
    assert_eq!(found(sku("BigQuery", "Analysis (us)", "us-east4")), None);
    assert_eq!(found(sku("Cloud Run", "Requests", "account")), None);
    assert_eq!(found(sku("Cloud Run", "Nothing", "global")), None);
    // As Google spells it.
    let tier_2 = sku("Cloud Run", "Services CPU Tier 2  (Request-based billing)", "us-west2");
    assert_eq!(list.lookup(&tier_2).unwrap().at(Decimal::ZERO), "0.0000336".parse().unwrap());
}

#[test]
fn free_tiers_are_priced_as_what_follows_them() {
    let tiered = price(&[("0", "0"), ("10", "3"), ("20", "2")]);
    assert_eq!(tiered.free(), 10.into());
    let at = |quantity: i64| tiered.at(quantity.into());
    assert_eq!([at(0), at(9), at(10), at(19), at(20), at(21)], [3, 3, 3, 3, 2, 2].map(Decimal::from));
    let steps = |from: i64, to: i64| tiered.steps(from.into(), to.into());
    let expected = |it: &[(i64, i64)]| it.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect::<Vec<_>>();
    assert_eq!(steps(0, 25), expected(&[(20, 3), (5, 2)]));
    assert_eq!(steps(15, 20), expected(&[(5, 3)]));
    assert_eq!(steps(20, 20), []);
    assert_eq!(price(&[("0", "0")]).free(), Decimal::ZERO);
}

#[test]
fn what_is_wrong_with_a_list_is_said() {
    let check = |text: &str, error: &str| {
        let text = format!("{}\n{text}", COLUMNS.join(","));
        assert_eq!(PriceList::parse(&text).unwrap_err().to_string(), error);
    };
    check("S,,D,global,count,0,x,A,here,", "line 2 of the price list: \"x\" is not a number");
    check("S,,D,global,count,0,1,E,here,", "line 2 of the price list: \"E\" is not a grade");
    check("S,,D,global,count,0,1,A,here,2026", "line 2 of the price list: \"2026\" is not a date");
    check("S,D", "line 2 of the price list: has 2 fields instead of 10");
    check("S,,D,global,count,5,1,A,here,", "price of S, D, global: its first tier must start at 0");
    check(
        "S,,D,global,count,0,1,A,here,\nS,,D,global,count,0,2,A,here,",
        "price of S, D, global: its tiers must rise",
    );
    check("S,,D,global,count,0,-1,A,here,", "price of S, D, global: a price is negative");
    check(
        "S,,D,global,count,0,1,A,here,\nS,,D,global,s,0,2,A,here,",
        "price of S, D, global: it is there twice",
    );
    assert!(PriceList::parse("a,b\n").is_err());
    assert!(matches!(PriceList::parse("{\"prices\": 3}"), Err(ListError::Json(_))));
}

#[test]
fn a_price_in_another_unit_costs_the_same() {
    let mut tiered = price(&[("0", "0"), ("0.009765625", "40")]);
    tiered.unit = "TiBy".into();
    let gib = tiered.in_unit("GiBy").unwrap();
    assert_eq!(gib.tiers[1], Tier { start: 10.into(), price: "0.0390625".parse().unwrap() });
    assert_eq!(tiered.in_unit("s"), None);
}
