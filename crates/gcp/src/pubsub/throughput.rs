//! How many bytes go through a topic or a subscription, and what is charged for them.

use engine::{Range, Sku, UsageKey};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::bill::quantity::{GIB, MONTH_SECONDS, TIB, over, times};
use crate::bill::{Lines, key, sku};

pub(crate) const SERVICE: &str = "Cloud Pub/Sub";

pub(crate) const DATA: &str = "monthly_message_data_tb";
pub(crate) const MESSAGES: &str = "monthly_messages";
pub(crate) const BYTES: &str = "average_message_bytes";
pub(crate) const BATCH: &str = "messages_per_request";

pub(crate) const DATA_KEY: UsageKey = key(
    DATA,
    "TiB a month",
    "What goes through, as Pub/Sub counts it. It goes before messages and their size.",
);
pub(crate) const MESSAGES_KEY: UsageKey = key(MESSAGES, "messages a month", "How many go through.");
pub(crate) const BYTES_KEY: UsageKey = key(
    BYTES,
    "bytes",
    "The average message as Pub/Sub counts it: body, attributes, id, and 20 bytes of its time.",
);
pub(crate) const BATCH_KEY: UsageKey = key(
    BATCH,
    "messages",
    "How many go in one request, for a request counts as at least 1,000 bytes; one if not said.",
);

/// The fewest bytes that a request counts as.
const LEAST: u32 = 1000;

const FROM: [&str; 4] = [DATA, MESSAGES, BYTES, BATCH];

/// What is charged, in TiB. A publish, push or pull request counts as at least 1,000 bytes; how many messages
/// go in one is usage too, and one if nothing says it: the most it can cost.
fn charged(lines: &Lines<'_>) -> Option<Range> {
    if let Some(data) = lines.usage(DATA) {
        return Some(data);
    }
    let (messages, bytes) = (lines.usage(MESSAGES)?, lines.usage(BYTES)?);
    let batch = lines.usage(BATCH).map_or(Decimal::ONE, |it| it.expected).max(Decimal::ONE);
    let least = Decimal::from(LEAST) / batch;
    Some(over(messages * bytes.map(|it| it.max(least)), TIB))
}

/// What is stored when it is kept, in GiB a month.
fn volume(lines: &Lines<'_>) -> Option<Range> {
    match (lines.usage(MESSAGES), lines.usage(BYTES)) {
        (Some(messages), Some(bytes)) => Some(over(messages * bytes, GIB)),
        _ => lines.usage(DATA).map(|it| times(it, TIB / GIB)),
    }
}

/// The line for what goes through.
pub(crate) fn throughput(lines: &mut Lines<'_>, name: &str, description: &str) {
    let quantity = charged(lines);
    lines.line(name, price(description), "TiBy", quantity, &FROM);
}

/// What lies in storage when everything that goes through is kept for so long, in GiB-months.
pub(super) fn kept(lines: &Lines<'_>, seconds: Decimal) -> Option<Range> {
    volume(lines).map(|it| times(it, seconds / Decimal::from(MONTH_SECONDS)))
}

/// The line for what is kept.
pub(super) fn storage(lines: &mut Lines<'_>, name: &str, description: &str, quantity: Option<Range>) {
    lines.line(name, price(description), "GiBy.mo", quantity, &[DATA, MESSAGES, BYTES]);
}

/// The lines for what changes messages on their way, each for all that goes through.
pub(super) fn transforms(lines: &mut Lines<'_>, inputs: &Value) {
    lines.priced_by(&["/messageTransforms"]);
    lines.counted_by(&[]);
    if lines.is_later(&["/messageTransforms"]) {
        lines.line(
            "Message transforms",
            price("Message Transform Data Processing"),
            "TiBy",
            charged(lines),
            &FROM,
        );
    }
    let transforms = inputs.get("messageTransforms").and_then(Value::as_array);
    for transform in transforms.into_iter().flatten() {
        if transform["disabled"] == true || transform["enabled"] == false {
            continue;
        }
        let quantity = charged(lines);
        let (name, description) = if transform.get("aiInference").is_some_and(|it| !it.is_null()) {
            ("Message enrichment", "Message Transform Data Enrichment")
        } else {
            ("Message transform", "Message Transform Data Processing")
        };
        lines.line(name, price(description), "TiBy", quantity, &FROM);
    }
}

/// Pub/Sub's prices are the same everywhere.
pub(super) fn price(description: &str) -> Sku {
    sku(SERVICE, description, "global")
}
