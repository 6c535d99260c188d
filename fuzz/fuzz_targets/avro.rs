//! Avro files that the local BigQuery loads: any bytes, which bring their schema along.
#![no_main]

use fuzz::check_rows;
use libfuzzer_sys::fuzz_target;
use local::fuzzing::read;
use serde_json::json;

fuzz_target!(|bytes: &[u8]| {
    for logical in [false, true] {
        let configuration = json!({"sourceFormat": "AVRO", "useAvroLogicalTypes": logical});
        // Only a codec that we do not unpack is refused; what else is wrong is said of the file.
        if let Ok(it) = read(&configuration, &[], bytes) {
            check_rows(&it.fields, &it.rows);
            assert!(!it.fields.is_empty() || it.rows.iter().all(Vec::is_empty));
        }
    }
});
