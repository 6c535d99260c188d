//! Whatever stands in a plan where it does not belong, there is a report, and its numbers are in order.

use std::collections::BTreeMap;

use cost::report::{Context, html, json, markdown, table};
use cost::{Item, Options, PriceList, estimate};
use engine::{Origin, Range, Reading, Usage};
use gcp::bill::derive;
use gcp::terraform;
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::{Value, json};

const PLAN: &[u8] = include_bytes!("../../gcp/tests/data/today.plan.json");

/// The places of all values in a document.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(map) => {
            for (name, it) in map {
                places(it, &format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(list) => {
            for (index, it) in list.iter().enumerate() {
                places(it, &format!("{at}/{index}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn odd() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!(null)),
        Just(json!(true)),
        Just(json!([])),
        Just(json!({})),
        Just(json!([null, {}, [1]])),
        Just(json!({ "a": { "b": [null] } })),
        any::<i64>().prop_map(|it| json!(it)),
        any::<f64>().prop_map(|it| json!(it)),
        Just(json!("79228162514264337593543950335")),
        "(-?[0-9]{1,40}(\\.[0-9]+)?[smhKMGi]*|projects/[a-z]*/topics/.*|gs://.*|.*)".prop_map(|it| json!(it)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn odd_plans_have_reports(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), odd()), 1..6),
        much in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0u64..u64::MAX), 0..6),
    ) {
        let mut plan: Value = serde_json::from_slice(PLAN).expect("it is JSON");
        for (place, value) in changes {
            let mut all = Vec::new();
            places(&plan, "", &mut all);
            *plan.pointer_mut(place.get(&all[..]).as_str()).expect("it is a place") = value;
        }
        let Ok(input) = terraform::read(plan.to_string().as_bytes()) else { return Ok(()) };
        let items = input.planned.items();
        let mut given: BTreeMap<String, Usage> = BTreeMap::new();
        for (item, key, much) in much {
            let Some(item) = items.get(item.index(items.len().max(1))) else { continue };
            let keys = item.priced.usage();
            if keys.is_empty() {
                continue;
            }
            let reading = Reading { range: Range::exact(much), origin: Origin::Given };
            given.entry(item.address.clone()).or_default().readings.insert(key.get(keys).name, reading);
        }
        let used = derive(&input.planned, &given);
        let none = Usage::default();
        let priced = items.iter().map(|item| {
            let usage = used.get(&item.address).unwrap_or(&none);
            Item {
                address: item.address.clone(),
                type_name: item.priced.token().to_owned(),
                bill: input.planned.bill(item, usage, &input.region),
                usage: usage.clone(),
                ..Item::default()
            }
        });
        let now = estimate(priced, PriceList::embedded(), &Options::default());
        prop_assert!(now.total.low <= now.total.expected && now.total.expected <= now.total.high, "{:?}", now.total);
        for resource in &now.resources {
            let cost = resource.cost().unwrap_or(Range::exact(0));
            prop_assert!(Decimal::ZERO <= cost.low && cost.low <= cost.expected && cost.expected <= cost.high);
        }
        let context = Context::new("odd", time::OffsetDateTime::UNIX_EPOCH);
        let mut written = Vec::new();
        json::Report::new(&now, None, &context).expect("it is a report").write(&mut written).expect("it is written");
        prop_assert!(serde_json::from_slice::<Value>(&written).is_ok());
        prop_assert!(html::write(&now, None, &context).ends_with("</html>\n"));
        prop_assert!(!markdown::write(&now, None, &context).is_empty());
        let options = table::Options { explain: true, show_skipped: true, ..table::Options::default() };
        prop_assert!(!table::write(&now, &context, &options).is_empty());
    }
}
