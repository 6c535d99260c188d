//! BigQuery: a TiB of queries, 10 GiB of storage and 2 TiB of writes free, all else where the dataset is.

use serde_json::{Value, json};

use crate::{account, check, table, table_among, used, with_free_tier};

const DATASET: &str = "gcp:bigquery/v2:Dataset";
const TABLE: &str = "gcp:bigquery/v2:Table";
const TRANSFER: &str = "gcp:bigquerydatatransfer/v1:TransferConfig";

fn dataset(location: &str) -> Value {
    json!({ "project": "p", "name": "d", "location": location })
}

fn in_dataset() -> Value {
    json!({ "project": "p", "dataset": "d", "name": "t" })
}

#[test]
fn a_tebibyte_of_queries_is_free() {
    // x 6.25
    let rows = [
        ("0.9990234375", "6.243896484375", "0"),
        ("1", "6.25", "0"),
        ("1.0009765625", "6.256103515625", "0.006103515625"),
        ("3", "18.75", "12.5"),
    ];
    for location in ["US", "EU", "us-central1"] {
        table(DATASET, &dataset(location), "monthly_queries_tb", &rows);
    }
    for (location, two, one) in [
        ("europe-west1", "15", "7.5"),
        ("us-west2", "16.875", "8.4375"),
        ("southamerica-east1", "22.5", "11.25"),
        ("asia-east1", "14.375", "7.1875"),
    ] {
        table(DATASET, &dataset(location), "monthly_queries_tb", &[("2", two, one)]);
    }
}

#[test]
fn a_tebibyte_of_queries_is_free_once() {
    let all = [("a", "us-west2"), ("b", "EU")].map(|(name, location)| {
        let inputs = json!({ "project": "p", "name": name, "location": location });
        used(DATASET, inputs, &[("monthly_queries_tb", "1")])
    });
    // The cheaper one is free.
    check(&all, &[("Analysis (us-west2)", "8.4375"), ("Analysis (eu)", "6.25")], "8.4375");
}

#[test]
fn ten_gibibytes_of_storage_are_free() {
    let around = [(DATASET, dataset("US"))];
    let active = [("9", "0.18", "0"), ("10", "0.2", "0"), ("11", "0.22", "0.02"), ("100", "2", "1.8")];
    table_among(&around, TABLE, &in_dataset(), "monthly_active_storage_gb", &active);
    let long_term = [("9", "0.09", "0"), ("10", "0.1", "0"), ("11", "0.11", "0.01"), ("100", "1", "0.9")];
    table_among(&around, TABLE, &in_dataset(), "monthly_long_term_storage_gb", &long_term);
    // Once for both: the cheaper 10 GiB.
    let both = [("monthly_active_storage_gb", "10"), ("monthly_long_term_storage_gb", "10")];
    let all = [used(DATASET, dataset("US"), &[]), used(TABLE, in_dataset(), &both)];
    let lines = [("Active Logical Storage (us)", "0.2"), ("Long Term Logical Storage (us)", "0.1")];
    check(&all, &lines, "0.2");
}

#[test]
fn physical_storage_costs_twice_as_much() {
    let mut physical = dataset("US");
    physical["storageBillingModel"] = json!("PHYSICAL");
    let said = [("monthly_active_storage_gb", "100"), ("monthly_long_term_storage_gb", "50")];
    let all = [used(DATASET, physical, &[]), used(TABLE, in_dataset(), &said)];
    // 100 x 0.04, 50 x 0.02
    let lines = [("Active Physical Storage (us)", "4"), ("Long Term Physical Storage (us)", "1")];
    check(&all, &lines, "5");
}

#[test]
fn two_tebibytes_of_writes_are_free() {
    // x 0.025
    let rows =
        [("2047", "51.175", "0"), ("2048", "51.2", "0"), ("2049", "51.225", "0.025"), ("3000", "75", "23.8")];
    let around = [(DATASET, dataset("US"))];
    table_among(&around, TABLE, &in_dataset(), "monthly_storage_write_api_gb", &rows);
}

#[test]
fn streaming_costs_from_the_first_byte_and_reading_after_300_tebibytes() {
    let around = [(DATASET, dataset("US"))];
    // 200 MiB are a cent.
    let rows = [("200", "0.01", "0.01"), ("1000", "0.05", "0.05")];
    table_among(&around, TABLE, &in_dataset(), "monthly_streaming_inserts_mb", &rows);
    let rows = [("2", "2.2", "0"), ("300", "330", "0"), ("400", "440", "110")];
    table_among(&around, TABLE, &in_dataset(), "monthly_storage_read_api_tb", &rows);
}

#[test]
fn what_stores_nothing_costs_nothing() {
    let mut view = in_dataset();
    view["view"] = json!({ "query": "SELECT 1" });
    check(&[used(TABLE, view, &[("monthly_active_storage_gb", "100")])], &[], "0");
}

/// A transfer from Cloud Storage is free; another's price is not in the list, which is not the same.
#[test]
fn a_transfer_that_nobody_knows_the_price_of_is_named() {
    let from = |source: &str| [used(TRANSFER, json!({ "dataSourceId": source }), &[("monthly_runs", "30")])];
    check(&from("google_cloud_storage"), &[], "0");
    let unpriced = account(&from("play"), &with_free_tier(true)).summary.unpriced;
    let unpriced: Vec<&str> =
        unpriced.iter().filter_map(|it| Some(it.sku.as_ref()?.description.as_str())).collect();
    assert_eq!(unpriced, ["Transfer runs from play"]);
}
