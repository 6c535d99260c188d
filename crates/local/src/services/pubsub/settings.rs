//! What a subscription's document says of how its messages are delivered.

use serde_json::Value;

use super::filter::{self, Filter};
use crate::error::{Code, Refusal};
use crate::moment;

/// Where messages go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Target {
    #[default]
    Pull,
    Push,
    Bucket,
    Table,
}

/// Where messages go that were delivered too often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    pub topic: String,
    pub attempts: u32,
}

/// When a file is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Microseconds that a file is open at most.
    pub duration: i64,
    pub bytes: Option<usize>,
    pub messages: Option<usize>,
}

/// How a subscription delivers. Times are in microseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    pub topic: String,
    pub target: Target,
    pub deadline: i64,
    pub retention: i64,
    pub retain_acknowledged: bool,
    pub ordered: bool,
    pub exactly_once: bool,
    pub filter: Option<Filter>,
    pub dead_letter: Option<DeadLetter>,
    /// The shortest and longest wait before a message is delivered again.
    pub retry: Option<(i64, i64)>,
    pub detached: bool,
    /// Messages are to be changed on their way, which this cloud has not built: they stay.
    pub transforms: bool,
    /// Without use, it is deleted after so long.
    pub lifetime: Option<i64>,
    /// Of a subscription that writes files.
    pub batch: Batch,
}

/// Microseconds of a duration in Google's form.
pub fn micros(given: &Value) -> Option<i64> {
    let seconds = moment::duration_seconds(given.as_str()?)?;
    // No duration that Google takes comes near the bounds of an i64.
    Some((seconds * 1_000_000.0) as i64)
}

/// Whether a topic or a subscription changes messages on their way.
pub fn transforms(document: &Value) -> bool {
    document["messageTransforms"].as_array().into_iter().flatten().any(|it| it["disabled"] != true)
}

/// What is said where messages were to be changed on their way.
pub fn no_transforms() -> Refusal {
    Refusal::new(Code::Unimplemented, "The local cloud knows message transforms but has not built them.")
}

const SECOND: i64 = 1_000_000;

impl Batch {
    fn read(config: &Value) -> Batch {
        let number = |field: &str| config[field].as_str().and_then(|it| it.parse().ok());
        Batch {
            duration: micros(&config["maxDuration"]).unwrap_or(300 * SECOND),
            bytes: number("maxBytes"),
            messages: number("maxMessages"),
        }
    }
}

impl Settings {
    /// Reads a subscription's document.
    pub fn read(document: &Value) -> Settings {
        let is = |field: &str| document[field] == true;
        let target = if document["cloudStorageConfig"].is_object() {
            Target::Bucket
        } else if document["bigqueryConfig"].is_object() {
            Target::Table
        } else if document["pushConfig"]["pushEndpoint"].as_str().is_some_and(|it| !it.is_empty()) {
            Target::Push
        } else {
            Target::Pull
        };
        let dead = &document["deadLetterPolicy"];
        let retry = &document["retryPolicy"];
        Settings {
            topic: document["topic"].as_str().unwrap_or_default().to_owned(),
            target,
            deadline: document["ackDeadlineSeconds"].as_i64().unwrap_or(10) * SECOND,
            retention: micros(&document["messageRetentionDuration"]).unwrap_or(604_800 * SECOND),
            retain_acknowledged: is("retainAckedMessages"),
            ordered: is("enableMessageOrdering"),
            exactly_once: is("enableExactlyOnceDelivery"),
            // It was read once when the subscription was made.
            filter: filter::parse(document["filter"].as_str().unwrap_or_default()).unwrap_or_default(),
            dead_letter: dead["deadLetterTopic"].as_str().map(|topic| DeadLetter {
                topic: topic.to_owned(),
                attempts: dead["maxDeliveryAttempts"].as_u64().and_then(|it| it.try_into().ok()).unwrap_or(5),
            }),
            retry: retry.is_object().then(|| {
                let least = micros(&retry["minimumBackoff"]).unwrap_or(10 * SECOND);
                (least, micros(&retry["maximumBackoff"]).unwrap_or(600 * SECOND).max(least))
            }),
            detached: is("detached"),
            transforms: transforms(document),
            lifetime: micros(&document["expirationPolicy"]["ttl"]),
            batch: Batch::read(&document["cloudStorageConfig"]),
        }
    }

    /// How long a message waits that was delivered so often. What is not pulled always waits
    /// a little.
    pub fn backoff(&self, attempts: u32) -> i64 {
        let (least, most) = match (self.retry, self.target) {
            (Some(it), _) => it,
            (None, Target::Push) => (SECOND / 10, 60 * SECOND),
            (None, Target::Bucket | Target::Table) => (SECOND, 60 * SECOND),
            (None, Target::Pull) => return 0,
        };
        least.saturating_mul(1 << attempts.saturating_sub(1).min(20)).min(most)
    }

    /// Whether a message with these attributes is for this subscription.
    pub fn wants(&self, message: &super::message::Message) -> bool {
        !self.detached && self.filter.as_ref().is_none_or(|it| it.fits(&message.attributes))
    }
}
