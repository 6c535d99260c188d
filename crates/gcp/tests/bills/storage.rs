//! Cloud Storage: by class and place, operations of the right class, and what leaves.

use serde_json::json;

use crate::{check, check_some};

const BUCKET: &str = "gcp:storage/v1:Bucket";

#[test]
fn a_bucket_is_charged_for_everything_that_is_done_with_it() {
    check(
        BUCKET,
        &json!({ "location": "europe-west1" }),
        &[
            ("storage_gb", "150"),
            ("monthly_class_a_operations", "40000"),
            ("monthly_class_b_operations", "20000"),
            ("monthly_egress_data_transfer_gb.same_continent", "550"),
            ("monthly_egress_data_transfer_gb.worldwide", "12500"),
            ("monthly_egress_data_transfer_gb.asia", "1500"),
            ("monthly_egress_data_transfer_gb.china", "50"),
            ("monthly_egress_data_transfer_gb.australia", "250"),
            // Of standard objects nothing is charged for that.
            ("monthly_data_retrieval_gb", "500"),
            ("monthly_early_deleted_gb", "500"),
        ],
        &[
            "Standard Storage (regional) @europe-west1: 150 GiBy.mo",
            "Regional Standard Class A Operations @global: 40000 count",
            "Regional Standard Class B Operations @global: 20000 count",
            "Network Data Transfer GCP Inter Region within Europe @global: 550 GiBy",
            "Download Worldwide Destinations (excluding Asia & Australia) @global: 12500 GiBy",
            "Download APAC @global: 1500 GiBy",
            "Download China @global: 50 GiBy",
            "Download Australia @global: 250 GiBy",
        ],
    );
}

#[test]
fn class_and_place_say_the_price() {
    let gib =
        &[("storage_gb", "1"), ("monthly_class_a_operations", "1"), ("monthly_class_b_operations", "1")];
    for (location, class, storage, class_a, class_b) in [
        (
            "US-CENTRAL1",
            "STANDARD",
            "Standard Storage US Regional @us-central1",
            "Regional Standard",
            "Regional Standard",
        ),
        (
            "us-east4",
            "standard",
            "Standard Storage (regional) @us-east4",
            "Regional Standard",
            "Regional Standard",
        ),
        (
            "us-central1",
            "NEARLINE",
            "Nearline Storage (regional) @us-central1",
            "Regional Nearline",
            "Nearline",
        ),
        ("asia-east1", "ARCHIVE", "Archive Storage (regional) @asia-east1", "Regional Archive", "Archive"),
        ("US", "STANDARD", "Standard Storage Multi-region @us", "Multi/Dual-Region Standard", "Standard"),
        ("EU", "COLDLINE", "Coldline Storage Multi-region @europe", "Multi/Dual-Region Coldline", "Coldline"),
        ("ASIA", "STANDARD", "Standard Storage Multi-region @asia", "Multi/Dual-Region Standard", "Standard"),
        ("NAM4", "STANDARD", "Standard Storage Dual-region @nam4", "Dual-Region Standard", "Standard"),
        ("EUR4", "NEARLINE", "Nearline Storage Dual-region @eur4", "Multi/Dual-Region Nearline", "Nearline"),
        ("ASIA1", "ARCHIVE", "Archive Storage Dual-region @asia1", "Multi/Dual-Region Archive", "Archive"),
    ] {
        check_some(
            BUCKET,
            &json!({ "location": location, "storageClass": class }),
            gib,
            &[
                &format!("{storage}: 1 GiBy.mo"),
                &format!("{class_a} Class A Operations @global: 1 count"),
                &format!("{class_b} Class B Operations @global: 1 count"),
            ],
        );
    }
}

#[test]
fn a_bucket_that_says_no_place_is_in_the_us() {
    check_some(BUCKET, &json!({}), &[("storage_gb", "1")], &["Standard Storage Multi-region @us: 1 GiBy.mo"]);
    // One whose place is not known yet is taken to be where the stack is.
    let later = json!({ "location": engine::unknown() });
    check_some(
        BUCKET,
        &later,
        &[("storage_gb", "1")],
        &["Standard Storage US Regional @us-central1: 1 GiBy.mo"],
    );
}

#[test]
fn two_regions_of_ones_own_are_a_dual_region() {
    let pair = |places: [&str; 2]| json!({ "location": "US", "rpo": "ASYNC_TURBO", "customPlacementConfig": { "dataLocations": places } });
    let known = pair(["US-EAST1", "US-CENTRAL1"]);
    check_some(
        BUCKET,
        &known,
        &[("storage_gb", "1"), ("monthly_turbo_replication_gb", "9")],
        &["Standard Storage Dual-region @nam4: 1 GiBy.mo", "Turbo Replication @nam4: 9 GiBy"],
    );
    // No list has these by themselves, and so they are named.
    let line = "Standard Storage Dual-region @us-east1+us-west1: 1 GiBy.mo";
    check_some(BUCKET, &pair(["US-WEST1", "US-EAST1"]), &[("storage_gb", "1")], &[line]);
}

#[test]
fn cold_objects_are_charged_for_being_read_and_deleted_early() {
    for (class, name, whole, half) in [
        ("NEARLINE", "Nearline", "10", "5"),
        ("COLDLINE", "Coldline", "30", "25"),
        ("ARCHIVE", "Archive", "121.666666667", "116.666666667"),
    ] {
        let inputs = json!({ "location": "europe-west1", "storageClass": class });
        let storage = |quantity: &str| format!("{name} Storage (regional) @europe-west1: {quantity} GiBy.mo");
        let said = [("monthly_data_retrieval_gb", "4"), ("monthly_early_deleted_gb", "10")];
        let retrieval = format!("{name} Data Retrieval @global: 4 GiBy");
        check_some(BUCKET, &inputs, &said, &[&retrieval, &storage(whole)]);
        // Half a month old.
        let said = [said[1], ("early_deleted_after_days", "15")];
        check_some(BUCKET, &inputs, &said, &[&storage(half)]);
    }
    // After its time nothing is left to pay.
    let said = [("monthly_early_deleted_gb", "10"), ("early_deleted_after_days", "40")];
    let line = "Nearline Storage (regional) @europe-west1: 0 GiBy.mo";
    check_some(BUCKET, &json!({ "location": "europe-west1", "storageClass": "NEARLINE" }), &said, &[line]);
}

#[test]
fn objects_of_another_class_are_charged_as_such() {
    check_some(
        BUCKET,
        &json!({ "location": "us-west1" }),
        &[("storage_gb", "5"), ("coldline_storage_gb", "20")],
        &[
            "Standard Storage US Regional @us-west1: 5 GiBy.mo",
            "Coldline Storage (regional) @us-west1: 20 GiBy.mo",
        ],
    );
}

#[test]
fn autoclass_begins_as_standard_and_charges_no_reading() {
    let auto =
        json!({ "location": "us-west1", "storageClass": "NEARLINE", "autoclass": { "enabled": true } });
    let said = &[("storage_gb", "5"), ("monthly_data_retrieval_gb", "5"), ("autoclass_objects", "1000")];
    check_some(
        BUCKET,
        &auto,
        said,
        &[
            "Standard Storage US Regional @us-west1: 5 GiBy.mo",
            "Autoclass Management Fee @global: 1000 count",
        ],
    );
    let bill = crate::lines(&crate::bill_among(&engine::Alone, BUCKET, &auto, said));
    assert!(!bill.iter().any(|it| it.contains("Retrieval")), "{bill:?}");
}
