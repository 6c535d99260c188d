//! A small account that the tests of all reports show.

use std::collections::BTreeMap;

use engine::{Bill, Charge, Origin, Range, Reading, Sku, Usage};
use rust_decimal::Decimal;
use time::macros::datetime;

use super::Context;
use crate::{Currency, Estimate, Item, Options, PriceList, estimate};

pub(super) fn number(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub(super) fn exact(text: &str) -> Option<Range> {
    Some(Range::exact(number(text)))
}

pub(super) fn charge(
    name: &str,
    (service, description, region, unit): (&'static str, &str, &str, &'static str),
    quantity: Option<Range>,
    usage: &[&'static str],
) -> Charge {
    Charge {
        name: name.to_owned(),
        sku: Sku { service, description: description.to_owned(), region: region.to_owned() },
        unit,
        quantity,
        usage: usage.to_vec(),
        doubt: None,
    }
}

fn item(address: &str, type_name: &str, bill: Option<Bill>) -> Item {
    Item {
        address: address.to_owned(),
        kind: format!("gcp:{type_name}"),
        type_name: type_name.to_owned(),
        bill,
        ..Item::default()
    }
}

/// A topic, a bucket with a range, a service with a line by usage, one without a price, free and unknown ones.
pub(super) fn items() -> Vec<Item> {
    let range = Range { low: 100.into(), expected: 200.into(), high: 400.into() };
    let mut readings = BTreeMap::new();
    let origin = Origin::Derived("events of topic <orders>".to_owned());
    readings.insert("storage_gb", Reading { range, origin });
    let mut bucket = item(
        "google_storage_bucket.exports[\"a\"]",
        "google_storage_bucket",
        Some(Bill::Charges(vec![
            charge(
                "Storage (standard)",
                ("Cloud Storage", "Standard Storage US Regional", "us-central1", "GiBy.mo"),
                Some(range),
                &["storage_gb"],
            ),
            charge(
                "Class A operations",
                ("Cloud Storage", "Regional Standard Class A Operations", "us-central1", "count"),
                exact("100000"),
                &["monthly_class_a_operations"],
            ),
        ])),
    );
    bucket.usage = Usage { readings };
    bucket.tags.insert("team".to_owned(), "events".to_owned());
    let topic = charge(
        "Message throughput",
        ("Cloud Pub/Sub", "Message Delivery Basic", "us-central1", "TiBy"),
        exact("0.5"),
        &["monthly_message_data_tb"],
    );
    let service = [
        charge(
            "CPU",
            ("Cloud Run", "Services CPU (Request-based billing)", "us-central1", "s"),
            exact("1180000"),
            &[],
        ),
        charge("Requests", ("Cloud Run", "Requests", "us-central1", "count"), None, &["monthly_requests"]),
    ];
    let mars = charge(
        "Queries",
        ("BigQuery", "Analysis (mars)", "mars", "TiBy"),
        exact("1"),
        &["monthly_queries_tb"],
    );
    vec![
        item("orders", "google_pubsub_topic", Some(Bill::Charges(vec![topic]))),
        bucket,
        item("api", "google_cloud_run_v2_service", Some(Bill::Charges(service.to_vec()))),
        item("dataset <mars>", "google_bigquery_dataset", Some(Bill::Charges(vec![mars]))),
        item("invoker", "google_project_iam_member", Some(Bill::Free("Roles and members are free."))),
        item("vm", "google_compute_instance", None),
    ]
}

pub(super) fn sample() -> Estimate {
    estimate(items(), PriceList::embedded(), &Options::default())
}

pub(super) fn euros() -> Estimate {
    let currency = Currency::new("EUR", number("0.9")).unwrap();
    let today = Some(time::macros::date!(2026 - 11 - 24));
    estimate(items(), PriceList::embedded(), &Options { currency, free_tier: false, today })
}

pub(super) fn context() -> Context {
    Context::new("pipeline/dev", datetime!(2026-10-20 12:00 UTC))
}
