use engine::Origin;
use proptest::prelude::*;

use super::*;
use crate::{Grade, Tier};

fn number(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// A SKU with its unit.
type Place = (&'static str, &'static str, &'static str, &'static str);

const THROUGHPUT: Place = ("Cloud Pub/Sub", "Message Delivery Basic", "us-central1", "TiBy");
const QUERIES: Place = ("BigQuery", "Analysis (us)", "us", "TiBy");
const QUERIES_BELGIUM: Place = ("BigQuery", "Analysis (europe-west1)", "europe-west1", "TiBy");
const ACTIVE: Place = ("BigQuery", "Active Logical Storage (us)", "us", "GiBy.mo");
const LONG_TERM: Place = ("BigQuery", "Long Term Logical Storage (us)", "us", "GiBy.mo");
const STANDARD: Place = ("Cloud Storage", "Standard Storage US Regional", "us-central1", "GiBy.mo");
const STANDARD_EAST: Place = ("Cloud Storage", "Standard Storage US Regional", "us-east1", "GiBy.mo");
const CLASS_A: Place = ("Cloud Storage", "Regional Standard Class A Operations", "us-central1", "count");
const DOWNLOADS: Place =
    ("Cloud Storage", "Download Worldwide Destinations (excluding Asia & Australia)", "us-central1", "GiBy");
const METRICS: Place = ("Cloud Monitoring", "Metric Volume", "global", "MiBy");
const CPU: Place = ("Cloud Run", "Services CPU (Request-based billing)", "us-central1", "s");
const CPU_TIER_2: Place = ("Cloud Run", "Services CPU Tier 2  (Request-based billing)", "us-west2", "s");
const CPU_IDLE: Place =
    ("Cloud Run", "Services Min Instance CPU (Request-based billing)", "us-central1", "s");
const JOB_CPU: Place = ("Cloud Run", "Jobs CPU in us-central1", "us-central1", "s");
const REQUESTS: Place = ("Cloud Run", "Requests", "us-central1", "count");

fn charge(place: Place, quantity: Option<Range>) -> Charge {
    let (service, description, region, unit) = place;
    Charge {
        name: description.to_owned(),
        sku: Sku { service, description: description.to_owned(), region: region.to_owned() },
        unit,
        quantity,
        usage: vec!["monthly_quantity"],
        doubt: None,
    }
}

fn item(address: &str, charges: Vec<Charge>) -> Item {
    Item {
        address: address.to_owned(),
        kind: "gcp:test/v1:Thing".into(),
        type_name: "google_thing".into(),
        bill: Some(Bill::Charges(charges)),
        ..Item::default()
    }
}

fn used(used: &[(Place, &str)]) -> Vec<Item> {
    let one = |(index, (place, quantity)): (usize, &(Place, &str))| {
        item(&format!("thing-{index}"), vec![charge(*place, Some(Range::exact(number(quantity))))])
    };
    used.iter().enumerate().map(one).collect()
}

fn embedded(items: &[Item]) -> Estimate {
    estimate(items.iter().cloned(), PriceList::embedded(), &Options::default())
}

/// The bill of what is used, in dollars without rounding.
fn check(what: &[(Place, &str)], dollars: &str) {
    let found = embedded(&used(what));
    assert_eq!(found.summary.unpriced, []);
    assert_eq!(found.total, Range::exact(number(dollars)), "{what:?}");
}

#[test]
fn pubsub_to_the_cent() {
    check(&[(THROUGHPUT, "0")], "0");
    // The first 10 GiB, and one byte more than that in a TiB's terms.
    check(&[(THROUGHPUT, "0.009765625")], "0");
    check(&[(THROUGHPUT, "0.009765626")], "0.00000004");
    check(&[(THROUGHPUT, "1")], "39.609375");
    check(&[(THROUGHPUT, "0.5"), (THROUGHPUT, "0.5")], "39.609375");
    let exports = ("Cloud Pub/Sub", "Message Delivery to Google Cloud Storage", "us-central1", "TiBy");
    check(&[(exports, "0.001")], "0.05");
}

#[test]
fn storage_to_the_cent() {
    check(&[(STANDARD, "5")], "0");
    check(&[(STANDARD, "105")], "2");
    // 5 GiB are free in three regions together, not in each.
    check(&[(STANDARD, "5"), (STANDARD_EAST, "5")], "0.1");
    check(&[(CLASS_A, "5000")], "0");
    check(&[(CLASS_A, "1005000")], "5");
    check(&[(DOWNLOADS, "100")], "0");
    check(&[(DOWNLOADS, "101")], "0.12");
    check(&[(DOWNLOADS, "1024")], "110.88");
    check(&[(DOWNLOADS, "1025")], "110.99");
    check(&[(DOWNLOADS, "10240")], "1124.64");
    check(&[(DOWNLOADS, "10241")], "1124.72");
    let asia = ("Cloud Storage", "Download APAC", "us-central1", "GiBy");
    check(&[(DOWNLOADS, "100"), (asia, "100")], "12");
}

#[test]
fn bigquery_to_the_cent() {
    check(&[(QUERIES, "1")], "0");
    check(&[(QUERIES, "1.5")], "3.125");
    // One TiB for the account, taken off where queries are cheapest.
    check(&[(QUERIES_BELGIUM, "2"), (QUERIES, "2")], "21.25");
    check(&[(QUERIES, "0.5"), (QUERIES_BELGIUM, "2")], "11.25");
    check(&[(ACTIVE, "10")], "0");
    check(&[(ACTIVE, "10"), (LONG_TERM, "10")], "0.2");
    check(&[(ACTIVE, "110"), (LONG_TERM, "4")], "2.08");
}

#[test]
fn cloud_run_to_the_cent() {
    check(&[(CPU, "180000")], "0");
    check(&[(CPU, "1180000")], "24");
    // The allowance is money at the price of tier 1, so it covers less of tier 2.
    check(&[(CPU_TIER_2, "180000")], "1.728");
    check(&[(CPU_TIER_2, "100000")], "0");
    check(&[(CPU, "100000"), (CPU_TIER_2, "100000")], "1.44");
    check(&[(CPU_IDLE, "2628000")], "6.57");
    check(&[(JOB_CPU, "240000")], "0");
    check(&[(JOB_CPU, "1240000"), (CPU, "180000")], "18");
    check(&[(REQUESTS, "2000000")], "0");
    check(&[(REQUESTS, "12000000")], "4");
}

#[test]
fn metrics_cross_three_tiers_exactly() {
    check(&[(METRICS, "150")], "0");
    check(&[(METRICS, "151")], "0.258");
    check(&[(METRICS, "100000")], "25761.3");
    check(&[(METRICS, "100001")], "25761.451");
    check(&[(METRICS, "250000")], "48411.3");
    check(&[(METRICS, "250001")], "48411.361");
}

#[test]
fn lines_begin_where_the_former_ended_and_the_allowance_is_a_line_of_its_own() {
    let found = embedded(&used(&[(DOWNLOADS, "1000"), (DOWNLOADS, "100")]));
    let [first, second] = [&found.resources[0].lines()[0], &found.resources[1].lines()[0]];
    assert_eq!(first.cost(), Some(Range::exact(Decimal::from(120))));
    assert_eq!(first.unit_price(), Some(number("0.12")));
    assert_eq!(second.before, Range::exact(Decimal::from(1000)));
    assert_eq!(second.steps(), [(24.into(), number("0.12")), (76.into(), number("0.11"))]);
    assert_eq!(second.cost(), Some(Range::exact(number("11.24"))));
    let [allowance] = found.allowances.as_slice() else { panic!("{:?}", found.allowances) };
    assert_eq!(allowance.name, "Free allowance: first 100 GiB of downloads");
    assert_eq!(allowance.cost, Range::exact(Decimal::from(-12)));
    let without = Options { free_tier: false, ..Options::default() };
    let without = estimate(used(&[(DOWNLOADS, "1100")]), PriceList::embedded(), &without);
    assert_eq!(without.total, Range::exact(number("131.24")));
    assert_eq!(without.allowances, []);
}

#[test]
fn names_of_allowances_say_how_much_of_what() {
    let all = [THROUGHPUT, QUERIES, ACTIVE, STANDARD, CPU, JOB_CPU, REQUESTS, METRICS];
    let found = embedded(&used(&all.map(|it| (it, "1"))));
    let names: Vec<&str> = found.allowances.iter().map(|it| it.name.as_str()).collect();
    insta::assert_snapshot!(names.join("\n"), @r"
    Free allowance: first 1 TiB of queries
    Free allowance: first 10 GiB-months of active and long-term storage
    Free allowance: first 150 MiB of Metric Volume
    Free allowance: first 10 GiB of Message Delivery Basic
    Free allowance: 180,000 seconds of vCPUs, request-based, at tier 1's price
    Free allowance: 240,000 seconds of vCPUs, instance-based and jobs, at tier 1's price
    Free allowance: first 2,000,000 of Requests
    Free allowance: first 5 GiB-months of Standard Storage in us-central1, us-east1 and us-west1
    ");
}

#[test]
fn ranges_are_three_bills() {
    let range = Range { low: 0.into(), expected: 1.into(), high: 2.into() };
    let found = embedded(&[item("a", vec![charge(QUERIES, Some(range))])]);
    let bill = Range { low: 0.into(), expected: 0.into(), high: number("6.25") };
    assert_eq!((found.total, found.usage_total), (bill, bill));
}

#[test]
fn what_is_not_known_is_never_zero() {
    let unpriced = ("BigQuery", "Analysis (mars)", "mars", "TiBy");
    let other_unit = ("BigQuery", "Analysis (us)", "us", "h");
    let exact = |it: &str| Some(Range::exact(number(it)));
    let items = [
        item("bad", vec![charge(unpriced, exact("1")), charge(other_unit, exact("1"))]),
        item("worse", vec![charge(THROUGHPUT, exact("-1")), charge(THROUGHPUT, exact("1e18"))]),
        item("worst", vec![charge(THROUGHPUT, Some(Range::exact(Decimal::MAX)))]),
        item("open", vec![charge(THROUGHPUT, None)]),
        Item { type_name: "google_moon".into(), ..Item::default() },
        Item { bill: Some(Bill::Free("Roles are free.")), ..Item::default() },
    ];
    let items = items.map(|it| match it.address.as_str() {
        // Not too much for one line.
        "worse" => item("worse", vec![charge(THROUGHPUT, exact("-1"))]),
        _ => it,
    });
    let found = embedded(&items);
    let why: Vec<_> = found.summary.unpriced.iter().map(|it| (it.address.as_str(), it.why.clone())).collect();
    assert_eq!(
        why,
        [
            ("bad", Missing::Price),
            ("bad", Missing::Unit { list: "TiBy".into() }),
            ("worse", Missing::Quantity),
            ("worst", Missing::Quantity),
            ("", Missing::Kind(String::new())),
        ]
    );
    assert_eq!(found.resources[0].cost(), None);
    let open = &found.resources[3].lines()[0];
    assert_eq!((&open.priced, open.unit_price()), (&Priced::ByUsage, Some(Decimal::from(40))));
    let summary = &found.summary;
    assert_eq!((summary.resources, summary.priced, summary.free, summary.lines_by_usage), (6, 1, 1, 1));
    assert_eq!(summary.unsupported, BTreeMap::from([("google_moon".to_owned(), 1)]));
    assert_eq!(found.total, ZERO);
    assert_eq!(found.resources[2].lines()[0].steps(), []);
}

#[test]
fn lines_say_what_their_usage_follows() {
    let reading = Reading {
        range: Range::exact(Decimal::ONE),
        origin: Origin::Derived("events of topic orders".to_owned()),
    };
    let mut one = item("a", vec![charge(THROUGHPUT, Some(reading.range))]);
    one.usage.readings.insert("monthly_quantity", reading.clone());
    let found = embedded(&[one]);
    let line = &found.resources[0].lines()[0];
    assert!(line.derived() && line.usage_based());
    assert_eq!(line.usage, [Basis { key: "monthly_quantity", reading: Some(reading) }]);
    assert_eq!(line.rule, Some(Rule::Global));
}

#[test]
fn two_units_of_one_price_share_its_tiers() {
    let gib = (THROUGHPUT.0, THROUGHPUT.1, THROUGHPUT.2, "GiBy");
    check(&[(gib, "1024")], "39.609375");
    check(&[(gib, "512"), (THROUGHPUT, "0.5")], "39.609375");
    check(&[(THROUGHPUT, "0.5"), (gib, "512")], "39.609375");
}

/// Up to four tiers, of which the first may be free.
fn a_price() -> impl Strategy<Value = Price> {
    let tier = (1_u32..1_000_000, 0_u32..1_000_000);
    (any::<bool>(), 0_u32..1_000_000, prop::collection::vec(tier, 0..4)).prop_map(|(free, first, steps)| {
        let money = |it: u32| Decimal::new(it.into(), 5);
        let mut tiers =
            vec![Tier { start: Decimal::ZERO, price: if free { 0.into() } else { money(first) } }];
        for (width, price) in steps {
            let start = tiers.last().unwrap().start + Decimal::new(width.into(), 3);
            tiers.push(Tier { start, price: money(price) });
        }
        Price {
            service: "S".into(),
            sku_id: None,
            description: "D".into(),
            region: "global".into(),
            unit: "count".into(),
            tiers,
            grade: Grade::A,
            source: "here".into(),
            date: None,
        }
    })
}

/// What Google would bill: each unit at the price of the tier that it is in.
fn account_bill(price: &Price, quantity: Decimal) -> Decimal {
    let mut bill = Decimal::ZERO;
    for (index, tier) in price.tiers.iter().enumerate() {
        let end = price.tiers.get(index + 1).map_or(quantity, |it| it.start.min(quantity));
        bill += (end - tier.start).max(Decimal::ZERO) * tier.price;
    }
    bill
}

fn a_quantity() -> impl Strategy<Value = Decimal> {
    (0_u64..5_000_000_000).prop_map(|it| Decimal::new(it as i64, 6))
}

fn total(price: &Price, quantities: &[Decimal]) -> Estimate {
    let list = PriceList::new([price.clone()]).unwrap();
    let place = ("S", "D", "europe-west1", "count");
    let items: Vec<Item> =
        quantities.iter().map(|it| item("a", vec![charge(place, Some(Range::exact(*it)))])).collect();
    estimate(items, &list, &Options::default())
}

proptest! {
    #[test]
    fn cost_does_not_fall_where_quantity_rises(price in a_price(), a in a_quantity(), b in a_quantity()) {
        let (less, more) = (a.min(b), a.max(b));
        prop_assert!(total(&price, &[less]).total.expected <= total(&price, &[more]).total.expected);
    }

    #[test]
    fn cost_does_not_jump_at_the_edge_of_a_tier(price in a_price()) {
        let little = Decimal::new(1, 6);
        let dearest = price.tiers.iter().map(|it| it.price).max().unwrap();
        for edge in price.tiers.iter().skip(1).map(|it| it.start) {
            let at = |it: Decimal| total(&price, &[it]).total.expected;
            prop_assert!(at(edge + little) - at(edge) <= dearest * little);
            prop_assert!(at(edge) - at(edge - little) <= dearest * little);
        }
    }

    #[test]
    fn lines_and_allowances_add_up_to_the_bill(
        price in a_price(), quantities in prop::collection::vec(a_quantity(), 1..6)
    ) {
        let found = total(&price, &quantities);
        let lines = found.resources.iter().filter_map(Resource::cost).map(|it| it.expected);
        let sum: Decimal = lines.chain(found.allowances.iter().map(|it| it.cost.expected)).sum();
        prop_assert_eq!(sum, account_bill(&price, quantities.iter().sum()));
        prop_assert_eq!(sum, found.total.expected);
    }

    #[test]
    fn more_of_anything_that_shares_an_allowance_never_costs_less(
        quantities in prop::collection::vec(0_u32..3_000_000, 6), which in 0_usize..6, more in 1_u32..1_000_000
    ) {
        let places = [QUERIES, QUERIES_BELGIUM, ACTIVE, LONG_TERM, CPU, CPU_TIER_2];
        let bill = |quantities: &[u32]| {
            let one = |(place, quantity): (Place, &u32)| {
                item("a", vec![charge(place, Some(Range::exact(Decimal::new((*quantity).into(), 1))))])
            };
            embedded(&places.into_iter().zip(quantities).map(one).collect::<Vec<_>>()).total.expected
        };
        let mut larger = quantities.clone();
        larger[which] += more;
        prop_assert!(bill(&quantities) <= bill(&larger));
    }

    #[test]
    fn the_order_of_resources_does_not_change_the_total(
        quantities in prop::collection::vec(0_u32..3_000_000, 8), order in Just([0, 1, 2, 3, 4, 5, 6, 7]).prop_shuffle()
    ) {
        let places =
            [QUERIES, QUERIES_BELGIUM, ACTIVE, LONG_TERM, CPU, CPU_TIER_2, DOWNLOADS, THROUGHPUT];
        let all: Vec<Item> = places.into_iter().zip(quantities).map(|(place, quantity)| {
            item("a", vec![charge(place, Some(Range::exact(Decimal::new(quantity.into(), 1))))])
        }).collect();
        let shuffled: Vec<Item> = order.iter().map(|it| all[*it].clone()).collect();
        prop_assert_eq!(embedded(&all).total, embedded(&shuffled).total);
    }
}
