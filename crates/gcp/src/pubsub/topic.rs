//! A topic: publishers write to it, subscriptions read from it.

use engine::{Input, Invalid, Labels, Output, Rule, Seconds};
use serde::Serialize;

use super::API;
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
