//! What moves from one resource to another in a month.

use engine::{Range, Usage};
use rust_decimal::Decimal;
use serde_json::Value;

use super::quantity::{MONTH_SECONDS, TIB, least, most, number, seconds, times};
use crate::pubsub::throughput::{BYTES, DATA, MESSAGES};

/// What goes through one topic, subscription or job.
#[derive(Clone, Debug)]
pub(super) struct Flow {
    /// As they are, not as they are charged.
    pub bytes: Range,
    pub messages: Option<Range>,
    /// `messages of topic orders`.
    pub from: String,
}

impl Flow {
    pub(super) fn of(usage: &Usage, from: String) -> Option<Flow> {
        let messages = usage.get(MESSAGES);
        let bytes = match (messages, usage.get(BYTES)) {
            (Some(messages), Some(bytes)) => messages * bytes,
            _ => times(usage.get(DATA)?, TIB),
        };
        Some(Flow { bytes, messages, from })
    }
}

/// What comes into one bucket or table, from everywhere.
#[derive(Clone, Debug)]
pub(super) struct Inflow {
    pub bytes: Range,
    pub files: Range,
    /// Bytes of rows by insertAll, as they are charged.
    pub streamed: Range,
    /// Bytes of rows by the Storage Write API.
    pub written: Range,
    pub from: Vec<String>,
}

impl Default for Inflow {
    fn default() -> Inflow {
        let none = Range::exact(0);
        Inflow { bytes: none, files: none, streamed: none, written: none, from: Vec::new() }
    }
}

impl Inflow {
    pub(super) fn add(&mut self, flow: Flow) {
        self.bytes = self.bytes + flow.bytes;
        self.from.push(flow.from);
    }

    pub(super) fn words(&self) -> String {
        self.from.join(" and ")
    }
}

/// How many files an export writes: one each time that a file is old enough or large enough. When messages
/// come all at once, only size counts; when they come all the time, age does too. A file has a message.
pub(super) fn files(config: &Value, flow: &Flow) -> Range {
    let is_some = |it: &Decimal| !it.is_zero();
    // Five minutes, if it is not said.
    let age = seconds(config.get("maxDuration")).filter(is_some).unwrap_or(Decimal::from(300));
    let by_age = Range::exact((Decimal::from(MONTH_SECONDS) / age).ceil());
    let at_most = |what: Range, field: &str| {
        let each = number(config.get(field)).filter(is_some);
        each.map_or(Range::exact(0), |each| what.map(|it| (it / each).ceil()))
    };
    let by_size = at_most(flow.bytes, "maxBytes");
    let by_count = flow.messages.map_or(Range::exact(0), |it| at_most(it, "maxMessages"));
    let full = most(by_size, by_count);
    let some = flow.bytes.map(|it| if it.is_zero() { it } else { Decimal::ONE });
    let files = Range {
        low: full.low.max(some.low),
        expected: full.expected.max(by_age.expected),
        high: full.high + by_age.high,
    };
    let files = flow.messages.map_or(files, |it| least(files, it));
    Range {
        low: files.low.min(files.expected),
        // Nothing comes of nothing.
        expected: if some.expected.is_zero() { Decimal::ZERO } else { files.expected },
        high: if some.high.is_zero() { Decimal::ZERO } else { files.high },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn flow(messages: u64, bytes: u64) -> Flow {
        let messages_ = Range::exact(messages);
        Flow { bytes: times(messages_, bytes), messages: Some(messages_), from: String::new() }
    }

    #[test]
    fn files_come_by_age_and_by_size() {
        let config = json!({ "maxDuration": "60s", "maxBytes": "1000000" });
        let count = |it: Flow| {
            let it = files(&config, &it);
            [it.low, it.expected, it.high].map(|it| it.normalize().to_string())
        };
        // A month has 43,800 minutes; a million messages of 1,000 bytes fill 1,000 files.
        assert_eq!(count(flow(1_000_000, 1_000)), ["1000", "43800", "44800"]);
        // More is written than a file a minute holds.
        assert_eq!(count(flow(1_000_000_000, 1_000)), ["1000000", "1000000", "1043800"]);
        // There are no more files than messages.
        assert_eq!(count(flow(10, 1_000)), ["1", "10", "10"]);
        assert_eq!(count(flow(0, 1_000)), ["0", "0", "0"]);
    }
}
