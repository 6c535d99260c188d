//! Files as they are read, and what the fuzz target `ndjson` found.

use serde_json::{Value, json};
use values::types::fields;

use super::*;

fn read(configuration: Value, columns: Value, content: &[u8]) -> Result<FileRead, String> {
    read_file(&configuration, &fields(&columns), content).map_err(|it| it.message)
}

#[test]
fn csv_has_no_place_for_columns_within_columns() {
    let csv = json!({"sourceFormat": "CSV", "allowJaggedRows": true});
    let repeated = json!([{"name": "l", "type": "INTEGER", "mode": "REPEATED"}]);
    assert_eq!(
        read(csv.clone(), repeated, b"1\n").unwrap_err(),
        "Cannot load CSV data with a repeated field. Field: l"
    );
    let nested = json!([{"name": "r", "type": "RECORD", "fields": [{"name": "a", "type": "STRING"}]}]);
    assert_eq!(read(csv, nested, b"1\n").unwrap_err(), "Cannot load CSV data with a nested schema. Field: r");
}

#[test]
fn what_looks_like_an_offset_is_no_panic() {
    let csv = json!({"sourceFormat": "CSV", "autodetect": true, "quote": ""});
    for content in ["2025-05-07 08:25-\"\u{fffd}\n", "a,b\n2025-02-07 0:0+é\u{80},1\n"] {
        let (fields, rows, bad) = read(csv.clone(), json!([]), content.as_bytes()).unwrap();
        assert!(bad.is_empty() && rows.iter().all(|it| it.len() == fields.len()), "{content}: {bad:?}");
    }
}

#[test]
fn every_bad_line_is_named_with_its_number() {
    let columns = json!([{"name": "id", "type": "INTEGER", "mode": "REQUIRED"}]);
    let lines = b"{\"id\": 1}\n\n{\"id\": \"x\"}\n[]\n{}\n\xff";
    let (_, rows, bad) = read(json!({"sourceFormat": "NEWLINE_DELIMITED_JSON"}), columns, lines).unwrap();
    assert_eq!((rows.len(), bad.len()), (1, 4));
    for (message, line) in bad.iter().zip(3..) {
        assert!(message.contains(&format!("(line {line})")), "{message}");
    }
}
