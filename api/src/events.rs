//! Renders events as the Flask service did, to the byte.

use bytes::Bytes;

use crate::json::{self, Json};
use crate::moment::Moment;

/// One event, as the table has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub id: Option<String>,
    pub data: Json,
    pub time: Option<Moment>,
}

/// How `timestamp` is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Timestamps {
    #[default]
    HttpDate,
    Rfc3339,
}

/// What a cell of `TO_JSON_STRING(event_data)` stands for: the JSON that it holds. It is read once, so that a string
/// in it stays a string, whatever its text looks like. What cannot be read is text.
pub fn data(cell: Option<&str>) -> Json {
    let Some(text) = cell else { return Json::Null };
    json::parse(text).unwrap_or_else(|| Json::Text(text.into()))
}

/// A JSON array, newest first as it was given, and one newline.
pub fn render(events: &[Event], timestamps: Timestamps) -> Bytes {
    let mut out = String::with_capacity(256 * events.len() + 3);
    out.push('[');
    for (i, event) in events.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        out.push_str("{\"event_data\":");
        event.data.write(&mut out);
        out.push_str(",\"event_id\":");
        text_or_null(event.id.as_deref(), &mut out);
        out.push_str(",\"timestamp\":");
        let time = event.time.map(|it| match timestamps {
            Timestamps::HttpDate => it.http_date(),
            Timestamps::Rfc3339 => it.rfc3339(),
        });
        text_or_null(time.as_deref(), &mut out);
        out.push('}');
    }
    out.push_str("]\n");
    Bytes::from(out)
}

fn text_or_null(text: Option<&str>, out: &mut String) {
    match text {
        Some(text) => json::write_text(text, out),
        None => out.push_str("null"),
    }
}

/// `{"key":"text"}` and one newline.
pub fn object(key: &str, text: &str) -> Bytes {
    let mut out = String::from("{");
    json::write_text(key, &mut out);
    out.push(':');
    json::write_text(text, &mut out);
    out.push_str("}\n");
    Bytes::from(out)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// Written by the service that was replaced: tests/vectors/make.py.
    const ORIGINAL: &str = include_str!("../tests/vectors/original.jsonl");

    #[test]
    fn the_bytes_are_those_of_the_original() {
        let mut count = 0;
        for line in ORIGINAL.lines() {
            let it: Value = serde_json::from_str(line).unwrap();
            let micros = it["timestamp"].as_str().unwrap().parse().unwrap();
            let event = Event {
                id: it["event_id"].as_str().map(str::to_owned),
                data: data(it["event_data"].as_str()),
                time: Moment::from_micros(micros),
            };
            let ours = render(&[event], Timestamps::HttpDate);
            assert_eq!(str::from_utf8(&ours).unwrap(), it["body"].as_str().unwrap(), "{line}");
            count += 1;
        }
        assert!(count > 500, "{count} vectors");
    }

    #[test]
    fn the_original_had_no_answer() {
        let body = |cell: &str| {
            let event = Event { id: None, data: data(Some(cell)), time: None };
            String::from_utf8(render(&[event], Timestamps::HttpDate).to_vec()).unwrap()
        };
        // For these it answered 500, or `Infinity`, which is not JSON. One event does not take the others with it.
        for (cell, want) in [
            (r#""\ud800""#, r#""\ud800""#.to_owned()),
            ("1e400", r#""1e400""#.to_owned()),
            ("NaN", r#""NaN""#.to_owned()),
            (&"9".repeat(4301), format!("\"{}\"", "9".repeat(4301))),
            (&"[".repeat(100_000), format!("\"{}\"", "[".repeat(100_000))),
        ] {
            let body = body(cell);
            assert_eq!(body, format!("[{{\"event_data\":{want},\"event_id\":null,\"timestamp\":null}}]\n"));
            assert!(serde_json::from_str::<Value>(&body).is_ok() || cell.contains("ud800"), "{cell}");
        }
    }

    #[test]
    fn no_events_are_an_empty_array() {
        assert_eq!(render(&[], Timestamps::HttpDate), "[]\n");
        assert_eq!(object("error", "é"), "{\"error\":\"\\u00e9\"}\n");
    }

    #[test]
    fn times_can_be_machine_readable() {
        let time = Moment::from_micros(1_746_606_314_500_000);
        let event = Event { id: None, data: Json::Null, time };
        assert_eq!(
            render(&[event], Timestamps::Rfc3339),
            "[{\"event_data\":null,\"event_id\":null,\"timestamp\":\"2025-05-07T08:25:14.500Z\"}]\n"
        );
    }
}
