//! Cloud Storage: by class and place, operations, what is read and deleted early, what is downloaded.

use serde_json::json;

use crate::{check, table, used};

const BUCKET: &str = "gcp:storage/v1:Bucket";
const US_REGIONAL: &str = "Standard Storage US Regional";

#[test]
fn five_gibibytes_are_free_in_three_regions() {
    for region in ["us-central1", "us-east1", "us-west1"] {
        // x 0.02
        let rows = [("4", "0.08", "0"), ("5", "0.1", "0"), ("6", "0.12", "0.02"), ("100", "2", "1.9")];
        table(BUCKET, &json!({ "location": region }), "storage_gb", &rows);
    }
    // And only there, and only standard.
    for (inputs, dollars) in [
        (json!({ "location": "europe-west1" }), "2"),
        (json!({ "location": "us-east4" }), "2.3"),
        (json!({ "location": "us-central1", "storageClass": "NEARLINE" }), "1"),
    ] {
        table(BUCKET, &inputs, "storage_gb", &[("100", dollars, dollars)]);
    }
}

#[test]
fn five_gibibytes_are_free_once() {
    let in_region = |it: &str| used(BUCKET, json!({ "location": it, "name": it }), &[("storage_gb", "5")]);
    let all = ["us-central1", "us-east1", "us-west1"].map(in_region);
    // 15 x 0.02 - 5 x 0.02
    check(&all, &[(US_REGIONAL, "0.1"), (US_REGIONAL, "0.1"), (US_REGIONAL, "0.1")], "0.2");
}

#[test]
fn a_hundred_gibibytes_of_each_class_in_each_place() {
    for (location, standard, nearline, coldline, archive) in [
        ("europe-west1", "2", "1", "0.4", "0.12"),
        ("europe-west3", "2.3", "1.3", "0.6", "0.25"),
        ("asia-southeast1", "2", "1", "0.5", "0.15"),
        ("me-west1", "2.1", "1.25", "0.4", "0.12"),
        ("southamerica-east1", "3.5", "2", "0.7", "0.3"),
        ("africa-south1", "2", "1", "0.4", "0.12"),
        ("US", "2.6", "1.5", "0.7", "0.24"),
        ("EU", "2.6", "1.5", "0.7", "0.24"),
        ("ASIA", "2.6", "1.5", "0.875", "0.3"),
        ("NAM4", "4.4", "2.2", "0.88", "0.28"),
        ("EUR4", "4.4", "2.2", "0.88", "0.28"),
        ("ASIA1", "5.06", "3.52", "1.32", "0.56"),
    ] {
        for (class, dollars) in
            [("STANDARD", standard), ("NEARLINE", nearline), ("COLDLINE", coldline), ("ARCHIVE", archive)]
        {
            let inputs = json!({ "location": location, "storageClass": class });
            table(BUCKET, &inputs, "storage_gb", &[("100", dollars, dollars)]);
        }
    }
}

#[test]
fn operations_in_a_region_are_free_at_first() {
    let region = json!({ "location": "europe-west1" });
    let class_a = [
        // x 0.000005; 5,000 free.
        ("4999", "0.024995", "0"),
        ("5000", "0.025", "0"),
        ("5001", "0.025005", "0.000005"),
        ("1000000", "5", "4.975"),
    ];
    table(BUCKET, &region, "monthly_class_a_operations", &class_a);
    let class_b = [
        // x 0.0000004; 50,000 free.
        ("49999", "0.0199996", "0"),
        ("50000", "0.02", "0"),
        ("50001", "0.0200004", "0.0000004"),
        ("10000000", "4", "3.98"),
    ];
    table(BUCKET, &region, "monthly_class_b_operations", &class_b);
}

#[test]
fn cold_objects_cost_when_they_are_read_or_deleted_early() {
    for (class, read, early, half) in [
        // 100 x 0.01; 10 x 30 / 30 x 0.01; 10 x 15 / 30 x 0.01
        ("NEARLINE", "1", "0.1", "0.05"),
        // 100 x 0.02; 10 x 90 / 30 x 0.004; 10 x 75 / 30 x 0.004
        ("COLDLINE", "2", "0.12", "0.1"),
        // 100 x 0.05; 10 x 365 / 30 x 0.0012; 10 x 350 / 30 x 0.0012
        ("ARCHIVE", "5", "0.146", "0.14"),
    ] {
        let inputs = json!({ "location": "europe-west1", "storageClass": class });
        table(BUCKET, &inputs, "monthly_data_retrieval_gb", &[("100", read, read)]);
        table(BUCKET, &inputs, "monthly_early_deleted_gb", &[("10", early, early)]);
        let name = format!("{}{} Storage (regional)", &class[..1], class[1..].to_lowercase());
        let said = [("monthly_early_deleted_gb", "10"), ("early_deleted_after_days", "15")];
        check(&[used(BUCKET, inputs, &said)], &[(&name, half)], half);
    }
}

#[test]
fn downloads_cross_tiers_at_one_and_ten_tebibytes() {
    for to in ["worldwide", "asia"] {
        let rows = [
            // x 0.12; 100 free.
            ("99", "11.88", "0"),
            ("100", "12", "0"),
            ("101", "12.12", "0.12"),
            ("1023", "122.76", "110.76"),
            ("1024", "122.88", "110.88"),
            // 122.88 + 1 x 0.11
            ("1025", "122.99", "110.99"),
            // 122.88 + 9215 x 0.11, 122.88 + 9216 x 0.11
            ("10239", "1136.53", "1124.53"),
            ("10240", "1136.64", "1124.64"),
            // + 1 x 0.08
            ("10241", "1136.72", "1124.72"),
        ];
        let key = format!("monthly_egress_data_transfer_gb.{to}");
        table(BUCKET, &json!({ "location": "US" }), &key, &rows);
    }
    for (to, rows) in [
        (
            "australia",
            [
                // 0.19, 0.18, 0.15; nothing free.
                ("1024", "194.56"),
                ("1025", "194.74"),
                // 194.56 + 9216 x 0.18
                ("10240", "1853.44"),
                ("10241", "1853.59"),
            ],
        ),
        (
            "china",
            [
                // 0.23, 0.22, 0.20
                ("1024", "235.52"),
                ("1025", "235.74"),
                // 235.52 + 9216 x 0.22
                ("10240", "2263.04"),
                ("10241", "2263.24"),
            ],
        ),
    ] {
        let key = format!("monthly_egress_data_transfer_gb.{to}");
        for (much, dollars) in rows {
            table(BUCKET, &json!({ "location": "US" }), &key, &[(much, dollars, dollars)]);
        }
    }
}

#[test]
fn a_hundred_gibibytes_of_downloads_are_free_once() {
    let world = [("monthly_egress_data_transfer_gb.worldwide", "100")];
    let both = [world[0], ("monthly_egress_data_transfer_gb.asia", "100")];
    let bucket = |name: &str, said| used(BUCKET, json!({ "name": name, "location": "US" }), said);
    let world_sku = "Download Worldwide Destinations (excluding Asia & Australia)";
    // 300 x 0.12 - 100 x 0.12
    let lines = [(world_sku, "12"), (world_sku, "12"), ("Download APAC", "12")];
    check(&[bucket("a", &world), bucket("b", &both)], &lines, "24");
}

#[test]
fn buckets_cross_tiers_together() {
    let key = "monthly_egress_data_transfer_gb.australia";
    let bucket = |name: &str, much| used(BUCKET, json!({ "name": name, "location": "US" }), &[(key, much)]);
    // 1000 x 0.19, and then 24 x 0.19 + 976 x 0.18
    let lines = [("Download Australia", "190"), ("Download Australia", "180.24")];
    check(&[bucket("a", "1000"), bucket("b", "1000")], &lines, "370.24");
}

#[test]
fn a_bucket_in_europe_with_everything() {
    let said = [
        ("storage_gb", "150"),
        ("monthly_class_a_operations", "40000"),
        ("monthly_class_b_operations", "20000"),
        ("monthly_egress_data_transfer_gb.same_continent", "550"),
        ("monthly_egress_data_transfer_gb.worldwide", "12500"),
    ];
    let lines = [
        ("Standard Storage (regional)", "3"),
        ("Regional Standard Class A Operations", "0.2"),
        ("Regional Standard Class B Operations", "0.008"),
        ("Network Data Transfer GCP Inter Region within Europe", "11"),
        // 1136.64 + 2260 x 0.08
        ("Download Worldwide Destinations (excluding Asia & Australia)", "1317.44"),
    ];
    // 1331.648 - 0.025 - 0.008 - 12
    check(&[used(BUCKET, json!({ "location": "europe-west1" }), &said)], &lines, "1319.615");
}
