//! BigQuery: a dataset's own place, active and long-term storage, what is written and read.

use gcp::bill::Resources;
use serde_json::{Value, json};

use crate::{bill_among, check, check_some, item, lines};

const DATASET: &str = "gcp:bigquery/v2:Dataset";
const TABLE: &str = "gcp:bigquery/v2:Table";
const TRANSFER: &str = "gcp:bigquerydatatransfer/v1:TransferConfig";

/// Infracost prices queries where the provider is.
#[test]
fn queries_cost_what_they_cost_where_the_dataset_is() {
    let said = &[("monthly_queries_tb", "3")];
    for (location, place) in [("EU", "eu"), ("us-west2", "us-west2"), ("US", "us")] {
        let line = format!("Analysis ({place}) @{place}: 3 TiBy");
        check(DATASET, &json!({ "location": location }), said, &[&line]);
    }
    // The stack is in us-central1, and yet a dataset that says nothing is in the US.
    check(DATASET, &json!({}), said, &["Analysis (us) @us: 3 TiBy"]);
    let later = json!({ "location": engine::unknown() });
    check(DATASET, &later, said, &["Analysis (us-central1) @us-central1: 3 TiBy"]);
}

const SAID: &[(&str, &str)] = &[
    ("monthly_active_storage_gb", "100"),
    ("monthly_long_term_storage_gb", "50"),
    ("monthly_streaming_inserts_mb", "1000"),
    ("monthly_storage_write_api_gb", "3000"),
    ("monthly_storage_read_api_tb", "2"),
];

#[track_caller]
fn check_table(dataset: Value, expected: &[&str]) {
    let around = Resources::new(vec![item(DATASET, dataset)]);
    let table = json!({ "project": "p", "dataset": "d", "name": "t" });
    assert_eq!(lines(&bill_among(&around, TABLE, &table, SAID)), expected);
}

#[test]
fn a_table_is_where_its_dataset_is() {
    check_table(
        json!({ "project": "p", "name": "d", "location": "US" }),
        &[
            "Active Logical Storage (us) @us: 100 GiBy.mo",
            "Long Term Logical Storage (us) @us: 50 GiBy.mo",
            "Streaming Insert (us) @us: 1000 MiBy",
            "BigQuery Storage API - Write (us) @us: 3000 GiBy",
            "BigQuery Storage API - Read @us: 2 TiBy",
        ],
    );
    check_table(
        json!({ "project": "p", "name": "d", "location": "europe-west1", "storageBillingModel": "PHYSICAL" }),
        &[
            "Active Physical Storage (europe-west1) @europe-west1: 100 GiBy.mo",
            "Long Term Physical Storage (europe-west1) @europe-west1: 50 GiBy.mo",
            "Streaming Insert (europe-west1) @europe-west1: 1000 MiBy",
            "BigQuery Storage API - Write (europe-west1) @europe-west1: 3000 GiBy",
            "BigQuery Storage API - Read (europe-west1) @europe-west1: 2 TiBy",
        ],
    );
    // Without its dataset it is taken to be where the stack is.
    let line = "Active Logical Storage (us-central1) @us-central1: 100 GiBy.mo";
    check_some(TABLE, &json!({ "dataset": "d" }), SAID, &[line]);
}

#[test]
fn what_stores_nothing_is_free() {
    let view = "free: A view stores nothing; what its queries read is charged with its dataset.";
    check(TABLE, &json!({ "view": { "query": "SELECT 1" } }), SAID, &[view]);
    let external = "free: An external table's data lies elsewhere; queries are charged with its dataset.";
    check(TABLE, &json!({ "externalDataConfiguration": {} }), SAID, &[external]);
    // A materialized one stores its result.
    let inputs = json!({ "materializedView": { "query": "SELECT 1" } });
    check_some(TABLE, &inputs, SAID, &["Active Logical Storage (us-central1) @us-central1: 100 GiBy.mo"]);
}

#[test]
fn transfers_are_free_where_their_source_is() {
    let free = "free: Loading from this source is free; what it loads is charged as the table's storage.";
    check(TRANSFER, &json!({ "dataSourceId": "google_cloud_storage" }), &[], &[free]);
    let free = "free: Scheduling is free; what the query reads is charged with the dataset.";
    check(TRANSFER, &json!({ "dataSourceId": "scheduled_query" }), &[], &[free]);
    let named = "Transfer runs from play @global: ? run";
    check(TRANSFER, &json!({ "dataSourceId": "play" }), &[], &[named]);
    let named = "Transfer runs from play @global: 30 run";
    check(TRANSFER, &json!({ "dataSourceId": "play" }), &[("monthly_runs", "30")], &[named]);
}
