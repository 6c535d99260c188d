//! Files that the local BigQuery loads: any bytes against a schema.
#![no_main]

use std::sync::LazyLock;

use fuzz::check_rows;
use libfuzzer_sys::fuzz_target;
use local::fuzzing::{Read, read};
use serde_json::{Value, json};
use values::types::{Field, fields};

static SCHEMA: LazyLock<Vec<Field>> = LazyLock::new(|| {
    fields(&json!([
        {"name": "event_id", "type": "STRING", "mode": "REQUIRED"},
        {"name": "event_data", "type": "JSON"},
        {"name": "timestamp", "type": "TIMESTAMP", "mode": "REQUIRED"},
        {"name": "i", "type": "INTEGER"},
        {"name": "f", "type": "FLOAT"},
        {"name": "b", "type": "BOOLEAN"},
        {"name": "n", "type": "NUMERIC"},
        {"name": "g", "type": "BIGNUMERIC"},
        {"name": "y", "type": "BYTES"},
        {"name": "d", "type": "DATE"},
        {"name": "t", "type": "TIME"},
        {"name": "w", "type": "DATETIME"},
        {"name": "l", "type": "INTEGER", "mode": "REPEATED"},
        {"name": "r", "type": "RECORD", "fields": [
            {"name": "a", "type": "STRING"},
            {"name": "c", "type": "RECORD", "mode": "REPEATED", "fields": [{"name": "j", "type": "JSON"}]}]},
    ]))
});

/// The first byte says how the rest is read.
fn configuration(how: u8) -> Value {
    json!({
        "sourceFormat": if how & 1 == 0 { "NEWLINE_DELIMITED_JSON" } else { "CSV" },
        "autodetect": how & 2 != 0,
        "ignoreUnknownValues": how & 4 != 0,
        "allowJaggedRows": how & 8 != 0,
        "allowQuotedNewlines": how & 16 != 0,
        "skipLeadingRows": if how & 32 != 0 { 1 } else { 0 },
        "nullMarker": if how & 64 != 0 { "NULL" } else { "" },
        "quote": if how & 128 != 0 { "" } else { "\"" },
    })
}

fuzz_target!(|bytes: &[u8]| {
    let Some((how, content)) = bytes.split_first() else { return };
    let detects = how & 2 != 0;
    // CSV has no place for columns within columns.
    let flat = if how & 1 == 0 { SCHEMA.len() } else { SCHEMA.len() - 2 };
    let known = if detects { &[] } else { &SCHEMA[..flat] };
    let Read { fields, rows, bad } =
        read(&configuration(*how), known, content).expect("the settings are right");
    assert!(detects || fields == *known);

    check_rows(&fields, &rows);
    let lines = content.split(|it| matches!(it, b'\n' | b'\r')).count();
    for message in &bad {
        let line = message.rsplit_once("(line ").and_then(|(_, it)| it.split_once(')'));
        let number = line.and_then(|(it, _)| it.parse::<usize>().ok());
        assert!(number.is_some_and(|it| (1..=lines).contains(&it)), "{message:?} of {lines} lines");
    }
    if how & 1 == 0 {
        let given = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content).split(|it| *it == b'\n');
        let given = given.filter(|it| !it.iter().all(u8::is_ascii_whitespace)).count();
        assert_eq!(rows.len() + bad.len(), given);
    }
});
