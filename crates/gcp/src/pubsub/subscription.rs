//! A subscription: keeps a topic's messages until they are pulled, pushed or exported.

use engine::{Bill, Billed, Input, Invalid, Labels, Output, Rule, Seconds, UsageKey, is_unknown};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;

use super::API;
use super::throughput::{self, BATCH_KEY, BYTES_KEY, DATA_KEY, MESSAGES_KEY};
use crate::bill::{Lines, key, quantity};
use crate::check;
use crate::resource::{Create, Kind, Resource, Updating};
use crate::schema::pubsub::{
    BigQueryConfig, BigtableConfig, CloudStorageConfig, DeadLetterPolicy, ExpirationPolicy, MessageTransform,
    PushConfig, RetryPolicy, SUBSCRIPTION,
};
use crate::stack::Handle;

/// A Pub/Sub subscription: pulled, unless one of push, BigQuery, Cloud Storage or Bigtable is set.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Subscription {
    /// As a topic's name.
    pub name: Input<String>,
    /// `projects/P/topics/T`. Another topic is another subscription.
    pub topic: Input<String>,
    pub labels: Labels,
    /// 10 to 600 seconds; 10 if not set.
    pub ack_deadline_seconds: Input<i64>,
    /// 600 to 2678400 seconds; seven days if not set.
    pub message_retention_duration: Input<Seconds>,
    pub retain_acked_messages: Input<bool>,
    /// Without it, deleted after 31 days without use; `{}` never expires.
    pub expiration_policy: Option<ExpirationPolicy>,
    /// At most 256 bytes; fixed for good.
    pub filter: Input<String>,
    /// Fixed for good.
    pub enable_message_ordering: Input<bool>,
    pub enable_exactly_once_delivery: Input<bool>,
    pub dead_letter_policy: Option<DeadLetterPolicy>,
    /// Without it, a message that was not acknowledged comes again at once.
    pub retry_policy: Option<RetryPolicy>,
    pub push_config: Option<PushConfig>,
    pub bigquery_config: Option<BigQueryConfig>,
    pub cloud_storage_config: Option<CloudStorageConfig>,
    pub bigtable_config: Option<BigtableConfig>,
    /// In the order in which they are run.
    pub message_transforms: Vec<MessageTransform>,
    /// Resource Manager tags, `tagKeys/1` to `tagValues/2`; only at creation.
    pub tags: Labels,
}

const STORAGE: &str = "storage_gb";

impl Resource for Subscription {
    const KIND: Kind = Kind::new(
        "gcp:pubsub/v1:Subscription",
        "subscription",
        API,
        "v1/projects/{project}/subscriptions/{name}",
        &SUBSCRIPTION,
    )
    .named("[A-Za-z][A-Za-z0-9._~+%-]{2,254}", check::pubsub_name)
    .create(Create::Put)
    .seen_late()
    .update(Updating::MaskInBody { wrap: "subscription", name: "projects/{project}/subscriptions/{name}" })
    .permission("pubsub.subscriptions")
    .listed("subscriptions", &[("pageSize", "1000")])
    .holds("the messages in it that nobody has received")
    .acts()
    .rules(&[
        Rule::Bound("topic"),
        Rule::Name("topic"),
        Rule::Immutable("topic"),
        Rule::Immutable("filter"),
        Rule::Immutable("enableMessageOrdering"),
        Rule::Immutable("tags"),
        Rule::InputOnly("tags"),
        Rule::Default("ackDeadlineSeconds", "10"),
        Rule::Default("messageRetentionDuration", "\"604800s\""),
        Rule::Default("expirationPolicy", "{\"ttl\":\"2678400s\"}"),
        // `{}` never expires.
        Rule::Whole("expirationPolicy"),
        Rule::Name("deadLetterPolicy.deadLetterTopic"),
        Rule::Name("cloudStorageConfig.bucket"),
        // `{}` chooses a format or a way of delivery.
        Rule::Presence("cloudStorageConfig.avroConfig"),
        Rule::Presence("pushConfig.noWrapper"),
    ]);

    fn check(&self) -> Vec<Invalid> {
        let mut found = check::all([
            check::required("topic", &self.topic),
            check::between("ackDeadlineSeconds", &self.ack_deadline_seconds, 10, 600),
            check::seconds("messageRetentionDuration", &self.message_retention_duration, 600, 2_678_400),
            check::text("filter", &self.filter, "at most 256 bytes", |it| it.len() <= 256),
        ]);
        found.extend(check::at_most_one(&[
            ("pushConfig", self.push_config.is_some()),
            ("bigqueryConfig", self.bigquery_config.is_some()),
            ("cloudStorageConfig", self.cloud_storage_config.is_some()),
            ("bigtableConfig", self.bigtable_config.is_some()),
        ]));
        if let Some(it) = &self.expiration_policy {
            found.extend(check::seconds("expirationPolicy.ttl", &it.ttl, 86_400, u64::MAX));
        }
        if let Some(it) = &self.dead_letter_policy {
            found.extend(check::required("deadLetterPolicy.deadLetterTopic", &it.dead_letter_topic));
            found.extend(check::between(
                "deadLetterPolicy.maxDeliveryAttempts",
                &it.max_delivery_attempts,
                5,
                100,
            ));
        }
        if let Some(it) = &self.retry_policy {
            found.extend(check::seconds("retryPolicy.minimumBackoff", &it.minimum_backoff, 0, 600));
            found.extend(check::seconds("retryPolicy.maximumBackoff", &it.maximum_backoff, 0, 600));
        }
        if let Some(it) = &self.bigquery_config {
            found.extend(check_bigquery(it));
        }
        if let Some(it) = &self.cloud_storage_config {
            found.extend(check_export(it, &self.ack_deadline_seconds));
        }
        found
    }

    const USAGE: &'static [UsageKey] = &[
        DATA_KEY,
        key(
            STORAGE,
            "GiB",
            "Acknowledged messages that are retained, or, where none are, messages that were not acknowledged \
             for more than a day.",
        ),
        key("snapshot_storage_gb", "GiB", "The backlog of snapshots."),
        MESSAGES_KEY,
        BYTES_KEY,
        BATCH_KEY,
        key(
            "unacked_storage_gb",
            "GiB",
            "Messages not acknowledged for more than a day, where others are retained.",
        ),
    ];

    fn bill(of: &Billed<'_>) -> Bill {
        let mut lines = Lines::new(of);
        let is = |field: &str| of.inputs.get(field).is_some_and(|it| !it.is_null());
        lines.priced_by(&later_blocks(of.inputs));
        let (name, description) = if is("bigqueryConfig") {
            ("Delivery into BigQuery", "Message Delivery to BigQuery")
        } else if is("cloudStorageConfig") {
            ("Delivery into Cloud Storage", "Message Delivery to Google Cloud Storage")
        } else if is("bigtableConfig") {
            ("Delivery into Bigtable", "Message Delivery to Bigtable")
        } else {
            ("Message delivery", "Message Delivery Basic")
        };
        // What a filter leaves out is charged like what is delivered.
        throughput::throughput(&mut lines, name, description);
        lines.priced_by(&["/retainAckedMessages"]);
        lines.counted_by(&["/messageRetentionDuration"]);
        let backlog = "Subscriptions message backlog";
        if of.inputs["retainAckedMessages"] == true {
            let week = Decimal::from(7 * 86_400);
            let later = lines.is_later(&["/messageRetentionDuration"]);
            let usual = if later { Decimal::ZERO } else { week };
            let kept = quantity::seconds(of.inputs.get("messageRetentionDuration")).unwrap_or(usual);
            let quantity = lines.usage(STORAGE).or_else(|| throughput::kept(&lines, kept));
            let price = throughput::price("Subscriptions retained acknowledged messages");
            let from = [STORAGE, throughput::DATA, throughput::MESSAGES, throughput::BYTES];
            lines.line("Retained acknowledged messages", price, "GiBy.mo", quantity, &from);
            let price = throughput::price(backlog);
            lines.metered_if_used("Unacknowledged backlog", price, "GiBy.mo", "unacked_storage_gb");
        } else {
            lines.metered("Unacknowledged backlog", throughput::price(backlog), "GiBy.mo", STORAGE);
        }
        lines.priced_by(&[]);
        lines.counted_by(&[]);
        let price = throughput::price("Snapshots message backlog");
        lines.metered("Snapshots", price, "GiBy.mo", "snapshot_storage_gb");
        throughput::transforms(&mut lines, of.inputs);
        lines.bill()
    }
}

/// The blocks that decide how messages are delivered and that are as a whole known only after apply.
fn later_blocks(inputs: &Value) -> Vec<&'static str> {
    let blocks = ["/bigqueryConfig", "/cloudStorageConfig", "/bigtableConfig"];
    blocks.into_iter().filter(|it| inputs.pointer(it).is_some_and(is_unknown)).collect()
}

fn check_bigquery(it: &BigQueryConfig) -> Vec<Invalid> {
    let mut found = check::all([
        check::required("bigqueryConfig.table", &it.table),
        check::text("bigqueryConfig.table", &it.table, "PROJECT.DATASET.TABLE", |it| {
            it.splitn(3, '.').count() == 3
        }),
    ]);
    found.extend(check::at_most_one(&[
        ("bigqueryConfig.useTopicSchema", it.use_topic_schema.value() == Some(&true)),
        ("bigqueryConfig.useTableSchema", it.use_table_schema.value() == Some(&true)),
    ]));
    found
}

fn check_export(it: &CloudStorageConfig, deadline: &Input<i64>) -> Vec<Invalid> {
    let mut found = check::all([
        check::required("cloudStorageConfig.bucket", &it.bucket),
        check::text("cloudStorageConfig.bucket", &it.bucket, "the bucket's name without gs://", |it| {
            !it.contains(':')
        }),
        check::text(
            "cloudStorageConfig.filenameSuffix",
            &it.filename_suffix,
            "a text that does not end in /",
            |it| !it.ends_with('/'),
        ),
        check::seconds("cloudStorageConfig.maxDuration", &it.max_duration, 60, 600),
        check::between("cloudStorageConfig.maxBytes", &it.max_bytes, 1_000, 10 << 30),
        check::between("cloudStorageConfig.maxMessages", &it.max_messages, 1_000, i64::MAX),
    ]);
    found.extend(check::at_most_one(&[
        ("cloudStorageConfig.textConfig", it.text_config.is_some()),
        ("cloudStorageConfig.avroConfig", it.avro_config.is_some()),
    ]));
    let longest = it.max_duration.value().map_or(300, |it| i64::try_from(it.whole()).unwrap_or(i64::MAX));
    if let Some(deadline) = deadline.value().filter(|it| **it < longest) {
        // Pub/Sub raises the deadline by itself, and the two would never agree.
        let problem = format!("{deadline} is shorter than cloudStorageConfig.maxDuration, \"{longest}s\"");
        found.push(Invalid::new("ackDeadlineSeconds", problem).hint("leave it out: Pub/Sub sets it to fit"));
    }
    found
}

impl Handle<Subscription> {
    /// `projects/{project}/subscriptions/{name}`.
    pub fn id(&self) -> Output<String> {
        self.known(format!("projects/{}/subscriptions/{}", self.project(), self.text_or_name(&self.name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(it: &Subscription) -> Vec<String> {
        it.check().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_export_is_checked() {
        let export = CloudStorageConfig {
            bucket: "gs://b".into(),
            filename_suffix: "x/".into(),
            max_duration: Seconds::new(30).into(),
            ..Default::default()
        };
        let it = Subscription {
            topic: "t".into(),
            push_config: Some(PushConfig::default()),
            cloud_storage_config: Some(export),
            ..Default::default()
        };
        assert_eq!(
            problems(&it),
            [
                "cloudStorageConfig: cannot be set beside pushConfig",
                "cloudStorageConfig.bucket: \"gs://b\" does not match the bucket's name without gs://",
                "cloudStorageConfig.filenameSuffix: \"x/\" does not match a text that does not end in /",
                "cloudStorageConfig.maxDuration: \"30s\" is not between \"60s\" and \"600s\"",
            ]
        );
    }

    #[test]
    fn a_plain_one_is_fine() {
        assert!(problems(&Subscription { topic: "t".into(), ..Default::default() }).is_empty());
    }
}
