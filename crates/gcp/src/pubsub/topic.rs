//! A topic: publishers write to it, subscriptions read from it.

use engine::{Bill, Billed, Input, Invalid, Labels, Output, Rule, Seconds, UsageKey};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;

use super::API;
use super::throughput::{self, BATCH_KEY, BYTES_KEY, DATA_KEY, MESSAGES_KEY};
use crate::bill::{Lines, quantity};
use crate::check;
use crate::resource::{Create, Kind, Resource, Updating};
use crate::schema::pubsub::{
    IngestionDataSourceSettings, MessageStoragePolicy, MessageTransform, SchemaSettings, TOPIC,
};
use crate::stack::Handle;

/// A Pub/Sub topic.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Topic {
    /// 3 to 255 letters, digits and `-_.~+%`, a letter first, not `goog…`. Without it, what the program calls it.
    pub name: Input<String>,
    pub labels: Labels,
    /// 600 to 2678400 seconds. Without it each subscription keeps its own messages.
    pub message_retention_duration: Input<Seconds>,
    /// `projects/P/locations/L/keyRings/R/cryptoKeys/K`.
    pub kms_key_name: Input<String>,
    pub message_storage_policy: Option<MessageStoragePolicy>,
    pub schema_settings: Option<SchemaSettings>,
    pub ingestion_data_source_settings: Option<IngestionDataSourceSettings>,
    /// In the order in which they are run.
    pub message_transforms: Vec<MessageTransform>,
    /// Resource Manager tags, `tagKeys/1` to `tagValues/2`; only at creation.
    pub tags: Labels,
}

impl Resource for Topic {
    const KIND: Kind =
        Kind::new("gcp:pubsub/v1:Topic", "topic", API, "v1/projects/{project}/topics/{name}", &TOPIC)
            .named("[A-Za-z][A-Za-z0-9._~+%-]{2,254}", check::pubsub_name)
            .create(Create::Put)
            .seen_late()
            .update(Updating::MaskInBody { wrap: "topic", name: "projects/{project}/topics/{name}" })
            .permission("pubsub.topics")
            .listed("topics", &[("pageSize", "1000")])
            .data()
            .rules(&[
                Rule::Set("messageStoragePolicy.allowedPersistenceRegions"),
                Rule::Name("schemaSettings.schema"),
                Rule::InputOnly("tags"),
                Rule::Immutable("tags"),
            ]);

    fn check(&self) -> Vec<Invalid> {
        check::all([check::seconds(
            "messageRetentionDuration",
            &self.message_retention_duration,
            600,
            2_678_400,
        )])
    }

    const USAGE: &'static [UsageKey] = &[DATA_KEY, MESSAGES_KEY, BYTES_KEY, BATCH_KEY];

    fn bill(of: &Billed<'_>) -> Bill {
        let mut lines = Lines::new(of);
        lines.priced_by(&["/ingestionDataSourceSettings"]);
        let (name, description) = source(of.inputs);
        throughput::throughput(&mut lines, name, description);
        lines.priced_by(&[]);
        lines.counted_by(&["/messageRetentionDuration"]);
        let later = lines.is_later(&["/messageRetentionDuration"]).then_some(Decimal::ZERO);
        if let Some(kept) = quantity::seconds(of.inputs.get("messageRetentionDuration")).or(later) {
            let quantity = throughput::kept(&lines, kept);
            throughput::storage(&mut lines, "Retained messages", "Topics message backlog", quantity);
        }
        throughput::transforms(&mut lines, of.inputs);
        lines.bill()
    }
}

/// What is charged for what comes in: by publishers, or out of a source.
fn source(inputs: &Value) -> (&'static str, &'static str) {
    const SOURCES: [(&str, &str); 5] = [
        ("awsKinesis", "Message Delivery From Kinesis Data Streams"),
        ("cloudStorage", "Message Delivery From Google Cloud Storage"),
        ("azureEventHubs", "Message Delivery From Azure Event Hubs"),
        ("awsMsk", "Message Delivery From AWS MSK"),
        ("confluentCloud", "Message Delivery From Confluent Cloud"),
    ];
    let settings = &inputs["ingestionDataSourceSettings"];
    let source = SOURCES.iter().find(|(field, _)| settings.get(field).is_some_and(|it| !it.is_null()));
    match source {
        Some((_, description)) => ("Message import", description),
        None => ("Message publishing", "Message Delivery Basic"),
    }
}

impl Handle<Topic> {
    /// `orders`: the last part of its name, as metrics know it.
    pub fn topic_id(&self) -> Output<String> {
        self.known(self.text_or_name(&self.name))
    }

    /// `projects/{project}/topics/{name}`.
    pub fn id(&self) -> Output<String> {
        self.known(format!("projects/{}/topics/{}", self.project(), self.text_or_name(&self.name)))
    }
}
