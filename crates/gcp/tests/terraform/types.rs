//! Every type of Google's providers is classified, and as our kinds say.

use std::collections::{BTreeMap, BTreeSet};

use engine::{Alone, Bill, Billed, Usage};
use gcp::terraform::{Class, all, classes, known};
use serde_json::json;

const NAMES: &str = include_str!("../data/terraform-types.txt");

fn names() -> BTreeSet<&'static str> {
    NAMES.lines().filter(|it| !it.starts_with('#')).collect()
}

#[test]
fn every_type_is_classified_once() {
    let rows: Vec<_> = classes().collect();
    let table: BTreeMap<&str, Class> = rows.iter().map(|it| (it.0, it.1)).collect();
    assert_eq!(rows.len(), table.len(), "a type is there twice");
    let lines = include_str!("../../src/terraform/types.csv").lines().count();
    assert_eq!(rows.len(), lines - 1, "a row is malformed");
    assert_eq!(table.keys().copied().collect::<BTreeSet<_>>(), names());
    for (name, class, source) in rows {
        assert_eq!(source.is_empty(), class == Class::Unpriced, "{name} has a class and no source");
    }
}

#[test]
fn the_table_says_what_bills_say() {
    for (name, class, _) in classes() {
        let (inputs, usage) = (json!({}), Usage::default());
        let of = Billed { inputs: &inputs, usage: &usage, region: "us-central1", others: &Alone };
        let said = known(name).map(|it| (it.bill(&of), it.usage().is_empty()));
        let expected = match said {
            None => Class::Unpriced,
            Some((Some(Bill::Free(_)), true)) => Class::Free,
            Some((Some(_), _)) => Class::Priced,
            Some((None, _)) => panic!("{name} has no bill"),
        };
        assert_eq!(class, expected, "{name}");
    }
    let table: BTreeSet<&str> = classes().map(|it| it.0).collect();
    for (priced, types) in all() {
        assert!(types.iter().all(|it| table.contains(it)), "{priced:?} has types that are not in the table");
    }
}

/// What is not in the table may be anything: it is never free.
#[test]
fn a_type_that_is_not_known_is_not_free() {
    for name in
        ["google_new_thing", "google_new_thing_iam_member", "aws_instance", "google_sql_database_instance"]
    {
        assert!(known(name).is_none(), "{name}");
    }
    for name in ["google_compute_network", "google_pubsub_topic_iam_binding", "google_kms_key_ring"] {
        assert!(known(name).is_some(), "{name}");
    }
    // On Google's price page, and in Infracost's list of free resources.
    assert!(known("google_monitoring_uptime_check_config").is_none());
}
