//! Usage files: any text is read or refused, and to what can be read the missing keys are added.
#![no_main]

use cost::usage_file::{Target, Type, UsageFile, sync};
use engine::UsageKey;
use libfuzzer_sys::fuzz_target;

const KEYS: &[UsageKey] = &[
    UsageKey { name: "storage_gb", unit: "GiB", doc: "What lies there." },
    UsageKey { name: "monthly_egress_data_transfer_gb.asia", unit: "GiB", doc: "" },
    UsageKey { name: "monthly_egress_data_transfer_gb.worldwide", unit: "GiB", doc: "" },
];

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let types = [Type { names: vec!["google_storage_bucket".to_owned()], keys: KEYS.to_vec() }];
    let target = |addresses: &[&str]| Target {
        addresses: addresses.iter().map(|it| (*it).to_owned()).collect(),
        type_name: "google_storage_bucket".to_owned(),
        derived: Vec::new(),
    };
    let targets =
        [target(&["google_storage_bucket.b", "b"]), target(&["module.m[\"a\"].google_storage_bucket.c"])];
    let Ok(read) = UsageFile::parse(text, "usage.yml", &types, &targets) else { return };
    // What can be read can be added to, or is left alone; and it says what it said.
    if let Ok(synced) = sync(text, "usage.yml", &types, &targets) {
        let again = UsageFile::parse(&synced.text, "usage.yml", &types, &targets).expect("it can be read");
        for target in &targets {
            assert_eq!(read.usage(target, &types), again.usage(target, &types));
        }
    }
});
