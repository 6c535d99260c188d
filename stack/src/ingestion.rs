//! Events on their way: topic, subscriptions, bucket, dataset, table, and what moves them into the table.

use engine::config::{Config, ConfigError};
use engine::{Labels, Seconds, concat};
use gcp::bigquery::{Dataset, DatasetIamMember, Table, column, columns, required};
use gcp::bigquerydatatransfer::{TransferConfig, params};
use gcp::dataflow::TemplateJob;
use gcp::identity::{ServiceAccount, ServiceAccountIamMember};
use gcp::pubsub::{Subscription, SubscriptionIamMember, Topic, TopicIamMember};
use gcp::resourcemanager::ProjectIamMember;
use gcp::schema::dataflow::RuntimeEnvironment;
use gcp::schema::pubsub::{
    BigQueryConfig, CloudStorageConfig, DeadLetterPolicy, ExpirationPolicy, RetryPolicy,
};
use gcp::schema::storage::{
    IamConfiguration, Lifecycle, LifecycleRule, LifecycleRuleAction, LifecycleRuleCondition,
    UniformBucketLevelAccess,
};
use gcp::storage::{Bucket, BucketIamMember};
use gcp::{Handle, Stack};
use serde::Deserialize;

use crate::deployer;

/// How events reach the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Ingestion {
    /// Pub/Sub writes files, and the Data Transfer Service loads them every 15 minutes.
    Transfer,
    /// Pub/Sub writes each event into the table, within seconds.
    BigquerySubscription,
    /// A streaming job writes each event into the table, within seconds, and may change it on the way.
    Dataflow,
}

/// What the bill and the console tell this pipeline's resources by.
pub fn labels() -> Labels {
    engine::labels([("app", "events")])
}

/// What others need of the pipeline.
pub struct Pipeline {
    pub topic: Handle<Topic>,
    dead_letters: Handle<Topic>,
    pub subscription: Handle<Subscription>,
    pub bucket: Handle<Bucket>,
    pub dataset: Handle<Dataset>,
    pub table: Handle<Table>,
}

pub fn declare(stack: &mut Stack<'_>, config: &Config) -> Result<Pipeline, ConfigError> {
    let days: i64 = config.get("exportRetentionDays")?;
    let topic = stack.add("data-ingestion-topic", Topic { labels: labels(), ..Topic::default() });
    let dead_letters = stack.add("data-dead-letters", Topic { labels: labels(), ..Topic::default() });
    let subscription = stack.add(
        "data-subscription",
        Subscription {
            topic: topic.id().into(),
            labels: labels(),
            dead_letter_policy: Some(dead_letters_to(&dead_letters)),
            retry_policy: Some(RetryPolicy {
                minimum_backoff: Seconds::new(10).into(),
                maximum_backoff: Seconds::minutes(10).into(),
            }),
            ..Subscription::default()
        },
    );
    keep_dead_letters(stack, &dead_letters);
    moves_dead_letters(stack, "dead-letters-subscriber", &subscription);

    let bucket = stack.add(
        "pubsub-exports",
        Bucket {
            name: format!("{}-pubsub-exports", stack.project()).into(),
            location: stack.region().into(),
            labels: labels(),
            iam_configuration: Some(IamConfiguration {
                uniform_bucket_level_access: Some(UniformBucketLevelAccess { enabled: true.into() }),
                public_access_prevention: "enforced".into(),
            }),
            lifecycle: Some(Lifecycle { rule: vec![delete_after(days)] }),
            force_destroy: true,
            ..Bucket::default()
        },
    );
    let dataset = stack.add(
        "analytics_data",
        Dataset {
            location: stack.region().into(),
            friendly_name: "Analytics data".into(),
            description: "Events of the ingestion pipeline".into(),
            labels: labels(),
            ..Dataset::default()
        },
    );
    let table = stack.add(
        "events",
        Table {
            dataset: dataset.dataset_id().into(),
            labels: labels(),
            schema: columns([
                required("event_id", "STRING"),
                column("event_data", "JSON"),
                required("timestamp", "TIMESTAMP"),
            ]),
            ..Table::default()
        },
    );
    let pipeline = Pipeline { topic, dead_letters, subscription, bucket, dataset, table };
    // In every mode: what is in files already is loaded too, whichever way the next events take.
    let transfer = load_files(stack, config, &pipeline)?;
    match config.get("ingestion")? {
        Ingestion::Transfer => {
            write_files(stack, &pipeline);
            // Told only where events go through it.
            stack.output("transfer", transfer.id());
        }
        Ingestion::BigquerySubscription => write_rows(stack, &pipeline),
        Ingestion::Dataflow => run_job(stack, config, &pipeline)?,
    }
    stack.output("topic", pipeline.topic.id());
    stack.output("bucket", pipeline.bucket.url());
    stack.output("table", pipeline.table.path());
    Ok(pipeline)
}

fn delete_after(days: i64) -> LifecycleRule {
    LifecycleRule {
        action: Some(LifecycleRuleAction { r#type: "Delete".into(), ..LifecycleRuleAction::default() }),
        condition: Some(LifecycleRuleCondition { age: days.into(), ..LifecycleRuleCondition::default() }),
    }
}

/// What could not be delivered waits here, until somebody has looked at it.
fn keep_dead_letters(stack: &mut Stack<'_>, dead_letters: &Handle<Topic>) {
    stack.add(
        "data-dead-letters",
        Subscription {
            topic: dead_letters.id().into(),
            labels: labels(),
            message_retention_duration: Seconds::days(7).into(),
            expiration_policy: Some(ExpirationPolicy::default()),
            ..Subscription::default()
        },
    );
    // Pub/Sub moves them itself: it takes from the subscription, and publishes to the topic.
    let pubsub = stack.agent("gcp-sa-pubsub");
    stack.add(
        "dead-letters-publisher",
        TopicIamMember {
            topic: dead_letters.id().into(),
            role: "roles/pubsub.publisher".into(),
            member: pubsub,
            ..TopicIamMember::default()
        },
    );
}

/// Pub/Sub takes from this subscription what goes to the dead letters.
fn moves_dead_letters(stack: &mut Stack<'_>, name: &str, subscription: &Handle<Subscription>) {
    let pubsub = stack.agent("gcp-sa-pubsub");
    stack.add(name, on_subscription(subscription, "roles/pubsub.subscriber", pubsub));
}

/// After five attempts.
fn dead_letters_to(topic: &Handle<Topic>) -> DeadLetterPolicy {
    DeadLetterPolicy { dead_letter_topic: topic.id().into(), max_delivery_attempts: 5.into() }
}

/// The subscription by which events leave the topic, in every mode.
///
/// Another mode changes how it delivers, in place: what it holds and nobody has acknowledged goes the new way,
/// once. One subscription a mode would lose that when the old one is deleted, and deliver twice while both are
/// there. It keeps the name that it had when files were the only way, for a subscription's name is fixed, and
/// the one that is there already is to be taken over.
fn take_events(stack: &mut Stack<'_>, to: &Pipeline, delivery: Subscription) -> Handle<Subscription> {
    stack.add(
        "export-to-storage",
        Subscription {
            topic: to.topic.id().into(),
            labels: labels(),
            // A file may be a minute in the making; its messages are not acknowledged before.
            ack_deadline_seconds: 300.into(),
            ..delivery
        },
    )
}

/// Topic, files in the bucket; the transfer loads them. Files take any bytes, so nothing becomes a dead letter.
fn write_files(stack: &mut Stack<'_>, to: &Pipeline) {
    let pubsub = stack.agent("gcp-sa-pubsub");
    for (name, role) in [
        ("exports-writer", "roles/storage.objectCreator"),
        ("exports-finder", "roles/storage.legacyBucketReader"),
    ] {
        stack.add(name, on_bucket(to, role, pubsub.clone()));
    }
    let files = CloudStorageConfig {
        bucket: to.bucket.bucket_name().into(),
        filename_prefix: "events-".into(),
        filename_suffix: ".json".into(),
        max_duration: Seconds::new(60).into(),
        max_bytes: 1_000_000.into(),
        ..CloudStorageConfig::default()
    };
    take_events(stack, to, Subscription { cloud_storage_config: Some(files), ..Subscription::default() });
}

/// Files in the bucket, table.
fn load_files(
    stack: &mut Stack<'_>,
    config: &Config,
    to: &Pipeline,
) -> Result<Handle<TransferConfig>, ConfigError> {
    let account = transfer_account(stack, to);
    let after = deployer::acts_as(stack, config, "deployer-acts-as-the-transfer", &account)?;
    Ok(stack.add_with(
        "storage-to-bq",
        TransferConfig {
            display_name: "storage-to-bq".into(),
            data_source_id: "google_cloud_storage".into(),
            destination_dataset_id: to.dataset.dataset_id().into(),
            schedule: "every 15 minutes".into(),
            service_account_name: account.email().into(),
            params: params([
                ("data_path_template", to.bucket.url_of("*.json").into()),
                ("destination_table_name_template", to.table.table_id().into()),
                ("file_format", "JSON".into()),
                ("write_disposition", "APPEND".into()),
            ]),
            ..TransferConfig::default()
        },
        after,
    ))
}

/// The account that loads files. Where it had roles on the whole project, it has them on what it touches:
/// storage.admin became reading this bucket, bigquery.dataEditor this dataset, pubsub.subscriber this topic
/// and this subscription. Running load jobs is the project's to allow.
fn transfer_account(stack: &mut Stack<'_>, to: &Pipeline) -> Handle<ServiceAccount> {
    let account = stack.add(
        "bq-transfer-service-account",
        ServiceAccount {
            display_name: "Loads exported events into BigQuery".into(),
            ..ServiceAccount::default()
        },
    );
    stack.add("transfer-reads-files", on_bucket(to, "roles/storage.objectViewer", account.member().into()));
    stack.add(
        "transfer-finds-bucket",
        on_bucket(to, "roles/storage.legacyBucketReader", account.member().into()),
    );
    stack.add("transfer-writes-table", on_dataset(to, "roles/bigquery.dataEditor", account.member().into()));
    stack.add(
        "transfer-runs-jobs",
        ProjectIamMember {
            role: "roles/bigquery.jobUser".into(),
            member: account.member().into(),
            ..ProjectIamMember::default()
        },
    );
    stack.add(
        "transfer-attaches-to-topic",
        TopicIamMember {
            topic: to.topic.id().into(),
            role: "roles/pubsub.subscriber".into(),
            member: account.member().into(),
            ..TopicIamMember::default()
        },
    );
    stack.add(
        "transfer-reads-subscription",
        on_subscription(&to.subscription, "roles/pubsub.subscriber", account.member().into()),
    );
    // The Data Transfer Service runs as this account, and so makes tokens for it.
    stack.add(
        "transfer-agent-acts-as-it",
        ServiceAccountIamMember {
            service_account: account.id().into(),
            role: "roles/iam.serviceAccountTokenCreator".into(),
            member: stack.agent("gcp-sa-bigquerydatatransfer"),
            ..ServiceAccountIamMember::default()
        },
    );
    account
}

fn on_bucket(to: &Pipeline, role: &str, member: engine::Input<String>) -> BucketIamMember {
    BucketIamMember {
        bucket: to.bucket.bucket_name().into(),
        role: role.into(),
        member,
        ..BucketIamMember::default()
    }
}

fn on_dataset(to: &Pipeline, role: &str, member: engine::Input<String>) -> DatasetIamMember {
    DatasetIamMember {
        dataset: to.dataset.dataset_id().into(),
        role: role.into(),
        member,
        ..DatasetIamMember::default()
    }
}

fn on_subscription(
    to: &Handle<Subscription>,
    role: &str,
    member: engine::Input<String>,
) -> SubscriptionIamMember {
    SubscriptionIamMember {
        subscription: to.id().into(),
        role: role.into(),
        member,
        ..SubscriptionIamMember::default()
    }
}

/// Topic, table.
fn write_rows(stack: &mut Stack<'_>, to: &Pipeline) {
    let pubsub = stack.agent("gcp-sa-pubsub");
    for (name, role) in [
        ("pubsub-writes-table", "roles/bigquery.dataEditor"),
        ("pubsub-reads-schema", "roles/bigquery.metadataViewer"),
    ] {
        stack.add(name, on_dataset(to, role, pubsub.clone()));
    }
    let rows = BigQueryConfig {
        table: to.table.path().into(),
        use_table_schema: true.into(),
        drop_unknown_fields: true.into(),
        ..BigQueryConfig::default()
    };
    let delivery = Subscription {
        bigquery_config: Some(rows),
        // What does not fit the table must not come again for ever.
        dead_letter_policy: Some(dead_letters_to(&to.dead_letters)),
        ..Subscription::default()
    };
    let events = take_events(stack, to, delivery);
    moves_dead_letters(stack, "rows-to-dead-letters", &events);
}

/// Topic, streaming job, table. What does not fit the table goes into one beside it, `events_error_records`.
fn run_job(stack: &mut Stack<'_>, config: &Config, to: &Pipeline) -> Result<(), ConfigError> {
    // Dataflow supports neither dead letters nor retry policies of what it pulls: a policy would take good
    // events from it. Who leaves this mode has the job drained before the subscription delivers otherwise.
    let events = take_events(stack, to, Subscription::default());
    let account = stack.add(
        "dataflow-service-account",
        ServiceAccount { display_name: "Runs the streaming job".into(), ..ServiceAccount::default() },
    );
    for role in ["roles/dataflow.worker", "roles/bigquery.jobUser"] {
        let name = format!("streaming-{}", role.rsplit(['/', '.']).next().unwrap_or(role));
        stack.add(
            &name,
            ProjectIamMember {
                role: role.into(),
                member: account.member().into(),
                ..ProjectIamMember::default()
            },
        );
    }
    stack.add("streaming-stages-files", on_bucket(to, "roles/storage.objectAdmin", account.member().into()));
    stack.add("streaming-writes-table", on_dataset(to, "roles/bigquery.dataEditor", account.member().into()));
    // Workers pull and acknowledge, and look up the subscription's settings before.
    for (name, role) in [
        ("streaming-takes-events", "roles/pubsub.subscriber"),
        ("streaming-sees-subscription", "roles/pubsub.viewer"),
    ] {
        stack.add(name, on_subscription(&events, role, account.member().into()));
    }
    let after = deployer::acts_as(stack, config, "deployer-acts-as-the-streaming-job", &account)?;
    stack.add_with(
        "pubsub-to-bigquery-streaming",
        TemplateJob {
            gcs_path: "gs://dataflow-templates/latest/PubSub_Subscription_to_BigQuery".into(),
            parameters: [
                ("inputSubscription".to_owned(), events.id().into()),
                ("outputTableSpec".to_owned(), to.table.spec().into()),
            ]
            .into(),
            environment: Some(RuntimeEnvironment {
                temp_location: concat([to.bucket.url().into(), "/dataflow".into()]),
                service_account_email: account.email().into(),
                max_workers: 2.into(),
                ..RuntimeEnvironment::default()
            }),
            ..TemplateJob::default()
        },
        after,
    );
    Ok(())
}
